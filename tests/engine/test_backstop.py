"""The backstop vault: shares, requests, withdrawals, and what they may not do."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import ADMIN, DOLLAR, Desk, assert_conserved, open_desk, who
from weiproof.engine import backstop
from weiproof.engine.backstop_records import BACKSTOP
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.parameters import MAX_SHARES, VIRTUAL_SHARES, BackstopParameters
from weiproof.engine.records import TOKEN_UNIT

DELAY = 3_600
USUAL = BackstopParameters(DELAY, WAD // 4, WAD * 2 // 3, WAD // 3, WAD // 2)


def opened(*labels: str) -> Desk:
    """A clearing house with a vault, and accounts with a thousand dollars each."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    desk.do("admin", "setBackstopParameters", USUAL.fields())
    for label in labels:
        desk.deposit(label, 1_000)
    return desk


def held(desk: Desk, label: str) -> int:
    """Shares of an account."""
    return desk.ledger.backstop_shares.read(who(label)).held


def cash(desk: Desk, account: str) -> int:
    """Cash of an account, wei."""
    return desk.ledger.accounts.read(account).cash


def leave(desk: Desk, label: str, shares: int) -> None:
    """An account asks for its shares, waits, and withdraws."""
    desk.do(label, "requestBackstopWithdrawal", shares)
    desk.now += DELAY
    desk.price(2_000 * WAD)
    desk.do(label, "withdrawBackstop")


def gain(desk: Desk, amount: int) -> None:
    """The vault's cash changes by so much (wei), for an account that has it."""
    desk.ledger.accounts.edit(BACKSTOP).cash += amount
    desk.ledger.accounts.edit(who("other")).cash -= amount
    desk.model.world.store.commit()


def test_shares_are_minted_at_equity_per_share() -> None:
    """The first share costs a thousandth of a wei; after a gain of a half they cost more."""
    desk = opened("a", "b", "other")
    desk.do("a", "depositBackstop", 100 * DOLLAR)
    assert held(desk, "a") == 100 * WAD * VIRTUAL_SHARES
    assert desk.events[-1].args == (who("a"), 100 * DOLLAR, held(desk, "a"))
    gain(desk, 50 * WAD)
    desk.do("b", "depositBackstop", 150 * DOLLAR)
    expected = 150 * WAD * (held(desk, "a") + VIRTUAL_SHARES) // (150 * WAD + 1)
    assert held(desk, "b") == expected
    assert cash(desk, BACKSTOP) == 300 * WAD
    assert_conserved(desk)


def test_shares_are_burnt_for_their_part_after_the_delay() -> None:
    """A second earlier the withdrawal is refused; then it pays the part, rounded down."""
    desk = opened("a", "b", "other")
    desk.do("a", "depositBackstop", 100 * DOLLAR)
    desk.do("b", "depositBackstop", 100 * DOLLAR)
    gain(desk, 100 * WAD)
    desk.do("a", "requestBackstopWithdrawal", held(desk, "a"))
    until = desk.now + DELAY
    desk.now = until - 1
    assert desk.refused("a", "withdrawBackstop") == ("WithdrawalPending", (who("a"), until))
    desk.now = until
    desk.do("a", "withdrawBackstop")
    assert held(desk, "a") == 0
    assert cash(desk, who("a")) == 1_050 * WAD - TOKEN_UNIT
    assert desk.refused("a", "withdrawBackstop") == ("NoWithdrawalRequest", (who("a"),))
    assert_conserved(desk)


def test_a_request_replaces_the_one_before_and_zero_ends_it() -> None:
    """No more than what is held may be asked for, and nothing is asked for after zero."""
    desk = opened("a")
    desk.do("a", "depositBackstop", 100 * DOLLAR)
    mine = held(desk, "a")
    found = desk.refused("a", "requestBackstopWithdrawal", mine + 1)
    assert found == ("InsufficientShares", (who("a"), mine + 1, mine))
    desk.do("a", "requestBackstopWithdrawal", mine)
    desk.do("a", "requestBackstopWithdrawal", 0)
    desk.now += DELAY
    assert desk.refused("a", "withdrawBackstop") == ("NoWithdrawalRequest", (who("a"),))


