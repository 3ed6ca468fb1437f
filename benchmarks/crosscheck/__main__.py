"""Calls that a CPU-second tests on the margin contracts: lockstep beside other ways to test them.

    python -m benchmarks.crosscheck [--quick] [--json] [--wake PYTHON]

Every row is measured in turns, so that a busy machine slows them alike. Ratios to the first row,
and the goals, go by each row's quickest round: what else runs on the machine only adds to a round.
The rows do not check the same: forge has no model to compare with, and the campaign looks at
figures and invariants on top of what the Hypothesis machine compares. Deploying is charged to no
row.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .campaigns import BareRow, CampaignRow
from .forge import ForgeRow
from .machines import HypothesisRow, WebRow
from .rows import Absent, Measured, Row
from .wake_row import WakeRow

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST_RATE = 1000
"""Compared calls a CPU-second that the campaign should reach on revm."""
LEAST_SHARE = 0.85
"""Of what bare py-evm does, the part that the campaign should reach on it."""


@dataclass(frozen=True)
class Sizes:
    """Rounds, and calls of each round."""

    rounds: int
    revm: int
    pyevm: int
    forge: int
    hypothesis: int
    web: int
    wake: int


FULL = Sizes(6, revm=1000, pyevm=120, forge=5000, hypothesis=400, web=3, wake=100)
QUICK = Sizes(1, revm=150, pyevm=110, forge=200, hypothesis=100, web=1, wake=20)


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Tested calls per CPU-second, by way of testing.")
    parser.add_argument("--quick", action="store_true", help="a few calls only, as a smoke test")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--wake", metavar="PYTHON", help="a Python that has eth-wake installed")
    options = parser.parse_args(arguments)
    sizes = QUICK if options.quick else FULL
    rows, absent = _rows(sizes, options.wake)
    measured = _measure(rows, absent, sizes.rounds)
    result = _result(measured, absent)
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        _print(result)
    return 0


def _rows(sizes: Sizes, wake: str | None) -> tuple[list[Row], dict[str, str]]:
    """What can be measured here, and why the rest cannot."""
    makers: dict[str, Callable[[], Row]] = {
        "weiproof, revm": lambda: CampaignRow("revm", sizes.revm),
        "bare revm": lambda: BareRow("revm", sizes.revm),
        "weiproof, pyevm": lambda: CampaignRow("pyevm", sizes.pyevm),
        "bare pyevm": lambda: BareRow("pyevm", sizes.pyevm),
        ForgeRow.name: lambda: ForgeRow(sizes.forge),
        HypothesisRow.name: lambda: HypothesisRow(sizes.hypothesis),
        WebRow.name: lambda: WebRow(sizes.web),
        WakeRow.name: lambda: WakeRow(sizes.wake, wake),
    }
    rows: list[Row] = []
    absent: dict[str, str] = {}
    for name, maker in makers.items():
        made = _made(maker)
        if isinstance(made, str):
            absent[name] = made
        else:
            rows.append(made)
    return rows, absent


def _made(maker: Callable[[], Row]) -> Row | str:
    """A row, or why there is none."""
    try:
        return maker()
    except Absent as reason:
        return str(reason)


def _measure(rows: list[Row], absent: dict[str, str], rounds: int) -> list[Measured]:
    """All rows, round by round in turns."""
    measured = {row.name: Measured(row.name, row.checks) for row in rows}
    for _ in range(rounds):
        for row in rows:
            if row.name in absent:
                continue
            try:
                measured[row.name].add(*row.measure())
            except Absent as reason:
                absent[row.name] = str(reason)
    return [row for row in measured.values() if row.calls]


def _result(measured: list[Measured], absent: dict[str, str]) -> dict[str, Any]:
    rates = {row.name: row.quickest for row in measured}
    goals: dict[str, bool] = {}
    if "weiproof, revm" in rates:
        goals[f"revm at least {LEAST_RATE} a CPU-second"] = rates["weiproof, revm"] >= LEAST_RATE
    bare = next((rate for name, rate in rates.items() if name.startswith("bare pyevm")), None)
    if bare is not None:
        goal = f"pyevm at least {100 * LEAST_SHARE:.0f} % of bare pyevm"
        goals[goal] = rates["weiproof, pyevm"] >= LEAST_SHARE * bare
    return {
        "python": platform.python_version(),
        "rows": [
            {
                "name": row.name,
                "checks": row.checks,
                "calls": row.calls,
                "per_cpu_second": row.rate,
                "ratio": row.quickest / measured[0].quickest,
                "slowest_round": row.slowest,
                "quickest_round": row.quickest,
            }
            for row in measured
        ],
        "absent": absent,
        "goals": goals,
    }


def _print(result: dict[str, Any]) -> None:
    print(f"tested calls per CPU-second, CPython {result['python']}\n")
    print(f"{'':34}{'rate':>9}{'ratio':>9}{'slowest':>10}{'quickest':>10}{'calls':>8}   checked")
    for row in result["rows"]:
        print(
            f"{row['name']:34}{row['per_cpu_second']:9.1f}{row['ratio']:9.3f}"
            f"{row['slowest_round']:10.1f}{row['quickest_round']:10.1f}{row['calls']:8}"
            f"   {row['checks']}"
        )
    for name, reason in result["absent"].items():
        print(f"{name:34}skipped: {reason}")
    print()
    for goal, met in result["goals"].items():
        print(f"{'met' if met else 'NOT MET':8}{goal}")


if __name__ == "__main__":
    sys.exit(main())
