"""Fills of liquidatable positions that the matcher brings, at a price near the mark."""

from __future__ import annotations

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
from weiproof.engine.backstop_records import BACKSTOP, Route
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.parameters import (
    MAX_MARKET_LIMIT_RATE,
    BackstopParameters,
    LiquidationParameters,
)

if TYPE_CHECKING:
    from tests.engine.desk import Setup
    from weiproof.engine.call import Value

WHOLE = setup(minimum_notional=10**6 * WAD)
"""A market in which every liquidation takes the whole position."""
RATE = wad("0.01")


def leveraged(*, long: bool = True, market: Setup = WHOLE, fund: int = 1_000) -> Desk:
    """Account a holds one at 2,000 against b; its cash is 200 and its reserve 10."""
    desk = open_desk(market)
    desk.price(2_000 * WAD)
    for label, amount in (("a", 211), ("b", 100_000), ("c", 100_000)):
        desk.deposit(label, amount)
    desk.fund("s", fund * DOLLAR)
    desk.do("s", "depositInsurance", fund * DOLLAR)
    desk.trade(*(("a", "b") if long else ("b", "a")), 0, "1", "2000")
    desk.do("admin", "setMarketLimitRate", RATE)
    return desk


def filling(price: str, size: str = "1", other: str = "c", account: str = "a") -> tuple[Value, ...]:
    """The arguments of a fill in the first market."""
    return who(account), 0, wad(size), wad(price), who(other)


def said(desk: Desk, name: str) -> tuple[Value, ...]:
    """The arguments of the last call's only event of that name."""
    (event,) = (event for event in desk.events if event.name == name)
    return event.args


def cash_of(desk: Desk, label: str) -> int:
    """An account's stored cash, wei."""
    return desk.ledger.accounts.read(who(label)).cash


def size_of(desk: Desk, label: str) -> int:
    """Size of an account's position in the first market."""
    return desk.ledger.positions.read(who(label), 0).size


@pytest.mark.parametrize(
    ("price", "cost", "fee", "left"),
    [
        ("1880", "0", "9.4", "80.6"),
        ("1879.99", "0.01", "9.39", "80.6"),
        ("1875", "5", "4.4", "80.6"),
        ("1870.6", "9.4", "0", "80.6"),
        ("1865", "15", "0", "75"),
        ("1890", "0", "9.4", "90.6"),
    ],
)
def test_what_the_price_costs_comes_out_of_the_fee(
    price: str, cost: str, fee: str, left: str
) -> None:
    """At a mark of 1,880 the fee is 9.4; the fund gets what is left of it, a the reserve back."""
    desk = leveraged()
    desk.price(1_880 * WAD)
    fund = desk.ledger.record.insurance_fund
    desk.do("matcher", "liquidateToMarket", *filling(price))
    traded = wad(price) // 2_000  # the counterparty pays the trading fee, half of it to the fund
    filled = (who("a"), 0, who("c"), WAD, wad(price), wad(cost), traded)
    assert said(desk, "MarketFilled") == filled
    taken = (who("a"), 0, who("c"), WAD, 1_880 * WAD, wad(fee), 0, 0, Route.MARKET)
    assert said(desk, "Liquidated") == taken
    assert desk.ledger.record.insurance_fund == fund + wad(fee) + traded // 2
    assert (cash_of(desk, "a"), size_of(desk, "a"), size_of(desk, "c")) == (wad(left), 0, WAD)
    assert_conserved(desk)


@pytest.mark.parametrize(
    ("price", "fee", "left"),
    [
        ("2120", "10.6", "79.4"),
        ("2125", "5.6", "79.4"),
        ("2140", "0", "70"),
        ("2110", "10.6", "89.4"),
    ],
)
def test_for_a_short_a_higher_price_costs(price: str, fee: str, left: str) -> None:
    """At a mark of 2,120 the fee is 10.6."""
    desk = leveraged(long=False)
    desk.price(2_120 * WAD)
    desk.do("matcher", "liquidateToMarket", *filling(price))
    assert said(desk, "Liquidated")[5] == wad(fee)
    assert (cash_of(desk, "a"), size_of(desk, "a"), size_of(desk, "c")) == (wad(left), 0, -WAD)
    assert_conserved(desk)


