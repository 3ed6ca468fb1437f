"""Reductions between maintenance and the stop ratio: size, fee, and when they are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import DOLLAR, UNLIMITED, Desk, assert_conserved, setup, wad, who
from tests.engine.planned import EMPTY, FLAT, OWNER, SOURCE, STOP, bring_to, plan, planned
from tests.engine.portfolios import PORTFOLIOS, Portfolio, fresh_desk
from weiproof.engine import liquidation, margin, pricing
from weiproof.engine.fixed_point import WAD, WEI, mul_div_up
from weiproof.engine.parameters import LiquidationParameters
from weiproof.engine.records import LIQUIDATION

LOW = 1_900
"""Equity is 1,100 dollars there and 1,045 are required: below the stop ratio of 1.2."""


def size_of(desk: Desk, account: str, market_id: int = 0) -> int:
    """A position's size, WAD."""
    return desk.ledger.positions.read(account, market_id).size


def test_a_reduction_leads_to_the_goal_for_its_fee() -> None:
    """(1.5 x 1,045 - 1,100) / (156.75 - 1.90) is 3.0190...: 3.020 go at 0.1 % of 5,738 dollars.

    Fund and reserve are as they were; the ratio is 1.5 at least, and a step less is too little.
    """
    desk = planned(STOP, LOW)
    fund = desk.ledger.record.insurance_fund
    desk.do("k", "reduce", OWNER, 0, UNLIMITED, 0)
    assert desk.names()[-1] == "Reduced"
    fee = wad("5.738")
    assert desk.events[-1].args == (OWNER, 0, who("k"), wad("3.02"), LOW * WAD, fee)
    assert size_of(desk, OWNER) == wad("6.98")
    assert size_of(desk, who("k")) == wad("3.02")
    assert desk.ledger.accounts.read(OWNER).cash == 2_100 * WAD - fee
    assert desk.ledger.accounts.read(who("k")).cash == wad("499990") + fee
    assert desk.ledger.record.insurance_fund == fund
    assert desk.ledger.accounts.read(OWNER).reserve == 10 * WAD
    assert desk.number("healthFactor", OWNER) == 1_094_262 * WAD // 729_410
    assert desk.refused("k", "reduce", OWNER, 0, UNLIMITED, 0) == ("NotReducible", (OWNER,))
    assert_conserved(desk)


def test_the_taker_says_what_it_wants_at_least() -> None:
    """A wei more than the fee is refused: nobody works for less by an owner's last word."""
    desk = planned(STOP, LOW)
    fee = 5_738 * WAD // 1_000
    found = desk.refused("k", "reduce", OWNER, 0, UNLIMITED, fee + 1)
    assert found == ("NotReducible", (OWNER,))
    desk.do("k", "reduce", OWNER, 0, UNLIMITED, fee)


def test_a_top_up_goes_first() -> None:
    """What the source has moves before anything is sold; then the rest is."""
    both = plan(STOP, top_up_limit=1_000 * DOLLAR, top_up_source=SOURCE)
    desk = planned(both, LOW, spare=1)
    assert desk.refused("k", "reduce", OWNER, 0, UNLIMITED, 0) == ("TopUpFirst", (OWNER,))
    desk.do("k", "topUp", OWNER)
    desk.do("k", "reduce", OWNER, 0, UNLIMITED, 0)


def test_less_may_be_taken_but_no_dust_left() -> None:
    """A limit is rounded down to the step; nothing is refused, and so is what leaves dust."""
    desk = planned(STOP, LOW)
    desk.do("k", "reduce", OWNER, 0, wad("1.0009"), 0)
    assert size_of(desk, OWNER) == 9 * WAD
    below = wad("0.001") - 1
    assert desk.refused("k", "reduce", OWNER, 0, below, 0) == ("InvalidSize", (below,))
    desk = planned(STOP, LOW, market=setup(FLAT, minimum_notional=16_000 * WAD))
    limit = wad("1.6")
    assert desk.refused("k", "reduce", OWNER, 0, limit, 0) == ("InvalidSize", (limit,))
    desk.do("k", "reduce", OWNER, 0, UNLIMITED, 0)
    assert size_of(desk, OWNER) == 0
    assert desk.ledger.accounts.read(OWNER).reserve == 0
    assert desk.ledger.accounts.read(OWNER).cash == wad("2110") - 1_000 * WAD - 19 * WAD


