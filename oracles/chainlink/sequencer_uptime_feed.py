"""What the sequencer uptime feeds of both rollups have in common (0.8.0, v0.8/l2ep/dev).

The answer is 0 while the sequencer is up and 1 while it is down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.state import Record, Table

from .access_controller import SimpleReadAccessController
from .owned import ConfirmedOwner

if TYPE_CHECKING:
    from weiproof.engine.contract import World


@dataclass(slots=True)
class StatusRound(Record):
    """One status."""

    status: bool = False
    started_at: int = 0
    updated_at: int = 0


@dataclass(slots=True)
class SequencerFeed(Record):
    """The latest status, and who sends it from L1."""

    round_id: int = 0
    status: bool = False
    started_at: int = 0
    updated_at: int = 0
    l1_sender: str = ZERO_ADDRESS


class SequencerUptimeFeed(SimpleReadAccessController, ConfirmedOwner):
    """Rounds of statuses; reads are for listed accounts and for those who send transactions."""

    def __init__(self, world: World, name: str, l1SenderAddress: str) -> None:
        super().__init__(world, name)
        self._feeds = Table(world.store, "sequencerFeed", SequencerFeed)
        self._rounds = Table(world.store, "sequencerRound", StatusRound)
        self._set_l1_sender(l1SenderAddress)

    def decimals(self) -> tuple[int]:
        """Decimals of the answer: none."""
        return (0,)

    def description(self) -> tuple[str]:
        """What the feed tells, for people."""
        return ("L2 Sequencer Uptime Status Feed",)

    def version(self) -> tuple[int]:
        """Version of the aggregator."""
        return (1,)

    def l1Sender(self) -> tuple[str]:
        """Who sends the status from L1."""
        return (self._feeds.read(self.name).l1_sender,)

    def transferL1Sender(self, to: str) -> None:
        """Sets who sends the status from L1."""
        self.only_owner()
        self._set_l1_sender(to)

    def latestAnswer(self) -> tuple[int]:
        """The latest status."""
        return (int(self._latest().status),)

    def latestTimestamp(self) -> tuple[int]:
        """Since when it is so: ``startedAt``, on both rollups."""
        return (self._latest().started_at,)

    def latestRound(self) -> tuple[int]:
        """How many statuses there have been."""
        return (self._latest().round_id,)

    def getAnswer(self, roundId: int) -> tuple[int]:
        """Status of a round."""
        return (int(self._round(roundId).status),)

    def getTimestamp(self, roundId: int) -> tuple[int]:
        """``startedAt`` of a round."""
        return (self._round(roundId).started_at,)

    def getRoundData(self, roundId: int) -> tuple[int, int, int, int, int]:
        """A round: id, answer, startedAt, updatedAt, answeredInRound."""
        stored = self._round(roundId)
        return (roundId, int(stored.status), stored.started_at, stored.updated_at, roundId)

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """The latest round: id, answer, startedAt, updatedAt, answeredInRound."""
        return self.getRoundData(self._latest().round_id)

    def _latest(self) -> SequencerFeed:
        """The latest status, for whoever has access."""
        self.check_access()
        return self._feeds.read(self.name)

    def _round(self, round_id: int) -> StatusRound:
        """A round, for whoever has access; zeros where it was never written."""
        self._latest()
        return self._rounds.read(self.name, round_id)

    def _set_l1_sender(self, to: str) -> None:
        (before,) = self.l1Sender()
        if before != to:
            # EFFECTS
            self._feeds.edit(self.name).l1_sender = to
            # EVENTS
            self.emit("L1SenderTransferred", before, to)

    def _record_round(self, *, status: bool, started_at: int, updated_at: int) -> None:
        """Writes the next round."""
        # EFFECTS
        feed = self._feeds.edit(self.name)
        feed.round_id += 1
        feed.status, feed.started_at, feed.updated_at = status, started_at, updated_at
        self._rounds.put(StatusRound(status, started_at, updated_at), self.name, feed.round_id)
        # EVENTS
        self.emit("NewRound", feed.round_id, self.world.sender, started_at)
        self.emit("AnswerUpdated", int(status), feed.round_id, started_at)

    def _ignore(self, *, status: bool, timestamp: int) -> None:
        """Tells of a status that changes nothing."""
        feed = self._feeds.read(self.name)
        # EVENTS
        self.emit("UpdateIgnored", feed.status, feed.started_at, status, timestamp)
