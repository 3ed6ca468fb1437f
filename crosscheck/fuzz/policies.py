"""Policies of prices: bounds of answers, an anchor, the price recorded last, a sequencer.

At the end of a sequence the hub is as it was set up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.crosscheck.spec import price_id
from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.records import LIQUIDATION, TRADE
from weiproof.oracles.edges import edge_uptimes
from weiproof.oracles.price_policy import MILLION, Rules
from weiproof.oracles.price_records import PURPOSES, Policy

from .prices import publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call, Value

    from .scene import Scene

EXACT = ("CALM-USD", "RARE-USD", "SOL-USD", "TAXED-USD")
"""Prices of one mock with 18 decimals: what is published is read, to the wei."""

UPTIME = "feed/WIDE/m"
"""A feed of no price stands for the sequencer's."""


def policies(scene: Scene) -> Iterator[Call]:
    """A price gets a policy, is used at the edge of it, and loses it."""
    yield from scene.dice.choice(_SEQUENCES)(scene)


def answer_bounds(scene: Scene) -> Iterator[Call]:
    """An answer at both of its bounds, above the highest, below the lowest."""
    name = scene.dice.choice(EXACT)
    yield from publish(scene, name)
    answer = scene.targets[name]
    bounds = ((answer, answer), (answer + 1, 0), (0, answer - 1), (answer, answer - 1), (-1, 0))
    for low, high in bounds:
        rules = Rules(min_answer=low, max_answer=high)
        yield _as_admin(scene, "setRules", price_id(name), 0, rules.fields())
        yield from _use(scene, name)
    yield _set(scene, "setRules", price_id(name), 1, Rules().fields())
    yield _set(scene, "setRules", price_id(name), 0, Rules().fields())


def anchored(scene: Scene) -> Iterator[Call]:
    """A price as far from another as it may be, and a wei further."""
    name, anchor = scene.dice.choice(EXACT[:-1]), EXACT[-1]
    limit, base = scene.among(1, 500, 20_000), scene.targets[anchor]
    yield from publish(scene, anchor)
    policy = Policy(max_deviation=limit, anchor=price_id(anchor))
    yield _as_admin(scene, "setPolicy", price_id(name), policy.fields())
    for wrong in (price_id(name), price_id("nothing")):
        fields = replace(policy, anchor=wrong).fields()
        yield _set(scene, "setPolicy", price_id(name), fields)
    yield from _around(scene, name, base, limit)
    yield _set(scene, "setPolicy", price_id(name), Policy().fields())
    yield from publish(scene, name)


def stepped(scene: Scene) -> Iterator[Call]:
    """A price as far from the one recorded last as it may be, and a wei further."""
    name, limit = scene.dice.choice(EXACT), scene.among(1, 500, 20_000)
    word = price_id(name)
    yield from publish(scene, name)
    yield scene.call(scene.outsider, "hub", "record", word)
    yield _as_admin(scene, "setPolicy", word, Policy(max_step=limit).fields())
    yield from _around(scene, name, scene.targets[name], limit)
    yield scene.call(scene.outsider, "hub", "record", word)
    yield _as_admin(scene, "forget", word)
    yield scene.call(scene.outsider, "hub", "record", word)
    yield _set(scene, "setPolicy", word, Policy().fields())
    yield _set(scene, "forget", word)
    yield from publish(scene, name)


def waited_for(scene: Scene) -> Iterator[Call]:
    """The sequencer is up or down, since just as long as is waited for it or a second less."""
    name, grace = scene.dice.choice(EXACT), scene.among(0, 1, 300, 3_600)
    yield from publish(scene, name)
    feed, purposes = scene.address(UPTIME), scene.among(PURPOSES, PURPOSES, 1 << TRADE)
    uptime = (feed, grace, purposes, scene.one_in(2))
    yield _as_admin(scene, "setSequencer", uptime)
    yield _set(scene, "setSequencer", (feed, grace, PURPOSES + 1, False))
    rounds = tuple(edge_uptimes(grace, scene.now))
    for _ in range(3):
        latest = scene.dice.choice(rounds)
        yield scene.call(scene.outsider, UPTIME, "setRound", *latest.fields())
        yield from _use(scene, name)
    yield scene.call(scene.outsider, UPTIME, "setFailing", True)
    yield from _use(scene, name)
    yield scene.call(scene.outsider, UPTIME, "setFailing", False)
    yield _set(scene, "setSequencer", (ZERO_ADDRESS, 0, 0, False))


def _around(scene: Scene, name: str, base: int, limit: int) -> Iterator[Call]:
    """A price so many millionths above or below a base, and a wei beyond, is used."""
    gap, sign = base * limit // MILLION, scene.among(1, -1)
    for away in (gap, gap + 1):
        yield from publish(scene, name, base + sign * away)
        yield from _use(scene, name)


def _use(scene: Scene, name: str) -> Iterator[Call]:
    """A price is read, and somebody whose margin depends on it is settled."""
    for purpose in (TRADE, LIQUIDATION):
        yield scene.call(scene.outsider, "hub", "price", price_id(name), purpose)
    holders = [
        account
        for market_id in scene.markets
        if scene.price_name(market_id) == name
        for account, _ in scene.holders(market_id)
    ]
    if holders:
        yield scene.house(scene.outsider, "settle", scene.dice.choice(tuple(holders)))


def _as_admin(scene: Scene, function: str, *args: Value) -> Call:
    """A change of the hub by its administrator, or by somebody who may not."""
    sender = scene.outsider if scene.one_in(8) else scene.admin
    return scene.call(sender, "hub", function, *args)


def _set(scene: Scene, function: str, *args: Value) -> Call:
    """A change of the hub by its administrator."""
    return scene.call(scene.admin, "hub", function, *args)


_SEQUENCES = (answer_bounds, anchored, anchored, stepped, stepped, waited_for, waited_for)
"""What has one edge comes twice as often as what has several."""
