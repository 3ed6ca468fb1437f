"""The mark: median of three, inside its band, in effect from the next timestamp."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine import mark
from weiproof.engine.call import bytes32
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_PRICE

from .desk import TIERS, Desk, open_desk, setup, wad, who

INDEX = 2_000 * WAD


def mark_desk(**changes: int) -> Desk:
    """A market at 2,000 in which a trade of 1 counts for the basis."""
    desk = open_desk(
        setup(TIERS, **{"premium_depth": 1_000 * WAD, "impact_max_age": 60, **changes})
    )
    desk.price(INDEX)
    for label in "abcd":
        desk.deposit(label, 100_000)
    return desk


def report(desk: Desk, price: str) -> None:
    """The depth's middle is at this price."""
    desk.do("matcher", "reportImpact", 0, wad(price), wad(price))


def put_basis(desk: Desk, price: str, size: str = "1") -> None:
    """A trade at this price, and the next timestamp."""
    desk.trade("a", "b", 0, size, price)
    desk.now += 1


def marked(desk: Desk) -> int:
    """The market's mark."""
    return desk.number("markPrice", 0)


def basis_of(desk: Desk) -> int:
    """The basis in effect now."""
    desk.model.world.now = desk.now
    return mark.current_basis(desk.ledger, 0)


@pytest.mark.parametrize(
    ("traded", "impact", "expected"),
    [
        ("2010", "2030", "2010"),
        ("2030", "2010", "2010"),
        ("2010", "1990", "2000"),
        ("1990", "2010", "2000"),
        ("1990", "1970", "1990"),
        ("1970", "1990", "1990"),
        ("2000", "2100", "2000"),
    ],
)
def test_the_mark_is_the_middle_of_three(traded: str, impact: str, expected: str) -> None:
    """Index, index with basis and impact price: whatever the order, the middle one."""
    desk = mark_desk()
    put_basis(desk, traded)
    report(desk, impact)
    desk.now += 1
    assert marked(desk) == wad(expected)


def test_a_crash_of_trades_alone_does_not_move_the_mark() -> None:
    """However far trades go inside their band, without depth that follows the mark is the index."""
    desk = mark_desk()
    for price in ("1900", "1850", "1800"):
        put_basis(desk, price)
    assert marked(desk) == INDEX
    report(desk, "2001")
    desk.now += 1
    assert marked(desk) == INDEX


def test_a_crash_of_depth_alone_does_not_move_the_mark() -> None:
    """An impact price of next to nothing, and the mark is the index."""
    desk = mark_desk()
    desk.do("matcher", "reportImpact", 0, 1, 1)
    desk.now += 1
    assert marked(desk) == INDEX


def test_both_together_move_it_to_the_band_at_most() -> None:
    """5 % from the index on either side is the end."""
    for price, edge in (("1800", "1900"), ("2200", "2100")):
        desk = mark_desk()
        put_basis(desk, price)
        report(desk, price)
        desk.now += 1
        assert marked(desk) == wad(edge)


def test_nothing_counts_in_its_own_timestamp() -> None:
    """A trade or a report at t moves the mark from t + 1 on."""
    desk = mark_desk()
    put_basis(desk, "2010")
    report(desk, "2010")
    assert marked(desk) == INDEX
    desk.now += 1
    assert marked(desk) == 2_010 * WAD
    desk.trade("a", "b", 0, "1", "2100")
    report(desk, "2100")
    assert marked(desk) == 2_010 * WAD
    report(desk, "1990")
    desk.now += 1
    assert marked(desk) == INDEX


def test_a_sample_weighs_by_volume() -> None:
    """All trades of one timestamp make one sample, each by its notional."""
    desk = mark_desk()
    desk.trade("a", "b", 0, "3", "2010")
    put_basis(desk, "2020")
    record = desk.ledger.markets.read(0)
    expected = (3 * 2_010 * wad("0.005") + 2_020 * wad("0.01")) // (3 * 2_010 + 2_020)
    assert basis_of(desk) == expected
    assert record.basis == 0
    desk.trade("a", "b", 0, "1", "2000")
    assert desk.ledger.markets.read(0).basis == expected


def test_a_sample_weighs_by_time() -> None:
    """After a quarter of the period it moves the basis a quarter of the way."""
    desk = mark_desk()
    put_basis(desk, "2010")
    put_basis(desk, "2010")
    desk.now += 899
    put_basis(desk, "1990")
    assert basis_of(desk) == wad("0.0025")
    desk.now += 10**6
    desk.price(INDEX)
    put_basis(desk, "1990")
    assert basis_of(desk) == -wad("0.005")


def test_small_timestamps_do_not_count() -> None:
    """Below the least notional a sample is dropped; at it, it counts."""
    for size, expected in (("0.497", 0), ("0.498", wad("0.005"))):
        desk = mark_desk()
        put_basis(desk, "2010", size)
        assert basis_of(desk) == expected


def test_samples_are_limited_to_the_band() -> None:
    """A trade far from the index counts as one at the edge of the mark's band."""
    desk = mark_desk()
    put_basis(desk, "2200")
    assert basis_of(desk) == wad("0.05")
    desk = mark_desk()
    put_basis(desk, "1800")
    assert basis_of(desk) == -wad("0.05")


