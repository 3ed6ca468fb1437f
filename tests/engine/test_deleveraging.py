"""Deleveraging: who may be flagged and nominated, who is taken first, and what it comes to."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.engine.desk import (
    MAX_AGE,
    SYSTEM,
    Desk,
    add_token,
    assert_conserved,
    deposit_token,
    open_desk,
    setup,
    wad,
    who,
)
from weiproof.engine import margin
from weiproof.engine.accounts import sub_account
from weiproof.engine.deleveraging_records import MAX_CANDIDATES
from weiproof.engine.fixed_point import WAD, WEI

DELAY = 600
UNLIMITED = 10**9
NOBODY = "0x" + "00" * 20
NO_RESERVE = replace(
    SYSTEM,
    insurance_share=0,
    liquidation_reserve=0,
    minimum_keeper_reward=0,
    deleverage_delay=DELAY,
)
PLAIN = setup(trade_fee_rate=0, minimum_notional=0)


def opened(markets: int = 1, **dollars: int) -> Desk:
    """A desk where each market is at 1,000 dollars, and each label has so many dollars."""
    desk = open_desk(*[PLAIN] * markets, system=NO_RESERVE)
    desk.price(*[1_000 * WAD] * markets)
    for label, amount in dollars.items():
        desk.deposit(label, amount)
    return desk


def flagged(desk: Desk, label: str, *prices: int) -> None:
    """Prices move, the account is flagged, and the time passes."""
    desk.price(*(price * WAD for price in prices))
    desk.do("z", "flag", who(label))
    desk.now += DELAY
    desk.price(*(price * WAD for price in prices))


def nominate(desk: Desk, *labels: str, market_id: int = 0) -> None:
    """Accounts are nominated."""
    for label in labels:
        desk.do("z", "nominate", market_id, who(label))


def taken(desk: Desk) -> list[tuple[str, int, int]]:
    """Candidate, size and payment of each deleveraging in the last call."""
    rows = [event.args[2:] for event in desk.events if event.name == "Deleveraged"]
    return [(str(who_), int(str(size)), int(str(paid))) for who_, size, paid in rows]


def one_long(price: int = 850) -> Desk:
    """C is long 10 with 1,010 dollars, against a with 6 and b with 4; the price then falls."""
    desk = opened(c=1_010, a=10_000, b=1_000)
    desk.trade("c", "a", 0, "6", "1000")
    desk.trade("c", "b", 0, "4", "1000")
    flagged(desk, "c", price)
    return desk


def test_a_bankrupt_account_ends_at_nothing_and_candidates_pay_for_it() -> None:
    """E = -490 over 10 units: both sides trade at 899; the account ends at exactly 0."""
    desk = one_long()
    assert desk.standing("c").equity == -490 * WAD * WEI
    nominate(desk, "a", "b")
    desk.do("z", "autoDeleverage", who("c"), 0, UNLIMITED)
    price = 899 * WAD * WEI
    assert sorted(taken(desk)) == sorted(
        [(who("a"), 6 * WAD, 6 * price), (who("b"), 4 * WAD, 4 * price)]
    )
    assert desk.standing("c").equity == 0
    assert desk.number("equity", who("a")) == (10_000 + 6 * 101) * WAD
    assert desk.number("equity", who("b")) == (1_000 + 4 * 101) * WAD
    assert desk.ledger.positions.read(who("c"), 0).size == 0
    assert desk.names()[-1] == "AccountUnflagged"
    assert desk.view("flagOf", who("c")) == ((0,),)
    assert_conserved(desk)


def test_a_short_account_buys_back_below_the_mark() -> None:
    """The mirror image: a short account at -490 buys at 1,101 what is worth 1,150."""
    desk = opened(c=1_010, a=10_000)
    desk.trade("a", "c", 0, "10", "1000")
    flagged(desk, "c", 1_150)
    nominate(desk, "a")
    desk.do("z", "autoDeleverage", who("c"), 0, 1)
    assert taken(desk) == [(who("a"), 10 * WAD, -10 * 1_101 * WAD * WEI)]
    assert desk.standing("c").equity == 0
    assert desk.number("equity", who("a")) == 11_010 * WAD
    assert_conserved(desk)


def test_the_most_profitable_and_leveraged_comes_first() -> None:
    """B has less profit than a, but ten times the leverage; with one candidate allowed it goes."""
    desk = one_long()
    nominate(desk, "a", "b")
    desk.do("z", "autoDeleverage", who("c"), 0, 1)
    assert [row[:2] for row in taken(desk)] == [(who("b"), 4 * WAD)]
    assert desk.ledger.positions.read(who("c"), 0).size == 6 * WAD
    assert desk.standing("c").equity == -294 * WAD * WEI
    assert desk.view("flagOf", who("c")) != ((0,),)
    desk.do("z", "autoDeleverage", who("c"), 0, 1)
    assert desk.standing("c").equity == 0
    assert_conserved(desk)


def test_the_lower_address_goes_first_among_equals() -> None:
    """Same profit, same notional, same equity: the order of nomination does not count."""
    for order in (("a", "b"), ("b", "a")):
        desk = opened(c=2_020, a=5_000, b=5_000)
        for label in order:
            desk.trade("c", label, 0, "10", "1000")
        flagged(desk, "c", 850)
        nominate(desk, *order)
        desk.do("z", "autoDeleverage", who("c"), 0, 1)
        assert [row[0] for row in taken(desk)] == [min(who("a"), who("b"))]


def test_who_cannot_bear_it_is_skipped() -> None:
    """A candidate without a profit at the bankruptcy price is passed over, and so is its record."""
    desk = opened(c=1_500, a=100_000, b=1_500, y=10_000)
    desk.trade("c", "a", 0, "10", "1000")
    desk.price(820 * WAD)
    desk.trade("y", "b", 0, "1", "820")
    flagged(desk, "c", 800)
    nominate(desk, "a", "b")
    before = desk.ledger.positions.read(who("b"), 0).fields()
    desk.do("z", "autoDeleverage", who("c"), 0, UNLIMITED)
    assert [row[:2] for row in taken(desk)] == [(who("a"), 10 * WAD)]
    assert desk.ledger.positions.read(who("b"), 0).fields() == before
    assert_conserved(desk)


def test_who_would_be_liquidatable_is_skipped() -> None:
    """A candidate that has lost in another market keeps the profit that keeps it alive."""
    desk = opened(2, c=1_010, a=2_000, z=100_000)
    desk.trade("c", "a", 0, "10", "1000")
    desk.trade("a", "z", 1, "9", "1000")
    flagged(desk, "c", 850, 690)
    nominate(desk, "a")
    assert desk.number("equity", who("a")) == 710 * WAD
    assert desk.refused("z", "autoDeleverage", who("c"), 0, 1) == ("NoCandidate", (who("c"), 0))
    desk.price(850 * WAD, 900 * WAD)
    desk.do("z", "autoDeleverage", who("c"), 0, 1)
    assert desk.standing("c").equity == 0


def test_deficits_are_shared_by_maintenance_margin() -> None:
    """Two markets bear the deficit as their requirements are; the last one takes the rest."""
    desk = opened(2, c=3_010, a=50_000, b=50_000)
    desk.trade("c", "a", 0, "10", "1000")
    desk.trade("c", "b", 1, "20", "1000")
    flagged(desk, "c", 850, 900)
    equity, first, second = desk.standing("c").equity, 8_500, 18_000
    assert equity == -490 * WAD * WEI
    nominate(desk, "a")
    nominate(desk, "b", market_id=1)
    desk.do("z", "autoDeleverage", who("c"), 1, 1)
    ((_, _, paid),) = taken(desk)
    share = Fraction(-equity * second, first + second)
    assert 0 <= share - (paid - second * WAD * WEI) < 1
    desk.do("z", "autoDeleverage", who("c"), 0, 1)
    assert -WEI < desk.standing("c").equity <= 0
    assert_conserved(desk)


def test_the_reserve_pays_the_caller_and_then_the_deficit() -> None:
    """With the last position the caller gets the minimum; the rest of the reserve is used."""
    system = replace(NO_RESERVE, liquidation_reserve=100 * WAD, minimum_keeper_reward=30 * WAD)
    desk = open_desk(PLAIN, system=system)
    desk.price(1_000 * WAD)
    for label, amount in {"c": 1_110, "a": 10_000, "k": 1}.items():
        desk.deposit(label, amount)
    desk.trade("c", "a", 0, "10", "1000")
    flagged(desk, "c", 850)
    assert desk.standing("c").equity == -490 * WAD * WEI
    nominate(desk, "a")
    desk.do("k", "autoDeleverage", who("c"), 0, 1)
    assert desk.number("equity", who("k")) == 31 * WAD
    assert desk.standing("c").equity == 0
    assert desk.number("equity", who("a")) == (10_000 + 1_500 - 420) * WAD
    assert_conserved(desk)


def test_tokens_count_at_what_they_bring() -> None:
    """300 in tokens bring 285: that is not asked of others, and is the account's afterwards."""
    desk = opened(c=2_000, a=10_000)
    token = add_token(desk, "T", 18, WAD)
    deposit_token(desk, "c", token, 300 * WAD)
    desk.trade("c", "a", 0, "10", "1000")
    desk.price(700 * WAD)
    desk.do("z", "flag", who("c"))
    assert desk.standing("c").equity == (-1_000 + 270) * WAD * WEI
    nominate(desk, "a")
    desk.now += DELAY
    desk.do("z", "autoDeleverage", who("c"), 0, 1)
    standing = desk.standing("c")
    assert margin.seized_equity(desk.ledger, who("c"), standing) == 0
    assert desk.ledger.holdings.read(who("c"), token).amount == 300 * WAD
    assert_conserved(desk)


