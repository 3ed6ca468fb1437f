"""Medians of plain values, one for each rule that an oracle network has for an even count.

==========================  ==========================================================
:func:`upper_median`        the upper of the two in the middle: Chainlink's OCR
:func:`maker_median`        the same, of values that must come in order: Maker's Median
:func:`floored_median`      their average rounded down: the hub; RedStone, in 256 bits
:func:`outward_median`      their average rounded away from zero: dYdX v4
:func:`stake_median`        lowest value that half of the stake does not exceed: Slinky
==========================  ==========================================================
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from weiproof.engine.errors import RevertReason
from weiproof.engine.fixed_point import WAD, to_uint256

if TYPE_CHECKING:
    from collections.abc import Sequence

STAKE_THRESHOLD_WAD = 667 * 10**15
"""Slinky's default share of all bonded stake that must have voted, WAD."""


def upper_median(values: Sequence[int]) -> int:
    """The value in the middle, the upper of two; ValueError without any.

    An OCR report holds its observations sorted by the nodes and its aggregator stores
    ``observations[n / 2]`` (libocr ``OCR2Aggregator``).
    """
    return _sorted(values)[len(values) // 2]


def maker_median(values: Sequence[int]) -> int:
    """The value in the middle as a ``uint128``, the upper of two; ValueError without any.

    Values must not fall: else it reverts as ``Median.poke`` does. Higher bits are cut off.
    """
    if list(values) != _sorted(values):
        raise RevertReason("Median/messages-not-in-order")
    return values[len(values) >> 1] % 2**128


def floored_median(values: Sequence[int]) -> int:
    """The middle, or the average of the two there rounded down; ValueError without any.

    The rule of ``OracleHub``, for values of any size.
    """
    low, high = _middle(values)
    return (low + high) // 2


def redstone_median(values: Sequence[int]) -> int:
    """The same, with a sum of two that must fit 256 bits: else it panics with 0x11.

    RedStone's ``NumericArrayLib.pickMedian`` (evm-connector 0.9.0).
    """
    low, high = _middle(values)
    return to_uint256(low + high) // 2 if len(values) % 2 == 0 else low


def outward_median(values: Sequence[int]) -> int:
    """The middle, or the average of the two there rounded away from zero; ValueError without any.

    dYdX v4's ``lib.Median``.
    """
    total = sum(_middle(values))
    away = (abs(total) + 1) // 2
    return away if total >= 0 else -away


def stake_median(
    votes: Sequence[tuple[int, int]], bonded: int, threshold_wad: int = STAKE_THRESHOLD_WAD
) -> int | None:
    """The stake-weighted median of ``(price, stake)``; None where too little stake has voted.

    Walking up the prices, the first at which the stake so far is at least half of what voted,
    rounded down. The share of `bonded` stake is rounded to 18 decimals, halves to even, before it
    is compared, and equality is enough (Slinky's ``voteweighted.Median``). ValueError where nothing
    is bonded.
    """
    if bonded <= 0:
        raise ValueError(f"no stake is bonded: {bonded}")
    voted = sum(stake for _, stake in votes)
    if not votes or _share_wad(voted, bonded) < threshold_wad:
        return None
    ordered = sorted(votes)
    held_so_far = accumulate(stake for _, stake in ordered)
    return next(
        price for (price, _), held in zip(ordered, held_so_far, strict=True) if held >= voted // 2
    )


def _share_wad(part: int, whole: int) -> int:
    """Part / whole with 18 decimals, from 36 truncated ones, halves to even."""
    quotient, rest = divmod(part * WAD * WAD // whole, WAD)
    return quotient + (rest * 2 > WAD or (rest * 2 == WAD and quotient % 2 == 1))


def _sorted(values: Sequence[int]) -> list[int]:
    if not values:
        raise ValueError("nothing has no median")
    return sorted(values)


def _middle(values: Sequence[int]) -> tuple[int, int]:
    """Both values in the middle; twice the same of an odd count."""
    ordered = _sorted(values)
    return ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
