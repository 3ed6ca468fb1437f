"""The contract in use on EVM chains: the twin of ``Pyth.sol`` 1.4.5, behind whatever proxy.

Signatures and Merkle proofs are not verified, and fees are what the constructor says, because
governance is left out. All else is as in the contract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.errors import INDEX_OUT_OF_RANGE, Panic
from weiproof.engine.fixed_point import to_uint256

from .abstract_pyth import AbstractPyth
from .accumulator import count_messages, decode_points, decode_prices
from .errors import (
    InvalidArgument,
    InvalidTwapUpdateDataSet,
    InvalidUpdateData,
    PriceFeedNotFoundWithinRange,
)
from .structs import NO_ID
from .twap import twap_between

if TYPE_CHECKING:
    from weiproof.engine.contract import World

    from .structs import PriceFeed, TwapPriceFeed

TWAP_UPDATES = 2
"""Updates of a time-weighted average: one for its start, one for its end."""


class Pyth(AbstractPyth):
    """One such contract; an update holds up to 255 messages, each of which is paid for."""

    def __init__(
        self,
        world: World,
        name: str,
        validTimePeriodSeconds: int,
        singleUpdateFeeInWei: int,
        transactionFeeInWei: int = 0,
    ) -> None:
        super().__init__(world, name, validTimePeriodSeconds)
        self._single_update_fee = singleUpdateFeeInWei
        self._transaction_fee = transactionFeeInWei

    # VIEWS

    def version(self) -> tuple[str]:
        """Version of the contract."""
        return ("1.4.5-alpha.1",)

    def singleUpdateFeeInWei(self) -> tuple[int]:
        """Price of a message, wei."""
        return (self._single_update_fee,)

    def transactionFeeInWei(self) -> tuple[int]:
        """Price of a call, on top, wei."""
        return (self._transaction_fee,)

    def validTimePeriodSeconds(self) -> tuple[int]:
        """Age limit of ``getPrice`` and ``getEmaPrice``, seconds."""
        return self.getValidTimePeriod()

    def latestPriceInfoPublishTime(self, priceId: bytes) -> tuple[int]:
        """Publish time of what is stored; zero where nothing is."""
        return (self._stored(priceId).price.publish_time,)

    def priceFeedExists(self, id_: bytes) -> tuple[bool]:
        """Whether a price was ever stored."""
        return (self._stored(id_).price.publish_time != 0,)

    def getUpdateFee(self, updateData: tuple[bytes, ...]) -> tuple[int]:
        """Price of all messages, and of the call, wei."""
        return (self._fee(sum(map(count_messages, updateData))),)

    def getTwapUpdateFee(self, updateData: tuple[bytes, ...]) -> tuple[int]:
        """Price of the start's messages, and of the call, wei; the end's are free."""
        if not updateData:
            raise Panic(INDEX_OUT_OF_RANGE)
        return (self._fee(count_messages(updateData[0])),)

    # UPDATES

    def updatePriceFeeds(self, updateData: tuple[bytes, ...]) -> None:
        """Stores what is strictly newer; all messages are paid for."""
        paid = 0
        for update in updateData:
            _, messages = decode_prices(update)
            for message in messages:
                self._store_if_newer(message.feed)
            paid += len(messages)
        self._require_fee(self._fee(paid))

    def parsePriceFeedUpdatesWithConfig(
        self,
        updateData: tuple[bytes, ...],
        priceIds: tuple[bytes, ...],
        minAllowedPublishTime: int,
        maxAllowedPublishTime: int,
        checkUniqueness: bool,
        checkUpdateDataIsMinimal: bool,
        storeUpdatesIfFresh: bool,
    ) -> tuple[tuple[PriceFeed, ...], tuple[int, ...]]:
        """The first message within the window for each price, and the slot of its update.

        With `checkUniqueness`, the one before must have been published before the window. Reverts
        with PriceFeedNotFoundWithinRange where there is none, which a price that is asked for
        twice, and that of id zero, always come to. With `checkUpdateDataIsMinimal`, reverts with
        InvalidArgument unless there are as many messages as prices.
        """
        self._require_fee(self.getUpdateFee(updateData)[0])
        found: dict[bytes, tuple[PriceFeed, int]] = {}
        count = 0
        for update in updateData:
            slot, messages = decode_prices(update)
            count += len(messages)
            for message in messages:
                within = minAllowedPublishTime <= message.publish_time <= maxAllowedPublishTime
                first = message.prev_publish_time < minAllowedPublishTime
                if message.price_id in priceIds and within and (first or not checkUniqueness):
                    found.setdefault(message.price_id, (message.feed, slot))
        if storeUpdatesIfFresh:
            for id_ in dict.fromkeys(priceIds):
                if id_ in found and id_ != NO_ID:
                    self._store_if_newer(found[id_][0])
        if checkUpdateDataIsMinimal and count != len(priceIds):
            raise InvalidArgument
        if NO_ID in priceIds or any(priceIds.count(id_) > 1 for id_ in priceIds):
            raise PriceFeedNotFoundWithinRange
        if any(id_ not in found for id_ in priceIds):
            raise PriceFeedNotFoundWithinRange
        feeds, slots = zip(*(found[id_] for id_ in priceIds), strict=True) if priceIds else ((), ())
        return feeds, slots

    def parsePriceFeedUpdates(
        self,
        updateData: tuple[bytes, ...],
        priceIds: tuple[bytes, ...],
        minPublishTime: int,
        maxPublishTime: int,
    ) -> tuple[tuple[PriceFeed, ...]]:
        """A message within the window for each price, both ends included; nothing is stored."""
        feeds, _ = self.parsePriceFeedUpdatesWithConfig(
            updateData, priceIds, minPublishTime, maxPublishTime, False, False, False
        )
        return (feeds,)

    def parsePriceFeedUpdatesUnique(
        self,
        updateData: tuple[bytes, ...],
        priceIds: tuple[bytes, ...],
        minPublishTime: int,
        maxPublishTime: int,
    ) -> tuple[tuple[PriceFeed, ...]]:
        """The first message of all within the window, for each price; nothing is stored."""
        feeds, _ = self.parsePriceFeedUpdatesWithConfig(
            updateData, priceIds, minPublishTime, maxPublishTime, True, False, False
        )
        return (feeds,)

    def parseTwapPriceFeedUpdates(
        self, updateData: tuple[bytes, ...], priceIds: tuple[bytes, ...]
    ) -> tuple[tuple[TwapPriceFeed, ...]]:
        """Averages between the first update's sums and the second's. No event is emitted.

        Reverts with InvalidUpdateData unless there are two, with InvalidTwapUpdateDataSet where
        they do not hold the same prices in the same order, and as :func:`~.twap.twap_between`.
        """
        if len(updateData) != TWAP_UPDATES:
            raise InvalidUpdateData
        self._require_fee(self.getTwapUpdateFee(updateData)[0])
        starts, ends = map(decode_points, updateData)
        if [point.price_id for point in starts] != [point.price_id for point in ends]:
            raise InvalidTwapUpdateDataSet
        first = {
            start.price_id: (start, end)
            for start, end in zip(starts[::-1], ends[::-1], strict=True)
        }
        feeds = tuple(twap_between(*first[id_]) for id_ in priceIds if id_ in first)
        if len(feeds) < len(priceIds) or NO_ID in priceIds:
            raise PriceFeedNotFoundWithinRange
        return (feeds,)

    # RULES

    def _outdated(self, id_: bytes, publish_time: int) -> bool:
        return self._stored(id_).price.publish_time < publish_time

    def _fee(self, messages: int) -> int:
        """Panics with 0x11 where the fee leaves 256 bits."""
        return to_uint256(to_uint256(messages * self._single_update_fee) + self._transaction_fee)
