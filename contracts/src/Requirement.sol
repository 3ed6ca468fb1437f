// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPoint} from "./FixedPoint.sol";
import {Market, MarketRisk} from "./Records.sol";

/// @title What a market's requirements grow by, and its caps.
library Requirement {
    /// @notice By how much open interest scales initial margin, WAD, rounded up: 1 up to the lower bound, the market's
    /// scale from the upper one on, linear between (dYdX v4). Maintenance margin is not scaled.
    function scaleOf(MarketRisk storage risk, uint256 openInterest, uint256 mark) internal view returns (uint256) {
        // MARGIN
        uint256 scale = risk.openInterestScale;
        if (scale == 0) return FixedPoint.WAD;
        uint256 notional = openInterest * mark;
        uint256 lower = risk.openInterestLower * FixedPoint.WAD;
        uint256 upper = risk.openInterestUpper * FixedPoint.WAD;
        if (notional <= lower) return FixedPoint.WAD;
        if (notional >= upper) return scale;
        return FixedPoint.WAD + FixedPoint.mulDivUp(scale - FixedPoint.WAD, notional - lower, upper - lower);
    }

    /// @notice Liquidity add-on of a position, a numerator, rounded up: half the spread and the impact of selling it
    /// (exogenous and endogenous cost of L-VaR). The marginal rate, half spread + 2 x impact x notional / depth, rises
    /// to the market's cap and stays there, so the add-on is convex and has no jump.
    /// @param notional |size| x mark, not divided by WAD.
    function addOnOf(MarketRisk storage risk, uint256 notional) internal view returns (uint256 addOn) {
        // MARGIN
        uint256 impact = risk.impactRate;
        uint256 spread = risk.halfSpreadRate;
        addOn = notional * spread;
        if (impact == 0) return addOn;
        uint256 depth = risk.depth * FixedPoint.WAD;
        uint256 cap = risk.addOnCapRate - spread;
        uint256 curved = cap * depth / (2 * impact);
        if (curved > notional) curved = notional;
        addOn += FixedPoint.mulDivUp(curved * impact, curved, depth) + (notional - curved) * cap;
    }

    /// @notice Whether a position's new size is beyond the market's cap and the change does not reduce it.
    function isBeyondCap(MarketRisk storage risk, int256 size, int256 next) internal view returns (bool) {
        uint256 cap = risk.maximumPosition;
        if (cap == 0 || FixedPoint.absolute(next) <= cap) return false;
        return (size > 0) != (next > 0) || FixedPoint.absolute(next) > FixedPoint.absolute(size);
    }

    /// @notice Whether open interest rose from `before` beyond the market's cap.
    function isCrowded(Market storage market, uint256 before) internal view returns (bool) {
        uint256 cap = market.risk.maximumOpenInterest;
        uint256 openInterest = market.record.openInterest;
        return cap > 0 && openInterest > cap && openInterest > before;
    }
}
