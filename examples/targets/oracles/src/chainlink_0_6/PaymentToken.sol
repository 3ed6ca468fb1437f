// SPDX-License-Identifier: MIT
pragma solidity 0.6.6;

interface ITokenReceiver {
    function onTokenTransfer(address sender, uint256 value, bytes calldata data) external;
}

/// A token that pays oracles: any balance can be set, and transfers can be made to answer false.
contract PaymentToken {
    mapping(address => uint256) public balanceOf;
    bool public refusing;

    function setBalance(address account, uint256 balance) external {
        balanceOf[account] = balance;
    }

    function setRefusing(bool refusing_) external {
        refusing = refusing_;
    }

    function transfer(address to, uint256 value) public returns (bool) {
        if (refusing) return false;
        require(balanceOf[msg.sender] >= value, "insufficient balance");
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        return true;
    }

    function transferAndCall(address to, uint256 value, bytes calldata data)
        external
        returns (bool)
    {
        transfer(to, value);
        ITokenReceiver(to).onTokenTransfer(msg.sender, value, data);
        return true;
    }
}
