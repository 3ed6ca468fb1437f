"""Runs a journal again: every outcome, state hash and digest must come out as it is written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weiproof.contracts.chains import actor, open_chain
from weiproof.crosscheck.lockstep import Lockstep
from weiproof.crosscheck.protocol import deploy_chain, deploy_model

from .journal import JournalError, read_journal
from .metrics import Metrics, encode_summary, summary_of
from .protocol_of import decode_protocol
from .run import JOURNAL, PROTOCOL, SUMMARY, artifacts_hash

if TYPE_CHECKING:
    from pathlib import Path

    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.model import Model

    from .forms import Record
    from .journal import Journal

FIRST_RECORD = 2
"""Line of the journal's first record; the header stands before it."""

FROM_RUN = ("scenario", "scenario_hash", "seed", "calls_compared", "divergences")
"""Keys of a summary that say how the run was made; the journal does not repeat them."""
OF_WORLD = ("blockspace", "venues", "groups", "vault", "deleveraging")
"""Keys that tell of what never was a call: who waited, what prices, groups and marks came to.

Not in every run.
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

    On the contracts too where `chain` is given.

    Raises JournalError where a hash, an outcome or the summary does not come out as written,
    DivergenceFound where model and contracts differ, and ChainUnavailable.
    """
    journal = read_journal(folder / JOURNAL)
    if not journal.complete:
        line = FIRST_RECORD + len(journal.records)
        raise JournalError(line, "the run was not written to its end")
    spec = _protocol(folder, journal)
    model = deploy_model(spec)
    lockstep = None
    if chain is not None:
        _check_artifacts(journal)
        system = deploy_chain(spec, open_chain(chain, genesis_time=spec.genesis_time))
        lockstep = Lockstep(model, system)
    metrics = Metrics(spec)
    for line, record in enumerate(journal.records, FIRST_RECORD):
        _repeat(model, lockstep, line, record)
        metrics.add(record.call, record.outcome)
    metrics.finish()
    summary = _summary(folder, model, metrics)
    compared = lockstep.tally.calls if lockstep else 0
    return Replay(metrics.calls, compared, model.state_hash.hex(), summary)


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


def _protocol(folder: Path, journal: Journal) -> ProtocolSpec:
    text = (folder / PROTOCOL).read_bytes()
    if hashlib.sha256(text).digest() != journal.header.protocol_hash:
        raise JournalError(1, f"{PROTOCOL} is not the one that was run")
    spec, actors = decode_protocol(text)
    for label in actors:
        actor(label)
    return spec


def _check_artifacts(journal: Journal) -> None:
    if journal.header.artifacts_hash != artifacts_hash():
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
