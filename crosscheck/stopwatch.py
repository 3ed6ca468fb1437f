"""How long something takes: told to people, and never part of what is compared or hashed."""

from __future__ import annotations

from time import perf_counter_ns


class Stopwatch:
    """Adds up the time spent inside its ``with`` blocks."""

    def __init__(self) -> None:
        self.nanoseconds = 0
        self._begun = 0

    def __enter__(self) -> None:
        """Starts."""
        self._begun = perf_counter_ns()

    def __exit__(self, *_: object) -> None:
        """Stops, however the block ends."""
        self.nanoseconds += perf_counter_ns() - self._begun
