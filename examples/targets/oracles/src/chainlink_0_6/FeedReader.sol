// SPDX-License-Identifier: MIT
pragma solidity 0.6.6;

interface IReadFeed {
    function latestAnswer() external view returns (int256);

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80);

    function getRoundData(uint80 roundId)
        external
        view
        returns (uint80, int256, uint256, uint256, uint80);

    function oracleRoundState(address oracle, uint32 roundId)
        external
        view
        returns (bool, uint32, int256, uint64, uint64, uint128, uint8, uint128);
}

/// A contract that reads feeds, which some feeds refuse to contracts.
contract FeedReader {
    function answerOf(address feed) external view returns (int256) {
        return IReadFeed(feed).latestAnswer();
    }

    function latestOf(address feed)
        external
        view
        returns (uint80, int256, uint256, uint256, uint80)
    {
        return IReadFeed(feed).latestRoundData();
    }

    function roundOf(address feed, uint80 roundId)
        external
        view
        returns (uint80, int256, uint256, uint256, uint80)
    {
        return IReadFeed(feed).getRoundData(roundId);
    }

    function stateOf(address feed, address oracle, uint32 roundId)
        external
        view
        returns (bool, uint32, int256, uint64, uint64, uint128, uint8, uint128)
    {
        return IReadFeed(feed).oracleRoundState(oracle, roundId);
    }
}
