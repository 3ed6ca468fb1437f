"""Percentages, wads and rays as Aave v3 rounds them: to the nearest, halves up.

Where a product does not fit 256 bits these revert without data; arithmetic elsewhere panics.
"""

from __future__ import annotations

from weiproof.crosscheck.targets import uint256
from weiproof.crosscheck.targets.twin import Reverted

MOST = 2**256 - 1
PERCENT, WAD, RAY = 10**4, 10**18, 10**27
YEAR = 365 * 86_400
WAD_TO_RAY = 10**9


def _multiplied(a: int, b: int, unit: int) -> int:
    if b and a > (MOST - unit // 2) // b:
        raise Reverted("")
    return (a * b + unit // 2) // unit


def _divided(a: int, b: int, unit: int) -> int:
    if b == 0 or a > (MOST - b // 2) // unit:
        raise Reverted("")
    return (a * unit + b // 2) // b


def percent_mul(value: int, percentage: int) -> int:
    """A share of a value, hundredths of a per cent."""
    return _multiplied(value, percentage, PERCENT)


def percent_div(value: int, percentage: int) -> int:
    """The value of which another is a share."""
    return _divided(value, percentage, PERCENT)


def wad_div(a: int, b: int) -> int:
    """A ratio with 18 decimals."""
    return _divided(a, b, WAD)


def ray_mul(a: int, b: int) -> int:
    """A product with 27 decimals."""
    return _multiplied(a, b, RAY)


def ray_div(a: int, b: int) -> int:
    """A ratio with 27 decimals."""
    return _divided(a, b, RAY)


def wad_to_ray(a: int) -> int:
    """Nine decimals more."""
    if a > MOST // WAD_TO_RAY:
        raise Reverted("")
    return a * WAD_TO_RAY


def to_uint128(value: int) -> int:
    """The value, where it fits 128 bits; else SafeCast's error."""
    if value >= 1 << 128:
        raise Reverted("Error", ("SafeCast: value doesn't fit in 128 bits",))
    return value


def linear_interest(rate: int, seconds: int) -> int:
    """Factor by which deposits grow, in rays."""
    return uint256(RAY + uint256(rate * seconds) // YEAR)


def compounded_interest(rate: int, seconds: int) -> int:
    """Factor by which debt grows, in rays: three terms of the binomial series."""
    if seconds == 0:
        return RAY
    square = ray_mul(rate, rate) // (YEAR * YEAR)
    cube = ray_mul(square, rate) // YEAR
    pairs = uint256(seconds * (seconds - 1))
    second = uint256(pairs * square) // 2
    third = uint256(uint256(pairs * max(seconds - 2, 0)) * cube) // 6
    first = uint256(rate * seconds) // YEAR
    return uint256(RAY + first + second + third)
