"""How keepers fared: what they took, what was refused, how long accounts waited for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weiproof.engine.fixed_point import WAD
from weiproof.simulation.route_metrics import ROUTE_OF

from .medians import median_of
from .tables import Column, Table

if TYPE_CHECKING:
    from weiproof.engine.call import Call, Outcome

    from .claims import Claims
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


def latency_table(claims: Claims) -> Table:
    """How many liquidations waited how long; empty where the summary does not say."""
    waiting = claims.waiting
    rows: list[tuple[Cell, ...]] = [] if waiting is None else sorted(waiting.latencies.items())
    return Table("latencies", "How long liquidations waited", LATENCY_COLUMNS, rows)


def lines_of(claims: Claims) -> list[str]:
    """What is said of waiting, sentence by sentence."""
    lines = []
    if claims.waiting is not None:
        times, left = claims.waiting.latencies, f"{claims.waiting.left:,} accounts were left"
        middle = median_of(times)
        lines.append(
            f"No liquidation by a keeper; {left} at the end."
            if middle is None
            else "From the block in which an account could be liquidated to its liquidation: median"
            f" {middle:,} s, worst {max(times):,} s; {left} at the end."
        )
    told = claims.blockspace
    if told is None:
        lines.append("Blocks had room for every call: no block was missed.")
        return lines
    rounds = told.rounds
    lines.append(
        f"Blocks in which somebody found no place: {told.missed_blocks:,}. Oracle rounds:"
        f" {rounds.delayed:,} delayed, at worst by {rounds.worst_delay:,} s,"
        f" {rounds.replaced:,} replaced by a later one, {rounds.left:,} left."
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

    def table(self, claims: Claims) -> Table:
        """For the page, with what the summary says of places in blocks."""
        places = {} if claims.blockspace is None else claims.blockspace.keepers
        rows: list[tuple[Cell, ...]] = []
        for name in sorted({*self.tallies, *places}):
            tally, place = self.tallies.get(name, Tally()), places.get(name)
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
                    None if place is None else place.missed,
                    None if place is None else place.too_late,
                )
            )
        columns = COLUMNS if places else COLUMNS[:-2]
        cells = [row[: len(columns)] for row in rows]
        return Table("keepers", "Senders of liquidating calls", columns, cells)
