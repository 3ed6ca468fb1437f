// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";
import {Cash} from "./Cash.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Funding} from "./Funding.sol";
import {Holdings} from "./Holdings.sol";
import {Insurance} from "./Insurance.sol";
import {Standing} from "./Instruments.sol";
import {Margin} from "./Margin.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {Mark} from "./Mark.sol";
import {MarginCalls} from "./MarginCalls.sol";
import {Markets} from "./Markets.sol";
import {Positions} from "./Positions.sol";
import {Volatility} from "./Volatility.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger, MAX_BATCH, MAX_ROUNDS, MAX_VAULT, TOKEN_UNIT} from "./Records.sol";

/// @title Money in and out, and profit and loss into cash.
library Settlement {
    using SafeERC20 for IERC20;

    /// @notice Takes `amount` token units from the account into its cash.
    function deposit(Ledger storage ledger, address account, uint256 amount) external {
        // CHECKS
        requireRoom(ledger, amount);
        // EFFECTS
        Cash.add(ledger, account, int256(amount * TOKEN_UNIT));
        // EVENTS
        emit IClearingHouse.Deposited(account, amount);
        receiveTokens(ledger, account, amount);
    }

    /// @notice Pays `amount` token units out of the account's cash.
    function withdraw(Ledger storage ledger, address account, uint256 amount) external {
        // CHECKS
        requireUngated(ledger, amount);
        // MARGIN
        Standing memory standing = Margin.requireWithdrawable(ledger, account, amount);
        // EFFECTS
        Cash.add(ledger, account, -int256(amount * TOKEN_UNIT));
        // EVENTS
        emit IClearingHouse.Withdrawn(account, amount);
        standing.equity -= int256(amount * TOKEN_UNIT * FixedPoint.WEI);
        MarginCalls.update(ledger, account, standing);
        sendTokens(ledger, account, amount);
    }

    /// @notice Settles profit and loss of all the account's positions, profits first, so that a second call in the same
    /// block changes nothing; anyone may.
    function settle(Ledger storage ledger, address account) external {
        // PRICES
        Positions.bookAll(ledger, account);
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Settle);
        // EFFECTS
        settleMarkets(ledger, account, marks, true);
        settleMarkets(ledger, account, marks, false);
    }

    /// @notice Settles several accounts, profits and losses in turn until nothing moves any more, at most eight rounds, so
    /// that a second call in the same block changes nothing; anyone may.
    /// @dev One's settled loss is another's profit: a round may open the next. Chains longer than that wait.
    function settleBatch(Ledger storage ledger, address[] calldata accounts) external {
        // CHECKS
        if (accounts.length > MAX_BATCH) revert IClearingHouse.TooManyAccounts(accounts.length);
        // PRICES
        for (uint256 i = 0; i < accounts.length; ++i) {
            Positions.bookAll(ledger, accounts[i]);
        }
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Settle);
        // EFFECTS
        bool moved = true;
        for (uint256 round = 0; moved && round < MAX_ROUNDS; ++round) {
            moved = settleRound(ledger, accounts, marks, true);
            if (settleRound(ledger, accounts, marks, false)) moved = true;
        }
    }

    /// @notice Settles the losses of an account that has neither open positions nor tokens.
    function settleLosses(Ledger storage ledger, address account) external {
        // EFFECTS
        settleMarkets(ledger, account, Pricing.newMarks(ledger, Purpose.Settle), false);
    }

    /// @notice Settles the profits, or the losses, of several accounts; returns whether any cash moved.
    function settleRound(Ledger storage ledger, address[] calldata accounts, Marks memory marks, bool profits)
        internal
        returns (bool moved)
    {
        // EFFECTS
        for (uint256 i = 0; i < accounts.length; ++i) {
            int256 cash = ledger.accounts[accounts[i]].cash;
            settleMarkets(ledger, accounts[i], marks, profits);
            if (ledger.accounts[accounts[i]].cash != cash) moved = true;
        }
    }

    /// @notice Settles the account's profits, or its losses, market by market; one that is paused or has no price that
    /// can be trusted waits.
    function settleMarkets(Ledger storage ledger, address account, Marks memory marks, bool profits) internal {
        // MARGIN
        uint256 credit = 0;
        if (!profits) {
            (, uint256 worth) = Holdings.worthOf(ledger, account, marks, 0);
            credit = worth / FixedPoint.WEI;
        }
        // EFFECTS
        uint256 remaining = ledger.accounts[account].markets;
        while (remaining != 0) {
            uint256 marketId = LibBit.ffs(remaining);
            remaining &= remaining - 1;
            if (ledger.markets[marketId].record.paused) continue;
            bool open = ledger.positions[account][marketId].size != 0;
            uint256 mark = open ? Pricing.markOrZero(ledger, marks, marketId) : 0;
            if (open && mark == 0) continue;
            if (Positions.isProfit(ledger, account, marketId, mark) != profits) continue;
            Positions.settle(ledger, account, marketId, mark, credit);
        }
    }

    /// @notice Accrues a market's funding; from here on it runs on the present index price and mark, where there are any,
    /// and the price is observed for the market's variance.
    function accrueFunding(Ledger storage ledger, uint256 marketId) external {
        // CHECKS
        Markets.active(ledger, marketId);
        // EFFECTS
        Funding.accrue(ledger, marketId);
        // PRICES
        try ledger.hub.price(ledger.markets[marketId].parameters.priceId, Purpose.Trade) returns (uint256 index) {
            Volatility.observe(ledger, marketId, index);
            Funding.setRate(ledger, marketId, index, Mark.markAt(ledger, marketId, index));
        } catch {}
    }

    /// @notice Takes `amount` token units from the sender into the insurance fund.
    function depositInsurance(Ledger storage ledger, address sender, uint256 amount) external {
        // CHECKS
        requireRoom(ledger, amount);
        // EFFECTS
        Insurance.credit(ledger, amount * TOKEN_UNIT);
        receiveTokens(ledger, sender, amount);
    }

    /// @notice Pays `amount` token units of collected trading fees to `to`.
    function withdrawFees(Ledger storage ledger, address to, uint256 amount) external {
        // CHECKS
        requireUngated(ledger, amount);
        uint256 fees = ledger.record.fees / TOKEN_UNIT;
        if (amount > fees) revert IClearingHouse.ExceedsFees(amount, fees);
        // EFFECTS
        ledger.record.fees -= uint128(amount * TOKEN_UNIT);
        // EVENTS
        emit IClearingHouse.FeesWithdrawn(to, amount);
        sendTokens(ledger, to, amount);
    }

    /// @notice Reverts unless the amount is positive and the vault has room for it.
    function requireRoom(Ledger storage ledger, uint256 amount) internal view {
        // CHECKS
        if (amount == 0 || amount > MAX_VAULT - ledger.record.vault) revert IClearingHouse.AmountOutOfBounds(amount);
    }

    /// @notice Pulls tokens into the vault; what is sent without a call is not counted.
    function receiveTokens(Ledger storage ledger, address from, uint256 amount) internal {
        // EFFECTS
        ledger.record.vault += uint96(amount);
        ledger.token.safeTransferFrom(from, address(this), amount);
    }

    /// @notice Reverts unless the amount is positive and all bad debt is resolved.
    function requireUngated(Ledger storage ledger, uint256 amount) internal view {
        // CHECKS
        if (amount == 0) revert IClearingHouse.AmountOutOfBounds(amount);
        uint256 unresolved = ledger.record.unresolvedBadDebt;
        if (unresolved > 0) revert IClearingHouse.WithdrawalsGated(unresolved);
    }

    /// @notice Sends tokens out of the vault.
    function sendTokens(Ledger storage ledger, address to, uint256 amount) internal {
        // CHECKS
        uint256 vault = ledger.record.vault;
        if (amount > vault) revert IClearingHouse.InsufficientLiquidity(amount, vault);
        // EFFECTS
        ledger.record.vault = uint96(vault - amount);
        ledger.token.safeTransfer(to, amount);
    }
}
