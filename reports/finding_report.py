"""The report of a saved case: what it shows now, its calls, and the test that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .differences import (
    Difference,
    call_table,
    facts_of,
    heading_of,
    identity_line,
    kind_of,
    lead_of,
    sides_of,
    solidity_of,
    view_table,
)
from .page import render
from .verdict import BAD, GOOD, Fact, Verdict, figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weiproof.crosscheck.bench import Finding
    from weiproof.crosscheck.diagnosis import Diagnosis
    from weiproof.engine.call import Call

    from .tables import Table

SECTIONS = (("verdict", "Verdict"), ("difference", "Difference"))


@dataclass(frozen=True, slots=True)
class FindingFacts:
    """A sequence of calls, and what it shows."""

    target: str
    seed: int
    names: Mapping[str, str]
    """Labels of addresses."""
    genesis_time: int
    fixture: Sequence[Call]
    calls: Sequence[Call]
    finding: Finding | None
    """None where model and contracts agree on the sequence now."""
    diagnosis: Diagnosis | None
    solidity: str
    """Text of a Foundry test; empty where there is none."""
    no_solidity: str
    """Why there is none."""
    saved: Mapping[str, Any]
    """What was found when it was saved, as JSON; empty of a campaign's."""
    how: str = ""
    """How the sequence came about, such as that it is a minimum."""
    again: str = ""
    """The command that shows it again."""


def finding_report(facts: FindingFacts) -> bytes:
    """The page of a case, UTF-8."""
    difference, tables = difference_of(facts)
    context: dict[str, Any] = {
        "title": f"{facts.target}: report of a case",
        "sections": SECTIONS,
        "verdict": _verdict(facts),
        "difference": difference,
    }
    return render("finding.html", tables, context)


def difference_of(facts: FindingFacts) -> tuple[Difference, list[Table]]:
    """What a page tells of a finding, and the tables for it."""
    finding, names, start = facts.finding, facts.names, facts.genesis_time
    document = facts.saved if finding is None else finding.as_json(names)
    fixture = call_table("fixture", "Calls that come first", facts.fixture, names, start)
    calls = call_table(
        "calls", "Calls of the sequence", facts.calls, names, start, len(facts.fixture)
    )
    tables = [calls, fixture]
    sequences = [("The calls", "calls", facts.how)]
    if fixture.rows:
        sequences.append(("The calls before them", "fixture", "They set up what the calls need."))
    lines = list(facts_of(document))
    if finding is not None:
        lines.append(Fact("Identity", identity_line(finding)))
    if facts.diagnosis is not None:
        model_at, contract_at = facts.diagnosis.places
        if model_at:
            lines.append(Fact("Rule in Python", model_at, code=True))
        if contract_at:
            lines.append(Fact("Rule in Solidity", contract_at, code=True))
        views = view_table(facts.diagnosis)
        if views.rows:
            tables.append(views)
            sequences.append(("Before the last call", "views", _on_views(facts.diagnosis)))
    solidity, lead = solidity_of(facts.solidity, facts.no_solidity)
    told = lead_of(str(document.get("kind", "")))
    if finding is None:
        told = (
            "What was found when the case was saved; on these contracts it does not show any more."
        )
    heading = heading_of(str(document.get("kind", "")))
    return Difference(heading, told, tuple(lines), tuple(sequences), solidity, lead), tables


def _on_views(diagnosis: Diagnosis) -> str:
    first = diagnosis.first_difference
    if first is None:
        return "All of these were equal: the difference is in the call itself."
    return f"The first that differs, in the order of the rule, is {first.view}."


def _verdict(facts: FindingFacts) -> Verdict:
    finding = facts.finding
    kind = GOOD if finding is None else BAD
    judgement = "Model and contracts agree on this sequence now."
    if finding is not None:
        words = kind_of(finding)
        name = getattr(finding, "name", "")
        judgement = f"{words[:1].upper()}{words[1:]}{f': {name}' if name else ''}."
    gap = getattr(finding, "gap", None)
    about = [Fact("Target", facts.target), Fact("Seed", str(facts.seed), code=True)]
    if facts.again:
        about.append(Fact("Show it again", facts.again, code=True))
    return Verdict(
        when=f"{facts.target} \N{MIDDLE DOT} a saved case",
        title=f"{facts.calls[-1].target}.{facts.calls[-1].function}"
        if facts.calls
        else facts.target,
        kind=kind,
        judgement=judgement,
        more=(),
        figures=(
            figure("Calls of the sequence", len(facts.calls), "count"),
            figure("Calls of the set-up", len(facts.fixture), "count"),
            *(
                ()
                if finding is None or gap is None
                else (figure(f"Gap, {sides_of(finding.kind)}, raw", gap, "count"),)
            ),
        ),
        facts=tuple(about),
        about="Where it comes from",
    )
