"""Classic bugs of those who read price feeds, planted one at a time: the hub's target finds each.

`tests/faults/oracles` is laid out as `tests/faults` is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.planted import Planted
from weiproof.contracts.chains import open_chain
from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.fuzz.campaign import OverlaidStore
from weiproof.crosscheck.targets.bench import TwinBench
from weiproof.crosscheck.targets.loading import load_target

if TYPE_CHECKING:
    from weiproof.contracts.artifact_store import ArtifactStore

FAULTS = Planted(ROOT / "tests" / "faults" / "oracles")
NAMES = FAULTS.names
HUB = ROOT / "examples" / "targets" / "oracles" / "hub.py"

STEPS = 700
"""A campaign of so many calls finds each fault, from the seed of its case."""

FEW = 3
"""Calls after the fixture that a fault needs."""


def bench(chain: str, store: ArtifactStore | None = None) -> TwinBench:
    """The hub's target, on its own contracts or those of a store."""
    target = load_target(HUB)
    opened = open_chain(chain, genesis_time=target.genesis_time, transaction_gas=target.gas)
    return TwinBench(target, opened, store=store)


def faulty(name: str, chain: str) -> TwinBench:
    """The target with a fault."""
    return bench(chain, OverlaidStore(FAULTS.artifacts(name)))


def test_faults_are_patches_with_artifacts_and_cases() -> None:
    """Each fault has its diff, its artifacts and its case, and there are no others."""
    FAULTS.check_complete(at_least=70)


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_changes_one_line(name: str) -> None:
    """The diff takes one line away and puts one there, in the file that it is named after."""
    FAULTS.check_diff(name)
    assert FAULTS.case(name).target_file == "../../../../examples/targets/oracles/hub.py"


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_is_found(name: str, revm: str) -> None:
    """A short campaign, from the seed of its case, finds the fault."""
    campaign = driver.run(faulty(name, revm), FAULTS.case(name).seed, Limits(STEPS))
    assert campaign.finding is not None


@pytest.mark.parametrize("name", NAMES)
def test_a_few_calls_show_it_and_nothing_else(name: str, quickest: str) -> None:
    """A case shows its finding with few calls; on the right contracts the same calls show none."""
    FAULTS.check_case(name, faulty(name, quickest), bench(quickest), FEW)
