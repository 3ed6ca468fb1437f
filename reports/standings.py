"""What the samples of a run say of accounts: ratios, liquidation levels, each one over time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weiproof.engine.fixed_point import WAD, div_up
from weiproof.simulation.states import SYSTEM

from .tables import Column, Table
from .thinning import POINTS_OF_SPAN, thinned
from .units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.simulation.samples import AccountState, PositionState, Sample

    from .liquidations import Liquidations
    from .tables import Cell

RATIO_NOTE = (
    "equity / (maintenance margin + liquidation fee), rounded down; below 1 the account can be"
    " liquidated"
)

QUANTILES = (("p5", 5), ("p25", 25), ("median", 50), ("p75", 75), ("p95", 95))
"""Key and percent."""

QUANTILE_COLUMNS = (
    Column("at", "Time, UTC", "time"),
    Column(
        "accounts",
        "Accounts",
        "count",
        "with a position and known prices, the system's own left out",
    ),
    Column("below", "Below 1", "count"),
    Column("lowest", "Lowest", "ratio", RATIO_NOTE),
    Column(
        "p5",
        "5 %",
        "ratio",
        "of n ratios in order, the one in place"
        " \N{LEFT CEILING}n q / 100\N{RIGHT CEILING}, for each q %",
    ),
    Column("p25", "25 %", "ratio"),
    Column("median", "50 %", "ratio"),
    Column("p75", "75 %", "ratio"),
    Column("p95", "95 %", "ratio"),
)

FARTHEST = 60
"""Largest move that levels are told for, percent of the mark."""
ROWS_OF_LEVELS = 5_000

LEVEL_COLUMNS = (
    Column("at", "Time, UTC", "time"),
    Column("market", "Market", is_filter=True),
    Column("side", "Side", is_filter=True),
    Column(
        "move",
        "Move",
        "move",
        "smallest whole percent of the mark that takes it to the position's liquidation price:"
        " \N{LEFT CEILING}100 |mark \N{MINUS SIGN} liquidation price| / mark\N{RIGHT CEILING};"
        " down for longs, up for shorts; 0 where it is there already",
    ),
    Column(
        "notional",
        "Notional",
        "usd",
        "sum of |size| \N{MULTIPLICATION SIGN} mark, each rounded down",
    ),
    Column("positions", "Positions", "count"),
)

ACCOUNT_COLUMNS = (
    Column("account", "Account"),
    Column(
        "first", "Equity at first", "usd", "in the first sample in which the account has anything"
    ),
    Column(
        "last",
        "Equity at last",
        "usd",
        "in the last sample with known prices; 0 where the account has nothing any more",
    ),
    Column(
        "change",
        "Change",
        "usd",
        "equity at last \N{MINUS SIGN} equity at first; deposits and withdrawals are in it",
    ),
    Column("lowest", "Lowest ratio", "ratio", RATIO_NOTE + "; of all samples with a position"),
    Column("lowest_at", "Lowest at, UTC", "time"),
    Column("liquidations", "Liquidations", "count"),
    Column(
        "liquidated",
        "Liquidated",
        "usd",
        "sum of size \N{MULTIPLICATION SIGN} price, each rounded down",
    ),
    Column("shortfall", "Shortfall", "usd"),
)

STANDING_COLUMNS = (
    Column("account", "Account"),
    Column("at", "Time, UTC", "time"),
    Column("equity", "Equity", "usd"),
    Column("initial", "Initial margin", "usd"),
    Column("required", "Maintenance and fee", "usd", "maintenance margin + liquidation fee"),
    Column("ratio", "Ratio", "ratio", RATIO_NOTE),
)
ROWS_OF_STANDINGS = 5_000
"""Rows of all accounts over time, about."""
MOST_ACCOUNTS = 2_000
"""Accounts that a page lists; of more, those that lost most."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An account in a sample; wei."""

    at: int
    equity: int
    initial: int
    required: int

    @property
    def ratio(self) -> int | None:
        """WAD, rounded down; None where nothing is required."""
        return self.equity * WAD // self.required if self.required else None


