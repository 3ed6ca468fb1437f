"""`weiproof deploy`: rehearses a deployment on a local chain, and sends it where that is asked."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.table import Table

    from weiproof.crosscheck.rehearsal import Created, Rehearsal
    from weiproof.crosscheck.spec import ProtocolSpec

    from .broadcasting import Options

CHAIN = "eth-tester"
_SENDING = ("rpc", "keystore", "max_fee", "yes")
"""Options that mean something only where something is sent."""


class Gwei(click.ParamType[int]):
    """A fee in gwei, a decimal number, as wei."""

    name = "gwei"

    def convert(
        self,
        value: Any,  # noqa: ANN401 (click's signature)
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> int:
        """Read it exactly; an integer is wei already."""
        from weiproof.simulation.toml_exact import scale

        if isinstance(value, int):
            return value
        try:
            wei = scale(str(value), 9)
        except ValueError as error:
            self.fail(f"expected {error}", param, ctx)
        if not 0 < wei < 2**64:
            self.fail(f"expected a fee above 0 and below 18 ether, not {value} gwei", param, ctx)
        return wei


@click.command("deploy")
@click.argument("file")
@click.option("--broadcast", is_flag=True, help="Send the deployment to the node of --rpc.")
@click.option("--resume", is_flag=True, help="Go on with a broadcast that was interrupted.")
@click.option("--rpc", metavar="URL|PATH", help="Node to send to: http(s) URL or IPC socket.")
@click.option(
    "--keystore",
    type=click.Path(path_type=Path),
    help="Encrypted key of the deployer; without it WEIPROOF_PRIVATE_KEY is used.",
)
@click.option("--max-fee", type=Gwei(), help="Most gwei that is offered for a unit of gas.")
@click.option("--yes", is_flag=True, help="Send without asking.")
@click.option(
    "--records",
    type=click.Path(path_type=Path),
    default=Path("broadcast"),
    show_default=True,
    help="Folder of the records of broadcasts.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(  # noqa: PLR0913 (one for each option)
    file: str,
    *,
    broadcast: bool,
    resume: bool,
    rpc: str | None,
    keystore: Path | None,
    max_fee: int | None,
    yes: bool,
    records: Path,
    as_json: bool,
) -> int:
    """Rehearse the deployment that FILE describes: order, addresses, gas and code sizes.

    FILE is a TOML file with the sections [system], [[price]], [[feed]] and [[market]]; a scenario
    will do. Its contracts are created and configured with signed transactions on a local
    eth-tester chain, and everything stored is read back and compared with the model.

    Nothing leaves this process, unless --broadcast and --rpc say so. Then the same is sent to a
    node, each transaction recorded before it leaves, so that --resume goes on after whatever
    interrupted it. The key comes from --keystore (its password from a prompt or
    WEIPROOF_KEYSTORE_PASSWORD) or from WEIPROOF_PRIVATE_KEY. [roles] in FILE names admin, matcher
    and transmitter; by default all of them are the key's address. With [timelock] in FILE a
    timelock holds the parameter role in the end.
    """
    from rich.console import Console

    from weiproof.simulation.deployment import load_with_roles

    given = {"rpc": rpc, "keystore": keystore, "max_fee": max_fee, "yes": yes}
    options = _options(given, records, resume=resume) if broadcast or resume else None
    if options is None:
        _refuse_unused(given)
    elif not yes:
        _check_terminal(as_json=as_json)
    spec, roles = load_with_roles(file)
    console = Console(quiet=as_json, highlight=False)
    with console.status("opening the chain") as status:
        rehearsal = _rehearse(spec, status.update)
    document = report(rehearsal)
    if options is None:
        _print(console, rehearsal)
    else:
        from .broadcasting import Job
        from .broadcasting import broadcast as send

        _print_rehearsed(console, rehearsal)
        document["broadcast"] = send(Job(Path(file), spec, roles, rehearsal, options, console))
    if as_json:
        click.echo(json.dumps(document, indent=2, sort_keys=True))
    return errors.PASS


def _options(given: dict[str, Any], records: Path, *, resume: bool) -> Options:
    """What is needed to send."""
    from .broadcasting import Options

    if given["rpc"] is None:
        message = "sending needs a node: name its URL, or the path of its IPC socket, with --rpc"
        raise errors.BadUsage(message)
    return Options(resume=resume, records=records, **given)


def _check_terminal(*, as_json: bool) -> None:
    """Make sure that somebody can read what is going to be sent, and agree."""
    if as_json:
        raise errors.BadUsage("with --json nothing is shown that could be confirmed: add --yes")
    if not sys.stdin.isatty():
        message = "sending has to be confirmed, and there is no terminal to ask at: add --yes"
        raise errors.BadUsage(message)


def _refuse_unused(given: dict[str, Any]) -> None:
    """Refuse options that would be passed over, so that nobody takes a rehearsal for more."""
    unused = [key for key in _SENDING if given[key]]
    if unused:
        names = ", ".join("--" + key.replace("_", "-") for key in unused)
        raise errors.BadUsage(f"{names} is for sending: add --broadcast or --resume")


def _rehearse(spec: ProtocolSpec, watch: Callable[[str], None]) -> Rehearsal:
    from weiproof.contracts.chains import open_chain
    from weiproof.crosscheck.divergence import DivergenceFound
    from weiproof.crosscheck.rehearsal import RehearsalError, rehearse

    chain = open_chain(CHAIN, genesis_time=spec.genesis_time)
    try:
        return rehearse(spec, chain, watch)
    except RehearsalError as error:
        raise errors.BadUsage(str(error)) from error
    except DivergenceFound as found:
        raise errors.Divergence(f"contracts and model differ\n{found}") from found


def report(rehearsal: Rehearsal) -> dict[str, Any]:
    """What `--json` prints."""
    from dataclasses import asdict

    from weiproof.contracts.chains import MAX_CODE_BYTES

    return {
        "chain": rehearsal.chain,
        "deployer": rehearsal.deployer,
        "addresses": {step.label: step.address for step in rehearsal.created},
        "steps": [_created(step) for step in rehearsal.created],
        "configuration": [asdict(call) for call in rehearsal.configured],
        "gas": {
            "creation": rehearsal.creation_gas,
            "configuration": rehearsal.configuration_gas,
            "total": rehearsal.creation_gas + rehearsal.configuration_gas,
        },
        "code_size_limit": MAX_CODE_BYTES,
        "calls_compared": rehearsal.calls_compared,
        "views_compared": rehearsal.views_compared,
        "divergences": 0,
    }


def _created(step: Created) -> dict[str, Any]:
    return {
        "label": step.label,
        "contract": step.contract,
        "address": step.address,
        "gas": step.gas,
        "size": step.size,
    }


def _print(console: Console, rehearsal: Rehearsal) -> None:
    console.print(f"[bold]Rehearsal on {rehearsal.chain}[/bold], nothing is sent anywhere\n")
    console.print(_steps(rehearsal))
    console.print(_calls(rehearsal))
    console.print(_addresses(rehearsal))
    _print_rehearsed(console, rehearsal)


def _print_rehearsed(console: Console, rehearsal: Rehearsal) -> None:
    total = rehearsal.creation_gas + rehearsal.configuration_gas
    console.print(f"total gas {total:,}")
    console.print(
        f"[bold green]{rehearsal.calls_compared} calls and {rehearsal.views_compared} readings"
        " compared with the model, 0 divergences[/bold green]"
    )


def _table(*columns: str) -> Table:
    """A table whose last columns are numbers where their heading ends with a colon."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        number = column.endswith(":")
        table.add_column(column.rstrip(":"), justify="right" if number else "left", overflow="fold")
    return table


