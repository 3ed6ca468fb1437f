"""Reverts of the parameter timelock."""

from __future__ import annotations

from .errors import Revert


class TimelockError(Revert):
    """The timelock refuses."""


class DelayOutOfBounds(TimelockError):
    """The delay is below the shortest or above the longest; seconds."""

    parameters = ("delay", "minimum", "maximum")
    selector = bytes.fromhex("3161e276")


class FailedCall(TimelockError):
    """A call of the operation reverted without data, or sent more Ether than there is."""

    parameters = ()
    selector = bytes.fromhex("d6bda275")


class TimelockInsufficientDelay(TimelockError):
    """Scheduled to be due earlier than the least delay; seconds (OpenZeppelin)."""

    parameters = ("delay", "minDelay")
    selector = bytes.fromhex("54336609")


class TimelockInvalidOperationLength(TimelockError):
    """The lists of a batch have different lengths (OpenZeppelin)."""

    parameters = ("targets", "payloads", "values")
    selector = bytes.fromhex("ffb03211")


class TimelockUnauthorizedCaller(TimelockError):
    """Only the timelock itself may do that (OpenZeppelin)."""

    parameters = ("caller",)
    selector = bytes.fromhex("e2850c59")


class TimelockUnexecutedPredecessor(TimelockError):
    """Another operation has to be done first (OpenZeppelin)."""

    parameters = ("predecessorId",)
    selector = bytes.fromhex("90a9a618")


class TimelockUnexpectedOperationState(TimelockError):
    """The operation's state is none of those in the bitmap (OpenZeppelin)."""

    parameters = ("operationId", "expectedStates")
    selector = bytes.fromhex("5ead8eb5")
