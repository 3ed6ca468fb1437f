// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Cash} from "./Cash.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Standing} from "./Instruments.sol";
import {Margin} from "./Margin.sol";
import {MarginCalls} from "./MarginCalls.sol";
import {Markets} from "./Markets.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {
    BackstopParameters,
    BackstopRecord,
    BackstopShares,
    Ledger,
    BACKSTOP,
    MAX_NOTIONAL,
    MAX_RAMP,
    MAX_SHARES,
    TOKEN_UNIT,
    VIRTUAL_SHARES
} from "./Records.sol";

/// @title The backstop vault: liquidity providers hold shares of one account that takes over positions.
/// @notice A share is worth equity / (shares + virtual shares). Shares are minted at that and burnt at that, each time
/// rounded for those who stay.
library Backstop {
    /// @notice Replaces when and for what the system itself takes positions over.
    function setBackstopParameters(Ledger storage ledger, BackstopParameters calldata parameters) external {
        // CHECKS
        if (parameters.withdrawalDelay > MAX_RAMP) revert IClearingHouse.InvalidParameter("withdrawalDelay");
        if (parameters.feeShare > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("feeShare");
        if (parameters.takeoverRatio > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("takeoverRatio");
        if (parameters.fundRatio > parameters.takeoverRatio) revert IClearingHouse.InvalidParameter("fundRatio");
        if (parameters.fundShare > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("fundShare");
        // EFFECTS
        ledger.backstopParameters = parameters;
        // EVENTS
        emit IClearingHouse.BackstopParametersChanged();
    }

    /// @notice Replaces the largest notional that the vault may hold in a market, wei; what it holds stays.
    function setBackstopCapacity(Ledger storage ledger, uint256 marketId, uint256 notional) external {
        // CHECKS
        Markets.existing(ledger, marketId);
        if (notional > MAX_NOTIONAL) revert IClearingHouse.InvalidParameter("backstopCapacity");
        // EFFECTS
        ledger.backstopCapacities[marketId] = notional;
        // EVENTS
        emit IClearingHouse.BackstopCapacityChanged(marketId, notional);
    }

    /// @notice Moves `amount` token units of the account's cash, as far as it could be withdrawn, to the vault.
    function depositBackstop(Ledger storage ledger, address account, uint256 amount) external {
        // CHECKS
        if (amount == 0) revert IClearingHouse.AmountOutOfBounds(amount);
        // MARGIN
        Standing memory standing = Margin.requireWithdrawable(ledger, account, amount);
        int256 equity = Margin.standingOf(ledger, BACKSTOP, standing.marks).equity;
        restart(ledger, equity);
        uint256 total = ledger.backstop.shares;
        uint256 shares = sharesFor(amount * TOKEN_UNIT, equity, total);
        // CHECKS
        if (shares == 0 || shares > MAX_SHARES - total) revert IClearingHouse.AmountOutOfBounds(amount);
        // EFFECTS
        Cash.add(ledger, account, -int256(amount * TOKEN_UNIT));
        Cash.add(ledger, BACKSTOP, int256(amount * TOKEN_UNIT));
        ledger.backstop.shares = uint128(total + shares);
        sharesOf(ledger, account).held += uint128(shares);
        // EVENTS
        emit IClearingHouse.BackstopDeposited(account, amount, shares);
        standing.equity -= int256(amount * TOKEN_UNIT * FixedPoint.WEI);
        MarginCalls.update(ledger, account, standing);
    }

    /// @notice Asks to withdraw shares once the delay has passed; replaces what the account asked for before.
    function requestBackstopWithdrawal(Ledger storage ledger, address account, uint256 shares) external {
        // CHECKS
        BackstopShares storage own = sharesOf(ledger, account);
        if (shares > own.held) revert IClearingHouse.InsufficientShares(account, shares, own.held);
        // EFFECTS
        own.requested = uint128(shares);
        own.availableAt = uint40(block.timestamp + ledger.backstopParameters.withdrawalDelay);
        // EVENTS
        emit IClearingHouse.BackstopWithdrawalRequested(account, shares, own.availableAt);
    }

    /// @notice Burns what the account asked to withdraw for its part of the vault's equity, in token units, rounded down;
    /// all of it or nothing. It never takes unrealised profit, nor what the vault's positions need as initial margin.
    function withdrawBackstop(Ledger storage ledger, address account) external {
        // CHECKS
        BackstopShares storage own = sharesOf(ledger, account);
        uint256 shares = own.requested;
        if (shares == 0) revert IClearingHouse.NoWithdrawalRequest(account);
        if (block.timestamp < own.availableAt) revert IClearingHouse.WithdrawalPending(account, own.availableAt);
        // PRICES
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Withdraw);
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, BACKSTOP, marks);
        uint256 amount = payoutOf(shares, standing.equity, ledger.backstop.shares);
        if (amount == 0) revert IClearingHouse.AmountOutOfBounds(amount);
        uint256 available = Margin.withdrawable(ledger, BACKSTOP, standing) / (FixedPoint.WEI * TOKEN_UNIT);
        if (amount > available) revert IClearingHouse.ExceedsWithdrawable(BACKSTOP, amount, available);
        // EFFECTS
        own.held -= uint128(shares);
        own.requested = 0;
        ledger.backstop.shares -= uint128(shares);
        Cash.add(ledger, BACKSTOP, -int256(amount * TOKEN_UNIT));
        Cash.add(ledger, account, int256(amount * TOKEN_UNIT));
        // EVENTS
        emit IClearingHouse.BackstopWithdrawn(account, shares, amount);
    }

    /// @notice Begins anew where the vault is in no market and all shares together are not worth a token unit: nobody could
    /// withdraw anything, and nobody would buy a part of that.
    /// @param equity A numerator.
    function restart(Ledger storage ledger, int256 equity) internal {
        // MARGIN
        BackstopRecord storage record = ledger.backstop;
        if (record.shares == 0 || equity < 0 || ledger.accounts[BACKSTOP].markets != 0) return;
        if (payoutOf(record.shares, equity, record.shares) > 0) return;
        // EFFECTS
        record.shares = 0;
        record.epoch += 1;
        // EVENTS
        emit IClearingHouse.BackstopRestarted(record.epoch);
    }

    /// @notice An account's shares, none where they are of an earlier epoch.
    function sharesOf(Ledger storage ledger, address account) internal returns (BackstopShares storage own) {
        own = ledger.backstopShares[account];
        // EFFECTS
        if (own.epoch == ledger.backstop.epoch) return own;
        ledger.backstopShares[account] = BackstopShares(0, 0, 0, ledger.backstop.epoch);
    }

    /// @notice Shares for `amount` (wei), rounded down: at the vault's equity, rounded up, and a wei more.
    /// @param equity A numerator; it must be positive where there are shares.
    function sharesFor(uint256 amount, int256 equity, uint256 total) internal pure returns (uint256) {
        // CHECKS
        if (equity < 0 || (equity == 0 && total > 0)) {
            revert IClearingHouse.BackstopInsolvent(FixedPoint.floorDiv(equity, FixedPoint.WEI));
        }
        // MARGIN
        uint256 worth = FixedPoint.divUp(uint256(equity), FixedPoint.WEI) + 1;
        return FixedPoint.mulDivDown(amount, total + VIRTUAL_SHARES, worth);
    }

    /// @notice What shares are worth, token units, rounded down.
    /// @param equity A numerator.
    function payoutOf(uint256 shares, int256 equity, uint256 total) internal pure returns (uint256) {
        // MARGIN
        if (equity <= 0) return 0;
        uint256 worth = uint256(equity) / FixedPoint.WEI;
        return FixedPoint.mulDivDown(worth, shares, total + VIRTUAL_SHARES) / TOKEN_UNIT;
    }
}
