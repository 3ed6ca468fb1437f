"""What is to happen when: a queue of actions by block time, phase and order of entry."""

from __future__ import annotations

import heapq
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .scenario import Scenario


class Phase(IntEnum):
    """Order within a block."""

    ORACLES = 0
    KEEPERS = 1
    TRADERS = 2


class Schedule:
    """Actions to come; each is run in the first block at or after its time."""

    def __init__(self, scenario: Scenario) -> None:
        """Takes the scenario's block times and its end, after which nothing is run."""
        self._scenario = scenario
        self._queue: list[tuple[int, int, int, Callable[[int], None]]] = []
        self._entries = 0

    def add(self, at: int, phase: Phase, action: Callable[[int], None]) -> None:
        """Queues an action, which is called with the time of its block."""
        block = self._scenario.block_at_or_after(at)
        if block <= self._scenario.end:
            heapq.heappush(self._queue, (block, int(phase), self._entries, action))
            self._entries += 1

    def next_block(self) -> int | None:
        """Time of the next block in which something happens."""
        return self._queue[0][0] if self._queue else None

    def run_phase(self, block: int, phase: Phase) -> None:
        """Runs the block's actions of one phase, those included that they add to it."""
        while self._queue and self._queue[0][:2] == (block, int(phase)):
            heapq.heappop(self._queue)[3](block)
