"""What accounts owe: what buyers of their tokens may bring, and what is covered in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import (
    CREDIT,
    DOLLAR,
    add_token,
    assert_conserved,
    deposit_token,
    open_desk,
    who,
)
from weiproof.engine import collaterals
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.instruments import Standing

if TYPE_CHECKING:
    from tests.engine.desk import Desk

MONEY = st.integers(-(10**30), 10**30)


def owing(cash: int, quote: int, *, fund: int = 0, clearing: int = 0) -> Desk:
    """Account a has this cash (wei) and the quote (numerator) of a closed position.

    The market holds what is left of the other side, so that all identities hold.
    """
    desk = open_desk()
    desk.price(2_000 * WAD)
    if fund:
        desk.fund("sponsor", fund)
        desk.do("sponsor", "depositInsurance", fund)
    ledger = desk.ledger
    ledger.accounts.edit(who("a")).cash = cash
    ledger.accounts.edit(who("lender")).cash = -cash - clearing
    record = ledger.edit_record()
    record.total_debt, record.total_credit = max(-cash, 0), max(cash, 0)
    if quote:
        for label, sign in (("a", 1), ("z", -1)):
            ledger.accounts.edit(who(label)).markets = 1
            ledger.positions.edit(who(label), 0).quote = sign * quote
    market = ledger.markets.edit(0)
    market.clearing = clearing
    ledger.positions.edit(who("z"), 0).quote += clearing * WEI
    quotes = (ledger.positions.read(who(label), 0).quote for label in "az")
    ledger.finals.edit(0).unpaid = sum(max(-each, 0) for each in quotes)
    ledger.accounts.edit(who("z")).markets = 1
    desk.model.world.store.commit()
    return desk


def left(desk: Desk) -> tuple[int, int]:
    """Cash (wei) and quote (numerator) of account a."""
    ledger = desk.ledger
    return ledger.accounts.read(who("a")).cash, ledger.positions.read(who("a"), 0).quote


def test_losses_of_a_closed_position_are_covered_and_settled() -> None:
    """Owing 7 wei in cash and 5.5 of a closed position, 13 are covered and the losses paid in."""
    desk = owing(-7, -11 * WEI // 2)
    desk.do("k", "coverDebt", who("a"))
    assert desk.names() == ["DebtCovered", "ProfitSettled"]
    assert left(desk) == (0, 0)
    assert desk.ledger.markets.read(0).clearing == 6
    assert desk.ledger.record.unresolved_bad_debt == 13
    assert_conserved(desk)


def test_the_fund_pays_as_far_as_it_reaches() -> None:
    """Of two dollars and a wei owed, one comes from the fund; the rest is unresolved bad debt."""
    desk = owing(-2 * WAD - 1, 0, fund=DOLLAR)
    desk.do("k", "coverDebt", who("a"))
    assert desk.events[-1].args == (who("a"), WAD, WAD + 1)
    assert desk.ledger.record.insurance_fund == 0
    assert desk.ledger.record.unresolved_bad_debt == WAD + 1
    assert_conserved(desk)


def test_a_fund_that_reaches_leaves_no_bad_debt() -> None:
    """A debt the fund can pay to the wei is paid, and withdrawals stay open."""
    desk = owing(-WAD, 0, fund=DOLLAR)
    desk.do("k", "coverDebt", who("a"))
    assert (desk.ledger.record.insurance_fund, desk.ledger.record.unresolved_bad_debt) == (0, 0)
    assert_conserved(desk)


def test_a_paused_markets_losses_are_covered_and_wait() -> None:
    """Money for them comes at once, they are settled after the pause, and nothing is paid twice."""
    desk = owing(-7, -5 * WEI)
    desk.do("admin", "setMarketPaused", 0, True)
    desk.do("k", "coverDebt", who("a"))
    assert left(desk) == (5, -5 * WEI)
    assert desk.refused("k", "coverDebt", who("a")) == ("NoDeficit", (who("a"),))
    desk.do("admin", "setMarketPaused", 0, False)
    desk.do("k", "settle", who("a"))
    assert left(desk) == (0, 0)
    assert desk.ledger.markets.read(0).clearing == 5
    assert_conserved(desk)


def test_a_profit_that_waits_counts() -> None:
    """With 3 wei of profit that nobody has paid yet, 4 of 7 are covered; the profit stays."""
    desk = owing(-7, 3 * WEI)
    desk.do("k", "coverDebt", who("a"))
    assert desk.events[-1].args == (who("a"), 0, 4)
    assert left(desk) == (-3, 3 * WEI)
    assert desk.refused("k", "coverDebt", who("a")) == ("NoDeficit", (who("a"),))
    assert_conserved(desk)


def test_a_profit_that_can_be_paid_is_not_settled_by_covering() -> None:
    """Covering settles losses alone: a profit with money in the pool is left to settling."""
    desk = owing(-7, 3 * WEI, clearing=3)
    desk.do("k", "coverDebt", who("a"))
    assert left(desk) == (-3, 3 * WEI)
    desk.do("k", "settle", who("a"))
    assert left(desk) == (0, 0)
    assert_conserved(desk)


@pytest.mark.parametrize("fraction", [1, WEI // 2, WEI - 1])
def test_a_fraction_of_a_wei_is_covered_with_a_wei(fraction: int) -> None:
    """What is owed is rounded up; the rest of the wei is dust of the market."""
    desk = owing(0, -fraction)
    desk.do("k", "coverDebt", who("a"))
    assert left(desk) == (0, 0)
    assert desk.ledger.markets.read(0).dust == WEI - fraction
    assert desk.ledger.record.unresolved_bad_debt == 1
    assert_conserved(desk)


@pytest.mark.parametrize(("cash", "quote"), [(0, 0), (1, -WEI), (-1, WEI), (5, -WEI)])
def test_who_owes_nothing_is_not_covered(cash: int, quote: int) -> None:
    """With equity of nothing or more there is no deficit."""
    desk = owing(cash, quote)
    assert desk.refused("k", "coverDebt", who("a")) == ("NoDeficit", (who("a"),))


def test_who_has_tokens_left_is_not_covered() -> None:
    """A single unit of a token keeps a debt from being covered, even where it is worth nothing."""
    desk = owing(-7, 0)
    add_token(desk, "T", 8, 1)
    deposit_token(desk, "a", 0, 1)
    assert desk.number("equity", who("a")) < 0
    assert desk.refused("k", "coverDebt", who("a")) == ("NoDeficit", (who("a"),))


def test_who_has_a_position_is_not_covered() -> None:
    """A bankrupt account with an open position is liquidated, not covered."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    for label in "ab":
        desk.deposit(label, 1_000)
    desk.trade("a", "b", 0, "1", "2000")
    desk.price(900 * WAD)
    assert desk.number("equity", who("a")) < 0
    assert desk.refused("k", "coverDebt", who("a")) == ("NoDeficit", (who("a"),))


