"""What every Pyth contract has: stored prices, their age, and when an update is worth its fee.

The twin of ``AbstractPyth.sol`` of the SDK 4.3.1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.contract import Contract
from weiproof.engine.state import Record, Table

from .errors import (
    InsufficientFee,
    InvalidArgument,
    NoFreshUpdate,
    PriceFeedNotFound,
    StalePrice,
)
from .structs import NO_ID, NO_PRICE, Price, PriceFeed

if TYPE_CHECKING:
    from weiproof.engine.contract import World


@dataclass(slots=True)
class StoredFeed(Record):
    """The price feed that is stored for an id."""

    price_id: bytes = NO_ID
    price: Price = NO_PRICE
    ema_price: Price = NO_PRICE


class AbstractPyth(Contract, ABC):
    """Prices by id; a publisher of updates, or anybody, pays to have them stored."""

    def __init__(self, world: World, name: str, validTimePeriod: int) -> None:
        super().__init__(world, name)
        self._valid_time_period = validTimePeriod
        self._feeds = Table(world.store, "pythFeed", StoredFeed)

    # VIEWS

    def getValidTimePeriod(self) -> tuple[int]:
        """Age limit of ``getPrice`` and ``getEmaPrice``, seconds."""
        return (self._valid_time_period,)

    @abstractmethod
    def priceFeedExists(self, id_: bytes) -> tuple[bool]:
        """Whether there is a price."""

    def queryPriceFeed(self, id_: bytes) -> tuple[PriceFeed]:
        """What is stored, however old; reverts with PriceFeedNotFound where nothing is."""
        if not self.priceFeedExists(id_)[0]:
            raise PriceFeedNotFound
        return (self._stored(id_),)

    def getPriceUnsafe(self, id_: bytes) -> tuple[Price]:
        """The latest price, however old, and whatever its sign or confidence."""
        return (self.queryPriceFeed(id_)[0].price,)

    def getEmaPriceUnsafe(self, id_: bytes) -> tuple[Price]:
        """The latest moving average, however old."""
        return (self.queryPriceFeed(id_)[0].ema_price,)

    def getPriceNoOlderThan(self, id_: bytes, age: int) -> tuple[Price]:
        """The latest price; reverts with StalePrice beyond `age` seconds, ahead as behind."""
        return (self._no_older(self.getPriceUnsafe(id_)[0], age),)

    def getEmaPriceNoOlderThan(self, id_: bytes, age: int) -> tuple[Price]:
        """The latest moving average; reverts with StalePrice beyond `age` seconds either way."""
        return (self._no_older(self.getEmaPriceUnsafe(id_)[0], age),)

    def getPrice(self, id_: bytes) -> tuple[Price]:
        """The latest price, within the valid time period."""
        return self.getPriceNoOlderThan(id_, self._valid_time_period)

    def getEmaPrice(self, id_: bytes) -> tuple[Price]:
        """The latest moving average, within the valid time period."""
        return self.getEmaPriceNoOlderThan(id_, self._valid_time_period)

    @abstractmethod
    def getUpdateFee(self, updateData: tuple[bytes, ...]) -> tuple[int]:
        """What the updates cost, wei."""

    # UPDATES

    @abstractmethod
    def updatePriceFeeds(self, updateData: tuple[bytes, ...]) -> None:
        """Stores what is strictly newer; the rest costs as much and does nothing."""

    def updatePriceFeedsIfNecessary(
        self,
        updateData: tuple[bytes, ...],
        priceIds: tuple[bytes, ...],
        publishTimes: tuple[int, ...],
    ) -> None:
        """Updates, if one of the prices is older than said; otherwise reverts: NoFreshUpdate."""
        if len(priceIds) != len(publishTimes):
            raise InvalidArgument
        if not any(map(self._outdated, priceIds, publishTimes)):
            raise NoFreshUpdate
        self.updatePriceFeeds(updateData)

    # RULES

    @abstractmethod
    def _outdated(self, id_: bytes, publish_time: int) -> bool:
        """Whether what is stored is older than a publish time."""

    def _stored(self, id_: bytes) -> PriceFeed:
        record = self._feeds.read(self.name, id_.hex())
        return PriceFeed(record.price_id, record.price, record.ema_price)

    def _store_if_newer(self, feed: PriceFeed) -> None:
        """Keeps the feed if it is strictly newer than what is stored under its id."""
        price = feed.price
        if price.publish_time <= self._stored(feed.price_id).price.publish_time:
            return
        self._feeds.put(StoredFeed(*feed), self.name, feed.price_id.hex())
        publish_time = price.publish_time % 2**64
        self.emit("PriceFeedUpdate", feed.price_id, publish_time, price.price, price.conf)

    def _no_older(self, price: Price, age: int) -> Price:
        if abs(self.world.now - price.publish_time) > age:
            raise StalePrice
        return price

    def _require_fee(self, fee: int) -> None:
        """Takes all Ether that was sent; nobody gets any back."""
        if self.world.value < fee:
            raise InsufficientFee
