"""The verdict: whether model and contracts agreed, what a run came to, how to run it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weiproof.simulation.folders import is_broken_invariant

from .funds import DELEVERAGED
from .tables import number_form
from .units import UNITS, utc

if TYPE_CHECKING:
    from .gathering import RunFacts

DATE = len("2024-08-05")

GOOD, BAD, OPEN = "good", "bad", "open"
"""Kinds of a verdict: all agreed, something differs, nothing was compared."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the figures at the head of a page."""

    label: str
    number: dict[str, Any]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of what was run."""

    label: str
    text: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands at the head of a page."""

    when: str
    title: str
    kind: str
    judgement: str
    more: tuple[str, ...]
    figures: tuple[Figure, ...]
    facts: tuple[Fact, ...]
    about: str = "What was run"


def figure(label: str, value: int | str, unit: str, note: str = "") -> Figure:
    """A figure in a unit."""
    return Figure(label, number_form(int(value), UNITS[unit]), note)


def verdict_of(facts: RunFacts) -> Verdict:
    """The verdict of a run."""
    kind, judgement, more = _judgement(facts)
    return Verdict(
        when=f"{facts.name} \N{MIDDLE DOT} {span_of(facts.spec.genesis_time, facts.end)}",
        title=facts.story.description or facts.name,
        kind=kind,
        judgement=judgement,
        more=more,
        figures=_figures(facts),
        facts=_facts(facts),
    )


def span_of(start: int, end: int) -> str:
    """From when to when; the date once, where both are of one."""
    begin, last = utc(start), utc(end)
    if begin[:DATE] == last[:DATE]:
        last = last[DATE:].strip()
    return f"{begin} to {last} UTC"


def _judgement(facts: RunFacts) -> tuple[str, str, tuple[str, ...]]:
    compared = facts.claims.calls_compared
    invariants = "No invariant was broken: they are checked after every block."
    if facts.finding is not None:
        until = "up to it" if is_broken_invariant(facts.finding) else "before it"
        outcome = outcome_of(facts)
        return (
            BAD,
            f"{outcome[:1].upper()}{outcome[1:]}.",
            (f"The run ended there; all below is of the calls {until}.",),
        )
    if not facts.is_complete:
        return (
            OPEN,
            "The run did not come to its end.",
            ("It was interrupted, or its journal cut short. All below is of the calls before.",),
        )
    if not compared:
        return (
            OPEN,
            "Not compared with the contracts.",
            ("The engine ran alone (--check off).", invariants),
        )
    return (
        GOOD,
        f"Model and contracts agree: {compared:,} calls compared, 0 divergences.",
        (invariants,),
    )


def outcome_of(facts: RunFacts) -> str:
    """Whether model and contracts agreed, in some words."""
    if facts.finding is not None:
        step = facts.finding.get("step")
        if is_broken_invariant(facts.finding):
            name = facts.finding.get("name")
            return f"an invariant of the model is broken at call {step}: {name}"
        return f"model and contracts differ at call {step}"
    if not facts.is_complete:
        return "it did not come to its end"
    if not facts.claims.calls_compared:
        return "not compared with the contracts"
    return f"{facts.claims.calls_compared:,} calls compared, 0 divergences"


def _figures(facts: RunFacts) -> tuple[Figure, ...]:
    summary = facts.summary
    done, fund = summary["liquidations"], summary["insurance_fund"]
    covered = summary["bad_debt_covered"]
    usd = UNITS["usd"]

    def told(value: str) -> str:
        form = number_form(int(value), usd)
        return f"{form['text']}{'…' if form['cut'] else ''}"

    by = [
        f"{name} {told(covered[key])}"
        for name, key in (
            ("fund", "insurance_fund"),
            ("socialised", "socialised"),
            ("unresolved", "unresolved"),
        )
        if int(covered[key])
    ]
    refused = sum(summary["reverts"].values())
    most = max(summary["reverts"].items(), key=lambda item: item[1], default=("", 0))
    return (
        figure(
            "Liquidations",
            facts.liquidations.count,
            "count",
            f"of {done['accounts']:,} accounts",
        ),
        figure(
            "Liquidated",
            done["notional"],
            "usd",
            "sum of size \N{MULTIPLICATION SIGN} mark, each rounded down"
            + (", without deleveraging" if facts.funds.last(DELEVERAGED) else ""),
        ),
        figure("Bad debt", summary["bad_debt"], "usd", "covered by " + ", ".join(by) if by else ""),
        figure(
            "Insurance fund",
            fund["end"],
            "usd",
            f"lowest {told(fund['lowest'])}, at first {told(fund['start'])}",
        ),
        figure("Calls refused", refused, "count", f"{most[0]} {most[1]:,}" if refused else ""),
        figure("Calls", facts.calls, "count"),
    )


def _facts(facts: RunFacts) -> tuple[Fact, ...]:
    summary, timing = facts.summary, facts.timing
    found = [Fact("State hash", str(summary["state_hash"]), code=True)]
    if facts.claims.state_digest:
        found.append(Fact("State digest", facts.claims.state_digest, code=True))
    found += [
        Fact("Scenario hash", facts.header.scenario_hash.hex(), code=True),
        Fact("Contracts", facts.header.artifacts_hash.hex(), code=True),
        Fact("Seed", str(facts.header.seed), code=True),
    ]
    if facts.claims.variant:
        found.append(Fact("Variant", facts.claims.variant))
    if timing:
        found.append(Fact("Check", f"{timing.get('check')}, {timing.get('chain') or 'model only'}"))
        versions = timing.get("versions")
        if isinstance(versions, dict):
            told = ", ".join(f"{name} {number}" for name, number in versions.items())
            found.append(Fact("Versions", told))
        spent, on_invariants = timing.get("seconds"), timing.get("seconds_on_invariants")
        found.append(Fact("Time spent", f"{spent} s, of these {on_invariants} s on invariants"))
        found.append(Fact("Run again", str(timing.get("command")), code=True))
    return tuple(found)
