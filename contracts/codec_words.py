# ruff: noqa: ANN401 (the values are any that an ABI has)
"""ABI types of one word: integers, booleans, addresses, fixed bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

WORD = 32
_FULL_BITS = 256
_MAX_BYTES = 32
_SHOWN = 100


class CodecError(ValueError):
    """A value that its ABI type cannot hold, or bytes that are no encoding of it."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One ABI type."""

    type: str
    """Canonical type text, structs written as ``(uint256,address)``."""
    words: int
    """Words that it takes where it stands: its own size, or 1 for the offset if dynamic."""
    dynamic: bool
    encode: Callable[[Any], bytes]
    """Value to bytes; :class:`CodecError` for a value out of range or of another kind."""
    decode: Callable[[bytes, int], Any]
    """Data and position to value; :class:`CodecError` where the data is no encoding."""


def shown(value: object) -> str:
    """A value as errors show it, however large it is."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        text = f"<{type(value).__name__} too large to show>"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def uint_codec(bits: int) -> Codec:
    """``uintN``; CodecError where there is no such size."""
    _check_bits(bits)
    limit = 1 << bits

    def encode(value: Any) -> bytes:
        if type(value) is not int or not 0 <= value < limit:
            raise CodecError(f"{shown(value)} is not a uint{bits}")
        return value.to_bytes(32, "big")

    def decode(data: bytes, at: int) -> int:
        value = int.from_bytes(data[at : at + 32], "big")
        if value >= limit or at + 32 > len(data):
            raise _no_word(data, at, f"uint{bits}")
        return value

    return Codec(f"uint{bits}", 1, False, encode, decode)


def int_codec(bits: int) -> Codec:
    """``intN``; CodecError where there is no such size."""
    _check_bits(bits)
    limit = 1 << (bits - 1)

    def encode(value: Any) -> bytes:
        if type(value) is not int or not -limit <= value < limit:
            raise CodecError(f"{shown(value)} is not an int{bits}")
        return value.to_bytes(32, "big", signed=True)

    def decode(data: bytes, at: int) -> int:
        value = int.from_bytes(data[at : at + 32], "big", signed=True)
        if not -limit <= value < limit or at + 32 > len(data):
            raise _no_word(data, at, f"int{bits}")
        return value

    return Codec(f"int{bits}", 1, False, encode, decode)


def _check_bits(bits: int) -> None:
    if bits % 8 or not 0 < bits <= _FULL_BITS:
        raise CodecError(f"there is no integer type of {bits} bits")


def _no_word(data: bytes, at: int, type_text: str) -> CodecError:
    word = data[at : at + WORD]
    if len(word) < WORD:
        return CodecError(f"the data ends at byte {len(data)}, within a {type_text} at {at}")
    return CodecError(f"0x{word.hex()} at byte {at} is not a {type_text}")


_FALSE, _TRUE = bytes(32), bytes(31) + b"\x01"


def bool_codec() -> Codec:
    """``bool``."""

    def encode(value: Any) -> bytes:
        if value is True:
            return _TRUE
        if value is False:
            return _FALSE
        raise CodecError(f"{shown(value)} is not a bool")

    def decode(data: bytes, at: int) -> bool:
        word = data[at : at + 32]
        if word == _TRUE:
            return True
        if word == _FALSE:
            return False
        raise _no_word(data, at, "bool")

    return Codec("bool", 1, False, encode, decode)


_ADDRESS_PADDING = bytes(12)
_ADDRESS_TEXT = 42


def address_codec() -> Codec:
    """``address``, as lower-case ``0x`` text."""

    def encode(value: Any) -> bytes:
        try:
            if len(value) == _ADDRESS_TEXT and value[:2] == "0x":
                return _ADDRESS_PADDING + bytes.fromhex(value[2:])
        except (TypeError, ValueError):
            pass
        raise CodecError(f"{shown(value)} is not an address")

    def decode(data: bytes, at: int) -> str:
        if data[at : at + 12] != _ADDRESS_PADDING or at + 32 > len(data):
            raise _no_word(data, at, "address")
        return "0x" + data[at + 12 : at + 32].hex()

    return Codec("address", 1, False, encode, decode)


def fixed_bytes_codec(size: int) -> Codec:
    """``bytesN``; CodecError where there is no such size."""
    if not 0 < size <= _MAX_BYTES:
        raise CodecError(f"there is no type bytes{size}")
    padding = bytes(32 - size)

    def encode(value: Any) -> bytes:
        if type(value) is not bytes or len(value) != size:
            raise CodecError(f"{shown(value)} is not a bytes{size}")
        return value + padding

    def decode(data: bytes, at: int) -> bytes:
        if data[at + size : at + 32] != padding or at + 32 > len(data):
            raise _no_word(data, at, f"bytes{size}")
        return data[at : at + size]

    return Codec(f"bytes{size}", 1, False, encode, decode)


def function_codec() -> Codec:
    """An external function: address and selector, 24 bytes."""
    return replace(fixed_bytes_codec(24), type="function")
