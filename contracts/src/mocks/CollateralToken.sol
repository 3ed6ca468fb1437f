// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token with any decimals and a faucet, which may keep a part of what is moved; for simulation.
contract CollateralToken is ERC20 {
    uint8 private immutable _decimals;
    /// @notice Share of a transfer that is burnt, WAD.
    uint256 public transferFee;

    /// @notice The share that is burnt changed.
    event TransferFeeSet(uint256 transferFee);

    constructor(string memory symbol_, uint8 decimals_) ERC20(symbol_, symbol_) {
        _decimals = decimals_;
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    /// @notice Mints `amounts[i]` to `holders[i]` and lets `spender` move all that each of them holds.
    function faucet(address[] calldata holders, uint256[] calldata amounts, address spender) external {
        // EFFECTS
        for (uint256 i = 0; i < holders.length; ++i) {
            _mint(holders[i], amounts[i]);
            _approve(holders[i], spender, type(uint256).max);
        }
    }

    /// @notice Sets the share of a transfer that is burnt, WAD; at most the whole.
    function setTransferFee(uint256 transferFee_) external {
        // EFFECTS
        transferFee = transferFee_ < 1e18 ? transferFee_ : 1e18;
        // EVENTS
        emit TransferFeeSet(transferFee);
    }

    /// @dev A transfer between holders burns the fee out of what arrives.
    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from == address(0) || to == address(0) || transferFee == 0) return;
        super._update(to, address(0), amount / 1e18 * transferFee + amount % 1e18 * transferFee / 1e18);
    }
}
