"""A finding looked at from all sides: what was before, where the sides part first, which rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .divergence import Divergence, shown
from .driver import replay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weiproof.engine.call import Call, Outcome, Value

    from .bench import Bench, Finding

MOST_VIEWS = 200
"""Views of the state before the call that are read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One view before the call, as either side has it."""

    view: str
    model: str
    contract: str

    @property
    def differs(self) -> bool:
        """Whether the sides differ already."""
        return self.model != self.contract


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a report tells beside the finding itself."""

    before: tuple[Reading, ...]
    """Views of those whom the call concerns, read just before it at its time."""
    steps: tuple[tuple[str, Value], ...]
    """What the model traced in the call."""
    places: tuple[str, str]
    """Where the called rule stands in Python and in Solidity."""

    @property
    def first_difference(self) -> Reading | None:
        """The first intermediate that differs, in the order of the rule."""
        return next((reading for reading in self.before if reading.differs), None)

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        first = self.first_difference
        return {
            "before": [
                {"view": each.view, "model": each.model, "contract": each.contract}
                for each in self.before
            ],
            "first_difference": first
            and {
                "view": first.view,
                "model": first.model,
                "contract": first.contract,
            },
            "trace": [[name, shown(value, {})] for name, value in self.steps],
            "model_at": self.places[0],
            "contract_at": self.places[1],
        }


def diagnose(
    bench: Bench, fixture: Sequence[Call], calls: Sequence[Call], finding: Finding
) -> Diagnosis:
    """Replays a finding on a bench that was just opened, up to its last call, and looks around."""
    everything = [*fixture, *calls]
    replay(bench, everything[:-1])
    last = everything[-1]
    readings: dict[str, Reading] = {}
    for view in bench.intermediates(last):
        if len(readings) == MOST_VIEWS:
            break
        reading = _read(bench, view)
        readings.setdefault(reading.view, reading)
    bench.lockstep.model.view(last)
    steps: tuple[tuple[str, Value], ...] = getattr(bench.lockstep.model, "steps", ())
    where = finding.view if isinstance(finding, Divergence) and finding.view else last
    return Diagnosis(tuple(readings.values()), steps, bench.places(where))


def _read(bench: Bench, view: Call) -> Reading:
    arguments = ", ".join(shown(arg, bench.names) for arg in view.args)
    name = f"{view.target}.{view.function}({arguments})"
    lockstep = bench.lockstep
    model, chain = lockstep.model.view(view), lockstep.chain.view(view)
    return Reading(name, _told(model, bench.names), _told(chain, bench.names))


def _told(outcome: Outcome, names: Mapping[str, str]) -> str:
    if not outcome.ok:
        return f"reverts: {outcome.error or 'no data'}"
    return ", ".join(shown(value, names) for value in outcome.values)
