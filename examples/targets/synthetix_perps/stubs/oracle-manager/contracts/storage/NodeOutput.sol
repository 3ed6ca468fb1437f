// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title What a node of the oracle manager answers.
library NodeOutput {
    struct Data {
        int256 price;
        uint256 timestamp;
        uint256 reserved1;
        uint256 reserved2;
    }
}
