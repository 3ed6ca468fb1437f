"""Integer arithmetic with a named rounding direction, as ``FixedPoint.sol`` has it.

Exact amounts of money are "numerators": integers of 1e-36 wei, that is size (WAD) x price (WAD) x
rate (WAD), or wei x 1e36. They are added and compared without a rounding.
"""

from __future__ import annotations

from .errors import Panic

WAD = 10**18
"""One, for prices, sizes, rates and wei of the settlement token's WAD."""

WEI = 10**36
"""One wei, as a numerator."""

MAX_UINT256 = 2**256 - 1
MAX_INT256 = 2**255 - 1

OVERFLOW = 0x11
"""Panic code of checked arithmetic and of conversions."""

DIVISION_BY_ZERO = 0x12
"""Panic code of a division by zero."""


def mul_div_down(x: int, y: int, denominator: int) -> int:
    """X * y / denominator, rounded down; 512-bit intermediate.

    Panics with 0x12 on a zero denominator and with 0x11 where the result leaves 256 bits.
    """
    if denominator == 0:
        raise Panic(DIVISION_BY_ZERO)
    return to_uint256(x * y // denominator)


def mul_div_up(x: int, y: int, denominator: int) -> int:
    """X * y / denominator, rounded up; 512-bit intermediate.

    Panics with 0x12 on a zero denominator and with 0x11 where the result leaves 256 bits.
    """
    if denominator == 0:
        raise Panic(DIVISION_BY_ZERO)
    return to_uint256(-(-x * y // denominator))


def scale_up(x: int, scale: int) -> int:
    """X * scale (WAD), rounded up."""
    return x if scale == WAD else mul_div_up(x, scale, WAD)


def div_up(numerator: int, denominator: int) -> int:
    """Numerator / denominator, rounded up, for values that are not negative."""
    if denominator == 0:
        raise Panic(DIVISION_BY_ZERO)
    return -(-numerator // denominator)


def floor_div(numerator: int, denominator: int) -> int:
    """Numerator / denominator, rounded toward negative infinity."""
    return numerator // denominator


def mul_div_floor(x: int, y: int, denominator: int) -> int:
    """X * y / denominator of a signed x, rounded toward negative infinity; 512-bit intermediate."""
    if x >= 0:
        return to_int256(mul_div_down(x, y, denominator))
    return -to_int256(mul_div_up(-x, y, denominator))


def div_truncate(numerator: int, denominator: int) -> int:
    """Numerator / denominator rounded toward zero, which is Solidity's ``/`` on signed integers."""
    quotient = abs(numerator) // abs(denominator)
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


def product_at_least(a: int, x: int, b: int, y: int) -> bool:
    """Whether a * x >= b * y, exactly, for signed a and b, positive x and y not negative."""
    return a * x >= b * y


def absolute(x: int) -> int:
    """|x|."""
    return abs(x)


def to_int256(x: int) -> int:
    """X as a signed 256-bit integer; panics with 0x11 where it does not fit."""
    if x > MAX_INT256:
        raise Panic(OVERFLOW)
    return x


def to_uint256(x: int) -> int:
    """X as an unsigned 256-bit integer; panics with 0x11 where it does not fit."""
    if not 0 <= x <= MAX_UINT256:
        raise Panic(OVERFLOW)
    return x


def clamp(x: int, bound: int) -> int:
    """X limited to -bound .. bound."""
    return max(-bound, min(x, bound))
