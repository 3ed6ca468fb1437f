"""What positions in perpetual markets are worth and require: the twin of ``Perpetuals.sol``.

All numerators, exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import funding, offsets, pricing, ramp, volatility
from . import requirement as growth
from .bits import each_bit
from .fixed_point import WAD, WEI, absolute, mul_div_down, mul_div_up, scale_up
from .life_records import CLOSED, DELISTED
from .offsets import Leg

if TYPE_CHECKING:
    from .instruments import Standing
    from .parameters import MarketRisk, Tier
    from .pricing import MarketTerms, Marks
    from .records import Ledger


@dataclass(slots=True)
class Beside:
    """What an account requires beside one market; see ``beside_of``."""

    legs: list[Leg]
    required: int


def contribute(ledger: Ledger, account: str, standing: Standing) -> None:
    """Adds the account's positions to a standing: profit and loss, requirements after offsets."""
    # MARGIN
    for market_id in each_bit(ledger.accounts.read(account).markets):
        standing.legs.append(Leg(market_id))
        add_position(ledger, account, standing, standing.legs[-1])
    standing.initial += offsets.initial_of(ledger, standing.legs)
    standing.maintenance += offsets.maintenance_of(ledger, standing.legs)


def terms_of(ledger: Ledger, marks: Marks, market_id: int) -> MarketTerms:
    """A market's terms in this call."""
    terms = marks.terms(market_id)
    if not terms.known:
        terms.known = True
        terms.phase = ledger.markets.read(market_id).phase
        terms.is_ramping = ramp.is_ramping(ledger, market_id)
        terms.fee_rate = ramp.liquidation_fee_rate(ledger, market_id)
        terms.initial_scale = volatility.initial_scale(ledger, market_id)
        terms.maintenance_scale = volatility.maintenance_scale(ledger, market_id)
        terms.funding_index = funding.current_index(ledger, market_id)
    return terms


def add_position(ledger: Ledger, account: str, standing: Standing, leg: Leg) -> None:
    """Adds one position's profit or loss and requirements to a standing and its leg."""
    # PRICES
    marks = standing.marks
    profit = booked_quote(ledger, account, leg.market_id, marks)
    size = ledger.positions.read(account, leg.market_id).size
    if size != 0:
        leg.size = size
        leg.mark = pricing.mark_of(ledger, marks, leg.market_id)
        profit += size * leg.mark * WAD
        # MARGIN
        measure(ledger, marks, leg)
        standing.gross += leg.maintenance
        standing.fee += leg.fee
    standing.equity += profit
    if profit < 0:
        standing.losses += profit
    is_final = marks.terms(leg.market_id).phase >= DELISTED
    if is_final and profit < 0:
        standing.final_losses += profit


def measure(ledger: Ledger, marks: Marks, leg: Leg) -> None:
    """Fills a leg's requirements from its size and mark.

    While the market's terms ramp, maintenance margin is on its way and initial margin is at once
    what was set, but at least in its proportion to maintenance margin (as long as that is not
    beyond the notional), and covers maintenance margin and fee. Where the price is final, nothing
    is at risk and nothing required.
    """
    # MARGIN
    market_id = leg.market_id
    terms = terms_of(ledger, marks, market_id)
    if terms.phase >= DELISTED:
        return
    notional = absolute(leg.size) * leg.mark
    leg.fee = notional * terms.fee_rate
    tiers, risk = ledger.tiers(market_id), ledger.market_risk(market_id)
    leg.initial, leg.maintenance = margin_of(ledger, tiers, risk, terms, leg)
    if not terms.is_ramping:
        return
    previous = ledger.previous_terms.read(market_id)
    _, before = margin_of(ledger, previous.tiers, previous.risk, terms, leg)
    final = leg.maintenance
    leg.maintenance = ramp.of_market(ledger, market_id, before, final)
    least = 0 if final == 0 else mul_div_up(leg.initial, leg.maintenance, final)
    least = min(least, notional * WAD)
    leg.initial = max(leg.initial, least, leg.maintenance + leg.fee)


