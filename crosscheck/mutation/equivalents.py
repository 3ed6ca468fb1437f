"""Survivors that nothing can tell from the original, by their content, each with the reason."""

from __future__ import annotations

import sys
from importlib import resources
from typing import TYPE_CHECKING, Any

from .mutant import OPERATORS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeAlias

    from .mutant import Mutant

    Key: TypeAlias = tuple[str, str, str, str, str, int]

FILE = "equivalent.toml"

_TEXTS = ("file", "operator", "function", "before", "after", "reason")


class EquivalentsError(Exception):
    """A file of equivalents that cannot be used: names the entry, and what was expected."""


def shipped() -> dict[Key, str]:
    """Reason by :attr:`.Mutant.key`, from the file beside this module."""
    return read(resources.files("weiproof.crosscheck.mutation").joinpath(FILE).read_text("utf-8"))


def read(text: str) -> dict[Key, str]:
    """Reason by :attr:`.Mutant.key`.

    Raises EquivalentsError for what is no such file, and for two entries on one mutant.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EquivalentsError(f"{FILE}: {error}") from None
    entries = document.pop("equivalent", [])
    if document or not isinstance(entries, list):
        raise EquivalentsError(f"{FILE}: nothing but [[equivalent]] tables stand in it")
    reasons: dict[Key, str] = {}
    for number, entry in enumerate(entries, 1):
        key, reason = _entry(entry, f"{FILE}: entry {number}")
        if key in reasons:
            raise EquivalentsError(f"{FILE}: entry {number} says what an earlier one says: {key}")
        reasons[key] = reason
    return reasons


def outdated(reasons: Mapping[Key, str], mutants: Iterable[Mutant]) -> list[Key]:
    """Entries on files of these mutants that fit none of them: the line was changed since."""
    known = dict.fromkeys(mutant.key for mutant in mutants)
    files = dict.fromkeys(key[0] for key in known)
    return [key for key in reasons if key[0] in files and key not in known]


def _entry(entry: Mapping[str, Any], where: str) -> tuple[Key, str]:
    for name in _TEXTS:
        if not isinstance(entry.get(name), str) or not (entry[name] or name == "function"):
            raise EquivalentsError(f"{where}: {name} must be a text")
    if entry["operator"] not in OPERATORS:
        raise EquivalentsError(f"{where}: operator must be one of {', '.join(OPERATORS)}")
    occurrence = entry.get("occurrence", 0)
    if type(occurrence) is not int or occurrence < 0:
        raise EquivalentsError(f"{where}: occurrence must be a number of 0 or more")
    unknown = [name for name in entry if name not in (*_TEXTS, "occurrence")]
    if unknown:
        raise EquivalentsError(f"{where}: {unknown[0]} is no key of an entry")
    file, operator, function, before, after, reason = (entry[name] for name in _TEXTS)
    return (file, operator, function, before, after, occurrence), reason
