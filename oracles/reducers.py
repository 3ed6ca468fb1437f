"""Synthetix v3's reducers: one price and time out of several, by nine operations.

The rules of ``ReducerNode`` (oracle-manager 3.13.0), to the order in which equal prices end up
after its sort, because that decides whose time a median has. Prices are ``int256`` with 18
decimals, divisions truncate toward zero, arithmetic panics with 0x11 where it leaves its width.
Medians of other networks are in :mod:`.medians`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from weiproof.engine.errors import INDEX_OUT_OF_RANGE, EmptyRevert, Panic
from weiproof.engine.fixed_point import (
    DIVISION_BY_ZERO,
    OVERFLOW,
    WAD,
    div_truncate,
    to_uint256,
)

from .checked import int256
from .errors import OracleError
from .timed_price import TimedPrice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class InvalidPrice(OracleError):
    """A price to divide by is zero."""

    parameters = ("price",)
    selector = bytes.fromhex("38ee04a7")


class Operation(IntEnum):
    """What a reducer does."""

    RECENT = 0
    MIN = 1
    MAX = 2
    MEAN = 3
    MEDIAN = 4
    MUL = 5
    DIV = 6
    MULDECIMAL = 7
    DIVDECIMAL = 8


def reduce_prices(operation: int, points: Sequence[TimedPrice]) -> TimedPrice:
    """One out of several.

    Reverts without data on a number that is no operation, and as each operation says.
    """
    if operation not in REDUCERS:
        raise EmptyRevert
    return REDUCERS[operation](points)


def recent(points: Sequence[TimedPrice]) -> TimedPrice:
    """The latest, the first of several as late; zeros where no time is above 0."""
    found = TimedPrice(0, 0)
    for point in points:
        if point.timestamp > found.timestamp:
            found = point
    return found


def lowest(points: Sequence[TimedPrice]) -> TimedPrice:
    """The lowest price, the first of several as low; panics with 0x32 without any."""
    return min(_some(points), key=_price)


def highest(points: Sequence[TimedPrice]) -> TimedPrice:
    """The highest price, the first of several as high; panics with 0x32 without any."""
    return max(_some(points), key=_price)


def mean(points: Sequence[TimedPrice]) -> TimedPrice:
    """Average price and average time, each truncated; panics with 0x12 without any.

    An old price hides behind a fresh one: the time is that of neither.
    """
    price = 0
    timestamp = 0
    for point in points:
        price = int256(price + point.price)
        timestamp = to_uint256(timestamp + point.timestamp)
    if not points:
        raise Panic(DIVISION_BY_ZERO)
    return TimedPrice(div_truncate(price, len(points)), timestamp // len(points))


def median(points: Sequence[TimedPrice]) -> TimedPrice:
    """The price in the middle with its own time, or the mean of the two; 0x11 without any."""
    if not points:
        raise Panic(OVERFLOW)
    ordered = list(points)
    _quicksort(ordered, 0, len(ordered) - 1)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 == 1 else mean(ordered[middle - 1 : middle + 1])


def mul(points: Sequence[TimedPrice]) -> TimedPrice:
    """The product of the raw integers; average time; panics with 0x32 without any."""
    return _folded(points, lambda x, y: int256(x * y))


def div(points: Sequence[TimedPrice]) -> TimedPrice:
    """The first, divided by all others as raw integers; average time.

    Raises InvalidPrice on a zero to divide by; panics with 0x32 without any.
    """
    return _folded(points, lambda x, y: int256(div_truncate(x, _divisor(y))))


def mul_decimal(points: Sequence[TimedPrice]) -> TimedPrice:
    """The product of the decimals, truncated after each factor; average time; 0x32 without any."""
    return _folded(points, lambda x, y: div_truncate(int256(x * y), WAD))


def div_decimal(points: Sequence[TimedPrice]) -> TimedPrice:
    """The first, divided by all others as decimals, truncated after each; average time.

    Raises InvalidPrice on a zero to divide by; panics with 0x32 without any.
    """
    return _folded(points, _divided_decimal)


REDUCERS: dict[int, Callable[[Sequence[TimedPrice]], TimedPrice]] = {
    Operation.RECENT: recent,
    Operation.MIN: lowest,
    Operation.MAX: highest,
    Operation.MEAN: mean,
    Operation.MEDIAN: median,
    Operation.MUL: mul,
    Operation.DIV: div,
    Operation.MULDECIMAL: mul_decimal,
    Operation.DIVDECIMAL: div_decimal,
}
"""What each operation does."""


def _price(point: TimedPrice) -> int:
    return point.price


def _some(points: Sequence[TimedPrice]) -> Sequence[TimedPrice]:
    if not points:
        raise Panic(INDEX_OUT_OF_RANGE)
    return points


def _divisor(price: int) -> int:
    if price == 0:
        raise InvalidPrice(price)
    return price


def _divided_decimal(x: int, y: int) -> int:
    divisor = _divisor(y)
    return int256(div_truncate(int256(x * WAD), divisor))


def _folded(points: Sequence[TimedPrice], combine: Callable[[int, int], int]) -> TimedPrice:
    """Prices combined from left to right, times averaged; one overflows before the next is met."""
    first, *others = _some(points)
    price, timestamp = first.price, first.timestamp
    for point in others:
        price = combine(price, point.price)
        timestamp = to_uint256(timestamp + point.timestamp)
    return TimedPrice(price, timestamp // len(points))


def _quicksort(points: list[TimedPrice], left: int, right: int) -> None:
    """By price, in place, around the middle element: not stable, and that is observable."""
    i, j = left, right
    if i == j:
        return
    pivot = points[left + (right - left) // 2].price
    while i <= j:
        while points[i].price < pivot:
            i += 1
        while pivot < points[j].price:
            j -= 1
        if i <= j:
            points[i], points[j] = points[j], points[i]
            i += 1
            j -= 1
    if left < j:
        _quicksort(points, left, j)
    if i < right:
        _quicksort(points, i, right)
