"""Settling trades that an authorised matcher brings: the twin of ``Trading.sol``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import (
    cash,
    fees,
    funding,
    holdings,
    insurance,
    margin,
    margin_calls,
    mark,
    markets,
    orders,
    perpetuals,
    positions,
    pricing,
    requirement,
    routes,
)
from .errors import (
    InvalidPrice,
    InvalidSize,
    OpenInterestTooLarge,
    PriceOutsideBand,
    SameAccount,
)
from .fixed_point import WAD, WEI, absolute, mul_div_down
from .instruments import Standing
from .parameters import MAX_SIZE
from .records import TRADE

if TYPE_CHECKING:
    from .parameters import MarketParameters
    from .pricing import Marks
    from .records import Ledger


@dataclass(slots=True)
class Trade:
    """A trade between two accounts; size and price WAD."""

    buyer: str
    seller: str
    market_id: int
    size: int
    price: int
    buyer_is_maker: bool


@dataclass(slots=True)
class Side:
    """One side of a trade."""

    account: str
    size_delta: int
    """Change of the account's position, WAD; positive buys."""
    size: int
    """The position before the trade, its funding and losses booked."""
    quote: int
    """What had been paid for it; a numerator."""
    cash: int
    """The account's cash before the trade, with interest, where it reduces; wei."""
    reduces: bool
    """Whether the position shrinks without changing its sign."""
    closed: int
    """How much of a position the trade closes, WAD."""
    fee: int = 0
    """What the side paid, wei."""


def settle_trade(ledger: Ledger, trade: Trade) -> None:
    """Settles a trade.

    Both positions change by one exact notional, both sides pay the fee, and each must end with
    initial margin or have reduced its position without lowering its margin ratio.
    """
    # CHECKS
    if trade.buyer == trade.seller:
        raise SameAccount(trade.buyer)
    parameters = markets.active(ledger, trade.market_id)
    validate_order(parameters, trade.size, trade.price)
    # PRICES
    marks = pricing.new_marks(ledger, TRADE)
    index = pricing.index_of(ledger, marks, trade.market_id)
    validate_band(parameters.band_rate, trade.price, index)
    funding.accrue(ledger, trade.market_id)
    # MARGIN
    buyer = open_side(ledger, trade.buyer, trade.market_id, trade.size)
    seller = open_side(ledger, trade.seller, trade.market_id, -trade.size)
    # CHECKS
    if not buyer.reduces or not seller.reduces:
        markets.require_open(ledger, trade.market_id)
    # EFFECTS
    apply_sides(ledger, trade, buyer, seller, marks)
    mark.sample(ledger, trade.market_id, trade.price, index, notional_of(trade))
    funding.set_rate(
        ledger, trade.market_id, index, pricing.mark_of(ledger, marks, trade.market_id)
    )
    # MARGIN
    verify_side(ledger, buyer, trade.market_id, marks)
    verify_side(ledger, seller, trade.market_id, marks)
    # EVENTS
    ledger.emit(
        "TradeSettled",
        trade.market_id,
        trade.buyer,
        trade.seller,
        trade.size,
        trade.price,
        buyer.fee,
        seller.fee,
    )


def notional_of(trade: Trade) -> int:
    """The trade's notional, wei; exact, because step x tick is a multiple of WAD."""
    return trade.size * trade.price // WAD


def validate_order(parameters: MarketParameters, size: int, price: int) -> None:
    """Reverts unless size is a multiple of the step and price one of the tick."""
    # CHECKS
    if size == 0 or size > MAX_SIZE or size % parameters.size_step != 0:
        raise InvalidSize(size)
    if price == 0 or price % parameters.price_tick != 0:
        raise InvalidPrice(price)


def validate_band(band_rate: int, price: int, index: int) -> None:
    """Reverts unless the price is at most the band's share of the index away from the index."""
    # CHECKS
    band = mul_div_down(index, band_rate, WAD)
    if price > index + band or price + band < index:
        raise PriceOutsideBand(price, index)


