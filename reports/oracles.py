"""How feeds reported: rounds, gaps, heartbeat and deviation; and calls refused, by reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weiproof.engine.fixed_point import WAD, div_up
from weiproof.oracles.errors import OracleError

from .medians import median_of
from .tables import Column, Table

if TYPE_CHECKING:
    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.call import Call, Outcome
    from weiproof.simulation.metrics import FeedClock

    from .tables import Cell

COLUMNS = (
    Column("feed", "Feed"),
    Column("rounds", "Rounds", "count"),
    Column("heartbeat", "Heartbeat", "seconds", "asked of the feed by the scenario"),
    Column("deviation", "Deviation", "percent", "asked of the feed by the scenario"),
    Column(
        "median", "Median gap", "seconds", "between rounds; of an even count the floored average"
    ),
    Column(
        "longest",
        "Longest gap",
        "seconds",
        "between rounds, or from the last to the end of the run",
    ),
    Column("longest_from", "Longest gap from, UTC", "time"),
    Column(
        "largest",
        "Largest step",
        "percent",
        "|answer \N{MINUS SIGN} last answer| / last answer, rounded up",
    ),
    Column("max_age", "Age limit", "seconds", "of a round that a trade may use"),
    Column("stale", "Stale", "seconds", "in which the last round was older than the limit"),
)

REFUSAL_COLUMNS = (
    Column("error", "Error"),
    Column("of", "Of", is_filter=True),
    Column("function", "Function", is_filter=True),
    Column("times", "Times", "count"),
    Column("first", "First, UTC", "time"),
    Column("last", "Last, UTC", "time"),
)


@dataclass(slots=True)
class FeedTally:
    """One feed, round by round."""

    rounds: int = 0
    last_at: int = 0
    last_answer: int = 0
    gaps: Counter[int] = field(default_factory=Counter)
    longest: int = 0
    longest_from: int | None = None
    largest: int = 0
    """WAD."""

    def add(self, at: int, answer: int) -> None:
        """Counts a round."""
        if self.rounds:
            gap = at - self.last_at
            self.gaps[gap] += 1
            if gap > self.longest:
                self.longest, self.longest_from = gap, self.last_at
            if self.last_answer:
                step = div_up(abs(answer - self.last_answer) * WAD, abs(self.last_answer))
                self.largest = max(self.largest, step)
        self.rounds += 1
        self.last_at, self.last_answer = at, answer

    def longest_until(self, end: int) -> tuple[int | None, int | None]:
        """The longest gap and its beginning, that to the end of the run included."""
        if not self.rounds:
            return None, None
        last = end - self.last_at
        return (last, self.last_at) if last > self.longest else (self.longest, self.longest_from)


@dataclass(slots=True)
class Refusal:
    """Calls of a function that an error refused."""

    times: int
    first: int
    last: int


@dataclass(slots=True)
class Oracles:
    """Counts rounds, and refused calls by reason."""

    spec: ProtocolSpec
    feeds: dict[str, FeedTally] = field(default_factory=dict)
    refusals: dict[tuple[str, str], Refusal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Knows all feeds, so that one without a round shows, too."""
        self.feeds = {feed.label: FeedTally() for feed in self.spec.feeds}

    def add(self, call: Call, outcome: Outcome) -> None:
        """Looks at one call."""
        for event in outcome.events:
            args: tuple[Any, ...] = event.args
            if event.name == "AnswerUpdated" and event.target in self.feeds:
                self.feeds[event.target].add(call.at, args[0])
        if not outcome.ok:
            kind = call.target.partition("/")[0]
            place = (outcome.error or "(no data)", f"{kind}.{call.function}")
            known = self.refusals.get(place)
            if known is None:
                self.refusals[place] = Refusal(1, call.at, call.at)
            else:
                known.times += 1
                known.last = call.at

    def table(
        self,
        clocks: dict[str, FeedClock],
        terms: dict[str, tuple[int | None, int | None]],
        end: int,
    ) -> Table:
        """For the page; `clocks` and `terms` (heartbeat, deviation) by the feed's label.

        `end` is the last time of the run, unix seconds.
        """
        rows: list[tuple[Cell, ...]] = []
        for label, tally in self.feeds.items():
            clock = clocks.get(label)
            heartbeat, deviation = terms.get(label, (None, None))
            longest, longest_from = tally.longest_until(end)
            rows.append(
                (
                    label.partition("/")[2],
                    tally.rounds,
                    heartbeat,
                    deviation,
                    median_of(tally.gaps),
                    longest,
                    longest_from,
                    tally.largest if tally.gaps else None,
                    None if clock is None else clock.max_age,
                    None if clock is None else clock.stale,
                )
            )
        return Table("oracles", "Feeds", COLUMNS, rows)

    def refusal_table(self) -> Table:
        """Refused calls of all kinds, those for a price first."""
        rows: list[tuple[Cell, ...]] = [
            (error, "price" if error in PRICE_ERRORS else "other", function, *_told(refusal))
            for (error, function), refusal in self.refusals.items()
        ]
        rows.sort(key=lambda row: (row[1] != "price", -int(row[3] or 0), str(row[0]), str(row[2])))
        return Table("refusals", "Refused calls by reason", REFUSAL_COLUMNS, rows)


def _told(refusal: Refusal) -> tuple[int, int, int]:
    return refusal.times, refusal.first, refusal.last


def _names(error: type[Exception]) -> set[str]:
    return {error.__name__}.union(*map(_names, error.__subclasses__()))


PRICE_ERRORS = frozenset(_names(OracleError))
"""Errors that say that a price cannot be used."""
