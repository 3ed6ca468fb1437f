"""Takeover by a keeper, forced close, and how much of a position is taken."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.engine.desk import (
    DOLLAR,
    SYSTEM,
    UNLIMITED,
    Desk,
    Setup,
    assert_conserved,
    open_desk,
    setup,
    wad,
    who,
)
from tests.engine.strategies import market_setups, requirement_by_slices
from weiproof.engine.backstop_records import Route
from weiproof.engine.fixed_point import WAD, WEI

if TYPE_CHECKING:
    from weiproof.engine.call import Value

STEP = WAD // 10


def smallest_by_trial(market: Setup, equity: int, held: int, mark: int, others: int) -> int:
    """The smallest multiple of the step that reaches the target, by trying all; else everything.

    Equity and others (requirement of other markets) are numerators.
    """
    parameters = market.parameters
    fee_rate, target = parameters.liquidation_fee_rate, Fraction(SYSTEM.target_ratio, WAD)
    for size in range(parameters.size_step, held, parameters.size_step):
        notional = (held - size) * mark
        fee = -(-size * mark * fee_rate // WEI) * WEI
        required = others + requirement_by_slices(market.tiers, notional, 2) + notional * fee_rate
        if equity - fee >= target * required:
            return held if notional < parameters.minimum_notional * WAD else size
    return held


@given(
    market_setups(size_step=STEP),
    st.integers(1, 60),
    st.integers(1, 10**8).map(lambda n: n * WAD // 1_000),
    st.integers(-50, 2_000),
    st.integers(0, 10**20),
)
def test_the_size_is_the_smallest_that_reaches_the_target(
    market: Setup, steps: int, mark: int, depth: int, fraction: int
) -> None:
    """The formula finds what trying every multiple finds, long and short, in all tiers."""
    held = steps * STEP
    notional = held * mark
    fee = notional * market.parameters.liquidation_fee_rate
    required = requirement_by_slices(market.tiers, notional, 2) + fee
    equity = required * depth // 1_000 - fraction
    assume(equity < required)
    for size in (held, -held):
        desk = open_desk(market)
        desk.price(mark)
        desk.place("a", 0, {0: (size, equity - size * mark * WAD)})
        expected = smallest_by_trial(market, equity, held, mark, 0)
        assert desk.number("liquidationSize", who("a"), 0) == expected


@given(
    market_setups(size_step=STEP),
    market_setups(size_step=STEP),
    st.integers(1, 40),
    st.integers(-40, 40).filter(bool),
    st.integers(1, 10**6).map(lambda n: n * WAD // 100),
    st.integers(300, 999),
)
def test_other_markets_count_in_the_size(
    first: Setup, second: Setup, steps: int, others: int, mark: int, depth: int
) -> None:
    """The requirement of what is held elsewhere stays, and the size makes up for it."""
    held, other = steps * STEP, others * STEP
    first = Setup(first.parameters, first.tiers)
    far = mark // 3 + 1
    aside = requirement_by_slices(second.tiers, abs(other) * far, 2)
    aside += abs(other) * far * second.parameters.liquidation_fee_rate
    here = requirement_by_slices(first.tiers, held * mark, 2)
    here += held * mark * first.parameters.liquidation_fee_rate
    equity = (aside + here) * depth // 1_000
    assume(equity < aside + here)
    desk = open_desk(first, second)
    desk.price(mark, far)
    desk.place("a", 0, {0: (held, equity - held * mark * WAD), 1: (other, -other * far * WAD)})
    expected = smallest_by_trial(first, equity, held, mark, aside)
    assert desk.number("liquidationSize", who("a"), 0) == expected


WHOLE = setup(minimum_notional=10**6 * WAD)
"""A market in which every liquidation takes the whole position."""


def leveraged(
    market: Setup = WHOLE, *, dollars: int = 211, size: str = "1", insurance_share: int = WAD // 2
) -> Desk:
    """Account a is long and b short at 2,000; c and the keeper k have much.

    With 211 dollars and a size of 1, reserve and fee leave a with an equity of 200.
    """
    desk = open_desk(market, market, system=replace(SYSTEM, insurance_share=insurance_share))
    desk.price(2_000 * WAD, 50_000 * WAD)
    for label, amount in (("a", dollars), ("b", 100_000), ("c", 100_000), ("k", 1_000_000)):
        desk.deposit(label, amount)
    desk.trade("a", "b", 0, size, "2000")
    return desk


def liquidated(desk: Desk) -> tuple[Value, ...]:
    """The arguments of the last call's ``Liquidated``."""
    (event,) = (event for event in desk.events if event.name == "Liquidated")
    return event.args


