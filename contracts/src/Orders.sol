// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {LibBit} from "solady/src/utils/LibBit.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Standing} from "./Instruments.sol";
import {Margin} from "./Margin.sol";
import {Markets} from "./Markets.sol";
import {Leg, Offsets} from "./Offsets.sol";
import {Perpetuals} from "./Perpetuals.sol";
import {Positions} from "./Positions.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {Routes} from "./Routes.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {AccountRecord, Ledger, Market, MarketParameters, RestingOrders, MAX_PRICE, MAX_SIZE} from "./Records.sol";

/// @notice What the matcher says an account has resting in a market: sizes WAD, notionals wei.
struct OrderReport {
    address account;
    uint256 marketId;
    uint256 bidSize;
    uint256 bidNotional;
    uint256 askSize;
    uint256 askNotional;
}

/// @title What accounts have resting in order books, and the initial margin that is reserved for it.
/// @notice Only totals are known, so a fill may still be refused; maintenance margin and liquidations ignore orders.
library Orders {
    /// @notice Replaces an account's totals in a market. What is only cancelled needs no price, no margin and no open
    /// market; after anything else the account must have initial margin. System accounts have no orders: they reduce.
    function setOrders(Ledger storage ledger, OrderReport memory report) external {
        // CHECKS
        Routes.requireOrdinary(report.account);
        Market storage market = Markets.existing(ledger, report.marketId);
        validateSide(market.parameters, report.bidSize, report.bidNotional);
        validateSide(market.parameters, report.askSize, report.askNotional);
        RestingOrders memory orders = RestingOrders(
            uint128(report.bidSize), uint128(report.bidNotional), uint128(report.askSize), uint128(report.askNotional)
        );
        bool cancels = isCancelled(ledger.orders[report.account][report.marketId], orders);
        if (!cancels) {
            Markets.active(ledger, report.marketId);
            Markets.requireOpen(ledger, report.marketId);
            Positions.requireMember(ledger, report.account, report.marketId);
        }
        // EFFECTS
        store(ledger, report.account, report.marketId, orders);
        // MARGIN
        if (!cancels) Margin.requireInitial(ledger, report.account, Pricing.newMarks(ledger, Purpose.Trade));
    }

    /// @notice Reverts unless size is a multiple of the step, and the notional (wei) a sum of multiples of step x tick that
    /// this size can have: nothing for nothing, else from one tick to the highest price.
    function validateSide(MarketParameters storage parameters, uint256 size, uint256 notional) internal view {
        // CHECKS
        uint256 step = parameters.sizeStep;
        uint256 tick = parameters.priceTick;
        if (size > MAX_SIZE || size % step != 0) revert IClearingHouse.InvalidSize(size);
        bool isBelow = notional < size * tick / FixedPoint.WAD;
        bool isAbove = notional > size * MAX_PRICE / FixedPoint.WAD;
        if (isBelow || isAbove || notional % (step * tick / FixedPoint.WAD) != 0) {
            revert IClearingHouse.InvalidNotional(notional);
        }
    }

    /// @notice Whether each side is as it was, or orders were cancelled there and nothing else.
    function isCancelled(RestingOrders memory before, RestingOrders memory next) internal pure returns (bool) {
        return isLess(before.bidSize, before.bidNotional, next.bidSize, next.bidNotional)
            && isLess(before.askSize, before.askNotional, next.askSize, next.askNotional);
    }

    /// @notice Whether a side was emptied, left as it was, or lost size and notional: one alone would be another price.
    function isLess(uint256 size, uint256 notional, uint256 nextSize, uint256 nextNotional)
        internal
        pure
        returns (bool)
    {
        if (nextSize == 0 || (nextSize == size && nextNotional == notional)) return true;
        return nextSize < size && nextNotional < notional;
    }

    /// @notice Takes a trade off what the maker has resting on its side.
    /// @param sizeDelta Change of the maker's position, WAD; positive takes off its bids.
    /// @param notional The trade's, wei.
    function fill(Ledger storage ledger, address account, uint256 marketId, int256 sizeDelta, uint256 notional)
        internal
    {
        // EFFECTS
        if ((ledger.accounts[account].orderedMarkets >> marketId) & 1 == 0) return;
        RestingOrders memory orders = ledger.orders[account][marketId];
        uint256 size = FixedPoint.absolute(sizeDelta);
        if (sizeDelta > 0) {
            (orders.bidSize, orders.bidNotional) = restOf(orders.bidSize, orders.bidNotional, size, notional);
        } else {
            (orders.askSize, orders.askNotional) = restOf(orders.askSize, orders.askNotional, size, notional);
        }
        store(ledger, account, marketId, orders);
    }

    /// @notice What a fill leaves of a side; nothing of the notional where nothing of the size.
    function restOf(uint128 size, uint128 notional, uint256 filled, uint256 paid)
        internal
        pure
        returns (uint128, uint128)
    {
        if (filled >= size) return (0, 0);
        return (size - uint128(filled), paid < notional ? notional - uint128(paid) : 0);
    }

    /// @notice Releases all that an account has resting.
    function releaseAll(Ledger storage ledger, address account) internal {
        // EFFECTS
        uint256 remaining = ledger.accounts[account].orderedMarkets;
        while (remaining != 0) {
            uint256 marketId = LibBit.ffs(remaining);
            remaining &= remaining - 1;
            store(ledger, account, marketId, RestingOrders(0, 0, 0, 0));
        }
    }

    /// @notice Stores an account's totals in a market, and marks whether there are any.
    function store(Ledger storage ledger, address account, uint256 marketId, RestingOrders memory orders) internal {
        AccountRecord storage record = ledger.accounts[account];
        uint64 bit = uint64(1 << marketId);
        // EFFECTS
        ledger.orders[account][marketId] = orders;
        if (orders.bidSize == 0 && orders.askSize == 0) record.orderedMarkets &= ~bit;
        else record.orderedMarkets |= bit;
        // EVENTS
        emit IClearingHouse.OrdersChanged(
            account, marketId, orders.bidSize, orders.bidNotional, orders.askSize, orders.askNotional
        );
    }

    /// @notice Initial margin of an account's positions and resting orders; a numerator. What orders add is no part of an
    /// offset, and a position that they could turn gives none.
    /// @param standing The account's standing by its positions alone.
    function initialOf(Ledger storage ledger, address account, Marks memory marks, Standing memory standing)
        internal
        view
        returns (uint256 initial)
    {
        // MARGIN
        uint256 remaining = ledger.accounts[account].orderedMarkets;
        if (remaining == 0) return standing.initial;
        initial = standing.initial - Offsets.initialOf(ledger, standing.legs);
        initial += Offsets.initialOf(ledger, steadyLegs(ledger, account, standing.legs));
        while (remaining != 0) {
            uint256 marketId = LibBit.ffs(remaining);
            remaining &= remaining - 1;
            initial += addedBy(ledger, account, marketId, marks);
        }
    }

    /// @notice The legs as offsets may count them: one that orders could turn keeps its requirement, and has no side.
    function steadyLegs(Ledger storage ledger, address account, Leg[] memory legs)
        internal
        view
        returns (Leg[] memory steady)
    {
        // MARGIN
        steady = new Leg[](legs.length);
        for (uint256 i = 0; i < legs.length; ++i) {
            steady[i] = legs[i];
            if (!couldTurn(ledger.orders[account][legs[i].marketId], legs[i].size)) continue;
            Leg memory leg;
            leg.marketId = legs[i].marketId;
            leg.initial = legs[i].initial;
            steady[i] = leg;
        }
    }

    /// @notice Whether orders could turn a position of this size (WAD) to the other side.
    function couldTurn(RestingOrders storage orders, int256 size) internal view returns (bool) {
        if (size > 0) return orders.askSize > uint256(size);
        return orders.bidSize > FixedPoint.absolute(size);
    }

    /// @notice What a market's orders add to the initial margin of its position, a numerator: in the worse of two outcomes,
    /// all bids filled or all asks filled, the position's margin and what these fills lose at the mark. Nothing in a
    /// delisted market, where nothing is filled.
    function addedBy(Ledger storage ledger, address account, uint256 marketId, Marks memory marks)
        internal
        view
        returns (uint256)
    {
        // PRICES
        if (Markets.isDelisted(ledger.markets[marketId])) return 0;
        RestingOrders storage orders = ledger.orders[account][marketId];
        uint256 mark = Pricing.markOf(ledger, marks, marketId);
        // MARGIN
        int256 size = ledger.positions[account][marketId].size;
        uint256 own = marginOf(ledger, marks, marketId, size);
        uint256 bids = marginOf(ledger, marks, marketId, size + int256(uint256(orders.bidSize)))
            + lossOf(orders.bidNotional * FixedPoint.WEI, orders.bidSize * mark * FixedPoint.WAD);
        uint256 asks = marginOf(ledger, marks, marketId, size - int256(uint256(orders.askSize)))
            + lossOf(orders.askSize * mark * FixedPoint.WAD, orders.askNotional * FixedPoint.WEI);
        uint256 worse = bids > asks ? bids : asks;
        return worse > own ? worse - own : 0;
    }

    /// @notice Initial margin of a position of this size (WAD) by itself; a numerator.
    function marginOf(Ledger storage ledger, Marks memory marks, uint256 marketId, int256 size)
        internal
        view
        returns (uint256)
    {
        // MARGIN
        Leg memory leg;
        leg.marketId = marketId;
        leg.size = size;
        leg.mark = Pricing.markOf(ledger, marks, marketId);
        Perpetuals.measure(ledger, marks, leg);
        return leg.initial;
    }

    /// @notice What is given beyond what is got, at least 0; numerators.
    function lossOf(uint256 given, uint256 got) internal pure returns (uint256) {
        return given > got ? given - got : 0;
    }
}
