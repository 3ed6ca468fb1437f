"""What `weiproof fuzz` tells: on the terminal, as JSON, and in files."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rich.console import Console

    from weiproof.crosscheck.driver import Campaign
    from weiproof.crosscheck.hunt import Catch, Hunter, Saved
    from weiproof.reports.finding_report import FindingFacts


@dataclass(frozen=True, slots=True)
class Hunt:
    """A campaign that has ended."""

    hunter: Hunter
    campaign: Campaign
    saved: list[Saved]
    """Cases of before, which ran first."""
    catch: Catch | None
    spent: float
    """CPU-seconds."""
    again: str
    """The command that repeats it."""

    @property
    def failed(self) -> bool:
        """Whether the campaign or a saved case found something."""
        return self.catch is not None or any(each.finding is not None for each in self.saved)


def report_of(hunt: Hunt) -> dict[str, Any]:
    """What `--json` prints."""
    from weiproof.crosscheck import reports

    campaign, tally = hunt.campaign, hunt.campaign.tally
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
        "calls_per_cpu_second": int(tally.calls / hunt.spent),
        "seconds_on_invariants": round(campaign.checking_ns / 1e9, 3),
        "state_hash": campaign.state_hash.hex(),
        "command": hunt.again,
        "saved_cases": [
            {"case": str(each.path), "passes": each.finding is None} for each in hunt.saved
        ],
    }
    if hunt.catch is not None:
        report["finding"] = reports.as_json(hunt.catch, campaign.names)
    return report


def write(hunt: Hunt, markdown: Path | None, junit: Path | None) -> None:
    """Writes the files that were asked for."""
    from weiproof.crosscheck import reports

    campaign, catch = hunt.campaign, hunt.catch
    if markdown is not None and catch is not None:
        start = catch.fixture[0].at if catch.fixture else catch.calls[0].at
        markdown.write_text(reports.markdown(catch, campaign, start, hunt.again), encoding="utf-8")
    if junit is not None:
        found = None if catch is None else catch.finding
        results = [
            (f"seed {campaign.seed}", found),
            *((e.path.stem, e.finding) for e in hunt.saved),
        ]
        junit.write_text(reports.junit(campaign.target, results, campaign.names), encoding="utf-8")


def write_page(path: Path, hunt: Hunt, report: dict[str, Any]) -> None:
    """Writes the campaign as HTML; `report` is what `--json` prints."""
    from weiproof.crosscheck.new_files import write_new
    from weiproof.reports.campaign_report import CampaignFacts, campaign_report

    unseen = report.get("unseen", {"errors": [], "events": []})
    facts = CampaignFacts(
        campaign=hunt.campaign,
        unseen_errors=unseen["errors"],
        unseen_events=unseen["events"],
        uncompared=report["uncompared"],
        saved=[(each.path.name, each.finding is None) for each in hunt.saved],
        again=hunt.again,
        finding=None if hunt.catch is None else _finding_of(hunt, hunt.catch),
    )
    write_new(path, campaign_report(facts))


def _finding_of(hunt: Hunt, catch: Catch) -> FindingFacts:
    from weiproof.crosscheck import reports
    from weiproof.reports.finding_report import FindingFacts

    from .report import solidity

    fixture, calls = list(catch.fixture), list(catch.calls)
    hunter = hunt.hunter
    text, why = solidity(lambda: hunter.opening.open(hunter.chain), fixture, calls, catch.finding)
    return FindingFacts(
        target=hunt.campaign.target,
        seed=hunt.campaign.seed,
        names=hunt.campaign.names,
        genesis_time=(fixture or calls)[0].at,
        fixture=fixture,
        calls=calls,
        finding=catch.finding,
        diagnosis=catch.diagnosis,
        solidity=text,
        no_solidity=why,
        saved={},
        how=reports.how(catch),
    )


def show(console: Console, hunt: Hunt, report: dict[str, Any]) -> None:
    """Prints the tables, what was found, and the verdict."""
    campaign = hunt.campaign
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
    if hunt.catch is not None:
        _print_catch(console, campaign, hunt.catch)
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
