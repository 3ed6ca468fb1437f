"""The lists of what a campaign must see agree with the sources."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from weiproof.contracts import artifact_store
from weiproof.crosscheck.fuzz import campaign, probes
from weiproof.crosscheck.fuzz.playground import SPEC
from weiproof.crosscheck.fuzz.reachability import (
    BUILT_IN_ERRORS,
    OTHERS_ERRORS,
    OTHERS_EVENTS,
    UNREACHABLE_ERRORS,
    UNREACHABLE_EVENTS,
    UNREACHABLE_FUNCTIONS,
    expected_errors,
    expected_events,
)
from weiproof.crosscheck.fuzz.scene import Scene
from weiproof.crosscheck.lockstep import Tally
from weiproof.crosscheck.protocol import deploy_model, deployment_plan
from weiproof.engine.draws import Draws

if TYPE_CHECKING:
    from pathlib import Path

CALLS = 16_000
"""A part of a campaign in which all occurs fifty times."""


def declared(root: Path, kind: str) -> set[str]:
    """Names of errors or events that stand in the Solidity sources."""
    texts = (file.read_text("utf-8") for file in (root / "contracts" / "src").rglob("*.sol"))
    return {
        name for text in texts for name in re.findall(rf"^    {kind} (\w+)\(", text, re.MULTILINE)
    }


def test_whatever_the_sources_declare_must_be_seen(root: Path) -> None:
    """No error or event of our own is excepted, but for those that another campaign sees."""
    store = artifact_store.shipped()
    assert len(declared(root, "error")) > 30
    assert declared(root, "error") <= set(expected_errors(store)) | OTHERS_ERRORS.keys()
    assert len(declared(root, "event")) >= 25
    assert declared(root, "event") <= set(expected_events(store)) | OTHERS_EVENTS.keys()


def test_exceptions_are_real_and_have_reasons() -> None:
    """Every excepted name exists, is inherited or built in, and says why it cannot occur."""
    store = artifact_store.shipped()
    known = {
        entry["name"]
        for name in store.names()
        for entry in store.load(name).abi
        if entry["type"] in ("error", "event")
    }
    for name, reason in {**UNREACHABLE_ERRORS, **UNREACHABLE_EVENTS}.items():
        assert name in known or name.startswith("Panic")
        assert len(reason) > 20
    assert not set(BUILT_IN_ERRORS) & set(UNREACHABLE_ERRORS)


def test_a_part_of_a_campaign_meets_everything() -> None:
    """On the model alone each function succeeds, and each error and event occurs."""
    model, store = deploy_model(SPEC), artifact_store.shipped()
    scene = Scene(SPEC, model, Draws(1))
    abis = {step.label: step.abi for step in deployment_plan(SPEC).steps}
    abis = {label: abi for label, abi in abis.items() if label in model.world.contracts}
    tally = Tally()
    for call in campaign.beginning(scene):
        model.apply(call)
    begun = model.snapshot()
    prober = probes.Prober(scene, abis)
    for next_call in islice(campaign.episodes(scene, prober, campaign.EPISODES), CALLS):
        if next_call is None:
            model.restore(begun)
            continue
        tally.add(next_call, model.apply(next_call))
    answered = {
        f"{label.partition('/')[0]}.{entry['name']}"
        for label, abi in abis.items()
        for entry in abi
        if entry["type"] == "function" and model.answers(label, entry["name"])
    }
    assert answered - tally.succeeded.keys() == UNREACHABLE_FUNCTIONS.keys()
    assert set(expected_errors(store)) - tally.errors.keys() == set()
    assert set(expected_events(store)) - tally.events.keys() == set()
