"""What a trade's ratio test takes for the standing before the trade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import assume, event, given
from hypothesis import strategies as st

from tests.engine.desk import who
from tests.engine.portfolios import ACCOUNT, LARGEST, MARKS, PORTFOLIOS, Portfolio, fresh_desk
from weiproof.engine import cash, funding, margin, pricing, trading
from weiproof.engine.fixed_point import WAD
from weiproof.engine.records import TRADE
from weiproof.engine.trading import Trade

if TYPE_CHECKING:
    from tests.engine.desk import Desk
    from weiproof.engine.instruments import Standing


def both(desk: Desk, market_id: int, delta: int, price: int) -> tuple[Standing, Standing]:
    """The standing before a trade, as it was, and as it is computed after the trade."""
    ledger = desk.ledger
    marks = pricing.new_marks(ledger, TRADE)
    was = margin.standing_of(ledger, ACCOUNT, marks)
    sides = (ACCOUNT, who("b")) if delta > 0 else (who("b"), ACCOUNT)
    trade = Trade(*sides, market_id, abs(delta), price, buyer_is_maker=True)
    funding.accrue(ledger, market_id)
    buyer = trading.open_side(ledger, trade.buyer, market_id, abs(delta))
    seller = trading.open_side(ledger, trade.seller, market_id, -abs(delta))
    side = buyer if delta > 0 else seller
    side.cash = cash.current(ledger, ACCOUNT)
    trading.apply_sides(ledger, trade, buyer, seller, marks)
    after = margin.standing_of(ledger, ACCOUNT, marks)
    return was, trading.standing_before(ledger, side, market_id, after)


def assert_equal(was: Standing, computed: Standing) -> None:
    """Equity and what is required are the same, to the numerator."""
    assert computed.equity == was.equity
    assert computed.maintenance + computed.fee == was.maintenance + was.fee


@given(PORTFOLIOS, st.integers(0, 2), st.integers(-LARGEST, LARGEST), st.integers(-50, 50).map(int))
def test_it_is_the_standing_that_was(
    portfolio: Portfolio, market_id: int, delta: int, percent: int
) -> None:
    """Whatever an account holds and trades, at whatever price: equity and requirement, exactly."""
    assume(delta != 0)
    desk = fresh_desk()
    portfolio.place(desk, "a")
    price = (MARKS[market_id] * (100 + percent) // 100) // WAD * WAD + WAD
    assert_equal(*both(desk, market_id, delta, price))


@given(PORTFOLIOS, st.integers(0, 2), st.integers(0, 100), st.integers(1, 3_000))
def test_it_is_the_standing_that_was_where_a_position_shrinks(
    portfolio: Portfolio, market_id: int, kept: int, seconds: int
) -> None:
    """A part or all of a position is closed a while later: the same, with interest and funding."""
    size, _ = portfolio.positions.get(market_id, (0, 0))
    delta = kept * size // 100 - size
    assume(delta != 0)
    event("closed" if kept == 0 else "reduced")
    desk = fresh_desk()
    portfolio.place(desk, "a")
    record = desk.ledger.edit_record()
    record.total_debt, record.total_credit = max(-portfolio.cash, 0), max(portfolio.cash, 0)
    market = desk.ledger.markets.edit(market_id)
    market.funding_rate, market.funding_price = 10**9 + 1, MARKS[market_id]
    market.accrued_at = desk.now
    desk.model.world.store.commit()
    desk.model.world.now = desk.now + seconds
    assert_equal(*both(desk, market_id, delta, MARKS[market_id] // WAD * WAD))


@given(PORTFOLIOS, st.integers(0, 2))
def test_a_turned_position_had_the_other_side(portfolio: Portfolio, market_id: int) -> None:
    """Where a position changes sides offsets were others before, and they are counted as such."""
    size, _ = portfolio.positions.get(market_id, (0, 0))
    assume(size != 0)
    desk = fresh_desk()
    portfolio.place(desk, "a")
    assert_equal(*both(desk, market_id, -2 * size, MARKS[market_id] // WAD * WAD))


def test_a_closed_hedge_was_an_offset() -> None:
    """Before a hedge is closed it forgives half of the smaller requirement, and that is counted."""
    desk = fresh_desk()
    held = {0: (WAD, 0), 1: (-40 * WAD, 0)}
    Portfolio(10**24, held, {}).place(desk, "a")
    was, computed = both(desk, 1, 40 * WAD, 50 * WAD)
    assert_equal(was, computed)
    assert was.gross > was.maintenance > was.gross * 3 // 4 - 10**50
