"""The depth of a venue: impact, average price, decay and the end of the book."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine.fixed_point import WAD
from weiproof.simulation.depth import Depth, average_impact, decayed, impact, room
from weiproof.simulation.loading import scenario_of
from weiproof.simulation.venues import Venues

LINEAR = Depth(10**6 * WAD, WAD // 100, square_root=False, half_life=600, largest_move=WAD // 4)
ROOT = replace(LINEAR, square_root=True)
BOTH = pytest.mark.parametrize("depth", [LINEAR, ROOT], ids=["linear", "root"])
SMALL = Path(__file__).parent.joinpath("small.toml").read_text("utf-8")

flows = st.integers(-(10**8) * WAD, 10**8 * WAD)
trades = st.integers(WAD, 10**7 * WAD) | st.integers(-(10**7) * WAD, -WAD)


@BOTH
def test_its_notional_makes_its_move(depth: Depth) -> None:
    """Either way, and four times as much makes four times or twice the move."""
    assert impact(depth, depth.notional) == -impact(depth, -depth.notional) == depth.move
    factor = 2 if depth.square_root else 4
    assert impact(depth, 4 * depth.notional) == factor * depth.move
    assert impact(depth, 0) == 0


@BOTH
@given(flow=flows, traded=trades)
def test_a_trade_pays_between_the_prices_before_and_after(
    depth: Depth, flow: int, traded: int
) -> None:
    """The average impact lies between both impacts, up to what is rounded."""
    before, after = impact(depth, flow), impact(depth, flow + traded)
    assert min(before, after) - 2 <= average_impact(depth, flow, traded) <= max(before, after) + 2


@BOTH
@given(flow=flows, first=trades, second=trades)
def test_splitting_a_trade_changes_nothing(
    depth: Depth, flow: int, first: int, second: int
) -> None:
    """Both parts together cost what the whole does, up to a wei a unit each."""
    if first + second == 0:
        return
    whole = average_impact(depth, flow, first + second) * (first + second)
    parts = average_impact(depth, flow, first) * first
    parts += average_impact(depth, flow + first, second) * second
    assert abs(whole - parts) <= 2 * (abs(first) + abs(second) + abs(first + second))


@given(flow=flows)
def test_there_and_back_costs_nothing_but_rounding(flow: int) -> None:
    """A price that was pushed and pushed back left nothing to be earned."""
    if flow:
        there, back = average_impact(ROOT, 0, flow), average_impact(ROOT, flow, -flow)
        assert abs(there - back) <= 1


@BOTH
@given(flow=flows, seconds=st.integers(0, 10**6))
def test_half_is_left_after_each_half_life(depth: Depth, flow: int, seconds: int) -> None:
    """Exactly, truncated; in between it lies between both, and it never grows."""
    assert decayed(depth, flow, 0) == flow
    left = abs(decayed(depth, flow, seconds))
    halvings = seconds // depth.half_life
    assert abs(flow) >> (halvings + 1) <= left <= abs(flow) >> halvings
    assert abs(decayed(depth, flow, halvings * depth.half_life)) == abs(flow) >> halvings
    assert abs(decayed(depth, flow, seconds + 1)) <= left
    exact = Fraction(abs(flow) * (2 * 600 - seconds % 600), 2 * 600 << halvings)
    assert left == exact.numerator // exact.denominator


@BOTH
@given(flow=flows, buys=st.booleans())
def test_nothing_moves_further_than_the_book_goes(depth: Depth, flow: int, buys: bool) -> None:
    """Where all is taken that there is, the price stands at the largest move, never beyond."""
    taken = room(depth, flow, buys=buys)
    after = flow + taken if buys else flow - taken
    if taken:
        moved = impact(depth, after)
        assert abs(abs(moved) - depth.largest_move) <= 1
        assert (moved > 0) == buys


def venues_of(depth: str) -> tuple[Venues, int]:
    """The venues of the small scenario with a depth, and its price at the start."""
    rows = "rows = [[1000, 2000], [1500, 1800.25]]"
    scenario = scenario_of(SMALL.replace(rows, f"{rows}\ndepth = {{ {depth} }}"), "small.toml")
    return Venues(scenario), 2000 * WAD


def test_sales_move_the_price_and_it_comes_back() -> None:
    """A million sold: one per cent down, half of it after the half-life; paid is the middle."""
    venues, price = venues_of("notional = 1_000_000, half_life = 100")
    path = venues._scenario.paths[0]
    size = -500 * WAD
    assert venues.average_price(path, size, 1000) == price * 995 // 1000
    assert venues.price(path, 1000) == price
    venues.trade(path, size, 1000)
    assert venues.price(path, 1000) == price * 99 // 100
    assert venues.price(path, 1100) == price * 995 // 1000
    assert venues.price(path, 1000) == price * 99 // 100  # looking changes nothing
    told = venues.told()["eth"]
    assert told["forced_notional"] == str(10**6 * WAD)
    assert (told["lowest_impact"], told["highest_impact"]) == (str(-WAD // 100), "0")


def test_the_book_ends_at_its_largest_move() -> None:
    """With room for 2,500,000 dollars of sales, 1,250 ETH are taken of two thousand."""
    venues, _ = venues_of("notional = 1_000_000, half_life = 100, largest_move = 0.025")
    path = venues._scenario.paths[0]
    assert venues.takes(path, -2_000 * WAD, 1000) == -1_250 * WAD
    venues.trade(path, -1_250 * WAD, 1000)
    assert venues.takes(path, -WAD, 1000) == 0
    assert venues.takes(path, 3_000 * WAD, 1000) == 2_500 * WAD
