"""How keepers fared: what they took, what was refused, how long accounts waited for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weiproof.engine.fixed_point import WAD
from weiproof.simulation.contention import median
from weiproof.simulation.route_metrics import ROUTE_OF

from .tables import Column, Table

if TYPE_CHECKING:
    from weiproof.engine.call import Call, Outcome

    from .people import People
    from .tables import Cell

COLUMNS = (
    Column("keeper", "Sender"),
    Column("calls", "Calls", "count", "liquidating calls that were made"),
    Column("served", "Served", "count", "calls by which a position went"),
    Column("refused", "Refused", "count", "calls that reverted"),
    Column("why", "Refused for"),
    Column(
        "notional", "Notional", "usd", "sum of size \N{MULTIPLICATION SIGN} mark, each rounded down"
    ),
    Column("rewards", "Rewards", "usd"),
    Column("missed", "Without place", "count", "requests that found no room in a block"),
    Column("late", "Too late", "count", "calls before which another keeper had been"),
)

LATENCY_COLUMNS = (
    Column(
        "seconds",
        "Waited",
        "seconds",
        "from the first block after whose rounds the account was below maintenance to its"
        " liquidation; of several markets of an account in one block the first counts",
    ),
    Column("times", "Liquidations", "count"),
)


def latency_table(summary: dict[str, Any]) -> Table:
    """How many liquidations waited how long; empty where the summary does not say."""
    times = summary.get("waiting", {}).get("latencies", {})
    rows: list[tuple[Cell, ...]] = sorted((int(seconds), count) for seconds, count in times.items())
    return Table("latencies", "How long liquidations waited", LATENCY_COLUMNS, rows)


def lines_of(summary: dict[str, Any]) -> list[str]:
    """What is said of waiting, sentence by sentence."""
    told, waited = summary.get("blockspace"), summary.get("waiting")
    lines = []
    if waited:
        times = {int(seconds): count for seconds, count in waited["latencies"].items()}
        in_order = sorted(seconds for seconds, count in times.items() for _ in range(count))
        lines.append(
            "From the block in which an account could be liquidated to its liquidation: median"
            f" {median(in_order):,} s, worst {max(in_order, default=0):,} s;"
            f" {waited['left']:,} accounts were left at the end."
        )
    if not told:
        lines.append("Blocks had room for every call: no block was missed.")
        return lines
    rounds = told["rounds"]
    lines.append(
        f"Blocks in which somebody found no place: {told['missed_blocks']:,}. Oracle rounds:"
        f" {rounds['delayed']:,} delayed, at worst by {rounds['worst_delay']:,} s,"
        f" {rounds['replaced']:,} replaced by a later one, {rounds['left']:,} left."
    )
    return lines


@dataclass(slots=True)
class Tally:
    """One sender of liquidating calls."""

    calls: int = 0
    served: int = 0
    notional: int = 0
    rewards: int = 0
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Keepers:
    """Counts liquidating calls by sender."""

    people: People
    tallies: dict[str, Tally] = field(default_factory=dict)

    def add(self, call: Call, outcome: Outcome) -> None:
        """Looks at one call."""
        if call.target != "house" or call.function not in ROUTE_OF:
            return
        tally = self.tallies.setdefault(self.people.name(call.sender), Tally())
        tally.calls += 1
        if not outcome.ok:
            tally.refused[outcome.error or "(no data)"] += 1
            return
        tally.served += 1
        for event in outcome.events:
            args: tuple[Any, ...] = event.args
            if event.name == "Liquidated":
                tally.notional += args[3] * args[4] // WAD
                tally.rewards += args[6]

    def table(self, summary: dict[str, Any]) -> Table:
        """For the page, with what the summary says of places in blocks."""
        waited = summary.get("blockspace", {}).get("keepers", {})
        rows: list[tuple[Cell, ...]] = []
        for name in sorted({*self.tallies, *waited}):
            tally, told = self.tallies.get(name, Tally()), waited.get(name, {})
            why = ", ".join(f"{error} {count:,}" for error, count in tally.refused.most_common())
            rows.append(
                (
                    name,
                    tally.calls,
                    tally.served,
                    sum(tally.refused.values()),
                    why,
                    tally.notional,
                    tally.rewards,
                    told.get("missed"),
                    told.get("too_late"),
                )
            )
        columns = COLUMNS if waited else COLUMNS[:-2]
        cells = [row[: len(columns)] for row in rows]
        return Table("keepers", "Senders of liquidating calls", columns, cells)
