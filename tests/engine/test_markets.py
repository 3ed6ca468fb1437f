"""Opening markets, changing parameters, pausing: every bound has its name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.engine.desk import PARAMETERS, SYSTEM, TIERS, Desk, Rates, Setup, open_desk, wad, who
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import (
    MAX_FUNDING_RATE,
    MAX_NOTIONAL,
    MAX_PREMIUM_DEPTH,
    MAX_SIZE,
    MarketParameters,
)

PRICE_ID = b"price 0".ljust(32, b"\0")


def named(parameter: str) -> tuple[str, tuple[bytes]]:
    """The error that names a parameter."""
    return "InvalidParameter", (parameter.encode().ljust(32, b"\0"),)


def parameters(**changes: int) -> MarketParameters:
    """Valid parameters of market 0 with some changed."""
    return replace(PARAMETERS, price_id=PRICE_ID, **changes)


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("size_step", 0, "sizeStep"),
        ("size_step", MAX_SIZE + 1, "sizeStep"),
        ("price_tick", 0, "priceTick"),
        ("price_tick", MAX_SIZE + 1, "priceTick"),
        ("price_tick", wad("0.01") + 1, "priceTick"),
        ("band_rate", WAD + 1, "bandRate"),
        ("trade_fee_rate", WAD // 10 + 1, "tradeFeeRate"),
        ("minimum_notional", MAX_NOTIONAL + 1, "minimumNotional"),
        ("premium_depth", 0, "premiumDepth"),
        ("premium_depth", MAX_PREMIUM_DEPTH + 1, "premiumDepth"),
        ("funding_period", 0, "fundingPeriod"),
        ("funding_period", 365 * 86_400 + 1, "fundingPeriod"),
        ("maximum_funding_rate", MAX_FUNDING_RATE + 1, "maximumFundingRate"),
        ("socialisation_cap_rate", WAD + 1, "socialisationCapRate"),
        ("settlement_fee_rate", WAD // 100 + 1, "settlementFeeRate"),
        ("liquidation_fee_rate", WAD + 1, "liquidationFeeRate"),
        ("liquidation_fee_rate", -(-wad("0.05") * 2 // 7), "liquidationFeeRate"),
    ],
)
def test_parameters_have_bounds(field: str, value: int, name: str) -> None:
    """One beyond each bound is refused by the parameter's name, at opening and at a change."""
    desk = open_desk()
    changed = parameters(**{field: value}).fields()
    expected = named(name)
    assert desk.refused("admin", "addMarket", changed, TIERS) == expected
    assert desk.refused("admin", "setMarketParameters", 0, changed, TIERS) == expected


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        ((), "tiers"),
        (tuple((i * WAD, wad("0.1"), wad("0.05")) for i in range(9)), "tiers"),
        (((1, wad("0.1"), wad("0.05")),), "lowerBound"),
        (((0, WAD + 1, wad("0.05")),), "initialRate"),
        (((0, wad("0.1"), WAD + 1),), "maintenanceRate"),
        (((0, WAD - wad("0.005"), wad("0.05")),), "initialRate"),
        (((0, wad("0.055") - 1, wad("0.05")),), "initialRate"),
        (((0, wad("0.1"), wad("0.05")), (0, wad("0.1"), wad("0.05"))), "lowerBound"),
        (((0, wad("0.1"), wad("0.05")), (MAX_NOTIONAL + 1, wad("0.1"), wad("0.05"))), "lowerBound"),
        (((0, wad("0.1"), wad("0.05")), (1, wad("0.1") - 1, wad("0.05"))), "initialRate"),
        (((0, wad("0.1"), wad("0.05")), (1, wad("0.1"), wad("0.05") - 1)), "maintenanceRate"),
        (((0, wad("0.1"), 0),), "liquidationFeeRate"),
    ],
)
def test_tiers_have_bounds(rows: tuple[Rates, ...], name: str) -> None:
    """Too many or none, falling bounds or rates, rates that leave no room: refused by name."""
    desk = open_desk()
    assert desk.refused("admin", "addMarket", parameters().fields(), rows) == named(name)


def test_the_fee_has_an_exact_bound() -> None:
    """Fee x (1 + 2 x target ratio) just below the lowest maintenance rate is accepted."""
    desk = open_desk()
    highest = (wad("0.05") * 2 - 1) // 7
    desk.do("admin", "addMarket", parameters(liquidation_fee_rate=highest).fields(), TIERS)


def test_the_edges_of_tiers_are_inside() -> None:
    """Equal rates in two tiers, initial margin just maintenance and fee, eight tiers: accepted."""
    desk = open_desk()
    edge = tuple((i * WAD, wad("0.055"), wad("0.05")) for i in range(8))
    desk.do("admin", "addMarket", parameters().fields(), edge)


