"""Prices of one call, each read at most once: the twin of ``Pricing.sol``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import mark
from .errors import Revert
from .life_records import DELISTED
from .records import LIQUIDATION, TRADE

if TYPE_CHECKING:
    from .records import Ledger


@dataclass(slots=True)
class MarketTerms:
    """What a call reads of a market, once: none of it changes within a call."""

    index: int = 0
    """WAD; 0 before it is read."""
    mark: int = 0
    """WAD; 0 before it is read."""
    known: bool = False
    """Whether what follows was read."""
    phase: int = 0
    """What the market's life has come to."""
    is_ramping: bool = False
    """Whether its terms are on their way."""
    fee_rate: int = 0
    """Liquidation fee rate in force, WAD."""
    initial_scale: int = 0
    """By how much volatility scales initial margin, WAD."""
    maintenance_scale: int = 0
    """By how much it scales maintenance margin, WAD."""
    funding_index: int = 0
    """As of this block."""


@dataclass(slots=True)
class Marks:
    """What one call goes by."""

    purpose: int
    """What the prices of markets are read for."""
    tokens: int
    """What those of tokens are read for."""
    markets: dict[int, MarketTerms] = field(default_factory=dict)
    prices: dict[int, int] = field(default_factory=dict)
    """Prices of tokens, WAD."""

    def terms(self, market_id: int) -> MarketTerms:
        """A market's terms, as far as they were read."""
        return self.markets.setdefault(market_id, MarketTerms())


def new_marks(ledger: Ledger, purpose: int) -> Marks:  # noqa: ARG001 - the twin sizes arrays by the ledger
    """An empty set of marks for one call."""
    return Marks(purpose, purpose)


def distress_marks(ledger: Ledger, purpose: int) -> Marks:
    """An empty set of marks by which an account in distress is judged.

    Whatever its markets go by, a token too old for a trade still counts, and one without a price
    does not pass for nothing.
    """
    marks = new_marks(ledger, purpose)
    marks.tokens = LIQUIDATION
    return marks


def trade_marks(ledger: Ledger, marks: Marks) -> Marks:  # noqa: ARG001 - as above
    """The same marks of markets, by which those are judged who are not in distress."""
    return Marks(marks.purpose, TRADE, marks.markets)


def index_of(ledger: Ledger, marks: Marks, market_id: int) -> int:
    """The index of a market: the price of the oracle hub."""
    # PRICES
    terms = marks.terms(market_id)
    if terms.index == 0:
        price_id = ledger.market_parameters(market_id).price_id
        terms.index = ledger.hub.read_price(price_id, marks.purpose)
    return terms.index


def mark_of(ledger: Ledger, marks: Marks, market_id: int) -> int:
    """The mark of a market; of a delisted one the final price, for which no oracle is read."""
    # PRICES
    terms = marks.terms(market_id)
    if terms.mark != 0:
        return terms.mark
    if ledger.markets.read(market_id).phase >= DELISTED:
        terms.mark = ledger.finals.read(market_id).price
    else:
        terms.mark = mark.mark_at(ledger, market_id, index_of(ledger, marks, market_id))
    return terms.mark


def mark_or_zero(ledger: Ledger, marks: Marks, market_id: int) -> int:
    """The mark of a market, or 0 where no price can be trusted."""
    # PRICES
    is_listed = ledger.markets.read(market_id).phase < DELISTED
    if is_listed and marks.terms(market_id).mark == 0:
        try:
            index_of(ledger, marks, market_id)
        except Revert:
            return 0
    return mark_of(ledger, marks, market_id)


def token_price_or_zero(ledger: Ledger, marks: Marks, collateral_id: int) -> int:
    """The price of a token, WAD, or 0 where none can be trusted."""
    # PRICES
    if collateral_id not in marks.prices:
        price_id = ledger.collateral_parameters.read(collateral_id).price_id
        try:
            marks.prices[collateral_id] = ledger.hub.read_price(price_id, marks.tokens)
        except Revert:
            return 0
    return marks.prices[collateral_id]
