"""What a study came to: counts, the share that was killed, and each survivor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .equivalents import outdated
from .mutant import OPERATORS
from .trial import EQUIVALENT, INVALID, KILLED, SURVIVED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .equivalents import Key
    from .mutant import Mutant
    from .results import Result

UNEXPLAINED = "unexplained"
"""Verdict on a survivor that stands in no file of equivalents."""


def report(
    results: Sequence[Result],
    population: Sequence[Mutant],
    reasons: Mapping[Key, str],
    source: Callable[[str], bytes],
) -> dict[str, Any]:
    """A side's report as JSON.

    :param population: all mutants of the side, tried or not.
    :param source: unchanged text of a file.
    """
    survivors = [_survivor(r.mutant, reasons, source) for r in results if _is(r, SURVIVED)]
    return {
        "mutants": len(population),
        **counts(results, reasons),
        "killed_by": _tally(r.verdict.by for r in results if _is(r, KILLED)),
        "invalid_because": _tally(r.verdict.by for r in results if _is(r, INVALID)),
        "calls_to_kill": _calls(results),
        "operators": {
            operator: counts(found, reasons)
            for operator in OPERATORS
            if (found := [r for r in results if r.mutant.operator == operator])
        },
        "files": {
            file: counts([r for r in results if r.mutant.file == file], reasons)
            for file in dict.fromkeys(r.mutant.file for r in results)
        },
        "survivors": survivors,
        "outdated_equivalents": [list(key) for key in outdated(reasons, population)],
    }


def counts(results: Iterable[Result], reasons: Mapping[Key, str]) -> dict[str, Any]:
    """Counts by status. The kill rate is of those that can be told from the original."""
    known = list(results)
    status = _tally(result.verdict.status for result in known)
    killed, survived = status.get(KILLED, 0), status.get(SURVIVED, 0)
    explained = sum(_is(r, SURVIVED) and r.mutant.key in reasons for r in known)
    return {
        "tried": len(known),
        "killed": killed,
        "survived": survived,
        "unexplained": survived - explained,
        "same_code": status.get(EQUIVALENT, 0),
        "invalid": status.get(INVALID, 0),
        "kill_rate": percent(killed, killed + survived - explained),
    }


def percent(part: int, whole: int) -> str:
    """A share in percent with one decimal, rounded down; `-` of nothing."""
    if not whole:
        return "-"
    units, tenth = divmod(part * 1000 // whole, 10)
    return f"{units}.{tenth}"


def _is(result: Result, status: str) -> bool:
    return result.verdict.status == status


def _tally(words: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return dict(sorted(found.items()))


def _calls(results: Iterable[Result]) -> dict[str, int]:
    """Middle and largest number of calls until a difference; empty where there was none."""
    calls = sorted(r.verdict.calls for r in results if _is(r, KILLED) and r.verdict.calls)
    return {"median": calls[len(calls) // 2], "most": calls[-1]} if calls else {}


def _survivor(
    mutant: Mutant, reasons: Mapping[Key, str], source: Callable[[str], bytes]
) -> dict[str, Any]:
    text = source(mutant.file)
    return {
        "id": mutant.id,
        "file": mutant.file,
        "line": text.count(b"\n", 0, mutant.start) + 1,
        "operator": mutant.operator,
        "function": mutant.function,
        "before": mutant.before,
        "after": mutant.after,
        "occurrence": mutant.occurrence,
        "diff": mutant.diff(text),
        "verdict": reasons.get(mutant.key, UNEXPLAINED),
    }
