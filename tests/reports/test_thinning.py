"""Long series are made short by a rule that loses no extreme."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weiproof.reports.thinning import MOST_SPANS, POINTS_OF_PAGE, Series, spans_for, thinned

STEPS = st.lists(st.tuples(st.integers(0, 5000), st.integers(-(10**24), 10**24)), min_size=1)


def series_of(steps: list[tuple[int, int]], spans: int) -> tuple[Series, list[tuple[int, int]]]:
    """A series of points, each so many seconds after the last; and the points."""
    series, at, points = Series(100, spans), 100, []
    for wait, value in steps:
        at += wait
        series.add(at, value)
        points.append((at, value))
    return series, points


@given(STEPS, st.integers(1, 12))
def test_first_last_lowest_and_highest_stay(steps: list[tuple[int, int]], spans: int) -> None:
    """Points stay as they are, in order, at most four of a span; nothing is made up."""
    series, points = series_of(steps, spans)
    kept = [(point.at, point.value) for point in series.points()]
    numbers = [point.number for point in series.points()]
    assert numbers == sorted(set(numbers))
    assert all(points[number] == pair for number, pair in zip(numbers, kept, strict=True))
    assert kept[0] == points[0]
    assert kept[-1] == points[-1]
    values = [value for _, value in points]
    assert {min(values), max(values)} <= {value for _, value in kept}
    assert len(kept) <= 4 * spans
    assert series.count == len(points)


@given(STEPS, st.integers(1, 12))
def test_a_long_series_keeps_what_it_would_keep_at_once(
    steps: list[tuple[int, int]], spans: int
) -> None:
    """What is kept of each span is what the final spans would have kept from the beginning."""
    series, points = series_of(steps, spans)
    width = 1
    while len({(at - 100) // width for at, _ in points}) > spans:
        width *= 2
    expected = set()
    for place in {(at - 100) // width for at, _ in points}:
        own = [n for n, (at, _) in enumerate(points) if (at - 100) // width == place]
        expected |= {own[0], own[-1]}
        expected |= {min(own, key=lambda n: points[n][1]), max(own, key=lambda n: points[n][1])}
    assert {point.number for point in series.points()} == expected


@given(st.lists(st.integers(-100, 100)), st.integers(1, 9))
def test_a_list_is_thinned_alike(values: list[int], spans: int) -> None:
    """First, last, lowest and highest of each span of the list, in order."""
    kept = thinned(list(enumerate(values)), spans, lambda pair: pair[1])
    assert kept == sorted(kept)
    assert len(kept) <= 4 * spans
    if values:
        assert kept[0] == (0, values[0])
        assert kept[-1] == (len(values) - 1, values[-1])
        assert {min(values), max(values)} <= {value for _, value in kept}


def test_a_page_has_room_for_few_points_of_many_series() -> None:
    """All series together stay near the limit; a few may be long."""
    assert spans_for(1) == MOST_SPANS
    for series in (20, 100, 300):
        assert series * 4 * spans_for(series) <= POINTS_OF_PAGE
