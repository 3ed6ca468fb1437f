"""Averages over time, and Uniswap v3's arithmetic of ticks and square roots, in exact integers.

A tick is a power of 1.0001: the price of token0 in token1, both in their smallest units. Square
roots of prices are Q64.96 (``sqrtPriceX96``). The rules are those of ``TickMath`` and ``FullMath``
(v3-core 1.0.1) and ``OracleLibrary`` (v3-periphery 1.4.4).
"""

from __future__ import annotations

from itertools import takewhile
from math import isqrt
from typing import TYPE_CHECKING

from weiproof.engine.errors import EmptyRevert, Panic, RevertReason
from weiproof.engine.fixed_point import MAX_UINT256, OVERFLOW, WAD, div_truncate

from .checked import int256, wrapped_int

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .timed_price import TimedPrice

MAX_TICK = 887_272
"""Largest tick, either way: prices lie within 2^-128 and 2^128."""

MIN_SQRT_RATIO = 4_295_128_739
"""Square root at the lowest tick."""

MAX_SQRT_RATIO = 1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_342
"""Square root at the highest tick."""

_Q96 = 2**96
_Q192 = 2**192
_WAD_DECIMALS = 18


def _tick_factors() -> list[int]:
    """1.0001^-(2^i / 2) for each bit i of a tick, with 128 binary places, rounded to nearest."""
    places = 256  # twenty squarings lose twenty bits of them
    factors = []
    power = isqrt((10_000 << 2 * places) // 10_001)
    for _ in range(MAX_TICK.bit_length()):
        factors.append((power + (1 << places - 129)) >> places - 128)
        power = power * power >> places
    return factors


_TICK_FACTORS = _tick_factors()


# TICKS


def mean_tick(before: int, after: int, seconds_ago: int) -> int:
    """The average tick between two readings of a pool's accumulator, rounded down.

    Widths wrap as on the chain: 56 bits the difference, 24 bits the tick. Reverts with ``BP`` where
    no time lies between (``OracleLibrary.consult``).
    """
    if seconds_ago == 0:
        raise RevertReason("BP")
    delta = wrapped_int(after - before, 56)
    tick = wrapped_int(div_truncate(delta, seconds_ago), 24)
    if delta < 0 and delta % seconds_ago != 0:
        tick = wrapped_int(tick - 1, 24)
    return tick


def sqrt_ratio_at_tick(tick: int) -> int:
    """The square root of 1.0001^tick as ``sqrtPriceX96``, rounded up.

    Reverts with ``T`` beyond :data:`MAX_TICK` (``TickMath.getSqrtRatioAtTick``).
    """
    if abs(tick) > MAX_TICK:
        raise RevertReason("T")
    ratio = 1 << 128
    for i, factor in enumerate(_TICK_FACTORS):
        if abs(tick) >> i & 1:
            ratio = ratio * factor >> 128
    if tick > 0:
        ratio = MAX_UINT256 // ratio
    return -(-ratio >> 32)


def tick_at_sqrt_ratio(sqrt_price_x96: int) -> int:
    """The greatest tick whose square root is not above the given one.

    Reverts with ``R`` outside :data:`MIN_SQRT_RATIO` and, excluded, :data:`MAX_SQRT_RATIO`
    (``TickMath.getTickAtSqrtRatio``).
    """
    if not MIN_SQRT_RATIO <= sqrt_price_x96 < MAX_SQRT_RATIO:
        raise RevertReason("R")
    low, high = -MAX_TICK, MAX_TICK
    while high - low > 1:
        middle = (low + high) // 2
        if sqrt_ratio_at_tick(middle) <= sqrt_price_x96:
            low = middle
        else:
            high = middle
    return low


def quote_at_tick(tick: int, base_amount: int, *, base_is_token0: bool) -> int:
    """What an amount of one token is worth in the other at a tick, rounded down.

    Reverts with ``T`` as :func:`sqrt_ratio_at_tick` does (``OracleLibrary.getQuoteAtTick``).
    """
    root = sqrt_ratio_at_tick(tick)
    return quote_at_sqrt_ratio(root, base_amount, base_is_token0=base_is_token0)


def quote_at_sqrt_ratio(sqrt_price_x96: int, base_amount: int, *, base_is_token0: bool) -> int:
    """The same at a square root, such as a pool's present one.

    Above 128 bits the squared root loses its lowest 64 binary places first.
    """
    if sqrt_price_x96 < 2**128:
        ratio, one = sqrt_price_x96 * sqrt_price_x96, _Q192
    else:
        ratio, one = mul_div(sqrt_price_x96, sqrt_price_x96, 2**64), 2**128
    if base_is_token0:
        return mul_div(ratio, base_amount, one)
    return mul_div(one, base_amount, ratio)


def mul_div(a: int, b: int, denominator: int) -> int:
    """A * b / denominator rounded down; reverts without data where it leaves 256 bits, or by 0."""
    if denominator == 0 or a * b // denominator > MAX_UINT256:
        raise EmptyRevert
    return a * b // denominator


# PRICES


def price_ratio(sqrt_price_x96: int, decimals0: int, decimals1: int) -> tuple[int, int]:
    """The exact price of a whole token0 in whole token1: numerator and denominator, not reduced."""
    numerator = sqrt_price_x96 * sqrt_price_x96 * 10**decimals0
    return numerator, _Q192 * 10**decimals1


def price_wad(sqrt_price_x96: int, decimals0: int, decimals1: int) -> int:
    """The same as WAD, rounded down."""
    numerator, denominator = price_ratio(sqrt_price_x96, decimals0, decimals1)
    return numerator * WAD // denominator


def inverse_price_wad(sqrt_price_x96: int, decimals0: int, decimals1: int) -> int:
    """The exact price of a whole token1 in whole token0 as WAD, rounded down; no root of 0."""
    numerator, denominator = price_ratio(sqrt_price_x96, decimals0, decimals1)
    return denominator * WAD // numerator


# AVERAGES OF ROUNDS


def time_weighted_average(points: Sequence[TimedPrice], start: int, end: int) -> int:
    """The average price from `start` to `end`, each price holding until the next; truncated.

    Points come in order of time. ValueError where the span is empty, the order is broken, or no
    point says what the price was at the start.
    """
    times = [point.timestamp for point in points]
    if end <= start:
        raise ValueError(f"the span is empty: {start} to {end}")
    if times != sorted(times):
        raise ValueError("the points are not in order of time")
    if not times or times[0] > start:
        raise ValueError(f"no price at {start}")
    total = 0
    for point, until in zip(points, [*times[1:], end], strict=True):
        seconds = min(max(until, start), end) - min(max(point.timestamp, start), end)
        total += point.price * seconds
    return div_truncate(total, end - start)


def synthetix_twap(
    latest: TimedPrice, earlier: Iterable[TimedPrice], now: int, interval: int
) -> int:
    """The plain mean of the latest round and those of the last `interval` seconds; truncated.

    No round weighs more for having stood longer. The latest counts whatever its age; of the others,
    which come latest first, those up to the first that is too old. Panics with 0x11 where the
    interval is longer than time itself or a sum leaves 256 bits. An interval of 0 asks for the
    latest alone (``ChainlinkNode`` of Synthetix v3's oracle-manager 3.13.0).
    """
    if interval == 0:
        return latest.price
    if interval > now:
        raise Panic(OVERFLOW)
    total, count = latest.price, 1
    for point in takewhile(lambda point: point.timestamp >= now - interval, earlier):
        total = int256(total + point.price)
        count += 1
    return div_truncate(total, count)


def scaled_to_wad(price: int, decimals: int) -> int:
    """A price of so many decimals with 18; truncated, or checked to fit 256 bits (0x11)."""
    if decimals > _WAD_DECIMALS:
        return div_truncate(price, 10 ** (decimals - _WAD_DECIMALS))
    return int256(price * 10 ** (_WAD_DECIMALS - decimals))
