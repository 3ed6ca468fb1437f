"""The bulk driver: plays a target's sequences on model and chain until a finding or a limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .divergence import DivergenceFound
from .invariants import InvariantBroken

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping, Sequence

    from weiproof.engine.call import Call

    from .bench import Bench, Finding
    from .lockstep import Tally


@dataclass(frozen=True, slots=True)
class Limits:
    """When a campaign ends, if nothing is found before."""

    steps: int | None = None
    """Calls, the fixture's included."""
    is_over: Callable[[], bool] | None = None
    """Asked before each call, such as whether the time is up; the sequence then ends there."""

    def reached(self, calls: int) -> bool:
        """Whether no call may follow these."""
        if self.steps is not None and calls >= self.steps:
            return True
        return self.is_over is not None and self.is_over()


@dataclass(slots=True)
class Recording:
    """A sequence as it was played: the fixture's calls, and those since it was last left."""

    fixture: list[Call] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a campaign came to."""

    target: str
    seed: int
    tally: Tally
    state_hash: bytes
    """The model's running hash at the end."""
    states: Counter[str]
    """How often each rare state was passed through."""
    finding: Finding | None
    recording: Recording
    """The sequence that was played last: the one that shows the finding."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Labels of addresses, for people."""
    invariants_checked: int = 0
    """How many times the invariants were checked."""
    sequences: int = 1
    """How often a sequence was begun after the fixture."""

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return self.finding is None


def run(
    bench: Bench,
    seed: int,
    limits: Limits,
    watch: Callable[[int], None] | None = None,
) -> Campaign:
    """Plays a bench that was just opened; `watch` is told the number of compared calls.

    KeyboardInterrupt ends it too, with whatever was compared until then, if `watch` raises it.
    """
    player = _Player(bench, limits, watch)
    finding: Finding | None = None
    try:
        player.play(seed)
    except DivergenceFound as found:
        finding = found.divergence
    except InvariantBroken as found:
        finding = found
    return campaign_of(bench, seed, finding, player.recording, player.sequences)


def campaign_of(
    bench: Bench, seed: int, finding: Finding | None, recording: Recording, sequences: int
) -> Campaign:
    """What was played on a bench."""
    if finding is not None and not recording.calls and recording.fixture:
        recording.calls.append(recording.fixture.pop())  # found in the fixture itself
    lockstep = bench.lockstep
    return Campaign(
        bench.target,
        seed,
        lockstep.tally,
        lockstep.model.state_hash,
        bench.states,
        finding,
        recording,
        bench.names,
        bench.invariants_checked,
        sequences,
    )


class _Player:
    """Plays one seed."""

    def __init__(self, bench: Bench, limits: Limits, watch: Callable[[int], None] | None) -> None:
        self.bench = bench
        self.limits = limits
        self.watch = watch
        self.recording = Recording()
        self.sequences = 1

    def play(self, seed: int) -> None:
        """Plays fixture and sequences to the limit, and compares everything at the end."""
        bench, recording = self.bench, self.recording
        for call in bench.fixture(seed):
            if self._is_over():
                break
            recording.fixture.append(call)
            self._apply(call)
        mark = bench.lockstep.mark()
        plays = bench.play(seed)
        while not self._is_over():
            item = next(plays)
            if item is not None:
                recording.calls.append(item)
                self._apply(item)
                continue
            bench.finish()
            bench.lockstep.reset(mark)
            bench.settle()
            recording.calls.clear()
            self.sequences += 1
        bench.finish()

    def _apply(self, call: Call) -> None:
        self.bench.apply(call)
        if self.watch is not None:
            self.watch(self.bench.lockstep.tally.calls)

    def _is_over(self) -> bool:
        return self.limits.reached(self.bench.lockstep.tally.calls)


def replay(bench: Bench, calls: Sequence[Call], *, whole: bool = False) -> Finding | None:
    """Applies recorded calls; answers with what they show, or None.

    With `whole`, everything is compared at the end.
    """
    try:
        for call in calls:
            bench.apply(call)
        if whole:
            bench.finish()
    except DivergenceFound as found:
        return found.divergence
    except InvariantBroken as found:
        return found
    return None