def margin_of(
    ledger: Ledger, tiers: tuple[Tier, ...], risk: MarketRisk, terms: MarketTerms, leg: Leg
) -> tuple[int, int]:
    """Initial and maintenance margin of a leg by these tiers; numerators.

    Each scaled by the market's volatility, initial margin by open interest too, and each with the
    liquidity add-on; every scale is rounded up.
    """
    # MARGIN
    notional = absolute(leg.size) * leg.mark
    initial, maintenance = requirement(tiers, notional)
    add_on = growth.add_on_of(risk, notional)
    open_interest = ledger.markets.read(leg.market_id).open_interest
    scale = growth.scale_of(risk, open_interest, leg.mark)
    initial = scale_up(scale_up(initial, terms.initial_scale), scale) + add_on
    return initial, scale_up(maintenance, terms.maintenance_scale) + add_on


def beside_of(ledger: Ledger, standing: Standing, market_id: int) -> Beside:
    """The legs of all markets but one, and what other instruments require, a numerator.

    At the end of the legs is one of that market without a position yet.
    """
    # MARGIN
    legs = [leg for leg in standing.legs if leg.market_id != market_id]
    required = standing.maintenance + standing.fee - required_of(ledger, standing.legs)
    return Beside([*legs, Leg(market_id)], required)


def required_with(ledger: Ledger, marks: Marks, beside: Beside, size: int, mark: int) -> int:
    """Maintenance margin and liquidation fee of an account; a numerator.

    With this size and mark in the market that `beside` leaves out.
    """
    # MARGIN
    last = beside.legs[-1]
    last.size, last.mark = size, mark
    measure(ledger, marks, last)
    return beside.required + required_of(ledger, beside.legs)


def required_of(ledger: Ledger, legs: list[Leg]) -> int:
    """Maintenance margin and liquidation fee of these legs; a numerator."""
    # MARGIN
    return offsets.maintenance_of(ledger, legs) + sum(leg.fee for leg in legs)


def booked_quote(ledger: Ledger, account: str, market_id: int, marks: Marks) -> int:
    """A position's quote with the funding and losses accrued until now.

    Of a claim on a closed market what it will be paid.
    """
    position = ledger.positions.read(account, market_id)
    market, terms = ledger.markets.read(market_id), terms_of(ledger, marks, market_id)
    if terms.phase == CLOSED and position.quote > 0:
        return payout_of(ledger, market_id, position.quote) * WEI
    accrued = funding.pending_funding(position, terms.funding_index)
    return position.quote + accrued - funding.pending_loss(market, position)


def payout_of(ledger: Ledger, market_id: int, claim: int) -> int:
    """What a claim (a numerator) on a closed market is paid, wei, rounded down."""
    return mul_div_down(claim, ledger.finals.read(market_id).ratio, WAD * WEI)


def requirement(tiers: tuple[Tier, ...], notional: int) -> tuple[int, int]:
    """Initial and maintenance margin of one position by step tiers; numerators.

    Each part of the notional at the rates of the tier that it lies in, so that there is no jump at
    a boundary. `notional` is |size| x mark, not divided by WAD.
    """
    # MARGIN
    initial = maintenance = 0
    for i, tier in enumerate(tiers):
        upper = tiers[i + 1].lower_bound * WAD if i + 1 < len(tiers) else notional
        part = min(notional, upper) - tier.lower_bound * WAD
        initial += part * tier.initial_rate
        maintenance += part * tier.maintenance_rate
        if notional <= upper:
            break
    return initial, maintenance


def maintenance_of(ledger: Ledger, marks: Marks, market_id: int, size: int) -> int:
    """Maintenance margin of one position before offsets; a numerator."""
    # MARGIN
    leg = Leg(market_id, size, pricing.mark_of(ledger, marks, market_id))
    measure(ledger, marks, leg)
    return leg.maintenance
