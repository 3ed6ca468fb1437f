"""Rows as Arrow batches; the one module that needs pyarrow, which is the extra ``tables``."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .schema import DIGITS, SCALE, Kind, Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

_BYTES = 16
"""Of a decimal of 128 bits."""


class TablesUnavailable(Exception):
    """A package of the extra ``tables`` is missing; says how to get it."""


class AmountTooLarge(Exception):
    """An amount that has more digits than a column holds; nothing is rounded."""


class _TooLarge(Exception):
    """An amount does not fit."""


def with_arrow() -> None:
    """Raises `TablesUnavailable` where pyarrow is not installed."""
    require("pyarrow")


def require(package: str) -> None:
    """Raises `TablesUnavailable` where a package of the extra is not installed."""
    if find_spec(package) is None:
        message = f"{package} is not installed: pip install 'weiproof[tables]'"
        raise TablesUnavailable(message)


def schema_of(table: Table) -> pa.Schema:
    """The Arrow schema of a table."""
    import pyarrow as pa

    types = {
        Kind.INTEGER: pa.int64(),
        Kind.TIME: pa.timestamp("ms", "UTC"),
        Kind.TEXT: pa.string(),
        Kind.FLAG: pa.bool_(),
        Kind.AMOUNT: pa.decimal128(DIGITS, SCALE),
    }
    return pa.schema([pa.field(c.name, types[c.kind], nullable=c.optional) for c in table.columns])


def batch_of(table: Table, rows: Sequence[Row]) -> pa.RecordBatch:
    """Some rows of a table, at least one. Raises `AmountTooLarge`."""
    import pyarrow as pa

    schema = schema_of(table)
    make: dict[Kind, Callable[[Sequence[Any], Any], Any]] = {
        Kind.TIME: lambda cells, kind: pa.array([at * 1000 for at in cells], kind),
        Kind.AMOUNT: lambda cells, _: _amounts(cells),
    }
    arrays = []
    for column, field, cells in zip(table.columns, schema, zip(*rows, strict=True), strict=True):
        try:
            arrays.append(make.get(column.kind, pa.array)(cells, field.type))
        except _TooLarge:
            message = f"{table.name}.{column.name}: an amount has more than {DIGITS} digits"
            raise AmountTooLarge(message) from None
    return pa.record_batch(arrays, schema=schema)


def _amounts(cells: Sequence[int | None]) -> pa.Array:
    """Raw integers as decimals, by their bytes: no number is converted on the way."""
    import pyarrow as pa

    limit = 10**DIGITS
    present = [0 if cell is None else cell for cell in cells]
    if any(not -limit < cell < limit for cell in present):
        raise _TooLarge
    raw = b"".join([cell.to_bytes(_BYTES, "little", signed=True) for cell in present])
    absent = sum(cell is None for cell in cells)
    valid = None
    if absent:
        valid = pa.array([cell is not None for cell in cells], pa.bool_()).buffers()[1]
    kind = pa.decimal128(DIGITS, SCALE)
    return pa.Array.from_buffers(kind, len(cells), [valid, pa.py_buffer(raw)], null_count=absent)
