"""The event loop: jumps from block to block in which something happens, and makes the calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import ADMIN, MATCHER, TRANSMITTER, faucet_call, setup_calls
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import WAD, WEI, div_up
from weiproof.engine.records import TOKEN_UNIT
from weiproof.oracles.reporting import ReportingPolicy, publications, through_module

from .backstop_providers import VaultPeople
from .books import Books
from .contention import OpenSpace, ScarceSpace, Waiting
from .dynamics import changes_of
from .keepers import KeeperAgent, Places
from .leaving import Exit
from .liquidator import Liquidator
from .paths import above, joined, observations
from .population import plan
from .route_books import RouteBooks
from .schedule import Phase, Schedule
from .settlers import Administrator, SettlerAgent
from .token_keepers import TokenKeeper
from .traders import RETRY, Trader, TradingFloor, Unloading, patiently
from .transmissions import LiveFeed, Transmissions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.call import Outcome, Value
    from weiproof.engine.model import Model
    from weiproof.oracles.reporting import Report

    from .population import Population
    from .scenario import Feed, Scenario

FAUCET_FACTOR = 10
"""An account is given this many times its first deposit, for the deposits it may make later."""

ACCRUE_EVERY = 1800
"""Seconds between the keepers' calls of ``accrueFunding``."""


@dataclass(frozen=True, slots=True)
class Block:
    """A finished block, for whoever watches."""

    at: int
    marks: tuple[int | None, ...]
    """Mark of each market, WAD; None where no price can be trusted."""
    liquidatable: int
    """Accounts below maintenance after the oracle reports."""


