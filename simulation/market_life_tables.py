"""The tables of a scenario file about the life of markets.

Pydantic models like those of :mod:`weiproof.simulation.schema`, which holds the other tables.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .fields import Delay, Name, Small, Time  # noqa: TC001 - fields' types
from .price_tables import Table


class MarketEventTable(Table):
    """`[[market_event]]`: the administrator pauses, limits or delists a market, or undoes it."""

    at: Time
    market: Name
    becomes: Literal["reduce-only", "open", "paused", "unpaused", "delisted"]


class SettlerTable(Table):
    """`[[settler]]`: settles delisted markets: positions, then the ratio, then claims."""

    name: Name
    latency: Delay = Field(description="seconds from delisting to its first call")
    capacity: Small = Field(description="most calls in one block")
    order: Literal["listed", "reversed", "shuffled"] = Field(
        default="listed", description="in which it goes through accounts"
    )
