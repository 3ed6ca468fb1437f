"""A world with a few feeds of one protocol, and calls to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.call import Call
from weiproof.engine.contract import World
from weiproof.engine.model import Model

if TYPE_CHECKING:
    from weiproof.engine.call import Outcome, Value

ADMIN = actor("admin")
GENESIS = 1_700_000_000


class FeedStage:
    """Feeds are constructed in ``world`` under the names that were given."""

    def __init__(self, *names: str) -> None:
        """Gives each name an address."""
        self.world = World(now=GENESIS, sender=ADMIN)
        self.world.addresses.update({name: actor("contract " + name) for name in names})
        self._model: Model | None = None
        self.now = GENESIS
        """Block time of the next call."""

    def address(self, name: str) -> str:
        """Where a contract is."""
        return self.world.addresses[name]

    def call(self, sender: str, target: str, function: str, *args: Value) -> Outcome:
        """Makes a call now."""
        if self._model is None:
            self._model = Model(self.world)
        return self._model.apply(Call(self.now, sender, target, function, args))

    def values(self, sender: str, target: str, function: str, *args: Value) -> tuple[Value, ...]:
        """What a call answers; it must not revert."""
        outcome = self.call(sender, target, function, *args)
        assert outcome.ok, (outcome.error, outcome.error_args)
        return outcome.values

    def refused(self, sender: str, target: str, function: str, *args: Value) -> tuple[Value, ...]:
        """Error and arguments of a call that must revert."""
        outcome = self.call(sender, target, function, *args)
        assert not outcome.ok, outcome.values
        return (outcome.error, *outcome.error_args)
