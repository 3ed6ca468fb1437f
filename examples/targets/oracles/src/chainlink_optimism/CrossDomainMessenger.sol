// SPDX-License-Identifier: MIT
pragma solidity ^0.8.6;

interface IStatusFeed {
    function updateStatus(bool status, uint64 timestamp) external;
}

/// Relays status messages of whichever L1 sender it is told.
contract CrossDomainMessenger {
    address public xDomainMessageSender;

    function relay(address sender, address feed, bool status, uint64 timestamp) external {
        xDomainMessageSender = sender;
        IStatusFeed(feed).updateStatus(status, timestamp);
    }
}
