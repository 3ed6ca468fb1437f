"""Interest between negative and positive cash."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine import cash
from weiproof.engine.call import bytes32
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.parameters import MAX_INTEREST_RATE

from .desk import CREDIT, add_token, assert_conserved, deposit_token, open_desk, wad, who

if TYPE_CHECKING:
    from .desk import Desk

YEAR = 365 * 86_400


def lending_desk(debt: int, credit: int, **changes: int) -> Desk:
    """A house in which "debtor" owes and "lender" has so many wei."""
    desk = open_desk()
    add_token(desk, "T", 18, WAD)
    desk.do("admin", "setCreditParameters", replace(CREDIT, **changes).fields())
    ledger = desk.ledger
    desk.model.world.now = desk.now
    cash.add(ledger, who("debtor"), -debt)
    cash.add(ledger, who("lender"), credit)
    ledger.edit_record().unresolved_bad_debt = 0
    desk.model.world.store.commit()
    return desk


@pytest.mark.parametrize(
    ("debt", "credit", "rate"),
    [
        (0, 10**20, 10**9),
        (4 * 10**19, 10**20, 3 * 10**9),
        (8 * 10**19, 10**20, 5 * 10**9),
        (9 * 10**19, 10**20, 275 * 10**8),
        (10**20, 10**20, 5 * 10**10),
        (10**21, 10**20, 5 * 10**10),
        (1, 0, 5 * 10**10),
    ],
)
def test_the_rate_follows_the_utilisation(debt: int, credit: int, rate: int) -> None:
    """Two slopes, the second beyond the kink; at most the highest rate."""
    desk = lending_desk(debt, credit)
    assert desk.number("interestRate") == rate


def test_debtors_pay_up_holders_receive_down_and_the_fund_its_share() -> None:
    """All interest goes to holders and fund but for what the pool keeps of the roundings."""
    desk = lending_desk(3 * 10**20 + 1, 7 * 10**20 + 3)
    rate = desk.number("interestRate")
    desk.now += YEAR
    step = rate * YEAR * WAD
    owed = -(-(3 * 10**20 + 1) * step // WEI)
    earned = (3 * 10**20 + 1) * step // WEI
    shared = earned - earned // 10
    received = (7 * 10**20 + 3) * (shared * WEI // (7 * 10**20 + 3)) // WEI
    for label in ("debtor", "lender"):
        desk.fund(label, 1)
        desk.do(label, "deposit", 1)
    ledger = desk.ledger
    assert ledger.accounts.read(who("debtor")).cash == -(3 * 10**20 + 1) - owed + 10**12
    assert ledger.accounts.read(who("lender")).cash == 7 * 10**20 + 3 + received + 10**12
    assert 0 <= ledger.record.interest_pool <= 2
    assert ledger.record.insurance_fund == owed - received - ledger.record.interest_pool


def test_no_interest_accrues_while_everything_is_paused() -> None:
    """Paused seconds cost nothing; those before and after do."""
    desk = lending_desk(10**20, 10**21)
    desk.now += 100
    desk.do("admin", "setPaused", True)
    index = desk.ledger.record.debt_index
    assert index == desk.number("interestRate") * 100 * WAD
    desk.now += YEAR
    desk.do("admin", "setPaused", False)
    assert desk.ledger.record.debt_index == index
    desk.now += 1
    desk.do("admin", "setCreditParameters", CREDIT.fields())
    assert desk.ledger.record.debt_index > index


def test_holders_never_receive_more_per_wei_than_debtors_pay() -> None:
    """With hardly any positive cash the rest goes to the fund."""
    desk = lending_desk(10**24, 1)
    desk.now += YEAR
    desk.do("admin", "setCreditParameters", CREDIT.fields())
    record = desk.ledger.record
    assert record.credit_index == record.debt_index > 0
    assert record.insurance_fund > 0


def test_without_holders_all_goes_to_the_fund() -> None:
    """Where nobody has cash, the fund earns all."""
    desk = lending_desk(10**20, 0)
    desk.now += YEAR
    desk.do("admin", "setCreditParameters", CREDIT.fields())
    record = desk.ledger.record
    assert record.insurance_fund == 10**20 * record.debt_index // WEI


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(-(10**24), 10**24), st.integers(0, 10**7)),
        max_size=12,
    ),
    st.integers(0, WAD),
)
def test_totals_are_sums_and_the_pool_keeps_roundings_alone(
    moves: list[tuple[str, int, int]], fund_share: int
) -> None:
    """Debt and credit are the sums, and once all is booked the pool holds dust alone."""
    desk = lending_desk(10**22, 10**22, fund_share=fund_share)
    ledger = desk.ledger
    accounts = [who(label) for label in ("debtor", "lender", "a", "b", "c")]
    start = sum(ledger.accounts.read(a).cash for a in accounts)
    for label, amount, seconds in moves:
        desk.now += seconds
        desk.model.world.now = desk.now
        cash.add(ledger, who(label), amount)
        start += amount
    for account in accounts:
        cash.book(ledger, account)
    balances = [ledger.accounts.read(account).cash for account in accounts]
    record = ledger.record
    assert record.total_debt == -sum(balance for balance in balances if balance < 0)
    assert record.total_credit == sum(balance for balance in balances if balance > 0)
    assert sum(balances) + record.insurance_fund + record.interest_pool == start
    assert 0 <= record.interest_pool <= 8 * (len(moves) + 6)


def test_an_account_shows_its_interest_before_it_is_booked() -> None:
    """Equity falls by the second, as the debtor's cash will."""
    desk = lending_desk(10**20, 10**21)
    desk.now += 3_600
    step = desk.number("interestRate") * 3_600 * WAD
    owed = -(-(10**20) * step // WEI)
    assert desk.number("equity", who("debtor")) == -(10**20) - owed


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"base_rate": 5 * 10**9 + 1}, "baseRate"),
        ({"kink_rate": 5 * 10**10 + 1}, "kinkRate"),
        ({"maximum_rate": MAX_INTEREST_RATE + 1}, "maximumRate"),
        ({"kink": 0}, "kink"),
        ({"kink": WAD}, "kink"),
        ({"fund_share": WAD + 1}, "fundShare"),
        ({"debt_limit": 10**36 + 1}, "debtLimit"),
        ({"collateral_cap": 10**36 + 1}, "collateralCap"),
    ],
)
def test_credit_parameters_have_bounds(changes: dict[str, int], name: str) -> None:
    """One beyond a bound is refused by name."""
    desk = open_desk()
    refused = desk.refused("admin", "setCreditParameters", replace(CREDIT, **changes).fields())
    assert refused == ("InvalidParameter", (bytes32(name),))
    desk.do("admin", "setCreditParameters", replace(CREDIT, kink=wad("0.999")).fields())


def test_a_deposit_pays_the_debt_first() -> None:
    """Cash that comes in lowers what is owed, and the totals say so."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    add_token(desk, "T", 18, WAD)
    desk.deposit("b", 10_000)
    deposit_token(desk, "a", 0, 1_000 * WAD)
    desk.trade("a", "b", 0, "1", "2000")
    assert desk.ledger.record.total_debt == 11 * WAD
    desk.deposit("a", 20)
    assert desk.ledger.record.total_debt == 0
    assert desk.ledger.accounts.read(who("a")).cash == 9 * WAD
    assert_conserved(desk)
