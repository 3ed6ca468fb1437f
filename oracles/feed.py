"""A price feed that stores rounds as Chainlink's aggregators do: the twin of ``Feed.sol``.

A round id carries the phase in its upper bits; an answer outside the feed's bounds is refused, so
the old answer and its old timestamp stay; a round that was never written reads as zeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.access_control import DEFAULT_ADMIN_ROLE, AccessControl
from weiproof.engine.errors import Panic
from weiproof.engine.fixed_point import OVERFLOW
from weiproof.engine.state import Record, Table

from .errors import AnswerOutOfBounds, ObservationInFuture

if TYPE_CHECKING:
    from weiproof.engine.contract import World

TRANSMITTER_ROLE = bytes.fromhex("d6a0f92c822ccba0fa91b30f08f085e68bc8eb3bb140aa16f8dc33ea47eb6cf2")
"""Who may write rounds: keccak256 of the name."""

MAX_PHASE = 2**16 - 1

MAX_ANSWER = 2**191 - 1
"""Widest bound of an answer."""


@dataclass(slots=True)
class StoredRound(Record):
    """A round as it is stored."""

    answer: int = 0
    started_at: int = 0
    updated_at: int = 0


@dataclass(slots=True)
class FeedRecord(Record):
    """Where a feed stands: its phase.

    And the latest round in it (0 before the phase's first answer).
    """

    phase_id: int = 0
    aggregator_round_id: int = 0


class Feed(AccessControl):
    """One feed; answers are in its own decimals."""

    def __init__(  # noqa: PLR0913, PLR0917 - the arguments of the twin's constructor
        self,
        world: World,
        name: str,
        admin: str,
        transmitter: str,
        decimals: int,
        description: str,
        first_phase: int,
        min_answer: int,
        max_answer: int,
    ) -> None:
        super().__init__(world, name)
        self._decimals = decimals
        self._description = description
        self._min_answer = min_answer
        self._max_answer = max_answer
        self._feeds = Table(world.store, "feed", FeedRecord)
        self._rounds = Table(world.store, "round", StoredRound)
        self._feeds.edit(name).phase_id = first_phase
        self.grant(DEFAULT_ADMIN_ROLE, admin)
        self.grant(TRANSMITTER_ROLE, transmitter)

    def decimals(self) -> tuple[int]:
        """Decimals of every answer."""
        return (self._decimals,)

    def description(self) -> tuple[str]:
        """What the feed prices, for people."""
        return (self._description,)

    def version(self) -> tuple[int]:
        """Version of the aggregator."""
        return (1,)

    def minAnswer(self) -> tuple[int]:
        """Lowest answer that is stored."""
        return (self._min_answer,)

    def maxAnswer(self) -> tuple[int]:
        """Highest answer that is stored."""
        return (self._max_answer,)

    def phaseId(self) -> tuple[int]:
        """The current phase, the upper 16 bits of a round id."""
        return (self._feeds.read(self.name).phase_id,)

    def aggregatorRoundId(self) -> tuple[int]:
        """The latest round of the phase, the lower 64 bits of a round id."""
        return (self._feeds.read(self.name).aggregator_round_id,)

    def transmit(self, answer: int, observedAt: int) -> tuple[int]:
        """Stores the next round.

        ``updatedAt`` is the block's time, ``startedAt`` the time of observation.
        """
        self.only_role(TRANSMITTER_ROLE)
        # CHECKS
        if answer < self._min_answer or answer > self._max_answer:
            raise AnswerOutOfBounds(answer, self._min_answer, self._max_answer)
        if observedAt > self.world.now:
            raise ObservationInFuture(observedAt, self.world.now)
        # EFFECTS
        self._feeds.edit(self.name).aggregator_round_id += 1
        round_id = self._latest_round_id()
        updated_at = self.world.now % 2**32
        self._rounds.put(StoredRound(answer, observedAt, updated_at), self.name, round_id)
        # EVENTS
        self.emit("AnswerUpdated", answer, round_id, self.world.now)
        return (round_id,)

    def startPhase(self) -> None:
        """Begins the next phase, as a proxy does when its aggregator is replaced."""
        self.only_role(DEFAULT_ADMIN_ROLE)
        # EFFECTS
        record = self._feeds.edit(self.name)
        if record.phase_id == MAX_PHASE:
            raise Panic(OVERFLOW)
        record.phase_id += 1
        record.aggregator_round_id = 0
        # EVENTS
        self.emit("PhaseStarted", record.phase_id)

    def getRoundData(self, roundId: int) -> tuple[int, int, int, int, int]:
        """One round: id, answer, startedAt, updatedAt, answeredInRound."""
        stored = self._rounds.read(self.name, roundId)
        return (roundId, stored.answer, stored.started_at, stored.updated_at, roundId)

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """The latest round: id, answer, startedAt, updatedAt, answeredInRound."""
        return self.getRoundData(self._latest_round_id())

    def _latest_round_id(self) -> int:
        record = self._feeds.read(self.name)
        return record.phase_id << 64 | record.aggregator_round_id
