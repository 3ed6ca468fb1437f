"""The few primitives of arithmetic, against exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine.errors import Panic
from weiproof.engine.fixed_point import (
    DIVISION_BY_ZERO,
    MAX_INT256,
    MAX_UINT256,
    OVERFLOW,
    absolute,
    clamp,
    div_truncate,
    div_up,
    floor_div,
    mul_div_down,
    mul_div_floor,
    mul_div_up,
    product_at_least,
    to_int256,
    to_uint256,
)

if TYPE_CHECKING:
    from collections.abc import Callable

unsigned = st.integers(0, MAX_UINT256)
signed = st.integers(-MAX_INT256, MAX_INT256)
divisor = st.integers(1, MAX_UINT256)


@given(unsigned, unsigned, divisor)
def test_mul_div_rounds_as_its_name_says(x: int, y: int, denominator: int) -> None:
    """Floor and ceiling of the exact quotient, or a panic where that is too wide."""
    exact = Fraction(x * y, denominator)
    for function, expected in ((mul_div_down, math.floor(exact)), (mul_div_up, math.ceil(exact))):
        if expected <= MAX_UINT256:
            assert function(x, y, denominator) == expected
        else:
            with pytest.raises(Panic) as panic:
                function(x, y, denominator)
            assert panic.value.args == (OVERFLOW,)


def test_results_may_fill_their_width_but_not_leave_it() -> None:
    """The largest integer passes; one more panics with 0x11."""
    assert mul_div_down(MAX_UINT256, MAX_UINT256, MAX_UINT256) == MAX_UINT256
    assert mul_div_up(MAX_UINT256, 1, 1) == MAX_UINT256
    assert to_int256(MAX_INT256) == MAX_INT256
    assert to_uint256(MAX_UINT256) == MAX_UINT256
    for convert, wide in ((to_int256, MAX_INT256 + 1), (to_uint256, MAX_UINT256 + 1)):
        with pytest.raises(Panic) as panic:
            convert(wide)
        assert panic.value.args == (OVERFLOW,)
    with pytest.raises(Panic):
        to_uint256(-1)


@pytest.mark.parametrize("function", [mul_div_down, mul_div_up])
def test_a_zero_denominator_panics(function: Callable[[int, int, int], int]) -> None:
    """Dividing by zero is panic 0x12, also of zero."""
    with pytest.raises(Panic) as panic:
        function(0, 0, 0)
    assert panic.value.args == (DIVISION_BY_ZERO,)


@given(st.integers(0, MAX_UINT256), divisor)
def test_div_up_is_the_ceiling(numerator: int, denominator: int) -> None:
    """Never less than the quotient, and by less than one more."""
    assert div_up(numerator, denominator) == math.ceil(Fraction(numerator, denominator))


def test_div_up_by_zero_panics() -> None:
    """Dividing by zero is panic 0x12."""
    with pytest.raises(Panic) as panic:
        div_up(1, 0)
    assert panic.value.args == (DIVISION_BY_ZERO,)


@given(signed, divisor)
def test_floor_div_goes_down_and_truncation_goes_to_zero(numerator: int, denominator: int) -> None:
    """The floor is below a negative quotient; Solidity's own division is above it."""
    exact = Fraction(numerator, denominator)
    assert floor_div(numerator, denominator) == math.floor(exact)
    assert div_truncate(numerator, denominator) == math.trunc(exact)


def test_truncation_heeds_both_signs() -> None:
    """-7 / 2 is -3, and so is 7 / -2."""
    assert div_truncate(-7, 2) == -3
    assert div_truncate(7, -2) == -3
    assert div_truncate(-7, -2) == 3


@given(signed, st.integers(0, 10**36), divisor)
def test_mul_div_floor_goes_down(x: int, y: int, denominator: int) -> None:
    """The floor of the exact quotient on both sides of zero, or a panic where that is too wide."""
    expected = math.floor(Fraction(x * y, denominator))
    if -MAX_INT256 <= expected <= MAX_INT256:
        assert mul_div_floor(x, y, denominator) == expected
    else:
        with pytest.raises(Panic):
            mul_div_floor(x, y, denominator)


@given(signed, divisor, signed, unsigned)
def test_products_are_compared_exactly(a: int, x: int, b: int, y: int) -> None:
    """The comparison is that of the unbounded products."""
    assert product_at_least(a, x, b, y) == (Fraction(a) * x >= Fraction(b) * y)
    assert product_at_least(a, x, a, x)


@given(signed, st.integers(0, MAX_INT256))
def test_clamp_limits_the_magnitude(x: int, bound: int) -> None:
    """What lies within stays, what lies beyond becomes the bound of its sign."""
    limited = clamp(x, bound)
    assert absolute(limited) == min(absolute(x), bound)
    assert limited * x >= 0
