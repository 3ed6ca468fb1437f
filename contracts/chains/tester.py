"""The full transaction path: web3, signed transactions, eth-tester's blocks, py-evm underneath.

Slow and thorough, for deployment rehearsals and a small end-to-end suite. What makes it agree with
the other back ends, block for block:

* the base fee is zero and stays zero (no transaction uses half of a block's gas), and every
  transaction names gas and fees, so that nothing is estimated and actors need no balance;
* the pending block's time is set before each transaction, and a VM subclass allows it to equal the
  parent's; the genesis time is given and ``prevrandao`` is zero in every block;
* the same subclass hands over what the execution returned, so that the revert bytes of a mined
  transaction need no second execution.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from weiproof.contracts.deployment import create_address

from .actors import key_of
from .base import (
    BLOCK_GAS,
    CHAIN_ID,
    TRANSACTION_GAS,
    ZERO_ADDRESS,
    Bookkeeper,
    ChainError,
    DeployReceipt,
    Log,
    Receipt,
)
from .recursion import EVM_RECURSION, same_recursion_limit
from .tester_backend import open_backend

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress
    from web3.types import TxParams, TxReceipt


class EthTesterChain:
    """Cancun rules behind web3 and eth-tester."""

    name = "eth-tester"

    def __init__(self, *, genesis_time: int) -> None:
        """Open an empty chain whose first block may be at ``genesis_time``, unix seconds."""
        from eth_tester import EthereumTester  # type: ignore[import-untyped]  # it has no types
        from web3 import EthereumTesterProvider, Web3

        self._books = Bookkeeper(genesis_time)
        self._backend = open_backend(genesis_time=genesis_time, gas_limit=BLOCK_GAS)
        tester: Any = EthereumTester(self._backend)
        self._web3 = Web3(EthereumTesterProvider(tester))

    @property
    def opcodes(self) -> int | None:
        """Not counted here."""
        return None

    def deploy(self, init_code: bytes, *, sender: str, at: int) -> DeployReceipt:
        """Create a contract; see :class:`~weiproof.contracts.chains.Chain`."""
        nonce = self._books.open_block(sender, at)
        address = create_address(sender, nonce)
        receipt = self._mine(sender, nonce, at, init_code)
        if receipt["contractAddress"] is not None and receipt["status"]:
            created = str(receipt["contractAddress"]).lower()
            if created != address:
                raise ChainError(f"eth-tester created {created} where {address} was due")
        output = self._backend.execution.output
        return DeployReceipt(address, receipt["gasUsed"], bool(receipt["status"]), output)

    def send(self, to: str, data: bytes, *, sender: str, at: int) -> Receipt:
        """Mine a transaction; see :class:`~weiproof.contracts.chains.Chain`."""
        nonce = self._books.open_block(sender, at)
        receipt = self._mine(sender, nonce, at, data, to)
        logs = tuple(
            Log(str(log["address"]).lower(), tuple(map(bytes, log["topics"])), bytes(log["data"]))
            for log in receipt["logs"]
        )
        output = self._backend.execution.output
        return Receipt(bool(receipt["status"]), output, logs, receipt["gasUsed"])

    def call(
        self, to: str, data: bytes, *, at: int, sender: str = ZERO_ADDRESS
    ) -> tuple[bool, bytes]:
        """Execute and undo; see :class:`~weiproof.contracts.chains.Chain`."""
        execution = self._backend.execution
        execution.clear()
        self._backend.set_pending_time(at)
        transaction = self._transaction(data, to)
        transaction["from"] = _checksum(sender)
        try:
            with same_recursion_limit(EVM_RECURSION):
                self._web3.eth.call(cast("TxParams", transaction), "pending")
        except Exception:
            # a revert comes as one of several exceptions, none of which keeps the bytes whole
            if not execution.ran:
                raise
        return execution.ok, execution.output

    def snapshot(self) -> int:
        """Remember the present state."""
        return self._books.save(self._backend.take_snapshot())

    def revert(self, snapshot_id: int) -> None:
        """Return to a snapshot."""
        self._backend.revert_to_snapshot(self._books.restore(snapshot_id))

    def nonce(self, address: str) -> int:
        """Count of transactions mined from ``address``."""
        return self._books.nonce(address)

    def code(self, address: str) -> bytes:
        """Return the code deployed at ``address``."""
        return bytes(self._web3.eth.get_code(_checksum(address)))

    def storage(self, address: str, slot: int) -> int:
        """Read one storage word."""
        word = self._web3.eth.get_storage_at(_checksum(address), slot)
        return int.from_bytes(word, "big")

    def _mine(
        self, sender: str, nonce: int, at: int, data: bytes, to: str | None = None
    ) -> TxReceipt:
        """Sign a transaction, send it, and return the receipt of the block it made."""
        self._backend.execution.clear()
        self._backend.set_pending_time(at)
        transaction = self._transaction(data, to)
        transaction["nonce"] = nonce
        signed = self._web3.eth.account.sign_transaction(transaction, key_of(sender))
        with same_recursion_limit(EVM_RECURSION):
            sent = self._web3.eth.send_raw_transaction(signed.raw_transaction)
        return self._web3.eth.get_transaction_receipt(sent)

    def _transaction(self, data: bytes, to: str | None) -> dict[str, Any]:
        """Build a transaction that names gas and fees, so that web3 asks for neither."""
        transaction = {
            "chainId": CHAIN_ID,
            "data": data,
            "gas": TRANSACTION_GAS,
            "maxFeePerGas": 0,
            "maxPriorityFeePerGas": 0,
            "type": 2,
            "value": 0,
        }
        return transaction if to is None else {**transaction, "to": _checksum(to)}


@lru_cache(maxsize=65_536)
def _checksum(address: str) -> ChecksumAddress:
    """Mixed-case form of an address, which web3 insists on."""
    from eth_utils import to_checksum_address  # type: ignore[attr-defined]  # a re-export

    return to_checksum_address(address)
