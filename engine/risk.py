"""Parameters of the requirements of whole accounts: the twin of ``Risk.sol``."""

# Modules import each other: rules call each other, as their twins do.
# pyright: reportImportCycles=false

from __future__ import annotations

from typing import TYPE_CHECKING

from . import markets, ramp, volatility
from .errors import InvalidParameter
from .fixed_point import WAD, mul_div_up
from .parameters import (
    MAX_NOTIONAL,
    MAX_OFFSET_RATE,
    MAX_OFFSETS,
    MAX_RAMP,
    MAX_SCALE,
    MAX_SIZE,
    OffsetPair,
    Offsets,
)

if TYPE_CHECKING:
    from .parameters import MarketRisk, SystemRisk, Tier
    from .records import Ledger


def set_market_risk(ledger: Ledger, market_id: int, risk: MarketRisk) -> None:
    """Replaces what a market's requirements grow by, and its caps."""
    # CHECKS
    markets.existing(ledger, market_id)
    validate_scale(risk)
    validate_add_on(risk)
    if risk.maximum_position > MAX_SIZE:
        raise InvalidParameter.named("maximumPosition")
    if risk.maximum_open_interest > MAX_NOTIONAL:
        raise InvalidParameter.named("maximumOpenInterest")
    # EFFECTS
    ramp.start(ledger, market_id, ledger.market_parameters(market_id).ramp_duration)
    ledger.market_risks.put(risk, market_id)
    # CHECKS
    verify_market(ledger, market_id)
    # EVENTS
    ledger.emit("MarketRiskChanged", market_id)


def set_system_risk(ledger: Ledger, risk: SystemRisk) -> None:
    """Replaces the offset floor and the margin warnings."""
    # CHECKS
    if risk.offset_floor > WAD:
        raise InvalidParameter.named("offsetFloor")
    if risk.first_warning > MAX_SCALE:
        raise InvalidParameter.named("firstWarning")
    if risk.second_warning > risk.first_warning:
        raise InvalidParameter.named("secondWarning")
    if risk.warning_hysteresis > MAX_SCALE:
        raise InvalidParameter.named("warningHysteresis")
    if risk.ramp_duration > MAX_RAMP:
        raise InvalidParameter.named("rampDuration")
    # EFFECTS
    is_unchanged = risk.offset_floor == ledger.system_risk.offset_floor
    ramp.start_offsets(ledger, is_idle=is_unchanged or are_offsets_idle(ledger))
    ledger.system_risks.put(risk)
    # EVENTS
    ledger.emit("SystemRiskChanged")


def are_offsets_idle(ledger: Ledger) -> bool:
    """Whether no market with an offset has a position, and no ramp of offsets lasts."""
    if ledger.now < ledger.offset_ramp.ramp_end:
        return False
    in_pairs = {market for pair in ledger.offsets for market in (pair.first, pair.second)}
    return all(ledger.markets.read(market).open_interest == 0 for market in in_pairs)


def set_offset(ledger: Ledger, market_a: int, market_b: int, rate: int) -> None:
    """Sets the offset between two markets, in either order; WAD, 0 removes it."""
    # CHECKS
    markets.existing(ledger, market_a)
    markets.existing(ledger, market_b)
    if market_a == market_b:
        raise InvalidParameter.named("offset")
    if rate > MAX_OFFSET_RATE:
        raise InvalidParameter.named("offsetRate")
    # EFFECTS
    read = ledger.markets.read
    is_idle = read(market_a).open_interest == 0 and read(market_b).open_interest == 0
    ramp.start_offsets(ledger, is_idle=is_idle and ledger.now >= ledger.offset_ramp.ramp_end)
    first, second = min(market_a, market_b), max(market_a, market_b)
    store_offset(ledger, OffsetPair(first, second, rate))
    # CHECKS
    verify_market(ledger, first)
    verify_market(ledger, second)
    # EVENTS
    ledger.emit("OffsetChanged", first, second, rate)


