"""`weiproof fuzz`: seeded random calls, valid and invalid, on model and contracts in lockstep."""

from __future__ import annotations

import json
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from weiproof.contracts.chains import CHAIN_NAMES, shown_name

from . import errors, hunting
from .chain_option import ChainType
from .target_option import TargetFile, as_given

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from weiproof.crosscheck.driver import Campaign, Limits
    from weiproof.crosscheck.hunt import Catch, Hunter, Saved

MOST_STEPS = 10**9
DEFAULT_STEPS = 5000
"""Calls where neither steps nor seconds are given."""


@click.command("fuzz")
@click.option(
    "--target",
    type=TargetFile(),
    help="Python file of a target of your own; without one, the margin contracts.",
)
@click.option("--steps", type=click.IntRange(1, MOST_STEPS), help="Calls to compare.")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Processes that share the steps; each has the next seed.",
)
@click.option(
    "--driver",
    type=click.Choice(("bulk", "search")),
    default="bulk",
    show_default=True,
    help="Weighted draws aimed at edges, or a Hypothesis state machine.",
)
@click.option("--seconds", type=click.IntRange(1, 10**7), help="Stop after so much time.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**64 - 1),
    default=0,
    show_default=True,
    help="Fixes the whole sequence.",
)
@click.option(
    "--chain",
    type=ChainType(),
    default=CHAIN_NAMES[0],
    show_default=True,
    help="EVM that is used.",
)
@click.option("--against", type=ChainType(), help="Second EVM that must agree.")
@click.option(
    "--artifacts",
    type=click.Path(exists=True, path_type=Path),
    help="Contracts to use instead of the target's own.",
)
@click.option(
    "--cases",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("cases"),
    show_default=True,
    help="Where counterexamples are saved; those saved before run first.",
)
@click.option(
    "--trials",
    type=click.IntRange(0, 10**7),
    default=20_000,
    show_default=True,
    help="Most trials when shrinking; 0 leaves a finding as it is.",
)
@click.option(
    "--evidence",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a bundle there that `weiproof verify` checks.",
)
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the report there, too.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write JUnit's XML there, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(  # noqa: PLR0913, PLR0917 (one parameter an option)
    target: Path | None,
    steps: int | None,
    workers: int,
    driver: str,
    seconds: int | None,
    seed: int,
    chain: str,
    against: str | None,
    artifacts: Path | None,
    folder: Path,
    trials: int,
    evidence: Path | None,
    markdown: Path | None,
    junit: Path | None,
    as_json: bool,
) -> int:
    """Send seeded random calls to model and contracts, and compare.

    Outcomes and touched state are compared after each call, the whole state now and then, the
    invariants always. The first difference is saved as a case, shrunk to a minimum and told; the
    exit code is then 1. Cases that were saved before run first.
    """
    from weiproof.crosscheck.hunt import Hunter
    from weiproof.crosscheck.opening import Opening

    _refuse_together(seconds, workers, driver)
    _refuse_places(evidence, markdown, junit)
    if steps is None and seconds is None:
        steps = DEFAULT_STEPS
    console = hunting.console(quiet=as_json)
    again = _again(target, steps, seconds, seed, workers, driver, chain, against, artifacts)
    with hunting.progress(quiet=as_json) as follow:
        hunter = Hunter(
            Opening(target, artifacts),
            chain,
            against=against,
            folder=folder,
            most_trials=trials,
            watch_shrinking=follow.shrinking,
        )
        saved = hunter.saved()
        started = time.process_time()
        campaign = _campaign(hunter, seed, steps, seconds, workers, driver, follow)
        spent = max(time.process_time() - started, 1e-9)
        catch = None if campaign.passed else _caught(hunter, campaign, folder)
    if evidence is not None:
        _write_evidence(evidence, hunter, campaign, catch, again, int(spent))
    report = _report(campaign, saved, catch, int(campaign.tally.calls / spent), again)
    report["steps"] = steps
    report["uncompared"] = _uncompared(hunter)
    if target is None:
        report["unseen"] = _unseen(campaign)
    _write(campaign, saved, catch, again, markdown, junit)
    if as_json:
        click.echo(json.dumps(report, indent=2, sort_keys=True))
    else:
        _print(console, campaign, catch, report)
    failed = catch is not None or any(each.finding is not None for each in saved)
    return errors.DIVERGENCE if failed else errors.PASS


