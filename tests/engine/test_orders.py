"""Resting orders: what they reserve, how they shrink, and what they may not stand in the way of."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import (
    DOLLAR,
    MAX_AGE,
    UNLIMITED,
    Desk,
    assert_conserved,
    open_desk,
    setup,
    wad,
    who,
)
from weiproof.engine import margin, orders, pricing
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_SIZE
from weiproof.engine.records import TRADE, RestingOrders

if TYPE_CHECKING:
    from weiproof.engine.call import Value

PRICE = 2_000
NOTHING = (0, 0)


def traded(markets: int = 1) -> Desk:
    """Markets at 2,000 with three accounts of equal means."""
    desk = open_desk(*[setup()] * markets)
    desk.price(*[PRICE * WAD] * markets)
    for label in "abc":
        desk.deposit(label, 10_000)
    return desk


def at(size: str, price: str) -> tuple[int, int]:
    """One order's size and notional."""
    return wad(size), wad(size) * wad(price) // WAD


def args_of(
    label: str, market_id: int, bids: tuple[int, int], asks: tuple[int, int]
) -> tuple[Value, ...]:
    """The arguments of ``setOrders``."""
    return who(label), market_id, *bids, *asks


def rest(
    desk: Desk,
    label: str,
    market_id: int,
    bids: tuple[int, int] = NOTHING,
    asks: tuple[int, int] = NOTHING,
) -> None:
    """The matcher says what an account has resting."""
    desk.do("matcher", "setOrders", *args_of(label, market_id, bids, asks))


def error(
    desk: Desk,
    label: str,
    market_id: int,
    bids: tuple[int, int] = NOTHING,
    asks: tuple[int, int] = NOTHING,
) -> str:
    """Why the matcher's report is refused."""
    return desk.refused("matcher", "setOrders", *args_of(label, market_id, bids, asks))[0]


def resting(desk: Desk, label: str, market_id: int = 0) -> tuple[int, ...]:
    """What an account has resting, as the view says."""
    (totals,) = desk.view("ordersOf", who(label), market_id)
    return totals  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("held", "bids", "asks", "dollars"),
    [
        ("0", at("2", "1990"), NOTHING, 400),
        ("0", at("2", "2010"), NOTHING, 420),
        ("0", NOTHING, at("2", "2010"), 400),
        ("0", NOTHING, at("2", "1990"), 420),
        ("0", at("1", "2000"), at("2", "2000"), 400),
        ("0", at("3", "2000"), at("2", "1800"), 800),
        ("3", NOTHING, at("3", "2000"), 600),
        ("3", NOTHING, at("5", "2000"), 600),
        ("3", NOTHING, at("9", "2000"), 1_200),
        ("3", at("1", "2000"), NOTHING, 800),
        ("-3", at("5", "2000"), at("1", "2000"), 800),
        ("0", at("60", "2000"), NOTHING, 14_000),
    ],
)
def test_the_worse_side_is_reserved(
    held: str, bids: tuple[int, int], asks: tuple[int, int], dollars: int
) -> None:
    """The larger of all bids and all asks filled, with what they lose; never below the position."""
    desk = traded()
    desk.deposit("a", 90_000)
    if wad(held) > 0:
        desk.trade("a", "b", 0, held, "2000")
    elif wad(held) < 0:
        desk.trade("b", "a", 0, held[1:], "2000")
    rest(desk, "a", 0, bids, asks)
    assert desk.number("initialMargin", who("a")) == dollars * WAD
    (figures,) = desk.view("accountFigures", who("a"))
    assert isinstance(figures, tuple)
    assert figures[4] == dollars * WAD
    assert figures[9] == desk.number("withdrawable", who("a"))