def store_offset(ledger: Ledger, pair: OffsetPair) -> None:
    """Keeps the pairs sorted by falling rate, then by market; one without a rate is dropped."""
    others = [p for p in ledger.offsets if (p.first, p.second) != (pair.first, pair.second)]
    # CHECKS
    if len(others) == MAX_OFFSETS:
        raise InvalidParameter.named("offsets")
    # EFFECTS
    if pair.rate > 0:
        others.append(pair)
    others.sort(key=lambda p: (-p.rate, p.first, p.second))
    ledger.offset_lists.put(Offsets(tuple(others)))


def validate_scale(risk: MarketRisk) -> None:
    """Open interest scales initial margin by 1 .. 10 between two rising bounds."""
    # CHECKS
    if risk.open_interest_upper > MAX_NOTIONAL:
        raise InvalidParameter.named("openInterestUpper")
    if risk.open_interest_lower > risk.open_interest_upper:
        raise InvalidParameter.named("openInterestLower")
    if risk.open_interest_scale == 0:
        return
    if risk.open_interest_scale < WAD or risk.open_interest_scale > MAX_SCALE:
        raise InvalidParameter.named("openInterestScale")
    if risk.open_interest_lower == risk.open_interest_upper:
        raise InvalidParameter.named("openInterestLower")


def validate_add_on(risk: MarketRisk) -> None:
    """Rates of the add-on are at most its cap, and impact needs a depth."""
    # CHECKS
    if risk.add_on_cap_rate > WAD:
        raise InvalidParameter.named("addOnCapRate")
    if risk.half_spread_rate > risk.add_on_cap_rate:
        raise InvalidParameter.named("halfSpreadRate")
    if risk.impact_rate > WAD:
        raise InvalidParameter.named("impactRate")
    if risk.depth > MAX_NOTIONAL or (risk.depth == 0 and risk.impact_rate > 0):
        raise InvalidParameter.named("depth")


def verify_market(ledger: Ledger, market_id: int) -> None:
    """Bounds that hold between a market's parameters, its risk and its offsets.

    What an offset leaves of maintenance margin still exceeds fee rate x (1 + 2 x target ratio), and
    what it leaves of initial less maintenance margin the fee. The marginal requirement, scaled and
    with add-on and fee, stays below one.
    """
    # CHECKS
    offset = largest_offset(ledger, market_id)
    target = ledger.parameters.target_ratio
    scale = volatility.highest_scale(ledger, market_id)
    fee_rate = ledger.market_parameters(market_id).liquidation_fee_rate
    risk = ledger.market_risk(market_id)
    verify_terms(ledger.tiers(market_id), risk, fee_rate, offset, target, scale)
    if not ramp.is_ramping(ledger, market_id):
        return
    previous = ledger.previous_terms.read(market_id)
    fee_rate = previous.liquidation_fee_rate
    verify_terms(previous.tiers, previous.risk, fee_rate, offset, target, scale)


def verify_terms(
    tiers: tuple[Tier, ...],
    risk: MarketRisk,
    fee_rate: int,
    offset: int,
    target_ratio: int,
    volatility_scale: int,
) -> None:
    """The bounds for one set of a market's terms."""
    # CHECKS
    left = WAD - offset
    needed = fee_rate * (WAD + 2 * target_ratio)
    if needed >= tiers[0].maintenance_rate * left:
        raise InvalidParameter.named("offsetRate")
    for tier in tiers if offset > 0 else ():
        if (tier.initial_rate - tier.maintenance_rate) * left <= fee_rate * WAD:
            raise InvalidParameter.named("offsetRate")
    rate = mul_div_up(tiers[-1].initial_rate, volatility_scale, WAD)
    rate = mul_div_up(rate, risk.open_interest_scale or WAD, WAD)
    if rate + risk.add_on_cap_rate + fee_rate >= WAD:
        raise InvalidParameter.named("addOnCapRate")


def largest_offset(ledger: Ledger, market_id: int) -> int:
    """The highest rate of an offset that a market has, or had before a ramp that lasts; WAD."""
    rate = first_rate(ledger.offsets, market_id)
    if ledger.now >= ledger.offset_ramp.ramp_end:
        return rate
    return max(rate, first_rate(ledger.offset_ramp.pairs, market_id))


def first_rate(pairs: tuple[OffsetPair, ...], market_id: int) -> int:
    """The rate of the first of the pairs that a market is in; WAD."""
    return next((p.rate for p in pairs if market_id in (p.first, p.second)), 0)
