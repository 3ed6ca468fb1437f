"""What every back end keeps and checks alike: block times, nonces, gas, Ether, snapshot ids.

One rule for all, so that what is refused is refused everywhere, with the same error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .actors import is_actor
from .base import (
    MAX_FUNDS,
    MAX_INIT_CODE_BYTES,
    TRANSACTION_GAS,
    ChainError,
    ClockError,
    InsufficientFunds,
    UnknownSender,
    Unminable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TRANSACTION_COST = 21_000
CREATION_COST = 32_000
_ZERO_BYTE_COST = 4
_DATA_BYTE_COST = 16
_INIT_CODE_WORD_COST = 2

BANK_FUNDS = 2**200
"""Wei that a bank starts with, on the back ends where Ether can only be sent."""


def gift_code(address: str) -> bytes:
    """Creation code that hands its Ether to ``address`` without running code there.

    PUSH20 the address, SELFDESTRUCT.
    """
    return b"\x73" + bytes.fromhex(address[2:]) + b"\xff"


def data_cost(data: bytes) -> int:
    """Gas for the bytes of a transaction (EIP-2028)."""
    zeros = data.count(0)
    return _ZERO_BYTE_COST * zeros + _DATA_BYTE_COST * (len(data) - zeros)


def init_code_cost(init_code: bytes) -> int:
    """Gas that creating a contract costs before its creation code runs (EIP-2028, EIP-3860)."""
    words = (len(init_code) + 31) // 32
    return CREATION_COST + data_cost(init_code) + _INIT_CODE_WORD_COST * words


class Bookkeeper:
    """The books of one chain."""

    def __init__(
        self, genesis_time: int, transaction_gas: int, balance_of: Callable[[str], int]
    ) -> None:
        """Start at ``genesis_time``, unix seconds: the earliest block time that is accepted.

        :param transaction_gas: gas limit of every transaction and call.
        :param balance_of: tells an address's Ether, wei.
        :raises ValueError: where ``transaction_gas`` is no limit that a transaction can have.
        """
        if not TRANSACTION_COST <= transaction_gas <= TRANSACTION_GAS:
            raise ValueError(
                f"a transaction's gas limit is {TRANSACTION_COST} to {TRANSACTION_GAS},"
                f" not {transaction_gas}"
            )
        self.time = genesis_time
        self.gas = transaction_gas
        self.number = 0
        self._balance_of = balance_of
        self._nonces: dict[str, int] = {}
        self._next_id = 1
        self._saved: dict[int, tuple[int, int, Mapping[str, int], object]] = {}

    def open_block(
        self, sender: str, at: int, data: bytes, value: int, *, creation: bool = False
    ) -> int:
        """Check a transaction, begin the next block, and return the sender's nonce.

        :param creation: whether ``data`` is creation code.
        """
        if not is_actor(sender):
            raise UnknownSender(sender)
        if at < self.time:
            raise ClockError(at, self.time)
        self.check(sender, data, value, creation=creation)
        self.time = at
        self.number += 1
        nonce = self._nonces.get(sender, 0)
        self._nonces[sender] = nonce + 1
        return nonce

    def open_gift(self, wei: int) -> None:
        """Check what :meth:`Chain.fund` is to give, and begin its block."""
        if not 0 <= wei <= MAX_FUNDS:
            raise ValueError(f"an address is given 0 to {MAX_FUNDS} wei at once, not {wei}")
        self.number += 1

    def check(self, sender: str, data: bytes, value: int, *, creation: bool = False) -> None:
        """Refuse what no block may contain, and Ether that is not there.

        :raises Unminable: for too much creation code, or too little gas to begin.
        :raises InsufficientFunds: where the sender has less than ``value`` wei.
        :raises ValueError: for a negative value.
        """
        if creation and len(data) > MAX_INIT_CODE_BYTES:
            raise Unminable(
                f"the creation code has {len(data)} bytes, more than {MAX_INIT_CODE_BYTES}"
            )
        cost = TRANSACTION_COST + (init_code_cost(data) if creation else data_cost(data))
        if cost > self.gas:
            raise Unminable(f"the transaction's data cost {cost} gas, its gas limit is {self.gas}")
        if value < 0:
            raise ValueError(f"a transaction sends 0 wei or more, not {value}")
        if value:
            balance = self._balance_of(sender)
            if balance < value:
                raise InsufficientFunds(sender, value, balance)

    def nonce(self, address: str) -> int:
        """Count of transactions mined from ``address``."""
        return self._nonces.get(address, 0)

    @property
    def open_snapshots(self) -> int:
        """How many snapshots can still be reverted to."""
        return len(self._saved)

    def save(self, mark: object) -> int:
        """Take a snapshot of the books together with the back end's own ``mark``."""
        snapshot_id = self._next_id
        self._next_id += 1
        self._saved[snapshot_id] = (self.time, self.number, dict(self._nonces), mark)
        return snapshot_id

    def restore(self, snapshot_id: int) -> object:
        """Go back to a snapshot and return its mark; later snapshots are forgotten."""
        if snapshot_id not in self._saved:
            raise ChainError(f"there is no snapshot {snapshot_id} to revert to")
        self.time, self.number, nonces, mark = self._saved[snapshot_id]
        self._nonces = dict(nonces)
        self._saved = {key: self._saved[key] for key in self._saved if key <= snapshot_id}
        return mark

    def replace_mark(self, snapshot_id: int, mark: object) -> None:
        """Store another back-end mark for a snapshot that was used up by a revert."""
        time, number, nonces, _ = self._saved[snapshot_id]
        self._saved[snapshot_id] = (time, number, nonces, mark)