def test_nobody_is_deleveraged_because_a_token_has_no_price() -> None:
    """Where only a stale price of its tokens makes an account poor, the call is refused."""
    desk = opened(c=1_000, a=10_000)
    token = add_token(desk, "T", 18, WAD)
    deposit_token(desk, "c", token, 1_000 * WAD)
    desk.trade("c", "a", 0, "10", "1000")
    flagged(desk, "c", 780)
    assert desk.standing("c").equity == -300 * WAD * WEI
    nominate(desk, "a")
    desk.now += MAX_AGE
    desk.price(850 * WAD)
    assert desk.refused("z", "autoDeleverage", who("c"), 0, 1) == ("NotBankrupt", (who("c"),))


def test_orders_of_both_sides_are_released() -> None:
    """Whose position changed has nothing resting any more; who was skipped keeps its orders."""
    desk = one_long()
    for label in ("a", "b"):
        order = (who(label), 0, wad("0.1"), 80 * WAD, 0, 0)
        desk.do("matcher", "setOrders", *order)
    nominate(desk, "a", "b")
    desk.do("z", "autoDeleverage", who("c"), 0, 1)
    assert desk.ledger.accounts.read(who("b")).ordered_markets == 0
    assert desk.ledger.accounts.read(who("a")).ordered_markets == 1


