"""The median of values that are counted, not listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def median_of(counts: Mapping[int, int]) -> int | None:
    """The middle one, of an even count the floored average of both; None of none.

    `counts` says how often each value occurs.
    """
    count = sum(counts.values())
    if not count:
        return None
    return (_nth(counts, (count - 1) // 2) + _nth(counts, count // 2)) // 2


def _nth(counts: Mapping[int, int], place: int) -> int:
    for value in sorted(counts):
        place -= counts[value]
        if place < 0:
            return value
    raise IndexError(place)
