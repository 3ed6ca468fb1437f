"""Uniswap v3's tick libraries: mean ticks, square roots of prices, and quotes at a tick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.crosscheck.targets import Deploy, Target
from weiproof.engine.contract import Contract
from weiproof.oracles import twap
from weiproof.oracles.twap import MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weiproof.crosscheck.targets import Scene
    from weiproof.engine.call import Call, Outcome

WILD_ONE_IN = 20
"""One in so many values is of any size, beyond what pools reach."""


class TickDesk(Contract):
    """The harness's twin: each function is one of the libraries'."""

    def meanTick(self, before: int, afterwards: int, secondsAgo: int) -> tuple[int]:
        """The average tick between two readings of the accumulator."""
        return (twap.mean_tick(before, afterwards, secondsAgo),)

    def sqrtRatioAtTick(self, tick: int) -> tuple[int]:
        """Square root of the price at a tick."""
        return (twap.sqrt_ratio_at_tick(tick),)

    def tickAtSqrtRatio(self, sqrtPriceX96: int) -> tuple[int]:
        """Tick of a square root."""
        return (twap.tick_at_sqrt_ratio(sqrtPriceX96),)

    def quoteAtTick(self, tick: int, baseAmount: int, baseIsToken0: bool) -> tuple[int]:
        """What an amount is worth at a tick."""
        return (twap.quote_at_tick(tick, baseAmount, base_is_token0=baseIsToken0),)

    def mulDiv(self, a: int, b: int, denominator: int) -> tuple[int]:
        """A * b / denominator, with 512 bits between."""
        return (twap.mul_div(a, b, denominator),)


def _signed(scene: Scene, bits: int) -> int:
    size = scene.dice.bits(scene.dice.between(1, bits)) >> 1
    half = 1 << bits - 1
    return scene.among(size, -size, -half, half - 1)


def _tick(scene: Scene) -> int:
    """A pool's tick: of any price, at an edge, or with a single bit; rarely out of bounds."""
    if scene.one_in(WILD_ONE_IN):
        return scene.among(MAX_TICK + 1, -MAX_TICK - 1, _signed(scene, 24))
    bit = 1 << scene.dice.below(MAX_TICK.bit_length())
    any_one = scene.dice.between(-MAX_TICK, MAX_TICK)
    return scene.among(0, MAX_TICK, -MAX_TICK, bit, -bit, any_one, any_one, any_one)


def _sqrt_ratio(scene: Scene) -> int:
    """At a tick or beside it, of any size within bounds; rarely out of them."""
    if scene.one_in(WILD_ONE_IN):
        return scene.among(0, MIN_SQRT_RATIO - 1, MAX_SQRT_RATIO, 2**160 - 1)
    tick = scene.dice.between(-MAX_TICK, MAX_TICK)
    at_tick = twap.sqrt_ratio_at_tick(tick) + scene.among(-1, 0, 1)
    sized = scene.dice.bits(scene.dice.between(33, 160))
    inside = min(max(scene.among(at_tick, at_tick, sized), MIN_SQRT_RATIO), MAX_SQRT_RATIO - 1)
    return scene.among(inside, inside, inside, inside, MIN_SQRT_RATIO, MAX_SQRT_RATIO - 1)


def _cumulative(scene: Scene) -> int:
    """An accumulator's reading after years at some tick; rarely one that wraps."""
    if scene.one_in(WILD_ONE_IN):
        return _signed(scene, 56)
    return scene.dice.between(-MAX_TICK, MAX_TICK) * scene.dice.below(10**8)


def _seconds(scene: Scene) -> int:
    """Up to a day; rarely none, or all that fit."""
    if scene.one_in(WILD_ONE_IN):
        return scene.among(0, 2**32 - 1)
    return scene.among(1, 2, 1800, scene.dice.between(1, 86_400))


def _amount(scene: Scene) -> int:
    return scene.among(0, 1, 10**18, 2**128 - 1, scene.dice.bits(scene.dice.between(1, 128)))


def _word(scene: Scene) -> int:
    return scene.among(0, 1, 2**256 - 1, scene.dice.bits(scene.dice.between(1, 256)))


def usual_mean(scene: Scene) -> Iterator[Call]:
    """Readings around a whole number of ticks, and around half of one."""
    tick, seconds = scene.dice.between(-MAX_TICK, MAX_TICK), scene.dice.between(1, 86_400)
    before = scene.dice.between(-MAX_TICK, MAX_TICK) * scene.dice.below(10**8)
    for beside in (-1, 0, 1, seconds // 2):
        after = before + tick * seconds + beside
        yield scene.call(scene.sender, "desk", "meanTick", before, after, seconds)


def largest_root(scene: Scene) -> Iterator[Call]:
    """Quotes on either side of the tick where squared roots outgrow 256 bits."""
    edge = twap.tick_at_sqrt_ratio(2**128 - 1)
    amount, first = _amount(scene), scene.one_in(2)
    for tick in (edge - 1, edge, edge + 1):
        yield scene.call(scene.sender, "desk", "quoteAtTick", tick, amount, first)


def full_product(scene: Scene) -> Iterator[Call]:
    """Divisors around the one at which a quotient of 512 bits just fits 256."""
    a, b = scene.dice.bits(256) | 1 << 255, scene.dice.bits(scene.dice.between(2, 256)) | 1
    edge = a * b // 2**256
    for denominator in (edge - 1, edge, edge + 1, edge + 2):
        yield scene.call(scene.sender, "desk", "mulDiv", a, b, max(denominator, 0))


class UniswapTwap(Target):
    """One desk with the libraries."""

    name = "uniswap-twap"
    artifacts = "../../../node_modules/.targets/oracles/uniswap_twap"
    sources = "src/uniswap_twap"
    contracts = (Deploy("desk", "TickDesk", model=TickDesk),)
    actors = ("alice",)
    arguments = {  # noqa: RUF012 - as all targets have it
        "before": _cumulative,
        "afterwards": _cumulative,
        "secondsAgo": _seconds,
        "tick": _tick,
        "sqrtPriceX96": _sqrt_ratio,
        "baseAmount": _amount,
        "a": _word,
        "b": _word,
        "denominator": _word,
    }
    skip = ("desk.observe",)

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Readings, roots and products around their edges."""
        return ((10, usual_mean), (4, largest_root), (4, full_product))

    def states(self, call: Call, outcome: Outcome) -> Iterable[str]:
        """Which branch a call took."""
        ended = "" if outcome.ok else f": {outcome.error or 'no data'}{outcome.error_args or ''}"
        if call.function == "quoteAtTick" and outcome.ok:
            tick, _, first = call.args
            large = isinstance(tick, int) and twap.sqrt_ratio_at_tick(tick) >= 2**128
            ended = f": {'large' if large else 'small'} root, token{0 if first else 1}"
        if call.function == "meanTick" and outcome.ok:
            before, after, seconds = (value for value in call.args if isinstance(value, int))
            ended = f": {'down' if after < before else 'up'}"
            ended += ", exact" if (after - before) % seconds == 0 else ", rounded"
        yield f"{call.function}{ended}"