def test_flags_are_for_bankrupt_accounts_alone() -> None:
    """Healthy accounts and closed ones are not flagged, nobody twice; a void flag comes off."""
    desk = opened(c=1_010, a=10_000)
    desk.trade("c", "a", 0, "10", "1000")
    assert desk.refused("z", "flag", who("c")) == ("NotBankrupt", (who("c"),))
    assert desk.refused("z", "unflag", who("c")) == ("NotFlagged", (who("c"),))
    desk.price(899 * WAD)
    assert desk.refused("z", "flag", who("nobody")) == ("NotBankrupt", (who("nobody"),))
    assert desk.refused("z", "flag", who("c")) == ("NotBankrupt", (who("c"),))
    desk.price(899 * WAD - 1)
    desk.do("z", "flag", who("c"))
    assert desk.view("flagOf", who("c")) == ((desk.now,),)
    assert desk.refused("z", "flag", who("c")) == ("FlagStands", (who("c"),))
    assert desk.refused("z", "unflag", who("c")) == ("FlagStands", (who("c"),))
    desk.deposit("c", 20)
    desk.do("z", "unflag", who("c"))
    assert desk.view("flagOf", who("c")) == ((0,),)


def test_deleveraging_waits_for_the_minimum_time() -> None:
    """A second before it is refused, with the time at which it may begin; unflagged always."""
    desk = opened(c=1_010, a=10_000)
    desk.trade("c", "a", 0, "10", "1000")
    desk.price(850 * WAD)
    nominate(desk, "a")
    args = (who("c"), 0, 1)
    assert desk.refused("z", "autoDeleverage", *args) == ("NotFlagged", (who("c"),))
    desk.do("z", "flag", who("c"))
    due = desk.now + DELAY
    desk.now = due - 1
    early = "DeleveragingTooEarly", (who("c"), due)
    assert desk.refused("z", "autoDeleverage", *args) == early
    desk.now = due
    desk.do("z", "autoDeleverage", *args)


