"""Equity and requirements of an account, and the tests on them: the twin of ``Margin.sol``.

Everything is compared as exact numerators at one scale; only published figures are rounded, against
the account. The liquidation reserve is locked cash that counts once on either side of every test,
and is left out of both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import cash, funding, holdings, mark, offsets, ramp, volatility
from . import requirement as growth
from .bits import each_bit
from .errors import InsufficientCash, InsufficientMargin, Revert
from .fixed_point import (
    MAX_INT256,
    WAD,
    WEI,
    absolute,
    div_truncate,
    div_up,
    floor_div,
    mul_div_floor,
    mul_div_up,
    product_at_least,
)
from .offsets import Leg

if TYPE_CHECKING:
    from .parameters import MarginTier, MarketRisk
    from .records import Ledger


@dataclass(slots=True)
class Standing:
    """An account's standing at given marks; all numerators, exact."""

    equity: int = 0
    """Cash with interest, profit and loss of all positions, accrued funding and losses included.

    And tokens at their maintenance weight.
    """
    losses: int = 0
    """The negative profits and losses alone."""
    initial: int = 0
    maintenance: int = 0
    fee: int = 0
    """Liquidation fee on the whole notional."""
    worth: int = 0
    """Tokens at their maintenance weight, as far as equity holds them."""
    initial_worth: int = 0
    """Tokens at their initial weight."""
    gross: int = 0
    """Maintenance margin before offsets."""
    legs: list[Leg] = field(default_factory=list)
    """The parts of the markets, in the order of their ids."""


@dataclass(slots=True)
class Marks:
    """Indices and marks of one call, each read at most once."""

    purpose: int
    known: dict[int, int] = field(default_factory=dict)
    indices: dict[int, int] = field(default_factory=dict)


def new_marks(ledger: Ledger, purpose: int) -> Marks:  # noqa: ARG001 - the twin sizes an array by the ledger
    """An empty set of marks for one call."""
    return Marks(purpose)


def index_of(ledger: Ledger, marks: Marks, market_id: int) -> int:
    """The index of a market: the price of the oracle hub."""
    # PRICES
    index = marks.indices.get(market_id, 0)
    if index != 0:
        return index
    index = ledger.hub.read_price(ledger.market_parameters(market_id).price_id, marks.purpose)
    marks.indices[market_id] = index
    return index


def mark_of(ledger: Ledger, marks: Marks, market_id: int) -> int:
    """The mark of a market."""
    # PRICES
    known = marks.known.get(market_id, 0)
    if known != 0:
        return known
    known = mark.mark_at(ledger, market_id, index_of(ledger, marks, market_id))
    marks.known[market_id] = known
    return known


def mark_or_zero(ledger: Ledger, marks: Marks, market_id: int) -> int:
    """The mark of a market, or 0 where no price can be trusted."""
    # PRICES
    try:
        index = ledger.hub.read_price(ledger.market_parameters(market_id).price_id, marks.purpose)
    except Revert:
        return 0
    return mark.mark_at(ledger, market_id, index)


def standing_of(ledger: Ledger, account: str, marks: Marks) -> Standing:
    """The account's standing at these marks."""
    # MARGIN
    record = ledger.accounts.read(account)
    standing = Standing(equity=cash.current(ledger, account) * WEI)
    for market_id in each_bit(record.markets):
        standing.legs.append(Leg(market_id))
        add_position(ledger, account, market_id, marks, standing, standing.legs[-1])
    standing.initial = offsets.initial_of(ledger, standing.legs)
    standing.maintenance = offsets.maintenance_of(ledger, standing.legs)
    if record.collaterals != 0:
        add_holdings(ledger, account, marks, standing)
    return standing


def add_holdings(ledger: Ledger, account: str, marks: Marks, standing: Standing) -> None:
    """Adds what the account's tokens are worth to a standing that holds all its positions."""
    # MARGIN
    worth = holdings.worth_of(ledger, account, marks, standing.maintenance + standing.fee)
    standing.worth = worth.maintenance
    standing.initial_worth = worth.initial
    standing.equity += worth.maintenance


