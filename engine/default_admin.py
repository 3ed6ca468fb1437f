"""One administrator, followed in two steps: OpenZeppelin's ``AccessControlDefaultAdminRules``."""

from __future__ import annotations

from dataclasses import dataclass

from .access_control import DEFAULT_ADMIN_ROLE, AccessControl
from .admin_errors import (
    AccessControlEnforcedDefaultAdminDelay,
    AccessControlEnforcedDefaultAdminRules,
    AccessControlInvalidDefaultAdmin,
)
from .contract import ZERO_ADDRESS, World
from .errors import Panic
from .fixed_point import OVERFLOW
from .state import Record, Table

INCREASE_WAIT = 5 * 86_400
"""Longest that a longer delay takes to be in force, seconds."""

MAX_TIME = 2**48 - 1
"""Latest time that a schedule can carry."""


@dataclass(slots=True)
class AdminRecord(Record):
    """The administrator, who is to follow, and the delay; a schedule of 0 is none."""

    pending_admin: str = ZERO_ADDRESS
    pending_schedule: int = 0
    current_delay: int = 0
    admin: str = ZERO_ADDRESS
    pending_delay: int = 0
    pending_delay_schedule: int = 0


class DefaultAdminRules(AccessControl):
    """A contract with roles and one administrator."""

    def __init__(self, world: World, name: str, delay: int, admin: str) -> None:
        super().__init__(world, name)
        self._admins = Table(world.store, "defaultAdmin", AdminRecord)
        if admin == ZERO_ADDRESS:
            raise AccessControlInvalidDefaultAdmin(ZERO_ADDRESS)
        self._admins.edit(name).current_delay = delay
        self.grant(DEFAULT_ADMIN_ROLE, admin)

    # ROLES

    def grantRole(self, role: bytes, account: str) -> None:
        """Gives a role other than the administrator's."""
        # CHECKS
        if role == DEFAULT_ADMIN_ROLE:
            raise AccessControlEnforcedDefaultAdminRules
        super().grantRole(role, account)

    def revokeRole(self, role: bytes, account: str) -> None:
        """Takes a role other than the administrator's away."""
        # CHECKS
        if role == DEFAULT_ADMIN_ROLE:
            raise AccessControlEnforcedDefaultAdminRules
        super().revokeRole(role, account)

    def renounceRole(self, role: bytes, confirmation: str) -> None:
        """Gives one's own role up.

        The administrator's after a transfer to nobody, once that is due.
        """
        # CHECKS
        if role == DEFAULT_ADMIN_ROLE and confirmation == self._admin.admin:
            schedule = self._admin.pending_schedule
            if self._admin.pending_admin != ZERO_ADDRESS or not self._is_due(schedule):
                raise AccessControlEnforcedDefaultAdminDelay(schedule)
            # EFFECTS
            self._admins.edit(self.name).pending_schedule = 0
        super().renounceRole(role, confirmation)

    def grant(self, role: bytes, account: str) -> None:
        """Gives a role without asking who calls; the administrator's where there is none."""
        if role == DEFAULT_ADMIN_ROLE:
            self._admins.edit(self.name).admin = account
        super().grant(role, account)

    def _revoke(self, role: bytes, account: str) -> None:
        if role == DEFAULT_ADMIN_ROLE and account == self._admin.admin:
            self._admins.edit(self.name).admin = ZERO_ADDRESS
        super()._revoke(role, account)

    # THE ADMINISTRATOR

    def owner(self) -> tuple[str]:
        """The administrator (ERC-5313)."""
        return self.defaultAdmin()

    def defaultAdmin(self) -> tuple[str]:
        """The administrator; the zero address after it renounced."""
        return (self._admin.admin,)

    def pendingDefaultAdmin(self) -> tuple[str, int]:
        """Who is to follow, and the time after which it may accept; 0 is none."""
        return self._admin.pending_admin, self._admin.pending_schedule

    def beginDefaultAdminTransfer(self, newAdmin: str) -> None:
        """Names who is to follow, in place of anyone named before."""
        self.only_role(DEFAULT_ADMIN_ROLE)
        schedule = self._after(self.defaultAdminDelay()[0])
        self._set_pending_admin(newAdmin, schedule)
        # EVENTS
        self.emit("DefaultAdminTransferScheduled", newAdmin, schedule)

    def cancelDefaultAdminTransfer(self) -> None:
        """Nobody is to follow."""
        self.only_role(DEFAULT_ADMIN_ROLE)
        self._set_pending_admin(ZERO_ADDRESS, 0)

    def acceptDefaultAdminTransfer(self) -> None:
        """The one who is to follow becomes the administrator."""
        # CHECKS
        admin, schedule = self.pendingDefaultAdmin()
        if self.world.sender != admin:
            raise AccessControlInvalidDefaultAdmin(self.world.sender)
        if not self._is_due(schedule):
            raise AccessControlEnforcedDefaultAdminDelay(schedule)
        # EFFECTS
        self._revoke(DEFAULT_ADMIN_ROLE, self._admin.admin)
        self.grant(DEFAULT_ADMIN_ROLE, admin)
        record = self._admins.edit(self.name)
        record.pending_admin = ZERO_ADDRESS
        record.pending_schedule = 0

    # THE DELAY

    def defaultAdminDelay(self) -> tuple[int]:
        """How long a change of the administrator takes now, seconds."""
        record = self._admin
        if self._is_due(record.pending_delay_schedule):
            return (record.pending_delay,)
        return (record.current_delay,)

    def pendingDefaultAdminDelay(self) -> tuple[int, int]:
        """The next delay, and the time after which it is in force; 0 is none."""
        record = self._admin
        schedule = record.pending_delay_schedule
        if schedule == 0 or self._is_due(schedule):
            return 0, 0
        return record.pending_delay, schedule

    def defaultAdminDelayIncreaseWait(self) -> tuple[int]:
        """Longest that a longer delay takes to be in force, seconds."""
        return (INCREASE_WAIT,)

    def changeDefaultAdminDelay(self, newDelay: int) -> None:
        """Changes the delay: a longer one after itself, a shorter one after the difference."""
        self.only_role(DEFAULT_ADMIN_ROLE)
        (current,) = self.defaultAdminDelay()
        wait = min(newDelay, INCREASE_WAIT) if newDelay > current else current - newDelay
        schedule = self._after(wait)
        self._set_pending_delay(newDelay, schedule)
        # EVENTS
        self.emit("DefaultAdminDelayChangeScheduled", newDelay, schedule)

    def rollbackDefaultAdminDelay(self) -> None:
        """The delay stays as it is."""
        self.only_role(DEFAULT_ADMIN_ROLE)
        self._set_pending_delay(0, 0)

    @property
    def _admin(self) -> AdminRecord:
        return self._admins.read(self.name)

    def _after(self, seconds: int) -> int:
        # CHECKS
        if self.world.now + seconds > MAX_TIME:
            raise Panic(OVERFLOW)
        return self.world.now + seconds

    def _is_due(self, schedule: int) -> bool:
        return schedule != 0 and schedule < self.world.now

    def _set_pending_admin(self, admin: str, schedule: int) -> None:
        # EFFECTS
        record = self._admins.edit(self.name)
        before = record.pending_schedule
        record.pending_admin = admin
        record.pending_schedule = schedule
        # EVENTS
        if before != 0:
            self.emit("DefaultAdminTransferCanceled")

    def _set_pending_delay(self, delay: int, schedule: int) -> None:
        # EFFECTS
        record = self._admins.edit(self.name)
        before = record.pending_delay_schedule
        if self._is_due(before):
            record.current_delay = record.pending_delay
        elif before != 0:
            # EVENTS
            self.emit("DefaultAdminDelayChangeCanceled")
        # EFFECTS
        record.pending_delay = delay
        record.pending_delay_schedule = schedule