def test_a_partial_liquidation_reaches_the_target_and_no_more() -> None:
    """Afterwards equity covers target x requirement; with one step less taken it would not."""
    desk = leveraged(Setup(), dollars=2_020, size="10")
    desk.price(1_880 * WAD)
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    taken = desk.ledger.positions.read(who("k"), 0).size
    assert 0 < taken < 10 * WAD
    target = Fraction(SYSTEM.target_ratio, WAD)
    standing = desk.standing("a")
    assert standing.equity >= target * (standing.maintenance + standing.fee)
    step, mark = wad("0.001"), 1_880 * WAD
    notional = (10 * WAD - taken + step) * mark
    fee_back = step * mark * wad("0.005")
    assert standing.equity + fee_back < target * (notional * wad("0.05") + notional * wad("0.005"))
    assert desk.view("isLiquidatable", who("a")) == (False,)
    assert_conserved(desk)


def test_the_event_tells_the_terms() -> None:
    """Size, mark, fee, half of it as reward, no deficit; and the order of the events."""
    desk = leveraged(Setup(), dollars=2_020, size="10")
    desk.price(1_880 * WAD)
    size = desk.number("liquidationSize", who("a"), 0)
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    fee = size * 1_880 // 200
    assert liquidated(desk) == (
        who("a"), 0, who("k"), size, 1_880 * WAD, fee, fee // 2, 0, Route.KEEPER,
    )  # fmt: skip
    assert desk.names() == [
        "InsuranceFundCredited",
        "PositionChanged",
        "ReserveChanged",
        "PositionChanged",
        "Liquidated",
    ]


def test_who_is_exactly_at_maintenance_is_safe() -> None:
    """One unit of the feed lower is the difference between NotLiquidatable and a takeover."""
    desk = leveraged()
    exists, price = desk.view("liquidationPrice", who("a"), 0)
    assert exists
    assert isinstance(price, int)
    desk.price(price + 1)
    assert desk.refused("k", "liquidate", who("a"), 0, UNLIMITED) == (
        "NotLiquidatable",
        (who("a"),),
    )
    desk.price(price)
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)


def test_the_keeper_limits_the_size_to_a_multiple_of_the_step() -> None:
    """A limit between two steps is rounded down; one below a step is refused."""
    desk = leveraged(Setup(), dollars=2_020, size="10")
    desk.price(1_880 * WAD)
    for limit in (0, wad("0.001") - 1):
        found = desk.refused("k", "liquidate", who("a"), 0, limit)
        assert found == ("InvalidSize", (limit,))
    desk.do("k", "liquidate", who("a"), 0, wad("0.0029"))
    assert desk.ledger.positions.read(who("k"), 0).size == wad("0.002")


def test_the_keeper_must_have_initial_margin_afterwards() -> None:
    """A keeper without means is refused, and nothing of the takeover stays."""
    desk = leveraged()
    desk.price(1_890 * WAD)
    error, args = desk.refused("pauper", "liquidate", who("a"), 0, UNLIMITED)
    assert error == "InsufficientMargin"
    assert args[0] == who("pauper")


def test_nobody_takes_over_from_himself() -> None:
    """The account is neither its own keeper nor its own counterparty."""
    desk = leveraged()
    desk.price(1_890 * WAD)
    assert desk.refused("a", "liquidate", who("a"), 0, 1)[0] == "SameAccount"
    assert desk.refused("k", "forceClose", who("a"), 0, who("a"))[0] == "SameAccount"


