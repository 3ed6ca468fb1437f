"""Holder of the parameter role that makes every change known some time before it can be made.

The twin of ``ParameterTimelock.sol``, which is OpenZeppelin's ``TimelockController`` with bounds
for its delay. An operation is one call or several in a row, scheduled under its hash, due after a
delay, and executed once, by anybody who may, with the timelock as the sender.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

from .access_control import DEFAULT_ADMIN_ROLE, AccessControl
from .contract import ZERO_ADDRESS
from .errors import EmptyRevert, Panic
from .fixed_point import MAX_UINT256, OVERFLOW
from .keccak import keccak256
from .state import Record, Table
from .timelock_errors import (
    DelayOutOfBounds,
    FailedCall,
    TimelockInsufficientDelay,
    TimelockInvalidOperationLength,
    TimelockUnauthorizedCaller,
    TimelockUnexecutedPredecessor,
    TimelockUnexpectedOperationState,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .call import Value
    from .contract import World

PROPOSER_ROLE = bytes.fromhex("b09aa5aeb3702cfd50b6b62bc4532604938f21248a27a1d5ca736082b6819cc1")
"""Who may schedule operations."""
EXECUTOR_ROLE = bytes.fromhex("d8aa0f3194971a2a116679f7c2090f6939c8d4e01a2a8d7e41d55e5351469e63")
"""Who may execute what is due; everybody where the zero address has it."""
CANCELLER_ROLE = bytes.fromhex("fd643c72710c63c0180259aba6b2d05451e3591a24e58b62239378085726f783")
"""Who may cancel what is not executed yet."""

MINIMUM_DELAY = 3_600
"""Shortest delay, seconds."""
MAXIMUM_DELAY = 30 * 86_400
"""Longest delay, seconds."""

DONE_TIMESTAMP = 1
"""Stands for the time of an operation that is done."""
NO_PREDECESSOR = bytes(32)
"""The operation need not come after another; also the salt that is not told."""

ReadCall: TypeAlias = "Callable[[str, bytes], tuple[str, tuple[Value, ...]] | None]"
"""Function and arguments of call data to an address; None where nothing there answers to it."""


class OperationState(IntEnum):
    """Where an operation is on its way."""

    UNSET = 0
    WAITING = 1
    READY = 2
    DONE = 3


@dataclass(slots=True)
class OperationRecord(Record):
    """When an operation is due, unix seconds; 0 for none, 1 where it is done."""

    timestamp: int = 0


@dataclass(slots=True)
class DelayRecord(Record):
    """The least delay, seconds."""

    delay: int = 0


@dataclass(slots=True)
class EtherRecord(Record):
    """What the contract has, wei."""

    wei: int = 0


class ParameterTimelock(AccessControl):
    """The timelock."""

    def __init__(
        self,
        world: World,
        name: str,
        delay: int,
        proposers: tuple[str, ...],
        executors: tuple[str, ...],
        cancellers: tuple[str, ...],
        read_call: ReadCall,
    ) -> None:
        """`read_call` is the ABI of whatever is deployed: the model knows functions, not data."""
        super().__init__(world, name)
        self._operations = Table(world.store, "operation", OperationRecord)
        self._delays = Table(world.store, "timelockDelay", DelayRecord)
        self._ether = Table(world.store, "ether", EtherRecord)
        self._read_call = read_call
        self.grant(DEFAULT_ADMIN_ROLE, self.address)
        for each in proposers:
            self.grant(PROPOSER_ROLE, each)
            self.grant(CANCELLER_ROLE, each)
        for each in executors:
            self.grant(EXECUTOR_ROLE, each)
        self._delays.edit(name).delay = delay
        self.emit("MinDelayChange", 0, delay)
        _check_delay(delay)
        for each in cancellers:
            self.grant(CANCELLER_ROLE, each)

    # STATE

    def getTimestamp(self, operation: bytes) -> tuple[int]:
        """When the operation is due, unix seconds; 0 for none, 1 where it is done."""
        return (self._operations.read(self.name, operation.hex()).timestamp,)

    def getOperationState(self, operation: bytes) -> tuple[int]:
        """Where the operation is on its way."""
        return (int(self._state(operation)),)

    def isOperation(self, operation: bytes) -> tuple[bool]:
        """Whether it is scheduled, or done."""
        return (self._state(operation) != OperationState.UNSET,)

    def isOperationPending(self, operation: bytes) -> tuple[bool]:
        """Whether it is scheduled and not done, be it due or not."""
        return (self._state(operation) in (OperationState.WAITING, OperationState.READY),)

    def isOperationReady(self, operation: bytes) -> tuple[bool]:
        """Whether it can be executed."""
        return (self._state(operation) == OperationState.READY,)

    def isOperationDone(self, operation: bytes) -> tuple[bool]:
        """Whether it was executed."""
        return (self._state(operation) == OperationState.DONE,)

    def getMinDelay(self) -> tuple[int]:
        """Least time between schedule and execution, seconds."""
        return (self._delays.read(self.name).delay,)

    def hashOperation(
        self, target: str, value: int, data: bytes, predecessor: bytes, salt: bytes
    ) -> tuple[bytes]:
        """The identifier of an operation of one call."""
        head = _address(target) + _word(value) + _word(5 * 32) + predecessor + salt
        return (keccak256(head + _bytes(data)),)

    def hashOperationBatch(
        self,
        targets: tuple[str, ...],
        values: tuple[int, ...],
        payloads: tuple[bytes, ...],
        predecessor: bytes,
        salt: bytes,
    ) -> tuple[bytes]:
        """The identifier of an operation of several calls."""
        lists = (
            _word(len(targets)) + b"".join(map(_address, targets)),
            _word(len(values)) + b"".join(map(_word, values)),
            _word(len(payloads)) + _tails(tuple(map(_bytes, payloads)), b""),
        )
        return (keccak256(_tails(lists, predecessor + salt)),)

    # SCHEDULE

    def schedule(
        self,
        target: str,
        value: int,
        data: bytes,
        predecessor: bytes,
        salt: bytes,
        delay: int,
    ) -> None:
        """Schedules an operation of one call, due in `delay` seconds."""
        self.only_role(PROPOSER_ROLE)
        (operation,) = self.hashOperation(target, value, data, predecessor, salt)
        self._schedule(operation, delay)
        # EVENTS
        self.emit("CallScheduled", operation, 0, target, value, data, predecessor, delay)
        self._emit_salt(operation, salt)

    def scheduleBatch(
        self,
        targets: tuple[str, ...],
        values: tuple[int, ...],
        payloads: tuple[bytes, ...],
        predecessor: bytes,
        salt: bytes,
        delay: int,
    ) -> None:
        """Schedules an operation of several calls, due in `delay` seconds."""
        self.only_role(PROPOSER_ROLE)
        _check_lengths(targets, values, payloads)
        (operation,) = self.hashOperationBatch(targets, values, payloads, predecessor, salt)
        self._schedule(operation, delay)
        # EVENTS
        for index, (target, value, data) in enumerate(zip(targets, values, payloads, strict=True)):
            self.emit("CallScheduled", operation, index, target, value, data, predecessor, delay)
        self._emit_salt(operation, salt)

    def cancel(self, operation: bytes) -> None:
        """Forgets an operation that is not executed."""
        # CHECKS
        self.only_role(CANCELLER_ROLE)
        if not self.isOperationPending(operation)[0]:
            expected = _bitmap(OperationState.WAITING, OperationState.READY)
            raise TimelockUnexpectedOperationState(operation, expected)
        # EFFECTS
        self._operations.edit(self.name, operation.hex()).timestamp = 0
        # EVENTS
        self.emit("Cancelled", operation)

    # EXECUTE

    def execute(
        self, target: str, value: int, payload: bytes, predecessor: bytes, salt: bytes
    ) -> None:
        """Makes the call of an operation that is due."""
        self._receive()
        self._only_role_or_open_role(EXECUTOR_ROLE)
        (operation,) = self.hashOperation(target, value, payload, predecessor, salt)
        self._before_call(operation, predecessor)
        self._execute(target, value, payload)
        # EVENTS
        self.emit("CallExecuted", operation, 0, target, value, payload)
        self._after_call(operation)

    def executeBatch(
        self,
        targets: tuple[str, ...],
        values: tuple[int, ...],
        payloads: tuple[bytes, ...],
        predecessor: bytes,
        salt: bytes,
    ) -> None:
        """Makes the calls of an operation that is due, all or none."""
        self._receive()
        self._only_role_or_open_role(EXECUTOR_ROLE)
        _check_lengths(targets, values, payloads)
        (operation,) = self.hashOperationBatch(targets, values, payloads, predecessor, salt)
        self._before_call(operation, predecessor)
        for index, (target, value, data) in enumerate(zip(targets, values, payloads, strict=True)):
            self._execute(target, value, data)
            # EVENTS
            self.emit("CallExecuted", operation, index, target, value, data)
        self._after_call(operation)

    def updateDelay(self, newDelay: int) -> None:
        """Changes the delay; only this contract itself can, by an operation."""
        # CHECKS
        if self.world.sender != self.address:
            raise TimelockUnauthorizedCaller(self.world.sender)
        # EVENTS
        self.emit("MinDelayChange", *self.getMinDelay(), newDelay)
        # EFFECTS
        self._delays.edit(self.name).delay = newDelay
        _check_delay(newDelay)

    def _state(self, operation: bytes) -> OperationState:
        (timestamp,) = self.getTimestamp(operation)
        if timestamp == 0:
            return OperationState.UNSET
        if timestamp == DONE_TIMESTAMP:
            return OperationState.DONE
        return OperationState.WAITING if timestamp > self.world.now else OperationState.READY

    def _schedule(self, operation: bytes, delay: int) -> None:
        # CHECKS
        if self.isOperation(operation)[0]:
            raise TimelockUnexpectedOperationState(operation, _bitmap(OperationState.UNSET))
        (least,) = self.getMinDelay()
        if delay < least:
            raise TimelockInsufficientDelay(delay, least)
        if self.world.now + delay > MAX_UINT256:
            raise Panic(OVERFLOW)
        # EFFECTS
        self._operations.edit(self.name, operation.hex()).timestamp = self.world.now + delay

    def _emit_salt(self, operation: bytes, salt: bytes) -> None:
        if salt != NO_PREDECESSOR:
            # EVENTS
            self.emit("CallSalt", operation, salt)

    def _only_role_or_open_role(self, role: bytes) -> None:
        # CHECKS
        if not self.hasRole(role, ZERO_ADDRESS)[0]:
            self.only_role(role)

    def _before_call(self, operation: bytes, predecessor: bytes) -> None:
        # CHECKS
        self._only_ready(operation)
        if predecessor != NO_PREDECESSOR and not self.isOperationDone(predecessor)[0]:
            raise TimelockUnexecutedPredecessor(predecessor)

    def _after_call(self, operation: bytes) -> None:
        # CHECKS
        self._only_ready(operation)
        # EFFECTS
        self._operations.edit(self.name, operation.hex()).timestamp = DONE_TIMESTAMP

    def _only_ready(self, operation: bytes) -> None:
        # CHECKS
        if self._state(operation) != OperationState.READY:
            raise TimelockUnexpectedOperationState(operation, _bitmap(OperationState.READY))

    def _receive(self) -> None:
        # EFFECTS
        if self.world.value:
            self._ether.edit(self.name).wei += self.world.value

    def _execute(self, target: str, value: int, data: bytes) -> None:
        """Makes one call with `value` wei; without code at the target, only Ether moves."""
        # CHECKS
        if value > self._ether.read(self.name).wei:
            raise FailedCall
        # EFFECTS
        if value:
            self._ether.edit(self.name).wei -= value
        if target not in self.world.addresses.values():
            return
        if target == self.address and not data:
            self._ether.edit(self.name).wei += value
            return
        try:
            self._call(target, value, data)
        except EmptyRevert:
            raise FailedCall from None

    def _call(self, target: str, value: int, data: bytes) -> None:
        """Calls a contract.

        Raises ValueError where it has no twin: a mistake of the caller, not a revert.
        """
        if target not in self.world.deployed:
            message = f"the model has no twin of the contract at {target}"
            raise ValueError(message)
        found = self._read_call(target, data)
        if found is None:
            raise EmptyRevert
        function, args = found
        payable = target == self.address and function in ("execute", "executeBatch")
        if value and not payable:
            raise EmptyRevert
        if hasattr(self.world.deployed[target], function):  # what has no method has no effect
            self.call(target, function, *args, value=value)


def _check_delay(delay: int) -> None:
    # CHECKS
    if delay < MINIMUM_DELAY or delay > MAXIMUM_DELAY:
        raise DelayOutOfBounds(delay, MINIMUM_DELAY, MAXIMUM_DELAY)


def _check_lengths(
    targets: tuple[str, ...], values: tuple[int, ...], payloads: tuple[bytes, ...]
) -> None:
    # CHECKS
    if len(targets) != len(values) or len(targets) != len(payloads):
        raise TimelockInvalidOperationLength(len(targets), len(payloads), len(values))


def _bitmap(*states: OperationState) -> bytes:
    """States as bits of a word, counted from the right."""
    return _word(sum(1 << state for state in states))


# THE ENCODING OF WHAT IS HASHED


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _address(address: str) -> bytes:
    return bytes(12) + bytes.fromhex(address[2:])


def _bytes(data: bytes) -> bytes:
    return _word(len(data)) + data + bytes(-len(data) % 32)


def _tails(parts: tuple[bytes, ...], after: bytes) -> bytes:
    """Where each part begins, what stands after these offsets, then the parts."""
    heads, offset = b"", 32 * len(parts) + len(after)
    for part in parts:
        heads += _word(offset)
        offset += len(part)
    return heads + after + b"".join(parts)