@pytest.mark.parametrize(("price", "refused"), [(1_917, True), (1_916, False), (1_895, False)])
def test_it_is_open_below_the_stop_ratio_alone(price: int, refused: bool) -> None:
    """At 1,917 equity is 1,270 of 1.2 x 1,054.35 = 1,265.22; at 1,916 1,260 of 1,264.56."""
    desk = planned(STOP, price)
    if refused:
        assert desk.refused("k", "reduce", OWNER, 0, UNLIMITED, 0) == ("NotReducible", (OWNER,))
    else:
        desk.do("k", "reduce", OWNER, 0, UNLIMITED, 0)


def test_below_maintenance_it_is_a_liquidation() -> None:
    """At 1,890 equity is 1,000 of 1,039.50: refused, and the liquidation is open."""
    desk = planned(STOP, 1_890)
    assert desk.refused("k", "reduce", OWNER, 0, UNLIMITED, 0) == ("NotReducible", (OWNER,))
    desk.do("k", "liquidate", OWNER, 0, UNLIMITED)


def test_without_a_stop_ratio_there_is_none() -> None:
    """An account without a plan is left alone, whatever its health."""
    desk = planned(EMPTY, LOW)
    assert desk.refused("k", "reduce", OWNER, 0, UNLIMITED, 0) == ("NotReducible", (OWNER,))


def test_what_is_refused_by_name() -> None:
    """Oneself, no such market, a pause, no position there, and too little margin."""
    desk = planned(STOP, LOW, 2_000)
    desk.do("matcher", "settleTrade", who("b"), OWNER, 1, 10 * WAD, 2_000 * WAD, False)
    desk.price(1_685 * WAD)
    assert desk.refused("a", "reduce", OWNER, 0, UNLIMITED, 0) == ("SameAccount", (OWNER,))
    assert desk.refused("k", "reduce", OWNER, 9, UNLIMITED, 0) == ("UnknownMarket", (9,))
    assert desk.refused("k", "reduce", OWNER, 1, UNLIMITED, 0) == ("NoPosition", (OWNER, 1))
    error, _ = desk.refused("poor", "reduce", OWNER, 0, UNLIMITED, 0)
    assert error == "InsufficientCash"
    desk.do("admin", "setMarketPaused", 0, True)
    assert desk.refused("k", "reduce", OWNER, 0, UNLIMITED, 0) == ("MarketIsPaused", (0,))


def test_in_a_reduce_only_market_the_taker_only_closes() -> None:
    """A taker without a position is refused; the holder of the other side is not."""
    desk = planned(STOP, LOW)
    desk.do("admin", "setReduceOnly", 0, True)
    assert desk.refused("k", "reduce", OWNER, 0, UNLIMITED, 0) == ("MarketIsReduceOnly", (0,))
    desk.do("b", "reduce", OWNER, 0, UNLIMITED, 0)
    assert size_of(desk, who("b")) == -wad("6.98")


def test_prices_must_be_good_for_trades() -> None:
    """A price that is old enough for liquidations alone reduces nobody."""
    desk = planned(STOP, LOW)
    desk.now += 3_601
    assert desk.refused("k", "reduce", OWNER, 0, UNLIMITED, 0)[0] == "StalePrice"


def test_a_hedge_may_be_reduced_and_helps() -> None:
    """An offset forgives less than the leg requires: the ratio rises without the short too."""
    desk = planned(plan(STOP, stop_ratio=2 * WAD), 2_000, 2_000)
    desk.do("admin", "setOffset", 0, 1, wad("0.6"))
    desk.do("matcher", "settleTrade", who("b"), OWNER, 1, 12 * WAD, 2_000 * WAD, False)
    desk.now += 86_400
    desk.price(1_720 * WAD, 2_000 * WAD)
    before = desk.number("healthFactor", OWNER)
    assert WAD < before < 2 * WAD
    desk.do("k", "reduce", OWNER, 1, UNLIMITED, 0)
    assert desk.number("healthFactor", OWNER) > before


