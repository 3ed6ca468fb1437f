"""Adapters that a relayer keeps up to date: RedStone's push model.

``PriceFeedsAdapterWithRounds`` and ``PriceFeedsAdapterWithoutRounds`` on ``RedstoneAdapterBase``
(@redstone-finance/on-chain-relayer 0.6.1, which reads payloads with evm-connector 0.6.1: there any
form of a signature counts, and a signature of nobody is one of the zero address).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from weiproof.engine.contract import ZERO_ADDRESS, Contract
from weiproof.engine.errors import RevertReason
from weiproof.engine.state import Record, Table

from .consumer import MAX_AHEAD, MAX_DELAY, RedstoneConsumer, check_timestamp
from .errors import (
    DataFeedIdNotFound,
    DataFeedValueCannotBeZero,
    DataPackageTimestampMismatch,
    DataTimestampIsTooBig,
    DataTimestampShouldBeNewerThanBefore,
    MinIntervalBetweenUpdatesHasNotPassedYet,
    RoundNotFound,
)
from .payload import calldata

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weiproof.engine.contract import World

MIN_INTERVAL = 3
"""Seconds between two updates."""

MAX_UINT128 = 2**128 - 1

UPDATE_DATA_FEEDS_VALUES = bytes.fromhex("c14c9204")
"""Selector of ``updateDataFeedsValues(uint256)``."""


class Settings(NamedTuple):
    """What a deployment decides."""

    signers: tuple[str, ...]
    threshold: int
    feed_ids: tuple[bytes, ...]
    min_interval: int = MIN_INTERVAL
    """Seconds between two updates."""
    max_ahead: int = MAX_AHEAD
    """Seconds that data may be stamped after the block ..."""
    max_delay: int = MAX_DELAY
    """... and before it, both inclusive."""


@dataclass(slots=True)
class Once(Record):
    """Whether ``initialize`` was called."""

    initialized: bool = False


@dataclass(slots=True)
class Timestamps(Record):
    """Times of an update."""

    data: int = 0
    """Milliseconds."""
    block: int = 0
    """Unix seconds."""

    @property
    def packed(self) -> int:
        """As they lie in one word of storage."""
        return self.data << 128 | self.block


@dataclass(slots=True)
class Latest(Record):
    """The latest round, from 1."""

    round_id: int = 0


@dataclass(slots=True)
class StoredValue(Record):
    """The value of a feed in a round."""

    value: int = 0


class Initializable(Contract):
    """OpenZeppelin's: ``initialize`` works once, for anybody."""

    def initialize(self) -> None:
        """Does nothing but count as done."""
        table = Table(self.world.store, "redstoneOnce", Once)
        if table.read(self.name).initialized:
            raise RevertReason("Initializable: contract is already initialized")
        table.edit(self.name).initialized = True
        self.emit("Initialized", 1)


