"""Rows as Arrow batches; the one module that needs pyarrow, which is the extra ``tables``."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .schema import DIGITS, SCALE, Kind, Row, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

_BYTES = 16
"""Of a decimal of 128 bits."""


class TablesUnavailable(Exception):
    """A package of the extra ``tables`` is missing; says how to get it."""


class AmountTooLarge(Exception):
    """An amount that has more digits than a column holds; nothing is rounded."""


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
    arrays = []
    for column, field, cells in zip(table.columns, schema, zip(*rows, strict=True), strict=True):
        if column.kind is Kind.AMOUNT:
            arrays.append(_amounts(cells, f"{table.name}.{column.name}"))
        elif column.kind is Kind.TIME:
            arrays.append(pa.array([at * 1000 for at in cells], field.type))
        else:
            arrays.append(pa.array(cells, field.type))
    return pa.record_batch(arrays, schema=schema)


def _amounts(cells: Sequence[Any], where: str) -> pa.Array:
    """Raw integers as decimals, by their bytes: no number is converted on the way."""
    import pyarrow as pa

    limit = 10**DIGITS
    present = [0 if cell is None else cell for cell in cells]
    if any(not -limit < cell < limit for cell in present):
        message = f"{where}: an amount has more than {DIGITS} digits"
        raise AmountTooLarge(message)
    raw = b"".join([cell.to_bytes(_BYTES, "little", signed=True) for cell in present])
    absent = sum(cell is None for cell in cells)
    valid = None
    if absent:
        valid = pa.array([cell is not None for cell in cells], pa.bool_()).buffers()[1]
    kind = pa.decimal128(DIGITS, SCALE)
    return pa.Array.from_buffers(kind, len(cells), [valid, pa.py_buffer(raw)], null_count=absent)
