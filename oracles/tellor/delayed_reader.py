"""A price feed that reads a query as Tellor's consumers are told to: the twin of our own contract.

Values become readable when they could be disputed for a while, and expire. The delay is the
consumer's, not the oracle's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from weiproof.engine.contract import Contract
from weiproof.engine.errors import EmptyRevert
from weiproof.engine.fixed_point import MAX_INT256, to_uint256

from .errors import NoValue, TooOld, ValueTooLarge

if TYPE_CHECKING:
    from weiproof.engine.contract import World

DECIMALS = 18
"""Of a spot price, as Tellor's query types have it."""

WORD = 32


class DelayedReader(Contract):
    """A feed of one query; a round's id is the time of its report."""

    def __init__(
        self, world: World, name: str, tellor: str, query_id: bytes, delay: int, max_age: int
    ) -> None:
        super().__init__(world, name)
        self._tellor, self._query_id = tellor.lower(), query_id
        self._delay, self._max_age = delay, max_age

    def tellor(self) -> tuple[str]:
        """The oracle."""
        return (self._tellor,)

    def queryId(self) -> tuple[bytes]:
        """The query."""
        return (self._query_id,)

    def delay(self) -> tuple[int]:
        """Seconds that a value must have been open to disputes, exclusive."""
        return (self._delay,)

    def maxAge(self) -> tuple[int]:
        """Seconds after which a value may not be read, inclusive."""
        return (self._max_age,)

    def decimals(self) -> tuple[int]:
        """Decimals of every answer."""
        return (DECIMALS,)

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """The latest value that is old enough, undisputed and not too old.

        Reverts without data where a value has less than 32 bytes, and of a longer one reads the
        first 32.
        """
        before = to_uint256(self.world.now - self._delay)
        found = self.call(self._tellor, "getDataBefore", self._query_id, before)
        _, data, at = cast("tuple[bool, bytes, int]", found)
        if at == 0:
            raise NoValue(before)
        if self.world.now - at > self._max_age:
            raise TooOld(at)
        if len(data) < WORD:
            raise EmptyRevert
        value = int.from_bytes(data[:WORD], "big")
        if value > MAX_INT256:
            raise ValueTooLarge(value)
        return (at, value, at, at, at)
