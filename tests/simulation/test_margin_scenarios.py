"""Margin scenarios come to what their files and page say, on the model and on the contracts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from weiproof.scripts.compare import table
from weiproof.simulation.comparison import Outcome, outcome, variants_of
from weiproof.simulation.loading import load_scenario
from weiproof.simulation.run import Check

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "scenarios" / "margin").glob("*.toml"))
NAMES = [file.stem for file in FILES]
PAGE = ROOT / "docs" / "margin_scenarios.md"


@cache
def outcomes(name: str) -> tuple[Outcome, ...]:
    """All variants of a scenario, on the model."""
    file = ROOT / "scenarios" / "margin" / f"{name}.toml"
    scenarios = (load_scenario(file, variant=each) for each in variants_of(load_scenario(file)))
    return tuple(outcome(each, check=Check("off"), chain="pyevm") for each in scenarios)


@pytest.mark.parametrize("name", NAMES)
def test_each_variant_comes_to_what_its_file_says(name: str) -> None:
    """Every variant has an expectation, and it holds to the token unit."""
    for each in outcomes(name):
        assert each.expected == each.found


@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_what_comes_out(name: str) -> None:
    """The table of the page is the one that the command prints."""
    assert f"\n\n{table(outcomes(name))}\n\n" in PAGE.read_text("utf-8")


def test_the_median_holds_and_the_band_stops_the_mark() -> None:
    """Nobody is liquidated by a venue that crashes alone, nor by trades and depth with it."""
    found = {each.variant: each.found.liquidated for each in outcomes("flash_crash")}
    assert found["median"] == found["trades-and-depth"] == 0
    assert found["one-feed"] > 0
    assert found["wide-band"] > 0


def test_margin_that_follows_volatility_leaves_less_bad_debt() -> None:
    """Least where both margins follow, less where one does or somebody raises them, most else."""
    found = {each.variant: each for each in outcomes("calm_then_crash")}
    debts = [found[name].found.bad_debt for name in ("regimes", "by-hand", "initial-only", "fixed")]
    assert debts == sorted(debts)
    assert 8 * debts[0] < debts[-1]
    assert not found["fixed"].refused
    assert found["regimes"].refused == found["initial-only"].refused
    assert list(found["regimes"].refused) == ["InsufficientMargin"]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_contracts_agree_on_the_first_variant(name: str, quickest: str) -> None:
    """Every call in lockstep."""
    file = ROOT / "scenarios" / "margin" / f"{name}.toml"
    first = load_scenario(file, variant=variants_of(load_scenario(file))[0])
    check = Check("full") if quickest == "revm" else Check("sample", 50)
    found = outcome(first, check=check, chain=quickest)
    assert found.compared > 100
    assert found.found == outcomes(name)[0].found
