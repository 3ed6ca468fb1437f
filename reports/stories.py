"""What a run's scenario says of itself; its text is the user's, and is told, not believed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weiproof.simulation.toml_exact import Exact, ScenarioError, parse, read_text, scale
from weiproof.simulation.validation import Problems, validate
from weiproof.simulation.variants import varied

from .units import WAD_DIGITS

if TYPE_CHECKING:
    from pathlib import Path

UNCOMPARED = frozenset({"variant", "expect"})
"""Tables that say nothing of how a run is made."""

SCENARIO = "scenario.toml"


@dataclass(frozen=True, slots=True)
class Story:
    """Description and terms of a scenario, as far as they can be read."""

    name: str = ""
    description: str = ""
    feeds: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)
    """Heartbeat in seconds and deviation (WAD) by the feed's label."""
    settings: dict[str, str] = field(default_factory=dict)
    """Every key of the file and what it says, the variant's changes made; prices by their hash."""


def story_of(folder: Path, variant: str = "") -> Story:
    """The scenario in a run's folder; an empty story where there is none that can be read."""
    try:
        tables = parse(read_text(folder / SCENARIO, SCENARIO), SCENARIO)
        if variant:
            tables = varied(tables, validate(tables, SCENARIO), variant, Problems())
    except ScenarioError:
        return Story()
    scenario = tables.get("scenario")
    scenario = scenario if isinstance(scenario, dict) else {}
    feeds = tables.get("feed")
    found: dict[str, tuple[int | None, int | None]] = {}
    for feed in feeds if isinstance(feeds, list) else ():
        if isinstance(feed, dict):
            label = f"feed/{feed.get('price')}/{feed.get('name')}"
            found[label] = (_integer(feed, "heartbeat", 0), _integer(feed, "deviation", WAD_DIGITS))
    told = {key: value for key, value in tables.items() if key not in UNCOMPARED}
    settings = flat(_with_hashes(told))
    return Story(_text(scenario, "name"), _text(scenario, "description"), found, settings)


def _with_hashes(tables: dict[str, Any]) -> dict[str, Any]:
    """With a line for the prices of each path that stand in the file."""
    paths = tables.get("path")
    if not isinstance(paths, list):
        return tables
    return {**tables, "path": [_with_hash(path) for path in paths]}


def _with_hash(path: object) -> object:
    if not isinstance(path, dict) or not isinstance(path.get("rows"), list):
        return path
    rows = path["rows"]
    digest = hashlib.sha256(repr(rows).encode("utf-8", "backslashreplace")).hexdigest()
    return {**path, "rows": f"{len(rows):,} with hash {digest[:16]}"}


def flat(value: object, path: str = "") -> dict[str, str]:
    """Leaves of a document by their paths; what has a name is told by it, not by its place."""
    if isinstance(value, dict):
        items = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, (list, tuple)):
        items = [(_name_of(item, place), item) for place, item in enumerate(value)]
    else:
        return {path: str(value)}
    found: dict[str, str] = {}
    for key, item in items:
        found |= flat(item, f"{path}.{key}" if path else key)
    return found


def _name_of(item: object, place: int) -> str:
    """What stands for a place in a list."""
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        return str(place)
    price = item.get("price")
    return f"{price}/{item['name']}" if isinstance(price, str) else str(item["name"])


def _text(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _integer(table: dict[str, Any], key: str, decimals: int) -> int | None:
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, Exact)):
        return None
    try:
        return scale(value.text if isinstance(value, Exact) else str(value), decimals)
    except ValueError:
        return None
