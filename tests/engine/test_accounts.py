"""Sub-accounts, isolated margin, traders, and settling in batches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine.accounts import is_owner
from weiproof.engine.fixed_point import MAX_INT256, MAX_UINT256, WAD
from weiproof.engine.parameters import MAX_BATCH

from .desk import (
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


def sub(label: str, index: int) -> str:
    """One of a label's 256 accounts."""
    return f"0x{int(who(label), 16) ^ index:040x}"


def account_desk(markets: int = 2) -> Desk:
    """Markets at 2,000 and four owners with 100,000 dollars."""
    desk = open_desk(*[setup(trade_fee_rate=0)] * markets)
    desk.price(*[2_000 * WAD] * markets)
    for label in "abcd":
        desk.deposit(label, 100_000)
    return desk


def trade(desk: Desk, buyer: str, seller: str, market_id: int, size: int, price: int) -> None:
    """A trade between addresses."""
    desk.do("matcher", "settleTrade", buyer, seller, market_id, size * WAD, price * WAD, False)


@pytest.mark.parametrize(
    ("index", "owned"), [(0, True), (1, True), (255, True), (256, False), (1 << 159, False)]
)
def test_an_owner_has_256_accounts(index: int, owned: bool) -> None:
    """The last eight bits number them; any other bit makes a stranger."""
    assert is_owner(who("a"), sub("a", index)) is owned


def test_cash_moves_between_accounts_of_one_owner() -> None:
    """What is withdrawable may be transferred, to the unit, and nothing is lost."""
    desk = account_desk()
    to = sub("a", 7)
    desk.do("a", "transfer", who("a"), to, 60_000 * DOLLAR)
    assert desk.events[-1].args == (who("a"), to, 60_000 * DOLLAR)
    assert desk.number("equity", to) == 60_000 * WAD
    refused = desk.refused("a", "transfer", who("a"), to, 40_000 * DOLLAR + 1)
    assert refused == (
        "ExceedsWithdrawable",
        (who("a"), 40_000 * DOLLAR + 1, 40_000 * DOLLAR),
    )
    desk.do("a", "transfer", to, who("a"), 60_000 * DOLLAR)
    assert desk.number("equity", who("a")) == 100_000 * WAD
    assert desk.refused("a", "transfer", who("a"), to, 0) == ("AmountOutOfBounds", (0,))
    assert desk.refused("a", "transfer", to, to, 1) == ("SameAccount", (to,))
    assert_conserved(desk)


def test_only_the_owner_transfers_and_only_to_itself() -> None:
    """A stranger, a stranger's account and a trader are refused by name."""
    desk = account_desk()
    own = sub("a", 1)
    desk.do("a", "setTrader", who("a"), who("b"), True)
    for sender in "bc":
        refused = desk.refused(sender, "transfer", who("a"), own, 1)
        assert refused == ("NotAuthorised", (who("a"), who(sender)))
    assert desk.refused("a", "transfer", who("a"), who("b"), 1) == (
        "NotAuthorised",
        (who("b"), who("a")),
    )
    assert desk.refused("a", "transferCollateral", who("b"), own, 0, 1)[0] == "NotAuthorised"


def test_tokens_move_between_accounts_of_one_owner() -> None:
    """Tokens that margin does not need are transferred; totals stay."""
    desk = account_desk()
    add_token(desk, "T", 8, 100 * WAD)
    deposit_token(desk, "a", 0, 10**9)
    to = sub("a", 1)
    desk.do("a", "transferCollateral", who("a"), to, 0, 4 * 10**8)
    assert desk.number("holding", to, 0) == 4 * 10**8
    assert desk.ledger.collaterals.read(0).total == 10**9
    trade(desk, to, who("b"), 0, 1, 2_000)
    refused = desk.refused("a", "transferCollateral", to, who("a"), 0, 4 * 10**8)
    assert refused[0] == "InsufficientMargin"
    assert desk.refused("a", "transferCollateral", to, who("a"), 1, 1)[0] == "UnknownCollateral"


