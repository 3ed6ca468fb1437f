// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Funding} from "./Funding.sol";
import {Insurance} from "./Insurance.sol";
import {Margin, Marks, Standing} from "./Margin.sol";
import {Markets} from "./Markets.sol";
import {Positions} from "./Positions.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger, MAX_VAULT, TOKEN_UNIT} from "./Records.sol";

/// @title Money in and out, and profit and loss into cash.
library Settlement {
    using SafeERC20 for IERC20;

    /// @notice Takes `amount` token units from the account into its cash.
    function deposit(Ledger storage ledger, address account, uint256 amount) external {
        // EFFECTS
        receiveTokens(ledger, account, amount);
        ledger.accounts[account].cash += int256(amount * TOKEN_UNIT);
        // EVENTS
        emit IClearingHouse.Deposited(account, amount);
    }

    /// @notice Pays `amount` token units out of the account's cash.
    function withdraw(Ledger storage ledger, address account, uint256 amount) external {
        // CHECKS
        if (amount == 0) revert IClearingHouse.AmountOutOfBounds(amount);
        if (ledger.record.unresolvedBadDebt > 0) {
            revert IClearingHouse.WithdrawalsGated(ledger.record.unresolvedBadDebt);
        }
        // PRICES
        Positions.bookAll(ledger, account);
        Marks memory marks = Margin.newMarks(ledger, Purpose.Trade);
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, account, marks);
        uint256 available = Margin.withdrawable(ledger, account, standing) / (FixedPoint.WEI * TOKEN_UNIT);
        if (amount > available) revert IClearingHouse.ExceedsWithdrawable(account, amount, available);
        // EFFECTS
        ledger.accounts[account].cash -= int256(amount * TOKEN_UNIT);
        // EVENTS
        emit IClearingHouse.Withdrawn(account, amount);
        sendTokens(ledger, account, amount);
    }

    /// @notice Settles profit and loss of all the account's positions in markets that are not paused; anyone may.
    function settle(Ledger storage ledger, address account) external {
        // PRICES
        Positions.bookAll(ledger, account);
        Marks memory marks = Margin.newMarks(ledger, Purpose.Liquidation);
        // EFFECTS
        uint256 remaining = ledger.accounts[account].markets;
        while (remaining != 0) {
            uint256 marketId = LibBit.ffs(remaining);
            remaining &= remaining - 1;
            if (ledger.markets[marketId].record.paused) continue;
            bool open = ledger.positions[account][marketId].size != 0;
            uint256 mark = open ? Margin.markOf(ledger, marks, marketId) : 0;
            Positions.settle(ledger, account, marketId, mark);
        }
    }

    /// @notice Accrues a market's funding; from here on it runs on the present index price, where there is one.
    function accrueFunding(Ledger storage ledger, uint256 marketId) external {
        // CHECKS
        Markets.active(ledger, marketId);
        // EFFECTS
        Funding.accrue(ledger, marketId);
        // PRICES
        try ledger.hub.price(ledger.markets[marketId].parameters.priceId, Purpose.Trade) returns (uint256 index) {
            Funding.setPrice(ledger, marketId, index);
        } catch {}
    }

    /// @notice Takes `amount` token units from the sender into the insurance fund.
    function depositInsurance(Ledger storage ledger, address sender, uint256 amount) external {
        // EFFECTS
        receiveTokens(ledger, sender, amount);
        // EVENTS
        Insurance.credit(ledger, amount * TOKEN_UNIT);
    }

    /// @notice Pays `amount` token units of collected trading fees to `to`.
    function withdrawFees(Ledger storage ledger, address to, uint256 amount) external {
        // CHECKS
        if (amount == 0) revert IClearingHouse.AmountOutOfBounds(amount);
        uint256 fees = ledger.record.fees / TOKEN_UNIT;
        if (amount > fees) revert IClearingHouse.ExceedsFees(amount, fees);
        // EFFECTS
        ledger.record.fees -= amount * TOKEN_UNIT;
        // EVENTS
        emit IClearingHouse.FeesWithdrawn(to, amount);
        sendTokens(ledger, to, amount);
    }

    /// @notice Pulls tokens into the vault; what is sent without a call is not counted.
    function receiveTokens(Ledger storage ledger, address from, uint256 amount) internal {
        // CHECKS
        if (amount == 0 || amount > MAX_VAULT - ledger.record.vault) revert IClearingHouse.AmountOutOfBounds(amount);
        // EFFECTS
        ledger.record.vault += amount;
        ledger.token.safeTransferFrom(from, address(this), amount);
    }

    /// @notice Sends tokens out of the vault.
    function sendTokens(Ledger storage ledger, address to, uint256 amount) internal {
        // CHECKS
        uint256 vault = ledger.record.vault;
        if (amount > vault) revert IClearingHouse.InsufficientLiquidity(amount, vault);
        // EFFECTS
        ledger.record.vault = vault - amount;
        ledger.token.safeTransfer(to, amount);
    }
}
