"""Variants: other versions of a scenario, each written as the keys that it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .toml_exact import did_you_mean

if TYPE_CHECKING:
    from . import schema
    from .validation import Problems

KINDS = (
    "price",
    "feed",
    "path",
    "market",
    "group",
    "account",
    "keeper",
    "token",
    "provider",
    "settler",
    "basket",
)
"""Tables of which a variant may change keys."""
SECTIONS = ("blockspace", "system", "waterfall", "liquidation", "insurance_fund")
"""Single tables of which it may."""


def varied(
    tables: dict[str, Any], document: schema.ScenarioFile, name: str, problems: Problems
) -> dict[str, Any]:
    """The tables of a file's variant; `document` is the file as it is."""
    found = {variant.name: variant for variant in document.variant}
    if name not in found:
        known = ", ".join(found) or "none"
        hint = did_you_mean(name, sorted(found), f"The file's variants: {known}.")
        problems.add("variant", f"a variant of this name, there is no {name}", hint)
        return tables
    place = list(found).index(name)
    changed = dict(tables)
    for kind in KINDS:
        rows = [dict(row) for row in tables.get(kind, [])]
        for i, change in enumerate(getattr(found[name], kind)):
            key = f"variant[{place}].{kind}[{i}]"
            _change(rows, kind, change, key, problems)
        if rows:
            changed[kind] = rows
    for kind in ("change", "market_event"):
        if getattr(found[name], kind) is not None:
            changed[kind] = getattr(found[name], kind)
    for section in SECTIONS:
        if keys := getattr(found[name], section):
            changed[section] = tables.get(section, {}) | keys
    return changed


def _change(
    rows: list[dict[str, Any]], kind: str, change: dict[str, Any], key: str, problems: Problems
) -> None:
    identity = ("name", "price") if kind == "feed" else ("name",)
    wanted = [change.get(part) for part in identity]
    for row in rows:
        if [row.get(part) for part in identity] == wanted:
            row.update(change)
            return
    expected = f"the {' and '.join(identity)} of a [[{kind}]] that the file has"
    problems.add(key, expected, "A variant changes tables, it adds none.")
