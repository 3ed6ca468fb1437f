"""revm in process, through pyrevm: some fifty times faster than py-evm, without an opcode count.

pyrevm keeps one journal for the life of the machine. Two habits follow: nothing is ever committed
(a commit without an open checkpoint breaks all later calls), and a checkpoint is used once, so that
a snapshot is taken anew after each revert to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weiproof.contracts.deployment import create_address

from .base import (
    BLOCK_GAS,
    CHAIN_ID,
    TRANSACTION_GAS,
    ZERO_ADDRESS,
    ChainError,
    ChainUnavailable,
    DeployReceipt,
    Log,
    Receipt,
)
from .bookkeeping import BANK_FUNDS, Bookkeeper, gift_code

if TYPE_CHECKING:
    from types import ModuleType

MAX_SNAPSHOTS = 256
"""Open checkpoints count as call depth in pyrevm; contracts must keep enough of the 1024."""
_PADDING = 33
_BANK = "0x" + "ba" * 20
_OUTPUT = re.compile(r"output: 0x([0-9a-fA-F]*)")


def _pyrevm() -> ModuleType:
    """Import pyrevm, or say what to do."""
    try:
        import pyrevm
    except ImportError as error:
        raise ChainUnavailable(
            "the chain revm needs pyrevm: install weiproof with the extra `fast`"
            " (pip install 'weiproof[fast]'), on CPython 3.10 to 3.12;"
            " there is no pyrevm for CPython 3.13"
        ) from error
    module: ModuleType = pyrevm
    return module


def _revert_data(error: RuntimeError) -> bytes:
    """Revert data from pyrevm's error text; empty after an exceptional halt."""
    text = str(error)
    if text.startswith("Revert"):
        found = _OUTPUT.search(text)
        if found is None:
            raise ChainError(f"pyrevm reported a revert without its data: {text}") from error
        return bytes.fromhex(found[1])
    if text.startswith("Halt"):
        return b""
    raise ChainError(f"pyrevm failed: {text}") from error


