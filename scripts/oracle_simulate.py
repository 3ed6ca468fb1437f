"""`weiproof oracle simulate`: what a network of nodes would have published of a price path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import errors, hunting
from .display import human
from .oracle_network import gas_of, network_of, prices_of, refuse_endless
from .oracle_options import (
    OutageType,
    SecondsType,
    ShareType,
    SpanType,
    file_options,
    moment,
    percent,
)

if TYPE_CHECKING:
    from rich.console import Console

    from weiproof.oracles.network.log import Log
    from weiproof.oracles.network.quality import Quality

MAX_NODES = 31
"""Most nodes of one feed, as the contracts have it."""
GAS_FIGURES = ("avg_wei", "p30_wei", "p60_wei", "p90_wei", "p100_wei")


@click.command("simulate")
@file_options
@click.option("--price-id", default="", help="Feed to take from Pyth updates of several.")
@click.option(
    "--heartbeat", type=click.IntRange(1, 10**9), required=True, help="Heartbeat, seconds."
)
@click.option(
    "--deviation", type=ShareType(), required=True, help="Deviation threshold, such as 0.5%."
)
@click.option(
    "--decimals",
    type=click.IntRange(0, 18),
    default=8,
    show_default=True,
    help="Decimals of the answers; a price is rounded down to them.",
)
@click.option("--nodes", type=click.IntRange(1, MAX_NODES), default=4, show_default=True)
@click.option(
    "--faulty",
    type=click.IntRange(0, MAX_NODES),
    default=0,
    show_default=True,
    help="Nodes that lie; the network bears (nodes - 1) / 3 of them, rounded down.",
)
@click.option(
    "--lie",
    default="x10",
    show_default=True,
    metavar="xSHARE|PRICE|last",
    help="What they say: a multiple of the price, always the same price, or the stored answer.",
)
@click.option("--noise", type=click.IntRange(0, 999_999), default=0, help="Of each node, ppm [0].")
@click.option(
    "--source-delay", type=SecondsType(), default="0", help="Age of the price that nodes see [0]."
)
@click.option("--skew", type=SecondsType(), default="0", help="Most that clocks are off [0].")
@click.option(
    "--interval",
    type=SecondsType(least=1),
    default="12",
    show_default=True,
    help="From one round of observations to the next.",
)
@click.option(
    "--block-time",
    type=click.IntRange(1, 10**6),
    default=12,
    show_default=True,
    help="Seconds between blocks.",
)
@click.option("--delay", type=SecondsType(), default="0", help="Until a report is sent [0].")
@click.option(
    "--delay-jitter", type=SecondsType(), default="0", help="Drawn delay besides, at most [0]."
)
@click.option(
    "--jitter",
    type=SpanType(),
    default="0",
    metavar=SpanType.name,
    help="How late heartbeats are, drawn; -24:60 is from 24 s early to 60 s late [0].",
)
@click.option("--min-answer", metavar="PRICE", help="Lower answers are refused [none].")
@click.option("--max-answer", metavar="PRICE", help="Higher answers are refused [none].")
@click.option(
    "--congestion",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Gas prices: above --max-gas transmissions wait.",
)
@click.option(
    "--gas-figure",
    type=click.Choice(GAS_FIGURES),
    default=GAS_FIGURES[0],
    show_default=True,
    help="Column of the gas prices that counts.",
)
@click.option("--max-gas", type=click.IntRange(1, 10**9), help="Most that nodes bid, gwei.")
@click.option(
    "--outage",
    "outages",
    type=OutageType(),
    multiple=True,
    metavar=OutageType.name,
    help="All nodes are down; may be given several times.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**64 - 1),
    default=0,
    show_default=True,
    help="Fixes all that is drawn.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="CSV",
    help="Write the rounds there, as a dump of Chainlink rounds.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(**options: Any) -> int:  # noqa: ANN401 - click's options, each of its type
    """Show what a network of nodes would have published of the prices in FILE.

    Nodes observe at each interval; the answer is the upper median of what at least 2f + 1 of them
    say. A report is due at the first round, when the answer has moved by the deviation, and when
    the heartbeat has passed. What is out of range is refused: the old answer stays, and grows old.
    """
    from weiproof.crosscheck.new_files import write_new
    from weiproof.engine.draws import Draws
    from weiproof.oracles.network.publishing import publish
    from weiproof.oracles.network.quality import quality_of
    from weiproof.simulation.recordings.chainlink import dump_of

    out: Path | None = options["out"]
    if out is not None and (out.exists() or not out.parent.is_dir()):
        raise errors.BadUsage(f"{out}: --out is a new file in a folder that exists")
    prices, gas = prices_of(options), gas_of(options)
    draws = Draws(options["seed"])
    network = network_of(options, draws)
    start, end = prices.times[0] // 1000, prices.times[-1] // 1000
    refuse_endless(network, start, end)
    log = publish(network, prices, start, end, draws, gas)
    quality = quality_of(log, prices)
    if out is not None:
        rounds = dump_of((one.as_round() for one in log.publications), options["decimals"])
        write_new(out, rounds)
    report = _report(options, log, quality)
    if options["as_json"]:
        click.echo(json.dumps(report, indent=2))
    else:
        _print(hunting.console(quiet=False), report)
    return errors.PASS


# THE REPORT


def _report(options: dict[str, Any], log: Log, quality: Quality) -> dict[str, Any]:
    from weiproof.oracles.network.nodes import PPM

    worst = quality.max_error
    lag = dict(zip(("shortest", "median", "longest"), quality.lag_ms or (), strict=False))
    return {
        "file": str(options["file"]),
        "seed": options["seed"],
        "start": log.start,
        "end": log.end,
        "decimals": options["decimals"],
        "publications": len(log.publications),
        "by_cause": {cause.value: count for cause, count in quality.by_cause.items()},
        "lag_ms": lag or None,
        "error": {
            "largest": None if worst is None else f"{worst.numerator}/{worst.denominator}",
            "largest_ppm": None if worst is None else worst.numerator * PPM // worst.denominator,
            "largest_at_ms": quality.max_error_at_ms,
            "mean_ppm": quality.mean_error_ppm,
        },
        "longest_staleness": {
            "seconds": quality.longest_staleness,
            "from": quality.longest_staleness_from,
        },
        "seconds_without_answer": quality.seconds_without_answer,
        "refused": {reason.value: count for reason, count in quality.refused.items() if count},
        "refusals": [
            {
                "reason": one.reason.value,
                "first_at_ms": one.first_at_ms,
                "last_at_ms": one.last_at_ms,
                "rounds": one.rounds,
                "answer": None if one.answer is None else str(one.answer),
            }
            for one in log.refusals
        ],
        "out": None if options["out"] is None else str(options["out"]),
    }


def _print(console: Console, report: dict[str, Any]) -> None:
    from rich.markup import escape
    from rich.table import Table

    console.print(f"[bold]{escape(report['file'])}[/bold]", soft_wrap=True)
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, text in _rows(report):
        table.add_row(name, text)
    console.print(table)
    _print_refusals(console, report)
    if report["out"] is not None:
        console.print(f"rounds    {escape(report['out'])}", soft_wrap=True)


def _rows(report: dict[str, Any]) -> list[tuple[str, str]]:
    causes = ", ".join(f"{count:,} {cause}" for cause, count in report["by_cause"].items())
    error, stale = report["error"], report["longest_staleness"]
    start, end = report["start"], report["end"]
    rows = [
        ("span", f"{moment(start)} to {moment(end)}, {end - start:,} s"),
        ("publications", f"{report['publications']:,}: {causes}"),
    ]
    if report["lag_ms"] is not None:
        lag = ", ".join(f"{name} {ms:,}" for name, ms in report["lag_ms"].items())
        since = moment(stale["from"])
        rows += [
            ("lag", f"{lag} ms from observation to block"),
            ("longest staleness", f"{stale['seconds']:,} s, from {since}"),
        ]
    if error["largest_ppm"] is not None:
        at = moment(error["largest_at_ms"] // 1000)
        rows += [
            ("largest error", f"{percent(error['largest_ppm'])}, at {at}"),
            ("mean error", f"{percent(error['mean_ppm'])} over time"),
        ]
    rows += [
        ("without an answer", f"{report['seconds_without_answer']:,} s"),
        ("seed", str(report["seed"])),
    ]
    return rows


SHOWN_REFUSALS = 10


def _print_refusals(console: Console, report: dict[str, Any]) -> None:
    from rich.table import Table

    if not report["refusals"]:
        console.print("no round of observations and no report was refused or lost")
        return
    counts = ", ".join(f"{count:,} {reason}" for reason, count in report["refused"].items())
    console.print(f"\nrefused or lost: {counts}")
    table = Table(box=None, pad_edge=False)
    for name in ("reason", "first", "last", "rounds", "answer"):
        table.add_column(name, justify="right" if name in {"rounds", "answer"} else "left")
    digits = report["decimals"]
    for one in report["refusals"][:SHOWN_REFUSALS]:
        answer = "-" if one["answer"] is None else human(int(one["answer"]), digits, digits)
        times = (moment(one[key] // 1000) for key in ("first_at_ms", "last_at_ms"))
        table.add_row(one["reason"], *times, f"{one['rounds']:,}", answer)
    console.print(table)
    left = len(report["refusals"]) - SHOWN_REFUSALS
    if left > 0:
        console.print(f"and {left:,} more; --json lists all")
