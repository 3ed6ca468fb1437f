"""Signed arithmetic of Perp's contracts: what it gives, and the texts that it reverts with.

Amounts have eighteen decimals, ratios six, square roots of prices 96 binary places.
"""

from __future__ import annotations

from weiproof.crosscheck.targets.twin import Reverted

WAD = 10**18
RATIO = 10**6
Q96 = 1 << 96
MOST_INT, LEAST_INT, MOST_UINT = (1 << 255) - 1, -(1 << 255), (1 << 256) - 1


def fail(text: str) -> Reverted:
    """A revert with text."""
    return Reverted("Error", (text,))


def to_int(value: int) -> int:
    """An unsigned value as a signed one."""
    if value > MOST_INT:
        raise fail("SafeCast: value doesn't fit in an int256")
    return value


def to_uint(value: int) -> int:
    """A signed value as an unsigned one."""
    if value < 0:
        raise fail("SafeCast: value must be positive")
    return value


def to_uint24(value: int) -> int:
    """An unsigned value in 24 bits."""
    if value >= 1 << 24:
        raise fail("SafeCast: value doesn't fit in 24 bits")
    return value


def add(left: int, right: int) -> int:
    """A signed sum."""
    return _signed(left + right, "addition")


def sub(left: int, right: int) -> int:
    """A signed difference."""
    return _signed(left - right, "subtraction")


def _signed(value: int, what: str) -> int:
    if not LEAST_INT <= value <= MOST_INT:
        raise fail(f"SignedSafeMath: {what} overflow")
    return value


def add_uint(left: int, right: int) -> int:
    """An unsigned sum."""
    return _unsigned(left + right, "addition")


def mul_uint(left: int, right: int) -> int:
    """An unsigned product."""
    return _unsigned(left * right, "multiplication")


def _unsigned(value: int, what: str) -> int:
    if value > MOST_UINT:
        raise fail(f"SafeMath: {what} overflow")
    return value


def magnitude(value: int) -> int:
    """The absolute value; the smallest integer has none."""
    if value == LEAST_INT:
        raise fail("PerpMath: inversion overflow")
    return abs(value)


def mul_div_uint(left: int, right: int, by: int) -> int:
    """Product over quotient, rounded down, exact in between; reverts without data if too large."""
    if by == 0 or left * right // by > MOST_UINT:
        raise Reverted("")
    return left * right // by


def mul_div(left: int, right: int, by: int) -> int:
    """Signed product over quotient, rounded towards zero."""
    size = to_int(mul_div_uint(magnitude(left), magnitude(right), by))
    return -size if (left < 0) != (right < 0) else size


def median(first: int, second: int, third: int) -> int:
    """The one in the middle."""
    return sorted((first, second, third))[1]


def price_of(root: int) -> int:
    """A price from its square root, eighteen decimals, rounded down twice."""
    return (root * root // Q96) * WAD // Q96
