"""Calls, events and outcomes: the one language that every system speaks.

A run, a fuzz campaign, a saved counterexample and a deployment rehearsal are all sequences of
:class:`Call`. A system answers each with an :class:`Outcome`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, Union

Value: TypeAlias = Union[int, bool, str, bytes, "tuple[Value, ...]"]
"""An ABI value: integers and booleans as they are, addresses as lower-case ``0x`` strings.

Fixed and
dynamic bytes as ``bytes``, arrays and structs as tuples."""


def bytes32(text: str) -> bytes:
    """A short text as Solidity keeps it in a bytes32; ValueError beyond 32 bytes."""
    encoded = text.encode()
    if len(encoded) > 32:  # noqa: PLR2004 - bytes32
        raise ValueError(f"at most 32 bytes fit: {text!r}")
    return encoded.ljust(32, b"\0")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: who calls what, with which arguments, in the block of which time."""

    at: int
    """Block time, unix seconds. Consecutive calls may share it; it never runs backwards."""
    sender: str
    target: str
    """Name of the called contract in the address book."""
    function: str
    """ABI name, or the full signature where the name is overloaded."""
    args: tuple[Value, ...] = ()
    value: int = 0
    """Ether sent along, wei."""


@dataclass(frozen=True, slots=True)
class Event:
    """One emitted event, its arguments in ABI order (indexed ones included)."""

    target: str
    name: str
    args: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call led to: values and events, or a typed revert."""

    ok: bool
    values: tuple[Value, ...] = ()
    events: tuple[Event, ...] = ()
    error: str = ""
    """Name of the custom error, ``Panic``, ``Error`` (a revert string).

    Or empty for empty revert data.
    """
    error_args: tuple[Value, ...] = ()