@given(MONEY, MONEY, st.integers(0, 10**30), st.integers(0, 10**66), st.integers(0, 10**66))
def test_what_is_owed_follows_the_standing(
    cash: int, equity: int, losses: int, maintenance: int, fee: int
) -> None:
    """Below maintenance all negative cash and losses, otherwise what is beyond the debt limit."""
    desk = open_desk()
    desk.do("admin", "setCreditParameters", CREDIT.fields())
    desk.ledger.accounts.edit(who("a")).cash = cash
    standing = Standing(equity=equity * WEI, losses=-losses * WEI, maintenance=maintenance, fee=fee)
    owed = collaterals.owed_by(desk.ledger, who("a"), standing)
    desk.model.world.store.drop()
    if equity * WEI < maintenance + fee:
        assert owed == (losses - cash) * WEI
    else:
        assert owed == (-cash - CREDIT.debt_limit) * WEI


def test_at_maintenance_only_the_limit_counts() -> None:
    """Equity equal to what is required is safe; a numerator less puts everything up for sale."""
    desk = open_desk()
    desk.do("admin", "setCreditParameters", CREDIT.fields())
    desk.ledger.accounts.edit(who("a")).cash = -CREDIT.debt_limit
    edge, below = (Standing(equity=30 - less, losses=-4, maintenance=20, fee=10) for less in (0, 1))
    owed = [collaterals.owed_by(desk.ledger, who("a"), each) for each in (edge, below)]
    assert owed == [0, CREDIT.debt_limit * WEI + 4]
