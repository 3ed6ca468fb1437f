"""The SDK's MockPyth, as it was published, and its twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyth_draws as draws
from pyth_draws import FEE, IDS, VALID_TIME_PERIOD

from weiproof.crosscheck.targets import Deploy, Target
from weiproof.oracles.pyth.mock_pyth import MockPyth
from weiproof.oracles.pyth.structs import Price, PriceFeed, encode_price_feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weiproof.crosscheck.targets import Scene
    from weiproof.engine.call import Call, Outcome

READ = ("getPriceUnsafe", "getEmaPriceUnsafe", "getPriceNoOlderThan", "getEmaPriceNoOlderThan")
PARSE = (
    "parsePriceFeedUpdates", "parsePriceFeedUpdatesUnique", "parsePriceFeedUpdatesWithConfig",
)  # fmt: skip


def age_edge(scene: Scene) -> Iterator[Call]:
    """A price is stored, and read within and beyond an age, ahead of the clock or behind it."""
    id_, away = scene.among(*IDS), scene.among(0, 1, 7, VALID_TIME_PERIOD)
    published = scene.now + scene.among(away, -away)
    yield _stored(scene, id_, published)
    for beside in (-1, 0, 1):
        name = scene.among("getPriceNoOlderThan", "getEmaPriceNoOlderThan")
        limit = max(abs(scene.now - published) + beside, 0)
        yield scene.call(scene.sender, "pyth", name, id_, limit)
    yield scene.call(scene.sender, "pyth", scene.among("getPrice", "getEmaPrice"), id_)


def newer_edge(scene: Scene) -> Iterator[Call]:
    """A price is stored again a second earlier, at the same time, and a second later."""
    id_, published = scene.among(*IDS), max(draws.time(scene), 1)
    for beside in (0, -1, 0, 1):
        yield _stored(scene, id_, min(published + beside, 2**64 - 1))


def window_edge(scene: Scene) -> Iterator[Call]:
    """One update is asked for in windows that begin or end around its time."""
    id_, published = scene.among(*IDS), max(draws.time(scene), 2)
    previous = published - scene.among(0, 1, 1, 2)
    feed = PriceFeed(id_, draws.price(scene, published), draws.price(scene, published))
    data = (encode_price_feed(feed, previous),)
    others = tuple(draws.update(scene) for _ in range(scene.among(0, 0, 1)))
    for beside in (-1, 0, 1):
        low, high = scene.among(
            (previous + beside, published), (published + beside, published + 1),
            (previous, published + beside), (0, 2**64 - 1),
        )  # fmt: skip
        name = scene.among(*PARSE)
        window = tuple(min(max(bound, 0), 2**64 - 1) for bound in (low, high))
        flags = tuple(scene.one_in(2) for _ in range(3)) if name == PARSE[2] else ()
        value = FEE * (1 + len(others))
        args = ((*others, *data), (id_,), *window, *flags)
        yield scene.call(scene.sender, "pyth", name, *args, value=value)


def necessary(scene: Scene) -> Iterator[Call]:
    """An update only if a price is older than said, by a second more or less."""
    ids = draws.price_ids(scene)
    said = tuple(
        min(max(draws.stored_time(scene, id_) + scene.among(-1, 0, 0, 1), 0), 2**64 - 1)
        for id_ in ids
    )
    data = draws.updates(scene)
    value = max(FEE * len(data) - scene.among(0, 0, 0, 1), 0)
    args = (data, ids, said)
    yield scene.call(scene.sender, "pyth", "updatePriceFeedsIfNecessary", *args, value=value)


def average(scene: Scene) -> Iterator[Call]:
    """A time-weighted average, mostly of the price that is asked for."""
    data = draws.averages(scene)
    id_ = data[0][:32] if data and len(data[0]) >= 32 else draws.price_id(scene)  # noqa: PLR2004 - bytes32
    ids = (id_,) * scene.among(0, 1, 1, 2)
    value = FEE * len(data)
    yield scene.call(scene.sender, "pyth", "parseTwapPriceFeedUpdates", data, ids, value=value)


def created(scene: Scene) -> Iterator[Call]:
    """An update is made by the contract itself, and stored."""
    published = draws.time(scene)
    numbers = (*draws.price(scene, 0)[:3], *draws.price(scene, 0)[:2], published, published)
    call = scene.call(
        scene.sender, "pyth", "createPriceFeedUpdateData", draws.price_id(scene), *numbers
    )
    yield call
    data = scene.would(call).values
    yield scene.call(scene.sender, "pyth", "updatePriceFeeds", data, value=FEE)


def _stored(scene: Scene, id_: bytes, published: int) -> Call:
    feed = PriceFeed(id_, draws.price(scene, published), Price(1, 2, -8, published))
    data = (encode_price_feed(feed, max(published - 1, 0)),)
    return scene.call(scene.sender, "pyth", "updatePriceFeeds", data, value=FEE)


class PythMock(Target):
    """One mock, and one whose fees overflow."""

    name = "pyth-mock"
    artifacts = "../../../node_modules/.targets/oracles/pyth"
    contracts = (
        Deploy("pyth", "MockPyth", args=(VALID_TIME_PERIOD, FEE), model=MockPyth),
        Deploy("costly", "MockPyth", args=(2**256 - 1, 2**255), model=MockPyth),
    )
    actors = ("alice", "bob")
    weights = {  # noqa: RUF012 - as all targets have it
        **dict.fromkeys((f"pyth.{name}" for name in READ), 6),
        "pyth.getUpdateFee": 3,
        "costly.getUpdateFee": 3,
        "costly.updatePriceFeeds": 2,
        "costly.parseTwapPriceFeedUpdates": 2,
        "costly.updatePriceFeedsIfNecessary": 1,
        **dict.fromkeys((f"costly.{name}" for name in PARSE), 1),
    }
    arguments = {  # noqa: RUF012 - as all targets have it
        "id": draws.price_id,
        "age": draws.age,
        "expo": draws.expo,
        "priceIds": draws.price_ids,
        "publishTimes": draws.times,
        "publishTime": draws.time,
        "prevPublishTime": draws.time,
        "minPublishTime": draws.time,
        "maxPublishTime": draws.time,
        "minAllowedPublishTime": draws.time,
        "maxAllowedPublishTime": draws.time,
        "updateData": draws.updates,
        "pyth.parseTwapPriceFeedUpdates.updateData": draws.averages,
    }
    values = dict.fromkeys(
        (
            f"pyth.{name}"
            for name in (
                "updatePriceFeeds",
                "updatePriceFeedsIfNecessary",
                "parseTwapPriceFeedUpdates",
                *PARSE,
            )
        ),
        draws.ether,
    )

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Ages, times and windows around their edges."""
        return (
            (15, age_edge), (15, newer_edge), (15, window_edge), (10, necessary), (10, average),
            (5, created),
        )  # fmt: skip

    def observe(self, scene: Scene, call: Call) -> Iterable[Call]:  # noqa: ARG002
        """Everything that is stored, and whether it is too old."""
        for id_ in IDS:
            for function in ("priceFeedExists", "queryPriceFeed", "getPrice", "getEmaPrice"):
                yield type(call)(call.at, call.sender, "pyth", function, (id_,))

    def states(self, call: Call, outcome: Outcome) -> Iterable[str]:
        """What a function came to: its error, or how much it stored."""
        ended = f"{len(outcome.events)} events" if outcome.ok else outcome.error or "no data"
        code = f"({outcome.error_args[0]})" if outcome.error == "Panic" else ""
        yield f"{call.target}.{call.function}: {ended}{code}"
