"""What owners decide in advance: who may, its bounds, the order of markets, top-ups."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import (
    CREDIT,
    DOLLAR,
    LIQUIDATION_MAX_AGE,
    MAX_AGE,
    UNLIMITED,
    Desk,
    add_token,
    assert_conserved,
    deposit_token,
    wad,
    who,
)
from tests.engine.planned import EMPTY, OWNER, SOURCE, STOP, TOP_UP, bring_to, plan, planned
from tests.engine.portfolios import PORTFOLIOS, Portfolio, fresh_desk
from weiproof.engine import margin, pricing
from weiproof.engine.accounts import sub_account
from weiproof.engine.call import bytes32
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.parameters import BackstopParameters, LiquidationParameters
from weiproof.engine.records import LIQUIDATION, TOKEN_UNIT

WEAK = 1_890
"""Equity is 1,000 dollars there, 1,039.50 are required: 5.5 % of 18,900."""
FIRST_IS_ONE = 0x0102
"""The order of markets 1, 0."""


def cash(desk: Desk, account: str) -> int:
    """An account's cash, wei."""
    return desk.ledger.accounts.read(account).cash


def test_only_the_owner_plans() -> None:
    """A stranger and a trader are refused; the owner plans for a sub-account, and may forget it."""
    desk = planned(EMPTY, 2_000)
    desk.do("a", "setTrader", SOURCE, who("b"), True)
    for sender in "bk":
        refused = desk.refused(sender, "setPlan", SOURCE, STOP.fields())
        assert refused == ("NotAuthorised", (SOURCE, who(sender)))
    desk.do("a", "setPlan", SOURCE, STOP.fields())
    assert desk.names() == ["PlanChanged"]
    assert desk.view("plan", SOURCE) == (STOP.fields(),)
    desk.do("a", "setPlan", SOURCE, EMPTY.fields())
    assert desk.view("plan", SOURCE) == (EMPTY.fields(),)


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("marketOrder", plan(market_order=0x03), plan(market_order=0x02)),
        ("marketOrder", plan(market_order=0x0100), plan(market_order=0x0201)),
        ("marketOrder", plan(market_order=0x020001), plan(market_order=0x010201)),
        ("stopRatio", plan(stop_ratio=WAD - 1), plan(stop_ratio=WAD)),
        ("stopRatio", plan(stop_ratio=2 * WAD + 1), plan(stop_ratio=2 * WAD)),
        ("reduceFeeShare", plan(reduce_fee_share=WAD), plan(reduce_fee_share=WAD - 1)),
        ("topUpSource", plan(TOP_UP, top_up_source=OWNER), TOP_UP),
        ("topUpSource", plan(TOP_UP, top_up_source=who("b")), plan(top_up_source=who("b"))),
    ],
)
def test_a_plan_has_bounds(name: str, wrong: object, right: object) -> None:
    """What is out of bounds is refused by name, and its neighbour within them is not."""
    desk = planned(EMPTY, 2_000, 2_000)
    refused = desk.refused("a", "setPlan", OWNER, wrong.fields())  # type: ignore[attr-defined]
    assert refused == ("InvalidParameter", (bytes32(name),))
    desk.do("a", "setPlan", OWNER, right.fields())  # type: ignore[attr-defined]


def test_a_top_up_leads_from_below_maintenance_to_the_target() -> None:
    """1.25 x 1,039.50 less 1,000 are 299.375 dollars; whoever calls gets nothing."""
    desk = planned(TOP_UP, WEAK)
    fund = desk.ledger.record.insurance_fund
    desk.do("k", "topUp", OWNER)
    assert desk.events[0].args == (OWNER, SOURCE, 299_375_000)
    assert cash(desk, OWNER) == wad("2399.375")
    assert cash(desk, SOURCE) == wad("4700.625")
    assert desk.ledger.plans.read(OWNER).top_up_limit == 700_625_000
    assert desk.ledger.record.insurance_fund == fund
    assert cash(desk, who("k")) == 500_000 * WAD
    assert desk.refused("k", "topUp", OWNER) == ("NoTopUp", (OWNER,))
    assert_conserved(desk)


