"""Targets: what they may consist of, how they are played, and that one seed is one sequence."""

from __future__ import annotations

from pathlib import Path

from weiproof.contracts.chains import ChainUnavailable, actor, open_chain
from weiproof.crosscheck import driver, workers
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.opening import Opening
from weiproof.crosscheck.targets.bench import TwinBench
from weiproof.engine.call import Call

TARGETS = Path(__file__).resolve().parent.parent / "targets"
COUNTER = Opening(TARGETS / "counter.py")
DRILL = Opening(TARGETS / "drill.py")


def installed_chains() -> list[str]:
    """Names of the embedded back ends that are installed."""
    return [name for name in ("pyevm", "eth-tester", "revm") if is_installed(name)]


def is_installed(name: str) -> bool:
    """Whether a back end can run here; says why not, shown with -rP."""
    try:
        open_chain(name, genesis_time=1)
    except ChainUnavailable as error:
        print(f"not compared: {error.reason}")  # noqa: T201 - shown with -rP
        return False
    return True


def counter(chain: str = "pyevm") -> TwinBench:
    """The counter, opened."""
    bench = COUNTER.open(chain)
    assert isinstance(bench, TwinBench)
    return bench


def test_everything_a_target_may_consist_of_agrees() -> None:
    """Library, proxy, Ether, overloads, structs and calls between contracts: no difference."""
    bench = counter()
    campaign = driver.run(bench, 2, Limits(700))
    assert campaign.passed, campaign.finding
    assert [step.label for step in bench.plan.steps] == ["registry", "Sums", "logic", "counter"]
    assert campaign.recording.fixture == [
        Call(1_700_000_000, actor("alice"), "counter", "add(uint256)", (5,))
    ]
    functions = campaign.tally.functions
    for name in ("add(uint256)", "add(uint256,uint256[])", "close", "initialize", "total"):
        assert functions[f"counter.{name}"] > 0
    assert functions["registry.note"] > 0
    assert {"Strange", "Error", "Panic(0x11)"} <= set(campaign.tally.errors)
    assert bench.lockstep.chain.chain.balance(bench.lockstep.chain.book["counter"]) >= 7
    assert bench.uncompared == ()


def test_one_seed_is_one_sequence_on_every_back_end() -> None:
    """The same calls, counts and state hash on each installed back end."""
    campaigns = [driver.run(COUNTER.open(c), 5, Limits(150)) for c in installed_chains()]
    first = campaigns[0]
    assert len(campaigns) >= 2
    for campaign in campaigns:
        assert campaign.passed
        assert campaign.recording.calls == first.recording.calls
        assert (campaign.state_hash, campaign.tally) == (first.state_hash, first.tally)


def test_a_second_chain_must_agree() -> None:
    """Two back ends in one lockstep, and a difference between them is a finding of its own."""
    bench = COUNTER.open("pyevm", "eth-tester")
    assert driver.run(bench, 1, Limits(40)).passed
    second = bench.lockstep.second
    assert second is not None
    call = Call(1_800_000_000, actor("bob"), "counter", "add(uint256)", (1,))
    second.apply(call)
    found = driver.replay(bench, [call])
    assert found is None or found.kind == "chains"


def test_sequences_start_over_from_the_fixture() -> None:
    """After a sequence both sides are as the fixture left them, and time too."""
    bench = counter()
    campaign = driver.run(bench, 3, Limits(400))
    assert campaign.sequences > 2
    assert len(campaign.recording.calls) < 400
    assert campaign.tally.calls == 400


def test_rare_sequences_are_kept_and_counted() -> None:
    """The corpus holds a sequence for each kind of outcome, and counts how often it was met."""
    bench = DRILL.open("pyevm")
    assert isinstance(bench, TwinBench)
    driver.run(bench, 1, Limits(500))
    kinds = {feature[0] for feature in bench.corpus.features if len(feature) == 1}
    assert "drill.deposit:Deposited" in kinds
    assert "drill.withdraw:!Locked" in kinds
    assert 10 < len(bench.corpus) <= len(bench.corpus.features)


def test_workers_merge_in_the_order_of_their_seeds() -> None:
    """Two processes come to the sum of what they come to alone."""
    merged = workers.run(DRILL, "pyevm", 4, 120, 2)
    alone = [driver.run(DRILL.open("pyevm"), seed, Limits(60)) for seed in (4, 5)]
    assert merged.passed
    assert merged.tally.calls == 120
    assert merged.tally.functions == alone[0].tally.functions + alone[1].tally.functions
    assert merged.sequences == sum(campaign.sequences for campaign in alone)


def test_a_view_that_differs_is_found_by_reading_everything() -> None:
    """A twin whose state was changed behind its back differs at the end of a sequence."""
    bench = counter()
    call = Call(1_700_000_000, actor("bob"), "counter", "add(uint256)", (3,))
    assert driver.replay(bench, [call]) is None
    object.__setattr__(bench.model.world.twins["counter"], "total", 4)
    bench.settle()
    found = driver.replay(bench, [], whole=True)
    assert found is not None
    assert found.identity == ("state", "counter.total", "value")


def test_only_actors_have_ether() -> None:
    """Each actor starts with the target's balance, the deployer with what deploying left."""
    chain = open_chain("pyevm", genesis_time=1_700_000_000)
    bench = TwinBench(counter()._target, chain)
    assert chain.balance(bench.actors[0]) == 10**24
    assert chain.balance("0x" + "12" * 20) == 0
