"""The twin of BaseToken, as far as it is a market's state and index price."""

from __future__ import annotations

from perp_math import mul_uint
from perp_owner import NOBODY, Owned

from weiproof.crosscheck.targets import overload

TOKENS = ("eth", "btc", "sol")
"""Labels of the markets."""
OPEN, PAUSED, CLOSED = range(3)
PAUSE_INTERVAL = 900
"""Seconds over which the index price is averaged that a paused market keeps."""
WAITING = 5 * 86_400
"""Seconds after which anybody may close a paused market."""


class BaseToken(Owned):
    """A market: open, paused at an index price, or closed at a price of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.status = OPEN
        self.getPriceFeed = NOBODY
        self.decimals_of_feed = 0
        self.getPausedTimestamp = 0
        self.getPausedIndexPrice = 0
        self.closed_price = 0

    def initialize(self, _name: str, _symbol: str, feed: str) -> None:
        """Once, with a price feed of at most eighteen decimals."""
        self.begin()
        self.own()
        if self.label_of(feed) != "venue":
            self.revert()
        self.decimals_of_feed = self.contract("venue").decimals()
        self.getPriceFeed = feed

    def pause(self) -> None:
        """Keeps the index price of now."""
        self.only_owner()
        self.check(self.status == OPEN, "BT_NO")
        self.getPausedIndexPrice = self.getIndexPrice(PAUSE_INTERVAL)
        self.status = PAUSED
        self.getPausedTimestamp = self.now
        self.emit("StatusUpdated", PAUSED)

    @overload("close(uint256)")
    def close_at(self, price: int) -> None:
        """The owner closes a paused market at any price."""
        self.only_owner()
        self.check(self.status == PAUSED, "BT_NP")
        self._close(price)

    @overload("close()")
    def close_late(self) -> None:
        """Anybody closes it after five days, at the price it was paused at."""
        self.check(self.status == PAUSED, "BT_NP")
        self.check(self.now > self.getPausedTimestamp + WAITING, "BT_WPNE")
        self._close(self.getPausedIndexPrice)

    def _close(self, price: int) -> None:
        self.status = CLOSED
        self.closed_price = price
        self.emit("StatusUpdated", CLOSED)

    def isOpen(self) -> bool:
        """Whether it trades."""
        return self.status == OPEN

    def isPaused(self) -> bool:
        """Whether it waits to be closed."""
        return self.status == PAUSED

    def isClosed(self) -> bool:
        """Whether it was closed, for good."""
        return self.status == CLOSED

    def getClosedPrice(self) -> int:
        """The price at which it was closed."""
        self.check(self.status == CLOSED, "BT_NC")
        return self.closed_price

    def getIndexPrice(self, interval: int) -> int:
        """The feed's price with eighteen decimals; of a paused or closed market the kept one."""
        if self.status != OPEN:
            return self.getPausedIndexPrice
        self.require(self.getPriceFeed != NOBODY)
        price: int = self.contract("venue").getDispatchedPrice(interval)
        return mul_uint(price, 10 ** (18 - self.decimals_of_feed))
