"""What a network published, and what it did not: rounds, and refused reports with their reasons."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from weiproof.oracles.round import Round

if TYPE_CHECKING:
    from .parameters import Network

PHASE_BITS = 64
"""Bits of a round id below its phase."""


class Cause(Enum):
    """Why a report was due. Where there are several, the first of this list."""

    FIRST = "first"
    DEVIATION = "deviation"
    HEARTBEAT = "heartbeat"
    REQUESTED = "requested"


class Reason(Enum):
    """Why a round of observations, or a report, came to nothing."""

    NO_QUORUM = "no quorum"
    """Too few nodes observed."""
    NO_SIGNATURES = "too few signatures"
    OUT_OF_RANGE = "answer out of range"
    """Below the lowest or above the highest answer: the old answer and its time stay."""
    NO_TRANSMITTER = "no transmitter up"
    STALE_REPORT = "stale report"
    """A report of a later epoch and round was stored before."""
    OLD_PHASE = "phase is over"
    """The aggregator was replaced while the report was under way."""
    UNDER_WAY = "under way at the end"


@dataclass(frozen=True, slots=True)
class Publication:
    """A round that was stored. Three clocks: observation, the nodes' own, and the block's."""

    round_id: int
    """Phase * 2**64 + round within the phase."""
    answer: int
    observed_at_ms: int
    """True time of the observations."""
    started_at: int
    """Median of the nodes' clocks at the observations, unix seconds; the round's ``startedAt``."""
    published_at: int
    """Time of the block, unix seconds; the round's ``updatedAt``."""
    cause: Cause
    epoch: int
    epoch_round: int

    @property
    def lag_ms(self) -> int:
        """From observation to publication."""
        return self.published_at * 1000 - self.observed_at_ms

    def as_round(self) -> Round:
        """The round as the feed hands it out."""
        return Round(self.round_id, self.answer, self.started_at, self.published_at, self.round_id)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Consecutive rounds of observations that came to nothing for one reason, or one report."""

    reason: Reason
    first_at_ms: int
    last_at_ms: int
    rounds: int
    answer: int | None
    """The last answer that was refused; None where there was none."""


@dataclass(frozen=True, slots=True)
class Log:
    """What happened from start to end, in the order of time."""

    network: Network
    start: int
    end: int
    publications: tuple[Publication, ...]
    refusals: tuple[Refusal, ...]

    def latest_round(self, at: int) -> Round:
        """Return the latest round in a block of this time, as a proxy hands it out.

        A phase that has no answer yet reads as zeros, with the round id of the phase.
        """
        phase = self.network.phase_at(at)
        place = bisect_right(self.publications, at, key=lambda one: one.published_at)
        if place and self.publications[place - 1].round_id >> PHASE_BITS == phase:
            return self.publications[place - 1].as_round()
        return _unwritten(phase << PHASE_BITS)

    def round_data(self, round_id: int) -> Round:
        """Return a round by its id; one that was never written reads as zeros."""
        place = bisect_right(self.publications, round_id, key=lambda one: one.round_id)
        if place and self.publications[place - 1].round_id == round_id:
            return self.publications[place - 1].as_round()
        return _unwritten(round_id)


def _unwritten(round_id: int) -> Round:
    return Round(round_id, 0, 0, 0, round_id)
