"""The search driver: a Hypothesis state machine plays a bench's moves.

Each move of the bench is a rule, and every draw that a move makes is Hypothesis's: it leaves rules
out of a sequence at random, comes back to numbers that it drew before, and prefers those at bounds.
What it finds is shrunk as any finding is.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from weiproof.crosscheck.divergence import DivergenceFound
from weiproof.crosscheck.driver import Recording, campaign_of
from weiproof.crosscheck.invariants import InvariantBroken
from weiproof.engine.draws import Draws, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hypothesis.stateful import RuleBasedStateMachine
    from hypothesis.strategies import DataObject, SearchStrategy

    from weiproof.crosscheck.bench import Bench, Finding
    from weiproof.crosscheck.driver import Campaign, Limits
    from weiproof.engine.call import Call

MOVES = 50
"""Most moves of a sequence."""

MOST_SEQUENCES = 10**9
"""Other limits end a search."""


class SearchUnavailable(Exception):
    """Hypothesis is not installed."""


def search(
    bench: Bench, seed: int, limits: Limits, watch: Callable[[int], None] | None = None
) -> Campaign:
    """Plays on a bench that was just opened, until a finding or a limit.

    The same seed searches the same way in every new process, with the same Hypothesis: it draws
    constants of the modules that are loaded, too. `watch` is told the number of compared calls.

    Raises SearchUnavailable where hypothesis is missing.
    """
    try:
        import hypothesis
        from hypothesis import stateful
    except ImportError as error:
        raise SearchUnavailable(
            "the search needs hypothesis: pip install 'weiproof[search]'"
        ) from error
    played = _Played(bench, seed, limits, watch)
    settings = hypothesis.settings(
        max_examples=MOST_SEQUENCES,
        stateful_step_count=MOVES,
        phases=[hypothesis.Phase.generate],
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=[
            hypothesis.HealthCheck.data_too_large,
            hypothesis.HealthCheck.filter_too_much,
            hypothesis.HealthCheck.large_base_example,
            hypothesis.HealthCheck.too_slow,
        ],
        verbosity=hypothesis.Verbosity.quiet,
    )
    try:
        played.begin()
        stateful.run_state_machine_as_test(  # type: ignore[no-untyped-call]
            hypothesis.seed(seed)(_machine(played)), settings=settings
        )
    except (Exception, _Enough):
        if not played.has_ended:  # else hypothesis may find fault with how it ended
            raise
    return campaign_of(bench, seed, played.finding, played.recording, played.sequences)


class _Enough(BaseException):
    """A limit is reached. Hypothesis lets it through."""


class _Played:
    """What the machine plays on the bench."""

    def __init__(
        self, bench: Bench, seed: int, limits: Limits, watch: Callable[[int], None] | None
    ) -> None:
        self.bench = bench
        self.seed = seed
        self.limits = limits
        self.watch = watch
        self.recording = Recording()
        self.finding: Finding | None = None
        self.has_ended = False
        self.sequences = 0
        self.moves: Sequence[Callable[[], Iterator[Call]]] = ()

    def begin(self) -> None:
        """Plays the fixture."""
        for call in self.bench.fixture(self.seed):
            self._go_on()
            self.recording.fixture.append(call)
            self._apply(call)
        self._mark = self.bench.lockstep.mark()
        self.moves = self.bench.moves(Draws(self.seed))

    def start_over(self, draws: Draws) -> None:
        """Begins a sequence after the fixture."""
        if self.finding is None:
            self.recording.calls.clear()
            self.sequences += 1
        self.bench.lockstep.reset(self._mark)
        self.bench.settle()
        self.moves = self.bench.moves(draws)

    def move(self, number: int) -> None:
        """Plays a move.

        Once there is a finding, Hypothesis plays its sequence again: that is not recorded.
        """
        for call in self.moves[number]():
            if self.finding is None:
                self._go_on()
                self.recording.calls.append(call)
            self._apply(call)

    def finish(self) -> None:
        """Compares everything at the end of a sequence."""
        if self.finding is None:
            with self._noting():
                self.bench.finish()

    def _go_on(self) -> None:
        if self.limits.reached(self.bench.lockstep.tally.calls):
            self.has_ended = True
            raise _Enough

    def _apply(self, call: Call) -> None:
        with self._noting():
            self.bench.apply(call)
        if self.watch is not None:
            self.watch(self.bench.lockstep.tally.calls)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except (DivergenceFound, InvariantBroken) as found:
            self.has_ended = True
            if self.finding is None:
                self.finding = found.divergence if isinstance(found, DivergenceFound) else found
            raise


def _machine(played: _Played) -> type[RuleBasedStateMachine]:
    from hypothesis import stateful
    from hypothesis import strategies as st

    def begin(_: RuleBasedStateMachine, data: DataObject) -> None:
        played.start_over(_Drawn(data))

    def move(number: int) -> Callable[[RuleBasedStateMachine], None]:
        return lambda _: played.move(number)

    parts: dict[str, Any] = {
        "begin": stateful.initialize(data=st.data())(begin),
        "teardown": lambda _: played.finish(),
    }
    parts |= {f"move_{each}": stateful.rule()(move(each)) for each in range(len(played.moves))}
    return type("Moves", (stateful.RuleBasedStateMachine,), parts)


class _Drawn(Draws):
    """Draws of Hypothesis, whatever the stream."""

    __slots__ = ("_drawn",)

    def __init__(self, data: DataObject) -> None:
        self._drawn = _DrawnStream(data)

    def stream(self, label: str) -> Stream:  # noqa: ARG002 (one for all)
        return self._drawn


class _DrawnStream(Stream):
    __slots__ = ("_data",)

    def __init__(self, data: DataObject) -> None:
        self._data = data

    def bits(self, width: int) -> int:
        return self._data.draw(_integers(1 << width))

    def below(self, limit: int) -> int:
        return self._data.draw(_integers(limit))


@lru_cache(maxsize=1024)
def _integers(limit: int) -> SearchStrategy[int]:
    from hypothesis import strategies as st

    return st.integers(0, limit - 1)
