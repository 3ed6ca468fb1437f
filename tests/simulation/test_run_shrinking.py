"""A run that diverged is played again on its own protocol, and made smaller."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from weiproof.crosscheck.divergence import Divergence
from weiproof.crosscheck.driver import replay
from weiproof.engine import mark
from weiproof.reports.gathering import RunFacts, gather
from weiproof.scripts import cli
from weiproof.simulation.journal import read_journal
from weiproof.simulation.run_shrinking import shrink_run, split

ROOT = Path(__file__).resolve().parents[2]
AUGUST = str(ROOT / "scenarios" / "august_2024.toml")


@pytest.fixture(name="facts")
def _facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quickest: str) -> RunFacts:
    """A run on a model that rounds one division otherwise, for as long as the test lasts."""
    monkeypatch.setattr(mark, "div_truncate", lambda n, d: n // d)
    out = tmp_path / "run"
    assert cli.main(["run", AUGUST, "--chain", quickest, "--out", str(out)]) == 1
    return gather(out)


def test_fewer_calls_show_the_same(facts: RunFacts, tmp_path: Path, quickest: str) -> None:
    """What is left shows the same on a fresh bench; without its last call it shows nothing."""
    assert facts.finding is not None
    shrunk = shrink_run(
        tmp_path / "run",
        facts.spec,
        facts.actors,
        facts.finding,
        chain=quickest,
        most_trials=150,
    )
    assert shrunk is not None
    assert len(shrunk.fixture) + len(shrunk.calls) < facts.calls
    everything = [*shrunk.fixture, *shrunk.calls]
    again = replay(shrunk.open(), everything, whole=True)
    assert isinstance(again, Divergence)
    assert again.identity == shrunk.finding.identity
    assert (again.kind, again.field) == (facts.finding["kind"], facts.finding["field"])
    assert replay(shrunk.open(), everything[:-1], whole=True) is None


@pytest.mark.parametrize("exact", [None, 7, {}, {"call": {"at": "x"}, "view": None}])
def test_a_divergence_without_its_call_is_left(
    exact: object, facts: RunFacts, tmp_path: Path, quickest: str
) -> None:
    """One that was written before, or by hand, is told as it stands."""
    assert facts.finding is not None
    written = {**facts.finding, "exact": exact}
    folder = tmp_path / "run"
    given = shrink_run(folder, facts.spec, facts.actors, written, chain=quickest, most_trials=1)
    assert given is None


def test_set_up_ends_with_the_first_round(facts: RunFacts, tmp_path: Path) -> None:
    """What is before it configures and funds; all calls are in one of the two parts."""
    records = read_journal(tmp_path / "run" / "journal.jsonl").records
    fixture, calls = split(records)
    assert [*fixture, *calls] == [record.call for record in records]
    assert calls[0].function == "transmit"
    assert {call.target for call in fixture} == {"token", "hub", "house"}
    assert json.loads((tmp_path / "run" / "divergence.json").read_text())["exact"]["call"]
    assert len(fixture) < facts.calls