def open_side(ledger: Ledger, account: str, market_id: int, size_delta: int) -> Side:
    """Books the account's position, and keeps what it was before the trade.

    A system account may only reduce.
    """
    # EFFECTS
    funding.book(ledger, account, market_id)
    # MARGIN
    position = ledger.positions.read(account, market_id)
    size = position.size
    is_against = (size > 0) != (size_delta > 0)
    held, traded = absolute(size), absolute(size_delta)
    reduces = is_against and held >= traded
    closed = min(held, traded) if is_against else 0
    amount = cash.current(ledger, account) if reduces else 0
    side = Side(account, size_delta, size, position.quote, amount, reduces, closed)
    # CHECKS
    if not side.reduces:
        routes.require_ordinary(account)
    return side


def apply_sides(ledger: Ledger, trade: Trade, buyer: Side, seller: Side, marks: Marks) -> None:
    """Changes both positions; reverts where open interest would rise beyond the market's cap."""
    # EFFECTS
    before = ledger.markets.read(trade.market_id).open_interest
    apply_side(ledger, trade, buyer, marks)
    apply_side(ledger, trade, seller, marks)
    # CHECKS
    risk, market = ledger.market_risk(trade.market_id), ledger.markets.read(trade.market_id)
    if requirement.is_crowded(risk, market, before):
        raise OpenInterestTooLarge(trade.market_id)


def apply_side(ledger: Ledger, trade: Trade, side: Side, marks: Marks) -> None:
    """Charges the fee, by the volume before the trade, and changes the position.

    Which may lock or release the reserve. The trade is taken off the maker's resting orders.
    """
    # EFFECTS
    side.fee = fee_of(ledger, trade, side, marks)
    insurance.charge_trade_fee(ledger, side.account, side.fee)
    fees.add_volume(ledger, side.account, notional_of(trade))
    if is_maker(trade, side):
        orders.fill(ledger, side.account, trade.market_id, side.size_delta, notional_of(trade))
    positions.change(ledger, side.account, trade.market_id, side.size_delta, trade.price)


def is_maker(trade: Trade, side: Side) -> bool:
    """Whether a side is the trade's maker."""
    return (side.size_delta > 0) == trade.buyer_is_maker


def fee_of(ledger: Ledger, trade: Trade, side: Side, marks: Marks) -> int:
    """The fee of one side, wei, rounded up.

    Who reduces pays no more than the cash that is there and what the tokens are worth, so that
    nobody is kept from reducing.
    """
    share = fees.share_of(ledger, side.account, is_maker=is_maker(trade, side))
    parameters = ledger.market_parameters(trade.market_id)
    fee = fees.trade_fee(parameters, notional_of(trade), side.closed, trade.price, share)
    if not side.reduces:
        return fee
    _, worth = holdings.worth_of(ledger, side.account, marks, 0)
    return min(fee, margin.payable_by(ledger, side.account, worth))


def verify_side(ledger: Ledger, side: Side, market_id: int, marks: Marks) -> None:
    """Reverts unless cash covers what was charged and margin suffices.

    The account must have initial margin, for its resting orders too, or have reduced and kept its
    margin ratio. Its warning is brought up to date.
    """
    # MARGIN
    after = margin.standing_of(ledger, side.account, marks)
    margin.require_cash(side.account, after)
    margin_calls.update(ledger, side.account, after)
    if ledger.accounts.read(side.account).ordered_markets == 0 and margin.is_above_initial(after):
        return
    if side.reduces and margin.is_ratio_kept(
        standing_before(ledger, side, market_id, after), after
    ):
        return
    after.initial = orders.initial_of(ledger, side.account, marks, after)
    if not margin.is_above_initial(after):
        margin.revert_insufficient(side.account, after)


def standing_before(ledger: Ledger, side: Side, market_id: int, after: Standing) -> Standing:
    """Equity and maintenance requirement before the trade.

    Only the side's cash and its position in the market differ from its standing after it.
    """
    # MARGIN
    price = pricing.mark_of(ledger, after.marks, market_id)
    position = ledger.positions.read(side.account, market_id)
    moved = (after.cash - side.cash) * WEI
    moved += position.quote - side.quote + (position.size - side.size) * price * WAD
    beside = perpetuals.beside_of(ledger, after, market_id)
    required = perpetuals.required_with(ledger, after.marks, beside, side.size, price)
    return Standing(equity=after.equity - moved, maintenance=required)
