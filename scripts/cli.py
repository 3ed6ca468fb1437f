"""The `weiproof` command: finds the subcommand, and turns what happens into an exit code.

Each subcommand is one module of this package with a click command called `command`. It is imported
when it is used, so that `weiproof --help` answers at once.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import errors

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "init": "Write a small scenario to start from into a folder.",
    "run": "Run a scenario on the engine and the contracts, and compare.",
    "compare": "Run the variants of a scenario, and show what each comes to.",
    "replay": "Run a journal or a saved counterexample again.",
    "fuzz": "Send seeded random calls to model and contracts, and compare.",
    "mutate": "Change contracts and models a little, and count what is found.",
    "shrink": "Make a saved counterexample smaller.",
    "verify": "Check a bundle of evidence of a campaign.",
    "export": "Write a saved counterexample as a test, or a run as tables.",
    "report": "Write what a run came to as one HTML file.",
    "oracle": "Look at recorded prices, and publish them through a simulated node network.",
    "deploy": "Rehearse a deployment, and send it to a node.",
    "gas": "Measure what each function of the clearing house costs.",
    "doctor": "Say what works on this machine, and what does not.",
}
"""Subcommand to its line of help; `scripts/<name>.py` holds it."""

EXIT_CODES_HELP = (
    "Exit codes: 0 pass; 1 divergence or broken invariant; 2 bad usage or scenario;"
    " 3 environment; 4 damaged journal; 130 interrupted."
)


class LazyGroup(click.Group):
    """A group that imports a subcommand's module only when that subcommand is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of the subcommands, in the order a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a subcommand; None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f".{cmd_name}", __package__)
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the subcommands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_CODES_HELP,
)
@click.version_option(package_name="weiproof", message="%(prog)s %(version)s")
def weiproof() -> None:
    """Replay margin protocols on integers, and prove the result wei-exact on an EVM."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    :param arguments: without the program name; those of the process where None.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    _make_streams_fit()
    try:
        # click's own main() would turn a broken pipe into exit code 1, which is a divergence here.
        with weiproof.make_context("weiproof", given) as context:
            result = weiproof.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return errors.INTERRUPTED
    except (BrokenPipeError, SystemExit) as end:
        return _reader_gone(end)
    except Exception as error:  # noqa: BLE001 - the last stop: everything becomes an exit code
        return _failed(error)
    return result if isinstance(result, int) else errors.PASS


def _make_streams_fit() -> None:
    """Let output go nowhere where there is none, and escape what its encoding does not have."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 (stays)
        elif isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _failed(error: Exception) -> int:
    code = errors.exit_code_of(error)
    if code is None:
        traceback.print_exception(error)
        click.echo("This is a fault of Weiproof, not of your input. Please report it.", err=True)
        return errors.INTERNAL_ERROR
    click.echo(f"error: {_fit(errors.message_of(error))}", err=True)
    try:
        sys.stdout.flush()
    except OSError:
        _give_up_output()
    return code


def _fit(message: str) -> str:
    """A message fit for a terminal: names in files may hold what steers it, or is no text."""
    return "".join(
        c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in message
    )


def _reader_gone(end: BaseException) -> int:
    """End quietly where nobody reads any more, which rich tells by SystemExit; else end as told."""
    if isinstance(end, SystemExit) and not isinstance(end.__context__, BrokenPipeError):
        raise end
    _give_up_output()
    return errors.READER_GONE


def _give_up_output() -> None:
    """Let nothing more be written at the end of the process, where it would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
