"""The hub's policies and adapters in lockstep with their contracts: the target ``oracles/hub``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weiproof.contracts.artifact_store import shipped
from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.fuzz.reachability import OTHERS_ERRORS, OTHERS_EVENTS, names_of
from weiproof.crosscheck.opening import Opening

if TYPE_CHECKING:
    from pathlib import Path

CALLS = 2_500
SAMPLE = 60


def opening(root: Path) -> Opening:
    """The target."""
    return Opening(root / "examples" / "targets" / "oracles" / "hub.py")


def test_policies_equal_their_contracts(root: Path) -> None:
    """A short campaign on the embedded EVM finds no difference."""
    campaign = driver.run(opening(root).open("pyevm"), 3, Limits(SAMPLE))
    assert campaign.finding is None
    assert campaign.tally.calls == SAMPLE


@pytest.mark.slow
def test_a_campaign_meets_every_error_and_event_of_policies(root: Path, revm: str) -> None:
    """All that the margin campaign leaves to this one, in 2,500 calls."""
    campaign = driver.run(opening(root).open(revm), 2, Limits(CALLS))
    assert campaign.finding is None
    tally = campaign.tally
    assert OTHERS_ERRORS.keys() - tally.errors.keys() == set()
    assert OTHERS_EVENTS.keys() - tally.events.keys() == set()


def test_what_is_left_to_this_campaign_exists() -> None:
    """Every name stands in an ABI."""
    store = shipped()
    assert OTHERS_ERRORS.keys() <= set(names_of(store, "error"))
    assert OTHERS_EVENTS.keys() <= set(names_of(store, "event"))
