"""Synthetix v3's oracle nodes: reducers, circuit breakers, and the mean of a feed's rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from weiproof.crosscheck.targets import Deploy, Target
from weiproof.engine.contract import Contract
from weiproof.engine.errors import INDEX_OUT_OF_RANGE, Panic
from weiproof.engine.fixed_point import OVERFLOW, WAD
from weiproof.oracles.breakers import deviation_breaker, staleness_breaker
from weiproof.oracles.reducers import Operation, reduce_prices
from weiproof.oracles.timed_price import TimedPrice
from weiproof.oracles.twap import scaled_to_wad, synthetix_twap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weiproof.crosscheck.targets import Scene
    from weiproof.engine.call import Call, Outcome

Quotes: TypeAlias = tuple[tuple[int, int], ...]

EXTERNAL = 2
"""Number of the node type that asks another contract."""

WILD_ONE_IN = 40
"""One in so many prices and times is of any size, up to where the arithmetic overflows."""

EMPTY_ONE_IN = 15
"""One in so many calls brings no quotes at all."""

PARENTS = 3
"""Most parents of a breaker that count."""


class NodeDesk(Contract):
    """The harness's twin: each function is one node over the quotes of the call."""

    def reduce(self, operation: int, quotes: Quotes) -> tuple[int, int]:
        """What a reducer makes of the quotes."""
        return _answer(reduce_prices(operation, _points(quotes)))

    def checkDeviation(self, tolerance: int, quotes: Quotes) -> tuple[int, int]:
        """What the deviation breaker makes of two or three quotes."""
        if len(quotes) < 2:  # noqa: PLR2004 - a price and what it is compared with
            raise Panic(INDEX_OUT_OF_RANGE)
        return _answer(deviation_breaker(tolerance, *_points(quotes)[:PARENTS]))

    def checkStaleness(
        self, tolerance: int, runtimeTolerances: tuple[int, ...], quotes: Quotes
    ) -> tuple[int, int]:
        """What the staleness breaker makes of one or two quotes."""
        if not quotes:
            raise Panic(INDEX_OUT_OF_RANGE)
        primary, *others = _points(quotes)
        allowed = runtimeTolerances[0] if runtimeTolerances else tolerance
        other = others[0] if others else None
        node = self._external_node(primary)
        return _answer(staleness_breaker(self.world.now, allowed, primary, other, node))

    def averageRounds(
        self,
        interval: int,
        decimals: int,
        firstRound: int,  # noqa: ARG002 - the feed ends where its rounds do, whatever their ids
        rounds: Quotes,
    ) -> tuple[int, int]:
        """The mean of a feed's rounds, from the latest back."""
        if not rounds:
            raise Panic(OVERFLOW)  # the harness's feed looks for its last round
        latest, *earlier = reversed(_points(rounds))
        price = synthetix_twap(latest, earlier, self.world.now, interval)
        return scaled_to_wad(price, decimals), latest.timestamp

    def _external_node(self, point: TimedPrice) -> bytes:
        """Id of the node that answers with a price."""
        source = (self.address, point.price, point.timestamp)
        parameters = encode(["address", "int256", "uint256"], source)
        return keccak(encode(["uint8", "bytes", "bytes32[]"], (EXTERNAL, parameters, [])))


def _points(quotes: Quotes) -> list[TimedPrice]:
    return [TimedPrice(price, timestamp) for price, timestamp in quotes]


def _answer(point: TimedPrice) -> tuple[int, int]:
    return point.price, point.timestamp


# DRAWS


def _price(scene: Scene) -> int:
    """A few dollars, often one that others have; now and then none, negative or huge."""
    if scene.one_in(WILD_ONE_IN):
        size = scene.dice.bits(scene.dice.between(1, 256)) >> 1
        return scene.among(size, -size, -(2**255), 2**255 - 1)
    usual = scene.dice.between(1, 5) * WAD + scene.among(0, 0, 1, scene.dice.below(WAD))
    return scene.among(usual, usual, usual, usual, usual, -usual, 0)


def _time(scene: Scene) -> int:
    """Up to two hours ago; now and then never, in the future, or of any size."""
    if scene.one_in(WILD_ONE_IN):
        return scene.among(2**256 - 1, scene.dice.bits(256), scene.dice.bits(40))
    return scene.among(0, scene.now, scene.now + 60, *([scene.now - scene.dice.below(7200)] * 6))


def _quotes(most: int) -> Callable[[Scene], Quotes]:
    def draw(scene: Scene) -> Quotes:
        count = scene.dice.between(1, most) if not scene.one_in(EMPTY_ONE_IN) else 0
        shared = _time(scene)
        return tuple(
            (_price(scene), shared if scene.one_in(3) else _time(scene)) for _ in range(count)
        )

    return draw


def _operation(scene: Scene) -> int:
    """A reducer's; rarely a number that is none."""
    if scene.one_in(WILD_ONE_IN):
        return scene.among(9, 255, 256, 2**256 - 1)
    return int(scene.among(*Operation))


