"""Variance of an index, regimes with hysteresis, and what they scale."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine import volatility
from weiproof.engine.call import bytes32
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.parameters import Regime, VolatilityParameters
from weiproof.engine.records import VolatilityRecord

from .desk import Desk, open_desk, setup, wad, who

if TYPE_CHECKING:
    from collections.abc import Iterable

HOUR, DAY = 3_600, 86_400
MEASURED = VolatilityParameters(60, HOUR, wad("0.5"), 2 * HOUR)
SQUARE = 10**32
"""The square of a return of 1 %."""
REGIMES = (Regime(SQUARE // 4, SQUARE // 8, 2 * WAD), Regime(4 * SQUARE, SQUARE, 3 * WAD))


def observed_desk(
    parameters: VolatilityParameters = MEASURED, regimes: Iterable[Regime] = REGIMES
) -> Desk:
    """A market at 2,000 with a position of 10, whose variance is measured."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    desk.deposit("a", 50_000)
    desk.deposit("b", 50_000)
    desk.trade("a", "b", 0, "10", "2000")
    rows = tuple(regime.fields() for regime in regimes)
    desk.do("admin", "setVolatility", 0, parameters.fields(), rows)
    desk.do("k", "accrueFunding", 0)
    return desk


def observe(desk: Desk, price: int, seconds: int = 60) -> None:
    """Time passes, the price is reported, and observed."""
    desk.now += seconds
    desk.price(price)
    desk.do("k", "accrueFunding", 0)


def record(desk: Desk) -> VolatilityRecord:
    """The market's variance and regime."""
    return desk.ledger.volatilities.read(0)


def test_the_variance_is_the_weighted_square_of_returns() -> None:
    """1 % up, and 1 % down from there: half of each square, and half of what was before."""
    desk = observed_desk()
    observe(desk, 2_020 * WAD)
    assert record(desk).variance == SQUARE // 2
    observe(desk, 2_020 * WAD)
    assert record(desk).variance == SQUARE // 4
    assert desk.names().count("VarianceObserved") == 1


def test_a_longer_time_counts_less() -> None:
    """The same return over twice the period is half the variance."""
    desk = observed_desk()
    observe(desk, 2_020 * WAD, 120)
    assert record(desk).variance == SQUARE // 4


def test_there_is_one_observation_a_period() -> None:
    """A second before the period is over nothing is observed."""
    desk = observed_desk()
    observe(desk, 2_020 * WAD, 59)
    assert (record(desk).variance, record(desk).last_price) == (0, 2_000 * WAD)
    observe(desk, 2_020 * WAD, 1)
    assert record(desk).variance == SQUARE // 2


def test_a_gap_is_a_new_start() -> None:
    """A return over exactly the longest gap counts, over a second more it does not."""
    for gap, counts in ((HOUR, True), (HOUR + 1, False)):
        desk = observed_desk()
        observe(desk, 2_200 * WAD, gap)
        assert (record(desk).variance > 0) is counts
        assert record(desk).last_price == 2_200 * WAD


def test_a_stale_index_is_not_observed() -> None:
    """Where the price is too old, accruing leaves the variance alone."""
    desk = observed_desk()
    before = record(desk).fields()
    desk.now += 2 * HOUR
    desk.do("k", "accrueFunding", 0)
    assert record(desk).fields() == before


def test_regimes_are_entered_at_a_variance_and_left_below_another() -> None:
    """Half a square is the first regime; it stays at a quarter, at an eighth, and ends below."""
    desk = observed_desk()
    observe(desk, 2_020 * WAD)
    regimes = [record(desk).regime]
    for _ in range(3):
        observe(desk, 2_020 * WAD)
        regimes.append(record(desk).regime)
    assert regimes == [1, 1, 1, 0]
    assert desk.names()[:2] == ["FundingAccrued", "VarianceObserved"]
    assert "RegimeChanged" in desk.names()


