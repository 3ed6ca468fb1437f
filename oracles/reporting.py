"""When a node network publishes: heartbeat, deviation, delay and outages.

Three clocks stay apart: the nodes observe at one time, the report lands on chain later, and a block
that reads it is later still. Pure integers; times are unix seconds, answers raw feed integers.

The rule is the one of the offchain reporting plugin of Chainlink (`shouldReport`): a report is due
at the first round, when |new - old| / |old| reaches the threshold (exact rational, inclusive; any
change away from 0 counts), or when the heartbeat has passed since the last publication.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class ReportingPolicy:
    """How one node network reports."""

    heartbeat: int
    """Seconds after a publication at which the next report is due in any case, at least 1."""
    deviation_numerator: int
    """Relative change at which a report is due, above 0 ..."""
    deviation_denominator: int
    """... as an exact fraction."""
    delay: int
    """Seconds from observation to publication, not negative."""
    outages: tuple[tuple[int, int], ...] = ()
    """Times [from, to) without observations and publications, in order, without overlap."""


@dataclass(frozen=True, slots=True)
class Report:
    """One publication."""

    published_at: int
    """Time of the block that it lands in."""
    observed_at: int
    answer: int


def reaches(old: int, new: int, numerator: int, denominator: int) -> bool:
    """Return whether |new - old| / |old| reaches a threshold, exactly, inclusive.

    From 0, any change does.
    """
    if old == 0:
        return new != 0
    return abs(new - old) * denominator >= abs(old) * numerator


def deviates(policy: ReportingPolicy, old: int, new: int) -> bool:
    """Return whether the change from old to new reaches the policy's threshold."""
    return reaches(old, new, policy.deviation_numerator, policy.deviation_denominator)


def in_outage(policy: ReportingPolicy, at: int) -> bool:
    """Return whether the network is down at a time; the end of an outage is up again."""
    return any(start <= at < end for start, end in policy.outages)


def end_of_outage(policy: ReportingPolicy, at: int) -> int:
    """Return the first time from `at` on at which the network is up."""
    for start, end in policy.outages:
        if start <= at < end:
            at = end
    return at


def next_report(
    policy: ReportingPolicy, last: Report | None, at: int, answer: int
) -> Report | None:
    """Return the report that the nodes make of one observation, or None.

    Nothing is observed while the last report is still under way. A report that would land in an
    outage is lost.
    """
    if in_outage(policy, at) or in_outage(policy, at + policy.delay):
        return None
    if last is not None:
        if at < last.published_at:
            return None
        aged = at - last.published_at >= policy.heartbeat
        if not aged and not deviates(policy, last.answer, answer):
            return None
    return Report(at + policy.delay, at, answer)


def publications(
    policy: ReportingPolicy, observations: Iterable[tuple[int, int]], bounds: range | None = None
) -> tuple[Report, ...]:
    """Return all reports of a row of observations (time, answer) in rising time.

    The feed refuses answers outside `bounds`: they are reported, and the stored one stays the last.
    """
    reports: list[Report] = []
    stored: Report | None = None
    for at, answer in observations:
        if reports and at < reports[-1].published_at:
            continue  # under way, be it refused or not
        report = next_report(policy, stored, at, answer)
        if report is not None:
            reports.append(report)
            if bounds is None or answer in bounds:
                stored = report
    return tuple(reports)


def through_module(
    policy: ReportingPolicy, reports: Sequence[Report], hop: int, end: int
) -> tuple[Report, ...]:
    """Return what Maker's oracle security module shows of a feed's reports, until `end`.

    It is poked in the first second of each hop in which the network is up: then it shows the value
    that it took from the feed at the poke before, and takes the present one. It shows the first
    report at once, as if it had been there for a hop.
    """
    if not reports:
        return ()
    times = [report.published_at for report in reports]
    shown, waiting = [reports[0]], reports[0]
    while True:
        last = shown[-1].published_at
        at = end_of_outage(policy, last - last % hop + hop)
        if at > end:
            return tuple(shown)
        shown.append(Report(at, waiting.observed_at, waiting.answer))
        waiting = reports[bisect_right(times, at) - 1]
