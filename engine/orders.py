"""What accounts have resting in order books, and the initial margin that is reserved for it.

The twin of ``Orders.sol``. Only totals are known, so a fill may still be refused; maintenance
margin and liquidations ignore orders.
"""

# Modules import each other: rules call each other, as their twins do.
# pyright: reportImportCycles=false

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import margin, markets, offsets, perpetuals, positions, pricing, routes
from .bits import each_bit
from .errors import InvalidNotional, InvalidSize
from .fixed_point import WAD, WEI, absolute
from .offsets import Leg
from .parameters import MAX_PRICE, MAX_SIZE
from .records import TRADE, RestingOrders

if TYPE_CHECKING:
    from .instruments import Standing
    from .parameters import MarketParameters
    from .pricing import Marks
    from .records import Ledger


@dataclass(slots=True)
class OrderReport:
    """What the matcher says an account has resting in a market: sizes WAD, notionals wei."""

    account: str
    market_id: int
    bid_size: int
    bid_notional: int
    ask_size: int
    ask_notional: int


def set_orders(ledger: Ledger, report: OrderReport) -> None:
    """Replaces an account's totals in a market.

    What is only cancelled needs no price, no margin and no open market; after anything else the
    account must have initial margin. System accounts have no orders: they reduce.
    """
    # CHECKS
    routes.require_ordinary(report.account)
    markets.existing(ledger, report.market_id)
    parameters = ledger.market_parameters(report.market_id)
    validate_side(parameters, report.bid_size, report.bid_notional)
    validate_side(parameters, report.ask_size, report.ask_notional)
    orders = RestingOrders(
        report.bid_size, report.bid_notional, report.ask_size, report.ask_notional
    )
    cancels = is_cancelled(ledger.orders.read(report.account, report.market_id), orders)
    if not cancels:
        markets.active(ledger, report.market_id)
        markets.require_open(ledger, report.market_id)
        positions.require_member(ledger, report.account, report.market_id)
    # EFFECTS
    store(ledger, report.account, report.market_id, orders)
    # MARGIN
    if not cancels:
        margin.require_initial(ledger, report.account, pricing.new_marks(ledger, TRADE))


