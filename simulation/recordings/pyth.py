"""Updates of Pyth price feeds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from .table import ImportProblem, Row, Update, rows, wad_points

PYTH_COLUMNS = ("price_id", "price", "conf", "expo", "publish_time")
"""Header of a file of updates; `price`, `conf` and `expo` are the raw integers."""
PYTH_UNIQUE_COLUMNS = (*PYTH_COLUMNS, "prev_publish_time")
"""The same with the time of the update before, as accumulator messages carry it."""

MAX_EXPO = 38
"""Largest exponent, either way, that is accepted."""

_PRICE_ID = re.compile(r"0x[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PythUpdate:
    """One update, raw: the price is price * 10**expo, and so is its confidence."""

    line: int
    price_id: str
    price: int
    conf: int
    expo: int
    publish_time: int
    prev_publish_time: int | None


def pyth_updates(raw: bytes, name: str) -> dict[str, tuple[PythUpdate, ...]]:
    """Return the updates of each price id, in the order of the file.

    Integers must fit their types on chain: int64 price, uint64 confidence. Negative prices and
    falling times are kept: a consumer meets them, too.
    """
    found: dict[str, list[PythUpdate]] = {}
    for row in rows(raw, name, PYTH_COLUMNS, PYTH_UNIQUE_COLUMNS):
        update = _update(row)
        found.setdefault(update.price_id, []).append(update)
    if not found:
        raise ImportProblem(name, 2, "", "at least one row")
    return {price_id: tuple(updates) for price_id, updates in found.items()}


def _update(row: Row) -> PythUpdate:
    price_id = row.cells["price_id"]
    if not _PRICE_ID.fullmatch(price_id):
        row.refuse("price_id", "0x and 64 lower-case hexadecimal digits")
    at = row.seconds("publish_time")
    before = None
    if row.cells.get("prev_publish_time") is not None:
        before = row.seconds("prev_publish_time")
        if before > at:
            row.refuse("prev_publish_time", f"a time not after publish_time {at}")
    return PythUpdate(
        row.line,
        price_id,
        row.integer("price", -(2**63), 2**63 - 1),
        row.integer("conf", 0, 2**64 - 1),
        row.integer("expo", -MAX_EXPO, MAX_EXPO),
        at,
        before,
    )


def common_decimals(updates: tuple[PythUpdate, ...]) -> int:
    """Return the decimals with which every price of the updates is a whole number."""
    return max(0, *(-update.expo for update in updates))


def scaled(updates: tuple[PythUpdate, ...]) -> tuple[Update, ...]:
    """Return time and price of updates, exact, with their common decimals."""
    decimals = common_decimals(updates)
    return tuple(
        Update(one.line, one.publish_time, one.price * 10 ** (decimals + one.expo))
        for one in updates
    )


def skipped(updates: tuple[PythUpdate, ...]) -> int | None:
    """Return how many updates follow one that the file does not hold; None where it cannot tell."""
    if updates[0].prev_publish_time is None:
        return None
    pairs = pairwise(updates)
    return sum((one.prev_publish_time or 0) > before.publish_time for before, one in pairs)


def pyth_points(raw: bytes, name: str, price_id: str = "") -> tuple[tuple[int, int], ...]:
    """Return the points (unix seconds, WAD) of one price id; of the only one where none is named.

    Of updates that share a time the last one counts; the contract would keep the first.
    """
    updates = _only(pyth_updates(raw, name), name, price_id)
    columns = ("publish_time", "price")
    return wad_points(scaled(updates), name, columns, common_decimals(updates))


def _only(
    found: dict[str, tuple[PythUpdate, ...]], name: str, price_id: str
) -> tuple[PythUpdate, ...]:
    if not price_id and len(found) == 1:
        return next(iter(found.values()))
    if price_id not in found:
        known = ", ".join(found)
        raise ImportProblem(name, 0, "price_id", f"one of its price ids to be named: {known}")
    return found[price_id]
