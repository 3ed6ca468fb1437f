# ruff: noqa: ANN401 (the values are any that an ABI has)
"""ABI types as pairs of plain functions: value to bytes, bytes to value.

Addresses are lower-case ``0x`` text, fixed and dynamic bytes are ``bytes``, arrays and structs are
tuples. Encoding refuses what the type cannot hold; decoding is strict: dirty padding, lengths and
offsets beyond the data are errors. The tests compare every form with the ``eth_abi`` package, which
takes ten times longer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

WORD = 32
_ARRAY = re.compile(r"(.*)\[(\d*)\]")
_SIZED = re.compile(r"(uint|int|bytes)(\d+)")
_FULL_BITS = 256
_MAX_BYTES = 32


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


def canonical_type(parameter: Mapping[str, Any]) -> str:
    """Type text of an ABI parameter, with the components of structs spelled out."""
    text = str(parameter["type"])
    if not text.startswith("tuple"):
        return text
    inner = ",".join(canonical_type(component) for component in parameter["components"])
    return f"({inner}){text.removeprefix('tuple')}"


@cache
def codec(type_text: str) -> Codec:
    """Return the codec of a canonical ABI type.

    :raises CodecError: for a type that does not exist or is not supported (``function``, fixed
        point).
    """
    array = _ARRAY.fullmatch(type_text)
    if array:
        element = codec(array[1])
        return _fixed_array(element, int(array[2])) if array[2] else _dynamic_array(element)
    if type_text.startswith("("):
        return tuple_codec(tuple(codec(part) for part in _split(type_text[1:-1])))
    if type_text in _ELEMENTARY:
        return _ELEMENTARY[type_text]()
    sized = _SIZED.fullmatch(type_text)
    if sized is None:
        raise CodecError(f"unsupported ABI type {type_text!r}")
    return _SIZES[sized[1]](int(sized[2]))


def _split(inner: str) -> list[str]:
    """Split at the commas that are not inside parentheses."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(inner):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append(inner[start:index])
            start = index + 1
    return [*parts, inner[start:]] if inner else []


# WORDS


def _uint(bits: int) -> Codec:
    _check_bits(bits)
    limit = 1 << bits

    def encode(value: Any) -> bytes:
        if type(value) is not int or not 0 <= value < limit:
            raise CodecError(f"{value!r} is not a uint{bits}")
        return value.to_bytes(32, "big")

    def decode(data: bytes, at: int) -> int:
        value = int.from_bytes(data[at : at + 32], "big")
        if value >= limit or at + 32 > len(data):
            raise _no_word(data, at, f"uint{bits}")
        return value

    return Codec(f"uint{bits}", 1, False, encode, decode)


def _int(bits: int) -> Codec:
    _check_bits(bits)
    limit = 1 << (bits - 1)

    def encode(value: Any) -> bytes:
        if type(value) is not int or not -limit <= value < limit:
            raise CodecError(f"{value!r} is not an int{bits}")
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


def _bool() -> Codec:
    def encode(value: Any) -> bytes:
        if value is True:
            return _TRUE
        if value is False:
            return _FALSE
        raise CodecError(f"{value!r} is not a bool")

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


def _address() -> Codec:
    def encode(value: Any) -> bytes:
        try:
            if len(value) == _ADDRESS_TEXT and value[:2] == "0x":
                return _ADDRESS_PADDING + bytes.fromhex(value[2:])
        except (TypeError, ValueError):
            pass
        raise CodecError(f"{value!r} is not an address")

    def decode(data: bytes, at: int) -> str:
        if data[at : at + 12] != _ADDRESS_PADDING or at + 32 > len(data):
            raise _no_word(data, at, "address")
        return "0x" + data[at + 12 : at + 32].hex()

    return Codec("address", 1, False, encode, decode)


def _fixed_bytes(size: int) -> Codec:
    if not 0 < size <= _MAX_BYTES:
        raise CodecError(f"there is no type bytes{size}")
    padding = bytes(32 - size)

    def encode(value: Any) -> bytes:
        if type(value) is not bytes or len(value) != size:
            raise CodecError(f"{value!r} is not a bytes{size}")
        return value + padding

    def decode(data: bytes, at: int) -> bytes:
        if data[at + size : at + 32] != padding or at + 32 > len(data):
            raise _no_word(data, at, f"bytes{size}")
        return data[at : at + size]

    return Codec(f"bytes{size}", 1, False, encode, decode)


# DYNAMIC BYTES AND TEXT


def _length(data: bytes, at: int, what: str) -> int:
    """Read an offset or a count."""
    if at + WORD > len(data):
        raise CodecError(f"the data ends at byte {len(data)}, before the {what} at {at}")
    value = int.from_bytes(data[at : at + WORD], "big")
    if value > len(data):
        raise CodecError(f"{what} {value} at byte {at} is beyond the data ({len(data)} bytes)")
    return value