def test_liquidation_needs_a_market_a_position_and_a_fresh_price() -> None:
    """Each missing thing is named: UnknownMarket, MarketIsPaused, NoPosition, StalePrice."""
    desk = leveraged()
    assert desk.refused("k", "liquidate", who("a"), 2, 1) == ("UnknownMarket", (2,))
    assert desk.refused("k", "liquidate", who("a"), 1, 1) == ("NoPosition", (who("a"), 1))
    desk.do("admin", "setMarketPaused", 0, True)
    assert desk.refused("k", "liquidate", who("a"), 0, 1) == ("MarketIsPaused", (0,))
    desk.do("admin", "setMarketPaused", 0, False)
    desk.do("admin", "setPaused", True)
    assert desk.refused("k", "liquidate", who("a"), 0, 1) == ("SystemIsPaused", ())
    desk.do("admin", "setPaused", False)
    desk.now += 7_200
    assert desk.refused("k", "liquidate", who("a"), 0, 1)[0] == "NotLiquidatable"
    desk.now += 1
    assert desk.refused("k", "liquidate", who("a"), 0, 1)[0] == "StalePrice"


@pytest.mark.parametrize("route", ["liquidate", "forceClose"])
def test_the_fee_of_a_part_is_no_more_than_its_part_of_the_equity(route: str) -> None:
    """Ten share 30 dollars: 12 go with four of them, whose fee is 36.04, and 18 with the rest."""
    desk = leveraged(Setup(), dollars=2_030, size="10")
    desk.trade("b", "c", 0, "4", "2000")
    desk.price(1_802 * WAD)
    assert desk.standing("a").equity == 30 * WAD * WEI
    health = desk.number("healthFactor", who("a"))
    other = 4 * WAD if route == "liquidate" else who("c")
    desk.do("k", route, who("a"), 0, other)
    size, _, fee = liquidated(desk)[3:6]
    assert (size, fee) == (4 * WAD, 12 * WAD)
    assert desk.standing("a").equity == 18 * WAD * WEI
    assert desk.number("healthFactor", who("a")) == health
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    assert liquidated(desk)[3:6] == (6 * WAD, 1_802 * WAD, 18 * WAD)
    assert_conserved(desk)


def test_the_fee_of_one_position_leaves_the_others_their_equity() -> None:
    """Two alike share 6 dollars: each takeover may cost 3."""
    desk = leveraged(dollars=412)
    desk.price(2_000 * WAD, 2_000 * WAD)
    desk.trade("a", "c", 1, "1", "2000")
    desk.price(1_803 * WAD, 1_803 * WAD)
    assert desk.standing("a").equity == 6 * WAD * WEI
    for market_id, left in ((1, 3), (0, 0)):
        desk.do("k", "liquidate", who("a"), market_id, UNLIMITED)
        assert liquidated(desk)[5] == 3 * WAD
        assert desk.standing("a").equity >= left * WAD * WEI
    assert_conserved(desk)


