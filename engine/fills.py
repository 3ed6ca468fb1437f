"""The maker's side of a trade whose other side is liquidated: the twin of ``Fills.sol``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import markets, pricing, trading
from .records import TRADE

if TYPE_CHECKING:
    from .records import Ledger
    from .trading import Trade


def fill_maker(ledger: Ledger, trade: Trade) -> int:
    """Settles the maker's side as that of any trade; answers with the fee, wei.

    Its fee, its resting orders, its position, and the margin that it must have or keep. Where
    trades may only reduce, it must reduce.
    """
    # PRICES
    marks = pricing.new_marks(ledger, TRADE)
    # MARGIN
    maker = trade.buyer if trade.buyer_is_maker else trade.seller
    size_delta = trade.size if trade.buyer_is_maker else -trade.size
    side = trading.open_side(ledger, maker, trade.market_id, size_delta)
    # CHECKS
    if not side.reduces:
        markets.require_open(ledger, trade.market_id)
    # EFFECTS
    trading.apply_side(ledger, trade, side, marks)
    # MARGIN
    trading.verify_side(ledger, side, trade.market_id, marks)
    return side.fee
