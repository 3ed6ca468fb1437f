"""`weiproof fuzz`: seeded random calls, valid and invalid, on engine and contracts in lockstep."""

from __future__ import annotations

import json
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from weiproof.contracts.chains import CHAIN_NAMES

from . import errors

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from rich.console import Console

    from weiproof.contracts.artifact_store import ArtifactStore
    from weiproof.crosscheck.driver import Campaign

MOST_STEPS = 10**9
SHOWN_EVERY = 100
"""Calls between two updates of the progress line."""


@click.command("fuzz")
@click.option(
    "--steps",
    type=click.IntRange(1, MOST_STEPS),
    required=True,
    help="Calls to compare, the set-up's included.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**64 - 1),
    default=0,
    show_default=True,
    help="Fixes the whole sequence.",
)
@click.option(
    "--chain",
    type=click.Choice(CHAIN_NAMES),
    default=CHAIN_NAMES[0],
    show_default=True,
    help="EVM that is used.",
)
@click.option(
    "--artifacts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of contracts to use instead of the shipped ones of the same names.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(steps: int, seed: int, chain: str, artifacts: Path | None, as_json: bool) -> int:
    """Send seeded random calls to both systems, and compare.

    Outcomes and touched state are compared after each call, derived figures and the whole state now
    and then, and the invariants always. Ends with exit code 1 at the first difference.
    """
    from weiproof.contracts import artifact_store
    from weiproof.crosscheck.fuzz.campaign import OverlaidStore, run

    store: ArtifactStore | None = None if artifacts is None else OverlaidStore(artifacts)
    again = _command(steps, seed, chain, artifacts)
    started = time.process_time()
    if as_json:
        campaign = run(seed, steps, chain, store=store)
    else:
        campaign = _followed(steps, lambda watch: run(seed, steps, chain, store=store, watch=watch))
    spent = max(time.process_time() - started, 1e-9)
    report = _report(campaign, int(campaign.tally.calls / spent), again)
    report["steps"] = steps
    report["unseen"] = _unseen(campaign, artifact_store.shipped())
    if as_json:
        click.echo(json.dumps(report, indent=2, sort_keys=True))
    else:
        _print(campaign, report)
    return errors.PASS if campaign.passed else errors.DIVERGENCE


def _command(steps: int, seed: int, chain: str, artifacts: Path | None) -> str:
    parts = ["weiproof", "fuzz", "--steps", str(steps), "--seed", str(seed), "--chain", chain]
    if artifacts is not None:
        parts += ["--artifacts", str(artifacts)]
    return shlex.join(parts)


def _followed(steps: int, campaign: Callable[[Callable[[int], None]], Campaign]) -> Campaign:
    """Runs a campaign with a line of progress on a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("comparing calls", total=steps)

        def watch(done: int) -> None:
            if done % SHOWN_EVERY == 0:
                progress.update(task, completed=done)

        return campaign(watch)


def _report(campaign: Campaign, speed: int, again: str) -> dict[str, Any]:
    """What `--json` prints."""
    tally = campaign.tally
    report: dict[str, Any] = {
        "seed": campaign.seed,
        "sequences": campaign.sequences,
        "calls_compared": tally.calls,
        "views_compared": tally.views,
        "divergences": 0 if campaign.passed else 1,
        "functions": dict(tally.functions),
        "errors": dict(tally.errors),
        "events": dict(tally.events),
        "states": dict(campaign.states),
        "calls_per_cpu_second": speed,
        "state_hash": campaign.state_hash.hex(),
        "command": again,
    }
    if campaign.finding is not None:
        report["finding"] = campaign.finding.as_json(campaign.names)
    return report


def _unseen(campaign: Campaign, store: ArtifactStore) -> dict[str, list[str]]:
    """Reachable errors and events that did not occur."""
    from weiproof.crosscheck.fuzz.reachability import expected_errors, expected_events

    tally = campaign.tally
    return {
        "errors": [name for name in expected_errors(store) if not tally.errors[name]],
        "events": [name for name in expected_events(store) if not tally.events[name]],
    }


def _print(campaign: Campaign, report: dict[str, Any]) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for title, counts, unseen in (
        ("function", campaign.tally.functions, []),
        ("event", campaign.tally.events, report["unseen"]["events"]),
        ("error", campaign.tally.errors, report["unseen"]["errors"]),
    ):
        _print_counts(console, title, counts, unseen)
    unmet = [state for state, times in campaign.states.items() if not times]
    _print_counts(console, "state", campaign.states, unmet)
    _print_verdict(console, campaign, report)


def _print_counts(console: Console, title: str, counts: Counter[str], unseen: list[str]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column(title)
    table.add_column("times", justify="right")
    for name in sorted({*counts, *unseen}):
        style = "red" if name in unseen else ""
        table.add_row(Text(name, style), Text(f"{counts[name]:,}", style))
    console.print(table)
    console.print()


def _print_verdict(console: Console, campaign: Campaign, report: dict[str, Any]) -> None:
    from weiproof.crosscheck.divergence import KINDS

    if campaign.finding is not None:
        console.print(KINDS[campaign.finding.kind], style="bold red")
        console.print(campaign.finding.describe(campaign.names), markup=False, soft_wrap=True)
    names = len(report["unseen"]["errors"]) + len(report["unseen"]["events"])
    console.print(
        f"{report['calls_compared']:,} calls and {report['views_compared']:,} views compared,"
        f" {report['calls_per_cpu_second']:,} calls per CPU-second;"
        f" {names} reachable events and errors not seen"
    )
    style = "green" if campaign.passed else "bold red"
    console.print(f"[{style}]{report['divergences']} divergences[/{style}]")
    console.print(f"state hash {report['state_hash']}", soft_wrap=True)
    console.print(f"seed {campaign.seed}; again: {report['command']}", markup=False, soft_wrap=True)
