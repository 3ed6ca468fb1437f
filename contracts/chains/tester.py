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

from .actors import actor_key, key_of
from .base import (
    BLOCK_GAS,
    CHAIN_ID,
    TRANSACTION_GAS,
    ZERO_ADDRESS,
    ChainError,
    DeployReceipt,
    Log,
    Receipt,
)
from .bookkeeping import BANK_FUNDS, Bookkeeper, gift_code
from .recursion import EVM_RECURSION, same_recursion_limit
from .tester_backend import open_backend

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress
    from web3.types import TxParams, TxReceipt


class EthTesterChain:
    """Cancun rules behind web3 and eth-tester."""

    name = "eth-tester"

    def __init__(self, *, genesis_time: int, transaction_gas: int = TRANSACTION_GAS) -> None:
        """Open an empty chain whose first block may be at ``genesis_time``, unix seconds."""
        from eth_tester import EthereumTester  # type: ignore[import-untyped]  # it has no types
        from web3 import EthereumTesterProvider, Web3

        self._books = Bookkeeper(genesis_time, transaction_gas, self.balance)
        self._bank = Bank()
        self._backend = open_backend(
            genesis_time=genesis_time,
            gas_limit=BLOCK_GAS,
            balances={self._bank.address: BANK_FUNDS},
        )
        tester: Any = EthereumTester(self._backend)
        self._web3 = Web3(EthereumTesterProvider(tester))

    @property
    def opcodes(self) -> int | None:
        """Not counted here."""
        return None

    def deploy(self, init_code: bytes, *, sender: str, at: int, value: int = 0) -> DeployReceipt:
        """Create a contract; see :class:`~weiproof.contracts.chains.Chain`."""
        nonce = self._books.open_block(sender, at, init_code, value, creation=True)
        address = create_address(sender, nonce)
        transaction = self._transaction(init_code, None, value)
        receipt = self._mine(transaction, key_of(sender), nonce, at)
        if receipt["contractAddress"] is not None and receipt["status"]:
            created = str(receipt["contractAddress"]).lower()
            if created != address:
                raise ChainError(f"eth-tester created {created} where {address} was due")
        output = self._backend.execution.output
        return DeployReceipt(address, receipt["gasUsed"], bool(receipt["status"]), output)

    def send(self, to: str, data: bytes, *, sender: str, at: int, value: int = 0) -> Receipt:
        """Mine a transaction; see :class:`~weiproof.contracts.chains.Chain`."""
        nonce = self._books.open_block(sender, at, data, value)
        transaction = self._transaction(data, to, value)
        receipt = self._mine(transaction, key_of(sender), nonce, at)
        logs = tuple(
            Log(str(log["address"]).lower(), tuple(map(bytes, log["topics"])), bytes(log["data"]))
            for log in receipt["logs"]
        )
        output = self._backend.execution.output
        return Receipt(bool(receipt["status"]), output, logs, receipt["gasUsed"])

    def call(
        self, to: str, data: bytes, *, at: int, sender: str = ZERO_ADDRESS, value: int = 0
    ) -> tuple[bool, bytes]:
        """Execute and undo; see :class:`~weiproof.contracts.chains.Chain`."""
        self._books.check(sender, data, value)
        execution = self._backend.execution
        execution.clear()
        self._backend.set_pending_time(at)
        transaction = self._transaction(data, to, value)
        transaction["from"] = _checksum(sender)
        try:
            with same_recursion_limit(EVM_RECURSION):
                self._web3.eth.call(cast("TxParams", transaction), "pending")
        except Exception:
            # a revert comes as one of several exceptions, none of which keeps the bytes whole
            if not execution.ran:
                raise
        return execution.ok, execution.output

    def fund(self, address: str, wei: int) -> None:
        """Give Ether; see :class:`~weiproof.contracts.chains.Chain`."""
        self._books.open_gift(wei)
        transaction = self._transaction(gift_code(address), None, wei)
        transaction["gas"] = TRANSACTION_GAS
        nonce = self._web3.eth.get_transaction_count(self._bank.address)
        self._mine(transaction, self._bank.key, nonce, self._books.time)

    def balance(self, address: str) -> int:
        """Ether of an address, wei."""
        return int(self._web3.eth.get_balance(_checksum(address)))

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

    def _mine(self, transaction: dict[str, Any], key: bytes, nonce: int, at: int) -> TxReceipt:
        """Sign a transaction, send it, and return the receipt of the block it made."""
        self._backend.execution.clear()
        self._backend.set_pending_time(at)
        signed = self._web3.eth.account.sign_transaction({**transaction, "nonce": nonce}, key)
        with same_recursion_limit(EVM_RECURSION):
            sent = self._web3.eth.send_raw_transaction(signed.raw_transaction)
        return self._web3.eth.get_transaction_receipt(sent)

    def _transaction(self, data: bytes, to: str | None, value: int) -> dict[str, Any]:
        """Build a transaction that names gas and fees, so that web3 asks for neither."""
        transaction = {
            "chainId": CHAIN_ID,
            "data": data,
            "gas": self._books.gas,
            "maxFeePerGas": 0,
            "maxPriorityFeePerGas": 0,
            "type": 2,
            "value": value,
        }
        return transaction if to is None else {**transaction, "to": _checksum(to)}


class Bank:
    """An account that has Ether from the start; no actor, so that no label leads to it."""

    def __init__(self) -> None:
        """Derive its key and address."""
        from eth_keys import keys  # type: ignore[attr-defined]  # a re-export without __all__

        self.key = actor_key("bank of Ether")
        self.address = keys.PrivateKey(self.key).public_key.to_checksum_address()


@lru_cache(maxsize=65_536)
def _checksum(address: str) -> ChecksumAddress:
    """Mixed-case form of an address, which web3 insists on."""
    from eth_utils import to_checksum_address  # type: ignore[attr-defined]  # a re-export

    return to_checksum_address(address)