class RevmChain:
    """Cancun rules in revm; the quickest, for long runs."""

    name = "revm"

    def __init__(self, *, genesis_time: int, transaction_gas: int = TRANSACTION_GAS) -> None:
        """Open an empty chain whose first block may be at ``genesis_time``, unix seconds.

        :raises ChainUnavailable: where pyrevm is not installed.
        """
        self._pyrevm = _pyrevm()
        self._books = Bookkeeper(genesis_time, transaction_gas, self.balance)
        configuration = self._pyrevm.Env(cfg=self._pyrevm.CfgEnv(chain_id=CHAIN_ID))
        self._evm: Any = self._pyrevm.EVM(env=configuration, gas_limit=BLOCK_GAS, spec_id="CANCUN")
        self._block = (-1, -1)
        """Time and number of the block that the machine was told last."""
        self._evm.insert_account_info(_BANK, self._pyrevm.AccountInfo(balance=BANK_FUNDS))

    @property
    def opcodes(self) -> int | None:
        """Not counted here."""
        return None

    def deploy(self, init_code: bytes, *, sender: str, at: int, value: int = 0) -> DeployReceipt:
        """Create a contract; see :class:`~weiproof.contracts.chains.Chain`."""
        nonce = self._books.open_block(sender, at, init_code, value, creation=True)
        self._start_transaction(at, self._books.number)
        self._tell_nonce(sender, nonce)
        address = create_address(sender, nonce)
        try:
            created = str(
                self._evm.deploy(sender, init_code, value=value, gas=self._books.gas)
            ).lower()
        except RuntimeError as error:
            return DeployReceipt(address, self._gas_used(), False, _revert_data(error))
        if created != address:
            raise ChainError(f"pyrevm created {created} where {address} was due")
        return DeployReceipt(address, self._gas_used(), True, self.code(address))

    def send(self, to: str, data: bytes, *, sender: str, at: int, value: int = 0) -> Receipt:
        """Mine a transaction; see :class:`~weiproof.contracts.chains.Chain`."""
        self._books.open_block(sender, at, data, value)
        self._start_transaction(at, self._books.number)
        try:
            output = self._evm.message_call(sender, to, data, value=value, gas=self._books.gas)
        except RuntimeError as error:
            return Receipt(False, _revert_data(error), (), self._gas_used())
        result = self._evm.result  # a copy each time that it is asked for
        return Receipt(True, bytes(output), tuple(map(_log, result.logs)), int(result.gas_used))

    def call(
        self, to: str, data: bytes, *, at: int, sender: str = ZERO_ADDRESS, value: int = 0
    ) -> tuple[bool, bytes]:
        """Execute and undo; see :class:`~weiproof.contracts.chains.Chain`."""
        self._books.check(sender, data, value)
        self._start_transaction(at, self._books.number + 1)
        checkpoint = self._evm.snapshot()
        try:
            output = self._evm.message_call(sender, to, data, value=value, gas=self._books.gas)
            return True, bytes(output)
        except RuntimeError as error:
            return False, _revert_data(error)
        finally:
            self._evm.revert(checkpoint)

    def fund(self, address: str, wei: int) -> None:
        """Give Ether; see :class:`~weiproof.contracts.chains.Chain`."""
        self._books.open_gift(wei)
        self._start_transaction(self._books.time, self._books.number)
        # a balance that is merely set would outlive a revert: only transfers are in the journal
        self._tell_nonce(_BANK, self._books.number)
        self._evm.deploy(_BANK, gift_code(address), value=wei, gas=TRANSACTION_GAS)

    def balance(self, address: str) -> int:
        """Ether of an address, wei."""
        return int(self._evm.get_balance(address))

    def snapshot(self) -> int:
        """Remember the present state.

        :raises ChainError: beyond :data:`MAX_SNAPSHOTS` that could still be reverted to.
        """
        if self._books.open_snapshots >= MAX_SNAPSHOTS:
            raise ChainError(
                f"revm keeps at most {MAX_SNAPSHOTS} snapshots; revert to an older one"
            )
        return self._books.save(self._evm.snapshot())

    def revert(self, snapshot_id: int) -> None:
        """Return to a snapshot."""
        self._evm.revert(self._books.restore(snapshot_id))
        self._books.replace_mark(snapshot_id, self._evm.snapshot())

    def nonce(self, address: str) -> int:
        """Count of transactions mined from ``address``."""
        return self._books.nonce(address)

    def code(self, address: str) -> bytes:
        """Return the code deployed at ``address``."""
        from eth_hash.auto import keccak

        info = self._evm.basic(address)
        code = bytes(info.code or b"")
        for candidate in (code, code[:-_PADDING]):  # revm pads the code that it has analysed
            if keccak(candidate) == bytes(info.code_hash):
                return candidate
        raise ChainError(f"pyrevm's code of {address} does not have the hash it reports")

    def storage(self, address: str, slot: int) -> int:
        """Read one storage word."""
        return int(self._evm.storage(address, slot))

    def _start_transaction(self, at: int, number: int) -> None:
        self._evm.reset_transient_storage()
        if self._block == (at, number):
            return
        self._block = (at, number)
        self._evm.set_block_env(
            self._pyrevm.BlockEnv(
                number=number,
                coinbase=ZERO_ADDRESS,
                timestamp=at,
                prevrandao=bytes(32),
                basefee=0,
                gas_limit=BLOCK_GAS,
            )
        )

    def _tell_nonce(self, address: str, nonce: int) -> None:
        """Set a nonce: pyrevm counts creations only, not calls."""
        account = self._pyrevm.AccountInfo(balance=self.balance(address), nonce=nonce)
        self._evm.insert_account_info(address, account)

    def _gas_used(self) -> int:
        return int(self._evm.result.gas_used)


def _log(entry: Any) -> Log:  # noqa: ANN401 (pyrevm has no class for it at run time)
    """Translate one log entry."""
    topics, data = entry.data
    return Log(entry.address.lower(), tuple(map(_bytes, topics)), _bytes(data))


def _bytes(value: str | bytes | list[int]) -> bytes:
    """Bytes from bytes or from ``0x`` text: pyrevm uses either."""
    return bytes.fromhex(value[2:]) if isinstance(value, str) else bytes(value)