sizes = st.integers(-20, 20).map(lambda n: n * WAD // 10)
totals = st.tuples(st.integers(0, 30), st.integers(1_950, 2_050)).map(
    lambda n: (n[0] * WAD // 10, n[0] * n[1] * WAD // 10)
)
Sides = tuple[tuple[int, int], tuple[int, int]]


@given(st.tuples(sizes, sizes), st.tuples(totals, totals), st.tuples(totals, totals))
def test_what_is_reserved_covers_every_outcome(
    held: tuple[int, int], bids: Sides, asks: Sides
) -> None:
    """With an offset, too: whichever sides fill whole, equity less margin does not fall."""
    desk = open_desk(setup(), setup())
    desk.price(PRICE * WAD, PRICE * WAD)
    desk.do("admin", "setOffset", 0, 1, wad("0.3"))
    positions = {i: (size, -size * PRICE * WAD * WAD) for i, size in enumerate(held)}
    desk.place("a", 10**6 * WAD, positions)
    for market_id in (0, 1):
        rest(desk, "a", market_id, bids[market_id], asks[market_id])
    marks = pricing.new_marks(desk.ledger, TRADE)
    before = margin.standing_with_orders(desk.ledger, who("a"), marks)
    for outcome in product(range(3), repeat=2):
        for market_id, side in enumerate(outcome):
            size, notional = (NOTHING, bids[market_id], asks[market_id])[side]
            sign = -1 if side == 2 else 1
            position = desk.ledger.positions.edit(who("a"), market_id)
            position.size = held[market_id] + sign * size
            position.quote = positions[market_id][1] - sign * notional * WAD * WAD
        after = margin.standing_of(desk.ledger, who("a"), marks)
        assert after.equity - after.initial >= before.equity - before.initial


def test_orders_that_could_turn_a_position_take_its_offset_away() -> None:
    """Long 2 and short 1 forgive 40; asks beyond the 2 would leave two shorts and none of it."""
    desk = traded(2)
    desk.do("admin", "setOffset", 0, 1, wad("0.2"))
    desk.trade("a", "b", 0, "2", "2000")
    desk.trade("c", "a", 1, "1", "2000")
    rest(desk, "a", 0, asks=at("2", "2000"))
    assert desk.number("initialMargin", who("a")) == 560 * WAD
    rest(desk, "a", 0, asks=at("2.001", "2000"))
    assert desk.number("initialMargin", who("a")) == 600 * WAD


def test_growth_needs_initial_margin() -> None:
    """10,000 carry bids of 50 at 2,000 to the wei; a step more is refused with both figures."""
    desk = traded()
    args = args_of("a", 0, at("50.001", "2000"), NOTHING)
    equity, required = 10_000 * WAD, 10_000 * WAD + wad("0.4")
    refused = desk.refused("matcher", "setOrders", *args)
    assert refused == ("InsufficientMargin", (who("a"), equity, required))
    rest(desk, "a", 0, at("50", "2000"), at("50", "2000"))
    assert desk.names() == ["OrdersChanged"]
    assert desk.number("freeCollateral", who("a")) == 0
    assert desk.number("withdrawable", who("a")) == 0


@pytest.mark.parametrize("trouble", ["under water", "no price", "paused"])
def test_cancelling_always_passes(trouble: str) -> None:
    """Below margin, without a price, in a paused market; growth passes in none of them."""
    desk = traded()
    desk.trade("a", "b", 0, "40", "2000")
    rest(desk, "a", 0, at("2", "2000"), at("2", "2050"))
    if trouble == "under water":
        desk.price(1_700 * WAD)
    elif trouble == "no price":
        desk.now += MAX_AGE + 1
    else:
        desk.do("admin", "setMarketPaused", 0, True)
    reasons = {"under water": "InsufficientMargin", "no price": "StalePrice"}
    reason = reasons.get(trouble, "MarketIsPaused")
    assert error(desk, "a", 0, at("3", "2000"), at("2", "2050")) == reason
    assert error(desk, "a", 0, at("2", "2000"), at("2.001", "2050")) == reason
    rest(desk, "a", 0, at("2", "2000"), at("2", "2050"))
    rest(desk, "a", 0, at("1", "2000"), at("2", "2050"))
    rest(desk, "a", 0, at("1", "2000"))
    rest(desk, "a", 0)
    assert desk.ledger.accounts.read(who("a")).ordered_markets == 0


def test_another_price_is_no_cancellation() -> None:
    """Less size at the same notional, or less notional at the same size, needs margin."""
    desk = traded()
    rest(desk, "a", 0, at("4", "1900"), at("4", "2100"))
    desk.now += MAX_AGE + 1
    assert error(desk, "a", 0, at("2", "3800"), at("4", "2100")) == "StalePrice"
    assert error(desk, "a", 0, at("4", "1900"), at("4", "2000")) == "StalePrice"


@pytest.mark.parametrize(
    ("size", "notional", "reason"),
    [
        (1, 2_000, "InvalidSize"),
        (MAX_SIZE + WAD // 1_000, WAD, "InvalidSize"),
        (UNLIMITED, WAD, "InvalidSize"),
        (WAD, 0, "InvalidNotional"),
        (0, WAD, "InvalidNotional"),
        (WAD, WAD // 100 - 10**13, "InvalidNotional"),
        (WAD, 10**27 + 10**13, "InvalidNotional"),
        (WAD, WAD + 1, "InvalidNotional"),
        (WAD, UNLIMITED, "InvalidNotional"),
    ],
)
def test_totals_are_sums_that_a_book_can_hold(size: int, notional: int, reason: str) -> None:
    """On step and tick, nothing for nothing, from one tick to the highest price; either side."""
    desk = traded()
    assert error(desk, "a", 0, bids=(size, notional)) == reason
    assert error(desk, "a", 0, asks=(size, notional)) == reason


def test_the_matcher_alone_reports() -> None:
    """Neither the owner nor the administrator may, and there must be such a market."""
    desk = traded()
    args = args_of("a", 0, at("1", "2000"), NOTHING)
    for label in ("a", "admin"):
        refused = desk.refused(label, "setOrders", *args)
        assert refused[0] == "AccessControlUnauthorizedAccount"
    assert error(desk, "a", 1) == "UnknownMarket"
    desk.do("admin", "setPaused", True)
    assert error(desk, "a", 0) == "SystemIsPaused"


@pytest.mark.parametrize("buys", [True, False])
@pytest.mark.parametrize(
    ("filled", "left"), [("1", ("2", "4020")), ("3", ("0", "0")), ("5", ("0", "0"))]
)
def test_a_fill_takes_the_trade_off_the_makers_side(
    filled: str, left: tuple[str, str], *, buys: bool
) -> None:
    """Size and notional shrink by the trade, to nothing where it takes all; the taker's stay."""
    desk = traded()
    both = at("3", "2010"), at("3", "2010")
    for label in "ab":
        rest(desk, label, 0, *both)
    buyer, seller = ("a", "b") if buys else ("b", "a")
    trade = who(buyer), who(seller), 0, wad(filled), wad("2010"), buys
    desk.do("matcher", "settleTrade", *trade)
    rest_of_side = tuple(wad(each) for each in left)
    kept = both[0]
    assert resting(desk, "a") == ((*rest_of_side, *kept) if buys else (*kept, *rest_of_side))
    assert resting(desk, "b") == (*kept, *kept)
    assert_conserved(desk)


def test_a_fill_at_another_price_never_underflows() -> None:
    """Two of three bids at 2,000 are filled at 2,190: of the notional 1,620 are left, then 0."""
    desk = traded()
    rest(desk, "a", 0, at("3", "2000"))
    for _ in range(2):
        desk.do("matcher", "settleTrade", who("a"), who("b"), 0, WAD, wad("2190"), True)
    assert resting(desk, "a")[:2] == (WAD, 1_620 * WAD)
    size = wad("0.9")
    desk.do("matcher", "settleTrade", who("a"), who("b"), 0, size, wad("2190"), True)
    assert resting(desk, "a")[:2] == (wad("0.1"), 0)
    rest(desk, "a", 0)


def test_a_maker_with_full_margin_can_be_filled() -> None:
    """What its bid reserved is there for the position; only the fee is asked on top."""
    desk = traded()
    desk.do("a", "withdraw", 10 * DOLLAR)
    reserve_and_fee = 10 * WAD + 49 * wad("1")
    desk.place("a", 9_800 * WAD + reserve_and_fee, {})
    rest(desk, "a", 0, at("49", "2000"))
    desk.do("matcher", "settleTrade", who("a"), who("b"), 0, 49 * WAD, PRICE * WAD, True)
    assert desk.number("freeCollateral", who("a")) == 0
    assert desk.ledger.accounts.read(who("a")).ordered_markets == 0


def test_orders_do_not_keep_an_account_from_reducing() -> None:
    """Below initial margin, and with an order in a market without a price, it may close."""
    desk = traded(2)
    desk.trade("a", "b", 0, "40", "2000")
    rest(desk, "a", 0, at("5", "2000"))
    rest(desk, "a", 1, at("1", "2000"))
    desk.now += MAX_AGE + 1
    desk.price(1_950 * WAD)
    assert desk.refused("matcher", "settleTrade", *desk.trade_args("a", "b", 0, "1", "1950"))[
        0
    ] in {
        "StalePrice",
        "InsufficientMargin",
    }
    desk.trade("b", "a", 0, "10", "1950")


def test_maintenance_ignores_orders() -> None:
    """Its figures are the same with orders, even where their market has no price."""
    desk = traded(2)
    desk.trade("a", "b", 0, "4", "2000")
    views = ("equity", "maintenanceMargin", "healthFactor", "isLiquidatable")
    before = [desk.view(name, who("a")) for name in views]
    price = desk.view("liquidationPrice", who("a"), 0)
    rest(desk, "a", 0, at("10", "2000"))
    rest(desk, "a", 1, at("10", "2000"))
    desk.now += 2 * MAX_AGE + 1
    desk.price(PRICE * WAD)
    assert [desk.view(name, who("a")) for name in views] == before
    assert desk.view("liquidationPrice", who("a"), 0) == price
    outcome = desk.refused("a", "withdraw", DOLLAR)
    assert outcome[0] == "StalePrice"


def test_a_withdrawal_leaves_what_orders_reserve() -> None:
    """With 400 reserved, 9,600 of 10,000 can leave."""
    desk = traded()
    rest(desk, "a", 0, at("2", "2000"))
    assert desk.number("withdrawable", who("a")) == 9_600 * DOLLAR
    assert desk.refused("a", "withdraw", 9_600 * DOLLAR + 1)[0] == "ExceedsWithdrawable"
    desk.do("a", "withdraw", 9_600 * DOLLAR)


def test_a_liquidation_releases_all_orders_first() -> None:
    """In all markets, one without a price included; the events come before any money moves."""
    desk = traded(2)
    desk.trade("a", "b", 0, "40", "2000")
    rest(desk, "a", 0, at("1", "2000"), at("1", "2000"))
    rest(desk, "a", 1, at("1", "2000"))
    desk.now += 2 * MAX_AGE + 1
    desk.price(1_800 * WAD)
    desk.do("c", "liquidate", who("a"), 0, UNLIMITED)
    released = [event.args for event in desk.events if event.name == "OrdersChanged"]
    assert released == [(who("a"), market_id, 0, 0, 0, 0) for market_id in (0, 1)]
    assert desk.names().index("OrdersChanged") < desk.names().index("PositionChanged")
    assert resting(desk, "a") == resting(desk, "a", 1) == (0, 0, 0, 0)
    assert desk.ledger.accounts.read(who("a")).ordered_markets == 0
    assert_conserved(desk)


def test_a_forced_close_leaves_the_counterpartys_orders() -> None:
    """The account's go; those of the holder who is closed against its will stay."""
    desk = traded()
    desk.trade("a", "b", 0, "40", "2000")
    for label in "ab":
        rest(desk, label, 0, at("1", "2000"))
    desk.price(1_800 * WAD)
    desk.do("c", "forceClose", who("a"), 0, who("b"))
    assert resting(desk, "a") == (0, 0, 0, 0)
    assert resting(desk, "b") == (*at("1", "2000"), 0, 0)


def test_a_keepers_own_orders_count_in_a_takeover() -> None:
    """Whoever takes a position over needs margin for it and for what it has resting."""
    desk = traded()
    desk.trade("a", "b", 0, "40", "2000")
    rest(desk, "c", 0, at("49", "1800"))
    desk.price(1_800 * WAD)
    assert desk.refused("c", "liquidate", who("a"), 0, UNLIMITED)[0] == "InsufficientMargin"
    rest(desk, "c", 0)
    desk.do("c", "liquidate", who("a"), 0, UNLIMITED)


def test_markets_with_orders_count_among_an_accounts() -> None:
    """With orders in eight, the ninth is refused for an order and for a position."""
    desk = traded(9)
    for market_id in range(8):
        rest(desk, "a", market_id, at("0.1", "2000"))
    assert error(desk, "a", 8, at("0.1", "2000")) == "TooManyMarkets"
    args = desk.trade_args("a", "b", 8, "0.1", "2000")
    assert desk.refused("matcher", "settleTrade", *args) == ("TooManyMarkets", (who("a"),))
    desk.trade("a", "b", 7, "0.1", "2000")
    rest(desk, "a", 0)
    rest(desk, "a", 8, at("0.1", "2000"))


def test_an_isolated_account_rests_in_its_own_market() -> None:
    """Elsewhere it is refused; with an order resting an account cannot be tied or freed."""
    desk = traded(2)
    rest(desk, "a", 0, at("1", "2000"))
    assert desk.refused("a", "setIsolated", who("a"), 0, True) == ("AccountNotEmpty", (who("a"),))
    rest(desk, "a", 0)
    desk.do("a", "setIsolated", who("a"), 0, True)
    assert error(desk, "a", 1, at("1", "2000")) == "IsolatedAccount"
    rest(desk, "a", 0, at("1", "2000"))
    assert desk.refused("a", "setIsolated", who("a"), 0, False)[0] == "AccountNotEmpty"


def test_a_full_release_costs_no_record_of_others() -> None:
    """Releasing touches the account and its own orders, and nothing where there are none."""
    desk = traded()
    rest(desk, "a", 0, at("1", "2000"))
    orders.release_all(desk.ledger, who("b"))
    assert desk.model.world.store.commit() == ()
    orders.release_all(desk.ledger, who("a"))
    touched = desk.model.world.store.commit()
    assert {key[:2] for key in touched} == {("account", who("a")), ("orders", who("a"))}
    assert desk.ledger.orders.read(who("a"), 0) == RestingOrders()
