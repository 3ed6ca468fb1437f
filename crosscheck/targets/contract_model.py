"""Twins that are contracts of the engine, as a system: calls in, outcomes out.

Feeds of the oracles room are written so, because scenarios deploy them beside the margin engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weiproof.engine.model import Model

from .model import ModelFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weiproof.engine.call import Call, Outcome, Value
    from weiproof.engine.contract import Contract, World
    from weiproof.engine.model import Snapshot

    from .state import Path


class ContractModel:
    """Contracts in one world, with a running state hash."""

    steps: tuple[tuple[str, Value], ...] = ()
    """No intermediates are traced."""

    def __init__(self, world: World) -> None:
        """Takes over a world whose contracts are constructed; that is the initial state."""
        self.world = world
        self._model = Model(world)

    @property
    def state_hash(self) -> bytes:
        """SHA-256 over all calls so far."""
        return self._model.state_hash

    @property
    def touched(self) -> tuple[Path, ...]:
        """Paths of the records that the last call wrote: contract, kind, keys."""
        return tuple((name, kind, *keys) for kind, name, *keys in self._model.touched)

    @property
    def twins(self) -> Mapping[str, Contract]:
        """Contracts by label."""
        return self.world.contracts

    def method(self, target: str, function: str) -> Callable[..., Any] | None:
        """What answers a function; None where nothing does."""
        if not self.answers(target, function):
            return None
        name = function.partition("(")[0]
        return getattr(self.world.contracts[target], name)  # type: ignore[no-any-return]

    def apply(self, call: Call) -> Outcome:
        """Runs a call in the block of time ``call.at``.

        Raises ValueError where time would run backwards, ModelFault where a contract raises
        anything but a revert.
        """
        if call.at < self.world.now:
            raise ValueError(f"time runs backwards: {call.at} after {self.world.now}")
        return self._run(self._model.apply, call)

    def view(self, call: Call) -> Outcome:
        """Runs a call at time ``call.at`` and forgets whatever it changed."""
        return self._run(self._model.view, call)

    def snapshot(self) -> Snapshot:
        """A state to go back to."""
        return self._model.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Goes back to a snapshot, which stays good."""
        self._model.restore(snapshot)

    def answers(self, target: str, function: str) -> bool:
        """Whether a contract has a method for a function."""
        return self._model.answers(target, function)

    def digest(self) -> bytes:
        """SHA-256 over the whole state."""
        return self._model.digest()

    def at(self, path: Path) -> tuple[tuple[str, Value], ...] | None:
        """Fields of the record under a path, as it is now; None where there is none."""
        name, kind, *keys = path
        record = self.world.store.read((kind, name, *keys))
        if record is None:
            return None
        return tuple(zip(type(record).__slots__, record.fields(), strict=True))

    @staticmethod
    def _run(run: Callable[[Call], Outcome], call: Call) -> Outcome:
        try:
            return run(call)
        except Exception as error:
            raise ModelFault(call, error) from error
