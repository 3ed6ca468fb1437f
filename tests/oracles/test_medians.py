"""Each network has its own middle of an even count."""

from __future__ import annotations

from fractions import Fraction
from statistics import median, median_high

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine.errors import Panic, RevertReason
from weiproof.oracles.medians import (
    floored_median,
    maker_median,
    outward_median,
    redstone_median,
    stake_median,
    upper_median,
)

VALUES = st.lists(st.integers(-(2**70), 2**70), min_size=1, max_size=9)
POSITIVE = st.lists(st.integers(0, 2**70), min_size=1, max_size=9)


def test_four_answers_to_one_question() -> None:
    """Of 1900, 1951, 1960 and 2000: the upper middle, or the average down or away from zero."""
    values = (2000, 1951, 1960, 1900)
    assert upper_median(values) == 1960
    assert maker_median(sorted(values)) == 1960
    assert floored_median(values) == 1955
    assert redstone_median(values) == 1955
    assert outward_median(values) == 1956


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((1, 2), 2),
        ((-2, -1), -2),
        ((-1, 2), 1),
        ((-2, 1), -1),
        ((-1, 1), 0),
        ((0, 1), 1),
        ((-5,), -5),
    ],
)
def test_dydx_rounds_away_from_zero(values: tuple[int, ...], expected: int) -> None:
    """Both ways, and across zero."""
    assert outward_median(values) == expected


@given(VALUES)
def test_an_odd_count_has_one_middle(values: list[int]) -> None:
    """All agree on it."""
    odd = values if len(values) % 2 == 1 else values[1:]
    expected = sorted(odd)[len(odd) // 2]
    assert {upper_median(odd), floored_median(odd), outward_median(odd)} == {expected}


@given(VALUES)
def test_medians_lie_where_they_should(values: list[int]) -> None:
    """The upper one is the library's, averages differ from the exact one by less than one."""
    exact = median(Fraction(value) for value in values)
    assert upper_median(values) == median_high(values)
    assert 0 <= exact - floored_median(values) < 1
    assert 0 <= abs(outward_median(values)) - abs(exact) < 1


@given(POSITIVE)
def test_redstone_and_the_hub_agree_within_256_bits(values: list[int]) -> None:
    """And the order of the values does not matter."""
    assert redstone_median(values) == floored_median(values[::-1])


def test_redstone_panics_on_a_sum_beyond_256_bits() -> None:
    """Only where two are added."""
    assert redstone_median((2**256 - 1,)) == 2**256 - 1
    assert redstone_median((2**255, 2**255 - 1)) == 2**255 - 1
    with pytest.raises(Panic):
        redstone_median((2**255, 2**255))


def test_maker_wants_order_and_cuts_to_128_bits() -> None:
    """Values that fall revert; equal ones do not."""
    assert maker_median((1, 2**128 + 3, 2**130)) == 3
    assert maker_median((4, 4, 4)) == 4
    with pytest.raises(RevertReason, match="Median/messages-not-in-order"):
        maker_median((2, 1, 3))


@pytest.mark.parametrize(
    "rule", [upper_median, maker_median, floored_median, redstone_median, outward_median]
)
def test_nothing_has_no_median(rule: object) -> None:
    """Whatever the rule."""
    assert callable(rule)
    with pytest.raises(ValueError, match="nothing has no median"):
        rule(())


def test_half_of_the_stake_that_voted_decides() -> None:
    """Equality is enough: the lower of two equal halves; half of an odd stake is rounded down."""
    assert stake_median([(30, 5), (10, 5)], bonded=10) == 10
    assert stake_median([(30, 6), (10, 5)], bonded=11) == 10
    assert stake_median([(30, 7), (10, 5)], bonded=12) == 30
    assert stake_median([(10, 1), (20, 97), (30, 1), (40, 1)], bonded=100) == 20
    assert stake_median([(10, 0), (20, 1)], bonded=1) == 10


def test_a_price_needs_a_share_of_all_stake() -> None:
    """By default 66.7 per cent, equality included; two thirds fall short."""
    assert stake_median([(10, 667)], bonded=1000) == 10
    assert stake_median([(10, 666)], bonded=1000) is None
    assert stake_median([(10, 2)], bonded=3) is None
    assert stake_median([(10, 2)], bonded=3, threshold_wad=666_666_666_666_666_667) == 10
    assert stake_median([], bonded=3, threshold_wad=0) is None
    with pytest.raises(ValueError, match="no stake is bonded"):
        stake_median([(10, 2)], bonded=0)


def test_a_share_is_rounded_to_the_even_neighbour_of_a_half() -> None:
    """1.5 and 2.5 units of the 18th decimal are both two."""
    whole = 2 * 10**18
    for part, share in ((3, 2), (5, 2), (1, 0), (7, 4)):
        assert stake_median([(10, part)], whole, threshold_wad=share) == 10
        assert stake_median([(10, part)], whole, threshold_wad=share + 1) is None


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 9)), min_size=1, max_size=9))
def test_a_stake_of_n_is_n_votes(votes: list[tuple[int, int]]) -> None:
    """The weighted median is a lower median of prices that stand there as often as they weigh."""
    spread = sorted(price for price, stake in votes for _ in range(stake))
    rank = max(len(spread) // 2, 1)
    assert stake_median(votes, bonded=len(spread)) == spread[rank - 1]