class RedstoneAdapter(RedstoneConsumer, Initializable):
    """What both kinds of adapters share: who may update when, and with which data.

    Made with :class:`Settings`, or with a tuple of these.
    """

    refuses_malleable = False

    def __init__(self, world: World, name: str, settings: tuple[Any, ...]) -> None:
        self.settings = Settings(*settings)
        super().__init__(world, name, self.settings.signers, self.settings.threshold)
        self._latest_update = Table(world.store, "redstoneLatestUpdate", Timestamps)
        self._values = Table(world.store, "redstoneValue", StoredValue)

    # SETTINGS

    def requireAuthorisedUpdater(self, updater: str) -> None:
        """Anybody may update."""

    def getDataFeedIds(self) -> tuple[tuple[bytes, ...]]:
        """All feeds, which are updated together."""
        return (self.settings.feed_ids,)

    def getDataFeedIndex(self, dataFeedId: bytes) -> tuple[int]:
        """Place of a feed."""
        (ids,) = self.getDataFeedIds()
        if dataFeedId not in ids:
            raise DataFeedIdNotFound(dataFeedId)
        return (ids.index(dataFeedId),)

    def getMinIntervalBetweenUpdates(self) -> tuple[int]:
        """Seconds between the blocks of two updates."""
        return (self.settings.min_interval,)

    def getAllowedTimestampDiffsInSeconds(self) -> tuple[int, int]:
        """How far data may be stamped after the block, and before it."""
        return (self.settings.max_ahead, self.settings.max_delay)

    # UPDATE

    def updateDataFeedsValues(self, dataPackagesTimestamp: int, payload: bytes = b"") -> None:
        """Takes over the values of all feeds from the packages behind the call.

        The proposed milliseconds must be newer than the last and near the block's time, and the
        packages must carry exactly these.
        """
        world = self.world
        self.requireAuthorisedUpdater(world.sender)
        # CHECKS
        last = self._latest_update.read(self.name).block
        interval = self.settings.min_interval
        if world.now < last + interval:
            raise MinIntervalBetweenUpdatesHasNotPassedYet(world.now, last, interval)
        self.validateProposedDataPackagesTimestamp(dataPackagesTimestamp)
        if dataPackagesTimestamp > MAX_UINT128:
            raise DataTimestampIsTooBig(dataPackagesTimestamp)
        # EFFECTS
        update = self._latest_update.edit(self.name)
        update.data, update.block = dataPackagesTimestamp, world.now
        (ids,) = self.getDataFeedIds()
        data = calldata(UPDATE_DATA_FEEDS_VALUES, (dataPackagesTimestamp,), payload)
        self._update(ids, self.oracle_values(ids, data))

    def validateTimestamp(self, receivedTimestampMilliseconds: int) -> None:
        """Packages must be of the proposed time; a simulation from the zero address may not."""
        if self.world.sender == ZERO_ADDRESS:
            return
        expected = self._latest_update.read(self.name).data
        if receivedTimestampMilliseconds != expected:
            raise DataPackageTimestampMismatch(expected, receivedTimestampMilliseconds)

    def validateProposedDataPackagesTimestamp(self, dataPackagesTimestamp: int) -> None:
        """Milliseconds must be newer than those of the last update, and near the block's time."""
        last = self._latest_update.read(self.name).data
        if dataPackagesTimestamp <= last:
            raise DataTimestampShouldBeNewerThanBefore(dataPackagesTimestamp, last)
        self.validateDataPackagesTimestampOnce(dataPackagesTimestamp)

    def validateDataPackagesTimestampOnce(self, dataPackagesTimestamp: int) -> None:
        """Milliseconds must be near the block's time."""
        check_timestamp(
            dataPackagesTimestamp,
            self.world.now,
            self.settings.max_ahead,
            self.settings.max_delay,
        )

    def _update(self, ids: Sequence[bytes], values: Sequence[int]) -> None:
        """Stores a value for each feed."""
        round_id = self._round_id()
        for feed, value in zip(ids, values, strict=True):
            self.validateDataFeedValueOnWrite(feed, value)
            self._values.edit(self.name, feed.hex(), round_id).value = value

    def _round_id(self) -> int:
        """The round whose values are the latest: always the same one without rounds."""
        return 0

    # TIMES

    def getBlockTimestamp(self) -> tuple[int]:
        """Time of the block."""
        return (self.world.now,)

    def getDataTimestampFromLatestUpdate(self) -> tuple[int]:
        """Milliseconds of the latest data."""
        return (self._latest_update.read(self.name).data,)

    def getBlockTimestampFromLatestUpdate(self) -> tuple[int]:
        """Block time of the latest update: what price feeds call ``updatedAt``."""
        return (self._latest_update.read(self.name).block,)

    def getTimestampsFromLatestUpdate(self) -> tuple[int, int]:
        """Milliseconds of the data, seconds of the block."""
        return self._latest_update.read(self.name).fields()

    def getPackedTimestampsFromLatestUpdate(self) -> tuple[int]:
        """Both in one word."""
        return (self._latest_update.read(self.name).packed,)

    # VALUES

    def getValueForDataFeed(self, dataFeedId: bytes) -> tuple[int]:
        """The latest value; reverts for an unknown feed, and before the first update."""
        self.getDataFeedIndex(dataFeedId)
        (value,) = self.getValueForDataFeedUnsafe(dataFeedId)
        self.validateDataFeedValueOnRead(dataFeedId, value)
        return (value,)

    def getValuesForDataFeeds(
        self, requestedDataFeedIds: tuple[bytes, ...]
    ) -> tuple[tuple[int, ...]]:
        """The same of many feeds."""
        return (tuple(self.getValueForDataFeed(each)[0] for each in requestedDataFeedIds),)

    def getValueForDataFeedUnsafe(self, dataFeedId: bytes) -> tuple[int]:
        """The latest value, 0 where there is none."""
        return (self._values.read(self.name, dataFeedId.hex(), self._round_id()).value,)

    def getValuesForDataFeedsUnsafe(
        self, requestedDataFeedIds: tuple[bytes, ...]
    ) -> tuple[tuple[int, ...]]:
        """The same of many feeds."""
        return (tuple(self.getValueForDataFeedUnsafe(each)[0] for each in requestedDataFeedIds),)

    def validateDataFeedValueOnRead(self, dataFeedId: bytes, valueForDataFeed: int) -> None:
        """Refuses zero."""
        if valueForDataFeed == 0:
            raise DataFeedValueCannotBeZero(dataFeedId)

    def validateDataFeedValueOnWrite(self, dataFeedId: bytes, valueForDataFeed: int) -> None:
        """Refuses zero."""
        self.validateDataFeedValueOnRead(dataFeedId, valueForDataFeed)


