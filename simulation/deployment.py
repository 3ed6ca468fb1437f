"""From a deployment's file, or a scenario's, to the protocol that it describes.

A deployment's file has the sections of a scenario that say what is deployed: `[system]`,
`[[price]]`, `[[feed]]` and `[[market]]`. What only a run needs is filled in before the tables are
validated, so that both kinds of file have one schema and the same errors.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .agreement import check_document
from .conversion import convert
from .protocol_of import protocol_of
from .toml_exact import Exact, parse, read_text
from .validation import Problems, validate

if TYPE_CHECKING:
    from weiproof.crosscheck.protocol import ProtocolSpec

_PATH = "not-observed"
_AT = 1_722_816_000  # any time will do: no contract reads the clock while it is created
_RUN_SECTIONS: dict[str, Any] = {
    "scenario": {"name": "deployment", "start": _AT, "end": _AT + 1, "seed": 0, "block_time": 1},
    "insurance_fund": {"amount": 0},
    "market_maker": {"name": "maker", "capital": 1, "spread": 0},
    "path": [{"name": _PATH, "rows": [[_AT, 1]]}],
}
_OF_A_RUN = frozenset({*_RUN_SECTIONS, "account", "group", "keeper", "checks"})
"""Sections that make a file a scenario: then it must be a whole one."""
_FEED_KEYS: dict[str, Any] = {"heartbeat": 1, "deviation": Exact("0.5"), "delay": 0}


def load_deployment(file: str | Path) -> ProtocolSpec:
    """Reads what is to be deployed; a scenario's price files are not looked at.

    Raises `ScenarioError` for everything that is wrong with the file.
    """
    path = Path(file)
    return deployment_of(read_text(path, str(path)), str(path))


def deployment_of(text: str, name: str) -> ProtocolSpec:
    """Reads a deployment from TOML text; `name` stands for the file in errors."""
    tables = parse(text, name)
    if tables.keys().isdisjoint(_OF_A_RUN):
        _complete(tables)
    document, problems = validate(tables, name), Problems()
    check_document(document, problems)
    problems.stop(name)
    return protocol_of(convert(document, ""))


def _complete(tables: dict[str, Any]) -> None:
    """Fills in what only a run needs."""
    tables.update(_RUN_SECTIONS)
    for feed in _tables(tables, "feed"):
        feed["source"] = _PATH
        for key, value in _FEED_KEYS.items():
            feed.setdefault(key, value)
    for market in _tables(tables, "market"):
        market["path"] = _PATH


def _tables(tables: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = tables.get(kind)
    return [table for table in found if isinstance(table, dict)] if isinstance(found, list) else []
