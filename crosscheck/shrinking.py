"""Shrinking: fewer calls, smaller values, less time, fewer actors, with the same finding.

A candidate counts only where it shows a finding of the same identity: same kind, same place, same
field. Passes are repeated until none changes anything, so that the result is a local minimum: no
call can be left out, and no value made smaller in the ways that are tried. Where calls can only be
left out together with a change of another's values, such changes are drawn and tried, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from .divergence import Divergence
from .driver import replay
from .invariants import InvariantBroken
from .redrawing import Redrawing
from .smaller import (
    coarse,
    divided,
    fine,
    integer_paths,
    mapped,
    paths_of,
    people,
    renamed,
    value_at,
    with_value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from weiproof.engine.call import Call, Value

    from .bench import Bench, Finding

    Sizes: TypeAlias = Callable[[int, Callable[[int], bool]], None]

FEWEST = 2
"""So few calls are not searched for fewer."""

DRAWN_CALLS = 20
"""Calls that the model alone may play, when calls are drawn, for each trial there may be."""

LARGE = 16
"""Values in an argument that are too many to be made small one by one."""

FEW = 24
"""With at most so many calls left, pairs of calls are tried to be left out, too."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A smaller sequence that shows the same finding."""

    fixture: tuple[Call, ...]
    calls: tuple[Call, ...]
    finding: Finding
    trials: int
    """Candidates that were played."""
    complete: bool
    """Whether it is a local minimum, or the trials ran out."""


def numbered(finding: Finding, step: int) -> Finding:
    """The finding, as that of call number `step` of a sequence."""
    if isinstance(finding, Divergence):
        return replace(finding, step=step)
    left, right = finding.left, finding.right
    return InvariantBroken(finding.name, step, finding.call, left, right)


class _OutOfTrials(Exception):
    pass


