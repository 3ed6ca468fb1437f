"""A dev node behind JSON-RPC: one question at a time, every answer checked against the last ones.

What makes it agree with the back ends in process:

* nothing is mined but by ``evm_mine`` at a given time, so that times may be equal and a block holds
  one transaction; senders are impersonated, so that nothing is signed;
* outputs come from the call tracer, whose answers tell revert data from an exceptional halt without
  reading anybody's error text; calls run on the last block by its hash, with the block overridden;
* each block must have our last block as parent, the time asked for and our transaction alone: a
  stale or reorganised node, or somebody else who uses it, is an error and never a result.

Where a change was under way when an answer failed, nobody knows whether it happened: the chain then
refuses everything else.
"""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from weiproof.contracts.deployment import create_address

from .base import (
    BLOCK_GAS,
    TRANSACTION_GAS,
    ZERO_ADDRESS,
    DeployReceipt,
    Receipt,
)
from .bookkeeping import Bookkeeper
from .rpc_answers import block, execution, receipt, snapshot_id, storage_word
from .rpc_client import anything, data, maybe, quantity, truth, word
from .rpc_errors import BadAnswer, Inconsistent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .rpc_answers import Head, Mined
    from .rpc_client import RpcClient

TRACER = {"tracer": "callTracer", "tracerConfig": {"onlyTopCall": True}}
_T = TypeVar("_T")


def block_overrides(number: int, at: int) -> dict[str, str]:
    """Return the block that a call runs in, as every other back end has it."""
    return {
        "number": hex(number),
        "time": hex(at),
        "coinbase": ZERO_ADDRESS,
        "random": "0x" + "00" * 32,
        "baseFee": "0x0",
        "gasLimit": hex(BLOCK_GAS),
    }


def block_id(head: Head) -> dict[str, Any]:
    """Name a block by its hash (EIP-1898); a node where it is not canonical has to refuse."""
    return {"blockHash": head.hash, "requireCanonical": True}


