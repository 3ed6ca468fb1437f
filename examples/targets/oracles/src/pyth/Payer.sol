// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IUpdatable {
    function updateFeeds(bytes[] calldata priceUpdateData) external payable;
}

/// A caller that is a contract: it takes what is paid back, or refuses it.
contract Payer {
    IUpdatable public immutable feed;
    bool public refusing;

    event Refused(bool refusing);

    constructor(IUpdatable feed_) {
        feed = feed_;
    }

    receive() external payable {
        require(!refusing, "refused");
    }

    function refuse(bool refusing_) external {
        refusing = refusing_;
        emit Refused(refusing_);
    }

    function update(bytes[] calldata priceUpdateData) external payable {
        feed.updateFeeds{value: msg.value}(priceUpdateData);
    }

    function owned() external view returns (uint256) {
        return address(this).balance;
    }

    function left() external view returns (uint256) {
        return address(feed).balance;
    }
}