def test_what_has_recovered_is_not_deleveraged() -> None:
    """The account has equity again, or nothing in that market, or nobody is nominated."""
    desk = one_long()
    assert desk.refused("z", "autoDeleverage", who("c"), 0, 1) == ("NoCandidate", (who("c"), 0))
    nominate(desk, "a")
    assert desk.refused("z", "autoDeleverage", who("c"), 0, 0) == ("NoCandidate", (who("c"), 0))
    assert desk.refused("z", "autoDeleverage", who("c"), 1, 1) == ("UnknownMarket", (1,))
    desk.price(950 * WAD)
    assert desk.refused("z", "autoDeleverage", who("c"), 0, 1) == ("NotBankrupt", (who("c"),))
    desk.do("admin", "setMarketPaused", 0, True)
    assert desk.refused("z", "autoDeleverage", who("c"), 0, 1) == ("MarketIsPaused", (0,))
    assert desk.refused("z", "nominate", 0, who("b")) == ("MarketIsPaused", (0,))


def test_a_position_has_to_be_there() -> None:
    """A flagged account without a position in the market is refused by name."""
    desk = opened(2, c=1_010, a=10_000)
    desk.trade("c", "a", 0, "10", "1000")
    flagged(desk, "c", 850, 1_000)
    assert desk.refused("z", "autoDeleverage", who("c"), 1, 1) == ("NoPosition", (who("c"), 1))


def test_candidates_have_a_profit() -> None:
    """Who has a loss, or nothing, is no candidate; nobody is entered twice."""
    desk = opened(c=1_010, a=10_000)
    desk.trade("c", "a", 0, "10", "1000")
    assert desk.refused("z", "nominate", 0, who("a")) == ("NotCandidate", (who("a"), 0))
    desk.price(990 * WAD)
    assert desk.refused("z", "nominate", 0, who("c")) == ("NotCandidate", (who("c"), 0))
    assert desk.refused("z", "nominate", 0, who("x")) == ("NotCandidate", (who("x"), 0))
    nominate(desk, "a")
    assert desk.events[-1].args == (who("a"), 0, NOBODY)
    assert desk.refused("z", "nominate", 0, who("a")) == ("AlreadyNominated", (who("a"), 0))
    assert desk.view("candidatesOf", 0, False) == ((who("a"),),)
    assert desk.view("candidatesOf", 0, True) == ((),)


def test_a_candidate_without_a_price_stops_nobody() -> None:
    """Where another market of a candidate has no price, it is passed over."""
    desk = opened(2, c=1_010, a=10_000, b=10_000, z=10_000)
    desk.trade("c", "a", 0, "6", "1000")
    desk.trade("c", "b", 0, "4", "1000")
    desk.trade("a", "z", 1, "1", "1000")
    desk.price(850 * WAD)
    nominate(desk, "a", "b")
    desk.do("z", "flag", who("c"))
    desk.now += 2 * MAX_AGE
    desk.price(850 * WAD)
    desk.do("z", "autoDeleverage", who("c"), 0, 2)
    assert [row[0] for row in taken(desk)] == [who("b")]
    assert desk.refused("z", "nominate", 0, who("a"))[0] == "AlreadyNominated"


def full(desk: Desk) -> list[str]:
    """A list of 32 shorts, each with a bit more leverage than the one before."""
    shorts = [sub_account(who("s"), i) for i in range(1, MAX_CANDIDATES + 3)]
    for i, short in enumerate(shorts):
        desk.do("s", "transfer", who("s"), short, (2_000 - 10 * i) * 10**6)
        args = who("c"), short, 0, WAD, 1_000 * WAD, False
        desk.do("matcher", "settleTrade", *args)
    desk.price(900 * WAD)
    for short in shorts[:MAX_CANDIDATES]:
        desk.do("z", "nominate", 0, short)
    return shorts


