"""Ticks, square roots and averages over time: known values, and what must hold of all."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine.errors import EmptyRevert, Panic, RevertReason
from weiproof.engine.fixed_point import WAD
from weiproof.oracles.timed_price import TimedPrice
from weiproof.oracles.twap import (
    MAX_SQRT_RATIO,
    MAX_TICK,
    MIN_SQRT_RATIO,
    inverse_price_wad,
    mean_tick,
    mul_div,
    price_ratio,
    price_wad,
    quote_at_sqrt_ratio,
    quote_at_tick,
    scaled_to_wad,
    sqrt_ratio_at_tick,
    synthetix_twap,
    tick_at_sqrt_ratio,
    time_weighted_average,
)

TICKS = st.integers(-MAX_TICK, MAX_TICK)
ROOTS = st.integers(MIN_SQRT_RATIO, MAX_SQRT_RATIO - 1)
ONE = 2**96


# TICKS


@pytest.mark.parametrize(
    ("delta", "seconds", "tick"),
    [
        (20, 10, 2),
        (29, 10, 2),
        (-20, 10, -2),
        (-21, 10, -3),
        (-29, 10, -3),
        (-1, 3600, -1),
        (0, 1, 0),
    ],
)
def test_a_mean_tick_is_rounded_down(delta: int, seconds: int, tick: int) -> None:
    """Toward minus infinity, where Solidity's division goes toward zero."""
    assert mean_tick(1000, 1000 + delta, seconds) == tick


def test_a_mean_tick_wraps_as_the_words_do() -> None:
    """An accumulator that wrapped still gives the right tick; a tick of 24 bits wraps as well."""
    assert mean_tick(2**55 - 1, -(2**55) + 9, 10) == 1
    assert mean_tick(0, 2**23, 1) == -(2**23)
    assert mean_tick(0, -(2**24) - 1, 2) == 2**23 - 1


def test_a_mean_needs_time() -> None:
    """None at all reverts."""
    with pytest.raises(RevertReason, match="BP"):
        mean_tick(0, 1, 0)


def test_roots_at_both_ends_and_in_the_middle() -> None:
    """Tick 0 is the price 1; the ends are the library's constants."""
    assert sqrt_ratio_at_tick(0) == ONE
    assert sqrt_ratio_at_tick(-MAX_TICK) == MIN_SQRT_RATIO
    assert sqrt_ratio_at_tick(MAX_TICK) == MAX_SQRT_RATIO
    for tick in (MAX_TICK + 1, -MAX_TICK - 1):
        with pytest.raises(RevertReason, match="T"):
            sqrt_ratio_at_tick(tick)


@given(TICKS)
def test_a_root_is_close_to_the_true_one(tick: int) -> None:
    """To a unit, or to the few last places of 128 that its inverse has."""
    places = 512
    power, square = 1 << places, (10_001 << places) // 10_000
    for bit in f"{abs(tick):b}"[::-1]:
        power = power * square >> places if bit == "1" else power
        square = square * square >> places
    if tick < 0:
        power = (1 << 2 * places) // power
    exact = isqrt(power << 192 >> places)
    assert abs(sqrt_ratio_at_tick(tick) - exact) <= 1 + (40 * exact * exact >> 224)


@given(TICKS)
def test_a_tick_comes_back(tick: int) -> None:
    """From its own root, and from the one below it comes the tick before."""
    root = sqrt_ratio_at_tick(tick)
    if root < MAX_SQRT_RATIO:
        assert tick_at_sqrt_ratio(root) == tick
    if root > MIN_SQRT_RATIO:
        assert tick_at_sqrt_ratio(root - 1) == tick - 1


@given(ROOTS)
def test_a_root_lies_between_its_tick_and_the_next(root: int) -> None:
    """From its tick, included, to the next, excluded."""
    tick = tick_at_sqrt_ratio(root)
    assert sqrt_ratio_at_tick(tick) <= root < sqrt_ratio_at_tick(tick + 1)


@pytest.mark.parametrize("root", [0, MIN_SQRT_RATIO - 1, MAX_SQRT_RATIO, 2**160 - 1])
def test_roots_out_of_bounds_have_no_tick(root: int) -> None:
    """The highest root itself is out."""
    with pytest.raises(RevertReason, match="R"):
        tick_at_sqrt_ratio(root)


def test_quotes_at_a_price_of_one() -> None:
    """An amount is worth itself, either way."""
    assert quote_at_tick(0, 5, base_is_token0=True) == 5
    assert quote_at_tick(0, 5, base_is_token0=False) == 5


