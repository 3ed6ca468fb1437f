"""The insurance fund and socialised losses, one function at a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import Desk, open_desk, setup, wad, who
from weiproof.engine import insurance
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.funding import pending_loss


def holders(longs: tuple[int, ...], *, debt: int = 0, fund: int = 0) -> Desk:
    """Longs of these sizes (wei of size) against one short s, with so much debt and fund."""
    desk = open_desk(setup(size_step=1, price_tick=WAD))
    for i, size in enumerate(longs):
        desk.place(f"l{i}", 0, {0: (size, 0)})
    desk.place("s", 0, {0: (-sum(longs), 0)})
    record = desk.ledger.edit_record()
    record.unresolved_bad_debt, record.insurance_fund = debt, fund
    desk.model.world.store.commit()
    return desk


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_income_repays_debt_before_it_fills_the_fund(amount: int, debt: int) -> None:
    """Debt falls by as much of the income as there is debt; the rest is the fund's."""
    desk = holders((), debt=debt)
    insurance.credit(desk.ledger, amount)
    record = desk.ledger.record
    repaid = min(amount, debt)
    assert (record.unresolved_bad_debt, record.insurance_fund) == (debt - repaid, amount - repaid)


def test_no_income_no_event() -> None:
    """A credit of nothing says nothing."""
    desk = holders((), debt=5)
    desk.model.world.events.clear()
    insurance.credit(desk.ledger, 0)
    assert desk.model.world.events == []


@given(
    st.lists(st.integers(1, 10**21), min_size=1, max_size=4),
    st.integers(1, 10**24),
    st.integers(0, 10**40),
)
def test_what_is_charged_is_collected(sizes: list[int], amount: int, cap: int) -> None:
    """The holders of the side owe charge and dust together, exactly, and at most the cap."""
    desk = holders(tuple(sizes))
    charged = insurance.socialise(desk.ledger, 0, -1, amount, cap)
    market = desk.ledger.markets.read(0)
    owed = sum(
        pending_loss(market, desk.ledger.positions.read(who(f"l{i}"), 0)) for i in range(len(sizes))
    )
    assert owed == charged * WEI + market.dust
    assert market.clearing == -charged
    assert market.long_loss_index <= cap
    assert market.short_loss_index == 0
    assert charged <= amount
    if market.long_loss_index < cap:
        assert charged == amount
        assert market.dust < sum(sizes)
    else:
        assert market.dust < max(WEI, sum(sizes))


def test_the_loss_is_charged_to_the_other_side() -> None:
    """A bankrupt long is paid by the shorts, a bankrupt short by the longs."""
    desk = holders((WAD,))
    insurance.socialise(desk.ledger, 0, 1, 7, 10**40)
    market = desk.ledger.markets.read(0)
    assert (market.short_loss_index, market.long_loss_index) == (7 * WAD, 0)


def test_the_fund_pays_first_and_the_rest_stays_unresolved() -> None:
    """Of 100: 30 from the fund, 50 from the side at its cap, 20 from nobody."""
    desk = holders((WAD,), fund=30)
    insurance.cover_deficit(desk.ledger, who("l0"), 0, WAD, 100, 50 * WAD)
    record = desk.ledger.record
    assert (record.insurance_fund, record.unresolved_bad_debt) == (0, 20)
    assert desk.ledger.accounts.read(who("l0")).cash == 100
    assert desk.model.world.events[-1].args == (who("l0"), 0, 30, 50, 20)


def test_without_open_interest_nobody_is_charged() -> None:
    """The whole rest stays unresolved, and no division by zero stands in the way."""
    desk = holders(())
    insurance.cover_deficit(desk.ledger, who("x"), 0, WAD, 100, 50 * WAD)
    assert desk.ledger.record.unresolved_bad_debt == 100


def test_the_funds_share_of_a_trading_fee_is_rounded_down() -> None:
    """Of a fee of 3 the fund gets 1 and the treasurer 2."""
    desk = open_desk(setup(trade_fee_rate=wad("0.1"), size_step=1, price_tick=WAD))
    desk.price(WAD)
    for label in "ab":
        desk.deposit(label, 100)
    desk.do("matcher", "settleTrade", who("a"), who("b"), 0, 29, WAD, False)
    assert desk.ledger.record.fees == 4
    assert desk.ledger.record.insurance_fund == 2
