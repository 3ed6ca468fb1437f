"""What a counterexample expects of right contracts, step by step, as the model has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.crosscheck.divergence import Divergence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weiproof.contracts.abi import Interface
    from weiproof.crosscheck.bench import Bench, Finding
    from weiproof.engine.call import Call, Event, Outcome


class ExportError(Exception):
    """A finding that says nothing about the contracts, or that a test cannot show."""


@dataclass(frozen=True, slots=True)
class ExpectedLog:
    """One log entry."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Expected:
    """What one call must lead to."""

    call: Call
    ok: bool
    output: bytes
    """Return data, or revert data."""
    logs: tuple[ExpectedLog, ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """The whole sequence, and what is looked at in the end."""

    fixture: tuple[Expected, ...]
    calls: tuple[Expected, ...]
    finding: Divergence
    view: Expected | None
    """The view that is read after the last call, where the finding is in one."""


def expectation_of(
    bench: Bench, fixture: Sequence[Call], calls: Sequence[Call], finding: Finding
) -> Expectation:
    """Runs the calls on the model of a bench that was just opened.

    Raises ExportError where the finding is not a difference that a contract can be tested for.
    """
    if not isinstance(finding, Divergence) or finding.kind in ("fault", "chains", "storage"):
        raise ExportError(
            f"a finding of the kind {finding.kind!r} is not about what a contract answers;"
            " use `--format pytest`, which replays it in lockstep"
        )
    first = tuple(_expected(bench, call, bench.lockstep.model.apply(call)) for call in fixture)
    rest = tuple(_expected(bench, call, bench.lockstep.model.apply(call)) for call in calls)
    view = None
    if finding.view is not None:
        view = _expected(bench, finding.view, bench.lockstep.model.view(finding.view))
    return Expectation(first, rest, finding, view)


def _expected(bench: Bench, call: Call, outcome: Outcome) -> Expected:
    interface = bench.lockstep.chain.interfaces[call.target]
    if not outcome.ok:
        return Expected(call, False, _revert_data(interface, outcome), ())
    output = interface.encode_result(call.function, outcome.values)
    return Expected(call, True, output, tuple(_log(bench, event) for event in outcome.events))


def _revert_data(interface: Interface, outcome: Outcome) -> bytes:
    if not outcome.error:
        return b""
    return interface.encode_error(outcome.error, outcome.error_args)


def _log(bench: Bench, event: Event) -> ExpectedLog:
    chain = bench.lockstep.chain
    interface = chain.interfaces[event.target]
    kind = next(each for each in interface.events.values() if each.name == event.name)
    topics, plain = [kind.topic], []
    for part, value, indexed in zip(kind.inputs.codecs, event.args, kind.indexed, strict=True):
        if not indexed:
            plain.append(value)
        elif isinstance(value, bytes) and (part.dynamic or part.type.endswith((")", "]"))):
            topics.append(value)  # the log holds its hash only
        else:
            topics.append(part.encode(value))
    return ExpectedLog(chain.book[event.target], tuple(topics), kind.plain.encode(plain))
