"""The one interface every EVM back end offers, with its receipts and errors.

::

    ChainError
    ├── ChainUnavailable    the back end cannot run here; carries the reason
    ├── UnknownSender       a transaction from an address that is no actor
    ├── ClockError          a block time before the last block's
    ├── InsufficientFunds   more Ether sent than the sender has
    └── Unminable           a transaction that no block may contain

Outcomes are identical on all back ends: return data, revert bytes, logs, addresses and nonces.
Every transaction is mined in a block of its own, **failed ones too**: a refused call or deployment
uses up one nonce of its sender everywhere, so that later addresses stay predictable. What a back
end refuses with a ChainError has not happened: no block, no nonce.

Gas is free and Ether moves as `value` only. Whoever sends some needs it first: :meth:`Chain.fund`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

CHAIN_ID = 131277322940537
"""The chain id on every back end (eth-tester's, which cannot be changed)."""
TRANSACTION_GAS = 200_000_000
"""Gas limit of every transaction and call, where :func:`open_chain` is not given another."""
BLOCK_GAS = 1_000_000_000
"""Gas limit of every block."""
MAX_CODE_BYTES = 24_576
"""Largest deployed code (EIP-170); never lifted."""
MAX_INIT_CODE_BYTES = 2 * MAX_CODE_BYTES
"""Largest creation code (EIP-3860)."""
MAX_FUNDS = 2**128 - 1
"""Most wei of Ether that :meth:`Chain.fund` gives at once."""
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


class InsufficientFunds(ChainError):
    """A transaction or call was to send more Ether than its sender has."""

    def __init__(self, sender: str, value: int, balance: int) -> None:
        """Keep the sender, what was to be sent and what there is, wei."""
        super().__init__(
            f"{sender} has {balance} wei and cannot send {value}: Chain.fund gives it Ether"
        )
        self.sender = sender
        self.value = value
        self.balance = balance


class Unminable(ChainError):
    """A transaction that no block may contain, whatever it does."""


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

    def deploy(self, init_code: bytes, *, sender: str, at: int, value: int = 0) -> DeployReceipt:
        """Create a contract from ``init_code`` (linked, constructor arguments appended).

        ``value`` is wei of Ether that goes along; after a failure the sender still has it.
        """
        ...

    def send(self, to: str, data: bytes, *, sender: str, at: int, value: int = 0) -> Receipt:
        """Mine a transaction in a block of time ``at``, which may equal the last block's.

        ``value`` is wei of Ether that goes along; after a failure the sender still has it.
        """
        ...

    def call(
        self, to: str, data: bytes, *, at: int, sender: str = ZERO_ADDRESS, value: int = 0
    ) -> tuple[bool, bytes]:
        """Execute at time ``at`` as ``eth_call`` does, then undo everything it changed.

        Any address may be ``sender``; with a ``value`` it must have that many wei. Returns success,
        and return data or revert data.
        """
        ...

    def fund(self, address: str, wei: int) -> None:
        """Give Ether to any address, without running code there, on top of what it has.

        Takes a block of its own, at the last block's time, and nobody's nonce. At most
        :data:`MAX_FUNDS` at once.
        """
        ...

    def balance(self, address: str) -> int:
        """Ether of an address, wei."""
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
