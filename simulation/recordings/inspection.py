"""What a recording shows about its feed: parameters, gaps, why rounds came, and age limits."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from weiproof.oracles.network.nodes import PPM
from weiproof.oracles.statistics import (
    MARGIN,
    classify,
    false_alarms,
    least_max_age,
    likely_deviation,
    likely_heartbeat,
    quantile,
    round_statistics,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from .formats import Series

QUANTILES = {
    "least": (0, 100),
    "p05": (5, 100),
    "p25": (25, 100),
    "median": (50, 100),
    "p75": (75, 100),
    "p95": (95, 100),
    "p99": (99, 100),
    "largest": (100, 100),
}
"""Name of each quantile that is shown, and which it is; by nearest rank."""
MARGINS = (0, 60, 120, 300, 600, 3600)
"""Seconds over the heartbeat of the age limits that are compared; twice the heartbeat besides."""


def inspect(
    series: Series, heartbeat: int | None, deviation: Fraction | None, allowed: int
) -> dict[str, Any]:
    """Return the figures of a series as plain data; shares and steps in ppm, rounded down.

    Heartbeat and deviation threshold are looked for in the data where they are not given; what is
    not found is None, and so are the figures that need it. `allowed` is the number of gaps that
    the recommended age limit may call stale.
    """
    rounds = series.rounds
    gaps = [after - before for (before, _), (after, _) in pairwise(rounds)]
    beat = likely_heartbeat(rounds) if heartbeat is None else heartbeat
    threshold = deviation
    if threshold is None and beat is not None:
        threshold = likely_deviation(rounds, beat)
    return {
        **_contents(series),
        "heartbeat": {
            "seconds": beat,
            "given": heartbeat is not None,
            "gaps_within_60_s_after": (
                None if beat is None else sum(beat <= gap < beat + MARGIN for gap in gaps)
            ),
        },
        "deviation": {
            "ppm": None if threshold is None else _ppm(threshold),
            "given": deviation is not None,
        },
        "gaps": _gaps(rounds, gaps),
        "updates_before_heartbeat": None if beat is None else _early(rounds, beat),
        "explained": _explained(rounds, beat, threshold),
        "age_limits": [_limit(gaps, limit) for limit in _limits(gaps, beat)],
        "recommended": _recommended(gaps, allowed),
    }


def _contents(series: Series) -> dict[str, Any]:
    rounds = series.rounds
    answers = [answer for _, answer in rounds]
    return {
        "format": series.kind,
        "series": series.name,
        "decimals": series.decimals,
        "updates": len(rounds),
        "unwritten": series.unwritten,
        "missing": series.missing,
        "out_of_order": series.out_of_order,
        "duplicate_times": series.duplicates,
        "not_positive": series.not_positive,
        "first_at": rounds[0][0],
        "last_at": rounds[-1][0],
        "lowest": str(min(answers)),
        "highest": str(max(answers)),
    }


def _gaps(rounds: Sequence[tuple[int, int]], gaps: list[int]) -> dict[str, Any]:
    longest = max(gaps, default=None)
    since = None if longest is None else rounds[gaps.index(longest)][0]
    return {"count": len(gaps), "seconds": _quantiles(sorted(gaps)), "longest_from": since}


def _early(rounds: Sequence[tuple[int, int]], heartbeat: int) -> dict[str, Any]:
    found = round_statistics(rounds, heartbeat)
    median = found.median_early_step
    return {
        "count": found.early_updates,
        "median_step_ppm": None if median is None else _ppm(median),
        "gaps_over_heartbeat": found.over_heartbeat,
        "gaps_over_heartbeat_and_60_s": found.over_heartbeat_and_margin,
    }


def _explained(
    rounds: Sequence[tuple[int, int]], heartbeat: int | None, deviation: Fraction | None
) -> dict[str, Any] | None:
    if heartbeat is None or deviation is None or len(rounds) < 2:  # noqa: PLR2004 - a pair
        return None
    found = classify(rounds, heartbeat, deviation.numerator, deviation.denominator)
    counts = {
        "deviation": found.by_deviation,
        "heartbeat": found.by_heartbeat,
        "both": found.by_both,
        "neither": found.by_neither,
    }
    return {
        "pairs": found.pairs,
        "counts": counts,
        "shares_ppm": {name: count * PPM // found.pairs for name, count in counts.items()},
        "neither_within_60_s_before_heartbeat": found.shortly_before,
        "heartbeat_lateness_seconds": _quantiles(found.lateness),
        "neither_step_ppm": _quantiles([_ppm(step) for step in found.small_steps]),
    }


def _limits(gaps: list[int], heartbeat: int | None) -> list[int]:
    """The heartbeat and margins over it; without one, what gaps there are."""
    if heartbeat is not None:
        return sorted({*(heartbeat + margin for margin in MARGINS), 2 * heartbeat})
    if not gaps:
        return []
    ordered = sorted(gaps)
    return sorted({quantile(ordered, percent, 100) for percent in (50, 90, 99, 100)})


def _recommended(gaps: list[int], allowed: int) -> dict[str, Any] | None:
    if not gaps:
        return None
    return {**_limit(gaps, least_max_age(gaps, allowed)), "allowed": allowed}


def _limit(gaps: list[int], limit: int) -> dict[str, Any]:
    return {
        "seconds": limit,
        "false_alarms": false_alarms(gaps, limit),
        "stale_seconds": sum(gap - limit for gap in gaps if gap > limit),
    }


def _quantiles(ordered: Sequence[int]) -> dict[str, int] | None:
    if not ordered:
        return None
    return {name: quantile(ordered, *which) for name, which in QUANTILES.items()}


def _ppm(share: Fraction) -> int:
    return share.numerator * PPM // share.denominator