@pytest.mark.parametrize(
    ("long", "mark", "within", "beyond"),
    [(True, 1_880, "1861.2", "1861.19"), (False, 2_120, "2141.2", "2141.21")],
)
def test_no_price_is_worse_than_the_limit(long: bool, mark: int, within: str, beyond: str) -> None:
    """One per cent from the mark passes, a tick more does not; at a rate of 0 neither does."""
    desk = leveraged(long=long)
    desk.price(mark * WAD)
    found = desk.refused("matcher", "liquidateToMarket", *filling(beyond))
    assert found == ("PriceBeyondLimit", (wad(beyond), mark * WAD))
    desk.do("admin", "setMarketLimitRate", 0)
    found = desk.refused("matcher", "liquidateToMarket", *filling(within))
    assert found == ("PriceBeyondLimit", (wad(within), mark * WAD))
    desk.do("admin", "setMarketLimitRate", RATE)
    desk.do("matcher", "liquidateToMarket", *filling(within))


def test_no_price_costs_more_than_the_equity() -> None:
    """At 1,810 a has 10: a price of 1,800 takes all of it, a tick less is refused; no fee then."""
    desk = leveraged()
    desk.price(1_810 * WAD)
    found = desk.refused("matcher", "liquidateToMarket", *filling("1799.99"))
    assert found == ("PriceBeyondLimit", (wad("1799.99"), 1_810 * WAD))
    desk.do("matcher", "liquidateToMarket", *filling("1800"))
    assert said(desk, "Liquidated")[5:8] == (0, 0, 0)
    assert cash_of(desk, "a") == 10 * WAD  # the reserve
    assert_conserved(desk)


@pytest.mark.parametrize(
    ("long", "mark", "within", "beyond"),
    [(True, 1_850, "1752", "1751.99"), (False, 2_150, "2248", "2248.01")],
)
def test_a_part_costs_no_more_than_its_part_of_the_equity(
    long: bool, mark: int, within: str, beyond: str
) -> None:
    """Ten with 980 dollars: the bankruptcy price is 98 from the mark, and the rest is as safe."""
    desk = open_desk(setup())
    desk.price(2_000 * WAD)
    for label, amount in (("a", 2_500), ("b", 100_000), ("c", 100_000)):
        desk.deposit(label, amount)
    desk.trade(*(("a", "b") if long else ("b", "a")), 0, "10", "2000")
    desk.do("admin", "setMarketLimitRate", MAX_MARKET_LIMIT_RATE)
    desk.price(mark * WAD)
    size = "2"
    assert desk.standing("a").equity == 980 * WAD * WEI
    found = desk.refused("matcher", "liquidateToMarket", *filling(beyond, size))
    assert found == ("PriceBeyondLimit", (wad(beyond), mark * WAD))
    before = desk.number("healthFactor", who("a"))
    desk.do("matcher", "liquidateToMarket", *filling(within, size))
    assert desk.standing("a").equity == (980 - 2 * 98) * WAD * WEI
    assert desk.number("healthFactor", who("a")) == before
    assert_conserved(desk)


def test_a_whole_position_leaves_the_others_their_equity() -> None:
    """Two alike share 60 dollars: 30 may go with the first, and all that is left with the last."""
    desk = open_desk(WHOLE, WHOLE)
    desk.price(2_000 * WAD, 2_000 * WAD)
    for label, amount in (("a", 412), ("b", 100_000), ("c", 100_000)):
        desk.deposit(label, amount)
    for market_id in (0, 1):
        desk.trade("a", "b", market_id, "1", "2000")
    desk.do("admin", "setMarketLimitRate", MAX_MARKET_LIMIT_RATE)
    desk.price(1_830 * WAD, 1_830 * WAD)
    assert desk.standing("a").equity == 60 * WAD * WEI
    error, _ = desk.refused("matcher", "liquidateToMarket", *filling("1799.99"))
    assert error == "PriceBeyondLimit"
    desk.do("matcher", "liquidateToMarket", *filling("1800"))
    args = who("a"), 1, WAD, wad("1799.99"), who("c")
    assert desk.refused("matcher", "liquidateToMarket", *args)[0] == "PriceBeyondLimit"
    desk.do("matcher", "liquidateToMarket", who("a"), 1, WAD, 1_800 * WAD, who("c"))
    assert cash_of(desk, "a") == 10 * WAD  # the reserve
    assert_conserved(desk)


