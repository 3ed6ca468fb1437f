"""The report of one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import funds as fund_lines
from .keepers import latency_table, lines_of
from .page import render
from .verdict import verdict_of

if TYPE_CHECKING:
    from .gathering import RunFacts

DAY = 86_400

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


def run_report(facts: RunFacts) -> bytes:
    """The page of a run, UTF-8."""
    tables = [
        facts.prices.table(),
        facts.prices.stale_table(stale_periods(facts)),
        facts.funds.table(),
        facts.keepers.table(facts.summary),
        latency_table(facts.summary),
        facts.liquidations.table(),
        facts.happenings.table(),
        facts.oracles.table(facts.metrics.feeds, facts.story.feeds),
        facts.oracles.refusal_table(),
    ]
    if facts.standings is not None:
        tables += [
            facts.standings.level_table(),
            facts.standings.quantile_table(),
            facts.standings.account_table(),
            facts.standings.standing_table(),
        ]
    levels = next((table for table in tables if table.key == "levels"), None)
    context: dict[str, Any] = {
        "one_day": facts.spec.genesis_time // DAY == facts.end // DAY,
        "title": f"{facts.name}: report of a run",
        "sections": SECTIONS,
        "verdict": verdict_of(facts),
        "difference": None,
        "prices": {
            "lead": (
                "The mark of each market, as sampled, and what the feeds behind it answered; an answer"
                " holds until the next. Shaded: times in which a feed had no round that a trade may use."
            ),
            "markets": [
                {"name": market.name, "label": f"Prices of {market.name} over time"}
                for market in facts.spec.markets
            ],
        },
        "funds": {
            "lead": _funds_lead(facts),
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
        "keepers": {"lines": lines_of(facts.summary)},
    }
    context["facts"] = {"span": [facts.spec.genesis_time, facts.end]}
    return render("run.html", tables, context)


def stale_periods(facts: RunFacts) -> dict[str, list[tuple[int, int]]]:
    """Periods by the name of the feed."""
    return {
        label.partition("/")[2]: clock.periods for label, clock in facts.metrics.feeds.items()
    }


def _funds_lead(facts: RunFacts) -> str:
    if not facts.funds.table().rows:
        return "There is no insurance fund, and no account ended with a shortfall."
    return (
        "What the insurance fund holds, and what became of the shortfalls of bankrupt accounts. Each"
        " line holds until it changes."
    )