def _refuse_together(seconds: int | None, workers: int, driver: str) -> None:
    """Refuses options that exclude each other, before anything is opened."""
    if seconds is not None and workers > 1:
        raise errors.BadUsage("--workers needs --steps, not --seconds")
    if driver == "search" and workers > 1:
        raise errors.BadUsage("--driver search has one process: leave out --workers")


def _refuse_places(evidence: Path | None, *files: Path | None) -> None:
    """Refuses places that nothing can be written to, before hours are spent."""
    if evidence is not None and evidence.is_dir() and any(evidence.iterdir()):
        message = f"{evidence} holds something, and nothing is overwritten: name another folder"
        raise errors.BadUsage(message)
    for file in files:
        if file is not None and file.is_file():
            message = f"{file} is there already, and nothing is overwritten: name another file"
            raise errors.BadUsage(message)
        if file is not None and (file.is_dir() or not file.parent.is_dir()):
            raise errors.BadUsage(f"{file}: a file in a folder that exists is expected")


def _caught(hunter: Hunter, campaign: Campaign, folder: Path) -> Catch:
    """What was found, saved and shrunk; an interruption leaves it as it was found."""
    try:
        return hunter.catch(campaign)
    except KeyboardInterrupt:
        message = f"a finding is in {folder} as it was found; `weiproof shrink` makes it smaller"
        click.echo(message, err=True)
        raise


def _again(  # noqa: PLR0913, PLR0917 (one parameter an option)
    target: Path | None,
    steps: int | None,
    seconds: int | None,
    seed: int,
    workers: int,
    driver: str,
    chain: str,
    against: str | None,
    artifacts: Path | None,
) -> str:
    given: list[tuple[str, object]] = [
        ("--target", None if target is None else as_given(target)),
        ("--steps", steps),
        ("--seconds", seconds),
        ("--seed", seed),
        ("--workers", workers if workers > 1 else None),
        ("--driver", driver if driver != "bulk" else None),
        ("--chain", shown_name(chain)),
        ("--against", None if against is None else shown_name(against)),
        ("--artifacts", artifacts),
    ]
    parts = [str(word) for option in given if option[1] is not None for word in option]
    return shlex.join(["weiproof", "fuzz", *parts])


def _campaign(
    hunter: Hunter,
    seed: int,
    steps: int | None,
    seconds: int | None,
    workers: int,
    driver: str,
    follow: hunting.Follow,
) -> Campaign:
    from weiproof.crosscheck import workers as parallel

    if driver == "search":
        return hunter.search(seed, _limits(steps, seconds), follow.comparing(steps))
    if steps is not None and workers > 1:
        return parallel.run(hunter.opening, hunter.chain, seed, steps, workers, hunter.against)
    return hunter.campaign(seed, _limits(steps, seconds), follow.comparing(steps))


def _limits(steps: int | None, seconds: int | None) -> Limits:
    from weiproof.crosscheck.driver import Limits

    if seconds is None:
        return Limits(steps)
    until = time.monotonic() + seconds
    return Limits(steps, lambda: time.monotonic() >= until)


def _report(
    campaign: Campaign, saved: list[Saved], catch: Catch | None, speed: int, again: str
) -> dict[str, Any]:
    """What `--json` prints."""
    from weiproof.crosscheck import reports

    tally = campaign.tally
    report: dict[str, Any] = {
        "target": campaign.target,
        "seed": campaign.seed,
        "sequences": campaign.sequences,
        "calls_compared": tally.calls,
        "views_compared": tally.views,
        "divergences": 0 if campaign.passed else 1,
        "functions": dict(tally.functions),
        "succeeded": dict(tally.succeeded),
        "errors": dict(tally.errors),
        "events": dict(tally.events),
        "states": dict(campaign.states),
        "calls_per_cpu_second": speed,
        "seconds_on_invariants": round(campaign.checking_ns / 1e9, 3),
        "state_hash": campaign.state_hash.hex(),
        "command": again,
        "saved_cases": [{"case": str(each.path), "passes": each.finding is None} for each in saved],
    }
    if catch is not None:
        report["finding"] = reports.as_json(catch, campaign.names)
    return report


def _uncompared(hunter: Hunter) -> list[str]:
    """Functions of the target that no twin answers."""
    if hunter.opening.target_file is None:
        return []
    bench: Any = hunter.opening.open(CHAIN_NAMES[0])
    return list(bench.uncompared)


