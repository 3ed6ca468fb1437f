"""What happened to each account: deposits, trades, liquidations, shortfalls, in order of time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weiproof.engine.backstop_records import Route
from weiproof.engine.fixed_point import WAD
from weiproof.engine.records import TOKEN_UNIT

from .liquidations import route_name
from .tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.call import Call, Event, Outcome

    from .people import People
    from .tables import Cell

    Happening: TypeAlias = tuple[int, str, int | None, int | None, int | None, int | None]

EVENTS_OF_PAGE = 7_000
FEWEST, MOST = 6, 200
"""Events of one account that are kept, by how many accounts there are."""

WEIGHTY = ("liquidated", "shortfall", "deleveraged", "reduced", "flagged", "debt")
"""How those begin that are kept before all others."""

COLUMNS = (
    Column("account", "Account"),
    Column("at", "Time, UTC", "time"),
    Column("what", "What", is_filter=True),
    Column("market", "Market"),
    Column("size", "Size", "size"),
    Column("price", "Price", "price"),
    Column(
        "amount",
        "Amount",
        "usd",
        "of trades and liquidations size \N{MULTIPLICATION SIGN} price, rounded down",
    ),
)


@dataclass(slots=True)
class _Kept:
    """Of one account: the weighty ones from the first on, of the others the last."""

    most: int
    weighty: list[Happening] = field(default_factory=list)
    others: deque[Happening] = field(default_factory=deque)
    count: int = 0

    def add(self, happening: Happening) -> None:
        self.count += 1
        if happening[1].startswith(WEIGHTY):
            if len(self.weighty) < self.most:
                self.weighty.append(happening)
        else:
            self.others.append(happening)
            if len(self.others) > self.most:
                self.others.popleft()

    def rows(self) -> list[Happening]:
        room = self.most - len(self.weighty)
        others = list(self.others)[-room:] if room else []
        return sorted([*self.weighty, *others], key=lambda happening: happening[0])


@dataclass(slots=True)
class Happenings:
    """Collects what concerns accounts."""

    spec: ProtocolSpec
    people: People
    most: int
    """Of each account."""
    kept: dict[str, _Kept] = field(default_factory=dict)
    """By the account's address."""

    @classmethod
    def of(cls, spec: ProtocolSpec, people: People) -> Happenings:
        """For as many accounts as there are names."""
        return cls(
            spec, people, max(FEWEST, min(MOST, EVENTS_OF_PAGE // max(len(people.names), 1)))
        )

    def add(self, call: Call, outcome: Outcome) -> None:
        """Looks at one call."""
        if call.target != "house":
            return
        for event in outcome.events:
            for account, what, market, size, price, amount in told(event):
                kept = self.kept.get(account)
                if kept is None:
                    kept = self.kept[account] = _Kept(self.most)
                kept.add((call.at, what, market, size, price, amount))

    def _told(self) -> set[str]:
        """Those whose events a page has room for: who has weighty ones before all others."""
        order = sorted(self.kept, key=lambda each: (not self.kept[each].weighty, each))
        room, told = EVENTS_OF_PAGE, set()
        for address in order:
            room -= len(self.kept[address].rows())
            if room < 0:
                break
            told.add(address)
        return told

    def table(self) -> Table:
        """All that is kept, account by account."""
        rows: list[tuple[Cell, ...]] = []
        left_out = 0
        told = self._told()
        for name, address in sorted((self.people.name(each), each) for each in self.kept):
            kept = self.kept[address]
            mine = kept.rows() if address in told else []
            left_out += kept.count - len(mine)
            for at, what, market, size, price, amount in mine:
                market_name = "" if market is None else self.spec.markets[market].name
                rows.append((name, at, what, market_name, size, price, amount))
        note = ""
        if left_out:
            note = (
                f"{left_out:,} events are left out: of each account at most {self.most} are here,"
                f" of all at most {EVENTS_OF_PAGE:,}; liquidations and shortfalls before others, of"
                " which the last are."
            )
        return Table("happenings", "Events of accounts", COLUMNS, rows, note)


_Told = tuple[str, str, "int | None", "int | None", "int | None", "int | None"]


def told(event: Event) -> Iterator[_Told]:
    """Account, what, market, size, price, amount, for each account that an event concerns."""
    maker = _TELLERS.get(event.name)
    if maker is not None:
        args: tuple[Any, ...] = event.args
        yield from maker(*args)


def _trade(
    market: int, buyer: str, seller: str, size: int, price: int, buyer_fee: int, seller_fee: int
) -> Iterator[_Told]:
    del buyer_fee, seller_fee
    amount = size * price // WAD
    yield buyer, "bought", market, size, price, amount
    yield seller, "sold", market, size, price, amount


def _liquidated(  # noqa: PLR0913, PLR0917 - the event's arguments
    account: str,
    market: int,
    taker: str,
    size: int,
    mark: int,
    fee: int,
    reward: int,
    deficit: int,
    route: int,
) -> Iterator[_Told]:
    del fee, reward, deficit
    amount = size * mark // WAD
    yield account, f"liquidated, {route_name(route)}", market, size, mark, amount
    yield taker, f"took over, {route_name(route)}", market, size, mark, amount


def _deleveraged(
    account: str, market: int, candidate: str, size: int, paid: int
) -> Iterator[_Told]:
    price = abs(paid) // (size * WAD)
    amount = size * price // WAD
    yield account, f"liquidated, {route_name(Route.DELEVERAGE)}", market, size, price, amount
    yield candidate, "deleveraged", market, size, price, amount


def _shortfall(
    account: str, market: int, from_fund: int, socialised: int, unresolved: int
) -> Iterator[_Told]:
    for amount, who in (
        (from_fund, "fund"),
        (socialised, "socialised"),
        (unresolved, "unresolved"),
    ):
        if amount:
            yield account, f"shortfall, {who}", market, None, None, amount


def _debt(account: str, from_fund: int, unresolved: int) -> Iterator[_Told]:
    for amount, who in ((from_fund, "fund"), (unresolved, "unresolved")):
        if amount:
            yield account, f"debt, {who}", None, None, None, amount


def _reduced(
    account: str, market: int, taker: str, size: int, mark: int, fee: int
) -> Iterator[_Told]:
    del fee
    amount = size * mark // WAD
    yield account, "reduced by plan", market, size, mark, amount
    yield taker, "took over by plan", market, size, mark, amount


def _cash(what: str) -> Any:  # noqa: ANN401 - a teller
    def teller(account: str, units: int, *_rest: int) -> Iterator[_Told]:
        yield account, what, None, None, None, units * TOKEN_UNIT

    return teller


def _named(what: str) -> Any:  # noqa: ANN401 - a teller
    def teller(account: str, *_rest: object) -> Iterator[_Told]:
        yield account, what, None, None, None, None

    return teller


def _moved(source: str, to: str, units: int) -> Iterator[_Told]:
    yield source, "moved to another account", None, None, None, units * TOKEN_UNIT
    yield to, "moved from another account", None, None, None, units * TOKEN_UNIT


def _topped_up(account: str, source: str, units: int) -> Iterator[_Told]:
    yield account, "topped up", None, None, None, units * TOKEN_UNIT
    yield source, "topped up another account", None, None, None, units * TOKEN_UNIT


def _settled(account: str, market: int, _quote: int) -> Iterator[_Told]:
    yield account, "settled at the final price", market, None, None, None


def _claimed(account: str, market: int, _claim: int, amount: int) -> Iterator[_Told]:
    yield account, "claim paid", market, None, None, amount


def _nominated(account: str, market: int, _replaced: str) -> Iterator[_Told]:
    yield account, "nominated", market, None, None, None


def _bought_token(
    account: str, buyer: str, _collateral: int, _amount: int, paid: int
) -> Iterator[_Told]:
    yield account, "tokens sold for debt", None, None, None, paid
    yield buyer, "tokens bought of debtor", None, None, None, paid


_TELLERS: dict[str, Any] = {
    "Deposited": _cash("deposited"),
    "Withdrawn": _cash("withdrew"),
    "TradeSettled": _trade,
    "Liquidated": _liquidated,
    "Deleveraged": _deleveraged,
    "DeficitCovered": _shortfall,
    "DebtCovered": _debt,
    "Reduced": _reduced,
    "Transferred": _moved,
    "ToppedUp": _topped_up,
    "AccountFlagged": _named("flagged as bankrupt"),
    "AccountUnflagged": _named("not bankrupt any more"),
    "Nominated": _nominated,
    "FinalSettled": _settled,
    "ClaimPaid": _claimed,
    "CollateralDeposited": _named("brought tokens"),
    "CollateralWithdrawn": _named("took tokens out"),
    "CollateralBought": _bought_token,
    "BackstopDeposited": _cash("deposited in the backstop vault"),
    "AuctionBegun": _named("auction begun"),
    "AuctionEnded": _named("auction ended"),
}
"""What each event means for accounts; the others concern none."""
