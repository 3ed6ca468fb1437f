// SPDX-License-Identifier: MIT
pragma solidity ^0.8.17;

import {RedstoneConsumerBase} from "@redstone-finance/evm-connector/contracts/core/RedstoneConsumerBase.sol";
import {RedstoneConsumerNumericBase} from "@redstone-finance/evm-connector/contracts/core/RedstoneConsumerNumericBase.sol";
import {MainDemoConsumerBase} from "@redstone-finance/evm-connector/contracts/data-services/MainDemoConsumerBase.sol";
import {RedstoneConsumerNumericMock} from "@redstone-finance/evm-connector/contracts/mocks/RedstoneConsumerNumericMock.sol";

/// Makes the reads of a consumer callable, each with a payload behind its call data, too.
abstract contract Readable is RedstoneConsumerNumericBase {
    function value(bytes32 id) external view returns (uint256) {
        return getOracleNumericValueFromTxMsg(id);
    }

    function values(bytes32[] calldata ids) external view returns (uint256[] memory) {
        return getOracleNumericValuesFromTxMsg(ids);
    }

    function valuesAndTimestamp(bytes32[] calldata ids) external view returns (uint256[] memory, uint256) {
        return getOracleNumericValuesAndTimestampFromTxMsg(ids);
    }

    function valuesWithDuplicates(bytes32[] calldata ids) external view returns (uint256[] memory) {
        return getOracleNumericValuesWithDuplicatesFromTxMsg(ids);
    }

    function valueFrom(bytes32 id, bytes calldata payload) external view returns (uint256) {
        return abi.decode(_read(abi.encodeCall(this.value, (id)), payload), (uint256));
    }

    function valuesFrom(bytes32[] calldata ids, bytes calldata payload) external view returns (uint256[] memory) {
        return abi.decode(_read(abi.encodeCall(this.values, (ids)), payload), (uint256[]));
    }

    function valuesAndTimestampFrom(bytes32[] calldata ids, bytes calldata payload)
        external
        view
        returns (uint256[] memory, uint256)
    {
        return abi.decode(_read(abi.encodeCall(this.valuesAndTimestamp, (ids)), payload), (uint256[], uint256));
    }

    function valuesWithDuplicatesFrom(bytes32[] calldata ids, bytes calldata payload)
        external
        view
        returns (uint256[] memory)
    {
        return abi.decode(_read(abi.encodeCall(this.valuesWithDuplicates, (ids)), payload), (uint256[]));
    }

    function timestampFrom(bytes calldata payload) external view returns (uint256) {
        bytes memory call = abi.encodeCall(this.extractTimestampsAndAssertAllAreEqual, ());
        return abi.decode(_read(call, payload), (uint256));
    }

    function _read(bytes memory call, bytes calldata payload) private view returns (bytes memory) {
        (bool ok, bytes memory data) = address(this).staticcall(bytes.concat(call, payload));
        if (ok) return data;
        assembly {
            revert(add(data, 32), mload(data))
        }
    }
}

/// A consumer whose signers and threshold are given.
contract Consumer is Readable {
    address[] private signers;
    uint8 private immutable threshold;

    constructor(address[] memory signers_, uint8 threshold_) {
        signers = signers_;
        threshold = threshold_;
    }

    function getUniqueSignersThreshold() public view override returns (uint8) {
        return threshold;
    }

    function getAuthorisedSignerIndex(address signer) public view override returns (uint8) {
        for (uint256 i = 0; i < signers.length; i++) {
            if (signers[i] == signer) return uint8(i);
        }
        revert SignerNotAuthorised(signer);
    }
}

/// The demo service's consumer: nobody here holds its signer's key.
contract DemoConsumer is Readable, MainDemoConsumerBase {
    function getDataServiceId()
        public
        view
        override(RedstoneConsumerBase, MainDemoConsumerBase)
        returns (string memory)
    {
        return MainDemoConsumerBase.getDataServiceId();
    }
}

/// The package's own mock: ten signers of nineteen, and timestamps from 2022 on.
contract MockConsumer is Readable, RedstoneConsumerNumericMock {
    function validateTimestamp(uint256 timestamp)
        public
        view
        override(RedstoneConsumerBase, RedstoneConsumerNumericMock)
    {
        RedstoneConsumerNumericMock.validateTimestamp(timestamp);
    }
}
