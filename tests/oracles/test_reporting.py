"""When node networks publish."""

from __future__ import annotations

from dataclasses import replace

import pytest

from weiproof.oracles.reporting import (
    Report,
    ReportingPolicy,
    deviates,
    in_outage,
    next_report,
    publications,
    through_module,
)

POLICY = ReportingPolicy(heartbeat=60, deviation_numerator=1, deviation_denominator=200, delay=10)
LAST = Report(published_at=100, observed_at=90, answer=1000)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (1000, 1005, True),
        (1000, 1004, False),
        (1000, 995, True),
        (1000, 996, False),
        (0, 0, False),
        (0, 1, True),
        (-1000, -995, True),
        (10**30, 10**30 + 5 * 10**27, True),
        (10**30, 10**30 + 5 * 10**27 - 1, False),
    ],
)
def test_the_deviation_is_exact_and_inclusive(old: int, new: int, expected: bool) -> None:
    """At the threshold a report is due, one unit below it is not."""
    assert deviates(POLICY, old, new) is expected


@pytest.mark.parametrize(("at", "due"), [(159, False), (160, True), (161, True)])
def test_the_heartbeat_counts_from_the_last_publication(at: int, due: bool) -> None:
    """A report is due exactly a heartbeat after the last one landed."""
    assert (next_report(POLICY, LAST, at, 1000) is not None) is due


def test_a_report_lands_after_the_delay() -> None:
    """Observation and publication are apart by the delay."""
    assert next_report(POLICY, None, 5, 7) == Report(15, 5, 7)


def test_nothing_is_observed_while_a_report_is_under_way() -> None:
    """Before the last report has landed there is no new one, at that second there is."""
    assert next_report(POLICY, LAST, 99, 2000) is None
    assert next_report(POLICY, LAST, 100, 2000) == Report(110, 100, 2000)


def test_an_outage_begins_included_and_ends_excluded() -> None:
    """The first second is down, the last one is up."""
    policy = replace(POLICY, outages=((10, 20), (30, 40)))
    down = [at for at in range(50) if in_outage(policy, at)]
    assert down == [*range(10, 20), *range(30, 40)]


def test_a_report_that_would_land_in_an_outage_is_lost() -> None:
    """Before the outage nothing is sent that would land in it."""
    policy = replace(POLICY, outages=((200, 300),))
    assert next_report(policy, LAST, 189, 2000) is not None
    assert next_report(policy, LAST, 190, 2000) is None
    assert next_report(policy, LAST, 299, 2000) is None
    assert next_report(policy, LAST, 300, 2000) is not None


def test_publications_of_a_quiet_price_come_by_heartbeat() -> None:
    """A constant price is reported every heartbeat and delay."""
    reports = publications(POLICY, [(at, 1000) for at in range(0, 301, 10)])
    assert [r.published_at for r in reports] == [10, 80, 150, 220, 290]


def test_publications_of_a_jump_come_at_once() -> None:
    """A jump is reported one delay after it is seen."""
    row = [(at, 1000 if at < 30 else 900) for at in range(0, 80, 10)]
    reports = publications(POLICY, row)
    assert reports == (Report(10, 0, 1000), Report(40, 30, 900))


def test_an_answer_that_is_refused_is_not_the_last() -> None:
    """Nodes report again and again, and at once when the price is back within the bounds."""
    policy = replace(POLICY, heartbeat=1000)
    row = [(0, 107), (10, 107), (20, 99), (30, 98), (40, 100), (50, 100), (60, 100)]
    reports = publications(policy, row, bounds=range(100, 1000))
    assert [(r.observed_at, r.answer) for r in reports] == [(0, 107), (20, 99), (30, 98), (40, 100)]
    late = publications(replace(policy, delay=20), row, bounds=range(100, 1000))
    assert [(r.observed_at, r.answer) for r in late] == [(0, 107), (20, 99), (40, 100)]


def test_a_module_without_reports_shows_nothing() -> None:
    """There is nothing to wait for."""
    assert through_module(POLICY, (), 3_600, 10_000) == ()
