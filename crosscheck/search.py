"""The search driver: Hypothesis draws the calls, independently of the bulk driver's generators.

It draws by the ABI alone and keeps to few senders and few numbers, so that calls meet; what it
finds is shrunk as any finding is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weiproof.crosscheck.divergence import DivergenceFound
from weiproof.crosscheck.driver import Recording, campaign_of
from weiproof.crosscheck.invariants import InvariantBroken
from weiproof.engine.call import Call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

    from weiproof.crosscheck.bench import Finding
    from weiproof.crosscheck.driver import Campaign
    from weiproof.crosscheck.targets.bench import TwinBench
    from weiproof.crosscheck.targets.operations import Operation

PAUSES = (0, 0, 0, 1, 59, 3599, 3600, 3601, 86_400, 30 * 86_400 + 1)
"""Seconds between two calls."""

NUMBERS = (0, 1, 2, 3, 5, 7, 10, 50, 99, 100, 101, 1000, 1001, 10**6, 10**18, 10**24)
"""Numbers that are drawn more often than others."""


class SearchUnavailable(Exception):
    """Hypothesis is not installed."""


def search(bench: TwinBench, *, seed: int, examples: int = 300, steps: int = 60) -> Campaign:
    """Searches on a bench that was just opened; the same seed searches the same way.

    `examples` sequences of at most `steps` calls.

    Raises SearchUnavailable where hypothesis is missing.
    """
    try:
        import hypothesis
        from hypothesis import strategies as st
    except ImportError as error:
        raise SearchUnavailable(
            "the search needs hypothesis: pip install 'weiproof[search]'"
        ) from error
    recording = Recording()
    for call in bench.fixture(seed):
        recording.fixture.append(call)
        bench.apply(call)
    mark = bench.lockstep.mark()
    start = recording.fixture[-1].at if recording.fixture else bench.genesis_time
    anything = st.one_of([_calls(bench, each) for each in bench.operations])
    step = st.tuples(st.sampled_from(PAUSES), anything)
    played: list[list[Call]] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
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
    @hypothesis.given(st.lists(step, min_size=steps // 2, max_size=steps))
    def play(drawn: list[tuple[int, Call]]) -> None:
        bench.lockstep.reset(mark)
        bench.settle()
        at = start
        played.append([])
        for pause, call in drawn:
            at += pause
            moved = Call(at, call.sender, call.target, call.function, call.args, call.value)
            played[-1].append(moved)
            bench.apply(moved)

    finding: Finding | None = None
    try:
        play()
    except DivergenceFound as error:
        finding = error.divergence
    except InvariantBroken as error:
        finding = error
    recording.calls = _ended(played, finding)
    return campaign_of(bench, seed, finding, recording, len(played))


def _ended(played: list[list[Call]], finding: Finding | None) -> list[Call]:
    """The sequence that shows the finding: the first that ended with its call."""
    if finding is None:
        return played[-1] if played else []
    return next(calls for calls in played if calls and calls[-1] == finding.call)


def _calls(bench: TwinBench, operation: Operation) -> SearchStrategy[Call]:
    from hypothesis import strategies as st

    people = operation.senders or bench.actors[:3]
    arguments = st.tuples(*(_values(bench, each) for each in operation.inputs))
    ether = st.sampled_from(NUMBERS[:-1]) if operation.payable else st.just(0)

    def make(sender: str, args: tuple[Any, ...], value: int) -> Call:
        return Call(bench.genesis_time, sender, operation.target, operation.function, args, value)

    return st.builds(make, st.sampled_from(people), arguments, ether)


def _values(bench: TwinBench, parameter: Mapping[str, Any]) -> SearchStrategy[Any]:
    """Values of an ABI type."""
    from hypothesis import strategies as st

    from weiproof.crosscheck.targets.arguments import MOST_DRAWN, MOST_ITEMS, array_of, zero

    kind = str(parameter["type"])
    array = array_of(kind)
    if array is not None:
        if _items(parameter) > MOST_DRAWN:
            return st.just(zero(parameter))
        inner = _values(bench, {**parameter, "type": array[0]})
        low, high = (0, MOST_ITEMS) if array[1] is None else (array[1], array[1])
        return st.lists(inner, min_size=low, max_size=high).map(tuple)
    if kind == "tuple":
        return st.tuples(*(_values(bench, each) for each in parameter["components"]))
    return _elementary(bench, kind)


def _items(parameter: Mapping[str, Any]) -> int:
    """Most elementary values that are drawn for a type."""
    from weiproof.crosscheck.targets.arguments import MOST_ITEMS, array_of

    kind = str(parameter["type"])
    array = array_of(kind)
    if array is not None:
        length = MOST_ITEMS if array[1] is None else array[1]
        return length * _items({**parameter, "type": array[0]})
    return sum(map(_items, parameter["components"])) if kind == "tuple" else 1


def _elementary(bench: TwinBench, kind: str) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    from weiproof.crosscheck.targets.arguments import bounds, bytes_in

    if kind == "address":
        return st.sampled_from((*bench.actors[:3], *bench.lockstep.chain.book.values()))
    if kind == "bool":
        return st.booleans()
    if kind == "string":
        return st.text(max_size=40)
    if not kind.startswith(("int", "uint")):
        size = bytes_in(kind)
        return st.binary(min_size=size or 0, max_size=64 if size is None else size)
    low, high = bounds(kind)
    fitting = [number for number in NUMBERS if low <= number <= high]
    signed = [-number for number in fitting if low < 0]
    return st.one_of(st.sampled_from(fitting + signed), st.integers(low, high))
