"""Files of chained lines: canonical JSON, each line with its own hash and that of the one before.

Canonical is: sorted keys, no spaces, ASCII. A line's hash is the SHA-256 of its content with
``previous`` and without ``hash``, so a changed, missing, added or moved line shows.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from .forms import Json

GENESIS = "0" * 64
"""Stands for the line before the first."""
MAX_LINE_BYTES = 16 * 1024 * 1024
"""No line is as long."""

encode = json.JSONEncoder(separators=(",", ":"), sort_keys=True, check_circular=False).encode
_decode = json.JSONDecoder().decode


class JournalError(Exception):
    """A damaged journal: the line (from 1) and what is wrong with it."""

    def __init__(
        self, line: int, reason: str, *, torn: bool = False, file: str = "journal"
    ) -> None:
        """Carry line and reason; `torn` where only the last line was not written to its end."""
        self.line = line
        self.reason = reason
        self.torn = torn
        self.file = file
        super().__init__(line, reason)

    def __str__(self) -> str:
        """Give line and reason."""
        return f"{self.file} line {self.line}: {self.reason}"


def canonical(form: Json) -> bytes:
    """Return the canonical JSON of a form: sorted keys, no spaces, ASCII."""
    return encode(form).encode("ascii")


def chained(form: dict[str, Json], previous: str) -> tuple[bytes, str]:
    """The line of a form after the line of the hash `previous`, and its own hash."""
    linked: dict[str, Json] = {**form, "previous": previous}
    own = hashlib.sha256(canonical(linked)).hexdigest()
    return canonical({**linked, "hash": own}) + b"\n", own


def read_lines(path: Path, name: str = "journal") -> Iterator[tuple[dict[str, Any], str]]:
    """Each line's content without the chain, in the order of the file, and its hash; verified.

    One line is held at a time. Raises `JournalError` at the first line that is damaged, with
    `name` for the file; `OSError` as the file gives it.
    """
    previous = GENESIS
    with path.open("rb") as file:
        for number, raw in _raw_lines(file, name):
            try:
                form, previous = _verified(raw, previous)
            except _Damage as damage:
                raise JournalError(number, str(damage), torn=damage.torn, file=name) from None
            yield form, previous


def cut_torn_line(path: Path) -> None:
    """Cut off what stands after the last whole line."""
    with path.open("r+b") as file:
        end = 0
        for line in file:
            if line.endswith(b"\n"):
                end += len(line)
        file.truncate(end)


class _Damage(Exception):
    """What is wrong with a line."""

    def __init__(self, reason: str, *, torn: bool = False) -> None:
        self.torn = torn
        super().__init__(reason)


def _raw_lines(file: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    number = 0
    while raw := file.readline(MAX_LINE_BYTES):
        number += 1
        if len(raw) == MAX_LINE_BYTES:
            raise JournalError(number, "the line is too long", file=name)
        yield number, raw


def _verified(raw: bytes, previous: str) -> tuple[dict[str, Any], str]:
    """Check one line; its content without the chain, and its hash.

    A line that equals what its content is written as is canonical, and its hash is then over the
    same text with the hash cut out: that stands there once, as a quotation mark inside of a text
    has a backslash before it, and never last, as ``previous`` comes after it.
    """
    if not raw.endswith(b"\n"):
        raise _Damage("the last line is torn, it has no end", torn=True)
    try:
        text = raw[:-1].decode("ascii")
        form = _decode(text)
    except (ValueError, RecursionError):
        raise _Damage("not JSON") from None
    if not isinstance(form, dict) or not isinstance(form.get("hash"), str):
        raise _Damage("not a record with a hash")
    if form.get("previous") != previous:
        raise _Damage("does not follow the line before (previous hash differs)")
    try:
        is_canonical = encode(form) == text and text.count('"hash":') == 1
    except (ValueError, RecursionError):
        is_canonical = False
    if not is_canonical:
        raise _Damage("not canonical JSON")
    found = form.pop("hash")
    content = text.replace(f'"hash":"{found}",', "", 1)
    if hashlib.sha256(content.encode("ascii")).hexdigest() != found:
        raise _Damage("its content does not match its hash")
    form.pop("previous")
    return form, found
