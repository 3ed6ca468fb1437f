"""Takeovers by the backstop vault and by the insurance fund, and the ways out of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import (
    DOLLAR,
    MAX_AGE,
    UNLIMITED,
    Desk,
    add_token,
    assert_conserved,
    deposit_token,
    open_desk,
    setup,
    wad,
    who,
)
from weiproof.engine.backstop_records import BACKSTOP, FUND, Route
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import BackstopParameters, MarketRisk

if TYPE_CHECKING:
    from weiproof.engine.call import Value

USUAL = BackstopParameters(3_600, WAD // 4, WAD * 2 // 3, WAD // 3, WAD // 2)
WHOLE = setup(minimum_notional=10**6 * WAD)
"""A market in which every liquidation takes the whole position."""

AT_TWO_THIRDS = 1_867 * WAD
"""A price at which a's equity is 65 % of maintenance margin and fee; at 1,870 it is 68 %."""


def leveraged(*, vault: int = 1_000, fund: int = 1_000, **changes: int) -> Desk:
    """Account a is long one and b short at 2,000; a's equity is 200 and its reserve 10."""
    desk = open_desk(WHOLE)
    desk.price(2_000 * WAD)
    desk.do("admin", "setBackstopParameters", replace(USUAL, **changes).fields())
    desk.do("admin", "setBackstopCapacity", 0, 10_000 * WAD)
    for label, amount in (("a", 211), ("b", 100_000), ("c", 100_000), ("p", 1_000_000)):
        desk.deposit(label, amount)
    desk.fund("s", fund * DOLLAR)
    if fund:
        desk.do("s", "depositInsurance", fund * DOLLAR)
    if vault:
        desk.do("p", "depositBackstop", vault * DOLLAR)
    desk.trade("a", "b", 0, "1", "2000")
    return desk


def terms(desk: Desk) -> tuple[Value, ...]:
    """The arguments of the last call's ``Liquidated``."""
    (event,) = (event for event in desk.events if event.name == "Liquidated")
    return event.args


def size_of(desk: Desk, account: str) -> int:
    """Size of an account's position in the first market."""
    return desk.ledger.positions.read(account, 0).size


def test_the_vault_takes_over_below_its_ratio() -> None:
    """The caller earns its reward, the vault its share, the fund the rest of the fee."""
    desk = leveraged()
    desk.price(AT_TWO_THIRDS)
    assert desk.view("liquidationRoute", who("a"), 0) == (Route.BACKSTOP,)
    before, fund = desk.ledger.accounts.read(BACKSTOP).cash, desk.ledger.record.insurance_fund
    desk.do("caller", "liquidateToBackstop", who("a"), 0, UNLIMITED)
    fee = 1_867 * WAD // 200
    reward = 10 * WAD  # half of the fee, and the reserve tops it up
    expected = (BACKSTOP, WAD, AT_TWO_THIRDS, fee, reward, 0, Route.BACKSTOP)
    assert terms(desk)[2:] == expected
    assert size_of(desk, BACKSTOP) == WAD
    assert size_of(desk, who("a")) == 0
    account = desk.ledger.accounts.read(BACKSTOP)
    assert account.cash + account.reserve == before + fee // 4
    assert desk.ledger.record.insurance_fund == fund + fee - fee // 2 - fee // 4
    assert desk.ledger.accounts.read(who("caller")).cash == reward
    assert_conserved(desk)


def test_above_the_ratio_only_keepers_take_over() -> None:
    """A liquidatable account at 68 % of what it needs is left to the keepers."""
    desk = leveraged()
    desk.price(1_870 * WAD)
    assert desk.view("liquidationRoute", who("a"), 0) == (Route.KEEPER,)
    for function in ("liquidateToBackstop", "liquidateToFund"):
        found = desk.refused("k", function, who("a"), 0, UNLIMITED)
        assert found == ("AboveTakeoverRatio", (who("a"),))
    desk.do("c", "liquidate", who("a"), 0, UNLIMITED)


