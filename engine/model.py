"""The model: twins of contracts, answering calls one by one.

It takes calls and gives outcomes exactly as the chain does; a revert leaves it untouched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .call import Outcome
from .contract import Contract
from .errors import Revert
from .state import digest, encode_records, next_hash

if TYPE_CHECKING:
    from typing import TypeAlias

    from .call import Call
    from .contract import World
    from .state import Key, Record

    Snapshot: TypeAlias = tuple[dict[Key, Record], int, bytes]


class Model:
    """A world of twins with a running state hash."""

    def __init__(self, world: World) -> None:
        """Takes over a world whose twins are constructed; what they wrote is the initial state."""
        self.world = world
        world.store.commit()
        world.events.clear()
        self.state_hash = digest(world.store)
        """SHA-256(previous hash, canonical encoding of the touched records), over all calls."""
        self.touched: tuple[Key, ...] = ()
        """Keys of the records that the last call changed; empty after a revert."""

    def apply(self, call: Call) -> Outcome:
        """Runs a call in the block of time ``call.at``.

        Raises ValueError where time would run backwards, KeyError or AttributeError where there is
        no such contract or function: mistakes of the caller, not reverts.
        """
        if call.at < self.world.now:
            message = f"time runs backwards: {call.at} after {self.world.now}"
            raise ValueError(message)
        try:
            outcome = self._run(call)
            self.touched = self.world.store.commit() if outcome.ok else ()
        finally:
            self.world.store.drop()
        if self.touched:
            encoded = encode_records(self.world.store, self.touched)
            self.state_hash = next_hash(self.state_hash, encoded)
        return outcome

    def view(self, call: Call) -> Outcome:
        """Runs a call at time ``call.at`` and forgets whatever it changed."""
        now = self.world.now
        try:
            return self._run(call)
        finally:
            self.world.store.drop()
            self.world.now = now

    def snapshot(self) -> Snapshot:
        """A state to go back to."""
        return self.world.store.snapshot(), self.world.now, self.state_hash

    def restore(self, snapshot: Snapshot) -> None:
        """Goes back to a snapshot, which stays good."""
        records, self.world.now, self.state_hash = snapshot
        self.world.store.restore(records)
        self.touched = ()

    def answers(self, target: str, function: str) -> bool:
        """Whether a twin has a method for a function; what the base class holds is none."""
        twin, name = self.world.contracts.get(target), function.partition("(")[0]
        return callable(getattr(twin, name, None)) and not hasattr(Contract, name)

    def digest(self) -> bytes:
        """SHA-256 over the whole state."""
        return digest(self.world.store)

    def _run(self, call: Call) -> Outcome:
        world = self.world
        world.now = call.at
        world.sender, world.origin, world.value = call.sender, call.sender, call.value
        world.events.clear()
        function = getattr(world.contracts[call.target], call.function.partition("(")[0])
        try:
            values = function(*call.args)
        except Revert as revert:
            return Outcome(ok=False, error=revert.name, error_args=revert.args)
        return Outcome(ok=True, values=values or (), events=tuple(world.events))
