"""Published figures, derived from stored records and marks, rounded against the account.

The twin of ``Views.sol``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    cash,
    deficits,
    deleveraging,
    liquidation,
    liquidation_limits,
    margin,
    markets,
    offsets,
    orders,
    perpetuals,
    pricing,
    requirement,
    routes,
    takeovers,
)
from .backstop_records import BACKSTOP, FUND
from .bits import pop_count
from .errors import InvalidPrice, NoPosition, NotLiquidatable
from .fixed_point import WAD, WEI, absolute, div_up, floor_div
from .parameters import MAX_ACCOUNT_MARKETS, MAX_PRICE
from .records import LIQUIDATION, TOKEN_UNIT, TRADE, WITHDRAW
from .routes import Circumstances

if TYPE_CHECKING:
    from .backstop_records import Route
    from .instruments import Standing
    from .offsets import Leg
    from .perpetuals import Beside
    from .pricing import Marks
    from .records import Ledger


def equity(ledger: Ledger, account: str) -> int:
    """Equity with tokens at their maintenance weight, wei, rounded down."""
    return floor_div(current(ledger, account, LIQUIDATION).equity, WEI)


def initial_margin(ledger: Ledger, account: str) -> int:
    """Initial margin, wei, rounded up."""
    return div_up(with_orders(ledger, account, TRADE).initial, WEI)


def maintenance_margin(ledger: Ledger, account: str) -> tuple[int, int]:
    """Maintenance margin and, beside it, the liquidation fee; wei, rounded up."""
    standing = current(ledger, account, LIQUIDATION)
    return div_up(standing.maintenance, WEI), div_up(standing.fee, WEI)


def health_factor(ledger: Ledger, account: str) -> int:
    """Equity / (maintenance margin + liquidation fee), WAD, rounded down.

    The largest integer where nothing is required.
    """
    return margin.health_of(current(ledger, account, LIQUIDATION))


def free_collateral(ledger: Ledger, account: str) -> int:
    """Equity with tokens at their initial weight, less initial margin.

    Wei, rounded down; negative where it falls short.
    """
    standing = with_orders(ledger, account, TRADE)
    return floor_div(margin.initial_equity(standing) - standing.initial, WEI)


def withdrawable(ledger: Ledger, account: str) -> int:
    """What can be withdrawn now, token units, rounded down; the gate is not looked at."""
    standing = with_orders(ledger, account, WITHDRAW)
    return margin.withdrawable(ledger, account, standing) // (WEI * TOKEN_UNIT)


def is_liquidatable(ledger: Ledger, account: str) -> bool:
    """Whether the account is below maintenance."""
    return margin.is_below_maintenance(current(ledger, account, LIQUIDATION))


def is_liquidatable_at(ledger: Ledger, account: str, market_id: int, price: int) -> bool:
    """Whether the account would be below maintenance with this market's mark at `price`."""
    return margin.is_below_maintenance(standing_at(ledger, account, market_id, price))


def liquidation_price(ledger: Ledger, account: str, market_id: int) -> tuple[bool, int]:
    """The mark of this market, nearest to safety, at which the account is liquidatable.

    Other marks and accrued funding stand. The first value says whether there is one in 1 .. 1e27;
    the price is WAD, 0 where there is none. A profit rises faster with the price than any
    requirement does, so there is one such price at most, and bisection with the exact test finds
    it.
    """
    # MARGIN
    markets.existing(ledger, market_id)
    size = ledger.positions.read(account, market_id).size
    if size == 0:
        return False, 0
    standing = current(ledger, account, LIQUIDATION)
    leg = standing.legs[offsets.index_of(standing.legs, market_id)]
    beside = perpetuals.beside_of(ledger, standing, market_id)
    # Prices up to and including `low` are of the one kind, from `high` on of the other.
    low, high = 0, MAX_PRICE + 1
    while high - low > 1:
        middle = (low + high) // 2
        if is_below_at(ledger, standing, beside, leg, middle) == (size > 0):
            low = middle
        else:
            high = middle
    price = low if size > 0 else high
    exists = 0 < price <= MAX_PRICE
    return exists, price if exists else 0


def bankruptcy_price(ledger: Ledger, account: str, market_id: int) -> tuple[bool, int]:
    """The worst mark of this market at which equity is not negative.

    Other marks and accrued funding stand. The first value says whether there is one in 1 .. 1e27
    that the position can pass; the price is WAD, rounded against the account, 0 where there is
    none.
    """
    # MARGIN
    markets.existing(ledger, market_id)
    size = ledger.positions.read(account, market_id).size
    if size == 0:
        return False, 0
    marks = pricing.new_marks(ledger, LIQUIDATION)
    value = size * pricing.mark_of(ledger, marks, market_id) * WAD
    fixed_part = margin.standing_of(ledger, account, marks).equity - value
    if (size > 0) != (fixed_part < 0):
        return False, 0
    per_price = absolute(size) * WAD
    price = absolute(fixed_part) // per_price
    if size > 0:
        price = div_up(absolute(fixed_part), per_price)
    if price == 0 or price > MAX_PRICE:
        return False, 0
    return True, price


def liquidation_size(ledger: Ledger, account: str, market_id: int) -> int:
    """How much of the position a liquidation would take now, WAD.

    0 where the account is not liquidatable, or the market is delisted.
    """
    markets.existing(ledger, market_id)
    if ledger.positions.read(account, market_id).size == 0:
        return 0
    if markets.is_delisted(ledger, market_id):
        return 0
    marks = pricing.new_marks(ledger, LIQUIDATION)
    standing = margin.standing_of(ledger, account, marks)
    if not margin.is_below_maintenance(standing):
        return 0
    size = liquidation.liquidation_size(ledger, market_id, standing)
    return liquidation_limits.limited(ledger, account, market_id, standing, size)


