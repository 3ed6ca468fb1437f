"""Lockstep: each call goes to model and chain, outcomes and touched state are compared.

Nothing is tolerated.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from weiproof.contracts.abi import signature_of

from .divergence import Divergence, DivergenceFound, compare_outcomes, compare_views
from .observation import MarginObservation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weiproof.engine.call import Call, Outcome

    from .observation import Observation
    from .systems import ChainSystem, ModelSystem


@dataclass(slots=True)
class Tally:
    """What was compared, by name."""

    calls: int = 0
    views: int = 0
    functions: Counter[str] = field(default_factory=Counter)
    """Calls, refused ones included."""
    succeeded: Counter[str] = field(default_factory=Counter)
    """Calls that did not revert, by function."""
    errors: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)

    def add(self, call: Call, outcome: Outcome) -> None:
        """Counts one call."""
        self.calls += 1
        function = f"{_kind(call.target)}.{call.function}"
        self.functions[function] += 1
        if outcome.ok:
            self.succeeded[function] += 1
        else:
            self.errors[_error_name(outcome)] += 1
        for event in outcome.events:
            self.events[event.name] += 1


@dataclass(frozen=True, slots=True)
class Mark:
    """A state of both systems to go back to."""

    model: object
    chain: int
    second: int | None
    written: frozenset[Any]


class Lockstep:
    """Model and chain, kept in step."""

    def __init__(
        self,
        model: ModelSystem,
        chain: ChainSystem,
        *,
        observation: Observation | None = None,
        read_every: int = 1,
        second: ChainSystem | None = None,
    ) -> None:
        """Reads touched state back after every `read_every`-th call.

        Outcomes are compared on every call. `observation` says what is read back, by default the
        records of the margin contracts; `second` is another back end that must agree with the
        first.
        """
        self.model = model
        self.chain = chain
        self.second = second
        self.observation = observation or MarginObservation(model)
        self.read_every = read_every
        self.tally = Tally()
        self._outputs = {name: _outputs(abi) for name, abi in chain.abis.items()}
        self._inputs = {
            name: inputs for abi in chain.abis.values() for name, inputs in _inputs(abi).items()
        }
        self._written: set[Any] = set()

    def apply(self, call: Call) -> Outcome:
        """Runs the call on both sides and answers with the outcome.

        Raises :class:`~.divergence.DivergenceFound` at the first difference.
        """
        step = self.tally.calls + 1
        model = self.model.apply(call)
        chain = self.chain.apply(call)
        self.tally.add(call, model)
        outputs = self._outputs[call.target].get(call.function, ())
        found = compare_outcomes(step, call, model, chain, outputs, self._inputs)
        if found is None and self.second is not None:
            other = self.second.apply(call)
            found = compare_outcomes(step, call, chain, other, outputs, self._inputs)
            found = found and replace(found, kind="chains")
        if found is not None:
            raise DivergenceFound(found)
        self._written.update(self.model.touched)
        if self.read_every and step % self.read_every == 0:
            self.compare_touched(call, model)
        return model

    def prepare(self, call: Call) -> Outcome:
        """Runs a call on all sides without comparing it, such as handing out tokens.

        Raises RuntimeError where a side refuses: nothing may be prepared by a refused call.
        """
        outcome = self.model.apply(call)
        chains = [chain for chain in (self.chain, self.second) if chain is not None]
        if not all(each.ok for each in (outcome, *(chain.apply(call) for chain in chains))):
            message = f"{call.target}.{call.function} was refused while preparing"
            raise RuntimeError(message)
        return outcome

    def mark(self) -> Mark:
        """Remembers the present state of both sides, to be gone back to any number of times."""
        second = None if self.second is None else self.second.chain.snapshot()
        chain = self.chain.chain.snapshot()
        return Mark(self.model.snapshot(), chain, second, frozenset(self._written))

    def reset(self, mark: Mark) -> None:
        """Goes back to a mark; the tally goes on."""
        self.model.restore(mark.model)
        self.chain.chain.revert(mark.chain)
        if self.second is not None and mark.second is not None:
            self.second.chain.revert(mark.second)
        self._written = set(mark.written)

    def compare_touched(self, cause: Call, outcome: Outcome | None = None) -> None:
        """Compares what the calls touched since the last comparison."""
        keys = sorted(self._written, key=repr)
        self._written.clear()
        self.compare_views(cause, self.observation.touched(keys, cause, outcome))
        for found in self.observation.slots(self.chain, keys, cause, self.tally.calls):
            raise DivergenceFound(found)

    def compare_all(self, cause: Call) -> None:
        """Compares the whole state."""
        self._written.clear()
        self.compare_views(cause, self.observation.whole(cause))

    def compare_figures(self, cause: Call, accounts: Iterable[str]) -> None:
        """Compares all derived figures of `accounts`."""
        self.compare_views(cause, self.observation.figures(accounts, cause))

    def compare_views(self, cause: Call, views: Iterable[Call]) -> None:
        """Compares what both sides answer to view calls."""
        for view in views:
            found = self.compare_view(cause, view)
            self.tally.views += 1
            if found is not None:
                raise DivergenceFound(found)

    def compare_view(self, cause: Call, view: Call) -> Divergence | None:
        """The first difference between the answers to one view call, or None."""
        model, chain = self.model.view(view), self.chain.view(view)
        if model == chain:
            return None
        outputs = self._outputs[view.target].get(view.function, ())
        return compare_views(self.tally.calls, cause, view, model, chain, outputs)


def _outputs(abi: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Return values by name and by signature."""
    functions = [entry for entry in abi if entry["type"] == "function"]
    by_name = {str(entry["name"]): entry["outputs"] for entry in functions}
    return by_name | {signature_of(entry): entry["outputs"] for entry in functions}


def _inputs(abi: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Mapping[str, Any]]]:
    named = [entry for entry in abi if entry["type"] in ("error", "event")]
    return {entry["name"]: entry["inputs"] for entry in named}


def _kind(target: str) -> str:
    """All feeds count as one contract."""
    return target.partition("/")[0]


def _error_name(outcome: Outcome) -> str:
    """A revert's name, with the code of a panic."""
    if outcome.error == "Panic":
        (code,) = outcome.error_args
        return f"Panic({code:#04x})" if isinstance(code, int) else "Panic"
    return outcome.error or "(no data)"