def _steps(rehearsal: Rehearsal) -> Table:
    from rich.text import Text

    from weiproof.contracts.chains import MAX_CODE_BYTES

    table = _table(":", "create", "contract", "gas:", "bytes:", f"of {MAX_CODE_BYTES:,}:")
    for number, step in enumerate(rehearsal.created, 1):
        share = f"{100 * step.size // MAX_CODE_BYTES} %"
        row = (str(number), step.label, step.contract, f"{step.gas:,}", f"{step.size:,}", share)
        table.add_row(*map(Text, row))
    table.add_row("", "", "", f"{rehearsal.creation_gas:,}", "", "", style="bold")
    return table


def _calls(rehearsal: Rehearsal) -> Table:
    from rich.text import Text

    table = _table("\n:", "\ncall", "\nfor", "\ngas:")
    for number, call in enumerate(rehearsal.configured, len(rehearsal.created) + 1):
        row = (str(number), f"{call.target}.{call.function}", call.subject, f"{call.gas:,}")
        table.add_row(*map(Text, row))
    table.add_row("", "", "", f"{rehearsal.configuration_gas:,}", style="bold")
    return table


def _addresses(rehearsal: Rehearsal) -> Table:
    from rich.text import Text

    table = _table("\naddress book", "\n")
    for step in rehearsal.created:
        table.add_row(Text(step.label), Text(step.address))
    table.add_row("[dim]deployer[/dim]", f"[dim]{rehearsal.deployer}[/dim]")
    table.add_row("", "")
    return table
