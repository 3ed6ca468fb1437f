"""What a node tells about blocks, receipts and executions, read strictly.

Each reader takes what JSON made of an answer and raises ``ValueError`` or ``KeyError`` where it is
not what was asked for; :meth:`.rpc_client.RpcClient.ask` turns that into a BadAnswer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .base import Log
from .rpc_client import address, data, quantity, rows, table, text, truth, word

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_TOPICS = 4
_REVERTED = "execution reverted"
"""The call tracer's word for REVERT; what else it names was an exceptional halt, without data."""


@dataclass(frozen=True, slots=True)
class Head:
    """A block."""

    number: int
    hash: str
    parent: str
    time: int
    base_fee: int
    gas_limit: int
    transactions: tuple[str, ...]


def block(value: object) -> Head:
    """Read a block that lists its transactions by hash."""
    fields = table(value)
    return Head(
        number=quantity(fields["number"]),
        hash=word(fields["hash"]),
        parent=word(fields["parentHash"]),
        time=quantity(fields["timestamp"]),
        base_fee=quantity(fields["baseFeePerGas"]),
        gas_limit=quantity(fields["gasLimit"]),
        transactions=tuple(word(entry) for entry in rows(fields["transactions"])),
    )


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction's receipt."""

    transaction: str
    block: str
    ok: bool
    gas: int
    created: str | None
    logs: tuple[Log, ...]


def receipt(value: object) -> Mined:
    """Read a receipt; every log in it must be of its transaction and block."""
    fields = table(value)
    status = quantity(fields["status"])
    if status not in {0, 1}:
        raise ValueError(f"a receipt's status is 0 or 1, not {status}")
    transaction, mined_in = word(fields["transactionHash"]), word(fields["blockHash"])
    created = fields.get("contractAddress")
    return Mined(
        transaction=transaction,
        block=mined_in,
        ok=status == 1,
        gas=quantity(fields["gasUsed"]),
        created=None if created is None else address(created),
        logs=tuple(_log(entry, transaction, mined_in) for entry in rows(fields["logs"])),
    )


def _log(value: object, transaction: str, mined_in: str) -> Log:
    fields = table(value)
    if word(fields["transactionHash"]) != transaction or word(fields["blockHash"]) != mined_in:
        raise ValueError("a log of another transaction or block")
    if truth(fields.get("removed", False)):
        raise ValueError("a log that a reorganisation removed")
    topics = tuple(bytes.fromhex(word(topic)[2:]) for topic in rows(fields["topics"]))
    if len(topics) > _MAX_TOPICS:
        raise ValueError(f"a log of {len(topics)} topics")
    return Log(address(fields["address"]), topics, data(fields["data"]))


def execution(kind: str, sender: str) -> Callable[[Any], tuple[bool, bytes]]:
    """Return the reader of what the call tracer tells: success, and return data or revert data.

    :param kind: ``CALL`` or ``CREATE``.
    :param sender: whose execution it must be.
    """

    def read(value: object) -> tuple[bool, bytes]:
        fields = table(value)
        if fields["type"] != kind or address(fields["from"]) != sender:
            raise ValueError("a trace of something else")
        output = data(fields.get("output") or "0x")
        error = fields.get("error")
        if error is None:
            return True, output
        return False, output if text(error) == _REVERTED else b""

    return read


def storage_word(value: object) -> int:
    """Read a storage word."""
    return int(word(value), 16)


def snapshot_id(value: object) -> str:
    """Read a snapshot's id, and keep it as the node writes it."""
    quantity(value)
    return str(value)
