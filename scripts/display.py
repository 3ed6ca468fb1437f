"""What a run looks like on a terminal.

One line every few minutes of its time, and a closing table.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

    from rich.table import Table
    from typing_extensions import Self

    from weiproof.simulation.run import Progress
    from weiproof.simulation.scenario import Scenario

LINE_EVERY = 300
"""Seconds of a run's time between two lines."""
WAD_DIGITS = 18
SPANS = 3
"""Stale periods that are shown of a feed."""


def human(value: int, digits: int = WAD_DIGITS, places: int = 2) -> str:
    """An integer with `digits` decimals, cut to `places`, thousands separated; integers only."""
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), 10**digits)
    shown = str(fraction).rjust(digits, "0")[:places]
    return f"{sign}{whole:,}.{shown}" if places else f"{sign}{whole:,}"


def utc(at: int) -> str:
    """Time of day, UTC."""
    return datetime.fromtimestamp(at, tz=timezone.utc).strftime("%H:%M:%S")


class RunDisplay:
    """Follows one run."""

    def __init__(self, scenario: Scenario, *, check: str, chain: str, quiet: bool) -> None:
        """Prints nothing at all where `quiet`."""
        from rich.console import Console

        self._scenario = scenario
        self._console = Console(quiet=quiet, highlight=False)
        self._status = self._console.status("setting up")
        self._next_line = 0
        self._against = "model only" if check == "off" else f"model and contracts on {chain}"

    def __enter__(self) -> Self:
        """Prints the heading and begins to follow."""
        from rich.markup import escape

        day = datetime.fromtimestamp(self._scenario.start, tz=timezone.utc).date()
        title = escape(self._scenario.description or self._scenario.name)
        self._console.print(f"[bold]{title}[/bold]")
        self._console.print(f"{day} UTC, {self._against}, seed {self._scenario.seed}\n")
        names = "".join(f"{escape(market.name):>14}" for market in self._scenario.markets)
        counts = f"{'liquidations':>14}{'refused':>9}{'compared':>10}"
        self._console.print(f"[dim]{'block':8}{names}{counts}[/dim]")
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stops following."""
        self._status.stop()

    def watch(self, progress: Progress) -> None:
        """Takes note of a finished block."""
        line = self._line(progress)
        self._status.update(line)
        if progress.block.at >= self._next_line:
            self._next_line = progress.block.at - progress.block.at % LINE_EVERY + LINE_EVERY
            self._console.print(line)

    def finish(self, summary: dict[str, Any], timing: dict[str, Any]) -> None:
        """Prints the closing table, the state hash and how to run it again."""
        say = self._console.print
        say()
        say(_table(summary, timing))
        compared, found = summary["calls_compared"], summary["divergences"]
        if timing["chain"] is None:
            say("not compared with the contracts (--check off)")
        else:
            say(f"[bold green]{compared} calls compared, {found} divergences[/bold green]")
        say(f"state hash {summary['state_hash']}", soft_wrap=True)
        say(f"run folder {timing['paths']['run']}", soft_wrap=True)
        say(f"run again  {timing['command']}", soft_wrap=True, markup=False)

    def _line(self, progress: Progress) -> str:
        marks = "".join(
            f"{human(mark):>14}" if mark is not None else f"[yellow]{'stale':>14}[/yellow]"
            for mark in progress.block.marks
        )
        metrics = progress.metrics
        liquidations = metrics.liquidations["partial"] + metrics.liquidations["full"]
        refused = sum(metrics.reverts.values())
        counts = f"{liquidations:>14}{refused:>9}{progress.compared:>10}"
        return f"{utc(progress.block.at)}{marks}{counts}"


def _table(summary: dict[str, Any], timing: dict[str, Any]) -> Table:
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    for name, text in _rows(summary, timing):
        table.add_row(name, text)
    return table


def _rows(summary: dict[str, Any], timing: dict[str, Any]) -> list[tuple[str, str]]:
    liquidations, fund = summary["liquidations"], summary["insurance_fund"]
    covered = summary["bad_debt_covered"]
    start, lowest, end = (_usd(fund[key]) for key in ("start", "lowest", "end"))
    from_fund, socialised, unresolved = (
        _usd(covered[key]) for key in ("insurance_fund", "socialised", "unresolved")
    )
    trading, liquidation = _usd(summary["trades"]["fees"]), _usd(liquidations["fees"])
    kinds = ", ".join(f"{liquidations[kind]} {kind}" for kind in ("partial", "full", "forced"))
    refused = ", ".join(f"{name} {count}" for name, count in summary["reverts"].items())
    rows = [
        ("liquidations", f"{kinds}; {liquidations['accounts']} accounts"),
        ("notional liquidated", f"{_usd(liquidations['notional'])} USD"),
        ("fees", f"{trading} trading, {liquidation} liquidation USD"),
        ("insurance fund", f"{start} → {lowest} (lowest) → {end} USD"),
        ("bad debt", f"{_usd(summary['bad_debt'])} USD"),
        ("  covered by", f"fund {from_fund}, socialised {socialised}, unresolved {unresolved}"),
        ("calls refused", refused or "none"),
    ]
    rows += [
        (f"stale {feed}", _stale(seconds, summary["stale_periods"][feed]))
        for feed, seconds in summary["stale_seconds"].items()
    ]
    rows += _life_rows(summary) + _group_rows(summary)
    rows += _route_rows(summary) + _waiting_rows(summary) + _venue_rows(summary)
    opcodes = f", {timing['opcodes']:,} opcodes" if timing["opcodes"] else ""
    rows.append(("calls", f"{summary['calls']} in {timing['seconds']} s{opcodes}"))
    rows.append(("invariants", f"{timing['seconds_on_invariants']} s of these"))
    return rows


def _life_rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """What delisted markets came to."""
    rows = []
    for name, end in summary.get("delistings", {}).items():
        paid = f"{_usd(end['paid'])} of {_usd(end['claims'])} USD paid to {end['claims_paid']}"
        ratio = f"ratio {human(int(end['ratio']), places=6)}" if end["closed"] else "not closed"
        told = f"at {human(int(end['price']))}, {end['settled']} settled, {end['insolvent']} owe"
        rows.append((f"delisted {name}", f"{told} {_usd(end['owed'])} USD; {ratio}, {paid}"))
    return rows


def _group_rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """What the groups came to that are watched."""
    told = "{accounts} accounts, {paid_in} paid in, {left} left, {owed} owed: {result} USD"
    rows = []
    for name, each in summary.get("groups", {}).items():
        money = {key: _usd(each[key]) for key in ("paid_in", "left", "owed", "result")}
        rows.append((f"group {name}", told.format(accounts=each["accounts"], **money)))
    return rows


def _route_rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """How often each route was taken and what vault and candidates had of it."""
    if "waterfall" not in summary:
        return []
    told, vault, closed = (summary[key] for key in ("waterfall", "vault", "deleveraging"))
    routes = ((name.replace("_", " "), each) for name, each in told["routes"].items())
    taken = ", ".join(f"{each['count']} {name}" for name, each in routes)
    result = "no price" if vault["result"] is None else f"{_usd(vault['result'])} USD"
    people = vault["providers"]
    left = f"{people['left']} providers left, {people['leaving']} wait"
    gave = f"{_usd(closed['notional'])} USD closed, {_usd(closed['given_up'])} given up"
    endowed = f"{_usd(told['fund_endowed'])} given as margin, {_usd(told['fund_released'])} back"
    return [
        ("routes", taken),
        ("backstop vault", f"{_usd(vault['deposited'])} deposited, result {result}; {left}"),
        ("fund's account", f"{endowed} USD"),
        ("deleveraged", f"{gave}, by {told['candidates']} candidates of {told['nominated']}"),
        ("withdrawals shut", f"{told['gate_closings']} times, {told['gate_seconds']} s"),
    ]


def _waiting_rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """Who waited for places in blocks, where they are limited."""
    if "blockspace" not in summary:
        return []
    told = summary["blockspace"]
    latency, rounds = told["keeper_latency"], told["rounds"]
    waited = f"median {latency['median']} s, worst {latency['worst']} s, {latency['left']} left"
    late = f"{rounds['delayed']} delayed, worst {rounds['worst_delay']} s"
    fared = "{liquidations} liquidations, {too_late} too late, {missed} without place"
    return [
        ("to a liquidation", waited),
        *((f"keeper {name}", fared.format(**each)) for name, each in told["keepers"].items()),
        ("oracle rounds", f"{late}, {rounds['replaced']} replaced, {rounds['left']} left"),
        ("blocks too full", str(told["missed_blocks"])),
    ]


def _venue_rows(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """What was traded by force at venues with depth, and how far it moved them."""
    rows = []
    for name, venue in summary.get("venues", {}).items():
        low, high = (
            human(int(venue[f"{k}_impact"]), WAD_DIGITS - 2) for k in ("lowest", "highest")
        )
        moved = f"{_usd(venue['forced_notional'])} USD, moved the price by {low} to {high} %"
        rows.append((f"forced at {name}", moved))
    return rows


def _stale(seconds: int, periods: list[list[str]]) -> str:
    spans = ", ".join(f"{utc(int(a))}-{utc(int(b))}" for a, b in periods[:SPANS])
    more = f" and {len(periods) - SPANS} more" if len(periods) > SPANS else ""
    return f"{seconds} s ({spans}{more})" if periods else "never"


def _usd(wei: str) -> str:
    return human(int(wei))
