"""Which route a liquidation takes, by numbers alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine import routes
from weiproof.engine.backstop_records import BACKSTOP, FUND, Route
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.routes import Circumstances

PLENTY = 10**60
ALL = Circumstances(0, 300 * WEI, WAD * 2 // 3, PLENTY, WAD // 3, PLENTY, 1)
"""Everybody has room; equity is set by each test."""

ratios = st.integers(0, WAD)
rooms = st.integers(-2, 2)


@st.composite
def circumstances(draw: st.DrawFn) -> Circumstances:
    """What a liquidatable account and the system may be in."""
    required = draw(st.integers(1, 10**6))
    backstop_ratio = draw(ratios)
    return Circumstances(
        draw(st.integers(-required, required - 1)),
        required,
        backstop_ratio,
        draw(rooms),
        draw(st.integers(0, backstop_ratio)),
        draw(rooms),
        draw(st.integers(0, 2)),
    )


@pytest.mark.parametrize(
    ("equity", "route"),
    [(200, Route.KEEPER), (199, Route.BACKSTOP), (0, Route.BACKSTOP), (-1, Route.BACKSTOP)],
)
def test_the_vault_comes_below_its_ratio(equity: int, route: Route) -> None:
    """At the ratio keepers are alone, below it the vault is next; the ratio is exact."""
    state = replace(ALL, equity=equity * 3, required=300 * 3, backstop_ratio=WAD * 2 // 3)
    exact = Fraction(state.equity, state.required) >= Fraction(state.backstop_ratio, WAD)
    assert routes.route_of(state) == (Route.KEEPER if exact else route)


def test_each_route_that_is_full_leads_to_the_next() -> None:
    """Without room in the vault the fund, then deleveraging, then the forced close."""
    state = replace(ALL, equity=-1)
    assert routes.route_of(state) == Route.BACKSTOP
    assert routes.route_of(replace(state, backstop_room=-1)) == Route.FUND
    state = replace(state, backstop_room=-1, fund_room=-1)
    assert routes.route_of(state) == Route.DELEVERAGE
    assert routes.route_of(replace(state, candidates=0)) == Route.FORCED_CLOSE
    assert routes.route_of(replace(state, equity=0)) == Route.FORCED_CLOSE


@given(circumstances())
def test_the_fund_and_deleveraging_come_where_they_may(state: Circumstances) -> None:
    """Each route is told only of an account that it is open to, whatever the numbers."""
    route = routes.route_of(state)
    ratio = Fraction(state.equity, state.required)
    allowed = {
        Route.KEEPER: ratio >= Fraction(state.backstop_ratio, WAD),
        Route.BACKSTOP: ratio < Fraction(state.backstop_ratio, WAD) and state.backstop_room >= 0,
        Route.FUND: ratio < Fraction(state.fund_ratio, WAD) and state.fund_room >= 0,
        Route.DELEVERAGE: state.equity < 0 and state.candidates > 0,
        Route.FORCED_CLOSE: ratio < Fraction(state.backstop_ratio, WAD),
    }
    assert allowed[route]


@given(circumstances(), st.integers(0, 10**6))
def test_less_equity_never_leads_back_to_an_earlier_route(state: Circumstances, less: int) -> None:
    """With everything else as it is, a poorer account is never sent back to the keepers alone."""
    route, poorer = routes.route_of(state), replace(state, equity=state.equity - less)
    assert route == Route.KEEPER or routes.route_of(poorer) != Route.KEEPER


def test_the_systems_accounts_are_two() -> None:
    """The vault's and the fund's, which share their owner with no account that has a key."""
    assert routes.is_system(BACKSTOP)
    assert routes.is_system(FUND)
    assert not routes.is_system("0x" + "00" * 20)
    assert int(BACKSTOP, 16) >> 8 == int(FUND, 16) >> 8 == 0
