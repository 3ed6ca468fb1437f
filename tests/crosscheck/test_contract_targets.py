"""A target may be modelled by contracts of the engine, as the feeds of the oracles room are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weiproof.crosscheck import driver
from weiproof.crosscheck.opening import Opening
from weiproof.crosscheck.targets.checking import TargetError
from weiproof.crosscheck.targets.contract_model import ContractModel
from weiproof.crosscheck.targets.model import ModelFault
from weiproof.engine.call import Call
from weiproof.engine.contract import World
from weiproof.oracles.mock_feed import MockFeed

if TYPE_CHECKING:
    from pathlib import Path

ALICE, FEED = "0x" + "a1" * 20, "0x" + "fe" * 20

TARGET = """
from weiproof.crosscheck.targets import Deploy, Target, Twin
from weiproof.oracles.mock_feed import MockFeed


class Broken(MockFeed):
    def setFailing(self, failing):
        self._records.edit(self.name).failing = not failing
        self.emit("FailingSet", failing)


class Beside(Twin):
    pass


class Checked(Target):
    artifacts = {artifacts!r}
    contracts = ({contracts})
"""


def model() -> ContractModel:
    """A mock feed alone."""
    world = World(now=100, sender=ALICE)
    world.addresses["feed"] = FEED
    MockFeed(world, "feed", 8, "ETH / USD")
    return ContractModel(world)


def call(function: str, *args: int, at: int = 100) -> Call:
    """A call of alice's to the feed."""
    return Call(at, ALICE, "feed", function, args)


def test_what_a_call_wrote_is_told_by_contract_first() -> None:
    """The path is label, kind and keys; the record under it has names and values."""
    feed = model()
    before = feed.state_hash
    assert feed.apply(call("setRound", 1, 2, 3, 4, 5)).ok
    assert feed.touched == (("feed", "mockFeed"),)
    assert feed.at(("feed", "mockFeed"))[:2] == (("round_id", 1), ("answer", 2))  # type: ignore[index]
    assert feed.at(("feed", "nothing")) is None
    assert feed.state_hash != before


def test_a_view_and_a_restored_snapshot_leave_nothing() -> None:
    """Digest and hash are as before."""
    feed = model()
    snapshot, digest = feed.snapshot(), feed.digest()
    assert feed.view(call("setRound", 1, 2, 3, 4, 5)).ok
    assert feed.digest() == digest
    feed.apply(call("setRound", 1, 2, 3, 4, 5, at=101))
    feed.restore(snapshot)
    assert (feed.digest(), feed.world.now) == (digest, 100)


def test_functions_are_found_by_name_or_signature() -> None:
    """What the base class has is no function of the contract."""
    feed = model()
    assert feed.answers("feed", "latestRoundData()")
    assert feed.method("feed", "emit") is None
    assert not feed.answers("feed", "nothing")
    assert not feed.answers("nobody", "latestRoundData")


def test_anything_but_a_revert_is_a_fault_of_the_model() -> None:
    """A call with too few arguments; time that runs backwards is the caller's mistake."""
    feed = model()
    with pytest.raises(ModelFault, match=r"feed\.setRound: TypeError"):
        feed.apply(call("setRound", 1))
    with pytest.raises(ValueError, match="time runs backwards: 99 after 100"):
        feed.apply(call("decimals", at=99))


def found(root: Path, folder: Path, contracts: str) -> object:
    """What a campaign of 60 calls finds in a target that consists of these contracts."""
    file = folder / "target.py"
    text = TARGET.format(artifacts=str(root / "contracts" / "artifacts"), contracts=contracts)
    file.write_text(text, encoding="utf-8")
    return driver.run(Opening(file).open("pyevm"), 1, driver.Limits(60)).finding


def test_a_feed_equals_its_contract(root: Path, tmp_path: Path) -> None:
    """The mock feed of the oracles room: nothing differs."""
    assert found(root, tmp_path, "Deploy('feed', 'MockFeed', (8, 'x'), MockFeed),") is None


def test_a_broken_feed_is_found(root: Path, tmp_path: Path) -> None:
    """A flag that is stored the wrong way round."""
    assert found(root, tmp_path, "Deploy('feed', 'MockFeed', (8, 'x'), Broken),") is not None


def test_both_kinds_in_one_target_are_refused(root: Path, tmp_path: Path) -> None:
    """They live in different worlds; the message names the contract."""
    feed = "Deploy('feed', 'MockFeed', (8, 'x'), MockFeed),"
    both = feed + "Deploy('b', 'MockFeed', (8, 'x'), Beside),"
    with pytest.raises(TargetError, match="feed is modelled by a contract of the engine"):
        found(root, tmp_path, both)
