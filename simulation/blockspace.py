"""Room in a block: what others want of it, and what senders bid; in plain integers.

A block has room for a number of our calls. In times of demand others fill places of it at the gas
price of a path: a call that bids as much may have any place, one that bids less only those that
others leave. Oracles are served first, then keepers (:mod:`weiproof.simulation.contention`).
"""

from __future__ import annotations

from dataclasses import dataclass

from weiproof.engine.fixed_point import WAD, div_up


@dataclass(frozen=True, slots=True)
class Demand:
    """A time in which others want places."""

    start: int
    """First second of it, unix seconds."""
    end: int
    """First second after it, unix seconds."""
    calls: int
    """Places that they fill in each block."""
    gas: str
    """Name of the path of what they bid."""


@dataclass(frozen=True, slots=True)
class Blockspace:
    """Room for calls of oracles and keepers."""

    calls: int
    """Places in a block."""
    bid_step: int
    """By how much a sender raises its bid after a block without a place for it, WAD share."""
    demand: tuple[Demand, ...]


@dataclass(frozen=True, slots=True)
class Bids:
    """What a sender pays for gas, in a gas path's numbers."""

    first: int = 0
    most: int = 0

    def raised(self, bid: int, step: int) -> int:
        """The bid after one that found no place: a step more, rounded up, at most `most`."""
        return min(bid + div_up(bid * step, WAD), self.most)

    def lowered(self, bid: int, step: int) -> int:
        """The bid after one that found its place: a step less, rounded up, at least `first`."""
        return max(div_up(bid * WAD, WAD + step), self.first)


NO_BIDS = Bids()
