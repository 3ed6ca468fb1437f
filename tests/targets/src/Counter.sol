// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title What a target may consist of: a linked library, a proxy, Ether, overloads, structs, two contracts.

library Sums {
    function capped(uint256 a, uint256 b, uint256 cap) external pure returns (uint256) {
        return a + b > cap ? cap : a + b;
    }
}

contract Registry {
    error Strange(address caller);

    event Noted(address indexed caller, uint256 value);

    address public immutable owner;
    mapping(address => uint256) public notes;

    constructor(address owner_) {
        owner = owner_;
    }

    function note(address who, uint256 value) external {
        if (msg.sender == who) revert Strange(who);
        notes[who] = value;
        emit Noted(who, value);
    }
}

contract Counter {
    struct Entry {
        uint128 amount;
        bool open;
    }

    Registry public registry;
    uint256 public cap;
    uint256 public total;
    mapping(address => Entry) public entries;
    mapping(uint256 => mapping(address => uint256)) public nested;

    function initialize(Registry registry_, uint256 cap_) external payable {
        require(cap == 0 && cap_ != 0, "initialized");
        registry = registry_;
        cap = cap_;
    }

    function add(uint256 amount) public payable returns (uint256) {
        total = Sums.capped(total, amount, cap);
        entries[msg.sender] = Entry(uint128(amount), true);
        registry.note(msg.sender, total);
        return total + msg.value;
    }

    function add(uint256 amount, uint256[] calldata more) external returns (uint256 sum) {
        for (uint256 i = 0; i < more.length; i++) {
            nested[more[i]][msg.sender] += amount;
            sum += more[i];
        }
    }

    function close() external {
        require(entries[msg.sender].open, "closed");
        delete entries[msg.sender];
    }
}

contract Proxy {
    address private immutable LOGIC;

    constructor(address logic, bytes memory call) payable {
        LOGIC = logic;
        (bool ok,) = logic.delegatecall(call);
        require(ok, "not initialized");
    }

    fallback() external payable {
        address logic = LOGIC;
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), logic, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(ok) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }
}