class Shrinker:
    """Shrinks one finding on one bench."""

    def __init__(
        self,
        bench: Bench,
        fixture: Sequence[Call],
        calls: Sequence[Call],
        finding: Finding,
        *,
        most_trials: int = 20_000,
        watch: Callable[[int, int], None] | None = None,
    ) -> None:
        """Takes a bench that was just opened; `watch` is told trials and calls left."""
        self._bench = bench
        self._identity = finding.identity
        self._most_trials = most_trials
        self._watch = watch
        self._empty = bench.lockstep.mark()
        self._base = self._empty
        self._failed: set[tuple[Call, ...]] = set()
        self._encodable: set[Call] = set()
        self._descend: Sizes = coarse
        self._whole = False
        self._redrawing = Redrawing(
            bench.lockstep.model, (*fixture, *calls), self._fits, most_trials * DRAWN_CALLS
        )
        self.fixture = list(fixture)
        self.calls = list(calls)
        self.finding = finding
        self.trials = 0

    def run(self) -> Shrunk | None:
        """The local minimum; None where the calls as they are do not show the finding."""
        complete = True
        try:
            self._enter(self.fixture)
            if not self._try(self.calls) and not self._try_whole():
                return None
            self._tail()
            self._settle(coarse)
            while len(self.calls) > FEWEST and self._search():
                self._settle(coarse)
            self._trim_fixture()
            self._enter(self.fixture)
            self._settle(fine)
        except _OutOfTrials:
            complete = False
        self._enter([])
        fixture, calls = tuple(self.fixture), tuple(self.calls)
        finding = numbered(self.finding, len(fixture) + len(calls))
        return Shrunk(fixture, calls, finding, self.trials, complete)

    # TRIALS

    def _enter(self, fixture: Sequence[Call]) -> None:
        """Makes the state after a fixture the one that trials start from."""
        self._bench.lockstep.reset(self._empty)
        self._bench.settle()
        replay(self._bench, fixture)
        self._base = self._bench.lockstep.mark() if fixture else self._empty
        self._failed.clear()

    def _try(self, calls: Sequence[Call]) -> bool:
        """Whether calls show the finding; if so, they are what is shrunk further."""
        found = self._shows(calls)
        if found is None:
            return False
        self.finding = found
        self.calls = list(calls[: self._reached])
        return True

    def _try_whole(self) -> bool:
        """The same, with everything compared at the end: where the finding was made only then."""
        self._whole = True
        self._failed.clear()
        return self._try(self.calls)

    def _shows(self, calls: Sequence[Call]) -> Finding | None:
        key = tuple(calls)
        if key in self._failed or not self._fits(calls):
            return None
        if self.trials >= self._most_trials:
            raise _OutOfTrials
        self.trials += 1
        bench = self._bench
        bench.lockstep.reset(self._base)
        bench.settle()
        before = bench.lockstep.tally.calls
        found = replay(bench, calls, whole=self._whole)
        self._reached = bench.lockstep.tally.calls - before
        if self._watch is not None:
            self._watch(self.trials, len(self.calls))
        if found is None or found.identity != self._identity:
            self._failed.add(key)
            return None
        return found

    def _fits(self, calls: Sequence[Call]) -> bool:
        """Whether every call can be encoded: an array may be shorter than its type allows."""
        for call in calls:
            if call not in self._encodable:
                interface = self._bench.lockstep.chain.interfaces[call.target]
                try:
                    interface.encode_call(call.function, call.args)
                except ValueError:
                    return False
                self._encodable.add(call)
        return True

    # PASSES

    def _settle(self, sizes: Sizes) -> None:
        """All passes until none changes anything."""
        self._descend = sizes
        while self._round():
            pass

    def _tail(self) -> None:
        """The last few calls may be enough."""
        size = 1
        while size < len(self.calls):
            if self._try(self.calls[-size:]):
                return
            size *= 2

    def _round(self) -> bool:
        """All passes once; whether any of them changed something."""
        before = (list(self.fixture), list(self.calls))
        self._delete()
        self._scale()
        self._simplify()
        self._hurry()
        self._merge_actors()
        if len(self.calls) <= FEW:
            self._delete_pairs()
        return before != (self.fixture, self.calls)

    def _delete(self) -> None:
        """Leaves out calls: half of them at a time, a quarter, down to single ones."""
        size = max(len(self.calls) // 2, 1)
        while True:
            end = len(self.calls)
            while end > 0:
                start = max(end - size, 0)
                self._try(self.calls[:start] + self.calls[end:])
                end = min(start, len(self.calls))
            if size == 1:
                return
            size = max(size // 2, 1)

    def _delete_pairs(self) -> None:
        """Leaves out two calls at once that need each other."""
        for i in range(len(self.calls) - 1, 0, -1):
            for j in range(i - 1, -1, -1):
                if i < len(self.calls):
                    self._try([c for k, c in enumerate(self.calls) if k not in (i, j)])

    def _scale(self) -> None:
        """Divides all integers at once, so that what fits together stays together."""
        for power in range(30, 0, -1):
            self._try([replace(call, args=divided(call.args, 10**power)) for call in self.calls])

    def _simplify(self) -> None:
        """Makes every argument, and the Ether sent along, as small as it goes."""
        for index in range(len(self.calls)):
            if index >= len(self.calls):
                return
            self._blank(index)
            for path in list(paths_of(self.calls[index].args)):
                self._simplify_at(index, path)
                self._simplify_alike(index, path)
            if index < len(self.calls) and self.calls[index].value:
                self._descend(self.calls[index].value, partial(self._with_value, index))

    def _blank(self, index: int) -> None:
        """Makes the integers of a large argument zero at once, rather than one after the other."""
        for place, value in enumerate(self.calls[index].args):
            if isinstance(value, tuple) and sum(1 for _ in paths_of(value)) > LARGE:
                self._with_arg(index, (place,), mapped(value, lambda _: 0))

    def _simplify_at(self, index: int, path: tuple[int, ...]) -> None:
        if index >= len(self.calls):
            return
        value = value_at(self.calls[index].args, path)
        if isinstance(value, bool):
            if value:
                self._with_arg(index, path, False)
        elif isinstance(value, int):
            self._descend(value, partial(self._with_arg, index, path))
        elif isinstance(value, bytes):
            self._with_arg(index, path, bytes(len(value)))
        elif isinstance(value, tuple):
            self._shorten(index, path, value)

    def _simplify_alike(self, index: int, path: tuple[int, ...]) -> None:
        """Makes a number smaller wherever it stands: what is paid in and out, say."""
        value = value_at(self.calls[index].args, path) if index < len(self.calls) else None
        if type(value) is not int or value == 0:
            return
        places = [
            (i, other)
            for i, call in enumerate(self.calls)
            for other in integer_paths(call.args)
            if value_at(call.args, other) == value
        ]
        if len(places) > 1:
            self._descend(value, partial(self._with_all, tuple(places)))

    def _with_all(self, places: tuple[tuple[int, tuple[int, ...]], ...], value: int) -> bool:
        calls = list(self.calls)
        for i, path in places:
            if i >= len(calls) or type(value_at(calls[i].args, path)) is not int:
                return False
            calls[i] = replace(calls[i], args=with_value(calls[i].args, path, value))
        return self._try(calls)

    def _shorten(self, index: int, path: tuple[int, ...], value: tuple[Value, ...]) -> None:
        for i in range(len(value) - 1, -1, -1):
            current = value_at(self.calls[index].args, path) if index < len(self.calls) else None
            if isinstance(current, tuple) and i < len(current):
                self._with_arg(index, path, current[:i] + current[i + 1 :])

    def _hurry(self) -> None:
        """Lets as little time pass as possible."""
        for index in range(len(self.calls)):
            if index >= len(self.calls):
                return
            before = self.calls[index - 1].at if index else self._start()
            gap = self.calls[index].at - before
            if gap > 0:
                self._descend(gap, partial(self._with_gap, index, before))

    def _search(self) -> bool:
        """Draws a few of the calls with others' values, until such a sequence shows the finding."""
        candidates = self._redrawing.candidates(self.calls, self.finding, self._base)
        return any(map(self._try, candidates))

    def _merge_actors(self) -> None:
        """Replaces an actor by another, everywhere or in one call."""
        for old in people(self.calls):
            for new in people(self.calls):
                if new < old:
                    self._try([renamed(call, old, new) for call in self.calls])
        for index in range(len(self.calls)):
            for new in people(self.calls):
                if index < len(self.calls) and new < self.calls[index].sender:
                    self._with(index, replace(self.calls[index], sender=new))

    def _trim_fixture(self) -> None:
        """Leaves out what of the fixture is not needed."""
        size = max(len(self.fixture) // 2, 1)
        while self.fixture:
            end = len(self.fixture)
            while end > 0:
                start = max(end - size, 0)
                self._try_fixture(self.fixture[:start] + self.fixture[end:])
                end = start
            if size == 1:
                return
            size = max(size // 2, 1)

    def _try_fixture(self, fixture: list[Call]) -> None:
        self._base = self._empty
        found = self._shows([*fixture, *self.calls])
        if found is not None:
            self.finding = found
            self.fixture = fixture

    # CANDIDATES

    def _with(self, index: int, call: Call) -> bool:
        return self._try([*self.calls[:index], call, *self.calls[index + 1 :]])

    def _with_arg(self, index: int, path: tuple[int, ...], value: Value) -> bool:
        if index >= len(self.calls):
            return False
        call = self.calls[index]
        args = with_value(call.args, path, value)
        return self._with(index, replace(call, args=args))

    def _with_value(self, index: int, value: int) -> bool:
        return index < len(self.calls) and self._with(
            index, replace(self.calls[index], value=value)
        )

    def _with_gap(self, index: int, before: int, gap: int) -> bool:
        """Moves a call to `gap` seconds after a time, and all after it with it."""
        if index >= len(self.calls):
            return False
        shift = before + gap - self.calls[index].at
        moved = [replace(call, at=call.at + shift) for call in self.calls[index:]]
        return self._try([*self.calls[:index], *moved])

    def _start(self) -> int:
        return self.fixture[-1].at if self.fixture else self._bench.genesis_time
