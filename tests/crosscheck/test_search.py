"""The search driver: what Hypothesis plays, and when it stops."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.crosscheck.test_faults import opening_of
from tests.targets.drill import Drill, drill
from tests.targets.opening import open_target
from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.opening import Opening
from weiproof.crosscheck.search import IdleSearch, SearchUnavailable, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from weiproof.crosscheck.targets import Call, Scene

MARGIN = Opening()


class Idle(drill(0)):  # type: ignore[misc]
    """A drill of which nothing is ever called."""

    skip = tuple(f"drill.{each}" for each in (*vars(Drill), *vars(Drill())))

    def operations(self) -> Iterator[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Nothing to do."""
        yield 1, lambda _: iter(())


def test_a_seed_searches_alike_each_time(tmp_path: Path) -> None:
    """The same seed plays the same calls in every process, and finds nothing in right contracts."""
    options = ["--driver", "search", "--steps", "300", "--seed", "1", "--chain", "pyevm", "--json"]
    command = [sys.executable, "-m", "weiproof.scripts", "fuzz", *options]
    first, second = (
        json.loads(
            subprocess.run(
                [*command, "--target", ROOT / "tests" / "targets" / "drill.py"],
                check=True,
                capture_output=True,
                cwd=tmp_path,
                env={**os.environ, "PYTHONHASHSEED": seed},
            ).stdout
        )
        for seed in ("1", "2")
    )
    assert first["sequences"] > 1
    assert first["calls_compared"] == 300
    for each in (first, second):
        del each["calls_per_cpu_second"], each["seconds_on_invariants"]
    assert first == second


def test_another_seed_searches_elsewhere() -> None:
    """Seeds differ in what they play."""
    first, second = (search(open_target(drill(0)()), seed, Limits(400)) for seed in (1, 2))
    assert first.state_hash != second.state_hash


@pytest.mark.parametrize("steps", [5, 46, 130])
def test_it_ends_after_the_wanted_calls(steps: int, quickest: str) -> None:
    """The limit counts the calls of the fixture, and may lie within it."""
    campaign = search(MARGIN.open(quickest), 1, Limits(steps))
    assert campaign.tally.calls == steps
    assert campaign.passed


def test_it_ends_when_it_is_time(quickest: str) -> None:
    """Whoever sets the limit is asked before each call."""
    left = iter([False] * 60)
    campaign = search(MARGIN.open(quickest), 1, Limits(None, lambda: next(left, True)))
    assert campaign.tally.calls == 60


@pytest.mark.parametrize("number", [12, 13, 16])
def test_it_finds_faults_of_a_target(number: int) -> None:
    """What was played last shows the finding again, and its last call is the one that showed it."""
    campaign = search(open_target(drill(number)()), 1, Limits(3000))
    assert campaign.finding is not None
    assert campaign.recording.calls[-1] is campaign.finding.call
    found = driver.replay(
        open_target(drill(number)()), [*campaign.recording.fixture, *campaign.recording.calls]
    )
    assert found is not None
    assert found.identity == campaign.finding.identity


@pytest.mark.parametrize("name", ["feed_observation", "margin_maintenance_withdrawn"])
def test_it_finds_faults_of_the_margin_contracts(name: str, quickest: str) -> None:
    """The margin protocol's generators and directed sequences are searched, too."""
    campaign = search(opening_of(name).open(quickest), 1, Limits(1000))
    assert campaign.finding is not None
    sequence = [*campaign.recording.fixture, *campaign.recording.calls]
    found = driver.replay(opening_of(name).open(quickest), sequence)
    assert found is not None
    assert found.identity == campaign.finding.identity


def test_without_hypothesis_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra, and nothing was played."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    bench = open_target(drill(0)())
    with pytest.raises(SearchUnavailable, match=r"weiproof\[search\]"):
        search(bench, 1, Limits(60))
    assert bench.lockstep.tally.calls == 0


def test_it_does_not_go_on_for_ever_without_a_call() -> None:
    """Where no move ever makes a call, the search ends with an error."""
    with pytest.raises(IdleSearch, match="no call in 100 sequences in a row"):
        search(open_target(Idle()), 1, Limits(60))


def test_a_finding_in_the_fixture_is_one() -> None:
    """What setting up shows already is the last call of what was played, under either driver."""

    class Early(drill(2)):  # type: ignore[misc]
        def fixture(self, scene: Scene) -> Iterator[Call]:
            for amount in (1, 7, 9):
                yield scene.call("alice", "drill", "deposit", amount)

    searched, played = (
        play(open_target(Early()), 1, Limits(3000)) for play in (search, driver.run)
    )
    assert searched.finding is not None
    assert searched.recording == played.recording
    assert [call.args for call in searched.recording.calls] == [(7,)]
