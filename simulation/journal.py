"""The journal of a run: an append-only file of calls, outcomes and state hashes.

One JSON object a line, in canonical form (sorted keys, no spaces, ASCII). Each line holds the
SHA-256 of its own content and of the line before, so a changed, missing, added or moved line shows.
The last line says how many calls there are; without it the journal is incomplete.
"""

from __future__ import annotations

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
from .lines import GENESIS, JournalError, chained, cut_torn_line, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO

__all__ = ["Journal", "JournalError", "JournalReader", "JournalWriter", "read_journal"]


@dataclass(frozen=True, slots=True)
class Journal:
    """A verified journal."""

    header: Header
    records: tuple[Record, ...]
    complete: bool
    """Whether the run was written to its end."""
    last_hash: str
    """Hash of the last line, hex."""


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
        writer = cls(path.open("xb"), GENESIS, 0)
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
            cut_torn_line(path)
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
        line, self._last_hash = chained(form, self._last_hash)
        self._file.write(line)


class JournalReader:
    """Reads and verifies a journal call by call, holding one line at a time.

    Iterate to get the records in their order; what the rest says is known then. The text of the
    hashes, the order, the canonical form and every value's type are checked. `JournalError` is
    raised at the first damage, at the header's where it is made; `OSError` as the file gives it.
    """

    def __init__(self, path: Path) -> None:
        """Opens the journal and reads its header."""
        self._lines = read_lines(path)
        self.count = 0
        """Records read so far."""
        self.complete = False
        """Whether the run was written to its end; known when all is read."""
        form, self.last_hash = next(self._lines, (None, GENESIS))
        if form is None:
            raise JournalError(1, "the header is missing")
        try:
            self.header = header_of(form)
        except (ValueError, RecursionError) as error:
            raise JournalError(1, str(error)) from None

    @property
    def line(self) -> int:
        """Line, from 1, of the record that was read last."""
        return self.count + 1

    def __iter__(self) -> Iterator[Record]:
        """Gives the records that were not read yet."""
        for form, own in self._lines:
            self.last_hash = own
            if self.complete:
                raise JournalError(self.count + 3, "there is a line after the end")
            try:
                if form.get("kind") == "end":
                    self.complete = _is_end(form, self.count)
                    continue
                record = record_of(form)
            except (ValueError, RecursionError) as error:
                raise JournalError(self.count + 2, str(error)) from None
            self.count += 1
            yield record


def read_journal(path: Path) -> Journal:
    """Read and verify a whole journal, as :class:`JournalReader` does, and hold it all.

    A journal without its last line is returned with `complete` false.
    """
    reader = JournalReader(path)
    records = tuple(reader)
    return Journal(reader.header, records, reader.complete, reader.last_hash)


def _is_end(form: dict[str, Any], count: int) -> bool:
    if form == end_form(count):
        return True
    message = f"the end does not say that there are {count} calls"
    raise ValueError(message)
