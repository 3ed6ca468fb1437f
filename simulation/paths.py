"""Price paths: looking up a price at a time, and the seeded walk. Integers only."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_PRICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weiproof.engine.draws import Stream

    from .scenario import PricePath

MAX_STEPS = 1_000_000
"""Most steps of a generated walk."""
_UNIFORMS = 12


def price_at(path: PricePath, at: int) -> int:
    """Return the price of a path at a time, WAD.

    Before the first point there is none (`ValueError`); after the last point the last price holds.
    A step path shows the last known price. A linear path rounds down between two points.
    """
    place = bisect_right(path.times, at) - 1
    if place < 0:
        message = f"path {path.name} begins at {path.times[0]}, after {at}"
        raise ValueError(message)
    price = path.prices[place]
    if not path.linear or place + 1 == len(path.times):
        return price
    elapsed, length = at - path.times[place], path.times[place + 1] - path.times[place]
    # The weighted sum is positive, so // rounds down in value.
    return (price * (length - elapsed) + path.prices[place + 1] * elapsed) // length


def average_at(path: PricePath, at: int, seconds: int) -> int:
    """Return the time-weighted average of the last seconds before a time, WAD, rounded down.

    Where the path begins later, since then.
    """
    begin = max(at - seconds, path.times[0])
    if begin >= at:
        return price_at(path, at)
    inner = path.times[bisect_right(path.times, begin) : bisect_left(path.times, at)]
    doubled = 0
    for left, right in pairwise((begin, *inner, at)):
        # Where the price moves in a line, the mean of both ends is the average between them.
        other = right if path.linear else left
        doubled += (price_at(path, left) + price_at(path, other)) * (right - left)
    return doubled // (2 * (at - begin))


def observations(
    path: PricePath, start: int, end: int, every: int, decimals: int, average: int = 0
) -> Iterator[tuple[int, int]]:
    """Yield (time, answer) from start to end (included), as nodes see it every few seconds.

    The answer has the given decimals and is rounded down; a price too small for them gives 1. With
    an `average` it is that of so many seconds.
    """
    divisor = 10 ** (18 - decimals)
    for at in range(start, end + 1, every):
        price = average_at(path, at, average) if average else price_at(path, at)
        yield at, max(price // divisor, 1)


def above(
    path: PricePath, limit: int, start: int, end: int, every: int
) -> tuple[tuple[int, int], ...]:
    """Return the times [from, to) in which a path is above a limit, looked at every few seconds."""
    times = range(start, end + 1, every)
    return joined((at, at + every) for at in times if price_at(path, at) > limit)


def clip(points: tuple[tuple[int, int], ...], start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return the points that matter from start to end.

    These are the last one at or before start, those between, and the first at or after end.
    """
    times = [at for at, _ in points]
    first = max(bisect_right(times, start) - 1, 0)
    last = bisect_right(times, end)
    if last == 0 or times[last - 1] < end:
        last += 1
    return points[first:last]


def following(
    leader: PricePath, start: int, start_price: int, beta: int
) -> tuple[tuple[int, int], ...]:
    """Return the points of a price that follows a path: start price x (1 + beta x its move).

    The move is the leader's price over that at `start`, rounded down, less one. A price stays above
    a hundredth of the start price; each is rounded down.
    """
    first = price_at(leader, start)
    points = []
    for at, price in zip(leader.times, leader.prices, strict=True):
        factor = WAD + beta * (price * WAD // first - WAD) // WAD
        points.append((at, min(max(start_price * factor // WAD, start_price // 100, 1), MAX_PRICE)))
    return tuple(points)


def joined(spells: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return times [from, to) in order and without overlap."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spells):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Walk:
    """A geometric random walk with jumps. Rates are WAD."""

    step: int
    """Seconds between two points."""
    start_price: int
    """WAD."""
    volatility: int
    """Standard deviation of the relative change of one step, at most a tenth."""
    jump_probability: int
    """Chance of a jump at a step."""
    jump_size: int
    """Relative change of a jump, negative for a crash."""

    def points(self, stream: Stream, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """Return the walk from start to end: points (unix seconds, WAD).

        Each step multiplies the price by 1 + r and rounds down, where r is the volatility times
        the sum of 12 uniform draws less 6 (mean 0, variance 1, within 6 either way). A jump
        multiplies it once more. Prices stay in 1..10**27.
        """
        price = self.start_price
        points = [(start, price)]
        for at in range(start + self.step, end + 1, self.step):
            total = sum(stream.below(WAD) for _ in range(_UNIFORMS)) - _UNIFORMS * WAD // 2
            price = price * (WAD * WAD + self.volatility * total) // (WAD * WAD)
            if stream.chance(self.jump_probability, WAD):
                price = price * (WAD + self.jump_size) // WAD
            price = min(max(price, 1), MAX_PRICE)
            points.append((at, price))
        return tuple(points)