def add_position(
    ledger: Ledger, account: str, market_id: int, marks: Marks, standing: Standing, leg: Leg
) -> None:
    """Adds one position's profit or loss and requirements to a standing and its leg."""
    # PRICES
    profit = booked_quote(ledger, account, market_id)
    size = ledger.positions.read(account, market_id).size
    if size != 0:
        price = mark_of(ledger, marks, market_id)
        profit += size * price * WAD
        # MARGIN
        leg.size = size
        leg.mark = price
        measure(ledger, leg)
        standing.gross += leg.maintenance
        standing.fee += leg.fee
    standing.equity += profit
    if profit < 0:
        standing.losses += profit


def measure(ledger: Ledger, leg: Leg) -> None:
    """Fills a leg's requirements from its size and mark.

    While the market's terms ramp, maintenance margin is on its way and initial margin is at once
    what was set, but at least in its proportion to maintenance margin (as long as that is not
    beyond the notional), and covers maintenance margin and fee.
    """
    # MARGIN
    market_id = leg.market_id
    notional = absolute(leg.size) * leg.mark
    leg.fee = notional * ramp.liquidation_fee_rate(ledger, market_id)
    tiers, risk = ledger.tiers(market_id), ledger.market_risk(market_id)
    leg.initial, leg.maintenance = margin_of(ledger, leg, tiers, risk, notional)
    if not ramp.is_ramping(ledger, market_id):
        return
    previous = ledger.previous_terms.read(market_id)
    _, before = margin_of(ledger, leg, previous.tiers, previous.risk, notional)
    final = leg.maintenance
    leg.maintenance = ramp.of_market(ledger, market_id, before, final)
    least = 0 if final == 0 else mul_div_up(leg.initial, leg.maintenance, final)
    least = min(least, notional * WAD)
    leg.initial = max(leg.initial, least, leg.maintenance + leg.fee)


def margin_of(
    ledger: Ledger, leg: Leg, tiers: tuple[MarginTier, ...], risk: MarketRisk, notional: int
) -> tuple[int, int]:
    """Initial and maintenance margin of a notional by these tiers; numerators.

    Each scaled by the market's volatility, initial margin by open interest too, and each with the
    liquidity add-on; every scale is rounded up.
    """
    # MARGIN
    initial, maintenance = requirement(tiers, notional)
    add_on = growth.add_on_of(risk, notional)
    initial = mul_div_up(initial, volatility.initial_scale(ledger, leg.market_id), WAD)
    open_interest = ledger.markets.read(leg.market_id).open_interest
    scale = growth.scale_of(risk, open_interest, leg.mark)
    initial = mul_div_up(initial, scale, WAD) + add_on
    volatile = volatility.maintenance_scale(ledger, leg.market_id)
    return initial, mul_div_up(maintenance, volatile, WAD) + add_on


def required_with(ledger: Ledger, legs: list[Leg], index: int, size: int, mark: int) -> int:
    """Maintenance margin and liquidation fee of these legs if one had another size or mark.

    A numerator.
    """
    # MARGIN
    present = legs[index]
    legs[index] = Leg(present.market_id, size, mark)
    measure(ledger, legs[index])
    required = offsets.maintenance_of(ledger, legs) + sum(leg.fee for leg in legs)
    legs[index] = present
    return required


def booked_quote(ledger: Ledger, account: str, market_id: int) -> int:
    """A position's quote with the funding and losses accrued until now."""
    position = ledger.positions.read(account, market_id)
    accrued = funding.pending_funding(position, funding.current_index(ledger, market_id))
    return position.quote + accrued - funding.pending_loss(ledger.markets.read(market_id), position)


def requirement(tiers: tuple[MarginTier, ...], notional: int) -> tuple[int, int]:
    """Initial and maintenance margin of one position by continuous step tiers; numerators.

    `notional` is |size| x mark, not divided by WAD.
    """
    # MARGIN
    tier = tier_of(tiers, notional)
    initial = notional * tier.initial_rate - tier.initial_deduction
    maintenance = notional * tier.maintenance_rate - tier.maintenance_deduction
    return initial, maintenance


