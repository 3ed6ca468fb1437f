"""Ramps: changed parameters come into effect over time.

So that no change makes a healthy account liquidatable in its own block. A ramp goes from what was
in force to what was set, in a line; while it lasts, the same parameters cannot be changed again.
Where nobody has a position a change is in force at once. The twin of ``Ramp.sol``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import OffsetRampInProgress, RampInProgress
from .fixed_point import mul_div_down, mul_div_up
from .ramp_records import OffsetRamp, PreviousTerms

if TYPE_CHECKING:
    from .records import Ledger

SHORTEST = 3_600


def start(ledger: Ledger, market_id: int, duration: int) -> None:
    """Keeps a market's present terms as those that a change starts from.

    Reverts while a ramp lasts.
    """
    # CHECKS
    settings = ledger.settings.read(market_id)
    # EFFECTS
    if ledger.markets.read(market_id).open_interest == 0:
        ledger.markets.edit(market_id).ramp_end = 0
        return
    # CHECKS
    if is_ramping(ledger, market_id):
        raise RampInProgress(market_id, ledger.markets.read(market_id).ramp_end)
    # EFFECTS
    parameters = settings.parameters
    previous = PreviousTerms(
        ramp_start=ledger.now,
        liquidation_fee_rate=parameters.liquidation_fee_rate,
        mark_band_rate=parameters.mark_band_rate,
        basis_period=parameters.basis_period,
        premium_depth=parameters.premium_depth,
        impact_max_age=parameters.impact_max_age,
        tiers=settings.tiers,
        risk=ledger.market_risk(market_id),
    )
    ledger.previous_terms.put(previous, market_id)
    market = ledger.markets.edit(market_id)
    market.ramp_end = ledger.now + duration
    # EVENTS
    ledger.emit("RampStarted", market_id, market.ramp_end)


def start_offsets(ledger: Ledger, *, is_idle: bool) -> None:
    """Keeps the present offsets as those that a change starts from; reverts while a ramp lasts."""
    # CHECKS
    ramp = ledger.offset_ramp
    # EFFECTS
    if is_idle:
        return
    # CHECKS
    if ledger.now < ramp.ramp_end:
        raise OffsetRampInProgress(ramp.ramp_end)
    # EFFECTS
    duration = max(ledger.system_risk.ramp_duration, SHORTEST)
    ramp = OffsetRamp(
        floor=ledger.system_risk.offset_floor,
        ramp_start=ledger.now,
        ramp_end=ledger.now + duration,
        pairs=ledger.offsets,
    )
    ledger.offset_ramps.put(ramp)
    # EVENTS
    ledger.emit("OffsetRampStarted", ramp.ramp_end)


def is_ramping(ledger: Ledger, market_id: int) -> bool:
    """Whether a market's terms are on their way."""
    return ledger.now < ledger.markets.read(market_id).ramp_end


def liquidation_fee_rate(ledger: Ledger, market_id: int) -> int:
    """The liquidation fee rate in force, WAD, rounded up."""
    present = ledger.market_parameters(market_id).liquidation_fee_rate
    if not is_ramping(ledger, market_id):
        return present
    previous = ledger.previous_terms.read(market_id).liquidation_fee_rate
    return of_market(ledger, market_id, previous, present)


def mark_band_rate(ledger: Ledger, market_id: int) -> int:
    """The mark's band in force, WAD, rounded up."""
    present = ledger.market_parameters(market_id).mark_band_rate
    if not is_ramping(ledger, market_id):
        return present
    previous = ledger.previous_terms.read(market_id).mark_band_rate
    return of_market(ledger, market_id, previous, present)


def mark_terms(ledger: Ledger, market_id: int) -> tuple[int, int, int]:
    """How the mark's basis and impact price are measured; it changes at the end of a ramp.

    Least notional of a sample, period of the basis, longest age of a report.
    """
    previous = ledger.previous_terms.read(market_id)
    if is_ramping(ledger, market_id):
        return previous.premium_depth, previous.basis_period, previous.impact_max_age
    parameters = ledger.market_parameters(market_id)
    return parameters.premium_depth, parameters.basis_period, parameters.impact_max_age


def of_market(ledger: Ledger, market_id: int, source: int, to: int) -> int:
    """Where a market's ramp has brought a figure, rounded up."""
    begin = ledger.previous_terms.read(market_id).ramp_start
    return between(ledger, source, to, begin, ledger.markets.read(market_id).ramp_end)


def between(ledger: Ledger, source: int, to: int, begin: int, end: int) -> int:
    """Where a line from `source` at `begin` to `to` at `end` is now, rounded up.

    `to` from its end on.
    """
    if ledger.now >= end:
        return to
    elapsed = ledger.now - begin
    if to > source:
        return source + mul_div_up(to - source, elapsed, end - begin)
    return source - mul_div_down(source - to, elapsed, end - begin)
