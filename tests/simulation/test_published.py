"""Published scenarios come to what files and pages say, on the model and on the contracts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from weiproof.engine.backstop_records import Route
from weiproof.scripts.compare import routes_table, table
from weiproof.simulation.comparison import Outcome, outcome, variants_of
from weiproof.simulation.loading import load_scenario
from weiproof.simulation.run import Check

ROOT = Path(__file__).parents[2]
PAGES = {
    "incidents": "incidents.md",
    "margin": "margin_scenarios.md",
    "cascades": "cascades.md",
}
"""The page in ``docs`` of each folder of ``scenarios`` whose outcomes are published."""

FILES = [file for folder in PAGES for file in sorted((ROOT / "scenarios" / folder).glob("*.toml"))]
NAMES = [file.stem for file in FILES]

KNOWN = {
    "skrw_2019": {"mean": 24, "median-of-three": 0},
    "wsteth_2026": {"capped": 34, "in-step": 0},
    "usde_2025": {"median-of-three": 0},
}
"""Accounts liquidated, where the event or the arithmetic says how many."""


def file_of(name: str) -> Path:
    """The scenario of that name."""
    return FILES[NAMES.index(name)]


@cache
def outcomes(file: Path) -> tuple[Outcome, ...]:
    """All variants of a scenario, on the model."""
    scenarios = (load_scenario(file, variant=each) for each in variants_of(load_scenario(file)))
    return tuple(outcome(each, check=Check("off"), chain="pyevm") for each in scenarios)


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_each_variant_comes_to_what_its_file_says(file: Path) -> None:
    """Every variant has an expectation, and it holds to the token unit."""
    for each in outcomes(file):
        assert each.expected is not None
        assert each.expected == each.found.as_asked(each.expected)


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_the_page_shows_what_comes_out(file: Path) -> None:
    """The tables of the page are those that the command prints."""
    page = (ROOT / "docs" / PAGES[file.parent.name]).read_text("utf-8")
    for each in filter(None, (table(outcomes(file)), routes_table(outcomes(file)))):
        assert f"\n\n{each}\n\n" in page


def test_every_incident_is_there() -> None:
    """Seven of them, each with three variants at least."""
    incidents = [file for file in FILES if file.parent.name == "incidents"]
    assert len(incidents) == 7
    assert all(len(load_scenario(file).variants) >= 3 for file in incidents)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_what_is_known_of_the_event_is_reproduced(name: str) -> None:
    """34 accounts at the cap of wstETH; nobody where the median holds."""
    found = {each.variant: each.found.liquidated for each in outcomes(file_of(name))}
    assert {variant: found[variant] for variant in KNOWN[name]} == KNOWN[name]


def test_an_age_limit_saves_what_the_floor_would_cost() -> None:
    """LUNA: without it, accounts owe more than 500 times as much at the market's price."""
    owed = {each.variant: each.found.shortfall for each in outcomes(file_of("luna_2022"))}
    assert owed["no-age-limit"] > 500 * owed["age-limit"] > 0
    assert owed["no-floor"] == 0


def test_the_cap_concerns_10938_wsteth() -> None:
    """The positions of the 34 accounts add up to the amount that is known."""
    scenario = load_scenario(file_of("wsteth_2026"))
    sizes = [position.size for account in scenario.accounts for position in account.positions]
    assert (len(sizes), sum(sizes)) == (34, 10_938 * 10**18)


def test_the_median_holds_and_the_band_stops_the_mark() -> None:
    """Nobody is liquidated by a venue that crashes alone, nor by trades and depth with it."""
    found = {each.variant: each.found.liquidated for each in outcomes(file_of("flash_crash"))}
    assert found["median"] == found["trades-and-depth"] == 0
    assert found["one-feed"] > 0
    assert found["wide-band"] > 0


def test_margin_that_follows_volatility_leaves_less_bad_debt() -> None:
    """Least where both margins follow, less where one does or somebody raises them, most else."""
    found = {each.variant: each for each in outcomes(file_of("calm_then_crash"))}
    debts = [found[name].found.bad_debt for name in ("regimes", "by-hand", "initial-only", "fixed")]
    assert debts == sorted(debts)
    assert 8 * debts[0] < debts[-1]
    assert not found["fixed"].refused
    assert found["regimes"].refused == found["initial-only"].refused
    assert list(found["regimes"].refused) == ["InsufficientMargin"]


def test_who_sells_in_time_is_not_liquidated() -> None:
    """All sales pass, those below initial margin too, and with half the weight one buys."""
    found = {each.variant: each for each in outcomes(file_of("spot_margin"))}
    assert found["sell"].found.liquidated == 0 < found["hold"].found.liquidated
    assert not found["sell"].refused
    assert found["half-weight"].refused == {"InsufficientCash": 6, "InsufficientMargin": 3}


