"""Prices of a run: what feeds answered, when that was too old to use, and what marks there were."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weiproof.engine.fixed_point import WAD

from .tables import Column, Table
from .thinning import Series, spans_for

if TYPE_CHECKING:
    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.call import Call, Outcome

    from .tables import Cell

COLUMNS = (
    Column("market", "Market", is_filter=True),
    Column("source", "Source", is_filter=True),
    Column("at", "Time, UTC", "time"),
    Column(
        "price",
        "Price",
        "price",
        "the mark by which liquidations go, where one can be trusted; answers of feeds scaled to 18"
        " decimals, without rounding",
    ),
)

STALE_COLUMNS = (
    Column("market", "Market", is_filter=True),
    Column("feed", "Feed", is_filter=True),
    Column("from", "From, UTC", "time", "first second without a round that a trade may use"),
    Column("until", "Until, UTC", "time", "first second with one again"),
    Column("seconds", "Seconds", "seconds", "until \N{MINUS SIGN} from"),
)

MARK = "mark"
"""Source of a series that is no feed's."""


@dataclass(frozen=True, slots=True)
class FeedOfMarket:
    """A feed that a market's price reads."""

    market: int
    label: str
    """In the address book: what its calls are addressed to."""
    name: str
    """For people."""
    factor: int
    """What its answers are multiplied by to have 18 decimals."""
    decimals: int


def feeds_of(spec: ProtocolSpec) -> list[FeedOfMarket]:
    """The feeds of each market's price, in the order of markets; a rated feed by what it rates."""
    prices = {price.name: price for price in spec.prices}
    decimals = {feed.name: feed.decimals for feed in spec.feeds}
    rated = {each.name: each.feed for each in spec.rated_feeds}
    found = []
    for index, market in enumerate(spec.markets):
        price = prices.get(market.price)
        for source in () if price is None else price.sources:
            name = rated.get(source.feed, source.feed)
            digits = decimals.get(name, 18)
            factor = WAD // 10**digits if digits <= 18 else 0  # noqa: PLR2004
            found.append(FeedOfMarket(index, f"feed/{name}", name, factor, digits))
    return found


@dataclass(slots=True)
class Prices:
    """Collects rounds and marks."""

    spec: ProtocolSpec
    feeds: list[FeedOfMarket] = field(init=False)
    rounds: dict[str, Series] = field(init=False)
    """By the feed's label."""
    marks: list[list[tuple[int, int | None]]] = field(init=False)
    """By market: time and mark of each sample, None where no price can be trusted."""
    taken: list[Series] = field(init=False)
    """By market: marks at which positions were taken."""

    def __post_init__(self) -> None:
        """Makes a series for each feed and each market."""
        self.feeds = feeds_of(self.spec)
        labels = dict.fromkeys(feed.label for feed in self.feeds)
        spans = spans_for(len(labels) + len(self.spec.markets))
        start = self.spec.genesis_time
        self.rounds = {label: Series(start, spans) for label in labels}
        self.marks = [[] for _ in self.spec.markets]
        self.taken = [Series(start, spans) for _ in self.spec.markets]

    def add(self, call: Call, outcome: Outcome) -> None:
        """Looks at one call."""
        for event in outcome.events:
            args: tuple[Any, ...] = event.args
            if event.name == "AnswerUpdated" and event.target in self.rounds:
                self.rounds[event.target].add(call.at, args[0])
            elif event.name in ("Liquidated", "Reduced"):
                self.taken[args[1]].add(call.at, args[4])

    def add_mark(self, market: int, at: int, mark: int | None) -> None:
        """Takes the mark that a sample tells, by which liquidations go."""
        self.marks[market].append((at, mark))

    def table(self) -> Table:
        """All that is kept, market by market: its mark, then its feeds."""
        rows: list[tuple[Cell, ...]] = []
        left_out = 0
        for index, market in enumerate(self.spec.markets):
            taken = self.taken[index].points()
            left_out += self.taken[index].count - len(taken)
            marks = [*self.marks[index], *((point.at, point.value) for point in taken)]
            marks.sort(key=lambda pair: pair[0])
            rows += [(market.name, MARK, at, mark) for at, mark in marks]
            for feed in self.feeds:
                if feed.market != index:
                    continue
                series = self.rounds[feed.label]
                points = series.points()
                left_out += series.count - len(points)
                rows += [
                    (market.name, feed.name, point.at, point.value * feed.factor)
                    for point in points
                ]
        note = ""
        if left_out:
            spans = next(iter(self.rounds.values())).most_spans
            note = (
                f"{left_out:,} points are left out: of each of at most {spans} equal spans of time"
                " the first, the last, the lowest and the highest are here."
            )
        return Table("prices", "Prices of markets and feeds", COLUMNS, rows, note)

    def stale_table(self, periods: dict[str, list[tuple[int, int]]]) -> Table:
        """When feeds had no round that trades may use; `periods` by the feed's name."""
        names = [market.name for market in self.spec.markets]
        rows: list[tuple[Cell, ...]] = [
            (names[feed.market], feed.name, begin, end, end - begin)
            for feed in self.feeds
            for begin, end in periods.get(feed.name, ())
        ]
        note = ""
        most = 1_500
        if len(rows) > most:
            note = f"The first {most:,} of {len(rows):,} periods."
        return Table("stale", "Periods without a usable round", STALE_COLUMNS, rows[:most], note)
