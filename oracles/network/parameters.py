"""How a network of nodes works together, and the chain that it writes to."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .nodes import Node

MIN_INT192 = -(2**191)
MAX_INT192 = 2**191 - 1
"""Widest bounds of an answer: aggregators store it in 192 bits."""


@dataclass(frozen=True, slots=True)
class Network:
    """The parameters of one feed's network.

    The rules are those of Chainlink's offchain reporting (libocr, median plugin): the answer is
    ``observations[n/2]`` of the sorted observations; a report is due at the first round, at a
    deviation, or when the heartbeat has passed.
    """

    nodes: tuple[Node, ...]
    faulty: int
    """f: most nodes that may fail or lie; n > 2f."""
    heartbeat: int
    """Seconds after a publication at which the next one is due in any case, at least 1."""
    deviation_numerator: int
    """Relative change at which a report is due, above 0 ..."""
    deviation_denominator: int
    """... as an exact fraction; reached counts."""
    interval_ms: int = 1000
    """From one round of observations to the next; below 1000 they come several a second."""
    block_time: int = 1
    """Seconds between blocks; blocks stand at its multiples after the start."""
    delay_ms: int = 0
    """From a round of observations until the first transmitter sends ..."""
    delay_jitter_ms: int = 0
    """... and up to so much more, drawn for each report."""
    stage_ms: int = 0
    """From one transmitter's try to the next one's."""
    heartbeat_jitter: tuple[int, int] = (0, 0)
    """Least and most seconds by which a heartbeat is late, drawn for each; negative is early."""
    min_answer: int = MIN_INT192
    max_answer: int = MAX_INT192
    """An answer outside of these bounds is not published."""
    quorum: int | None = None
    """Observations that a round needs; 2f + 1 where None."""
    rounds_per_epoch: int = 255
    phase: int = 1
    """Phase of the feed at the start, the upper 16 bits of a round id."""
    phase_starts: tuple[int, ...] = ()
    """Times, unix seconds, at which the aggregator is replaced and the next phase begins."""
    requests: tuple[int, ...] = ()
    """Times, unix seconds, at which somebody requests a round."""

    def __post_init__(self) -> None:
        """Refuse with `ValueError` what is no network."""
        for problem in _problems(self):
            raise ValueError(problem)

    @property
    def observations_needed(self) -> int:
        """Observations that a round needs."""
        return 2 * self.faulty + 1 if self.quorum is None else self.quorum

    @property
    def signatures_needed(self) -> int:
        """Signatures that a report needs: f + 1, so that one of them is honest."""
        return self.faulty + 1

    def phase_at(self, at: int) -> int:
        """Return the phase at a time, unix seconds; a switch counts from its second on."""
        return self.phase + bisect_right(self.phase_starts, at)


def _problems(network: Network) -> list[str]:
    count, quorum = len(network.nodes), network.observations_needed
    low, high = network.heartbeat_jitter
    starts = network.phase_starts
    rules = (
        (0 <= 2 * network.faulty < count, f"{count} nodes bear f below a half of them"),
        (len({node.name for node in network.nodes}) == count, "each node has its own name"),
        (1 <= quorum <= count, f"a quorum is 1 to {count} nodes, got {quorum}"),
        (network.heartbeat >= 1, f"a heartbeat is at least 1 s, got {network.heartbeat}"),
        (network.deviation_numerator > 0, "a deviation threshold is above 0"),
        (network.deviation_denominator > 0, "a deviation has a denominator above 0"),
        (network.interval_ms >= 1, f"an interval is at least 1 ms, got {network.interval_ms}"),
        (network.block_time >= 1, f"a block takes at least 1 s, got {network.block_time}"),
        (min(network.delay_ms, network.delay_jitter_ms, network.stage_ms) >= 0, "delays are >= 0"),
        (
            -network.heartbeat < low <= high,
            f"jitter {low} to {high} falls or eats a heartbeat",
        ),
        (network.min_answer <= network.max_answer, "the lowest answer is above the highest"),
        (network.rounds_per_epoch >= 1, "an epoch has rounds"),
        (0 <= network.phase <= 2**16 - 1 - len(starts), "phases are numbers of 16 bits"),
        (all(a < b for a, b in pairwise(starts)), "the starts of phases rise"),
        (all(a <= b for a, b in pairwise(network.requests)), "requests stand in order"),
    )
    return [problem for holds, problem in rules if not holds]
