"""A catch told as text, Markdown, JSON and JUnit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from .divergence import KINDS, Divergence, call_as_json, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weiproof.engine.call import Call

    from .bench import Finding
    from .driver import Campaign
    from .hunt import Catch

_NO_XML = "\ufffe\uffff"

MOST_SHOWN = 30
"""Readings and calls that are listed for people."""


def call_line(call: Call, names: Mapping[str, str], genesis_time: int = 0) -> str:
    """One call for people, with the seconds since the start."""
    arguments = ", ".join(shown(arg, names) for arg in call.args)
    ether = f" with {call.value} wei" if call.value else ""
    sender = shown(call.sender, names)
    return (
        f"+{call.at - genesis_time} s  {sender}: {call.target}.{call.function}({arguments}){ether}"
    )


def lines_of(catch: Catch, names: Mapping[str, str], genesis_time: int) -> Iterator[str]:
    """The whole report for a terminal."""
    yield KINDS[catch.finding.kind]
    yield from catch.finding.describe(names).splitlines()
    yield from _diagnosis_lines(catch)
    yield ""
    yield f"{len(catch.calls)} calls after {len(catch.fixture)} of the fixture, {how(catch)}"
    for call in catch.calls[-MOST_SHOWN:]:
        yield f"  {call_line(call, names, genesis_time)}"


def markdown(catch: Catch, campaign: Campaign, genesis_time: int, again: str) -> str:
    """The report as Markdown."""
    names, finding = campaign.names, catch.finding
    parts = [
        f"# {_cell(campaign.target)}: {KINDS[finding.kind]}",
        "",
        *_table(("", ""), (line.split(None, 1) for line in finding.describe(names).splitlines())),
        "",
        "## Calls",
        "",
        f"{len(catch.fixture)} calls of the fixture come first.",
        "",
        *_table(
            ("time", "sender", "call"),
            (
                call_line(call, names, genesis_time).replace("  ", ": ").split(": ", 2)
                for call in catch.calls
            ),
        ),
        "",
        "## Before the last call",
        "",
        *_table(
            ("view", "model", "contract"),
            ((each.view, each.model, each.contract) for each in catch.diagnosis.before),
        ),
        "",
        *(f"* {line}" for line in _diagnosis_lines(catch)),
        "",
        "## Reached before",
        "",
        *_table(("outcome", "times"), sorted(_counts(campaign).items())),
        "",
        f"Again: `{again.replace('`', ' ')}`",
        "",
    ]
    return "\n".join(parts)


def as_json(catch: Catch, names: Mapping[str, str]) -> dict[str, Any]:
    """The report for machines; integers as decimal strings."""
    return {
        **catch.finding.as_json(names),
        "identity": list(catch.finding.identity),
        "calls": [call_as_json(call, names) for call in catch.calls],
        "fixture_calls": len(catch.fixture),
        "shrunk": catch.shrunk is not None,
        "minimal": catch.shrunk is not None and catch.shrunk.complete,
        "diagnosis": catch.diagnosis.as_json(),
        "case": None if catch.case is None else str(catch.case),
    }


def junit(
    target: str, results: Sequence[tuple[str, Finding | None]], names: Mapping[str, str]
) -> str:
    """JUnit's XML: one test case for the campaign and one for each saved case."""
    failed = [finding for _, finding in results if finding is not None]
    suite = ET.Element(
        "testsuite", name=f"weiproof {target}", tests=str(len(results)), failures=str(len(failed))
    )
    for name, finding in results:
        case = ET.SubElement(suite, "testcase", classname=f"weiproof.{target}", name=_xml(name))
        if finding is not None:
            failure = ET.SubElement(case, "failure", message=_xml(KINDS[finding.kind]))
            failure.text = _xml(finding.describe(names))
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _diagnosis_lines(catch: Catch) -> Iterator[str]:
    diagnosis = catch.diagnosis
    model_at, contract_at = diagnosis.places
    if model_at or contract_at:
        yield f"rule      {model_at or '(unknown)'} and {contract_at or '(source not found)'}"
    first = diagnosis.first_difference
    if first is not None:
        yield f"first     {first.view} differs before the call: {first.model}, {first.contract}"
    elif isinstance(catch.finding, Divergence) and diagnosis.before:
        yield f"before    {len(diagnosis.before)} views of those concerned were equal"
    for name, value in diagnosis.steps:
        yield f"trace     {name} = {shown(value, {})}"


def how(catch: Catch) -> str:
    """How its sequence came about."""
    shrunk = catch.shrunk
    if shrunk is None:
        return "as found"
    end = "a local minimum" if shrunk.complete else "not minimal: the trials ran out"
    return f"{end} after {shrunk.trials:,} trials"


def _counts(campaign: Campaign) -> dict[str, int]:
    """Errors, events and rare states that were reached."""
    tally = campaign.tally
    counts = {f"error {name}": times for name, times in tally.errors.items()}
    counts |= {f"event {name}": times for name, times in tally.events.items()}
    return counts | {f"state {name}": n for name, n in campaign.states.items() if n}


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        cells = [_cell(str(cell)) for cell in row]
        yield "| " + " | ".join(cells + [""] * (len(head) - len(cells))) + " |"


def _cell(text: str) -> str:
    """Text that cannot break out of a Markdown table, nor be taken for markup."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    for mark in "\\|`*_<>[]":
        kept = kept.replace(
            mark, f"\\{mark}" if mark not in "<>" else {"<": "&lt;", ">": "&gt;"}[mark]
        )
    return kept


def _xml(text: str) -> str:
    """Text without the characters that XML does not allow."""
    return "".join(
        c if c in "\n\t" or (c.isprintable() and c not in _NO_XML) else "?" for c in text
    )