def test_the_ratio_is_exact() -> None:
    """At a ratio of just the account's own it is not below it; a digit more and it is."""
    desk = leveraged()
    desk.price(AT_TWO_THIRDS)
    ratio = desk.number("healthFactor", who("a"))
    for own, ok in ((ratio, False), (ratio + 1, True)):
        desk.do("admin", "setBackstopParameters", replace(USUAL, takeover_ratio=own).fields())
        if ok:
            desk.do("k", "liquidateToBackstop", who("a"), 0, UNLIMITED)
        else:
            desk.refused("k", "liquidateToBackstop", who("a"), 0, UNLIMITED)


def test_the_healthy_are_left_alone() -> None:
    """At the highest ratio the trigger of every liquidation still stands."""
    desk = leveraged(takeover_ratio=WAD, fund_ratio=WAD)
    for function in ("liquidateToBackstop", "liquidateToFund"):
        found = desk.refused("k", function, who("a"), 0, UNLIMITED)
        assert found == ("NotLiquidatable", (who("a"),))
    found = desk.refused("k", "liquidateToBackstop", who("nobody"), 0, UNLIMITED)
    assert found == ("NoPosition", (who("nobody"), 0))


@pytest.mark.parametrize(("below", "error"), [(1, "BackstopCapacity"), (0, "")])
def test_the_vault_has_a_capacity_in_each_market(below: int, error: str) -> None:
    """A wei less than the notional that it would hold is refused, just that is not."""
    desk = leveraged()
    desk.price(AT_TWO_THIRDS)
    desk.do("admin", "setBackstopCapacity", 0, 1_867 * WAD - below)
    args = who("a"), 0, UNLIMITED
    route = desk.view("liquidationRoute", who("a"), 0)
    assert route == ((Route.FORCED_CLOSE,) if error else (Route.BACKSTOP,))
    if error:
        assert desk.refused("k", "liquidateToBackstop", *args) == (error, (0,))
    else:
        desk.do("k", "liquidateToBackstop", *args)


def test_what_makes_the_vault_smaller_needs_no_capacity() -> None:
    """Its long position of one is halved by a short one, though what is left is beyond capacity."""
    desk = leveraged(vault=10_000)
    desk.price(AT_TWO_THIRDS)
    desk.do("k", "liquidateToBackstop", who("a"), 0, UNLIMITED)
    desk.deposit("d", 106)
    desk.trade("b", "d", 0, "0.5", "1867")
    desk.price(1_990 * WAD)
    desk.do("admin", "setBackstopCapacity", 0, 900 * WAD)
    assert desk.view("liquidationRoute", who("d"), 0) == (Route.BACKSTOP,)
    desk.do("k", "liquidateToBackstop", who("d"), 0, UNLIMITED)
    assert size_of(desk, BACKSTOP) == WAD // 2


