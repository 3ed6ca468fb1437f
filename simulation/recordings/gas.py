"""Gas prices of a chain, period by period."""

from __future__ import annotations

from .table import ImportProblem, rows

GAS_COLUMNS = (
    "period_start_utc",
    "tx_count",
    "avg_wei",
    "p30_wei",
    "p60_wei",
    "p90_wei",
    "p100_wei",
)
"""Header of a file of gas prices: the average, and percentiles of what was paid."""
GAS_FIGURES = ("avg_wei", "p30_wei", "p60_wei", "p90_wei", "p100_wei")


def gas_prices(raw: bytes, name: str, column: str = "avg_wei") -> tuple[tuple[int, int], ...]:
    """Return the points (unix seconds, wei) of gas prices; each holds from its period's start.

    Times must rise strictly.
    """
    points: list[tuple[int, int]] = []
    for row in rows(raw, name, GAS_COLUMNS):
        at = row.time("period_start_utc")
        if points and at <= points[-1][0]:
            row.refuse("period_start_utc", "a time after the row before")
        points.append((at, row.integer(column, 0, 2**256 - 1)))
    if not points:
        raise ImportProblem(name, 2, "", "at least one row")
    return tuple(points)