def test_an_isolated_account_trades_in_its_market_alone() -> None:
    """Other markets are refused, also as a taker; freed when flat, it trades anywhere."""
    desk = account_desk()
    account = sub("a", 1)
    desk.do("a", "transfer", who("a"), account, 10_000 * DOLLAR)
    desk.do("a", "setIsolated", account, 1, True)
    args = (account, who("b"), 0, WAD, 2_000 * WAD, False)
    refused = desk.refused("matcher", "settleTrade", *args)
    assert refused == ("IsolatedAccount", (account, 1))
    trade(desk, account, who("b"), 1, 1, 2_000)
    refused = desk.refused("a", "setIsolated", account, 1, False)
    assert refused == ("AccountNotEmpty", (account,))
    trade(desk, who("b"), account, 1, 1, 2_000)
    desk.do("a", "setIsolated", account, 1, False)
    desk.do("matcher", "settleTrade", *args)
    assert desk.refused("a", "setIsolated", sub("a", 2), 2, True) == ("UnknownMarket", (2,))


def test_an_isolated_loss_leaves_the_owner_alone() -> None:
    """A bankrupt sub-account is closed; the owner's own account keeps every wei."""
    desk = account_desk()
    account = sub("a", 1)
    desk.do("a", "transfer", who("a"), account, 5_000 * DOLLAR)
    desk.do("a", "setIsolated", account, 0, True)
    trade(desk, account, who("b"), 0, 20, 2_000)
    before = desk.ledger.accounts.read(who("a")).fields()
    desk.price(1_000 * WAD, 2_000 * WAD)
    desk.do("c", "liquidate", account, 0, MAX_UINT256)
    assert desk.ledger.accounts.read(who("a")).fields() == before
    assert desk.ledger.accounts.read(account).open_positions == 0
    assert_conserved(desk)


def test_traders_act_but_touch_no_money() -> None:
    """A trader ties and frees the account until the owner takes the right back."""
    desk = account_desk()
    account = sub("a", 3)
    assert desk.refused("b", "setTrader", account, who("b"), True)[0] == "NotAuthorised"
    assert desk.refused("b", "setIsolated", account, 0, True)[0] == "NotAuthorised"
    desk.do("a", "setTrader", account, who("b"), True)
    assert desk.view("isTrader", account, who("b")) == (True,)
    desk.do("b", "setIsolated", account, 0, True)
    desk.do("a", "setTrader", account, who("b"), False)
    assert desk.refused("b", "setIsolated", account, 0, False)[0] == "NotAuthorised"


def profitable_desk() -> Desk:
    """A long that won and its short that lost, in two markets, with cash that just suffices."""
    desk = account_desk()
    trade(desk, who("a"), who("b"), 0, 40, 2_000)
    trade(desk, who("b"), who("c"), 1, 40, 2_000)
    desk.price(2_100 * WAD, 2_100 * WAD)
    return desk


def test_a_batch_settles_losers_for_winners() -> None:
    """Profits that had to wait for their market's pool are paid in the same call."""
    desk = profitable_desk()
    desk.do("k", "settleBatch", tuple(who(label) for label in "abc"))
    cash = {label: desk.ledger.accounts.read(who(label)).cash for label in "abc"}
    reserve = 10 * WAD
    assert cash["a"] == 104_000 * WAD - reserve
    assert cash["b"] == 100_000 * WAD - reserve
    assert cash["c"] == 96_000 * WAD - reserve
    assert_conserved(desk)


@given(st.permutations("abcd"), st.integers(1_700, 2_300), st.integers(1_700, 2_300))
def test_a_second_batch_in_a_block_changes_nothing(order: list[str], one: int, two: int) -> None:
    """Whatever the order and the prices, and no equity moves in either."""
    desk = profitable_desk()
    desk.price(one * WAD, two * WAD)
    accounts = tuple(who(label) for label in order)
    before = [desk.standing(label).equity for label in order]
    desk.do("k", "settleBatch", accounts)
    assert [desk.standing(label).equity for label in order] == before
    digest = desk.model.digest()
    desk.do("k", "settleBatch", accounts)
    assert desk.model.digest() == digest
    assert desk.names() == []


def test_a_batch_has_a_bound() -> None:
    """64 accounts pass, one more is refused."""
    desk = account_desk()
    desk.do("k", "settleBatch", (who("a"),) * MAX_BATCH)
    refused = desk.refused("k", "settleBatch", (who("a"),) * (MAX_BATCH + 1))
    assert refused == ("TooManyAccounts", (MAX_BATCH + 1,))


