"""Traders and the market maker: deposits, trades against the maker, and reviews of accounts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import MATCHER
from weiproof.engine.accounts import sub_account
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import WAD, WEI, div_truncate
from weiproof.engine.parameters import MAX_ACCOUNT_MARKETS
from weiproof.engine.records import TOKEN_UNIT
from weiproof.oracles.errors import OracleError

from .collateral import venue_price
from .schedule import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.call import Outcome, Value
    from weiproof.engine.draws import Draws

    from .books import Books
    from .population import PlannedAccount, PlannedReview, PlannedTokenTrade, PlannedTrade
    from .scenario import Behaviour, Scenario
    from .schedule import Schedule

RETRY = 60
"""Seconds after which a call that met no trusted price is made again."""
TRIES = 4
"""How often it is made before it is given up."""

PRICE_ERRORS = frozenset(error.__name__ for error in OracleError.__subclasses__()) | {
    "PriceOutsideBand"
}
"""Errors after which a call is made again later."""


class TradingFloor:
    """The matcher: brings trades between accounts and the market maker at the venue's price."""

    def __init__(
        self,
        scenario: Scenario,
        books: Books,
        submit: Callable[[Call], Outcome],
    ) -> None:
        """`submit` runs a call."""
        self._scenario = scenario
        self._books = books
        self._submit = submit
        self._matcher = actor(MATCHER)
        self._maker = actor(scenario.market_maker.name)
        self.makers = makers_of(scenario)
        """The maker's accounts: one for each eight markets, in their order."""

    def trade(self, account: str, market: int, size: int, at: int) -> Outcome:
        """Trades `size` (WAD, negative sells) against the maker, on what it has resting."""
        return self._settle(account, market, size, self._books.venue_price(market, at), at)

    def force(self, account: str, market: int, size: int, at: int) -> None:
        """Trades of `size` what the venue's book takes, at its average price, and moves the book.

        Without depth it takes everything at its price.
        """
        taken, price = self._taken(market, size, at)
        if taken and self._settle(account, market, taken, price, at).ok:
            self._books.venues.trade(self._books.venue(market), taken, at)

    def bid(self, market: int, size: int, at: int) -> tuple[int, int]:
        """What :meth:`force` would trade of `size` now, and the price that it would be made at."""
        taken, price = self._taken(market, size, at)
        return taken, self._quoted(market, price, buys=size > 0)

    def _taken(self, market: int, size: int, at: int) -> tuple[int, int]:
        """What the venue's book takes of `size`, and its average price; 0 and its price of none."""
        venues, path = self._books.venues, self._books.venue(market)
        step = self._scenario.markets[market].size_step
        taken = div_truncate(venues.takes(path, size, at), step) * step
        if taken == 0:
            return 0, venues.price(path, at)
        return taken, venues.average_price(path, taken, at)

    def _settle(self, account: str, market: int, size: int, venue: int, at: int) -> Outcome:
        if self._scenario.market_maker.resting:
            self.report_orders(market, at)
        price = self._quoted(market, venue, buys=size > 0)
        maker = self.maker_of(market)
        buyer, seller = (account, maker) if size > 0 else (maker, account)
        # the maker quotes, whoever trades with it takes
        args = (buyer, seller, market, abs(size), price, buyer == maker)
        return self._submit(Call(at, self._matcher, "house", "settleTrade", args))

    def trade_token(self, account: str, token: int, amount: int, at: int) -> Outcome:
        """Trades `amount` (token units, negative sells) of a token against the maker."""
        sold = self._scenario.collateral.tokens[token]
        venue = venue_price(self._scenario, sold, at, self._books.venues.price)
        price = quoted(venue, self._scenario.market_maker.spread, 1, buys=amount > 0)
        buyer, seller = (account, self._maker) if amount > 0 else (self._maker, account)
        args = (buyer, seller, token, abs(amount), price, buyer == self._maker)
        return self._submit(Call(at, self._matcher, "house", "settleSpotTrade", args))

    def bring_token(self, token: int, amount: int, at: int) -> Outcome:
        """The maker deposits token units that it sells."""
        return self._submit(Call(at, self._maker, "house", "depositCollateral", (token, amount)))

    def report_impact(self, market: int, at: int) -> None:
        """Reports what the maker pays and asks as the depth's impact prices.

        Nothing where nobody may trade.
        """
        if not self._books.is_active(market):
            return
        bid, ask = self._quote(market, buys=False, at=at), self._quote(market, buys=True, at=at)
        self._submit(Call(at, self._matcher, "house", "reportImpact", (market, bid, ask)))

    def report_orders(self, market: int, at: int) -> None:
        """Reports what the maker has resting: as much on either side, at its prices."""
        bid, ask = self._quote(market, buys=False, at=at), self._quote(market, buys=True, at=at)
        step = self._scenario.markets[market].size_step
        notional = self._scenario.market_maker.resting * TOKEN_UNIT
        size = notional * WAD // ask // step * step
        maker = self.maker_of(market)
        args = (maker, market, size, size * bid // WAD, size, size * ask // WAD)
        self._submit(Call(at, self._matcher, "house", "setOrders", args))

    def close_all(self, account: str, at: int) -> None:
        """Closes every position of an account, market by market, as far as venues take them."""
        for holding in self._books.holdings(account):
            if self._books.is_active(holding.market):
                self.force(account, holding.market, -holding.size, at)

    def cross(self, account: str, other: str, market: int, size: int, at: int) -> None:
        """Trades of `size` (WAD, negative sells) with another, who waited, at the venue's price."""
        tick = self._scenario.markets[market].price_tick
        price = quoted(self._books.venue_price(market, at), 0, tick, buys=size > 0)
        buyer, seller = (account, other) if size > 0 else (other, account)
        args = (buyer, seller, market, abs(size), price, buyer == other)
        self._submit(Call(at, self._matcher, "house", "settleTrade", args))

    def maker_of(self, market: int) -> str:
        """The maker's account in a market."""
        return self.makers[market // MAX_ACCOUNT_MARKETS]

    def spread_capital(self, at: int) -> None:
        """Moves equal parts of the maker's capital to its other accounts."""
        part = self._scenario.market_maker.capital // len(self.makers)
        for account in self.makers[1:]:
            args = (self._maker, account, part)
            self._submit(Call(at, self._maker, "house", "transfer", args))

    def _quote(self, market: int, *, buys: bool, at: int) -> int:
        """The maker's price, a multiple of the tick, rounded against the trader."""
        return self._quoted(market, self._books.venue_price(market, at), buys=buys)

    def _quoted(self, market: int, venue: int, *, buys: bool) -> int:
        spread = self._scenario.market_maker.spread
        tick = self._scenario.markets[market].price_tick
        return quoted(venue, spread, tick, buys=buys)


class Unloading:
    """What keepers took over is sold at its venue, at once or as its book fills again."""

    def __init__(self, floor: TradingFloor, books: Books, schedule: Schedule) -> None:
        """Sells on the floor."""
        self._floor = floor
        self._books = books
        self._schedule = schedule
        self._planned: set[str] = set()

    def begin(self, keeper: str, at: int) -> None:
        """Offers the keeper's positions; what is left where venues have depth, again later."""
        self._floor.close_all(keeper, at)
        if not self._books.venues.have_depth or keeper in self._planned:
            return
        if self._books.holdings(keeper):
            self._planned.add(keeper)
            self._schedule.add(at + RETRY, Phase.TRADERS, partial(self._again, keeper))

    def _again(self, keeper: str, at: int) -> None:
        self._planned.discard(keeper)
        self.begin(keeper, at)


class Trader:
    """One account's owner."""

    def __init__(
        self,
        planned: PlannedAccount,
        floor: TradingFloor,
        books: Books,
        submit: Callable[[Call], Outcome],
        schedule: Schedule,
    ) -> None:
        """`submit` runs a call."""
        self.address = actor(planned.name)
        self._isolated = {
            market: sub_account(self.address, market + 1) for market in planned.isolated
        }
        self._schedule = schedule
        self._planned = planned
        self._floor = floor
        self._books = books
        self._submit = submit

    @property
    def accounts(self) -> tuple[str, ...]:
        """The owner's account and its sub-accounts."""
        return (self.address, *self._isolated.values())

    def deposit(self, at: int) -> None:
        """Makes the first deposit, of cash and of tokens.

        Isolated margin goes on to the sub-accounts at once, in equal parts.
        """
        if cash := self._planned.deposit - self._planned.in_tokens:
            self._call(at, "deposit", cash)
        for token, amount in self._planned.tokens:
            self._patiently(partial(self._bring, token, amount), at)
        for market, account in self._isolated.items():
            part = self._planned.deposit // len(self._isolated)
            self._call(at, "setIsolated", account, market, True)
            self._call(at, "transfer", self.address, account, part)

    def enter(self, trade: PlannedTrade, at: int) -> None:
        """Opens a planned position."""
        account = self._isolated.get(trade.market, self.address)
        self._patiently(partial(self._floor.trade, account, trade.market, trade.size), at)

    def exchange(self, trade: PlannedTokenTrade, at: int) -> None:
        """Buys or sells a token."""
        floor = self._floor.trade_token
        self._patiently(partial(floor, self.address, trade.token, trade.amount), at)

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

    def hear_of_reduce_only(
        self, market: int, at: int, draws: Draws, leave: Callable[[str, int, int], None]
    ) -> None:
        """Plans to `leave` (account, market, time) a market that is reduce-only, if at all."""
        behaviour = self._planned.behaviour
        if behaviour is None or behaviour.leave_within == 0:
            return
        stream = draws.stream(f"account/{self._planned.name}/leave/{market}")
        later = at + stream.between(1, behaviour.leave_within)
        leaving = partial(leave, self.address, market)
        self._schedule.add(later, Phase.TRADERS, leaving)

    def _withdraw(self, behaviour: Behaviour, at: int) -> None:
        if self._books.holdings(self.address):
            self._call(at, "settle", self.address)
        amount = _share(self._books.withdrawable(self.address, at), behaviour.withdraw_share)
        if amount:
            self._call(at, "withdraw", amount)

    def _bring(self, token: int, amount: int, at: int) -> Outcome:
        return self._call(at, "depositCollateral", token, amount)

    def _patiently(self, attempt: Callable[[int], Outcome], at: int) -> None:
        patiently(self._schedule, attempt, at)

    def _call(self, at: int, function: str, *args: Value) -> Outcome:
        return self._submit(Call(at, self.address, "house", function, args))


def makers_of(scenario: Scenario) -> tuple[str, ...]:
    """The market maker's account and, where markets are many, its sub-accounts."""
    owner = actor(scenario.market_maker.name)
    others = (sub_account(owner, number) for number in range(1, scenario.maker_accounts))
    return (owner, *others)


def patiently(
    schedule: Schedule, attempt: Callable[[int], Outcome], at: int, tries: int = TRIES
) -> None:
    """Tries at once, and again later where prices fail."""
    if attempt(at).error in PRICE_ERRORS and tries > 1:
        schedule.add(
            at + RETRY, Phase.TRADERS, lambda now: patiently(schedule, attempt, now, tries - 1)
        )


def quoted(price: int, spread: int, tick: int, *, buys: bool) -> int:
    """The maker's price around a venue's, a multiple of the tick, rounded against the trader."""
    if buys:
        return -(-price * (2 * WAD + spread) // (2 * WAD * tick)) * tick
    return max(price * (2 * WAD - spread) // (2 * WAD * tick), 1) * tick


def _share(amount: int, share: int) -> int:
    """A WAD share of an amount, rounded down."""
    return amount * share // WAD