def _tolerance(scene: Scene) -> int:
    """Of a deviation: none, some per cent, or any size."""
    percent = scene.dice.between(0, 200) * WAD // 100
    return scene.dice.bits(256) if scene.one_in(WILD_ONE_IN) else scene.among(0, percent, percent)


def _interval(scene: Scene) -> int:
    """Seconds; rarely as many as there have been, and more."""
    if scene.one_in(WILD_ONE_IN):
        return scene.among(scene.now, scene.now + 1, 2**256 - 1)
    return scene.among(0, 1, scene.dice.below(7200), scene.dice.below(7200))


def _runtime(scene: Scene) -> tuple[int, ...]:
    """Mostly no other tolerance; one or two."""
    count = scene.among(0, 0, 0, 1, 2)
    return tuple(_interval(scene) for _ in range(count))


# OPERATIONS


def deviation_edge(scene: Scene) -> Iterator[Call]:
    """A tolerance just below, at, and just above the deviation of two or three quotes."""
    price = scene.dice.between(1, 10**6) * 10 ** scene.dice.between(0, 18) * scene.among(1, -1)
    other = price + scene.dice.between(-(abs(price) // 2), abs(price) // 2 + 1)
    deviation = abs(price - other) * WAD // abs(price)
    quotes = ((price, _time(scene)), (other, _time(scene)), (_price(scene), _time(scene)))
    count = scene.among(2, 3)
    for beside in (-1, 0, 1):
        tolerance = max(deviation + beside, 0)
        yield scene.call(scene.sender, "desk", "checkDeviation", tolerance, quotes[:count])


def staleness_edge(scene: Scene) -> Iterator[Call]:
    """A tolerance just below, at, and just above the age of a quote."""
    age = scene.dice.below(7200)
    quotes = ((_price(scene), scene.now - age), (_price(scene), _time(scene)))
    count = scene.among(1, 2)
    for beside in (-1, 0, 1):
        tolerance = max(age + beside, 0)
        given = (tolerance, ()) if scene.one_in(2) else (_interval(scene), (tolerance, 0))
        yield scene.call(scene.sender, "desk", "checkStaleness", *given, quotes[:count])


def window_edge(scene: Scene) -> Iterator[Call]:
    """An interval that begins just after, at, and just before the time of a round."""
    age = scene.dice.between(1, 7200)
    times = (scene.now - age - 1, scene.now - age, scene.now - age // 2, scene.now - age // 3)
    rounds = tuple((_price(scene), time) for time in times)
    for interval in (age - 1, age, age + 1):
        yield scene.call(scene.sender, "desk", "averageRounds", interval, 18, 7, rounds)


class SynthetixReducers(Target):
    """One desk with all nodes."""

    name = "synthetix-reducers"
    artifacts = "../../../node_modules/.targets/oracles/synthetix_reducers"
    sources = "src/synthetix_reducers"
    contracts = (Deploy("desk", "NodeDesk", model=NodeDesk),)
    actors = ("alice", "bob")
    weights = {"desk.reduce": 45}  # noqa: RUF012 - as all targets have it
    arguments = {  # noqa: RUF012 - as all targets have it
        "desk.reduce.operation": _operation,
        "desk.reduce.quotes": _quotes(9),
        "desk.checkDeviation.tolerance": _tolerance,
        "desk.checkDeviation.quotes": _quotes(4),
        "desk.checkStaleness.tolerance": _interval,
        "desk.checkStaleness.runtimeTolerances": _runtime,
        "desk.checkStaleness.quotes": _quotes(3),
        "desk.averageRounds.interval": _interval,
        "desk.averageRounds.decimals": lambda scene: scene.among(0, 6, 8, 18, 19, 27, 36),
        "desk.averageRounds.firstRound": lambda scene: scene.among(0, 1, 2**64, 2**80 - 20),
        "desk.averageRounds.rounds": _quotes(6),
    }
    skip = ("desk.process", "desk.latestRoundData", "desk.getRoundData")

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """What a random draw does not meet: the edges of both breakers and of the window."""
        return ((15, deviation_edge), (15, staleness_edge), (10, window_edge))

    def states(self, call: Call, outcome: Outcome) -> Iterable[str]:
        """Which reducer and how it ended, and which of the quotes a breaker answered with."""
        quotes = call.args[-1]
        if not isinstance(quotes, tuple):
            return
        if call.function == "reduce":
            name = Operation(call.args[0]).name if call.args[0] in set(Operation) else "none"
            count = "even" if len(quotes) % 2 == 0 else "odd"
            yield f"{name}: {count if outcome.ok else outcome.error or 'no data'}"
        elif call.function.startswith("check"):
            place = quotes.index(outcome.values) if outcome.ok else outcome.error
            yield f"{call.function}: {place}"
