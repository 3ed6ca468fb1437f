// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPoint} from "./FixedPoint.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Ledger, Market, MarketParameters, OffsetRamp, PreviousTerms} from "./Records.sol";

/// @title Ramps: changed parameters come into effect over time, so that no change makes a healthy account liquidatable in
/// its own block.
/// @notice A ramp goes from what was in force to what was set, in a line; while it lasts, the same parameters cannot be
/// changed again. Where nobody has a position a change is in force at once.
library Ramp {
    /// @notice Keeps a market's present terms as those that a change starts from; reverts while a ramp lasts.
    function start(Ledger storage ledger, uint256 marketId, uint256 duration) internal {
        // CHECKS
        Market storage market = ledger.markets[marketId];
        PreviousTerms storage previous = market.previous;
        // EFFECTS
        if (market.record.openInterest == 0) {
            market.record.rampEnd = 0;
            return;
        }
        // CHECKS
        if (isRamping(market)) revert IClearingHouse.RampInProgress(marketId, market.record.rampEnd);
        // EFFECTS
        MarketParameters storage parameters = market.parameters;
        previous.rampStart = uint40(block.timestamp);
        market.record.rampEnd = uint40(block.timestamp + duration);
        previous.liquidationFeeRate = parameters.liquidationFeeRate;
        previous.markBandRate = parameters.markBandRate;
        previous.premiumDepth = parameters.premiumDepth;
        previous.basisPeriod = parameters.basisPeriod;
        previous.impactMaxAge = parameters.impactMaxAge;
        previous.tiers = market.tiers;
        previous.risk = market.risk;
        // EVENTS
        emit IClearingHouse.RampStarted(marketId, market.record.rampEnd);
    }

    /// @notice Keeps the present offsets as those that a change starts from; reverts while a ramp lasts.
    function startOffsets(Ledger storage ledger, bool isIdle) internal {
        // CHECKS
        OffsetRamp storage ramp = ledger.offsetRamp;
        // EFFECTS
        if (isIdle) return;
        // CHECKS
        if (block.timestamp < ramp.rampEnd) revert IClearingHouse.OffsetRampInProgress(ramp.rampEnd);
        // EFFECTS
        uint256 duration = ledger.risk.rampDuration < 1 hours ? 1 hours : ledger.risk.rampDuration;
        ramp.floor = ledger.risk.offsetFloor;
        ramp.rampStart = uint40(block.timestamp);
        ramp.rampEnd = uint40(block.timestamp + duration);
        ramp.pairs = ledger.offsets;
        // EVENTS
        emit IClearingHouse.OffsetRampStarted(ramp.rampEnd);
    }

    /// @notice Whether a market's terms are on their way.
    function isRamping(Market storage market) internal view returns (bool) {
        return block.timestamp < market.record.rampEnd;
    }

    /// @notice The liquidation fee rate in force, WAD, rounded up.
    function liquidationFeeRate(Market storage market) internal view returns (uint256) {
        uint256 set = market.parameters.liquidationFeeRate;
        return isRamping(market) ? ofMarket(market, market.previous.liquidationFeeRate, set) : set;
    }

    /// @notice The mark's band in force, WAD, rounded up.
    function markBandRate(Market storage market) internal view returns (uint256) {
        uint256 set = market.parameters.markBandRate;
        return isRamping(market) ? ofMarket(market, market.previous.markBandRate, set) : set;
    }

    /// @notice How the mark's basis and impact price are measured; it changes at the end of a ramp.
    function markTerms(Market storage market)
        internal
        view
        returns (uint256 premiumDepth, uint256 basisPeriod, uint256 impactMaxAge)
    {
        PreviousTerms storage previous = market.previous;
        if (isRamping(market)) return (previous.premiumDepth, previous.basisPeriod, previous.impactMaxAge);
        MarketParameters storage parameters = market.parameters;
        return (parameters.premiumDepth, parameters.basisPeriod, parameters.impactMaxAge);
    }

    /// @notice Where a market's ramp has brought a figure, rounded up.
    function ofMarket(Market storage market, uint256 from, uint256 to) internal view returns (uint256) {
        return between(from, to, market.previous.rampStart, market.record.rampEnd);
    }

    /// @notice Where a line from `from` at `begin` to `to` at `end` is now, rounded up; `to` from its end on.
    function between(uint256 from, uint256 to, uint256 begin, uint256 end) internal view returns (uint256) {
        if (block.timestamp >= end) return to;
        uint256 elapsed = block.timestamp - begin;
        if (to > from) return from + FixedPoint.mulDivUp(to - from, elapsed, end - begin);
        return from - FixedPoint.mulDivDown(from - to, elapsed, end - begin);
    }
}
