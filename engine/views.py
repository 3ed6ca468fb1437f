"""Published figures, derived from stored records and marks, rounded against the account.

The twin of ``Views.sol``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import liquidation, margin, markets
from .errors import InvalidPrice
from .fixed_point import MAX_INT256, WAD, WEI, absolute, div_up, floor_div, mul_div_floor
from .margin import Standing
from .records import LIQUIDATION, MAX_PRICE, TOKEN_UNIT, TRADE, WITHDRAW

if TYPE_CHECKING:
    from .records import Ledger


def equity(ledger: Ledger, account: str) -> int:
    """Equity, wei, rounded down."""
    return floor_div(current(ledger, account, LIQUIDATION).equity, WEI)


def initial_margin(ledger: Ledger, account: str) -> int:
    """Initial margin, wei, rounded up."""
    return div_up(current(ledger, account, TRADE).initial, WEI)


def maintenance_margin(ledger: Ledger, account: str) -> tuple[int, int]:
    """Maintenance margin and, beside it, the liquidation fee; wei, rounded up."""
    standing = current(ledger, account, LIQUIDATION)
    return div_up(standing.maintenance, WEI), div_up(standing.fee, WEI)


def margin_ratio(ledger: Ledger, account: str) -> int:
    """Equity / (maintenance margin + liquidation fee), WAD, rounded down.

    The largest integer where nothing is required.
    """
    standing = current(ledger, account, LIQUIDATION)
    required = standing.maintenance + standing.fee
    if required == 0:
        return MAX_INT256
    return mul_div_floor(standing.equity, WAD, required)


def free_collateral(ledger: Ledger, account: str) -> int:
    """Equity less initial margin, wei, rounded down; negative where it falls short."""
    standing = current(ledger, account, TRADE)
    return floor_div(standing.equity - standing.initial, WEI)


def withdrawable(ledger: Ledger, account: str) -> int:
    """What can be withdrawn now, token units, rounded down; the gate is not looked at."""
    standing = current(ledger, account, WITHDRAW)
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
    the price is WAD, 0 where there is none.
    """
    # MARGIN
    parameters = markets.existing(ledger, market_id)
    size = ledger.positions.read(account, market_id).size
    if size == 0:
        return False, 0
    base = base_of(ledger, account, market_id)
    exists, price = False, 0
    for tier in ledger.tiers(market_id):
        fixed_part = base + tier.maintenance_deduction
        rate = tier.maintenance_rate + parameters.liquidation_fee_rate
        if size > 0:
            candidate = long_liquidation_price(fixed_part, size, rate)
        else:
            candidate = short_liquidation_price(fixed_part, absolute(size), rate)
        if candidate == 0 or (size < 0 and candidate > MAX_PRICE):
            continue
        if not exists or (size > 0) == (candidate > price):
            price = candidate
        exists = True
    return exists, min(price, MAX_PRICE)


def liquidation_size(ledger: Ledger, account: str, market_id: int) -> int:
    """How much of the position a liquidation would take now, WAD.

    0 where the account is not liquidatable.
    """
    markets.existing(ledger, market_id)
    if ledger.positions.read(account, market_id).size == 0:
        return 0
    marks = margin.new_marks(ledger, LIQUIDATION)
    standing = margin.standing_of(ledger, account, marks)
    if not margin.is_below_maintenance(standing):
        return 0
    mark = margin.mark_of(ledger, marks, market_id)
    return liquidation.liquidation_size(ledger, account, market_id, standing, mark)


def current(ledger: Ledger, account: str, purpose: int) -> Standing:
    """The account's standing now."""
    return margin.standing_of(ledger, account, margin.new_marks(ledger, purpose))


def standing_at(ledger: Ledger, account: str, market_id: int, price: int) -> Standing:
    """The account's standing with one market's mark at `price`."""
    # CHECKS
    markets.existing(ledger, market_id)
    if price == 0 or price > MAX_PRICE:
        raise InvalidPrice(price)
    # PRICES
    marks = margin.new_marks(ledger, LIQUIDATION)
    marks.known[market_id] = price
    return margin.standing_of(ledger, account, marks)


def base_of(ledger: Ledger, account: str, market_id: int) -> int:
    """Equity less requirements of everything but this market's price-dependent part.

    A numerator.
    """
    # MARGIN
    marks = margin.new_marks(ledger, LIQUIDATION)
    whole = margin.standing_of(ledger, account, marks)
    part = Standing()
    margin.add_position(ledger, account, market_id, marks, part)
    required = whole.maintenance + whole.fee - part.maintenance - part.fee
    return whole.equity - part.equity - required + margin.booked_quote(ledger, account, market_id)


def long_liquidation_price(fixed_part: int, size: int, rate: int) -> int:
    """Largest price at which fixed_part + size x price x (1 - rate) < 0; 0 where there is none."""
    if fixed_part >= 0:
        return 0
    return div_up(absolute(fixed_part), size * (WAD - rate)) - 1


def short_liquidation_price(fixed_part: int, size: int, rate: int) -> int:
    """Smallest price, at least 1, at which fixed_part - size x price x (1 + rate) < 0."""
    if fixed_part < 0:
        return 1
    return fixed_part // (size * (WAD + rate)) + 1
