"""Exchange bars: one figure of each bar at the time it is known."""

from __future__ import annotations

from itertools import pairwise

from .table import ImportProblem, Update, header, rows

KLINE_COLUMNS = ("open_time_utc", "open", "high", "low", "close", "volume")
"""Header of a klines file."""
TRADE_BAR_COLUMNS = ("period_start_utc", "open", "high", "low", "close", "volume_eth", "trades")
"""Header of bars with a count of trades."""


def bars(raw: bytes, name: str, column: str = "close") -> tuple[Update, ...]:
    """Return one price of each bar, WAD, in the order of the file, whatever its times are.

    The open stands at the bar's opening time; close, high and low stand one bar length later, when
    the bar is complete. The bar length is the smallest step forward between two opening times.
    """
    found = [
        Update(row.line, row.time(next(iter(row.cells))), row.price(column))
        for row in rows(raw, name, KLINE_COLUMNS, TRADE_BAR_COLUMNS)
    ]
    if not found:
        raise ImportProblem(name, 2, "", "at least one row")
    shift = 0 if column == "open" else bar_length(found)
    return tuple(Update(bar.line, bar.at + shift, bar.answer) for bar in found)


def bar_length(updates: tuple[Update, ...] | list[Update]) -> int:
    """Return the smallest step forward between two bars; 0 where there is none."""
    gaps = [after.at - before.at for before, after in pairwise(updates)]
    return min((gap for gap in gaps if gap > 0), default=0)


def klines(raw: bytes, name: str, column: str = "close") -> tuple[tuple[int, int], ...]:
    """Return the points (unix seconds, WAD) of bars, as :func:`bars` has them.

    Missing bars are allowed (the last price holds); times must rise strictly.
    """
    found = bars(raw, name, column)
    for before, after in pairwise(found):
        if after.at <= before.at:
            column = header(raw, name)[0]
            raise ImportProblem(name, after.line, column, "a time after the row before")
    return tuple((bar.at, bar.answer) for bar in found)
