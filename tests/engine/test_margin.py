"""Equity and requirements of an account."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import TIERS, Setup, open_desk, setup, wad, who
from tests.engine.strategies import market_setups, requirement_by_slices
from weiproof.engine import margin, perpetuals, pricing
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.instruments import Standing


@given(market_setups(), st.integers(0, 10**25))
def test_requirements_are_the_sum_over_tiers(market: Setup, notional: int) -> None:
    """Each tier's part of the notional is charged at the tier's own rates."""
    tiers = open_desk(market).ledger.tiers(0)
    initial, maintenance = perpetuals.requirement(tiers, notional * WAD)
    assert initial == requirement_by_slices(market.tiers, notional * WAD, 1)
    assert maintenance == requirement_by_slices(market.tiers, notional * WAD, 2)


@given(market_setups())
def test_requirements_have_no_jump_at_a_boundary(market: Setup) -> None:
    """Up to each lower bound the lower tier's rates act, and from it on the upper one's."""
    tiers = open_desk(market).ledger.tiers(0)
    for lower, upper in pairwise(tiers):
        bound = upper.lower_bound * WAD
        below, at, above = (perpetuals.requirement(tiers, bound + i) for i in (-1, 0, 1))
        assert at == (below[0] + lower.initial_rate, below[1] + lower.maintenance_rate)
        assert above == (at[0] + upper.initial_rate, at[1] + upper.maintenance_rate)


@given(market_setups(), st.integers(0, 10**25))
def test_initial_margin_covers_maintenance_and_fee(market: Setup, notional: int) -> None:
    """Nobody who passes the initial test can be liquidated at the same marks."""
    tiers = open_desk(market).ledger.tiers(0)
    initial, maintenance = perpetuals.requirement(tiers, notional)
    assert initial >= maintenance + notional * market.parameters.liquidation_fee_rate


def test_the_edge_of_maintenance_is_safe() -> None:
    """Equity equal to maintenance and fee is safe; one numerator less is not."""
    assert not margin.is_below_maintenance(Standing(equity=30, maintenance=20, fee=10))
    assert margin.is_below_maintenance(Standing(equity=29, maintenance=20, fee=10))


def test_the_edge_of_initial_margin_is_enough() -> None:
    """Equity equal to initial margin is enough; one numerator less is not."""
    assert margin.is_above_initial(Standing(equity=30, initial=30))
    assert not margin.is_above_initial(Standing(equity=29, initial=30))


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ((10, 100), (5, 50), True),
        ((10, 100), (5, 51), False),
        ((10, 100), (0, 0), True),
        ((-10, 100), (-10, 50), False),
        ((-10, 100), (-5, 50), True),
        ((-10, 100), (-1, 0), False),
        ((0, 100), (0, 10), True),
    ],
)
def test_ratios_are_compared_without_division(
    before: tuple[int, int], after: tuple[int, int], *, kept: bool
) -> None:
    """A ratio is kept where equity falls at most as the requirement does, also below zero."""
    first = Standing(equity=before[0], maintenance=before[1])
    second = Standing(equity=after[0], maintenance=after[1])
    assert margin.is_ratio_kept(first, second) is kept


def test_equity_is_cash_and_all_profit_and_loss() -> None:
    """Open and closed positions count, the reserve does not; losses alone are kept apart."""
    desk = open_desk(Setup(), Setup(), Setup())
    desk.price(2_000 * WAD, 50 * WAD, WAD)
    desk.place(
        "a",
        100 * WAD,
        {0: (wad("2"), -3_900 * WEI * WAD), 1: (wad("-1"), 40 * WEI * WAD), 2: (0, -7)},
    )
    standing = desk.standing("a")
    assert standing.equity == (100 + 100 - 10) * WAD * WEI - 7
    assert standing.losses == -10 * WAD * WEI - 7
    first = requirement_by_slices(TIERS, 4_000 * WAD * WAD, 2)
    assert standing.maintenance == first + requirement_by_slices(TIERS, 50 * WAD * WAD, 2)
    assert standing.fee == 4_050 * WAD * WAD * wad("0.005")


def test_marks_are_read_once_and_only_for_open_positions() -> None:
    """A closed position needs no price: one without any round does not stand in the way."""
    desk = open_desk(Setup(), Setup())
    desk.place("a", WAD, {1: (0, -5)})
    assert desk.number("equity", who("a")) == WAD - 1
    desk.price(WAD)
    desk.place("b", WAD, {0: (WAD, 0), 1: (0, 3)})
    marks = pricing.new_marks(desk.ledger, 0)
    margin.standing_of(desk.ledger, who("b"), marks)
    assert marks.terms(0).mark == WAD


def test_published_figures_are_rounded_against_the_account() -> None:
    """Equity and free collateral go down, requirements go up, by less than a wei."""
    market = setup(((0, wad("0.1") + 1, wad("0.05") + 1),), size_step=1, price_tick=WAD)
    desk = open_desk(market)
    desk.price(WAD)
    desk.place("a", 10, {0: (3, -3 * WEI - 1)})
    assert desk.number("equity", who("a")) == 9
    assert desk.number("initialMargin", who("a")) == 1
    assert desk.view("maintenanceMargin", who("a")) == (1, 1)
    assert desk.number("freeCollateral", who("a")) == 9
    assert desk.number("withdrawable", who("a")) == 0


def test_without_a_requirement_the_ratio_is_the_largest_integer() -> None:
    """An account without positions cannot be liquidated at any price."""
    desk = open_desk()
    assert desk.number("healthFactor", who("a")) == 2**255 - 1
    assert desk.view("isLiquidatable", who("a")) == (False,)
