"""A run's folder read once, call by call: everything that its report tells.

What is kept does not grow with the number of calls: series are thinned, lists have a limit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weiproof.simulation.folders import read_document, read_finding, read_protocol
from weiproof.simulation.journal import JournalReader
from weiproof.simulation.lines import JournalError
from weiproof.simulation.metrics import Metrics, summary_of
from weiproof.simulation.run import JOURNAL, STATES, SUMMARY, TIMING
from weiproof.simulation.samples import SampleReader

from .claims import Claims, claims_of
from .funds import Funds
from .happenings import Happenings
from .keepers import Keepers
from .liquidations import Liquidations
from .oracles import Oracles
from .people import People
from .prices import Prices
from .standings import Standings
from .stories import Story, story_of

if TYPE_CHECKING:
    from pathlib import Path

    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.call import Call
    from weiproof.simulation.forms import Header, Record

LAST_CALLS = 12
"""Calls before a divergence that are told."""


@dataclass(slots=True)
class RunFacts:
    """Everything that a report of a run tells."""

    spec: ProtocolSpec
    header: Header
    story: Story
    people: People
    actors: tuple[str, ...]
    """Labels of those who made calls or hold accounts."""
    metrics: Metrics
    prices: Prices
    liquidations: Liquidations
    funds: Funds
    keepers: Keepers
    oracles: Oracles
    happenings: Happenings
    standings: Standings | None
    """None where the run was made before samples were taken."""
    calls: int
    is_complete: bool
    summary: dict[str, Any]
    """As it was written; of a run that did not end, what the journal says."""
    claims: Claims
    timing: dict[str, Any]
    """What differs from machine to machine; empty where it is not there."""
    finding: dict[str, Any] | None
    """What ended it early: a divergence, or an invariant that was broken."""
    last_calls: list[Call]

    @property
    def end(self) -> int:
        """The last time of which anything is told, unix seconds."""
        last = self.standings.last_at if self.standings is not None else 0
        return max(self.metrics.last_at, last)

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self.claims.scenario or self.story.name or "run"


def gather(folder: Path) -> RunFacts:
    """Reads and verifies a run's folder.

    Raises JournalError where one of its files is damaged or does not belong to the others, and
    OSError as the file system gives it.
    """
    journal = JournalReader(folder / JOURNAL)
    spec, actors = read_protocol(folder, journal.header)
    people = People.of(actors)
    metrics = Metrics(spec)
    facts = RunFacts(
        spec=spec,
        header=journal.header,
        story=Story(),
        people=people,
        actors=actors,
        metrics=metrics,
        prices=Prices(spec),
        liquidations=Liquidations(spec, people),
        funds=Funds(spec, metrics),
        keepers=Keepers(people),
        oracles=Oracles(spec),
        happenings=Happenings.of(spec, people),
        standings=None,
        calls=0,
        is_complete=False,
        summary={},
        claims=Claims(),
        timing=read_document(folder / TIMING),
        finding=read_finding(folder),
        last_calls=[],
    )
    last: Record | None = None
    for last in journal:
        _take(facts, last, journal.line)
    metrics.finish()
    if (folder / STATES).exists():
        _sample(facts, SampleReader(folder / STATES))
    facts.is_complete = journal.complete
    facts.summary = _summary(folder, facts, b"" if last is None else last.state_hash)
    if facts.is_complete:
        facts.claims = claims_of(facts.summary)
    facts.story = story_of(folder, facts.claims.variant)
    return facts


def _take(facts: RunFacts, record: Record, line: int) -> None:
    call, outcome = record.call, record.outcome
    facts.calls += 1
    try:
        facts.metrics.add(call, outcome)
        facts.prices.add(call, outcome)
        facts.liquidations.add(call, outcome)
        facts.funds.add(call, outcome)
        facts.keepers.add(call, outcome)
        facts.oracles.add(call, outcome)
        facts.happenings.add(call, outcome)
    except (IndexError, TypeError, ValueError, ZeroDivisionError) as error:
        message = f"an event is none of this protocol: {error}"
        raise JournalError(line, message) from None
    facts.last_calls = [*facts.last_calls[-LAST_CALLS + 1 :], call]


def _sample(facts: RunFacts, samples: SampleReader) -> None:
    if samples.markets != tuple(market.name for market in facts.spec.markets):
        raise JournalError(1, "the markets are not those of the run", file=STATES)
    facts.standings = Standings(facts.spec, facts.liquidations)
    for sample in samples:
        facts.standings.add(sample)
        for market, state in enumerate(sample.markets):
            facts.prices.add_mark(market, sample.at, state.liquidation_mark)
        if sample.backstop is not None and sample.backstop.equity is not None:
            facts.funds.add_vault(sample.at, sample.backstop.equity)


def _summary(folder: Path, facts: RunFacts, state_hash: bytes) -> dict[str, Any]:
    """The written summary, which must be what the journal says."""
    computed = summary_of(facts.metrics, seed=facts.header.seed, state_hash=state_hash.hex())
    if not facts.is_complete:
        return computed
    if not (folder / SUMMARY).exists():
        raise JournalError(1, "the run came to its end, but it is not there", file=SUMMARY)
    written = read_document(folder / SUMMARY)
    for key, value in computed.items():
        if written.get(key) != json.loads(json.dumps(value)):
            reason = f"it does not follow from the journal: {key} differs"
            raise JournalError(1, reason, file=SUMMARY)
    return written
