"""Chronicle's ``Auth`` and ``Toll``: who may configure a contract, and who may read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.contract import ZERO_ADDRESS, Contract
from weiproof.engine.state import Record, Table

from .errors import NotAuthorized, NotTolled

if TYPE_CHECKING:
    from weiproof.engine.contract import World


@dataclass(slots=True)
class Listed(Record):
    """Whether an address is on a list."""

    listed: bool = False


@dataclass(slots=True)
class Touched(Record):
    """Who was ever put on a list, in order; twice who was put on it twice."""

    addresses: tuple[str, ...] = ()


class Access(Contract):
    """What both of Scribe's contracts stand on."""

    def __init__(self, world: World, name: str, initialAuthed: str) -> None:
        super().__init__(world, name)
        self._lists = Table(world.store, "chronicleListed", Listed)
        self._touched = Table(world.store, "chronicleTouched", Touched)
        self._put("auth", initialAuthed)
        self.emit("AuthGranted", ZERO_ADDRESS, initialAuthed)

    def rely(self, who: str) -> None:
        """Lets an address configure; nothing happens where it may already."""
        self.auth()
        if self._put("auth", who):
            self.emit("AuthGranted", self.world.sender, who)

    def deny(self, who: str) -> None:
        """Lets it no longer; nothing happens where it may not."""
        self.auth()
        if self._take("auth", who):
            self.emit("AuthRenounced", self.world.sender, who)

    def kiss(self, who: str) -> None:
        """Lets an address read; nothing happens where it may already."""
        self.auth()
        if self._put("toll", who):
            self.emit("TollGranted", self.world.sender, who)

    def diss(self, who: str) -> None:
        """Lets it read no longer; nothing happens where it may not."""
        self.auth()
        if self._take("toll", who):
            self.emit("TollRenounced", self.world.sender, who)

    def authed(self, *who: str) -> tuple[bool | tuple[str, ...]]:
        """Whether an address may configure; without one, who may."""
        return (self._is_on("auth", who[0]) if who else self._all_on("auth"),)

    def tolled(self, *who: str) -> tuple[bool | tuple[str, ...]]:
        """Whether an address may read; without one, who may."""
        return (self._is_on("toll", who[0]) if who else self._all_on("toll"),)

    def wards(self, who: str) -> tuple[int]:
        """1 where an address may configure."""
        return (int(self._is_on("auth", who)),)

    def bud(self, who: str) -> tuple[int]:
        """1 where an address may read."""
        return (int(self._is_on("toll", who)),)

    def auth(self) -> None:
        """Reverts where the caller may not configure."""
        if not self._is_on("auth", self.world.sender):
            raise NotAuthorized(self.world.sender)

    def toll(self) -> None:
        """Reverts where the caller may not read."""
        if not self._is_on("toll", self.world.sender):
            raise NotTolled(self.world.sender)

    def _is_on(self, which: str, who: str) -> bool:
        return self._lists.read(self.name, which, who).listed

    def _all_on(self, which: str) -> tuple[str, ...]:
        """In the order in which they were put there; twice who left and came back."""
        touched = self._touched.read(self.name, which).addresses
        return tuple(who for who in touched if self._is_on(which, who))

    def _put(self, which: str, who: str) -> bool:
        if self._is_on(which, who):
            return False
        self._lists.edit(self.name, which, who).listed = True
        self._touched.edit(self.name, which).addresses += (who,)
        return True

    def _take(self, which: str, who: str) -> bool:
        if not self._is_on(which, who):
            return False
        self._lists.edit(self.name, which, who).listed = False
        return True
