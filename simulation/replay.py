"""Runs a journal again: every outcome, state hash and digest must come out as it is written."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weiproof.contracts.chains import actor, open_chain
from weiproof.crosscheck.lockstep import Lockstep
from weiproof.crosscheck.protocol import deploy_chain, deploy_model

from .folders import read_protocol
from .journal import JournalReader
from .lines import JournalError
from .metrics import Metrics, encode_summary, summary_of
from .run import JOURNAL, STATES, SUMMARY, artifacts_hash
from .samples import SampleReader
from .states import Sampler, namer

if TYPE_CHECKING:
    from pathlib import Path

    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.model import Model

    from .forms import Header, Record

FIRST_RECORD = 2
"""Line of the journal's first record; the header stands before it."""

FROM_RUN = ("scenario", "scenario_hash", "seed", "calls_compared", "divergences")
"""Keys of a summary that say how the run was made; the journal does not repeat them."""
OF_WORLD = ("variant", "blockspace", "venues", "groups", "vault", "deleveraging", "waiting")
"""Keys that not every run has: its variant, and what never was a call.

Who waited, and what prices, groups and marks came to.
"""


@dataclass(frozen=True, slots=True)
class Replay:
    """A journal that was run again."""

    calls: int
    compared: int
    state_hash: str
    summary: dict[str, Any]


def replay(folder: Path, *, chain: str | None = None) -> Replay:
    """Verifies a run's folder by running its journal again.

    On the contracts too where `chain` is given. A folder of an older version has no samples of
    accounts; where there are any, they must come out as written as well.

    Raises JournalError where a hash, an outcome, a sample or the summary does not come out as
    written, DivergenceFound where model and contracts differ, and ChainUnavailable.
    """
    header = _whole(folder / JOURNAL)
    spec, actors = _protocol(folder, header)
    model = deploy_model(spec)
    lockstep = None
    if chain is not None:
        _check_artifacts(header)
        system = deploy_chain(spec, open_chain(chain, genesis_time=spec.genesis_time))
        lockstep = Lockstep(model, system)
    metrics = Metrics(spec)
    journal, states = JournalReader(folder / JOURNAL), _Samples.of(folder, model, spec, actors)
    with states or nullcontext():
        for record in journal:
            if states is not None:
                states.sampler.before(record.call.at)
            _repeat(model, lockstep, journal.line, record)
            metrics.add(record.call, record.outcome)
        if states is not None:
            states.finish()
    metrics.finish()
    summary = _summary(folder, model, metrics)
    compared = lockstep.tally.calls if lockstep else 0
    return Replay(metrics.calls, compared, model.state_hash.hex(), summary)


def _whole(path: Path) -> Header:
    """The header of a journal that was written to its end and verifies."""
    journal = JournalReader(path)
    for _ in journal:
        pass
    if not journal.complete:
        raise JournalError(journal.line + 1, "the run was not written to its end")
    return journal.header


class _Samples:
    """Takes the samples of a run again, and compares each line with what is written."""

    def __init__(
        self, path: Path, model: Model, spec: ProtocolSpec, actors: tuple[str, ...]
    ) -> None:
        """Reads the times from the file's header."""
        times = SampleReader(path).times
        self._file = path.open("rb")
        self._name = path.name
        self._line = 0
        self.sampler = Sampler(model, spec, namer(actors), times, self._compare)

    @classmethod
    def of(
        cls, folder: Path, model: Model, spec: ProtocolSpec, actors: tuple[str, ...]
    ) -> _Samples | None:
        """Those of a run's folder; None where it has none."""
        path = folder / STATES
        return cls(path, model, spec, actors) if path.exists() else None

    def finish(self) -> None:
        """Takes what is left. Raises JournalError unless the file ends with it."""
        self.sampler.finish()
        self._line += 1
        if self._file.read(1):
            self._differs()

    def _compare(self, line: bytes) -> None:
        self._line += 1
        if self._file.read(len(line)) != line:
            self._differs()

    def _differs(self) -> None:
        reason = "it does not follow from the journal"
        raise JournalError(self._line, reason, file=self._name)

    def __enter__(self) -> None:
        """Compares the header."""
        try:
            self.sampler.begin()
        except JournalError:
            self._file.close()
            raise

    def __exit__(self, *_: object) -> None:
        """Closes the file."""
        self._file.close()


def _repeat(model: Model, lockstep: Lockstep | None, line: int, record: Record) -> None:
    apply = lockstep.apply if lockstep else model.apply
    try:
        outcome = apply(record.call)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise JournalError(line, f"the call cannot be made: {error}") from error
    if outcome != record.outcome:
        raise JournalError(line, f"the outcome is {outcome}, written is {record.outcome}")
    if model.state_hash != record.state_hash:
        raise JournalError(line, f"the state hash is {model.state_hash.hex()}, written is another")
    if record.digest and model.digest() != record.digest:
        raise JournalError(line, "the digest of the whole state is another than written")


def _protocol(folder: Path, header: Header) -> tuple[ProtocolSpec, tuple[str, ...]]:
    spec, actors = read_protocol(folder, header)
    for label in actors:
        actor(label)
    return spec, actors


def _check_artifacts(header: Header) -> None:
    if header.artifacts_hash != artifacts_hash():
        raise JournalError(1, "the contracts have changed since the run; replay without them")


def _summary(folder: Path, model: Model, metrics: Metrics) -> dict[str, Any]:
    """The summary computed anew, which must be the written one to the byte."""
    written = (folder / SUMMARY).read_bytes()
    try:
        document = json.loads(written)
        more = {key: document[key] for key in FROM_RUN}
        more |= {key: document[key] for key in OF_WORLD if key in document}
    except (ValueError, KeyError, TypeError) as error:
        raise JournalError(FIRST_RECORD, f"{SUMMARY} cannot be read: {error}") from error
    summary = summary_of(
        metrics,
        **more,
        state_hash=model.state_hash.hex(),
        state_digest=model.digest().hex(),
    )
    if encode_summary(summary) != written:
        raise JournalError(FIRST_RECORD, f"{SUMMARY} does not follow from the journal")
    return summary