def tier_of(tiers: tuple[MarginTier, ...], notional: int) -> MarginTier:
    """The tier that a notional falls into; at a boundary both tiers agree."""
    i = len(tiers) - 1
    while i > 0 and notional <= tiers[i].lower_bound * WAD:
        i -= 1
    return tiers[i]


def maintenance_of(ledger: Ledger, market_id: int, size: int, mark_price: int) -> int:
    """Maintenance margin of one position before offsets; a numerator."""
    # MARGIN
    leg = Leg(market_id, size, mark_price)
    measure(ledger, leg)
    return leg.maintenance


def health_of(standing: Standing) -> int:
    """Health factor: equity / (maintenance margin + liquidation fee), WAD, rounded down.

    The largest integer where nothing is required or nothing larger fits.
    """
    # MARGIN
    required = standing.maintenance + standing.fee
    if required == 0 or div_truncate(standing.equity, required) >= MAX_INT256 // WAD:
        return MAX_INT256
    return mul_div_floor(standing.equity, WAD, required)


def is_below_maintenance(standing: Standing) -> bool:
    """Whether equity is below maintenance margin plus liquidation fee.

    Equal is safe, and so is an account without an open position, which may owe a fraction of a wei.
    """
    required = standing.maintenance + standing.fee
    return required > 0 and standing.equity < required


def is_above_initial(standing: Standing) -> bool:
    """Whether equity covers initial margin; equal is enough."""
    return initial_equity(standing) >= standing.initial


def initial_equity(standing: Standing) -> int:
    """Equity with tokens at their initial weight; a numerator."""
    return standing.equity - standing.worth + standing.initial_worth


def is_ratio_kept(before: Standing, after: Standing) -> bool:
    """Whether the margin ratio did not fall from `before` to `after`; exact."""
    return product_at_least(
        after.equity, before.maintenance + before.fee, before.equity, after.maintenance + after.fee
    )


def require_initial(ledger: Ledger, account: str, marks: Marks) -> None:
    """Reverts unless the account has initial margin at these marks."""
    # MARGIN
    standing = standing_of(ledger, account, marks)
    require_cash(ledger, account, standing)
    if not is_above_initial(standing):
        revert_insufficient(account, standing)


def require_cash(ledger: Ledger, account: str, standing: Standing) -> None:
    """Reverts where tokens do not cover negative cash.

    Fees and reserves are never paid out of unrealised profit.
    """
    # MARGIN
    amount = cash.current(ledger, account)
    if amount * WEI + standing.initial_worth < 0:
        raise InsufficientCash(account, amount)


def payable_by(ledger: Ledger, account: str, standing: Standing) -> int:
    """What an account can be charged: its cash and its tokens at their maintenance weight.

    Wei, rounded down.
    """
    # MARGIN
    amount = cash.current(ledger, account) + standing.worth // WEI
    return max(amount, 0)


def revert_insufficient(account: str, standing: Standing) -> None:
    """Reverts with the account's published equity and initial margin."""
    raise InsufficientMargin(
        account, floor_div(initial_equity(standing), WEI), div_up(standing.initial, WEI)
    )


def withdrawable(ledger: Ledger, account: str, standing: Standing) -> int:
    """What may be withdrawn in cash.

    Cash less unrealised losses, and no more than what that and the tokens leave above initial
    margin, at least 0; a numerator.
    """
    # MARGIN
    balance = cash.current(ledger, account) * WEI + standing.losses
    return max(min(balance, excess(ledger, account, standing)), 0)


def excess(ledger: Ledger, account: str, standing: Standing) -> int:
    """Equity without unrealised profits, with tokens at their initial weight, less initial margin.

    A numerator.
    """
    # MARGIN
    balance = cash.current(ledger, account) * WEI + standing.losses
    return balance + standing.initial_worth - standing.initial
