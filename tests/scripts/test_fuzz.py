"""`weiproof fuzz`: its numbers, its exit codes, and that stdout is JSON only where asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts.chains import ChainUnavailable, open_chain
from weiproof.crosscheck import invariants, opening
from weiproof.crosscheck.fuzz.states import STATES
from weiproof.scripts import errors
from weiproof.scripts.cli import main

if TYPE_CHECKING:
    from weiproof.engine.call import Call

FAULTS = Path(__file__).resolve().parent.parent / "faults" / "artifacts"
STEPS = "120"


def has_revm() -> bool:
    """Whether the quick back end is installed."""
    try:
        open_chain("revm", genesis_time=1)
    except ChainUnavailable:
        return False
    return True


QUICK = "revm" if has_revm() else "pyevm"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases are saved in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and report of a campaign; nothing else may stand on stdout."""
    code = main(["fuzz", "--json", *arguments])
    report = json.loads(capsys.readouterr().out)
    assert isinstance(report, dict)
    return code, report


def test_json_tells_what_was_compared(capsys: pytest.CaptureFixture[str]) -> None:
    """Seed, steps, counts by name, speed and state hash stand in the report; the exit code is 0."""
    code, report = run_json(capsys, "--steps", STEPS, "--seed", "7", "--chain", QUICK)
    assert code == errors.PASS
    assert report["seed"] == 7
    assert report["steps"] == report["calls_compared"] == int(STEPS)
    assert report["divergences"] == 0
    assert "finding" not in report
    assert sum(report["functions"].values()) == int(STEPS)
    refused = sum(report["errors"].values())
    assert sum(report["succeeded"].values()) == int(STEPS) - refused
    for counts in ("functions", "succeeded", "errors", "events", "states"):
        assert all(isinstance(times, int) for times in report[counts].values())
    assert set(report["states"]) == set(STATES)
    assert report["events"]["Deposited"] > 0
    assert set(report["unseen"]) == {"errors", "events"}
    assert report["calls_per_cpu_second"] > 0
    assert len(bytes.fromhex(report["state_hash"])) == 32
    again = f"weiproof fuzz --steps {STEPS} --seed 7 --chain {QUICK}"
    assert report["command"] == again


def test_the_same_seed_reports_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Two campaigns of one seed differ in their speed alone."""
    arguments = ("--steps", STEPS, "--seed", "11", "--chain", QUICK)
    _, first = run_json(capsys, *arguments)
    _, second = run_json(capsys, *arguments)
    for report in (first, second):
        report.pop("calls_per_cpu_second")
        report.pop("seconds_on_invariants")
    assert first == second


def test_a_divergence_ends_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    """A faulty contract ends the campaign with exit code 1, the difference and the command."""
    folder = str(FAULTS / "views_liquidation_price")
    arguments = ("--steps", "2000", "--seed", "6", "--chain", QUICK, "--artifacts", folder)
    code, report = run_json(capsys, *arguments, "--trials", "300")
    assert code == errors.DIVERGENCE
    assert report["divergences"] == 1
    found = report["finding"]
    assert found["where"] == "house.liquidationPrice"
    assert found["field"] == "price"
    assert found["account"]
    assert found["gap"] == "1"
    assert int(found["contract"]) - int(found["model"]) == 1
    assert {"at", "sender", "target", "function", "args"} <= set(found["call"])
    assert folder in report["command"]


def test_a_divergence_is_told_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    """The text names call, account, field, both values, the gap, the seed and the command."""
    folder = str(FAULTS / "views_liquidation_price")
    arguments = ["--steps", "2000", "--seed", "6", "--chain", QUICK, "--artifacts", folder]
    code = main(["fuzz", *arguments, "--trials", "300"])
    text = capsys.readouterr().out
    assert code == errors.DIVERGENCE
    for word in ("call ", "account ", "field ", "model ", "contract ", "gap       +1", "seed 6"):
        assert word in text
    assert f"--artifacts {folder}" in text


def test_a_broken_invariant_ends_with_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an invariant is broken the campaign ends with exit code 1 and names it."""

    def broken(_: invariants.Invariants, step: int, call: Call) -> None:
        if step == 50:
            raise invariants.InvariantBroken("water runs uphill", step, call, 2, 1)

    monkeypatch.setattr(invariants.Invariants, "check", broken)
    code, report = run_json(capsys, "--steps", STEPS, "--chain", QUICK, "--trials", "0")
    assert code == errors.DIVERGENCE
    assert report["divergences"] == 1
    assert report["finding"]["name"] == "water runs uphill"
    assert report["finding"]["step"] == 50
    arguments = ["--steps", STEPS, "--chain", QUICK, "--trials", "0"]
    assert main(["fuzz", *arguments]) == errors.DIVERGENCE
    assert "water runs uphill" in capsys.readouterr().out


def test_text_counts_every_name(capsys: pytest.CaptureFixture[str]) -> None:
    """The tables hold what was seen, and with 0 what was not."""
    assert main(["fuzz", "--steps", "60", "--seed", "7", "--chain", QUICK]) == errors.PASS
    text = capsys.readouterr().out
    rows = {line.split()[0]: line.split()[-1] for line in text.splitlines() if line.strip()}
    assert rows["house.addMarket"] == "12"
    assert rows["WithdrawalsGated"] == "0"
    assert rows["MarketAdded"] == "12"
    assert "0 divergences" in text
    assert "state hash" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["--steps", "0"],
        ["--steps", "many"],
        ["--steps", "5", "--seed", "-1"],
        ["--steps", "5", "--seed", str(2**64)],
        ["--steps", "5", "--chain", "mainnet"],
        ["--steps", "5", "--artifacts", "no/such/folder"],
        ["--steps", "5", "--artifacts", "README.md"],
        ["--steps", "5", "extra"],
    ],
)
def test_bad_arguments_end_with_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A command line that cannot be used ends with exit code 2, one message and no traceback."""
    assert main(["fuzz", *arguments]) == errors.BAD_USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err


def test_a_missing_back_end_ends_with_three(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the back end the command ends with exit code 3 and the reason."""

    def absent(name: str, **_: object) -> None:
        raise ChainUnavailable(f"{name} is not installed here")

    monkeypatch.setattr(opening, "open_chain", absent)
    assert main(["fuzz", "--steps", "5", "--chain", "revm"]) == errors.BAD_ENVIRONMENT
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "revm is not installed here" in captured.err


@pytest.mark.slow
@pytest.mark.skipif(not has_revm(), reason="20,000 calls need revm, which is not installed here")
def test_a_long_campaign_sees_everything(capsys: pytest.CaptureFixture[str]) -> None:
    """20,000 calls of seed 7: no difference, every reachable event, error and state seen."""
    code, report = run_json(capsys, "--steps", "20000", "--seed", "7", "--chain", "revm")
    assert code == errors.PASS
    assert report["divergences"] == 0
    assert report["unseen"] == {"errors": [], "events": []}
    assert [state for state, times in report["states"].items() if not times] == []
    assert len(report["functions"]) > 70
