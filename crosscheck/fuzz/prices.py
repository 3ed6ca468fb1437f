"""Calls that make prices.

Ordinary rounds, crashes, edges, and every way in which a feed can be broken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.crosscheck.spec import price_id
from weiproof.engine.bits import each_bit
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_PRICE
from weiproof.oracles.feed import Feed

from .playground import ANCHORS, LARGEST_ANSWER, SMALLEST_ANSWER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.crosscheck.spec import FeedSpec
    from weiproof.engine.call import Call

    from .scene import Scene

WIDEST = 18
"""Most decimals of a feed that the hub takes."""

_SPREAD = 30
"""Prices stay within their anchor divided and multiplied by this, crashes apart."""


def publish(scene: Scene, name: str, price: int | None = None) -> Iterator[Call]:
    """All feeds of a price report it: the target where no other is given, WAD."""
    target = scene.targets[name] if price is None else price
    for source in scene.prices[name].sources:
        yield from report(scene, scene.feeds[source.feed], target)


def report(scene: Scene, feed: FeedSpec, price: int) -> Iterator[Call]:
    """One feed reports a price in its own decimals."""
    answer = max(price // 10 ** max(WIDEST - feed.decimals, 0), 1)
    if not feed.mock:
        observed_at = scene.now - scene.among(0, 0, 1, 12)
        yield scene.call(scene.transmitter, feed.label, "transmit", answer, observed_at)
        return
    if scene.ask(feed.label, "failing") != (False,):
        yield scene.call(scene.outsider, feed.label, "setFailing", False)
    args = (scene.now, answer, scene.now, scene.now, scene.now)
    yield scene.call(scene.outsider, feed.label, "setRound", *args)


def fresh(scene: Scene, market_id: int) -> Iterator[Call]:
    """Makes sure that the market has a price, most of the time."""
    if scene.index(market_id) is None and not scene.one_in(8):
        yield from publish(scene, scene.price_name(market_id))


def fresh_for(scene: Scene, account: str) -> Iterator[Call]:
    """Makes sure that every market in which an account has a position or an order has a price."""
    for market_id in (*scene.held(account), *each_bit(scene.account(account).ordered_markets)):
        if scene.index(market_id) is None:
            yield from publish(scene, scene.price_name(market_id))


def fresh_all(scene: Scene) -> Iterator[Call]:
    """Every price is published anew."""
    for name in scene.prices:
        yield from publish(scene, name)


def drift(scene: Scene) -> Iterator[Call]:
    """A price moves a little, and its feeds disagree a little."""
    name = scene.dice.choice(tuple(ANCHORS))
    move(scene, name, 985, 1015)
    for source in scene.prices[name].sources:
        if scene.one_in(4):
            continue
        price = scene.share(scene.targets[name], 997, 1003)
        yield from report(scene, scene.feeds[source.feed], price)


def jump(scene: Scene) -> Iterator[Call]:
    """A price jumps up or down by up to a third."""
    name = scene.dice.choice(tuple(ANCHORS))
    move(scene, name, 700, 1350)
    yield from publish(scene, name)


def crash(scene: Scene) -> Iterator[Call]:
    """A price, sometimes all, falls or rises so far that accounts go under."""
    names = tuple(ANCHORS) if scene.one_in(6) else (scene.dice.choice(tuple(ANCHORS)),)
    up = scene.one_in(2)
    for name in names:
        move(scene, name, *((1200, 2500) if up else (350, 850)))
        yield from publish(scene, name)


def recover(scene: Scene) -> Iterator[Call]:
    """A price comes back halfway to its anchor."""
    name = scene.dice.choice(tuple(ANCHORS))
    scene.targets[name] = (scene.targets[name] + ANCHORS[name]) // 2
    yield from publish(scene, name)


def to_edge(scene: Scene) -> Iterator[Call]:
    """A market's price goes to where an account becomes liquidatable, or a unit beside it."""
    holders = [a for a in scene.accounts if scene.held(a)]
    if not holders:
        return
    account = scene.dice.choice(tuple(holders))
    market_id = scene.dice.choice(scene.held(account))
    found = scene.ask("house", "liquidationPrice", account, market_id)
    if found is None or not found[0] or not isinstance(found[1], int):
        return
    name = scene.price_name(market_id)
    edge = max(found[1], 1)
    if not ANCHORS[name] // _SPREAD < edge < ANCHORS[name] * _SPREAD:
        return
    unit = 10 ** (WIDEST - min(scene.feeds[s.feed].decimals for s in scene.prices[name].sources))
    scene.targets[name] = max(edge + scene.among(-1, 0, 0, 1) * scene.among(1, unit), 1)
    yield from publish(scene, name)
    for price in (edge - 1, edge, edge + 1, scene.among(0, 1, MAX_PRICE, MAX_PRICE + 1)):
        yield scene.house(scene.outsider, "isLiquidatableAt", account, market_id, price)
    yield scene.house(scene.outsider, "liquidationPrice", account, market_id)
    yield scene.house(scene.outsider, "liquidationSize", account, market_id)
    yield scene.house(scene.outsider, "isLiquidatable", account)


