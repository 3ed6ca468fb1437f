"""A world with feeds and an oracle hub alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.desk import ADMIN, GENESIS, NODE, who
from weiproof.engine.call import Call
from weiproof.engine.contract import World
from weiproof.engine.model import Model
from weiproof.oracles.feed import Feed
from weiproof.oracles.mock_feed import MockFeed
from weiproof.oracles.oracle_hub import OracleHub

if TYPE_CHECKING:
    from weiproof.engine.call import Outcome, Value

PRICE_ID = b"ETH-USD".ljust(32, b"\0")
NOW = GENESIS + 1_000_000
TRADE, LIQUIDATION = 0, 1


class HubDesk:
    """Mock feeds ``m0`` … and one real feed ``feed``, with the hub over them."""

    def __init__(self, *decimals: int) -> None:
        """Makes a mock feed of each of these decimals."""
        world = World(now=GENESIS, sender=ADMIN)
        names = ["hub", "feed", *(f"m{i}" for i in range(len(decimals)))]
        world.addresses.update({name: who("contract " + name) for name in names})
        OracleHub(world, "hub", ADMIN)
        Feed(world, "feed", ADMIN, NODE, 8, "ETH / USD", 6, 100, 10**12)
        for i, places in enumerate(decimals):
            MockFeed(world, f"m{i}", places, "mock")
        self.mocks = [f"m{i}" for i in range(len(decimals))]
        self.model = Model(world)
        self.now = NOW

    def address(self, name: str) -> str:
        """Address of a contract."""
        return self.model.world.addresses[name]

    def call(self, sender: str, target: str, function: str, *args: Value) -> Outcome:
        """Makes a call now."""
        return self.model.apply(Call(self.now, sender, target, function, args))

    def configure(
        self, *names: str, quorum: int = 1, max_age: int = 100, liquidation_max_age: int = 500
    ) -> Outcome:
        """Sets the feeds of the price."""
        feeds = tuple(self.address(name) for name in names)
        ages = (max_age,) * len(feeds), (liquidation_max_age,) * len(feeds)
        return self.call(ADMIN, "hub", "configure", PRICE_ID, feeds, *ages, quorum)

    def answer(self, name: str, answer: int, *, age: int = 0, round_id: int = 7) -> None:
        """Lets a mock answer with a complete round of this age."""
        at = self.now - age
        assert self.call(ADMIN, name, "setRound", round_id, answer, at, at, round_id).ok

    def price(self, purpose: int = TRADE) -> int:
        """The price, which there must be."""
        outcome = self.call(who("reader"), "hub", "price", PRICE_ID, purpose)
        assert outcome.ok, (outcome.error, outcome.error_args)
        (value,) = outcome.values
        assert isinstance(value, int)
        return value

    def refused(self, purpose: int = TRADE) -> tuple[str, tuple[Value, ...]]:
        """Why there is no price."""
        outcome = self.call(who("reader"), "hub", "price", PRICE_ID, purpose)
        assert not outcome.ok
        return outcome.error, outcome.error_args
