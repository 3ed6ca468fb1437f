"""The embedded default: py-evm at message level, without signatures, blocks or tries."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

from eth.constants import BLANK_ROOT_HASH, CREATE_CONTRACT_ADDRESS, ZERO_HASH32
from eth.db.atomic import AtomicDB
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.cancun.transaction_context import CancunTransactionContext
from eth.vm.message import Message

from weiproof.contracts.deployment import create_address

from .base import (
    BLOCK_GAS,
    CHAIN_ID,
    TRANSACTION_GAS,
    ZERO_ADDRESS,
    DeployReceipt,
    Log,
    Receipt,
)
from .bookkeeping import CREATION_COST, TRANSACTION_COST, Bookkeeper, data_cost
from .pyevm_machine import counted_machine
from .recursion import EVM_RECURSION, same_recursion_limit

if TYPE_CHECKING:
    from eth.abc import ComputationAPI
    from eth_typing import Address, BlockNumber

_REFUND_QUOTIENT = 5


@lru_cache(maxsize=65_536)
def _canonical(address: str) -> Address:
    """Turn ``0x`` text into the 20 bytes that py-evm takes."""
    return cast("Address", bytes.fromhex(address[2:]))


def _gas_used(computation: ComputationAPI, limit: int) -> int:
    """Gas of a finished transaction after refunds (EIP-3529)."""
    used = limit - computation.get_gas_remaining()
    return used - min(computation.get_gas_refund(), used // _REFUND_QUOTIENT)


def _log(entry: tuple[bytes, tuple[int, ...], bytes]) -> Log:
    """Translate one log entry."""
    address, topics, data = entry
    return Log(
        "0x" + address.hex(), tuple(topic.to_bytes(32, "big") for topic in topics), bytes(data)
    )


class PyEvmChain:
    """Cancun rules in process; counts opcodes; about a hundred small calls a CPU-second."""

    name = "pyevm"

    def __init__(self, *, genesis_time: int, transaction_gas: int = TRANSACTION_GAS) -> None:
        """Open an empty chain whose first block may be at ``genesis_time``, unix seconds."""
        self._books = Bookkeeper(genesis_time, transaction_gas, self.balance)
        self._count = [0]
        self._machine, state_class = counted_machine(self._count)
        self._state = state_class(AtomicDB(), self._context(genesis_time), BLANK_ROOT_HASH)
        self._ledger = self._state.ledger

    @property
    def opcodes(self) -> int | None:
        """Executed opcodes so far, static calls included."""
        return self._count[0]

    def deploy(self, init_code: bytes, *, sender: str, at: int, value: int = 0) -> DeployReceipt:
        """Create a contract; see :class:`~weiproof.contracts.chains.Chain`."""
        address = create_address(sender, self._begin(sender, at, init_code, value, creation=True))
        gas = self._books.gas - TRANSACTION_COST - CREATION_COST - data_cost(init_code)
        self._ledger.mark_address_warm(_canonical(address))
        message = Message(
            gas=gas,
            to=CREATE_CONTRACT_ADDRESS,
            sender=_canonical(sender),
            value=value,
            data=b"",
            code=init_code,
            create_address=_canonical(address),
        )
        with same_recursion_limit(EVM_RECURSION):
            result = self._machine.apply_create_message(self._state, message, self._origin(sender))
        self._finish(result)
        gas = _gas_used(result, self._books.gas)
        return DeployReceipt(address, gas, result.is_success, bytes(result.output))

    def send(self, to: str, data: bytes, *, sender: str, at: int, value: int = 0) -> Receipt:
        """Mine a transaction; see :class:`~weiproof.contracts.chains.Chain`."""
        self._begin(sender, at, data, value)
        result = self._execute(to, data, sender, value)
        self._finish(result)
        logs = tuple(map(_log, result.get_log_entries()))
        gas = _gas_used(result, self._books.gas)
        return Receipt(result.is_success, bytes(result.output), logs, gas)

    def call(
        self, to: str, data: bytes, *, at: int, sender: str = ZERO_ADDRESS, value: int = 0
    ) -> tuple[bool, bytes]:
        """Execute and undo; see :class:`~weiproof.contracts.chains.Chain`."""
        self._books.check(sender, data, value)
        mark = self._ledger.mark()
        self._start_transaction(at, self._books.number + 1)
        result = self._execute(to, data, sender, value)
        self._ledger.rollback(mark)
        return result.is_success, bytes(result.output)

    def fund(self, address: str, wei: int) -> None:
        """Give Ether; see :class:`~weiproof.contracts.chains.Chain`."""
        self._books.open_gift(wei)
        self._ledger.set_balance(_canonical(address), self.balance(address) + wei)

    def balance(self, address: str) -> int:
        """Ether of an address, wei."""
        return self._ledger.get_balance(_canonical(address))

    def snapshot(self) -> int:
        """Remember the present state."""
        return self._books.save(self._ledger.mark())

    def revert(self, snapshot_id: int) -> None:
        """Return to a snapshot."""
        self._ledger.rollback(cast("int", self._books.restore(snapshot_id)))

    def nonce(self, address: str) -> int:
        """Count of transactions mined from ``address``."""
        return self._books.nonce(address)

    def code(self, address: str) -> bytes:
        """Return the code deployed at ``address``."""
        return self._ledger.get_code(_canonical(address))

    def storage(self, address: str, slot: int) -> int:
        """Read one storage word."""
        return self._ledger.get_storage(_canonical(address), slot)

    def _begin(
        self, sender: str, at: int, data: bytes, value: int, *, creation: bool = False
    ) -> int:
        """Open a block and its only transaction; return the nonce the sender had."""
        nonce = self._books.open_block(sender, at, data, value, creation=creation)
        if not self._books.open_snapshots:
            self._ledger.forget()
        self._start_transaction(at, self._books.number)
        self._ledger.set_nonce(_canonical(sender), nonce + 1)
        return nonce

    def _start_transaction(self, at: int, number: int) -> None:
        self._state.execution_context = self._context(at, number)
        self._ledger.lock_changes()

    def _execute(self, to: str, data: bytes, sender: str, value: int) -> ComputationAPI:
        """Run a message call at top level."""
        target, origin = _canonical(to), _canonical(sender)
        self._ledger.mark_address_warm(target)
        self._ledger.mark_address_warm(origin)
        message = Message(
            gas=self._books.gas - TRANSACTION_COST - data_cost(data),
            to=target,
            sender=origin,
            value=value,
            data=data,
            code=self._ledger.get_code(target),
        )
        with same_recursion_limit(EVM_RECURSION):
            return self._machine.apply_message(self._state, message, self._origin(sender))

    def _finish(self, result: ComputationAPI) -> None:
        """Delete what destroyed itself in the transaction that created it (EIP-6780)."""
        for address in result.get_accounts_for_deletion():
            self._ledger.delete_account(address)

    @staticmethod
    def _origin(sender: str) -> CancunTransactionContext:
        return CancunTransactionContext(gas_price=0, origin=_canonical(sender))

    @staticmethod
    def _context(at: int, number: int = 0) -> ExecutionContext:
        return ExecutionContext(
            coinbase=_canonical(ZERO_ADDRESS),
            timestamp=at,
            block_number=cast("BlockNumber", number),
            difficulty=0,
            mix_hash=ZERO_HASH32,
            gas_limit=BLOCK_GAS,
            prev_hashes=(),
            chain_id=CHAIN_ID,
            base_fee_per_gas=0,
            excess_blob_gas=0,
        )
