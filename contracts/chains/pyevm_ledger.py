"""Accounts and storage for py-evm in plain dictionaries with an undo log.

py-evm's own account database keeps Merkle tries and RLP records, which a simulation never looks at.
This one keeps values as they are; a checkpoint is a position in the undo log, so that snapshots may
span any number of transactions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from eth.abc import AccountDatabaseAPI, MetaWitnessAPI
from eth.constants import BLANK_ROOT_HASH, EMPTY_SHA3
from eth_hash.auto import keccak

if TYPE_CHECKING:
    from eth.abc import AtomicDatabaseAPI
    from eth.typing import JournalDBCheckpoint
    from eth_typing import Address, Hash32

_ABSENT: Final = object()
_K = TypeVar("_K")
_V = TypeVar("_V")


class Ledger(AccountDatabaseAPI):
    """All accounts, their storage, transient storage and the access lists of one transaction."""

    def __init__(self, db: AtomicDatabaseAPI, state_root: Hash32 = BLANK_ROOT_HASH) -> None:
        """Start empty; both arguments belong to py-evm's interface and are not used."""
        del db, state_root
        self._undo: list[tuple[dict[Any, Any], Any, Any]] = []
        self._balances: dict[bytes, int] = {}
        self._nonces: dict[bytes, int] = {}
        self._codes: dict[bytes, bytes] = {}
        self._storage: dict[bytes, dict[int, int]] = {}
        self._code_hashes: dict[bytes, Hash32] = {}
        self.lock_changes()

    # UNDO LOG

    def mark(self) -> int:
        """Position to which :meth:`rollback` can return."""
        return len(self._undo)

    def rollback(self, mark: int) -> None:
        """Undo every change made since ``mark``."""
        undo = self._undo
        while len(undo) > mark:
            table, key, value = undo.pop()
            if value is _ABSENT:
                table.pop(key, None)
            else:
                table[key] = value

    def forget(self) -> None:
        """Drop the undo log: no mark taken so far will be returned to."""
        self._undo.clear()

    def _set(self, table: dict[_K, _V], key: _K, value: _V) -> None:
        self._undo.append((table, key, table.get(key, _ABSENT)))
        table[key] = value

    # STORAGE

    def get_storage(self, address: Address, slot: int, from_journal: bool = True) -> int:
        """Read a word: the present one, or (``from_journal`` false) the transaction's first."""
        if not from_journal:
            original = self._originals.get((address, slot))
            if original is not None:
                return original
        slots = self._storage.get(address)
        return 0 if slots is None else slots.get(slot, 0)

    def set_storage(self, address: Address, slot: int, value: int) -> None:
        """Write a word."""
        slots = self._storage.get(address)
        if slots is None:
            slots = {}
            self._set(self._storage, address, slots)
        self._originals.setdefault((address, slot), slots.get(slot, 0))
        self._set(slots, slot, value)

    def delete_storage(self, address: Address) -> None:
        """Forget all words of an account."""
        if self._storage.get(address):
            self._set(self._storage, address, {})

    def get_transient(self, address: Address, slot: int) -> bytes:
        """Read a word of transient storage, empty where none was written."""
        return self._transient.get((address, slot), b"")

    def set_transient(self, address: Address, slot: int, value: bytes) -> None:
        """Write a word of transient storage."""
        self._set(self._transient, (address, slot), value)

    # ACCESS LIST

    def is_storage_warm(self, address: Address, slot: int) -> bool:
        """Tell whether this transaction has accessed the slot (EIP-2929)."""
        return (address, slot) in self._warm

    def mark_storage_warm(self, address: Address, slot: int) -> None:
        """Note that this transaction has accessed the slot."""
        if (address, slot) not in self._warm:
            self._set(self._warm, (address, slot), True)

    def is_address_warm(self, address: Address) -> bool:
        """Tell whether this transaction has accessed the account (EIP-2929)."""
        return address in self._warm

    def mark_address_warm(self, address: Address) -> None:
        """Note that this transaction has accessed the account."""
        if address not in self._warm:
            self._set(self._warm, address, True)

    def lock_changes(self) -> None:
        """Begin a transaction: nothing accessed yet, nothing in transient storage."""
        self._originals: dict[tuple[bytes, int], int] = {}
        self._transient: dict[tuple[bytes, int], bytes] = {}
        self._warm: dict[bytes | tuple[bytes, int], bool] = {}

    # BALANCE, NONCE, CODE

    def get_balance(self, address: Address) -> int:
        """Balance in wei."""
        return self._balances.get(address, 0)

    def set_balance(self, address: Address, balance: int) -> None:
        """Set the balance in wei."""
        self._set(self._balances, address, balance)

    def get_nonce(self, address: Address) -> int:
        """Transactions sent, or contracts created, by the account."""
        return self._nonces.get(address, 0)

    def set_nonce(self, address: Address, nonce: int) -> None:
        """Set the nonce."""
        self._set(self._nonces, address, nonce)

    def increment_nonce(self, address: Address) -> None:
        """Add one to the nonce."""
        self.set_nonce(address, self.get_nonce(address) + 1)

    def get_code(self, address: Address) -> bytes:
        """Deployed code, empty where there is none."""
        return self._codes.get(address, b"")

    def set_code(self, address: Address, code: bytes) -> None:
        """Deploy code."""
        self._set(self._codes, address, code)

    def get_code_hash(self, address: Address) -> Hash32:
        """Keccak-256 of the deployed code."""
        code = self._codes.get(address, b"")
        if not code:
            return EMPTY_SHA3
        known = self._code_hashes.get(code)
        if known is None:
            known = self._code_hashes[code] = cast("Hash32", keccak(code))
        return known

    def delete_code(self, address: Address) -> None:
        """Forget the deployed code."""
        self._set(self._codes, address, b"")

    # ACCOUNTS

    def account_has_code_or_nonce(self, address: Address) -> bool:
        """Tell whether a contract could no longer be created at the address."""
        return bool(self.get_nonce(address) or self.get_code(address))

    def account_is_empty(self, address: Address) -> bool:
        """Tell whether nonce, code and balance are all zero (EIP-161)."""
        return not (self.account_has_code_or_nonce(address) or self.get_balance(address))

    def account_exists(self, address: Address) -> bool:
        """Same as not empty: empty accounts do not exist since EIP-161."""
        return not self.account_is_empty(address)

    def touch_account(self, address: Address) -> None:
        """Do nothing: empty accounts are not kept."""

    def delete_account(self, address: Address) -> None:
        """Forget the account and all it holds."""
        self.delete_storage(address)
        self.set_balance(address, 0)
        self.set_nonce(address, 0)
        self.delete_code(address)

    # NOT OF USE HERE: state roots and py-evm's own checkpoints

    @property
    def state_root(self) -> Hash32:
        """There is no Merkle root; a constant stands in for it."""
        return BLANK_ROOT_HASH

    @state_root.setter
    def state_root(self, value: Hash32) -> None:
        """Accept any: there is none to keep."""

    def has_root(self, state_root: bytes) -> bool:
        """Tell whether it is the constant of :attr:`state_root`."""
        return state_root == BLANK_ROOT_HASH

    def record(self) -> JournalDBCheckpoint:
        """Refuse: the state uses :meth:`mark`."""
        raise TypeError("this ledger keeps no roots and no checkpoints of py-evm's")

    def discard(self, checkpoint: JournalDBCheckpoint) -> None:  # noqa: ARG002 (py-evm's signature)
        """Refuse: the state uses :meth:`rollback`."""
        raise TypeError("this ledger keeps no roots and no checkpoints of py-evm's")

    def commit(self, checkpoint: JournalDBCheckpoint) -> None:  # noqa: ARG002 (py-evm's signature)
        """Refuse: changes stay until they are rolled back."""
        raise TypeError("this ledger keeps no roots and no checkpoints of py-evm's")

    def make_state_root(self) -> Hash32:
        """Refuse: there is no Merkle root."""
        raise TypeError("this ledger keeps no roots and no checkpoints of py-evm's")

    def persist(self) -> MetaWitnessAPI:
        """Refuse: nothing is written anywhere."""
        raise TypeError("this ledger keeps no roots and no checkpoints of py-evm's")
