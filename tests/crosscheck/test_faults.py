"""Classic bugs of margin protocols, planted one at a time, and the few calls that show each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.forge import forge, forge_test
from tests.planted import Planted
from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.exports.foundry import foundry_test
from weiproof.crosscheck.fuzz.campaign import OverlaidStore
from weiproof.crosscheck.opening import Opening

if TYPE_CHECKING:
    from pathlib import Path

FAULTS = Planted(ROOT / "tests" / "faults")
NAMES = FAULTS.names

STEPS = 4000
SEEDS = 12
"""Campaigns of so many calls, with so many seeds, find each fault; most of them in the first."""

FEW, DEEP = 8, 15
"""Calls after the fixture that a fault needs; those that are deep in the waterfall need more."""

PARTS = 6
"""Projects that the Foundry tests are split into: the compiler holds only so much code at once."""

WATERFALL = (
    "auctions_",
    "backstop_",
    "deficits_",
    "deleveraging_",
    "fills_",
    "forced_close_",
    "insurance_",
    "liquidation_",
    "market_life_",
    "market_route_",
    "plans_",
    "positions_",
    "pricing_",
    "reductions_",
    "seizure_order_",
    "routes_",
    "settlement_",
    "takeovers_",
)

ROUNDINGS = {
    "liquidation_fee_rounding": -1,
    "positions_loss_rounding": 1,
    "spot_paid": -1,
    "views_liquidation_price": 1,
}
"""Faults that are off by one wei, and in which direction."""


def opening_of(name: str) -> Opening:
    """The margin protocol with a fault."""
    return Opening(None, FAULTS.artifacts(name))


def test_faults_are_patches_with_artifacts_and_cases() -> None:
    """Each fault has its diff, its artifacts and its case, and there are no others."""
    FAULTS.check_complete(at_least=30)


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_changes_one_line(name: str) -> None:
    """The diff takes one line away and puts one there, in the file that it is named after."""
    FAULTS.check_diff(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_is_found(name: str, quickest: str) -> None:
    """Campaigns, from the seed of its case on, find the fault."""
    if quickest != "revm":
        pytest.skip("revm is not installed: on py-evm these campaigns take minutes")
    opening, seed = opening_of(name), FAULTS.case(name).seed
    for each in range(seed, seed + SEEDS):
        if driver.run(opening.open(quickest), each, Limits(STEPS)).finding is not None:
            return
    pytest.fail(f"not found in {SEEDS} campaigns of {STEPS} calls")


@pytest.mark.parametrize("name", NAMES)
def test_a_few_calls_show_it_and_nothing_else(name: str, quickest: str) -> None:
    """A case shows its finding with few calls; on the right contracts the same calls show none."""
    bench, right = opening_of(name).open(quickest), Opening().open(quickest)
    at_most = DEEP if name.startswith(WATERFALL) else FEW
    found = FAULTS.check_case(name, bench, right, at_most)
    if name in ROUNDINGS:
        assert found.gap == ROUNDINGS[name]
    report = found.as_json(bench.names)
    assert report["call"]["function"] in found.describe(bench.names)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_forge_fails_on_the_fault_and_passes_without(
    part: int, tmp_path: Path, quickest: str
) -> None:
    """Each case as a Foundry test fails with the model's words on the fault, and else passes."""
    forge()
    names = NAMES[part::PARTS]
    (tmp_path / "test").mkdir()
    (tmp_path / "foundry.toml").write_text('[profile.default]\nevm_version = "cancun"\n')
    for name in names:
        case, faulty, right = FAULTS.case(name), opening_of(name).open(quickest), Opening()
        fixture, calls = case.sequences(faulty)
        finding = driver.replay(faulty, [*fixture, *calls], whole=True)
        assert finding is not None
        for ending, opening in (("Faulty", opening_of(name)), ("Right", right)):
            bench = opening.open(quickest)
            test, text = foundry_test(bench, fixture, calls, finding, embed=True)
            named = text.replace(f"contract {test} ", f"contract {name}_{ending} ")
            assert named != text
            (tmp_path / "test" / f"{name}_{ending}.t.sol").write_text(named)
    ended = forge_test(tmp_path)
    report = ended.stdout
    assert f"{len(names)} tests passed, {len(names)} failed" in report, report + ended.stderr
    for suite in report.split("Ran 1 test for ")[1:]:
        name = suite.partition(":")[2].partition("\n")[0]
        assert ("[PASS]" in suite) == name.endswith("_Right"), suite
        assert name.endswith("_Right") or "the model says" in suite, suite


def test_shipped_contracts_fill_the_gaps() -> None:
    """A folder of faulty artifacts is completed by the shipped ones."""
    store = OverlaidStore(FAULTS.artifacts("views_liquidation_price"))
    shipped = OverlaidStore(FAULTS.artifacts("feed_observation"))
    assert store.names() == shipped.names()
    assert store.load("Views") != shipped.load("Views")
    assert store.load("Feed") != shipped.load("Feed")
    assert store.load("OracleHub") == shipped.load("OracleHub")
