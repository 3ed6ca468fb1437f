"""The commands used as they should not be: a message with the way out, and nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weiproof.scripts import errors
from weiproof.scripts.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def told(capsys: pytest.CaptureFixture[str], *arguments: object, code: int) -> str:
    """What a command says on standard error when it ends with a code, on one line."""
    assert main([str(each) for each in arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    return " ".join(err.split())


def test_a_folder_without_evidence_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not taken for a damaged bundle."""
    said = told(capsys, "verify", tmp_path, code=errors.BAD_USAGE)
    assert "is no bundle of evidence: it has no manifest.json" in said


@pytest.mark.parametrize("name", ["missing", "file"])
def test_price_files_lie_in_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A folder that is none is refused, even where every price file lies beside the scenario."""
    (tmp_path / "file").write_text("")
    said = told(capsys, "run", "august_2024", "--data", tmp_path / name, code=errors.BAD_USAGE)
    assert name in said


def test_artifacts_of_something_else_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder without any margin contract is not silently replaced by the shipped ones."""
    options = ["--steps", "1", "--artifacts", tmp_path, "--cases", tmp_path / "cases"]
    said = told(capsys, "fuzz", *options, code=errors.BAD_ENVIRONMENT)
    assert "holds none of the margin contracts" in said


def test_names_in_files_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no printable text in a message is replaced."""
    (tmp_path / "V.json").write_text('{"contracts": {"a.sol": {"\\u001b[2J\\ud800": {"abi": 5}}}}')
    options = ["--target", "\x1b[2J\ud800", "--artifacts", tmp_path]
    said = told(capsys, "init", tmp_path, *options, code=errors.BAD_ENVIRONMENT)
    assert "\N{REPLACEMENT CHARACTER}[2J" in said
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--seconds", "1", "--workers", "3"], "need --steps, not --seconds"),
        (["--steps", "1", "--driver", "search"], "--target FILE"),
        (["--steps", "1", "--driver", "search", "--workers", "2"], "leave out --workers"),
        (["--evidence", "full"], "full holds something"),
        (["--markdown", "full"], "full: a file in a folder that exists"),
        (["--junit", "missing/x.xml"], "missing/x.xml: a file in a folder that exists"),
    ],
)
def test_what_cannot_end_well_does_not_begin(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    """Options that exclude each other and places that are taken are told before anything runs."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("weiproof.crosscheck.opening.Opening.open", None)
    assert said in told(capsys, "fuzz", *options, code=errors.BAD_USAGE)
    assert (tmp_path / "full" / "mine").read_text() == "mine"
