"""What the rounds of a feed show about its reporting: gaps, lateness and steps, all exact."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MARGIN = 60
"""Seconds around the heartbeat within which a round is one of the heartbeat.

Real networks are up to a minute early or late."""


@dataclass(frozen=True, slots=True)
class RoundStatistics:
    """Statistics of consecutive rounds. A gap is the time between two update times."""

    count: int
    """Rounds."""
    gaps: int
    """Pairs of consecutive rounds."""
    over_heartbeat: int
    """Gaps longer than the heartbeat."""
    over_heartbeat_and_margin: int
    """Gaps longer than the heartbeat and 60 seconds."""
    longest_gap: int
    """Seconds; 0 where there is no gap."""
    duplicate_timestamps: int
    """Gaps of 0 seconds: two rounds that share an update time."""
    early_updates: int
    """Gaps shorter than the heartbeat less 60 seconds: rounds made by a deviation or on request."""
    median_early_step: Fraction | None
    """Median of |new - old| / |old| over early updates, the mean of the middle two where their
    number is even; None where there is none."""


def round_statistics(rounds: Sequence[tuple[int, int]], heartbeat: int) -> RoundStatistics:
    """Return the statistics of rounds (update time, answer) in the order of their ids.

    Raises `ValueError` where an update time falls. Steps away from an answer of 0 are left out.
    """
    gaps: list[int] = []
    steps: list[Fraction] = []
    for (before, old), (after, new) in pairwise(rounds):
        gap = after - before
        if gap < 0:
            message = f"update times must not fall, {after} follows {before}"
            raise ValueError(message)
        gaps.append(gap)
        if gap < heartbeat - MARGIN and old != 0:
            steps.append(Fraction(abs(new - old), abs(old)))
    return RoundStatistics(
        count=len(rounds),
        gaps=len(gaps),
        over_heartbeat=sum(gap > heartbeat for gap in gaps),
        over_heartbeat_and_margin=sum(gap > heartbeat + MARGIN for gap in gaps),
        longest_gap=max(gaps, default=0),
        duplicate_timestamps=gaps.count(0),
        early_updates=sum(gap < heartbeat - MARGIN for gap in gaps),
        median_early_step=median(steps),
    )


def median(values: Sequence[Fraction]) -> Fraction | None:
    """Return the exact median; the mean of the middle two where there is an even number."""
    if not values:
        return None
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) * Fraction(1, 2)