def liquidation_route(ledger: Ledger, account: str, market_id: int) -> Route:
    """The route that is next for a position of a liquidatable account.

    The margin of what would be taken over counts by itself, without offsets.
    """
    # CHECKS
    markets.existing(ledger, market_id)
    size = ledger.positions.read(account, market_id).size
    if size == 0:
        raise NoPosition(account, market_id)
    # MARGIN
    standing = current(ledger, account, LIQUIDATION)
    if not margin.is_below_maintenance(standing):
        raise NotLiquidatable(account)
    moved = liquidation.liquidation_size(ledger, market_id, standing)
    state = Circumstances(
        equity=standing.equity,
        required=standing.maintenance + standing.fee,
        backstop_ratio=ledger.backstop_parameters.takeover_ratio,
        fund_ratio=ledger.backstop_parameters.fund_ratio,
    )
    if deficits.shortfall_of(ledger, account, standing) > 0:
        state.candidates = deleveraging.due_of(ledger, account, market_id)
    if not routes.is_system(account):
        moved = -moved if size < 0 else moved
        if can_hold(ledger, BACKSTOP, market_id, moved):
            state.backstop_room = backstop_room(ledger, market_id, moved, standing.marks)
        if can_hold(ledger, FUND, market_id, moved):
            state.fund_room = fund_room(ledger, market_id, moved, standing.marks)
    return routes.route_of(state)


def mark_price(ledger: Ledger, market_id: int) -> int:
    """A market's mark, WAD."""
    markets.existing(ledger, market_id)
    return pricing.mark_of(ledger, pricing.new_marks(ledger, TRADE), market_id)


def index_price(ledger: Ledger, market_id: int) -> int:
    """A market's index, WAD."""
    markets.existing(ledger, market_id)
    return pricing.index_of(ledger, pricing.new_marks(ledger, TRADE), market_id)


def interest_rate(ledger: Ledger) -> int:
    """What negative cash costs now, WAD per second, rounded up."""
    return cash.interest_rate(ledger)


def with_orders(ledger: Ledger, account: str, purpose: int) -> Standing:
    """The account's standing now, with what its resting orders reserve."""
    return margin.standing_with_orders(ledger, account, pricing.new_marks(ledger, purpose))


def current(ledger: Ledger, account: str, purpose: int) -> Standing:
    """The account's standing now by its positions alone."""
    return margin.standing_of(ledger, account, pricing.new_marks(ledger, purpose))


def standing_at(ledger: Ledger, account: str, market_id: int, price: int) -> Standing:
    """The account's standing with one market's mark at `price`."""
    # CHECKS
    markets.existing(ledger, market_id)
    if price == 0 or price > MAX_PRICE:
        raise InvalidPrice(price)
    # PRICES
    marks = pricing.new_marks(ledger, LIQUIDATION)
    marks.terms(market_id).mark = price
    return margin.standing_of(ledger, account, marks)


def is_below_at(ledger: Ledger, standing: Standing, beside: Beside, leg: Leg, price: int) -> bool:
    """Whether an account would be below maintenance with a leg's mark at `price`."""
    # MARGIN
    equity_there = standing.equity + leg.size * (price - leg.mark) * WAD
    required = perpetuals.required_with(ledger, standing.marks, beside, leg.size, price)
    return required > 0 and equity_there < required


def can_hold(ledger: Ledger, account: str, market_id: int, moved: int) -> bool:
    """Whether a system account may take over `moved` (WAD).

    By the number of its markets and by the market's cap on positions.
    """
    # CHECKS
    held = ledger.positions.read(account, market_id).size
    markets_after = ledger.accounts.read(account).markets | 1 << market_id
    if pop_count(markets_after) > MAX_ACCOUNT_MARKETS:
        return False
    return not requirement.is_beyond_cap(ledger.market_risk(market_id), held, held + moved)


def backstop_room(ledger: Ledger, market_id: int, moved: int, marks: Marks) -> int:
    """What the vault's capacity and margin leave where it takes over `moved` (WAD); a numerator."""
    # MARGIN
    held = ledger.positions.read(BACKSTOP, market_id).size
    mark = pricing.mark_of(ledger, marks, market_id)
    capacity = takeovers.capacity_left(ledger, market_id, held, held + moved, mark)
    return min(capacity, margin_left(ledger, BACKSTOP, market_id, moved, marks))


def fund_room(ledger: Ledger, market_id: int, moved: int, marks: Marks) -> int:
    """What the insurance fund may still give beyond the margin of `moved` (WAD); a numerator."""
    # MARGIN
    left = margin_left(ledger, FUND, market_id, moved, marks)
    return left + takeovers.spare(ledger) * WEI


def margin_left(ledger: Ledger, account: str, market_id: int, moved: int, marks: Marks) -> int:
    """A system account's equity less initial margin where it takes over `moved` (WAD).

    Which may lock its reserve. A numerator.
    """
    # MARGIN
    standing = margin.standing_of(ledger, account, marks)
    size = ledger.positions.read(account, market_id).size
    own = orders.margin_of(ledger, marks, market_id, size)
    after = orders.margin_of(ledger, marks, market_id, size + moved)
    first = ledger.accounts.read(account).open_positions == 0
    reserve = ledger.parameters.liquidation_reserve if first else 0
    return margin.initial_equity(standing) - standing.initial - reserve * WEI + own - after
