"""One price of Pyth's that is whatever it was told to be: the twin of ``MockPythPrice.sol``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.contract import Contract
from weiproof.engine.state import Record, Table

from .errors import PriceFeedNotFound

if TYPE_CHECKING:
    from weiproof.engine.contract import World


@dataclass(slots=True)
class MockPrice(Record):
    """What is answered."""

    price: int = 0
    conf: int = 0
    expo: int = 0
    publish_time: int = 0


class MockPythPrice(Contract):
    """One such price."""

    def __init__(self, world: World, name: str, expo: int) -> None:
        super().__init__(world, name)
        self._prices = Table(world.store, "mockPythPrice", MockPrice)
        self._prices.put(MockPrice(1, 0, expo, 1), name)

    def setPrice(self, price: int, conf: int, expo: int, publishTime: int) -> None:
        """Sets what is answered to any id."""
        # EFFECTS
        self._prices.put(MockPrice(price, conf, expo, publishTime), self.name)
        # EVENTS
        self.emit("PriceSet", price, conf, expo, publishTime)

    def getPriceUnsafe(self, _id: bytes) -> tuple[tuple[object, ...]]:
        """The price, however old."""
        price = self._prices.read(self.name)
        # CHECKS
        if price.publish_time == 0:
            raise PriceFeedNotFound
        return (price.fields(),)