def test_a_full_list_takes_only_who_comes_before_the_last() -> None:
    """The 33rd replaces the one with the least leverage, who cannot come back."""
    desk = opened(c=100_000, s=100_000)
    shorts = full(desk)
    desk.do("z", "nominate", 0, shorts[-1])
    assert desk.events[-1].args == (shorts[-1], 0, shorts[0])
    assert desk.refused("z", "nominate", 0, shorts[0]) == ("NotCandidate", (shorts[0], 0))
    (listed,) = desk.view("candidatesOf", 0, False)
    assert set(listed) == {*shorts[1:MAX_CANDIDATES], shorts[-1]}  # type: ignore[arg-type]


def test_a_full_list_forgets_first_who_has_no_position_any_more() -> None:
    """However much profit it had, who closed is replaced before who still holds something."""
    desk = opened(c=100_000, s=100_000)
    shorts = full(desk)
    desk.do("matcher", "settleTrade", shorts[20], who("c"), 0, WAD, 900 * WAD, False)
    desk.do("z", "nominate", 0, shorts[-2])
    assert desk.events[-1].args == (shorts[-2], 0, shorts[20])


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 5_000), min_size=1, max_size=5),
    other=st.integers(0, 3_000),
    price=st.integers(600 * WAD, 900 * WAD),
    extra=st.integers(0, 10**6),
    limit=st.integers(1, 3),
)
def test_nothing_is_made_or_lost(
    sizes: list[int], other: int, price: int, extra: int, limit: int
) -> None:
    """In any number of pieces and markets the ledger balances, and the account ends at zero.

    What it ends with is less than a wei below: what a closed position left as dust.
    """
    desk = opened(2, b=1_000_000)
    desk.fund("c", units := (sum(sizes) + other) * 10**5 + extra)
    desk.do("c", "deposit", units)
    labels = [f"s{i}" for i in range(len(sizes))]
    for label, size in zip(labels, sizes, strict=True):
        desk.deposit(label, 100_000)
        desk.trade("c", label, 0, f"{size // 1000}.{size % 1000:03d}", "1000")
    if other:
        desk.trade("c", "b", 1, f"{other // 1000}.{other % 1000:03d}", "1000")
    desk.price(price, price + price % WAD)
    assume(desk.standing("c").equity < 0)
    desk.do("z", "flag", who("c"))
    desk.now += DELAY
    nominate(desk, *labels)
    if desk.ledger.positions.read(who("b"), 1).size:
        nominate(desk, "b", market_id=1)
    for market_id in (0, 1):
        while desk.ledger.positions.read(who("c"), market_id).size:
            desk.do("z", "autoDeleverage", who("c"), market_id, limit)
            assert_conserved(desk)
    assert -WEI < desk.standing("c").equity <= 0


def test_a_price_below_zero_is_paid_by_the_candidate() -> None:
    """A short account owes more than its notional: who is long gives the position and pays."""
    desk = opened(2, c=2_200, a=50_000, y=50_000, z=50_000)
    desk.trade("a", "c", 0, "0.5", "1000")
    desk.trade("c", "y", 1, "20", "1000")
    desk.ledger.positions.edit(who("a"), 0).quote += 1_000 * WAD * WEI
    desk.ledger.markets.edit(0).clearing += 1_000 * WAD
    desk.ledger.accounts.edit(who("z")).cash -= 1_000 * WAD
    desk.model.world.store.commit()
    flagged(desk, "c", 400, 400)
    assert desk.standing("c").equity == -9_500 * WAD * WEI
    nominate(desk, "a")
    before = desk.standing("a").equity
    desk.do("z", "autoDeleverage", who("c"), 0, 1)
    ((_, size, paid),) = taken(desk)
    given = 9_500 * WAD * WEI * 200 // 8_200
    assert (size, paid) == (WAD // 2, given - 200 * WAD * WEI)
    assert paid > 0
    assert desk.standing("a").equity // WEI == (before - given) // WEI
    assert_conserved(desk)
