"""The fuzz's deleveraging meets each way in which it ends, and what it may do is checked."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from weiproof.crosscheck.effects import Effects
from weiproof.crosscheck.fuzz import campaign, deleveraging
from weiproof.crosscheck.fuzz.playground import SPEC
from weiproof.crosscheck.fuzz.scene import Scene
from weiproof.crosscheck.fuzz.states import states_of
from weiproof.crosscheck.invariants import InvariantBroken, Invariants
from weiproof.crosscheck.protocol import deploy_model
from weiproof.engine import deleveraging as rules
from weiproof.engine.deleveraging_records import MAX_CANDIDATES, Candidates
from weiproof.engine.draws import Draws
from weiproof.engine.fixed_point import WEI

CALLS = 9_000
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    """How often each outcome occurred: error of a function, event, or state."""
    counts: Counter[str] = Counter()
    for seed in SEEDS:
        scene = Scene(SPEC, deploy_model(SPEC), Draws(seed))
        for call in islice(campaign.sequence(scene, lambda _: iter(())), CALLS):
            outcome = scene.model.apply(call)
            counts[f"{call.function} {outcome.error}".strip()] += 1
            counts.update(event.name for event in outcome.events)
            counts.update(states_of(outcome))
    return counts


@pytest.mark.parametrize(
    "outcome",
    [
        "flag",
        "flag FlagStands",
        "flag NotBankrupt",
        "unflag",
        "unflag FlagStands",
        "unflag NotFlagged",
        "nominate",
        "nominate AlreadyNominated",
        "nominate NotCandidate",
        "nominate UnknownMarket",
        "autoDeleverage",
        "autoDeleverage DeleveragingTooEarly",
        "autoDeleverage NoCandidate",
        "autoDeleverage NoPosition",
        "autoDeleverage NotFlagged",
        "deleveraged whole",
        "deleveraged in part",
        "deleveraged against several",
    ],
)
def test_each_outcome_occurs(seen: Counter[str], outcome: str) -> None:
    """Each call succeeds, and is refused for each reason."""
    assert seen[outcome] > 0


def bankrupt_scene(seed: int) -> tuple[Scene, list[str]]:
    """A scene in which a directed sequence is about to deleverage; and who is nominated."""
    scene = Scene(SPEC, deploy_model(SPEC), Draws(seed))
    for call in campaign.beginning(scene):
        scene.model.apply(call)
    nominated: list[str] = []
    for call in deleveraging.tied_candidates(scene):
        if call.function == "autoDeleverage" and scene.would_pass(call):
            break
        outcome = scene.model.apply(call)
        if call.function == "nominate" and outcome.ok:
            nominated.append(str(call.args[1]))
    return scene, nominated


def deleverage(scene: Scene, account: str, market_id: int) -> None:
    """One more call, with what it may do checked around it."""
    effects = Effects(scene.model, scene.ledger)
    call = scene.house(scene.outsider, "autoDeleverage", account, market_id, 3)
    effects.before(call)
    outcome = scene.model.apply(call)
    assert outcome.ok, outcome.error
    effects.check(7, call, outcome)


def ready(scene: Scene) -> tuple[str, int]:
    """The flagged account and the market of its position."""
    records = scene.model.world.store.keys()
    (account,) = (
        str(key[1])
        for key in records
        if key[0] == "flag" and scene.ledger.flags.read(str(key[1])).flagged_at
    )
    return account, scene.held(account)[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_candidate_that_gives_too_little_is_found(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where less than the deficit is asked for, the account that was closed owes something."""
    scene, nominated = bankrupt_scene(seed)
    account, market_id = ready(scene)
    assert nominated
    plain = rules.less_reserve
    monkeypatch.setattr(rules, "less_reserve", lambda *args: plain(*args) - 2 * WEI)
    with pytest.raises(InvariantBroken, match="lacks less than a wei"):
        deleverage(scene, account, market_id)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_candidate_that_is_hurt_is_found(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody asks what candidates can bear, one that ends below maintenance is found."""
    scene, _ = bankrupt_scene(seed)
    account, market_id = ready(scene)
    plain = rules.less_reserve
    monkeypatch.setattr(rules, "less_reserve", lambda *args: plain(*args) * 1_000)
    monkeypatch.setattr(rules, "can_give", lambda *_: True)
    with pytest.raises(InvariantBroken, match="is not liquidatable after it was deleveraged"):
        deleverage(scene, account, market_id)


@pytest.mark.parametrize("accounts", [("0x1", "0x1"), tuple(map(str, range(MAX_CANDIDATES + 1)))])
def test_a_wrong_list_is_found(accounts: tuple[str, ...]) -> None:
    """Nobody is listed twice, and no more than there may be."""
    scene, _ = bankrupt_scene(1)
    scene.ledger.candidates.put(Candidates(accounts), 0, True)
    invariants = Invariants(scene.model, scene.ledger)
    invariants.note(scene.model.world.store.commit())
    with pytest.raises(InvariantBroken, match="each candidate once"):
        invariants.check(7, scene.house(scene.outsider, "nominate", 0, scene.outsider))
