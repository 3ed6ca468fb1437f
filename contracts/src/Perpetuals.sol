// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {LibBit} from "solady/src/utils/LibBit.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Funding} from "./Funding.sol";
import {Standing} from "./Instruments.sol";
import {Leg, Offsets} from "./Offsets.sol";
import {Marks, MarketTerms, Pricing} from "./Pricing.sol";
import {Ramp} from "./Ramp.sol";
import {Requirement} from "./Requirement.sol";
import {Volatility} from "./Volatility.sol";
import {Ledger, Market, MarketRisk, Phase, Position, PreviousTerms, Tier} from "./Records.sol";

/// @notice What an account requires beside one market; see `besideOf`.
struct Beside {
    Leg[] legs;
    uint256 required;
}

/// @title What positions in perpetual markets are worth and require; all numerators, exact.
library Perpetuals {
    /// @notice Adds the account's positions to a standing: profit and loss, and requirements after offsets.
    function contribute(Ledger storage ledger, address account, Standing memory standing) internal view {
        // MARGIN
        uint256 remaining = ledger.accounts[account].markets;
        standing.legs = new Leg[](LibBit.popCount(remaining));
        for (uint256 i = 0; remaining != 0; ++i) {
            standing.legs[i].marketId = LibBit.ffs(remaining);
            remaining &= remaining - 1;
            addPosition(ledger, account, standing, standing.legs[i]);
        }
        standing.initial += Offsets.initialOf(ledger, standing.legs);
        standing.maintenance += Offsets.maintenanceOf(ledger, standing.legs);
    }

    /// @notice A market's terms in this call.
    function termsOf(Ledger storage ledger, Marks memory marks, uint256 marketId)
        internal
        view
        returns (MarketTerms memory terms)
    {
        terms = marks.markets[marketId];
        if (terms.known) return terms;
        Market storage market = ledger.markets[marketId];
        terms.known = true;
        terms.phase = market.record.phase;
        terms.isRamping = Ramp.isRamping(market);
        terms.feeRate = Ramp.liquidationFeeRate(market);
        terms.initialScale = Volatility.initialScale(market);
        terms.maintenanceScale = Volatility.maintenanceScale(market);
        terms.fundingIndex = Funding.currentIndex(ledger, marketId);
    }

    /// @notice Adds one position's profit or loss and requirements to a standing and its leg.
    function addPosition(Ledger storage ledger, address account, Standing memory standing, Leg memory leg)
        internal
        view
    {
        // PRICES
        Marks memory marks = standing.marks;
        int256 profit = bookedQuote(ledger, account, leg.marketId, marks);
        int256 size = ledger.positions[account][leg.marketId].size;
        if (size != 0) {
            leg.size = size;
            leg.mark = Pricing.markOf(ledger, marks, leg.marketId);
            profit += size * int256(leg.mark * FixedPoint.WAD);
            // MARGIN
            measure(ledger, marks, leg);
            standing.gross += leg.maintenance;
            standing.fee += leg.fee;
        }
        standing.equity += profit;
        if (profit < 0) standing.losses += profit;
        bool isFinal = marks.markets[leg.marketId].phase >= Phase.Delisted;
        if (isFinal && profit < 0) standing.finalLosses += profit;
    }

    /// @notice Fills a leg's requirements from its size and mark. While the market's terms ramp, maintenance margin is on
    /// its way and initial margin is at once what was set, but at least in its proportion to maintenance margin (as long
    /// as that is not beyond the notional), and covers maintenance margin and fee. Where the price is final, nothing is at
    /// risk and nothing required.
    function measure(Ledger storage ledger, Marks memory marks, Leg memory leg) internal view {
        // MARGIN
        Market storage market = ledger.markets[leg.marketId];
        MarketTerms memory terms = termsOf(ledger, marks, leg.marketId);
        if (terms.phase >= Phase.Delisted) return;
        uint256 notional = FixedPoint.absolute(leg.size) * leg.mark;
        leg.fee = notional * terms.feeRate;
        (leg.initial, leg.maintenance) = marginOf(market, market.tiers, market.risk, terms, leg);
        if (!terms.isRamping) return;
        PreviousTerms storage previous = market.previous;
        (, uint256 before) = marginOf(market, previous.tiers, previous.risk, terms, leg);
        uint256 set = leg.maintenance;
        leg.maintenance = Ramp.ofMarket(market, before, set);
        uint256 least = set == 0 ? 0 : FixedPoint.mulDivUp(leg.initial, leg.maintenance, set);
        if (least > notional * FixedPoint.WAD) least = notional * FixedPoint.WAD;
        if (leg.initial < least) leg.initial = least;
        if (leg.initial < leg.maintenance + leg.fee) leg.initial = leg.maintenance + leg.fee;
    }

    /// @notice Initial and maintenance margin of a leg by these tiers, each scaled by the market's volatility, initial
    /// margin by open interest too, and each with the liquidity add-on; numerators, every scale rounded up.
    function marginOf(
        Market storage market,
        Tier[] storage tiers,
        MarketRisk storage risk,
        MarketTerms memory terms,
        Leg memory leg
    ) internal view returns (uint256 initial, uint256 maintenance) {
        // MARGIN
        uint256 notional = FixedPoint.absolute(leg.size) * leg.mark;
        (initial, maintenance) = requirement(tiers, notional);
        uint256 addOn = Requirement.addOnOf(risk, notional);
        uint256 scale = Requirement.scaleOf(risk, market.record.openInterest, leg.mark);
        initial = FixedPoint.scaleUp(FixedPoint.scaleUp(initial, terms.initialScale), scale) + addOn;
        maintenance = FixedPoint.scaleUp(maintenance, terms.maintenanceScale) + addOn;
    }

    /// @notice The legs of all markets but one, at the end a leg of that one without a position yet, and what other
    /// instruments require, a numerator.
    function besideOf(Ledger storage ledger, Standing memory standing, uint256 marketId)
        internal
        view
        returns (Beside memory beside)
    {
        // MARGIN
        uint256 count = standing.legs.length;
        beside.legs = new Leg[](count + 1);
        for (uint256 i = 0; i < count; ++i) {
            if (standing.legs[i].marketId != marketId) beside.legs[i] = standing.legs[i];
        }
        beside.legs[count].marketId = marketId;
        beside.required = standing.maintenance + standing.fee - requiredOf(ledger, standing.legs);
    }

    /// @notice Maintenance margin and liquidation fee of an account with this size and mark in the market that `beside`
    /// leaves out; a numerator.
    function requiredWith(Ledger storage ledger, Marks memory marks, Beside memory beside, int256 size, uint256 mark)
        internal
        view
        returns (uint256)
    {
        // MARGIN
        Leg memory last = beside.legs[beside.legs.length - 1];
        (last.size, last.mark) = (size, mark);
        measure(ledger, marks, last);
        return beside.required + requiredOf(ledger, beside.legs);
    }

    /// @notice Maintenance margin and liquidation fee of these legs; a numerator.
    function requiredOf(Ledger storage ledger, Leg[] memory legs) internal view returns (uint256 required) {
        // MARGIN
        required = Offsets.maintenanceOf(ledger, legs);
        for (uint256 i = 0; i < legs.length; ++i) {
            required += legs[i].fee;
        }
    }

    /// @notice A position's quote with the funding and losses accrued until now; of a claim on a closed market what it will be
    /// paid.
    function bookedQuote(Ledger storage ledger, address account, uint256 marketId, Marks memory marks)
        internal
        view
        returns (int256)
    {
        Position storage position = ledger.positions[account][marketId];
        Market storage market = ledger.markets[marketId];
        MarketTerms memory terms = termsOf(ledger, marks, marketId);
        if (terms.phase == Phase.Closed && position.quote > 0) {
            return int256(payoutOf(market, uint256(position.quote)) * FixedPoint.WEI);
        }
        int256 funding = Funding.pendingFunding(position, terms.fundingIndex);
        return position.quote + funding - int256(Funding.pendingLoss(market, position));
    }

    /// @notice What a claim (a numerator) on a closed market is paid, wei, rounded down.
    function payoutOf(Market storage market, uint256 claim) internal view returns (uint256) {
        return FixedPoint.mulDivDown(claim, market.finalRecord.ratio, FixedPoint.WAD * FixedPoint.WEI);
    }

    /// @notice Initial and maintenance margin of one position by step tiers: each part of the notional at the rates of the
    /// tier that it lies in, so that there is no jump at a boundary; numerators.
    /// @param notional |size| x mark, not divided by WAD.
    function requirement(Tier[] storage tiers, uint256 notional)
        internal
        view
        returns (uint256 initial, uint256 maintenance)
    {
        // MARGIN
        uint256 count = tiers.length;
        uint256 lower = 0;
        for (uint256 i = 0; i < count; ++i) {
            Tier storage tier = tiers[i];
            uint256 upper = i + 1 < count ? tiers[i + 1].lowerBound * FixedPoint.WAD : notional;
            uint256 part = (notional < upper ? notional : upper) - lower;
            initial += part * tier.initialRate;
            maintenance += part * tier.maintenanceRate;
            if (notional <= upper) break;
            lower = upper;
        }
    }

    /// @notice Maintenance margin of one position before offsets; a numerator.
    function maintenanceOf(Ledger storage ledger, Marks memory marks, uint256 marketId, uint256 size)
        internal
        view
        returns (uint256)
    {
        // MARGIN
        Leg memory leg = Leg(marketId, int256(size), Pricing.markOf(ledger, marks, marketId), 0, 0, 0);
        measure(ledger, marks, leg);
        return leg.maintenance;
    }
}