def test_the_route_passes_over_whom_the_cap_on_positions_refuses() -> None:
    """Neither vault nor fund may hold more than half of what there is to take over."""
    desk = leveraged()
    desk.price(1_830 * WAD)
    assert desk.view("liquidationRoute", who("a"), 0) == (Route.BACKSTOP,)
    desk.do("admin", "setMarketRisk", 0, MarketRisk(maximum_position=WAD // 2).fields())
    assert desk.view("liquidationRoute", who("a"), 0) == (Route.FORCED_CLOSE,)
    found = desk.refused("k", "liquidateToBackstop", who("a"), 0, UNLIMITED)
    assert found == ("PositionTooLarge", (BACKSTOP, 0))


def test_the_vault_must_have_initial_margin_afterwards() -> None:
    """A vault with less than a tenth of the notional takes nothing over."""
    desk = leveraged(vault=190)
    desk.price(AT_TWO_THIRDS)
    error, args = desk.refused("k", "liquidateToBackstop", who("a"), 0, UNLIMITED)
    assert (error, args[0]) == ("InsufficientMargin", BACKSTOP)
    assert desk.view("liquidationRoute", who("a"), 0) == (Route.FORCED_CLOSE,)


def test_the_fund_gives_just_the_margin_that_lacks() -> None:
    """Below its lower ratio it takes over; what its account gets is initial margin, to the wei."""
    desk = leveraged(vault=0)
    desk.price(AT_TWO_THIRDS)
    error, _ = desk.refused("k", "liquidateToFund", who("a"), 0, UNLIMITED)
    assert error == "AboveTakeoverRatio"
    desk.price(1_830 * WAD)
    assert desk.view("liquidationRoute", who("a"), 0) == (Route.FUND,)
    fund = desk.ledger.record.insurance_fund
    desk.do("k", "liquidateToFund", who("a"), 0, UNLIMITED)
    fee, reserve = 1_830 * WAD // 200, 10 * WAD
    capital = 183 * WAD + reserve
    assert desk.ledger.backstop.fund_capital == capital
    assert desk.ledger.record.insurance_fund == fund + fee - fee // 2 - capital
    assert desk.ledger.accounts.read(FUND).cash == 183 * WAD
    assert desk.number("freeCollateral", FUND) == 0
    assert terms(desk)[-1] == Route.FUND
    assert_conserved(desk)


@pytest.mark.parametrize(("share", "ok"), [(wad("0.191"), True), (wad("0.18"), False)])
def test_the_fund_gives_no_more_than_its_share(share: int, ok: bool) -> None:
    """193 dollars of about 1,013 are within 19.1 %, and beyond 18 %."""
    desk = leveraged(vault=0, fund=1_010, fund_share=share)
    desk.price(1_830 * WAD)
    if ok:
        desk.do("k", "liquidateToFund", who("a"), 0, UNLIMITED)
    else:
        found = desk.refused("k", "liquidateToFund", who("a"), 0, UNLIMITED)
        assert found == ("FundCapacity", (0,))
        assert desk.view("liquidationRoute", who("a"), 0) == (Route.FORCED_CLOSE,)


def test_what_is_left_of_the_funds_account_comes_back() -> None:
    """While it holds a position it stays; afterwards all of it is the fund's again."""
    desk = leveraged(vault=0)
    desk.price(1_830 * WAD)
    desk.do("k", "liquidateToFund", who("a"), 0, UNLIMITED)
    assert desk.refused("k", "releaseFund") == ("AccountNotEmpty", (FUND,))
    desk.price(1_900 * WAD)
    trade = who("c"), FUND, 0, WAD, 1_900 * WAD, False
    desk.do("matcher", "settleTrade", *trade)
    desk.do("k", "settle", who("c"))
    for label in (who("b"), FUND):
        desk.do("k", "settle", label)
    fund, cash = desk.ledger.record.insurance_fund, desk.ledger.accounts.read(FUND).cash
    assert cash > 0
    desk.do("k", "releaseFund")
    assert desk.ledger.record.insurance_fund == fund + cash
    assert desk.ledger.backstop.fund_capital == 0
    assert desk.ledger.accounts.read(FUND).cash == 0
    assert_conserved(desk)


def test_system_accounts_only_reduce() -> None:
    """A part and the rest are traded away; one step more, or a new position, is refused."""
    desk = leveraged()
    desk.price(AT_TWO_THIRDS)
    refused = "SystemAccount", (BACKSTOP,)
    opening = who("c"), BACKSTOP, 0, WAD // 2, AT_TWO_THIRDS, False
    assert desk.refused("matcher", "settleTrade", *opening) == refused
    desk.do("k", "liquidateToBackstop", who("a"), 0, UNLIMITED)
    adding = BACKSTOP, who("c"), 0, WAD // 2, AT_TWO_THIRDS, False
    turning = who("c"), BACKSTOP, 0, WAD + wad("0.001"), AT_TWO_THIRDS, False
    assert desk.refused("matcher", "settleTrade", *adding) == refused
    assert desk.refused("matcher", "settleTrade", *turning) == refused
    for _ in range(2):
        desk.do("matcher", "settleTrade", *opening)
    assert size_of(desk, BACKSTOP) == 0
    assert_conserved(desk)


@pytest.mark.parametrize("system", [BACKSTOP, FUND])
def test_system_accounts_have_no_orders_and_buy_no_tokens(system: str) -> None:
    """The matcher cannot tie up what backs takeovers, nor spend it."""
    desk = leveraged()
    token = add_token(desk, "T", 18, 10 * WAD)
    deposit_token(desk, "c", token, WAD)
    refused = "SystemAccount", (system,)
    assert desk.refused("matcher", "setOrders", system, 0, 0, 0, 0, 0) == refused
    spot = system, who("c"), token, WAD, 10 * WAD, False
    assert desk.refused("matcher", "settleSpotTrade", *spot) == refused


@pytest.mark.parametrize("function", ["liquidateToBackstop", "liquidateToFund"])
@pytest.mark.parametrize("system", [BACKSTOP, FUND])
def test_system_accounts_take_nothing_over_from_each_other(function: str, system: str) -> None:
    """Not from themselves and not from the other, whatever their health."""
    desk = leveraged(takeover_ratio=WAD, fund_ratio=WAD)
    desk.price(1_830 * WAD)
    assert desk.refused("k", function, system, 0, UNLIMITED) == ("SystemAccount", (system,))


def test_a_keeper_takes_over_from_the_vault() -> None:
    """A vault below maintenance is liquidated as any account is; its own routes are closed."""
    desk = leveraged(vault=200)
    desk.price(AT_TWO_THIRDS)
    desk.do("k", "liquidateToBackstop", who("a"), 0, UNLIMITED)
    desk.price(1_700 * WAD)
    assert desk.view("isLiquidatable", BACKSTOP) == (True,)
    assert desk.view("liquidationRoute", BACKSTOP, 0) == (Route.FORCED_CLOSE,)
    desk.do("c", "liquidate", BACKSTOP, 0, UNLIMITED)
    assert size_of(desk, BACKSTOP) == 0
    assert_conserved(desk)


def test_takeovers_need_prices_fresh_enough_for_trading() -> None:
    """A keeper may still take over at an older price: it chooses to."""
    desk = leveraged()
    desk.price(AT_TWO_THIRDS)
    desk.now += MAX_AGE + 1
    for function in ("liquidateToBackstop", "liquidateToFund"):
        error, _ = desk.refused("k", function, who("a"), 0, UNLIMITED)
        assert error == "StalePrice"
    desk.do("c", "liquidate", who("a"), 0, UNLIMITED)


def test_a_route_is_told_of_liquidatable_positions_only() -> None:
    """Of no position there is none, nor of a healthy account."""
    desk = leveraged()
    assert desk.refused("k", "liquidationRoute", who("c"), 0) == ("NoPosition", (who("c"), 0))
    found = desk.refused("k", "liquidationRoute", who("a"), 0)
    assert found == ("NotLiquidatable", (who("a"),))


@given(st.integers(1_600, 1_889), st.integers(0, 400), st.integers(0, 400))
def test_what_the_route_says_is_open(price: int, vault: int, fund: int) -> None:
    """Where it names vault or fund, the takeover passes, and the fund is never below nothing."""
    desk = leveraged(vault=vault, fund=fund, fund_share=WAD)
    desk.price(price * WAD)
    (route,) = desk.view("liquidationRoute", who("a"), 0)
    function = {Route.BACKSTOP: "liquidateToBackstop", Route.FUND: "liquidateToFund"}.get(
        Route(int(str(route)))
    )
    if function is None:
        return
    outcome = desk.call(who("k"), "house", function, who("a"), 0, UNLIMITED)
    # A deficit may take from the fund what the route counted on.
    assert outcome.ok or (outcome.error == "FundCapacity" and price < 1_800)
    assert desk.ledger.record.insurance_fund >= 0
    assert_conserved(desk)