@pytest.mark.parametrize(
    ("price", "deficit"), [("1770", "20"), ("1775", "15"), ("1789.99", "0.01"), ("1800", "0")]
)
def test_a_better_price_lowers_the_deficit_first(price: str, deficit: str) -> None:
    """At 1,770 a lacks 30, of which the reserve covers 10 and the price its part."""
    desk = leveraged()
    desk.price(1_770 * WAD)
    error, _ = desk.refused("matcher", "liquidateToMarket", *filling("1769.99"))
    assert error == "PriceBeyondLimit"
    desk.do("matcher", "liquidateToMarket", *filling(price))
    assert said(desk, "Liquidated")[5:8] == (0, 0, wad(deficit))
    left = wad(price) - 1_790 * WAD
    assert cash_of(desk, "a") == max(left, 0)
    assert_conserved(desk)


def test_a_fill_is_no_larger_than_a_takeover_and_leaves_no_dust() -> None:
    """Of ten, what a keeper might take and a part of it pass; a step more, and dust, do not."""
    desk = open_desk(setup(minimum_notional=9_000 * WAD))
    desk.price(2_000 * WAD)
    for label, amount in (("a", 2_200), ("b", 100_000), ("c", 100_000)):
        desk.deposit(label, amount)
    desk.trade("a", "b", 0, "10", "2000")
    desk.price(1_885 * WAD)
    most = desk.number("liquidationSize", who("a"), 0)
    assert 5 * WAD > most > 2 * WAD
    step = wad("0.001")
    for size in (most + step, 10 * WAD, 6 * WAD):
        args = who("a"), 0, size, 1_885 * WAD, who("c")
        assert desk.refused("matcher", "liquidateToMarket", *args) == ("InvalidSize", (size,))
    args = who("a"), 0, most - 2 * WAD, 1_885 * WAD, who("c")
    desk.do("matcher", "liquidateToMarket", *args)
    assert size_of(desk, "a") == 12 * WAD - most
    assert_conserved(desk)


def test_dust_is_refused_where_all_would_go() -> None:
    """Where a takeover takes the whole position, so does a fill."""
    desk = leveraged()
    desk.price(1_880 * WAD)
    found = desk.refused("matcher", "liquidateToMarket", *filling("1880", "0.5"))
    assert found == ("InvalidSize", (wad("0.5"),))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"size": "0"}, "InvalidSize"),
        ({"size": "0.0015"}, "InvalidSize"),
        ({"price": "0"}, "InvalidPrice"),
        ({"price": "1880.005"}, "InvalidPrice"),
        ({"price": "2068.01"}, "PriceOutsideBand"),
        ({"price": "1691.99"}, "PriceOutsideBand"),
        ({"other": "a"}, "SameAccount"),
        ({"account": "nobody"}, "NoPosition"),
        ({"account": "b"}, "NotLiquidatable"),
        ({"other": "poor"}, "InsufficientMargin"),
    ],
)
def test_what_is_refused(change: dict[str, str], error: str) -> None:
    """Sizes and prices off the grid, prices beyond the band, wrong accounts."""
    desk = leveraged()
    desk.price(1_880 * WAD)
    desk.deposit("poor", 100)
    chosen = {"price": "1880", **change}
    assert desk.refused("matcher", "liquidateToMarket", *filling(**chosen))[0] == error


def test_only_the_matcher_brings_fills() -> None:
    """Neither the administrator nor the counterparty does; nor anybody while all is paused."""
    desk = leveraged()
    desk.price(1_880 * WAD)
    for label in ("admin", "c"):
        error, _ = desk.refused(label, "liquidateToMarket", *filling("1880"))
        assert error == "AccessControlUnauthorizedAccount"
    desk.do("admin", "setMarketPaused", 0, True)
    found = desk.refused("matcher", "liquidateToMarket", *filling("1880"))
    assert found == ("MarketIsPaused", (0,))
    desk.do("admin", "setPaused", True)
    assert desk.refused("matcher", "liquidateToMarket", *filling("1880")) == ("SystemIsPaused", ())


