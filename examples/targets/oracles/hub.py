"""The hub of the margin protocol with its policies and adapters, at the edges of each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.crosscheck.targets import Deploy, Ref, Target
from weiproof.engine.call import bytes32
from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.records import LAST_PURPOSE, LIQUIDATION, TRADE
from weiproof.oracles.edges import LATEST, edge_ids, edge_rounds, edge_uptimes
from weiproof.oracles.mock_feed import MockFeed
from weiproof.oracles.mock_pyth_price import MockPythPrice
from weiproof.oracles.oracle_hub import OracleHub
from weiproof.oracles.price_policy import NO_LIMIT, Reducer, Rules
from weiproof.oracles.price_records import PURPOSES
from weiproof.oracles.pyth_feed import PythFeed
from weiproof.oracles.round import Round

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from weiproof.crosscheck.targets import Call, Scene

DECIMALS = {"m0": 8, "m1": 18, "m2": 6, "m3": 18}
"""Feeds that answer whatever they are told."""
FEEDS = (*DECIMALS, "pyth_feed")
IDS = tuple(map(bytes32, ("ETH-USD", "ETH-USD anchor", "unknown")))
"""Prices; the last is never configured."""
PRICE, ANCHOR = IDS[:2]
DOLLARS = 2_000
MILLION = 10**6
EXPO = -8
ADMIN = actor("admin")
NO_SOURCE = (ZERO_ADDRESS, 60, 600, 0, Rules().fields())
"""Limits for a feed that no price has."""


class Hub(Target):
    """Four feeds, one of Pyth's, a sequencer's, and the hub over them."""

    artifacts = "../../../contracts/artifacts"
    sources = "../../../contracts/src"
    contracts = (
        *(
            Deploy(label, "MockFeed", args=(places, label), model=MockFeed)
            for label, places in DECIMALS.items()
        ),
        Deploy("pyth", "MockPythPrice", args=(EXPO,), model=MockPythPrice),
        Deploy("pyth_feed", "PythFeed", args=(Ref("pyth"), PRICE, 50, "pyth"), model=PythFeed),
        Deploy("uptime", "MockFeed", args=(0, "sequencer uptime"), model=MockFeed),
        Deploy("hub", "OracleHub", args=(ADMIN,), model=OracleHub),
    )
    deployer = "admin"
    actors = ("alice", "admin")
    weights = dict.fromkeys(("hub.grantRole", "hub.revokeRole", "hub.renounceRole"), 1)
    senders = dict.fromkeys(
        ("hub.configure", "hub.setRules", "hub.setPolicy", "hub.setSequencer", "hub.forget"),
        ("admin",),
    )

    skip = tuple(f"{label}.getRoundData" for label in (*DECIMALS, "uptime", "pyth_feed"))

    def fixture(self, scene: Scene) -> Iterator[Call]:
        """Every feed answers 2000 dollars, both prices have feeds."""
        yield from fresh(scene)
        yield from configured(scene)

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Rounds at the edges first of all; then configurations, records, reads."""
        return (
            (80, at_an_edge),
            (30, uptime),
            (30, pyth_price),
            (25, near_the_reference),
            (15, reduced),
            (20, fresh),
            (10, configured),
            (20, ruled),
            (30, with_policy),
            (15, with_sequencer),
            (20, recorded),
            (20, read),
        )

    def observe(self, scene: Scene, call: Call) -> Iterable[Call]:
        """Both prices; after a change of the hub all that is configured, for every purpose."""
        changed = call.target == "hub"
        for price_id in (PRICE, ANCHOR):
            for purpose in range(LAST_PURPOSE + 1) if changed else (TRADE, LIQUIDATION):
                yield scene.call("alice", "hub", "price", price_id, purpose)
                yield scene.call("alice", "hub", "reasonsOf", price_id, purpose)
        for price_id in IDS if changed else ():
            for view in ("policyOf", "recordedOf", "quorumOf", "sourceCount"):
                yield scene.call("alice", "hub", view, price_id)
            for index in range(scene.ask("hub", "sourceCount", price_id) or 0):
                yield scene.call("alice", "hub", "sourceOf", price_id, index)


# FEEDS


def dollars(label: str, units: int = DOLLARS) -> int:
    """An answer of a mock feed."""
    return int(units * 10 ** DECIMALS[label])


def set_round(scene: Scene, label: str, latest: Round) -> Call:
    """Lets a mock answer with a round."""
    return scene.call("alice", label, "setRound", *latest.fields())


def fresh(scene: Scene) -> Iterator[Call]:
    """All feeds answer just now, each a little different; reading works."""
    now = scene.now
    for label in DECIMALS:
        answer = dollars(label) * (MILLION + scene.dice.between(-900, 900)) // MILLION
        updated = now - scene.among(0, 0, 1, 2)
        started = updated - scene.among(0, 0, 1, 30)
        yield scene.call("alice", label, "setRound", 9, answer, started, updated, 9)
        if scene.one_in(4):
            yield scene.call("alice", label, "setFailing", False)
    yield scene.call("alice", "pyth", "setPrice", DOLLARS * 10**8, 1, EXPO, now)
    yield scene.call("alice", "uptime", "setRound", 9, 0, now - 90_000, now - 90_000, 9)


