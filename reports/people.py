"""Who is who: names for the addresses of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.accounts import SUB_ACCOUNT_BITS
from weiproof.simulation.states import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class People:
    """Names by address; what has no name is told by its address."""

    names: dict[str, str] = field(default_factory=dict)
    _owners: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, labels: Iterable[str]) -> People:
        """The actors of a run by their labels, and the system's own accounts."""
        people = cls(dict(SYSTEM))
        for label in labels:
            address = actor(label)
            people.names[address] = label
            people._owners[int(address, 16) >> SUB_ACCOUNT_BITS] = address
        return people

    def known(self) -> dict[str, str]:
        """All names so far."""
        return dict(self.names)

    def name(self, address: object) -> str:
        """The name of an address; a sub-account is its owner's name and its number."""
        text = str(address)
        known = self.names.get(text)
        if known is not None:
            return known
        name = self._of_owner(text)
        self.names[text] = name
        return name

    def _of_owner(self, text: str) -> str:
        try:
            number = int(text, 16)
        except ValueError:
            return text
        owner = self._owners.get(number >> SUB_ACCOUNT_BITS)
        if owner is None:
            return text
        return f"{self.names[owner]}/{number ^ int(owner, 16)}"
