"""Funding: the premium of the mark over the index.

Accrued by the second into an index per market.

The twin of ``Funding.sol``. Nothing is rounded here but the premium: a rate is WAD per second, so
rate x price x seconds is an exact index step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fixed_point import WAD, absolute, clamp, div_truncate

if TYPE_CHECKING:
    from .records import Ledger, MarketRecord, Position


def current_index(ledger: Ledger, market_id: int) -> int:
    """The market's funding index as of this block.

    It stands still while market or system is paused.
    """
    record = ledger.markets.read(market_id)
    if record.paused or ledger.record.paused:
        return record.funding_index
    elapsed = ledger.now - record.accrued_at
    return record.funding_index + record.funding_rate * record.funding_price * elapsed


def accrue(ledger: Ledger, market_id: int) -> None:
    """Advances the index to this block with the rate and price stored at the last accrual.

    Reads no price.
    """
    if ledger.markets.read(market_id).accrued_at == ledger.now:
        return
    # EFFECTS
    record = ledger.markets.edit(market_id)
    record.funding_index = current_index(ledger, market_id)
    record.accrued_at = ledger.now
    # EVENTS
    ledger.emit("FundingAccrued", market_id, record.funding_index, record.funding_price)


def set_rate(ledger: Ledger, market_id: int, index: int, mark: int) -> None:
    """Sets rate and price from this block on.

    The rate is the mark's premium over the index, over the funding period, at most the highest rate
    (dYdX v4 and Derive fund on such a premium); premium and rate are rounded toward zero.
    """
    parameters = ledger.market_parameters(market_id)
    # EFFECTS
    premium = div_truncate((mark - index) * WAD, index)
    rate = div_truncate(premium, parameters.funding_period)
    rate = clamp(rate, parameters.maximum_funding_rate)
    if rate != ledger.markets.read(market_id).funding_rate:
        ledger.markets.edit(market_id).funding_rate = rate
        # EVENTS
        ledger.emit("FundingRateChanged", market_id, premium, rate)
    set_price(ledger, market_id, index)


def set_price(ledger: Ledger, market_id: int, index: int) -> None:
    """Funding runs on this index price from this block on."""
    if ledger.markets.read(market_id).funding_price == index:
        return
    # EFFECTS
    ledger.markets.edit(market_id).funding_price = index
    # EVENTS
    ledger.emit("FundingPriceChanged", market_id, index)


def pending_funding(position: Position, index: int) -> int:
    """Funding that a position has accrued since it was last booked.

    Positive is received, negative owed.
    """
    return -position.size * (index - position.funding_index)


def pending_loss(market: MarketRecord, position: Position) -> int:
    """Socialised loss that was charged to a position's side since it was last booked."""
    index = loss_index(market, position.size)
    if position.size == 0 or index == 0:
        return 0
    return absolute(position.size) * (index - position.loss_index)


def loss_index(market: MarketRecord, size: int) -> int:
    """The loss index of the side that a position of this size is on."""
    if not market.socialised:
        return 0
    return market.short_loss_index if size < 0 else market.long_loss_index


def book_losses(market: MarketRecord, position: Position, size: int) -> None:
    """From here on a position of this size is charged what its side is.

    Nothing is written where no side was ever charged.
    """
    if not market.socialised:
        return
    # EFFECTS
    position.loss_index = loss_index(market, size)


def book(ledger: Ledger, account: str, market_id: int) -> None:
    """Accrues the market and books what the position has accrued to its quote."""
    accrue(ledger, market_id)
    market = ledger.markets.read(market_id)
    position = ledger.positions.edit(account, market_id)
    # EFFECTS
    funding = pending_funding(position, market.funding_index)
    loss = pending_loss(market, position)
    position.funding_index = market.funding_index
    book_losses(market, position, position.size)
    if funding == 0 and loss == 0:
        return
    position.quote += funding - loss
    # EVENTS
    ledger.emit("FundingBooked", account, market_id, funding, loss)
