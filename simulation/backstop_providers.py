"""The backstop vault's people: providers bring money and leave, a manager works positions off."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from weiproof.contracts.chains import actor
from weiproof.crosscheck import readable
from weiproof.crosscheck.protocol import ADMIN, house_of
from weiproof.engine.backstop_records import BACKSTOP, FUND
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import WAD, WEI, floor_div
from weiproof.engine.parameters import VIRTUAL_SHARES
from weiproof.engine.records import TOKEN_UNIT, TRADE

from .schedule import Phase
from .traders import RETRY, patiently

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.call import Outcome
    from weiproof.engine.model import Model

    from .books import Books
    from .scenario import Scenario
    from .schedule import Schedule
    from .traders import TradingFloor
    from .waterfall import Provider, Waterfall


class VaultBooks:
    """What people see of the vault and of the fund's account in the model."""

    def __init__(self, model: Model) -> None:
        """Changes nothing of the model."""
        self._model = model
        self._ledger = house_of(model).ledger

    def worth(self, at: int) -> int | None:
        """What a share is worth, numerator and rounded down; None of none, or without a price."""
        equity = self.equity(BACKSTOP, at)
        if equity is None or self._ledger.backstop.shares == 0:
            return None
        return floor_div(equity, self._ledger.backstop.shares + VIRTUAL_SHARES)

    def equity(self, account: str, at: int) -> int | None:
        """The account's equity at the mark, a numerator; None where there is no price."""
        self._model.world.now = at
        standing = readable.standing(self._ledger, account, TRADE)
        return None if standing is None else standing.equity

    def shares(self, account: str) -> int:
        """The shares that an account can ask to withdraw."""
        own = self._ledger.backstop_shares.read(account)
        return own.held if own.epoch == self._ledger.backstop.epoch else 0

    def has_markets(self, account: str) -> bool:
        """Whether the account has a position, or one that is closed and not settled."""
        return self._ledger.accounts.read(account).markets != 0

    def would(self, call: Call) -> bool:
        """Whether a call would pass."""
        return self._model.view(call).ok


class ProviderAgent:
    """A provider: deposits, and asks to leave where a share has lost too much of its highest."""

    def __init__(
        self,
        provider: Provider,
        books: VaultBooks,
        schedule: Schedule,
        submit: Callable[[Call], Outcome],
    ) -> None:
        """`submit` runs a call."""
        self.address = actor(provider.name)
        self._provider = provider
        self._books = books
        self._schedule = schedule
        self._submit = submit
        self._highest = 0
        self.deposited = 0
        """Token units."""
        self.withdrawn = 0
        """Token units."""
        self.leaves = False
        self.left = False

    def join(self, at: int) -> None:
        """Brings the deposit into its account, and from there into the vault."""
        if self._call("deposit", (self._provider.deposit,), at).ok:
            patiently(self._schedule, self._enter, at)

    def watch(self, worth: int, at: int) -> None:
        """Looks at what a share is worth in this block."""
        if self._provider.leave_at is None or self.leaves or not self.deposited:
            return
        self._highest = max(self._highest, worth)
        if worth * WAD <= self._highest * (WAD - self._provider.leave_at):
            self._request(at)

    def _enter(self, at: int) -> Outcome:
        outcome = self._call("depositBackstop", (self._provider.deposit,), at)
        if outcome.ok:
            self.deposited += self._provider.deposit
        return outcome

    def _request(self, at: int) -> None:
        shares = self._books.shares(self.address)
        if shares == 0:  # the vault began anew: there is nothing to leave with
            return
        outcome = self._call("requestBackstopWithdrawal", (shares,), at)
        if not outcome.ok:
            return
        self.leaves = True
        (event,) = outcome.events
        args: tuple[Any, ...] = event.args
        self._schedule.add(args[2], Phase.TRADERS, self._leave)

    def _leave(self, at: int) -> None:
        """All or nothing: waits while the vault's positions need what it asks for."""
        if not self._books.would(Call(at, self.address, "house", "withdrawBackstop", ())):
            self._schedule.add(at + RETRY, Phase.TRADERS, self._leave)
            return
        for event in self._call("withdrawBackstop", (), at).events:
            args: tuple[Any, ...] = event.args
            if event.name == "BackstopWithdrawn":
                self.withdrawn += args[2]
                self.left = True

    def _call(self, function: str, args: tuple[int, ...], at: int) -> Outcome:
        return self._submit(Call(at, self.address, "house", function, args))


