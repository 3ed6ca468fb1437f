"""A run that diverged, played again and made smaller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weiproof.crosscheck.diagnosis import diagnose
from weiproof.crosscheck.driver import replay
from weiproof.crosscheck.shrinking import Shrinker

from .forms import call_of
from .journal import JournalReader
from .run import END_OF_BLOCK, JOURNAL
from .run_bench import RunBench

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from weiproof.crosscheck.bench import Finding
    from weiproof.crosscheck.diagnosis import Diagnosis
    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.call import Call

    from .forms import Record


@dataclass(frozen=True, slots=True)
class ShrunkRun:
    """What is left of a run, with the same finding."""

    fixture: tuple[Call, ...]
    calls: tuple[Call, ...]
    finding: Finding
    diagnosis: Diagnosis
    trials: int
    complete: bool
    """Whether it is a local minimum, or the trials ran out."""
    open: Callable[[], RunBench]
    """Deploys what it is played on."""


def shrink_run(
    folder: Path,
    spec: ProtocolSpec,
    actors: Sequence[str],
    written: Mapping[str, Any],
    *,
    chain: str,
    most_trials: int,
) -> ShrunkRun | None:
    """Plays a run's journal and the call that ended it again, and shrinks them.

    None where the sides agree on them now and no invariant is broken, or where the finding was
    written without its call.
    Raises JournalError and ChainUnavailable.
    """
    exact = written.get("exact")
    if not isinstance(exact, dict):
        return None
    try:
        last = call_of(exact.get("call"))
        view = None if exact.get("view") is None else call_of(exact["view"])
    except (TypeError, ValueError):
        return None

    def opened() -> RunBench:
        return RunBench(spec, actors, chain, view)

    records = list(JournalReader(folder / JOURNAL))
    fixture, calls = split(records)
    known = last.target in opened().lockstep.chain.interfaces and last.function != END_OF_BLOCK
    if known and (not calls or calls[-1] != last):
        calls.append(last)
    finding = replay(opened(), [*fixture, *calls], whole=True)
    if finding is None:
        return None
    shrinker = Shrinker(opened(), fixture, calls, finding, most_trials=most_trials)
    shrunk = shrinker.run()
    if shrunk is None:
        return None
    diagnosis = diagnose(opened(), shrunk.fixture, shrunk.calls, shrunk.finding)
    return ShrunkRun(
        shrunk.fixture,
        shrunk.calls,
        shrunk.finding,
        diagnosis,
        shrunk.trials,
        shrunk.complete,
        opened,
    )


def split(records: Sequence[Record]) -> tuple[list[Call], list[Call]]:
    """Set-up and the rest: all before the first round of a feed is set-up."""
    calls = [record.call for record in records]
    feeds = (place for place, call in enumerate(calls) if call.target.startswith("feed/"))
    first = next(feeds, 0)
    return calls[:first], calls[first:]
