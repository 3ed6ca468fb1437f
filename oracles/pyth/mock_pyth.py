"""The SDK's contract for tests, which takes prices as they are: the twin of ``MockPyth.sol`` 4.3.1.

Where it is not like the real contract, :mod:`~.pyth` is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.errors import INDEX_OUT_OF_RANGE, Panic
from weiproof.engine.fixed_point import to_uint256

from .abstract_pyth import AbstractPyth
from .errors import InvalidTwapUpdateDataSet, PriceFeedNotFoundWithinRange
from .structs import (
    NO_ID,
    Price,
    PriceFeed,
    TwapPriceFeed,
    decode_price_feed,
    decode_price_update,
    decode_twap_price_feed,
    encode_price_feed,
    encode_twap_price_feed,
)

if TYPE_CHECKING:
    from weiproof.engine.contract import World


class MockPyth(AbstractPyth):
    """One such contract; an update is one price feed, and every update costs the same."""

    def __init__(
        self, world: World, name: str, validTimePeriod: int, singleUpdateFeeInWei: int
    ) -> None:
        super().__init__(world, name, validTimePeriod)
        self._single_update_fee = singleUpdateFeeInWei

    def priceFeedExists(self, id_: bytes) -> tuple[bool]:
        """Whether there is a price; of id zero there never is, even if one was stored."""
        return (self._stored(id_).price_id != NO_ID,)

    def getUpdateFee(self, updateData: tuple[bytes, ...]) -> tuple[int]:
        """A fixed fee for each update, wei; panics with 0x11 where that overflows."""
        return (to_uint256(self._single_update_fee * len(updateData)),)

    def getTwapUpdateFee(self, updateData: tuple[bytes, ...]) -> tuple[int]:
        """The same fee, wei."""
        return self.getUpdateFee(updateData)

    def updatePriceFeeds(self, updateData: tuple[bytes, ...]) -> None:
        """Stores what is strictly newer; all updates are paid for."""
        self._require_fee(self.getUpdateFee(updateData)[0])
        for update in updateData:
            self._store_if_newer(decode_price_feed(update))

    def parsePriceFeedUpdatesWithConfig(
        self,
        updateData: tuple[bytes, ...],
        priceIds: tuple[bytes, ...],
        minAllowedPublishTime: int,
        maxAllowedPublishTime: int,
        checkUniqueness: bool,
        checkUpdateDataIsMinimal: bool,  # noqa: ARG002 - the mock does not look at it
        storeUpdatesIfFresh: bool,  # noqa: ARG002 - the mock stores anyway
    ) -> tuple[tuple[PriceFeed, ...], tuple[int, ...]]:
        """The first update within the window for each price, and its publish time as the slot.

        Reverts with PriceFeedNotFoundWithinRange where there is none. Every update that is read on
        the way is stored if it is newer, whatever was asked for.
        """
        self._require_fee(self.getUpdateFee(updateData)[0])
        found = []
        for id_ in priceIds:
            feed = PriceFeed()
            for update in updateData:
                feed, previous = decode_price_update(update)
                self._store_if_newer(feed)
                if feed.price_id != id_:
                    continue
                within = minAllowedPublishTime <= feed.price.publish_time <= maxAllowedPublishTime
                if within and (not checkUniqueness or previous < minAllowedPublishTime):
                    break
                feed = feed._replace(price_id=NO_ID)
            if feed.price_id != id_:
                raise PriceFeedNotFoundWithinRange
            found.append(feed)
        return tuple(found), tuple(feed.price.publish_time % 2**64 for feed in found)

    def parsePriceFeedUpdates(
        self,
        updateData: tuple[bytes, ...],
        priceIds: tuple[bytes, ...],
        minPublishTime: int,
        maxPublishTime: int,
    ) -> tuple[tuple[PriceFeed, ...]]:
        """An update within the window for each price, both ends included."""
        feeds, _ = self.parsePriceFeedUpdatesWithConfig(
            updateData, priceIds, minPublishTime, maxPublishTime, False, True, False
        )
        return (feeds,)

    def parsePriceFeedUpdatesUnique(
        self,
        updateData: tuple[bytes, ...],
        priceIds: tuple[bytes, ...],
        minPublishTime: int,
        maxPublishTime: int,
    ) -> tuple[tuple[PriceFeed, ...]]:
        """The same: the mock does not ask whether an update is the first within the window."""
        return self.parsePriceFeedUpdates(updateData, priceIds, minPublishTime, maxPublishTime)

    def parseTwapPriceFeedUpdates(
        self, updateData: tuple[bytes, ...], priceIds: tuple[bytes, ...]
    ) -> tuple[tuple[TwapPriceFeed, ...]]:
        """The average in the first update, for each price; no other update is read."""
        self._require_fee(self.getUpdateFee(updateData)[0])
        feeds = []
        for id_ in priceIds:
            if not updateData:
                raise Panic(INDEX_OUT_OF_RANGE)
            feed = decode_twap_price_feed(updateData[0])
            if feed.price_id != id_:
                raise InvalidTwapUpdateDataSet
            feeds.append(feed)
            times, twap = (feed.start_time, feed.end_time), (feed.twap.price, feed.twap.conf)
            self.emit("TwapPriceFeedUpdate", id_, *times, *twap, feed.down_slots_ratio)
        return (tuple(feeds),)

    # RULES

    def _outdated(self, id_: bytes, publish_time: int) -> bool:
        """A price that does not exist is outdated at any time, zero included."""
        return not self.priceFeedExists(id_)[0] or (
            self._stored(id_).price.publish_time < publish_time
        )

    # UPDATES TO TEST WITH

    def createPriceFeedUpdateData(
        self,
        id_: bytes,
        price: int,
        conf: int,
        expo: int,
        emaPrice: int,
        emaConf: int,
        publishTime: int,
        prevPublishTime: int,
    ) -> tuple[bytes]:
        """An update to store or to parse."""
        latest = Price(price, conf, expo, publishTime)
        average = Price(emaPrice, emaConf, expo, publishTime)
        return (encode_price_feed(PriceFeed(id_, latest, average), prevPublishTime),)

    def createTwapPriceFeedUpdateData(
        self,
        id_: bytes,
        startTime: int,
        endTime: int,
        price: int,
        conf: int,
        expo: int,
        downSlotsRatio: int,
    ) -> tuple[bytes]:
        """An average to parse; it is published when it ends."""
        twap = Price(price, conf, expo, endTime)
        return (
            encode_twap_price_feed(TwapPriceFeed(id_, startTime, endTime, twap, downSlotsRatio)),
        )
