// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Cash} from "./Cash.sol";
import {Collaterals} from "./Collaterals.sol";
import {Holdings} from "./Holdings.sol";
import {Margin} from "./Margin.sol";
import {Markets} from "./Markets.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {AccountRecord, Ledger, TOKEN_UNIT} from "./Records.sol";

/// @title Sub-accounts, isolated margin, and who may act for an account.
/// @notice An owner has 256 accounts: its address with the last eight bits changed (Euler's EVC numbers them so). Nothing
/// moves between accounts but by a transfer of their owner, so isolated margin neither leaks in nor out.
library Accounts {
    /// @notice Moves `amount` token units of cash between two accounts of the sender; what is left must cover initial
    /// margin without unrealised profits, as for a withdrawal.
    function transfer(Ledger storage ledger, address sender, address source, address to, uint256 amount) external {
        // CHECKS
        requireOwners(sender, source, to);
        if (amount == 0) revert IClearingHouse.AmountOutOfBounds(amount);
        // MARGIN
        Margin.requireWithdrawable(ledger, source, amount);
        // EFFECTS
        Cash.add(ledger, source, -int256(amount * TOKEN_UNIT));
        Cash.add(ledger, to, int256(amount * TOKEN_UNIT));
        // EVENTS
        emit IClearingHouse.Transferred(source, to, amount);
    }

    /// @notice Moves `amount` units of a token between two accounts of the sender; what is left must cover initial margin
    /// without unrealised profits, as for a withdrawal. The token must have a price: one without comes into no account,
    /// since it could stop that account's liquidation.
    function transferCollateral(
        Ledger storage ledger,
        address sender,
        address source,
        address to,
        uint256 collateralId,
        uint256 amount
    ) external {
        // CHECKS
        requireOwners(sender, source, to);
        Holdings.existing(ledger, collateralId);
        // PRICES
        Holdings.readPrice(ledger, collateralId, Purpose.Withdraw);
        // EFFECTS
        Holdings.take(ledger, source, collateralId, amount);
        Holdings.add(ledger, to, collateralId, amount);
        // MARGIN
        Collaterals.requireExcess(ledger, source);
        // EVENTS
        emit IClearingHouse.CollateralTransferred(source, to, collateralId, amount);
    }

    /// @notice Ties a sub-account to one market, or frees it with `isolated` false; it must hold no position
    /// and have no order resting.
    function setIsolated(Ledger storage ledger, address sender, address account, uint256 marketId, bool isolated)
        external
    {
        // CHECKS
        requireTrader(ledger, sender, account);
        Markets.existing(ledger, marketId);
        AccountRecord storage record = ledger.accounts[account];
        if (record.markets != 0 || record.orderedMarkets != 0) revert IClearingHouse.AccountNotEmpty(account);
        // EFFECTS
        record.isolatedTo = isolated ? uint8(marketId + 1) : 0;
        // EVENTS
        emit IClearingHouse.IsolationChanged(account, marketId, isolated);
    }

    /// @notice Lets a trader act for an account of the sender, or no longer; never with its money.
    function setTrader(Ledger storage ledger, address sender, address account, address trader, bool allowed) external {
        // CHECKS
        if (!isOwner(sender, account)) revert IClearingHouse.NotAuthorised(account, sender);
        // EFFECTS
        ledger.traders[account][trader] = allowed;
        // EVENTS
        emit IClearingHouse.TraderChanged(account, trader, allowed);
    }

    /// @notice Whether an account is one of an owner's 256.
    function isOwner(address owner, address account) internal pure returns (bool) {
        return (uint160(owner) ^ uint160(account)) >> 8 == 0;
    }

    /// @notice Reverts unless the sender owns both accounts, which differ.
    function requireOwners(address sender, address source, address to) internal pure {
        // CHECKS
        if (source == to) revert IClearingHouse.SameAccount(source);
        if (!isOwner(sender, source)) revert IClearingHouse.NotAuthorised(source, sender);
        if (!isOwner(sender, to)) revert IClearingHouse.NotAuthorised(to, sender);
    }

    /// @notice Reverts unless the sender owns the account or may act for it.
    function requireTrader(Ledger storage ledger, address sender, address account) internal view {
        // CHECKS
        if (isOwner(sender, account) || ledger.traders[account][sender]) return;
        revert IClearingHouse.NotAuthorised(account, sender);
    }
}
