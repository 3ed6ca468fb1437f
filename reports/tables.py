"""Tables of a page: what is shown, sorted, filtered and drawn.

A chart is drawn from a table, so whatever a picture shows can be read as text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from .units import UNITS, Unit, shown, title, utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Cell: TypeAlias = int | str | None
"""An integer in its column's unit, a text, or nothing known."""

FIRST_ROWS = 15
"""Rows that stand in the page itself; the others come with the page's script."""

LONG = 44
"""Texts of more characters may break into lines; as in tables.js."""

TEXT, TIME = "text", "time"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    key: str
    label: str
    kind: str = TEXT
    """``text``, ``time``, or the name of a unit."""
    note: str = ""
    """The formula that its figures follow from, or what they mean."""
    is_filter: bool = False
    """Whether readers may choose one of its values."""

    @property
    def is_number(self) -> bool:
        """Whether it holds integers in a unit."""
        return self.kind not in (TEXT, TIME)


@dataclass(slots=True)
class Table:
    """Rows of cells under columns."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: list[tuple[Cell, ...]]
    note: str = ""
    """What was left out, and by which rule."""
    units: dict[str, Unit] = field(default_factory=dict)
    """Units beside those that every page knows."""

    def unit(self, column: Column) -> Unit:
        """The unit of a column of integers."""
        return self.units.get(column.kind) or UNITS[column.kind]

    def first(self) -> list[list[dict[str, Any]]]:
        """The rows that stand in the page, for the template."""
        return [self._cells(row) for row in self.rows[:FIRST_ROWS]]

    def _cells(self, row: Sequence[Cell]) -> list[dict[str, Any]]:
        pairs = zip(self.columns, row, strict=True)
        return [cell_form(column, self, value) for column, value in pairs]

    def data(self) -> dict[str, Any]:
        """For the page's script: each amount is the text of its integer.

        A column stands as its values, or, where that is shorter, as those that differ and the place
        of each row's among them.
        """
        columns: list[dict[str, Any]] = []
        cells: list[list[Any]] = []
        for index, column in enumerate(self.columns):
            values = [_plain(column, row[index]) for row in self.rows]
            form: dict[str, Any] = {"key": column.key, "label": column.label, "kind": column.kind}
            known: dict[Any, int] = {}
            places = [known.setdefault(value, len(known)) for value in values]
            if column.kind == TEXT or _length(known) + _length(places) < _length(values):
                form["values"] = list(known)
                cells.append(places)
            else:
                cells.append(values)
            columns.append(form)
        return {"columns": columns, "cells": cells, "count": len(self.rows)}


def _plain(column: Column, value: Cell) -> str | int | None:
    return str(value) if column.is_number and value is not None else value


def _length(values: Iterable[object]) -> int:
    return sum(len(str(value)) + 1 for value in values)


def cell_form(column: Column, table: Table, value: Cell) -> dict[str, Any]:
    """A cell for the template."""
    if value is None:
        return {"kind": "none", "text": "\N{EN DASH}"}
    if column.kind == TIME:
        return {"kind": "time", "text": utc(int(value)), "raw": str(value)}
    if not column.is_number:
        text = str(value)
        return {"kind": "text", "text": text, "long": len(text) > LONG}
    return number_form(int(value), table.unit(column))


def number_form(value: int, unit: Unit) -> dict[str, Any]:
    """A number for the template: what is read, whether digits were cut, and the integer."""
    text, cut = shown(value, unit)
    return {
        "kind": "number",
        "text": text,
        "cut": cut,
        "raw": str(value),
        "title": title(value, unit),
        "unit": unit.name,
        "zero": value == 0,
    }
