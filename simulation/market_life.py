"""What becomes of markets during a scenario: paused, reduce-only, delisted; and who settles them.

In plain integers, as in :mod:`weiproof.simulation.scenario`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weiproof.engine.call import Value

REDUCE_ONLY, OPEN, PAUSED, UNPAUSED, DELISTED = BECOMES = (
    "reduce-only",
    "open",
    "paused",
    "unpaused",
    "delisted",
)
"""What the administrator can make of a market."""

LISTED, REVERSED, SHUFFLED = ORDERS = ("listed", "reversed", "shuffled")
"""Orders in which a settler goes through accounts: as they stand in the file, or otherwise."""


@dataclass(frozen=True, slots=True)
class MarketEvent:
    """The administrator pauses, limits or delists a market, or undoes it."""

    at: int
    """Unix seconds."""
    market: int
    """Market id."""
    becomes: str
    """One of `BECOMES`."""

    def call(self) -> tuple[str, tuple[Value, ...]]:
        """The function of the clearing house, and its arguments."""
        if self.becomes == DELISTED:
            return "delist", (self.market,)
        if self.becomes in {REDUCE_ONLY, OPEN}:
            return "setReduceOnly", (self.market, self.becomes == REDUCE_ONLY)
        return "setMarketPaused", (self.market, self.becomes == PAUSED)


@dataclass(frozen=True, slots=True)
class Settler:
    """Somebody who settles delisted markets: positions, then the ratio, then claims."""

    name: str
    latency: int
    """Seconds from delisting to the first call."""
    capacity: int
    """Most calls in one block."""
    order: str
    """One of `ORDERS`."""


@dataclass(frozen=True, slots=True)
class MarketLife:
    """Events of markets by time, and who settles what is delisted."""

    events: tuple[MarketEvent, ...] = ()
    """By time; of equal times in the order of the file."""
    settlers: tuple[Settler, ...] = ()


NO_EVENTS = MarketLife()
