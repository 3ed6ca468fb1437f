"""The JSON forms of what a journal holds: header, records, and every value with its exact type.

An integer is a decimal string, bytes are `0x` and hex, a boolean is a JSON boolean, a text or
address is `{"text": ...}`, a tuple is an array. Each value has one form only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from weiproof.engine.call import Call, Event, Outcome

if TYPE_CHECKING:
    from weiproof.engine.call import Value

VERSION = 1
"""Version of the file format."""

_MAX_DIGITS = 200
"""No integer has more."""
_LIMIT = 10**_MAX_DIGITS

Json: TypeAlias = Union[str, bool, "list[Json]", "dict[str, Json]"]


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
    if isinstance(form, str):
        return _bytes_of(form) if form[:2] == "0x" else _integer_of(form)
    if isinstance(form, dict) and list(form) == ["text"]:
        return _text(form["text"])
    if isinstance(form, list):
        return tuple([decode_value(item) for item in form])
    if isinstance(form, bool):
        return form
    message = "a value is not in canonical form"
    raise ValueError(message)


def _integer_of(form: str) -> int:
    try:
        value = int(form)
    except ValueError:
        value = 0
    if str(value) == form and (len(form) <= _MAX_DIGITS or -_LIMIT < value < _LIMIT):
        return value
    message = "an integer is not in canonical form"
    raise ValueError(message)


def _bytes_of(form: str) -> bytes:
    try:
        value = bytes.fromhex(form[2:])
    except ValueError:
        value = b""
    if value.hex() == form[2:]:
        return value
    message = "bytes are not in canonical form"
    raise ValueError(message)


def _text(form: object) -> str:
    if isinstance(form, str):
        return form
    message = "a text was expected"
    raise ValueError(message)


def _int(form: object) -> int:
    if isinstance(form, str) and not form.startswith("0x"):
        return _integer_of(form)
    message = "an integer was expected"
    raise ValueError(message)


def _bytes(form: object) -> bytes:
    if isinstance(form, str) and form.startswith("0x"):
        return _bytes_of(form)
    message = "bytes were expected"
    raise ValueError(message)


def _tuple(form: object) -> tuple[Value, ...]:
    if isinstance(form, list):
        return tuple([decode_value(item) for item in form])
    message = "an array was expected"
    raise ValueError(message)


def _fields(form: object, *names: str) -> dict[str, Any]:
    if isinstance(form, dict) and len(form) == len(names) and all(map(form.__contains__, names)):
        return form
    message = f"the keys {', '.join(names)} were expected"
    raise ValueError(message)


# RECORDS


def header_form(header: Header) -> dict[str, Json]:
    """The JSON form of a header."""
    return {
        "kind": "header",
        "version": str(VERSION),
        "scenario_hash": encode_value(header.scenario_hash),
        "seed": encode_value(header.seed),
        "artifacts_hash": encode_value(header.artifacts_hash),
        "protocol_hash": encode_value(header.protocol_hash),
    }


def header_of(form: object) -> Header:
    """The header of a JSON form; `ValueError` where it is none."""
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


def call_form(call: Call) -> Json:
    """The JSON form of a call."""
    return {
        "at": encode_value(call.at),
        "sender": call.sender,
        "target": call.target,
        "function": call.function,
        "args": encode_value(call.args),
    }


def call_of(form: object) -> Call:
    """The call of a JSON form; `ValueError` where it is none."""
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


def record_form(record: Record) -> dict[str, Json]:
    """The JSON form of a record."""
    return {
        "kind": "call",
        "call": call_form(record.call),
        "outcome": _outcome_form(record.outcome),
        "state_hash": encode_value(record.state_hash),
        "digest": encode_value(record.digest),
    }


def record_of(form: object) -> Record:
    """The record of a JSON form; `ValueError` where it is none."""
    fields = _fields(form, "kind", "call", "outcome", "state_hash", "digest")
    return Record(
        call=call_of(fields["call"]),
        outcome=_outcome_of(fields["outcome"]),
        state_hash=_bytes(fields["state_hash"]),
        digest=_bytes(fields["digest"]),
    )


def end_form(count: int) -> dict[str, Json]:
    """The JSON form of a finished journal's last line."""
    return {"kind": "end", "calls": str(count)}
