"""Equity and requirements of an account, and the tests on them: the twin of ``Margin.sol``.

Everything is compared as exact numerators at one scale; only published figures are rounded, against
the account. The liquidation reserve is locked cash that counts once on either side of every test,
and is left out of both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import funding
from .bits import each_bit
from .errors import InsufficientCash, InsufficientMargin, Revert
from .fixed_point import WAD, WEI, absolute, div_up, floor_div, product_at_least

if TYPE_CHECKING:
    from .records import Ledger, MarginTier


@dataclass(slots=True)
class Standing:
    """An account's standing at given marks; all numerators, exact."""

    equity: int = 0
    """Cash and profit and loss of all positions, accrued funding and losses included."""
    losses: int = 0
    """The negative profits and losses alone."""
    initial: int = 0
    maintenance: int = 0
    fee: int = 0
    """Liquidation fee on the whole notional."""


@dataclass(slots=True)
class Marks:
    """Marks of one call, each read at most once."""

    purpose: int
    known: dict[int, int] = field(default_factory=dict)


def new_marks(ledger: Ledger, purpose: int) -> Marks:  # noqa: ARG001 - the twin sizes an array by the ledger
    """An empty set of marks for one call."""
    return Marks(purpose)


def mark_of(ledger: Ledger, marks: Marks, market_id: int) -> int:
    """The mark of a market: the index price of the oracle hub."""
    # PRICES
    mark = marks.known.get(market_id, 0)
    if mark != 0:
        return mark
    mark = ledger.hub.read_price(ledger.market_parameters(market_id).price_id, marks.purpose)
    marks.known[market_id] = mark
    return mark


def mark_or_zero(ledger: Ledger, marks: Marks, market_id: int) -> int:
    """The mark of a market, or 0 where no price can be trusted."""
    # PRICES
    try:
        return ledger.hub.read_price(ledger.market_parameters(market_id).price_id, marks.purpose)
    except Revert:
        return 0


def standing_of(ledger: Ledger, account: str, marks: Marks) -> Standing:
    """The account's standing at these marks."""
    # MARGIN
    record = ledger.accounts.read(account)
    standing = Standing(equity=record.cash * WEI)
    for market_id in each_bit(record.markets):
        add_position(ledger, account, market_id, marks, standing)
    return standing


def add_position(
    ledger: Ledger, account: str, market_id: int, marks: Marks, standing: Standing
) -> None:
    """Adds one position's profit or loss and requirements to a standing."""
    # PRICES
    profit = booked_quote(ledger, account, market_id)
    size = ledger.positions.read(account, market_id).size
    if size != 0:
        mark = mark_of(ledger, marks, market_id)
        profit += size * mark * WAD
        # MARGIN
        notional = absolute(size) * mark
        initial, maintenance = requirement(ledger.tiers(market_id), notional)
        standing.initial += initial
        standing.maintenance += maintenance
        standing.fee += notional * ledger.market_parameters(market_id).liquidation_fee_rate
    standing.equity += profit
    if profit < 0:
        standing.losses += profit


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


def is_below_maintenance(standing: Standing) -> bool:
    """Whether equity is below maintenance margin plus liquidation fee.

    Equal is safe, and so is an account without an open position, which may owe a fraction of a wei.
    """
    required = standing.maintenance + standing.fee
    return required > 0 and standing.equity < required


def is_above_initial(standing: Standing) -> bool:
    """Whether equity covers initial margin; equal is enough."""
    return standing.equity >= standing.initial


def is_ratio_kept(before: Standing, after: Standing) -> bool:
    """Whether the margin ratio did not fall from `before` to `after`; exact."""
    return product_at_least(
        after.equity, before.maintenance + before.fee, before.equity, after.maintenance + after.fee
    )


def require_initial(ledger: Ledger, account: str, marks: Marks) -> None:
    """Reverts unless the account has initial margin at these marks."""
    # MARGIN
    standing = standing_of(ledger, account, marks)
    if not is_above_initial(standing):
        revert_insufficient(account, standing)


def require_cash(ledger: Ledger, account: str) -> None:
    """Reverts where cash is negative.

    Fees and reserves are paid in cash, never out of unrealised profit.
    """
    # MARGIN
    cash = ledger.accounts.read(account).cash
    if cash < 0:
        raise InsufficientCash(account, cash)


def revert_insufficient(account: str, standing: Standing) -> None:
    """Reverts with the account's published equity and initial margin."""
    raise InsufficientMargin(
        account, floor_div(standing.equity, WEI), div_up(standing.initial, WEI)
    )


def withdrawable(ledger: Ledger, account: str, standing: Standing) -> int:
    """What may be withdrawn: cash less unrealised losses less initial margin, at least 0.

    A numerator.
    """
    # MARGIN
    amount = ledger.accounts.read(account).cash * WEI + standing.losses - standing.initial
    return max(amount, 0)
