"""Series of bounded length: a long one keeps what a picture needs, by a rule that loses no extreme.

Time is cut into spans of equal length. Of each span the first, the last, the lowest and the highest
point are kept, as they are. While there are more spans than are allowed, neighbours are joined two
by two, so what is kept does not depend on how long a series turns out to be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

POINTS_OF_SPAN = 4
POINTS_OF_PAGE = 12_000
"""Points of all series of one kind on a page, about."""
FEWEST_SPANS, MOST_SPANS = 8, 180


def spans_for(series: int) -> int:
    """How many spans each of so many series may have."""
    each = POINTS_OF_PAGE // (POINTS_OF_SPAN * max(series, 1))
    return max(FEWEST_SPANS, min(MOST_SPANS, each))


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a time; of two at one time the later has the higher number."""

    number: int
    at: int
    value: int


@dataclass(slots=True)
class _Span:
    first: Point
    last: Point
    low: Point
    high: Point

    def join(self, later: _Span) -> None:
        self.last = later.last
        if later.low.value < self.low.value:
            self.low = later.low
        if later.high.value > self.high.value:
            self.high = later.high


@dataclass(slots=True)
class Series:
    """A series that is added to in the order of time."""

    start: int
    """When the first span begins, unix seconds."""
    most_spans: int = MOST_SPANS
    count: int = 0
    """Points that were added."""
    _width: int = 1
    """Seconds of a span; a power of two."""
    _spans: dict[int, _Span] = field(default_factory=dict)

    def add(self, at: int, value: int) -> None:
        """Adds a point; `at` is not before that of the point added last."""
        point = Point(self.count, at, value)
        self.count += 1
        self._put((at - self.start) // self._width, _Span(point, point, point, point))
        while len(self._spans) > self.most_spans:
            self._widen()

    def _put(self, index: int, span: _Span) -> None:
        there = self._spans.get(index)
        if there is None:
            self._spans[index] = span
        else:
            there.join(span)

    def _widen(self) -> None:
        spans, self._spans, self._width = self._spans, {}, self._width * 2
        for index, span in spans.items():
            self._put(index // 2, span)

    def points(self) -> list[Point]:
        """What is kept, in order."""
        kept = {
            point.number: point
            for span in self._spans.values()
            for point in (span.first, span.low, span.high, span.last)
        }
        return [kept[number] for number in sorted(kept)]


def thinned(items: Sequence[T], spans: int, value: Callable[[T], int]) -> list[T]:
    """Of items in order, cut into equal spans, the first, lowest, highest and last of each."""
    size = -(-len(items) // spans) if items else 1
    kept: dict[int, T] = {}
    for begin in range(0, len(items), size):
        places = range(begin, min(begin + size, len(items)))
        low = min(places, key=lambda place: value(items[place]))
        high = max(places, key=lambda place: value(items[place]))
        for place in sorted({places[0], low, high, places[-1]}):
            kept[place] = items[place]
    return list(kept.values())
