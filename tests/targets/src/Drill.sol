// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title A small lending ledger with planted faults: the constructor chooses one, 0 is none.
/// @notice For each fault the shortest sequence of calls that shows it is known.
contract Drill {
    error Zero();
    error Short(uint256 held, uint256 asked);
    error Locked(uint256 until);
    error BadPrice(uint256 price);
    error Unsafe(uint256 value, uint256 debt);
    error TooMuch(uint256 debt, uint256 asked);
    error Healthy(address holder);
    error Claimed(address holder);

    event Deposited(address indexed holder, uint256 amount);
    event Withdrawn(address indexed holder, uint256 amount);
    event Moved(address indexed from, address indexed to, uint256 amount);
    event Liquidated(address indexed holder, uint256 seized, uint256 reward);

    uint256 private immutable FAULT;

    uint256 public total;
    uint256 public price = 100;
    uint256 public pokes;
    uint256 public pokedAt;
    uint256 public claims;
    mapping(address => uint256) public balanceOf;
    mapping(address => uint256) public debtOf;
    mapping(address => uint256) public since;
    mapping(address => bool) public claimed;

    constructor(uint256 fault) {
        FAULT = fault;
        pokedAt = block.timestamp;
    }

    function deposit(uint256 amount) external {
        if (amount == 0 || amount > 1e30) revert Zero();
        if (FAULT == 3 && amount >= 1e18) revert Zero();
        balanceOf[msg.sender] += FAULT == 1 && amount > 1000 ? amount - 1 : amount;
        total += FAULT == 2 && amount % 7 == 0 ? amount + 1 : amount;
        since[msg.sender] = block.timestamp;
        emit Deposited(msg.sender, amount);
    }

    function withdraw(uint256 amount) external {
        uint256 held = balanceOf[msg.sender];
        if (amount == 0) revert Zero();
        if (FAULT == 4 ? amount >= held : amount > held) revert Short(held, amount);
        uint256 until = since[msg.sender] + 3600;
        if (FAULT == 5 ? block.timestamp <= until : block.timestamp < until) revert Locked(until);
        if ((held - amount) * price < 2 * debtOf[msg.sender]) revert Unsafe((held - amount) * price, debtOf[msg.sender]);
        balanceOf[msg.sender] = held - amount;
        if (FAULT != 6) total -= amount;
        emit Withdrawn(msg.sender, amount);
    }

    function transfer(address to, uint256 amount) external {
        uint256 held = balanceOf[msg.sender];
        if (amount == 0) revert Zero();
        if (amount > held) revert Short(held, amount);
        if ((held - amount) * price < 2 * debtOf[msg.sender]) revert Unsafe((held - amount) * price, debtOf[msg.sender]);
        uint256 received = balanceOf[to];
        balanceOf[msg.sender] = held - amount;
        if (FAULT == 7) balanceOf[to] = received + amount;
        else balanceOf[to] += FAULT == 9 && amount > 100 ? amount - 1 : amount;
        if (FAULT == 8) emit Moved(to, msg.sender, amount);
        else emit Moved(msg.sender, to, amount);
    }

    function setPrice(uint256 newPrice) external {
        if (newPrice == 0 && FAULT != 10) revert BadPrice(newPrice);
        if (FAULT == 11 ? newPrice >= 1e6 : newPrice > 1e6) revert BadPrice(newPrice);
        price = newPrice;
    }

    function borrow(uint256 amount) external {
        if (amount == 0 || amount > 1e36) revert Zero();
        uint256 fee = FAULT == 12 ? amount / 10 : (amount + 9) / 10;
        uint256 debt = debtOf[msg.sender] + amount + fee;
        uint256 value = balanceOf[msg.sender] * price;
        if (value < 2 * (FAULT == 13 ? amount + fee : debt)) revert Unsafe(value, debt);
        debtOf[msg.sender] = debt;
    }

    function repay(uint256 amount) external {
        uint256 debt = debtOf[msg.sender];
        if (amount > debt && FAULT == 14) amount = debt;
        if (amount > debt) revert TooMuch(debt, amount);
        debtOf[msg.sender] = debt - (FAULT == 15 && amount >= 10 ? amount - 1 : amount);
    }

    function liquidate(address holder) external {
        uint256 seized = balanceOf[holder];
        uint256 debt = debtOf[holder];
        if (FAULT == 16 ? seized * price > debt || debt == 0 : seized * price >= debt) revert Healthy(holder);
        uint256 reward = FAULT == 18 ? seized / 20 : (seized + 19) / 20;
        balanceOf[holder] = 0;
        if (FAULT != 17) debtOf[holder] = 0;
        total -= seized;
        emit Liquidated(holder, seized, reward);
    }

    function poke() external returns (uint256) {
        pokes += 1;
        if (FAULT == 19 && pokes == 5) pokes = 0;
        uint256 waited = block.timestamp - pokedAt;
        pokedAt = block.timestamp;
        return FAULT == 21 && waited > 30 days ? 0 : waited;
    }

    function claim() external {
        if (claimed[msg.sender]) revert Claimed(msg.sender);
        claimed[msg.sender] = true;
        claims = FAULT == 20 ? 1 : claims + 1;
    }
}
