"""Oracle reports on their way into blocks, and nodes that observe what forced trades moved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import TRANSMITTER
from weiproof.engine.call import Call
from weiproof.oracles.reporting import next_report

from .contention import Request
from .schedule import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.call import Outcome
    from weiproof.oracles.reporting import Report, ReportingPolicy

    from .contention import OpenSpace, ScarceSpace, Waiting
    from .scenario import Feed, PricePath
    from .schedule import Schedule
    from .venues import Venues


@dataclass(slots=True)
class _Pending:
    """A report that has not found its place."""

    feed: Feed
    report: Report
    due: int
    """Block in which it was due, or the first of those that it stands in for."""


@dataclass
class Transmissions:
    """Brings the reports of feeds into blocks.

    One that finds no place waits, until the next report of its feed stands in for it.
    """

    schedule: Schedule
    space: OpenSpace | ScarceSpace
    waiting: Waiting
    submit: Callable[[Call], Outcome]

    def __post_init__(self) -> None:
        """Nothing is under way."""
        self._pending: dict[str, _Pending] = {}

    def plan(self, feed: Feed, report: Report) -> None:
        """A report is due in the block of its publication."""
        due = partial(self._due, feed, report)
        self.schedule.add(report.published_at, Phase.ORACLES, due)

    def serve(self, at: int) -> None:
        """Brings into the block what finds a place in it."""
        for label, pending in self._pending.items():
            run, miss = partial(self._arrive, label), self._wait
            bids, latency = pending.feed.bids, pending.feed.delay
            self.space.offer(Request(label, bids, run, miss, latency), at)
        self.space.serve(at)

    @property
    def left(self) -> int:
        """Rounds that have not come through."""
        return len(self._pending)

    def _due(self, feed: Feed, report: Report, at: int) -> None:
        if not self.space.is_scarce:
            self._transmit(feed.label, report, at)
            return
        due = at
        if feed.label in self._pending:
            self.waiting.replaced_rounds += 1
            due = self._pending[feed.label].due
        self._pending[feed.label] = _Pending(feed, report, due)

    def _arrive(self, label: str, at: int) -> None:
        pending = self._pending.pop(label)
        if at > pending.due:
            self.waiting.round_delays.append(at - pending.due)
        self._transmit(label, pending.report, at)

    def _wait(self, at: int) -> None:
        self.schedule.add(at + 1, Phase.ORACLES, _nothing)

    def _transmit(self, label: str, report: Report, at: int) -> None:
        args = (report.answer, report.observed_at)
        self.submit(Call(at, actor(TRANSMITTER), label, "transmit", args))


def _nothing(at: int) -> None:
    """Makes a block happen."""


@dataclass
class LiveFeed:
    """Nodes that observe a venue block by block, where its price cannot be known in advance."""

    feed: Feed
    path: PricePath
    policy: ReportingPolicy
    venues: Venues
    schedule: Schedule
    plan: Callable[[Feed, Report], None]

    def __post_init__(self) -> None:
        """Nothing was reported."""
        self._stored: Report | None = None
        self._free_at = 0

    def start(self, at: int) -> None:
        """Observes for the first time."""
        self.schedule.add(at, Phase.ORACLES, self._observe)

    def _observe(self, at: int) -> None:
        self.schedule.add(at + 1, Phase.ORACLES, self._observe)
        if at < self._free_at:
            return  # the last report is under way
        answer = max(self.venues.price(self.path, at) // 10 ** (18 - self.feed.decimals), 1)
        report = next_report(self.policy, self._stored, at, answer)
        if report is None:
            return
        self._free_at = report.published_at
        if self.feed.min_answer <= answer <= self.feed.max_answer:
            self._stored = report
        self.plan(self.feed, report)