@given(st.integers(1_790_00, 1_899_00), st.integers(1, 10_000))
def test_no_piece_leaves_the_rest_less_safe(cents: int, steps: int) -> None:
    """Whatever price and piece, but for the fee's rounding: the margin ratio never falls."""
    desk = leveraged(Setup(), dollars=2_030, size="10")
    desk.price(cents * WAD // 100)
    before = desk.standing("a")
    outcome = desk.call(who("k"), "house", "liquidate", who("a"), 0, steps * WAD // 1_000)
    if not outcome.ok:
        assert outcome.error in ("NotLiquidatable", "InvalidSize")
        return
    after = desk.standing("a")
    required = before.maintenance + before.fee
    left = (after.equity + WEI) * required
    assert left >= before.equity * (after.maintenance + after.fee)


def test_the_fee_never_makes_an_account_bankrupt() -> None:
    """With less equity than the fee, the fee is the equity; the rest of the reserve remains."""
    desk = leveraged()
    desk.price(wad("1805.5"))
    equity = desk.number("equity", who("a"))
    assert 0 < equity < 9 * WAD
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    assert liquidated(desk)[5:8] == (equity, 10 * WAD, 0)
    assert desk.number("equity", who("a")) == 10 * WAD - (10 * WAD - equity // 2)
    assert_conserved(desk)


def test_the_reserve_tops_up_the_last_reward_and_the_rest_returns() -> None:
    """Reward 4.7 of the fee, 5.3 of the reserve; the account keeps the other 4.7 of its reserve."""
    desk = leveraged()
    desk.price(1_885 * WAD)
    equity = desk.number("equity", who("a"))
    before = desk.ledger.accounts.read(who("k")).cash
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    fee = 1_885 * WAD // 200
    topped = 10 * WAD - fee // 2
    assert desk.ledger.accounts.read(who("a")).cash == equity - fee + (10 * WAD - topped)
    # The keeper has its first position now, and locks a reserve of its own.
    assert desk.ledger.accounts.read(who("k")).cash == before + 10 * WAD - 10 * WAD
    assert_conserved(desk)


def test_a_bankrupt_account_ends_at_exactly_zero() -> None:
    """The fund pays what it has, the shorts the rest up to the cap, and equity is 0."""
    desk = leveraged()
    desk.price(1_750 * WAD)
    fund = desk.ledger.record.insurance_fund
    deficit = -desk.number("equity", who("a"))
    assert deficit > fund > 0
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    covered = next(event for event in desk.events if event.name == "DeficitCovered")
    assert covered.args == (who("a"), 0, fund, deficit - fund, 0)
    assert desk.ledger.record.insurance_fund == 0
    assert desk.number("equity", who("a")) == 0
    assert desk.ledger.accounts.read(who("a")).markets == 0
    assert desk.refused("k", "liquidate", who("a"), 0, UNLIMITED)[0] == "NoPosition"
    assert_conserved(desk)


def test_deep_insolvency_neither_blocks_nor_stays() -> None:
    """At a tenth of the price, with an empty fund and the cap reached, the rest is unresolved."""
    desk = leveraged(insurance_share=0)
    desk.price(200 * WAD)
    deficit = -desk.number("equity", who("a"))
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    record = desk.ledger.record
    assert record.unresolved_bad_debt == deficit - 10 * WAD
    gated = ("WithdrawalsGated", (record.unresolved_bad_debt,))
    assert desk.refused("c", "withdraw", 1) == gated
    assert_conserved(desk)


def test_income_of_the_fund_repays_bad_debt_first() -> None:
    """The gate opens with the last wei; what is more stays in the fund."""
    desk = leveraged(insurance_share=0)
    desk.price(200 * WAD)
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    debt = desk.ledger.record.unresolved_bad_debt
    units = -(-debt // 10**12)
    desk.fund("d", units)
    desk.do("d", "depositInsurance", units - 1)
    assert desk.refused("c", "withdraw", 1) == ("WithdrawalsGated", (debt - (units - 1) * 10**12,))
    desk.do("d", "depositInsurance", 1)
    assert desk.events[0].args == (10**12, debt - (units - 1) * 10**12)
    assert desk.ledger.record.insurance_fund == units * 10**12 - debt
    desk.do("c", "withdraw", 1)
    assert_conserved(desk)


def test_a_keeper_on_the_opposite_side_is_charged_before_it_takes_over() -> None:
    """The only short takes the bankrupt long over: it bears the deficit and ends flat."""
    desk = leveraged(insurance_share=0)
    desk.price(1_750 * WAD)
    deficit = -desk.number("equity", who("a"))
    before = desk.number("equity", who("b"))
    desk.do("b", "liquidate", who("a"), 0, UNLIMITED)
    assert desk.ledger.markets.read(0).open_interest == 0
    # The reward comes from the account's reserve, and the keeper's own reserve returns.
    assert desk.number("equity", who("b")) == before - deficit + 10 * WAD + 10 * WAD
    assert_conserved(desk)


def test_a_forced_close_needs_no_means() -> None:
    """Anybody closes a liquidatable position against an opposite holder, for the fund's fee."""
    desk = leveraged()
    desk.price(1_885 * WAD)
    fund = desk.ledger.record.insurance_fund
    desk.do("pauper", "forceClose", who("a"), 0, who("b"))
    fee = 1_885 * WAD // 200
    assert liquidated(desk)[2:] == (
        who("b"),
        WAD,
        1_885 * WAD,
        fee,
        10 * WAD,
        0,
        Route.FORCED_CLOSE,
    )
    assert desk.ledger.record.insurance_fund == fund + fee
    assert desk.ledger.accounts.read(who("pauper")).cash == 10 * WAD
    assert desk.ledger.markets.read(0).open_interest == 0
    assert_conserved(desk)


def test_a_forced_close_is_limited_by_the_counterparty() -> None:
    """Who is short 0.4 of 1 is closed at 0.4 and the mark; equity stays, the reserve returns."""
    desk = leveraged()
    desk.trade("b", "c", 0, "0.4", "2000")
    desk.price(1_885 * WAD)
    before = desk.number("equity", who("c"))
    desk.do("k", "forceClose", who("a"), 0, who("c"))
    assert liquidated(desk)[3] == wad("0.4")
    assert desk.ledger.positions.read(who("a"), 0).size == wad("0.6")
    assert desk.number("equity", who("c")) == before + 10 * WAD
    assert_conserved(desk)


@pytest.mark.parametrize("counterparty", ["c", "k"])
def test_a_forced_close_needs_an_opposite_holder(counterparty: str) -> None:
    """Who is on the same side, or holds nothing, is NotOpposite."""
    desk = leveraged()
    desk.trade("c", "b", 0, "0.1", "2000")
    desk.price(1_885 * WAD)
    found = desk.refused("k", "forceClose", who("a"), 0, who(counterparty))
    assert found == ("NotOpposite", (who(counterparty), 0))


def test_a_forced_close_leaves_the_healthy_alone() -> None:
    """An account at or above maintenance cannot be closed by force."""
    desk = leveraged()
    found = desk.refused("k", "forceClose", who("a"), 0, who("b"))
    assert found == ("NotLiquidatable", (who("a"),))
    assert desk.refused("k", "forceClose", who("c"), 0, who("b")) == ("NoPosition", (who("c"), 0))


def test_whoever_is_liquidated_by_himself_through_another_gains_nothing() -> None:
    """Account and its own keeper together end with less than they had, by the fund's share."""
    desk = leveraged()
    desk.price(1_885 * WAD)

    def wealth() -> int:
        records = [desk.ledger.accounts.read(who(label)) for label in ("a", "k")]
        positions = [desk.ledger.positions.read(who(label), 0) for label in ("a", "k")]
        mine = sum(position.quote + position.size * 1_885 * WAD * WAD for position in positions)
        return sum(record.cash + record.reserve for record in records) + mine // WEI

    before = wealth()
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    assert wealth() < before


def test_dust_is_not_left_behind() -> None:
    """Where less than the minimum notional would remain, everything is taken."""
    for minimum, whole in ((0, False), (18_800 * WAD, True)):
        desk = open_desk(setup(minimum_notional=minimum))
        desk.price(2_000 * WAD)
        for label, amount in (("a", 2_150), ("b", 100_000)):
            desk.deposit(label, amount)
        desk.trade("a", "b", 0, "10", "2000")
        desk.price(1_880 * WAD)
        assert (desk.number("liquidationSize", who("a"), 0) == 10 * WAD) is whole


def test_only_the_liquidated_market_must_not_be_paused() -> None:
    """With its other market paused an account is liquidated all the same."""
    desk = leveraged(dollars=720)
    desk.trade("a", "c", 1, "0.1", "50000")
    desk.do("admin", "setMarketPaused", 1, True)
    desk.price(1_650 * WAD, 50_000 * WAD)
    assert desk.refused("k", "liquidate", who("a"), 1, UNLIMITED) == ("MarketIsPaused", (1,))
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    assert_conserved(desk)


def test_a_bystander_is_untouched() -> None:
    """A takeover with a fee leaves every other account's stored record and equity as they were."""
    desk = leveraged()
    desk.trade("c", "b", 0, "0.5", "2000")
    desk.price(1_885 * WAD)
    before = [
        (desk.ledger.accounts.read(who(n)).fields(), desk.number("equity", who(n))) for n in "bc"
    ]
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    after = [
        (desk.ledger.accounts.read(who(n)).fields(), desk.number("equity", who(n))) for n in "bc"
    ]
    assert after == before
    assert {key[1] for key in desk.model.touched if key[0] == "account"} == {who("a"), who("k")}


def test_the_deficit_is_shared_between_markets_by_maintenance() -> None:
    """The first market bears its share of the deficit, the last one what is left."""
    desk = leveraged(dollars=900, size="2", insurance_share=0)
    desk.trade("a", "c", 1, "0.08", "50000")
    desk.price(1_650 * WAD, 46_500 * WAD)
    deficit = -desk.number("equity", who("a"))
    assert deficit > 0
    first, second = 2 * 1_650, 46_500 * 8 // 100
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    share = liquidated(desk)[7]
    assert isinstance(share, int)
    assert share == -(-deficit * first // (first + second))
    desk.do("k", "liquidate", who("a"), 1, UNLIMITED)
    # The reserve that is not paid as reward is nothing: 10 locked, 10 due.
    assert liquidated(desk)[7] == deficit - share
    assert desk.number("equity", who("a")) == 0
    assert_conserved(desk)


def test_money_of_the_house_covers_what_is_owed_after_a_crash() -> None:
    """After takeover and settling, everybody who holds no position can withdraw all of his cash."""
    desk = leveraged()
    desk.price(1_750 * WAD)
    desk.do("b", "forceClose", who("a"), 0, who("b"))
    for label in ("a", "b", "c", "k"):
        desk.do("k", "settle", who(label))
    for label in ("a", "b", "c", "k"):
        available = desk.number("withdrawable", who(label))
        if available:
            desk.do(label, "withdraw", available)
    assert desk.ledger.record.vault < 10 * DOLLAR
    assert_conserved(desk)


def crossed(market: Setup = WHOLE) -> Desk:
    """At 1,894 long a (from 2,000) is liquidatable and short b (from 1,500) is bankrupt."""
    desk = open_desk(market, market, system=replace(SYSTEM, insurance_share=0))
    desk.price(1_500 * WAD, 50_000 * WAD)
    for label, dollars in (("a", 212), ("b", 70), ("c", 50_000)):
        desk.deposit(label, dollars)
    desk.trade("c", "b", 0, "0.2", "1500")
    desk.price(2_000 * WAD)
    desk.trade("a", "c", 0, "1", "2000")
    desk.price(1_894 * WAD)
    return desk


def test_a_bankrupt_counterparty_leaves_its_deficit_on_record() -> None:
    """Closed by force it has no position to liquidate any more: its deficit is covered at once."""
    desk = crossed()
    deficit = -desk.number("equity", who("b")) - 10 * WAD
    assert deficit > 0
    desk.do("k", "forceClose", who("a"), 0, who("b"))
    covered = next(event for event in desk.events if event.name == "DeficitCovered")
    fee = wad("0.2") * 1_894 // 200
    assert covered.args == (who("b"), 0, fee, deficit - fee, 0)
    assert desk.number("equity", who("b")) == 0
    assert not any(desk.ledger.accounts.read(who("b")).fields())
    assert_conserved(desk)


def test_a_counterparty_bankrupted_by_the_call_itself_is_covered_too() -> None:
    """The only short is charged a's deficit, cannot bear it, and hands the rest back: on record."""
    desk = open_desk(WHOLE, WHOLE, system=replace(SYSTEM, insurance_share=0))
    desk.price(2_000 * WAD, 50_000 * WAD)
    for label, dollars in (("a", 212), ("b", 1_212), ("c", 50_000)):
        desk.deposit(label, dollars)
    desk.trade("a", "b", 0, "1", "2000")
    desk.trade("c", "b", 1, "0.1", "50000")
    desk.price(1_720 * WAD, 64_500 * WAD)
    desk.trade("b", "c", 1, "0.1", "64500")
    assert 0 < desk.number("equity", who("b")) < 60 * WAD
    desk.do("k", "forceClose", who("a"), 0, who("b"))
    deficits = [event.args[0] for event in desk.events if event.name == "DeficitCovered"]
    assert deficits == [who("a"), who("b"), who("a")]
    assert desk.number("equity", who("a")) == desk.number("equity", who("b")) == 0
    assert desk.ledger.record.unresolved_bad_debt > 0
    assert_conserved(desk)


def test_a_forced_close_needs_a_price_fresh_enough_for_trading() -> None:
    """The keeper's takeover goes on up to the longer limit, an unwilling counterparty is spared."""
    desk = leveraged()
    desk.price(1_885 * WAD)
    desk.now += 3_601
    assert desk.refused("k", "forceClose", who("a"), 0, who("b"))[0] == "StalePrice"
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)


def test_the_deficit_is_the_same_in_one_call_or_in_several() -> None:
    """Taken over piece by piece, market after market, each market bears what it bears at once."""
    borne = []
    for pieces in (("2",), ("0.3", "0.7", "1"), ("1.9", "0.1")):
        desk = leveraged(setup(minimum_notional=0), dollars=900, size="2", insurance_share=0)
        desk.trade("a", "c", 1, "0.08", "50000")
        desk.price(1_640 * WAD, 46_000 * WAD)
        for piece in pieces:
            desk.do("k", "liquidate", who("a"), 0, wad(piece))
        desk.do("k", "liquidate", who("a"), 1, UNLIMITED)
        assert desk.number("equity", who("a")) == 0
        borne.append((desk.number("equity", who("b")), desk.number("equity", who("c"))))
        assert_conserved(desk)
    for first, second in borne:
        assert abs(first - borne[0][0]) <= 3
        assert abs(second - borne[0][1]) <= 3


def test_a_keeper_may_not_leave_dust() -> None:
    """A limit that leaves less than the minimum is refused; a forced close may leave it."""
    desk = leveraged()
    desk.price(1_885 * WAD)
    found = desk.refused("k", "liquidate", who("a"), 0, wad("0.999"))
    assert found == ("InvalidSize", (wad("0.999"),))
    desk.trade("b", "c", 0, "0.999", "1885")
    desk.do("k", "forceClose", who("a"), 0, who("c"))
    assert desk.ledger.positions.read(who("a"), 0).size == wad("0.001")


def test_the_fee_is_paid_in_cash_only() -> None:
    """An account whose equity is all unrealised profit pays what cash it has, here none."""
    desk = leveraged(dollars=500)
    desk.place("a", 0, {0: (WAD, -1_700 * WAD * WEI), 1: (0, 0)})
    desk.price(1_785 * WAD)
    assert 0 < desk.number("equity", who("a")) < 90 * WAD
    fund = desk.ledger.record.insurance_fund
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    assert liquidated(desk)[5:7] == (0, 10 * WAD)
    assert desk.ledger.record.insurance_fund == fund
    assert desk.ledger.accounts.read(who("a")).cash >= 0


def test_a_keeper_pays_its_reserve_in_cash() -> None:
    """Unsettled profit is equity but no cash: the keeper cannot lock a reserve with it."""
    desk = leveraged(Setup())
    desk.price(1_885 * WAD)
    desk.place("rich", 0, {1: (0, 10**6 * WAD * WEI)})
    error, args = desk.refused("rich", "liquidate", who("a"), 0, UNLIMITED)
    assert (error, args[0]) == ("InsufficientCash", who("rich"))
