"""How good a published price was: lag, error against the path, and the longest staleness."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from .log import PHASE_BITS, Cause, Reason
from .nodes import PPM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .log import Log, Publication
    from .paths import StepPath


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures of one log. An error is |answer - price| / price at the same time."""

    by_cause: dict[Cause, int]
    """Publications."""
    refused: dict[Reason, int]
    """Rounds of observations that came to nothing, and reports."""
    lag_ms: tuple[int, int, int] | None
    """From observation to block: shortest, median (the upper of two), longest."""
    max_error: Fraction | None
    """Largest error, exact; None where nothing was published, or never over a price above 0."""
    max_error_at_ms: int | None
    """When it was first that large."""
    mean_error_ppm: int | None
    """Mean over time of the errors in millionths, each rounded down, and so is the mean."""
    longest_staleness: int
    """Most seconds that an answer grew old before the next one, a new phase, or the end."""
    longest_staleness_from: int | None
    """When that answer was published."""
    seconds_without_answer: int
    """Before the first round of a phase."""


def quality_of(log: Log, prices: StepPath) -> Quality:
    """Return the figures of a log against the path that its nodes observed."""
    lags = sorted(one.lag_ms for one in log.publications)
    spells = tuple(_spells(log))
    worst, at_ms, mean = _errors(spells, prices)
    longest = max(((until - since, -since) for _, since, until in spells), default=(0, 0))
    return Quality(
        by_cause={c: sum(one.cause is c for one in log.publications) for c in Cause},
        refused={r: sum(o.rounds for o in log.refusals if o.reason is r) for r in Reason},
        lag_ms=(lags[0], lags[len(lags) // 2], lags[-1]) if lags else None,
        max_error=worst,
        max_error_at_ms=at_ms,
        mean_error_ppm=mean,
        longest_staleness=longest[0],
        longest_staleness_from=-longest[1] if spells else None,
        seconds_without_answer=log.end - log.start - sum(u - s for _, s, u in spells),
    )


def _spells(log: Log) -> Iterator[tuple[Publication, int, int]]:
    """Each publication with the times, unix seconds, from which and until which it is the latest.

    Where two share a block, the first is the latest for no time.
    """
    for place, one in enumerate(log.publications):
        rest = log.publications[place + 1 : place + 2]
        until = rest[0].published_at if rest else log.end
        phase = one.round_id >> PHASE_BITS
        switches = log.network.phase_starts[phase - log.network.phase :][:1]
        yield one, one.published_at, min(until, *switches) if switches else until


def _errors(
    spells: tuple[tuple[Publication, int, int], ...], prices: StepPath
) -> tuple[Fraction | None, int | None, int | None]:
    """Largest error, when, and the mean in millionths."""
    worst, worst_at, total, length = None, None, 0, 0
    for one, since, until in spells:
        for at_ms, to_ms, price in _steps(prices, since * 1000, until * 1000):
            if price <= 0:
                continue
            difference = abs(one.answer - price)
            total += difference * PPM // price * (to_ms - at_ms)
            length += to_ms - at_ms
            # Compared crosswise: a fraction is made of the largest only.
            if worst is None or difference * worst[1] > worst[0] * price:
                worst, worst_at = (difference, price), at_ms
    exact = None if worst is None else Fraction(*worst)
    return exact, worst_at, total // length if length else None


def _steps(prices: StepPath, since_ms: int, until_ms: int) -> Iterator[tuple[int, int, int]]:
    """The steps of a path within [since, until): from, to, value."""
    first = bisect_right(prices.times, since_ms) - 1
    last = bisect_left(prices.times, until_ms)
    for place in range(max(first, 0), last):
        since = max(prices.times[place], since_ms)
        until = prices.times[place + 1] if place + 1 < len(prices.times) else until_ms
        if since < min(until, until_ms):
            yield since, min(until, until_ms), prices.values[place]
