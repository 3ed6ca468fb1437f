"""The end of a market: only reducing."""

from __future__ import annotations

import pytest

from tests.engine.desk import Desk, assert_conserved, open_desk, setup, wad, who
from weiproof.engine.fixed_point import WAD

PRICE = 2_000


def traded() -> Desk:
    """A market at 2,000 in which a bought two from b, and c has means, too."""
    desk = open_desk(setup(trade_fee_rate=0))
    desk.price(PRICE * WAD)
    for label in "abc":
        desk.deposit(label, 10_000)
    desk.trade("a", "b", 0, "2", "2000")
    return desk


def reduce_only(desk: Desk, market_id: int = 0) -> None:
    """The pauser lets trades only reduce."""
    desk.do("admin", "setReduceOnly", market_id, True)


@pytest.mark.parametrize(
    ("buyer", "seller", "size"),
    [("a", "b", "1"), ("a", "c", "0.001"), ("c", "a", "1"), ("b", "a", "2.001"), ("c", "d", "1")],
)
def test_no_side_may_grow_or_turn(buyer: str, seller: str, size: str) -> None:
    """A trade that opens, adds to or turns either side's position is refused."""
    desk = traded()
    reduce_only(desk)
    args = desk.trade_args(buyer, seller, 0, size, "2000")
    assert desk.refused("matcher", "settleTrade", *args) == ("MarketIsReduceOnly", (0,))
    desk.do("admin", "setReduceOnly", 0, False)


@pytest.mark.parametrize("size", ["0.001", "1", "2"])
def test_both_sides_may_shrink(size: str) -> None:
    """Long and short close against each other, in part or whole."""
    desk = traded()
    reduce_only(desk)
    desk.trade("b", "a", 0, size, "2000")
    assert desk.ledger.markets.read(0).open_interest == wad("2") - wad(size)
    assert_conserved(desk)


def test_orders_may_only_be_cancelled() -> None:
    """What rests may be less and go; it may not grow, and nothing may be added."""
    desk = traded()
    two, one = (wad("2"), 3_800 * WAD), (wad("1"), 1_900 * WAD)
    desk.do("matcher", "setOrders", who("a"), 0, *two, 0, 0)
    reduce_only(desk)
    more = (who("a"), 0, *two, *one)
    assert desk.refused("matcher", "setOrders", *more) == ("MarketIsReduceOnly", (0,))
    desk.do("matcher", "setOrders", who("a"), 0, *one, 0, 0)
    desk.do("matcher", "setOrders", who("a"), 0, 0, 0, 0, 0)
    first = (who("a"), 0, *one, 0, 0)
    assert desk.refused("matcher", "setOrders", *first) == ("MarketIsReduceOnly", (0,))


def test_takeovers_and_forced_closes_stay_open() -> None:
    """A keeper may take a position over, and a forced close is possible."""
    for function, last in (("liquidate", wad("9")), ("forceClose", who("b"))):
        desk = traded()
        desk.do("a", "withdraw", 9_000 * 10**6)
        reduce_only(desk)
        desk.price(1_580 * WAD)
        desk.do("c", function, who("a"), 0, last)
        assert_conserved(desk)


def test_only_the_pauser_and_only_a_change() -> None:
    """The role is asked for, the market must exist, and nothing is set twice."""
    desk = traded()
    refusal = desk.refused("a", "setReduceOnly", 0, True)
    assert refusal[0] == "AccessControlUnauthorizedAccount"
    assert desk.refused("admin", "setReduceOnly", 1, True) == ("UnknownMarket", (1,))
    assert desk.refused("admin", "setReduceOnly", 0, False) == ("ReduceOnlyUnchanged", ())
    reduce_only(desk)
    assert desk.refused("admin", "setReduceOnly", 0, True) == ("ReduceOnlyUnchanged", ())
    desk.do("admin", "setReduceOnly", 0, False)
    desk.trade("a", "b", 0, "1", "2000")