def at_an_edge(scene: Scene) -> Iterator[Call]:
    """One feed at an edge of what the hub asks of it; the price is read before and after."""
    price_id, index, label = _some_source(scene)
    if scene.one_in(2):
        yield _set_rules(scene, price_id, index, DECIMALS[label])
    _, *limits, _, rules = scene.ask("hub", "sourceOf", price_id, index) or NO_SOURCE
    yield set_round(scene, label, _edge_round(scene, label, limits, Rules(*rules)))
    if scene.one_in(8):
        yield scene.call("alice", label, "setFailing", scene.one_in(2))
    if scene.one_in(2):
        scene.wait(scene.among(1, limits[0], limits[0] + 1 if limits[0] < NO_LIMIT else 1) % 10**6)
        yield from read(scene)


def _some_source(scene: Scene) -> tuple[bytes, int, str]:
    """A price, the index of one of its feeds that is a mock, and that mock; or of none."""
    labels = {scene.addresses[label]: label for label in DECIMALS}
    found = [
        (price_id, index, labels[feed])
        for price_id in (PRICE, PRICE, ANCHOR)
        for index in range(scene.ask("hub", "sourceCount", price_id) or 0)
        if (feed := scene.ask("hub", "sourceOf", price_id, index)[0]) in labels
    ]
    return scene.among(*found) if found else (PRICE, NO_LIMIT, scene.among(*DECIMALS))


def _edge_round(scene: Scene, label: str, limits: Sequence[int], rules: Rules) -> Round:
    """The time is at an edge, or the answer, or the ids, each as often as the others."""
    now, answer = scene.now, dollars(label)
    rounds = list(edge_rounds(answer, DECIMALS[label], limits, rules, now))
    timed = [each for each in rounds if each.answer == answer and each.updated_at != now]
    beyond = now + NO_LIMIT
    timed += [Round(LATEST, answer, now, at, LATEST) for at in (beyond, beyond + 1)]
    timed += [replace(each, started_at=now) for each in timed]
    valued = [each for each in rounds if each.answer != answer]
    return scene.among(*scene.among(timed, valued, [*edge_ids(answer, now)]))


def near_the_reference(scene: Scene) -> Iterator[Call]:
    """Feeds move so that the price is a wei around the most that it may differ from another."""
    yield scene.call("admin", "hub", "setSequencer", (ZERO_ADDRESS, 0, 0, False))
    yield from fresh(scene)
    limit, by_anchor = scene.among(1, 500, 20_000), scene.one_in(2)
    reducer = int(scene.among(*Reducer))
    limits = (limit, 0) if by_anchor else (0, limit)
    yield scene.call("admin", "hub", "setPolicy", PRICE, (reducer, PURPOSES, *limits, ANCHOR))
    yield scene.call("alice", "hub", "record", PRICE)
    base = (
        scene.ask("hub", "price", ANCHOR, 0) if by_anchor else scene.ask("hub", "recordedOf", PRICE)
    )
    gap = (base or DOLLARS * 10**18) * limit // MILLION
    price = (base or DOLLARS * 10**18) + scene.among(gap, -gap) + scene.dice.between(-1, 1)
    for label, places in DECIMALS.items():
        answer = price // 10 ** (18 - places) + scene.among(0, 0, 1)
        if 0 <= answer < 1 << 190:
            yield scene.call("alice", label, "setRound", 9, answer, scene.now, scene.now, 9)
    yield scene.call("admin", "hub", scene.among("record", "record", "forget"), PRICE)
    yield scene.call("alice", "hub", "price", PRICE, TRADE)


def reduced(scene: Scene) -> Iterator[Call]:
    """One price of the same rounds by each reducer, held against nothing."""
    yield scene.call("admin", "hub", "setSequencer", (ZERO_ADDRESS, 0, 0, False))
    yield from fresh(scene)
    for reducer in Reducer:
        policy = (int(reducer), PURPOSES, 0, 0, ANCHOR)
        yield scene.call("admin", "hub", "setPolicy", PRICE, policy)


def pyth_price(scene: Scene) -> Iterator[Call]:
    """A price with a confidence around what is allowed, of any age, sign and exponent."""
    rare = scene.among(1, 200, 0, -1, (1 << 63) - 1, -(1 << 63))
    price = scene.among(DOLLARS * 10**8, rare)
    widest = max(price, 0) * 50 // 10_000
    conf = scene.among(0, widest - 1, widest, widest + 1, (1 << 64) - 1)
    when = scene.now - scene.among(0, 0, 59, 60, 61, -1, 600, 601, scene.now)
    expo = scene.among(EXPO - 1, 0, 1, -19) if scene.one_in(4) else EXPO
    yield scene.call("alice", "pyth", "setPrice", price, max(conf, 0), expo, when)
    yield scene.call("alice", "pyth_feed", "latestRoundData")


