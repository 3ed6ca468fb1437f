"""Synthetix's breakers at their edges."""

from __future__ import annotations

import pytest

from weiproof.engine.errors import Panic
from weiproof.engine.fixed_point import WAD
from weiproof.oracles.breakers import (
    DeviationToleranceExceeded,
    InvalidInputPrice,
    OverflowUint256ToInt256,
    StalenessToleranceExceeded,
    deviation_breaker,
    staleness_breaker,
)
from weiproof.oracles.timed_price import TimedPrice

NOW = 1_700_000_000
OTHER = TimedPrice(7, 3)


def price(value: int) -> TimedPrice:
    """A price of now."""
    return TimedPrice(value, NOW)


@pytest.mark.parametrize(("age", "fresh"), [(-1, True), (59, True), (60, True), (61, False)])
def test_a_price_is_fresh_through_the_last_second(age: int, *, fresh: bool) -> None:
    """An age equal to the tolerance passes, and so does the future."""
    primary = TimedPrice(5, NOW - age)
    assert staleness_breaker(NOW, 60, primary, OTHER) == (primary if fresh else OTHER)


def test_a_stale_price_alone_is_named() -> None:
    """By its node, its value and its time."""
    with pytest.raises(StalenessToleranceExceeded) as refusal:
        staleness_breaker(NOW, 60, TimedPrice(5, NOW - 61), node_id=b"n" * 32)
    assert refusal.value.args == (b"n" * 32, 5, NOW - 61)


def test_the_other_price_may_be_older_still() -> None:
    """Nobody asks for its age."""
    assert staleness_breaker(NOW, 60, TimedPrice(5, NOW - 61), TimedPrice(6, 0)).price == 6


def test_a_tolerance_beyond_all_time_panics() -> None:
    """One less is for ever."""
    most = 2**256 - 1 - NOW
    assert staleness_breaker(NOW, most, price(5)) == price(5)
    with pytest.raises(Panic):
        staleness_breaker(NOW, most + 1, price(5))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("beside", "passes"), [(0, True), (1, False)])
def test_a_deviation_may_be_as_large_as_the_tolerance(
    sign: int, beside: int, *, passes: bool
) -> None:
    """Five per cent of the primary, rounded down: a wei of a wei above is still five per cent."""
    primary = price(sign * 10**20)
    comparison = price(sign * (95 * 10**18 - 99 - beside))
    found = deviation_breaker(5 * 10**16, primary, comparison, OTHER)
    assert found == (primary if passes else OTHER)


def test_the_deviation_is_a_share_of_the_primary() -> None:
    """From 100 to 200 it is all of it, from 200 to 100 half."""
    with pytest.raises(DeviationToleranceExceeded) as refusal:
        deviation_breaker(0, price(100), price(200))
    assert refusal.value.args == (WAD,)
    with pytest.raises(DeviationToleranceExceeded) as refusal:
        deviation_breaker(0, price(200), price(100))
    assert refusal.value.args == (WAD // 2,)


def test_equal_prices_pass_even_as_zeros() -> None:
    """And whatever the tolerance; a zero beside something does not."""
    assert deviation_breaker(2**256 - 1, price(0), price(0)) == price(0)
    with pytest.raises(InvalidInputPrice):
        deviation_breaker(10 * WAD, price(0), price(1))
    assert deviation_breaker(10 * WAD, price(0), price(1), OTHER) == OTHER
    assert deviation_breaker(WAD, price(1), price(0)) == price(1)


def test_a_tolerance_is_a_signed_word() -> None:
    """It is only looked at where prices differ and the primary is not zero."""
    with pytest.raises(OverflowUint256ToInt256):
        deviation_breaker(2**255, price(1), price(2), OTHER)
    assert deviation_breaker(2**255 - 1, price(1), price(2), OTHER) == price(1)


@pytest.mark.parametrize(
    ("first", "second"), [(2**255 - 1, -1), (2**254, -(2**254)), (1, 2**240), (-(2**255), 0)]
)
def test_differences_that_do_not_fit_panic(first: int, second: int) -> None:
    """The difference itself, or its scaled size."""
    with pytest.raises(Panic) as panic:
        deviation_breaker(WAD, price(first), price(second), OTHER)
    assert panic.value.args == (0x11,)
