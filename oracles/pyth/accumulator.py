"""Updates as Pyth's network makes them: several messages under one root that guardians sign.

Read as ``PythAccumulator.sol`` 1.4.5 does, but for signatures and Merkle proofs, which are skipped
over and not verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from weiproof.engine.errors import Panic

from .errors import InvalidTwapUpdateData, InvalidUpdateData
from .structs import Price, PriceFeed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, TypeAlias

UPDATE_MAGIC: Final = b"PNAU"
ROOT_MAGIC: Final = b"AUWV"
MAJOR_VERSION = 1
PRICE_MESSAGE, TWAP_MESSAGE = 0, 1

BAD_ENUM = 0x21
"""Panic code of a number that is no member of an enumeration."""

SIGNATURE_BYTES = 66
VAA_HEAD_BYTES = 51
"""From the time of the signed message to its payload."""
PROOF_NODE_BYTES = 20
ID_BYTES = 32


class PriceUpdate(NamedTuple):
    """A price at one publish time, in the order of its message; times in unix seconds."""

    price_id: bytes
    price: int
    conf: int
    expo: int
    publish_time: int
    prev_publish_time: int
    """Publish time of the update before: this one is the first of all times in between."""
    ema_price: int
    ema_conf: int

    @property
    def feed(self) -> PriceFeed:
        """As it is stored: the moving average shares exponent and publish time."""
        price = Price(self.price, self.conf, self.expo, self.publish_time)
        average = Price(self.ema_price, self.ema_conf, self.expo, self.publish_time)
        return PriceFeed(self.price_id, price, average)


class TwapUpdate(NamedTuple):
    """Sums up to one slot, two of which make a time-weighted average."""

    price_id: bytes
    cumulative_price: int
    cumulative_conf: int
    num_down_slots: int
    publish_slot: int
    publish_time: int
    prev_publish_time: int
    expo: int


Message: TypeAlias = "PriceUpdate | TwapUpdate"
Fields: TypeAlias = "tuple[tuple[int, bool], ...]"

_PRICE_FIELDS: Fields = (
    (8, True),
    (8, False),
    (4, True),
    (8, False),
    (8, False),
    (8, True),
    (8, False),
)
_TWAP_FIELDS: Fields = (
    (16, True),
    (16, False),
    (8, False),
    (8, False),
    (8, False),
    (8, False),
    (4, True),
)
"""Bytes and sign of the integers that follow the id in a message."""


def encode_update(slot: int, messages: Sequence[Message]) -> bytes:
    """An update of at most 255 messages, with no signature, an empty root and empty proofs.

    Raises OverflowError where a value does not fit its field.
    """
    root = ROOT_MAGIC + bytes(1) + slot.to_bytes(8, "big") + bytes(4 + PROOF_NODE_BYTES)
    vaa = bytes([1]) + bytes(4 + 1 + VAA_HEAD_BYTES) + root
    head = UPDATE_MAGIC + bytes([MAJOR_VERSION, 0, 0, 0])
    body = [len(vaa).to_bytes(2, "big"), vaa, len(messages).to_bytes(1, "big")]
    for message in map(_encode_message, messages):
        body += [len(message).to_bytes(2, "big"), message, bytes(1)]
    return head + b"".join(body)


def count_messages(update: bytes) -> int:
    """How many messages an update has; nothing else of it is read. Reverts as the fee's view."""
    reader = _Reader(update)
    _skip_head(reader)
    reader.take(reader.uint(2))
    return reader.uint(1)


def decode_prices(update: bytes) -> tuple[int, tuple[PriceUpdate, ...]]:
    """Slot and messages of an update of prices.

    Reverts with InvalidUpdateData where it is no such update, is cut short or goes on too long;
    panics with 0x21 on a type of update or message that there is not.
    """
    reader = _Reader(update)
    slot = _slot(reader)
    found = []
    for _ in range(reader.uint(1)):
        id_, values = _message(reader, PRICE_MESSAGE, _PRICE_FIELDS)
        found.append(PriceUpdate(id_, *values))
    if reader.left:
        raise InvalidUpdateData
    return slot, tuple(found)


def decode_points(update: bytes) -> tuple[TwapUpdate, ...]:
    """Messages of an update of sums.

    Reverts as :func:`decode_prices`, but with InvalidTwapUpdateData where it goes on too long.
    """
    reader = _Reader(update)
    _slot(reader)
    found = []
    for _ in range(reader.uint(1)):
        id_, values = _message(reader, TWAP_MESSAGE, _TWAP_FIELDS)
        found.append(TwapUpdate(id_, *values))
    if reader.left:
        raise InvalidTwapUpdateData
    return tuple(found)


class _Reader:
    """Takes bytes from the front.

    Where too few are left, the contract reads what lies behind, which verification then refuses.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise InvalidUpdateData
        self._at += count
        return self._data[self._at - count : self._at]

    def uint(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def integer(self, size: int, signed: bool) -> int:
        return int.from_bytes(self.take(size), "big", signed=signed)


def _skip_head(reader: _Reader) -> None:
    """Magic, version, a header that later minor versions may have, and the type."""
    if reader.take(len(UPDATE_MAGIC)) != UPDATE_MAGIC or reader.uint(1) != MAJOR_VERSION:
        raise InvalidUpdateData
    reader.take(1)
    reader.take(reader.uint(1))
    if reader.uint(1) != 0:
        raise Panic(BAD_ENUM)


def _slot(reader: _Reader) -> int:
    """The slot in what the guardians signed; leaves the reader before the messages."""
    _skip_head(reader)
    vaa = _Reader(reader.take(reader.uint(2)))
    vaa.take(1 + 4)
    vaa.take(SIGNATURE_BYTES * vaa.uint(1) + VAA_HEAD_BYTES)
    if vaa.take(len(ROOT_MAGIC)) != ROOT_MAGIC:
        raise InvalidUpdateData
    if vaa.uint(1) != 0:
        raise Panic(BAD_ENUM)
    slot = vaa.uint(8)
    vaa.take(4 + PROOF_NODE_BYTES)
    return slot


def _message(reader: _Reader, wanted: int, fields: Fields) -> tuple[bytes, tuple[int, ...]]:
    """Id and integers of the next message, of the type that is wanted."""
    message = _Reader(reader.take(reader.uint(2)))
    reader.take(PROOF_NODE_BYTES * reader.uint(1))
    kind = message.uint(1)
    if kind not in (PRICE_MESSAGE, TWAP_MESSAGE):
        raise Panic(BAD_ENUM)
    if kind != wanted:
        raise InvalidUpdateData
    return message.take(ID_BYTES), tuple(message.integer(*field) for field in fields)


def _encode_message(message: Message) -> bytes:
    is_price = isinstance(message, PriceUpdate)
    fields = _PRICE_FIELDS if is_price else _TWAP_FIELDS
    id_, *values = message
    encoded = [bytes([PRICE_MESSAGE if is_price else TWAP_MESSAGE]), id_]
    for value, (size, signed) in zip(values, fields, strict=True):
        encoded.append(value.to_bytes(size, "big", signed=signed))
    return b"".join(encoded)
