"""The end of a market's life: only reducing, then delisting; the twin of ``MarketLife.sol``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import markets
from .life_errors import ReduceOnlyUnchanged
from .records import OPEN, REDUCE_ONLY

if TYPE_CHECKING:
    from .records import Ledger


def set_reduce_only(ledger: Ledger, market_id: int, reduce_only: bool) -> None:
    """From here on trades may only reduce positions in a market, or no longer only that."""
    # CHECKS
    markets.existing(ledger, market_id)
    if (ledger.markets.read(market_id).phase == REDUCE_ONLY) == reduce_only:
        raise ReduceOnlyUnchanged
    # EFFECTS
    ledger.markets.edit(market_id).phase = REDUCE_ONLY if reduce_only else OPEN
    # EVENTS
    ledger.emit("ReduceOnlyChanged", market_id, reduce_only)