class PriceFeedsAdapterWithoutRounds(RedstoneAdapter):
    """Keeps the latest values alone."""


class PriceFeedsAdapterWithRounds(RedstoneAdapter):
    """Keeps the values of every update, by rounds from 1."""

    def __init__(self, world: World, name: str, settings: tuple[Any, ...]) -> None:
        super().__init__(world, name, settings)
        self._latest = Table(world.store, "redstoneLatestRound", Latest)
        self._rounds = Table(world.store, "redstoneRound", Timestamps)

    def getLatestRoundId(self) -> tuple[int]:
        """The latest round, 0 before the first update."""
        return (self._round_id(),)

    def getLatestRoundParams(self) -> tuple[int, int, int]:
        """The latest round, milliseconds of its data, seconds of its block."""
        round_id = self._round_id()
        times = self._rounds.read(self.name, round_id)
        return (round_id, times.data, times.block)

    def getPackedTimestampsForRound(self, roundId: int) -> tuple[int]:
        """Both times of a round in one word, 0 where it was never written."""
        return (self._rounds.read(self.name, roundId).packed,)

    def getValueForDataFeedAndRound(self, dataFeedId: bytes, roundId: int) -> tuple[int]:
        """A feed's value in a round, 0 where there is none."""
        return (self._values.read(self.name, dataFeedId.hex(), roundId).value,)

    def getRoundDataFromAdapter(self, dataFeedId: bytes, roundId: int) -> tuple[int, int, int]:
        """Value in a round, milliseconds of its data, seconds of its block.

        Reverts for a round that was never written, and for an unknown feed.
        """
        if roundId > self._round_id() or roundId == 0:
            raise RoundNotFound(roundId)
        (value,) = self.getValueForDataFeedAndRound(dataFeedId, roundId)
        self.validateDataFeedValueOnRead(dataFeedId, value)
        times = self._rounds.read(self.name, roundId)
        return (value, times.data, times.block)

    def _update(self, ids: Sequence[bytes], values: Sequence[int]) -> None:
        """Begins a round, with the update's times, and stores its values."""
        self._latest.edit(self.name).round_id += 1
        update = self._latest_update.read(self.name)
        times = Timestamps(update.data, update.block)
        self._rounds.put(times, self.name, self._round_id())
        super()._update(ids, values)

    def _round_id(self) -> int:
        return self._latest.read(self.name).round_id
