"""Opening markets, changing parameters, pausing: the twin of ``Markets.sol``."""

# Modules import each other: rules call each other, as their twins do.
# pyright: reportImportCycles=false

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cash, funding, ramp, risk
from .bits import each_bit
from .errors import (
    InvalidParameter,
    MarketIsPaused,
    PauseUnchanged,
    UnknownMarket,
)
from .fixed_point import WAD
from .life_errors import MarketIsDelisted, MarketIsReduceOnly
from .life_records import DELISTED, REDUCE_ONLY
from .parameters import (
    MAX_FUNDING_RATE,
    MAX_MARKETS,
    MAX_NOTIONAL,
    MAX_PREMIUM_DEPTH,
    MAX_RAMP,
    MAX_SETTLEMENT_FEE_RATE,
    MAX_SIZE,
    MAX_TIERS,
    MarketSettings,
)

if TYPE_CHECKING:
    from .parameters import MarketParameters, SystemParameters, Tier
    from .records import Ledger

YEAR = 365 * 86_400
"""Longest funding period, basis period and age of an impact price, seconds."""

SHORTEST_RAMP = 3_600
"""Shortest ramp, seconds."""


def add_market(ledger: Ledger, parameters: MarketParameters, tiers: tuple[Tier, ...]) -> int:
    """Opens the next market; answers with its id."""
    # CHECKS
    market_id = ledger.market_count
    if market_id >= MAX_MARKETS:
        raise InvalidParameter.named("marketCount")
    validate_market(ledger, parameters, tiers)
    # EFFECTS
    ledger.counts.edit().value = market_id + 1
    ledger.markets.edit(market_id).accrued_at = ledger.now
    ledger.settings.put(MarketSettings(parameters, tiers), market_id)
    # EVENTS
    ledger.emit("MarketAdded", market_id, parameters.price_id)
    return market_id


def set_market_parameters(
    ledger: Ledger, market_id: int, parameters: MarketParameters, tiers: tuple[Tier, ...]
) -> None:
    """Replaces a market's parameters; price, step and tick are fixed for its life."""
    # CHECKS
    present = existing(ledger, market_id)
    validate_market(ledger, parameters, tiers)
    if parameters.price_id != present.price_id:
        raise InvalidParameter.named("priceId")
    if parameters.size_step != present.size_step:
        raise InvalidParameter.named("sizeStep")
    if parameters.price_tick != present.price_tick:
        raise InvalidParameter.named("priceTick")
    # EFFECTS
    funding.accrue(ledger, market_id)
    if is_margin_changed(ledger, market_id, parameters, tiers):
        ramp.start(ledger, market_id, parameters.ramp_duration)
    ledger.settings.put(MarketSettings(parameters, tiers), market_id)
    # CHECKS
    risk.verify_market(ledger, market_id)
    # EVENTS
    ledger.emit("MarketParametersChanged", market_id)


def set_system_parameters(ledger: Ledger, parameters: SystemParameters) -> None:
    """Replaces the system's parameters; every market must keep its bounds under them."""
    # CHECKS
    if parameters.minimum_keeper_reward > parameters.liquidation_reserve:
        raise InvalidParameter.named("minimumKeeperReward")
    if parameters.liquidator_share > WAD:
        raise InvalidParameter.named("liquidatorShare")
    if parameters.insurance_share > WAD:
        raise InvalidParameter.named("insuranceShare")
    if parameters.target_ratio < WAD or parameters.target_ratio > 10 * WAD:
        raise InvalidParameter.named("targetRatio")
    if parameters.liquidation_reserve > MAX_SIZE:
        raise InvalidParameter.named("liquidationReserve")
    if parameters.deleverage_delay > MAX_RAMP:
        raise InvalidParameter.named("deleverageDelay")
    for market_id in range(ledger.market_count):
        fee_rate = ledger.market_parameters(market_id).liquidation_fee_rate
        _validate_fee(
            fee_rate, parameters.target_ratio, ledger.tiers(market_id)[0].maintenance_rate
        )
    # EFFECTS
    ledger.system_parameters.put(parameters)
    # CHECKS
    for market_id in range(ledger.market_count):
        risk.verify_market(ledger, market_id)
    # EVENTS
    ledger.emit("SystemParametersChanged")


