"""Dynamic margin: the variance of a market's index, and the regimes that scale its requirements.

RiskMetrics' exponentially weighted variance, in integers; a regime is entered at one variance and
left below a lower one. Initial margin follows at once, maintenance margin by a ramp. The twin of
``Volatility.sol``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import markets, risk
from .errors import InvalidParameter
from .fixed_point import WAD, WEI, clamp, div_truncate, div_up, mul_div_down, mul_div_up
from .parameters import MAX_RAMP, MAX_REGIME_SCALE, MAX_REGIMES, VolatilitySettings

if TYPE_CHECKING:
    from .parameters import Regime, VolatilityParameters
    from .records import Ledger, VolatilityRecord

HOUR, DAY = 3_600, 86_400


def set_volatility(
    ledger: Ledger, market_id: int, parameters: VolatilityParameters, regimes: tuple[Regime, ...]
) -> None:
    """Replaces how a market's variance is measured and what it leads to.

    An observation period of zero is off. Maintenance margin goes to the new scales by a ramp.
    """
    # CHECKS
    markets.existing(ledger, market_id)
    validate_volatility(parameters, regimes)
    # EFFECTS
    start_ramp(ledger, market_id)
    ledger.volatility_settings.put(VolatilitySettings(parameters, regimes), market_id)
    record = ledger.volatilities.edit(market_id)
    record.regime = min(record.regime, len(regimes))
    # CHECKS
    risk.verify_market(ledger, market_id)
    # EVENTS
    ledger.emit("VolatilityParametersChanged", market_id)


def observe(ledger: Ledger, market_id: int, index: int) -> None:
    """Takes an index into the variance, at most once in an observation period.

    After a gap that is too long the price is a new start and no return. A return beyond 100 %
    counts as 100 %.
    """
    parameters = ledger.volatility_settings.read(market_id).parameters
    elapsed = ledger.now - ledger.volatilities.read(market_id).observed_at
    if parameters.observation_period == 0 or elapsed < parameters.observation_period:
        return
    # EFFECTS
    record = ledger.volatilities.edit(market_id)
    if record.last_price != 0 and elapsed <= parameters.maximum_gap:
        record.variance = variance_after(parameters, record, index, elapsed)
        # EVENTS
        ledger.emit("VarianceObserved", market_id, record.variance)
    # EFFECTS
    record.last_price = index
    record.observed_at = ledger.now
    regime = regime_after(ledger, market_id)
    if regime == record.regime:
        return
    start_ramp(ledger, market_id)
    record.regime = regime
    # EVENTS
    ledger.emit("RegimeChanged", market_id, regime, record.variance)


def variance_after(
    parameters: VolatilityParameters, record: VolatilityRecord, index: int, elapsed: int
) -> int:
    """The variance after one more return; a square of WAD, rounded up.

    decay x variance + (1 - decay) x return^2, the return brought to one observation period.
    """
    move = index - record.last_price
    change = clamp(div_truncate(move * WAD, record.last_price), WAD)
    square = mul_div_up(change * change, parameters.observation_period, elapsed)
    weighted = parameters.decay * record.variance + (WAD - parameters.decay) * square
    return div_up(weighted, WAD)


def regime_after(ledger: Ledger, market_id: int) -> int:
    """The regime that the variance leads to from the present one."""
    regimes = ledger.volatility_settings.read(market_id).regimes
    record = ledger.volatilities.read(market_id)
    regime = record.regime
    while regime < len(regimes) and record.variance >= regimes[regime].enter_variance:
        regime += 1
    while regime > 0 and record.variance < regimes[regime - 1].exit_variance:
        regime -= 1
    return regime


def initial_scale(ledger: Ledger, market_id: int) -> int:
    """By how much the present regime scales initial margin, WAD.

    At once, and never less than maintenance margin is scaled.
    """
    # MARGIN
    return max(regime_scale(ledger, market_id), maintenance_scale(ledger, market_id))


def maintenance_scale(ledger: Ledger, market_id: int) -> int:
    """By how much maintenance margin is scaled now, WAD.

    On its way from where the last change found it to the present regime's scale, rounded up.
    """
    # MARGIN
    record = ledger.volatilities.read(market_id)
    target = regime_scale(ledger, market_id)
    start = record.scale_from or WAD
    if start == target:
        return target
    elapsed = ledger.now - record.ramp_start
    duration = ledger.volatility_settings.read(market_id).parameters.regime_ramp
    if elapsed >= duration:
        return target
    if target > start:
        return start + mul_div_up(target - start, elapsed, duration)
    return start - mul_div_down(start - target, elapsed, duration)


def regime_scale(ledger: Ledger, market_id: int) -> int:
    """The scale of the present regime, WAD; one for the calm one."""
    regime = ledger.volatilities.read(market_id).regime
    return (
        WAD if regime == 0 else ledger.volatility_settings.read(market_id).regimes[regime - 1].scale
    )


def highest_scale(ledger: Ledger, market_id: int) -> int:
    """The highest scale that a market may have at any time, WAD."""
    regimes = ledger.volatility_settings.read(market_id).regimes
    scale = regimes[-1].scale if regimes else WAD
    return max(scale, maintenance_scale(ledger, market_id))


def start_ramp(ledger: Ledger, market_id: int) -> None:
    """The maintenance scale's next ramp starts at the present one."""
    # EFFECTS
    scale = maintenance_scale(ledger, market_id)
    record = ledger.volatilities.edit(market_id)
    record.scale_from = scale
    record.ramp_start = ledger.now


def validate_volatility(parameters: VolatilityParameters, regimes: tuple[Regime, ...]) -> None:
    """Reverts with the name of the first parameter that is out of bounds."""
    # CHECKS
    if parameters.observation_period > DAY:
        raise InvalidParameter.named("observationPeriod")
    if not parameters.observation_period <= parameters.maximum_gap <= 30 * DAY:
        raise InvalidParameter.named("maximumGap")
    if parameters.decay >= WAD:
        raise InvalidParameter.named("decay")
    if not HOUR <= parameters.regime_ramp <= MAX_RAMP:
        raise InvalidParameter.named("regimeRamp")
    validate_regimes(regimes)


def validate_regimes(regimes: tuple[Regime, ...]) -> None:
    """Variances and scales rise from regime to regime, and each is left below where it began."""
    # CHECKS
    if len(regimes) > MAX_REGIMES:
        raise InvalidParameter.named("regimes")
    for i, regime in enumerate(regimes):
        if regime.exit_variance >= regime.enter_variance or regime.enter_variance > WEI:
            raise InvalidParameter.named("exitVariance")
        if not WAD <= regime.scale <= MAX_REGIME_SCALE:
            raise InvalidParameter.named("scale")
        if i == 0:
            continue
        calmer = regimes[i - 1]
        if (
            regime.enter_variance <= calmer.enter_variance
            or regime.exit_variance < calmer.exit_variance
        ):
            raise InvalidParameter.named("enterVariance")
        if regime.scale < calmer.scale:
            raise InvalidParameter.named("scale")