def test_all_figures_come_in_one_call() -> None:
    """Each figure has its value, to the wei, for an account with cash, a token and a position."""
    desk = account_desk()
    add_token(desk, "T", 8, 100 * WAD)
    deposit_token(desk, "a", 0, 10**9)
    trade(desk, who("a"), who("b"), 0, 10, 2_000)
    desk.price(1_990 * WAD, 2_000 * WAD)
    (figures,) = desk.view("accountFigures", who("a"))
    cash, notional = 99_990 * WAD, 19_900 * WAD
    equity = cash - 100 * WAD + 900 * WAD
    required = notional * 55 // 1_000
    assert figures == (
        equity,
        cash,
        -100 * WAD,
        0,
        notional // 10,
        notional // 20,
        notional * 5 // 1_000,
        notional // 10 + 10 * WAD,
        equity - 100 * WAD - notional // 10,
        (cash - 100 * WAD + 800 * WAD - notional // 10) // 10**12,
        -(-notional * WAD // equity),
        equity * WAD // notional,
        equity * WAD // required,
    )


def test_figures_of_nothing_are_at_their_bounds() -> None:
    """Without a position ratios are the largest integers; without equity leverage is."""
    desk = account_desk()
    (figures,) = desk.view("accountFigures", who("nobody"))
    assert figures == (0,) * 11 + (MAX_INT256, MAX_INT256)
    trade(desk, who("a"), who("b"), 0, 100, 2_000)
    desk.price(1_000 * WAD, 2_000 * WAD)
    (figures,) = desk.view("accountFigures", who("a"))
    assert isinstance(figures, tuple)
    assert figures[10] == MAX_UINT256
    assert isinstance(figures[11], int)
    assert figures[11] < 0


@pytest.mark.parametrize(("label", "better"), [("a", 0), ("b", 0)])
def test_the_bankruptcy_price_is_the_last_solvent_mark(label: str, better: int) -> None:
    """At it equity is not negative, one unit worse it is."""
    desk = account_desk()
    desk.do("matcher", "settleTrade", who("a"), who("b"), 0, wad("70.001"), wad("2000.01"), False)
    exists, price = desk.view("bankruptcyPrice", who(label), 0)
    assert exists
    assert isinstance(price, int)
    worse = -1 if label == "a" else 1
    for mark, solvent in ((price + better, True), (price + worse, False)):
        desk.price(mark, 2_000 * WAD)
        assert (desk.standing(label).equity >= 0) is solvent
    desk.price(2_000 * WAD, 2_000 * WAD)
    assert desk.view("bankruptcyPrice", who("nobody"), 0) == (False, 0)


def test_some_positions_cannot_go_bankrupt() -> None:
    """A long with more cash than it is worth has no such price."""
    desk = account_desk()
    trade(desk, who("a"), who("b"), 0, 1, 2_000)
    assert desk.view("bankruptcyPrice", who("a"), 0) == (False, 0)
    assert desk.view("bankruptcyPrice", who("b"), 0)[0]


@pytest.mark.parametrize("late", [0, 1])
def test_a_token_without_a_price_is_not_moved_into_an_account(late: int) -> None:
    """20 dollars of a dead token, of 907.50 required, would stop each liquidation of the account.

    A price as old as allowed still counts; a second later the move is refused, and a keeper takes
    over at 1,650, with 490 dollars of equity.
    """
    desk = account_desk()
    add_token(desk, "T", 18, 100 * WAD)
    own, other = who("a"), sub("a", 1)
    deposit_token(desk, "a", 0, WAD // 5)
    desk.do("a", "transferCollateral", own, other, 0, WAD // 5)
    desk.do("a", "withdraw", 96_000 * DOLLAR)
    trade(desk, own, who("b"), 0, 10, 2_000)
    desk.now += MAX_AGE + late
    moved = desk.call(own, "house", "transferCollateral", other, own, 0, WAD // 5)
    assert moved.error == ("StalePrice" if late else "")
    desk.now += 2 * MAX_AGE
    desk.price(1_650 * WAD)
    taken = desk.call(who("c"), "house", "liquidate", own, 0, UNLIMITED)
    assert taken.error == ("" if late else "StalePrice")