def test_a_report_counts_up_to_its_age() -> None:
    """At the limit it counts, a second later it does not."""
    desk = mark_desk()
    put_basis(desk, "2010")
    report(desk, "2010")
    desk.now += 60
    assert marked(desk) == 2_010 * WAD
    desk.now += 1
    assert marked(desk) == INDEX


def test_a_new_report_keeps_the_old_one_for_its_own_timestamp() -> None:
    """Two reports in a timestamp: the second is kept, and the one before both is in effect."""
    desk = mark_desk()
    put_basis(desk, "2040")
    for price in ("2010", "2020"):
        report(desk, price)
    desk.now += 1
    assert marked(desk) == 2_020 * WAD
    report(desk, "2030")
    assert marked(desk) == 2_020 * WAD


@pytest.mark.parametrize(
    ("bid", "ask", "wrong"),
    [(0, 1, 0), (2, 1, 1), (MAX_PRICE + 1, MAX_PRICE + 1, MAX_PRICE + 1), (1, MAX_PRICE + 1, None)],
)
def test_reports_are_checked(bid: int, ask: int, wrong: int | None) -> None:
    """Bid and ask lie within bounds, the bid not above the ask."""
    desk = mark_desk()
    refused = desk.refused("matcher", "reportImpact", 0, bid, ask)
    assert refused == ("InvalidPrice", (ask if wrong is None else wrong,))
    assert desk.refused("matcher", "reportImpact", 1, 1, 1) == ("UnknownMarket", (1,))
    assert desk.refused("a", "reportImpact", 0, 1, 1)[0] == "AccessControlUnauthorizedAccount"
    desk.do("matcher", "reportImpact", 0, MAX_PRICE, MAX_PRICE)


def test_margin_goes_by_the_mark_and_the_trade_band_by_the_index() -> None:
    """Profit counts at the mark; a trade may be 10 % from the index, whatever the mark."""
    desk = mark_desk(trade_fee_rate=0)
    put_basis(desk, "2100")
    report(desk, "2100")
    desk.now += 1
    assert marked(desk) == 2_100 * WAD
    assert desk.standing("a").equity - desk.standing("b").equity == 0
    refused = desk.refused("matcher", "settleTrade", *desk.trade_args("a", "b", 0, "1", "2200.01"))
    assert refused == ("PriceOutsideBand", (wad("2200.01"), INDEX))
    desk.trade("a", "b", 0, "1", "1800")
    desk.model.world.now = desk.now
    assert desk.standing("a").equity > desk.standing("b").equity


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"mark_band_rate": wad("0.5") + 1}, "markBandRate"),
        ({"basis_period": 0}, "basisPeriod"),
        ({"basis_period": 365 * 86_400 + 1}, "basisPeriod"),
        ({"impact_max_age": 365 * 86_400 + 1}, "impactMaxAge"),
    ],
)
def test_parameters_of_the_mark_have_bounds(changes: dict[str, int], name: str) -> None:
    """One beyond a bound is refused by name."""
    desk = mark_desk()
    market = setup(TIERS, **changes)
    parameters = market.parameters.fields()
    price_id = desk.ledger.market_parameters(0).price_id
    refused = desk.refused("admin", "addMarket", (price_id, *parameters[1:]), market.tiers)
    assert refused == ("InvalidParameter", (bytes32(name),))


@given(st.integers(1, 10**27), st.integers(1, 10**27), st.integers(1, 10**27))
def test_the_median_is_the_middle_of_the_sorted(a: int, b: int, c: int) -> None:
    """Any three prices, in any order."""
    assert mark.median_of(a, b, c) == sorted((a, b, c))[1]


@given(
    index=st.integers(1, MAX_PRICE),
    basis=st.integers(-(WAD // 2), WAD // 2),
    impact=st.integers(0, MAX_PRICE),
    band=st.integers(0, WAD // 2),
)
def test_the_mark_stays_in_its_band(index: int, basis: int, impact: int, band: int) -> None:
    """Whatever basis and impact are, the mark is a price at most the band away from the index."""
    desk = open_desk(setup(mark_band_rate=band, premium_depth=WAD))
    record = desk.ledger.markets.edit(0)
    record.basis, record.impact_price, record.impact_at = basis, impact, desk.now
    found = mark.mark_at(desk.ledger, 0, index)
    assert abs(found - index) * WAD <= index * band
    assert 1 <= found <= MAX_PRICE


def test_liquidations_go_by_the_mark() -> None:
    """Where mark and index differ, the mark decides who is below maintenance."""
    thin = ((0, wad("0.06"), wad("0.05")),)
    desk = open_desk(setup(thin, premium_depth=1_000 * WAD, basis_period=3_600))
    desk.price(INDEX)
    for label in "abcd":
        desk.deposit(label, 13_000)
    desk.trade("c", "d", 0, "100", "2000")
    desk.now += 3_600
    desk.price(INDEX)
    put_basis(desk, "1800")
    report(desk, "1800")
    assert desk.view("isLiquidatable", who("c")) == (False,)
    desk.now += 1
    assert marked(desk) == 1_900 * WAD
    assert desk.view("isLiquidatable", who("c")) == (True,)
