"""The command line finds its subcommands lazily and turns every outcome into an exit code."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import click
import pytest

from weiproof.scripts import cli, errors

if TYPE_CHECKING:
    from collections.abc import Callable

HEAVY = ("web3", "eth", "eth_tester", "pyrevm", "pydantic", "rich", "hypothesis")


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments], check=False, capture_output=True, text=True
    )


@pytest.fixture
def with_command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], int]:
    """Run `weiproof probe` with a given body, and return the exit code."""

    def run(body: Callable[[], object]) -> int:
        group = click.Group("weiproof", commands=[click.Command("probe", callback=body)])
        monkeypatch.setattr(cli, "weiproof", group)
        return cli.main(["probe"])

    return run


def _raise(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Divergence("one wei"), 1),
        (errors.BadUsage("no such market"), 2),
        (click.UsageError("no such option"), 2),
        (FileNotFoundError(2, "No such file or directory", "missing.toml"), 2),
        (errors.BadEnvironment("no back end"), 3),
        (errors.DamagedJournal("line 7"), 4),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_a_user_sees_a_message_and_no_traceback(
    with_command: Callable[[Callable[[], object]], int],
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
) -> None:
    """Each kind of early end has its exit code, writes to stderr only, and shows no traceback."""
    assert with_command(lambda: _raise(error)) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.strip()
    assert "Traceback" not in err


def test_a_file_problem_names_the_file(
    with_command: Callable[[Callable[[], object]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    """A path that cannot be read is named first."""
    with_command(lambda: _raise(PermissionError(13, "Permission denied", "a.toml")))
    assert capsys.readouterr().err == "error: a.toml: Permission denied\n"


def test_a_fault_of_our_own_is_no_divergence(
    with_command: Callable[[Callable[[], object]], int], capsys: pytest.CaptureFixture[str]
) -> None:
    """An unexpected exception shows its traceback and ends with 70, not with 1."""
    assert with_command(lambda: _raise(ZeroDivisionError("boom"))) == errors.INTERNAL_ERROR
    assert "ZeroDivisionError: boom" in capsys.readouterr().err


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (1, 1), (3, 3)])
def test_a_command_may_return_its_exit_code(
    with_command: Callable[[Callable[[], object]], int], returned: int | None, code: int
) -> None:
    """What a command returns is its exit code; nothing is a pass."""
    assert with_command(lambda: returned) == code


@pytest.mark.parametrize("name", errors.EXIT_CODES)
def test_each_exception_with_an_exit_code_exists(name: str) -> None:
    """A renamed exception does not silently become a fault of our own."""
    module, _, kind = name.rpartition(".")
    assert issubclass(getattr(importlib.import_module(module), kind), Exception)


def test_a_subclass_has_the_exit_code_of_its_ancestor() -> None:
    """The nearest listed ancestor decides; an unlisted kind has none."""
    from weiproof.contracts.chains import ChainUnavailable

    class Narrower(ChainUnavailable):
        pass

    assert errors.exit_code_of(Narrower("not here")) == errors.BAD_ENVIRONMENT
    assert errors.exit_code_of(RuntimeError("?")) is None
    assert errors.exit_code_of(OSError("no file named")) is None


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_each_command_can_be_asked_for_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each listed subcommand has its module, and `--help` works without doing anything."""
    assert cli.main([name, "--help"]) == 0
    assert f"weiproof {name}" in capsys.readouterr().out


def test_an_unknown_command_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt subcommand ends with 2 and is named."""
    assert cli.main(["rnu"]) == errors.BAD_USAGE
    assert "rnu" in capsys.readouterr().err


def test_help_loads_nothing_heavy() -> None:
    """`weiproof --help` imports no library that takes long, and lists every subcommand."""
    code = (
        "import sys; from weiproof.scripts.cli import main; main(['--help']);"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = _python("-c", code)
    assert done.stderr.strip() == "[]"
    assert [name for name in cli.COMMANDS if f"  {name} " not in done.stdout] == []


def test_the_package_can_be_run_as_a_module() -> None:
    """`python -m weiproof.scripts` is the same command and knows its version."""
    done = _python("-m", "weiproof.scripts", "--version")
    assert done.stdout == f"weiproof {version('weiproof')}\n"


def test_a_reader_that_goes_away_is_no_verdict() -> None:
    """`weiproof --help | true` ends quietly, neither as a pass nor as a divergence."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "weiproof.scripts", "--help"],
            check=False,
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr) == (errors.READER_GONE, "")
