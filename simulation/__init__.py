"""Scenario file to blocks of calls to journal: time, agents, keepers, price paths and seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from .tables.loaded import RunTables


def load(folder: str | Path) -> RunTables:
    """The tables of a run's folder, as :func:`weiproof.simulation.tables.loaded.load` reads them.

    Needs the extra ``tables``.
    """
    from .tables import loaded

    return loaded.load(folder)
