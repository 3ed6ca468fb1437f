"""The report of a fuzz campaign: what was called, refused, emitted, reached and found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .finding_report import FindingFacts, difference_of
from .page import render
from .tables import Column, Table
from .verdict import BAD, GOOD, Fact, Verdict, figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weiproof.crosscheck.driver import Campaign

    from .tables import Cell

SECTIONS = (
    ("verdict", "Verdict"),
    ("functions", "Functions"),
    ("errors", "Errors"),
    ("events", "Events"),
    ("states", "States"),
)

FUNCTION_COLUMNS = (
    Column("function", "Function"),
    Column("calls", "Calls", "count"),
    Column("succeeded", "Succeeded", "count"),
    Column("refused", "Refused", "count", "calls \N{MINUS SIGN} succeeded"),
)


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """A campaign that has ended."""

    campaign: Campaign
    unseen_errors: Sequence[str]
    """Reachable ones that did not occur; known of the margin contracts only."""
    unseen_events: Sequence[str]
    uncompared: Sequence[str]
    """Functions that no twin answers."""
    saved: Sequence[tuple[str, bool]]
    """Cases of before: name, and whether it passes now."""
    again: str
    """The command that repeats it."""
    finding: FindingFacts | None


def campaign_report(facts: CampaignFacts) -> bytes:
    """The page of a campaign, UTF-8."""
    tally = facts.campaign.tally
    functions: list[tuple[Cell, ...]] = [
        (name, count, tally.succeeded[name], count - tally.succeeded[name])
        for name, count in sorted(tally.functions.items())
    ]
    tables = [
        Table("functions", "Functions that were called", FUNCTION_COLUMNS, functions),
        _counts("errors", "Errors", "Error", tally.errors, facts.unseen_errors),
        _counts("events", "Events", "Event", tally.events, facts.unseen_events),
        _counts("states", "Rare states", "State", facts.campaign.states, ()),
        Table(
            "saved",
            "Cases of before",
            (Column("case", "Case"), Column("verdict", "Now", is_filter=True)),
            [(name, "passes" if passes else "still fails") for name, passes in facts.saved],
        ),
    ]
    sections = list(SECTIONS)
    difference = None
    if facts.finding is not None:
        difference, more = difference_of(facts.finding)
        tables += more
        sections.insert(1, ("difference", "Difference"))
    context: dict[str, Any] = {
        "title": f"{facts.campaign.target}: report of a campaign",
        "sections": sections,
        "verdict": _verdict(facts),
        "difference": difference,
        "uncompared": ", ".join(facts.uncompared),
    }
    return render("campaign.html", tables, context)


def _counts(
    key: str, caption: str, label: str, counts: Mapping[str, int], unseen: Iterable[str]
) -> Table:
    """Names and how often they occurred, the rarest first: what never did stands on top."""
    rows: list[tuple[Cell, ...]] = [*((name, 0) for name in unseen), *counts.items()]
    rows = list(dict.fromkeys(rows))
    rows.sort(key=lambda row: (int(row[1] or 0), str(row[0])))
    return Table(key, caption, (Column("name", label), Column("times", "Times", "count")), rows)


def _verdict(facts: CampaignFacts) -> Verdict:
    campaign, tally = facts.campaign, facts.campaign.tally
    failing = [name for name, passes in facts.saved if not passes]
    judgement = f"Model and contracts agree: {tally.calls:,} calls compared, 0 divergences."
    if not campaign.passed:
        judgement = f"A difference was found after {tally.calls:,} calls."
    elif failing:
        judgement = f"{len(failing)} of {len(facts.saved)} saved cases still fail."
    refused = sum(tally.errors.values())
    unseen = len(facts.unseen_errors) + len(facts.unseen_events)
    states = sum(count > 0 for count in campaign.states.values())
    return Verdict(
        when=f"{campaign.target} \N{MIDDLE DOT} seed {campaign.seed}",
        title=f"Campaign on {campaign.target}",
        kind=GOOD if campaign.passed and not failing else BAD,
        judgement=judgement,
        more=(f"Invariants were checked {campaign.invariants_checked:,} times.",),
        figures=(
            figure(
                "Calls compared",
                tally.calls,
                "count",
                f"{refused:,} refused, in {campaign.sequences:,} sequences",
            ),
            figure("Views compared", tally.views, "count"),
            figure("Functions", len(tally.functions), "count"),
            figure("Errors", len(tally.errors), "count"),
            figure(
                "Events",
                len(tally.events),
                "count",
                f"{unseen:,} errors and events not seen" if unseen else "",
            ),
            *(
                (figure("Rare states", states, "count", f"of {len(campaign.states):,}"),)
                if campaign.states
                else ()
            ),
        ),
        facts=(
            Fact("State hash", campaign.state_hash.hex(), code=True),
            Fact("Seed", str(campaign.seed), code=True),
            Fact("Run again", facts.again, code=True),
        ),
    )
