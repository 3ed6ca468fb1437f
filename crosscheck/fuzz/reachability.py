"""Which errors and events a complete campaign must see: all in the ABIs, a few excepted.

The names come from the artifacts. What Solidity adds is listed here where no ABI has it, and what
no call can lead to, with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weiproof.contracts.artifact_store import ArtifactStore

BUILT_IN_ERRORS = ("(no data)", "Panic(0x11)", "Panic(0x32)")
"""Reverts that stand in no ABI and are reachable: no contract there, overflow, index."""

UNREACHABLE_ERRORS: Mapping[str, str] = {
    "ERC20InvalidSender": "a transfer from the zero address fails before: it can approve nobody",
    "ReentrancyGuardReentrantCall": "the settlement token calls nobody back",
    "SafeERC20FailedOperation": "the settlement token reverts with errors of its own",
    "Panic(0x12)": "every divisor is checked at the door: depth, period, prices, open interest",
}
"""Errors that no call can lead to, with the reason."""

UNREACHABLE_EVENTS: Mapping[str, str] = {
    "RoleAdminChanged": "no function changes the role that administers a role",
}
"""Events that no call can lead to, with the reason."""


def names_of(store: ArtifactStore, kind: str) -> tuple[str, ...]:
    """Names of all ``error`` or ``event`` entries in the ABIs of a store, sorted."""
    found = {
        str(entry["name"])
        for contract in store.names()
        for entry in store.load(contract).abi
        if entry["type"] == kind
    }
    return tuple(sorted(found))


def expected_errors(store: ArtifactStore) -> tuple[str, ...]:
    """Errors that a complete campaign sees, sorted."""
    names = (*names_of(store, "error"), *BUILT_IN_ERRORS)
    return tuple(sorted(name for name in names if name not in UNREACHABLE_ERRORS))


def expected_events(store: ArtifactStore) -> tuple[str, ...]:
    """Events that a complete campaign sees, sorted."""
    return tuple(n for n in names_of(store, "event") if n not in UNREACHABLE_EVENTS)