def set_market_paused(ledger: Ledger, market_id: int, paused: bool) -> None:
    """Pauses or resumes a market; no funding accrues while it is paused."""
    # CHECKS
    listed(ledger, market_id)
    if ledger.markets.read(market_id).paused == paused:
        raise PauseUnchanged
    # EFFECTS
    funding.accrue(ledger, market_id)
    ledger.markets.edit(market_id).paused = paused
    # EVENTS
    ledger.emit("MarketPauseChanged", market_id, paused)


def set_paused(ledger: Ledger, paused: bool) -> None:
    """Pauses or resumes everything; no funding accrues anywhere while paused."""
    # CHECKS
    if ledger.record.paused == paused:
        raise PauseUnchanged
    # EFFECTS
    for market_id in range(ledger.market_count):
        funding.accrue(ledger, market_id)
    cash.accrue(ledger)
    ledger.edit_record().paused = paused
    # EVENTS
    ledger.emit("PauseChanged", paused)


def existing(ledger: Ledger, market_id: int) -> MarketParameters:
    """The market's parameters, or a revert where there is no such market."""
    # CHECKS
    if market_id >= ledger.market_count:
        raise UnknownMarket(market_id)
    return ledger.market_parameters(market_id)


def active(ledger: Ledger, market_id: int) -> MarketParameters:
    """The market's parameters, or a revert where there is none, or it is delisted or paused."""
    # CHECKS
    parameters = listed(ledger, market_id)
    if ledger.markets.read(market_id).paused:
        raise MarketIsPaused(market_id)
    return parameters


def listed(ledger: Ledger, market_id: int) -> MarketParameters:
    """The market's parameters, or a revert where there is none or its final price is fixed."""
    # CHECKS
    parameters = existing(ledger, market_id)
    if is_delisted(ledger, market_id):
        raise MarketIsDelisted(market_id)
    return parameters


def is_delisted(ledger: Ledger, market_id: int) -> bool:
    """Whether the market's final price is fixed."""
    return ledger.markets.read(market_id).phase >= DELISTED


def require_none_ending(ledger: Ledger, markets: int) -> None:
    """Reverts where one of these markets is delisted and not closed yet; a bitmap."""
    # CHECKS
    for market_id in each_bit(markets):
        if ledger.markets.read(market_id).phase == DELISTED:
            raise MarketIsDelisted(market_id)


def require_open(ledger: Ledger, market_id: int) -> None:
    """Reverts where positions in the market may only be reduced."""
    # CHECKS
    if ledger.markets.read(market_id).phase == REDUCE_ONLY:
        raise MarketIsReduceOnly(market_id)


def validate_market(  # noqa: C901 - one line a bound, as the twin has it
    ledger: Ledger, parameters: MarketParameters, tiers: tuple[Tier, ...]
) -> None:
    """Reverts with the name of the first parameter that is out of bounds."""
    # CHECKS
    if ledger.hub.source_count(parameters.price_id) == 0:
        raise InvalidParameter.named("priceId")
    if parameters.size_step == 0 or parameters.size_step > MAX_SIZE:
        raise InvalidParameter.named("sizeStep")
    if parameters.price_tick == 0 or parameters.price_tick > MAX_SIZE:
        raise InvalidParameter.named("priceTick")
    if (parameters.size_step * parameters.price_tick) % WAD != 0:
        raise InvalidParameter.named("priceTick")
    if parameters.band_rate > WAD:
        raise InvalidParameter.named("bandRate")
    if parameters.trade_fee_rate > WAD // 10:
        raise InvalidParameter.named("tradeFeeRate")
    if parameters.minimum_notional > MAX_NOTIONAL:
        raise InvalidParameter.named("minimumNotional")
    if parameters.premium_depth == 0 or parameters.premium_depth > MAX_PREMIUM_DEPTH:
        raise InvalidParameter.named("premiumDepth")
    if parameters.funding_period == 0 or parameters.funding_period > YEAR:
        raise InvalidParameter.named("fundingPeriod")
    if parameters.maximum_funding_rate > MAX_FUNDING_RATE:
        raise InvalidParameter.named("maximumFundingRate")
    if parameters.socialisation_cap_rate > WAD:
        raise InvalidParameter.named("socialisationCapRate")
    validate_mark(parameters)
    if parameters.liquidation_fee_rate > WAD:
        raise InvalidParameter.named("liquidationFeeRate")
    _validate_settlement_fee(parameters)
    _validate_tiers(parameters, tiers)
    _validate_fee(
        parameters.liquidation_fee_rate, ledger.parameters.target_ratio, tiers[0].maintenance_rate
    )