def _bytes() -> Codec:
    def encode(value: Any) -> bytes:
        if type(value) is not bytes:
            raise CodecError(f"{value!r} is not bytes")
        return len(value).to_bytes(32, "big") + value + bytes(-len(value) % WORD)

    def decode(data: bytes, at: int) -> bytes:
        size = _length(data, at, "length")
        start, end = at + WORD, at + WORD + size
        if end > len(data):
            raise CodecError(f"the data ends at byte {len(data)}, within {size} bytes at {start}")
        return data[start:end]

    return Codec("bytes", 1, True, encode, decode)


def _string() -> Codec:
    raw = codec("bytes")

    def encode(value: Any) -> bytes:
        if not isinstance(value, str):
            raise CodecError(f"{value!r} is not a string")
        return raw.encode(value.encode())

    def decode(data: bytes, at: int) -> str:
        try:
            return str(raw.decode(data, at), "utf-8")
        except UnicodeDecodeError as error:
            raise CodecError(f"the string at byte {at} is not UTF-8") from error

    return Codec("string", 1, True, encode, decode)


# TUPLES AND ARRAYS


def tuple_codec(parts: Sequence[Codec]) -> Codec:
    """Codec of a struct, or of a list of arguments, with the given members."""
    dynamic = any(part.dynamic for part in parts)
    words = sum(part.words for part in parts)
    encode = _dynamic_encoder(parts, words) if dynamic else _static_encoder(parts)
    decode = _dynamic_decoder(parts) if dynamic else _static_decoder(parts)
    type_text = f"({','.join(part.type for part in parts)})"
    return Codec(type_text, 1 if dynamic else words, dynamic, encode, decode)


def _members(value: Any, count: int) -> Any:
    if not isinstance(value, (tuple, list)) or len(value) != count:
        raise CodecError(f"{value!r} is not a tuple of {count}")
    return value


def _static_encoder(parts: Sequence[Codec]) -> Callable[[Any], bytes]:
    encoders = tuple(part.encode for part in parts)
    count = len(parts)

    def encode(value: Any) -> bytes:
        members = _members(value, count)
        return b"".join(
            [encoder(member) for encoder, member in zip(encoders, members, strict=True)]
        )

    return encode


def _static_decoder(parts: Sequence[Codec]) -> Callable[[bytes, int], Any]:
    places: list[tuple[Callable[[bytes, int], Any], int]] = []
    offset = 0
    for part in parts:
        places.append((part.decode, offset))
        offset += part.words * WORD

    def decode(data: bytes, at: int) -> Any:
        return tuple([decoder(data, at + place) for decoder, place in places])

    return decode


def _dynamic_encoder(parts: Sequence[Codec], words: int) -> Callable[[Any], bytes]:
    count, head_size = len(parts), words * WORD

    def encode(value: Any) -> bytes:
        heads: list[bytes] = []
        tails: list[bytes] = []
        offset = head_size
        for part, member in zip(parts, _members(value, count), strict=True):
            encoded = part.encode(member)
            if part.dynamic:
                heads.append(offset.to_bytes(32, "big"))
                tails.append(encoded)
                offset += len(encoded)
            else:
                heads.append(encoded)
        return b"".join(heads + tails)

    return encode


def _dynamic_decoder(parts: Sequence[Codec]) -> Callable[[bytes, int], Any]:
    def decode(data: bytes, at: int) -> Any:
        values = []
        position = at
        for part in parts:
            start = at + _length(data, position, "offset") if part.dynamic else position
            values.append(part.decode(data, start))
            position += part.words * WORD
        return tuple(values)

    return decode


def _fixed_array(element: Codec, count: int) -> Codec:
    inner = tuple_codec((element,) * count)
    return Codec(f"{element.type}[{count}]", inner.words, inner.dynamic, inner.encode, inner.decode)


def _dynamic_array(element: Codec) -> Codec:
    def encode(value: Any) -> bytes:
        if not isinstance(value, (tuple, list)):
            raise CodecError(f"{value!r} is not a tuple")
        content = _repeated(element, len(value)).encode(value)
        return len(value).to_bytes(32, "big") + content

    def decode(data: bytes, at: int) -> Any:
        count = _length(data, at, "count")
        if count * max(element.words, 1) * WORD > len(data) - at - WORD:
            raise CodecError(f"the data ends at byte {len(data)}, within {count} items at {at}")
        return _repeated(element, count).decode(data, at + WORD)

    return Codec(f"{element.type}[]", 1, True, encode, decode)


@lru_cache(maxsize=1024)
def _repeated(element: Codec, count: int) -> Codec:
    return tuple_codec((element,) * count)


_ELEMENTARY: dict[str, Callable[[], Codec]] = {
    "bool": _bool,
    "address": _address,
    "bytes": _bytes,
    "string": _string,
}
_SIZES: dict[str, Callable[[int], Codec]] = {"uint": _uint, "int": _int, "bytes": _fixed_bytes}
