"""Ramps: no change makes a healthy account liquidatable in its own block."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine import ramp
from weiproof.engine.call import bytes32
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MarketRisk, SystemRisk

from .desk import TIERS, Desk, Rates, open_desk, setup, wad, who

if TYPE_CHECKING:
    from weiproof.engine.call import Value

DAY = 86_400
HIGHER: tuple[Rates, ...] = ((0, wad("0.3"), wad("0.2")),)


def held_desk(markets: int = 1) -> Desk:
    """Account a is long 10 at 2,000 against b, with 3,000 dollars, in the first market."""
    desk = open_desk(*[setup()] * markets)
    desk.price(*[2_000 * WAD] * markets)
    desk.deposit("a", 3_000)
    desk.deposit("b", 100_000)
    desk.trade("a", "b", 0, "10", "2000")
    return desk


def change(desk: Desk, tiers: tuple[Rates, ...] = TIERS, **changes: int) -> None:
    """Sets the first market's parameters and tiers."""
    parameters = replace(desk.ledger.market_parameters(0), **changes)  # type: ignore[arg-type]  # all are integers
    desk.do("admin", "setMarketParameters", 0, parameters.fields(), tiers)


def wait(desk: Desk, seconds: int) -> None:
    """Time passes, and the price is reported again."""
    desk.now += seconds
    desk.price(*[2_000 * WAD] * desk.ledger.market_count)


