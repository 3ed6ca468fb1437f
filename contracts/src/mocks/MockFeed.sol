// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AggregatorV3Interface} from "../interfaces/AggregatorV3Interface.sol";

/// @title A feed that answers whatever it was told to, to show how a consumer meets a broken one.
contract MockFeed is AggregatorV3Interface {
    struct Round {
        uint80 roundId;
        int256 answer;
        uint256 startedAt;
        uint256 updatedAt;
        uint80 answeredInRound;
    }

    /// @inheritdoc AggregatorV3Interface
    uint256 public constant override version = 0;
    /// @inheritdoc AggregatorV3Interface
    uint8 public immutable override decimals;
    /// @inheritdoc AggregatorV3Interface
    string public override description;
    /// @notice Whether reading a round reverts.
    bool public failing;
    Round private _round;

    /// @notice The round that is answered changed.
    event RoundSet(uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
    /// @notice Reading began to fail or to work.
    event FailingSet(bool failing);

    /// @notice The feed was told to fail.
    error FeedFailing();

    constructor(uint8 decimals_, string memory description_) {
        decimals = decimals_;
        description = description_;
    }

    /// @notice Sets the round that every read answers with.
    function setRound(uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
        external
    {
        // EFFECTS
        _round = Round(roundId, answer, startedAt, updatedAt, answeredInRound);
        // EVENTS
        emit RoundSet(roundId, answer, startedAt, updatedAt, answeredInRound);
    }

    /// @notice Makes every read fail, or work again.
    function setFailing(bool failing_) external {
        // EFFECTS
        failing = failing_;
        // EVENTS
        emit FailingSet(failing_);
    }

    /// @inheritdoc AggregatorV3Interface
    function getRoundData(uint80) external view override returns (uint80, int256, uint256, uint256, uint80) {
        return latestRoundData();
    }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData() public view override returns (uint80, int256, uint256, uint256, uint80) {
        // CHECKS
        if (failing) revert FeedFailing();
        return (_round.roundId, _round.answer, _round.startedAt, _round.updatedAt, _round.answeredInRound);
    }
}
