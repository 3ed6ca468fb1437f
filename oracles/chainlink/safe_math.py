"""Arithmetic of the v0.6 contracts: ``SafeMath`` of several widths, and the average of a median."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.errors import RevertReason
from weiproof.engine.fixed_point import div_truncate

if TYPE_CHECKING:
    from collections.abc import Sequence


def add(a: int, b: int, bits: int) -> int:
    """A + b; reverts where it leaves its width."""
    if (a + b) >> bits:
        raise RevertReason("SafeMath: addition overflow")
    return a + b


def sub(a: int, b: int) -> int:
    """A - b; reverts where it is negative."""
    if b > a:
        raise RevertReason("SafeMath: subtraction overflow")
    return a - b


def median(values: Sequence[int]) -> int:
    """The value in the middle, or the average of the two there, truncated toward zero.

    ``Median.calculateInplace`` (@chainlink/contracts 0.6.1, v0.6). Reverts on no value.
    """
    if not values:
        raise RevertReason("list must not be empty")
    ordered, middle = sorted(values), len(values) // 2
    if len(values) % 2:
        return ordered[middle]
    return div_truncate(ordered[middle - 1] + ordered[middle], 2)
