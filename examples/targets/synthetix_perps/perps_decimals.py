"""Decimals of eighteen places as Synthetix's libraries compute them.

Rounded down, or towards zero where they are signed; what does not fit panics, and casts have errors
of their own.
"""

from __future__ import annotations

from weiproof.crosscheck.targets import int256, uint256
from weiproof.crosscheck.targets.twin import Reverted

WAD = 10**18


def mul(left: int, right: int) -> int:
    """An unsigned product, rounded down."""
    return uint256(left * right) // WAD


def div(left: int, right: int) -> int:
    """An unsigned quotient, rounded down."""
    return uint256(left * WAD) // right


def signed_mul(left: int, right: int) -> int:
    """A signed product, rounded towards zero."""
    return _towards_zero(int256(left * right), WAD)


def signed_div(left: int, right: int) -> int:
    """A signed quotient, rounded towards zero."""
    return _towards_zero(int256(left * WAD), right)


def _towards_zero(value: int, by: int) -> int:
    size = abs(value) // abs(by)
    return -size if (value < 0) != (by < 0) else size


def ceil_div(left: int, right: int) -> int:
    """A quotient rounded up; by zero it is zero."""
    return -(-left // right) if right else 0


def magnitude(value: int) -> int:
    """The absolute value; the smallest integer has none."""
    return int256(abs(value))


def to_int(value: int) -> int:
    """An unsigned value as a signed one."""
    return _fits(value, 1 << 255, "OverflowUint256ToInt256")


def to_int_of_128(value: int) -> int:
    """An unsigned value of 128 bits as a signed one of as many."""
    return _fits(value, 1 << 127, "OverflowUint128ToInt128")


def to_uint(value: int) -> int:
    """A signed value as an unsigned one."""
    if value < 0:
        raise Reverted("OverflowInt256ToUint256")
    return value


def to_uint128(value: int) -> int:
    """An unsigned value in 128 bits."""
    return _fits(value, 1 << 128, "OverflowUint256ToUint128")


def _fits(value: int, bound: int, error: str) -> int:
    if value >= bound:
        raise Reverted(error)
    return value
