// SPDX-License-Identifier: MIT
pragma solidity ^0.8.17;

import {IRedstoneAdapter} from "@redstone-finance/on-chain-relayer/contracts/core/IRedstoneAdapter.sol";
import {PriceFeedWithRounds} from "@redstone-finance/on-chain-relayer/contracts/price-feeds/with-rounds/PriceFeedWithRounds.sol";
import {PriceFeedWithoutRounds} from "@redstone-finance/on-chain-relayer/contracts/price-feeds/without-rounds/PriceFeedWithoutRounds.sol";
import {PriceFeedWithoutRoundsForMultiFeedAdapter} from "@redstone-finance/on-chain-relayer/contracts/price-feeds/without-rounds/PriceFeedWithoutRoundsForMultiFeedAdapter.sol";

/// Which adapter a feed reads, and which of its values.
abstract contract Facing {
    IRedstoneAdapter internal immutable adapter;
    bytes32 internal immutable feedId;

    constructor(IRedstoneAdapter adapter_, bytes32 feedId_) {
        adapter = adapter_;
        feedId = feedId_;
    }
}

contract FeedWithRounds is PriceFeedWithRounds, Facing {
    constructor(IRedstoneAdapter adapter_, bytes32 feedId_) Facing(adapter_, feedId_) {}

    function getDataFeedId() public view override returns (bytes32) {
        return feedId;
    }

    function getPriceFeedAdapter() public view override returns (IRedstoneAdapter) {
        return adapter;
    }
}

contract FeedWithoutRounds is PriceFeedWithoutRounds, Facing {
    constructor(IRedstoneAdapter adapter_, bytes32 feedId_) Facing(adapter_, feedId_) {}

    function getDataFeedId() public view override returns (bytes32) {
        return feedId;
    }

    function getPriceFeedAdapter() public view override returns (IRedstoneAdapter) {
        return adapter;
    }
}

contract FeedOfMulti is PriceFeedWithoutRoundsForMultiFeedAdapter, Facing {
    constructor(IRedstoneAdapter adapter_, bytes32 feedId_) Facing(adapter_, feedId_) {}

    function getDataFeedId() public view override returns (bytes32) {
        return feedId;
    }

    function getPriceFeedAdapter() public view override returns (IRedstoneAdapter) {
        return adapter;
    }
}
