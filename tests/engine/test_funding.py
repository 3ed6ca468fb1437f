"""Funding: from the premium of trades, by the second, zero-sum."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import Desk, Setup, assert_conserved, open_desk, setup, wad, who
from weiproof.engine.fixed_point import WAD

DEEP = setup(premium_depth=1_000 * WAD, maximum_funding_rate=10**12, impact_max_age=86_400)
"""A market in which a trade of 1 near 2,000 counts for the basis."""


def premium_desk(price: str = "2010", market: Setup = DEEP) -> Desk:
    """Account a is long 1 against b, with the mark at a premium to the index of 2,000."""
    desk = open_desk(market)
    desk.price(2_000 * WAD)
    for label in "abcde":
        desk.deposit(label, 10_000)
    desk.trade("d", "e", 0, "1", price)
    desk.do("matcher", "reportImpact", 0, wad(price), wad(price))
    desk.now += 1
    desk.trade("a", "b", 0, "1", price)
    return desk


def test_the_premium_of_the_mark_sets_the_rate() -> None:
    """10 over 2,000 is 0.5 %; over eight hours that is the rate a second, truncated."""
    desk = premium_desk()
    record = desk.ledger.markets.read(0)
    assert desk.number("markPrice", 0) == 2_010 * WAD
    assert record.funding_rate == wad("0.005") // 28_800
    assert record.funding_price == 2_000 * WAD
    assert "FundingRateChanged" in desk.names()


def test_trades_alone_do_not_fund() -> None:
    """Without an impact price the mark is the index, and nobody pays."""
    desk = open_desk(DEEP)
    desk.price(2_000 * WAD)
    for label in "ab":
        desk.deposit(label, 10_000)
    for _ in range(3):
        desk.trade("a", "b", 0, "1", "2020")
        desk.now += 60
    assert desk.ledger.markets.read(0).funding_rate == 0
    assert desk.number("markPrice", 0) == desk.number("indexPrice", 0) == 2_000 * WAD


def test_the_rate_is_clamped_on_both_sides() -> None:
    """The premium may go beyond, the rate may not."""
    narrow = setup(premium_depth=1_000 * WAD, maximum_funding_rate=10**9, impact_max_age=60)
    for price, expected in (("2100", 10**9), ("1900", -(10**9))):
        record = premium_desk(price, narrow).ledger.markets.read(0)
        assert record.funding_rate == expected


def test_negative_rates_truncate_toward_zero() -> None:
    """The rate of a discount mirrors that of the same premium, digit by digit."""
    above, below = premium_desk("2010"), premium_desk("1990")
    assert below.ledger.markets.read(0).funding_rate == -above.ledger.markets.read(0).funding_rate


@given(st.integers(1, 3_000), st.lists(st.integers(1, 100), max_size=3))
def test_what_one_side_pays_the_other_receives(seconds: int, pauses: list[int]) -> None:
    """Longs pay rate x price x time x size exactly, shorts receive it, booked once or often."""
    desk = premium_desk()
    rate = desk.ledger.markets.read(0).funding_rate
    before = desk.standing("a").equity, desk.standing("b").equity
    for pause in pauses:
        desk.now += pause
        desk.do("k", "settle", who("a"))
    desk.now += seconds
    exact = rate * 2_000 * WAD * (seconds + sum(pauses)) * WAD
    assert desk.standing("a").equity == before[0] - exact
    assert desk.standing("b").equity == before[1] + exact
    assert_conserved(desk)


def test_the_rate_acts_from_the_trade_on() -> None:
    """The interval before a trade is charged at the old rate, not at the one it makes."""
    desk = premium_desk()
    old = desk.ledger.markets.read(0)
    desk.do("matcher", "reportImpact", 0, 1_990 * WAD, 1_990 * WAD)
    desk.now += 1_000
    desk.trade("c", "b", 0, "1", "1900")
    new = desk.ledger.markets.read(0)
    assert new.funding_index == old.funding_index + old.funding_rate * 2_000 * WAD * 1_000
    assert new.funding_rate != old.funding_rate


def test_the_price_acts_from_its_accrual_on() -> None:
    """Accrual charges the elapsed time at the old index price, then keeps the new one."""
    desk = premium_desk()
    rate = desk.ledger.markets.read(0).funding_rate
    desk.now += 10
    desk.price(1_000 * WAD)
    desk.do("k", "accrueFunding", 0)
    assert desk.names() == ["FundingAccrued", "FundingPriceChanged"]
    assert desk.ledger.markets.read(0).funding_index == rate * 2_000 * WAD * 10
    desk.now += 10
    desk.do("k", "accrueFunding", 0)
    assert desk.names() == ["FundingAccrued"]
    assert desk.ledger.markets.read(0).funding_index == rate * 3_000 * WAD * 10


def test_a_stale_price_does_not_stop_accrual() -> None:
    """A day after the last round funding runs on, at the price that was last known."""
    desk = premium_desk()
    rate = desk.ledger.markets.read(0).funding_rate
    desk.now += 86_400
    desk.do("k", "accrueFunding", 0)
    assert desk.names() == ["FundingAccrued"]
    assert desk.ledger.markets.read(0).funding_index == rate * 2_000 * WAD * 86_400


def test_accrual_is_once_a_block() -> None:
    """The second call in a block says and changes nothing."""
    desk = premium_desk()
    desk.now += 5
    desk.do("k", "accrueFunding", 0)
    digest = desk.model.digest()
    desk.do("k", "accrueFunding", 0)
    assert (desk.names(), desk.model.digest()) == ([], digest)


def test_a_paused_market_is_frozen() -> None:
    """Time in a pause counts nothing, before and after it everything; accruing it is refused."""
    desk = premium_desk()
    rate = desk.ledger.markets.read(0).funding_rate
    desk.now += 100
    desk.do("admin", "setMarketPaused", 0, True)
    desk.now += 1_000
    assert desk.refused("k", "accrueFunding", 0) == ("MarketIsPaused", (0,))
    frozen = desk.standing("a").equity
    desk.now += 1_000
    assert desk.standing("a").equity == frozen
    desk.do("admin", "setMarketPaused", 0, False)
    desk.now += 7
    desk.do("k", "accrueFunding", 0)
    assert desk.ledger.markets.read(0).funding_index == rate * 2_000 * WAD * 107
    assert_conserved(desk)


def test_a_paused_system_is_frozen() -> None:
    """The same, for all markets at once, also where a market's own pause ends meanwhile."""
    desk = premium_desk()
    rate = desk.ledger.markets.read(0).funding_rate
    desk.do("admin", "setMarketPaused", 0, True)
    desk.now += 50
    desk.do("admin", "setPaused", True)
    desk.now += 50
    desk.do("admin", "setMarketPaused", 0, False)
    desk.now += 50
    desk.do("admin", "setPaused", False)
    desk.now += 3
    desk.do("k", "accrueFunding", 0)
    assert desk.ledger.markets.read(0).funding_index == rate * 2_000 * WAD * 3


def test_changed_parameters_leave_the_past_alone() -> None:
    """What has accrued before the change stays; the rate itself changes with the next trade."""
    desk = premium_desk()
    rate = desk.ledger.markets.read(0).funding_rate
    desk.now += 60
    settings = desk.ledger.settings.read(0)
    slower = replace(settings.parameters, maximum_funding_rate=1)
    rows = tuple(tier.fields() for tier in settings.tiers)
    desk.do("admin", "setMarketParameters", 0, slower.fields(), rows)
    assert desk.ledger.markets.read(0).funding_index == rate * 2_000 * WAD * 60
    assert desk.ledger.markets.read(0).funding_rate == rate


def test_closed_positions_accrue_nothing() -> None:
    """After closing, time does not move equity."""
    desk = premium_desk()
    desk.trade("b", "a", 0, "1", "2000")
    before = desk.standing("a").equity
    desk.now += 1_000
    assert desk.standing("a").equity == before
