"""`weiproof mutate`: its report, that it goes on, its exit codes."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts import chains
from weiproof.contracts.chains import ChainUnavailable, open_chain
from weiproof.crosscheck.mutation import subjects
from weiproof.scripts import errors
from weiproof.scripts.cli import main

if TYPE_CHECKING:
    from pathlib import Path

QUICK = ("--side", "python", "--steps", "40", "--campaigns", "1")


def has_revm() -> bool:
    """Whether the quick back end is installed."""
    try:
        open_chain("revm", genesis_time=1)
    except ChainUnavailable:
        return False
    return True


needs_revm = pytest.mark.skipif(not has_revm(), reason="trials need revm, which is not installed")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into the checkout."""
    monkeypatch.chdir(tmp_path)


def hashes(root: Path) -> dict[str, str]:
    """Hash of every source that is mutated."""
    files = [
        *sorted((root / "contracts" / "src").rglob("*.sol")),
        *(file for room in subjects.ROOMS for file in sorted((root / room).glob("*.py"))),
    ]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Report of a study that ends well."""
    assert main(["mutate", "--json", *arguments]) == errors.PASS
    report = json.loads(capsys.readouterr().out)
    assert isinstance(report, dict)
    return report


@needs_revm
def test_a_study_reports_resumes_and_changes_nothing(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The counts add up, a second run answers from the kept results, no source is touched."""
    before = hashes(root)
    arguments = (*QUICK, "--sample", "3", "--seed", "4", "--out", "kept")
    first = run_json(capsys, *arguments)
    python = first["sides"]["python"]
    assert list(first["sides"]) == ["python"]
    assert (first["seed"], first["sample"], first["steps"], first["seeds"]) == (4, 3, 40, [1])
    assert python["tried"] == 3
    assert python["mutants"] > 1000
    parts = ("killed", "survived", "same_code", "invalid")
    assert sum(python[part] for part in parts) == 3
    assert len(python["survivors"]) == python["survived"]
    kept = tmp_path / "kept" / "python.jsonl"
    lines = kept.read_bytes()
    assert len(lines.splitlines()) == 3
    assert run_json(capsys, *arguments) == first
    assert kept.read_bytes() == lines
    assert hashes(root) == before


@needs_revm
def test_text_shows_the_kill_rate(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text has the table of operators, the counts, and a survivor with diff and verdict."""
    population = subjects.Models().mutants()
    harmless = [m for m in population if m.file == "engine/state.py" and "ensure_ascii" in m.before]
    monkeypatch.setattr(subjects.Models, "mutants", lambda _: tuple(harmless[:1]))
    assert main(["mutate", *QUICK, "--full"]) == errors.PASS
    text = capsys.readouterr().out
    assert "python: 1 of 1 mutants tried, 0 of the same code, 0 invalid" in text
    assert "0 killed, 1 survived" in text
    assert "ensure_ascii=False" in text
    assert "verdict: " in text
    assert "kill rate" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["--sample", "0"],
        ["--sample", "3", "--full"],
        ["--sample", "3", "--again"],
        ["--side", "vyper"],
        ["--seed", "-1"],
        ["--steps", "0"],
        ["--campaigns", "0"],
        ["--workers", "0"],
        ["--modules", "no/such/folder"],
        ["extra"],
    ],
)
def test_bad_arguments_end_with_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A command line that cannot be used ends with exit code 2, one message and no traceback."""
    assert main(["mutate", *arguments]) == errors.BAD_USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err


def test_a_missing_back_end_ends_with_three(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the back end the command ends with exit code 3 and the reason."""

    def absent(name: str, **_: object) -> None:
        raise ChainUnavailable(f"{name} is not installed here")

    monkeypatch.setattr(chains, "open_chain", absent)
    assert main(["mutate", "--sample", "1"]) == errors.BAD_ENVIRONMENT
    assert "revm is not installed here" in capsys.readouterr().err


@needs_revm
def test_a_missing_compiler_ends_with_three(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there is no solc the command ends with exit code 3 and says how to get it."""
    arguments = ["--side", "solidity", "--sample", "1", "--modules", str(tmp_path)]
    assert main(["mutate", *arguments]) == errors.BAD_ENVIRONMENT
    assert "npm ci" in capsys.readouterr().err


@needs_revm
def test_damaged_results_end_with_four(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of results that cannot be read ends with exit code 4, file and line."""
    (tmp_path / "python.jsonl").write_text("{}\n", "utf-8")
    arguments = [*QUICK, "--sample", "1", "--out", str(tmp_path)]
    assert main(["mutate", *arguments]) == errors.DAMAGED_JOURNAL
    assert "python.jsonl:1" in capsys.readouterr().err
