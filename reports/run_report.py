"""The report of one run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from . import funds as fund_lines
from .differences import Difference, call_table, facts_of, heading_of, lead_of
from .finding_report import difference_of
from .keepers import latency_table, lines_of
from .page import render
from .verdict import verdict_of

if TYPE_CHECKING:
    from .finding_report import FindingFacts
    from .gathering import RunFacts
    from .tables import Table

DAY = 86_400
MOST_PICTURES = 3
"""Markets that have a picture of their prices each; of more, one is chosen at a time."""

PLAYED = "Played again, these calls do not show it, so there is no test of it."
LEFT = "The calls were not played again, so there is no test of it."
"""Why there is no test of a difference."""

SECTIONS = (
    ("verdict", "Verdict"),
    ("prices", "Prices"),
    ("levels", "Levels"),
    ("ratios", "Margin ratios"),
    ("funds", "Who paid"),
    ("keepers", "Keepers"),
    ("liquidations", "Liquidations"),
    ("accounts", "Accounts"),
    ("oracles", "Oracles"),
)


def run_report(
    facts: RunFacts, finding: FindingFacts | None = None, *, played_again: bool = True
) -> bytes:
    """The page of a run, UTF-8.

    Of one that diverged with what is left of its calls, where they were `played_again` and showed
    the difference still.
    """
    tables = [
        facts.prices.table(),
        facts.prices.stale_table(stale_periods(facts)),
        facts.funds.table(),
        facts.keepers.table(facts.claims),
        latency_table(facts.claims),
        facts.liquidations.table(),
        facts.happenings.table(),
        facts.oracles.table(facts.metrics.feeds, facts.story.feeds, facts.end),
        facts.oracles.refusal_table(),
    ]
    if facts.standings is not None:
        tables += [
            facts.standings.level_table(),
            facts.standings.quantile_table(),
            facts.standings.account_table(),
            facts.standings.standing_table(),
        ]
    difference, sections = None, list(SECTIONS)
    if facts.finding is not None:
        sections.insert(1, ("difference", "Difference"))
        difference, more = _difference(
            facts, facts.finding, finding, PLAYED if played_again else LEFT
        )
        tables += more
    levels = next((table for table in tables if table.key == "levels"), None)
    context: dict[str, Any] = {
        "one_day": facts.spec.genesis_time // DAY == (facts.end - 1) // DAY,
        "title": f"{facts.name}: report of a run",
        "sections": sections,
        "verdict": verdict_of(facts),
        "difference": difference,
        "prices": {
            "lead": (
                "The mark of each market, as sampled, and what the feeds behind it answered; an"
                " answer holds until the next. Shaded: times in which a feed had no round that a"
                " trade may use."
            ),
            "markets": [market.name for market in facts.spec.markets],
            "chosen": _market_of_most_liquidations(facts),
        },
        "funds": {
            "lead": _funds_lead(facts),
            "pictures": [
                (title, "|".join(lines))
                for title, lines in fund_lines.PICTURES
                if any(facts.funds.lines[name].count for name in lines)
            ],
            "notes": [
                (name, fund_lines.NOTES[name])
                for name in fund_lines.NAMES
                if facts.funds.lines[name].count
            ],
        },
        "levels": {
            "markets": list(dict.fromkeys(row[1] for row in levels.rows)) if levels else [],
            "unpriced": facts.standings.unpriced if facts.standings else 0,
        },
        "has_samples": facts.standings is not None,
        "keepers": {"lines": lines_of(facts.claims)},
    }
    context["facts"] = {"span": [facts.spec.genesis_time, facts.end]}
    return render("run.html", tables, context)


def _difference(
    facts: RunFacts, written: dict[str, Any], finding: FindingFacts | None, without: str
) -> tuple[Difference, list[Table]]:
    """As the run wrote it, with its calls made fewer, or the last ones `without` a test of it."""
    kind = str(written.get("kind"))
    if finding is not None:
        told, tables = difference_of(finding)
        lead = f"{lead_of(kind)} First what the run met, then what is left of its calls."
        return replace(told, lead=lead, facts=facts_of(written)), tables
    table = call_table(
        "calls",
        "The last calls",
        facts.last_calls,
        facts.people.known(),
        facts.spec.genesis_time,
        facts.calls - len(facts.last_calls),
    )
    note = f"The last {len(facts.last_calls)} of {facts.calls:,}; all are in the journal."
    return (
        Difference(
            heading_of(kind),
            lead_of(kind),
            facts_of(written),
            (("The last calls", "calls", note),),
            "",
            without,
        ),
        [table],
    )


def _market_of_most_liquidations(facts: RunFacts) -> str:
    """Where a reader begins, if there are too many markets for a picture each; else empty."""
    markets = facts.spec.markets
    if len(markets) <= MOST_PICTURES:
        return ""
    counts = facts.liquidations.by_market
    return max(enumerate(markets), key=lambda pair: (counts.get(pair[0], 0), -pair[0]))[1].name


def stale_periods(facts: RunFacts) -> dict[str, list[tuple[int, int]]]:
    """Periods by the name of the feed."""
    return {label.partition("/")[2]: clock.periods for label, clock in facts.metrics.feeds.items()}


def _funds_lead(facts: RunFacts) -> str:
    if not facts.funds.table().rows:
        return "There is no insurance fund, and no account ended with a shortfall."
    return (
        "What the insurance fund holds, and what became of the shortfalls of bankrupt accounts."
        " Each line holds until it changes."
    )
