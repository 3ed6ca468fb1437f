// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ChainlinkNode} from "@synthetixio/oracle-manager/contracts/nodes/ChainlinkNode.sol";
import {PriceDeviationCircuitBreakerNode} from
    "@synthetixio/oracle-manager/contracts/nodes/PriceDeviationCircuitBreakerNode.sol";
import {ReducerNode} from "@synthetixio/oracle-manager/contracts/nodes/ReducerNode.sol";
import {NodeDefinition} from "@synthetixio/oracle-manager/contracts/storage/NodeDefinition.sol";
import {NodeOutput} from "@synthetixio/oracle-manager/contracts/storage/NodeOutput.sol";

/// @title The sources that the nodes read: an external node, and a feed with rounds.
abstract contract Sources {
    struct Quote {
        int256 price;
        uint256 timestamp;
    }

    Quote[] internal _rounds;
    uint80 internal _firstRound;

    /// What an external node answers: what its parameters say behind this address.
    function process(
        NodeOutput.Data[] memory,
        bytes memory parameters,
        bytes32[] memory,
        bytes32[] memory
    ) external pure returns (NodeOutput.Data memory) {
        (, int256 price, uint256 timestamp) = abi.decode(parameters, (address, int256, uint256));
        return NodeOutput.Data(price, timestamp, 0, 0);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return _round(_firstRound + uint80(_rounds.length - 1));
    }

    /// Reverts before the first round, as a feed may.
    function getRoundData(uint80 id) external view returns (uint80, int256, uint256, uint256, uint80) {
        return _round(id);
    }

    function _round(uint80 id) private view returns (uint80, int256, uint256, uint256, uint80) {
        Quote memory found = _rounds[id - _firstRound];
        return (id, found.price, found.timestamp, found.timestamp, id);
    }
}

/// @title Synthetix's oracle nodes, each fed with what a call says.
contract NodeDesk is Sources {
    error DeviationToleranceExceeded(int256 deviation);
    error InvalidInputPrice();
    error StalenessToleranceExceeded(bytes32 parentId, int256 price, uint256 staleTimestamp);

    function reduce(uint256 operation, Quote[] memory quotes) external returns (int256, uint256) {
        (NodeOutput.Data memory found, bytes memory failure) =
            ReducerNode.process(_outputs(quotes), abi.encode(operation));
        return _answer(found, failure);
    }

    function checkDeviation(uint256 tolerance, Quote[] memory quotes)
        external
        returns (int256, uint256)
    {
        (NodeOutput.Data memory found, bytes memory failure) =
            PriceDeviationCircuitBreakerNode.process(_outputs(quotes), abi.encode(tolerance));
        return _answer(found, failure);
    }

    /// @param runtimeTolerances given along with the call, of which the first counts
    function checkStaleness(
        uint256 tolerance,
        uint256[] memory runtimeTolerances,
        Quote[] memory quotes
    ) external returns (int256, uint256) {
        bytes32[] memory keys = new bytes32[](runtimeTolerances.length);
        bytes32[] memory values = new bytes32[](runtimeTolerances.length);
        for (uint256 i = 0; i < keys.length; i++) {
            keys[i] = "stalenessTolerance";
            values[i] = bytes32(runtimeTolerances[i]);
        }
        bytes32 id = _node(
            NodeDefinition.NodeType.STALENESS_CIRCUIT_BREAKER, abi.encode(tolerance), _parents(quotes)
        );
        (NodeOutput.Data memory found, bytes memory failure) =
            NodeDefinition.process(id, keys, values);
        return _answer(found, failure);
    }

    /// @param rounds of a feed, the oldest first; reading one before `firstRound` reverts
    function averageRounds(
        uint256 interval,
        uint8 decimals,
        uint80 firstRound,
        Quote[] memory rounds
    ) external returns (int256, uint256) {
        delete _rounds;
        _firstRound = firstRound;
        for (uint256 i = 0; i < rounds.length; i++) {
            _rounds.push(rounds[i]);
        }
        (NodeOutput.Data memory found, bytes memory failure) =
            ChainlinkNode.process(abi.encode(address(this), interval, decimals));
        return _answer(found, failure);
    }

    function _parents(Quote[] memory quotes) private returns (bytes32[] memory parents) {
        parents = new bytes32[](quotes.length);
        for (uint256 i = 0; i < parents.length; i++) {
            bytes memory parameters =
                abi.encode(address(this), quotes[i].price, quotes[i].timestamp);
            parents[i] = _node(NodeDefinition.NodeType.EXTERNAL, parameters, new bytes32[](0));
        }
    }

    function _node(NodeDefinition.NodeType kind, bytes memory parameters, bytes32[] memory parents)
        private
        returns (bytes32 id)
    {
        (, id) = NodeDefinition.create(NodeDefinition.Data(kind, parameters, parents));
    }

    function _outputs(Quote[] memory quotes)
        private
        pure
        returns (NodeOutput.Data[] memory outputs)
    {
        outputs = new NodeOutput.Data[](quotes.length);
        for (uint256 i = 0; i < outputs.length; i++) {
            outputs[i] = NodeOutput.Data(quotes[i].price, quotes[i].timestamp, 0, 0);
        }
    }

    function _answer(NodeOutput.Data memory found, bytes memory failure)
        private
        pure
        returns (int256, uint256)
    {
        if (failure.length > 0) {
            assembly ("memory-safe") {
                revert(add(failure, 32), mload(failure))
            }
        }
        return (found.price, found.timestamp);
    }
}
