// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {LibBit} from "solady/src/utils/LibBit.sol";
import {Cash} from "./Cash.sol";
import {Deficits} from "./Deficits.sol";
import {Deleveraging} from "./Deleveraging.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Liquidation} from "./Liquidation.sol";
import {Standing} from "./Instruments.sol";
import {LiquidationLimits} from "./LiquidationLimits.sol";
import {Margin} from "./Margin.sol";
import {Beside, Perpetuals} from "./Perpetuals.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {Markets} from "./Markets.sol";
import {Orders} from "./Orders.sol";
import {Requirement} from "./Requirement.sol";
import {Circumstances, Routes} from "./Routes.sol";
import {Takeovers} from "./Takeovers.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Leg, Offsets} from "./Offsets.sol";
import {Ledger, Route, BACKSTOP, FUND, MAX_ACCOUNT_MARKETS, MAX_PRICE, TOKEN_UNIT} from "./Records.sol";

/// @title Published figures: derived from stored records and marks, rounded against the account.
library Views {
    /// @notice Equity with tokens at their maintenance weight, wei, rounded down.
    function equity(Ledger storage ledger, address account) external view returns (int256) {
        return FixedPoint.floorDiv(current(ledger, account, Purpose.Liquidation).equity, FixedPoint.WEI);
    }

    /// @notice Initial margin, wei, rounded up.
    function initialMargin(Ledger storage ledger, address account) external view returns (uint256) {
        return FixedPoint.divUp(withOrders(ledger, account, Purpose.Trade).initial, FixedPoint.WEI);
    }

    /// @notice Maintenance margin and, beside it, the liquidation fee; wei, rounded up.
    function maintenanceMargin(Ledger storage ledger, address account)
        external
        view
        returns (uint256 maintenance, uint256 fee)
    {
        Standing memory standing = current(ledger, account, Purpose.Liquidation);
        maintenance = FixedPoint.divUp(standing.maintenance, FixedPoint.WEI);
        fee = FixedPoint.divUp(standing.fee, FixedPoint.WEI);
    }

    /// @notice Equity / (maintenance margin + liquidation fee), WAD, rounded down; the largest integer where nothing is
    /// required.
    function healthFactor(Ledger storage ledger, address account) external view returns (int256) {
        return Margin.healthOf(current(ledger, account, Purpose.Liquidation));
    }

    /// @notice Equity with tokens at their initial weight, less initial margin; wei, rounded down; negative where it falls
    /// short.
    function freeCollateral(Ledger storage ledger, address account) external view returns (int256) {
        Standing memory standing = withOrders(ledger, account, Purpose.Trade);
        return FixedPoint.floorDiv(Margin.initialEquity(standing) - int256(standing.initial), FixedPoint.WEI);
    }

    /// @notice What can be withdrawn now, token units, rounded down; the gate is not looked at.
    function withdrawable(Ledger storage ledger, address account) external view returns (uint256) {
        Standing memory standing = withOrders(ledger, account, Purpose.Withdraw);
        return Margin.withdrawable(ledger, account, standing) / (FixedPoint.WEI * TOKEN_UNIT);
    }

    /// @notice Whether the account is below maintenance.
    function isLiquidatable(Ledger storage ledger, address account) external view returns (bool) {
        return Margin.isBelowMaintenance(current(ledger, account, Purpose.Liquidation));
    }

    /// @notice Whether the account would be below maintenance with this market's mark at `price`.
    function isLiquidatableAt(Ledger storage ledger, address account, uint256 marketId, uint256 price)
        external
        view
        returns (bool)
    {
        return Margin.isBelowMaintenance(standingAt(ledger, account, marketId, price));
    }

    /// @notice The mark of this market, nearest to safety, at which the account is liquidatable; other marks and accrued
    /// funding stand.
    /// @dev A profit rises faster with the price than any requirement does, so there is one such price at most, and
    /// bisection with the exact test finds it.
    /// @return exists Whether there is one in 1 .. 1e27.
    /// @return price WAD; 0 where there is none.
    function liquidationPrice(Ledger storage ledger, address account, uint256 marketId)
        external
        view
        returns (bool exists, uint256 price)
    {
        // MARGIN
        Markets.existing(ledger, marketId);
        int256 size = ledger.positions[account][marketId].size;
        if (size == 0) return (false, 0);
        Standing memory standing = current(ledger, account, Purpose.Liquidation);
        Leg memory leg = standing.legs[Offsets.indexOf(standing.legs, marketId)];
        Beside memory beside = Perpetuals.besideOf(ledger, standing, marketId);
        // Prices up to and including `low` are of the one kind, from `high` on of the other.
        (uint256 low, uint256 high) = (0, MAX_PRICE + 1);
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            if (isBelowAt(ledger, standing, beside, leg, middle) == (size > 0)) low = middle;
            else high = middle;
        }
        price = size > 0 ? low : high;
        exists = price > 0 && price <= MAX_PRICE;
        if (!exists) price = 0;
    }

    /// @notice The worst mark of this market at which equity is not negative; other marks and accrued funding stand.
    /// @return exists Whether there is one in 1 .. 1e27 that the position can pass.
    /// @return price WAD, rounded against the account; 0 where there is none.
    function bankruptcyPrice(Ledger storage ledger, address account, uint256 marketId)
        external
        view
        returns (bool exists, uint256 price)
    {
        // MARGIN
        Markets.existing(ledger, marketId);
        int256 size = ledger.positions[account][marketId].size;
        if (size == 0) return (false, 0);
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Liquidation);
        int256 value = size * int256(Pricing.markOf(ledger, marks, marketId) * FixedPoint.WAD);
        int256 fixedPart = Margin.standingOf(ledger, account, marks).equity - value;
        if ((size > 0) != (fixedPart < 0)) return (false, 0);
        uint256 perPrice = FixedPoint.absolute(size) * FixedPoint.WAD;
        price = FixedPoint.absolute(fixedPart) / perPrice;
        if (size > 0) price = FixedPoint.divUp(FixedPoint.absolute(fixedPart), perPrice);
        if (price == 0 || price > MAX_PRICE) return (false, 0);
        exists = true;
    }

    /// @notice How much of the position a liquidation would take now, WAD; 0 where the account is not liquidatable, or the
    /// market is delisted.
    function liquidationSize(Ledger storage ledger, address account, uint256 marketId)
        external
        view
        returns (uint256)
    {
        Markets.existing(ledger, marketId);
        if (ledger.positions[account][marketId].size == 0) return 0;
        if (Markets.isDelisted(ledger.markets[marketId])) return 0;
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Liquidation);
        Standing memory standing = Margin.standingOf(ledger, account, marks);
        if (!Margin.isBelowMaintenance(standing)) return 0;
        uint256 size = Liquidation.liquidationSize(ledger, marketId, standing);
        return LiquidationLimits.limited(ledger, account, marketId, standing, size);
    }

    /// @notice The route that is next for a position of a liquidatable account; the margin of what would be taken over
    /// counts by itself, without offsets.
    function liquidationRoute(Ledger storage ledger, address account, uint256 marketId) external view returns (Route) {
        // CHECKS
        Markets.existing(ledger, marketId);
        int256 size = ledger.positions[account][marketId].size;
        if (size == 0) revert IClearingHouse.NoPosition(account, marketId);
        // MARGIN
        Standing memory standing = current(ledger, account, Purpose.Liquidation);
        if (!Margin.isBelowMaintenance(standing)) revert IClearingHouse.NotLiquidatable(account);
        int256 moved = int256(Liquidation.liquidationSize(ledger, marketId, standing));
        Circumstances memory state;
        state.equity = standing.equity;
        state.required = standing.maintenance + standing.fee;
        state.backstopRatio = ledger.backstopParameters.takeoverRatio;
        state.fundRatio = ledger.backstopParameters.fundRatio;
        if (Deficits.shortfallOf(ledger, account, standing) > 0) {
            state.candidates = Deleveraging.dueOf(ledger, account, marketId);
        }
        (state.backstopRoom, state.fundRoom) = (-1, -1);
        if (!Routes.isSystem(account)) {
            if (size < 0) moved = -moved;
            if (canHold(ledger, BACKSTOP, marketId, moved)) {
                state.backstopRoom = backstopRoom(ledger, marketId, moved, standing.marks);
            }
            if (canHold(ledger, FUND, marketId, moved)) {
                state.fundRoom = fundRoom(ledger, marketId, moved, standing.marks);
            }
        }
        return Routes.routeOf(state);
    }

    /// @notice A market's mark, WAD.
    function markPrice(Ledger storage ledger, uint256 marketId) external view returns (uint256) {
        Markets.existing(ledger, marketId);
        return Pricing.markOf(ledger, Pricing.newMarks(ledger, Purpose.Trade), marketId);
    }

    /// @notice A market's index, WAD.
    function indexPrice(Ledger storage ledger, uint256 marketId) external view returns (uint256) {
        Markets.existing(ledger, marketId);
        return Pricing.indexOf(ledger, Pricing.newMarks(ledger, Purpose.Trade), marketId);
    }

    /// @notice What negative cash costs now, WAD per second, rounded up.
    function interestRate(Ledger storage ledger) external view returns (uint256) {
        return Cash.interestRate(ledger);
    }

    /// @notice The account's standing now, with what its resting orders reserve.
    function withOrders(Ledger storage ledger, address account, Purpose purpose)
        internal
        view
        returns (Standing memory)
    {
        return Margin.standingWithOrders(ledger, account, Pricing.newMarks(ledger, purpose));
    }

    /// @notice The account's standing now by its positions alone.
    function current(Ledger storage ledger, address account, Purpose purpose) internal view returns (Standing memory) {
        return Margin.standingOf(ledger, account, Pricing.newMarks(ledger, purpose));
    }

    /// @notice The account's standing with one market's mark at `price`.
    function standingAt(Ledger storage ledger, address account, uint256 marketId, uint256 price)
        internal
        view
        returns (Standing memory)
    {
        // CHECKS
        Markets.existing(ledger, marketId);
        if (price == 0 || price > MAX_PRICE) revert IClearingHouse.InvalidPrice(price);
        // PRICES
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Liquidation);
        marks.markets[marketId].mark = price;
        return Margin.standingOf(ledger, account, marks);
    }

    /// @notice Whether an account of this standing would be below maintenance with one leg's mark at `price`.
    function isBelowAt(
        Ledger storage ledger,
        Standing memory standing,
        Beside memory beside,
        Leg memory leg,
        uint256 price
    ) internal view returns (bool) {
        // MARGIN
        int256 equity_ = standing.equity + leg.size * (int256(price) - int256(leg.mark)) * int256(FixedPoint.WAD);
        uint256 required = Perpetuals.requiredWith(ledger, standing.marks, beside, leg.size, price);
        return required > 0 && equity_ < int256(required);
    }

    /// @notice Whether a system account may take over `moved` (WAD) by the number of its markets and by the market's cap on
    /// positions.
    function canHold(Ledger storage ledger, address account, uint256 marketId, int256 moved)
        internal
        view
        returns (bool)
    {
        // CHECKS
        int256 held = ledger.positions[account][marketId].size;
        uint256 markets = ledger.accounts[account].markets | (1 << marketId);
        if (LibBit.popCount(markets) > MAX_ACCOUNT_MARKETS) return false;
        return !Requirement.isBeyondCap(ledger.markets[marketId].risk, held, held + moved);
    }

    /// @notice What the vault's capacity and margin leave where it takes over `moved` (WAD); a numerator.
    function backstopRoom(Ledger storage ledger, uint256 marketId, int256 moved, Marks memory marks)
        internal
        view
        returns (int256)
    {
        // MARGIN
        int256 held = ledger.positions[BACKSTOP][marketId].size;
        uint256 mark = Pricing.markOf(ledger, marks, marketId);
        int256 capacity = Takeovers.capacityLeft(ledger, marketId, held, held + moved, mark);
        int256 left = marginLeft(ledger, BACKSTOP, marketId, moved, marks);
        return capacity < left ? capacity : left;
    }

    /// @notice What the insurance fund may still give beyond the margin of `moved` (WAD); a numerator.
    function fundRoom(Ledger storage ledger, uint256 marketId, int256 moved, Marks memory marks)
        internal
        view
        returns (int256)
    {
        // MARGIN
        return marginLeft(ledger, FUND, marketId, moved, marks) + int256(Takeovers.spare(ledger) * FixedPoint.WEI);
    }

    /// @notice A system account's equity less initial margin where it takes over `moved` (WAD), which may lock its reserve;
    /// a numerator.
    function marginLeft(Ledger storage ledger, address account, uint256 marketId, int256 moved, Marks memory marks)
        internal
        view
        returns (int256)
    {
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, account, marks);
        int256 size = ledger.positions[account][marketId].size;
        uint256 own = Orders.marginOf(ledger, marks, marketId, size);
        uint256 next = Orders.marginOf(ledger, marks, marketId, size + moved);
        uint256 reserve = ledger.accounts[account].openPositions == 0 ? ledger.parameters.liquidationReserve : 0;
        int256 left = Margin.initialEquity(standing) - int256(standing.initial + reserve * FixedPoint.WEI);
        return left + int256(own) - int256(next);
    }
}
