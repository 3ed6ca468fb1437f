"""What a row of the table is, and the CPU time that it is charged."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from typing import Protocol


class Absent(Exception):
    """A row that cannot be measured here, with the reason."""


class Row(Protocol):
    """One way to test the margin contracts, ready to be measured as often as wanted."""

    name: str
    checks: str
    """What is checked of a call, in a few words."""

    def measure(self) -> tuple[int, float]:
        """How many calls were made, and the CPU-seconds that they took, children's included."""
        ...


@dataclass
class Measured:
    """What came of a row."""

    name: str
    checks: str
    calls: int = 0
    seconds: float = 0.0
    slowest: float = float("inf")
    """Rate of the slowest round."""
    quickest: float = 0.0

    @property
    def rate(self) -> float:
        """Calls a CPU-second, over all rounds."""
        return self.calls / self.seconds

    def add(self, calls: int, seconds: float) -> None:
        """Counts a round."""
        self.calls += calls
        self.seconds += seconds
        self.slowest = min(self.slowest, calls / seconds)
        self.quickest = max(self.quickest, calls / seconds)


def cpu_seconds() -> float:
    """CPU time of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