def is_margin_changed(
    ledger: Ledger, market_id: int, parameters: MarketParameters, tiers: tuple[Tier, ...]
) -> bool:
    """Whether these parameters require other margin, or lead to another mark, than present ones."""
    old = ledger.market_parameters(market_id)
    terms = (
        "liquidation_fee_rate",
        "mark_band_rate",
        "premium_depth",
        "basis_period",
        "impact_max_age",
    )
    if any(getattr(parameters, name) != getattr(old, name) for name in terms):
        return True
    rows = [(t.lower_bound, t.initial_rate, t.maintenance_rate) for t in ledger.tiers(market_id)]
    return rows != [tier.fields() for tier in tiers]


def validate_mark(parameters: MarketParameters) -> None:
    """Reverts with the name of the first parameter of mark and ramps that is out of bounds."""
    # CHECKS
    if parameters.mark_band_rate > WAD // 2:
        raise InvalidParameter.named("markBandRate")
    if not 0 < parameters.basis_period <= YEAR:
        raise InvalidParameter.named("basisPeriod")
    if parameters.impact_max_age > YEAR:
        raise InvalidParameter.named("impactMaxAge")
    if not SHORTEST_RAMP <= parameters.ramp_duration <= MAX_RAMP:
        raise InvalidParameter.named("rampDuration")


def _validate_settlement_fee(parameters: MarketParameters) -> None:
    """What closes a position pays at most 10 % of its notional, both fees together."""
    # CHECKS
    rate = parameters.settlement_fee_rate
    if rate > MAX_SETTLEMENT_FEE_RATE or parameters.trade_fee_rate + rate > WAD // 10:
        raise InvalidParameter.named("settlementFeeRate")


def _validate_tiers(parameters: MarketParameters, tiers: tuple[Tier, ...]) -> None:  # noqa: C901 - as the twin
    """Rates rise from tier to tier, initial margin covers maintenance and the liquidation fee.

    The marginal requirement stays below one, so that equity less requirement is monotone in the
    price.
    """
    # CHECKS
    if len(tiers) == 0 or len(tiers) > MAX_TIERS:
        raise InvalidParameter.named("tiers")
    if tiers[0].lower_bound != 0:
        raise InvalidParameter.named("lowerBound")
    for i, tier in enumerate(tiers):
        if tier.initial_rate > WAD:
            raise InvalidParameter.named("initialRate")
        if tier.maintenance_rate > WAD:
            raise InvalidParameter.named("maintenanceRate")
        if tier.initial_rate + parameters.liquidation_fee_rate >= WAD:
            raise InvalidParameter.named("initialRate")
        if tier.initial_rate < tier.maintenance_rate + parameters.liquidation_fee_rate:
            raise InvalidParameter.named("initialRate")
        if i == 0:
            continue
        lower = tiers[i - 1]
        if tier.lower_bound <= lower.lower_bound or tier.lower_bound > MAX_NOTIONAL:
            raise InvalidParameter.named("lowerBound")
        if tier.initial_rate < lower.initial_rate:
            raise InvalidParameter.named("initialRate")
        if tier.maintenance_rate < lower.maintenance_rate:
            raise InvalidParameter.named("maintenanceRate")


def _validate_fee(fee_rate: int, target_ratio: int, lowest_maintenance_rate: int) -> None:
    """Fee rate x (1 + 2 x target ratio) < the lowest maintenance rate.

    A partial liquidation always helps.
    """
    # CHECKS
    if fee_rate * (WAD + 2 * target_ratio) >= lowest_maintenance_rate * WAD:
        raise InvalidParameter.named("liquidationFeeRate")
