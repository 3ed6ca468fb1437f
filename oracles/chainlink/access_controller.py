"""Lists of who may call: Chainlink's ``SimpleWriteAccessController`` and ``…Read…``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.errors import RevertReason
from weiproof.engine.state import Record, Table

from .owned import Owned

if TYPE_CHECKING:
    from weiproof.engine.contract import World


@dataclass(slots=True)
class AccessCheck(Record):
    """Whether the list counts."""

    enabled: bool = True


@dataclass(slots=True)
class Access(Record):
    """Whether an account is on the list."""

    granted: bool = False


class SimpleWriteAccessController(Owned):
    """A list of accounts that the owner keeps (@chainlink/contracts 0.6.1, v0.6).

    The one of v0.8 differs in its owner alone: put :class:`~.owned.ConfirmedOwner` behind it.
    """

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self._checks = Table(world.store, "accessCheck", AccessCheck)
        self._access = Table(world.store, "access", Access)

    def checkEnabled(self) -> tuple[bool]:
        """Whether the list counts; everybody has access where it does not."""
        return (self._checks.read(self.name).enabled,)

    def hasAccess(self, user: str, data: bytes) -> tuple[bool]:  # noqa: ARG002 - ABI
        """Whether an account may call, whatever it calls with."""
        granted = self._access.read(self.name, user).granted
        return (granted or not self._checks.read(self.name).enabled,)

    def addAccess(self, user: str) -> None:
        """Puts an account on the list."""
        self.only_owner()
        self._set_access(user, "AddedAccess", granted=True)

    def removeAccess(self, user: str) -> None:
        """Takes an account off the list."""
        self.only_owner()
        self._set_access(user, "RemovedAccess", granted=False)

    def enableAccessCheck(self) -> None:
        """Makes the list count."""
        self.only_owner()
        self._set_check("CheckAccessEnabled", enabled=True)

    def disableAccessCheck(self) -> None:
        """Gives everybody access."""
        self.only_owner()
        self._set_check("CheckAccessDisabled", enabled=False)

    def check_access(self) -> None:
        """Reverts unless the caller has access."""
        if not self.hasAccess(self.world.sender, b"")[0]:
            raise RevertReason("No access")

    def _set_access(self, user: str, event: str, *, granted: bool) -> None:
        if self._access.read(self.name, user).granted == granted:
            return
        # EFFECTS
        self._access.edit(self.name, user).granted = granted
        # EVENTS
        self.emit(event, user)

    def _set_check(self, event: str, *, enabled: bool) -> None:
        if self._checks.read(self.name).enabled == enabled:
            return
        # EFFECTS
        self._checks.edit(self.name).enabled = enabled
        # EVENTS
        self.emit(event)


class SimpleReadAccessController(SimpleWriteAccessController):
    """The same, and whoever sent the transaction has access, too.

    So it is other contracts that are kept out.
    """

    def hasAccess(self, user: str, data: bytes) -> tuple[bool]:
        """Whether an account may call: listed, unchecked, or the transaction's sender."""
        return (super().hasAccess(user, data)[0] or user == self.world.origin,)
