"""The user's twins as a system: calls in, outcomes out."""

from __future__ import annotations

import hashlib
import traceback
from typing import TYPE_CHECKING, Any, Protocol

from weiproof.crosscheck.systems import ModelSystem
from weiproof.engine.call import Outcome

from .state import Array, Struct, plain
from .twin import Reverted, TwinWorld, method_of, panic_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weiproof.engine.call import Call, Value

    from .state import Path
    from .twin import Twin


class ModelFault(Exception):
    """The user's model failed where it should have answered or reverted."""

    def __init__(self, call: Call, error: Exception) -> None:
        """Keep the call and what Python raised; the message names the line of the model."""
        frames = traceback.extract_tb(error.__traceback__)
        place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        kind = type(error).__name__
        super().__init__(
            f"the model failed in {call.target}.{call.function}: {kind}: {error}{place}"
        )
        self.call = call
        self.kind = kind


class TargetModel(ModelSystem, Protocol):
    """The model of a target, whatever its twins are written as."""

    world: Any

    @property
    def twins(self) -> Mapping[str, Any]:
        """Twins by label."""
        ...

    def method(self, target: str, function: str) -> Callable[..., Any] | None:
        """What answers a function; None where nothing does."""
        ...

    def at(self, path: Path) -> Any:  # noqa: ANN401 (any state)
        """The value under a path, as it is now."""
        ...


class TwinModel:
    """Twins in one world, with a running state hash."""

    def __init__(self, world: TwinWorld) -> None:
        """Takes over a world whose twins are constructed; that is the initial state."""
        self.world = world
        world.events.clear()
        world.undo.forget()
        self.touched: tuple[Path, ...] = ()
        """Paths of the state that the last call wrote; empty after a revert."""
        self.steps: tuple[tuple[str, Value], ...] = ()
        """Intermediates that the last call traced."""
        self.state_hash = self.digest()

    def apply(self, call: Call) -> Outcome:
        """Runs a call in the block of time ``call.at``.

        Raises ValueError where time would run backwards, LookupError where there is no such twin
        or function, ModelFault where the model raises anything but a revert.
        """
        world = self.world
        if call.at < world.now:
            raise ValueError(f"time runs backwards: {call.at} after {world.now}")
        mark = world.undo.mark()
        outcome = self._run(call)
        if outcome.ok:
            self.touched = world.undo.touched(mark)
            if self.touched:
                text = repr([(path, self.at(path)) for path in self.touched])
                self.state_hash = hashlib.sha256(self.state_hash + text.encode()).digest()
        else:
            world.undo.rollback(mark)
            self.touched = ()
        return outcome

    def view(self, call: Call) -> Outcome:
        """Runs a call at time ``call.at`` and forgets whatever it changed."""
        world = self.world
        mark, now, steps = world.undo.mark(), world.now, self.steps
        try:
            return self._run(call)
        finally:
            world.undo.rollback(mark)
            world.now, self.steps = now, steps

    def snapshot(self) -> tuple[int, int, bytes]:
        """A state to go back to; it stays good until an older one is restored."""
        return self.world.undo.mark(), self.world.now, self.state_hash

    def restore(self, snapshot: tuple[int, int, bytes]) -> None:
        """Goes back to a snapshot."""
        mark, self.world.now, self.state_hash = snapshot
        self.world.undo.rollback(mark)
        self.touched = ()

    @property
    def twins(self) -> Mapping[str, Twin]:
        """Twins by label; a proxy's label leads to the twin of its implementation."""
        return self.world.twins

    def method(self, target: str, function: str) -> Callable[..., Any] | None:
        """What answers a function; None where nothing does."""
        twin = self.world.twins.get(target)
        return None if twin is None else method_of(twin, function)

    def answers(self, target: str, function: str) -> bool:
        """Whether a twin has a method for a function."""
        return self.method(target, function) is not None

    def digest(self) -> bytes:
        """SHA-256 over the whole state."""
        twins = sorted(self.world.twins.items())
        state = [(k, [(n, plain(v)) for n, v in twin.state().items()]) for k, twin in twins]
        return hashlib.sha256(repr(state).encode()).digest()

    def _run(self, call: Call) -> Outcome:
        world = self.world
        method = method_of(world.twins[call.target], call.function)
        if method is None:
            raise LookupError(f"the model of {call.target} has no function {call.function}")
        world.now, world.sender, world.value = call.at, call.sender, call.value
        world.events.clear()
        world.steps.clear()
        try:
            result = method(*call.args)
        except Reverted as revert:
            return self._reverted(revert)
        except (ZeroDivisionError, IndexError) as error:
            return self._reverted(panic_of(error))
        except Exception as error:
            raise ModelFault(call, error) from error
        self.steps = tuple(world.steps)
        return Outcome(ok=True, values=values_of(result), events=tuple(world.events))

    def _reverted(self, revert: Reverted) -> Outcome:
        self.steps = tuple(self.world.steps)
        return Outcome(ok=False, error=revert.name, error_args=revert.arguments)

    def at(self, path: Path) -> Any:  # noqa: ANN401 (any state)
        """The value under a path, as it is now."""
        label, name, *keys = path
        value: Any = getattr(self.world.twins[label], name, None)
        for key in keys:
            if isinstance(key, str) and not hasattr(value, "__getitem__"):
                value = getattr(value, key, None)
            elif isinstance(key, int) and hasattr(value, "insert") and key >= len(value):
                return None
            else:
                value = value[key]
        return plain(value)


def values_of(result: Any) -> tuple[Value, ...]:  # noqa: ANN401 (whatever a method returns)
    """What a method returned as the tuple of return values; lists and structs become tuples."""
    if result is None:
        return ()
    if isinstance(result, (tuple, list)):
        return tuple(_value(item) for item in result)
    return (_value(result),)


def _value(item: Any) -> Any:  # noqa: ANN401 (an ABI value)
    if isinstance(item, Struct):
        return tuple(_value(field) for field in item.fields())
    if isinstance(item, (tuple, list, Array)):
        return tuple(_value(part) for part in item)
    return item