def test_a_counterparty_that_reduces_needs_no_initial_margin() -> None:
    """The short on the other side is 101 short of initial margin, and closes all the same."""
    desk = open_desk(WHOLE, setup())
    desk.price(2_000 * WAD, 2_000 * WAD)
    for label, amount in (("a", 211), ("b", 100_000), ("d", 650)):
        desk.deposit(label, amount)
    desk.trade("a", "d", 0, "1", "2000")
    desk.trade("d", "b", 1, "2", "2000")
    desk.price(1_880 * WAD, 1_850 * WAD)
    # 650 less fees of 3 and the reserve, 120 won and 300 lost; a tenth of 5,580 is needed
    assert desk.number("freeCollateral", who("d")) == (637 - 180 - 558) * WAD
    desk.do("matcher", "liquidateToMarket", *filling("1880", other="d"))
    assert (size_of(desk, "a"), size_of(desk, "d")) == (0, 0)
    assert_conserved(desk)


def test_in_a_reduce_only_market_the_counterparty_reduces() -> None:
    """Whoever holds nothing there is refused, the short on the other side is not."""
    desk = leveraged()
    desk.price(1_880 * WAD)
    desk.do("admin", "setReduceOnly", 0, True)
    found = desk.refused("matcher", "liquidateToMarket", *filling("1880"))
    assert found == ("MarketIsReduceOnly", (0,))
    desk.do("matcher", "liquidateToMarket", *filling("1880", other="b"))
    assert size_of(desk, "b") == 0
    assert_conserved(desk)


