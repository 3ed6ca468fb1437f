"""The event loop: jumps from block to block in which something happens, and makes the calls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.crosscheck.protocol import ADMIN, MATCHER, TRANSMITTER, faucet_call, setup_calls
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import WAD
from weiproof.oracles.reporting import ReportingPolicy, publications, through_module

from .books import Books
from .keepers import KeeperAgent
from .paths import above, joined, observations
from .population import plan
from .schedule import Phase, Schedule
from .traders import Trader, TradingFloor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weiproof.crosscheck.protocol import ProtocolSpec
    from weiproof.engine.call import Outcome
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
        floor = TradingFloor(scenario, self._books, self._schedule, submit)
        self._traders = {
            planned.name: Trader(planned, floor, self._books, submit)
            for planned in self._population.accounts
        }
        self._keepers = [
            KeeperAgent(keeper, self._books, self._schedule, submit, floor.close_all)
            for keeper in sorted(scenario.keepers, key=lambda keeper: keeper.latency)
        ]
        self.accounts: tuple[str, ...] = (
            *(trader.address for trader in self._traders.values()),
            *(keeper.address for keeper in self._keepers),
            actor(scenario.market_maker.name),
        )

    @property
    def actors(self) -> tuple[str, ...]:
        """Labels of everybody who sends calls or holds an account."""
        scenario = self._scenario
        return (
            *(ADMIN, MATCHER, TRANSMITTER, scenario.market_maker.name),
            *(keeper.name for keeper in scenario.keepers),
            *self._traders,
        )

    def faucet(self) -> Call:
        """The one call that hands out the tokens of all."""
        scenario = self._scenario
        amounts = {
            account.name: account.deposit * FAUCET_FACTOR for account in self._population.accounts
        }
        amounts |= {keeper.name: keeper.capital for keeper in scenario.keepers}
        amounts[scenario.market_maker.name] = (
            scenario.market_maker.capital + scenario.insurance_fund
        )
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
        for keeper in scenario.keepers:
            self._fund(keeper.name, "deposit", keeper.capital)

    def blocks(self) -> Iterator[Block]:
        """Runs the scenario block by block."""
        self._plan_reports()
        self._plan_traders(self._population)
        self._plan_accruals()
        while (at := self._schedule.next_block()) is not None:
            yield self._block(at)

    def shortfall(self) -> int:
        """What accounts would owe at the end, wei; see :meth:`Books.shortfall`."""
        return self._books.shortfall(self.accounts, self._scenario.end)

    def _block(self, at: int) -> Block:
        self._schedule.run_phase(at, Phase.ORACLES)
        liquidatable = self._books.liquidatable(self.accounts, at)
        for account in liquidatable:
            for keeper in self._keepers:
                keeper.notice(account, at, self.accounts)
        self._schedule.run_phase(at, Phase.KEEPERS)
        self._schedule.run_phase(at, Phase.TRADERS)
        markets = range(len(self._scenario.markets))
        marks = tuple(self._books.mark(market, at) for market in markets)
        return Block(at, marks, len(liquidatable))

    def _fund(self, name: str, function: str, amount: int) -> None:
        self._submit(Call(self._scenario.start, actor(name), "house", function, (amount,)))

    def _plan_reports(self) -> None:
        for feed in self._scenario.feeds:
            for report in self._reports(feed):
                self._plan_report(
                    feed.label, report.answer, report.observed_at, report.published_at
                )

    def _reports(self, feed: Feed) -> tuple[Report, ...]:
        scenario, policy = self._scenario, _policy(feed, self._scenario)
        bounds = range(feed.min_answer, feed.max_answer + 1)
        reports = publications(policy, self._observed(feed), bounds)
        if not feed.hop:
            return reports
        stored = [report for report in reports if report.answer in bounds]
        return through_module(policy, stored, feed.hop, scenario.end)

    def _plan_report(self, label: str, answer: int, observed_at: int, at: int) -> None:
        self._schedule.add(at, Phase.ORACLES, partial(self._transmit, label, answer, observed_at))

    def _transmit(self, label: str, answer: int, observed_at: int, at: int) -> None:
        args = (answer, observed_at)
        self._submit(Call(at, actor(TRANSMITTER), label, "transmit", args))

    def _observed(self, feed: Feed) -> Iterator[tuple[int, int]]:
        scenario = self._scenario
        path = scenario.path(feed.source)
        every = scenario.block_time
        return observations(path, scenario.start, scenario.end, every, feed.decimals, feed.average)

    def _plan_traders(self, population: Population) -> None:
        add, traders = self._schedule.add, self._traders
        for account in population.accounts:
            add(account.at, Phase.TRADERS, traders[account.name].deposit)
        for trade in population.trades:
            add(trade.at, Phase.TRADERS, partial(traders[trade.account].enter, trade))
        for review in population.reviews:
            add(review.at, Phase.TRADERS, partial(traders[review.account].review, review))

    def _plan_accruals(self) -> None:
        scenario = self._scenario
        caller = self._keepers[0].address if self._keepers else actor(scenario.market_maker.name)
        for at in range(scenario.start + ACCRUE_EVERY, scenario.end + 1, ACCRUE_EVERY):
            for market in range(len(scenario.markets)):
                self._schedule.add(at, Phase.TRADERS, partial(self._accrue, caller, market))

    def _accrue(self, caller: str, market: int, at: int) -> None:
        self._submit(Call(at, caller, "house", "accrueFunding", (market,)))


def _policy(feed: Feed, scenario: Scenario) -> ReportingPolicy:
    """How a feed reports; while gas is too dear, it is as if its nodes were out."""
    outages = [(outage.start, outage.end) for outage in feed.outages]
    if feed.gas:
        gas, every = scenario.path(feed.gas), scenario.block_time
        outages += above(gas, feed.gas_limit, scenario.start, scenario.end, every)
    return ReportingPolicy(feed.heartbeat, feed.deviation, WAD, feed.delay, joined(outages))
