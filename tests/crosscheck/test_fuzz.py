"""The seeded fuzz: one seed is one sequence, everywhere; and it aims at edges."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from weiproof.contracts.chains import ChainUnavailable, open_chain
from weiproof.crosscheck.fuzz import campaign as fuzz
from weiproof.crosscheck.fuzz.playground import LABELS, SPEC
from weiproof.crosscheck.fuzz.scene import Scene
from weiproof.crosscheck.fuzz.states import STATES
from weiproof.crosscheck.fuzz.weights import WEIGHTED
from weiproof.crosscheck.protocol import deploy_model
from weiproof.engine.draws import Draws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

STEPS = 300
SEED = 7

# The model alone is enough to make the sequence: no call depends on a chain.
HASHED_SEQUENCE = """
import sys
from tests.crosscheck.test_fuzz import fingerprint
print(fingerprint(int(sys.argv[1]), int(sys.argv[2])))
"""


def no_probe(_: Scene) -> Iterator[Call]:
    """Stands for the generator that needs the contracts' ABIs."""
    return iter(())


def fingerprint(seed: int, steps: int) -> str:
    """Hash over calls, outcomes and states of a sequence on the model alone."""
    model = deploy_model(SPEC)
    digest = hashlib.sha256()
    for call in islice(fuzz.sequence(Scene(SPEC, model, Draws(seed)), no_probe), steps):
        digest.update(repr((call, model.apply(call), model.state_hash)).encode())
    return digest.hexdigest()


def test_one_seed_is_one_sequence() -> None:
    """The same seed makes the same calls twice, another seed other ones."""
    assert fingerprint(SEED, STEPS) == fingerprint(SEED, STEPS)
    assert fingerprint(SEED, STEPS) != fingerprint(SEED + 1, STEPS)


@pytest.mark.parametrize("hash_seed", ["1", "4242"])
def test_a_sequence_does_not_depend_on_the_process(hash_seed: str) -> None:
    """Processes with other hash seeds and time zones make the same calls."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": f"UTC+{hash_seed[0]}"}
    ended = subprocess.run(
        [sys.executable, "-c", HASHED_SEQUENCE, str(SEED), str(STEPS)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert ended.stdout.strip() == fingerprint(SEED, STEPS)


@pytest.mark.slow
def test_all_back_ends_end_in_one_state() -> None:
    """The same calls on every installed back end: no difference, one state hash, equal counts."""
    campaigns = []
    for chain in ("pyevm", "eth-tester", "revm"):
        try:
            open_chain(chain, genesis_time=1)
        except ChainUnavailable as error:
            print(f"not compared: {error.reason}")  # noqa: T201 - shown with -rP
            continue
        campaigns.append(fuzz.run(SEED, STEPS, chain))
    first = campaigns[0]
    assert len(campaigns) >= 2
    assert first.tally.calls == STEPS
    for campaign in campaigns:
        assert campaign.passed, campaign.finding
        assert campaign.state_hash == first.state_hash
        assert campaign.tally == first.tally


def test_steps_are_calls_and_a_prefix_is_a_prefix(quickest: str) -> None:
    """A campaign of fewer steps makes the first calls of a longer one, so it can be cut short."""
    seen: list[int] = []
    campaign = fuzz.run(SEED, 40, quickest, watch=seen.append)
    assert campaign.tally.calls == 40
    assert seen == list(range(1, 41))
    model = deploy_model(SPEC)
    scene = Scene(SPEC, model, Draws(SEED))
    long = list(islice(_applied(scene, fuzz.sequence(scene, no_probe)), 60))
    model = deploy_model(SPEC)
    scene = Scene(SPEC, model, Draws(SEED))
    assert list(islice(_applied(scene, fuzz.sequence(scene, no_probe)), 40)) == long[:40]


def test_people_have_names(quickest: str) -> None:
    """A campaign knows the label of every account and contract."""
    names = fuzz.run(SEED, 1, quickest).names
    assert set(LABELS) <= set(names.values())
    assert {"house", "hub", "token"} <= set(names.values())


def test_states_of_a_campaign_are_the_listed_ones(quickest: str) -> None:
    """Only the states that are listed are counted, and all of them are in the report."""
    campaign = fuzz.run(SEED, 200, quickest)
    assert set(campaign.states) == set(STATES)


def test_weights_pick_every_generator() -> None:
    """Each draw below the sum of the weights picks a generator, as often as its weight says."""
    total = sum(weight for weight, _ in WEIGHTED)
    picked = [fuzz._pick(WEIGHTED, drawn) for drawn in range(total)]
    for weight, generator in WEIGHTED:
        assert picked.count(generator) == weight
    with pytest.raises(ValueError, match="beyond the weights"):
        fuzz._pick(WEIGHTED, total)


def _applied(scene: Scene, calls: Iterator[Call]) -> Iterator[Call]:
    for call in calls:
        scene.model.apply(call)
        yield call
