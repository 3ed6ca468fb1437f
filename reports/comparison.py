"""Two runs side by side: what came out differently, and what was different before."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .funds import COVERED, DELEVERAGED, FUND, SOCIALISED, UNRESOLVED, VAULT
from .page import render
from .stories import flat
from .tables import Column, Table, number_form
from .verdict import BAD, GOOD, OPEN, Fact, Verdict, figure, outcome_of, span_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .gathering import RunFacts
    from .tables import Cell

A, B = "A", "B"
"""The runs, in the order in which they were named."""

SECTIONS = (
    ("verdict", "Verdict"),
    ("outcomes", "Outcomes"),
    ("parameters", "Parameters"),
    ("courses", "Over time"),
    ("accounts", "Accounts"),
)

MOST_PARAMETERS = 400
DIFFERENCE = "B \N{MINUS SIGN} A"


def comparison_report(first: RunFacts, second: RunFacts) -> bytes:
    """The page of two runs, UTF-8."""
    amounts, counts = _outcomes(first, second)
    parameters = _parameters(first, second)
    courses, marks, medians = (
        _courses(first, second),
        _marks(first, second),
        _medians(first, second),
    )
    tables = [amounts, counts, parameters, courses, marks, medians, _accounts(first, second)]
    pictures = [
        {"name": name, "table": "courses", "only": f"what={name}"}
        for name in dict.fromkeys(str(row[0]) for row in courses.rows)
    ]
    pictures += [
        {"name": f"Mark of {name}", "table": "marks", "only": f"market={name}"}
        for name in dict.fromkeys(str(row[0]) for row in marks.rows)
    ]
    if medians.rows:
        pictures.append({"name": "Median margin ratio", "table": "medians", "only": ""})
    context: dict[str, Any] = {
        "title": f"{first.name} and {second.name}: two runs compared",
        "sections": SECTIONS,
        "verdict": _verdict(first, second, amounts, counts),
        "courses": pictures,
        "facts": {
            "span": [
                min(first.spec.genesis_time, second.spec.genesis_time),
                max(first.end, second.end),
            ]
        },
    }
    return render("comparison.html", tables, context)


def _verdict(first: RunFacts, second: RunFacts, amounts: Table, counts: Table) -> Verdict:
    rows = [*amounts.rows, *counts.rows]
    different = sum(row[3] != 0 for row in rows)
    same = first.summary["state_hash"] == second.summary["state_hash"]
    kind = BAD if first.finding or second.finding else GOOD if same else OPEN
    judgement = f"{different} of {len(rows)} outcomes differ."
    if same:
        judgement = "Both runs came to the same state."
    more = [f"A is {_told(first)}", f"B is {_told(second)}"]
    if first.name != second.name:
        more.append("They are runs of scenarios with different names.")
    what = {row[0]: row for row in rows}
    picked = [what[name] for name in HEADLINES if name in what]
    figures = tuple(
        figure(
            f"{row[0]}, {DIFFERENCE}",
            int(row[3] or 0),
            "usd" if row in amounts.rows else "count",
            _both(row, amounts if row in amounts.rows else counts),
        )
        for row in picked
    )
    return Verdict(
        when=f"{first.name} \N{MIDDLE DOT} {span_of(first.spec.genesis_time, first.end)}",
        title=_title(first, second),
        kind=kind,
        judgement=judgement,
        more=tuple(more),
        figures=figures,
        facts=tuple(_facts(first, second)),
    )


def _title(first: RunFacts, second: RunFacts) -> str:
    if first.name == second.name:
        return f"Two runs of {first.name}"
    return f"{first.name} and {second.name}"


def _both(row: tuple[Cell, ...], table: Table) -> str:
    """What both runs came to, beside their difference."""
    forms = [number_form(int(value or 0), table.unit(table.columns[1])) for value in row[1:3]]
    texts = [f"{form['text']}{'…' if form['cut'] else ''}" for form in forms]
    return f"A {texts[0]}, B {texts[1]}"


def _told(facts: RunFacts) -> str:
    name = f"a run of {facts.name}"
    if facts.claims.variant:
        name += f", variant {facts.claims.variant},"
    return f"{name} with seed {facts.header.seed}: {outcome_of(facts)}."


def _facts(first: RunFacts, second: RunFacts) -> Iterator[Fact]:
    for name, facts in ((A, first), (B, second)):
        yield Fact(f"State hash of {name}", str(facts.summary["state_hash"]), code=True)
    for label, ours, theirs in (
        ("Scenario hash", first.header.scenario_hash.hex(), second.header.scenario_hash.hex()),
        ("Contracts", first.header.artifacts_hash.hex(), second.header.artifacts_hash.hex()),
    ):
        if ours == theirs:
            yield Fact(f"{label} of both", ours, code=True)
        else:
            yield Fact(f"{label} of A", ours, code=True)
            yield Fact(f"{label} of B", theirs, code=True)
    for name, facts in ((A, first), (B, second)):
        if facts.timing:
            yield Fact(f"Run {name} again", str(facts.timing.get("command")), code=True)


# OUTCOMES

NOTIONAL, BAD_DEBT, FUND_END, LIQUIDATIONS = HEADLINES = (
    "Notional liquidated",
    "Bad debt",
    "Insurance fund at the end",
    "Liquidations",
)


def _outcomes(first: RunFacts, second: RunFacts) -> tuple[Table, Table]:
    usd = _side_by_side(_amounts_of(first), _amounts_of(second))
    counts = _side_by_side(_counts_of(first), _counts_of(second))
    return (
        Table("amounts", "Amounts of both runs", _outcome_columns("usd"), usd),
        Table("counts", "Counts of both runs", _outcome_columns("count"), counts),
    )


def _outcome_columns(unit: str) -> tuple[Column, ...]:
    return (
        Column("outcome", "Outcome"),
        Column("a", A, unit),
        Column("b", B, unit),
        Column("difference", DIFFERENCE, unit),
    )


def _side_by_side(first: dict[str, int], second: dict[str, int]) -> list[tuple[Cell, ...]]:
    names = dict.fromkeys([*first, *second])
    rows = [
        (name, first.get(name, 0), second.get(name, 0), second.get(name, 0) - first.get(name, 0))
        for name in names
    ]
    order = {name: place for place, name in enumerate(names)}
    rows.sort(key=lambda row: (-abs(row[3]), order[row[0]]))
    return [tuple(row) for row in rows]


def _amounts_of(facts: RunFacts) -> dict[str, int]:
    metrics, funds = facts.metrics, facts.funds
    found = {
        NOTIONAL: metrics.liquidated_notional,
        BAD_DEBT: metrics.paid_out + metrics.socialised + metrics.unresolved,
        "Paid by the fund": funds.last(COVERED),
        "Socialised": funds.last(SOCIALISED),
        "Unresolved": funds.last(UNRESOLVED),
        "Insurance fund at first": metrics.fund_start or 0,
        "Insurance fund at its lowest": metrics.fund_lowest,
        FUND_END: funds.last(FUND),
        "Notional traded": metrics.traded_notional,
        "Trading fees": metrics.trading_fees,
        "Liquidation fees": metrics.liquidation_fees,
        "Rewards of keepers": metrics.rewards,
    }
    if facts.spec.backstop:
        found["Backstop vault at the end"] = funds.last(VAULT)
        found["Deleveraged"] = funds.last(DELEVERAGED)
    for route, tally in metrics.by_route.routes.items():
        found[f"Notional by route {route.name.lower().replace('_', ' ')}"] = tally.notional
    return found


def _counts_of(facts: RunFacts) -> dict[str, int]:
    metrics, space = facts.metrics, facts.claims.blockspace
    found = {
        LIQUIDATIONS: facts.liquidations.count,
        "Accounts liquidated": len(metrics.liquidated),
        "Liquidations of a part": metrics.liquidations["partial"],
        "Liquidations of all": metrics.liquidations["full"],
        "Calls": metrics.calls,
        "Calls refused": sum(metrics.reverts.values()),
        "Closings of withdrawals": metrics.by_route.gate_closings,
        "Candidates of deleveraging": metrics.by_route.candidates,
        "Blocks in which somebody found no place": 0 if space is None else space.missed_blocks,
    }
    for route, tally in metrics.by_route.routes.items():
        found[f"Calls of route {route.name.lower().replace('_', ' ')}"] = tally.count
    for error, count in sorted(metrics.reverts.items()):
        found[f"Refused for {error}"] = count
    for label, clock in sorted(metrics.feeds.items()):
        found[f"Stale seconds of {label.partition('/')[2]}"] = clock.stale
    return found


# PARAMETERS


def _parameters(first: RunFacts, second: RunFacts) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for where, ours, theirs in (
        ("scenario", first.story.settings, second.story.settings),
        ("protocol", flat(asdict(first.spec)), flat(asdict(second.spec))),
    ):
        rows += [
            (key, where, ours.get(key, "\N{EN DASH}"), theirs.get(key, "\N{EN DASH}"))
            for key in dict.fromkeys([*ours, *theirs])
            if ours.get(key) != theirs.get(key)
        ]
    note = f"The first {MOST_PARAMETERS} of {len(rows):,}." if len(rows) > MOST_PARAMETERS else ""
    columns = (
        Column("key", "Parameter"),
        Column("of", "Of", is_filter=True),
        Column("a", A),
        Column("b", B),
    )
    return Table("parameters", "Parameters that differ", columns, rows[:MOST_PARAMETERS], note)


# OVER TIME


def _courses(first: RunFacts, second: RunFacts) -> Table:
    """Amounts of both runs that hold until they change."""
    rows: list[tuple[Cell, ...]] = []
    for name, facts in ((A, first), (B, second)):
        rows += [(f"{NOTIONAL}, sum", name, at, amount) for at, amount in _running(facts)]
    for line in (FUND, COVERED, SOCIALISED, UNRESOLVED, VAULT, DELEVERAGED):
        for name, facts in ((A, first), (B, second)):
            title = line[:1].upper() + line[1:]
            rows += [(title, name, *point) for point in facts.funds.course(line, facts.end)]
    columns = (
        Column("what", "What", is_filter=True),
        Column("run", "Run", is_filter=True),
        Column("at", "Time, UTC", "time"),
        Column("amount", "Amount", "usd"),
    )
    return Table("courses", "Amounts of both runs over time", columns, rows)


def _running(facts: RunFacts) -> list[tuple[int, int]]:
    """Time and sum of what was liquidated until then."""
    points = [(point.at, point.value) for point in facts.liquidations.at_mark.points()]
    return [(facts.spec.genesis_time, 0), *points, (facts.end, points[-1][1])] if points else []


def _marks(first: RunFacts, second: RunFacts) -> Table:
    rows: list[tuple[Cell, ...]] = []
    shared = [market.name for market in first.spec.markets]
    shared = [name for name in shared if name in {market.name for market in second.spec.markets}]
    for market in shared[:6]:
        for name, facts in ((A, first), (B, second)):
            index = [each.name for each in facts.spec.markets].index(market)
            rows += [(market, name, at, mark) for at, mark in facts.prices.marks[index]]
    note = f"Of the first 6 of {len(shared)} markets." if len(shared) > 6 else ""  # noqa: PLR2004
    columns = (
        Column("market", "Market", is_filter=True),
        Column("run", "Run", is_filter=True),
        Column("at", "Time, UTC", "time"),
        Column("amount", "Mark", "price"),
    )
    return Table("marks", "Marks of both runs", columns, rows, note)


def _medians(first: RunFacts, second: RunFacts) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, facts in ((A, first), (B, second)):
        if facts.standings is not None:
            rows += [(name, row[0], row[6]) for row in facts.standings.quantiles]
    columns = (
        Column("run", "Run", is_filter=True),
        Column("at", "Time, UTC", "time"),
        Column(
            "amount", "Median ratio", "ratio", "equity / (maintenance margin + liquidation fee)"
        ),
    )
    return Table("medians", "Median margin ratio of both runs", columns, rows)


# ACCOUNTS


def _accounts(first: RunFacts, second: RunFacts) -> Table:
    names = sorted({*_names(first), *_names(second)})
    rows: list[tuple[Cell, ...]] = []
    for name in names:
        ours, theirs = _last(first, name), _last(second, name)
        difference = None if ours is None or theirs is None else theirs - ours
        sold = [facts.liquidations.told_of(name)[1] for facts in (first, second)]
        where = [run for run, amount in zip((A, B), sold, strict=True) if amount]
        told = {0: "neither", 1: f"{''.join(where)} only", 2: "both"}[len(where)]
        rows.append((name, ours, theirs, difference, told, *sold))
    rows.sort(key=lambda row: (-abs(int(row[3] or 0)), str(row[0])))
    columns = (
        Column("account", "Account"),
        Column("a", "Equity at last, A", "usd"),
        Column("b", "Equity at last, B", "usd"),
        Column("difference", DIFFERENCE, "usd"),
        Column("where", "Liquidated in", is_filter=True),
        Column("sold_a", "Liquidated, A", "usd"),
        Column("sold_b", "Liquidated, B", "usd"),
    )
    return Table("accounts", "Accounts of both runs", columns, rows)


def _names(facts: RunFacts) -> set[str]:
    known = set() if facts.standings is None else set(facts.standings.accounts)
    return known | set(facts.liquidations.by_account)


def _last(facts: RunFacts, name: str) -> int | None:
    if facts.standings is None:
        return None
    standings = facts.standings.accounts.get(name)
    return standings[-1].equity if standings else None
