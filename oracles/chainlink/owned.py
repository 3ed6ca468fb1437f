"""Owners that hand over in two steps: ``Owned`` (v0.6) and ``ConfirmedOwner`` (v0.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.contract import ZERO_ADDRESS, Contract
from weiproof.engine.errors import RevertReason
from weiproof.engine.state import Record, Table

if TYPE_CHECKING:
    from weiproof.engine.contract import World


@dataclass(slots=True)
class Ownership(Record):
    """Who owns a contract, and to whom it was offered."""

    owner: str = ZERO_ADDRESS
    pending_owner: str = ZERO_ADDRESS


class Owned(Contract):
    """A contract whose owner is whoever deployed it (@chainlink/contracts 0.6.1, v0.6)."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self._ownership = Table(world.store, "ownership", Ownership)
        self._ownership.edit(name).owner = world.sender

    def owner(self) -> tuple[str]:
        """The owner."""
        return (self._ownership.read(self.name).owner,)

    def transferOwnership(self, to: str) -> None:
        """Offers the contract; an earlier offer is void."""
        self.only_owner()
        # EFFECTS
        self._ownership.edit(self.name).pending_owner = to
        # EVENTS
        self.emit("OwnershipTransferRequested", *self.owner(), to)

    def acceptOwnership(self) -> None:
        """Takes the contract that was offered to the caller."""
        if self.world.sender != self._ownership.read(self.name).pending_owner:
            raise RevertReason("Must be proposed owner")
        before = self.owner()
        # EFFECTS
        self._ownership.put(Ownership(self.world.sender), self.name)
        # EVENTS
        self.emit("OwnershipTransferred", *before, self.world.sender)

    def only_owner(self) -> None:
        """Reverts unless the owner calls."""
        if self.world.sender != self._ownership.read(self.name).owner:
            raise RevertReason("Only callable by owner")


class ConfirmedOwner(Owned):
    """The same, without an offer to oneself (@chainlink/contracts 0.8.0, v0.8)."""

    def transferOwnership(self, to: str) -> None:
        """Offers the contract to somebody else; an earlier offer is void."""
        self.only_owner()
        if to == self.world.sender:
            raise RevertReason("Cannot transfer to self")
        super().transferOwnership(to)
