"""Twins of what every contract of Perp's has: an owner, an initialiser, and texts for errors."""

from __future__ import annotations

from weiproof.crosscheck.targets import Twin

NOBODY = "0x" + "00" * 20


class Owned(Twin):
    """A contract whose next owner has to accept."""

    def __init__(self) -> None:
        self.owner = NOBODY
        self.candidate = NOBODY
        self.initialised = False

    def check(self, condition: object, text: str) -> None:
        """Reverts with a text unless the condition holds."""
        self.require(condition, "Error", text)

    def begin(self) -> None:
        """What an initialiser does first: it runs once, and its caller becomes the owner."""
        self.check(not self.initialised, "Initializable: contract is already initialized")
        self.initialised = True

    def own(self) -> None:
        """Makes the caller the owner."""
        self.owner = self.sender
        self.emit("OwnershipTransferred", NOBODY, self.sender)

    def only_owner(self) -> None:
        """Refuses everybody else."""
        self.check(self.sender == self.owner, "SO_CNO")

    def setOwner(self, newOwner: str) -> None:
        """Names the next owner."""
        self.only_owner()
        self.check(newOwner != NOBODY, "SO_NW0")
        self.check(newOwner != self.owner, "SO_SAO")
        self.check(newOwner != self.candidate, "SO_SAC")
        self.candidate = newOwner

    def updateOwner(self) -> None:
        """The next owner accepts."""
        self.check(self.candidate != NOBODY, "SO_C0")
        self.check(self.sender == self.candidate, "SO_CNC")
        self.emit("OwnershipTransferred", self.owner, self.candidate)
        self.owner, self.candidate = self.candidate, NOBODY

    def renounceOwnership(self) -> None:
        """Leaves the contract without an owner."""
        self.only_owner()
        self.emit("OwnershipTransferred", self.owner, NOBODY)
        self.owner, self.candidate = NOBODY, NOBODY
