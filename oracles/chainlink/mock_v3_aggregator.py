"""A feed without a network: Chainlink's ``MockV3Aggregator`` (@chainlink/contracts 0.8.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.contract import Contract
from weiproof.engine.state import Record, Table

if TYPE_CHECKING:
    from weiproof.engine.contract import World

UINT80 = 2**80


@dataclass(slots=True)
class LatestRecord(Record):
    """What was set last."""

    answer: int = 0
    timestamp: int = 0
    round_id: int = 0


@dataclass(slots=True)
class MockRound(Record):
    """A round that was set."""

    answer: int = 0
    started_at: int = 0
    updated_at: int = 0


class MockV3Aggregator(Contract):
    """A feed that anybody sets (@chainlink/contracts 0.8.0, v0.8/tests).

    Of an id beyond 80 bits the rounds' data shows the low bits, but the answer of the whole id.
    """

    def __init__(self, world: World, name: str, decimals: int, initialAnswer: int) -> None:
        super().__init__(world, name)
        self._decimals = decimals
        self._latest = Table(world.store, "mockLatest", LatestRecord)
        self._rounds = Table(world.store, "mockRound", MockRound)
        self.updateAnswer(initialAnswer)

    def updateAnswer(self, answer: int) -> None:
        """Sets the next round, at the block's time."""
        # EFFECTS
        round_id, now = self._latest.read(self.name).round_id + 1, self.world.now
        self._latest.put(LatestRecord(answer, now, round_id), self.name)
        self._rounds.put(MockRound(answer, now, now), self.name, round_id)

    def updateRoundData(self, roundId: int, answer: int, timestamp: int, startedAt: int) -> None:
        """Sets any round, at any times, and makes it the latest."""
        # EFFECTS
        self._latest.put(LatestRecord(answer, timestamp, roundId), self.name)
        self._rounds.put(MockRound(answer, startedAt, timestamp), self.name, roundId)

    def decimals(self) -> tuple[int]:
        """Decimals of every answer."""
        return (self._decimals,)

    def description(self) -> tuple[str]:
        """What the contract calls itself."""
        return ("v0.8/tests/MockV3Aggregator.sol",)

    def version(self) -> tuple[int]:
        """Version of the aggregator."""
        return (0,)

    def latestAnswer(self) -> tuple[int]:
        """The answer set last."""
        return (self._latest.read(self.name).answer,)

    def latestTimestamp(self) -> tuple[int]:
        """Update time of the round set last."""
        return (self._latest.read(self.name).timestamp,)

    def latestRound(self) -> tuple[int]:
        """Id of the round set last."""
        return (self._latest.read(self.name).round_id,)

    def getAnswer(self, roundId: int) -> tuple[int]:
        """Answer of a round; 0 where it was never set."""
        return (self._rounds.read(self.name, roundId).answer,)

    def getTimestamp(self, roundId: int) -> tuple[int]:
        """Update time of a round; 0 where it was never set."""
        return (self._rounds.read(self.name, roundId).updated_at,)

    def getRoundData(self, roundId: int) -> tuple[int, int, int, int, int]:
        """A round; zeros between the ids where it was never set."""
        stored = self._rounds.read(self.name, roundId)
        shown = roundId % UINT80
        return (shown, stored.answer, stored.started_at, stored.updated_at, shown)

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """The round set last."""
        return self.getRoundData(self._latest.read(self.name).round_id)
