"""Lockstep: each call goes to model and chain, outcomes and touched state are compared.

Nothing is tolerated.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .divergence import DivergenceFound, compare_outcomes, compare_views
from .observation import derived_views, stored_views

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weiproof.engine.call import Call, Outcome
    from weiproof.engine.model import Model

    from .systems import ChainSystem


@dataclass(slots=True)
class Tally:
    """What was compared, by name."""

    calls: int = 0
    views: int = 0
    functions: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)

    def add(self, call: Call, outcome: Outcome) -> None:
        """Counts one call."""
        self.calls += 1
        self.functions[f"{_kind(call.target)}.{call.function}"] += 1
        if not outcome.ok:
            self.errors[_error_name(outcome)] += 1
        for event in outcome.events:
            self.events[event.name] += 1


class Lockstep:
    """Model and chain, kept in step."""

    def __init__(self, model: Model, chain: ChainSystem, *, read_every: int = 1) -> None:
        """Reads touched state back after every `read_every`-th call.

        Outcomes are compared on every call.
        """
        self.model = model
        self.chain = chain
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
        if found is not None:
            raise DivergenceFound(found)
        self._written.update(self.model.touched)
        if self.read_every and step % self.read_every == 0:
            self.compare_touched(call)
        return model

    def prepare(self, call: Call) -> Outcome:
        """Runs a call on both sides without comparing it, such as handing out tokens.

        Raises RuntimeError where either side refuses: nothing may be prepared by a refused call.
        """
        outcome = self.model.apply(call)
        if not (outcome.ok and self.chain.apply(call).ok):
            message = f"{call.target}.{call.function} was refused while preparing"
            raise RuntimeError(message)
        return outcome

    def compare_touched(self, cause: Call) -> None:
        """Compares the stored records that were touched since the last comparison."""
        keys = sorted(self._written, key=repr)
        self._written.clear()
        # A feed's latest round is the one that was written: it need not be read twice.
        keys = [key for key in keys if key[0] != "round"]
        self.compare_views(cause, stored_views(keys, cause.at))

    def compare_all(self, cause: Call) -> None:
        """Compares every stored record."""
        self._written.clear()
        self.compare_views(cause, stored_views(self.model.world.store.keys(), cause.at))

    def compare_figures(self, cause: Call, accounts: Iterable[str]) -> None:
        """Compares all derived figures of `accounts`."""
        self.compare_views(cause, derived_views(self.model, accounts, cause.at))

    def compare_views(self, cause: Call, views: Iterable[Call]) -> None:
        """Compares what both sides answer to view calls."""
        for view in views:
            outputs = self._outputs[view.target].get(view.function, ())
            found = compare_views(
                self.tally.calls, cause, view, self.model.view(view), self.chain.view(view), outputs
            )
            self.tally.views += 1
            if found is not None:
                raise DivergenceFound(found)


def _outputs(abi: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Mapping[str, Any]]]:
    return {entry["name"]: entry["outputs"] for entry in abi if entry["type"] == "function"}


def _inputs(abi: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Mapping[str, Any]]]:
    return {entry["name"]: entry["inputs"] for entry in abi if entry["type"] in ("error", "event")}


def _kind(target: str) -> str:
    """All feeds count as one contract."""
    return target.partition("/")[0]


def _error_name(outcome: Outcome) -> str:
    """A revert's name, with the code of a panic."""
    if outcome.error == "Panic":
        (code,) = outcome.error_args
        return f"Panic({code:#04x})" if isinstance(code, int) else "Panic"
    return outcome.error or "(no data)"
