"""The commands used as they should not be: a message with the way out, and nothing lost."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from weiproof.crosscheck.new_files import write_new
from weiproof.scripts import errors
from weiproof.scripts.cli import main


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
        (["--seconds", "1", "--workers", "3"], "needs --steps, not --seconds"),
        (["--steps", "1", "--driver", "search", "--workers", "2"], "leave out --workers"),
        (["--evidence", "full"], "full holds something"),
        (["--junit", "full/mine"], "full/mine is there already"),
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


LIMITED = (
    "import resource, signal, sys\n"
    "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
    "from weiproof.scripts.cli import main\n"
    "sys.exit(main())\n"
)
"""The command where no file may have more than 100 bytes: a disk that is full."""


@pytest.mark.skipif(os.name == "nt", reason="needs limits on the size of files")
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """The file and what to do are told, exit code 3; what was not written whole is not there."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "init", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == errors.BAD_ENVIRONMENT
    first = tmp_path / "scenario.toml"
    assert (
        done.stderr == f"error: {first}: {os.strerror(errno.EFBIG)}; make room, and run it again\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_told() -> None:
    """A full disk behind standard output is exit code 3, and told once."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "weiproof.scripts", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == errors.BAD_ENVIRONMENT
    assert (
        done.stderr == f"error: writing: {os.strerror(errno.ENOSPC)}; make room, and run it again\n"
    )


def test_new_files_are_whole_or_not_there(tmp_path: Path) -> None:
    """A file that exists is left alone; one whose writing fails is taken away."""
    path = tmp_path / "a"
    write_new(path, "é" * 10_000)
    assert path.read_text(encoding="utf-8") == "é" * 10_000
    with pytest.raises(FileExistsError):
        write_new(path, b"")
    assert path.stat().st_size == 20_000


def started(script: str, *arguments: str, encoding: str = "utf-8") -> tuple[int, str]:
    """Exit code and standard error of a shell line in which `weiproof` is the command."""
    done = subprocess.run(
        ["bash", "-c", f'weiproof() {{ "$PYTHON" -m weiproof.scripts "$@"; }}; {script}', "-",
         *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHON": sys.executable, "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    return done.returncode, done.stderr


needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


@needs_bash
def test_any_encoding_and_no_output_at_all(tmp_path: Path) -> None:
    """What an encoding lacks is escaped; a closed standard output changes no verdict."""
    main(["init", str(tmp_path)])
    line = 'weiproof run "$1/scenario.toml" --check off --out "$1/$2"'
    assert started(line, str(tmp_path), "a", encoding="ascii") == (errors.PASS, "")
    assert started(f"{line} >&-", str(tmp_path), "b") == (errors.PASS, "")


@needs_bash
def test_a_reader_that_goes_away_ends_a_table(tmp_path: Path) -> None:
    """Where a table is printed to nobody, the exit code is no verdict either."""
    main(["init", str(tmp_path)])
    line = 'weiproof run "$1/scenario.toml" --check off --out "$1/a" | true; exit ${PIPESTATUS[0]}'
    assert started(line, str(tmp_path)) == (errors.READER_GONE, "")
