"""What a price or a gas price was at a time: the last known value holds until the next one."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class StepPath:
    """Values from their times on. Times are unix milliseconds, and rise strictly."""

    times: tuple[int, ...]
    values: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse with `ValueError` what is no path."""
        if not self.times or len(self.times) != len(self.values):
            message = f"a path has as many values as times, not {len(self.values)}"
            raise ValueError(f"{message} for {len(self.times)}")
        if any(after <= before for before, after in pairwise(self.times)):
            raise ValueError("the times of a path rise strictly")

    def at(self, time_ms: int) -> int | None:
        """Return the value at a time; None before the first."""
        place = bisect_right(self.times, time_ms) - 1
        return self.values[place] if place >= 0 else None

    def first_at_most(self, limit: int, time_ms: int) -> int | None:
        """Return the first time, from `time_ms` on, at which the value is at most `limit`.

        Before the first value nothing is in the way. None where it stays above to the end.
        """
        place = bisect_right(self.times, time_ms) - 1
        if place < 0 or self.values[place] <= limit:
            return time_ms
        for later in range(place + 1, len(self.times)):
            if self.values[later] <= limit:
                return self.times[later]
        return None


def seconds_path(points: tuple[tuple[int, int], ...]) -> StepPath:
    """Return the path of points (unix seconds, value)."""
    return StepPath(tuple(at * 1000 for at, _ in points), tuple(value for _, value in points))
