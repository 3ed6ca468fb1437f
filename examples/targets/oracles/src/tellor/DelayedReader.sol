// SPDX-License-Identifier: MIT
pragma solidity ^0.8.17;

import {UsingTellor} from "usingtellor/contracts/UsingTellor.sol";

/// A price feed that reads one query as consumers are told to: values that could be disputed for a
/// while, and that are not too old.
contract DelayedReader is UsingTellor {
    bytes32 public immutable queryId;
    uint256 public immutable delay;
    uint256 public immutable maxAge;

    error NoValue(uint256 before);
    error TooOld(uint256 timestamp);
    error ValueTooLarge(uint256 value);

    constructor(address payable tellor_, bytes32 queryId_, uint256 delay_, uint256 maxAge_) UsingTellor(tellor_) {
        queryId = queryId_;
        delay = delay_;
        maxAge = maxAge_;
    }

    function decimals() external pure returns (uint8) {
        return 18;
    }

    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        uint256 before = block.timestamp - delay;
        (bytes memory data, uint256 timestamp) = _getDataBefore(queryId, before);
        if (timestamp == 0) revert NoValue(before);
        if (block.timestamp - timestamp > maxAge) revert TooOld(timestamp);
        uint256 value = abi.decode(data, (uint256));
        if (value > uint256(type(int256).max)) revert ValueTooLarge(value);
        return (uint80(timestamp), int256(value), timestamp, timestamp, uint80(timestamp));
    }
}
