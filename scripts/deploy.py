"""`weiproof deploy`: rehearses a deployment on a local chain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from . import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.table import Table

    from weiproof.crosscheck.protocol import ProtocolSpec
    from weiproof.crosscheck.rehearsal import Created, Rehearsal

CHAIN = "eth-tester"


@click.command("deploy")
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(file: str, as_json: bool) -> int:
    """Rehearse the deployment that FILE describes: order, addresses, gas and code sizes.

    FILE is a TOML file with the sections [system], [[price]], [[feed]] and [[market]]; a scenario
    will do. Its contracts are created and configured with signed transactions on a local
    eth-tester chain, and everything stored is read back and compared with the model.

    Nothing leaves this process: sending to a node comes later. No key is needed and none is taken;
    the addresses are those of a deployer made for the rehearsal.
    """
    from rich.console import Console

    from weiproof.simulation.deployment import load_deployment

    spec = load_deployment(file)
    console = Console(quiet=as_json, highlight=False)
    with console.status("opening the chain") as status:
        rehearsal = _rehearse(spec, status.update)
    if as_json:
        click.echo(json.dumps(report(rehearsal), indent=2, sort_keys=True))
    else:
        _print(console, rehearsal)
    return errors.PASS


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
