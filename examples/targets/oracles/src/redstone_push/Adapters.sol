// SPDX-License-Identifier: MIT
pragma solidity ^0.8.17;

import {RedstoneConstants} from "@redstone-finance/evm-connector/contracts/core/RedstoneConstants.sol";
import {MergedPriceFeedAdapterWithRounds} from "@redstone-finance/on-chain-relayer/contracts/price-feeds/with-rounds/MergedPriceFeedAdapterWithRounds.sol";
import {PriceFeedsAdapterWithRounds} from "@redstone-finance/on-chain-relayer/contracts/price-feeds/with-rounds/PriceFeedsAdapterWithRounds.sol";
import {MergedPriceFeedAdapterWithoutRounds} from "@redstone-finance/on-chain-relayer/contracts/price-feeds/without-rounds/MergedPriceFeedAdapterWithoutRounds.sol";
import {MultiFeedAdapterWithoutRounds} from "@redstone-finance/on-chain-relayer/contracts/price-feeds/without-rounds/MultiFeedAdapterWithoutRounds.sol";
import {PriceFeedsAdapterWithoutRounds} from "@redstone-finance/on-chain-relayer/contracts/price-feeds/without-rounds/PriceFeedsAdapterWithoutRounds.sol";

/// What a deployment of an adapter decides.
struct Settings {
    address[] signers;
    uint8 threshold;
    bytes32[] feedIds;
    uint256 minInterval;
    uint256 maxAhead;
    uint256 maxDelay;
}

/// Keeps the settings, and calls itself with a payload behind the call data.
abstract contract Settled is RedstoneConstants {
    Settings internal settings;

    constructor(Settings memory settings_) {
        settings = settings_;
    }

    function _indexOf(address signer) internal view returns (uint8) {
        for (uint256 i = 0; i < settings.signers.length; i++) {
            if (settings.signers[i] == signer) return uint8(i);
        }
        revert SignerNotAuthorised(signer);
    }

    function _send(bytes memory call, bytes calldata payload) internal {
        (bool ok, bytes memory data) = address(this).call(bytes.concat(call, payload));
        if (ok) return;
        assembly {
            revert(add(data, 32), mload(data))
        }
    }
}

contract AdapterWithRounds is PriceFeedsAdapterWithRounds, Settled {
    constructor(Settings memory settings_) Settled(settings_) {}

    function getDataFeedIds() public view override returns (bytes32[] memory) {
        return settings.feedIds;
    }

    function getUniqueSignersThreshold() public view override returns (uint8) {
        return settings.threshold;
    }

    function getAuthorisedSignerIndex(address signer) public view override returns (uint8) {
        return _indexOf(signer);
    }

    function getMinIntervalBetweenUpdates() public view override returns (uint256) {
        return settings.minInterval;
    }

    function getAllowedTimestampDiffsInSeconds() public view override returns (uint256, uint256) {
        return (settings.maxAhead, settings.maxDelay);
    }

    function updateFrom(uint256 dataPackagesTimestamp, bytes calldata payload) external {
        _send(abi.encodeCall(this.updateDataFeedsValues, (dataPackagesTimestamp)), payload);
    }
}

contract AdapterWithoutRounds is PriceFeedsAdapterWithoutRounds, Settled {
    constructor(Settings memory settings_) Settled(settings_) {}

    function getDataFeedIds() public view override returns (bytes32[] memory) {
        return settings.feedIds;
    }

    function getUniqueSignersThreshold() public view override returns (uint8) {
        return settings.threshold;
    }

    function getAuthorisedSignerIndex(address signer) public view override returns (uint8) {
        return _indexOf(signer);
    }

    function getMinIntervalBetweenUpdates() public view override returns (uint256) {
        return settings.minInterval;
    }

    function getAllowedTimestampDiffsInSeconds() public view override returns (uint256, uint256) {
        return (settings.maxAhead, settings.maxDelay);
    }

    function updateFrom(uint256 dataPackagesTimestamp, bytes calldata payload) external {
        _send(abi.encodeCall(this.updateDataFeedsValues, (dataPackagesTimestamp)), payload);
    }
}

contract MergedWithRounds is MergedPriceFeedAdapterWithRounds, Settled {
    constructor(Settings memory settings_) Settled(settings_) {}

    function getDataFeedId() public view override returns (bytes32) {
        return settings.feedIds[0];
    }

    function getUniqueSignersThreshold() public view override returns (uint8) {
        return settings.threshold;
    }

    function getAuthorisedSignerIndex(address signer) public view override returns (uint8) {
        return _indexOf(signer);
    }

    function getMinIntervalBetweenUpdates() public view override returns (uint256) {
        return settings.minInterval;
    }

    function getAllowedTimestampDiffsInSeconds() public view override returns (uint256, uint256) {
        return (settings.maxAhead, settings.maxDelay);
    }

    function updateFrom(uint256 dataPackagesTimestamp, bytes calldata payload) external {
        _send(abi.encodeCall(this.updateDataFeedsValues, (dataPackagesTimestamp)), payload);
    }
}

contract MergedWithoutRounds is MergedPriceFeedAdapterWithoutRounds, Settled {
    constructor(Settings memory settings_) Settled(settings_) {}

    function getDataFeedId() public view override returns (bytes32) {
        return settings.feedIds[0];
    }

    function getUniqueSignersThreshold() public view override returns (uint8) {
        return settings.threshold;
    }

    function getAuthorisedSignerIndex(address signer) public view override returns (uint8) {
        return _indexOf(signer);
    }

    function getMinIntervalBetweenUpdates() public view override returns (uint256) {
        return settings.minInterval;
    }

    function getAllowedTimestampDiffsInSeconds() public view override returns (uint256, uint256) {
        return (settings.maxAhead, settings.maxDelay);
    }

    function updateFrom(uint256 dataPackagesTimestamp, bytes calldata payload) external {
        _send(abi.encodeCall(this.updateDataFeedsValues, (dataPackagesTimestamp)), payload);
    }
}

contract MultiFeed is MultiFeedAdapterWithoutRounds, Settled {
    constructor(Settings memory settings_) Settled(settings_) {}

    function getUniqueSignersThreshold() public view override returns (uint8) {
        return settings.threshold;
    }

    function getAuthorisedSignerIndex(address signer) public view override returns (uint8) {
        return _indexOf(signer);
    }

    function updatePartialFrom(bytes32[] calldata ids, bytes calldata payload) external {
        _send(abi.encodeCall(this.updateDataFeedsValuesPartial, (ids)), payload);
    }
}
