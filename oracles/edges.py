"""Rounds at the edges of a policy: one second, one unit, one round to either side of each limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.parameters import MAX_PRICE

from .price_policy import NO_LIMIT, WAD_DECIMALS
from .round import Round

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .price_policy import Rules

PHASE = 1 << 64
"""Distance between the round ids of two phases."""

LATEST = 7 * PHASE + 5
"""Round id of an ordinary round: the fifth of the seventh phase."""


def edge_ages(limits: Sequence[int], now: int) -> tuple[int, ...]:
    """Ages around none and around each limit, seconds; negative ones are of the future.

    Those that would be before the first second are left out.
    """
    found = {age: None for at in (0, *limits) for age in (at - 1, at, at + 1)}
    return tuple(age for age in found if age <= now)


def edge_answers(decimals: int, rules: Rules) -> tuple[int, ...]:
    """Answers around zero, around the bounds of the rules, and around the highest price."""
    highest = MAX_PRICE // 10 ** (WAD_DECIMALS - decimals)
    edges = (0, rules.min_answer, rules.max_answer, highest)
    return tuple(dict.fromkeys(at + step for at in edges for step in (-1, 0, 1)))


def edge_rounds(
    answer: int, decimals: int, limits: Sequence[int], rules: Rules, now: int
) -> Iterator[Round]:
    """Rounds that a consumer with these limits and rules meets at its edges.

    `answer` is an ordinary answer, `limits` are ages in seconds. One thing at a time is at an
    edge: the age, the answer, or the round's id.
    """
    edges = [*limits, -rules.max_ahead]
    for age in edge_ages([edge for edge in edges if abs(edge) != NO_LIMIT], now):
        yield Round(LATEST, answer, now - age, now - age, LATEST)
    for edge in edge_answers(decimals, rules):
        yield Round(LATEST, edge, now, now, LATEST)
    yield from edge_ids(answer, now)


def edge_ids(answer: int, now: int) -> Iterator[Round]:
    """Rounds that nobody wrote, that carry another round's answer, and around a change of phase."""
    yield Round(0, 0, 0, 0, 0)
    yield Round(8 * PHASE, 0, 0, 0, 8 * PHASE)
    yield Round(8 * PHASE + 1, answer, now, now, 8 * PHASE + 1)
    yield Round(LATEST, answer, now, 0, LATEST)
    yield Round(LATEST, answer, 0, now, LATEST)
    for step in (-1, 0, 1):
        yield Round(LATEST, answer, now, now, LATEST + step)


def edge_uptimes(grace: int, now: int) -> Iterator[Round]:
    """Rounds of a sequencer's feed: up, down, never written, and around the end of the grace.

    Each in two kinds: with both times the same, and with the update refreshed now.
    """
    for answer in (0, 1):
        for since in (0, now - grace - 1, now - grace, now - grace + 1, now, now + 1):
            if since >= 0:
                yield Round(LATEST, answer, since, since, LATEST)
                yield Round(LATEST, answer, since, now, LATEST)
