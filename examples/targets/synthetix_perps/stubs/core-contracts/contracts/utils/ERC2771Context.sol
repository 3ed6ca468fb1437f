// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title The caller, without trusted forwarders.
library ERC2771Context {
    function _msgSender() internal view returns (address) {
        return msg.sender;
    }
}
