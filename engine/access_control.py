"""Roles as OpenZeppelin's ``AccessControl`` keeps them."""

from __future__ import annotations

from dataclasses import dataclass

from .contract import Contract, World
from .errors import AccessControlBadConfirmation, AccessControlUnauthorizedAccount
from .state import Record, Table

DEFAULT_ADMIN_ROLE = bytes(32)
"""Administers every role."""


@dataclass(slots=True)
class RoleRecord(Record):
    """Whether an account has a role."""

    granted: bool = False


class AccessControl(Contract):
    """A contract with roles; every role is administered by :data:`DEFAULT_ADMIN_ROLE`."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self._roles = Table(world.store, "role", RoleRecord)

    def grantRole(self, role: bytes, account: str) -> None:
        """Gives a role; nothing happens where the account has it."""
        # CHECKS
        self.only_role(DEFAULT_ADMIN_ROLE)
        # EFFECTS
        self.grant(role, account)

    def revokeRole(self, role: bytes, account: str) -> None:
        """Takes a role away; nothing happens where the account has it not."""
        # CHECKS
        self.only_role(DEFAULT_ADMIN_ROLE)
        # EFFECTS
        self._revoke(role, account)

    def renounceRole(self, role: bytes, confirmation: str) -> None:
        """Gives one's own role up; `confirmation` is the caller."""
        # CHECKS
        if confirmation != self.world.sender:
            raise AccessControlBadConfirmation
        # EFFECTS
        self._revoke(role, confirmation)

    def hasRole(self, role: bytes, account: str) -> tuple[bool]:
        """Whether the account has the role."""
        return (self._roles.read(self.name, role.hex(), account).granted,)

    def getRoleAdmin(self, role: bytes) -> tuple[bytes]:  # noqa: ARG002 - ABI
        """The role that administers `role`."""
        return (DEFAULT_ADMIN_ROLE,)

    def only_role(self, role: bytes) -> None:
        """Reverts unless the caller has the role."""
        # CHECKS
        if not self.hasRole(role, self.world.sender)[0]:
            raise AccessControlUnauthorizedAccount(self.world.sender, role)

    def grant(self, role: bytes, account: str) -> None:
        """Gives a role without asking who calls."""
        if self.hasRole(role, account)[0]:
            return
        # EFFECTS
        self._roles.edit(self.name, role.hex(), account).granted = True
        # EVENTS
        self.emit("RoleGranted", role, account, self.world.sender)

    def _revoke(self, role: bytes, account: str) -> None:
        if not self.hasRole(role, account)[0]:
            return
        # EFFECTS
        self._roles.edit(self.name, role.hex(), account).granted = False
        # EVENTS
        self.emit("RoleRevoked", role, account, self.world.sender)
