"""Flags that contracts raise on each other: ``Flags`` 1.1.0 (@chainlink/contracts 0.8.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.errors import RevertReason
from weiproof.engine.state import Record, Table

from .access_controller import SimpleReadAccessController
from .owned import ConfirmedOwner

if TYPE_CHECKING:
    from weiproof.engine.contract import World


@dataclass(slots=True)
class FlagControllers(Record):
    """Who says which callers may raise and lower flags."""

    raising: str = ZERO_ADDRESS
    lowering: str = ZERO_ADDRESS


@dataclass(slots=True)
class Flag(Record):
    """Whether a flag is up."""

    raised: bool = False


class Flags(SimpleReadAccessController, ConfirmedOwner):
    """The flags. Where no controller is set, all but the owner revert without data."""

    def __init__(
        self,
        world: World,
        name: str,
        raisingAccessController: str,
        loweringAccessController: str,
    ) -> None:
        super().__init__(world, name)
        self._controllers = Table(world.store, "flagControllers", FlagControllers)
        self._flags = Table(world.store, "flag", Flag)
        self.setRaisingAccessController(raisingAccessController)
        self.setLoweringAccessController(loweringAccessController)

    def typeAndVersion(self) -> tuple[str]:
        """What the contract calls itself."""
        return ("Flags 1.1.0",)

    def raisingAccessController(self) -> tuple[str]:
        """Who says which callers may raise flags."""
        return (self._controllers.read(self.name).raising,)

    def loweringAccessController(self) -> tuple[str]:
        """Who says which callers may lower flags."""
        return (self._controllers.read(self.name).lowering,)

    def getFlag(self, subject: str) -> tuple[bool]:
        """Whether a flag is up."""
        self.check_access()
        return (self._flags.read(self.name, subject).raised,)

    def getFlags(self, subjects: tuple[str, ...]) -> tuple[tuple[bool, ...]]:
        """Whether each flag is up."""
        self.check_access()
        return (tuple(self._flags.read(self.name, subject).raised for subject in subjects),)

    def raiseFlag(self, subject: str) -> None:
        """Raises a flag."""
        self.raiseFlags((subject,))

    def raiseFlags(self, subjects: tuple[str, ...]) -> None:
        """Raises flags; nothing happens to those that are up."""
        self._check_allowed(*self.raisingAccessController(), "Not allowed to raise flags")
        for subject in subjects:
            self._set(subject, "FlagRaised", raised=True)

    def lowerFlag(self, subject: str) -> None:
        """Lowers a flag."""
        self.lowerFlags((subject,))

    def lowerFlags(self, subjects: tuple[str, ...]) -> None:
        """Lowers flags; nothing happens to those that are down."""
        self._check_allowed(*self.loweringAccessController(), "Not allowed to lower flags")
        for subject in subjects:
            self._set(subject, "FlagLowered", raised=False)

    def setRaisingAccessController(self, racAddress: str) -> None:
        """Sets who says which callers may raise flags."""
        self.only_owner()
        (before,) = self.raisingAccessController()
        if before != racAddress:
            # EFFECTS
            self._controllers.edit(self.name).raising = racAddress
            # EVENTS
            self.emit("RaisingAccessControllerUpdated", before, racAddress)

    def setLoweringAccessController(self, lacAddress: str) -> None:
        """Sets who says which callers may lower flags."""
        self.only_owner()
        (before,) = self.loweringAccessController()
        if before != lacAddress:
            # EFFECTS
            self._controllers.edit(self.name).lowering = lacAddress
            # EVENTS
            self.emit("LoweringAccessControllerUpdated", before, lacAddress)

    def _check_allowed(self, controller: str, reason: str) -> None:
        sender = self.world.sender
        if sender == self.owner()[0]:
            return
        if not self.call(controller, "hasAccess", sender, b"")[0]:
            raise RevertReason(reason)

    def _set(self, subject: str, event: str, *, raised: bool) -> None:
        if self._flags.read(self.name, subject).raised == raised:
            return
        # EFFECTS
        self._flags.edit(self.name, subject).raised = raised
        # EVENTS
        self.emit(event, subject)
