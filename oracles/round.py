"""A price round as ``AggregatorV3Interface`` hands it out, and what a consumer asks of a feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Round:
    """One round; the answer in the feed's decimals, times in unix seconds."""

    round_id: int
    answer: int
    started_at: int
    updated_at: int
    answered_in_round: int


@runtime_checkable
class RoundSource(Protocol):
    """A feed, as a consumer sees it."""

    def decimals(self) -> tuple[int]:
        """Decimals of every answer."""
        ...

    def latest_round(self) -> Round:
        """The latest round; may revert."""
        ...
