// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AggregatorV3Interface} from "../interfaces/AggregatorV3Interface.sol";
import {IPyth} from "../interfaces/IPyth.sol";

/// @title A price of Pyth as a feed of rounds.
/// @notice All of a round's ids and times are the time of publication. A price whose confidence interval is too wide,
/// or whose exponent is no longer that of the feed's decimals, cannot be read.
contract PythFeed is AggregatorV3Interface {
    /// @inheritdoc AggregatorV3Interface
    uint256 public constant override version = 1;
    /// @notice Pyth's contract.
    IPyth public immutable pyth;
    /// @notice Pyth's id of the price.
    bytes32 public immutable priceId;
    /// @notice Widest confidence interval, in ten-thousandths of the price.
    uint256 public immutable maxConfidence;
    /// @inheritdoc AggregatorV3Interface
    uint8 public immutable override decimals;
    /// @inheritdoc AggregatorV3Interface
    string public override description;

    /// @notice The interval is wider than the feed allows.
    error ConfidenceTooWide(int64 price, uint64 conf);
    /// @notice The exponent is not that of the feed's decimals, or no feed can have so many.
    error ExponentRefused(int32 expo);

    constructor(IPyth pyth_, bytes32 priceId_, uint256 maxConfidence_, string memory description_) {
        int32 expo = pyth_.getPriceUnsafe(priceId_).expo;
        if (expo > 0 || expo < -18) revert ExponentRefused(expo);
        pyth = pyth_;
        priceId = priceId_;
        maxConfidence = maxConfidence_;
        decimals = uint8(uint32(-expo));
        description = description_;
    }

    /// @inheritdoc AggregatorV3Interface
    /// @dev There are no rounds to ask for: whatever the id, it is the latest.
    function getRoundData(uint80) external view override returns (uint80, int256, uint256, uint256, uint80) {
        return latestRoundData();
    }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData() public view override returns (uint80, int256, uint256, uint256, uint80) {
        // PRICES
        IPyth.Price memory latest = pyth.getPriceUnsafe(priceId);
        // CHECKS
        if (latest.expo != -int32(uint32(decimals))) revert ExponentRefused(latest.expo);
        if (latest.price > 0 && uint256(latest.conf) * 10_000 > uint256(uint64(latest.price)) * maxConfidence) {
            revert ConfidenceTooWide(latest.price, latest.conf);
        }
        uint80 roundId = uint80(latest.publishTime);
        return (roundId, latest.price, latest.publishTime, latest.publishTime, roundId);
    }
}
