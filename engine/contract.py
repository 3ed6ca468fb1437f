"""What the Python twin of a contract stands on.

Its world, its address, its caller and its events.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .call import Event
from .errors import EmptyRevert
from .state import Store

if TYPE_CHECKING:
    from .call import Value

ZERO_ADDRESS = "0x" + "00" * 20


@dataclass(slots=True)
class World:
    """What the twins of one model share.

    Records, block time, caller and the events of the running call.
    """

    store: Store = field(default_factory=Store)
    now: int = 0
    """Time of the running call's block, unix seconds."""
    sender: str = ZERO_ADDRESS
    """Who made the running call."""
    origin: str = ZERO_ADDRESS
    """Who sent the transaction that the running call is part of: Solidity's ``tx.origin``."""
    value: int = 0
    """Ether sent along with the running call, wei."""
    events: list[Event] = field(default_factory=list)
    addresses: dict[str, str] = field(default_factory=dict)
    """Address of each contract by its name."""
    contracts: dict[str, Contract] = field(default_factory=dict)
    """Twin of each contract by its name."""
    deployed: dict[str, Contract] = field(default_factory=dict)
    """Twin of each contract by its address."""


class Contract:
    """The twin of one deployed contract.

    Its public methods carry the ABI's names and take the ABI's arguments by position; each answers
    with None or with the tuple of its return values, or raises a :class:`~.errors.Revert`.
    """

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.address = world.addresses[name]
        world.contracts[name] = self
        world.deployed[self.address] = self

    def emit(self, event: str, *args: Value) -> None:
        """Emits an event from this contract."""
        self.world.events.append(Event(self.name, event, args))

    def call(self, address: str, function: str, *args: Value, value: int = 0) -> tuple[Value, ...]:
        """Calls another contract: there, this one is the sender. Answers with the return values.

        Raises EmptyRevert where no contract at the address has the function, and what it reverts
        with. Whoever catches a revert answers for what was written before it.
        """
        world = self.world
        method = getattr(world.deployed.get(address), function, None)
        if method is None or hasattr(Contract, function):
            raise EmptyRevert
        before, sent = world.sender, world.value
        world.sender, world.value = self.address, value
        try:
            return method(*args) or ()
        finally:
            world.sender, world.value = before, sent
