"""A mutant: one small change at one place of one source file.

Sources are bytes here, because compilers and parsers tell places in bytes.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROUNDING = "rounding"
COMPARISON = "comparison"
SIGN = "sign"
ARITHMETIC = "arithmetic"
CONSTANT = "constant"
CHECK = "check-dropped"
STATEMENT = "statement-dropped"
ARGUMENTS = "arguments-swapped"
ORDER = "statements-swapped"
CONNECTIVE = "connective"
CONDITION = "condition-negated"
EXTREME = "min-max"

OPERATORS = {
    ROUNDING: "a rounding goes the other way",
    COMPARISON: "a comparison is strict instead of not, or not instead of strict; == and !=",
    SIGN: "a minus is dropped, or put before a signed value",
    ARITHMETIC: "+ and -, * and /, shifts, bits, powers",
    CONSTANT: "a number one more or less, a truth value or an enum value another",
    CHECK: "a check is left out: a guarded revert or return, a require, a modifier",
    STATEMENT: "a statement is left out",
    ARGUMENTS: "two neighbouring arguments of one type change places",
    ORDER: "two neighbouring statements change places",
    CONNECTIVE: "and for or, or for and",
    CONDITION: "a condition is negated",
    EXTREME: "minimum for maximum, maximum for minimum",
}
"""Each mutation operator, and what it does."""

CHECK_NAMES = re.compile(r"_?(require|check|validate|only|when|assert|ensure|active|existing)")
"""How the name of a function begins that is called for its refusals."""

OPPOSITES = {
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "==": "!=",
    "!=": "==",
    "is": "is not",
    "is not": "is",
    "in": "not in",
    "not in": "in",
}
"""A comparison and the one put in its place."""

COUNTERPARTS = {
    "+": "-",
    "-": "+",
    "*": "/",
    "/": "*",
    "//": "*",
    "%": "*",
    "**": "*",
    "<<": ">>",
    ">>": "<<",
    "&": "|",
    "|": "&",
    "^": "&",
}
"""An operator of arithmetic and the one put in its place; also with `=` after it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A change as an operator finds it: the bytes from `start` to `end` become `text`."""

    operator: str
    start: int
    end: int
    text: bytes
    function: str
    """Name of the function around it, or of the contract or class; empty at the top level."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file."""

    file: str
    """Slash-separated path, such as ``contracts/src/Margin.sol``."""
    operator: str
    start: int
    end: int
    text: bytes
    function: str
    ordinal: int
    """Counts the changes that one operator makes at one place."""
    before: str
    """The lines that it changes, blanks collapsed."""
    after: str
    """What it makes of them."""
    occurrence: int
    """Counts changes of one file that read alike."""

    @property
    def id(self) -> str:
        """File, operator, place in bytes, ordinal: the same as long as the file is."""
        return f"{self.file}:{self.operator}:{self.start}:{self.ordinal}"

    @property
    def key(self) -> tuple[str, str, str, str, str, int]:
        """What a verdict is kept under: the content, so that it outlives changes elsewhere."""
        return (self.file, self.operator, self.function, self.before, self.after, self.occurrence)

    def applied(self, source: bytes) -> bytes:
        """The changed source."""
        return source[: self.start] + self.text + source[self.end :]

    def diff(self, source: bytes) -> str:
        """The change as a unified diff with one line around it."""
        old, new = (text.decode().splitlines() for text in (source, self.applied(source)))
        lines = difflib.unified_diff(old, new, f"a/{self.file}", f"b/{self.file}", n=1, lineterm="")
        return "\n".join(lines)


def finish(file: str, source: bytes, drafts: Iterable[Draft]) -> tuple[Mutant, ...]:
    """Mutants of a file in order of place; what changes nothing, or the same twice, is left out."""
    done: list[Mutant] = []
    seen: set[tuple[int, bytes]] = set()
    ordinals: dict[tuple[str, int], int] = {}
    alike: dict[tuple[str, ...], int] = {}
    for draft in sorted(drafts, key=lambda d: (d.start, d.end, d.operator, d.text)):
        trimmed = _trimmed(source, draft)
        if trimmed in seen or source[draft.start : draft.end] == draft.text:
            continue
        seen.add(trimmed)
        place = (draft.operator, draft.start)
        ordinals[place] = ordinals.get(place, -1) + 1
        before, after = _lines(source, draft)
        reading = (draft.operator, draft.function, before, after)
        alike[reading] = alike.get(reading, -1) + 1
        done.append(
            Mutant(
                file,
                draft.operator,
                draft.start,
                draft.end,
                draft.text,
                draft.function,
                ordinals[place],
                before,
                after,
                alike[reading],
            )
        )
    return tuple(done)


def _trimmed(source: bytes, draft: Draft) -> tuple[int, bytes]:
    """Place and text of the whole change, without what stays the same at both ends."""
    old, new, start = source[draft.start : draft.end], draft.text, draft.start
    while old and new and old[0] == new[0]:
        old, new, start = old[1:], new[1:], start + 1
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return start, b"%d %s" % (len(old), new)


def _lines(source: bytes, draft: Draft) -> tuple[str, str]:
    """The touched lines before and after, blanks collapsed."""
    first = source.rfind(b"\n", 0, draft.start) + 1
    last = source.find(b"\n", draft.end)
    last = len(source) if last < 0 else last
    before = source[first:last]
    after = source[first : draft.start] + draft.text + source[draft.end : last]
    return " ".join(before.decode().split()), " ".join(after.decode().split())


def find_operator(
    source: bytes, start: int, end: int, operator: str, comment: bytes
) -> tuple[int, int]:
    """Place of an operator between its operands, comments (a pattern) passed over.

    Raises ValueError where it is not there.
    """
    gap = re.sub(
        comment, lambda found: b" " * len(found.group()), source[start:end], flags=re.DOTALL
    )
    pattern = rb"\s+".join(re.escape(word) for word in operator.encode().split())
    found = re.search(pattern, gap)
    if found is None:
        raise ValueError(f"no {operator} at byte {start}")
    return start + found.start(), start + found.end()
