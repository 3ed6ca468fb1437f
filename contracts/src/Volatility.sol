// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPoint} from "./FixedPoint.sol";
import {Risk} from "./Risk.sol";
import {Markets} from "./Markets.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {
    Ledger,
    Market,
    Regime,
    VolatilityParameters,
    VolatilityRecord,
    MAX_RAMP,
    MAX_REGIMES,
    MAX_REGIME_SCALE
} from "./Records.sol";

/// @title Dynamic margin: the variance of a market's index, and the regimes that scale its requirements.
/// @notice RiskMetrics' exponentially weighted variance, in integers; a regime is entered at one variance and left below a
/// lower one. Initial margin follows at once, maintenance margin by a ramp.
library Volatility {
    /// @notice Replaces how a market's variance is measured and what it leads to; an observation period of zero is off.
    /// Maintenance margin goes to the new scales by a ramp.
    function setVolatility(
        Ledger storage ledger,
        uint256 marketId,
        VolatilityParameters calldata parameters,
        Regime[] calldata regimes
    ) external {
        // CHECKS
        Market storage market = Markets.existing(ledger, marketId);
        validateVolatility(parameters, regimes);
        // EFFECTS
        startRamp(market);
        market.volatilityParameters = parameters;
        delete market.regimes;
        for (uint256 i = 0; i < regimes.length; ++i) {
            market.regimes.push(regimes[i]);
        }
        if (market.volatility.regime > regimes.length) market.volatility.regime = uint8(regimes.length);
        // CHECKS
        Risk.verifyMarket(ledger, marketId);
        // EVENTS
        emit IClearingHouse.VolatilityParametersChanged(marketId);
    }

    /// @notice Takes an index into the variance, at most once in an observation period. After a gap that is too long the
    /// price is a new start and no return. A return beyond 100 % counts as 100 %.
    function observe(Ledger storage ledger, uint256 marketId, uint256 index) internal {
        Market storage market = ledger.markets[marketId];
        VolatilityParameters storage parameters = market.volatilityParameters;
        VolatilityRecord storage record = market.volatility;
        uint256 elapsed = block.timestamp - record.observedAt;
        if (parameters.observationPeriod == 0 || elapsed < parameters.observationPeriod) return;
        // EFFECTS
        if (record.lastPrice != 0 && elapsed <= parameters.maximumGap) {
            record.variance = uint128(varianceAfter(parameters, record, index, elapsed));
            // EVENTS
            emit IClearingHouse.VarianceObserved(marketId, record.variance);
        }
        // EFFECTS
        record.lastPrice = uint96(index);
        record.observedAt = uint40(block.timestamp);
        uint256 regime = regimeAfter(market);
        if (regime == record.regime) return;
        startRamp(market);
        record.regime = uint8(regime);
        // EVENTS
        emit IClearingHouse.RegimeChanged(marketId, regime, record.variance);
    }

    /// @notice The variance after one more return: decay x variance + (1 - decay) x return^2, the return brought to one
    /// observation period; a square of WAD, rounded up.
    function varianceAfter(
        VolatilityParameters storage parameters,
        VolatilityRecord storage record,
        uint256 index,
        uint256 elapsed
    ) internal view returns (uint256) {
        int256 last = int256(uint256(record.lastPrice));
        int256 move = int256(index) - last;
        int256 change = FixedPoint.clamp(move * int256(FixedPoint.WAD) / last, FixedPoint.WAD);
        uint256 square = FixedPoint.mulDivUp(uint256(change * change), parameters.observationPeriod, elapsed);
        uint256 weighted = uint256(parameters.decay) * record.variance + (FixedPoint.WAD - parameters.decay) * square;
        return FixedPoint.divUp(weighted, FixedPoint.WAD);
    }

    /// @notice The regime that the variance leads to from the present one.
    function regimeAfter(Market storage market) internal view returns (uint256 regime) {
        uint256 variance = market.volatility.variance;
        regime = market.volatility.regime;
        while (regime < market.regimes.length && variance >= market.regimes[regime].enterVariance) {
            regime += 1;
        }
        while (regime > 0 && variance < market.regimes[regime - 1].exitVariance) {
            regime -= 1;
        }
    }

    /// @notice By how much the present regime scales initial margin, WAD: at once, and never less than maintenance margin
    /// is scaled.
    function initialScale(Market storage market) internal view returns (uint256) {
        // MARGIN
        uint256 scale = regimeScale(market);
        uint256 least = maintenanceScale(market);
        return scale > least ? scale : least;
    }

    /// @notice By how much maintenance margin is scaled now, WAD: on its way from where the last change found it to the
    /// present regime's scale, rounded up.
    function maintenanceScale(Market storage market) internal view returns (uint256) {
        // MARGIN
        VolatilityRecord storage record = market.volatility;
        uint256 target = regimeScale(market);
        uint256 from = record.scaleFrom == 0 ? FixedPoint.WAD : record.scaleFrom;
        if (from == target) return target;
        uint256 elapsed = block.timestamp - record.rampStart;
        uint256 duration = market.volatilityParameters.regimeRamp;
        if (elapsed >= duration) return target;
        if (target > from) return from + FixedPoint.mulDivUp(target - from, elapsed, duration);
        return from - FixedPoint.mulDivDown(from - target, elapsed, duration);
    }

    /// @notice The scale of the present regime, WAD; one for the calm one.
    function regimeScale(Market storage market) internal view returns (uint256) {
        uint256 regime = market.volatility.regime;
        return regime == 0 ? FixedPoint.WAD : market.regimes[regime - 1].scale;
    }

    /// @notice The highest scale that a market may have at any time, WAD.
    function highestScale(Market storage market) internal view returns (uint256 scale) {
        uint256 count = market.regimes.length;
        scale = count == 0 ? FixedPoint.WAD : market.regimes[count - 1].scale;
        uint256 present = maintenanceScale(market);
        return scale > present ? scale : present;
    }

    /// @notice The maintenance scale's next ramp starts at the present one.
    function startRamp(Market storage market) internal {
        // EFFECTS
        market.volatility.scaleFrom = uint64(maintenanceScale(market));
        market.volatility.rampStart = uint40(block.timestamp);
    }

    /// @notice Reverts with the name of the first parameter that is out of bounds.
    function validateVolatility(VolatilityParameters calldata parameters, Regime[] calldata regimes) internal pure {
        // CHECKS
        if (parameters.observationPeriod > 1 days) revert IClearingHouse.InvalidParameter("observationPeriod");
        if (parameters.maximumGap < parameters.observationPeriod || parameters.maximumGap > 30 days) {
            revert IClearingHouse.InvalidParameter("maximumGap");
        }
        if (parameters.decay >= FixedPoint.WAD) revert IClearingHouse.InvalidParameter("decay");
        if (parameters.regimeRamp < 1 hours || parameters.regimeRamp > MAX_RAMP) {
            revert IClearingHouse.InvalidParameter("regimeRamp");
        }
        validateRegimes(regimes);
    }

    /// @notice Variances and scales rise from regime to regime, and each is left below where it began.
    function validateRegimes(Regime[] calldata regimes) internal pure {
        // CHECKS
        if (regimes.length > MAX_REGIMES) revert IClearingHouse.InvalidParameter("regimes");
        for (uint256 i = 0; i < regimes.length; ++i) {
            Regime calldata regime = regimes[i];
            if (regime.exitVariance >= regime.enterVariance || regime.enterVariance > FixedPoint.WEI) {
                revert IClearingHouse.InvalidParameter("exitVariance");
            }
            if (regime.scale < FixedPoint.WAD || regime.scale > MAX_REGIME_SCALE) {
                revert IClearingHouse.InvalidParameter("scale");
            }
            if (i == 0) continue;
            Regime calldata calmer = regimes[i - 1];
            if (regime.enterVariance <= calmer.enterVariance || regime.exitVariance < calmer.exitVariance) {
                revert IClearingHouse.InvalidParameter("enterVariance");
            }
            if (regime.scale < calmer.scale) revert IClearingHouse.InvalidParameter("scale");
        }
    }
}
