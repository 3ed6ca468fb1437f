"""The one interface every EVM back end offers, with its receipts and errors.

::

    ChainError
    ├── ChainUnavailable    the back end cannot run here; carries the reason
    ├── UnknownSender       a transaction from an address that is no actor
    └── ClockError          a block time before the last block's

Outcomes are identical on all back ends: return data, revert bytes, logs, addresses and nonces.
Every transaction is mined in a block of its own, **failed ones too**: a refused call or deployment
uses up one nonce of its sender everywhere, so that later addresses stay predictable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .actors import is_actor

if TYPE_CHECKING:
    from collections.abc import Mapping

CHAIN_ID = 131277322940537
"""The chain id on every back end (eth-tester's, which cannot be changed)."""
TRANSACTION_GAS = 200_000_000
"""Gas limit of every transaction and call."""
BLOCK_GAS = 1_000_000_000
"""Gas limit of every block."""
MAX_CODE_BYTES = 24_576
"""Largest deployed code (EIP-170); never lifted."""
ZERO_ADDRESS = "0x" + "00" * 20


class ChainError(Exception):
    """Root of what a back end can refuse; a contract's revert is an outcome, never one of these."""


class ChainUnavailable(ChainError):
    """This back end cannot run here."""

    def __init__(self, reason: str) -> None:
        """Keep ``reason``, a sentence for the user that says what to do about it."""
        super().__init__(reason)
        self.reason = reason


class UnknownSender(ChainError):
    """A transaction was to be sent by something that is no actor."""

    def __init__(self, sender: str) -> None:
        """Keep the refused ``sender``."""
        super().__init__(
            f"{sender!r} cannot send transactions: a sender is an address returned by"
            " weiproof.contracts.chains.actor(label), not a label, a contract or another address"
        )
        self.sender = sender


class ClockError(ChainError):
    """A transaction was to be mined before the last block's time."""

    def __init__(self, at: int, last: int) -> None:
        """Keep the refused time and the last block's time, unix seconds."""
        super().__init__(f"block time {at} is before the last block's time {last}")
        self.at = at
        self.last = last


@dataclass(frozen=True, slots=True)
class Log:
    """One emitted log entry."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a mined transaction led to."""

    ok: bool
    output: bytes
    """Return data, or revert data; empty where execution ended in an exceptional halt."""
    logs: tuple[Log, ...]
    """In order of emission; empty after a revert."""
    gas: int
    """Gas used. Exact on ``pyevm`` and ``eth-tester``; on ``revm`` an indication only."""


@dataclass(frozen=True, slots=True)
class DeployReceipt:
    """What a mined contract creation led to."""

    address: str
    """Where the contract is, or would be had the creation succeeded."""
    gas: int
    ok: bool
    output: bytes
    """Deployed code, or revert data."""


class Chain(Protocol):
    """An EVM where each transaction is its own block, at the block time that the caller gives."""

    name: str

    @property
    def opcodes(self) -> int | None:
        """Executed opcodes so far, or ``None`` where the back end cannot count them."""
        ...

    def deploy(self, init_code: bytes, *, sender: str, at: int) -> DeployReceipt:
        """Create a contract from ``init_code`` (linked, constructor arguments appended)."""
        ...

    def send(self, to: str, data: bytes, *, sender: str, at: int) -> Receipt:
        """Mine a transaction in a block of time ``at``, which may equal the last block's."""
        ...

    def call(
        self, to: str, data: bytes, *, at: int, sender: str = ZERO_ADDRESS
    ) -> tuple[bool, bytes]:
        """Execute at time ``at`` as ``eth_call`` does, then undo everything it changed.

        Any address may be ``sender``. Returns success, and return data or revert data.
        """
        ...

    def snapshot(self) -> int:
        """Remember the present state; the id stays valid until an older one is reverted to."""
        ...

    def revert(self, snapshot_id: int) -> None:
        """Return to a snapshot; it may be reverted to again, later ones are gone."""
        ...

    def nonce(self, address: str) -> int:
        """Count of transactions mined from ``address``."""
        ...

    def code(self, address: str) -> bytes:
        """Return the code deployed at ``address``, empty where there is none."""
        ...

    def storage(self, address: str, slot: int) -> int:
        """Read one storage word."""
        ...


class Bookkeeper:
    """What every back end keeps itself: block times, nonces of the actors, and snapshot ids.

    One rule for all, so that a refused sender or time is refused alike everywhere.
    """

    def __init__(self, genesis_time: int) -> None:
        """Start at ``genesis_time``, unix seconds: the earliest block time that is accepted."""
        self.time = genesis_time
        self.number = 0
        self._nonces: dict[str, int] = {}
        self._next_id = 1
        self._saved: dict[int, tuple[int, int, Mapping[str, int], object]] = {}

    def open_block(self, sender: str, at: int) -> int:
        """Check sender and time, begin the next block, and return the sender's nonce."""
        if not is_actor(sender):
            raise UnknownSender(sender)
        if at < self.time:
            raise ClockError(at, self.time)
        self.time = at
        self.number += 1
        nonce = self._nonces.get(sender, 0)
        self._nonces[sender] = nonce + 1
        return nonce

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
