"""Accounts' figures three times: engine, contract, and slowly in fractions from stored records."""

from __future__ import annotations

import os
from collections import Counter
from itertools import islice
from math import ceil, floor
from typing import TYPE_CHECKING

from tests.crosscheck.exact_bounds import (
    demand,
    health,
    leverage,
    liquidatable,
    ratio,
    rest,
    units,
    value,
)
from tests.crosscheck.exact_margin import Account, Exact, NoPrice, NoTokenPrice, bits
from tests.crosscheck.exact_requirements import FINE, ONE
from tests.crosscheck.exact_risks import LOOK_AT, calls_of
from tests.crosscheck.exact_trades import TokenTrades
from weiproof.contracts.chains import ZERO_ADDRESS, open_chain
from weiproof.crosscheck.fuzz.playground import SPEC
from weiproof.crosscheck.fuzz.scene import Scene
from weiproof.crosscheck.lockstep import Lockstep
from weiproof.crosscheck.protocol import deploy_chain, deploy_model
from weiproof.engine import margin, pricing
from weiproof.engine.call import Call
from weiproof.engine.draws import Draws
from weiproof.engine.errors import Revert
from weiproof.engine.parameters import MAX_PRICE
from weiproof.engine.records import LIQUIDATION, TRADE, WITHDRAW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Value

THOROUGH = bool(os.environ.get("WEIPROOF_THOROUGH"))
ACCOUNTS, PRICES = (20_000, 10_000) if THOROUGH else (550, 300)
"""How many accounts, and liquidation prices, are looked at at least."""

EVERY = 12 if THOROUGH else 70
"""Accounts are looked at every so many calls, when one of the causes occurs."""

MARKED = {"settleTrade": 2, "reportImpact": 0, "setMarketParameters": 0}
"""Calls that move a mark, and which argument is the market."""

CAUSES = ("settleTrade", "reportImpact", "setCollateralParameters")
"""Calls whose effect on figures differs in their own block from that in the next."""

SEQUENCE = 600
"""Calls of a seed."""

LATER = (0, 0, 1, 37, 600, 3_000)
"""Seconds after the last call at which accounts are looked at, in turn."""

REACHED = (
    "bankrupt",
    "in debt",
    "in debt beyond the kink",
    "liquidatable",
    "scaled by open interest",
    "marks at a band on its way",
    "scaled by volatility",
    "scaled by volatility and rounded",
    "stopped by a token without a price",
    "terms on their way",
    "trades of tokens",
    "trades of tokens at a share of the fee",
    "trades of tokens with a fee on dust",
    "trades of tokens with a rounded fee",
    "trades of tokens with dust",
    "with a liquidity add-on",
    "with a token that counts as nothing",
    "with a weight on its way",
    "with initial margin in proportion",
    "with initial margin of the whole notional",
    "with initial margin that just covers the fee",
    "with interest on its way",
    "with offsets",
    "with orders",
    "with orders beside an offset",
    "with several positions",
    "with socialised losses on their way",
    "with tokens",
    "without a price",
)
"""Kinds of accounts, marks and trades that are all looked at."""


