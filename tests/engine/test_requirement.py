"""Open-interest scale, liquidity add-on, offsets, caps, warnings; liquidations stay exact."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import Desk, open_desk, setup, wad, who
from weiproof.engine import liquidation, perpetuals, requirement
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.parameters import MAX_PRICE, MarketRisk, SystemRisk

RISK = MarketRisk(
    open_interest_lower=10_000 * WAD,
    open_interest_upper=20_000 * WAD,
    open_interest_scale=2 * WAD,
)
ADD_ON = MarketRisk(
    half_spread_rate=wad("0.001"),
    impact_rate=wad("0.1"),
    depth=100_000 * WAD,
    add_on_cap_rate=wad("0.021"),
)


def traded(markets: int = 1) -> Desk:
    """Markets at 2,000 with three accounts of equal means."""
    desk = open_desk(*[setup()] * markets)
    desk.price(*[2_000 * WAD] * markets)
    for label in "abc":
        desk.deposit(label, 100_000)
    return desk


@pytest.mark.parametrize(
    ("open_interest", "scale"),
    [("5", "1"), ("5.000000000000000001", "1.000000000000000001"), ("7.5", "1.5"), ("11", "2")],
)
def test_open_interest_scales_linearly_and_up(open_interest: str, scale: str) -> None:
    """1 up to the lower bound, the scale from the upper one on, rounded up between."""
    assert requirement.scale_of(RISK, wad(open_interest), 2_000 * WAD) == wad(scale)


def test_the_scale_raises_initial_margin_alone() -> None:
    """At 15,000 of open interest initial margin is 1.5 times its tier's, maintenance as before."""
    desk = traded()
    desk.do("admin", "setMarketRisk", 0, RISK.fields())
    desk.trade("a", "b", 0, "7.5", "2000")
    assert desk.number("initialMargin", who("a")) == 2_250 * WAD
    assert desk.view("maintenanceMargin", who("a")) == (750 * WAD, 75 * WAD)


@given(st.integers(0, 10**25), st.integers(0, 10**22))
def test_the_add_on_is_convex_and_its_rate_capped(notional: int, more: int) -> None:
    """It grows by at least half the spread and at most the cap per unit, and faster later."""
    first = requirement.add_on_of(ADD_ON, notional * WAD)
    middle = requirement.add_on_of(ADD_ON, (notional + more) * WAD)
    last = requirement.add_on_of(ADD_ON, (notional + 2 * more) * WAD)
    step = more * WAD
    assert step * ADD_ON.half_spread_rate - 1 <= middle - first
    assert middle - first <= step * ADD_ON.add_on_cap_rate + 1
    assert middle - first <= last - middle + 2


def test_the_add_on_stands_in_both_margins() -> None:
    """At 5,000: 0.1 % half spread and 0.1 x 5,000 / 100,000 impact on top of 10 % and 5 %."""
    desk = traded()
    desk.do("admin", "setMarketRisk", 0, ADD_ON.fields())
    desk.trade("a", "b", 0, "2.5", "2000")
    add_on = 5 * WAD + 25 * WAD
    assert desk.number("initialMargin", who("a")) == 500 * WAD + add_on
    assert desk.view("maintenanceMargin", who("a"))[0] == 250 * WAD + add_on


def test_opposite_positions_forgive_a_share_of_the_smaller() -> None:
    """Long 2 in one market and short 1 in the other: 20 % of the smaller requirement."""
    desk = traded(2)
    desk.do("admin", "setOffset", 1, 0, wad("0.2"))
    assert desk.view("offsets") == (((0, 1, wad("0.2")),),)
    desk.trade("a", "b", 0, "2", "2000")
    desk.trade("c", "a", 1, "1", "2000")
    assert desk.number("initialMargin", who("a")) == 600 * WAD - 40 * WAD
    assert desk.view("maintenanceMargin", who("a")) == (300 * WAD - 20 * WAD, 30 * WAD)
    desk.trade("a", "c", 1, "2", "2000")
    assert desk.number("initialMargin", who("a")) == 600 * WAD


def test_the_floor_limits_what_is_forgiven() -> None:
    """With a floor of 97 % the total falls to that."""
    desk = traded(2)
    desk.do("admin", "setOffset", 0, 1, wad("0.2"))
    desk.do("admin", "setSystemRisk", SystemRisk(offset_floor=wad("0.97")).fields())
    desk.now += 3_600
    desk.price(2_000 * WAD, 2_000 * WAD)
    desk.trade("a", "b", 0, "2", "2000")
    desk.trade("c", "a", 1, "1", "2000")
    assert desk.number("initialMargin", who("a")) == 582 * WAD


