"""A scenario runs, is written down, and runs again from what was written."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from weiproof.crosscheck.divergence import DivergenceFound
from weiproof.engine import mark
from weiproof.simulation.journal import JournalError, read_journal
from weiproof.simulation.loading import load_scenario
from weiproof.simulation.replay import replay
from weiproof.simulation.run import Check, Result, Run

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
AUGUST = ROOT / "scenarios" / "august_2024.toml"


def run(scenario: Path, folder: Path, *, check: str = "off", chain: str = "pyevm") -> Result:
    """Run a scenario into a new folder."""
    folder.mkdir()
    return Run(load_scenario(scenario), check=Check(check), chain=chain, folder=folder).run()


@pytest.fixture(scope="module")
def august(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the shipped scenario's run on the model alone."""
    folder = tmp_path_factory.mktemp("runs") / "august"
    run(AUGUST, folder)
    return folder


@pytest.fixture
def copy(august: Path, tmp_path: Path) -> Path:
    """A copy of that folder, to be damaged."""
    folder = tmp_path / "copy"
    folder.mkdir()
    for file in august.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def summary(folder: Path) -> dict[str, object]:
    """The summary of a run."""
    document: dict[str, object] = json.loads((folder / "summary.json").read_bytes())
    return document


def test_the_shipped_scenario_is_worth_showing(august: Path) -> None:
    """It has partial and full liquidations, a paying insurance fund and refusals by staleness."""
    told = json.loads((august / "summary.json").read_bytes())
    assert told["calls"] > 800
    assert told["liquidations"]["partial"] > 0
    assert told["liquidations"]["full"] > 0
    assert int(told["insurance_fund"]["paid_out"]) > 0
    assert told["reverts"]["StalePrice"] > 0
    assert told["stale_seconds"]["ETH-USD/kucoin"] > 300


@pytest.mark.parametrize(("hop", "refused"), [("", True), ("hop = 100", False)])
def test_a_module_never_sees_what_the_feed_refuses(hop: str, refused: bool, tmp_path: Path) -> None:
    """Answers below the feed's bound are refused by the feed, so that no poke brings one."""
    text = (ROOT / "tests" / "simulation" / "small.toml").read_text("utf-8")
    file = tmp_path / "bounded.toml"
    file.write_text(text.replace("delay = 10", f"delay = 10\nmin_answer = 1900\n{hop}"), "utf-8")
    told = run(file, tmp_path / "run").summary
    assert ("AnswerOutOfBounds" in told["reverts"]) == refused
    assert told["functions"]["feed.transmit"] > 5


def test_money_adds_up_in_the_summary(august: Path) -> None:
    """What the fund paid, what was socialised and what is unresolved make up the bad debt."""
    told = json.loads((august / "summary.json").read_bytes())
    parts = told["bad_debt_covered"].values()
    assert sum(map(int, parts)) == int(told["bad_debt"])


def test_a_replay_verifies_every_hash(august: Path) -> None:
    """A journal that was not touched replays to the same state hash."""
    assert replay(august).state_hash == summary(august)["state_hash"]


def _changed_line(folder: Path) -> None:
    path = folder / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[40] = lines[40].replace(b'"at":"1', b'"at":"2', 1)
    path.write_bytes(b"".join(lines))


def _dropped_line(folder: Path) -> None:
    path = folder / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:40] + lines[41:]))


def _cut_short(folder: Path) -> None:
    path = folder / "journal.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def _changed_summary(folder: Path) -> None:
    path = folder / "summary.json"
    path.write_text(path.read_text().replace('"partial": ', '"partial": 1'))


def _changed_protocol(folder: Path) -> None:
    path = folder / "protocol.json"
    path.write_text(path.read_text().replace('"quorum": "2"', '"quorum": "1"'))


@pytest.mark.parametrize(
    "damage",
    [_changed_line, _dropped_line, _cut_short, _changed_summary, _changed_protocol],
    ids=lambda damage: damage.__name__.strip("_"),
)
def test_a_damaged_run_does_not_replay(copy: Path, damage: Callable[[Path], None]) -> None:
    """Whatever is changed in a run's folder is found."""
    damage(copy)
    with pytest.raises(JournalError):
        replay(copy)


@pytest.mark.slow
def test_the_contracts_agree(august: Path, tmp_path: Path) -> None:
    """On py-evm every call of the shipped scenario has the model's outcome, and the same state."""
    result = run(AUGUST, tmp_path / "full", check="full")
    assert result.summary["calls_compared"] >= 800
    assert result.summary["divergences"] == 0
    assert result.summary["state_hash"] == summary(august)["state_hash"]
    assert (tmp_path / "full" / "journal.jsonl").read_bytes() == (
        august / "journal.jsonl"
    ).read_bytes()


def test_a_wrong_rounding_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A negative premium rounded down, not toward zero, differs, and is told so."""
    monkeypatch.setattr(mark, "div_truncate", lambda n, d: n // d)
    with pytest.raises(DivergenceFound) as found:
        run(AUGUST, tmp_path / "diverged", check="full")
    divergence = found.value.divergence
    assert divergence.call.function == "settleTrade"
    assert divergence.gap not in {0, None}
    journal = read_journal(tmp_path / "diverged" / "journal.jsonl")
    assert not journal.complete
    assert len(journal.records) == divergence.step


@pytest.mark.parametrize(
    ("hash_seed", "zone"), [("0", "UTC"), ("4711", "Pacific/Auckland")], ids=["plain", "elsewhere"]
)
def test_hash_seed_and_time_zone_change_nothing(
    august: Path, tmp_path: Path, hash_seed: str, zone: str
) -> None:
    """Another hash seed, time zone and locale give the same bytes."""
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": zone, "LC_ALL": "C"}
    command = [sys.executable, "-m", "weiproof.scripts", "run", str(AUGUST)]
    command += ["--check", "off", "--out", str(tmp_path / "out"), "--json"]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    for name in ("journal.jsonl", "states.jsonl", "summary.json", "protocol.json"):
        assert (tmp_path / "out" / name).read_bytes() == (august / name).read_bytes()


def fingerprint(folder: Path) -> str:
    """Hash of a run's summary and of its journal's lines, without header and chaining.

    The header names the compiled contracts, which may change while every outcome stays.
    """
    read = hashlib.sha256((folder / "summary.json").read_bytes())
    for line in (folder / "journal.jsonl").read_bytes().splitlines()[1:-1]:
        document = json.loads(line)
        parts = [document[key] for key in ("call", "outcome", "state_hash", "digest")]
        read.update(json.dumps(parts, sort_keys=True).encode())
    return read.hexdigest()


def test_the_bytes_are_the_same_on_every_python(august: Path) -> None:
    """Journal and summary are those that every supported version of Python writes."""
    expected = (Path(__file__).parent / "august_2024.sha256").read_text().strip()
    assert fingerprint(august) == expected
