"""What a run came to, counted from its calls and outcomes alone.

So that a replay finds the same.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weiproof.engine.backstop_records import Route
from weiproof.engine.fixed_point import WAD

from .life_metrics import LifeMetrics
from .route_metrics import RouteMetrics

if TYPE_CHECKING:
    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.call import Call, Event, Outcome


@dataclass(slots=True)
class FeedClock:
    """How long a feed had no round that trades may use."""

    max_age: int
    updated_at: int | None = None
    stale: int = 0
    periods: list[tuple[int, int]] = field(default_factory=list)
    """Stale periods: first second, first second after."""

    def advance(self, start: int, until: int) -> None:
        """Counts the stale seconds since the last round (or since `start`) until a time."""
        begin = start if self.updated_at is None else self.updated_at + self.max_age + 1
        if until > begin:
            self.stale += until - begin
            self.periods.append((begin, until))


@dataclass(slots=True)
class Metrics:
    """Running figures; money in wei."""

    spec: ProtocolSpec
    calls: int = 0
    reverts: Counter[str] = field(default_factory=Counter)
    functions: Counter[str] = field(default_factory=Counter)
    liquidations: Counter[str] = field(default_factory=Counter)
    liquidated: set[str] = field(default_factory=set)
    liquidated_notional: int = 0
    liquidation_fees: int = 0
    rewards: int = 0
    trading_fees: int = 0
    traded_notional: int = 0
    fund: int = 0
    fund_start: int | None = None
    fund_lowest: int = 0
    paid_out: int = 0
    socialised: int = 0
    unresolved: int = 0
    feeds: dict[str, FeedClock] = field(default_factory=dict)
    last_at: int = 0
    bought: Counter[str] = field(default_factory=Counter)
    """Token units that were bought from debtors, by token."""
    paid_for_tokens: int = 0
    traded: Counter[str] = field(default_factory=Counter)
    """Token units that were traded between accounts, by token."""
    debts_covered: int = 0
    life: LifeMetrics = field(init=False)
    by_route: RouteMetrics = field(default_factory=RouteMetrics)

    def __post_init__(self) -> None:
        """Starts a clock for each feed that is a source."""
        self.life = LifeMetrics(self.spec)
        rated = {each.name: f"feed/{each.feed}" for each in self.spec.rated_feeds}
        for price in self.spec.prices:
            for source in price.sources:
                self.feeds[rated.get(source.feed, f"feed/{source.feed}")] = FeedClock(
                    source.max_age
                )

    def add(self, call: Call, outcome: Outcome) -> None:
        """Counts one call."""
        self.calls += 1
        self.last_at = call.at
        kind = call.target.partition("/")[0]
        self.functions[f"{kind}.{call.function}"] += 1
        if self.fund_start is None and kind == "feed":
            # Setting up is over with the first round: the fund's balance now is its start.
            self.fund_start = self.fund_lowest = self.fund
        if not outcome.ok:
            self.reverts[outcome.error or "(no data)"] += 1
        for event in outcome.events:
            self._event(call, event, outcome)
            self.life.add(event)
        self.by_route.add(call, outcome, self.unresolved)

    def _event(self, call: Call, event: Event, outcome: Outcome) -> None:
        args: tuple[Any, ...] = event.args
        if event.name == "AnswerUpdated" and event.target in self.feeds:
            clock = self.feeds[event.target]
            clock.advance(self.spec.genesis_time, call.at)
            clock.updated_at = call.at
        elif event.name == "Liquidated":
            self._liquidated(args, outcome)
        elif event.name == "TradeSettled":
            self.traded_notional += args[3] * args[4] // WAD
            self.trading_fees += args[5] + args[6]
        elif event.name == "SpotTradeSettled":
            self.traded[self.spec.collaterals[args[0]].token] += args[3]
            self.traded_notional += args[5]
            self.trading_fees += args[7] + args[8]
        elif event.name == "CollateralBought":
            self.bought[self.spec.collaterals[args[2]].token] += args[3]
            self.paid_for_tokens += args[4]
        elif event.name == "Deleveraged":
            self.liquidated.add(args[0])
        else:
            self._fund_event(event.name, args)

    def _fund_event(self, name: str, args: tuple[Any, ...]) -> None:
        if name == "InsuranceFundCredited":
            self.fund += args[0] - args[1]
            self.unresolved -= args[1]
        elif name == "FundEndowed":
            self.fund -= args[0]
            self.fund_lowest = min(self.fund_lowest, self.fund)
        elif name == "DeficitCovered":
            self._deficit(*args[2:])
        elif name == "DebtCovered":
            self.debts_covered += 1
            self._deficit(args[1], 0, args[2])
        elif name == "MarketClosed":
            self._deficit(args[3], 0, args[4])

    def _liquidated(self, args: tuple[Any, ...], outcome: Outcome) -> None:
        account, market, _, size, mark, fee, reward, _, route = args
        closed = any(
            event.name == "PositionChanged"
            and event.args[:2] == (account, market)
            and event.args[2] == 0
            for event in outcome.events
        )
        self.liquidations["full" if closed else "partial"] += 1
        self.liquidations["forced"] += route == Route.FORCED_CLOSE
        self.liquidated.add(account)
        self.liquidated_notional += size * mark // WAD
        self.liquidation_fees += fee
        self.rewards += reward

    def _deficit(self, from_fund: int, socialised: int, unresolved: int) -> None:
        self.fund -= from_fund
        self.fund_lowest = min(self.fund_lowest, self.fund)
        self.paid_out += from_fund
        self.socialised += socialised
        self.unresolved += unresolved

    def finish(self) -> None:
        """Closes the clocks at the time of the last call."""
        for clock in self.feeds.values():
            clock.advance(self.spec.genesis_time, self.last_at)
        self.by_route.finish(self.last_at)


def summary_of(metrics: Metrics, **more: object) -> dict[str, Any]:
    """The deterministic summary of a finished run; money in wei as decimal strings."""
    deficits = metrics.paid_out + metrics.socialised + metrics.unresolved
    collateral = {"collateral": _collateral(metrics)} if metrics.spec.collaterals else {}
    routes = {"waterfall": metrics.by_route.told()} if metrics.spec.backstop else {}
    return {
        **collateral,
        **metrics.life.told(),
        **routes,
        **more,
        "calls": metrics.calls,
        "functions": dict(sorted(metrics.functions.items())),
        "reverts": dict(sorted(metrics.reverts.items())),
        "liquidations": {
            "partial": metrics.liquidations["partial"],
            "full": metrics.liquidations["full"],
            "forced": metrics.liquidations["forced"],
            "accounts": len(metrics.liquidated),
            "notional": str(metrics.liquidated_notional),
            "fees": str(metrics.liquidation_fees),
            "rewards": str(metrics.rewards),
        },
        "trades": {"notional": str(metrics.traded_notional), "fees": str(metrics.trading_fees)},
        "insurance_fund": {
            "start": str(metrics.fund_start or 0),
            "lowest": str(metrics.fund_lowest),
            "end": str(metrics.fund),
            "paid_out": str(metrics.paid_out),
        },
        "bad_debt": str(deficits),
        "bad_debt_covered": {
            "insurance_fund": str(metrics.paid_out),
            "socialised": str(metrics.socialised),
            "unresolved": str(metrics.unresolved),
        },
        "stale_seconds": {
            name.partition("/")[2]: clock.stale for name, clock in sorted(metrics.feeds.items())
        },
        "stale_periods": {
            name.partition("/")[2]: [[str(a), str(b)] for a, b in clock.periods]
            for name, clock in sorted(metrics.feeds.items())
        },
    }


def _collateral(metrics: Metrics) -> dict[str, Any]:
    """What became of debtors' tokens; there only where a scenario has tokens."""
    return {
        "bought": {name: str(units) for name, units in sorted(metrics.bought.items())},
        "paid": str(metrics.paid_for_tokens),
        "debts_covered": metrics.debts_covered,
        "traded": {name: str(units) for name, units in sorted(metrics.traded.items())},
    }


def encode_summary(summary: dict[str, Any]) -> bytes:
    """The summary's file: JSON with sorted keys."""
    return (json.dumps(summary, indent=2, sort_keys=True) + "\n").encode()