def test_an_offset_leaves_more_than_the_fee() -> None:
    """What remains of the 5 % of maintenance exceeds fee x (1 + 2 x target), 1.75 %."""
    desk = traded(2)
    desk.do("admin", "setOffset", 0, 1, wad("0.649"))
    error = desk.refused("admin", "setOffset", 0, 1, wad("0.65"))
    assert error == ("InvalidParameter", (b"offsetRate".ljust(32, b"\0"),))


def test_caps_refuse_increases_alone() -> None:
    """Beyond the cap a position may shrink, not grow; open interest likewise."""
    desk = traded()
    desk.trade("a", "b", 0, "5", "2000")
    desk.do("admin", "setMarketRisk", 0, MarketRisk(maximum_position=4 * WAD).fields())
    args = desk.trade_args("a", "b", 0, "1", "2000")
    assert desk.refused("matcher", "settleTrade", *args) == ("PositionTooLarge", (who("a"), 0))
    desk.trade("b", "a", 0, "0.5", "2000")
    desk.now += 86_400
    desk.price(2_000 * WAD)
    desk.do("admin", "setMarketRisk", 0, MarketRisk(maximum_open_interest=4 * WAD).fields())
    assert desk.refused("matcher", "settleTrade", *args) == ("OpenInterestTooLarge", (0,))
    desk.trade("b", "a", 0, "0.5", "2000")


def test_a_warning_is_told_once_and_ends_with_hysteresis() -> None:
    """It begins below its ratio, and ends at ratio plus hysteresis, not before."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    for label in "ab":
        desk.deposit(label, 10_000)
    risk = SystemRisk(0, 2 * WAD, wad("1.5"), wad("0.5"))
    desk.do("admin", "setSystemRisk", risk.fields())
    desk.trade("a", "b", 0, "20", "2000")
    levels = []
    for price in (1_640, 1_640, 1_610, 1_640, 1_680, 1_690, 1_720, 1_760):
        desk.price(price * WAD)
        desk.do("k", "checkMargin", who("a"))
        levels.append([event.args[1] for event in desk.events])
    assert levels == [[1], [], [2], [], [], [1], [], [0]]
    assert desk.ledger.accounts.read(who("a")).warning == 0


@given(st.integers(10, 60), st.integers(0, 900), st.integers(1_200, 1_990))
def test_liquidation_sizes_are_the_smallest(size: int, hedge: int, price: int) -> None:
    """With add-on and offset: the target is reached after it, and not with a step less."""
    desk = traded(2)
    desk.do("admin", "setMarketRisk", 0, ADD_ON.fields())
    desk.do("admin", "setOffset", 0, 1, wad("0.6"))
    desk.trade("a", "b", 0, str(size), "2000")
    if hedge:
        desk.trade("b", "a", 1, f"{hedge // 100}.{hedge % 100:02}1", "2000")
    desk.price(price * WAD, price * WAD)
    cash = desk.ledger.accounts.read(who("a")).cash
    target = wad("0.0875") * size * price
    desk.ledger.accounts.edit(who("a")).cash = cash - max(desk.standing("a").equity // WEI, 0)
    desk.ledger.accounts.edit(who("a")).cash += target // WAD * 5 // 10
    desk.model.world.store.commit()
    standing = desk.standing("a")
    closed = desk.number("liquidationSize", who("a"), 0)
    if closed in {0, size * WAD}:
        return
    step = wad("0.001")
    leg, beside = standing.legs[0], perpetuals.beside_of(desk.ledger, standing, 0)
    fee_rate = standing.marks.terms(0).fee_rate
    goal = liquidation.Goal(fee_rate, desk.ledger.parameters.target_ratio)
    assert liquidation.reaches_goal(desk.ledger, standing, beside, leg, closed, goal)
    assert not liquidation.reaches_goal(desk.ledger, standing, beside, leg, closed - step, goal)


@given(st.integers(1, 60), st.integers(0, 900), st.booleans())
def test_liquidation_prices_flip_the_test_exactly(size: int, hedge: int, long: bool) -> None:
    """With add-on and offset: liquidatable there, one unit nearer to safety not."""
    desk = traded(2)
    desk.do("admin", "setMarketRisk", 0, ADD_ON.fields())
    desk.do("admin", "setOffset", 0, 1, wad("0.6"))
    a, b = ("a", "b") if long else ("b", "a")
    desk.trade(a, b, 0, str(size), "2000")
    if hedge:
        desk.trade(b, a, 1, f"{hedge // 100}.{hedge % 100:02}1", "2000")
    for label in "ab":
        exists, price = desk.view("liquidationPrice", who(label), 0)
        assert isinstance(price, int)
        if not exists:
            continue
        better = price + 1 if label == a else price - 1
        assert desk.view("isLiquidatableAt", who(label), 0, price) == (True,)
        if 0 < better <= MAX_PRICE:
            assert desk.view("isLiquidatableAt", who(label), 0, better) == (False,)
