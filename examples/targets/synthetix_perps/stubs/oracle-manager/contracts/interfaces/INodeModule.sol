// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {NodeOutput} from "../storage/NodeOutput.sol";

/// @title What perps markets ask of the oracle manager; the harness answers it.
interface INodeModule {
    function process(bytes32 node) external view returns (NodeOutput.Data memory);

    function processWithRuntime(bytes32 node, bytes32[] memory keys, bytes32[] memory values)
        external
        view
        returns (NodeOutput.Data memory);

    function processManyWithRuntime(bytes32[] memory nodes, bytes32[] memory keys, bytes32[] memory values)
        external
        view
        returns (NodeOutput.Data[] memory);

    function processManyWithManyRuntime(bytes32[] memory nodes, bytes32[][] memory keys, bytes32[][] memory values)
        external
        view
        returns (NodeOutput.Data[] memory);
}