def sink(scene: Scene, account: str, market_id: int) -> Iterator[Call]:
    """A market's price goes a hundredth beyond where an account becomes liquidatable."""
    found = scene.ask("house", "liquidationPrice", account, market_id)
    if found is None or not found[0] or not isinstance(found[1], int):
        return
    name, size = scene.price_name(market_id), scene.size(account, market_id)
    beyond = found[1] - found[1] // 100 if size > 0 else found[1] + found[1] // 100
    if scene.targets[name] // 3 < beyond < scene.targets[name] * 3:
        scene.targets[name] = beyond
        yield from publish(scene, name)


def age_edge(scene: Scene) -> Iterator[Call]:
    """Time goes to the last second at which a round counts, or one beside it; then it is used."""
    market_id = scene.dice.choice(scene.markets)
    name = scene.price_name(market_id)
    if name in ("CALM-USD", "RARE-USD"):
        return
    yield from publish(scene, name)
    source = scene.dice.choice(scene.prices[name].sources)
    limit = scene.among(source.max_age, source.liquidation_max_age)
    scene.wait(max(limit + scene.among(-1, 0, 1), 0))
    word = price_id(name)
    account = scene.dice.choice(scene.accounts)
    for purpose in (0, 1):
        yield scene.call(scene.outsider, "hub", "price", word, purpose)
        yield scene.call(scene.outsider, "hub", "reasonsOf", word, purpose)
    yield scene.house(scene.outsider, "accrueFunding", market_id)
    yield scene.house(account, "withdraw", 1)
    yield scene.house(scene.outsider, "settle", account)
    yield scene.house(scene.other(account), "liquidate", account, market_id, 10**27)
    yield from publish(scene, name)


def break_mock(scene: Scene) -> Iterator[Call]:
    """A mock answers with a round that must not count, or at the edge of counting."""
    feed = scene.dice.choice(tuple(f for f in scene.feeds.values() if f.mock))
    now, answer = scene.now, max(_target_of(scene, feed), 1)
    limit = MAX_PRICE // 10 ** max(WIDEST - feed.decimals, 0)
    refused = (
        (now, 0, now, now, now),
        (now, -answer, now, now, now),
        (now, -(2**255), now, now, now),
        (now, answer, now, 0, now),
        (now, answer, now, now, now - 1),
        (now - 1, answer, now, now, now),
        (now, answer, now, now + 1, now),
        (now, answer, now, now + 3_600, now),
        (now, answer, now + 1, 2**256 - 1, now),
        (now, limit + 1, now, now, now),
        (now, 2**255 - 1, now, now, now),
        (2**80 - 1, answer, 0, now, 2**80 - 1),
        (0, answer, 0, 1, 0),
    )
    extreme = ((now, limit, now, now, now), (0, 1, 0, now, 0))
    is_extreme = scene.one_in(6)
    args = scene.dice.choice(extreme if is_extreme else refused)
    yield scene.call(scene.outsider, feed.label, "setRound", *args)
    if scene.one_in(3):
        yield scene.call(scene.outsider, feed.label, "setFailing", scene.among(True, True, False))
    yield from read_feed(scene, feed)
    yield from use_price(scene, feed)
    # A price out of this world is gone again before anybody trades on it.
    if is_extreme or not scene.one_in(3):
        yield from report(scene, feed, _price_of(scene, feed))


