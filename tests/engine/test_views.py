"""Liquidation prices: exact, in several tiers and markets, long and short, with funding pending."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import Desk, Setup, open_desk, wad, who
from tests.engine.strategies import market_setups
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.parameters import MAX_PRICE

sizes = st.integers(-(10**6), 10**6).filter(bool).map(lambda n: n * WAD // 100)
prices = st.integers(1, 10**7).map(lambda n: n * WAD // 100)
skews = st.integers(-(10**3), 10**3)


def quote_for(size: int, mark: int, percent: int) -> int:
    """The quote of a position opened `percent` thousandths off the mark, and a fraction."""
    return -size * mark * WAD * (1_000 + percent) // 1_000 + percent


def liquidatable_at(desk: Desk, price: int) -> bool:
    """The published test of account a in market 0."""
    (answer,) = desk.view("isLiquidatableAt", who("a"), 0, price)
    assert isinstance(answer, bool)
    return answer


def assert_exact(desk: Desk, size: int) -> None:
    """At the price liquidatable, a unit nearer to safety not; no price where there is none."""
    exists, price = desk.view("liquidationPrice", who("a"), 0)
    assert isinstance(price, int)
    if not exists:
        assert price == 0
        assert not liquidatable_at(desk, 1)
        assert not liquidatable_at(desk, MAX_PRICE)
        return
    assert 1 <= price <= MAX_PRICE
    assert liquidatable_at(desk, price)
    safer = price + 1 if size > 0 else price - 1
    if 1 <= safer <= MAX_PRICE:
        assert not liquidatable_at(desk, safer)


@given(market_setups(), sizes, prices, skews, st.integers(0, 10**27))
def test_one_market(market: Setup, size: int, mark: int, skew: int, cash: int) -> None:
    """The price is exact over all tiers, for longs and shorts, rich and bankrupt."""
    desk = open_desk(market)
    desk.price(mark)
    desk.place("a", cash, {0: (size, quote_for(size, mark, skew))})
    assert_exact(desk, size)


@given(market_setups(), market_setups(), sizes, sizes, prices, prices, st.integers(0, 10**25))
def test_two_markets_with_funding_pending(
    first: Setup, second: Setup, size: int, other: int, mark: int, far: int, cash: int
) -> None:
    """The other position and accrued funding stand; only this market's mark varies."""
    desk = open_desk(first, second)
    desk.price(mark, far)
    desk.place(
        "a", cash, {0: (size, quote_for(size, mark, 3)), 1: (other, quote_for(other, far, -7))}
    )
    for market_id in (0, 1):
        record = desk.ledger.markets.edit(market_id)
        record.funding_rate, record.funding_price = 10**11 - market_id, mark + 1
    desk.model.world.store.commit()
    desk.now += 3_599
    assert_exact(desk, size)


@given(sizes, prices, st.integers(-(10**22), 10**24))
def test_the_flag_agrees_with_the_price(size: int, mark: int, equity: int) -> None:
    """`isLiquidatable` now says what `isLiquidatableAt` says of the present mark."""
    desk = open_desk()
    desk.price(mark)
    desk.place("a", equity, {0: (size, -size * mark * WAD)})
    assert desk.view("isLiquidatable", who("a")) == (liquidatable_at(desk, mark),)
    exists, price = desk.view("liquidationPrice", who("a"), 0)
    assert isinstance(price, int)
    reached = bool(exists) and (mark <= price if size > 0 else mark >= price)
    assert reached == liquidatable_at(desk, mark)


def test_a_known_price() -> None:
    """A long of 1 at 2,000 with 200 dollars: 200 - (2000 - p) < 5.5 % of p below 1800 / 0.945."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    desk.place("a", 200 * WAD, {0: (WAD, -2_000 * WAD * WEI)})
    exact = 1_800 * WAD * 1_000 // 945
    assert desk.view("liquidationPrice", who("a"), 0) == (True, exact)


def test_a_long_that_is_paid_in_full_has_no_price() -> None:
    """With all of the notional in cash nothing above zero is a liquidation price."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    desk.place("a", 2_000 * WAD, {0: (WAD, -2_000 * WAD * WEI)})
    assert desk.view("liquidationPrice", who("a"), 0) == (False, 0)


def test_a_short_beyond_the_highest_price_has_no_price() -> None:
    """A tiny short with much cash is safe at every price that a feed may answer."""
    desk = open_desk()
    desk.price(WAD)
    desk.place("a", 10**32, {0: (-WAD // 1_000, WAD // 1_000 * WEI)})
    assert desk.view("liquidationPrice", who("a"), 0) == (False, 0)


def test_bankrupt_at_every_price() -> None:
    """Where no price saves it, the nearest to safety is the end of the range."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    desk.place("a", 0, {0: (WAD, -(10**50) * WEI)})
    assert desk.view("liquidationPrice", who("a"), 0) == (True, MAX_PRICE)
    desk.place("a", 0, {0: (-WAD, -(10**20) * WEI)})
    assert desk.view("liquidationPrice", who("a"), 0) == (True, 1)


def test_no_position_no_price_no_size() -> None:
    """An account without a position in the market has neither."""
    desk = open_desk()
    assert desk.view("liquidationPrice", who("a"), 0) == (False, 0)
    assert desk.number("liquidationSize", who("a"), 0) == 0


def test_views_know_the_markets_and_the_range_of_prices() -> None:
    """An unknown market and a price outside 1 .. 1e27 are refused by name."""
    desk = open_desk()
    for function in ("liquidationPrice", "liquidationSize"):
        assert desk.refused("a", function, who("a"), 1) == ("UnknownMarket", (1,))
    assert desk.refused("a", "markPrice", 7) == ("UnknownMarket", (7,))
    for price in (0, MAX_PRICE + 1):
        found = desk.refused("a", "isLiquidatableAt", who("a"), 0, price)
        assert found == ("InvalidPrice", (price,))
    assert not liquidatable_at(desk, MAX_PRICE)


def test_figures_for_trading_need_a_fresher_price() -> None:
    """Between the two age limits the account's equity is known, its free collateral is not."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    desk.place("a", 200 * WAD, {0: (WAD, -2_000 * WAD * WEI)})
    desk.now += 3_601
    assert desk.number("equity", who("a")) == 200 * WAD
    for function in ("freeCollateral", "withdrawable", "initialMargin"):
        assert desk.refused("a", function, who("a"))[0] == "StalePrice"
    desk.now += 3_600
    assert desk.refused("a", "equity", who("a"))[0] == "StalePrice"


def test_the_margin_ratio_is_rounded_down() -> None:
    """Equity 1 over a requirement of 110 is the floor of 1 / 110."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    desk.place("a", WAD, {0: (WAD, -2_000 * WAD * WEI)})
    assert desk.number("healthFactor", who("a")) == WAD // 110
    desk.place("a", -WAD, {0: (WAD, -2_000 * WAD * WEI)})
    assert desk.number("healthFactor", who("a")) == -(-WAD // -110) - 1
    assert wad("-0.5") == -WAD // 2
