"""`weiproof export` of runs; that of cases is tested with the targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from weiproof.scripts import cli, errors
from weiproof.simulation.tables.schema import TABLES

ROOT = Path(__file__).resolve().parents[2]
SMALL = str(ROOT / "tests" / "simulation" / "small.toml")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The folder of a run, in the folder that the tests are in."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(["run", SMALL, "--check", "off", "--json", "--out", "run"]) == 0
    return "run"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_run_becomes_one_file_a_table(
    run: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By default in the run's folder; a second time nothing is overwritten."""
    capsys.readouterr()
    assert cli.main(["export", run, "--format", kind]) == errors.PASS
    told = capsys.readouterr().out.splitlines()
    files = [Path(run) / kind / f"{table.name}.{kind}" for table in TABLES]
    assert [line.partition(",")[0] for line in told] == [f"wrote {file}" for file in files]
    assert all(file.stat().st_size for file in files)
    assert cli.main(["export", run, "--format", kind]) == errors.BAD_USAGE
    assert "nothing is overwritten" in capsys.readouterr().err
    assert cli.main(["export", run, "--format", kind, "--out", "other"]) == errors.PASS


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--format", "foundry"], "run is a folder: --format foundry is for a saved case"),
        (["run", "--format", "csv", "--embed"], "--embed are for a saved case"),
        (["run/summary.json", "--format", "csv"], "is a file: --format csv is for the folder"),
        ([".", "--format", "csv"], "is not the folder of a run"),
    ],
)
def test_a_wrong_combination_is_told(
    run: str, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one message that says what goes with what."""
    capsys.readouterr()
    assert cli.main(["export", *arguments]) == errors.BAD_USAGE
    message = capsys.readouterr().err
    assert told in message
    assert message.count("\n") == 1
    assert not (Path(run) / "csv").exists()


def test_a_damaged_journal_has_its_exit_code(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As everywhere: 4, with the line."""
    path = Path(run) / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"at":"1', b'"at":"2', 1))
    assert cli.main(["export", run, "--format", "csv"]) == errors.DAMAGED_JOURNAL
    assert "journal line" in capsys.readouterr().err
