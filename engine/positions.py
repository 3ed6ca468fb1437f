"""How positions change and how their profit and loss becomes cash.

The twin of ``Positions.sol``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cash, funding, insurance, requirement
from .bits import each_bit, pop_count
from .errors import IsolatedAccount, PositionTooLarge, TooManyMarkets
from .fixed_point import WAD, WEI, absolute, clamp, floor_div
from .life_records import CLOSED, DELISTED
from .parameters import MAX_ACCOUNT_MARKETS, MAX_SIZE

if TYPE_CHECKING:
    from .records import Ledger


def book_all(ledger: Ledger, account: str) -> None:
    """Books interest, and funding and losses of all the account's positions, up to this block."""
    cash.book(ledger, account)
    for market_id in each_bit(ledger.accounts.read(account).markets):
        funding.book(ledger, account, market_id)


def change(ledger: Ledger, account: str, market_id: int, size_delta: int, price: int) -> None:
    """Adds `size_delta` (WAD, positive buys) to a position at one price.

    Funding and losses must be booked.

    Size and quote change by the exact notional, so nothing is rounded.
    """
    exchange(ledger, account, market_id, size_delta, size_delta * price * WAD)


def exchange(ledger: Ledger, account: str, market_id: int, size_delta: int, paid: int) -> None:
    """Adds `size_delta` (WAD, positive buys) to a position for one notional.

    Funding and losses must be booked. `paid` is a numerator; negative is received.
    """
    # CHECKS
    market = ledger.markets.edit(market_id)
    position = ledger.positions.edit(account, market_id)
    size = position.size
    after = size + size_delta
    owed = position.quote if size == 0 else 0
    risk = ledger.market_risk(market_id)
    if absolute(after) > MAX_SIZE or requirement.is_beyond_cap(risk, size, after):
        raise PositionTooLarge(account, market_id)
    require_member(ledger, account, market_id)
    # EFFECTS
    ledger.accounts.edit(account).markets |= 1 << market_id
    if size == 0:
        _count_opened(ledger, account)
    if after == 0:
        _count_closed(ledger, account)
    position.size = after
    position.quote -= paid
    position.funding_index = market.funding_index
    funding.book_losses(market, position, after)
    market.open_interest += _long(after) - _long(size)
    # EVENTS
    ledger.emit("PositionChanged", account, market_id, after, position.quote)
    if after == 0:
        _settle(ledger, account, market_id, 0, 0)
    # EFFECTS
    quote = ledger.positions.read(account, market_id).quote
    _count_owed(ledger, market_id, owed, quote if after == 0 else 0)


def require_member(ledger: Ledger, account: str, market_id: int) -> None:
    """Reverts where the account is tied to another market, or would be in more than it may.

    By position, quote or order.
    """
    # CHECKS
    record = ledger.accounts.read(account)
    if record.isolated_to not in (0, market_id + 1):
        raise IsolatedAccount(account, record.isolated_to - 1)
    if pop_count(record.markets | record.ordered_markets | 1 << market_id) > MAX_ACCOUNT_MARKETS:
        raise TooManyMarkets(account)


def is_profit(ledger: Ledger, account: str, market_id: int, mark: int) -> bool:
    """Whether a position's quote and value at the mark (WAD) come to a profit or to nothing."""
    position = ledger.positions.read(account, market_id)
    return position.quote + position.size * mark * WAD >= 0


def settle(ledger: Ledger, account: str, market_id: int, mark: int, credit: int) -> None:
    """Turns profit or loss into cash; health does not change.

    A loss goes as far as the account's cash and credit reach, a profit as far as the market's
    clearing balance (the pool of settled losses) reaches, and in a delisted market not at all.
    `mark` (WAD) is without effect where the position is closed; `credit` is how far below zero a
    loss may take cash, wei.
    """
    position = ledger.positions.read(account, market_id)
    owed = position.quote if position.size == 0 else 0
    # EFFECTS
    _settle(ledger, account, market_id, mark, credit)
    if position.size == 0:
        quote = ledger.positions.read(account, market_id).quote
        _count_owed(ledger, market_id, owed, quote)


