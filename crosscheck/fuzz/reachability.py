"""Which errors and events a complete campaign must see: all in the ABIs, a few excepted.

The names come from the artifacts. What Solidity adds is listed here where no ABI has it, and what
no call can lead to, with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weiproof.contracts.artifact_store import ArtifactStore

BUILT_IN_ERRORS = ("(no data)", "Panic(0x11)", "Panic(0x32)")
"""Reverts that stand in no ABI and are reachable.

No contract there; a token's supply beyond 256 bits or a phase beyond a feed's last; an index.
"""

UNREACHABLE_ERRORS: dict[str, str] = {
    "ERC20InvalidSender": "a transfer from the zero address fails before: it can approve nobody",
    "ReentrancyGuardReentrantCall": "the settlement token calls nobody back",
    "SafeCastOverflowedIntDowncast": "cash is bounded by the vault, funding by 23 years at most",
    "SafeCastOverflowedUintDowncast": "what is stored in fewer bits is bounded by size and time",
    "SafeERC20FailedOperation": "the settlement token reverts with errors of its own",
    "Panic(0x12)": "every divisor is checked at the door: depth, period, prices, open interest",
}
"""Errors that no call can lead to, with the reason."""

ADAPTERS = "this campaign has no feed of Pyth's: the target oracles/hub meets it"

OTHERS_ERRORS: dict[str, str] = {
    "ConfidenceTooWide": ADAPTERS,
    "ExponentRefused": ADAPTERS,
    "PriceFeedNotFound": ADAPTERS,
}
"""Errors that another campaign sees, with the reason."""

OTHERS_EVENTS: dict[str, str] = {
    "PriceSet": ADAPTERS,
}
"""Events that another campaign sees, with the reason."""

UNREACHABLE_EVENTS: dict[str, str] = {
    "RoleAdminChanged": "no function changes the role that administers a role",
}
"""Events that no call can lead to, with the reason."""

UNREACHABLE_FUNCTIONS: dict[str, str] = {
    "timelock.updateDelay": "only the timelock itself may: its operations call it",
}
"""Functions, by the kind of contract, that no call from outside succeeds with, and the reason."""


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
    return tuple(sorted(name for name in names if name not in UNREACHABLE_ERRORS | OTHERS_ERRORS))


def expected_events(store: ArtifactStore) -> tuple[str, ...]:
    """Events that a complete campaign sees, sorted."""
    elsewhere = UNREACHABLE_EVENTS | OTHERS_EVENTS
    return tuple(name for name in names_of(store, "event") if name not in elsewhere)
