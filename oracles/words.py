"""The ABI encoding of static values: a word of 32 bytes each, in a row.

Enough for Pyth's structs and for reports of Data Streams, which hold nothing of variable length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from weiproof.engine.errors import EmptyRevert

if TYPE_CHECKING:
    from collections.abc import Sequence

WORD = 32
"""Bytes of a word."""


def encode_words(kinds: Sequence[str], values: Sequence[int | bytes]) -> bytes:
    """``abi.encode`` of values of the types `kinds`, such as ``bytes32``, ``int192``.

    Raises ValueError where one does not fit its type.
    """
    return b"".join(_encoded(*each) for each in zip(kinds, values, strict=True))


def decode_words(kinds: Sequence[str], data: bytes) -> tuple[int | bytes, ...]:
    """``abi.decode`` as Solidity 0.8 does it; what follows the last word does not matter.

    Reverts without data where bytes are missing or a word does not fit its type.
    """
    if len(data) < WORD * len(kinds):
        raise EmptyRevert
    return tuple(
        _decoded(kind, data[WORD * place : WORD * (place + 1)]) for place, kind in enumerate(kinds)
    )


def integers(values: Sequence[int | bytes]) -> tuple[int, ...]:
    """The same values, of types that are all integers."""
    return cast("tuple[int, ...]", tuple(values))


def bounds(kind: str) -> tuple[int, int]:
    """Smallest and largest value of an integer type."""
    bits = int(kind.removeprefix("u").removeprefix("int"))
    return (0, (1 << bits) - 1) if kind[0] == "u" else (-(1 << bits - 1), (1 << bits - 1) - 1)


def _encoded(kind: str, value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        if kind != "bytes32" or len(value) != WORD:
            raise ValueError(f"not a {kind}: {value!r}")
        return value
    if kind == "bytes32" or not _fits(kind, value):
        raise ValueError(f"not a {kind}: {value}")
    return value.to_bytes(WORD, "big", signed=value < 0)


def _decoded(kind: str, word: bytes) -> int | bytes:
    if kind == "bytes32":
        return word
    value = int.from_bytes(word, "big", signed=kind[0] == "i")
    if not _fits(kind, value):
        raise EmptyRevert
    return value


def _fits(kind: str, value: int) -> bool:
    low, high = bounds(kind)
    return low <= value <= high