def test_a_system_account_opens_nothing() -> None:
    """The vault is no counterparty where it would not reduce; its own positions may be filled."""
    desk = leveraged()
    desk.price(1_867 * WAD)
    args = who("a"), 0, WAD, 1_867 * WAD, BACKSTOP
    assert desk.refused("matcher", "liquidateToMarket", *args) == ("SystemAccount", (BACKSTOP,))
    parameters = BackstopParameters(3_600, WAD // 4, WAD * 2 // 3, 0, 0)
    desk.do("admin", "setBackstopParameters", parameters.fields())
    desk.do("admin", "setBackstopCapacity", 0, 10_000 * WAD)
    desk.do("c", "depositBackstop", 200 * DOLLAR)
    desk.do("k", "liquidateToBackstop", who("a"), 0, UNLIMITED)
    desk.price(1_700 * WAD)
    desk.do("matcher", "liquidateToMarket", BACKSTOP, 0, WAD, 1_700 * WAD, who("c"))
    assert desk.ledger.positions.read(BACKSTOP, 0).size == 0
    assert_conserved(desk)


def test_orders_are_released_and_filled() -> None:
    """All of the account's; of the maker's bids what was bought, at what was paid."""
    desk = leveraged()
    # a's margin has no room for orders of its own but at a size that its position covers
    desk.do("matcher", "setOrders", who("a"), 0, 0, 0, wad("0.5"), 1_100 * WAD)
    desk.do("matcher", "setOrders", who("c"), 0, 3 * WAD, 5_640 * WAD, WAD, 2_100 * WAD)
    desk.price(1_880 * WAD)
    desk.do("matcher", "liquidateToMarket", *filling("1880"))
    assert desk.ledger.orders.read(who("a"), 0).fields() == (0, 0, 0, 0)
    left = (2 * WAD, 3_760 * WAD, WAD, 2_100 * WAD)
    assert desk.ledger.orders.read(who("c"), 0).fields() == left
    assert desk.ledger.accounts.read(who("c")).ordered_markets == 1


def test_a_fill_moves_neither_mark_nor_funding() -> None:
    """No sample is taken of its price, and the funding rate stays."""
    desk = leveraged()
    desk.price(1_880 * WAD)
    before = desk.ledger.markets.read(0)
    desk.do("matcher", "liquidateToMarket", *filling("1862"))
    after = desk.ledger.markets.read(0)
    for name in ("sampled_at", "sample_notional", "sample_sum", "basis", "funding_rate"):
        assert getattr(after, name) == getattr(before, name), name
    assert desk.number("markPrice", 0) == 1_880 * WAD


def test_prices_must_be_fresh_enough_for_trading() -> None:
    """The counterparty's order was for a fresh market; a keeper may still take over."""
    desk = leveraged()
    desk.price(1_880 * WAD)
    desk.now += MAX_AGE + 1
    assert desk.refused("matcher", "liquidateToMarket", *filling("1880"))[0] == "StalePrice"
    desk.do("c", "liquidate", who("a"), 0, UNLIMITED)


def test_limits_of_large_accounts_hold_for_fills() -> None:
    """Two of ten in a window, whoever takes them; then the account cools down for both routes."""
    desk = open_desk(setup())
    desk.price(2_000 * WAD)
    for label, amount in (("a", 2_500), ("b", 500_000), ("c", 500_000)):
        desk.deposit(label, amount)
    desk.trade("a", "b", 0, "10", "2000")
    limits = LiquidationParameters(False, WAD // 5, 0, 30, 0, 10_000 * WAD)
    desk.do("admin", "setLiquidationParameters", limits.fields())
    desk.price(1_790 * WAD)
    found = desk.refused("matcher", "liquidateToMarket", *filling("1790", "2.001"))
    assert found == ("InvalidSize", (wad("2.001"),))
    desk.do("matcher", "liquidateToMarket", *filling("1790", "1.5"))
    desk.do("c", "liquidate", who("a"), 0, wad("0.5"))
    error, _ = desk.refused("matcher", "liquidateToMarket", *filling("1790", "0.5"))
    assert error == "CoolingDown"
    assert_conserved(desk)


def test_the_order_of_markets_holds_for_fills() -> None:
    """Where the steeper market is first, a fill in the other is refused."""
    steep: tuple[tuple[int, int, int], ...] = ((0, wad("0.2"), wad("0.1")),)
    desk = open_desk(setup(), setup(steep))
    desk.price(2_000 * WAD, 2_000 * WAD)
    for label, amount in (("a", 7_000), ("b", 500_000), ("c", 500_000)):
        desk.deposit(label, amount)
    for market_id in (0, 1):
        desk.trade("a", "b", market_id, "10", "2000")
    desk.do("admin", "setLiquidationParameters", LiquidationParameters(ordered=True).fields())
    desk.price(1_780 * WAD, 1_780 * WAD)
    found = desk.refused("matcher", "liquidateToMarket", *filling("1780"))
    assert found == ("NotFirstMarket", (who("a"), 1))
    args = who("a"), 1, WAD, 1_780 * WAD, who("c")
    desk.do("matcher", "liquidateToMarket", *args)


@pytest.mark.parametrize(("rate", "ok"), [(10**17, True), (10**17 + 1, False), (2**64, False)])
def test_the_limit_has_a_bound(rate: int, ok: bool) -> None:
    """A tenth of the mark; only the administrator sets it."""
    desk = open_desk()
    assert desk.refused("c", "setMarketLimitRate", rate)[0].startswith("AccessControl")
    if ok:
        desk.do("admin", "setMarketLimitRate", rate)
        assert desk.number("marketLimitRate") == rate
        return
    error = desk.refused("admin", "setMarketLimitRate", rate)
    assert error == ("InvalidParameter", (b"marketLimitRate".ljust(32, b"\0"),))


@given(st.integers(176_000, 188_900), st.integers(-4_000, 4_000), st.booleans())
def test_no_account_loses_more_than_fee_or_cost(mark: int, beside: int, long: bool) -> None:
    """Equity falls by at most the larger of a keeper's fee and the cost, and not below nothing."""
    desk = leveraged(long=long)
    cents = mark if long else 400_000 - mark
    desk.price(cents * WAD // 100)
    before = desk.standing("a")
    price = (cents + beside) * WAD // 100
    outcome = desk.call(
        who("matcher"), "house", "liquidateToMarket", who("a"), 0, WAD, price, who("c")
    )
    worse = max(-beside if long else beside, 0) * WAD // 100
    if not outcome.ok:
        assert outcome.error == "PriceBeyondLimit"
        assert worse * 100 > cents * WAD // 100 or worse * WEI > before.equity
        return
    full = min(-(-cents * WAD // 100 // 200), max(before.equity // WEI, 0))
    cost, fee = said(desk, "MarketFilled")[5], said(desk, "Liquidated")[5]
    assert cost == worse
    assert fee == max(full - worse, 0)
    kept = desk.standing("a").equity
    assert kept >= before.equity + 10 * WAD * WEI - max(full, worse) * WEI
    assert kept >= 0
    assert_conserved(desk)