def validate_side(parameters: MarketParameters, size: int, notional: int) -> None:
    """Reverts unless size and notional (wei) are sums over orders that a book can hold.

    The size is a multiple of the step, and the notional a sum of multiples of step x tick that this
    size can have: nothing for nothing, else from one tick to the highest price.
    """
    # CHECKS
    step, tick = parameters.size_step, parameters.price_tick
    if size > MAX_SIZE or size % step != 0:
        raise InvalidSize(size)
    is_below = notional < size * tick // WAD
    is_above = notional > size * MAX_PRICE // WAD
    if is_below or is_above or notional % (step * tick // WAD) != 0:
        raise InvalidNotional(notional)


def is_cancelled(before: RestingOrders, after: RestingOrders) -> bool:
    """Whether each side is as it was, or orders were cancelled there and nothing else."""
    return is_less(
        before.bid_size, before.bid_notional, after.bid_size, after.bid_notional
    ) and is_less(before.ask_size, before.ask_notional, after.ask_size, after.ask_notional)


def is_less(size: int, notional: int, next_size: int, next_notional: int) -> bool:
    """Whether a side was emptied, left as it was, or lost size and notional.

    One alone would be another price.
    """
    if next_size == 0 or (next_size == size and next_notional == notional):
        return True
    return next_size < size and next_notional < notional


def fill(ledger: Ledger, account: str, market_id: int, size_delta: int, notional: int) -> None:
    """Takes a trade off what the maker has resting on its side.

    `size_delta` is the change of the maker's position, WAD, positive takes off its bids; `notional`
    the trade's, wei.
    """
    # EFFECTS
    if ledger.accounts.read(account).ordered_markets >> market_id & 1 == 0:
        return
    before, size = ledger.orders.read(account, market_id), absolute(size_delta)
    bids = before.bid_size, before.bid_notional
    asks = before.ask_size, before.ask_notional
    if size_delta > 0:
        bids = rest_of(*bids, size, notional)
    else:
        asks = rest_of(*asks, size, notional)
    store(ledger, account, market_id, RestingOrders(*bids, *asks))


def rest_of(size: int, notional: int, filled: int, paid: int) -> tuple[int, int]:
    """What a fill leaves of a side; nothing of the notional where nothing of the size."""
    if filled >= size:
        return 0, 0
    return size - filled, max(notional - paid, 0)


def release_all(ledger: Ledger, account: str) -> None:
    """Releases all that an account has resting."""
    # EFFECTS
    for market_id in each_bit(ledger.accounts.read(account).ordered_markets):
        store(ledger, account, market_id, RestingOrders())


def store(ledger: Ledger, account: str, market_id: int, orders: RestingOrders) -> None:
    """Stores an account's totals in a market, and marks whether there are any."""
    record, bit = ledger.accounts.edit(account), 1 << market_id
    # EFFECTS
    ledger.orders.put(orders, account, market_id)
    if orders.bid_size == 0 and orders.ask_size == 0:
        record.ordered_markets &= ~bit
    else:
        record.ordered_markets |= bit
    # EVENTS
    ledger.emit(
        "OrdersChanged",
        account,
        market_id,
        orders.bid_size,
        orders.bid_notional,
        orders.ask_size,
        orders.ask_notional,
    )


def initial_of(ledger: Ledger, account: str, marks: Marks, standing: Standing) -> int:
    """Initial margin of an account's positions and resting orders; a numerator.

    What orders add is no part of an offset, and a position that they could turn gives none.
    `standing` is the account's by its positions alone.
    """
    # MARGIN
    ordered = ledger.accounts.read(account).ordered_markets
    if ordered == 0:
        return standing.initial
    initial = standing.initial - offsets.initial_of(ledger, standing.legs)
    initial += offsets.initial_of(ledger, steady_legs(ledger, account, standing.legs))
    for market_id in each_bit(ordered):
        initial += added_by(ledger, account, market_id, marks)
    return initial


def steady_legs(ledger: Ledger, account: str, legs: list[Leg]) -> list[Leg]:
    """The legs as offsets may count them.

    One that orders could turn keeps its requirement, and has no side.
    """
    # MARGIN
    steady = list(legs)
    for i, leg in enumerate(legs):
        if could_turn(ledger.orders.read(account, leg.market_id), leg.size):
            steady[i] = Leg(leg.market_id, initial=leg.initial)
    return steady


def could_turn(orders: RestingOrders, size: int) -> bool:
    """Whether orders could turn a position of this size (WAD) to the other side."""
    if size > 0:
        return orders.ask_size > size
    return orders.bid_size > absolute(size)


def added_by(ledger: Ledger, account: str, market_id: int, marks: Marks) -> int:
    """What a market's orders add to the initial margin of its position; a numerator.

    In the worse of two outcomes, all bids filled or all asks filled, the position's margin and what
    these fills lose at the mark. Nothing in a delisted market, where nothing is filled.
    """
    # PRICES
    if markets.is_delisted(ledger, market_id):
        return 0
    orders = ledger.orders.read(account, market_id)
    mark = pricing.mark_of(ledger, marks, market_id)
    # MARGIN
    size = ledger.positions.read(account, market_id).size
    own = margin_of(ledger, marks, market_id, size)
    bids = margin_of(ledger, marks, market_id, size + orders.bid_size)
    bids += loss_of(orders.bid_notional * WEI, orders.bid_size * mark * WAD)
    asks = margin_of(ledger, marks, market_id, size - orders.ask_size)
    asks += loss_of(orders.ask_size * mark * WAD, orders.ask_notional * WEI)
    return max(bids - own, asks - own, 0)


def margin_of(ledger: Ledger, marks: Marks, market_id: int, size: int) -> int:
    """Initial margin of a position of this size (WAD) by itself; a numerator."""
    # MARGIN
    leg = Leg(market_id, size, pricing.mark_of(ledger, marks, market_id))
    perpetuals.measure(ledger, marks, leg)
    return leg.initial


def loss_of(given: int, got: int) -> int:
    """What is given beyond what is got, at least 0; numerators."""
    return max(given - got, 0)
