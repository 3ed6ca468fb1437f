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
    checking_ns: int = field(default=0, compare=False)
    """Time spent on the invariants; of no account for what was found."""

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return self.finding is None


class Player:
    """Plays sequences on a bench, and records the one that is played."""

    def __init__(
        self, bench: Bench, seed: int, limits: Limits, watch: Callable[[int], None] | None
    ) -> None:
        self.bench = bench
        self.seed = seed
        self.recording = Recording()
        self.sequences = 1
        self._limits = limits
        self._watch = watch
        self._mark = bench.lockstep.mark()

    def begin(self) -> bool:
        """Plays the fixture; whether all of it was within the limits."""
        for call in self.bench.fixture(self.seed):
            if self.is_over():
                return False
            self.recording.fixture.append(call)
            self._apply(call)
        self._mark = self.bench.lockstep.mark()
        return True

    def play(self, call: Call) -> None:
        """Plays the next call of the sequence. Raises DivergenceFound or InvariantBroken."""
        self.recording.calls.append(call)
        self._apply(call)

    def start_over(self) -> None:
        """Compares everything, and goes back to the state after the fixture."""
        self.bench.finish()
        self.bench.lockstep.reset(self._mark)
        self.bench.settle()
        self.recording.calls.clear()
        self.sequences += 1

    def is_over(self) -> bool:
        """Whether a limit is reached."""
        steps, is_over = self._limits.steps, self._limits.is_over
        if steps is not None and self.bench.lockstep.tally.calls >= steps:
            return True
        return is_over is not None and is_over()

    def _apply(self, call: Call) -> None:
        self.bench.apply(call)
        if self._watch is not None:
            self._watch(self.bench.lockstep.tally.calls)


def in_bulk(player: Player) -> None:
    """Plays the bench's own endless sequences until the limit."""
    plays = player.bench.play(player.seed)
    while not player.is_over():
        call = next(plays)
        if call is None:
            player.start_over()
        else:
            player.play(call)


def run(
    bench: Bench,
    seed: int,
    limits: Limits,
    watch: Callable[[int], None] | None = None,
    drive: Callable[[Player], None] = in_bulk,
) -> Campaign:
    """Plays a bench that was just opened: the fixture, then what `drive` chooses.

    `watch` is told the number of compared calls. At the end everything is compared.
    """
    player = Player(bench, seed, limits, watch)
    recording, finding = player.recording, None
    try:
        if player.begin():
            drive(player)
        bench.finish()
    except (DivergenceFound, InvariantBroken) as found:
        finding = _finding(found)
        if not recording.calls and recording.fixture:
            recording.calls.append(recording.fixture.pop())  # found in the fixture itself
    return Campaign(
        bench.target,
        seed,
        bench.lockstep.tally,
        bench.lockstep.model.state_hash,
        bench.states,
        finding,
        recording,
        bench.names,
        bench.invariants_checked,
        player.sequences,
        bench.checking_ns,
    )


def _finding(found: DivergenceFound | InvariantBroken) -> Finding:
    return found.divergence if isinstance(found, DivergenceFound) else found


def replay(bench: Bench, calls: Sequence[Call], *, whole: bool = False) -> Finding | None:
    """Applies recorded calls; answers with what they show, or None.

    With `whole`, everything is compared at the end.
    """
    try:
        for call in calls:
            bench.apply(call)
        if whole:
            bench.finish()
    except (DivergenceFound, InvariantBroken) as found:
        return _finding(found)
    return None
