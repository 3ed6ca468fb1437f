"""What the rounds of a feed show about its reporting: gaps, lateness and steps, all exact."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from .reporting import reaches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Number = TypeVar("Number", int, Fraction)

MARGIN = 60
"""Seconds around the heartbeat within which a round is one of the heartbeat.

Real networks are up to a minute early or late."""

BANDS = 2000
"""Bands of steps in one: each is 0.05 % wide."""


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
    for gap, old, new in _pairs(rounds):
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


# WHY A ROUND WAS MADE


@dataclass(frozen=True, slots=True)
class Classification:
    """What explains each round after the first: its change, its gap, both, or neither.

    A change explains a round where it reaches the deviation threshold, a gap where it is the
    heartbeat or longer. Only rounds are looked at: nodes decide by what they see off chain, and
    what they report a moment later may be below the threshold again.
    """

    pairs: int
    """Pairs of consecutive rounds: the sum of the next four."""
    by_deviation: int
    by_heartbeat: int
    by_both: int
    by_neither: int
    shortly_before: int
    """Of those by neither: rounds at most 60 seconds before the heartbeat."""
    lateness: tuple[int, ...]
    """Gap less heartbeat of the rounds by heartbeat alone, sorted."""
    small_steps: tuple[Fraction, ...]
    """|new - old| / |old| of the rounds by neither, sorted; without steps from an answer of 0."""


def classify(
    rounds: Sequence[tuple[int, int]], heartbeat: int, numerator: int, denominator: int
) -> Classification:
    """Return what explains the rounds (update time, answer), given heartbeat and deviation.

    Raises `ValueError` where an update time falls.
    """
    counts = {(changed, aged): 0 for changed in (False, True) for aged in (False, True)}
    shortly_before = 0
    lateness: list[int] = []
    small_steps: list[Fraction] = []
    for gap, old, new in _pairs(rounds):
        changed, aged = reaches(old, new, numerator, denominator), gap >= heartbeat
        counts[changed, aged] += 1
        if aged and not changed:
            lateness.append(gap - heartbeat)
        if not aged and not changed:
            shortly_before += gap >= heartbeat - MARGIN
            if old != 0:
                small_steps.append(Fraction(abs(new - old), abs(old)))
    return Classification(
        pairs=max(len(rounds) - 1, 0),
        by_deviation=counts[True, False],
        by_heartbeat=counts[False, True],
        by_both=counts[True, True],
        by_neither=counts[False, False],
        shortly_before=shortly_before,
        lateness=tuple(sorted(lateness)),
        small_steps=tuple(sorted(small_steps)),
    )


# WHAT THE ROUNDS SAY OF THE PARAMETERS


def likely_heartbeat(rounds: Sequence[tuple[int, int]]) -> int | None:
    """Return the whole minutes, in seconds, within which gaps cover most of the time.

    A heartbeat that is met within a minute shows as that. None where no gap is a minute long.
    """
    covered: dict[int, int] = {}
    for gap, _, _ in _pairs(rounds):
        if gap >= MARGIN:
            minute = gap - gap % MARGIN
            covered[minute] = covered.get(minute, 0) + gap
    return max(sorted(covered), key=lambda minute: covered[minute], default=None)


def likely_deviation(rounds: Sequence[tuple[int, int]], heartbeat: int) -> Fraction | None:
    """Return the lower end of the band of 0.05 % that holds most steps of early updates.

    The band below 0.05 % does not count. None where no early update steps that far.
    """
    steps: dict[int, int] = {}
    for gap, old, new in _pairs(rounds):
        if gap < heartbeat - MARGIN and old != 0:
            band = abs(new - old) * BANDS // abs(old)
            steps[band] = steps.get(band, 0) + 1
    steps.pop(0, None)
    fullest = max(sorted(steps), key=lambda band: steps[band], default=None)
    return None if fullest is None else Fraction(fullest, BANDS)


def false_alarms(gaps: Sequence[int], max_age: int) -> int:
    """Return in how many gaps an answer would have been stale: age above the limit is."""
    return sum(gap > max_age for gap in gaps)


def least_max_age(gaps: Sequence[int], allowed: int) -> int:
    """Return the smallest age limit with at most so many false alarms; 0 where there is no gap."""
    ordered = sorted(gaps, reverse=True)
    return ordered[allowed] if allowed < len(ordered) else 0


def quantile(ordered: Sequence[Number], numerator: int, denominator: int) -> Number:
    """Return a quantile of sorted values by nearest rank: one of them, never between two.

    The least is the quantile 0, the largest the quantile 1. Raises `ValueError` where there is
    none.
    """
    if not ordered:
        raise ValueError("nothing has no quantile")
    rank = -(-len(ordered) * numerator // denominator)
    return ordered[max(rank, 1) - 1]


def _pairs(rounds: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Gap, old and new answer of consecutive rounds."""
    for (before, old), (after, new) in pairwise(rounds):
        if after < before:
            message = f"update times must not fall, {after} follows {before}"
            raise ValueError(message)
        yield after - before, old, new
