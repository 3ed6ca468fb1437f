"""Maker's security module shows a value one hop before it counts, on a grid of hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.oracles.feed_stage import ADMIN, FeedStage
from weiproof.contracts.chains import actor
from weiproof.engine.contract import ZERO_ADDRESS, Contract
from weiproof.engine.errors import RevertReason
from weiproof.oracles.maker.median import Median
from weiproof.oracles.maker.osm import OSM
from weiproof.oracles.reporting import Report, ReportingPolicy, in_outage, through_module

if TYPE_CHECKING:
    from weiproof.engine.call import Value
    from weiproof.engine.contract import World

READER, STRANGER = actor("reader"), actor("stranger")
HOUR = 3600


class Source(Contract):
    """What the module reads: a word, and whether it holds; it refuses where there is none."""

    def __init__(self, world: World, name: str) -> None:
        """Says nothing at first."""
        super().__init__(world, name)
        self.answer: tuple[Value, bool] | None = None

    def peek(self) -> tuple[Value, bool]:
        """The answer."""
        if self.answer is None:
            raise RevertReason("Source/none")
        return self.answer


class Play(FeedStage):
    """A module with a source and a reader, at a full hour."""

    def __init__(self) -> None:
        """Nothing is poked yet."""
        super().__init__("osm", "source")
        self.source = Source(self.world, "source")
        OSM(self.world, "osm", ADMIN, self.address("source"))
        self.values(ADMIN, "osm", "kiss", READER)
        self.now = -(-self.now // HOUR) * HOUR

    def poke(self, value: int, *, holds: bool = True) -> tuple[tuple[str, tuple[Value, ...]], ...]:
        """Pokes what the source then says; the events."""
        self.source.answer = (word(value), holds)
        outcome = self.call(STRANGER, "osm", "poke")
        assert outcome.ok, outcome.error_args
        return tuple((event.name, event.args) for event in outcome.events)

    @property
    def both(self) -> tuple[int, int]:
        """Current and next value, -1 where there is none."""
        found = (self.values(READER, "osm", which) for which in ("peek", "peep"))
        return tuple(int.from_bytes(v, "big") if ok else -1 for v, ok in found)  # type: ignore[arg-type, return-value]  # a word and a flag


def word(value: int) -> bytes:
    """A number as the source says it."""
    return value.to_bytes(32, "big")


def test_a_value_counts_one_poke_after_it_was_seen() -> None:
    """First as the next, then as the current one; the event says what counts now."""
    play = Play()
    assert play.poke(100) == (("LogValue", (word(0),)),)
    assert play.both == (-1, 100)
    assert play.refused(READER, "osm", "read") == ("Error", "OSM/no-current-value")
    play.now += HOUR
    assert play.poke(101) == (("LogValue", (word(100),)),)
    assert play.both == (100, 101)
    assert play.values(READER, "osm", "read") == (word(100),)


@pytest.mark.parametrize(("late", "wait"), [(0, 3600), (1, 3599), (3599, 1)])
def test_hops_lie_on_a_grid(late: int, wait: int) -> None:
    """After a late poke the next may follow sooner: at the full hour, not a second before it."""
    play = Play()
    play.now += late
    play.poke(100)
    assert play.values(READER, "osm", "zzz") == (play.now - late,)
    play.now += wait - 1
    assert play.values(READER, "osm", "pass") == (False,)
    assert play.refused(STRANGER, "osm", "poke") == ("Error", "OSM/not-passed")
    play.now += 1
    assert play.values(READER, "osm", "pass") == (True,)
    play.poke(101)
    assert play.both == (100, 101)


def test_a_value_is_used_at_most_two_hops_after_it_was_read_if_all_poke_in_time() -> None:
    """Read in the first second of an hour it counts for the second hour, through its end."""
    play = Play()
    play.poke(100)
    play.now += 2 * HOUR - 1
    play.poke(101)  # late, within the next hour
    play.now += 1
    assert play.both == (100, 101)
    play.poke(102)
    assert play.both == (101, 102)


def test_nothing_happens_while_the_source_does_not_hold() -> None:
    """No revert, no event, no hop: the poke can be repeated in the same hour."""
    play = Play()
    play.poke(100)
    play.now += HOUR
    before = play.values(READER, "osm", "zzz")
    assert play.poke(666, holds=False) == ()
    assert play.both == (-1, 100)
    assert play.values(READER, "osm", "zzz") == before
    assert play.poke(101) != ()


def test_what_the_source_reverts_with_comes_through() -> None:
    """And without a contract there, a revert without data."""
    play = Play()
    assert play.refused(STRANGER, "osm", "poke") == ("Error", "Source/none")
    play.values(ADMIN, "osm", "change", STRANGER)
    assert play.values(READER, "osm", "src") == (STRANGER,)
    assert play.refused(STRANGER, "osm", "poke") == ("",)


def test_stopping_freezes_both_values() -> None:
    """They can be read, and go on after the start."""
    play = Play()
    play.poke(100)
    play.now += HOUR
    play.values(ADMIN, "osm", "stop")
    assert play.values(READER, "osm", "stopped") == (1,)
    assert play.refused(STRANGER, "osm", "poke") == ("Error", "OSM/is-stopped")
    assert play.both == (-1, 100)
    play.values(ADMIN, "osm", "start")
    play.poke(101)
    assert play.both == (100, 101)


def test_void_forgets_both_values_and_stops() -> None:
    """After the start it takes two pokes until a value counts again."""
    play = Play()
    play.poke(100)
    play.now += HOUR
    play.poke(101)
    play.values(ADMIN, "osm", "void")
    assert play.both == (-1, -1)
    assert play.refused(STRANGER, "osm", "poke") == ("Error", "OSM/is-stopped")
    play.values(ADMIN, "osm", "start")
    assert play.refused(STRANGER, "osm", "poke") == ("Error", "OSM/not-passed")
    play.now += HOUR
    play.poke(102)
    assert play.both == (-1, 102)


def test_another_hop_measures_the_present_one_anew() -> None:
    """Half an hour after the poke a hop of half an hour is over; the grid is the new one."""
    play = Play()
    play.poke(100)
    play.now += HOUR // 2
    assert play.refused(ADMIN, "osm", "step", 0) == ("Error", "OSM/ts-is-zero")
    play.values(ADMIN, "osm", "step", HOUR // 2)
    assert play.values(READER, "osm", "hop") == (HOUR // 2,)
    play.poke(101)
    assert play.values(READER, "osm", "zzz") == (play.now,)


def test_values_are_cut_to_128_bits() -> None:
    """A larger one keeps its lowest bits and counts as being there."""
    play = Play()
    play.poke(2**128 + 5)
    assert play.both == (-1, 5)


def test_only_readers_read_and_only_wards_configure() -> None:
    """Each function names its reason."""
    play = Play()
    for function in ("peek", "peep", "read"):
        refusal = ("Error", "OSM/contract-not-whitelisted")
        assert play.refused(STRANGER, "osm", function) == refusal
    for function, *args in (
        ("stop",),
        ("start",),
        ("void",),
        ("change", STRANGER),
        ("step", 1),
        ("kiss", STRANGER),
        ("diss", READER),
        ("rely", STRANGER),
        ("deny", ADMIN),
    ):
        assert play.refused(STRANGER, "osm", function, *args) == ("Error", "OSM/not-authorized")
    assert play.refused(ADMIN, "osm", "kiss", ZERO_ADDRESS) == ("Error", "OSM/no-contract-0")


def test_the_end_of_a_hop_beyond_64_bits_reverts_without_data() -> None:
    """Where the last hop began within an hour of the end of time."""
    play = Play()
    play.now = 2**64 - 1
    play.poke(100)
    assert play.refused(READER, "osm", "pass") == ("",)


def test_it_reads_a_median_that_lets_it() -> None:
    """The module itself must be on the median's list of readers."""
    play = FeedStage("osm", "median")
    Median(play.world, "median", ADMIN)
    OSM(play.world, "osm", ADMIN, play.address("median"))
    signer = actor("signer")
    play.values(ADMIN, "median", "lift", (signer,))
    play.values(STRANGER, "median", "poke", (1234,), (play.now,), (signer,))
    refusal = ("Error", "Median/contract-not-whitelisted")
    assert play.refused(STRANGER, "osm", "poke") == refusal
    play.values(ADMIN, "median", "kiss", play.address("osm"))
    play.values(STRANGER, "osm", "poke")
    play.values(ADMIN, "osm", "kiss", READER)
    assert play.values(READER, "osm", "peep") == (word(1234), True)


@pytest.mark.parametrize("out", [(), ((7_000, 9_000), (14_000, 20_000))])
def test_simulated_feeds_show_what_the_module_shows(out: tuple[tuple[int, int], ...]) -> None:
    """Poked in the first second in which it may be and the network is up, for seven hours."""
    play = Play()
    begin = play.now + HOUR
    outages = tuple((begin + start, begin + end) for start, end in out)
    policy = ReportingPolicy(60, 1, 200, 10, outages)
    reports = tuple(Report(at, at - 10, at) for at in range(begin + 100, begin + 25_000, 600))
    shown = through_module(policy, reports, HOUR, begin + 25_000)
    play.poke(reports[0].answer)  # an hour before, so that the first value is shown at once
    expected = []
    for play.now in range(reports[0].published_at, begin + 25_001):
        if play.values(READER, "osm", "pass") == (True,) and not in_outage(policy, play.now):
            play.poke([report.answer for report in reports if report.published_at <= play.now][-1])
            expected.append((play.now, play.both[0]))
    assert [(report.published_at, report.answer) for report in shown] == expected
    assert len(expected) > 4
