"""Which format a file has, and what every format has in common: series of updates."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from weiproof.simulation.toml_exact import shorten

from . import chainlink, klines, pyth, uniswap
from .table import WAD_DECIMALS, ImportProblem, Update, header

if TYPE_CHECKING:
    from collections.abc import Sequence

KLINES = "klines"
CHAINLINK_ROUNDS = "chainlink-rounds"
PYTH_UPDATES = "pyth-updates"
UNISWAP_V3 = "uniswap-v3"

HEADERS = {
    KLINES: (klines.KLINE_COLUMNS, klines.TRADE_BAR_COLUMNS),
    CHAINLINK_ROUNDS: (chainlink.ROUND_COLUMNS,),
    PYTH_UPDATES: (pyth.PYTH_COLUMNS, pyth.PYTH_UNIQUE_COLUMNS),
    UNISWAP_V3: (uniswap.POOL_COLUMNS,),
}
"""Headers of each format."""


@dataclass(frozen=True, slots=True)
class Series:
    """The updates of one feed, raw, in the order of its file, whatever their times are."""

    kind: str
    """Its format."""
    name: str
    """The price id, where a file may hold several; else empty."""
    decimals: int
    updates: tuple[Update, ...]
    unwritten: int = 0
    """Rows of rounds that were never written."""
    missing: int | None = None
    """Updates that the file shows to be left out between two of its own; None: it cannot tell."""

    @property
    def out_of_order(self) -> int:
        """Updates with a time before the one in front."""
        return sum(gap < 0 for gap in _gaps(self.updates))

    @property
    def duplicates(self) -> int:
        """Updates with the same time as the one in front."""
        return sum(gap == 0 for gap in _gaps(self.updates))

    @property
    def not_positive(self) -> int:
        """Answers at or below 0."""
        return sum(update.answer <= 0 for update in self.updates)

    @property
    def rounds(self) -> tuple[tuple[int, int], ...]:
        """Time and answer of each update in rising time; those of one time keep their order."""
        ordered = sorted(self.updates, key=lambda update: update.at)
        return tuple((update.at, update.answer) for update in ordered)


def detect(raw: bytes, name: str) -> str:
    """Return the format that a file's header tells."""
    columns = header(raw, name)
    for kind, known in HEADERS.items():
        if columns in known:
            return kind
    if not raw:
        raise ImportProblem(name, 0, "", "a price file, it is empty")
    shown = shorten(",".join(columns))
    formats = "; ".join(f"{kind} ({','.join(known[0])})" for kind, known in HEADERS.items())
    raise ImportProblem(name, 1, "", f"the header of a known format, not {shown!r}: {formats}")


def series_of(raw: bytes, name: str, kind: str, column: str = "close") -> tuple[Series, ...]:
    """Return the series of a file; `column` is the figure of a bar that counts."""
    if kind == KLINES:
        found = klines.bars(raw, name, column)
        return (Series(kind, "", WAD_DECIMALS, found, missing=_missing_bars(found)),)
    if kind == CHAINLINK_ROUNDS:
        dump = chainlink.chainlink_rounds(raw, name, ordered=False)
        unwritten, missing = dump.zero_rounds, dump.missing
        return (Series(kind, "", dump.decimals, dump.updates, unwritten, missing),)
    if kind == UNISWAP_V3:
        return (Series(kind, "", WAD_DECIMALS, uniswap.pool_states(raw, name).updates),)
    return tuple(
        Series(kind, each, pyth.common_decimals(own), pyth.scaled(own), missing=pyth.skipped(own))
        for each, own in pyth.pyth_updates(raw, name).items()
    )


def points_of(
    raw: bytes, name: str, kind: str, *, column: str = "close", price_id: str = ""
) -> tuple[tuple[int, int], ...]:
    """Return the price path in a file: points (unix seconds, WAD) in strictly rising time."""
    if kind == KLINES:
        return klines.klines(raw, name, column)
    if kind == CHAINLINK_ROUNDS:
        return chainlink.round_points(raw, name)
    if kind == UNISWAP_V3:
        return uniswap.pool_points(raw, name)
    return pyth.pyth_points(raw, name, price_id)


def _gaps(updates: Sequence[Update]) -> list[int]:
    return [after.at - before.at for before, after in pairwise(updates)]


def _missing_bars(updates: tuple[Update, ...]) -> int:
    length = klines.bar_length(updates)
    return sum(gap // length - 1 for gap in _gaps(updates) if gap > 0) if length else 0
