"""Who paid: the insurance fund, bad debt, the backstop vault and deleveraging over time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weiproof.engine.fixed_point import WEI

from .tables import Column, Table
from .thinning import Series

if TYPE_CHECKING:
    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.call import Call, Outcome
    from weiproof.simulation.metrics import Metrics

    from .tables import Cell

FUND, COVERED, SOCIALISED, UNRESOLVED, VAULT, DELEVERAGED = NAMES = (
    "insurance fund",
    "paid by the fund",
    "socialised",
    "unresolved bad debt",
    "backstop vault",
    "deleveraged",
)
"""The lines, in the order of their legends."""

PICTURES = (
    ("Insurance fund and bad debt", (FUND, COVERED, SOCIALISED, UNRESOLVED)),
    ("Backstop vault and deleveraging", (VAULT, DELEVERAGED)),
)
"""Lines that are drawn together: others may be of another magnitude."""

NOTES = {
    FUND: "what the fund holds",
    COVERED: "sum of all shortfalls that the fund covered",
    SOCIALISED: "sum of all that the opposite side of a market covered",
    UNRESOLVED: "what nobody has covered yet",
    VAULT: "equity of the vault's account at the marks, sampled",
    DELEVERAGED: "sum of size \N{MULTIPLICATION SIGN} price of what candidates took over",
}

COLUMNS = (
    Column("line", "Line", is_filter=True),
    Column("at", "Time, UTC", "time"),
    Column("amount", "Amount", "usd"),
)

SPANS = 120


@dataclass(slots=True)
class Funds:
    """Follows the amounts; a point is added wherever one changes."""

    spec: ProtocolSpec
    metrics: Metrics
    """Counts the same calls, and is asked after each."""
    lines: dict[str, Series] = field(init=False)
    _before: dict[str, int] = field(default_factory=dict)
    _deleveraged: int = 0

    def __post_init__(self) -> None:
        """Makes the lines."""
        self.lines = {name: Series(self.spec.genesis_time, SPANS) for name in NAMES}

    def add(self, call: Call, outcome: Outcome) -> None:
        """Looks at one call that the metrics have counted."""
        for event in outcome.events:
            args: tuple[Any, ...] = event.args
            if event.name == "Deleveraged":
                self._deleveraged += abs(args[4])
        metrics = self.metrics
        self._note(FUND, call.at, metrics.fund)
        self._note(COVERED, call.at, metrics.paid_out)
        self._note(SOCIALISED, call.at, metrics.socialised)
        self._note(UNRESOLVED, call.at, metrics.unresolved)
        self._note(DELEVERAGED, call.at, self._deleveraged // WEI)

    def add_vault(self, at: int, equity: int) -> None:
        """Takes a sampled equity of the backstop vault, wei."""
        self._note(VAULT, at, equity)

    def _note(self, line: str, at: int, amount: int) -> None:
        if self._before.get(line, 0) != amount:
            self._before[line] = amount
            self.lines[line].add(at, amount)

    def last(self, line: str) -> int:
        """The amount at the end."""
        return self._before.get(line, 0)

    def course(self, line: str, end: int) -> list[tuple[int, int]]:
        """Times and amounts (wei) from the start of the run to `end`; none of one that was zero."""
        points = [(point.at, point.value) for point in self.lines[line].points()]
        if points and points[0][0] > self.spec.genesis_time:
            points.insert(0, (self.spec.genesis_time, 0))
        if points and points[-1][0] < end:
            points.append((end, points[-1][1]))
        return points

    def table(self) -> Table:
        """Each line that ever was not zero, from the start to the time of the last call."""
        rows: list[tuple[Cell, ...]] = []
        left_out = 0
        for name, series in self.lines.items():
            left_out += series.count - len(series.points())
            rows += [(name, *point) for point in self.course(name, self.metrics.last_at)]
        note = f"{left_out:,} changes between the kept ones are left out." if left_out else ""
        return Table("funds", "Who paid, over time", COLUMNS, rows, note)
