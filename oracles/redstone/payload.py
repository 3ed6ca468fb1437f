"""The payload behind the arguments of a call: how it is written, and how contracts read it.

From its end backwards (``CalldataExtractor`` of @redstone-finance/evm-connector 0.9.0)::

    marker 9 · size of unsigned metadata 3 · unsigned metadata · packages 2 · last package ...

and a package, from its end backwards::

    signature 65 · points 3 · bytes of each value 4 · milliseconds 6 · last point: value, id 32 ...

Contracts read it by offsets from the end of the call data, with checked subtractions: an offset
that leaves the call data panics with 0x11. Whatever is read in front of the payload are the call's
own arguments, so a reader here takes the whole call data, selector and arguments included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.errors import Panic
from weiproof.engine.fixed_point import OVERFLOW
from weiproof.engine.keccak import keccak256

from .errors import (
    CalldataMustHaveValidPayload,
    CalldataOverOrUnderFlow,
    DataPackageTimestampMustNotBeZero,
    DataPackageTimestampsMustBeEqual,
    IncorrectUnsignedMetadataSize,
    RedstonePayloadMustHaveAtLeastOneDataPackage,
    TooLargeValueByteSize,
)
from .signatures import signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MARKER = bytes.fromhex("000002ed57011e0000")

WORD = 32
COUNT_BYTES = 2
METADATA_SIZE_BYTES = 3
SIGNATURE_BYTES = 65
POINTS_BYTES = 3
VALUE_SIZE_BYTES = 4
TIMESTAMP_BYTES = 6
HEADER_BYTES = POINTS_BYTES + VALUE_SIZE_BYTES + TIMESTAMP_BYTES

# WRITING


def message(points: Sequence[tuple[bytes, int]], milliseconds: int, size: int = WORD) -> bytes:
    """What a node signs: (feed id, value) each with values of `size` bytes, cut to these."""
    body = b"".join(
        feed + (value % (1 << 8 * size)).to_bytes(size, "big") for feed, value in points
    )
    return (
        body
        + milliseconds.to_bytes(TIMESTAMP_BYTES, "big")
        + size.to_bytes(VALUE_SIZE_BYTES, "big")
        + len(points).to_bytes(POINTS_BYTES, "big")
    )


def signed(text: bytes, key: bytes) -> bytes:
    """A package: a message and its signature by a private key."""
    return text + signature(keccak256(text), key)


def payload(packages: Iterable[bytes], metadata: bytes = b"") -> bytes:
    """What is appended to a call's arguments; any metadata are unsigned."""
    found = tuple(packages)
    return (
        b"".join(found)
        + len(found).to_bytes(COUNT_BYTES, "big")
        + metadata
        + len(metadata).to_bytes(METADATA_SIZE_BYTES, "big")
        + MARKER
    )


def calldata(selector: bytes, arguments: Iterable[bytes | int], appended: bytes) -> bytes:
    """Selector, ABI words and what is appended to them."""
    words = (each.to_bytes(WORD, "big") if isinstance(each, int) else each for each in arguments)
    return selector + b"".join(words) + appended


# READING


@dataclass(frozen=True, slots=True)
class Package:
    """A package in call data, its places counted back from their end."""

    data: bytes
    end: int
    points: int
    """How many there are."""
    value_size: int
    """Bytes of each value."""

    @property
    def size(self) -> int:
        """Bytes of the whole package."""
        return self.message_size + SIGNATURE_BYTES

    @property
    def message_size(self) -> int:
        """Bytes that were signed."""
        return self.points * (self.value_size + WORD) + HEADER_BYTES

    def milliseconds(self) -> int:
        """Time of the data; panics where it would lie in front of the call data."""
        before = SIGNATURE_BYTES + POINTS_BYTES + VALUE_SIZE_BYTES
        return _number(self.data, self.end + before, TIMESTAMP_BYTES)

    def digest(self) -> bytes:
        """Keccak-256 of what was signed; panics where it would begin before the call data."""
        at = _place(self.data, self.end + SIGNATURE_BYTES + self.message_size)
        return keccak256(self.data[at : at + self.message_size])

    def signature(self) -> tuple[int, int, int]:
        """Its v, r and s."""
        at = _place(self.data, self.end + SIGNATURE_BYTES)
        r, s = (int.from_bytes(self.data[place : place + WORD], "big") for place in (at, at + WORD))
        return self.data[at + 2 * WORD], r, s

    def values(self) -> Iterator[tuple[bytes, int]]:
        """Feed id and value of each point, the last one first."""
        if self.points and self.value_size > WORD:
            raise TooLargeValueByteSize(self.value_size)
        at = _place(self.data, self.end + SIGNATURE_BYTES + HEADER_BYTES)
        for _ in range(self.points):
            at -= WORD + self.value_size
            value = self.data[at + WORD : at + WORD + self.value_size]
            yield self.data[at : at + WORD], int.from_bytes(value, "big")


def packages_of(data: bytes) -> tuple[int, int]:
    """How many packages call data carry, and where the last one ends, counted back.

    Raises CalldataMustHaveValidPayload, CalldataOverOrUnderFlow, IncorrectUnsignedMetadataSize.
    """
    size = len(data)
    if size < WORD or not _is_marker(data[-len(MARKER) :]):
        raise CalldataMustHaveValidPayload
    if len(MARKER) + WORD > size:
        raise CalldataOverOrUnderFlow
    tail = len(MARKER) + METADATA_SIZE_BYTES
    end = _number(data, len(MARKER), METADATA_SIZE_BYTES) + tail
    if end + COUNT_BYTES > size:
        raise IncorrectUnsignedMetadataSize
    if end + WORD > size:
        raise CalldataOverOrUnderFlow
    return _number(data, end, COUNT_BYTES), end + COUNT_BYTES


def package_at(data: bytes, end: int) -> Package:
    """The package that ends so many bytes before the end; panics in front of the call data."""
    points = _number(data, end + SIGNATURE_BYTES, POINTS_BYTES)
    value_size = _number(data, end + SIGNATURE_BYTES + POINTS_BYTES, VALUE_SIZE_BYTES)
    return Package(data, end, points, value_size)


def common_timestamp(data: bytes) -> int:
    """Milliseconds that all packages carry; signatures are not looked at.

    ``extractTimestampsAndAssertAllAreEqual``: reverts without packages, on a time of zero, and
    where a time differs from the first.
    """
    count, end = packages_of(data)
    if count == 0:
        raise RedstonePayloadMustHaveAtLeastOneDataPackage
    common = 0
    for _ in range(count):
        package = package_at(data, end)
        milliseconds = package.milliseconds()
        if milliseconds == 0:
            raise DataPackageTimestampMustNotBeZero
        common = common or milliseconds
        if milliseconds != common:
            raise DataPackageTimestampsMustBeEqual
        end += package.size
    return common


def _is_marker(tail: bytes) -> bool:
    """Whether all bits of the marker are set; the contract masks, and looks at no other bits."""
    wanted = int.from_bytes(MARKER, "big")
    return int.from_bytes(tail, "big") & wanted == wanted


def _place(data: bytes, before_end: int) -> int:
    if before_end > len(data):
        raise Panic(OVERFLOW)
    return len(data) - before_end


def _number(data: bytes, before_end: int, size: int) -> int:
    """The number that ends so many bytes before the end; the word around it must be there."""
    at = _place(data, before_end + WORD) + WORD
    return int.from_bytes(data[at - size : at], "big")