def test_a_deposit_is_tested_as_a_withdrawal() -> None:
    """Only what could be withdrawn may go to the vault, and not nothing."""
    desk = opened("a", "b")
    desk.trade("a", "b", 0, "1", "2000")
    most = desk.number("withdrawable", who("a"))
    assert desk.refused("a", "depositBackstop", most + 1) == (
        "ExceedsWithdrawable",
        (who("a"), most + 1, most),
    )
    assert desk.refused("a", "depositBackstop", 0) == ("AmountOutOfBounds", (0,))
    desk.do("a", "depositBackstop", most)


def test_withdrawals_leave_initial_margin() -> None:
    """With a position in the vault, only what it does not need goes out; all or nothing."""
    desk = opened("a", "other")
    desk.do("a", "depositBackstop", 300 * DOLLAR)
    desk.place("other", 700 * WAD, {0: (WAD, -2_000 * WAD * WAD * WAD)})
    desk.ledger.accounts.edit(BACKSTOP).markets = 1
    desk.ledger.accounts.edit(BACKSTOP).open_positions = 1
    position = desk.ledger.positions.edit(BACKSTOP, 0)
    position.size, position.quote = -WAD, 2_000 * WAD * WAD * WAD
    desk.model.world.store.commit()
    available = desk.number("withdrawable", BACKSTOP)
    assert available == 100 * DOLLAR
    desk.do("a", "requestBackstopWithdrawal", held(desk, "a"))
    desk.now += DELAY
    desk.price(2_000 * WAD)
    error, args = desk.refused("a", "withdrawBackstop")
    assert (error, args[0]) == ("ExceedsWithdrawable", BACKSTOP)
    desk.do("a", "requestBackstopWithdrawal", held(desk, "a") // 3 - VIRTUAL_SHARES)
    desk.now += DELAY
    desk.price(2_000 * WAD)
    desk.do("a", "withdrawBackstop")
    desk.price(1_000 * WAD)
    desk.do("a", "requestBackstopWithdrawal", held(desk, "a"))
    desk.now += DELAY
    desk.price(1_000 * WAD)
    error, _ = desk.refused("a", "withdrawBackstop")
    assert error == "ExceedsWithdrawable"  # the profit of a thousand is not realised


def test_a_vault_without_equity_sells_no_shares() -> None:
    """After a loss of all with a position nobody may come in, and nobody gets anything."""
    desk = opened("a", "b", "other")
    desk.do("a", "depositBackstop", 100 * DOLLAR)
    desk.ledger.accounts.edit(BACKSTOP).markets = 1
    desk.model.world.store.commit()
    for loss, equity in ((100 * WAD, 0), (1, -1)):
        gain(desk, -loss)
        assert desk.refused("b", "depositBackstop", 1) == ("BackstopInsolvent", (equity,))
    desk.do("a", "requestBackstopWithdrawal", held(desk, "a"))
    desk.now += DELAY
    assert desk.refused("a", "withdrawBackstop") == ("AmountOutOfBounds", (0,))


def test_a_gift_to_an_empty_vault_does_not_pay() -> None:
    """Who buys the smallest share and gives the vault a lot loses more than the next one does."""
    desk = opened("attacker", "victim", "other")
    desk.do("attacker", "depositBackstop", DOLLAR)
    leave(desk, "attacker", held(desk, "attacker") - 1)
    gift = 500 * WAD
    gain(desk, gift)
    desk.do("victim", "depositBackstop", 10 * DOLLAR)
    equity, total = cash(desk, BACKSTOP), desk.ledger.backstop.shares
    stolen = equity * held(desk, "attacker") // (total + VIRTUAL_SHARES)
    worth = equity * held(desk, "victim") // (total + VIRTUAL_SHARES)
    assert 10 * WAD - worth < 1 * WAD
    assert stolen < gift // 100


@given(
    st.integers(1, 10**30),
    st.integers(0, 10**40).map(lambda n: n * WEI // 10**6),
    st.integers(0, 10**33),
)
def test_a_round_trip_never_pays(amount: int, equity: int, total: int) -> None:
    """Shares bought and sold at once bring no more than they cost, and take nothing of others."""
    if equity == 0 and total > 0:
        return
    shares = backstop.shares_for(amount, equity, total)
    after = equity + amount * WEI
    assert backstop.payout_of(shares, after, total + shares) * TOKEN_UNIT <= amount
    assert after * (total + VIRTUAL_SHARES) >= equity * (total + shares + VIRTUAL_SHARES)


@given(st.integers(1, 10**30), st.integers(1, 10**30), st.integers(0, 10**30))
def test_a_payout_is_the_part_rounded_down(shares: int, equity: int, others: int) -> None:
    """Of all shares, the virtual ones too; and it leaves the others what they had."""
    total = shares + others
    paid = backstop.payout_of(shares, equity * WEI, total)
    exact = Fraction(equity * shares, (total + VIRTUAL_SHARES) * TOKEN_UNIT)
    assert paid <= exact < paid + 1 + Fraction(1, TOKEN_UNIT)
    left = equity - paid * TOKEN_UNIT
    assert left * (total + VIRTUAL_SHARES) >= equity * (others + VIRTUAL_SHARES)


@pytest.mark.parametrize(("left", "anew"), [(TOKEN_UNIT, True), (TOKEN_UNIT + 1, False)])
def test_a_vault_begins_anew_where_all_shares_are_worth_nothing(left: int, anew: bool) -> None:
    """Without a position, and where all shares cannot be paid a token unit, old ones are void."""
    desk = opened("a", "b", "other")
    desk.do("a", "depositBackstop", 100 * DOLLAR)
    old = held(desk, "a")
    gain(desk, left - 100 * WAD)
    desk.do("b", "depositBackstop", 10 * DOLLAR)
    assert desk.ledger.backstop.epoch == int(anew)
    assert ("BackstopRestarted" in desk.names()) == anew
    if not anew:
        assert desk.ledger.backstop.shares == old + held(desk, "b")
        return
    assert desk.ledger.backstop.shares == held(desk, "b")
    found = desk.refused("a", "requestBackstopWithdrawal", 1)
    assert found == ("InsufficientShares", (who("a"), 1, 0))
    desk.do("a", "depositBackstop", 10 * DOLLAR)
    assert desk.ledger.backstop.shares == held(desk, "a") + held(desk, "b")
    assert_conserved(desk)


def test_shares_have_a_bound() -> None:
    """A deposit that would mint more than there may be is refused."""
    desk = opened("a", "b", "other")
    desk.do("a", "depositBackstop", 100 * DOLLAR)
    desk.ledger.accounts.edit(BACKSTOP).markets = 1
    desk.model.world.store.commit()
    gain(desk, 1 - 100 * WAD)
    assert 100 * WAD * held(desk, "a") // 2 > MAX_SHARES
    assert desk.refused("b", "depositBackstop", 100 * DOLLAR) == (
        "AmountOutOfBounds",
        (100 * DOLLAR,),
    )


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("withdrawalDelay", (365 * 86_400 + 1, 0, 0, 0, 0)),
        ("feeShare", (0, WAD + 1, 0, 0, 0)),
        ("takeoverRatio", (0, 0, WAD + 1, 0, 0)),
        ("fundRatio", (0, 0, 0, 1, 0)),
        ("fundShare", (0, 0, 0, 0, WAD + 1)),
    ],
)
def test_parameters_have_bounds(name: str, changes: tuple[int, ...]) -> None:
    """One beyond the bound is refused by name, the bound itself is not."""
    desk = opened()
    error, args = desk.refused("admin", "setBackstopParameters", changes)
    assert (error, args) == ("InvalidParameter", (name.encode().ljust(32, b"\0"),))
    desk.do("admin", "setBackstopParameters", tuple(max(each - 1, 0) for each in changes))
    error, _ = desk.refused("a", "setBackstopParameters", USUAL.fields())
    assert error == "AccessControlUnauthorizedAccount"


def test_nobody_acts_for_the_vault() -> None:
    """No account owns it or may let a trader act for it, not even the administrator."""
    desk = opened("a")
    for label in ("a", "admin", "matcher"):
        refused = desk.refused(label, "setTrader", BACKSTOP, ADMIN, True)
        assert refused == ("NotAuthorised", (BACKSTOP, who(label)))
        found = desk.refused(label, "transfer", BACKSTOP, who(label), 1)
        assert found == ("NotAuthorised", (BACKSTOP, who(label)))