class Manager:
    """Works off what vault and fund took over, by trades with the market maker.

    The matcher brings them: a system account's may only reduce. Once nothing is left, the account
    is settled, what it owes covered, and the fund's cash given back.
    """

    def __init__(
        self,
        scenario: Scenario,
        terms: Waterfall,
        books: Books,
        vault: VaultBooks,
        floor: TradingFloor,
        schedule: Schedule,
        submit: Callable[[Call], Outcome],
    ) -> None:
        """`submit` runs a call."""
        self._scenario = scenario
        self._terms = terms
        self._books = books
        self._vault = vault
        self._floor = floor
        self._schedule = schedule
        self._submit = submit
        self._planned: set[str] = set()

    def watch(self, at: int) -> None:
        """Plans the next trades of who has positions."""
        for account in (BACKSTOP, FUND):
            if account not in self._planned and self._vault.has_markets(account):
                self._planned.add(account)
                then = at + self._terms.unload_every
                self._schedule.add(then, Phase.TRADERS, partial(self._work_off, account))

    def _work_off(self, account: str, at: int) -> None:
        self._planned.discard(account)
        for holding in self._books.holdings(account):
            size = self._offered(holding.market, holding.size, at)
            self._floor.force(account, holding.market, -size, at)
        if not self._books.holdings(account) and self._vault.has_markets(account):
            self._try("settle", (account,), at)
        if self._books.debts.has_nothing_left(account):
            self._try("coverDebt", (account,), at)
        if account == FUND:
            self._try("releaseFund", (), at)

    def _offered(self, market: int, size: int, at: int) -> int:
        """The share of a position that is offered; all of it where little would remain."""
        terms = self._scenario.markets[market]
        part = abs(size) * self._terms.unload_share // WAD // terms.size_step * terms.size_step
        rest = (abs(size) - part) * self._floor.bid(market, -size, at)[1]
        if part == 0 or rest < terms.minimum_notional * WAD:
            return size
        return part if size > 0 else -part

    def _try(self, function: str, args: tuple[str, ...], at: int) -> None:
        """Makes a call that anybody may make, where it would pass."""
        call = Call(at, actor(ADMIN), "house", function, args)
        if self._vault.would(call):
            self._submit(call)


class VaultPeople:
    """All of them, and what the summary says of the vault."""

    def __init__(
        self,
        scenario: Scenario,
        terms: Waterfall,
        books: Books,
        model: Model,
        floor: TradingFloor,
        schedule: Schedule,
        submit: Callable[[Call], Outcome],
    ) -> None:
        """`submit` runs a call."""
        self._terms = terms
        self._schedule = schedule
        self._books = VaultBooks(model)
        self._holdings = books.holdings
        self._mark = books.mark
        self._manager = Manager(scenario, terms, books, self._books, floor, schedule, submit)
        self._providers = [
            ProviderAgent(each, self._books, schedule, submit) for each in terms.providers
        ]
        self._highest = 0
        self._deepest = 0

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts of providers and of the system."""
        return (*(provider.address for provider in self._providers), BACKSTOP, FUND)

    def amounts(self) -> dict[str, int]:
        """What each provider brings, token units."""
        return {provider.name: provider.deposit for provider in self._terms.providers}

    def plan(self) -> None:
        """Plans the deposits."""
        for agent, provider in zip(self._providers, self._terms.providers, strict=True):
            self._schedule.add(provider.at, Phase.TRADERS, agent.join)

    def watch(self, at: int) -> None:
        """Looks at the vault before the traders of this block."""
        worth = self._books.worth(at)
        if worth is not None:
            self._highest = max(self._highest, worth)
            lost = (self._highest - worth) * WAD // self._highest if self._highest else 0
            self._deepest = max(self._deepest, lost)
            for provider in self._providers:
                provider.watch(worth, at)
        self._manager.watch(at)

    def result(self, at: int) -> int | None:
        """What the vault gained for its providers, wei, rounded down; None without a price."""
        equity = self._books.equity(BACKSTOP, at)
        if equity is None:
            return None
        brought = sum(provider.deposited - provider.withdrawn for provider in self._providers)
        return equity // WEI - brought * TOKEN_UNIT

    def told(self, at: int) -> dict[str, Any]:
        """For the summary; amounts in wei, what cannot be priced is null."""
        left = sum(provider.left for provider in self._providers)
        leaving = sum(provider.leaves for provider in self._providers) - left
        deposited = sum(provider.deposited for provider in self._providers)
        withdrawn = sum(provider.withdrawn for provider in self._providers)
        return {
            "deposited": str(deposited * TOKEN_UNIT),
            "withdrawn": str(withdrawn * TOKEN_UNIT),
            "result": _text(self.result(at)),
            "drawdown": str(self._deepest),
            "providers": {"leaving": leaving, "left": left},
            "positions_left": _text(self._notional(BACKSTOP, at)),
            "fund_positions_left": _text(self._notional(FUND, at)),
        }

    def _notional(self, account: str, at: int) -> int | None:
        """Notional at the mark of what an account holds, wei, rounded down."""
        notional = 0
        for holding in self._holdings(account):
            mark = self._mark(holding.market, at)
            if mark is None:
                return None
            notional += abs(holding.size) * mark
        return notional // WAD


def _text(amount: int | None) -> str | None:
    return None if amount is None else str(amount)