def forget(ledger: Ledger, account: str, market_id: int) -> None:
    """Forgets a closed position."""
    # EFFECTS
    ledger.positions.delete(account, market_id)
    ledger.accounts.edit(account).markets &= ~(1 << market_id)


def _settle(ledger: Ledger, account: str, market_id: int, mark: int, credit: int) -> None:
    """Without counting what the position owes once it is closed."""
    position = ledger.positions.read(account, market_id)
    profit = position.quote + position.size * mark * WAD
    if profit >= 0 and ledger.markets.read(market_id).phase == CLOSED:
        return
    reach = ledger.accounts.read(account).cash + credit
    pool = reach if profit < 0 else _pool_of(ledger, market_id)
    # A loss is rounded up and a profit down; the fraction stays in the quote.
    amount = floor_div(profit, WEI)
    # EFFECTS
    amount = 0 if pool <= 0 else clamp(amount, pool)
    if amount != 0:
        cash.add(ledger, account, amount)
        _pay(ledger, market_id, amount)
        ledger.positions.edit(account, market_id).quote -= amount * WEI
        # EVENTS
        ledger.emit("ProfitSettled", account, market_id, amount)
    if position.size == 0:
        _release(ledger, account, market_id)


def _pool_of(ledger: Ledger, market_id: int) -> int:
    """How much of profits can be paid now, wei: nothing where they became claims."""
    market = ledger.markets.read(market_id)
    return 0 if market.phase >= DELISTED else market.clearing


def _pay(ledger: Ledger, market_id: int, amount: int) -> None:
    """Takes a profit from the market's clearing balance, or adds a loss to it.

    Once it is closed, to the fund.
    """
    # EFFECTS
    if ledger.markets.read(market_id).phase == CLOSED:
        insurance.credit(ledger, -amount)
    else:
        ledger.markets.edit(market_id).clearing -= amount


def _count_owed(ledger: Ledger, market_id: int, before: int, after: int) -> None:
    """Counts what a closed position owes after a change, where its quote was or is negative."""
    if before >= 0 and after >= 0:
        return
    # EFFECTS
    ledger.finals.edit(market_id).unpaid += max(-after, 0) - max(-before, 0)


def _count_opened(ledger: Ledger, account: str) -> None:
    """Counts a position that was opened; the first one locks the liquidation reserve."""
    record = ledger.accounts.edit(account)
    reserve = ledger.parameters.liquidation_reserve
    # EFFECTS
    record.open_positions += 1
    if record.open_positions > 1 or reserve == 0:
        return
    record.reserve = reserve
    cash.add(ledger, account, -reserve)
    # EVENTS
    ledger.emit("ReserveChanged", account, reserve)


def _count_closed(ledger: Ledger, account: str) -> None:
    """Counts a position that was closed; the last one releases what is left of the reserve."""
    record = ledger.accounts.edit(account)
    # EFFECTS
    record.open_positions -= 1
    if record.open_positions > 0 or record.reserve == 0:
        return
    cash.add(ledger, account, record.reserve)
    record.reserve = 0
    # EVENTS
    ledger.emit("ReserveChanged", account, 0)


def _release(ledger: Ledger, account: str, market_id: int) -> None:
    """Forgets a closed position once less than a wei is left of it.

    The fraction is the market's dust.
    """
    position = ledger.positions.read(account, market_id)
    # EFFECTS
    if 0 <= position.quote < WEI:
        ledger.markets.edit(market_id).dust += position.quote
        forget(ledger, account, market_id)
    market = ledger.markets.read(market_id)
    if market.open_interest == 0 and market.phase != CLOSED:
        _sweep(ledger, market_id)


def _sweep(ledger: Ledger, market_id: int) -> None:
    """Moves the whole wei of a market's dust from its clearing balance to the system's dust."""
    amount = ledger.markets.read(market_id).dust // WEI
    if amount == 0:
        return
    # EFFECTS
    market = ledger.markets.edit(market_id)
    market.dust -= amount * WEI
    market.clearing -= amount
    ledger.edit_record().dust += amount
    # EVENTS
    ledger.emit("DustSwept", market_id, amount)


def _long(size: int) -> int:
    return max(size, 0)
