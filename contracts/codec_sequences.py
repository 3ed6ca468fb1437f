# ruff: noqa: ANN401 (the values are any that an ABI has)
"""ABI types of more than a word: dynamic bytes, text, structs and arrays.

Data whose parts overlap may say no more than :data:`OVERLAP` times its length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .codec_words import WORD, Codec, CodecError, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_WORDS = 2**16
"""Words that a type takes where it stands, and elements of an array of fixed size."""
OVERLAP = 4
"""How many times its length decoded data may say."""


class _Metered(bytes):
    """Data that can be read so often: parts of it may be said to stand at the same place."""

    left: int
    """Bytes that may still be read."""


def _spend(data: bytes, size: int) -> None:
    """Note that some bytes are read."""
    if type(data) is _Metered:
        data.left -= size
        if data.left < 0:
            raise CodecError(f"the data overlaps: it says more than {OVERLAP} times its length")


def _metered(data: bytes) -> bytes:
    if type(data) is _Metered:
        return data
    metered = _Metered(data)
    metered.left = OVERLAP * (len(data) + WORD)
    return metered


# DYNAMIC BYTES AND TEXT


def _length(data: bytes, at: int, what: str) -> int:
    """Read an offset or a count."""
    if at + WORD > len(data):
        raise CodecError(f"the data ends at byte {len(data)}, before the {what} at {at}")
    value = int.from_bytes(data[at : at + WORD], "big")
    if value > len(data):
        raise CodecError(f"{what} {value} at byte {at} is beyond the data ({len(data)} bytes)")
    return value


def bytes_codec() -> Codec:
    """``bytes``."""

    def encode(value: Any) -> bytes:
        if type(value) is not bytes:
            raise CodecError(f"{shown(value)} is not bytes")
        return len(value).to_bytes(32, "big") + value + bytes(-len(value) % WORD)

    def decode(data: bytes, at: int) -> bytes:
        size = _length(data, at, "length")
        _spend(data, WORD + size)
        start, end = at + WORD, at + WORD + size
        if end > len(data):
            raise CodecError(f"the data ends at byte {len(data)}, within {size} bytes at {start}")
        return data[start:end]

    return Codec("bytes", 1, True, encode, decode)


def string_codec() -> Codec:
    """``string``."""
    raw = bytes_codec()

    def encode(value: Any) -> bytes:
        if not isinstance(value, str):
            raise CodecError(f"{shown(value)} is not a string")
        try:
            return raw.encode(value.encode())
        except UnicodeEncodeError as error:
            raise CodecError(f"{shown(value)} cannot be written as UTF-8") from error

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
    words = _bounded(sum(part.words for part in parts))
    encode = _dynamic_encoder(parts, words) if dynamic else _static_encoder(parts)
    decode = _dynamic_decoder(parts, words) if dynamic else _static_decoder(parts)
    type_text = f"({','.join(part.type for part in parts)})"
    return Codec(type_text, 1 if dynamic else words, dynamic, encode, decode)


def _bounded(count: int) -> int:
    if count > MAX_WORDS:
        raise CodecError(f"an ABI type has at most {MAX_WORDS} words or elements, not {count}")
    return count


def _members(value: Any, count: int) -> Any:
    if not isinstance(value, (tuple, list)) or len(value) != count:
        raise CodecError(f"{shown(value)} is not a tuple of {count}")
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


def _dynamic_decoder(parts: Sequence[Codec], words: int) -> Callable[[bytes, int], Any]:
    head_size, several = words * WORD, sum(part.dynamic for part in parts) > 1

    def decode(data: bytes, at: int) -> Any:
        if several:
            data = _metered(data)
        _spend(data, head_size)
        values = []
        position = at
        for part in parts:
            start = at + _length(data, position, "offset") if part.dynamic else position
            values.append(part.decode(data, start))
            position += part.words * WORD
        return tuple(values)

    return decode


def fixed_array(element: Codec, count: int) -> Codec:
    """``T[N]``; CodecError where it is too large, or an element takes no space."""
    words, dynamic = _bounded(_bounded(count) * _sized(element)), element.dynamic
    encode_all, decode_all = _many(element)

    def encode(value: Any) -> bytes:
        return encode_all(_members(value, count))

    def decode(data: bytes, at: int) -> Any:
        if dynamic:
            data = _metered(data)
            _spend(data, count * WORD)
        return decode_all(data, at, count)

    type_text = f"{element.type}[{count}]"
    return Codec(type_text, 1 if dynamic else words, dynamic, encode, decode)


def dynamic_array(element: Codec) -> Codec:
    """``T[]``; CodecError where an element takes no space."""
    size = _sized(element) * WORD
    encode_all, decode_all = _many(element)

    def encode(value: Any) -> bytes:
        if not isinstance(value, (tuple, list)):
            raise CodecError(f"{shown(value)} is not a tuple")
        return len(value).to_bytes(32, "big") + encode_all(value)

    def decode(data: bytes, at: int) -> Any:
        if element.dynamic:
            data = _metered(data)
        count = _length(data, at, "count")
        if count * size > len(data) - at - WORD:
            raise CodecError(f"the data ends at byte {len(data)}, within {count} items at {at}")
        _spend(data, WORD + count * size)
        return decode_all(data, at + WORD, count)

    return Codec(f"{element.type}[]", 1, True, encode, decode)


def _sized(element: Codec) -> int:
    """Words of an array's element, which may not be nothing."""
    if not element.words:
        raise CodecError(f"there are no arrays of {element.type}, which takes no space")
    return element.words


def _many(
    element: Codec,
) -> tuple[Callable[[Sequence[Any]], bytes], Callable[[bytes, int, int], tuple[Any, ...]]]:
    """Encoder and decoder of elements that follow each other."""
    encode_one, decode_one, size = element.encode, element.decode, element.words * WORD

    def encode_dynamic(values: Sequence[Any]) -> bytes:
        tails = [encode_one(value) for value in values]
        heads, offset = [], len(tails) * WORD
        for tail in tails:
            heads.append(offset.to_bytes(32, "big"))
            offset += len(tail)
        return b"".join(heads + tails)

    def decode_dynamic(data: bytes, at: int, count: int) -> tuple[Any, ...]:
        places = range(at, at + count * size, size)
        return tuple([decode_one(data, at + _length(data, here, "offset")) for here in places])

    def encode_static(values: Sequence[Any]) -> bytes:
        return b"".join([encode_one(value) for value in values])

    def decode_static(data: bytes, at: int, count: int) -> tuple[Any, ...]:
        return tuple([decode_one(data, here) for here in range(at, at + count * size, size)])

    return (encode_dynamic, decode_dynamic) if element.dynamic else (encode_static, decode_static)
