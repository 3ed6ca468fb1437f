"""An adapter whose feeds are updated each for itself: ``MultiFeedAdapterWithoutRounds``.

(@redstone-finance/on-chain-relayer 0.6.1.) What cannot be taken over is skipped with an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weiproof.engine.state import Record, Table

from .adapter import Settings
from .consumer import RedstoneConsumer
from .errors import InvalidLastUpdateDetails
from .payload import calldata

if TYPE_CHECKING:
    from weiproof.engine.contract import World

MAX_STALENESS = 30 * 3600
"""Seconds after an update at which its value can no longer be read."""

UPDATE_PARTIAL = bytes.fromhex("b7a16251")
"""Selector of ``updateDataFeedsValuesPartial(bytes32[])``."""


@dataclass(slots=True)
class Details(Record):
    """The last update of one feed."""

    data_timestamp: int = 0
    """Milliseconds."""
    block_timestamp: int = 0
    """Unix seconds."""
    value: int = 0


class MultiFeedAdapterWithoutRounds(RedstoneConsumer):
    """Takes any feeds of its signers; keeps the latest value of each.

    Of its :class:`~.adapter.Settings` only signers and threshold count.
    """

    refuses_malleable = False

    def __init__(self, world: World, name: str, settings: tuple[Any, ...]) -> None:
        given = Settings(*settings)
        super().__init__(world, name, given.signers, given.threshold)
        self._details = Table(world.store, "redstoneDetails", Details)

    def updateDataFeedsValuesPartial(
        self, dataFeedsIds: tuple[bytes, ...], payload: bytes = b""
    ) -> None:
        """Takes over values of some feeds; data must be within three minutes, one minute ahead.

        A feed is skipped that has been updated in this block, whose data are not newer, or whose
        value is zero.
        """
        data = calldata(UPDATE_PARTIAL, (32, len(dataFeedsIds), *dataFeedsIds), payload)
        values, milliseconds = self.oracle_values_and_timestamp(dataFeedsIds, data)
        self.validateTimestamp(milliseconds)
        for feed, value in zip(dataFeedsIds, values, strict=True):
            self._try_to_update(feed, value, milliseconds)

    def _try_to_update(self, feed: bytes, value: int, milliseconds: int) -> None:
        now, last = self.world.now, self._details.read(self.name, feed.hex())
        if now <= last.block_timestamp:
            self.emit("UpdateSkipDueToBlockTimestamp", feed)
        elif milliseconds <= last.data_timestamp:
            self.emit("UpdateSkipDueToDataTimestamp", feed)
        elif value == 0:
            self.emit("UpdateSkipDueToInvalidValue", feed)
        else:
            self._details.put(Details(milliseconds, now, value), self.name, feed.hex())
            self.emit("ValueUpdate", value, feed, now)

    def getLastUpdateDetails(self, dataFeedId: bytes) -> tuple[int, int, int]:
        """Milliseconds of the data, seconds of the block, value; reverts from 30 hours on."""
        details = self.getLastUpdateDetailsUnsafe(dataFeedId)
        _, block_timestamp, value = details
        if value == 0 or block_timestamp + MAX_STALENESS <= self.world.now:
            raise InvalidLastUpdateDetails(dataFeedId, *details)
        return details

    def getLastUpdateDetailsUnsafe(self, dataFeedId: bytes) -> tuple[int, int, int]:
        """The same of any age, zeros where there is none."""
        details = self._details.read(self.name, dataFeedId.hex())
        return (details.data_timestamp, details.block_timestamp, details.value)

    def getLastUpdateDetailsUnsafeForMany(
        self, dataFeedIds: tuple[bytes, ...]
    ) -> tuple[tuple[tuple[int, int, int], ...]]:
        """The same of many feeds."""
        return (tuple(map(self.getLastUpdateDetailsUnsafe, dataFeedIds)),)

    def getValueForDataFeed(self, dataFeedId: bytes) -> tuple[int]:
        """The latest value."""
        return (self.getLastUpdateDetails(dataFeedId)[2],)

    def getValuesForDataFeeds(
        self, requestedDataFeedIds: tuple[bytes, ...]
    ) -> tuple[tuple[int, ...]]:
        """The latest values."""
        return (tuple(self.getValueForDataFeed(each)[0] for each in requestedDataFeedIds),)

    def getDataTimestampFromLatestUpdate(self, dataFeedId: bytes) -> tuple[int]:
        """Milliseconds of the latest data."""
        return (self.getLastUpdateDetails(dataFeedId)[0],)

    def getBlockTimestampFromLatestUpdate(self, dataFeedId: bytes) -> tuple[int]:
        """Seconds of the block of the latest update."""
        return (self.getLastUpdateDetails(dataFeedId)[1],)