def test_a_market_needs_a_configured_price() -> None:
    """A price that the hub does not know cannot be a market's."""
    desk = open_desk()
    unknown = replace(PARAMETERS, price_id=bytes(32)).fields()
    assert desk.refused("admin", "addMarket", unknown, TIERS) == named("priceId")


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"minimum_keeper_reward": 10 * WAD + 1}, "minimumKeeperReward"),
        ({"liquidator_share": WAD + 1}, "liquidatorShare"),
        ({"insurance_share": WAD + 1}, "insuranceShare"),
        ({"target_ratio": WAD - 1}, "targetRatio"),
        ({"target_ratio": 10 * WAD + 1}, "targetRatio"),
        ({"liquidation_reserve": MAX_SIZE + 1}, "liquidationReserve"),
        ({"target_ratio": wad("4.5")}, "liquidationFeeRate"),
        ({"deleverage_delay": 365 * 86_400 + 1}, "deleverageDelay"),
    ],
)
def test_system_parameters_have_bounds(changes: dict[str, int], name: str) -> None:
    """Each is refused by its name; a target ratio also where a market's fee becomes too high."""
    desk = open_desk()
    changed = replace(SYSTEM, **changes).fields()
    assert desk.refused("admin", "setSystemParameters", changed) == named(name)


def test_price_step_and_tick_stay_for_life() -> None:
    """They cannot be changed, not even to another valid value."""
    desk = open_desk(Setup(), Setup())
    other = b"price 1".ljust(32, b"\0")
    for changed, name in (
        (replace(parameters(), price_id=other), "priceId"),
        (parameters(size_step=wad("0.01")), "sizeStep"),
        (parameters(price_tick=wad("0.1")), "priceTick"),
    ):
        found = desk.refused("admin", "setMarketParameters", 0, changed.fields(), TIERS)
        assert found == named(name)


def test_there_are_at_most_64_markets() -> None:
    """The 65th is refused."""
    desk = open_desk(*[Setup()] * 64)
    assert desk.number("marketCount") == 64
    assert desk.refused("admin", "addMarket", parameters().fields(), TIERS) == named("marketCount")


def test_an_unchanged_pause_is_refused() -> None:
    """Pausing what is paused, and resuming what is not, is PauseUnchanged."""
    desk = open_desk()
    assert desk.refused("admin", "setMarketPaused", 0, False) == ("PauseUnchanged", ())
    assert desk.refused("admin", "setPaused", False) == ("PauseUnchanged", ())
    assert desk.refused("admin", "setMarketPaused", 3, True) == ("UnknownMarket", (3,))
    desk.do("admin", "setMarketPaused", 0, True)
    assert desk.names() == ["MarketPauseChanged"]
    desk.do("admin", "setPaused", True)
    assert desk.refused("admin", "setMarketPaused", 0, True) == ("PauseUnchanged", ())
    assert desk.refused("admin", "setPaused", True) == ("PauseUnchanged", ())


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("addMarket", (parameters().fields(), TIERS)),
        ("setMarketParameters", (0, parameters().fields(), TIERS)),
        ("setSystemParameters", (SYSTEM.fields(),)),
        ("setMarketPaused", (0, True)),
        ("setPaused", (True,)),
    ],
)
def test_administration_needs_a_role(function: str, args: tuple[object, ...]) -> None:
    """An ordinary account is refused before anything else is looked at."""
    desk = open_desk()
    found = desk.refused("a", function, *args)  # type: ignore[arg-type]
    assert found[0] == "AccessControlUnauthorizedAccount"


def opened_with_reserve(reserve: int) -> Desk:
    """Accounts a and b hold 1 at 2,000, with this reserve (dollars) at the time."""
    system = replace(SYSTEM, liquidation_reserve=reserve * WAD, minimum_keeper_reward=0)
    desk = open_desk(Setup(), Setup(), system=system)
    desk.price(2_000 * WAD, 2_000 * WAD)
    for label in "abc":
        desk.deposit(label, 1_000)
    desk.trade("a", "b", 0, "1", "2000")
    return desk


@pytest.mark.parametrize(("before", "after"), [(0, 50), (10, 50), (50, 0)])
def test_a_changed_reserve_meets_new_holders_only(before: int, after: int) -> None:
    """Who has a position keeps the reserve that he locked until his last position is closed."""
    desk = opened_with_reserve(before)
    system = replace(SYSTEM, liquidation_reserve=after * WAD, minimum_keeper_reward=0)
    desk.do("admin", "setSystemParameters", system.fields())
    desk.trade("a", "c", 1, "0.1", "2000")
    desk.trade("c", "a", 0, "0.5", "2000")
    reserves = [desk.ledger.accounts.read(who(label)).reserve for label in "abc"]
    assert reserves == [before * WAD, before * WAD, after * WAD]
