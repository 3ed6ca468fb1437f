"""A feed that answers whatever it was told to: the twin of ``MockFeed.sol``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.contract import Contract
from weiproof.engine.state import Record, Table

from .errors import FeedFailing

if TYPE_CHECKING:
    from weiproof.engine.contract import World


@dataclass(slots=True)
class MockRecord(Record):
    """The round that is answered, and whether reading fails."""

    round_id: int = 0
    answer: int = 0
    started_at: int = 0
    updated_at: int = 0
    answered_in_round: int = 0
    failing: bool = False


class MockFeed(Contract):
    """One such feed."""

    def __init__(self, world: World, name: str, decimals: int, description: str) -> None:
        super().__init__(world, name)
        self._decimals = decimals
        self._description = description
        self._records = Table(world.store, "mockFeed", MockRecord)

    def decimals(self) -> tuple[int]:
        """Decimals of every answer."""
        return (self._decimals,)

    def description(self) -> tuple[str]:
        """What the feed prices, for people."""
        return (self._description,)

    def version(self) -> tuple[int]:
        """Version of the aggregator."""
        return (0,)

    def failing(self) -> tuple[bool]:
        """Whether reading a round reverts."""
        return (self._records.read(self.name).failing,)

    def setRound(
        self,
        roundId: int,
        answer: int,
        startedAt: int,
        updatedAt: int,
        answeredInRound: int,
    ) -> None:
        """Sets the round that every read answers with."""
        # EFFECTS
        record = self._records.edit(self.name)
        record.round_id = roundId
        record.answer = answer
        record.started_at = startedAt
        record.updated_at = updatedAt
        record.answered_in_round = answeredInRound
        # EVENTS
        self.emit("RoundSet", roundId, answer, startedAt, updatedAt, answeredInRound)

    def setFailing(self, failing: bool) -> None:
        """Makes every read fail, or work again."""
        # EFFECTS
        self._records.edit(self.name).failing = failing
        # EVENTS
        self.emit("FailingSet", failing)

    def getRoundData(self, roundId: int) -> tuple[int, int, int, int, int]:  # noqa: ARG002 - ABI
        """The round that was set, whatever is asked for."""
        return self.latestRoundData()

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """The round that was set: id, answer, startedAt, updatedAt, answeredInRound."""
        record = self._records.read(self.name)
        # CHECKS
        if record.failing:
            raise FeedFailing
        return (
            record.round_id,
            record.answer,
            record.started_at,
            record.updated_at,
            record.answered_in_round,
        )
