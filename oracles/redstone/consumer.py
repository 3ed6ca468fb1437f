"""A consumer that reads prices from its call data: RedStone's pull model.

``RedstoneConsumerNumericBase`` and what it stands on (@redstone-finance/evm-connector 0.9.0).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weiproof.engine.contract import ZERO_ADDRESS, Contract
from weiproof.oracles.medians import redstone_median

from .errors import (
    CanNotPickMedianOfEmptyArray,
    DataTimestampCannotBeZero,
    GetDataServiceIdNotImplemented,
    InsufficientNumberOfUniqueSigners,
    InvalidSignature,
    SignerNotAuthorised,
    TimestampFromTooLongFuture,
    TimestampIsTooOld,
    TimestampsMustBeEqual,
)
from .payload import calldata, common_timestamp, package_at, packages_of
from .signatures import is_canonical, recovered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weiproof.engine.contract import World

    from .payload import Package

MAX_AHEAD = 60
"""Seconds that data may be stamped after the block, inclusive."""

MAX_DELAY = 180
"""Seconds that data may be stamped before the block, inclusive."""

EXTRACT_TIMESTAMPS = bytes.fromhex("55a547d5")
"""Selector of ``extractTimestampsAndAssertAllAreEqual()``."""


def check_timestamp(
    milliseconds: int, now: int, ahead: int = MAX_AHEAD, delay: int = MAX_DELAY
) -> None:
    """Refuses data of another time than now; milliseconds are floored to seconds.

    Equality with a limit passes. Raises TimestampFromTooLongFuture or TimestampIsTooOld.
    """
    seconds = milliseconds // 1000
    if now < seconds:
        if seconds - now > ahead:
            raise TimestampFromTooLongFuture(seconds, now)
    elif now - seconds > delay:
        raise TimestampIsTooOld(seconds, now)


def aggregated(values: Sequence[int]) -> int:
    """The median, an even count's average floored; reverts without values.

    Panics with 0x11 where the sum of the middle two leaves 256 bits.
    """
    if not values:
        raise CanNotPickMedianOfEmptyArray
    return redstone_median(values)


@dataclass(slots=True)
class _Votes:
    """What was counted for one feed."""

    counted: set[int] = field(default_factory=set)
    values: list[int] = field(default_factory=list)


class RedstoneConsumer(Contract):
    """A consumer with its authorised signers and how many of them must agree to speak.

    A payload stands behind a function's arguments; `data` is the call data as a whole.
    """

    refuses_malleable = True
    """Whether a signature must have its one canonical form; that of 0.6.1 takes any."""

    def __init__(self, world: World, name: str, signers: Sequence[str], threshold: int) -> None:
        super().__init__(world, name)
        self._signers = tuple(signer.lower() for signer in signers)
        self._threshold = threshold

    # WHAT A CONSUMER MAY OVERRIDE

    def getDataServiceId(self) -> tuple[str]:
        """Name of the data service; there is none."""
        raise GetDataServiceIdNotImplemented

    def getUniqueSignersThreshold(self) -> tuple[int]:
        """How many different signers must give a value."""
        return (self._threshold,)

    def getAuthorisedSignerIndex(self, receivedSigner: str) -> tuple[int]:
        """Place of a signer among the authorised; anybody else is refused."""
        if receivedSigner not in self._signers:
            raise SignerNotAuthorised(receivedSigner)
        return (self._signers.index(receivedSigner),)

    def validateTimestamp(self, receivedTimestampMilliseconds: int) -> None:
        """Refuses data more than 180 s old or more than 60 s ahead."""
        check_timestamp(receivedTimestampMilliseconds, self.world.now)

    def aggregateValues(self, values: tuple[int, ...]) -> tuple[int]:
        """The floored median."""
        return (aggregated(values),)

    # READING

    def extractTimestampsAndAssertAllAreEqual(self, payload: bytes = b"") -> tuple[int]:
        """Milliseconds that all packages behind the call carry, whoever signed them."""
        return (common_timestamp(calldata(EXTRACT_TIMESTAMPS, (), payload)),)

    def oracle_values(self, ids: Sequence[bytes], data: bytes) -> tuple[int, ...]:
        """One value for each feed, of data that are new enough.

        A feed that is asked for twice gets no value the second time, and so reverts:
        ``getOracleNumericValuesFromTxMsg``.
        """
        values, milliseconds = self.oracle_values_and_timestamp(ids, data)
        self.validateTimestamp(milliseconds)
        return values

    def oracle_values_with_duplicates(self, ids: Sequence[bytes], data: bytes) -> tuple[int, ...]:
        """The same, where feeds may be asked for more than once."""
        once = tuple(dict.fromkeys(ids))
        values = dict(zip(once, self.oracle_values(once, data), strict=True))
        return tuple(values[each] for each in ids)

    def oracle_values_and_timestamp(
        self, ids: Sequence[bytes], data: bytes
    ) -> tuple[tuple[int, ...], int]:
        """One value for each feed, and the milliseconds of the data, which are not judged.

        Without packages and feeds there is nothing, at 0.
        """
        votes = [_Votes() for _ in ids]
        count, end = packages_of(data)
        common = 0
        for _ in range(count):
            package = package_at(data, end)
            milliseconds = package.milliseconds()  # first, since reading it may panic
            self._count_package(package, ids, votes)
            if milliseconds == 0:
                raise DataTimestampCannotBeZero
            common = common or milliseconds
            if milliseconds != common:
                raise TimestampsMustBeEqual
            end += package.size
        return tuple(self._aggregated(each) for each in votes), common

    def _count_package(
        self, package: Package, ids: Sequence[bytes], votes: Sequence[_Votes]
    ) -> None:
        """Counts a package's values: each signer once a feed, and only the first `threshold`."""
        (signer,) = self.getAuthorisedSignerIndex(self._signer(package))
        for feed, value in package.values():
            if feed not in ids:
                continue
            vote = votes[ids.index(feed)]
            if signer not in vote.counted and len(vote.values) < self._threshold:
                vote.counted.add(signer)
                vote.values.append(value)

    def _signer(self, package: Package) -> str:
        digest = package.digest()
        v, r, s = package.signature()
        if self.refuses_malleable and not is_canonical(v, s):
            raise InvalidSignature(digest)
        signer = recovered(digest, v, r, s)
        if self.refuses_malleable and signer == ZERO_ADDRESS:
            raise InvalidSignature(digest)
        return signer

    def _aggregated(self, votes: _Votes) -> int:
        if len(votes.values) < self._threshold:
            raise InsufficientNumberOfUniqueSigners(len(votes.values), self._threshold)
        (value,) = self.aggregateValues(tuple(votes.values))
        return value
