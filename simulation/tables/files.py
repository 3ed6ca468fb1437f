"""A run's tables as files: one a table, CSV by itself or Parquet by pyarrow."""

from __future__ import annotations

import csv
from contextlib import ExitStack
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .rows import Gathered, gather
from .schema import SCALE, TABLES, Kind, Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from .schema import Cell

FORMATS = ("parquet", "csv")
"""Names of the formats; a file's name ends with one."""


class ExportError(Exception):
    """The tables cannot be written as they were asked for; says why."""


def export(folder: Path, out: Path, kind: str) -> Gathered:
    """Writes the tables of a run's folder into a folder, made if it is missing.

    Some thousand rows are held at a time. Nothing is overwritten, and where anything fails no file
    is left. Raises `ExportError` where a file is there already, `TablesUnavailable` for Parquet
    without pyarrow, and what :func:`~.rows.gather` does.
    """
    paths = {table.name: out / f"{table.name}.{kind}" for table in TABLES}
    for path in paths.values():
        if path.exists():
            message = f"{path} exists, and nothing is overwritten: name another folder"
            raise ExportError(message)
    opened = _open_csv if kind == "csv" else _open_parquet()
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    try:
        with ExitStack() as stack:
            writers: dict[str, Callable[[list[Row]], None]] = {}
            for table in TABLES:
                writers[table.name] = opened(table, paths[table.name], stack)
                written.append(paths[table.name])
            return gather(folder, lambda table, rows: writers[table.name](rows))
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _open_csv(table: Table, path: Path, stack: ExitStack) -> Callable[[list[Row]], None]:
    """Begins a CSV file: UTF-8, commas, lines ending with a line feed, the columns' names first."""
    file = stack.enter_context(path.open("x", encoding="utf-8", newline=""))
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    texts = [_TEXTS[column.kind] for column in table.columns]

    def write(rows: list[Row]) -> None:
        columns: Iterable[Iterable[str]] = (
            [text(cell) for cell in cells]
            for text, cells in zip(texts, zip(*rows, strict=True), strict=True)
        )
        writer.writerows(zip(*columns, strict=True))

    return write


def _open_parquet() -> Callable[[Table, Path, ExitStack], Callable[[list[Row]], None]]:
    from .arrow import batch_of, schema_of, with_arrow

    with_arrow()
    import pyarrow.parquet as pq

    def opened(table: Table, path: Path, stack: ExitStack) -> Callable[[list[Row]], None]:
        file = stack.enter_context(path.open("xb"))
        writer = stack.enter_context(pq.ParquetWriter(file, schema_of(table), compression="zstd"))
        return lambda rows: writer.write_batch(batch_of(table, rows))

    return opened


def amount_text(amount: int) -> str:
    """An amount's raw integer as a decimal, exact and without zeros at its end."""
    whole, part = divmod(abs(amount), 10**SCALE)
    digits = f"{whole}.{part:0{SCALE}d}".rstrip("0").rstrip(".")
    return f"-{digits}" if amount < 0 else digits


@lru_cache(maxsize=64)
def time_text(at: int) -> str:
    """A time in ISO 8601, UTC, to the second."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(cell: Cell) -> str:
    return "" if cell is None else str(cell)


_TEXTS: dict[Kind, Callable[[Any], str]] = {
    Kind.INTEGER: _plain,
    Kind.TIME: time_text,
    Kind.TEXT: _plain,
    Kind.FLAG: lambda cell: "true" if cell else "false",
    Kind.AMOUNT: lambda cell: "" if cell is None else amount_text(cell),
}