@given(ROOTS, st.integers(0, 2**128 - 1), st.booleans())
def test_a_quote_is_the_exact_price_rounded_down(root: int, amount: int, first: bool) -> None:
    """For roots of up to 128 bits to the last wei; above, the price loses what is below 2^-128."""
    ratio = Fraction(root**2, 2**192)
    if root >= 2**128:
        ratio = Fraction(root**2 // 2**64, 2**128)
    exact = amount * ratio if first else amount / ratio
    assert quote_at_sqrt_ratio(root, amount, base_is_token0=first) == exact // 1


def test_a_product_may_have_512_bits_but_a_quotient_256() -> None:
    """Beyond, and by zero, it reverts without data."""
    word = 2**256 - 1
    assert mul_div(word, word, word) == word
    for a, b, denominator in ((word, word, word - 1), (1, 1, 0), (2**128, 2**128, 1)):
        with pytest.raises(EmptyRevert):
            mul_div(a, b, denominator)


# PRICES


def test_a_pool_of_dollars_and_ether() -> None:
    """USDC (6) is token0, WETH (18) token1: an ether costs 2,499.9135991194 dollars."""
    root = sqrt_ratio_at_tick(198_080)
    assert inverse_price_wad(root, 6, 18) // 10**4 == 249_991_359_911_940_940
    assert price_wad(root, 6, 18) == 400_013_824_618_678


@given(ROOTS, st.integers(0, 18), st.integers(0, 18))
def test_prices_of_whole_tokens(root: int, decimals0: int, decimals1: int) -> None:
    """The exact ratio; both prices rounded down, so that their product is at most one."""
    exact = Fraction(root, ONE) ** 2 * Fraction(10) ** (decimals0 - decimals1)
    assert Fraction(*price_ratio(root, decimals0, decimals1)) == exact
    forth, back = (
        price_wad(root, decimals0, decimals1),
        inverse_price_wad(root, decimals0, decimals1),
    )
    assert 0 <= exact * WAD - forth < 1
    assert 0 <= WAD / exact - back < 1
    assert forth * back <= WAD * WAD


# AVERAGES OF ROUNDS


def at(*pairs: tuple[int, int]) -> list[TimedPrice]:
    """Prices with their times."""
    return [TimedPrice(*pair) for pair in pairs]


def test_a_price_weighs_as_long_as_it_stood() -> None:
    """100 for thirty seconds and 200 for ten are 125; what is outside the span counts nothing."""
    points = at((7, 0), (100, 10), (200, 50), (999, 60))
    assert time_weighted_average(points, 20, 60) == 125
    assert time_weighted_average(points, 20, 21) == 100
    assert time_weighted_average(points[:2], 20, 10**9) == 100
    assert time_weighted_average(at((-1, 0), (-2, 1)), 0, 2) == -1


@given(
    st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(0, 50)), max_size=6),
    st.integers(-(10**9), 10**9),
    st.integers(0, 60),
    st.integers(1, 60),
)
def test_an_average_is_that_of_the_seconds(
    more: list[tuple[int, int]], opening: int, start: int, span: int
) -> None:
    """The price of each second, summed up one by one."""
    points = sorted(at((opening, 0), *more), key=lambda point: point.timestamp)
    total = sum(
        [point.price for point in points if point.timestamp <= second][-1]
        for second in range(start, start + span)
    )
    expected = abs(total) // span * (1 if total >= 0 else -1)
    assert time_weighted_average(points, start, start + span) == expected


@pytest.mark.parametrize(
    ("points", "start", "end", "reason"),
    [
        (at((1, 0)), 5, 5, "empty"),
        (at((1, 9), (1, 8)), 9, 10, "order"),
        (at((1, 9)), 8, 10, "no price"),
        ([], 8, 10, "no price"),
    ],
)
def test_an_average_that_cannot_be_said(
    points: list[TimedPrice], start: int, end: int, reason: str
) -> None:
    """The span, the order or the opening price is missing."""
    with pytest.raises(ValueError, match=reason):
        time_weighted_average(points, start, end)


def test_synthetix_counts_rounds_and_not_seconds() -> None:
    """A price that stood for a second weighs as much as one that stood for an hour."""
    earlier = at((300, 3999), (100, 400))
    assert synthetix_twap(TimedPrice(200, 4000), earlier, 4000, 3600) == 200
    assert synthetix_twap(TimedPrice(200, 4000), earlier, 4000, 3599) == 250
    assert synthetix_twap(TimedPrice(200, 4000), earlier, 4000, 0) == 200


def test_the_latest_round_counts_however_old_it_is() -> None:
    """And the walk back ends at the first that is too old, whatever comes before it."""
    assert synthetix_twap(TimedPrice(200, 1), at((100, 0)), 4000, 60) == 200
    broken = at((100, 3990), (1, 10), (700, 3995))
    assert synthetix_twap(TimedPrice(200, 4000), broken, 4000, 60) == 150


def test_synthetix_truncates_toward_zero_and_checks_its_sum() -> None:
    """An interval longer than time itself panics, too."""
    assert synthetix_twap(TimedPrice(-1, 9), at((-2, 9)), 9, 9) == -1
    with pytest.raises(Panic):
        synthetix_twap(TimedPrice(1, 9), [], 9, 10)
    with pytest.raises(Panic):
        synthetix_twap(TimedPrice(2**255 - 1, 9), at((1, 9)), 9, 9)


def test_prices_are_scaled_to_eighteen_decimals() -> None:
    """Up exactly and checked, down truncated toward zero."""
    assert scaled_to_wad(12_345, 8) == 12_345 * 10**10
    assert scaled_to_wad(-19, 19) == -1
    assert scaled_to_wad(7, 18) == 7
    with pytest.raises(Panic):
        scaled_to_wad(2**254, 17)