class Driver:
    """Runs a scenario against a model; every call goes through `submit`."""

    def __init__(
        self,
        scenario: Scenario,
        spec: ProtocolSpec,
        model: Model,
        submit: Callable[[Call], Outcome],
    ) -> None:
        """`submit` applies a call, to the model at least, and answers with the outcome."""
        self._scenario = scenario
        self._spec = spec
        self._submit = submit
        self._population = plan(scenario)
        self._books = Books(scenario, model)
        self._schedule = Schedule(scenario)
        floor = self._floor = TradingFloor(scenario, self._books, submit)
        self._traders = {
            planned.name: Trader(planned, floor, self._books, submit, self._schedule)
            for planned in self._population.accounts
        }
        space = scenario.blockspace
        self._space = OpenSpace() if space is None else ScarceSpace(space, scenario.path)
        self._waiting = Waiting()
        self._transmissions = Transmissions(self._schedule, self._space, self._waiting, submit)
        keepers = sorted(scenario.keepers, key=lambda keeper: keeper.latency)
        self._vault, self._liquidator = self._by_routes(model)
        places = Places(self._space, self._waiting, self._liquidator)
        unload = Unloading(floor, self._books, self._schedule).begin
        self._keepers = [
            KeeperAgent(keeper, self._books, self._schedule, submit, unload, places)
            for keeper in keepers
        ]
        self._token_keepers = [
            TokenKeeper(keeper, self._books.debts, self._schedule, submit, self._space)
            for keeper in keepers
        ]
        asked: set[tuple[str, int]] = set()
        settlers = [
            SettlerAgent(settler, scenario, self._books, self._schedule, submit, asked)
            for settler in scenario.market_life.settlers
        ]
        self._administrator = Administrator(
            scenario,
            self._schedule,
            submit,
            self._traders.values(),
            settlers,
            Exit(floor, self._books),
        )
        self.accounts: tuple[str, ...] = (
            *(account for trader in self._traders.values() for account in trader.accounts),
            *(keeper.address for keeper in self._keepers),
            *floor.makers,
            *(() if self._vault is None else self._vault.accounts),
        )
        for settler in settlers:
            settler.watch(self.accounts)

    def _by_routes(self, model: Model) -> tuple[VaultPeople | None, Liquidator | None]:
        """The vault's people, and who decides for keepers, where the scenario has routes."""
        scenario, books, floor, submit = self._scenario, self._books, self._floor, self._submit
        terms = scenario.waterfall
        if terms is None:
            return None, None
        people = VaultPeople(scenario, terms, books, model, floor, self._schedule, submit)
        return people, Liquidator(scenario, RouteBooks(model, books), floor, submit)

    @property
    def actors(self) -> tuple[str, ...]:
        """Labels of everybody who sends calls or holds an account."""
        scenario = self._scenario
        return (
            *(ADMIN, MATCHER, TRANSMITTER, scenario.market_maker.name),
            *(keeper.name for keeper in scenario.keepers),
            *(settler.name for settler in scenario.market_life.settlers),
            *self._traders,
            *(() if self._vault is None else self._vault.amounts()),
        )

    def faucets(self) -> tuple[Call, ...]:
        """The calls that hand out the tokens of all, one for each token."""
        return (self._faucet(), *self._token_faucets())

    def _token_faucets(self) -> Iterator[Call]:
        for token_id, token in enumerate(self._scenario.collateral.tokens):
            maker = self._scenario.market_maker
            brought = [(account.name, account.tokens) for account in self._population.accounts]
            amounts = {
                name: sum(units for each, units in tokens if each == token_id)
                for name, tokens in (*brought, (maker.name, maker.tokens))
            }
            amounts = {name: units for name, units in amounts.items() if units}
            if amounts:
                yield faucet_call(self._spec, amounts, label=token.label)

    def _faucet(self) -> Call:
        scenario = self._scenario
        amounts = {
            account.name: account.deposit * FAUCET_FACTOR for account in self._population.accounts
        }
        # what it gets for tokens comes in with deposits
        factor = FAUCET_FACTOR if scenario.collateral.tokens else 1
        amounts |= {keeper.name: keeper.capital * factor for keeper in scenario.keepers}
        amounts[scenario.market_maker.name] = (
            scenario.market_maker.capital + scenario.insurance_fund
        )
        amounts |= {} if self._vault is None else self._vault.amounts()
        return faucet_call(self._spec, amounts)

    def open(self) -> None:
        """Configures the protocol and funds insurance, market maker and keepers."""
        for call in setup_calls(self._spec):
            self._submit(call)
        scenario = self._scenario
        maker = scenario.market_maker
        if scenario.insurance_fund:
            self._fund(maker.name, "depositInsurance", scenario.insurance_fund)
        self._fund(maker.name, "deposit", maker.capital)
        self._floor.spread_capital(scenario.start)
        for keeper in scenario.keepers:
            self._fund(keeper.name, "deposit", keeper.capital)

    def blocks(self) -> Iterator[Block]:
        """Runs the scenario block by block."""
        self._plan_reports()
        self._plan_rates()
        self._administrator.plan()
        self._plan_traders(self._population)
        if self._vault is not None:
            self._vault.plan()
        self._plan_accruals()
        self._plan_impacts()
        self._plan_changes()
        while (at := self._schedule.next_block()) is not None:
            yield self._block(at)

    def shortfall(self) -> int:
        """What accounts would owe at the end, wei; see :meth:`Books.shortfall`."""
        return self._books.shortfall(self.accounts, self._scenario.end)

    def told(self) -> dict[str, Any]:
        """What the summary says of the simulated world, where the scenario has such parts."""
        scenario = self._scenario
        names = (keeper.name for keeper in scenario.keepers)
        told: dict[str, Any] = {}
        if scenario.keepers:
            told["waiting"] = self._waiting.told_of_keepers()
        if isinstance(self._space, ScarceSpace):
            told["blockspace"] = self._waiting.told(self._space, names, self._transmissions.left)
        if self._books.venues.have_depth:
            told["venues"] = self._books.venues.told()
        if watched := [group.name for group in scenario.groups if group.watched]:
            told["groups"] = {name: self._group(name) for name in watched}
        if self._vault is not None and self._liquidator is not None:
            told["vault"] = self._vault.told(self._scenario.end)
            told["deleveraging"] = self._liquidator.told()
        return told

    def _group(self, name: str) -> dict[str, Any]:
        """What the accounts of a group brought in, have and owe; as the shortfall counts, wei."""
        members = [account for account in self._population.accounts if account.group == name]
        traders = [self._traders[member.name] for member in members]
        accounts = [account for trader in traders for account in trader.accounts]
        minted = sum(member.deposit for member in members) * FAUCET_FACTOR
        outside = sum(self._books.wallet(trader.address) for trader in traders)
        paid_in = (minted - outside) * TOKEN_UNIT
        equities = self._books.equities(accounts, self._scenario.end)
        left = sum(max(equity, 0) for equity in equities) // WEI
        owed = div_up(sum(max(-equity, 0) for equity in equities), WEI)
        return {
            "accounts": len(members),
            "paid_in": str(paid_in),
            "left": str(left),
            "owed": str(owed),
            "result": str(left - paid_in),
        }

    def _block(self, at: int) -> Block:
        self._schedule.run_phase(at, Phase.ORACLES)
        self._transmissions.serve(at)
        liquidatable = self._books.liquidatable(self.accounts, at)
        self._waiting.watch(liquidatable, at)
        for account in liquidatable:
            for keeper in self._keepers:
                keeper.notice(account, at, self.accounts)
        for account in self._books.debts.debtors(self.accounts, at):
            for buyer in self._token_keepers:
                buyer.notice(account, at)
        self._schedule.run_phase(at, Phase.KEEPERS)
        self._space.serve(at)
        if self._vault is not None and self._liquidator is not None:
            self._liquidator.watch(at)
            self._vault.watch(at)
        self._schedule.run_phase(at, Phase.TRADERS)
        markets = range(len(self._scenario.markets))
        marks = tuple(self._books.mark(market, at) for market in markets)
        return Block(at, marks, len(liquidatable))

    def _fund(self, name: str, function: str, amount: int) -> None:
        self._submit(Call(self._scenario.start, actor(name), "house", function, (amount,)))

    def _plan_reports(self) -> None:
        scenario, plan_report = self._scenario, self._transmissions.plan
        for feed in scenario.feeds:
            path = scenario.path(feed.source)
            if path.depth is not None:
                policy, venues = _policy(feed, scenario), self._books.venues
                live = LiveFeed(feed, path, policy, venues, self._schedule, plan_report)
                live.start(scenario.start)
                continue
            for report in self._reports(feed):
                plan_report(feed, report)

    def _reports(self, feed: Feed) -> tuple[Report, ...]:
        scenario, policy = self._scenario, _policy(feed, self._scenario)
        bounds = range(feed.min_answer, feed.max_answer + 1)
        reports = publications(policy, self._observed(feed), bounds)
        if not feed.hop:
            return reports
        stored = [report for report in reports if report.answer in bounds]
        return through_module(policy, stored, feed.hop, scenario.end)

    def _observed(self, feed: Feed) -> Iterator[tuple[int, int]]:
        scenario = self._scenario
        path = scenario.path(feed.source)
        every = scenario.block_time
        return observations(path, scenario.start, scenario.end, every, feed.decimals, feed.average)

    def _plan_rates(self) -> None:
        for token in self._scenario.collateral.tokens:
            for at, rate in token.rates:
                change = partial(self._set_rate, token.label, rate)
                self._schedule.add(at, Phase.ORACLES, change)

    def _set_rate(self, label: str, rate: int, at: int) -> None:
        self._submit(Call(at, actor(ADMIN), label, "setExchangeRate", (rate,)))

    def _plan_traders(self, population: Population) -> None:
        add, traders = self._schedule.add, self._traders
        for account in population.accounts:
            add(account.at, Phase.TRADERS, traders[account.name].deposit)
        for token, amount in self._scenario.market_maker.tokens:
            bring = partial(self._floor.bring_token, token, amount)
            first = partial(patiently, self._schedule, bring)
            add(self._scenario.start + RETRY, Phase.TRADERS, first)
        for trade in population.trades:
            add(trade.at, Phase.TRADERS, partial(traders[trade.account].enter, trade))
        for sale in population.token_trades:
            add(sale.at, Phase.TRADERS, partial(traders[sale.account].exchange, sale))
        for review in population.reviews:
            add(review.at, Phase.TRADERS, partial(traders[review.account].review, review))

    def _plan_accruals(self) -> None:
        scenario = self._scenario
        caller = self._keepers[0].address if self._keepers else actor(scenario.market_maker.name)
        for market, each in enumerate(scenario.markets):
            # A market whose volatility is measured is accrued as often as it may be observed.
            observed = each.volatility.observation_period if each.volatility else ACCRUE_EVERY
            every = min(observed, ACCRUE_EVERY)
            for at in range(scenario.start + every, scenario.end + 1, every):
                self._schedule.add(at, Phase.TRADERS, partial(self._accrue, caller, market))

    def _plan_impacts(self) -> None:
        scenario = self._scenario
        every = scenario.market_maker.impact_every
        for at in range(scenario.start + every, scenario.end + 1, every) if every else ():
            for market in range(len(scenario.markets)):
                self._schedule.add(at, Phase.TRADERS, partial(self._floor.report_impact, market))

    def _plan_changes(self) -> None:
        for at, args in changes_of(self._scenario.changes, self._spec.markets):
            self._schedule.add(at, Phase.TRADERS, partial(self._change, args))

    def _change(self, args: tuple[Value, ...], at: int) -> None:
        self._submit(Call(at, actor(ADMIN), "house", "setMarketParameters", args))

    def _accrue(self, caller: str, market: int, at: int) -> None:
        if self._books.is_delisted(market):
            return
        self._submit(Call(at, caller, "house", "accrueFunding", (market,)))


def _policy(feed: Feed, scenario: Scenario) -> ReportingPolicy:
    """How a feed reports; while gas is too dear, it is as if its nodes were out."""
    outages = [(outage.start, outage.end) for outage in feed.outages]
    if feed.gas:
        gas, every = scenario.path(feed.gas), scenario.block_time
        outages += above(gas, feed.gas_limit, scenario.start, scenario.end, every)
    return ReportingPolicy(feed.heartbeat, feed.deviation, WAD, feed.delay, joined(outages))
