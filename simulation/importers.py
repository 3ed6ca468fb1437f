"""Price files in named formats, read exactly: exchange klines and Chainlink round dumps.

Both give points (unix seconds, price in WAD). An error names file, line and column.
"""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from weiproof.engine.records import MAX_PRICE
from weiproof.oracles.round import Round

from .toml_exact import scale, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import NoReturn

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Largest price file, in bytes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_UTC_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_RAW_INTEGER = re.compile(r"-?[0-9]{1,80}", re.ASCII)
_WAD_DECIMALS = 18
_PHASE_BITS = 64

KLINE_COLUMNS = ("open_time_utc", "open", "high", "low", "close", "volume")
"""Header of a klines file."""
ROUND_COLUMNS = (
    "round_id",
    "phase_id",
    "aggregator_round_id",
    "answer",
    "answer_decimal",
    "started_at",
    "updated_at",
    "updated_at_utc",
    "answered_in_round",
)
"""Header of a Chainlink round dump."""


class ImportProblem(Exception):
    """A price file that cannot be used: file, line (from 1), column name, what was expected."""

    def __init__(self, file: str, line: int, column: str, expected: str) -> None:
        """Carry the place and what was expected there; line 0 is the file as a whole."""
        self.file = file
        self.line = line
        self.column = column
        self.expected = expected
        super().__init__(file, line, column, expected)

    def __str__(self) -> str:
        """Give file, line, column and what was expected."""
        line = f", line {self.line}" if self.line else ""
        column = f", column {self.column}" if self.column else ""
        return f"{self.file}{line}{column}: expected {self.expected}"


@dataclass(frozen=True, slots=True)
class RoundDump:
    """All written rounds of a dump."""

    decimals: int
    rounds: tuple[Round, ...]
    zero_rounds: int
    """Rows of unwritten rounds (all zero), left out of `rounds`."""


@dataclass(frozen=True, slots=True)
class _Row:
    file: str
    line: int
    cells: dict[str, str]

    def refuse(self, column: str, expected: str) -> NoReturn:
        found = shorten(self.cells[column])
        raise ImportProblem(self.file, self.line, column, f"{expected}, not {found!r}")

    def integer(self, column: str) -> int:
        text = self.cells[column]
        if not _RAW_INTEGER.fullmatch(text):
            self.refuse(column, "a whole number")
        return int(text)

    def price(self, column: str) -> int:
        try:
            price = scale(self.cells[column], _WAD_DECIMALS)
        except ValueError as error:
            raise ImportProblem(self.file, self.line, column, str(error)) from None
        if not 0 < price <= MAX_PRICE:
            self.refuse(column, "a price above 0 and at most 10**9")
        return price

    def time(self, column: str) -> int:
        text = self.cells[column]
        if not _UTC_TIME.fullmatch(text):
            self.refuse(column, "a UTC time such as 2024-08-05T01:10:00Z")
        try:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            self.refuse(column, "a time that exists")
        return (moment - _EPOCH) // timedelta(seconds=1)


def read_bytes(path: Path, name: str) -> bytes:
    """Return the bytes of a price file of at most 64 MiB; `name` stands for it in errors."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ImportProblem(name, 0, "", f"a readable file: {reason}") from None
    if len(raw) > MAX_FILE_BYTES:
        raise ImportProblem(name, 0, "", f"at most {MAX_FILE_BYTES} bytes")
    return raw


def digest(raw: bytes) -> str:
    """Return the SHA-256 of a file's bytes, lower-case hex."""
    return hashlib.sha256(raw).hexdigest()


def _rows(raw: bytes, name: str, columns: tuple[str, ...]) -> Iterator[_Row]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ImportProblem(name, 0, "", f"UTF-8 text, byte {error.start} is not") from None
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        header = next(reader, [])
        if tuple(header) != columns:
            raise ImportProblem(name, 1, "", f"the header {','.join(columns)}")
        for cells in reader:
            if len(cells) != len(columns):
                expected = f"{len(columns)} columns, found {len(cells)}"
                raise ImportProblem(name, reader.line_num, "", expected)
            yield _Row(name, reader.line_num, dict(zip(columns, cells, strict=True)))
    except csv.Error as error:
        raise ImportProblem(name, reader.line_num, "", f"CSV: {error}") from None