def test_a_top_up_leads_from_below_the_stop_ratio_to_the_target_times_it() -> None:
    """Equity 1,100, required 1,045: below 1.2 x that, so 1.5 x 1,045 - 1,100 are moved."""
    desk = planned(plan(TOP_UP, stop_ratio=wad("1.2")), 1_900)
    desk.do("k", "topUp", OWNER)
    assert desk.events[0].args[2] == 467_500_000
    desk = planned(TOP_UP, 1_900)
    assert desk.refused("k", "topUp", OWNER) == ("NoTopUp", (OWNER,))


@pytest.mark.parametrize(("limit", "moved"), [(39_500_000, 39_500_000), (39_499_999, 0)])
@pytest.mark.parametrize("by_limit", [True, False])
def test_a_top_up_below_maintenance_ends_distress_or_is_none(
    limit: int, moved: int, by_limit: bool
) -> None:
    """39.50 dollars just reach 1,039.50, by limit and by what the source has; less is kept."""
    desk = planned(plan(TOP_UP, top_up_limit=limit if by_limit else 10**9), WEAK)
    if not by_limit:
        desk.do("a", "transfer", SOURCE, OWNER, 5_000 * DOLLAR - limit)
        desk.do("a", "withdraw", desk.number("withdrawable", OWNER))
        record = desk.ledger.accounts.edit(OWNER)
        desk.ledger.edit_record().vault -= (record.cash - 2_100 * WAD) // TOKEN_UNIT
        record.cash = 2_100 * WAD
        desk.model.world.store.commit()
    if moved:
        assert desk.refused("k", "liquidate", OWNER, 0, UNLIMITED) == ("TopUpFirst", (OWNER,))
        desk.do("k", "topUp", OWNER)
        assert desk.events[0].args[2] == moved
        assert desk.view("isLiquidatable", OWNER) == (False,)
    else:
        assert desk.refused("k", "topUp", OWNER) == ("NoTopUp", (OWNER,))
        desk.do("k", "liquidate", OWNER, 0, UNLIMITED)


def test_a_source_keeps_its_own_initial_margin() -> None:
    """Of 5,000 dollars 24 were a fee, 10 are the reserve and 4,800 needed: 166 are moved."""
    desk = planned(plan(TOP_UP, stop_ratio=2 * WAD), 1_900, 2_000)
    desk.do("matcher", "settleTrade", SOURCE, who("b"), 1, 24 * WAD, 2_000 * WAD, False)
    desk.do("k", "topUp", OWNER)
    assert desk.events[0].args == (OWNER, SOURCE, 166 * DOLLAR)
    assert desk.number("withdrawable", SOURCE) == 0
    assert desk.refused("k", "topUp", OWNER) == ("NoTopUp", (OWNER,))


def test_a_source_keeps_its_own_stop_ratio() -> None:
    """Of 2,640 dollars 2,200 are kept, twice 1,100, though 2,000 would do for initial margin.

    So the source is not topped up in turn: nobody spends both limits at standing prices.
    """
    mutual = plan(stop_ratio=2 * WAD, top_up_limit=3_000 * DOLLAR)
    desk = planned(EMPTY, 2_000, 2_000)
    desk.do("matcher", "settleTrade", SOURCE, OWNER, 1, 10 * WAD, 2_000 * WAD, False)
    desk.do("a", "setPlan", OWNER, replace(mutual, top_up_source=SOURCE).fields())
    desk.do("a", "setPlan", SOURCE, replace(mutual, top_up_source=OWNER).fields())
    for account, dollars in ((OWNER, 2_100), (SOURCE, 2_640)):
        record = desk.ledger.accounts.edit(account)
        desk.ledger.edit_record().vault += (dollars * WAD - record.cash) // TOKEN_UNIT
        record.cash = dollars * WAD
    desk.model.world.store.commit()
    desk.do("k", "topUp", OWNER)
    assert desk.events[0].args == (OWNER, SOURCE, 440 * DOLLAR)
    for account in (OWNER, SOURCE):
        assert desk.refused("k", "topUp", account) == ("NoTopUp", (account,))


