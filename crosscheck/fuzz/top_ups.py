"""Sources that top up: of accounts in distress, of debtors, and with plans of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.accounts import sub_account
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_SIZE, MAX_STOP_RATIO
from weiproof.engine.plan_records import Plan
from weiproof.engine.records import TOKEN_UNIT

from .money import faucet
from .plans import OFF, holder, near, reduction, routes
from .playground import KEEPERS
from .prices import fresh_for, publish, sink
from .scene import WIDEST_RATE, tokens_for
from .tokens import close_all, fund_buyer, most, owe, tokens_of, units_worth
from .trades import price_near

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene

SPARE = 200_000
"""Most dollars that a source gets."""

SPARE_NUMBER = 5
"""The owner's account for what a source has too much."""


def top_up(scene: Scene) -> Iterator[Call]:
    """A source stands by while an account falls below maintenance; its cash or limit just reaches.

    Below maintenance the plan stands.
    """
    account, market_id = holder(scene)
    if not account:
        return
    source = sub_account(account, scene.among(1, 3))
    yield from fresh_for(scene, account)
    yield from endow(scene, account, source)
    bring = sink if not scene.one_in(6) else near
    stop = scene.among(0, 0, WAD, MAX_STOP_RATIO) if bring is sink else MAX_STOP_RATIO
    plan = Plan(0, stop, WAD // 5, scene.among(10**9, 10**11, 10**12, WIDEST_RATE), source)
    yield scene.house(account, "setPlan", account, plan.fields())
    yield from bring(scene, account, market_id)
    if scene.ask("house", "isLiquidatable", account) == (True,):
        yield scene.house(account, "setPlan", account, OFF.fields())
        yield from reach(scene, account, source)
    for each in scene.held(account)[:2]:
        yield from routes(scene, account, each)
    for each in scene.held(account)[:1]:
        yield from reduction(scene, account, each)
    for _ in range(scene.among(1, 2)):
        yield scene.house(scene.outsider, "topUp", account)
    for each in scene.held(account)[:1]:
        yield from routes(scene, account, each)
    if not scene.one_in(5):
        yield scene.house(account, "setPlan", account, OFF.fields())


def reach(scene: Scene, account: str, source: str) -> Iterator[Call]:
    """The source keeps just what the account lacks, a unit less, or as much as it has."""
    spare = (scene.figure("withdrawable", source) or 0) - lacking_of(scene, account)
    if spare > 0 and scene.one_in(2):
        owner = scene.house(account, "plan", account).sender
        away = sub_account(owner, SPARE_NUMBER)
        yield scene.house(owner, "transfer", source, away, spare + scene.among(0, 0, 1))


def sale(scene: Scene) -> Iterator[Call]:
    """A debtor's tokens are for sale while its source stands by; then the source has paid."""
    account, keeper = scene.dice.choice(scene.accounts), actor(scene.among(*KEEPERS))
    source = sub_account(account, scene.among(1, 3))
    yield from endow(scene, account, source)
    yield from owe(scene, account)
    plan = Plan(0, 0, 0, scene.among(10**11, WIDEST_RATE), source)
    yield scene.house(account, "setPlan", account, plan.fields())
    for market_id in scene.held(account)[:1]:
        yield from sink(scene, account, market_id)
    yield from fund_buyer(scene, keeper)
    for _ in range(2):
        for collateral_id in tokens_of(scene, account)[:2]:
            amount = units_worth(scene, collateral_id, scene.among(1, 100))
            yield scene.house(keeper, "buyCollateral", account, collateral_id, amount)
        yield scene.house(scene.outsider, "topUp", account)
    yield scene.house(account, "setPlan", account, OFF.fields())


def mutual(scene: Scene) -> Iterator[Call]:
    """Two accounts of an owner top each other up; the source is as leveraged as it may be."""
    market_id, account = scene.dice.choice(scene.markets), scene.accounts[scene.dice.below(3)]
    source, other = sub_account(account, 1), scene.other(account)
    yield from publish(scene, scene.price_name(market_id))
    yield from endow(scene, account, source)
    yield from fund_buyer(scene, other)
    for each in (source, account):
        yield from _largest(scene, each, other, market_id)
    for one, two in ((account, source), (source, account)):
        plan = Plan(0, MAX_STOP_RATIO, WAD // 5, 10**12, two)
        yield scene.house(account, "setPlan", one, plan.fields())
    for each in (account, source, account):
        yield scene.house(scene.outsider, "topUp", each)
    yield from sink(scene, account, market_id)
    for each in (account, source):
        yield scene.house(scene.outsider, "topUp", each)
        yield scene.house(account, "setPlan", each, OFF.fields())


def _largest(scene: Scene, account: str, other: str, market_id: int) -> Iterator[Call]:
    """The account buys as much as initial margin allows."""
    step, price = scene.parameters(market_id).size_step, price_near(scene, market_id)

    def trade(steps: int) -> Call:
        return scene.trade(account, other, market_id, steps * step, price, maker=True)

    steps = most(scene, MAX_SIZE // step, trade)
    if steps:
        yield trade(steps)


def by_weight(scene: Scene) -> Iterator[Call]:
    """A debtor owes more than its tokens count, and less than they would bring."""
    free = tuple(a for a in scene.accounts if not scene.account(a).markets)
    account = scene.dice.choice(free or scene.accounts)
    source = sub_account(account, scene.among(1, 3))
    yield from endow(scene, account, source)
    yield from owe(scene, account)
    yield from close_all(scene, account)
    yield scene.house(scene.outsider, "settle", account)
    plan = Plan(0, 0, 0, WIDEST_RATE, source)
    yield scene.house(account, "setPlan", account, plan.fields())
    held, owed = tokens_of(scene, account), -scene.account(account).cash
    if len(held) == 1 and owed > 0:
        name = scene.token_price_name(held[0])
        units = scene.ledger.holdings.read(account, held[0]).amount
        terms = scene.ledger.collateral_parameters.read(held[0])
        counts = terms.maintenance_weight + WAD - terms.seizure_discount
        worth = units * scene.ledger.collaterals.read(held[0]).unit
        price = max(2 * owed * WAD * WAD // (worth * counts), 1)
        if price < scene.targets.get(name, 0):
            scene.targets[name] = price
            yield from publish(scene, name)
    for function in ("topUp", "coverDebt"):
        yield scene.house(scene.outsider, function, account)
    yield scene.house(account, "setPlan", account, OFF.fields())


def endow(scene: Scene, account: str, source: str) -> Iterator[Call]:
    """An owner's source gets cash, by way of the owner's other account."""
    amount = tokens_for(scene.dice.between(1, SPARE) * WAD)
    owner = scene.house(account, "plan", account).sender
    if owner != source:
        yield faucet(scene, owner, amount)
        yield scene.house(owner, "deposit", amount)
        yield scene.house(owner, "transfer", owner, source, amount)


def lacking_of(scene: Scene, account: str) -> int:
    """Token units that an account lacks for maintenance margin and fee, at least one."""
    required = sum(
        each
        for each in scene.ask("house", "maintenanceMargin", account) or ()
        if isinstance(each, int)
    )
    lacking = required - (scene.figure("equity", account) or 0)
    return max(-(-lacking // TOKEN_UNIT), 1)
