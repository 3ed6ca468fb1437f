"""A price round as ``AggregatorV3Interface`` hands it out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Round:
    """One round; the answer in the feed's decimals, times in unix seconds."""

    round_id: int
    answer: int
    started_at: int
    updated_at: int
    answered_in_round: int

    def fields(self) -> tuple[int, int, int, int, int]:
        """The values in the order of the interface."""
        times = (self.started_at, self.updated_at)
        return (self.round_id, self.answer, *times, self.answered_in_round)
