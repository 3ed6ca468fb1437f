// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AggregatorV3Interface} from "../interfaces/AggregatorV3Interface.sol";
import {IExchangeRate} from "../interfaces/IExchangeRate.sol";

/// @title The price of a liquid staking token: the feed of what is staked, times the token's own on-chain rate.
/// @notice Rounds are those of the feed; the rate is that of now, so a slash counts in the block in which the token
/// reports it, without waiting for a round.
contract RatedFeed is AggregatorV3Interface {
    /// @inheritdoc AggregatorV3Interface
    uint256 public constant override version = 1;
    /// @notice The feed of what is staked.
    AggregatorV3Interface public immutable feed;
    /// @notice The token that says its rate.
    IExchangeRate public immutable token;
    /// @inheritdoc AggregatorV3Interface
    uint8 public immutable override decimals;
    /// @inheritdoc AggregatorV3Interface
    string public override description;

    /// @notice The rate is zero, or so high that the answer may not fit.
    error RateRefused(uint256 exchangeRate);

    constructor(AggregatorV3Interface feed_, IExchangeRate token_, string memory description_) {
        feed = feed_;
        token = token_;
        decimals = feed_.decimals();
        description = description_;
    }

    /// @inheritdoc AggregatorV3Interface
    /// @dev There is no rate of the past: whatever the id, it is the latest round.
    function getRoundData(uint80) external view override returns (uint80, int256, uint256, uint256, uint80) {
        return latestRoundData();
    }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData()
        public
        view
        override
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        // PRICES
        uint256 rate = token.exchangeRate();
        (roundId, answer, startedAt, updatedAt, answeredInRound) = feed.latestRoundData();
        // CHECKS
        if (rate == 0 || rate > 1e21) revert RateRefused(rate);
        // Rounded down, a negative answer toward zero: the hub refuses it in any case.
        answer = answer / 1e18 * int256(rate) + answer % 1e18 * int256(rate) / 1e18;
    }
}
