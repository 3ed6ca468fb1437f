"""PythAggregatorV3 over MockPyth, as they were published, and their twins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pyth_draws as draws
from pyth_draws import ETH, FEE, VALID_TIME_PERIOD

from weiproof.crosscheck.targets import Deploy, Ref, Target
from weiproof.engine.contract import Contract
from weiproof.engine.errors import RevertReason
from weiproof.engine.state import Record, Table
from weiproof.oracles.pyth.aggregator import PythAggregatorV3
from weiproof.oracles.pyth.mock_pyth import MockPyth
from weiproof.oracles.pyth.structs import PriceFeed, encode_price_feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weiproof.crosscheck.targets import Scene
    from weiproof.engine.call import Call, Outcome
    from weiproof.engine.contract import World

NOWHERE = "0x" + "00" * 18 + "dead"
"""An address without a contract."""

VIEWS = (
    "decimals", "latestAnswer", "latestTimestamp", "latestRound", "latestRoundData",
    "getRoundData", "getAnswer", "getTimestamp",
)  # fmt: skip

CONSTANTS = ("description", "version", "priceId", "pyth")

OF_MOCK = (
    "parsePriceFeedUpdates", "parsePriceFeedUpdatesUnique", "parsePriceFeedUpdatesWithConfig",
    "parseTwapPriceFeedUpdates", "updatePriceFeedsIfNecessary", "createPriceFeedUpdateData",
    "createTwapPriceFeedUpdateData", "getTwapUpdateFee", "getPrice", "getEmaPrice",
    "getPriceNoOlderThan", "getEmaPriceNoOlderThan", "getEmaPriceUnsafe", "getValidTimePeriod",
)  # fmt: skip
"""What another target compares."""

OF_BOTH = ("getPriceUnsafe", "queryPriceFeed", "priceFeedExists", "updatePriceFeeds")


@dataclass(slots=True)
class PayerRecord(Record):
    """Whether change is refused, and what was not."""

    refusing: bool = False
    wei: int = 0


class Payer(Contract):
    """The harness's twin: a caller that is a contract, and takes its change or refuses it."""

    def __init__(self, world: World, name: str, feed: str) -> None:
        super().__init__(world, name)
        self._feed = feed
        self._records = Table(world.store, "payer", PayerRecord)

    def feed(self) -> tuple[str]:
        """Whom it calls."""
        return (self._feed,)

    def refusing(self) -> tuple[bool]:
        """Whether it refuses Ether."""
        return (self._records.read(self.name).refusing,)

    def owned(self) -> tuple[int]:
        """Its Ether, wei."""
        return (self._records.read(self.name).wei,)

    def left(self) -> tuple[int]:
        """Ether of the feed, wei."""
        return (cast("PythAggregatorV3", self.world.deployed[self._feed]).owned_wei(),)

    def refuse(self, refusing_: bool) -> None:
        """Takes or refuses Ether from here on."""
        self._records.edit(self.name).refusing = refusing_
        self.emit("Refused", refusing_)

    def update(self, priceUpdateData: tuple[bytes, ...]) -> None:
        """Updates through the feed, with all Ether that is sent along."""
        self.call(self._feed, "updateFeeds", priceUpdateData, value=self.world.value)

    def receive(self) -> None:
        """Takes Ether, or refuses it."""
        if self.refusing()[0]:
            raise RevertReason("refused")
        self._records.edit(self.name).wei += self.world.value


def refused(scene: Scene) -> Iterator[Call]:
    """Change that one caller refuses goes to the next."""
    yield scene.call(scene.sender, "payer", "refuse", True)
    data = draws.updates(scene)
    yield scene.call(scene.sender, "payer", "update", data, value=FEE * len(data) + 100)
    data = draws.updates(scene)
    yield scene.call(scene.sender, "payer", "refuse", scene.one_in(3))
    value = scene.among(0, FEE, FEE * len(data))
    target, function = scene.among(("payer", "update"), ("feed", "updateFeeds"))
    yield scene.call(scene.sender, target, function, data, value=value)


def read(scene: Scene) -> Iterator[Call]:
    """A price is stored, and read as a round."""
    published = draws.time(scene)
    if scene.one_in(4):
        published = scene.among(2**64, 2**80 - 1, 2**80, 2**80 + 5, 2**256 - 1)
    price = draws.price(scene, published)
    if scene.one_in(4):
        price = price._replace(expo=scene.among(128, -128, -127, 127, 384))
    feed = PriceFeed(ETH, price, price)
    data = (encode_price_feed(feed, 0),)
    yield scene.call(scene.sender, "feed", "updateFeeds", data, value=FEE)
    yield scene.call(scene.sender, "feed", scene.among("latestRoundData", "decimals"))


class PythAggregator(Target):
    """A feed, a caller that is a contract, and a feed over nothing."""

    name = "pyth-aggregator"
    artifacts = "../../../node_modules/.targets/oracles/pyth"
    contracts = (
        Deploy("pyth", "MockPyth", args=(VALID_TIME_PERIOD, FEE), model=MockPyth),
        Deploy("costly", "MockPyth", args=(0, 2**255), model=MockPyth),
        Deploy("feed", "PythAggregatorV3", args=(Ref("pyth"), ETH), model=PythAggregatorV3),
        Deploy("dear", "PythAggregatorV3", args=(Ref("costly"), ETH), model=PythAggregatorV3),
        Deploy("orphan", "PythAggregatorV3", args=(NOWHERE, ETH), model=PythAggregatorV3),
        Deploy("payer", "Payer", args=(Ref("feed"),), model=Payer),
    )
    actors = ("alice", "bob")
    weights = {  # noqa: RUF012 - as all targets have it
        **{f"feed.{name}": 5 for name in VIEWS},
        "feed.updateFeeds": 30,
        "payer.update": 15,
        "payer.refuse": 5,
        "pyth.updatePriceFeeds": 5,
        "dear.updateFeeds": 5,
        "orphan.updateFeeds": 2,
    }
    arguments = {  # noqa: RUF012 - as all targets have it
        "id": draws.price_id,
        "priceUpdateData": draws.updates,
        "updateData": draws.updates,
    }
    skip = (
        *(f"pyth.{name}" for name in OF_MOCK),
        *(f"costly.{name}" for name in (*OF_MOCK, *OF_BOTH)),
        *(f"dear.{name}" for name in (*VIEWS, *CONSTANTS)),
        *(f"orphan.{name}" for name in CONSTANTS),
    )
    values = dict.fromkeys(
        ("feed.updateFeeds", "payer.update", "pyth.updatePriceFeeds"), draws.ether
    )

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Rounds of every kind of price, and change that is refused."""
        return ((40, read), (15, refused))

    def observe(self, scene: Scene, call: Call) -> Iterable[Call]:  # noqa: ARG002
        """The round, whatever the call."""
        for function, args in (("latestRoundData", ()), ("decimals", ()), ("getRoundData", (7,))):
            yield type(call)(call.at, call.sender, "feed", function, args)

    def states(self, call: Call, outcome: Outcome) -> Iterable[str]:
        """What a function came to."""
        ended = "ok" if outcome.ok else outcome.error or "no data"
        code = f"({outcome.error_args[0]})" if outcome.error == "Panic" else ""
        yield f"{call.target}.{call.function}: {ended}{code}"
