"""The search driver: a Hypothesis state machine plays a bench's moves.

Each move of the bench is a rule, and every draw that a move makes is Hypothesis's: it leaves rules
out of a sequence at random, comes back to numbers that it drew before, and prefers those at bounds.
What it finds is shrunk as any finding is.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from weiproof.crosscheck import driver
from weiproof.crosscheck.divergence import DivergenceFound
from weiproof.crosscheck.invariants import InvariantBroken
from weiproof.engine.draws import Draws, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hypothesis.stateful import RuleBasedStateMachine
    from hypothesis.strategies import DataObject

    from weiproof.crosscheck.bench import Bench
    from weiproof.crosscheck.driver import Campaign, Limits, Player
    from weiproof.engine.call import Call

MOVES = 50
"""Most moves of a sequence."""

MOST_SEQUENCES = 10**9
"""Other limits end a search."""

MOST_IDLE = 100
"""So many sequences in a row may come to no call."""


class SearchUnavailable(Exception):
    """Hypothesis is not installed."""


class IdleSearch(Exception):
    """The moves of a target never come to a call."""


def search(
    bench: Bench, seed: int, limits: Limits, watch: Callable[[int], None] | None = None
) -> Campaign:
    """Plays on a bench that was just opened, until a finding or a limit.

    The same seed searches the same way in every new process, with the same Hypothesis: it draws
    constants of the modules that are loaded, too. `watch` is told the number of compared calls.

    Raises SearchUnavailable where hypothesis is missing, IdleSearch where no call comes.
    """
    if find_spec("hypothesis") is None:
        raise SearchUnavailable("the search needs hypothesis: pip install 'weiproof[search]'")
    return driver.run(bench, seed, limits, watch, drive=_explore)


def _explore(player: Player) -> None:
    """Lets Hypothesis choose until the limit. Raises what is found."""
    import hypothesis
    from hypothesis import stateful

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
    sequence = _Sequence(player)
    machine = hypothesis.seed(player.seed)(_machine(sequence))
    try:
        stateful.run_state_machine_as_test(machine, settings=settings)  # type: ignore[no-untyped-call]
    except (Exception, _Ended):
        # Where a sequence begins like an earlier one, Hypothesis finds fault with its early end.
        if sequence.error is None and not player.is_over():
            raise
    if sequence.error is not None:
        raise sequence.error


class _Ended(BaseException):
    """The search is over, as its error or a limit says. Hypothesis lets it through."""


class _Sequence:
    """The sequence that is played."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.moves: Sequence[Callable[[], Iterator[Call]]] = player.bench.moves(Draws(player.seed))
        self.error: Exception | None = None
        self._idle = 0

    def start(self, draws: Draws) -> None:
        """Begins after the fixture."""
        self._idle += 1
        if self.player.recording.calls:
            self._idle = 0
            with self._ending():
                self.player.start_over()
        if self._idle > MOST_IDLE:
            self.error = IdleSearch(
                f"the search made no call in {MOST_IDLE} sequences in a row; leave out"
                " --driver search"
            )
            raise _Ended
        self.moves = self.player.bench.moves(draws)

    def move(self, number: int) -> None:
        """Plays a move."""
        with self._ending():
            for call in self.moves[number]():
                if self.player.is_over():
                    raise _Ended
                self.player.play(call)

    @contextmanager
    def _ending(self) -> Iterator[None]:
        try:
            yield
        except (DivergenceFound, InvariantBroken) as found:
            self.error = found
            raise _Ended from found


def _machine(sequence: _Sequence) -> type[RuleBasedStateMachine]:
    from hypothesis import stateful
    from hypothesis import strategies as st

    def start(_: RuleBasedStateMachine, data: DataObject) -> None:
        sequence.start(_Drawn(data))

    def move(number: int) -> Callable[[RuleBasedStateMachine], None]:
        return lambda _: sequence.move(number)

    parts: dict[str, Any] = {"start": stateful.initialize(data=st.data())(start)}
    parts |= {f"move_{each}": stateful.rule()(move(each)) for each in range(len(sequence.moves))}
    return type("Moves", (stateful.RuleBasedStateMachine,), parts)


class _Drawn(Draws):
    """Draws of Hypothesis, whatever the stream."""

    __slots__ = ("_drawn",)

    def __init__(self, data: DataObject) -> None:
        self._drawn = _DrawnStream(data)

    def stream(self, label: str) -> Stream:  # noqa: ARG002 (one for all)
        return self._drawn


class _DrawnStream(Stream):
    __slots__ = ("_data", "_integers")

    def __init__(self, data: DataObject) -> None:
        from hypothesis import strategies as st

        self._data = data
        self._integers = st.integers

    def bits(self, width: int) -> int:
        return self.below(1 << width)

    def below(self, limit: int) -> int:
        return self._data.draw(self._integers(0, limit - 1))