class Checker:
    """Compares what both sides publish with the exact figures, and counts."""

    def __init__(self, lockstep: Lockstep, scene: Scene) -> None:
        self.lockstep, self.scene = lockstep, scene
        self.at = scene.now
        self.exact = Exact(scene.model, self.at)
        self.seen: Counter[str] = Counter()
        self.differences: list[str] = []

    def look(self, scene: Scene) -> None:
        """Looks at every account with positions, orders or tokens."""
        self.scene = scene
        self.at = scene.model.world.now + LATER[self.seen["looks"] % len(LATER)]
        self.exact = Exact(scene.model, self.at)
        self.seen["looks"] += 1
        rate = self.exact.interest_rate()
        self._expect("interestRate", (), [(rate, rate)])
        for market_id in range(scene.market_count):
            self._mark(market_id)
        for key in [key for key in scene.model.world.store.keys() if key[0] == "account"]:  # noqa: SIM118
            address = str(key[1])
            record = scene.account(address)
            if record.markets or record.ordered_markets or record.collaterals:
                self._account(address)
                for market_id in bits(record.markets):
                    self._prices(address, market_id)

    def look_at_account(self, scene: Scene, address: str) -> None:
        """Looks at an account now, in the next block, and as late as most prices last."""
        for later in (0, 1, 899):
            self.at = scene.model.world.now + later
            self.exact = Exact(scene.model, self.at)
            self._account(address)

    def look_at_volumes(self, scene: Scene, volumes: dict[str, int]) -> None:
        """Compares what accounts traded in thirty days, wei, with what is published now."""
        self.at = scene.model.world.now
        for address, volume in volumes.items():
            self._expect("volumeOf", (address,), [(volume, volume)])

    def look_at_mark(self, scene: Scene, market_id: int) -> None:
        """Looks at a market's mark now, in the next block, and about the end of a report's life."""
        longest = scene.parameters(market_id).impact_max_age
        for later in (0, 1, longest, longest + 1):
            self.at = scene.model.world.now + later
            self.exact = Exact(scene.model, self.at)
            self._mark(market_id)

    def published(self, function: str, *args: Value) -> tuple[Value, ...] | None:
        """What engine and contract both answer; None where both refuse."""
        call = Call(self.at, ZERO_ADDRESS, "house", function, args)
        model, chain = self.lockstep.model.view(call), self.lockstep.chain.view(call)
        if model != chain:
            self._differ(function, args, f"engine {model}, contract {chain}")
        return model.values if model.ok else None

    def _expect(
        self, function: str, args: tuple[Value, ...], bounds: list[tuple[int, int]] | None
    ) -> None:
        """A view answers within these bounds, or refuses where there are none."""
        values = self.published(function, *args)
        if function == "accountFigures" and values is not None:
            (inner,) = values
            values = inner if isinstance(inner, tuple) else ()
        if (values is None) != (bounds is None):
            self._differ(function, args, f"{values} where {bounds} was expected")
        for each, (low, high) in zip(values or (), bounds or (), strict=False):
            if not low <= int(each) <= high:  # type: ignore[arg-type]
                self._differ(function, args, f"{values} outside {bounds}")
            self.seen["figures"] += 1
            self.seen["figures to the last digit"] += low == high

    def _standing(self, address: str, purpose: int) -> Account | None:
        try:
            return self.exact.account(address, purpose)
        except NoTokenPrice:
            self.seen["stopped by a token without a price"] += 1
            return None
        except NoPrice:
            return None

    def _mark(self, market_id: int) -> None:
        try:
            mark = self.exact.mark(market_id, TRADE)
        except NoPrice:
            self._expect("markPrice", (market_id,), None)
        else:
            self._expect("markPrice", (market_id,), [(mark, mark)])
            self.seen["marks"] += 1
            self.seen["marks at a band on its way"] += market_id in self.exact.at_moving_bands

    def _account(self, address: str) -> None:
        late, trade = self._standing(address, LIQUIDATION), self._standing(address, TRADE)
        out = self._standing(address, WITHDRAW)
        self.seen["accounts"] += 1
        self._count(address, late)
        for purpose, account in ((LIQUIDATION, late), (TRADE, trade), (WITHDRAW, out)):
            self._numerators(address, purpose, account)
        if trade is not None and self.scene.account(address).ordered_markets:
            gross = sum(part.initial for part in trade.parts)
            self.seen["with orders"] += trade.initial > gross
            self.seen["with orders beside an offset"] += trade.netted < gross and (
                trade.initial >= gross
            )
        views = {
            "equity": late and [value(late.equity, late.slack)],
            "maintenanceMargin": late and [demand(late.maintenance), demand(late.fee)],
            "healthFactor": late and [health(late)],
            "isLiquidatable": late and [liquidatable(late)],
            "initialMargin": trade and [demand(trade.initial)],
            "freeCollateral": trade and [rest(trade)],
            "withdrawable": out and [units(out)],
            "accountFigures": trade and self._figures(address, trade),
        }
        for function, bounds in views.items():
            self._expect(function, (address,), bounds or None)

    def _numerators(self, address: str, purpose: int, account: Account | None) -> None:
        """The engine's own sums, before anything is published, are the exact ones."""
        sums = numerators(self.scene, self.at, address, purpose)
        if sums is None or account is None:
            if sums is not None or account is not None:
                self._differ("standing", (address, purpose), f"{sums} where it is {account}")
            return
        for name, found in sums.items():
            exact = getattr(account, name) * FINE
            slack = account.slack * FINE if name == "equity" else 0
            if abs(found - exact) > slack:
                self._differ(name, (address, purpose), f"{found}, not {exact}")
            self.seen["numerators"] += 1

    def _figures(self, address: str, account: Account) -> list[tuple[int, int]]:
        slack, reserve = account.slack, self.scene.account(address).reserve
        low, high = demand(account.initial)
        free_low, free_high = rest(account)
        return [
            value(account.equity, slack),
            value(account.cash, slack),
            value(account.profit),
            value(account.accrued),
            (low, high),
            demand(account.maintenance),
            demand(account.fee),
            (low + reserve, high + reserve),
            (max(free_low, 0), max(free_high, 0)),
            units(account),
            leverage(account),
            ratio(account),
            health(account),
        ]

    def _count(self, address: str, account: Account | None) -> None:
        if account is None:
            self.seen["without a price"] += 1
            return
        self.seen["liquidatable"] += account.equity < account.required
        self.seen["bankrupt"] += account.equity < 0
        self.seen["with tokens"] += account.tokens > 0
        self.seen["in debt"] += account.cash < 0
        steep = self.exact.is_beyond_kink() and self.exact.interest_line().denominator > 1
        self.seen["in debt beyond the kink"] += account.cash < 0 and steep
        self.seen["with a weight on its way"] += account.weights_rounded > 0
        self.seen["with a token that counts as nothing"] += account.worth_nothing > 0
        self.seen["with several positions"] += len(account.parts) > 1
        self.seen["with interest on its way"] += account.slack > 0
        for name in {name for part in account.parts for name in self.exact.features(address, part)}:
            self.seen[name] += 1
        gross = sum(part.maintenance for part in account.parts)
        self.seen["with offsets"] += account.maintenance < gross

    # PRICES

    def _prices(self, address: str, market_id: int) -> None:
        """The liquidation price and, where interest rounds nothing, the bankruptcy price."""
        late = self._standing(address, LIQUIDATION)
        values = self.published("liquidationPrice", address, market_id)
        size = self.scene.size(address, market_id)
        if late is None or size == 0:
            expected = None if size else (False, 0)
            if values != expected:
                self._differ("liquidationPrice", (address, market_id), f"{values} not {expected}")
            return
        self._expect("bankruptcyPrice", (address, market_id), self._bankrupt(late, market_id, size))
        if values is None:
            self._differ("liquidationPrice", (address, market_id), "refused")
            return
        exists, price = bool(values[0]), int(values[1])  # type: ignore[arg-type]
        better = price + (1 if size > 0 else -1)
        if exists:
            self.seen["liquidation prices"] += 1
            sample = {price: True, better: False}
        else:
            self.seen["positions without a liquidation price"] += 1
            mark = self.exact.mark(market_id, LIQUIDATION)
            sample = dict.fromkeys((1, mark // 2 or 1, mark, mark + mark // 2, MAX_PRICE), False)
        for each, expected_there in sample.items():
            if 0 < each <= MAX_PRICE:
                self._at(address, market_id, each, expected=expected_there)

    def _at(self, address: str, market_id: int, price: int, *, expected: bool) -> None:
        """Both sides and the fractions say so at a price."""
        args = (address, market_id, price)
        try:
            there = self.exact.account(address, LIQUIDATION, {market_id: price})
        except NoPrice:
            self._expect("isLiquidatableAt", args, None)
            return
        self._expect("isLiquidatableAt", args, [(int(expected), int(expected))])
        low, high = liquidatable(there)
        if not low <= expected <= high:
            self._differ("isLiquidatableAt", args, f"{expected}, but exactly {low}")

    def _bankrupt(self, account: Account, market_id: int, size: int) -> list[tuple[int, int]]:
        """The mark at which nothing is left, rounded against the account."""
        mark = self.exact.mark(market_id, LIQUIDATION)
        low, high = (
            mark - (account.equity + slack) * ONE / size
            for slack in (account.slack, -account.slack)
        )
        bounds = sorted((ceil(low), ceil(high)) if size > 0 else (floor(low), floor(high)))
        beyond = bounds[1] <= 0 or bounds[0] > MAX_PRICE
        if beyond:
            return [(0, 0), (0, 0)]
        inside = bounds[0] > 0 and bounds[1] <= MAX_PRICE
        return [(int(inside), 1), (bounds[0] if inside else 0, bounds[1])]

    def _differ(self, function: str, args: tuple[Value, ...], text: str) -> None:
        self.differences.append(f"{function}{args} at {self.at}: {text}")


def numerators(scene: Scene, at: int, address: str, purpose: int) -> dict[str, int] | None:
    """The engine's standing of an account at a time; None where a price is missing."""
    world = scene.model.world
    now, world.now = world.now, at
    make = margin.standing_of if purpose == LIQUIDATION else margin.standing_with_orders
    try:
        standing = make(scene.ledger, address, pricing.new_marks(scene.ledger, purpose))
    except Revert:
        return None
    finally:
        world.now = now
    return {
        "equity": standing.equity,
        "losses": standing.losses,
        "tokens": standing.worth,
        "initial_tokens": standing.initial_worth,
        "initial": standing.initial,
        "maintenance": standing.maintenance,
        "fee": standing.fee,
    }


def sequences(lockstep: Lockstep) -> Iterator[tuple[Scene, Iterator[Call]]]:
    """A scene and its calls for each seed, each from the state before the set-up."""
    begun = lockstep.mark()
    seed = 0
    while True:
        scene = Scene(SPEC, lockstep.model, Draws(seed))  # type: ignore[arg-type]
        yield scene, islice(calls_of(scene), SEQUENCE)
        lockstep.reset(begun)
        seed += 1


def test_figures_are_the_exact_ones(revm: str) -> None:
    """Values are the exact ones rounded down, requirements up, and prices the exact edge.

    In so many accounts, and until each kind of account was met.
    """
    chain = open_chain(revm, genesis_time=SPEC.genesis_time)
    lockstep = Lockstep(deploy_model(SPEC), deploy_chain(SPEC, chain), read_every=0)
    checker: Checker | None = None
    for scene, calls in sequences(lockstep):
        checker = checker or Checker(lockstep, scene)
        trades = TokenTrades(scene.ledger, checker.seen, checker.differences)
        due = 0
        for i, call in enumerate(calls):
            trades.before(call)
            outcome = lockstep.apply(call)
            trades.after(call, outcome)
            if call.function == "settleSpotTrade":
                sides = map(str, call.args[:2])
                checker.look_at_volumes(scene, {s: trades.volumes.of(s, call.at) for s in sides})
            if outcome.ok and call.function in MARKED:
                checker.look_at_mark(scene, int(call.args[MARKED[call.function]]))  # type: ignore[arg-type]
            charged = any(e.name == "DeficitCovered" and e.args[3] for e in outcome.events)
            if charged or (i >= due and outcome.ok and call.function in CAUSES):
                due = i + EVERY
                checker.look(scene)
            if call.function == LOOK_AT:
                checker.look_at_account(scene, str(call.args[0]))
            assert not checker.differences, "\n".join(checker.differences[:10])
        seen = checker.seen
        enough = seen["accounts"] >= ACCOUNTS and seen["liquidation prices"] >= PRICES
        if enough and all(seen[name] for name in REACHED):
            break
    assert checker is not None
    print(*(f"{count} {name}" for name, count in sorted(checker.seen.items())), sep=", ")  # noqa: T201