def break_feed(scene: Scene) -> Iterator[Call]:
    """A feed refuses a round, begins a phase, or gets an answer that the hub refuses."""
    feed = scene.dice.choice(tuple(f for f in scene.feeds.values() if not f.mock))
    label, sender, answer = feed.label, scene.transmitter, max(_target_of(scene, feed), 1)
    lowest = feed.min_answer
    kind = scene.dice.below(8)
    if kind == 0:
        refused = scene.among(lowest - 1, LARGEST_ANSWER + 1)
        for each in (refused, scene.among(lowest, LARGEST_ANSWER, 0)):
            yield scene.call(sender, label, "transmit", each, scene.now)
    elif kind in (1, 2):
        yield scene.call(sender, label, "transmit", answer, scene.now + scene.among(1, 10**6))
        sender = scene.among(sender, scene.outsider, scene.admin)
        yield scene.call(sender, label, "transmit", answer, scene.now)
    elif kind in (3, 4):
        sender = scene.among(scene.admin, scene.admin, scene.outsider)
        yield scene.call(sender, label, "startPhase")
    elif kind == 5:  # noqa: PLR2004
        limit = MAX_PRICE // 10 ** (WIDEST - feed.decimals)
        edge = scene.among(limit, limit + 1, LARGEST_ANSWER, SMALLEST_ANSWER)
        yield scene.call(sender, label, "transmit", edge, scene.now)
    else:
        yield scene.call(sender, label, "transmit", scene.share(answer, 900, 1100), 0)
    yield from read_feed(scene, feed)
    yield from use_price(scene, feed)
    if kind in (0, 5) or not scene.one_in(4):
        yield from report(scene, feed, _price_of(scene, feed))


def read_feed(scene: Scene, feed: FeedSpec) -> Iterator[Call]:
    """Reads of a feed."""
    yield scene.call(scene.outsider, feed.label, "latestRoundData")
    twin = scene.model.world.contracts[feed.label]
    latest = twin.latestRoundData()[0] if isinstance(twin, Feed) else 0
    round_id = scene.among(max(latest - 1, 0), latest, min(latest + 1, 2**80 - 1), 0)
    yield scene.call(scene.outsider, feed.label, "getRoundData", round_id)


def use_price(scene: Scene, feed: FeedSpec) -> Iterator[Call]:
    """Reads of the price that a feed belongs to."""
    name = price_of_feed(scene, feed)
    if name:
        for purpose in (0, 1):
            yield scene.call(scene.outsider, "hub", "price", price_id(name), purpose)
            yield scene.call(scene.outsider, "hub", "reasonsOf", price_id(name), purpose)


def price_of_feed(scene: Scene, feed: FeedSpec) -> str:
    """Name of the price that a feed is a source of; empty where there is none."""
    for price in scene.prices.values():
        if any(source.feed == feed.name for source in price.sources):
            return price.name
    return ""


def move(scene: Scene, name: str, low: int, high: int) -> None:
    """Moves a target to between `low` and `high` thousandths of it, not too far from its anchor."""
    moved = scene.share(scene.targets[name], low, high) + scene.dice.below(1000)
    anchor = ANCHORS[name]
    if not anchor // _SPREAD < moved < anchor * _SPREAD:
        moved = anchor
    scene.targets[name] = moved


def _price_of(scene: Scene, feed: FeedSpec) -> int:
    return scene.targets.get(price_of_feed(scene, feed), WAD)


def _target_of(scene: Scene, feed: FeedSpec) -> int:
    return _price_of(scene, feed) // int(10 ** max(WIDEST - feed.decimals, 0))
