"""Which position is taken over first, and how much of a large account's at a time."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import (
    UNLIMITED,
    Desk,
    Setup,
    assert_conserved,
    open_desk,
    setup,
    wad,
    who,
)
from tests.engine.portfolios import ACCOUNT, PORTFOLIOS, Portfolio, fresh_desk
from weiproof.engine import liquidation_limits, margin, perpetuals, pricing
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import LiquidationParameters
from weiproof.engine.records import LIQUIDATION

FIFTH = LiquidationParameters(largest_share=WAD // 5, cool_down=30, large_notional=10_000 * WAD)
DEEP = 1_790
"""Where much more than a share would have to go."""
ORDERED = LiquidationParameters(ordered=True)
STEEP: tuple[tuple[int, int, int], ...] = ((0, wad("0.2"), wad("0.1")),)
FLAT: tuple[tuple[int, int, int], ...] = ((0, wad("0.1"), wad("0.05")),)


def weak(
    limits: LiquidationParameters, *markets: Setup, price: int = 1_850, dollars: int = 2_500
) -> Desk:
    """Account a is long 10 at 2,000 in each market with so many dollars; prices have fallen."""
    desk = open_desk(*(markets or (setup(FLAT),)))
    count = desk.ledger.market_count
    desk.price(*[2_000 * WAD] * count)
    desk.deposit("a", dollars * count)
    for label in "bk":
        desk.deposit(label, 500_000)
    for market_id in range(count):
        desk.trade("a", "b", market_id, "10", "2000")
    desk.do("admin", "setLiquidationParameters", limits.fields())
    desk.price(*[price * WAD] * count)
    return desk


def taken(desk: Desk, market_id: int = 0, size: int = UNLIMITED) -> int:
    """How much the keeper took; WAD."""
    before = desk.ledger.positions.read(who("a"), market_id).size
    desk.do("k", "liquidate", who("a"), market_id, size)
    return before - desk.ledger.positions.read(who("a"), market_id).size


@given(PORTFOLIOS, st.lists(st.booleans(), min_size=3, max_size=3))
def test_first_is_what_relieves_most_per_notional(portfolio: Portfolio, paused: list[bool]) -> None:
    """Compared as exact fractions, of what is required with and without each; then by id."""
    desk = fresh_desk()
    portfolio.place(desk, "a")
    for market_id, flag in enumerate(paused):
        desk.ledger.markets.edit(market_id).paused = flag
    marks = pricing.new_marks(desk.ledger, LIQUIDATION)
    standing = margin.standing_of(desk.ledger, ACCOUNT, marks)
    reliefs = {}
    for leg in standing.legs:
        if leg.size == 0 or paused[leg.market_id]:
            continue
        beside = perpetuals.beside_of(desk.ledger, standing, leg.market_id)
        without = perpetuals.required_with(desk.ledger, marks, beside, 0, leg.mark)
        relief = standing.maintenance + standing.fee - without
        reliefs[leg.market_id] = Fraction(relief, abs(leg.size) * leg.mark)
    expected = (False, 0)
    if reliefs:
        expected = (True, min(reliefs, key=lambda each: (-reliefs[each], each)))
    assert liquidation_limits.first_of(desk.ledger, standing) == expected


def test_another_market_is_refused_while_the_order_is_on() -> None:
    """10 % a unit of notional go before 5 %; a forced close may take either."""
    desk = weak(ORDERED, setup(FLAT), setup(STEEP), price=1_780, dollars=3_500)
    assert desk.view("liquidationMarket", who("a")) == (True, 1)
    error = desk.refused("k", "liquidate", who("a"), 0, UNLIMITED)
    assert error == ("NotFirstMarket", (who("a"), 1))
    desk.do("k", "forceClose", who("a"), 0, who("b"))
    assert_conserved(desk)


def test_equal_relief_goes_by_market() -> None:
    """Two positions alike: the lower id, and with it paused the other."""
    desk = weak(ORDERED, setup(FLAT), setup(FLAT))
    assert desk.view("liquidationMarket", who("a")) == (True, 0)
    desk.do("admin", "setMarketPaused", 0, True)
    assert desk.view("liquidationMarket", who("a")) == (True, 1)
    desk.do("k", "liquidate", who("a"), 1, UNLIMITED)


def test_no_delisted_market_is_first() -> None:
    """Nothing of it can be taken over, even where the only other one is paused."""
    desk = weak(ORDERED, setup(FLAT), setup(FLAT), price=2_000)
    desk.do("admin", "setReduceOnly", 0, True)
    desk.do("admin", "delist", 0)
    desk.price(2_000 * WAD, 1_580 * WAD)
    assert desk.view("liquidationMarket", who("a")) == (True, 1)
    desk.do("admin", "setMarketPaused", 1, True)
    assert desk.view("isLiquidatable", who("a")) == (True,)
    assert desk.view("liquidationMarket", who("a")) == (False, 0)


def test_a_healthy_account_has_no_first_market() -> None:
    """Nothing is first where nothing may be taken."""
    desk = weak(ORDERED, price=2_000)
    assert desk.view("liquidationMarket", who("a")) == (False, 0)


def test_a_large_account_loses_a_share_then_cools_down() -> None:
    """2 of 10, nothing for half a minute, then 1.6 of 8."""
    desk = weak(FIFTH, price=DEEP)
    assert desk.number("liquidationSize", who("a"), 0) == 2 * WAD
    assert taken(desk) == 2 * WAD
    begun = desk.now
    assert desk.number("liquidationSize", who("a"), 0) == 0
    error = desk.refused("k", "liquidate", who("a"), 0, UNLIMITED)
    assert error == ("CoolingDown", (who("a"), 0, begun + 30))
    desk.now += 29
    assert desk.refused("k", "liquidate", who("a"), 0, UNLIMITED) == error
    desk.now += 1
    assert taken(desk) == wad("1.6")
    assert_conserved(desk)


def test_small_pieces_neither_start_the_wait_nor_pass_the_share() -> None:
    """A keeper of little means leaves the rest of the share to others, in the same window."""
    desk = weak(FIFTH, price=DEEP)
    assert taken(desk, size=wad("0.5")) == wad("0.5")
    desk.now += 10
    assert taken(desk) == wad("1.5")
    assert desk.refused("k", "liquidate", who("a"), 0, UNLIMITED)[0] == "CoolingDown"


def test_a_window_protects_nothing_that_was_added_since() -> None:
    """Begun with a hundredth, the share is of what is held: a fifth of 50.009, less what went."""
    limits = replace(FIFTH, cool_down=3_600)
    desk = weak(limits, setup(FLAT), setup(FLAT), price=2_000)
    desk.trade("b", "a", 1, "9.99", "2000")
    desk.price(1_590 * WAD, 2_000 * WAD)
    assert taken(desk, 1, wad("0.001")) == wad("0.001")
    desk.deposit("a", 12_000)
    desk.trade("a", "b", 1, "50", "2000")
    desk.price(1_590 * WAD, 1_780 * WAD)
    assert desk.number("liquidationSize", who("a"), 1) == wad("10.001")
    assert taken(desk, 1) == wad("10.001")
    error = desk.refused("k", "liquidate", who("a"), 1, UNLIMITED)
    assert error == ("CoolingDown", (who("a"), 1, desk.now + 3_600))


def test_a_share_is_rounded_up_to_the_step() -> None:
    """A third of 10 is 3.334 in steps of 0.001."""
    desk = weak(replace(FIFTH, largest_share=WAD // 3), price=DEEP)
    assert taken(desk) == wad("3.334")


def test_limits_end_below_the_urgent_health() -> None:
    """At the urgent health they hold, a unit of price below it they do not."""
    desk = weak(FIFTH)
    health = desk.number("healthFactor", who("a"))
    desk.do("admin", "setLiquidationParameters", replace(FIFTH, urgent_health=health).fields())
    assert desk.number("liquidationSize", who("a"), 0) == 2 * WAD
    desk.price(1_849 * WAD)
    whole = desk.number("liquidationSize", who("a"), 0)
    assert taken(desk) == whole > 2 * WAD


def test_a_small_account_has_no_limits() -> None:
    """Notional equal to the bound is not large."""
    desk = weak(replace(FIFTH, large_notional=18_500 * WAD))
    assert taken(desk) > 2 * WAD


def test_dust_goes_with_the_share() -> None:
    """Where the rest of the position would be below the least notional, all that is needed goes."""
    desk = weak(
        replace(FIFTH, largest_share=wad("0.9999")), setup(FLAT, minimum_notional=18_500 * WAD)
    )
    assert taken(desk) == 10 * WAD


def test_a_keeper_gets_no_more_than_the_maximum() -> None:
    """Half of the fee would be more; what is cut goes to the fund, and the sum is the fee."""
    plain, cut = weak(LiquidationParameters()), weak(LiquidationParameters(maximum_keeper_reward=7))
    for desk in (plain, cut):
        desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    (fee, reward), (same, limited) = (
        next(event.args[5:7] for event in desk.events if event.name == "Liquidated")
        for desk in (plain, cut)
    )
    assert (same, limited) == (fee, 7)
    assert isinstance(fee, int)
    assert isinstance(reward, int)
    assert reward == fee // 2 > 7
    assert cut.ledger.record.insurance_fund - plain.ledger.record.insurance_fund == reward - 7
    assert_conserved(cut)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"largest_share": WAD + 1}, "largestShare"),
        ({"largest_share": 0}, "largestShare"),
        ({"urgent_health": WAD + 1}, "urgentHealth"),
        ({"cool_down": 3_601}, "coolDown"),
        ({"large_notional": 10**36 + 1}, "largeNotional"),
    ],
)
def test_parameters_have_bounds(changes: dict[str, int], name: str) -> None:
    """One beyond each is refused by name, and nobody but the administrator sets them."""
    desk = open_desk()
    wrong = replace(FIFTH, **changes)  # type: ignore[arg-type]  # all are integers
    error = desk.refused("admin", "setLiquidationParameters", wrong.fields())
    assert error == ("InvalidParameter", (name.encode().ljust(32, b"\0"),))
    assert desk.refused("k", "setLiquidationParameters", FIFTH.fields())[0].startswith(
        "AccessControl"
    )
