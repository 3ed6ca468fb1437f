"""Incidents come to what their files and their page say, on the model and on the contracts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from weiproof.scripts.compare import table
from weiproof.simulation.comparison import Outcome, outcome, variants_of
from weiproof.simulation.loading import load_scenario
from weiproof.simulation.run import Check

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "scenarios" / "incidents").glob("*.toml"))
NAMES = [file.stem for file in FILES]
PAGE = ROOT / "docs" / "incidents.md"

KNOWN = {
    "skrw_2019": {"mean": 24, "median-of-three": 0},
    "wsteth_2026": {"capped": 34, "in-step": 0},
    "usde_2025": {"median-of-three": 0},
}
"""Accounts liquidated, where the event or the arithmetic says how many."""


@cache
def outcomes(name: str) -> tuple[Outcome, ...]:
    """All variants of an incident, on the model."""
    file = ROOT / "scenarios" / "incidents" / f"{name}.toml"
    scenarios = (load_scenario(file, variant=each) for each in variants_of(load_scenario(file)))
    return tuple(outcome(each, check=Check("off"), chain="pyevm") for each in scenarios)


def test_every_incident_is_there() -> None:
    """Seven of them, each with three variants at least."""
    assert len(NAMES) == 7
    assert all(len(load_scenario(file).variants) >= 3 for file in FILES)


@pytest.mark.parametrize("name", NAMES)
def test_each_variant_comes_to_what_its_file_says(name: str) -> None:
    """Every variant has an expectation, and it holds to the token unit."""
    for each in outcomes(name):
        assert each.expected == each.found


@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_what_comes_out(name: str) -> None:
    """The table of the page is the one that the command prints."""
    assert f"\n\n{table(outcomes(name))}\n\n" in PAGE.read_text("utf-8")


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_what_is_known_of_the_event_is_reproduced(name: str) -> None:
    """34 accounts at the cap of wstETH; nobody where the median holds."""
    found = {each.variant: each.found.liquidated for each in outcomes(name)}
    assert {variant: found[variant] for variant in KNOWN[name]} == KNOWN[name]


def test_an_age_limit_saves_what_the_floor_would_cost() -> None:
    """LUNA: without it, accounts owe more than 500 times as much at the market's price."""
    owed = {each.variant: each.found.shortfall for each in outcomes("luna_2022")}
    assert owed["no-age-limit"] > 500 * owed["age-limit"] > 0
    assert owed["no-floor"] == 0


def test_the_cap_concerns_10938_wsteth() -> None:
    """The positions of the 34 accounts add up to the amount that is known."""
    scenario = load_scenario(ROOT / "scenarios" / "incidents" / "wsteth_2026.toml")
    sizes = [position.size for account in scenario.accounts for position in account.positions]
    assert (len(sizes), sum(sizes)) == (34, 10_938 * 10**18)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_contracts_agree_on_the_first_variant(name: str, quickest: str) -> None:
    """As it was, every call in lockstep."""
    file = ROOT / "scenarios" / "incidents" / f"{name}.toml"
    first = load_scenario(file, variant=variants_of(load_scenario(file))[0])
    check = Check("full") if quickest == "revm" else Check("sample", 50)
    found = outcome(first, check=check, chain=quickest)
    assert found.compared > 100
    assert found.found == outcomes(name)[0].found
