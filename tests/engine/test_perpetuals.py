"""Requirements of positions beside each other: the legs that a changed one is measured with."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.portfolios import ACCOUNT, MARKS, PORTFOLIOS, SIZES, Portfolio, fresh_desk
from weiproof.engine import margin, perpetuals, pricing
from weiproof.engine.fixed_point import WAD
from weiproof.engine.instruments import Standing
from weiproof.engine.offsets import Leg
from weiproof.engine.records import LIQUIDATION


def test_the_markets_leg_comes_last_and_empty() -> None:
    """Legs of the other markets stay in their order; the market's own is new and without size."""
    legs = [Leg(m, size=m + 1, mark=WAD, maintenance=7, fee=3) for m in (0, 3, 5)]
    standing = Standing(maintenance=21, fee=9, legs=legs)
    ledger = fresh_desk().ledger
    assert perpetuals.beside_of(ledger, standing, 3).legs == [legs[0], legs[2], Leg(3)]
    assert perpetuals.beside_of(ledger, standing, 4).legs == [*legs, Leg(4)]
    assert perpetuals.beside_of(ledger, Standing(), 4).legs == [Leg(4)]


def test_what_other_instruments_require_stays() -> None:
    """Of 30 the three legs require 30; of 30 and 5 and 2 more, 7 are others'."""
    legs = [Leg(m, size=m + 1, mark=WAD, maintenance=7, fee=3) for m in (0, 3, 5)]
    ledger = fresh_desk().ledger
    standing = Standing(maintenance=21, fee=9, legs=legs)
    assert perpetuals.beside_of(ledger, standing, 3).required == 0
    standing = Standing(maintenance=26, fee=11, legs=legs)
    assert perpetuals.beside_of(ledger, standing, 3).required == 7


def test_the_standing_keeps_its_legs() -> None:
    """What is measured beside them changes neither the list nor the legs in it."""
    desk = fresh_desk()
    Portfolio(0, {0: (WAD, 0), 1: (-WAD, 0)}, {}).place(desk, "a")
    marks = pricing.new_marks(desk.ledger, LIQUIDATION)
    standing = margin.standing_of(desk.ledger, ACCOUNT, marks)
    before = deepcopy(standing.legs)
    beside = perpetuals.beside_of(desk.ledger, standing, 0)
    perpetuals.required_with(desk.ledger, marks, beside, 5 * WAD, MARKS[0])
    assert standing.legs == before


@given(PORTFOLIOS, st.integers(0, 2), st.lists(SIZES, min_size=1, max_size=3))
def test_what_is_required_with_a_size_is_what_an_account_with_it_requires(
    portfolio: Portfolio, market_id: int, sizes: list[int]
) -> None:
    """One size after the other, on the same legs: each as if the account had always held it."""
    desk = fresh_desk()
    portfolio.place(desk, "a")
    ledger = desk.ledger
    marks = pricing.new_marks(ledger, LIQUIDATION)
    standing = margin.standing_of(ledger, ACCOUNT, marks)
    beside = perpetuals.beside_of(ledger, standing, market_id)
    found = [perpetuals.required_with(ledger, marks, beside, s, MARKS[market_id]) for s in sizes]
    expected = []
    for size in sizes:
        ledger.positions.edit(ACCOUNT, market_id).size = size
        ledger.accounts.edit(ACCOUNT).markets |= 1 << market_id
        standing = margin.standing_of(ledger, ACCOUNT, marks)
        expected.append(standing.maintenance + standing.fee)
    desk.model.world.store.drop()
    assert found == expected


@given(PORTFOLIOS, st.integers(0, 2))
def test_without_a_size_the_others_alone_require(portfolio: Portfolio, market_id: int) -> None:
    """A size of 0 adds nothing and takes part in no offset."""
    desk = fresh_desk()
    portfolio.place(desk, "a")
    marks = pricing.new_marks(desk.ledger, LIQUIDATION)
    standing = margin.standing_of(desk.ledger, ACCOUNT, marks)
    beside = perpetuals.beside_of(desk.ledger, standing, market_id)
    found = perpetuals.required_with(desk.ledger, marks, beside, 0, MARKS[market_id])
    rest = {m: p for m, p in portfolio.positions.items() if m != market_id}
    desk = fresh_desk()
    Portfolio(portfolio.cash, rest, {}).place(desk, "a")
    standing = margin.standing_of(desk.ledger, ACCOUNT, marks)
    assert found == standing.maintenance + standing.fee