def uptime(scene: Scene) -> Iterator[Call]:
    """The sequencer's feed around the end of the grace period."""
    _, grace, _, _ = scene.ask("hub", "sequencerUptime")
    if scene.one_in(2):
        waited_for = (scene.addresses["uptime"], grace, PURPOSES, scene.one_in(2))
        yield scene.call("admin", "hub", "setSequencer", waited_for)
    rounds = tuple(edge_uptimes(grace, scene.now))
    yield set_round(scene, "uptime", scene.dice.choice(rounds))
    if scene.one_in(10):
        yield scene.call("alice", "uptime", "setFailing", scene.one_in(2))
    yield scene.call("alice", "hub", "price", PRICE, scene.dice.between(0, LAST_PURPOSE))


# CONFIGURATION


def configured(scene: Scene) -> Iterator[Call]:
    """Feeds for both prices: the anchor has one, the price several in any order."""
    names = list(FEEDS)
    chosen = [names.pop(scene.dice.below(len(names))) for _ in range(scene.dice.between(1, 5))]
    if scene.one_in(12):
        chosen.append(chosen[0])
    for price_id, labels in ((ANCHOR, [scene.dice.choice(FEEDS)]), (PRICE, chosen)):
        ages = tuple(scene.among(60, 60, 0, 3_600, NO_LIMIT) for _ in labels)
        longer = tuple(max(age, scene.among(600, 60, NO_LIMIT)) for age in ages)
        feeds = tuple(scene.addresses[label] for label in labels)
        quorum = scene.dice.between(1, len(labels))
        yield scene.call("admin", "hub", "configure", price_id, feeds, ages, longer, quorum)


def ruled(scene: Scene) -> Iterator[Call]:
    """Rules for one feed, now and then for none."""
    price_id = scene.among(PRICE, PRICE, ANCHOR)
    count = scene.ask("hub", "sourceCount", price_id) or 0
    index = count if scene.one_in(12) else scene.dice.below(max(count, 1))
    places = scene.ask("hub", "sourceOf", price_id, index)[3] if index < count else -EXPO
    yield _set_rules(scene, price_id, index, places)


def _set_rules(scene: Scene, price_id: bytes, index: int, places: int) -> Call:
    """Rules with bounds around an ordinary answer, now and then refused."""
    answer = DOLLARS * 10**places
    low = scene.among(0, 0, 0, answer, answer - 1, answer * 2, -1 if scene.one_in(4) else 0)
    high = scene.among(0, 0, 0, answer, answer + 1, max(low - 1, 0) if scene.one_in(4) else low)
    flags = tuple(scene.one_in(3) for _ in range(4))
    ahead = scene.among(0, 1, 60, NO_LIMIT)
    return scene.call("admin", "hub", "setRules", price_id, index, (*flags, ahead, low, high))


def with_policy(scene: Scene) -> Iterator[Call]:
    """Any reducer, leniency, anchor and step, now and then refused."""
    reducer = len(Reducer) if scene.one_in(12) else scene.among(*map(int, Reducer))
    beyond = PURPOSES + 1 if scene.one_in(3) else 0
    lenient = scene.among(PURPOSES, 0b100010, scene.dice.below(PURPOSES), beyond)
    rate, step = (scene.among(0, 0, 1, 500, 20_000, NO_LIMIT) for _ in range(2))
    anchor = scene.among(PRICE, IDS[2]) if scene.one_in(10) else ANCHOR
    sender = "alice" if scene.one_in(12) else "admin"
    policy = (reducer, lenient, rate, step, anchor)
    yield scene.call(sender, "hub", "setPolicy", scene.among(PRICE, PRICE, PRICE, *IDS), policy)


def with_sequencer(scene: Scene) -> Iterator[Call]:
    """A sequencer that some purposes wait for; or none, or something that is no feed."""
    feed = scene.among(
        scene.addresses["uptime"], scene.addresses["uptime"], ZERO_ADDRESS, scene.actor("alice")
    )
    purposes = scene.among(0, PURPOSES, 0b000010, scene.dice.below(PURPOSES), PURPOSES + 1)
    uptime_of = (feed, scene.among(0, 1, 300, 3_600), purposes, scene.one_in(2))
    yield scene.call("admin", "hub", "setSequencer", uptime_of)


# READING


def recorded(scene: Scene) -> Iterator[Call]:
    """The present price is kept, or forgotten."""
    if scene.one_in(3):
        yield scene.call("admin", "hub", "forget", scene.among(*IDS))
    else:
        yield scene.call("alice", "hub", "record", scene.among(PRICE, PRICE, *IDS))


def read(scene: Scene) -> Iterator[Call]:
    """A price for some purpose, or for what is none."""
    purpose = scene.dice.between(0, LAST_PURPOSE + 1)
    yield scene.call("alice", "hub", scene.among("price", "reasonsOf"), scene.among(*IDS), purpose)