def test_a_higher_requirement_comes_in_a_line() -> None:
    """Maintenance margin is 5 % at first, half way to 20 % after half a day, and then there."""
    desk = held_desk()
    change(desk, HIGHER)
    assert desk.view("maintenanceMargin", who("a"))[0] == 1_000 * WAD
    assert desk.view("isLiquidatable", who("a")) == (False,)
    wait(desk, DAY // 2)
    assert desk.view("maintenanceMargin", who("a"))[0] == 2_500 * WAD
    wait(desk, DAY // 2)
    assert desk.view("maintenanceMargin", who("a"))[0] == 4_000 * WAD
    assert desk.view("isLiquidatable", who("a")) == (True,)


def test_initial_margin_rises_at_once() -> None:
    """What is set holds for new risk in the same block."""
    desk = held_desk()
    change(desk, HIGHER)
    assert desk.number("initialMargin", who("a")) == 6_000 * WAD


def test_initial_margin_falls_no_faster_than_maintenance_margin() -> None:
    """On the way down it keeps its proportion to maintenance margin, up to the notional."""
    desk = open_desk(setup(HIGHER))
    desk.price(2_000 * WAD)
    desk.deposit("a", 10_000)
    desk.deposit("b", 100_000)
    desk.trade("a", "b", 0, "10", "2000")
    change(desk, ((0, wad("0.12"), wad("0.1")),))
    assert desk.view("maintenanceMargin", who("a"))[0] == 4_000 * WAD
    assert desk.number("initialMargin", who("a")) == 4_800 * WAD
    wait(desk, DAY // 2)
    assert desk.view("maintenanceMargin", who("a"))[0] == 3_000 * WAD
    assert desk.number("initialMargin", who("a")) == 3_600 * WAD
    wait(desk, DAY)
    assert desk.number("initialMargin", who("a")) == 2_400 * WAD


def test_a_change_waits_for_the_one_before() -> None:
    """In the last second of a ramp a change is refused, after it it is taken."""
    desk = held_desk()
    change(desk, HIGHER)
    until = desk.now + DAY
    parameters = desk.ledger.market_parameters(0).fields()
    wait(desk, DAY - 1)
    refused = desk.refused("admin", "setMarketParameters", 0, parameters, TIERS)
    assert refused == ("RampInProgress", (0, until))
    refused = desk.refused("admin", "setMarketRisk", 0, MarketRisk().fields())
    assert refused == ("RampInProgress", (0, until))
    wait(desk, 1)
    change(desk, TIERS)
    assert desk.names()[-2:] == ["RampStarted", "MarketParametersChanged"]


def test_what_margin_does_not_need_changes_at_once() -> None:
    """Fees and funding change during a ramp, and start none."""
    desk = held_desk()
    change(desk, trade_fee_rate=0, funding_period=60)
    assert "RampStarted" not in desk.names()
    change(desk, HIGHER)
    change(desk, HIGHER, trade_fee_rate=1)
    assert desk.ledger.market_parameters(0).trade_fee_rate == 1


def test_without_positions_a_change_is_in_force_at_once() -> None:
    """Nobody can be hurt in an empty market, whose running ramp ends, too."""
    desk = held_desk()
    change(desk, HIGHER)
    desk.trade("b", "a", 0, "10", "2000")
    change(desk, ((0, wad("0.5"), wad("0.4")),))
    assert not ramp.is_ramping(desk.ledger, 0)
    desk.deposit("a", 20_000)
    desk.trade("a", "b", 0, "10", "2000")
    assert desk.view("maintenanceMargin", who("a"))[0] == 8_000 * WAD


def test_a_higher_liquidation_fee_comes_in_a_line() -> None:
    """The fee that the test counts is the fee that is charged."""
    desk = held_desk()
    change(desk, liquidation_fee_rate=wad("0.01"))
    assert desk.view("maintenanceMargin", who("a"))[1] == 100 * WAD
    wait(desk, DAY // 4)
    assert desk.view("maintenanceMargin", who("a"))[1] == 125 * WAD
    assert ramp.liquidation_fee_rate(desk.ledger, 0) == wad("0.00625")


def test_an_add_on_comes_in_a_line() -> None:
    """A half-spread of 10 % of 20,000 is 2,000 after a day."""
    desk = held_desk()
    risk = MarketRisk(half_spread_rate=wad("0.1"), add_on_cap_rate=wad("0.1"))
    desk.do("admin", "setMarketRisk", 0, risk.fields())
    assert desk.view("maintenanceMargin", who("a"))[0] == 1_000 * WAD
    wait(desk, DAY // 2)
    assert desk.view("maintenanceMargin", who("a"))[0] == 2_000 * WAD
    wait(desk, DAY // 2)
    assert desk.view("maintenanceMargin", who("a"))[0] == 3_000 * WAD


def test_the_band_of_the_mark_widens_in_a_line() -> None:
    """A mark that its band holds back does not jump when the band is widened."""
    desk = held_desk()
    desk.do("matcher", "reportImpact", 0, WAD, WAD)
    record = desk.ledger.markets.edit(0)
    record.basis = -wad("0.4")
    desk.model.world.store.commit()
    change(desk, mark_band_rate=wad("0.25"), impact_max_age=7 * DAY)
    desk.now += 1
    assert desk.number("markPrice", 0) > wad("1899.9")
    wait(desk, 59)
    assert desk.number("markPrice", 0) < wad("1900")


def test_offsets_come_and_go_in_a_line() -> None:
    """What opposite positions forgive each other is taken away over the hour, not at once."""
    desk = open_desk(setup(), setup())
    desk.price(2_000 * WAD, 2_000 * WAD)
    desk.do("admin", "setOffset", 0, 1, wad("0.5"))
    assert desk.names() == ["OffsetChanged"]
    for label in "abc":
        desk.deposit(label, 100_000)
    desk.trade("a", "b", 0, "10", "2000")
    desk.trade("c", "a", 1, "10", "2000")
    assert desk.view("maintenanceMargin", who("a"))[0] == 1_500 * WAD
    desk.do("admin", "setOffset", 0, 1, 0)
    assert desk.names() == ["OffsetRampStarted", "OffsetChanged"]
    assert desk.view("maintenanceMargin", who("a"))[0] == 1_500 * WAD
    desk.now += 1_800
    assert desk.view("maintenanceMargin", who("a"))[0] == 1_750 * WAD
    refused = desk.refused("admin", "setOffset", 1, 0, wad("0.1"))
    assert refused == ("OffsetRampInProgress", (desk.now + 1_800,))
    floor = SystemRisk(offset_floor=WAD).fields()
    assert desk.refused("admin", "setSystemRisk", floor)[0] == "OffsetRampInProgress"
    desk.now += 1_800
    assert desk.view("maintenanceMargin", who("a"))[0] == 2_000 * WAD


def test_a_floor_that_nobody_stands_on_changes_at_once() -> None:
    """Without a position in a market with an offset the floor does not ramp; with one it does."""
    desk = open_desk(setup(), setup(), setup())
    desk.price(2_000 * WAD, 2_000 * WAD, 2_000 * WAD)
    desk.do("admin", "setOffset", 0, 1, wad("0.5"))
    for label in "ab":
        desk.deposit(label, 100_000)
    desk.trade("a", "b", 2, "10", "2000")
    desk.do("admin", "setSystemRisk", SystemRisk(offset_floor=wad("0.5")).fields())
    assert desk.names() == ["SystemRiskChanged"]
    desk.trade("a", "b", 1, "10", "2000")
    desk.do("admin", "setSystemRisk", SystemRisk(offset_floor=wad("0.4")).fields())
    assert desk.names() == ["OffsetRampStarted", "SystemRiskChanged"]


rates = st.integers(1, 40).map(lambda i: (0, wad("0.01") * (i + 6), wad("0.01") * (i + 3)))


@given(
    before=rates,
    after=rates,
    fee=st.integers(0, 4 * 10**15),
    cash=st.integers(2_000, 20_000),
    price=st.integers(1_800, 2_200),
)
def test_no_change_liquidates_in_its_block(
    before: Rates, after: Rates, fee: int, cash: int, price: int
) -> None:
    """Whoever is healthy before a change of tiers and fee is healthy after it, at the same time."""
    desk = open_desk(setup((before,)))
    desk.price(2_000 * WAD)
    desk.deposit("a", cash)
    desk.deposit("b", 10**6)
    args: tuple[Value, ...] = desk.trade_args("a", "b", 0, "5", "2000")
    if not desk.call(who("matcher"), "house", "settleTrade", *args).ok:
        return
    desk.price(price * WAD)
    healthy = [desk.view("isLiquidatable", who(label)) for label in "ab"]
    change(desk, (after,), liquidation_fee_rate=fee)
    assert [desk.view("isLiquidatable", who(label)) for label in "ab"] == healthy


@given(
    source=st.integers(0, 10**40),
    to=st.integers(0, 10**40),
    begin=st.integers(0, 10**9),
    length=st.integers(1, 10**8),
    elapsed=st.integers(0, 2 * 10**8),
)
def test_a_line_is_rounded_up_and_ends_exactly(
    source: int, to: int, begin: int, length: int, elapsed: int
) -> None:
    """Between its ends it is the exact value rounded up; at them it is exact."""
    ledger = open_desk().ledger
    ledger.house.world.now = begin + elapsed
    found = ramp.between(ledger, source, to, begin, begin + length)
    if elapsed >= length:
        assert found == to
        return
    exact = source * length + (to - source) * elapsed
    assert 0 <= found * length - exact < length


@pytest.mark.parametrize("seconds", [3_599, 365 * DAY + 1])
def test_a_ramp_has_bounds(seconds: int) -> None:
    """Shorter than an hour and longer than a year is refused."""
    desk = held_desk()
    parameters = replace(desk.ledger.market_parameters(0), ramp_duration=seconds)
    refused = desk.refused("admin", "setMarketParameters", 0, parameters.fields(), TIERS)
    assert refused == ("InvalidParameter", (bytes32("rampDuration"),))