def test_the_owner_s_order_holds_for_reductions() -> None:
    """With market 1 first, market 0 is refused."""
    desk = planned(plan(STOP, market_order=0x0102), LOW, LOW)
    assert desk.refused("k", "reduce", OWNER, 0, UNLIMITED, 0) == ("NotFirstMarket", (OWNER, 1))
    desk.do("k", "reduce", OWNER, 1, UNLIMITED, 0)


def test_the_house_s_order_holds_for_reductions() -> None:
    """Of equal ones it takes market 0 first, whatever the owner's order: nobody may choose."""
    for order in (0, 0x0102):
        desk = planned(plan(STOP, market_order=order), LOW, LOW)
        desk.do("admin", "setLiquidationParameters", LiquidationParameters(ordered=True).fields())
        refused = desk.refused("k", "reduce", OWNER, 1, UNLIMITED, 0)
        assert refused == ("NotFirstMarket", (OWNER, 0))
        desk.do("k", "reduce", OWNER, 0, UNLIMITED, 0)


def test_the_fee_is_no_more_than_cash() -> None:
    """With two dollars of cash beside an unrealised profit, two dollars are paid."""
    desk = planned(STOP, LOW)
    ledger = desk.ledger
    record = ledger.accounts.edit(OWNER)
    moved = record.cash - 2 * WAD
    record.cash = 2 * WAD
    ledger.positions.edit(OWNER, 0).quote += moved * WEI
    ledger.positions.edit(who("b"), 0).quote -= moved * WEI
    ledger.accounts.edit(who("b")).cash += moved
    desk.model.world.store.commit()
    desk.do("k", "reduce", OWNER, 0, UNLIMITED, 0)
    assert desk.events[-1].args[-1] == 2 * WAD
    assert ledger.accounts.read(OWNER).cash == 0


@given(
    PORTFOLIOS,
    st.integers(950, 2_050),
    st.integers(WAD, 2 * WAD),
    st.integers(0, WAD - 1),
    st.integers(0, 2),
    st.sampled_from([UNLIMITED, 10**18, 10**21]),
)
def test_a_reduction_only_makes_safer(
    portfolio: Portfolio, health: int, stop: int, share: int, market_id: int, limit: int
) -> None:
    """The ratio does not fall, and equity by no more than the plan's share of the fee.

    But for less than a wei of dust where the position is closed. The taker gets the fee alone.
    """
    desk = fresh_desk()
    portfolio.place(desk, "a")
    ledger = desk.ledger
    ledger.accounts.edit(who("k")).cash = 10**30
    ledger.plans.put(plan(stop_ratio=stop, reduce_fee_share=share), OWNER)
    bring_to(desk, health)
    before, wealth = desk.standing("a"), desk.standing("k").equity
    outcome = desk.call(who("k"), "house", "reduce", OWNER, market_id, limit, 0)
    if not outcome.ok:
        return
    after = desk.standing("a")
    *_, size, mark, fee = desk.events[-1].args
    assert margin.is_ratio_kept(before, after)
    assert not margin.is_below_maintenance(after)
    rate = mul_div_up(wad("0.005"), share, WAD)
    assert isinstance(fee, int)
    assert fee <= liquidation.fee_of(size, mark, rate)  # type: ignore[arg-type]
    reserve = ledger.accounts.read(who("k")).reserve * WEI
    assert desk.standing("k").equity + reserve == wealth + fee * WEI
    assert 0 <= before.equity - fee * WEI - after.equity < WEI


def test_a_reduction_moves_money_between_two_alone() -> None:
    """Taker, account and the owner's source together have what they had, the reserves included."""
    desk = planned(STOP, LOW, spare=50_000)
    marks = pricing.new_marks(desk.ledger, LIQUIDATION)
    before = sum(_wealth(desk, marks))
    desk.do("k", "reduce", OWNER, 0, UNLIMITED, 0)
    assert sum(_wealth(desk, marks)) == before


def _wealth(desk: Desk, marks: pricing.Marks) -> list[int]:
    ledger = desk.ledger
    return [
        margin.standing_of(ledger, each, marks).equity + ledger.accounts.read(each).reserve * WEI
        for each in (OWNER, SOURCE, who("k"))
    ]