def klines(raw: bytes, name: str, column: str = "close") -> tuple[tuple[int, int], ...]:
    """Return the points of exchange bars: one figure of each bar at the time it is known.

    The open stands at the bar's opening time; close, high and low stand one bar length later, when
    the bar is complete. The bar length is the smallest distance between two opening times. Missing
    bars are allowed (the last price holds); times must rise strictly.
    """
    bars: list[tuple[int, int]] = []
    length = 0
    for row in _rows(raw, name, KLINE_COLUMNS):
        at = row.time("open_time_utc")
        if bars:
            gap = at - bars[-1][0]
            if gap <= 0:
                row.refuse("open_time_utc", "a time after the row before")
            length = min(length, gap) if length else gap
        bars.append((at, row.price(column)))
    if not bars:
        raise ImportProblem(name, 2, "", "at least one row")
    shift = 0 if column == "open" else length
    return tuple((at + shift, price) for at, price in bars)


def chainlink_rounds(raw: bytes, name: str) -> RoundDump:
    """Return the rounds of a Chainlink dump; rows of unwritten rounds (all zero) are counted.

    The decimals are those of the column `answer_decimal`, which must agree with the raw answer.
    Round ids must rise; update times must not fall, and may repeat.
    """
    rounds: list[Round] = []
    decimals: int | None = None
    zero_rounds = 0
    for row in _rows(raw, name, ROUND_COLUMNS):
        if decimals is None:
            decimals = len(row.cells["answer_decimal"].partition(".")[2])
        current = _round(row, decimals)
        if current.updated_at == 0 and current.answer == 0:
            zero_rounds += 1
            continue
        _check_order(row, rounds, current)
        rounds.append(current)
    if decimals is None or not rounds:
        raise ImportProblem(name, 2, "", "at least one written round")
    return RoundDump(decimals, tuple(rounds), zero_rounds)


def _round(row: _Row, decimals: int) -> Round:
    answer = row.integer("answer")
    try:
        shown = scale(row.cells["answer_decimal"], decimals)
    except ValueError as error:
        column = "answer_decimal"
        raise ImportProblem(row.file, row.line, column, str(error)) from None
    if shown != answer:
        row.refuse("answer_decimal", f"the answer with {decimals} decimals")
    round_id = row.integer("round_id")
    phased = row.integer("phase_id") << _PHASE_BITS | row.integer("aggregator_round_id")
    if round_id != phased:
        row.refuse("round_id", "phase_id * 2**64 + aggregator_round_id")
    started_at, updated_at = row.integer("started_at"), row.integer("updated_at")
    return Round(round_id, answer, started_at, updated_at, row.integer("answered_in_round"))


def _check_order(row: _Row, rounds: list[Round], current: Round) -> None:
    if current.answer <= 0:
        row.refuse("answer", "an answer above 0 in a written round")
    if rounds and current.round_id <= rounds[-1].round_id:
        row.refuse("round_id", "a round id above the row before")
    if current.updated_at <= 0 or (rounds and current.updated_at < rounds[-1].updated_at):
        row.refuse("updated_at", "a time not before the row before")


def round_points(raw: bytes, name: str) -> tuple[tuple[int, int], ...]:
    """Return the points of a Chainlink dump; of rounds that share a time the last one counts."""
    dump = chainlink_rounds(raw, name)
    if dump.decimals > _WAD_DECIMALS:
        raise ImportProblem(name, 2, "answer_decimal", f"at most {_WAD_DECIMALS} decimals")
    factor = 10 ** (_WAD_DECIMALS - dump.decimals)
    last_of = {r.updated_at: r.answer * factor for r in dump.rounds}
    return tuple(last_of.items())
