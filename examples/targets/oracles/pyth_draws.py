"""Prices, times and updates for the targets over MockPyth: at the edges, or broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.oracles.pyth.structs import (
    NO_ID,
    Price,
    PriceFeed,
    TwapPriceFeed,
    encode_price_feed,
    encode_twap_price_feed,
)

if TYPE_CHECKING:
    from weiproof.crosscheck.targets import Scene

ETH, BTC = b"\x11" * 32, b"\x22" * 32
IDS = (ETH, BTC, NO_ID)
"""Ids that prices are stored for; the last is that of no price."""

VALID_TIME_PERIOD = 60
FEE = 3
"""Of one update, wei."""

MOST_UPDATES = 3
WILD_ONE_IN = 25
"""One in so many values is of any size."""

FEED_BYTES, UPDATE_BYTES, TWAP_BYTES = 288, 320, 256
"""Lengths of what MockPyth decodes; a byte less reverts."""


def price_id(scene: Scene) -> bytes:
    """Mostly one that is stored."""
    return scene.among(ETH, ETH, ETH, BTC, BTC, NO_ID, b"\x33" * 32)


def price_ids(scene: Scene) -> tuple[bytes, ...]:
    """Few ids, mostly one; rarely none."""
    return tuple(price_id(scene) for _ in range(scene.among(0, 1, 1, 1, 1, 2, 2, 3)))


def stored_time(scene: Scene, id_: bytes) -> int:
    """Publish time of what is stored; zero where nothing is."""
    price = scene.ask("pyth", "getPriceUnsafe", id_)
    return int(price[3]) if price is not None else 0


def time(scene: Scene) -> int:
    """Around now, around a stored time, or around the edges of the valid time period."""
    if scene.one_in(WILD_ONE_IN):
        return scene.among(0, 1, 2**64 - 1, scene.dice.bits(64))
    base = scene.among(scene.now, scene.now, stored_time(scene, ETH), stored_time(scene, BTC))
    away = scene.among(0, 0, VALID_TIME_PERIOD, -VALID_TIME_PERIOD, scene.dice.below(200) - 100)
    return min(max(base + away + scene.among(-1, 0, 0, 1), 0), 2**64 - 1)


def times(scene: Scene) -> tuple[int, ...]:
    """Few times."""
    return tuple(time(scene) for _ in range(scene.among(0, 1, 1, 1, 1, 2, 2, 3)))


def age(scene: Scene) -> int:
    """Around the age of a stored price, or any."""
    if scene.one_in(WILD_ONE_IN):
        return scene.among(0, 2**256 - 1, scene.dice.bits(256))
    away = abs(scene.now - stored_time(scene, scene.among(ETH, BTC)))
    return max(away + scene.among(-1, 0, 1), 0)


def expo(scene: Scene) -> int:
    """Usually Pyth's -8; now and then any, or where eight bits end."""
    edges = (0, -18, 5, 127, 128, -127, -128, -129, 256, -256, 2**31 - 1, -(2**31))
    return scene.among(-8, -8, -8, -5, *edges) if scene.one_in(3) else -8


def price(scene: Scene, publish_time: int) -> Price:
    """A few dollars; now and then none, negative, or as wide as there is room."""
    value = scene.dice.between(1, 10**13)
    edges = (0, -value, 2**63 - 1, -(2**63))
    conf = scene.among(0, value // 1000, 2**64 - 1)
    drawn = scene.among(*edges) if scene.one_in(5) else value
    return Price(drawn, conf, expo(scene), publish_time)


def update(scene: Scene) -> bytes:
    """One price feed with the time of the one before; sometimes broken."""
    published = time(scene)
    if scene.one_in(WILD_ONE_IN):
        published = scene.among(2**64, 2**80 + 5, 2**256 - 1)
    previous = min(max(published - scene.among(0, 1, 1, 2, 60), 0), 2**64 - 1)
    latest = price(scene, published)
    average = price(scene, published if not scene.one_in(10) else time(scene))
    data = encode_price_feed(PriceFeed(price_id(scene), latest, average), previous)
    return broken(scene, data) if scene.one_in(12) else data


def broken(scene: Scene, data: bytes) -> bytes:
    """Cut short or too long, or with a word that does not fit its type."""
    way = scene.dice.below(3)
    if way == 0:
        edge = scene.among(0, TWAP_BYTES, FEED_BYTES, UPDATE_BYTES) + scene.among(-1, 0, 1)
        return data[: max(edge, 0)]
    if way == 1:
        return data + bytes(scene.dice.between(1, 40))
    word = scene.dice.below(len(data) // 32)
    start = scene.among(0, 23, 24, 27, 28)
    return data[: 32 * word + start] + b"\x80" + data[32 * word + start + 1 :]


def updates(scene: Scene) -> tuple[bytes, ...]:
    """A few updates; rarely none."""
    count = 0 if scene.one_in(15) else scene.dice.between(1, MOST_UPDATES)
    return tuple(update(scene) for _ in range(count))


def averages(scene: Scene) -> tuple[bytes, ...]:
    """A few time-weighted averages, of which the first counts."""
    count = 0 if scene.one_in(8) else scene.dice.between(1, 2)
    return tuple(average(scene) for _ in range(count))


def average(scene: Scene) -> bytes:
    """One time-weighted average; sometimes broken."""
    end = time(scene)
    start = max(end - scene.dice.below(600), 0)
    down = scene.among(0, 1, 500_000, 1_000_000, 2**32 - 1)
    data = encode_twap_price_feed(
        TwapPriceFeed(price_id(scene), start, end, price(scene, end), down)
    )
    return broken(scene, data) if scene.one_in(5) else data


def ether(scene: Scene) -> int:
    """Mostly enough; at times just enough for some updates, or a wei less or more."""
    near = FEE * scene.dice.below(MOST_UPDATES + 1) + scene.among(0, 1, FEE - 1)
    return scene.among(FEE * MOST_UPDATES, 10**9, near)
