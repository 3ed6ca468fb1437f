"""Settling trades."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import (
    Desk,
    Setup,
    assert_conserved,
    open_desk,
    setup,
    wad,
    who,
)
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_SIZE

MATCHER_ROLE = bytes.fromhex("df91394c13c48ebd5370100f1eb84afe3c6c47a78f9f9f874d5a9ec6afe0ae6b")


def market_desk(*markets: Setup, dollars: int = 100_000) -> Desk:
    """Markets at 2,000 with three accounts of equal means."""
    desk = open_desk(*markets)
    desk.price(*[2_000 * WAD] * max(len(markets), 1))
    for label in "abc":
        desk.deposit(label, dollars)
    return desk


@given(st.integers(1, 10**5), st.integers(190_000, 210_000))
def test_opening_and_closing_at_one_price_costs_the_fees(steps: int, ticks: int) -> None:
    """Both sides end with what they had less two fees each, and nothing is left over."""
    desk = market_desk(setup(trade_fee_rate=wad("0.000123456789012345")), dollars=10**6)
    size, price = steps * WAD // 1_000, ticks * WAD // 100
    fee = -(-(size * price // WAD) * wad("0.000123456789012345") // WAD)
    for buyer, seller in (("a", "b"), ("b", "a")):
        desk.do("matcher", "settleTrade", who(buyer), who(seller), 0, size, price, False)
        assert desk.events[-1].args[5:] == (fee, fee)
    for label in "ab":
        desk.do("k", "settle", who(label))
    for label in "ab":
        account = desk.ledger.accounts.read(who(label))
        assert account.cash == 10**6 * WAD - 2 * fee
        assert not any(account.fields()[1:])
    assert desk.ledger.record.fees + desk.ledger.record.insurance_fund == 4 * fee
    assert desk.ledger.record.dust == 0
    assert_conserved(desk)


def test_events_come_in_order() -> None:
    """Buyer's fee, reserve and position, the seller's, the price of funding, then the trade."""
    desk = market_desk()
    desk.now += 1
    desk.trade("a", "b", 0, "1", "2000")
    assert desk.names() == [
        "FundingAccrued",
        "InsuranceFundCredited",
        "ReserveChanged",
        "PositionChanged",
        "InsuranceFundCredited",
        "ReserveChanged",
        "PositionChanged",
        "FundingPriceChanged",
        "TradeSettled",
    ]


def test_only_the_matcher_brings_trades() -> None:
    """Any other caller lacks the role."""
    desk = market_desk()
    found = desk.refused("a", "settleTrade", *desk.trade_args("a", "b", 0, "1", "2000"))
    assert found == ("AccessControlUnauthorizedAccount", (who("a"), MATCHER_ROLE))


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("a", "a", 0, "1", "2000"), ("SameAccount", (who("a"),))),
        (("a", "b", 1, "1", "2000"), ("UnknownMarket", (1,))),
        (("a", "b", 0, "0", "2000"), ("InvalidSize", (0,))),
        (("a", "b", 0, "0.0005", "2000"), ("InvalidSize", (wad("0.0005"),))),
        (("a", "b", 0, "1000000000.001", "2000"), ("InvalidSize", (MAX_SIZE + wad("0.001"),))),
        (("a", "b", 0, "1", "0"), ("InvalidPrice", (0,))),
        (("a", "b", 0, "1", "2000.001"), ("InvalidPrice", (wad("2000.001"),))),
        (("a", "b", 0, "1", "2200.01"), ("PriceOutsideBand", (wad("2200.01"), 2_000 * WAD))),
        (("a", "b", 0, "1", "1799.99"), ("PriceOutsideBand", (wad("1799.99"), 2_000 * WAD))),
    ],
)
def test_orders_are_checked_at_the_door(
    args: tuple[str, str, int, str, str], expected: tuple[str, tuple[object, ...]]
) -> None:
    """Each bound has its error with the value that broke it."""
    desk = market_desk()
    assert desk.refused("matcher", "settleTrade", *desk.trade_args(*args)) == expected


@pytest.mark.parametrize("price", ["2200", "1800"])
def test_the_edge_of_the_band_is_inside(price: str) -> None:
    """A price exactly the band away from the index is settled."""
    market_desk().trade("a", "b", 0, "1", price)


def test_initial_margin_is_needed_to_the_wei() -> None:
    """With equity just at initial margin the trade is settled, with one unit less it is not."""
    for units, enough in ((211 * 10**6, True), (211 * 10**6 - 1, False)):
        desk = market_desk()
        desk.fund("d", units)
        desk.do("d", "deposit", units)
        args = desk.trade_args("d", "b", 0, "1", "2000")
        if enough:
            desk.do("matcher", "settleTrade", *args)
        else:
            error, values = desk.refused("matcher", "settleTrade", *args)
            equity = 200 * WAD - 10**12
            assert (error, values) == ("InsufficientMargin", (who("d"), equity, 200 * WAD))


def thin(price: str) -> Desk:
    """Account d is long 1 from 2,000 with an equity of 200 there; the index has moved."""
    desk = market_desk(setup(trade_fee_rate=0))
    desk.deposit("d", 210)
    desk.trade("d", "b", 0, "1", "2000")
    desk.price(wad(price))
    return desk


def test_below_initial_margin_one_may_reduce_but_not_grow() -> None:
    """Selling at the mark raises the ratio; buying more, or turning far short, is refused."""
    for seller, buyer, size, allowed in (
        ("d", "b", "0.5", True),
        ("d", "b", "1", True),
        ("d", "b", "3", False),
        ("b", "d", "0.1", False),
    ):
        desk = thin("1950")
        args = desk.trade_args(buyer, seller, 0, size, "1950")
        if allowed:
            desk.do("matcher", "settleTrade", *args)
            assert_conserved(desk)
        else:
            assert desk.refused("matcher", "settleTrade", *args)[0] == "InsufficientMargin"


def test_a_reduction_must_not_lower_the_ratio() -> None:
    """At equity 150 of 1,950 one may sell half for 7.69 % below the mark, not a tick more."""
    edge = 1_950 * 100 * 150 // 1_950
    for ticks, allowed in ((edge, True), (edge + 1, False)):
        desk = thin("1950")
        price = 1_950 * WAD - ticks * WAD // 100
        args = (who("b"), who("d"), 0, WAD // 2, price, False)
        if allowed:
            desk.do("matcher", "settleTrade", *args)
        else:
            assert desk.refused("matcher", "settleTrade", *args)[0] == "InsufficientMargin"


def test_the_bankrupt_cannot_trade_their_way_out() -> None:
    """With negative equity a reduction lowers the ratio, and closing leaves a hole: refused."""
    desk = thin("1780")
    assert desk.number("equity", who("d")) == -20 * WAD
    for size in ("0.5", "1"):
        args = desk.trade_args("b", "d", 0, size, "1780")
        assert desk.refused("matcher", "settleTrade", *args)[0] == "InsufficientMargin"


def test_the_reserve_is_locked_with_the_first_position_and_released_with_the_last() -> None:
    """Two positions lock it once; it returns when the second is closed."""
    desk = market_desk(Setup(), Setup())
    for market_id in (0, 1):
        desk.trade("a", "b", market_id, "1", "2000")
        assert desk.ledger.accounts.read(who("a")).reserve == 10 * WAD
    desk.trade("b", "a", 0, "1", "2000")
    assert desk.ledger.accounts.read(who("a")).reserve == 10 * WAD
    desk.trade("b", "a", 1, "1", "2000")
    assert desk.ledger.accounts.read(who("a")).reserve == 0
    assert desk.ledger.accounts.read(who("a")).cash == (100_000 - 4) * WAD
    assert_conserved(desk)


def test_nobody_holds_more_than_eight_markets() -> None:
    """The ninth is refused; after one is closed and settled there is room again."""
    desk = market_desk(*[Setup()] * 9)
    for market_id in range(8):
        desk.trade("a", "b", market_id, "1", "2000")
    args = desk.trade_args("a", "c", 8, "1", "2000")
    assert desk.refused("matcher", "settleTrade", *args) == ("TooManyMarkets", (who("a"),))
    desk.trade("c", "a", 3, "1", "2000")
    desk.do("matcher", "settleTrade", *args)


def test_positions_have_a_largest_size() -> None:
    """Up to a billion; a step more is refused."""
    rich = open_desk(setup(trade_fee_rate=0, price_tick=WAD // 10**6))
    rich.price(WAD // 10**6)
    for label in "ab":
        rich.deposit(label, 10**6)
    rich.trade("a", "b", 0, "1000000000", "0.000001")
    args = rich.trade_args("a", "b", 0, "0.001", "0.000001")
    if rich.ledger.market_parameters(0).price_tick * wad("0.001") % WAD:
        args = rich.trade_args("a", "b", 0, "1000", "0.000001")
    assert rich.refused("matcher", "settleTrade", *args) == ("PositionTooLarge", (who("a"), 0))


def test_trading_needs_a_fresh_price() -> None:
    """At the age limit a trade is settled, a second later it is refused."""
    desk = market_desk()
    desk.now += 3_600
    desk.trade("a", "b", 0, "1", "2000")
    desk.now += 1
    error, args = desk.refused("matcher", "settleTrade", *desk.trade_args("a", "b", 0, "1", "2000"))
    assert (error, args[3]) == ("StalePrice", 3_600)


def test_a_paused_market_takes_no_trades() -> None:
    """It is refused by its id; the other market goes on."""
    desk = market_desk(Setup(), Setup())
    desk.do("admin", "setMarketPaused", 0, True)
    args = desk.trade_args("a", "b", 0, "1", "2000")
    assert desk.refused("matcher", "settleTrade", *args) == ("MarketIsPaused", (0,))
    desk.trade("a", "b", 1, "1", "2000")


def test_fees_and_reserves_are_paid_in_cash() -> None:
    """With unsettled profit but no cash one cannot open; one can reduce, for free."""
    desk = market_desk(Setup(), Setup())
    desk.deposit("d", 300)
    desk.trade("d", "b", 0, "1", "2000")
    account = desk.ledger.accounts.edit(who("d"))
    desk.ledger.edit_record().vault -= account.cash // 10**12
    account.cash = 0
    desk.model.world.store.commit()
    desk.price(3_000 * WAD, 2_000 * WAD)
    args = desk.trade_args("d", "b", 1, "0.1", "2000")
    error, values = desk.refused("matcher", "settleTrade", *args)
    assert (error, values) == ("InsufficientCash", (who("d"), -WAD // 10))
    desk.trade("b", "d", 0, "0.5", "3000")
    assert desk.events[-1].args[5:] == (wad("0.75"), 0)
