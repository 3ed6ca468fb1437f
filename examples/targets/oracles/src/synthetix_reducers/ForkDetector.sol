// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Whether this is a development fork: never.
library ForkDetector {
    function isDevFork() internal pure returns (bool) {
        return false;
    }
}
