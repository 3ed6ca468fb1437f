"""CSV files, read cell by cell. An error names file, line and column, and what was expected."""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from weiproof.engine.parameters import MAX_PRICE
from weiproof.simulation.toml_exact import scale, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import NoReturn

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Largest file, in bytes."""
WAD_DECIMALS = 18
MAX_TIME = 253_402_300_799
"""Last second of the year 9999."""

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_UTC_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_RAW_INTEGER = re.compile(r"-?[0-9]{1,80}", re.ASCII)


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
class Row:
    """One row of a file."""

    file: str
    line: int
    cells: dict[str, str]

    def refuse(self, column: str, expected: str) -> NoReturn:
        """Raises the error of one cell."""
        found = shorten(self.cells[column])
        raise ImportProblem(self.file, self.line, column, f"{expected}, not {found!r}")

    def integer(self, column: str, low: int | None = None, high: int | None = None) -> int:
        """The whole number in a column, within bounds where there are any."""
        text = self.cells[column]
        if not _RAW_INTEGER.fullmatch(text):
            self.refuse(column, "a whole number")
        number = int(text)
        if (low is not None and number < low) or (high is not None and number > high):
            self.refuse(column, f"a whole number of {low} to {high}")
        return number

    def decimal(self, column: str, decimals: int) -> int:
        """The decimal in a column times 10**decimals, exact."""
        try:
            return scale(self.cells[column], decimals)
        except ValueError as error:
            raise ImportProblem(self.file, self.line, column, str(error)) from None

    def price(self, column: str) -> int:
        """The price in a column, WAD."""
        price = self.decimal(column, WAD_DECIMALS)
        if not 0 < price <= MAX_PRICE:
            self.refuse(column, "a price above 0 and at most 10**9")
        return price

    def seconds(self, column: str) -> int:
        """The unix time in a column."""
        return self.integer(column, 0, MAX_TIME)

    def time(self, column: str) -> int:
        """The UTC time in a column, as unix seconds."""
        text = self.cells[column]
        if not _UTC_TIME.fullmatch(text):
            self.refuse(column, "a UTC time such as 2024-08-05T01:10:00Z")
        try:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            self.refuse(column, "a time that exists")
        return (moment - EPOCH) // timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Update:
    """One price of a recording, raw, and the line that it stands in."""

    line: int
    at: int
    """Unix seconds."""
    answer: int


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


def header(raw: bytes, name: str) -> tuple[str, ...]:
    """Return the names of a file's columns; empty where the file is."""
    try:
        return tuple(next(csv.reader(_lines(raw, name)[:1], strict=True), []))
    except csv.Error as error:
        raise ImportProblem(name, 1, "", f"CSV: {error}") from None


def rows(raw: bytes, name: str, *headers: tuple[str, ...]) -> Iterator[Row]:
    """Yield the rows of a file with one of these headers; empty lines are no rows, but errors."""
    columns = header(raw, name)
    if columns not in headers:
        expected = " or ".join(",".join(each) for each in headers)
        raise ImportProblem(name, 1, "", f"the header {expected}")
    reader = csv.reader(_lines(raw, name), strict=True)
    try:
        next(reader)
        for cells in reader:
            if len(cells) != len(columns):
                expected = f"{len(columns)} columns, found {len(cells)}"
                raise ImportProblem(name, reader.line_num, "", expected)
            yield Row(name, reader.line_num, dict(zip(columns, cells, strict=True)))
    except csv.Error as error:
        raise ImportProblem(name, reader.line_num, "", f"CSV: {error}") from None


def wad_points(
    updates: Iterable[Update], name: str, columns: tuple[str, str], decimals: int
) -> tuple[tuple[int, int], ...]:
    """Return the points (unix seconds, price in WAD) of updates with raw answers.

    Of updates that share a time the last one counts. Times must not fall, prices must lie above 0
    and at most at 10**9. `columns` names those of times and answers, for errors.
    """
    if decimals > WAD_DECIMALS:
        raise ImportProblem(name, 0, columns[1], f"at most {WAD_DECIMALS} decimals, not {decimals}")
    factor = 10 ** (WAD_DECIMALS - decimals)
    last = 0
    prices: dict[int, int] = {}
    for update in updates:
        if update.at < last:
            expected = f"a time not before the row before, not {update.at}"
            raise ImportProblem(name, update.line, columns[0], expected)
        if not 0 < update.answer * factor <= MAX_PRICE:
            expected = "a price above 0 and at most 10**9"
            raise ImportProblem(name, update.line, columns[1], expected)
        last = update.at
        prices[update.at] = update.answer * factor
    return tuple(prices.items())


def _lines(raw: bytes, name: str) -> list[str]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ImportProblem(name, 0, "", f"UTF-8 text, byte {error.start} is not") from None
    if "\0" in text:
        raise ImportProblem(name, 0, "", f"text, byte {raw.index(0)} is zero")
    return text.splitlines()
