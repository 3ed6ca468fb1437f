"""The questions that a broadcast asks a node; every answer is read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weiproof.contracts.chains.rpc_client import (
    address,
    data,
    maybe,
    quantity,
    table,
    word,
)
from weiproof.contracts.chains.rpc_errors import Inconsistent, Refused

from .errors import Unsendable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weiproof.contracts.chains.rpc_client import RpcClient

GWEI = 10**9
_LEAST_TIP = 10**6
_METHOD_NOT_FOUND = -32601
_RECEIPT_KEYS = (
    *("status", "cumulativeGasUsed", "logs", "logsBloom", "type", "transactionHash"),
    *("transactionIndex", "blockHash", "blockNumber", "gasUsed", "effectiveGasPrice"),
    *("from", "to", "contractAddress"),
)
"""What a record keeps of a receipt; Foundry reads the same."""


@dataclass(frozen=True, slots=True)
class Fees:
    """What a transaction offers for a unit of gas, wei."""

    most: int
    tip: int


@dataclass(frozen=True, slots=True)
class Landed:
    """A mined transaction."""

    ok: bool
    gas: int
    created: str | None
    document: dict[str, Any]
    """The receipt as the node gives it, for the record."""


class Node:
    """A node that transactions are sent to."""

    def __init__(self, client: RpcClient) -> None:
        """Ask through ``client``."""
        self._client = client

    @property
    def shown(self) -> str:
        """The node as it may be shown."""
        return self._client.node

    def chain_id(self) -> int:
        """Id of the chain that it serves."""
        return self._client.ask("eth_chainId", (), quantity)

    def nonce(self, account: str, block: str = "latest") -> int:
        """Count of an account's transactions, mined (or ``pending``) ones."""
        return self._client.ask("eth_getTransactionCount", (account, block), quantity)

    def balance(self, account: str) -> int:
        """Ether of an account, wei."""
        return self._client.ask("eth_getBalance", (account, "latest"), quantity)

    def code(self, account: str) -> bytes:
        """Code at an address."""
        return self._client.ask("eth_getCode", (account, "latest"), data)

    def time(self) -> int:
        """Time of the last block, unix seconds."""
        return self._client.ask(
            "eth_getBlockByNumber",
            ("latest", False),
            lambda value: quantity(table(value)["timestamp"]),
        )

    def base_fee(self) -> int:
        """Fee of the last block, wei for a unit of gas.

        :raises BadAnswer: where blocks have none: such chains are not supported.
        """
        return self._client.ask(
            "eth_getBlockByNumber",
            ("latest", False),
            lambda value: quantity(table(value)["baseFeePerGas"]),
        )

    def fees(self, cap: int | None) -> Fees:
        """Offer twice the last block's fee and the node's tip, at most ``cap`` wei.

        :raises Unsendable: where the cap is below what the last block cost.
        """
        base = self.base_fee()
        try:
            tip = self._client.ask("eth_maxPriorityFeePerGas", (), quantity)
        except Refused as error:
            if error.code != _METHOD_NOT_FOUND:
                raise
            tip = max(self._client.ask("eth_gasPrice", (), quantity) - base, 0)
        tip = max(tip, _LEAST_TIP)
        if cap is None:
            return Fees(2 * base + tip, tip)
        if cap < base + 1:
            raise Unsendable(
                f"a unit of gas costs {in_gwei(base)} gwei now, more than --max-fee allows"
                f" ({in_gwei(cap)}): wait, or raise it"
            )
        return Fees(min(2 * base + tip, cap), min(tip, cap - base))

    def estimate(self, transaction: Mapping[str, Any]) -> int:
        """Gas that a transaction would use now.

        :raises Refused: where it would fail; its ``data`` may hold the revert data.
        """
        return self._client.ask("eth_estimateGas", (dict(transaction),), quantity)

    def send(self, raw: bytes, name: str) -> None:
        """Hand over a signed transaction whose hash is ``name``."""
        method = "eth_sendRawTransaction"
        found = self._client.ask(method, ("0x" + raw.hex(),), word)
        if found != name:
            raise Inconsistent(self.shown, method, f"{name} was sent, the node calls it {found}")

    def knows(self, name: str) -> bool:
        """Whether the node has a transaction, mined or waiting."""
        return self._client.ask("eth_getTransactionByHash", (name,), maybe(table)) is not None

    def landed(self, name: str) -> Landed | None:
        """Receipt of a transaction; None while it is not mined."""
        return self._client.ask(
            "eth_getTransactionReceipt", (name,), maybe(lambda value: _landed(value, name))
        )

    def call(self, to: str, content: bytes) -> tuple[bool, bytes]:
        """Run a call on the last block: success, and return data or revert data."""
        question = ({"to": to, "data": "0x" + content.hex()}, "latest")
        try:
            return True, self._client.ask("eth_call", question, data)
        except Refused as error:
            reverted = revert_data(error)
            if reverted is None:
                raise
            return False, reverted

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def revert_data(error: Refused) -> bytes | None:
    """Revert data in a node's refusal; None where it is another refusal."""
    found = error.data
    if isinstance(found, dict):
        found = found.get("data")
    try:
        return data(found)
    except ValueError:
        return b"" if "revert" in error.reason.lower() else None


def in_gwei(wei: int) -> str:
    """Write an amount in gwei, exactly."""
    whole, rest = divmod(wei, GWEI)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".")


def _landed(value: object, name: str) -> Landed:
    fields = table(value)
    if word(fields["transactionHash"]) != name:
        raise ValueError("the receipt of another transaction")
    status = quantity(fields["status"])
    if status not in {0, 1}:
        raise ValueError(f"a receipt's status is 0 or 1, not {status}")
    word(fields["blockHash"])
    created = fields.get("contractAddress")
    document = {key: fields[key] for key in _RECEIPT_KEYS if key in fields}
    document |= {"transactionHash": name, "status": hex(status)}  # however the node spells them
    return Landed(
        ok=status == 1,
        gas=quantity(fields["gasUsed"]),
        created=None if created is None else address(created),
        document=document,
    )
