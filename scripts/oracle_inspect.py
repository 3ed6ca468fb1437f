"""`weiproof oracle inspect`: heartbeat, deviation, gaps and age limits of recorded prices."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from . import errors, hunting
from .display import human
from .oracle_options import ShareType, file_options, moment, percent, read_file

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path

    from rich.console import Console

NOT_TOLD = "the file cannot tell"


@click.command("inspect")
@file_options
@click.option(
    "--heartbeat",
    type=click.IntRange(1, 10**9),
    help="Heartbeat of the feed, seconds; else it is looked for in the gaps.",
)
@click.option(
    "--deviation",
    type=ShareType(),
    help="Deviation threshold, such as 0.5%; else it is looked for in the steps.",
)
@click.option(
    "--false-alarms",
    "allowed",
    type=click.IntRange(0, 10**9),
    default=0,
    show_default=True,
    help="Gaps that the recommended age limit may call stale.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(
    file: Path,
    kind: str | None,
    column: str | None,
    heartbeat: int | None,
    deviation: Fraction | None,
    allowed: int,
    as_json: bool,
) -> int:
    """Show what the updates in FILE say about their feed, and recommend an age limit.

    FILE holds exchange bars, Chainlink rounds, Pyth updates or states of a Uniswap v3 pool; an
    update that is out of order or repeats a time is counted, and no row is left out. An answer is
    stale where its age is above the limit, so a gap of just the limit is no false alarm.
    """
    from weiproof.simulation.recordings.formats import series_of
    from weiproof.simulation.recordings.inspection import inspect

    raw, found = read_file(file, kind, column)
    reports = [
        inspect(series, heartbeat, deviation, allowed)
        for series in series_of(raw, str(file), found, column or "close")
    ]
    if as_json:
        click.echo(json.dumps({"file": str(file), "series": reports}, indent=2))
        return errors.PASS
    console = hunting.console(quiet=False)
    for report in reports:
        _print(console, str(file), report)
    return errors.PASS


def _print(console: Console, file: str, report: dict[str, Any]) -> None:
    from rich.markup import escape

    title = f"{file} {report['series']}".strip()
    console.print(f"[bold]{escape(title)}[/bold]", soft_wrap=True)
    _pairs(console, _contents(report) + _parameters(report) + _gaps(report))
    _print_explained(console, report)
    _print_limits(console, report)
    console.print()


def _contents(report: dict[str, Any]) -> list[tuple[str, str]]:
    digits = report["decimals"]
    low, high = (human(int(report[key]), digits, min(digits, 8)) for key in ("lowest", "highest"))
    missing = NOT_TOLD if report["missing"] is None else f"{report['missing']:,}"
    first, last = report["first_at"], report["last_at"]
    rows = [
        ("format", f"{report['format']}, {digits} decimals"),
        ("updates", f"{report['updates']:,}"),
        ("span", f"{moment(first)} to {moment(last)}, {last - first:,} s"),
        ("answers", f"{low} to {high}"),
        ("left out", missing),
        ("out of order", f"{report['out_of_order']:,}"),
        ("repeated times", f"{report['duplicate_times']:,}"),
    ]
    if report["unwritten"]:
        rows.append(("unwritten rounds", f"{report['unwritten']:,}"))
    if report["not_positive"]:
        rows.append(("answers not above 0", f"{report['not_positive']:,}"))
    return rows


def _parameters(report: dict[str, Any]) -> list[tuple[str, str]]:
    beat, deviation = report["heartbeat"], report["deviation"]
    seconds = None if beat["seconds"] is None else f"{beat['seconds']:,} s"
    threshold = None if deviation["ppm"] is None else percent(deviation["ppm"])
    return [
        ("heartbeat", _source(seconds, beat["given"], _evidence(beat, report["gaps"]["count"]))),
        ("deviation", _source(threshold, deviation["given"], "the steps of early updates")),
    ]


def _evidence(beat: dict[str, Any], count: int) -> str:
    if beat["seconds"] is None:
        return "the gaps"
    return f"the gaps, {beat['gaps_within_60_s_after']:,} of {count:,} within a minute after it"


def _source(shown: str | None, given: bool, data: str) -> str:
    """A parameter, and where it comes from."""
    if shown is None:
        return f"none given, none seen in {data}"
    return shown if given else f"{shown}, not given: inferred from {data}"


def _gaps(report: dict[str, Any]) -> list[tuple[str, str]]:
    gaps = report["gaps"]
    if not gaps["count"]:
        return [("gaps", "none: one update only")]
    rows = [
        ("gaps", f"{gaps['count']:,}: {_spread(gaps['seconds'])} s"),
        ("longest gap from", moment(gaps["longest_from"])),
    ]
    early = report["updates_before_heartbeat"]
    if early is not None:
        over = early["gaps_over_heartbeat"], early["gaps_over_heartbeat_and_60_s"]
        step = percent(early["median_step_ppm"])
        rows += [
            ("over the heartbeat", f"{over[0]:,} gaps, {over[1]:,} of them by more than 60 s"),
            (
                "early updates",
                f"{early['count']:,} more than 60 s before the heartbeat, median step {step}",
            ),
        ]
    return rows


def _spread(quantiles: dict[str, int]) -> str:
    return ", ".join(f"{name} {value:,}" for name, value in quantiles.items())


def _pairs(console: Console, rows: list[tuple[str, str]]) -> None:
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, text in rows:
        table.add_row(name, text)
    console.print(table)


def _print_explained(console: Console, report: dict[str, Any]) -> None:
    from rich.table import Table

    found = report["explained"]
    if found is None:
        console.print("\nwhy updates came: not told without heartbeat and deviation")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("explained by")
    table.add_column("updates", justify="right")
    table.add_column("share", justify="right")
    for name, count in found["counts"].items():
        table.add_row(name, f"{count:,}", percent(found["shares_ppm"][name]))
    console.print()
    console.print(table)
    rows = [
        (
            "of neither",
            f"{found['neither_within_60_s_before_heartbeat']:,} within 60 s before the heartbeat",
        )
    ]
    if found["heartbeat_lateness_seconds"]:
        rows.append(("heartbeat late by", f"{_spread(found['heartbeat_lateness_seconds'])} s"))
    if found["neither_step_ppm"]:
        rows.append(("steps of neither", f"{_spread(found['neither_step_ppm'])} ppm"))
    _pairs(console, rows)


def _print_limits(console: Console, report: dict[str, Any]) -> None:
    from rich.table import Table

    beat, best = report["heartbeat"]["seconds"], report["recommended"]
    if best is None:
        console.print("no age limit: that takes two updates")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("age limit")
    if beat is not None:
        table.add_column("over heartbeat", justify="right")
    table.add_column("false alarms", justify="right")
    table.add_column("stale seconds", justify="right")
    for row in report["age_limits"]:
        over = [] if beat is None else [f"+{row['seconds'] - beat:,} s"]
        figures = (f"{row[key]:,}" for key in ("false_alarms", "stale_seconds"))
        table.add_row(f"{row['seconds']:,} s", *over, *figures)
    console.print()
    console.print(table)
    console.print(
        f"\n[bold]recommended age limit {best['seconds']:,} s[/bold]:"
        f" {best['false_alarms']:,} false alarms in {report['gaps']['count']:,} gaps"
        f" (at most {best['allowed']:,} allowed)"
    )
