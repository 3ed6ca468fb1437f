"""Traders and the market maker: deposits, trades against the maker, and reviews of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import MATCHER
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.records import TOKEN_UNIT
from weiproof.oracles.errors import OracleError

from .schedule import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.call import Outcome

    from .books import Books
    from .population import PlannedAccount, PlannedReview, PlannedTrade
    from .scenario import Behaviour, Scenario
    from .schedule import Schedule

RETRY_TRADE = 60
"""Seconds after which a trade that met no trusted price is brought again."""
TRIES = 4
"""How often a trade is brought before it is given up."""

PRICE_ERRORS = frozenset(error.__name__ for error in OracleError.__subclasses__()) | {
    "PriceOutsideBand"
}
"""Errors after which a trade is brought again later."""


class TradingFloor:
    """The matcher: brings trades between accounts and the market maker at the venue's price."""

    def __init__(
        self,
        scenario: Scenario,
        books: Books,
        schedule: Schedule,
        submit: Callable[[Call], Outcome],
    ) -> None:
        """`submit` runs a call."""
        self._scenario = scenario
        self._books = books
        self._schedule = schedule
        self._submit = submit
        self._matcher = actor(MATCHER)
        self._maker = actor(scenario.market_maker.name)

    def trade(self, account: str, market: int, size: int, at: int, tries: int = TRIES) -> Outcome:
        """Trades `size` (WAD, negative sells) against the maker.

        Brought again later where prices fail.
        """
        price = self._quote(market, size > 0, at)
        buyer, seller = (account, self._maker) if size > 0 else (self._maker, account)
        args = (buyer, seller, market, abs(size), price)
        outcome = self._submit(Call(at, self._matcher, "house", "settleTrade", args))
        if outcome.error in PRICE_ERRORS and tries > 1:
            self._schedule.add(
                at + RETRY_TRADE,
                Phase.TRADERS,
                lambda now: self._again(account, market, size, now, tries - 1),
            )
        return outcome

    def close_all(self, account: str, at: int) -> None:
        """Closes every position of an account, market by market."""
        for holding in self._books.holdings(account):
            self.trade(account, holding.market, -holding.size, at, tries=1)

    def _again(self, account: str, market: int, size: int, at: int, tries: int) -> None:
        self.trade(account, market, size, at, tries)

    def _quote(self, market: int, buys: bool, at: int) -> int:
        """The maker's price, a multiple of the tick, rounded against the trader."""
        spread = self._scenario.market_maker.spread
        tick = self._scenario.markets[market].price_tick
        price = self._books.venue_price(market, at)
        if buys:
            return -(-price * (2 * WAD + spread) // (2 * WAD * tick)) * tick
        return max(price * (2 * WAD - spread) // (2 * WAD * tick), 1) * tick


class Trader:
    """One account's owner."""

    def __init__(
        self,
        planned: PlannedAccount,
        floor: TradingFloor,
        books: Books,
        submit: Callable[[Call], Outcome],
    ) -> None:
        """`submit` runs a call."""
        self.address = actor(planned.name)
        self._planned = planned
        self._floor = floor
        self._books = books
        self._submit = submit

    def deposit(self, at: int) -> None:
        """Makes the first deposit."""
        self._call(at, "deposit", self._planned.deposit)

    def enter(self, trade: PlannedTrade, at: int) -> None:
        """Opens a planned position."""
        self._floor.trade(self.address, trade.market, trade.size, at)

    def review(self, review: PlannedReview, at: int) -> None:
        """Panics, answers a margin call, or takes money out.

        As planned and where the condition holds.
        """
        behaviour = self._planned.behaviour
        standing = self._books.standing(self.address, at)
        if behaviour is None or standing is None:
            return
        first = self._planned.deposit * TOKEN_UNIT * WEI
        if review.panics and standing.equity < first and self._books.holdings(self.address):
            self._floor.close_all(self.address, at)
        elif review.tops_up and standing.equity < standing.initial:
            self._call(at, "deposit", _share(self._planned.deposit, behaviour.top_up_share))
        elif review.withdraws:
            self._withdraw(behaviour, at)

    def _withdraw(self, behaviour: Behaviour, at: int) -> None:
        if self._books.holdings(self.address):
            self._call(at, "settle", self.address)
        amount = _share(self._books.withdrawable(self.address, at), behaviour.withdraw_share)
        if amount:
            self._call(at, "withdraw", amount)

    def _call(self, at: int, function: str, argument: int | str) -> Outcome:
        return self._submit(Call(at, self.address, "house", function, (argument,)))


def _share(amount: int, share: int) -> int:
    """A WAD share of an amount, rounded down."""
    return amount * share // WAD
