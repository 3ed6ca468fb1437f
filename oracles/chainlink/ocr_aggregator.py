"""What both generations of offchain reporting do on chain with a report whose signatures are good.

Nodes agree on a report off chain, and one of them transmits it. The answer is the observation at
``n / 2`` of the report as it stands: the upper of the two in the middle, never an average. One
outside the feed's bounds reverts the transmission: the old answer and its old time stay.

Signatures are taken as a list of those who made them. Digests of configurations, the validator,
requests, billing, and the events that carry them (``ConfigSet``, ``NewTransmission``) are left out
(libocr, ``OffchainAggregator`` and ``OCR2Aggregator``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.errors import RevertReason
from weiproof.engine.state import Record, Table

from .owned import Owned

if TYPE_CHECKING:
    from weiproof.engine.contract import World

MAX_ORACLES = 31
MAX_ROUND_ID = 2**32 - 1
UINT40 = 2**40


@dataclass(slots=True)
class OcrRecord(Record):
    """The oracles, and the last report."""

    f: int = 0
    """How many oracles may be faulty."""
    latest_epoch_and_round: int = 0
    latest_round_id: int = 0
    signers: tuple[str, ...] = ()
    transmitters: tuple[str, ...] = ()


@dataclass(slots=True)
class Transmission(Record):
    """One stored report."""

    answer: int = 0
    started_at: int = 0
    updated_at: int = 0


class OcrAggregator(Owned):
    """Rounds of stored reports. A round id that was never reached reads as zeros."""

    def __init__(
        self,
        world: World,
        name: str,
        minAnswer: int,
        maxAnswer: int,
        decimals: int,
        description: str,
    ) -> None:
        super().__init__(world, name)
        self._min_answer = minAnswer
        self._max_answer = maxAnswer
        self._decimals = decimals
        self._description = description
        self._records = Table(world.store, "ocr", OcrRecord)
        self._transmissions = Table(world.store, "transmission", Transmission)

    def minAnswer(self) -> tuple[int]:
        """Lowest answer that is stored."""
        return (self._min_answer,)

    def maxAnswer(self) -> tuple[int]:
        """Highest answer that is stored."""
        return (self._max_answer,)

    def decimals(self) -> tuple[int]:
        """Decimals of every answer."""
        return (self._decimals,)

    def description(self) -> tuple[str]:
        """What the feed prices, for people."""
        return (self._description,)

    def latestAnswer(self) -> tuple[int]:
        """The latest answer; 0 before the first."""
        return (self._latest().answer,)

    def latestTimestamp(self) -> tuple[int]:
        """When the latest report was transmitted."""
        return (self._latest().updated_at,)

    def latestRound(self) -> tuple[int]:
        """How many reports were stored."""
        return (self._record.latest_round_id,)

    def getAnswer(self, roundId: int) -> tuple[int]:
        """Answer of a round; 0 where it was never reached."""
        return (self._transmission(roundId).answer,)

    def getTimestamp(self, roundId: int) -> tuple[int]:
        """When a round was transmitted; 0 where it was never reached."""
        return (self._transmission(roundId).updated_at,)

    def getRoundData(self, roundId: int) -> tuple[int, int, int, int, int]:
        """A round: id, answer, startedAt, updatedAt, answeredInRound."""
        stored = self._transmission(roundId)
        return (roundId, stored.answer, stored.started_at, stored.updated_at, roundId)

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """The latest round; zeros before the first."""
        return self.getRoundData(self._record.latest_round_id)

    @property
    def _record(self) -> OcrRecord:
        """The oracles and the last report, not to be changed."""
        return self._records.read(self.name)

    def _latest(self) -> Transmission:
        return self._transmission(self._record.latest_round_id)

    def _transmission(self, round_id: int) -> Transmission:
        return self._transmissions.read(self.name, round_id)

    def _configure(self, signers: tuple[str, ...], transmitters: tuple[str, ...], f: int) -> None:
        """Replaces all oracles; epochs start anew, rounds go on."""
        # EFFECTS
        record = self._records.edit(self.name)
        record.signers, record.transmitters = signers, transmitters
        record.f, record.latest_epoch_and_round = f, 0

    def _check_fresh(self, epoch_and_round: int) -> None:
        if self._record.latest_epoch_and_round >= epoch_and_round % UINT40:
            raise RevertReason("stale report")

    def _check_transmitter(self) -> None:
        if self.world.sender not in self._record.transmitters:
            raise RevertReason("unauthorized transmitter")

    def _store(self, epoch_and_round: int, observations: tuple[int, ...], started_at: int) -> None:
        """Stores the observation in the middle as the next round."""
        answer, now = observations[len(observations) // 2], self.world.now
        if not self._min_answer <= answer <= self._max_answer:
            raise RevertReason("median is out of min-max range")
        # EFFECTS
        record = self._records.edit(self.name)
        record.latest_epoch_and_round = epoch_and_round % UINT40
        record.latest_round_id += 1
        round_id = record.latest_round_id
        updated_at = self._transmission_time()
        self._transmissions.put(Transmission(answer, started_at, updated_at), self.name, round_id)
        # EVENTS
        self.emit("NewRound", round_id, ZERO_ADDRESS, started_at)
        self.emit("AnswerUpdated", answer, round_id, now)

    def _transmission_time(self) -> int:
        """The block's time as the feed keeps it."""
        return self.world.now