class RpcChain:
    """A node that was taken over (see :mod:`.rpc_opening`), for as long as this object lives."""

    def __init__(
        self,
        name: str,
        client: RpcClient,
        head: Head,
        *,
        genesis_time: int,
        transaction_gas: int = TRANSACTION_GAS,
        end: Callable[[], None],
    ) -> None:
        """Go on from block ``head``.

        :param end: gives the node back and closes the connection; runs once, at :meth:`close`, when
            the chain is forgotten or when Python ends.
        """
        self.name = name
        self._end = weakref.finalize(self, end)
        self._client = client
        self._head = head
        self._lost: str | None = None
        self._known: set[str] = set()
        myself = weakref.proxy(self)  # no cycle: a forgotten chain ends at once
        self._books = Bookkeeper(
            genesis_time, transaction_gas, lambda address: int(myself.balance(address))
        )

    def close(self) -> None:
        """Give the node back; the chain cannot be used any more."""
        self._end()
        self._lost = self._lost or "the chain was closed"

    @property
    def opcodes(self) -> int | None:
        """Not counted here."""
        return None

    def deploy(self, init_code: bytes, *, sender: str, at: int, value: int = 0) -> DeployReceipt:
        """Create a contract; see :class:`~weiproof.contracts.chains.Chain`."""
        self._refuse_if_lost()
        nonce = self._books.open_block(sender, at, init_code, value, creation=True)
        address = create_address(sender, nonce)
        transaction = self._transaction(sender, None, init_code, value)
        mined, output = self._mine(transaction, nonce, at)
        if mined.created not in ({address} if mined.ok else {address, None}):
            self._contradiction(
                "eth_getTransactionReceipt", f"{mined.created} was created where {address} was due"
            )
        return DeployReceipt(address, mined.gas, mined.ok, output)

    def send(self, to: str, data: bytes, *, sender: str, at: int, value: int = 0) -> Receipt:
        """Mine a transaction; see :class:`~weiproof.contracts.chains.Chain`."""
        self._refuse_if_lost()
        nonce = self._books.open_block(sender, at, data, value)
        mined, output = self._mine(self._transaction(sender, to, data, value), nonce, at)
        return Receipt(mined.ok, output, mined.logs, mined.gas)

    def call(
        self, to: str, data: bytes, *, at: int, sender: str = ZERO_ADDRESS, value: int = 0
    ) -> tuple[bool, bytes]:
        """Execute and undo; see :class:`~weiproof.contracts.chains.Chain`."""
        self._books.check(sender, data, value)
        return self._ask(
            "debug_traceCall",
            self._transaction(sender, to, data, value),
            block_id(self._head),
            {**TRACER, "blockOverrides": block_overrides(self._head.number + 1, at)},
            read=execution("CALL", sender.lower()),
        )

    def fund(self, address: str, wei: int) -> None:
        """Give Ether; see :class:`~weiproof.contracts.chains.Chain`."""
        balance = self.balance(address)
        self._books.open_gift(wei)
        with self._changing():
            self._ask("hardhat_setBalance", address, hex(balance + wei), read=anything)
            self._advance(self._books.time, ())

    def balance(self, address: str) -> int:
        """Ether of an address, wei."""
        return self._ask("eth_getBalance", address, block_id(self._head), read=quantity)

    def snapshot(self) -> int:
        """Remember the present state."""
        return self._books.save((self._node_snapshot(), self._head))

    def revert(self, snapshot_id: int) -> None:
        """Return to a snapshot."""
        self._refuse_if_lost()
        mark: Any = self._books.restore(snapshot_id)
        node_id, head = mark
        with self._changing():
            if not self._ask("evm_revert", node_id, read=truth):
                self._contradiction("evm_revert", "the node has forgotten a snapshot")
            self._head = self._block("latest")
            if self._head != head:
                self._contradiction("evm_revert", "the last block is not the snapshot's")
            self._books.replace_mark(snapshot_id, (self._node_snapshot(), head))

    def nonce(self, address: str) -> int:
        """Count of transactions mined from ``address``."""
        return self._books.nonce(address)

    def code(self, address: str) -> bytes:
        """Return the code deployed at ``address``."""
        return self._ask("eth_getCode", address, block_id(self._head), read=data)

    def storage(self, address: str, slot: int) -> int:
        """Read one storage word."""
        return self._ask(
            "eth_getStorageAt",
            address,
            hex(slot),
            block_id(self._head),
            read=storage_word,
        )

    # MINING

    def _transaction(self, sender: str, to: str | None, data: bytes, value: int) -> dict[str, str]:
        transaction = {
            "from": sender,
            "data": "0x" + data.hex(),
            "gas": hex(self._books.gas),
            "gasPrice": "0x0",
            "value": hex(value),
        }
        return transaction if to is None else {**transaction, "to": to}

    def _mine(self, transaction: dict[str, str], nonce: int, at: int) -> tuple[Mined, bytes]:
        """Mine a transaction in a block of its own; return its receipt and its output."""
        sender = transaction["from"]
        with self._changing():
            self._get_to_know(sender, nonce)
            sent = self._ask("eth_sendTransaction", {**transaction, "nonce": hex(nonce)}, read=word)
            self._advance(at, (sent,))
            method = "eth_getTransactionReceipt"
            mined = self._ask(method, sent, read=maybe(receipt))
            if mined is None:
                self._contradiction(method, "a mined transaction has no receipt")
            if mined.transaction != sent:
                raise BadAnswer(self._client.node, method, "the receipt of another transaction")
            if mined.block != self._head.hash:
                self._contradiction(method, "the receipt's block is no longer canonical")
            ok, output = self._ask(
                "debug_traceTransaction",
                sent,
                TRACER,
                read=execution("CALL" if "to" in transaction else "CREATE", sender),
            )
            if ok != mined.ok:
                self._contradiction("debug_traceTransaction", "trace and receipt disagree")
        return mined, output

    def _get_to_know(self, sender: str, nonce: int) -> None:
        """Let an actor send without a signature; the node must count its transactions as we do."""
        if sender in self._known:
            return
        method = "eth_getTransactionCount"
        found = self._ask(method, sender, block_id(self._head), read=quantity)
        if found != nonce:
            self._contradiction(
                method,
                f"{sender} has sent {found} transactions where it should have sent {nonce}:"
                " the node was used before; restart it",
            )
        self._ask("hardhat_impersonateAccount", sender, read=anything)
        self._known.add(sender)

    def _advance(self, at: int, transactions: tuple[str, ...]) -> None:
        """Mine the next block and check that it is the one which is due."""
        self._ask("evm_mine", at, read=anything)
        head = self._block(hex(self._head.number + 1))
        if head.number != self._head.number + 1 or head.parent != self._head.hash:
            self._contradiction("evm_mine", "the new block does not follow our last one")
        if head.time != at:
            self._contradiction("evm_mine", f"the new block's time is {head.time}, not {at}")
        if head.transactions != transactions:
            self._contradiction("evm_mine", "the new block does not hold our transaction alone")
        self._head = head

    def _block(self, which: str) -> Head:
        method = "eth_getBlockByNumber"
        found = self._ask(method, which, False, read=maybe(block))
        if found is None:
            self._contradiction(method, "the node does not know the block that it mined")
        return found

    def _node_snapshot(self) -> str:
        return self._ask("evm_snapshot", read=snapshot_id)

    # TRUST

    def _ask(self, method: str, *params: Any, read: Callable[[Any], _T]) -> _T:  # noqa: ANN401
        self._refuse_if_lost()
        return self._client.ask(method, params, read)

    def _contradiction(self, method: str, what: str) -> NoReturn:
        raise Inconsistent(self._client.node, method, what)

    def _refuse_if_lost(self) -> None:
        if self._lost is not None:
            raise Inconsistent(
                self._client.node, "the chain", f"cannot be used any more: {self._lost}"
            )

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Remember where something fails in here that the node's state is unknown from then on."""
        try:
            yield
        except BaseException as error:
            self._lost = self._lost or str(error) or type(error).__name__
            raise
