"""What each function of the clearing house costs, by the number of markets that its parties hold.

Each :class:`Situation` is some calls that lead to it and the call that is measured, in a
transaction of its own, so that every slot is cold. Gas is what the receipt says: refunds taken off,
and the intrinsic cost (21,000 and the call data) included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor, open_chain
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import WAD

from .protocol import ADMIN, MATCHER, TRANSMITTER, deploy_chain, faucet_call, setup_calls
from .spec import FeedSpec, MarketSpec, PriceSpec, ProtocolSpec, SourceSpec, TierSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weiproof.contracts.chains import Chain
    from weiproof.engine.call import Value

SIZES = (1, 2, 4, 8)
"""Markets that every party holds, where nothing else is asked for."""

MOST_MARKETS = 8
TRANSACTION, ZERO_BYTE, OTHER_BYTE = 21_000, 4, 16
"""Intrinsic gas: of a transaction, and of a byte of its data."""

LONG, SHORT, KEEPER, OTHER, STRANGER = "long", "short", "keeper", "other", "stranger"
"""Long and short hold the opposite sides of the same markets; so do keeper and other."""

PRICE, TRADED, FALLEN = 1000, 1010, 920
"""Dollars: the index, what was traded at (so that funding runs), and the index after the fall."""

WAIT = 60
"""Seconds between what was before and the measured call, so that every market has to accrue."""

DOLLAR = 10**6
RICH = 1_000_000 * DOLLAR
THIN = 128
"""Dollars for each market of who is to be liquidatable after the fall, beside the reserve."""

_TIERS = (
    TierSpec(0, WAD // 10, WAD // 20),
    TierSpec(100_000 * WAD, WAD // 5, WAD // 10),
    TierSpec(1_000_000 * WAD, WAD // 2, WAD // 4),
)


def _market(index: int) -> MarketSpec:
    return MarketSpec(f"M{index}", f"P{index}", 10**15, 10**16, _TIERS)


SPEC = ProtocolSpec(
    feeds=tuple(FeedSpec(f"F{i}", 8) for i in range(MOST_MARKETS)),
    prices=tuple(
        PriceSpec(f"P{i}", (SourceSpec(f"F{i}", 3600, 7200),), 1) for i in range(MOST_MARKETS)
    ),
    markets=tuple(_market(i) for i in range(MOST_MARKETS)),
)
"""Eight markets, each with a price of its own that comes from one feed."""


class SituationRefused(Exception):
    """A call that leads to a situation, or the measured one, was refused by these contracts."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a call cost: whole gas of its transaction, and the intrinsic part of it."""

    gas: int
    intrinsic: int


