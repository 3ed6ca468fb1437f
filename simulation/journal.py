"""The journal of a run: an append-only file of calls, outcomes and state hashes.

One JSON object a line, in canonical form (sorted keys, no spaces, ASCII). Each line holds the
SHA-256 of its own content and of the line before, so a changed, missing, added or moved line shows.
The last line says how many calls there are; without it the journal is incomplete.

Values keep their exact type: an integer is a decimal string, bytes are `0x` and hex, a boolean is a
JSON boolean, a text or address is `{"text": ...}`, a tuple is an array.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from weiproof.engine.call import Call, Event, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO

    from weiproof.engine.call import Value

VERSION = 1
"""Version of the file format."""

_GENESIS = "0" * 64
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,199}", re.ASCII)
_BYTES = re.compile(r"0x(?:[0-9a-f]{2})*", re.ASCII)
_MAX_LINE_BYTES = 16 * 1024 * 1024

Json: TypeAlias = Union[str, bool, "list[Json]", "dict[str, Json]"]


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
class Header:
    """What was run. Hashes are 32 bytes."""

    scenario_hash: bytes
    """The scenario's fingerprint: SHA-256 over its text and its input files."""
    seed: int
    artifacts_hash: bytes
    """SHA-256 of the artifact manifest."""
    protocol_hash: bytes
    """SHA-256 of the protocol's file beside the journal."""


@dataclass(frozen=True, slots=True)
class Record:
    """One call, its outcome and the running state hash after it."""

    call: Call
    outcome: Outcome
    state_hash: bytes
    """32 bytes."""
    digest: bytes = b""
    """Digest of the whole state where it was taken after this call, else empty."""


@dataclass(frozen=True, slots=True)
class Journal:
    """A verified journal."""

    header: Header
    records: tuple[Record, ...]
    complete: bool
    """Whether the run was written to its end."""
    last_hash: str
    """Hash of the last line, hex."""


# VALUES


def encode_value(value: Value) -> Json:
    """Return the JSON form of an ABI value."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return [encode_value(item) for item in value]


def decode_value(form: object) -> Value:
    """Return the ABI value of its JSON form; `ValueError` for anything not canonical."""
    if isinstance(form, bool):
        return form
    if isinstance(form, list):
        return tuple(decode_value(item) for item in form)
    if isinstance(form, dict) and list(form) == ["text"]:
        return _text(form["text"])
    if isinstance(form, str):
        if _INTEGER.fullmatch(form):
            return int(form)
        if _BYTES.fullmatch(form):
            return bytes.fromhex(form[2:])
    message = "a value is not in canonical form"
    raise ValueError(message)


def _text(form: object) -> str:
    if isinstance(form, str):
        return form
    message = "a text was expected"
    raise ValueError(message)


def _int(form: object) -> int:
    value = decode_value(form)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    message = "an integer was expected"
    raise ValueError(message)


def _bytes(form: object) -> bytes:
    value = decode_value(form)
    if isinstance(value, bytes):
        return value
    message = "bytes were expected"
    raise ValueError(message)


def _tuple(form: object) -> tuple[Value, ...]:
    value = decode_value(form)
    if isinstance(value, tuple):
        return value
    message = "an array was expected"
    raise ValueError(message)


def _fields(form: object, *names: str) -> dict[str, Any]:
    if isinstance(form, dict) and sorted(form) == sorted(names):
        return form
    message = f"the keys {', '.join(names)} were expected"
    raise ValueError(message)


# RECORDS


def _header_form(header: Header) -> dict[str, Json]:
    return {
        "kind": "header",
        "version": str(VERSION),
        "scenario_hash": encode_value(header.scenario_hash),
        "seed": encode_value(header.seed),
        "artifacts_hash": encode_value(header.artifacts_hash),
        "protocol_hash": encode_value(header.protocol_hash),
    }


def _header_of(form: object) -> Header:
    fields = _fields(
        form, "kind", "version", "scenario_hash", "seed", "artifacts_hash", "protocol_hash"
    )
    if fields["version"] != str(VERSION):
        message = f"format version {fields['version']} is not {VERSION}"
        raise ValueError(message)
    return Header(
        scenario_hash=_bytes(fields["scenario_hash"]),
        seed=_int(fields["seed"]),
        artifacts_hash=_bytes(fields["artifacts_hash"]),
        protocol_hash=_bytes(fields["protocol_hash"]),
    )


def _call_form(call: Call) -> Json:
    return {
        "at": encode_value(call.at),
        "sender": call.sender,
        "target": call.target,
        "function": call.function,
        "args": encode_value(call.args),
    }


def _call_of(form: object) -> Call:
    fields = _fields(form, "at", "sender", "target", "function", "args")
    return Call(
        at=_int(fields["at"]),
        sender=_text(fields["sender"]),
        target=_text(fields["target"]),
        function=_text(fields["function"]),
        args=_tuple(fields["args"]),
    )


def _event_form(event: Event) -> Json:
    return {"target": event.target, "name": event.name, "args": encode_value(event.args)}


def _event_of(form: object) -> Event:
    fields = _fields(form, "target", "name", "args")
    return Event(_text(fields["target"]), _text(fields["name"]), _tuple(fields["args"]))


def _outcome_form(outcome: Outcome) -> Json:
    return {
        "ok": outcome.ok,
        "values": encode_value(outcome.values),
        "events": [_event_form(event) for event in outcome.events],
        "error": outcome.error,
        "error_args": encode_value(outcome.error_args),
    }


def _outcome_of(form: object) -> Outcome:
    fields = _fields(form, "ok", "values", "events", "error", "error_args")
    if not isinstance(fields["ok"], bool) or not isinstance(fields["events"], list):
        message = "an outcome needs ok and events"
        raise ValueError(message)  # noqa: TRY004 - every damage is a ValueError here
    return Outcome(
        ok=fields["ok"],
        values=_tuple(fields["values"]),
        events=tuple(_event_of(event) for event in fields["events"]),
        error=_text(fields["error"]),
        error_args=_tuple(fields["error_args"]),
    )


def _record_form(record: Record) -> dict[str, Json]:
    return {
        "kind": "call",
        "call": _call_form(record.call),
        "outcome": _outcome_form(record.outcome),
        "state_hash": encode_value(record.state_hash),
        "digest": encode_value(record.digest),
    }


def _record_of(form: object) -> Record:
    fields = _fields(form, "kind", "call", "outcome", "state_hash", "digest")
    return Record(
        call=_call_of(fields["call"]),
        outcome=_outcome_of(fields["outcome"]),
        state_hash=_bytes(fields["state_hash"]),
        digest=_bytes(fields["digest"]),
    )


def _end_form(count: int) -> dict[str, Json]:
    return {"kind": "end", "calls": str(count)}


# LINES


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
        writer._write(_header_form(header))
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
        self._write(_record_form(record))
        self._count += 1

    def finish(self) -> None:
        """Write the last line: the number of calls."""
        self._write(_end_form(self._count))
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
                    header = _header_of(form)
                elif form.get("kind") == "end":
                    complete = _is_end(form, len(records))
                else:
                    records.append(_record_of(form))
            except (ValueError, RecursionError) as error:
                raise JournalError(line, str(error)) from None
    if header is None:
        raise JournalError(line + 1, "the header is missing")
    return Journal(header, tuple(records), complete, previous)


def _is_end(form: dict[str, Any], count: int) -> bool:
    if form == _end_form(count):
        return True
    message = f"the end does not say that there are {count} calls"
    raise ValueError(message)
