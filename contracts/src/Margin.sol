// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Cash} from "./Cash.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Holdings} from "./Holdings.sol";
import {Instruments, Standing} from "./Instruments.sol";
import {Orders} from "./Orders.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger, TOKEN_UNIT} from "./Records.sol";

/// @title Equity and requirements of an account, and the tests on them.
/// @notice Everything is compared as exact numerators at one scale; only published figures are rounded, against the
/// account. The liquidation reserve is locked cash that counts once on either side of every test, and is left out of
/// both.
library Margin {
    /// @notice The account's standing at these marks with the initial margin that its resting orders reserve; it needs the
    /// mark of each market with orders.
    function standingWithOrders(Ledger storage ledger, address account, Marks memory marks)
        internal
        view
        returns (Standing memory standing)
    {
        // MARGIN
        standing = standingOf(ledger, account, marks);
        standing.initial = Orders.initialOf(ledger, account, marks, standing);
    }

    /// @notice The account's standing at these marks by its positions alone.
    function standingOf(Ledger storage ledger, address account, Marks memory marks)
        internal
        view
        returns (Standing memory standing)
    {
        // MARGIN
        standing.marks = marks;
        standing.cash = Cash.current(ledger, account);
        standing.equity = standing.cash * int256(FixedPoint.WEI);
        Instruments.contribute(ledger, account, standing);
    }

    /// @notice Health factor: equity / (maintenance margin + liquidation fee), WAD, rounded down; the largest integer
    /// where nothing is required or nothing larger fits.
    function healthOf(Standing memory standing) internal pure returns (int256) {
        // MARGIN
        uint256 required = standing.maintenance + standing.fee;
        int256 most = type(int256).max;
        if (required == 0 || standing.equity / int256(required) >= most / int256(FixedPoint.WAD)) return most;
        return FixedPoint.mulDivFloor(standing.equity, FixedPoint.WAD, required);
    }

    /// @notice Whether equity is below maintenance margin plus liquidation fee; equal is safe, and so is an account
    /// without an open position, which may owe a fraction of a wei.
    function isBelowMaintenance(Standing memory standing) internal pure returns (bool) {
        uint256 required = standing.maintenance + standing.fee;
        return required > 0 && standing.equity < int256(required);
    }

    /// @notice Notional of all positions, WAD x WAD.
    function notionalOf(Standing memory standing) internal pure returns (uint256 notional) {
        // MARGIN
        for (uint256 i = 0; i < standing.legs.length; ++i) {
            notional += FixedPoint.absolute(standing.legs[i].size) * standing.legs[i].mark;
        }
    }

    /// @notice Whether the account's notional is above `large` (WAD, 0 is off), and its equity not below `urgentHealth`
    /// (WAD) of what is required: whoever is deeper must not wait.
    function isLarge(Standing memory standing, uint256 large, uint256 urgentHealth) internal pure returns (bool) {
        // MARGIN
        if (large == 0 || notionalOf(standing) <= large * FixedPoint.WAD) return false;
        int256 required = int256(standing.maintenance + standing.fee);
        return FixedPoint.productAtLeast(standing.equity, FixedPoint.WAD, required, urgentHealth);
    }

    /// @notice Whether equity covers initial margin; equal is enough.
    function isAboveInitial(Standing memory standing) internal pure returns (bool) {
        return initialEquity(standing) >= int256(standing.initial);
    }

    /// @notice Equity with tokens at their initial weight; a numerator.
    function initialEquity(Standing memory standing) internal pure returns (int256) {
        return standing.equity - int256(standing.worth) + int256(standing.initialWorth);
    }

    /// @notice Equity with tokens at what a seizure would bring, a numerator; what is below zero others must cover.
    function seizedEquity(Ledger storage ledger, address account, Standing memory standing)
        internal
        view
        returns (int256)
    {
        // MARGIN
        int256 equity = standing.equity - int256(standing.worth);
        uint256 required = Holdings.atStake(standing.maintenance + standing.fee, equity);
        uint256 seizable = Holdings.seizableOf(ledger, account, standing.marks, required);
        return equity + int256(seizable);
    }

    /// @notice Whether the margin ratio did not fall from `before` to `next`; exact.
    function isRatioKept(Standing memory before, Standing memory next) internal pure returns (bool) {
        return FixedPoint.productAtLeast(
            next.equity, before.maintenance + before.fee, before.equity, next.maintenance + next.fee
        );
    }

    /// @notice Reverts unless the account has initial margin at these marks, for its resting orders too.
    function requireInitial(Ledger storage ledger, address account, Marks memory marks) internal view {
        // MARGIN
        Standing memory standing = standingWithOrders(ledger, account, marks);
        requireCash(account, standing);
        if (!isAboveInitial(standing)) revertInsufficient(account, standing);
    }

    /// @notice Reverts where tokens do not cover negative cash: fees and reserves are never paid out of unrealised profit.
    function requireCash(address account, Standing memory standing) internal pure {
        // MARGIN
        if (standing.cash * int256(FixedPoint.WEI) + int256(standing.initialWorth) < 0) {
            revert IClearingHouse.InsufficientCash(account, standing.cash);
        }
    }

    /// @notice What an account can be charged: its cash and its tokens at their maintenance weight; wei, rounded down.
    /// @param worth What the tokens count, a numerator.
    function payableBy(Ledger storage ledger, address account, uint256 worth) internal view returns (uint256) {
        // MARGIN
        int256 amount = Cash.current(ledger, account) + int256(worth / FixedPoint.WEI);
        return amount > 0 ? uint256(amount) : 0;
    }

    /// @notice Reverts with the account's published equity and initial margin.
    function revertInsufficient(address account, Standing memory standing) internal pure {
        revert IClearingHouse.InsufficientMargin(
            account,
            FixedPoint.floorDiv(initialEquity(standing), FixedPoint.WEI),
            FixedPoint.divUp(standing.initial, FixedPoint.WEI)
        );
    }

    /// @notice What may be withdrawn in cash: cash less unrealised losses, and no more than what that and the tokens leave
    /// above initial margin, at least 0; a numerator.
    function withdrawable(Ledger storage ledger, address account, Standing memory standing)
        internal
        view
        returns (uint256)
    {
        // MARGIN
        int256 cash = Cash.current(ledger, account) * int256(FixedPoint.WEI) + standing.losses;
        int256 free = excess(ledger, account, standing);
        int256 amount = cash < free ? cash : free;
        return amount > 0 ? uint256(amount) : 0;
    }

    /// @notice Reverts unless `amount` token units of cash can leave the account, as a withdrawal or a transfer.
    function requireWithdrawable(Ledger storage ledger, address account, uint256 amount)
        internal
        view
        returns (Standing memory standing)
    {
        // MARGIN
        standing = standingWithOrders(ledger, account, Pricing.newMarks(ledger, Purpose.Withdraw));
        uint256 available = withdrawable(ledger, account, standing) / (FixedPoint.WEI * TOKEN_UNIT);
        if (amount > available) revert IClearingHouse.ExceedsWithdrawable(account, amount, available);
    }

    /// @notice Equity without unrealised profits, with tokens at their initial weight, less initial margin; a numerator.
    function excess(Ledger storage ledger, address account, Standing memory standing) internal view returns (int256) {
        // MARGIN
        int256 cash = Cash.current(ledger, account) * int256(FixedPoint.WEI) + standing.losses;
        return cash + int256(standing.initialWorth) - int256(standing.initial);
    }
}
