"""`weiproof run` and `weiproof replay`: exit codes, files and what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from weiproof.engine import mark
from weiproof.scripts import cli

ROOT = Path(__file__).resolve().parents[2]
AUGUST = str(ROOT / "scenarios" / "august_2024.toml")
SMALL = str(ROOT / "tests" / "simulation" / "small.toml")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_run_prints_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json stdout holds the summary and the timing, amounts as decimal strings."""
    assert cli.main(["run", SMALL, "--json", "--out", "here"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["divergences"] == 0
    assert told["calls_compared"] == told["calls"] - 1
    assert told["insurance_fund"]["start"] == "1000500000000000000000"
    assert told.keys() >= {"seed", "state_hash", "bad_debt", "reverts", "stale_seconds", "seconds"}
    assert told.keys() >= {"seconds_on_invariants", "seconds_on_states"}
    assert {"partial", "full"} <= told["liquidations"].keys()
    names = {path.name for path in Path("here").iterdir()}
    assert names == {
        "journal.jsonl",
        "protocol.json",
        "scenario.toml",
        "states.jsonl",
        "summary.json",
        "timing.json",
    }


def test_a_run_says_how_to_run_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    """The closing lines hold state hash, folder and the exact command, seed included."""
    assert cli.main(["run", SMALL, "--seed", "5", "--check", "sample:3"]) == 0
    told = capsys.readouterr().out
    assert "0 divergences" in told
    assert "run folder runs/small-1" in told
    assert f"weiproof run {SMALL} --check sample:3 --chain pyevm --seed 5" in told


def test_a_run_tells_of_its_routes(capsys: pytest.CaptureFixture[str]) -> None:
    """How often each was taken, and what vault, fund and providers had of it."""
    arguments = ["--variant", "capacity", "--check", "off", "--out", "here"]
    assert cli.main(["run", "squeeze", *arguments]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "routes 8 keeper, 0 market, 24 backstop, 0 fund, 0 deleverage, 21 forced close" in told
    assert "25,000,000.00 deposited, result -640,101.69 USD; 0 providers left, 0 wait" in told
    assert "withdrawals shut 0 times, 0 s" in told


def test_nothing_is_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that holds something is refused; without --out each run gets a new one."""
    assert cli.main(["run", SMALL, "--check", "off", "--out", "here"]) == 0
    assert cli.main(["run", SMALL, "--check", "off", "--out", "here"]) == 2
    assert "not an empty folder" in capsys.readouterr().err
    for number in (1, 2):
        assert cli.main(["run", SMALL, "--check", "off"]) == 0
        assert Path(f"runs/small-{number}/journal.jsonl").is_file()


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "missing.toml"],
        ["run", "."],
        ["run", SMALL, "--check", "sample:0"],
        ["run", SMALL, "--check", "some"],
        ["run", SMALL, "--chain", "geth"],
        ["run", SMALL, "--seed", "-1"],
        ["run", SMALL, "--data", "nowhere", "--seed", "x"],
        ["run", str(ROOT / "scenarios" / "august_2024_minutes.toml")],
        ["replay", "nowhere"],
        ["replay", "."],
    ],
    ids=" ".join,
)
def test_bad_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Each mistake gets one message, exit code 2 and leaves nothing behind."""
    assert cli.main(arguments) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert list(Path().iterdir()) == []


def test_a_shipped_scenario_is_known_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """`august_2024` needs no path."""
    assert cli.main(["run", "august_2024", "--check", "off", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scenario"] == "august-2024"


def test_a_replay_verifies(capsys: pytest.CaptureFixture[str]) -> None:
    """A run replays on the model, and on the contracts where asked."""
    assert cli.main(["run", SMALL, "--check", "off", "--out", "here"]) == 0
    assert cli.main(["replay", "here"]) == 0
    assert cli.main(["replay", "here", "--chain", "pyevm", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.rpartition("\n{")[2].join(("{", "")))
    assert told["divergences"] == 0
    assert told["calls_compared"] == told["calls"]


def test_a_damaged_journal_ends_with_4(capsys: pytest.CaptureFixture[str]) -> None:
    """The line that does not fit is named."""
    assert cli.main(["run", SMALL, "--check", "off", "--out", "here"]) == 0
    journal = Path("here/journal.jsonl")
    journal.write_bytes(journal.read_bytes().replace(b'"deposit"', b'"settle"', 1))
    assert cli.main(["replay", "here"]) == 4
    assert "journal line" in capsys.readouterr().err


def test_a_divergence_ends_with_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Call, account, field, both values and the gap are told, and written beside the journal."""
    monkeypatch.setattr(mark, "div_truncate", lambda n, d: n // d)
    assert cli.main(["run", AUGUST, "--out", "here"]) == 1
    told = capsys.readouterr().err
    for word in ("house.settleTrade", "account", "field", "model", "contract", "gap"):
        assert word in told
    written = json.loads(Path("here/divergence.json").read_text())
    assert int(written["gap"]) != 0


def test_a_missing_back_end_ends_with_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where revm cannot run, the reason is told."""
    from weiproof.contracts.chains import ChainUnavailable
    from weiproof.simulation import run as running

    def unavailable(name: str, *, genesis_time: int) -> None:
        raise ChainUnavailable(f"{name} needs the extra fast ({genesis_time})")

    monkeypatch.setattr(running, "open_chain", unavailable)
    assert cli.main(["run", SMALL, "--chain", "revm", "--out", "here"]) == 3
    assert "extra fast" in capsys.readouterr().err
