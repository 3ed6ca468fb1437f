"""Perp's published AccountBalance: a campaign finds the cast before the clamp; forge shows it.

Skipped where the package is not installed: ``python examples/targets/install.py
@perp/curie-contract``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.forge import forge, forge_test
from tests.targets_third_party.perp_mended import mended_artifacts
from weiproof.contracts.chains import actor
from weiproof.crosscheck import driver
from weiproof.crosscheck.divergence import Divergence
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.exports.foundry import foundry_test
from weiproof.crosscheck.opening import Opening
from weiproof.engine.call import Call

if TYPE_CHECKING:
    from weiproof.crosscheck.bench import Bench

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "examples" / "targets" / "perp_curie"
PACKAGE = ROOT / "node_modules" / ".targets" / "@perp" / "curie-contract"
DOCUMENTED, SHIPPED = Opening(FOLDER / "target.py"), Opening(FOLDER / "shipped.py")

pytestmark = pytest.mark.skipif(
    not PACKAGE.is_dir(),
    reason="@perp/curie-contract is missing:"
    " python examples/targets/install.py @perp/curie-contract",
)

START = 1_700_000_000
LEG, MOST = 2_500_000_000_000_001, 1_677_721_600_000_000_671
"""A position of 100 dollars and some wei at 40,000, and the most beside it, at 2,000, with which
it can be liquidated: together 33.55 times as much."""


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Opening:
    """The same target with an AccountBalance that clamps first."""
    folder = tmp_path_factory.mktemp("mended") / "artifacts"
    return Opening(FOLDER / "target.py", mended_artifacts(PACKAGE, FOLDER / "out", folder))


def sequence(bench: Bench, leg: int = LEG, beside: int = MOST + 1) -> tuple[list[Call], list[Call]]:
    """The fixture, and: two positions of alice's; half of the margin is left; liquidate the leg."""
    book = bench.lockstep.chain.book
    house, alice = actor("house"), actor("alice")
    calls = [
        Call(START, house, "balance", "registerBaseToken", (alice, book["eth"])),
        Call(START, house, "balance", "modifyTakerBalance", (alice, book["eth"], beside, 0)),
        Call(START, house, "balance", "modifyTakerBalance", (alice, book["btc"], leg, 0)),
        Call(
            START,
            actor("bob"),
            "venue",
            "liquidatable",
            (book["balance"], alice, book["btc"], 500_000, 0),
        ),
    ]
    return list(bench.fixture(0)), calls


def replayed(opening: Opening, chain: str, leg: int = LEG, beside: int = MOST + 1) -> object:
    """What the sequence shows."""
    bench = opening.open(chain)
    fixture, calls = sequence(bench, leg, beside)
    return driver.replay(bench, [*fixture, *calls])


def test_a_campaign_finds_the_revert(revm: str) -> None:
    """The first difference from the documentation is a liquidation that the cast refuses."""
    campaign = driver.run(DOCUMENTED.open(revm), 0, Limits(400))
    assert isinstance(campaign.finding, Divergence)
    assert campaign.finding.kind == "refused"
    assert "doesn't fit in 24 bits" in str(campaign.finding.chain)


def test_four_calls_are_the_minimum(revm: str) -> None:
    """The calls show it; with one of them left out, or a wei less of either position, all agree."""
    bench = DOCUMENTED.open(revm)
    fixture, calls = sequence(bench)
    found = driver.replay(bench, [*fixture, *calls])
    assert isinstance(found, Divergence)
    assert (found.kind, found.call) == ("refused", calls[-1])
    for i in range(len(calls)):
        fewer = [*calls[:i], *calls[i + 1 :]]
        assert driver.replay(DOCUMENTED.open(revm), [*fixture, *fewer]) is None
    assert replayed(DOCUMENTED, revm, beside=MOST) is None
    assert replayed(DOCUMENTED, revm, leg=LEG - 1) is None


def test_a_model_of_what_was_shipped_agrees(revm: str) -> None:
    """With the cast first in the model, too, these calls and random ones show nothing."""
    assert replayed(SHIPPED, revm) is None
    campaign = driver.run(SHIPPED.open(revm), 3, Limits(100))
    assert campaign.passed, campaign.finding


def test_the_mended_contract_does_what_is_documented(revm: str, mended: Opening) -> None:
    """With the clamp first in the contract these calls and random ones show nothing."""
    assert replayed(mended, revm) is None
    campaign = driver.run(mended.open(revm), 1, Limits(100))
    assert campaign.passed, campaign.finding


def test_forge_shows_it(revm: str, mended: Opening, tmp_path: Path) -> None:
    """The exported test fails on the published code, and passes on the mended."""
    forge()
    bench = DOCUMENTED.open(revm)
    fixture, calls = sequence(bench)
    finding = driver.replay(bench, [*fixture, *calls])
    assert finding is not None
    (tmp_path / "test").mkdir()
    (tmp_path / "foundry.toml").write_text('[profile.default]\nevm_version = "cancun"\n')
    for opening, ending in ((DOCUMENTED, ""), (mended, "Mended")):
        name, text = foundry_test(opening.open(revm), fixture, calls, finding, embed=True)
        text = text.replace(f"contract {name}", f"contract {name}{ending}")
        (tmp_path / "test" / f"{name}{ending}.t.sol").write_text(text)
    report = forge_test(tmp_path).stdout
    assert "1 tests passed, 1 failed" in report, report
    for suite in report.split("Ran 1 test for ")[1:]:
        is_mended = suite.partition(":")[2].partition("\n")[0].endswith("Mended")
        assert ("[PASS]" in suite) == is_mended, suite
        assert is_mended or "the model says accepted, the contract said reverted" in suite