class Rig:
    """Contracts on a chain with four accounts that hold `size` markets each."""

    def __init__(self, chain: Chain, size: int) -> None:
        """Deploys, and opens the positions."""
        self.system = deploy_chain(SPEC, chain)
        self.size = size
        self.now = SPEC.genesis_time
        for call in setup_calls(SPEC):
            self._send(call)
        self._send(faucet_call(SPEC, dict.fromkeys((LONG, SHORT, KEEPER, OTHER, STRANGER), RICH)))
        self.publish(PRICE)
        self.house(LONG, "deposit", THIN * size * DOLLAR + 10 * DOLLAR)
        for label in (SHORT, KEEPER, OTHER):
            self.house(label, "deposit", RICH // 2)
        for market_id in range(size):
            self.trade(LONG, SHORT, market_id)
            self.trade(KEEPER, OTHER, market_id)

    def house(self, label: str, function: str, *args: Value) -> Measure:
        """A call on the clearing house by a labelled account; raises :class:`SituationRefused`."""
        return self._send(Call(self.now, actor(label), "house", function, args))

    def trade(self, buyer: str, seller: str, market_id: int = 0) -> None:
        """One unit at the traded price."""
        self.house(MATCHER, "settleTrade", *trade_of(buyer, seller, market_id))

    def publish(self, dollars: int) -> None:
        """Every feed says so."""
        for feed in SPEC.feeds:
            answer = (dollars * 10**feed.decimals, self.now)
            self._send(Call(self.now, actor(TRANSMITTER), feed.label, "transmit", answer))

    def _send(self, call: Call) -> Measure:
        interface, book = self.system.interfaces[call.target], self.system.book
        data = interface.encode_call(call.function, call.args)
        to = book[call.target]
        receipt = self.system.chain.send(to, data, sender=call.sender, at=call.at)
        if not receipt.ok:
            error, args = interface.decode_error(receipt.output)
            raise SituationRefused(f"{call.target}.{call.function} was refused: {error}{args}")
        zeros = data.count(0)
        intrinsic = TRANSACTION + ZERO_BYTE * zeros + OTHER_BYTE * (len(data) - zeros)
        return Measure(receipt.gas, intrinsic)


def trade_of(buyer: str, seller: str, market_id: int = 0) -> tuple[Value, ...]:
    """The arguments of ``settleTrade`` for one unit at the traded price."""
    return actor(buyer), actor(seller), market_id, WAD, TRADED * WAD, False


def _nothing(_rig: Rig) -> None:
    """Nothing is needed."""


def _rich(rig: Rig) -> None:
    """The long side has margin for more."""
    rig.house(LONG, "deposit", RICH // 2)


def _closed(rig: Rig) -> None:
    """Both sides leave the first market again."""
    _rich(rig)
    rig.trade(SHORT, LONG)


@dataclass(frozen=True, slots=True)
class Situation:
    """One row: who calls what, after what."""

    function: str
    name: str
    """Empty where the function has one row only."""
    sender: str
    args: tuple[Value, ...] = ()
    prepare: Callable[[Rig], None] = _nothing
    """Calls at the time of the positions; the measured call comes :data:`WAIT` seconds later."""
    dollars: int = PRICE
    """The index of every market in the measured call."""
    by_size: bool = True
    """Whether the cost depends on how many markets the parties hold."""


_NEW_MARKET: tuple[Value, ...] = (_market(0).parameters(), _market(0).tier_rows())
_LONG_FIRST: tuple[Value, ...] = (actor(LONG), 0)

SITUATIONS = (
    Situation("deposit", "again", LONG, (DOLLAR,), by_size=False),
    Situation("deposit", "first", STRANGER, (DOLLAR,), by_size=False),
    Situation("withdraw", "", SHORT, (DOLLAR,)),
    Situation("settleTrade", "opening", MATCHER, trade_of(LONG, SHORT), _closed),
    Situation("settleTrade", "adding", MATCHER, trade_of(LONG, SHORT), _rich),
    Situation("settleTrade", "closing", MATCHER, trade_of(SHORT, LONG), _rich),
    Situation(
        "settleTrade",
        "reducing",
        MATCHER,
        (actor(SHORT), actor(LONG), 0, WAD // 2, TRADED * WAD, False),
        _rich,
    ),
    Situation("settle", "losses", LONG, (actor(LONG),), dollars=FALLEN),
    Situation("accrueFunding", "", STRANGER, (0,), by_size=False),
    Situation("liquidate", "partial", KEEPER, (*_LONG_FIRST, WAD // 5), dollars=FALLEN),
    Situation("forceClose", "as needed", STRANGER, (*_LONG_FIRST, actor(SHORT)), dollars=FALLEN),
    Situation("depositInsurance", "", STRANGER, (DOLLAR,), by_size=False),
    Situation("withdrawFees", "", ADMIN, (actor(ADMIN), 1), by_size=False),
    Situation("addMarket", "three tiers", ADMIN, _NEW_MARKET, by_size=False),
    Situation("setMarketParameters", "three tiers", ADMIN, (0, *_NEW_MARKET), by_size=False),
    Situation("equity", "view", STRANGER, (actor(LONG),)),
    Situation("liquidationPrice", "view", STRANGER, _LONG_FIRST),
)
"""The rows of the table, in its order; a view is measured as if it were sent."""

FUNCTIONS = tuple(dict.fromkeys(situation.function for situation in SITUATIONS))


@dataclass(frozen=True, slots=True)
class Row:
    """A situation and what it cost at each size; at the smallest alone where size is nothing."""

    situation: Situation
    measures: dict[int, Measure]


def measure(
    chain: str, sizes: Iterable[int] = SIZES, functions: Iterable[str] = FUNCTIONS
) -> tuple[Row, ...]:
    """Measures the situations of these functions on a fresh chain of that name for each size.

    Raises ValueError for a size outside 1 to 8 or an unknown function, ChainUnavailable, and
    :class:`SituationRefused` where the contracts do not get there.
    """
    sizes, functions = tuple(sorted({*sizes})), tuple(functions)
    wrong = [size for size in sizes if not 1 <= size <= MOST_MARKETS]
    unknown = [name for name in functions if name not in FUNCTIONS]
    if wrong or unknown or not sizes:
        raise ValueError(f"cannot be measured: {wrong or unknown or 'no size'}")
    rows = [Row(each, {}) for each in SITUATIONS if each.function in functions]
    for size in sizes:
        rig = Rig(open_chain(chain, genesis_time=SPEC.genesis_time), size)
        for row in rows:
            if row.situation.by_size or size == sizes[0]:
                row.measures[size] = _measured(rig, row.situation)
    return tuple(rows)


def _measured(rig: Rig, situation: Situation) -> Measure:
    chain, begun = rig.system.chain, rig.now
    mark = chain.snapshot()
    try:
        situation.prepare(rig)
        rig.now += WAIT
        rig.publish(situation.dollars)
        return rig.house(situation.sender, situation.function, *situation.args)
    finally:
        chain.revert(mark)
        rig.now = begun


def head(sizes: Iterable[int]) -> tuple[str, ...]:
    """Titles of the table's columns."""
    columns = (f"{size} market{'s' if size > 1 else ''}" for size in sizes)
    return ("function", "situation", "intrinsic", *columns)


def lines(rows: Iterable[Row], sizes: Iterable[int]) -> Iterator[tuple[str, ...]]:
    """The table's lines; a figure that does not depend on the size stands once."""
    sizes = tuple(sizes)
    for row in rows:
        shown = (row.measures.get(size) for size in sizes)
        intrinsic = min(each.intrinsic for each in row.measures.values())
        figures = ("" if each is None else f"{each.gas:,}" for each in shown)
        yield row.situation.function, row.situation.name, f"{intrinsic:,}", *figures


def as_json(rows: Iterable[Row]) -> list[dict[str, object]]:
    """The rows as data, gas by number of markets."""
    return [
        {
            "function": row.situation.function,
            "situation": row.situation.name,
            "by_size": row.situation.by_size,
            "gas": {str(size): each.gas for size, each in row.measures.items()},
            "intrinsic": {str(size): each.intrinsic for size, each in row.measures.items()},
        }
        for row in rows
    ]
