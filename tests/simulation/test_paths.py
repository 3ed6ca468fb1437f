"""Price paths."""

from __future__ import annotations

from itertools import pairwise

import pytest

from weiproof.engine.draws import Draws
from weiproof.engine.fixed_point import WAD
from weiproof.simulation.paths import Walk, above, average_at, clip, joined, observations, price_at
from weiproof.simulation.scenario import PricePath

STEP = PricePath("p", (100, 200, 300), (10, 21, 5), linear=False)
LINE = PricePath("p", (100, 200, 300), (10, 21, 5), linear=True)


@pytest.mark.parametrize(
    ("at", "step", "line"),
    [(100, 10, 10), (150, 10, 15), (199, 10, 20), (200, 21, 21), (201, 21, 20), (999, 5, 5)],
)
def test_prices_between_points(at: int, step: int, line: int) -> None:
    """A step path holds the last price, a linear one rounds down in between."""
    assert (price_at(STEP, at), price_at(LINE, at)) == (step, line)


def test_there_is_no_price_before_the_first_point() -> None:
    """Asking too early is an error, not a guess."""
    with pytest.raises(ValueError, match="begins at 100"):
        price_at(STEP, 99)


def test_observations_have_the_decimals_of_the_feed() -> None:
    """Answers are rounded down to the decimals, and never 0."""
    path = PricePath("p", (0,), (1_999 * WAD // 1000,), linear=False)
    assert list(observations(path, 0, 20, 10, 2)) == [(0, 199), (10, 199), (20, 199)]
    tiny = PricePath("p", (0,), (1,), linear=False)
    assert list(observations(tiny, 0, 0, 1, 8)) == [(0, 1)]


@pytest.mark.parametrize(
    ("at", "seconds", "step", "line"),
    [
        (100, 50, 10, 10),  # nothing before the first point
        (200, 100, 10, 15),  # (10 + 21) / 2, rounded down
        (250, 100, 15, 17),  # (10 * 50 + 21 * 50) / 100; (15 + 21 + 21 + 13) / 4 in a line
        (300, 1000, 15, 14),  # from the first point on
        (400, 50, 5, 5),
    ],
)
def test_averages_over_time(at: int, seconds: int, step: int, line: int) -> None:
    """Each price weighs as long as it stands; the average is rounded down."""
    assert (average_at(STEP, at, seconds), average_at(LINE, at, seconds)) == (step, line)


def test_observations_may_be_averages() -> None:
    """The first has nothing before it."""
    seen = list(observations(STEP, 100, 300, 100, 18, average=100))
    assert seen == [(100, 10), (200, 10), (300, 21)]


def test_times_above_a_limit() -> None:
    """Looked at in steps; what is at the limit is not above it; touching spells are one."""
    assert above(STEP, 10, 100, 400, 50) == ((200, 300),)
    assert above(STEP, 21, 100, 400, 50) == ()
    assert joined([(5, 7), (1, 3), (3, 4), (6, 9)]) == ((1, 4), (5, 9))


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        (0, 50, [10, 20, 30]),
        (10, 20, [10, 20]),
        (15, 25, [10, 20, 30]),
        (35, 99, [30]),
        (20, 30, [20, 30]),
    ],
)
def test_clip_keeps_what_matters(start: int, end: int, kept: list[int]) -> None:
    """The point before the start and the one after the end are kept."""
    points = ((10, 1), (20, 2), (30, 3))
    assert [at for at, _ in clip(points, start, end)] == kept


def walk(**changes: int) -> tuple[tuple[int, int], ...]:
    """Return a walk of 200 steps with the given changes."""
    rule = {
        "step": 60,
        "start_price": 100 * WAD,
        "volatility": WAD // 1000,
        "jump_probability": 0,
        "jump_size": 0,
    }
    return Walk(**{**rule, **changes}).points(Draws(1).stream("walk"), 0, 12_000)


def test_a_walk_is_fixed_by_seed_and_label() -> None:
    """The same stream gives the same walk, one point a step."""
    assert walk() == walk()
    assert len(walk()) == 201


def test_a_walk_moves_by_its_volatility() -> None:
    """No step exceeds six times the volatility and they average near it."""
    prices = [price for _, price in walk()]
    moves = [abs(b - a) * 10**6 // a for a, b in pairwise(prices)]
    assert max(moves) <= 6000
    assert 600 < sum(moves) // len(moves) < 1000


def test_without_volatility_only_jumps_move_the_price() -> None:
    """A certain jump of minus a half halves the price at every step, down to 1."""
    prices = [p for _, p in walk(volatility=0, jump_probability=WAD, jump_size=-WAD // 2)]
    assert prices[:3] == [100 * WAD, 50 * WAD, 25 * WAD]
    assert prices[-1] == 1
