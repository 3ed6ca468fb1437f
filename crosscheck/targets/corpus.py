"""Sequences worth keeping: those that reached something rare, to be changed and played again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from weiproof.engine.call import Call

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weiproof.engine.call import Outcome
    from weiproof.engine.draws import Stream

    from .operations import Operation
    from .scene import Scene

MOST_KEPT = 400
"""Sequences that are kept at once."""

TRIES = 3
"""Of so many sequences drawn, the one with the rarest feature is played."""


class Corpus:
    """Kept sequences, each with the feature that it was the first to show."""

    def __init__(self) -> None:
        self.features: Counter[tuple[str, ...]] = Counter()
        """How often each feature was met."""
        self._kept: list[tuple[tuple[str, ...], tuple[Call, ...]]] = []

    def __len__(self) -> int:
        return len(self._kept)

    def note(self, features: Iterable[tuple[str, ...]], calls: Sequence[Call]) -> None:
        """Counts features; keeps the sequence that was the first to show one."""
        for feature in features:
            self.features[feature] += 1
            if self.features[feature] == 1 and len(self._kept) < MOST_KEPT:
                self._kept.append((feature, tuple(calls)))

    def choose(self, dice: Stream) -> tuple[Call, ...]:
        """A kept sequence, rather one whose feature is rare."""
        drawn = [self._kept[dice.below(len(self._kept))] for _ in range(TRIES)]
        return min(drawn, key=lambda entry: self.features[entry[0]])[1]


def features_of(
    call: Call, outcome: Outcome, states: Iterable[str], before: str
) -> tuple[str, list[tuple[str, ...]]]:
    """What a call showed: its kind of outcome, that after the one before, and rare states."""
    shown = ",".join(event.name for event in outcome.events) if outcome.ok else outcome.error
    kind = f"{call.target}.{call.function}:{'' if outcome.ok else '!'}{shown}"
    found: list[tuple[str, ...]] = [(kind,), (before, kind)]
    return kind, [*found, *((state,) for state in states)]


def varied(
    scene: Scene, calls: Sequence[Call], start: int, operations: Sequence[Operation]
) -> Iterator[Call]:
    """A kept sequence with a few changes: dropped, repeated, other sender, other value, later."""
    changes = {scene.dice.below(len(calls)) for _ in range(scene.dice.between(1, 3))}
    last = start
    for index, call in enumerate(calls):
        scene.now += max(call.at - last, 0)
        last = call.at
        moved = Call(scene.now, call.sender, call.target, call.function, call.args, call.value)
        if index not in changes:
            yield moved
        else:
            yield from _changed(scene, moved, operations)


def _changed(scene: Scene, call: Call, operations: Sequence[Operation]) -> Iterator[Call]:
    way = scene.dice.below(6)
    operation = next(
        (o for o in operations if (o.target, o.function) == (call.target, call.function)), None
    )
    if way == 0 or operation is None:
        return
    if way == 1:
        yield from (call, call)
    elif way == 2:  # noqa: PLR2004 (one of six ways)
        sender = scene.dice.choice(scene.actors)
        yield Call(call.at, sender, call.target, call.function, call.args, call.value)
    elif way == 3:  # noqa: PLR2004
        scene.pass_time()
        yield Call(scene.now, call.sender, call.target, call.function, call.args, call.value)
    elif way == 4 and call.args:  # noqa: PLR2004
        place, fresh = scene.dice.below(len(call.args)), operation.draw(scene)
        args = (*call.args[:place], fresh.args[place], *call.args[place + 1 :])
        yield Call(call.at, call.sender, call.target, call.function, args, call.value)
    else:
        yield from operation.calls(scene)
        yield Call(scene.now, call.sender, call.target, call.function, call.args, call.value)
