"""Every liquidation of a run: which position went to whom, at what price, and what was missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weiproof.engine.backstop_records import Route
from weiproof.engine.fixed_point import WAD

from .tables import Column, Table
from .thinning import Series

if TYPE_CHECKING:
    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.call import Call, Outcome

    from .people import People
    from .tables import Cell

MOST_ROWS = 3_000
"""Liquidations that a page lists; of more, the first ones."""
SPANS = 60
"""Of their running sum."""

COLUMNS = (
    Column("at", "Time, UTC", "time"),
    Column("account", "Account"),
    Column("market", "Market", is_filter=True),
    Column("side", "Side", is_filter=True),
    Column("size", "Size", "size", "the part of the position that went in this call"),
    Column("route", "Route", is_filter=True),
    Column("taker", "Taken by"),
    Column("mark", "Mark", "price", "of the market in this call"),
    Column(
        "price",
        "Price",
        "price",
        "what the taker paid: the mark; on the market route the fill; in a deleveraging"
        " \N{VERTICAL LINE}paid\N{VERTICAL LINE} / size, rounded down",
    ),
    Column("notional", "Notional", "usd", "size \N{MULTIPLICATION SIGN} price, rounded down"),
    Column("fee", "Fee", "usd"),
    Column("reward", "Reward", "usd"),
    Column(
        "shortfall",
        "Shortfall",
        "usd",
        "what the account owed that had nothing left; what becomes of it shows under Who paid",
    ),
)


def route_name(route: int) -> str:
    """A route for people."""
    return Route(route).name.lower().replace("_", " ")


@dataclass(slots=True)
class Liquidations:
    """Collects liquidations from calls and outcomes."""

    spec: ProtocolSpec
    people: People
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    count: int = 0
    by_market: dict[int, int] = field(default_factory=dict)
    at_mark: Series = field(init=False)
    """Running sum of size times mark, each rounded down, wei; as the summary counts notional."""
    by_account: dict[str, list[int]] = field(default_factory=dict)
    """Number, notional and shortfall by name."""
    _sum: int = 0
    _sides: dict[tuple[str, int], bool] = field(default_factory=dict)
    """Whether an account's position in a market is long, as it was last told."""

    def __post_init__(self) -> None:
        """Begins the sum."""
        self.at_mark = Series(self.spec.genesis_time, SPANS)

    def add(self, call: Call, outcome: Outcome) -> None:
        """Looks at one call."""
        fills: dict[tuple[Any, Any], int] = {}
        for event in outcome.events:
            args: tuple[Any, ...] = event.args
            if event.name == "MarketFilled":
                fills[args[0], args[1]] = args[4]
            elif event.name == "Liquidated":
                self._liquidated(call.at, args, fills)
            elif event.name == "Deleveraged":
                self._deleveraged(call.at, args)
        for event in outcome.events:
            if event.name == "PositionChanged":
                account, market, size, _ = event.args
                if size:
                    self._sides[str(account), int(market)] = int(size) > 0  # type: ignore[arg-type]

    def _liquidated(
        self, at: int, args: tuple[Any, ...], fills: dict[tuple[Any, Any], int]
    ) -> None:
        account, market, taker, size, mark, fee, reward, deficit, route = args
        price = fills.get((account, market), mark)
        self._sum += size * mark // WAD
        self.at_mark.add(at, self._sum)
        amounts = (mark, price, size * price // WAD, fee, reward, deficit)
        self._keep(at, account, market, size, route, taker, amounts)

    def _deleveraged(self, at: int, args: tuple[Any, ...]) -> None:
        """What falls to a candidate of the shortfall is in its price; the mark is not told."""
        account, market, candidate, size, paid = args
        price = abs(paid) // (size * WAD)
        amounts = (None, price, size * price // WAD, 0, 0, None)
        self._keep(at, account, market, size, Route.DELEVERAGE, candidate, amounts)

    def _keep(
        self,
        at: int,
        account: str,
        market: int,
        size: int,
        route: int,
        taker: str,
        amounts: tuple[Cell, ...],
    ) -> None:
        self.count += 1
        self.by_market[market] = self.by_market.get(market, 0) + 1
        name, taken = self.people.name(account), self.people.name(taker)
        sums = self.by_account.setdefault(name, [0, 0, 0])
        for place, amount in enumerate((1, amounts[2], amounts[-1])):
            sums[place] += int(amount or 0)
        if len(self.rows) >= MOST_ROWS:
            return
        long = self._sides.get((account, market))
        side = "" if long is None else "long" if long else "short"
        market_name = self.spec.markets[market].name
        first = (at, name, market_name, side, size, route_name(route), taken)
        self.rows.append((*first, *amounts))

    def told_of(self, name: str) -> tuple[int, int, int]:
        """Number, notional and shortfall of an account's liquidations."""
        count, notional, shortfall = self.by_account.get(name, (0, 0, 0))
        return count, notional, shortfall

    def table(self) -> Table:
        """For the page."""
        note = ""
        if self.count > len(self.rows):
            note = f"The first {len(self.rows):,} of {self.count:,} liquidations."
        return Table("liquidations", "Liquidations", COLUMNS, self.rows, note)
