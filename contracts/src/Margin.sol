// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {LibBit} from "solady/src/utils/LibBit.sol";
import {Cash} from "./Cash.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Funding} from "./Funding.sol";
import {Holdings, Worth} from "./Holdings.sol";
import {Mark} from "./Mark.sol";
import {Leg, Offsets} from "./Offsets.sol";
import {Ramp} from "./Ramp.sol";
import {Requirement} from "./Requirement.sol";
import {Volatility} from "./Volatility.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {AccountRecord, Ledger, MarginTier, Market, MarketRisk, Position, PreviousTerms} from "./Records.sol";

/// @notice An account's standing at given marks; all numerators, exact.
/// @param equity Cash with interest, profit and loss of all positions, accrued funding and losses included, and tokens
/// at their maintenance weight.
/// @param losses The negative profits and losses alone.
/// @param initial Initial margin.
/// @param maintenance Maintenance margin.
/// @param fee Liquidation fee on the whole notional.
/// @param worth Tokens at their maintenance weight, as far as equity holds them.
/// @param initialWorth Tokens at their initial weight.
/// @param gross Maintenance margin before offsets.
/// @param legs The parts of the markets, in the order of their ids.
struct Standing {
    int256 equity;
    int256 losses;
    uint256 initial;
    uint256 maintenance;
    uint256 fee;
    uint256 worth;
    uint256 initialWorth;
    uint256 gross;
    Leg[] legs;
}

/// @notice Indices and marks of one call, each read at most once.
struct Marks {
    Purpose purpose;
    uint256[] known;
    uint256[] indices;
}