def _unseen(campaign: Campaign) -> dict[str, list[str]]:
    """Reachable errors and events of the margin contracts that did not occur."""
    from weiproof.contracts import artifact_store
    from weiproof.crosscheck.fuzz.reachability import expected_errors, expected_events

    tally, store = campaign.tally, artifact_store.shipped()
    return {
        "errors": [name for name in expected_errors(store) if not tally.errors[name]],
        "events": [name for name in expected_events(store) if not tally.events[name]],
    }


def _write_evidence(
    folder: Path,
    hunter: Hunter,
    campaign: Campaign,
    catch: Catch | None,
    again: str,
    seconds: int,
) -> None:
    from datetime import datetime, timezone

    from weiproof.crosscheck import evidence

    file = hunter.opening.target_file
    document = evidence.evidence_of(
        campaign,
        hunter.opening.open(hunter.chain),
        command=again,
        target_file=file,
        seconds=seconds,
        started_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )
    cases = [catch.case] if catch is not None and catch.case is not None else []
    evidence.write(folder, document, cases)


def _write(
    campaign: Campaign,
    saved: list[Saved],
    catch: Catch | None,
    again: str,
    markdown: Path | None,
    junit: Path | None,
) -> None:
    from weiproof.crosscheck import reports

    if markdown is not None and catch is not None:
        start = catch.fixture[0].at if catch.fixture else catch.calls[0].at
        markdown.write_text(reports.markdown(catch, campaign, start, again), encoding="utf-8")
    if junit is not None:
        found = None if catch is None else catch.finding
        results = [(f"seed {campaign.seed}", found), *((e.path.stem, e.finding) for e in saved)]
        junit.write_text(reports.junit(campaign.target, results, campaign.names), encoding="utf-8")


def _print(
    console: Console, campaign: Campaign, catch: Catch | None, report: dict[str, Any]
) -> None:
    unseen = report.get("unseen", {"errors": [], "events": []})
    unmet = [state for state, times in campaign.states.items() if not times]
    for title, counts, missing in (
        ("function", campaign.tally.functions, []),
        ("event", campaign.tally.events, unseen["events"]),
        ("error", campaign.tally.errors, unseen["errors"]),
        ("state", campaign.states, unmet),
    ):
        _print_counts(console, title, counts, missing)
    for each in report["saved_cases"]:
        verdict = "[green]passes now[/green]" if each["passes"] else "[bold red]still fails[/]"
        console.print(f"saved case {each['case']}: {verdict}", soft_wrap=True)
    if report["uncompared"]:
        console.print(f"not compared, no twin: {', '.join(report['uncompared'])}", markup=False)
    if catch is not None:
        _print_catch(console, campaign, catch)
    console.print(
        f"{report['calls_compared']:,} calls and {report['views_compared']:,} views compared in"
        f" {report['sequences']:,} sequences, {report['calls_per_cpu_second']:,} calls per"
        f" CPU-second, {report['seconds_on_invariants']} s on invariants"
    )
    names = len(unseen["errors"]) + len(unseen["events"])
    if "unseen" in report:
        console.print(f"{names} reachable events and errors not seen")
    style = "green" if campaign.passed else "bold red"
    console.print(f"[{style}]{report['divergences']} divergences[/{style}]")
    console.print(f"state hash {report['state_hash']}", soft_wrap=True)
    console.print(f"seed {campaign.seed}; again: {report['command']}", markup=False, soft_wrap=True)


def _print_catch(console: Console, campaign: Campaign, catch: Catch) -> None:
    from weiproof.crosscheck import reports

    start = catch.fixture[0].at if catch.fixture else catch.calls[0].at
    first, *rest = reports.lines_of(catch, campaign.names, start)
    console.print(first, style="bold red", markup=False)
    for line in rest:
        console.print(line, markup=False, soft_wrap=True)
    if catch.case is not None:
        case = shlex.quote(str(catch.case))
        console.print(f"\nsaved     {case}", markup=False, soft_wrap=True)
        console.print(f"test      weiproof export {case} --format foundry", markup=False)
    console.print()


def _print_counts(
    console: Console, title: str, counts: dict[str, int], unseen: Iterable[str]
) -> None:
    from rich.table import Table
    from rich.text import Text

    missing = list(unseen)
    if not counts and not missing:
        return
    table = Table(box=None, pad_edge=False)
    table.add_column(title)
    table.add_column("times", justify="right")
    for name in sorted({*counts, *missing}):
        style = "red" if name in missing else ""
        table.add_row(Text(name, style), Text(f"{counts.get(name, 0):,}", style))
    console.print(table)
    console.print()
