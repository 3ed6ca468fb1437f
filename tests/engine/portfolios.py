"""Accounts with positions in several markets, for property tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.engine.desk import CREDIT, Setup, open_desk, setup, wad, who
from weiproof.engine.fixed_point import WAD

if TYPE_CHECKING:
    from tests.engine.desk import Desk
    from weiproof.engine.model import Snapshot

MARKS = (2_000 * WAD + 7, 50 * WAD + 3, WAD + 1)
"""Prices of the three markets, WAD: odd, so that requirements are."""

LARGEST = 10**22


@cache
def _begun() -> tuple[Desk, Snapshot]:
    """Three markets with steps of a wei, offsets between all of them, and interest; its state."""
    market: Setup = setup(size_step=1, price_tick=WAD, minimum_notional=0)
    desk = open_desk(market, market, market)
    for first, second, rate in ((0, 1, "0.5"), (0, 2, "0.3"), (1, 2, "0.1")):
        desk.do("admin", "setOffset", first, second, wad(rate) + 1)
    desk.do("admin", "setCreditParameters", CREDIT.fields())
    desk.price(*MARKS)
    return desk, desk.model.snapshot()


def fresh_desk() -> Desk:
    """The desk as it was opened."""
    desk, snapshot = _begun()
    desk.model.restore(snapshot)
    desk.events = ()
    return desk


@dataclass(frozen=True)
class Portfolio:
    """An account's cash (wei), and size and quote by market; charged losses by market and side."""

    cash: int
    positions: dict[int, tuple[int, int]]
    losses: dict[int, tuple[int, int]]
    """Loss index of longs and of shorts."""

    def place(self, desk: Desk, label: str) -> None:
        """Gives it to an account; another holds the other side of everything."""
        desk.place(label, self.cash, dict(self.positions))
        desk.place("mirror", 0, {m: (-s, -q) for m, (s, q) in self.positions.items()})
        for market_id, indices in self.losses.items():
            market = desk.ledger.markets.edit(market_id)
            market.long_loss_index, market.short_loss_index = indices
            market.socialised = any(indices)
        desk.model.world.store.commit()


SIZES = st.integers(-LARGEST, LARGEST)
QUOTES = st.integers(-(10**61), 10**61)
INDICES = st.tuples(st.integers(0, 10**36), st.integers(0, 10**36))

PORTFOLIOS = st.builds(
    Portfolio,
    st.integers(-(10**24), 10**24),
    st.dictionaries(st.integers(0, 2), st.tuples(SIZES, QUOTES), max_size=3),
    st.dictionaries(st.integers(0, 2), INDICES, max_size=3),
)
"""Any cash, positions in up to three markets, closed ones with a quote among them, and losses."""

ACCOUNT = who("a")
