"""Accounts in distress are judged with tokens that are too old for trades, on every route.

A token's price is good for trades for an hour here, for liquidations for two.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.engine.desk import (
    DOLLAR,
    LIQUIDATION_MAX_AGE,
    MAX_AGE,
    NODE,
    UNLIMITED,
    Desk,
    add_token,
    assert_conserved,
    deposit_token,
    open_desk,
    setup,
    who,
)
from weiproof.engine.backstop_records import BACKSTOP, FUND
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.parameters import BackstopParameters

if TYPE_CHECKING:
    from weiproof.engine.call import Value

WHOLE = setup(minimum_notional=10**6 * WAD)
"""A market in which every liquidation takes the whole position."""

ALWAYS = BackstopParameters(3_600, WAD // 4, WAD, WAD, WAD)
"""Vault and fund take over of every liquidatable account."""

ROUTES = (
    ("liquidateToBackstop", UNLIMITED),
    ("liquidateToFund", UNLIMITED),
    ("forceClose", who("b")),
)


def laden(tokens: int) -> Desk:
    """Account a is long one and b short at 2,000; a has 211 in cash and tokens of a dollar.

    The tokens' price is a minute too old for trades.
    """
    desk = open_desk(WHOLE)
    desk.price(2_000 * WAD)
    desk.do("admin", "setBackstopParameters", ALWAYS.fields())
    desk.do("admin", "setBackstopCapacity", 0, 10_000 * WAD)
    for label, amount in (("a", 211), ("b", 100_000), ("p", 1_000_000)):
        desk.deposit(label, amount)
    desk.fund("s", 1_000 * DOLLAR)
    desk.do("s", "depositInsurance", 1_000 * DOLLAR)
    desk.do("p", "depositBackstop", 1_000 * DOLLAR)
    token = add_token(desk, "T", 18, WAD)
    deposit_token(desk, "a", token, tokens * WAD)
    desk.trade("a", "b", 0, "1", "2000")
    desk.now += MAX_AGE + 60
    return desk


@pytest.mark.parametrize(("function", "last"), ROUTES)
def test_the_healthy_stay_whose_token_is_too_old_for_trades(function: str, last: int | str) -> None:
    """With 100 in tokens that count 90, equity at 1,850 is 140 and more than the 101.75 asked."""
    desk = laden(100)
    desk.price(1_850 * WAD)
    assert desk.standing("a").equity == 140 * WAD * WEI
    assert desk.refused("k", function, who("a"), 0, last) == ("NotLiquidatable", (who("a"),))


@pytest.mark.parametrize(("function", "last"), ROUTES)
def test_a_token_without_any_price_stops_a_takeover(function: str, last: int | str) -> None:
    """Too old even for liquidations it does not pass for nothing: nobody can tell."""
    desk = laden(100)
    desk.now += LIQUIDATION_MAX_AGE - MAX_AGE
    desk.price(1_850 * WAD)
    error, _ = desk.refused("k", function, who("a"), 0, last)
    assert error == "StalePrice"


@pytest.mark.parametrize(("function", "last"), ROUTES)
def test_others_pay_only_what_tokens_do_not_bring(function: str, last: int | str) -> None:
    """At 1,600 a lacks 200; its 100 in tokens bring 95, its reserve has 10: others pay 105."""
    desk = laden(100)
    desk.price(1_600 * WAD)
    desk.do("k", function, who("a"), 0, last)
    (event,) = (event for event in desk.events if event.name == "Liquidated")
    assert event.args[5] == 0
    assert event.args[7] == 105 * WAD
    assert desk.number("equity", who("a")) == (90 - 95) * WAD
    assert_conserved(desk)


def test_a_counterparty_keeps_what_its_tokens_bring() -> None:
    """A counterparty whose tokens are too old for trades is not bankrupt: the fund only gains."""
    desk = open_desk(WHOLE)
    for label, amount in (("a", 241), ("b", 211), ("c", 100_000)):
        desk.deposit(label, amount)
    desk.fund("s", 1_000 * DOLLAR)
    desk.do("s", "depositInsurance", 1_000 * DOLLAR)
    token = add_token(desk, "T", 18, WAD)
    deposit_token(desk, "b", token, 500 * WAD)
    desk.price(1_500 * WAD)
    desk.trade("c", "b", 0, "1", "1500")
    desk.price(2_000 * WAD)
    desk.trade("a", "c", 0, "1", "2000")
    desk.now += MAX_AGE + 60
    desk.price(1_850 * WAD)
    fund, cash = desk.ledger.record.insurance_fund, desk.ledger.accounts.read(who("b")).cash
    assert cash < 350 * WAD  # what it lost
    desk.do("k", "forceClose", who("a"), 0, who("b"))
    assert desk.ledger.record.insurance_fund == fund + 1_850 * WAD // 200
    assert_conserved(desk)


def test_deleveraging_goes_by_the_tokens_of_who_is_closed() -> None:
    """A flagged account that has its equity back by the tokens is not closed against others."""
    desk = laden(100)
    desk.do("admin", "setSystemParameters", system(desk, 0))
    desk.price(1_600 * WAD)
    desk.do("k", "flag", who("a"))
    desk.do("k", "nominate", 0, who("b"))
    desk.price(1_710 * WAD)
    assert desk.refused("k", "autoDeleverage", who("a"), 0, 1) == ("NotBankrupt", (who("a"),))
    desk.price(1_600 * WAD)
    desk.do("k", "autoDeleverage", who("a"), 0, 1)
    assert desk.number("equity", who("a")) == (90 - 95) * WAD
    assert_conserved(desk)


def test_candidates_are_judged_by_the_prices_of_trades() -> None:
    """A candidate's token without any price counts as nothing, and stops nobody's call."""
    desk = laden(100)
    desk.do("admin", "setSystemParameters", system(desk, 0))
    token = add_token(desk, "OLD", 18, WAD)
    deposit_token(desk, "b", token, 1_000 * WAD)
    desk.now += LIQUIDATION_MAX_AGE + 1
    assert desk.call(NODE, "feed/T", "transmit", WAD, desk.now).ok
    desk.price(1_600 * WAD)
    desk.do("k", "flag", who("a"))
    desk.do("k", "nominate", 0, who("b"))
    desk.do("k", "autoDeleverage", who("a"), 0, 1)
    assert desk.names().count("Deleveraged") == 1


def test_system_accounts_are_endowed_at_the_prices_of_trades() -> None:
    """The fund's takeover leaves its account with initial margin, the vault's with its own."""
    desk = laden(100)
    desk.price(1_600 * WAD)
    desk.do("k", "liquidateToFund", who("a"), 0, UNLIMITED)
    assert desk.number("freeCollateral", FUND) >= 0
    assert desk.number("freeCollateral", BACKSTOP) >= 0


def system(desk: Desk, delay: int) -> Value:
    """The system's parameters with another delay of deleveraging."""
    return replace(desk.ledger.parameters, deleverage_delay=delay).fields()
