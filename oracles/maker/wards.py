"""Who may configure Maker's oracles, and who may read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from weiproof.engine.contract import ZERO_ADDRESS, Contract
from weiproof.engine.errors import RevertReason
from weiproof.engine.state import Record, Table

if TYPE_CHECKING:
    from weiproof.engine.contract import World


@dataclass(slots=True)
class Permit(Record):
    """Of one address: 1 where it may, 0 where it may not."""

    ward: int = 0
    bud: int = 0


class Wards(Contract):
    """What ``Median`` and ``OSM`` have in common; reverts name the contract."""

    prefix: ClassVar[str]
    """Name of the contract in its texts."""

    def __init__(self, world: World, name: str, ward: str) -> None:
        super().__init__(world, name)
        self._permits = Table(world.store, "makerPermit", Permit)
        self._permits.edit(name, ward).ward = 1

    def wards(self, usr: str) -> tuple[int]:
        """1 where an address may configure."""
        return (self._permits.read(self.name, usr).ward,)

    def bud(self, usr: str) -> tuple[int]:
        """1 where an address may read."""
        return (self._permits.read(self.name, usr).bud,)

    def rely(self, usr: str) -> None:
        """Lets an address configure."""
        self.auth()
        self._permits.edit(self.name, usr).ward = 1

    def deny(self, usr: str) -> None:
        """Lets it no longer."""
        self.auth()
        self._permits.edit(self.name, usr).ward = 0

    def kiss(self, a: str | tuple[str, ...]) -> None:
        """Lets an address read, or each of several; the zero address cannot."""
        self.auth()
        for usr in (a,) if isinstance(a, str) else a:
            self.require(usr != ZERO_ADDRESS, "no-contract-0")
            self._permits.edit(self.name, usr).bud = 1

    def diss(self, a: str | tuple[str, ...]) -> None:
        """Lets it read no longer, or each of several."""
        self.auth()
        for usr in (a,) if isinstance(a, str) else a:
            self._permits.edit(self.name, usr).bud = 0

    def require(self, condition: bool, reason: str) -> None:
        """Reverts with the contract's name and a text where the condition does not hold."""
        if not condition:
            raise RevertReason(f"{self.prefix}/{reason}")

    def auth(self) -> None:
        """Reverts where the caller may not configure."""
        self.require(self.wards(self.world.sender) == (1,), "not-authorized")

    def toll(self) -> None:
        """Reverts where the caller may not read."""
        self.require(self.bud(self.world.sender) == (1,), "contract-not-whitelisted")
