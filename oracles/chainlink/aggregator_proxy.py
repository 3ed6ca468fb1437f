"""The proxy in front of an aggregator: ``EACAggregatorProxy`` (@chainlink/contracts 0.6.1).

A round id is the phase in 16 bits above the aggregator's own in 64: with each aggregator that is
confirmed the phase rises by one, so ids jump by 2**64 and do not follow on across phases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.errors import RevertReason
from weiproof.engine.state import Record, Table

from .owned import Owned

if TYPE_CHECKING:
    from weiproof.engine.call import Value
    from weiproof.engine.contract import World

RoundData: TypeAlias = tuple[int, int, int, int, int]
"""Round id, answer, startedAt, updatedAt, answeredInRound."""

PHASE_OFFSET = 64
ROUND_MASK = 2**64 - 1
PHASE_COUNT = 2**16
MAX_ID = 2**80 - 1


@dataclass(slots=True)
class ProxyRecord(Record):
    """Where a proxy leads."""

    phase_id: int = 0
    aggregator: str = ZERO_ADDRESS
    proposed_aggregator: str = ZERO_ADDRESS
    access_controller: str = ZERO_ADDRESS


@dataclass(slots=True)
class PhaseAggregator(Record):
    """The aggregator of one phase."""

    aggregator: str = ZERO_ADDRESS


class EACAggregatorProxy(Owned):
    """The proxy; reads revert without data where no aggregator answers them."""

    def __init__(self, world: World, name: str, aggregator: str, accessController: str) -> None:
        super().__init__(world, name)
        self._proxies = Table(world.store, "proxy", ProxyRecord)
        self._phases = Table(world.store, "phaseAggregators", PhaseAggregator)
        self._set_aggregator(aggregator)
        self.setController(accessController)

    # OWNER

    def setController(self, accessController: str) -> None:
        """Sets who says which callers may read; everybody may where it is the zero address."""
        self.only_owner()
        # EFFECTS
        self._proxies.edit(self.name).access_controller = accessController

    def proposeAggregator(self, aggregator: str) -> None:
        """Proposes an aggregator, which can be read through the ``proposed…`` views."""
        self.only_owner()
        # EFFECTS
        self._proxies.edit(self.name).proposed_aggregator = aggregator

    def confirmAggregator(self, aggregator: str) -> None:
        """Begins the next phase with the proposed aggregator.

        Without a proposal the zero address can be confirmed, and reads then revert.
        """
        self.only_owner()
        if aggregator != self._proxies.read(self.name).proposed_aggregator:
            raise RevertReason("Invalid proposed aggregator")
        # EFFECTS
        self._proxies.edit(self.name).proposed_aggregator = ZERO_ADDRESS
        self._set_aggregator(aggregator)

    # WHERE IT LEADS

    def aggregator(self) -> tuple[str]:
        """The current aggregator."""
        return (self._proxies.read(self.name).aggregator,)

    def phaseId(self) -> tuple[int]:
        """The current phase, 1 at first; after 65,535 comes 0."""
        return (self._proxies.read(self.name).phase_id,)

    def phaseAggregators(self, phaseId: int) -> tuple[str]:
        """The aggregator of a phase; zero where there was none."""
        return (self._phases.read(self.name, phaseId).aggregator,)

    def proposedAggregator(self) -> tuple[str]:
        """The aggregator that is proposed; zero where none is."""
        return (self._proxies.read(self.name).proposed_aggregator,)

    def accessController(self) -> tuple[str]:
        """Who says which callers may read."""
        return (self._proxies.read(self.name).access_controller,)

    def decimals(self) -> tuple[Value, ...]:
        """Decimals of the current aggregator's answers."""
        return self.call(*self.aggregator(), "decimals")

    def version(self) -> tuple[Value, ...]:
        """The current aggregator's version."""
        return self.call(*self.aggregator(), "version")

    def description(self) -> tuple[Value, ...]:
        """What the current aggregator prices, for people."""
        return self.call(*self.aggregator(), "description")

    # READS

    def latestRoundData(self) -> RoundData:
        """The current aggregator's latest round, its ids with the phase."""
        self._check_access()
        record = self._proxies.read(self.name)
        return _with_phase(record.phase_id, self.call(record.aggregator, "latestRoundData"))

    def getRoundData(self, roundId: int) -> RoundData:
        """A round of the phase in its id; a phase that never was reverts without data."""
        self._check_access()
        phase, own_id = _parts(roundId)
        (aggregator,) = self.phaseAggregators(phase)
        return _with_phase(phase, self.call(aggregator, "getRoundData", own_id))

    def latestAnswer(self) -> tuple[Value, ...]:
        """The current aggregator's latest answer."""
        self._check_access()
        return self.call(*self.aggregator(), "latestAnswer")

    def latestTimestamp(self) -> tuple[Value, ...]:
        """When the current aggregator was last updated."""
        self._check_access()
        return self.call(*self.aggregator(), "latestTimestamp")

    def latestRound(self) -> tuple[int]:
        """The current aggregator's latest round id with the phase."""
        self._check_access()
        record = self._proxies.read(self.name)
        return (_add_phase(record.phase_id, self.call(record.aggregator, "latestRound")[0]),)

    def getAnswer(self, roundId: int) -> tuple[Value, ...]:
        """Answer of a round; 0, without a revert, where the phase never was."""
        self._check_access()
        return self._of_round("getAnswer", roundId)

    def getTimestamp(self, roundId: int) -> tuple[Value, ...]:
        """Update time of a round; 0, without a revert, where the phase never was."""
        self._check_access()
        return self._of_round("getTimestamp", roundId)

    def proposedLatestRoundData(self) -> tuple[Value, ...]:
        """The proposed aggregator's latest round, its ids without a phase."""
        return self.call(self._proposal(), "latestRoundData")

    def proposedGetRoundData(self, roundId: int) -> tuple[Value, ...]:
        """A round of the proposed aggregator, ids without a phase."""
        return self.call(self._proposal(), "getRoundData", roundId)

    # RULES

    def _set_aggregator(self, aggregator: str) -> None:
        record = self._proxies.edit(self.name)
        record.phase_id = (record.phase_id + 1) % PHASE_COUNT
        record.aggregator = aggregator
        self._phases.put(PhaseAggregator(aggregator), self.name, record.phase_id)

    def _check_access(self) -> None:
        controller = self._proxies.read(self.name).access_controller
        if controller == ZERO_ADDRESS:
            return
        if not self.call(controller, "hasAccess", self.world.sender, b"")[0]:
            raise RevertReason("No access")

    def _proposal(self) -> str:
        self._check_access()
        proposed = self._proxies.read(self.name).proposed_aggregator
        if proposed == ZERO_ADDRESS:
            raise RevertReason("No proposed aggregator present")
        return proposed

    def _of_round(self, function: str, round_id: int) -> tuple[Value, ...]:
        if round_id > MAX_ID:
            return (0,)
        phase, own_id = _parts(round_id)
        (aggregator,) = self.phaseAggregators(phase)
        if aggregator == ZERO_ADDRESS:
            return (0,)
        return self.call(aggregator, function, own_id)


def _parts(round_id: int) -> tuple[int, int]:
    """Phase and the aggregator's own id."""
    return round_id >> PHASE_OFFSET, round_id & ROUND_MASK


def _add_phase(phase: int, own_id: Value) -> int:
    """The aggregator's id, of which 64 bits are kept, below the phase."""
    if not isinstance(own_id, int):
        raise TypeError(own_id)
    return phase << PHASE_OFFSET | own_id & ROUND_MASK


def _with_phase(phase: int, data: tuple[Value, ...]) -> RoundData:
    round_id, answer, started_at, updated_at, answered_in_round = data
    return (
        _add_phase(phase, round_id),
        answer,
        started_at,
        updated_at,
        _add_phase(phase, answered_in_round),
    )  # type: ignore[return-value]  # what the feed's own method returns