def test_a_crash_passes_regimes_at_once() -> None:
    """A return of 10 % leads from calm to the highest regime."""
    desk = observed_desk()
    observe(desk, 1_800 * WAD)
    assert record(desk).regime == 2


def test_initial_margin_follows_at_once_and_maintenance_margin_by_a_ramp() -> None:
    """In the first regime initial margin is doubled; maintenance margin after two hours."""
    desk = observed_desk()
    observe(desk, 2_020 * WAD)
    notional = 20_200 * WAD
    assert desk.number("initialMargin", who("a")) == 2 * notional // 10
    assert desk.view("maintenanceMargin", who("a"))[0] == notional // 20
    desk.now += HOUR
    assert desk.view("maintenanceMargin", who("a"))[0] == notional * 3 // 40
    desk.now += HOUR
    desk.price(2_020 * WAD)
    assert desk.view("maintenanceMargin", who("a"))[0] == notional // 10


def test_a_ramp_turns_where_it_is() -> None:
    """Calm again after half the way, maintenance margin falls from there; initial stays above."""
    desk = observed_desk(replace(MEASURED, maximum_gap=DAY, decay=0))
    observe(desk, 2_020 * WAD)
    observe(desk, 2_020 * WAD, HOUR)
    assert record(desk).regime == 0
    assert volatility.maintenance_scale(desk.ledger, 0) == WAD * 3 // 2
    assert volatility.initial_scale(desk.ledger, 0) == WAD * 3 // 2
    desk.now += HOUR
    desk.model.world.now = desk.now
    assert volatility.maintenance_scale(desk.ledger, 0) == WAD * 5 // 4


def test_changed_regimes_start_a_ramp() -> None:
    """Where the present regime is taken away, maintenance margin falls by a ramp."""
    desk = observed_desk()
    observe(desk, 2_020 * WAD)
    desk.now += 2 * HOUR
    desk.do("admin", "setVolatility", 0, MEASURED.fields(), ())
    assert record(desk).regime == 0
    assert volatility.maintenance_scale(desk.ledger, 0) == 2 * WAD
    desk.now += 2 * HOUR
    desk.model.world.now = desk.now
    assert volatility.maintenance_scale(desk.ledger, 0) == WAD


