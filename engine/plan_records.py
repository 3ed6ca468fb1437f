"""Records of owners' plans: with ``records.py``, the twin of ``Records.sol``."""

from __future__ import annotations

from dataclasses import dataclass

from .contract import ZERO_ADDRESS
from .state import Record


@dataclass(slots=True)
class Plan(Record):
    """What an owner decided in advance for an account in distress; zero is off."""

    market_order: int = 0
    """Markets in which keepers take over first, from the lowest byte on.

    One more than the id in each byte, 0 behind the last.
    """
    stop_ratio: int = 0
    """Ratio of equity to maintenance margin and fee below which others may reduce.

    And below which the account is topped up, WAD.
    """
    reduce_fee_share: int = 0
    """Share of the liquidation fee rate that a reduction costs, WAD."""
    top_up_limit: int = 0
    """Most that is still moved from the source, token units."""
    top_up_source: str = ZERO_ADDRESS
    """The owner's account that tops up."""