/// @title Equity and requirements of an account, and the tests on them.
/// @notice Everything is compared as exact numerators at one scale; only published figures are rounded, against the
/// account. The liquidation reserve is locked cash that counts once on either side of every test, and is left out of
/// both.
library Margin {
    /// @notice An empty set of marks for one call.
    function newMarks(Ledger storage ledger, Purpose purpose) internal view returns (Marks memory) {
        uint256 count = ledger.marketCount;
        return Marks(purpose, new uint256[](count), new uint256[](count));
    }

    /// @notice The index of a market: the price of the oracle hub.
    function indexOf(Ledger storage ledger, Marks memory marks, uint256 marketId)
        internal
        view
        returns (uint256 index)
    {
        // PRICES
        index = marks.indices[marketId];
        if (index != 0) return index;
        index = ledger.hub.price(ledger.markets[marketId].parameters.priceId, marks.purpose);
        marks.indices[marketId] = index;
    }

    /// @notice The mark of a market.
    function markOf(Ledger storage ledger, Marks memory marks, uint256 marketId) internal view returns (uint256 mark) {
        // PRICES
        mark = marks.known[marketId];
        if (mark != 0) return mark;
        mark = Mark.markAt(ledger, marketId, indexOf(ledger, marks, marketId));
        marks.known[marketId] = mark;
    }

    /// @notice The mark of a market, or 0 where no price can be trusted.
    function markOrZero(Ledger storage ledger, Marks memory marks, uint256 marketId) internal view returns (uint256) {
        // PRICES
        try ledger.hub.price(ledger.markets[marketId].parameters.priceId, marks.purpose) returns (uint256 index) {
            return Mark.markAt(ledger, marketId, index);
        } catch {
            return 0;
        }
    }

    /// @notice The account's standing at these marks.
    function standingOf(Ledger storage ledger, address account, Marks memory marks)
        internal
        view
        returns (Standing memory standing)
    {
        // MARGIN
        AccountRecord storage record = ledger.accounts[account];
        standing.equity = Cash.current(ledger, account) * int256(FixedPoint.WEI);
        uint256 remaining = record.markets;
        standing.legs = new Leg[](LibBit.popCount(remaining));
        for (uint256 i = 0; remaining != 0; ++i) {
            uint256 marketId = LibBit.ffs(remaining);
            remaining &= remaining - 1;
            standing.legs[i].marketId = marketId;
            addPosition(ledger, account, marketId, marks, standing, standing.legs[i]);
        }
        standing.initial = Offsets.initialOf(ledger, standing.legs);
        standing.maintenance = Offsets.maintenanceOf(ledger, standing.legs);
        if (record.collaterals != 0) addHoldings(ledger, account, marks, standing);
    }

    /// @notice Adds what the account's tokens are worth to a standing that holds all its positions.
    function addHoldings(Ledger storage ledger, address account, Marks memory marks, Standing memory standing)
        internal
        view
    {
        // MARGIN
        Worth memory worth = Holdings.worthOf(ledger, account, marks, standing.maintenance + standing.fee);
        standing.worth = worth.maintenance;
        standing.initialWorth = worth.initial;
        standing.equity += int256(worth.maintenance);
    }

    /// @notice Adds one position's profit or loss and requirements to a standing and its leg.
    function addPosition(
        Ledger storage ledger,
        address account,
        uint256 marketId,
        Marks memory marks,
        Standing memory standing,
        Leg memory leg
    ) internal view {
        // PRICES
        int256 profit = bookedQuote(ledger, account, marketId);
        int256 size = ledger.positions[account][marketId].size;
        if (size != 0) {
            uint256 mark = markOf(ledger, marks, marketId);
            profit += size * int256(mark * FixedPoint.WAD);
            // MARGIN
            leg.size = size;
            leg.mark = mark;
            measure(ledger.markets[marketId], leg);
            standing.gross += leg.maintenance;
            standing.fee += leg.fee;
        }
        standing.equity += profit;
        if (profit < 0) standing.losses += profit;
    }

    /// @notice Fills a leg's requirements from its size and mark. While the market's terms ramp, maintenance margin is on
    /// its way and initial margin is at once what was set, but at least in its proportion to maintenance margin (as long
    /// as that is not beyond the notional), and covers maintenance margin and fee.
    function measure(Market storage market, Leg memory leg) internal view {
        // MARGIN
        uint256 notional = FixedPoint.absolute(leg.size) * leg.mark;
        leg.fee = notional * Ramp.liquidationFeeRate(market);
        (leg.initial, leg.maintenance) = marginOf(market, market.tiers, market.risk, leg.mark, notional);
        if (!Ramp.isRamping(market)) return;
        PreviousTerms storage previous = market.previous;
        (, uint256 before) = marginOf(market, previous.tiers, previous.risk, leg.mark, notional);
        uint256 set = leg.maintenance;
        leg.maintenance = Ramp.ofMarket(market, before, set);
        uint256 least = set == 0 ? 0 : FixedPoint.mulDivUp(leg.initial, leg.maintenance, set);
        if (least > notional * FixedPoint.WAD) least = notional * FixedPoint.WAD;
        if (leg.initial < least) leg.initial = least;
        if (leg.initial < leg.maintenance + leg.fee) leg.initial = leg.maintenance + leg.fee;
    }

    /// @notice Initial and maintenance margin of a notional by these tiers, each scaled by the market's volatility, initial
    /// margin by open interest too, and each with the liquidity add-on; numerators, every scale rounded up.
    function marginOf(
        Market storage market,
        MarginTier[] storage tiers,
        MarketRisk storage risk,
        uint256 mark,
        uint256 notional
    ) internal view returns (uint256 initial, uint256 maintenance) {
        // MARGIN
        (initial, maintenance) = requirement(tiers, notional);
        uint256 addOn = Requirement.addOnOf(risk, notional);
        initial = FixedPoint.mulDivUp(initial, Volatility.initialScale(market), FixedPoint.WAD);
        uint256 scale = Requirement.scaleOf(risk, market.record.openInterest, mark);
        initial = FixedPoint.mulDivUp(initial, scale, FixedPoint.WAD) + addOn;
        maintenance = FixedPoint.mulDivUp(maintenance, Volatility.maintenanceScale(market), FixedPoint.WAD) + addOn;
    }

    /// @notice Maintenance margin and liquidation fee of these legs if one had another size or mark; a numerator.
    function requiredWith(Ledger storage ledger, Leg[] memory legs, uint256 index, int256 size, uint256 mark)
        internal
        view
        returns (uint256 required)
    {
        // MARGIN
        Leg memory present = legs[index];
        legs[index] = Leg(present.marketId, size, mark, 0, 0, 0);
        measure(ledger.markets[present.marketId], legs[index]);
        required = Offsets.maintenanceOf(ledger, legs);
        for (uint256 i = 0; i < legs.length; ++i) {
            required += legs[i].fee;
        }
        legs[index] = present;
    }

    /// @notice A position's quote with the funding and losses accrued until now.
    function bookedQuote(Ledger storage ledger, address account, uint256 marketId) internal view returns (int256) {
        Market storage market = ledger.markets[marketId];
        Position storage position = ledger.positions[account][marketId];
        int256 funding = Funding.pendingFunding(position, Funding.currentIndex(ledger, marketId));
        return position.quote + funding - int256(Funding.pendingLoss(market, position));
    }

    /// @notice Initial and maintenance margin of one position by continuous step tiers; numerators.
    /// @param notional |size| x mark, not divided by WAD.
    function requirement(MarginTier[] storage tiers, uint256 notional)
        internal
        view
        returns (uint256 initial, uint256 maintenance)
    {
        // MARGIN
        MarginTier storage tier = tierOf(tiers, notional);
        initial = notional * tier.initialRate - tier.initialDeduction;
        maintenance = notional * tier.maintenanceRate - tier.maintenanceDeduction;
    }

    /// @notice The tier that a notional falls into; at a boundary both tiers agree.
    function tierOf(MarginTier[] storage tiers, uint256 notional) internal view returns (MarginTier storage tier) {
        uint256 i = tiers.length - 1;
        while (i > 0 && notional <= tiers[i].lowerBound * FixedPoint.WAD) {
            i -= 1;
        }
        return tiers[i];
    }

    /// @notice Maintenance margin of one position before offsets; a numerator.
    function maintenanceOf(Market storage market, uint256 size, uint256 mark) internal view returns (uint256) {
        // MARGIN
        Leg memory leg = Leg(0, int256(size), mark, 0, 0, 0);
        measure(market, leg);
        return leg.maintenance;
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

    /// @notice Whether equity covers initial margin; equal is enough.
    function isAboveInitial(Standing memory standing) internal pure returns (bool) {
        return initialEquity(standing) >= int256(standing.initial);
    }

    /// @notice Equity with tokens at their initial weight; a numerator.
    function initialEquity(Standing memory standing) internal pure returns (int256) {
        return standing.equity - int256(standing.worth) + int256(standing.initialWorth);
    }

    /// @notice Whether the margin ratio did not fall from `before` to `next`; exact.
    function isRatioKept(Standing memory before, Standing memory next) internal pure returns (bool) {
        return FixedPoint.productAtLeast(
            next.equity, before.maintenance + before.fee, before.equity, next.maintenance + next.fee
        );
    }

    /// @notice Reverts unless the account has initial margin at these marks.
    function requireInitial(Ledger storage ledger, address account, Marks memory marks) internal view {
        // MARGIN
        Standing memory standing = standingOf(ledger, account, marks);
        requireCash(ledger, account, standing);
        if (!isAboveInitial(standing)) revertInsufficient(account, standing);
    }

    /// @notice Reverts where tokens do not cover negative cash: fees and reserves are never paid out of unrealised profit.
    function requireCash(Ledger storage ledger, address account, Standing memory standing) internal view {
        // MARGIN
        int256 cash = Cash.current(ledger, account);
        if (cash * int256(FixedPoint.WEI) + int256(standing.initialWorth) < 0) {
            revert IClearingHouse.InsufficientCash(account, cash);
        }
    }

    /// @notice What an account can be charged: its cash and its tokens at their maintenance weight; wei, rounded down.
    function payableBy(Ledger storage ledger, address account, Standing memory standing)
        internal
        view
        returns (uint256)
    {
        // MARGIN
        int256 amount = Cash.current(ledger, account) + int256(standing.worth / FixedPoint.WEI);
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

    /// @notice Equity without unrealised profits, with tokens at their initial weight, less initial margin; a numerator.
    function excess(Ledger storage ledger, address account, Standing memory standing) internal view returns (int256) {
        // MARGIN
        int256 cash = Cash.current(ledger, account) * int256(FixedPoint.WEI) + standing.losses;
        return cash + int256(standing.initialWorth) - int256(standing.initial);
    }
}
