"""What a contract that uses Tellor reads: ``UsingTellor`` (usingtellor 5.0.5), made callable."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, cast

from weiproof.engine.contract import Contract
from weiproof.engine.errors import Panic
from weiproof.engine.fixed_point import to_uint256

if TYPE_CHECKING:
    from weiproof.engine.call import Value
    from weiproof.engine.contract import World

TOO_MUCH_MEMORY = 0x41
"""Panic code of an array that is too long to exist."""

MOST_ITEMS = 2**64 - 1


class UsingTellor(Contract):
    """A reader of one oracle; reads revert without data where there is none."""

    def __init__(self, world: World, name: str, tellor: str) -> None:
        super().__init__(world, name)
        self._tellor = tellor.lower()

    def tellor(self) -> tuple[str]:
        """The oracle."""
        return (self._tellor,)

    def getDataBefore(self, _queryId: bytes, _timestamp: int) -> tuple[Value, Value]:
        """Value and time of the last undisputed report from before a time; else empty, and 0."""
        _, value, at = self.call(self._tellor, "getDataBefore", _queryId, _timestamp)
        return (value, at)

    def getDataAfter(self, _queryId: bytes, _timestamp: int) -> tuple[Value, Value]:
        """Value and time of the first undisputed report from after a time; else empty, and 0."""
        found, index = self.getIndexForDataAfter(_queryId, _timestamp)
        if not found:
            return (b"", 0)
        (at,) = self.getTimestampbyQueryIdandIndex(_queryId, index)
        return (*self.retrieveData(_queryId, at), at)

    def getIndexForDataBefore(self, _queryId: bytes, _timestamp: int) -> tuple[bool, int]:
        """Place of the last undisputed report from before a time, strictly."""
        found = self.call(self._tellor, "getIndexForDataBefore", _queryId, _timestamp)
        return cast("tuple[bool, int]", found)

    def getIndexForDataAfter(self, _queryId: bytes, _timestamp: int) -> tuple[bool, int]:
        """Place of the first undisputed report from after a time, strictly."""
        (count,) = self.getNewValueCountbyQueryId(_queryId)
        times = [self.getTimestampbyQueryIdandIndex(_queryId, i)[0] for i in range(count)]
        for index in range(bisect_right(times, _timestamp), count):
            if not self.isInDispute(_queryId, times[index])[0]:
                return (True, index)
        return (False, 0)

    def getMultipleValuesBefore(
        self, _queryId: bytes, _timestamp: int, _maxAge: int, _maxCount: int
    ) -> tuple[tuple[Value, ...], tuple[int, ...]]:
        """The latest undisputed values, oldest first: after the time less an age, before the time.

        Panics with 0x11 on an age above the time, and with 0x41 on a count above 64 bits.
        """
        after = to_uint256(_timestamp - _maxAge)
        found, first = self.getIndexForDataAfter(_queryId, after)
        if not found:
            return ((), ())
        found, last = self.getIndexForDataBefore(_queryId, _timestamp)
        if not found:
            return ((), ())
        if _maxCount > MOST_ITEMS:
            raise Panic(TOO_MUCH_MEMORY)
        times: list[int] = []
        for index in range(last, first - 1, -1):
            if len(times) == _maxCount:
                break
            (at,) = self.getTimestampbyQueryIdandIndex(_queryId, index)
            if not self.isInDispute(_queryId, at)[0]:
                times.insert(0, at)
        return (tuple(self.retrieveData(_queryId, at)[0] for at in times), tuple(times))

    def getNewValueCountbyQueryId(self, _queryId: bytes) -> tuple[int]:
        """How many reports there were, the disputed ones included."""
        return cast("tuple[int]", self.call(self._tellor, "getNewValueCountbyQueryId", _queryId))

    def getReporterByTimestamp(self, _queryId: bytes, _timestamp: int) -> tuple[Value]:
        """Who reported."""
        return cast(
            "tuple[Value]", self.call(self._tellor, "getReporterByTimestamp", _queryId, _timestamp)
        )

    def getTimestampbyQueryIdandIndex(self, _queryId: bytes, _index: int) -> tuple[int]:
        """Time of a report, 0 where there is none."""
        return cast(
            "tuple[int]", self.call(self._tellor, "getTimestampbyQueryIdandIndex", _queryId, _index)
        )

    def isInDispute(self, _queryId: bytes, _timestamp: int) -> tuple[bool]:
        """Whether the report of a query at a time is disputed."""
        return cast("tuple[bool]", self.call(self._tellor, "isInDispute", _queryId, _timestamp))

    def retrieveData(self, _queryId: bytes, _timestamp: int) -> tuple[Value]:
        """The value of a query at exactly a time."""
        return cast("tuple[Value]", self.call(self._tellor, "retrieveData", _queryId, _timestamp))
