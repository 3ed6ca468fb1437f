"""What an agent sees: accounts, positions and prices of the model, without changing anything."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from weiproof.crosscheck import readable
from weiproof.crosscheck.protocol import house_of
from weiproof.engine import liquidation_limits, margin, ramp, views
from weiproof.engine.bits import each_bit, pop_count
from weiproof.engine.call import Call
from weiproof.engine.errors import Revert
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.life_records import CLOSED, DELISTED
from weiproof.engine.parameters import MAX_ACCOUNT_MARKETS
from weiproof.engine.pricing import MarketTerms, Marks, mark_of
from weiproof.engine.records import LIQUIDATION, TRADE

from .debts import Debts
from .venues import Venues

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weiproof.engine.call import Outcome
    from weiproof.engine.instruments import Standing
    from weiproof.engine.model import Model

    from .scenario import PricePath, Scenario


@dataclass(frozen=True, slots=True)
class Holding:
    """An open position; size WAD, signed."""

    market: int
    size: int


class Books:
    """The model's records and figures, and what the venues show."""

    def __init__(self, scenario: Scenario, model: Model) -> None:
        """Takes a model that deploys the scenario's protocol."""
        self._model = model
        self._ledger = house_of(model).ledger
        self.venues = Venues(scenario)
        self.debts = Debts(scenario, model, self.venues)
        self._paths: tuple[PricePath, ...] = tuple(
            scenario.path(market.path) for market in scenario.markets
        )
        self._observed: tuple[PricePath, ...] = tuple(
            scenario.path(scenario.feeds_of(market.price)[0].source) for market in scenario.markets
        )

    def venue_price(self, market: int, at: int) -> int:
        """The price at which traders find the market, WAD."""
        return self.venues.price(self._paths[market], at)

    def venue(self, market: int) -> PricePath:
        """The path at which traders find the market."""
        return self._paths[market]

    def mark(self, market: int, at: int) -> int | None:
        """The mark, WAD; None where no price can be trusted."""
        self._model.world.now = at
        try:
            return mark_of(self._ledger, Marks(TRADE, TRADE), market)
        except Revert:
            return None

    def is_delisted(self, market: int) -> bool:
        """Whether the market's final price is fixed."""
        return self._ledger.markets.read(market).phase >= DELISTED

    def is_closed(self, market: int) -> bool:
        """Whether it is decided what claims on the market are paid."""
        return self._ledger.markets.read(market).phase == CLOSED

    def is_active(self, market: int) -> bool:
        """Whether the market is neither paused nor delisted."""
        return not self._ledger.markets.read(market).paused and not self.is_delisted(market)

    def size(self, account: str, market: int) -> int:
        """The account's position in the market, WAD, signed."""
        return self._ledger.positions.read(account, market).size

    def has_room(self, account: str, market: int) -> bool:
        """Whether the account may have a position in the market beside what it has in others."""
        record = self._ledger.accounts.read(account)
        markets = record.markets | record.ordered_markets | 1 << market
        return pop_count(markets) <= MAX_ACCOUNT_MARKETS

    def waits(self, account: str) -> bool:
        """Whether the account has a closed position that is not settled yet."""
        markets = each_bit(self._ledger.accounts.read(account).markets)
        return any(self.size(account, market) == 0 for market in markets)

    def quote(self, account: str, market: int) -> int:
        """What a closed position has to get or, negative, owes; a numerator, 0 of an open one."""
        position = self._ledger.positions.read(account, market)
        return 0 if position.size != 0 else position.quote

    def holdings(self, account: str) -> tuple[Holding, ...]:
        """The open positions of an account, by market."""
        markets = each_bit(self._ledger.accounts.read(account).markets)
        found = (Holding(m, self._ledger.positions.read(account, m).size) for m in markets)
        return tuple(holding for holding in found if holding.size != 0)

    def standing(self, account: str, at: int, purpose: int = TRADE) -> Standing | None:
        """The account's standing; None where no price can be trusted."""
        self._model.world.now = at
        return readable.standing(self._ledger, account, purpose)

    def liquidatable(self, accounts: Iterable[str], at: int) -> tuple[str, ...]:
        """Of `accounts`, those below maintenance.

        At the venue's price where none can be trusted.
        """
        self._model.world.now = at
        records = {account: self._ledger.accounts.read(account) for account in accounts}
        held = reduce(or_, (record.markets for record in records.values()), 0)
        known = {market: self._liquidation_mark(market, at) for market in each_bit(held)}
        return tuple(
            account
            for account, record in records.items()
            if record.open_positions
            and margin.is_below_maintenance(self._standing_at(account, known))
        )

    def _standing_at(self, account: str, known: dict[int, int]) -> Standing:
        """The account's standing for a liquidation at known marks.

        Tokens whose price cannot be trusted count as nothing.
        """
        try:
            return margin.standing_of(self._ledger, account, _marks(LIQUIDATION, known))
        except Revert:
            return margin.standing_of(self._ledger, account, _marks(TRADE, known))

    def shortfall(self, accounts: Iterable[str], at: int) -> int:
        """What `accounts` would owe beyond all they have, wei, rounded down.

        At the prices that the nodes of each market's and token's first feed observe, whatever the
        mark; tokens count in full.
        """
        return sum(max(-equity, 0) for equity in self.equities(accounts, at)) // WEI

    def equities(self, accounts: Iterable[str], at: int) -> tuple[int, ...]:
        """What each of `accounts` would have, as :meth:`shortfall` counts it; numerators."""
        self._model.world.now = at
        known = {m: self.venues.price(path, at) for m, path in enumerate(self._observed)}
        marks = _marks(TRADE, known)
        found = []
        for account in accounts:
            standing = margin.standing_of(self._ledger, account, marks)
            found.append(standing.equity - standing.worth + self.debts.worth(account, at))
        return tuple(found)

    def wallet(self, owner: str) -> int:
        """Settlement tokens that the owner has outside the clearing house, token units."""
        call = Call(self._model.world.now, owner, "token", "balanceOf", (owner,))
        (units,) = self.ask(call).values
        return units if isinstance(units, int) else 0

    def highest_reward(self, account: str, market: int, at: int) -> int:
        """What a liquidation of the position pays a keeper at most, wei; quicker than to ask."""
        self._model.world.now = at
        parameters = self._ledger.parameters
        notional = abs(self.size(account, market)) * self._liquidation_mark(market, at)
        fee = notional * ramp.liquidation_fee_rate(self._ledger, market) // (WAD * WAD) + 1
        return max(fee * parameters.liquidator_share // WAD, parameters.minimum_keeper_reward)

    def ask(self, call: Call) -> Outcome:
        """What a call would come to; nothing of it stays."""
        return self._model.view(call)

    def is_stale(self, account: str, at: int) -> bool:
        """Whether a liquidation of the account would meet a price that cannot be trusted."""
        return self.standing(account, at, LIQUIDATION) is None

    def _liquidation_mark(self, market: int, at: int) -> int:
        try:
            return mark_of(self._ledger, Marks(LIQUIDATION, LIQUIDATION), market)
        except Revert:
            return self.venue_price(market, at)

    def withdrawable(self, account: str, at: int) -> int:
        """What the account can withdraw, token units; 0 where no price can be trusted."""
        self._model.world.now = at
        try:
            return views.withdrawable(self._ledger, account)
        except Revert:
            return 0

    def heaviest(self, account: str, at: int) -> int | None:
        """The market in which the account's notional at the venue is largest.

        Lowest id of equals. Markets that are paused or delisted are passed over: nothing can be
        liquidated in them.
        """
        weights = [
            (-abs(h.size) * self.venue_price(h.market, at), h.market)
            for h in self.holdings(account)
            if self.is_active(h.market)
        ]
        return min(weights)[1] if weights else None

    def first(self, account: str, at: int) -> int | None:
        """The market in which the account is liquidated first.

        By the protocol's order where it has one, else the heaviest.
        """
        if self._ledger.liquidation.ordered:
            self._model.world.now = at
            try:
                exists, market = liquidation_limits.liquidation_market(self._ledger, account)
            except Revert:
                exists, market = False, 0
            if exists:
                return market
        return self.heaviest(account, at)

    def cools_down(self, account: str, market: int, at: int) -> bool:
        """Whether a large account waits until the next share of its position may be taken over."""
        if self._ledger.liquidation.large_notional == 0:
            return False
        self._model.world.now = at
        try:
            return views.liquidation_size(self._ledger, account, market) == 0
        except Revert:
            return False

    def opposite_holder(self, account: str, market: int, candidates: tuple[str, ...]) -> str | None:
        """Of the candidates, the one with the largest position against the account's.

        First of equals.
        """
        size = self._ledger.positions.read(account, market).size
        sign = 1 if size > 0 else -1
        best, found = 0, None
        for candidate in candidates:
            opposite = -sign * self._ledger.positions.read(candidate, market).size
            if candidate != account and opposite > best:
                best, found = opposite, candidate
        return found


def _marks(purpose: int, known: dict[int, int]) -> Marks:
    """Marks that are known in advance, by market."""
    markets = {market: MarketTerms(mark=price) for market, price in known.items()}
    return Marks(purpose, purpose, markets)
