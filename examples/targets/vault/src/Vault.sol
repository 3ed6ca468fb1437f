// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title A vault of shares, with a fee on what is taken out.
/// @notice Rounding is always for the vault. One line below rounds the wrong way: can your fuzzer find it?
contract Vault {
    error ZeroAmount();
    error InsufficientShares(address holder, uint256 held, uint256 asked);
    error Locked(address holder, uint256 until);

    event Deposited(address indexed holder, uint256 assets, uint256 shares);
    event Withdrawn(address indexed holder, uint256 assets, uint256 shares, uint256 fee);
    event Donated(address indexed from, uint256 assets);

    uint256 public constant FEE_BPS = 30;
    uint256 public constant LOCK = 1 hours;

    uint256 public totalAssets;
    uint256 public totalShares;
    mapping(address holder => uint256) public sharesOf;
    mapping(address holder => uint256) public unlockedAt;

    function deposit(uint256 assets) external returns (uint256 shares) {
        if (assets == 0 || assets > type(uint128).max) revert ZeroAmount();
        shares = totalShares == 0 ? assets : (assets * totalShares) / totalAssets;
        totalAssets += assets;
        totalShares += shares;
        sharesOf[msg.sender] += shares;
        unlockedAt[msg.sender] = block.timestamp + LOCK;
        emit Deposited(msg.sender, assets, shares);
    }

    function withdraw(uint256 assets) external returns (uint256 shares) {
        if (assets == 0 || assets > totalAssets) revert ZeroAmount();
        if (block.timestamp < unlockedAt[msg.sender]) revert Locked(msg.sender, unlockedAt[msg.sender]);
        shares = sharesFor(assets);
        uint256 held = sharesOf[msg.sender];
        if (shares > held) revert InsufficientShares(msg.sender, held, shares);
        uint256 fee = (assets * FEE_BPS + 9_999) / 10_000;
        sharesOf[msg.sender] = held - shares;
        totalShares -= shares;
        totalAssets -= assets - fee;
        emit Withdrawn(msg.sender, assets - fee, shares, fee);
    }

    function donate(uint256 assets) external {
        if (assets == 0 || assets > type(uint128).max) revert ZeroAmount();
        totalAssets += assets;
        emit Donated(msg.sender, assets);
    }

    /// @notice Shares that are burned for assets.
    function sharesFor(uint256 assets) public view returns (uint256) {
        return (assets * totalShares) / totalAssets;
    }
}
