"""The set of markets that an account holds, as a bitmap."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def each_bit(bitmap: int) -> Iterator[int]:
    """Positions of the bits that are set, lowest first."""
    while bitmap:
        lowest = bitmap & -bitmap
        yield lowest.bit_length() - 1
        bitmap ^= lowest


def pop_count(bitmap: int) -> int:
    """How many bits are set."""
    return bitmap.bit_count()