def test_a_thin_book_makes_a_cascade() -> None:
    """A deep book changes nobody's fate; a thin one doubles what is sold, and leaves bad debt."""
    found = {each.variant: each for each in outcomes(file_of("thin_book"))}
    assert found["deep"].found == found["none"].found
    assert found["thin"].found.liquidated > 3 * found["deep"].found.liquidated // 2
    assert found["thin"].found.bad_debt > 0 == found["deep"].found.bad_debt
    assert found["thin-median"].found.bad_debt == 0
    assert found["thin-slow"].found.bad_debt > found["thin"].found.bad_debt


def test_congestion_costs_unless_both_outbid_it() -> None:
    """Oracle and keepers each need their places; a thin book on top makes it worse."""
    found = {each.variant: each.found.bad_debt for each in outcomes(file_of("congestion_2020"))}
    waiting = [found[name] for name in ("congested", "dear-oracle", "dear-keepers")]
    assert max(found["room"], found["outbid"]) * 2 < min(waiting)
    assert found["congested-thin"] > 2 * found["congested"]


def routes_of(each: Outcome) -> dict[str, int]:
    """How often an outcome took each route."""
    names = (route.name.lower() for route in Route)
    return dict(zip(names, each.found.routes or (), strict=True))


def test_a_vault_bears_what_would_be_bad_debt() -> None:
    """One that works off slowly; one that sells at once makes the cascade again."""
    found = {each.variant: each for each in outcomes(file_of("thin_book_backstop"))}
    slow, hasty = found["backstop"].found, found["hasty-backstop"].found
    thin = next(each for each in outcomes(file_of("thin_book")) if each.variant == "thin").found
    assert 100 * slow.bad_debt < thin.bad_debt < 2 * hasty.bad_debt
    assert slow.vault_result is not None
    assert -thin.bad_debt < slow.vault_result < 0
    assert (slow.socialised, hasty.fund_lowest) == (0, 0)
    assert routes_of(found["keepers"])["backstop"] == found["keepers"].found.vault_result == 0


def test_an_empty_fund_leads_to_deleveraging_and_socialised_loss() -> None:
    """All in one run; without nominators holders are charged more, with a large fund nothing."""
    found = {each.variant: each for each in outcomes(file_of("exhausted_fund"))}
    everything = found["all-routes"].found
    assert everything.fund_lowest == 0
    taken = routes_of(found["all-routes"])
    assert all(taken[route] for route in ("keeper", "backstop", "deleverage", "forced_close"))
    charged = {name: each.found.socialised or 0 for name, each in found.items()}
    assert 0 == charged["larger-fund"] < charged["all-routes"] < charged["no-deleveraging"] // 3
    assert routes_of(found["larger-fund"])["fund"] > 0
    assert {each.variant for each in found.values() if each.found.gate_closings} == {"low-cap"}


def test_a_capacity_limits_what_a_squeeze_costs() -> None:
    """To a tenth of what it costs without one at most; own margin to what the vault has."""
    found = {each.variant: each.found for each in outcomes(file_of("squeeze"))}
    lost = {name: -(each.vault_result or 0) for name, each in found.items()}
    assert lost["no-capacity"] > 10 * lost["capacity"] > 0
    assert lost["capacity"] > lost["own-margin"] > 0 == lost["no-vault"]
    assert lost["own-margin"] <= 500_000 * 10**6
    assert {each.bad_debt for each in found.values()} == {0}


def test_many_thin_books_make_a_mass_liquidation_worse() -> None:
    """Sales that move small markets leave more bad debt; deleveraging leaves an eighth at most."""
    found = {each.variant: each.found for each in outcomes(file_of("october_2025"))}
    assert found["thin"].bad_debt > 11 * found["deep"].bad_debt // 10 > 0
    assert min(each.liquidated for each in found.values()) > 100
    deleveraging = found["thin-deleveraging"]
    assert 8 * deleveraging.bad_debt < found["thin"].bad_debt
    assert deleveraging.socialised == 0 < (deleveraging.deleveraged or 0)


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_the_contracts_agree_on_the_first_variant(file: Path, quickest: str) -> None:
    """Every call in lockstep; of an incident, as it was."""
    first = load_scenario(file, variant=variants_of(load_scenario(file))[0])
    check = Check("full") if quickest == "revm" else Check("sample", 50)
    found = outcome(first, check=check, chain=quickest)
    assert found.compared > 100
    assert found.found == outcomes(file)[0].found
