"""Events of markets, and those who settle what is delisted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import ADMIN
from weiproof.engine.backstop_records import BACKSTOP, FUND
from weiproof.engine.call import Call
from weiproof.engine.draws import Draws

from .market_life import DELISTED, REDUCE_ONLY, REVERSED, SHUFFLED
from .schedule import Phase
from .traders import PRICE_ERRORS, RETRY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from weiproof.engine.call import Outcome

    from .books import Books
    from .leaving import Exit
    from .market_life import MarketEvent, Settler
    from .scenario import Scenario
    from .schedule import Schedule
    from .traders import Trader


class Administrator:
    """Makes the scenario's events of markets, and tells traders and settlers of them."""

    def __init__(
        self,
        scenario: Scenario,
        schedule: Schedule,
        submit: Callable[[Call], Outcome],
        traders: Iterable[Trader],
        settlers: Iterable[SettlerAgent],
        exits: Exit,
    ) -> None:
        """`submit` runs a call."""
        self._scenario = scenario
        self._schedule = schedule
        self._submit = submit
        self._traders = tuple(traders)
        self._settlers = tuple(settlers)
        self._exits = exits

    def plan(self) -> None:
        """Queues all events; in its block each comes before the traders that are queued later."""
        for event in self._scenario.market_life.events:
            self._schedule.add(event.at, Phase.TRADERS, partial(self._make, event))

    def _make(self, event: MarketEvent, at: int) -> None:
        function, args = event.call()
        outcome = self._submit(Call(at, actor(ADMIN), "house", function, args))
        if outcome.error in PRICE_ERRORS:  # a final price has to be one that can be trusted
            self._schedule.add(at + RETRY, Phase.TRADERS, partial(self._make, event))
        if not outcome.ok:
            return
        if event.becomes == REDUCE_ONLY:
            draws = Draws(self._scenario.seed)
            for trader in self._traders:
                trader.hear_of_reduce_only(event.market, at, draws, self._exits.leave)
        elif event.becomes == DELISTED:
            for settler in self._settlers:
                settler.notice(event.market, at)


class SettlerAgent:
    """One settler: `latency` seconds after a delisting it begins, at most `capacity` calls a block.

    It looks before each call, so it makes none that another has made before.
    """

    def __init__(
        self,
        settler: Settler,
        scenario: Scenario,
        books: Books,
        schedule: Schedule,
        submit: Callable[[Call], Outcome],
        asked: set[tuple[str, int]],
    ) -> None:
        """`submit` runs a call; all settlers note in `asked` whom they settled in which market."""
        self.address = actor(settler.name)
        self._settler = settler
        self._scenario = scenario
        self._books = books
        self._schedule = schedule
        self._submit = submit
        self._accounts: tuple[str, ...] = ()
        self._asked = asked

    def watch(self, accounts: tuple[str, ...]) -> None:
        """Says whose positions are to be settled; those of system accounts are, too."""
        self._accounts = (*accounts, BACKSTOP, FUND)

    def notice(self, market: int, at: int) -> None:
        """A market was delisted."""
        self._schedule.add(at + self._settler.latency, Phase.TRADERS, partial(self._go_on, market))

    def _go_on(self, market: int, at: int) -> None:
        left, wait = self._settler.capacity, 1
        for function, account in self._steps(market):
            if left == 0:
                break
            args = (market,) if account is None else (account, market)
            outcome = self._submit(Call(at, self.address, "house", function, args))
            left -= 1
            if outcome.error in PRICE_ERRORS:
                wait = RETRY
            elif account is not None:
                self._asked.add((account, market))
        if left < self._settler.capacity or not self._books.is_closed(market):
            self._schedule.add(at + wait, Phase.TRADERS, partial(self._go_on, market))

    def _steps(self, market: int) -> Iterable[tuple[str, str | None]]:
        """What is to be done, as the model stands when each is asked for."""
        order = self._ordered(market)
        books = self._books
        if not books.is_closed(market):
            for account in order:
                asked = (account, market) in self._asked
                if books.size(account, market) or (books.quote(account, market) < 0 and not asked):
                    yield "settleFinal", account
            if not any(books.size(account, market) for account in order):
                yield "closeMarket", None
        if books.is_closed(market):
            for account in order:
                if books.quote(account, market) > 0:
                    yield "claimFinal", account

    def _ordered(self, market: int) -> tuple[str, ...]:
        accounts = self._accounts
        if self._settler.order == REVERSED:
            return accounts[::-1]
        if self._settler.order != SHUFFLED:
            return accounts
        stream = Draws(self._scenario.seed).stream(f"settler/{self._settler.name}/{market}")
        left = list(accounts)
        return tuple(left.pop(stream.below(len(left))) for _ in accounts)
