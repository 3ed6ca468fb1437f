"""The oracle of ``TellorPlayground`` (usingtellor 5.0.5): anybody reports, anybody disputes.

It is Tellor's own stand-in for its oracle: reads are the same, but a report needs no stake, may
follow another one in the same block, and a dispute needs neither fee nor vote.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.errors import EmptyRevert, RevertReason
from weiproof.engine.keccak import keccak256
from weiproof.engine.state import Record, Table

from .playground_token import PlaygroundToken

if TYPE_CHECKING:
    from weiproof.engine.contract import World

LAST_LEGACY_ID = 100
"""Highest query id that needs not be the hash of its data."""


@dataclass(slots=True)
class Report(Record):
    """What is stored of a query and a time; a second report in a block replaces the first."""

    value: bytes = b""
    reporter: str = ZERO_ADDRESS
    disputed: bool = False


@dataclass(slots=True)
class Row(Record):
    """A dynamic array of integers."""

    items: tuple[int, ...] = ()


@dataclass(slots=True)
class Votes(Record):
    """How many disputes there were."""

    count: int = 0


class TellorPlayground(PlaygroundToken):
    """The oracle and its token in one contract. A query id is 32 bytes, a value any bytes."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self._reports = Table(world.store, "tellorReport", Report)
        self._timestamps = Table(world.store, "tellorTimestamps", Row)
        self._vote_rounds = Table(world.store, "tellorVoteRounds", Row)
        self._votes = Table(world.store, "tellorVotes", Votes)

    # REPORTS AND DISPUTES

    def submitValue(self, _queryId: bytes, _value: bytes, _nonce: int, _queryData: bytes) -> None:
        """Reports a value; the nonce is the number of earlier reports, or 0."""
        world, row = self.world, self._timestamps.read(self.name, _queryId.hex())
        # CHECKS
        if not _value:
            raise RevertReason("value must be submitted")
        if _nonce not in {len(row.items), 0}:
            raise RevertReason("nonce must match timestamp index")
        legacy = int.from_bytes(_queryId, "big") <= LAST_LEGACY_ID
        if not legacy and _queryId != keccak256(_queryData):
            raise RevertReason("id must be hash of bytes data")
        # EFFECTS
        report = self._reports.edit(self.name, _queryId.hex(), world.now)
        report.value, report.reporter = _value, world.sender
        self._timestamps.edit(self.name, _queryId.hex()).items = (*row.items, world.now)
        staker = self._stakers.edit(self.name, world.sender)
        staker.last_report = world.now
        staker.reports += 1
        # EVENTS
        self.emit("NewReport", _queryId, world.now, _value, _nonce, _queryData, world.sender)

    def beginDispute(self, _queryId: bytes, _timestamp: int) -> None:
        """Strikes a value for good, without an event; it need not exist."""
        report = self._reports.edit(self.name, _queryId.hex(), _timestamp)
        report.value, report.disputed = b"", True
        votes = self._votes.edit(self.name)
        votes.count += 1
        dispute = keccak256(_queryId + _timestamp.to_bytes(32, "big"))
        row = self._vote_rounds.edit(self.name, dispute.hex())
        row.items = (*row.items, votes.count)

    # WHAT IS STORED

    def values(self, _queryId: bytes, _timestamp: int) -> tuple[bytes]:
        """The value of a query at exactly a time; empty where there is none or it is disputed."""
        return (self._reports.read(self.name, _queryId.hex(), _timestamp).value,)

    retrieveData = values  # noqa: N815 - ABI

    def reporterByTimestamp(self, _queryId: bytes, _timestamp: int) -> tuple[str]:
        """Who reported it."""
        return (self._reports.read(self.name, _queryId.hex(), _timestamp).reporter,)

    getReporterByTimestamp = reporterByTimestamp  # noqa: N815 - ABI

    def isDisputed(self, _queryId: bytes, _timestamp: int) -> tuple[bool]:
        """Whether it is disputed."""
        return (self._reports.read(self.name, _queryId.hex(), _timestamp).disputed,)

    isInDispute = isDisputed  # noqa: N815 - ABI

    def timestamps(self, _queryId: bytes, _index: int) -> tuple[int]:
        """Time of a report; reverts without data where there is none."""
        return (_item(self._times(_queryId), _index),)

    def voteCount(self) -> tuple[int]:
        """How many disputes there were."""
        return (self._votes.read(self.name).count,)

    def voteRounds(self, _hash: bytes, _index: int) -> tuple[int]:
        """Number of a dispute of a value; reverts without data where there is none."""
        return (_item(self._vote_rounds.read(self.name, _hash.hex()).items, _index),)

    def getVoteRounds(self, _hash: bytes) -> tuple[tuple[int, ...]]:
        """Numbers of all disputes of a value, by the hash of query id and time."""
        return (self._vote_rounds.read(self.name, _hash.hex()).items,)

    def governance(self) -> tuple[str]:
        """Itself."""
        return (self.address,)

    # READING

    def getNewValueCountbyQueryId(self, _queryId: bytes) -> tuple[int]:
        """How many reports there were, the disputed ones included."""
        return (len(self._times(_queryId)),)

    def getTimestampbyQueryIdandIndex(self, _queryId: bytes, _index: int) -> tuple[int]:
        """Time of a report, 0 where there is none."""
        times = self._times(_queryId)
        return (times[_index] if _index < len(times) else 0,)

    def getIndexForDataBefore(self, _queryId: bytes, _timestamp: int) -> tuple[bool, int]:
        """Place of the last undisputed report from before a time, strictly."""
        times = self._times(_queryId)
        for index in range(bisect_left(times, _timestamp) - 1, -1, -1):
            if not self.isDisputed(_queryId, times[index])[0]:
                return (True, index)
        return (False, 0)

    def getDataBefore(self, _queryId: bytes, _timestamp: int) -> tuple[bool, bytes, int]:
        """That report: whether there is one, its value, its time."""
        found, index = self.getIndexForDataBefore(_queryId, _timestamp)
        if not found:
            return (False, b"", 0)
        at = self._times(_queryId)[index]
        return (True, *self.values(_queryId, at), at)

    def _times(self, query_id: bytes) -> tuple[int, ...]:
        return self._timestamps.read(self.name, query_id.hex()).items


def _item(items: tuple[int, ...], index: int) -> int:
    if index >= len(items):
        raise EmptyRevert
    return items[index]
