// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPoint} from "./FixedPoint.sol";
import {Markets} from "./Markets.sol";
import {Ramp} from "./Ramp.sol";
import {Volatility} from "./Volatility.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {
    Ledger,
    Market,
    MarketRisk,
    Tier,
    OffsetPair,
    PreviousTerms,
    SystemRisk,
    MAX_NOTIONAL,
    MAX_OFFSETS,
    MAX_OFFSET_RATE,
    MAX_RAMP,
    MAX_SCALE,
    MAX_SIZE
} from "./Records.sol";

/// @title Parameters of the requirements of whole accounts.
library Risk {
    /// @notice Replaces what a market's requirements grow by, and its caps.
    function setMarketRisk(Ledger storage ledger, uint256 marketId, MarketRisk calldata risk) external {
        // CHECKS
        Market storage market = Markets.existing(ledger, marketId);
        validateScale(risk);
        validateAddOn(risk);
        if (risk.maximumPosition > MAX_SIZE) revert IClearingHouse.InvalidParameter("maximumPosition");
        if (risk.maximumOpenInterest > MAX_NOTIONAL) revert IClearingHouse.InvalidParameter("maximumOpenInterest");
        // EFFECTS
        Ramp.start(ledger, marketId, market.parameters.rampDuration);
        market.risk = risk;
        // CHECKS
        verifyMarket(ledger, marketId);
        // EVENTS
        emit IClearingHouse.MarketRiskChanged(marketId);
    }

    /// @notice Replaces the offset floor and the margin warnings.
    function setSystemRisk(Ledger storage ledger, SystemRisk calldata risk) external {
        // CHECKS
        if (risk.offsetFloor > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("offsetFloor");
        if (risk.firstWarning > MAX_SCALE) revert IClearingHouse.InvalidParameter("firstWarning");
        if (risk.secondWarning > risk.firstWarning) revert IClearingHouse.InvalidParameter("secondWarning");
        if (risk.warningHysteresis > MAX_SCALE) revert IClearingHouse.InvalidParameter("warningHysteresis");
        if (risk.rampDuration > MAX_RAMP) revert IClearingHouse.InvalidParameter("rampDuration");
        // EFFECTS
        bool isUnchanged = risk.offsetFloor == ledger.risk.offsetFloor;
        Ramp.startOffsets(ledger, isUnchanged || areOffsetsIdle(ledger));
        ledger.risk = risk;
        // EVENTS
        emit IClearingHouse.SystemRiskChanged();
    }

    /// @notice Whether no market with an offset has a position, and no ramp of offsets lasts.
    function areOffsetsIdle(Ledger storage ledger) internal view returns (bool) {
        if (block.timestamp < ledger.offsetRamp.rampEnd) return false;
        OffsetPair[] storage pairs = ledger.offsets;
        for (uint256 i = 0; i < pairs.length; ++i) {
            if (ledger.markets[pairs[i].first].record.openInterest != 0) return false;
            if (ledger.markets[pairs[i].second].record.openInterest != 0) return false;
        }
        return true;
    }

    /// @notice Sets the offset between two markets, in either order; WAD, 0 removes it.
    function setOffset(Ledger storage ledger, uint256 marketA, uint256 marketB, uint256 rate) external {
        // CHECKS
        Markets.existing(ledger, marketA);
        Markets.existing(ledger, marketB);
        if (marketA == marketB) revert IClearingHouse.InvalidParameter("offset");
        if (rate > MAX_OFFSET_RATE) revert IClearingHouse.InvalidParameter("offsetRate");
        // EFFECTS
        bool isIdle =
            ledger.markets[marketA].record.openInterest == 0 && ledger.markets[marketB].record.openInterest == 0;
        Ramp.startOffsets(ledger, isIdle && block.timestamp >= ledger.offsetRamp.rampEnd);
        (uint256 first, uint256 second) = marketA < marketB ? (marketA, marketB) : (marketB, marketA);
        storeOffset(ledger, OffsetPair(uint8(first), uint8(second), uint64(rate)));
        // CHECKS
        verifyMarket(ledger, first);
        verifyMarket(ledger, second);
        // EVENTS
        emit IClearingHouse.OffsetChanged(first, second, rate);
    }

    /// @notice Keeps the pairs sorted by falling rate, then by market; one without a rate is dropped.
    function storeOffset(Ledger storage ledger, OffsetPair memory pair) internal {
        OffsetPair[] storage pairs = ledger.offsets;
        uint256 i = 0;
        while (i < pairs.length && (pairs[i].first != pair.first || pairs[i].second != pair.second)) {
            i += 1;
        }
        // CHECKS
        if (i == MAX_OFFSETS) revert IClearingHouse.InvalidParameter("offsets");
        // EFFECTS
        if (i == pairs.length) pairs.push();
        while (i > 0 && precedes(pair, pairs[i - 1])) {
            pairs[i] = pairs[i - 1];
            i -= 1;
        }
        while (i + 1 < pairs.length && precedes(pairs[i + 1], pair)) {
            pairs[i] = pairs[i + 1];
            i += 1;
        }
        pairs[i] = pair;
        if (pair.rate == 0) pairs.pop();
    }

    /// @notice Whether a pair comes before another.
    function precedes(OffsetPair memory left, OffsetPair memory right) internal pure returns (bool) {
        if (left.rate != right.rate) return left.rate > right.rate;
        return left.first < right.first || (left.first == right.first && left.second < right.second);
    }

    /// @notice Open interest scales initial margin by 1 .. 10 between two rising bounds.
    function validateScale(MarketRisk calldata risk) internal pure {
        // CHECKS
        if (risk.openInterestUpper > MAX_NOTIONAL) revert IClearingHouse.InvalidParameter("openInterestUpper");
        if (risk.openInterestLower > risk.openInterestUpper) {
            revert IClearingHouse.InvalidParameter("openInterestLower");
        }
        if (risk.openInterestScale == 0) return;
        if (risk.openInterestScale < FixedPoint.WAD || risk.openInterestScale > MAX_SCALE) {
            revert IClearingHouse.InvalidParameter("openInterestScale");
        }
        if (risk.openInterestLower == risk.openInterestUpper) {
            revert IClearingHouse.InvalidParameter("openInterestLower");
        }
    }

    /// @notice Rates of the add-on are at most its cap, and impact needs a depth.
    function validateAddOn(MarketRisk calldata risk) internal pure {
        // CHECKS
        if (risk.addOnCapRate > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("addOnCapRate");
        if (risk.halfSpreadRate > risk.addOnCapRate) revert IClearingHouse.InvalidParameter("halfSpreadRate");
        if (risk.impactRate > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("impactRate");
        if (risk.depth > MAX_NOTIONAL || (risk.depth == 0 && risk.impactRate > 0)) {
            revert IClearingHouse.InvalidParameter("depth");
        }
    }

    /// @notice Bounds that hold between a market's parameters, its risk and its offsets. What an offset leaves of
    /// maintenance margin still exceeds fee rate x (1 + 2 x target ratio), and what it leaves of initial less maintenance
    /// margin the fee. The marginal requirement, scaled and with add-on and fee, stays below one.
    function verifyMarket(Ledger storage ledger, uint256 marketId) internal view {
        // CHECKS
        Market storage market = ledger.markets[marketId];
        uint256 offset = largestOffset(ledger, marketId);
        uint256 target = ledger.parameters.targetRatio;
        uint256 scale = Volatility.highestScale(market);
        verifyTerms(market.tiers, market.risk, market.parameters.liquidationFeeRate, offset, target, scale);
        if (!Ramp.isRamping(market)) return;
        PreviousTerms storage previous = market.previous;
        verifyTerms(previous.tiers, previous.risk, previous.liquidationFeeRate, offset, target, scale);
    }

    /// @notice The bounds for one set of a market's terms.
    function verifyTerms(
        Tier[] storage tiers,
        MarketRisk storage risk,
        uint256 feeRate,
        uint256 offset,
        uint256 targetRatio,
        uint256 volatilityScale
    ) internal view {
        // CHECKS
        uint256 left = FixedPoint.WAD - offset;
        uint256 needed = feeRate * (FixedPoint.WAD + 2 * targetRatio);
        if (needed >= tiers[0].maintenanceRate * left) revert IClearingHouse.InvalidParameter("offsetRate");
        for (uint256 i = 0; offset > 0 && i < tiers.length; ++i) {
            if ((tiers[i].initialRate - tiers[i].maintenanceRate) * left <= feeRate * FixedPoint.WAD) {
                revert IClearingHouse.InvalidParameter("offsetRate");
            }
        }
        uint256 scale = risk.openInterestScale == 0 ? FixedPoint.WAD : risk.openInterestScale;
        uint256 rate = FixedPoint.mulDivUp(tiers[tiers.length - 1].initialRate, volatilityScale, FixedPoint.WAD);
        rate = FixedPoint.mulDivUp(rate, scale, FixedPoint.WAD);
        if (rate + risk.addOnCapRate + feeRate >= FixedPoint.WAD) revert IClearingHouse.InvalidParameter("addOnCapRate");
    }

    /// @notice The highest rate of an offset that a market has, or had before a ramp that lasts; WAD.
    function largestOffset(Ledger storage ledger, uint256 marketId) internal view returns (uint256) {
        uint256 rate = firstRate(ledger.offsets, marketId);
        if (block.timestamp >= ledger.offsetRamp.rampEnd) return rate;
        uint256 before = firstRate(ledger.offsetRamp.pairs, marketId);
        return before > rate ? before : rate;
    }

    /// @notice The rate of the first of the pairs that a market is in; WAD.
    function firstRate(OffsetPair[] storage pairs, uint256 marketId) internal view returns (uint256 rate) {
        for (uint256 i = 0; i < pairs.length && rate == 0; ++i) {
            if (pairs[i].first == marketId || pairs[i].second == marketId) rate = pairs[i].rate;
        }
    }
}
