"""Where model and contracts part: the step, both values, the gap, and the calls that lead there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weiproof.crosscheck.divergence import KINDS, Divergence, shown
from weiproof.simulation.run import END_OF_BLOCK

from .tables import Column, Table
from .verdict import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weiproof.crosscheck.bench import Finding
    from weiproof.crosscheck.diagnosis import Diagnosis
    from weiproof.engine.call import Call

    from .tables import Cell

LONGEST_TEXT = 400
"""Characters of arguments that a cell shows."""

LONGEST_SOLIDITY = 300_000
"""Characters of a test that a page holds."""

MOST_CALLS = 300
"""Calls of a sequence that a page lists, the last ones."""

INVARIANT = "invariant"
"""The kind of a finding that concerns the model alone."""

CALL_COLUMNS = (
    Column("number", "Call", "count"),
    Column("after", "After", "seconds", "since the first call or the start of the run"),
    Column("sender", "Sender"),
    Column("call", "Function"),
    Column("arguments", "Arguments"),
)

VIEW_COLUMNS = (
    Column("view", "View"),
    Column("model", "Model"),
    Column("contract", "Contract"),
    Column("same", "Same", is_filter=True),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a page tells of a difference."""

    heading: str
    lead: str
    facts: tuple[Fact, ...]
    sequences: tuple[tuple[str, str, str], ...]
    """Heading, key of a table, and a note."""
    solidity: str
    solidity_lead: str


def facts_of(document: Mapping[str, Any]) -> tuple[Fact, ...]:
    """The lines of a difference, of its JSON form."""
    call = document.get("call")
    call = call if isinstance(call, dict) else {}
    kind = str(document.get("kind", ""))
    found = [Fact("Step", str(document.get("step", ""))), Fact("Kind", KINDS.get(kind, kind))]
    if call.get("function") == END_OF_BLOCK:
        found.append(Fact("Met", "at the end of the block after this call"))
    else:
        found.append(Fact("Call", _line(call), code=True))
        found.append(Fact("Sender", str(call.get("sender", ""))))
    for label, key in (("Where", "where"), ("Account", "account"), ("Field", "field")):
        if document.get(key):
            found.append(Fact(label, str(document[key])))
    view = document.get("view")
    if isinstance(view, dict):
        found.append(Fact("View", _line(view), code=True))
    for label, key in (("Model", "model"), ("Contract", "contract"), ("Invariant", "name")):
        if key in document:
            found.append(Fact(label, str(document[key]), code=True))
    for label, key in (("Left side", "left"), ("Right side", "right")):
        if key in document:
            found.append(Fact(label, str(document[key]), code=True))
    gap = document.get("gap")
    if gap is not None:
        told = f"{gap} ({sides_of(kind)}, in the raw unit of the field: wei of amounts)"
        found.append(Fact("Gap", told, code=True))
    return tuple(found)


def _line(call: Mapping[str, Any]) -> str:
    args = call.get("args")
    arguments = ", ".join(map(str, args)) if isinstance(args, list) else ""
    return f"{call.get('target', '')}.{call.get('function', '')}({arguments})"


def sides_of(kind: str) -> str:
    """What a gap is the difference of."""
    if kind == INVARIANT:
        return "left side \N{MINUS SIGN} right side"
    return "contract \N{MINUS SIGN} model"


def heading_of(kind: str) -> str:
    """What stands over a finding."""
    return "The broken invariant" if kind == INVARIANT else "The difference"


def lead_of(kind: str) -> str:
    """One sentence on what parts."""
    if kind == INVARIANT:
        return "A state that no sequence of calls may lead to."
    return "The first difference: everything before it is equal."


def call_table(
    key: str,
    caption: str,
    calls: Sequence[Call],
    names: Mapping[str, str],
    start: int,
    before: int = 0,
) -> Table:
    """Calls in order; `before` of the same sequence came before them."""
    left_out = max(len(calls) - MOST_CALLS, 0)
    rows: list[tuple[Cell, ...]] = [
        (
            before + number,
            call.at - start,
            shown(call.sender, names),
            f"{call.target}.{call.function}",
            cut(", ".join(shown(arg, names) for arg in call.args)),
        )
        for number, call in enumerate(calls[left_out:], left_out + 1)
    ]
    note = f"The last {MOST_CALLS} of {len(calls):,} calls." if left_out else ""
    return Table(key, caption, CALL_COLUMNS, rows, note)


def cut(text: str) -> str:
    """A text of limited length, with a mark where the rest is missing."""
    if len(text) <= LONGEST_TEXT:
        return text
    return f"{text[:LONGEST_TEXT]}\N{HORIZONTAL ELLIPSIS} ({len(text):,} characters)"


def view_table(diagnosis: Diagnosis) -> Table:
    """What both sides answered just before the last call."""
    rows: list[tuple[Cell, ...]] = [
        (each.view, cut(each.model), cut(each.contract), "no" if each.differs else "yes")
        for each in diagnosis.before
    ]
    return Table("views", "Views just before the last call", VIEW_COLUMNS, rows)


def solidity_of(text: str, otherwise: str) -> tuple[str, str]:
    """The test as a page holds it, and what is said of it."""
    if not text:
        return "", otherwise
    if len(text) > LONGEST_SOLIDITY:
        return "", (
            f"The test has {len(text):,} characters, too many for a page:"
            " `weiproof export CASE --format foundry` writes it."
        )
    return text, (
        "The same calls as a test for Foundry: it fails on the faulty contracts and passes on"
        " mended ones. It takes the contracts from the project that it is run in."
    )


def identity_line(finding: Finding) -> str:
    """What makes it the same finding in another sequence."""
    return ": ".join(finding.identity)


def kind_of(finding: Finding) -> str:
    """Kind in words."""
    return KINDS[finding.kind] if isinstance(finding, Divergence) else KINDS[INVARIANT]
