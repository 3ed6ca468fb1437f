"""The market route: the matcher fills a liquidatable account's position, at a price near the mark.

The twin of ``MarketRoute.sol``. What the price costs the account comes out of the liquidation fee;
what is left of the fee is the fund's, since nobody is to be rewarded. The fill moves neither the
mark nor the funding rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import (
    cash,
    deficits,
    fills,
    insurance,
    liquidation,
    liquidation_limits,
    margin,
    markets,
    orders,
    positions,
    pricing,
    trading,
)
from .auction_errors import PriceBeyondLimit
from .backstop_records import Route
from .errors import InvalidParameter, InvalidSize, NoPosition, NotLiquidatable, SameAccount
from .fixed_point import WAD, WEI, absolute, div_up, mul_div_down
from .instruments import Standing
from .liquidation import Terms
from .parameters import MAX_MARKET_LIMIT_RATE
from .records import TRADE
from .trading import Trade

if TYPE_CHECKING:
    from .parameters import MarketParameters
    from .records import Ledger


@dataclass(slots=True)
class Fill:
    """The matcher's fill of a liquidatable account's position: size and price WAD."""

    account: str
    market_id: int
    size: int
    price: int
    counterparty: str


def set_market_limit_rate(ledger: Ledger, rate: int) -> None:
    """Replaces by how much a fill may be worse than the mark for the account, WAD."""
    # CHECKS
    if rate > MAX_MARKET_LIMIT_RATE:
        raise InvalidParameter.named("marketLimitRate")
    # EFFECTS
    ledger.market_limits.edit().rate = rate
    # EVENTS
    ledger.emit("MarketLimitChanged", rate)


def liquidate_to_market(ledger: Ledger, fill: Fill) -> None:
    """Settles a fill: trigger, size, limits and deficit are a keeper's.

    Prices must be fresh enough for trading, and the counterparty must pass as the maker of a trade
    does.
    """
    # CHECKS
    if fill.counterparty == fill.account:
        raise SameAccount(fill.account)
    account, market_id = fill.account, fill.market_id
    parameters = markets.active(ledger, market_id)
    trading.validate_order(parameters, fill.size, fill.price)
    # PRICES
    marks = pricing.distress_marks(ledger, TRADE)
    index = pricing.index_of(ledger, marks, market_id)
    trading.validate_band(parameters.band_rate, fill.price, index)
    # MARGIN
    terms = Terms()
    positions.book_all(ledger, account)
    terms.held = ledger.positions.read(account, market_id).size
    if terms.held == 0:
        raise NoPosition(account, market_id)
    standing = margin.standing_of(ledger, account, marks)
    if not margin.is_below_maintenance(standing):
        raise NotLiquidatable(account)
    liquidation.await_top_up(ledger, account)
    terms.mark = pricing.mark_of(ledger, marks, market_id)
    terms.size = liquidation.liquidation_size(ledger, market_id, standing)
    if liquidation_limits.is_on(ledger):
        terms.size = liquidation_limits.restrict(ledger, account, market_id, terms.size, fill.size)
    require_size(parameters, fill.size, terms)
    gain = gain_of(fill, terms)
    require_limit(ledger, fill, standing, terms, gain)
    cost = div_up(-gain, WEI) if gain < 0 else 0
    # EFFECTS
    orders.release_all(ledger, account)
    terms.fee = charge_rest(ledger, fill, standing, terms, cost)
    # What the price brings beside the mark is the account's before its deficit is covered.
    ledger.positions.edit(account, market_id).quote += gain
    terms.deficit = deficits.cover_deficit(ledger, account, market_id, terms.size, marks.purpose)
    trade_fee = exchange(ledger, fill, terms)
    # EVENTS
    ledger.emit(
        "MarketFilled",
        account,
        market_id,
        fill.counterparty,
        fill.size,
        fill.price,
        cost,
        trade_fee,
    )
    emit_liquidated(ledger, fill, terms)


def require_size(parameters: MarketParameters, size: int, terms: Terms) -> None:
    """Reverts where a fill is larger than a takeover may be, or leaves dust behind.

    Else it is the size taken.
    """
    # CHECKS
    left = absolute(terms.held) - min(size, terms.size)
    is_dust = left * terms.mark < parameters.minimum_notional * WAD
    if size > terms.size or (size < terms.size and is_dust):
        raise InvalidSize(size)
    terms.size = size


def gain_of(fill: Fill, terms: Terms) -> int:
    """What the price brings the account beside the mark, negative where it costs; a numerator."""
    # MARGIN
    better = fill.price - terms.mark
    return terms.size * (better if terms.held > 0 else -better) * WAD


def require_limit(ledger: Ledger, fill: Fill, standing: Standing, terms: Terms, gain: int) -> None:
    """Reverts where the price is worse than the mark by more than the limit.

    Or than the bankruptcy price: what is taken costs no more than its part of the equity, so that
    the rest is no less safe than before and no fill makes a deficit, or a larger one. `gain` is
    what the price brings beside the mark, a numerator as equity.
    """
    # CHECKS
    if gain >= 0:
        return
    most = mul_div_down(terms.mark, ledger.market_limit_rate, WAD)
    is_worse = abs(fill.price - terms.mark) > most
    if is_worse or not keeps_ratio(ledger, fill.market_id, standing, terms, gain):
        raise PriceBeyondLimit(fill.price, terms.mark)


def keeps_ratio(
    ledger: Ledger, market_id: int, standing: Standing, terms: Terms, gain: int
) -> bool:
    """Whether the margin ratio does not fall by what a price costs.

    And by what is then no longer required.
    """
    # MARGIN
    required = liquidation.required_after(ledger, market_id, standing, terms)
    after = Standing(equity=standing.equity + gain, maintenance=required)
    return margin.is_ratio_kept(standing, after)


def charge_rest(ledger: Ledger, fill: Fill, standing: Standing, terms: Terms, cost: int) -> int:
    """Charges what the price's cost (wei) leaves of the fee, for the fund; answers with it, wei."""
    # MARGIN
    fee = liquidation.fee_due(ledger, fill.account, fill.market_id, standing, terms)
    if fee <= cost:
        return 0
    rest = fee - cost
    # EFFECTS
    cash.add(ledger, fill.account, -rest)
    insurance.credit(ledger, rest)
    return rest


def exchange(ledger: Ledger, fill: Fill, terms: Terms) -> int:
    """Moves the position; answers with the counterparty's trading fee, wei.

    At the mark for the account, which has what the price brings beside it already, and at the
    price for the counterparty.
    """
    # EFFECTS
    moved = terms.size if terms.held > 0 else -terms.size
    positions.change(ledger, fill.account, fill.market_id, -moved, terms.mark)
    account, counterparty = fill.account, fill.counterparty
    market_id, size, price = fill.market_id, fill.size, fill.price
    if terms.held > 0:
        return fills.fill_maker(ledger, Trade(counterparty, account, market_id, size, price, True))
    return fills.fill_maker(ledger, Trade(account, counterparty, market_id, size, price, False))


def emit_liquidated(ledger: Ledger, fill: Fill, terms: Terms) -> None:
    """Says what was taken over, as of every route; there is no reward."""
    # EVENTS
    ledger.emit(
        "Liquidated",
        fill.account,
        fill.market_id,
        fill.counterparty,
        terms.size,
        terms.mark,
        terms.fee,
        0,
        terms.deficit,
        int(Route.MARKET),
    )