def test_scales_have_a_bound() -> None:
    """Four times passes, a unit more does not."""
    desk = observed_desk()
    high = (Regime(SQUARE, SQUARE // 2, 4 * WAD),)
    desk.do("admin", "setVolatility", 0, MEASURED.fields(), tuple(r.fields() for r in high))
    beyond = (replace(high[0], scale=4 * WAD + 1).fields(),)
    refused = desk.refused("admin", "setVolatility", 0, MEASURED.fields(), beyond)
    assert refused == ("InvalidParameter", (bytes32("scale"),))


def test_a_scale_that_would_ask_for_the_whole_notional_is_refused() -> None:
    """30 % of initial margin times three, and fee, stay below one; times 3.4 they do not."""
    desk = open_desk(setup(((0, wad("0.3"), wad("0.05")),)))
    for scale, ok in ((3 * WAD, True), (34 * WAD // 10, False)):
        rows = (Regime(SQUARE, SQUARE // 2, scale).fields(),)
        args = (0, MEASURED.fields(), rows)
        if ok:
            desk.do("admin", "setVolatility", *args)
        else:
            refused = desk.refused("admin", "setVolatility", *args)
            assert refused == ("InvalidParameter", (bytes32("addOnCapRate"),))
    parameters = desk.ledger.market_parameters(0).fields()
    higher = ((0, wad("0.34"), wad("0.05")),)
    refused = desk.refused("admin", "setMarketParameters", 0, parameters, higher)
    assert refused == ("InvalidParameter", (bytes32("addOnCapRate"),))


@given(
    moves=st.lists(st.integers(-200, 200), min_size=1, max_size=6),
    cash=st.integers(1_200, 5_500),
    seconds=st.integers(60, HOUR),
)
def test_no_observation_liquidates_in_its_block(moves: list[int], cash: int, seconds: int) -> None:
    """Whoever is healthy before it is healthy after it; and prices of liquidation are exact."""
    desk = open_desk(setup(((0, wad("0.1"), wad("0.05")), (5_000 * WAD, wad("0.2"), wad("0.1")))))
    desk.price(2_000 * WAD)
    desk.deposit("a", cash)
    desk.deposit("b", 100_000)
    args = desk.trade_args("a", "b", 0, "3", "2000")
    rows = tuple(regime.fields() for regime in REGIMES)
    desk.do("admin", "setVolatility", 0, MEASURED.fields(), rows)
    if not desk.call(who("matcher"), "house", "settleTrade", *args).ok:
        return
    for move in moves:
        desk.now += seconds
        desk.price(2_000 * WAD + move * WAD)
        healthy = desk.view("isLiquidatable", who("a"))
        desk.do("k", "accrueFunding", 0)
        assert desk.view("isLiquidatable", who("a")) == healthy
        exists, price = desk.view("liquidationPrice", who("a"), 0)
        assert exists is True
        assert isinstance(price, int)
        assert desk.view("isLiquidatableAt", who("a"), 0, price) == (True,)
        assert desk.view("isLiquidatableAt", who("a"), 0, price + 1) == (False,)


@pytest.mark.parametrize(
    ("changes", "regimes", "name"),
    [
        ({"observation_period": DAY + 1}, (), "observationPeriod"),
        ({"maximum_gap": 59}, (), "maximumGap"),
        ({"maximum_gap": 30 * DAY + 1}, (), "maximumGap"),
        ({"decay": WAD}, (), "decay"),
        ({"regime_ramp": HOUR - 1}, (), "regimeRamp"),
        ({"regime_ramp": 365 * DAY + 1}, (), "regimeRamp"),
        ({}, (REGIMES[0],) * 4, "regimes"),
        ({}, (Regime(1, 1, WAD),), "exitVariance"),
        ({}, (Regime(WEI + 1, 1, WAD),), "exitVariance"),
        ({}, (Regime(2, 1, WAD - 1),), "scale"),
        ({}, (Regime(2, 1, WAD), Regime(2, 1, WAD)), "enterVariance"),
        ({}, (Regime(3, 2, WAD), Regime(4, 1, WAD)), "enterVariance"),
        ({}, (Regime(2, 1, 2 * WAD), Regime(3, 1, WAD)), "scale"),
    ],
)
def test_parameters_have_bounds(
    changes: dict[str, Any], regimes: tuple[Regime, ...], name: str
) -> None:
    """One beyond a bound is refused by name."""
    desk = observed_desk()
    wrong = replace(MEASURED, **changes).fields()
    rows = tuple(regime.fields() for regime in regimes)
    refused = desk.refused("admin", "setVolatility", 0, wrong, rows)
    assert refused == ("InvalidParameter", (bytes32(name),))


@given(
    decay=st.integers(0, WAD - 1),
    variance=st.integers(0, 10**36),
    last=st.integers(1, 10**27),
    index=st.integers(1, 10**27),
    elapsed=st.integers(60, 10**6),
)
def test_the_variance_is_rounded_up_and_bounded(
    decay: int, variance: int, last: int, index: int, elapsed: int
) -> None:
    """At most a unit above the exact value, and never above one in squares of WAD."""
    parameters = replace(MEASURED, decay=decay)
    found = volatility.variance_after(
        parameters, VolatilityRecord(last, 0, variance), index, elapsed
    )
    change = min(abs(index - last) * WAD // last, WAD)
    exact = decay * variance * elapsed + (WAD - decay) * change**2 * 60
    assert 0 <= found * WAD * elapsed - exact < 2 * WAD * elapsed
    assert found <= WEI
