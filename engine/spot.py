"""Settling trades of tokens between two accounts, which an authorised matcher brings.

The twin of ``Spot.sol``. Tokens and cash change hands inside the house. A token may be bought on
margin, as far as its initial weight carries what it costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import (
    cash,
    fees,
    holdings,
    insurance,
    margin,
    margin_calls,
    orders,
    pricing,
    routes,
    trading,
)
from .errors import InvalidPrice, SameAccount
from .fixed_point import WAD, div_up
from .parameters import MAX_PRICE
from .records import TRADE

if TYPE_CHECKING:
    from .instruments import Standing
    from .pricing import Marks
    from .records import Ledger


@dataclass(slots=True)
class SpotTrade:
    """A trade of a token between two accounts."""

    buyer: str
    seller: str
    collateral_id: int
    amount: int
    """Token units."""
    price: int
    """Of a whole token, WAD."""
    buyer_is_maker: bool


@dataclass(slots=True)
class SpotTerms:
    """What a trade of a token comes to, wei."""

    paid: int
    """By the buyer: the notional, rounded up."""
    received: int
    """By the seller: the notional, rounded down."""
    buyer_fee: int
    seller_fee: int


def settle_spot_trade(ledger: Ledger, trade: SpotTrade) -> None:
    """Settles a trade.

    Tokens go to the buyer and cash to the seller, both pay the fee, and each must end with initial
    margin and its cash covered by tokens, or have sold without lowering its margin ratio, and
    without leaving others more to cover. Reverts with ``SameAccount``, ``UnknownCollateral``,
    ``InsufficientCollateral`` (also for an amount of 0), ``InvalidPrice``, ``PriceOutsideBand``,
    the hub's reason where the token has no price, ``TooManyCollaterals``, ``InsufficientCash`` or
    ``InsufficientMargin``.
    """
    # CHECKS
    if trade.buyer == trade.seller:
        raise SameAccount(trade.buyer)
    routes.require_ordinary(trade.buyer)
    holdings.existing(ledger, trade.collateral_id)
    holdings.require_held(ledger, trade.seller, trade.collateral_id, trade.amount)
    if trade.price == 0 or trade.price > MAX_PRICE:
        raise InvalidPrice(trade.price)
    # PRICES
    marks = pricing.new_marks(ledger, TRADE)
    index = holdings.read_price(ledger, trade.collateral_id, TRADE)
    parameters = ledger.collateral_parameters.read(trade.collateral_id)
    trading.validate_band(parameters.band_rate, trade.price, index)
    # MARGIN
    before = margin.standing_of(ledger, trade.seller, marks)
    seized = margin.seized_equity(ledger, trade.seller, before)
    # EFFECTS
    terms = terms_of(ledger, trade)
    exchange(ledger, trade, terms)
    # MARGIN
    verify_party(ledger, trade.buyer, marks, before, seized, sells=False)
    verify_party(ledger, trade.seller, marks, before, seized, sells=True)
    # EVENTS
    ledger.emit(
        "SpotTradeSettled",
        trade.collateral_id,
        trade.buyer,
        trade.seller,
        trade.amount,
        trade.price,
        terms.paid,
        terms.received,
        terms.buyer_fee,
        terms.seller_fee,
    )


def terms_of(ledger: Ledger, trade: SpotTrade) -> SpotTerms:
    """What is paid, received and charged, wei.

    Fees are on what is paid, the same for both sides, by the volume before the trade, each rounded
    up.
    """
    unit = ledger.collaterals.read(trade.collateral_id).unit
    value = trade.amount * unit * trade.price
    rate = ledger.collateral_parameters.read(trade.collateral_id).trade_fee_rate
    paid = div_up(value, WAD)
    received = value // WAD
    buyer_share = fees.share_of(ledger, trade.buyer, is_maker=trade.buyer_is_maker)
    seller_share = fees.share_of(ledger, trade.seller, is_maker=not trade.buyer_is_maker)
    buyer_fee = fees.fee_on(paid, rate, buyer_share)
    return SpotTerms(paid, received, buyer_fee, fees.fee_on(paid, rate, seller_share))


def exchange(ledger: Ledger, trade: SpotTrade, terms: SpotTerms) -> None:
    """Moves tokens, cash and fees.

    What the buyer pays beyond what the seller receives is dust. Volume counts what is received.
    """
    # EFFECTS
    holdings.take(ledger, trade.seller, trade.collateral_id, trade.amount)
    holdings.add(ledger, trade.buyer, trade.collateral_id, trade.amount)
    cash.add(ledger, trade.buyer, -terms.paid)
    cash.add(ledger, trade.seller, terms.received)
    ledger.edit_record().dust += terms.paid - terms.received
    insurance.charge_trade_fee(ledger, trade.buyer, terms.buyer_fee)
    insurance.charge_trade_fee(ledger, trade.seller, terms.seller_fee)
    fees.add_volume(ledger, trade.buyer, terms.received)
    fees.add_volume(ledger, trade.seller, terms.received)


def verify_party(
    ledger: Ledger, account: str, marks: Marks, before: Standing, seized: int, *, sells: bool
) -> None:
    """Brings the account's warning up to date, and reverts unless margin suffices.

    It must have initial margin, for its resting orders too, with its cash covered by tokens, or
    have sold, kept its margin ratio, and left others no more to cover. `before` is the seller's
    standing before the trade, `seized` its equity before it, with tokens at what a seizure would
    bring; a numerator.
    """
    # MARGIN
    after = margin.standing_of(ledger, account, marks)
    margin_calls.update(ledger, account, after)
    # What is required stands, so that the ratio is kept where equity is; without positions, too.
    kept = sells and after.equity >= before.equity
    if kept and is_cover_kept(ledger, account, after, seized):
        return
    margin.require_cash(account, after)
    after.initial = orders.initial_of(ledger, account, marks, after)
    if not margin.is_above_initial(after):
        margin.revert_insufficient(account, after)


def is_cover_kept(ledger: Ledger, account: str, after: Standing, seized: int) -> bool:
    """Whether others have no more to cover of the account after a sale than before.

    Nothing, with its tokens at what a seizure would bring, or not more. Otherwise a bankrupt owner
    could sell its tokens to itself, for less than that.
    """
    # MARGIN
    left = margin.seized_equity(ledger, account, after)
    return left >= 0 or left >= seized