@pytest.mark.parametrize("price", [1_789, 1_790])
def test_a_bankrupt_account_is_not_topped_up(price: int) -> None:
    """At 1,790 equity is 0 and what is required is moved; at 1,789 others would gain by it."""
    desk = planned(plan(TOP_UP, top_up_limit=10**10), price)
    if price == 1_790:
        desk.do("k", "topUp", OWNER)
        assert desk.events[0].args[2] == 1_230_625_000
    else:
        assert desk.refused("k", "topUp", OWNER) == ("NoTopUp", (OWNER,))
        desk.do("k", "liquidate", OWNER, 0, UNLIMITED)
        assert cash(desk, SOURCE) == 5_000 * WAD


@pytest.mark.parametrize("price", [1_409, 1_410])
def test_tokens_that_a_seizure_pays_with_leave_a_top_up(price: int) -> None:
    """4,000 dollars in tokens count half, so equity is -1,800 at 1,410; a seizure brings 3,800.

    Then nothing is left for others to cover, and 1.25 x 775.50 + 1,800 dollars are moved. A dollar
    below the account is bankrupt.
    """
    desk = planned(plan(TOP_UP, top_up_limit=10**10), 2_000)
    halves = {"initial_weight": WAD // 2, "maintenance_weight": WAD // 2}
    add_token(desk, "T", 18, 100 * WAD, **halves)
    deposit_token(desk, "a", 0, 40 * WAD)
    desk.price(price * WAD)
    if price == 1_410:
        desk.do("k", "topUp", OWNER)
        assert desk.events[0].args[2] == 2_769_375_000
        assert desk.view("isLiquidatable", OWNER) == (False,)
    else:
        assert desk.refused("k", "topUp", OWNER) == ("NoTopUp", (OWNER,))


ROUTES = (
    ("liquidate", (OWNER, 0, UNLIMITED)),
    ("liquidateToBackstop", (OWNER, 0, UNLIMITED)),
    ("liquidateToFund", (OWNER, 0, UNLIMITED)),
    ("forceClose", (OWNER, 0, who("b"))),
)


def routed(chosen: object) -> Desk:
    """Vault and fund may take over whatever is below maintenance."""
    desk = planned(chosen, WEAK)  # type: ignore[arg-type]
    vault = BackstopParameters(60, 0, WAD, WAD, WAD)
    desk.do("admin", "setBackstopParameters", vault.fields())
    desk.do("admin", "setBackstopCapacity", 0, 10**6 * WAD)
    desk.fund("b", 10**6 * DOLLAR)
    desk.do("b", "depositInsurance", 10**6 * DOLLAR)
    desk.do("b", "depositBackstop", 10**5 * DOLLAR)
    return desk


@pytest.mark.parametrize(("function", "args"), ROUTES)
def test_each_route_waits_for_a_top_up(function: str, args: tuple[str | int, ...]) -> None:
    """Refused until the top-up was made, then because the account is healthy; open without."""
    desk = routed(TOP_UP)
    assert desk.refused("k", function, *args) == ("TopUpFirst", (OWNER,))
    desk.do("k", "topUp", OWNER)
    assert desk.refused("k", function, *args) == ("NotLiquidatable", (OWNER,))
    desk = routed(STOP)
    desk.do("k", function, *args)


def test_a_sale_of_tokens_waits_for_a_top_up() -> None:
    """Equity is 750 of 778.25: tokens for 3,750 of debt would go 5 % below their price.

    After 222.8125 of the source's nothing is for sale. Without a source, or of an account that owes
    more than the limit alone, tokens are sold.
    """
    for chosen in (TOP_UP, EMPTY):
        desk = planned(chosen, 2_000)
        add_token(desk, "T", 18, 100 * WAD)
        desk.do("admin", "setCreditParameters", replace(CREDIT, debt_limit=10**22).fields())
        deposit_token(desk, "a", 0, 50 * WAD)
        desk.price(1_415 * WAD)
        desk.do("k", "settle", OWNER)
        assert cash(desk, OWNER) == -3_750 * WAD
        purchase = (OWNER, 0, 30 * WAD)
        if chosen is EMPTY:
            desk.do("k", "buyCollateral", *purchase)
            continue
        assert desk.refused("k", "buyCollateral", *purchase) == ("TopUpFirst", (OWNER,))
        desk.do("k", "topUp", OWNER)
        assert desk.events[0].args[2] == 222_812_500
        assert desk.refused("k", "buyCollateral", *purchase) == ("NotConvertible", (OWNER,))
        desk.do("admin", "setCreditParameters", replace(CREDIT, debt_limit=10**21).fields())
        desk.do("k", "buyCollateral", OWNER, 0, 10 * WAD)


def test_a_source_without_a_price_holds_up_nothing() -> None:
    """The source's market has prices for liquidations alone, none to withdraw by."""
    desk = planned(TOP_UP, 2_000, 2_000)
    desk.do("matcher", "settleTrade", SOURCE, who("b"), 1, WAD, 2_000 * WAD, False)
    desk.now += MAX_AGE + 1
    assert MAX_AGE + 1 < LIQUIDATION_MAX_AGE
    desk.price(1_680 * WAD)
    assert desk.view("isLiquidatable", OWNER) == (True,)
    assert desk.refused("k", "topUp", OWNER)[0] == "StalePrice"
    k_before = desk.ledger.positions.read(who("k"), 0).size
    desk.do("k", "liquidate", OWNER, 0, UNLIMITED)
    assert desk.ledger.positions.read(who("k"), 0).size > k_before


def ordered(*prices: int, order: int = FIRST_IS_ONE) -> Desk:
    """Two positions of 10 and an order, no top-up."""
    return planned(plan(market_order=order), *prices)


def test_keepers_take_the_first_of_the_order() -> None:
    """Market 0 is refused until nothing is left in market 1; a forced close may come anywhere."""
    desk = ordered(1_880, 1_880)
    assert desk.refused("k", "liquidate", OWNER, 0, UNLIMITED) == ("NotFirstMarket", (OWNER, 1))
    desk.do("k", "liquidate", OWNER, 1, UNLIMITED)
    desk = ordered(1_880, 1_880)
    desk.do("k", "forceClose", OWNER, 0, who("b"))


def test_the_order_passes_over_what_cannot_be_taken() -> None:
    """Where market 1 is paused, or holds nothing, market 0 is first; without an order any is."""
    desk = ordered(1_880, 1_880)
    desk.do("admin", "setMarketPaused", 1, True)
    desk.do("k", "liquidate", OWNER, 0, UNLIMITED)
    desk = ordered(1_880, 1_880)
    desk.do("matcher", "settleTrade", who("b"), OWNER, 1, 10 * WAD, 1_880 * WAD, False)
    desk.price(1_700 * WAD)
    desk.do("k", "liquidate", OWNER, 0, UNLIMITED)
    desk = ordered(1_880, 1_880, order=0)
    desk.do("k", "liquidate", OWNER, 0, UNLIMITED)


def test_the_order_passes_over_a_delisted_market() -> None:
    """Where the price is final nothing is required, so that taking it over would not help."""
    desk = ordered(1_880, 1_880)
    desk.do("admin", "setReduceOnly", 1, True)
    desk.do("admin", "delist", 1)
    desk.price(1_790 * WAD)
    desk.do("k", "liquidate", OWNER, 0, UNLIMITED)


def test_the_house_order_goes_before_the_owner_s() -> None:
    """Market 0 relieves as much per notional and has the lower id: market 1 is refused."""
    desk = ordered(1_880, 1_880)
    desk.do("admin", "setLiquidationParameters", LiquidationParameters(ordered=True).fields())
    assert desk.refused("k", "liquidate", OWNER, 1, UNLIMITED) == ("NotFirstMarket", (OWNER, 0))
    desk.do("k", "liquidate", OWNER, 0, UNLIMITED)


def test_the_order_does_not_bind_for_a_bankrupt() -> None:
    """What is left to lose is not the owner's: any market may go first.

    With 4,000 dollars in tokens that a seizure would bring it is, though they do not count at all.
    """
    desk = ordered(1_700, 1_700)
    desk.do("k", "liquidate", OWNER, 0, UNLIMITED)
    desk = ordered(2_000, 2_000)
    add_token(desk, "T", 18, 100 * WAD, initial_weight=0, maintenance_weight=0, seizure_discount=0)
    deposit_token(desk, "a", 0, 40 * WAD)
    desk.price(1_700 * WAD, 1_700 * WAD)
    assert desk.number("equity", OWNER) < 0
    assert desk.refused("k", "liquidate", OWNER, 0, UNLIMITED) == ("NotFirstMarket", (OWNER, 1))


@given(
    PORTFOLIOS,
    st.integers(-100, 1_300),
    st.integers(0, 10**25),
    st.integers(0, 10**13),
    st.sampled_from([0, WAD, 2 * WAD]),
)
def test_a_top_up_never_leaves_the_owner_worse(
    portfolio: Portfolio, health: int, spare: int, limit: int, stop: int
) -> None:
    """Account and source together have at least what they have without the plan.

    After a top-up, if there is one to make, and whatever a keeper then may take over; but for less
    than a wei of dust for each position that is closed. A top-up itself changes nothing of it.
    """
    sums = []
    for chosen in (plan(TOP_UP, top_up_limit=limit, stop_ratio=stop), EMPTY):
        desk = fresh_desk()
        portfolio.place(desk, "a")
        desk.ledger.accounts.edit(SOURCE).cash = spare
        desk.ledger.accounts.edit(who("k")).cash = 10**32
        desk.ledger.plans.put(chosen, OWNER)
        bring_to(desk, health)
        before = owned(desk)
        if desk.call(who("k"), "house", "topUp", OWNER).ok:
            assert owned(desk) == before
            assert desk.view("isLiquidatable", OWNER) == (False,)
            assert 0 < spare - cash(desk, SOURCE) <= limit * TOKEN_UNIT
        for market_id in portfolio.positions:
            desk.call(who("k"), "house", "liquidate", OWNER, market_id, UNLIMITED)
        sums.append(owned(desk))
    assert sums[0] > sums[1] - len(portfolio.positions) * WEI or sums[0] == sums[1]


def owned(desk: Desk) -> int:
    """What the owner has in account and source; a numerator."""
    marks = pricing.new_marks(desk.ledger, LIQUIDATION)
    desk.model.world.now = desk.now
    both = (OWNER, SOURCE)
    equities = sum(margin.standing_of(desk.ledger, each, marks).equity for each in both)
    return equities + sum(desk.ledger.accounts.read(each).reserve for each in both) * WEI


def test_below_maintenance_a_plan_stands() -> None:
    """An owner can neither set a top-up that keepers must bring first, nor take one back."""
    for chosen in (EMPTY, TOP_UP):
        desk = planned(chosen, WEAK)
        for other in (EMPTY, TOP_UP):
            refused = desk.refused("a", "setPlan", OWNER, other.fields())
            assert refused == ("PlanStands", (OWNER,))
        desk.price(2_000 * WAD)
        desk.do("a", "setPlan", OWNER, EMPTY.fields())


def test_a_sub_account_is_topped_up_by_another() -> None:
    """The source may be any of the owner's, its own account too."""
    other = sub_account(OWNER, 255)
    desk = planned(plan(TOP_UP, top_up_source=other), WEAK)
    assert desk.refused("k", "topUp", OWNER) == ("NoTopUp", (OWNER,))
    desk.do("a", "transfer", SOURCE, other, 1_000 * DOLLAR)
    desk.do("k", "topUp", OWNER)
    assert cash(desk, other) == wad("700.625")
