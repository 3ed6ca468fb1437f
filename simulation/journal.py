"""The journal of a run: an append-only file of calls, outcomes and state hashes.

One JSON object a line, in canonical form (sorted keys, no spaces, ASCII). Each line holds the
SHA-256 of its own content and of the line before, so a changed, missing, added or moved line shows.
The last line says how many calls there are; without it the journal is incomplete.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .forms import (
    Header,
    Json,
    Record,
    end_form,
    header_form,
    header_of,
    record_form,
    record_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO

_GENESIS = "0" * 64
_MAX_LINE_BYTES = 16 * 1024 * 1024


class JournalError(Exception):
    """A damaged journal: the line (from 1) and what is wrong with it."""

    def __init__(self, line: int, reason: str, *, torn: bool = False) -> None:
        """Carry line and reason; `torn` where only the last line was not written to its end."""
        self.line = line
        self.reason = reason
        self.torn = torn
        super().__init__(line, reason)

    def __str__(self) -> str:
        """Give line and reason."""
        return f"journal line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Journal:
    """A verified journal."""

    header: Header
    records: tuple[Record, ...]
    complete: bool
    """Whether the run was written to its end."""
    last_hash: str
    """Hash of the last line, hex."""


def canonical(form: Json) -> bytes:
    """Return the canonical JSON of a form: sorted keys, no spaces, ASCII."""
    text = json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return text.encode("ascii")


def _chain(form: dict[str, Json], previous: str) -> tuple[bytes, str]:
    linked: dict[str, Json] = {**form, "previous": previous}
    own = hashlib.sha256(canonical(linked)).hexdigest()
    return canonical({**linked, "hash": own}) + b"\n", own


class JournalWriter:
    """Writes a journal line by line; a context manager that closes the file.

    Call :meth:`finish` at the end of a run; without it the journal stays incomplete.
    """

    def __init__(self, file: BinaryIO, last_hash: str, count: int) -> None:
        """Go on in an open file after the line of `last_hash`, with `count` calls before."""
        self._file = file
        self._last_hash = last_hash
        self._count = count

    @classmethod
    def create(cls, path: Path, header: Header) -> JournalWriter:
        """Begin a new journal; `FileExistsError` where there is one."""
        writer = cls(path.open("xb"), _GENESIS, 0)
        writer._write(header_form(header))
        return writer

    @classmethod
    def resume(cls, path: Path) -> tuple[JournalWriter, Journal]:
        """Verify an incomplete journal and go on after its last whole line.

        A torn last line is cut off. Raises `JournalError` for any other damage, and for a journal
        that is complete.
        """
        try:
            journal = read_journal(path)
        except JournalError as error:
            if not error.torn:
                raise
            _cut_torn_line(path)
            journal = read_journal(path)
        if journal.complete:
            raise JournalError(len(journal.records) + 2, "the journal is complete")
        return cls(path.open("ab"), journal.last_hash, len(journal.records)), journal

    @property
    def last_hash(self) -> str:
        """Hash of the last written line, hex."""
        return self._last_hash

    def append(self, record: Record) -> None:
        """Write the record of one call."""
        self._write(record_form(record))
        self._count += 1

    def finish(self) -> None:
        """Write the last line: the number of calls."""
        self._write(end_form(self._count))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> JournalWriter:  # noqa: PYI034 - typing.Self is not in Python 3.10
        """Return the writer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def _write(self, form: dict[str, Json]) -> None:
        line, self._last_hash = _chain(form, self._last_hash)
        self._file.write(line)


def _cut_torn_line(path: Path) -> None:
    with path.open("r+b") as file:
        end = 0
        for line in file:
            if line.endswith(b"\n"):
                end += len(line)
        file.truncate(end)


def _verified(raw: bytes, line: int, previous: str) -> tuple[dict[str, Any], str]:
    """Check one line and return its content without the chain, and its hash."""
    if not raw.endswith(b"\n"):
        raise JournalError(line, "the last line is torn, it has no end", torn=True)
    try:
        form = json.loads(raw)
    except (ValueError, RecursionError):
        raise JournalError(line, "not JSON") from None
    if not isinstance(form, dict) or not isinstance(form.get("hash"), str):
        raise JournalError(line, "not a record with a hash")
    found = form.pop("hash")
    if form.get("previous") != previous:
        raise JournalError(line, "does not follow the line before (previous hash differs)")
    form.pop("previous")
    try:
        expected_line, expected = _chain(form, previous)
    except (ValueError, RecursionError):
        raise JournalError(line, "not canonical JSON") from None
    if found != expected:
        raise JournalError(line, "its content does not match its hash")
    if raw != expected_line:
        raise JournalError(line, "not canonical JSON")
    return form, expected


def _lines(file: BinaryIO) -> Iterator[bytes]:
    number = 0
    while True:
        raw = file.readline(_MAX_LINE_BYTES)
        number += 1
        if not raw:
            return
        if len(raw) == _MAX_LINE_BYTES:
            raise JournalError(number, "the line is too long")
        yield raw


def read_journal(path: Path) -> Journal:
    """Read and verify a whole journal. Raises `JournalError` at its first damage.

    The text of the hashes, the order, the canonical form and every value's type are checked; a
    journal without its last line is returned with `complete` false. `OSError` as the file gives it.
    """
    header: Header | None = None
    records: list[Record] = []
    complete = False
    previous, line = _GENESIS, 0
    with path.open("rb") as file:
        for line, raw in enumerate(_lines(file), start=1):
            form, previous = _verified(raw, line, previous)
            if complete:
                raise JournalError(line, "there is a line after the end")
            try:
                if header is None:
                    header = header_of(form)
                elif form.get("kind") == "end":
                    complete = _is_end(form, len(records))
                else:
                    records.append(record_of(form))
            except (ValueError, RecursionError) as error:
                raise JournalError(line, str(error)) from None
    if header is None:
        raise JournalError(line + 1, "the header is missing")
    return Journal(header, tuple(records), complete, previous)


def _is_end(form: dict[str, Any], count: int) -> bool:
    if form == end_form(count):
        return True
    message = f"the end does not say that there are {count} calls"
    raise ValueError(message)
