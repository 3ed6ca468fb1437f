"""Synthetix's reducers on known values; the contracts themselves are compared elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine.errors import EmptyRevert, Panic
from weiproof.engine.fixed_point import WAD
from weiproof.oracles.reducers import InvalidPrice, Operation, reduce_prices
from weiproof.oracles.timed_price import TimedPrice

MIN_INT, MAX_INT = -(2**255), 2**255 - 1
POINTS = st.lists(
    st.builds(TimedPrice, st.integers(-(2**60), 2**60), st.integers(0, 2**32)),
    min_size=1,
    max_size=8,
)


def points(*pairs: tuple[int, int]) -> list[TimedPrice]:
    """Prices with their times."""
    return [TimedPrice(*pair) for pair in pairs]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (Operation.RECENT, (-7, 30)),
        (Operation.MIN, (-7, 30)),
        (Operation.MAX, (20, 11)),
        (Operation.MEAN, (6, 20)),
        (Operation.MEDIAN, (6, 20)),
        (Operation.MUL, (-7 * 20 * 9 * 4, 20)),
        (Operation.DIV, (0, 20)),
    ],
)
def test_four_prices(operation: Operation, expected: tuple[int, int]) -> None:
    """Averages are truncated, of times as well; products have the average time."""
    found = reduce_prices(operation, points((-7, 30), (20, 11), (9, 22), (4, 19)))
    assert found == TimedPrice(*expected)


def test_decimals_are_truncated_toward_zero_after_each_step() -> None:
    """Minus a third times three is a wei short of minus one."""
    third = reduce_prices(Operation.DIVDECIMAL, points((-WAD, 4), (3 * WAD, 7)))
    assert third == TimedPrice(-(10**18 // 3), 5)
    back = reduce_prices(Operation.MULDECIMAL, points((third.price, 5), (3 * WAD, 5)))
    assert back.price == -WAD + 1
    assert reduce_prices(Operation.DIV, points((-7, 0), (2, 0))).price == -3


def test_a_mean_truncates_toward_zero() -> None:
    """Of negative prices it rounds up."""
    assert reduce_prices(Operation.MEAN, points((-1, 1), (-2, 2))) == TimedPrice(-1, 1)


def test_the_first_of_equals_wins() -> None:
    """Recent, lowest and highest compare strictly."""
    assert reduce_prices(Operation.RECENT, points((1, 5), (2, 5))).price == 1
    assert reduce_prices(Operation.MIN, points((1, 5), (1, 9))).timestamp == 5
    assert reduce_prices(Operation.MAX, points((1, 5), (1, 9))).timestamp == 5


def test_prices_that_were_never_set_are_no_recent_ones() -> None:
    """Only times above zero count; zeros are answered, not an error."""
    assert reduce_prices(Operation.RECENT, points((5, 0), (7, 0))) == TimedPrice(0, 0)
    assert reduce_prices(Operation.RECENT, []) == TimedPrice(0, 0)


def test_an_old_price_hides_behind_a_fresh_one() -> None:
    """A mean of now and two hours ago is an hour old: one mad source moves it, unseen."""
    now = 1_561_420_800
    found = reduce_prices(Operation.MEAN, points((WAD, now), (1000 * WAD, now - 7200)))
    assert found == TimedPrice(1001 * WAD // 2, now - 3600)


def test_a_median_has_the_time_of_its_own_price() -> None:
    """Of three, one mad and one old source leave the third."""
    now = 1_561_420_800
    three = points((1000 * WAD, now), (WAD, now - 60), (WAD - 1, now - 7200))
    assert reduce_prices(Operation.MEDIAN, three) == three[1]


def test_the_sort_is_not_stable_and_that_shows() -> None:
    """A stable sort would leave the second of the equal prices in the middle, not the first."""
    given_points = points((2, 10), (2, 20), (1, 30), (2, 40), (3, 50))
    assert sorted(given_points, key=lambda point: point.price)[2] == TimedPrice(2, 20)
    assert reduce_prices(Operation.MEDIAN, given_points) == TimedPrice(2, 10)


@given(POINTS)
def test_a_median_is_a_median(given_points: list[TimedPrice]) -> None:
    """By price; of an odd count it is one of those that were given."""
    ordered = sorted(point.price for point in given_points)
    found = reduce_prices(Operation.MEDIAN, given_points)
    middle = len(ordered) // 2
    if len(ordered) % 2 == 1:
        assert found.price == ordered[middle]
        assert found in given_points
    else:
        total = ordered[middle - 1] + ordered[middle]
        assert abs(total) // 2 == abs(found.price)


@given(POINTS)
def test_all_lie_between_the_extremes(given_points: list[TimedPrice]) -> None:
    """Mean and median of prices and of times."""
    low = reduce_prices(Operation.MIN, given_points).price
    high = reduce_prices(Operation.MAX, given_points).price
    times = [point.timestamp for point in given_points]
    for operation in (Operation.MEAN, Operation.MEDIAN):
        found = reduce_prices(operation, given_points)
        assert low <= found.price <= high
        assert min(times) <= found.timestamp <= max(times)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (Operation.MIN, 0x32),
        (Operation.MAX, 0x32),
        (Operation.MEAN, 0x12),
        (Operation.MEDIAN, 0x11),
        (Operation.MUL, 0x32),
        (Operation.DIV, 0x32),
        (Operation.MULDECIMAL, 0x32),
        (Operation.DIVDECIMAL, 0x32),
    ],
)
def test_nothing_panics_in_three_ways(operation: Operation, code: int) -> None:
    """No first one, a division by none, or one below zero."""
    with pytest.raises(Panic) as panic:
        reduce_prices(operation, [])
    assert panic.value.args == (code,)


@pytest.mark.parametrize(
    ("operation", "prices"),
    [
        (Operation.MEAN, (MAX_INT, 1)),
        (Operation.MEDIAN, (MIN_INT, -1)),
        (Operation.MUL, (2**128, 2**127)),
        (Operation.DIV, (MIN_INT, -1)),
        (Operation.MULDECIMAL, (2**200, 2**55)),
        (Operation.DIVDECIMAL, (MAX_INT // WAD + 1, WAD)),
    ],
)
def test_what_leaves_its_width_panics(operation: Operation, prices: tuple[int, int]) -> None:
    """One less fits."""
    with pytest.raises(Panic) as panic:
        reduce_prices(operation, points(*((price, 1) for price in prices)))
    assert panic.value.args == (0x11,)
    first = prices[0] - 1 if prices[0] > 0 else prices[0] + 1
    assert reduce_prices(operation, points((first, 1), (prices[1], 1))).timestamp == 1


def test_times_leave_their_width_too() -> None:
    """Their sum is checked before it is divided."""
    with pytest.raises(Panic):
        reduce_prices(Operation.MEAN, points((1, 2**256 - 1), (1, 1)))


@pytest.mark.parametrize("operation", [Operation.DIV, Operation.DIVDECIMAL])
def test_zero_divides_nothing(operation: Operation) -> None:
    """It is named, also where the dividend would overflow; a zero dividend is fine."""
    with pytest.raises(InvalidPrice) as refusal:
        reduce_prices(operation, points((MAX_INT, 1), (0, 1)))
    assert refusal.value.args == (0,)
    assert reduce_prices(operation, points((0, 1), (5, 1))).price == 0


def test_there_are_nine_operations() -> None:
    """The tenth reverts without data."""
    with pytest.raises(EmptyRevert):
        reduce_prices(9, points((1, 1)))