@dataclass(slots=True)
class Standings:
    """Collects samples."""

    spec: ProtocolSpec
    liquidations: Liquidations
    accounts: dict[str, list[Standing]] = field(default_factory=dict)
    quantiles: list[tuple[Cell, ...]] = field(default_factory=list)
    levels: list[list[tuple[Cell, ...]]] = field(default_factory=list)
    """By sample."""
    unpriced: int = 0
    """Positions, counted in each sample, for which no liquidation price is known."""
    last_at: int = 0
    _present: set[str] = field(default_factory=set)
    """Names of those that had something in the last sample."""

    def add(self, sample: Sample) -> None:
        """Looks at one sample."""
        self.last_at = sample.at
        ratios: list[int] = []
        present = {account.name for account in sample.accounts}
        for name in sorted((self._present - present) & self.accounts.keys()):
            # what has nothing any more is in no sample
            self.accounts[name].append(Standing(sample.at, 0, 0, 0))
        self._present = present
        for account in sample.accounts:
            standing = _standing(sample.at, account)
            if standing is None:
                continue
            self.accounts.setdefault(account.name, []).append(standing)
            ratio = standing.ratio
            if account.positions and ratio is not None and account.name not in SYSTEM.values():
                ratios.append(ratio)
        if ratios:
            self.quantiles.append(quantiles_of(sample.at, ratios))
        self.levels.append(list(self._levels(sample)))

    def _levels(self, sample: Sample) -> Iterator[tuple[Cell, ...]]:
        sums: dict[tuple[int, bool, int], tuple[int, int]] = {}
        for account in sample.accounts:
            for position in account.positions:
                mark = sample.markets[position.market].liquidation_mark
                if mark is None:
                    continue
                move = move_of(position, mark)
                if move is None:
                    self.unpriced += 1
                elif move <= FARTHEST:
                    place = position.market, position.size > 0, move
                    notional, count = sums.get(place, (0, 0))
                    notional += abs(position.size) * mark // WAD
                    sums[place] = notional, count + 1
        for (market, is_long, move), (notional, count) in sorted(sums.items()):
            side = "long" if is_long else "short"
            yield sample.at, self.spec.markets[market].name, side, move, notional, count

    def quantile_table(self) -> Table:
        """Quantiles of the ratio by time."""
        return Table("quantiles", "Margin ratios of accounts", QUANTILE_COLUMNS, self.quantiles)

    def level_table(self) -> Table:
        """Of as many samples as a page has room for, evenly spread, and of the last."""
        every = 1
        while sum(map(len, self.levels[::every])) > ROWS_OF_LEVELS and every < len(self.levels):
            every += 1
        kept = self.levels[::every]
        if self.levels and (len(self.levels) - 1) % every:
            kept.append(self.levels[-1])
        notes = []
        if every > 1:
            notes.append(f"One in {every} of {len(self.levels)} samples, and the last.")
        notes.append(f"Moves beyond {FARTHEST} % are left out.")
        rows = [row for sample in kept for row in sample]
        table = Table("levels", "Liquidation levels", LEVEL_COLUMNS, rows, " ".join(notes))
        table.units["move"] = Unit(0, 0, "%")
        return table

    def account_table(self) -> Table:
        """One row an account."""
        rows = [self._account_row(name, each) for name, each in sorted(self.accounts.items())]
        known = set(self.accounts)
        rows += [
            (name, None, None, None, None, None, *self.liquidations.told_of(name))
            for name in self.liquidations.by_account
            if name not in known
        ]
        rows.sort(key=_losers_first)
        note = ""
        if len(rows) > MOST_ACCOUNTS:
            note = f"{MOST_ACCOUNTS:,} of {len(rows):,} accounts: those that lost most."
        return Table("accounts", "Accounts", ACCOUNT_COLUMNS, rows[:MOST_ACCOUNTS], note)

    def _account_row(self, name: str, standings: Sequence[Standing]) -> tuple[Cell, ...]:
        first, last = standings[0].equity, standings[-1].equity
        ratios = [(ratio, each.at) for each in standings if (ratio := each.ratio) is not None]
        lowest, lowest_at = min(ratios, default=(None, None), key=lambda pair: pair[0])
        told = self.liquidations.told_of(name)
        return (name, first, last, last - first, lowest, lowest_at, *told)

    def standing_table(self) -> Table:
        """Each listed account over time, thinned to what a page has room for."""
        rows: list[tuple[Cell, ...]] = []
        names = [str(row[0]) for row in self.account_table().rows]
        spans = max(ROWS_OF_STANDINGS // (POINTS_OF_SPAN * max(len(names), 1)), 1)
        left_out = 0
        for name in sorted(names):
            standings = self.accounts.get(name, [])
            kept = thinned(standings, spans, lambda each: each.ratio or each.equity)
            left_out += len(standings) - len(kept)
            rows += [
                (name, each.at, each.equity, each.initial, each.required, each.ratio)
                for each in kept
            ]
        note = ""
        if left_out:
            note = (
                f"{left_out:,} samples are left out: of each account and each of {spans} equal"
                " spans of its samples the first, the last, and those with the lowest and highest"
                " ratio are here."
            )
        return Table("standings", "Accounts over time", STANDING_COLUMNS, rows, note)


def _losers_first(row: tuple[Cell, ...]) -> tuple[int, int, bool, int, str]:
    """By shortfall, notional liquidated, lowest ratio, name."""
    ratio = row[4]
    return -int(row[8] or 0), -int(row[7] or 0), ratio is None, int(ratio or 0), str(row[0])


def _standing(at: int, account: AccountState) -> Standing | None:
    if account.equity is None or account.maintenance is None or account.fee is None:
        return None
    required = account.maintenance + account.fee
    return Standing(at, account.equity, account.initial or 0, required)


def quantiles_of(at: int, ratios: list[int]) -> tuple[Cell, ...]:
    """A row of quantiles: the value in place ceil(n q / 100) of n in order."""
    ratios = sorted(ratios)
    count = len(ratios)
    values = [ratios[div_up(count * percent, 100) - 1] for _, percent in QUANTILES]
    return (at, count, sum(ratio < WAD for ratio in ratios), ratios[0], *values)


def move_of(position: PositionState, mark: int) -> int | None:
    """Whole percent of the mark until a position can be liquidated; None where none is known."""
    if position.liquidation_price is None:
        return None
    left = mark - position.liquidation_price
    away = left if position.size > 0 else -left
    return div_up(100 * away, mark) if away > 0 else 0
