"""The order in which a debtor's tokens are sold: ranks, owners' orders, sales down to dust."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.accounts import sub_account
from weiproof.engine.fixed_point import WAD, div_up
from weiproof.engine.parameters import SEIZURE_DUST

from .playground import KEEPERS, TAXED
from .prices import fresh_for, publish
from .scene import NO_LIMIT
from .tokens import close_all, endow, fresh_token, fund_buyer, most, owe, tokens_of, units_worth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene

LARGEST_RANK = 255
DEATH = 7_201
"""Seconds after which the taxed token's price is too old for liquidations, too."""


def ranks(scene: Scene) -> Iterator[Call]:
    """Tokens are ranked, or one that there is not, or by somebody who may not."""
    sender = scene.outsider if scene.one_in(6) else scene.admin
    for collateral_id in scene.tokens:
        rank = scene.among(0, 0, 1, 2, LARGEST_RANK)
        yield scene.house(sender, "setSeizureRank", collateral_id, rank)
    unknown = scene.among(scene.ledger.collateral_count, NO_LIMIT)
    yield scene.house(scene.admin, "setSeizureRank", unknown, 1)
    yield scene.house(scene.outsider, "seizureFirst", scene.dice.choice(scene.accounts))
    if not scene.one_in(3):
        yield from unrank(scene)


def orders(scene: Scene) -> Iterator[Call]:
    """An owner orders its tokens, or orders wrongly, or for an account that is not its own."""
    owner = scene.dice.choice(scene.accounts)
    account = scene.among(owner, owner, sub_account(owner, 1))
    yield from fresh_for(scene, account)
    yield scene.house(owner, "setSeizureOrder", account, order_of(scene))
    yield scene.house(scene.outsider, "seizureFirst", account)
    if scene.one_in(3):
        first, count = scene.dice.choice(scene.tokens), scene.ledger.collateral_count
        wrong = scene.among((first, count), (LARGEST_RANK,), (first, first), (0, 1, 2, 0))
        yield scene.house(owner, "setSeizureOrder", account, wrong)
    if scene.one_in(3):
        other = scene.other(owner)
        yield scene.house(owner, "setTrader", owner, other, True)
        yield scene.house(other, "setSeizureOrder", owner, order_of(scene))
        yield scene.house(owner, "setTrader", owner, other, False)


def sell_in_order(scene: Scene) -> Iterator[Call]:
    """A debtor's tokens are sold, the first of them to the edge of dust, and others too early."""
    keeper = actor(scene.among(*KEEPERS))
    free = [a for a in scene.accounts if a != keeper and len(scene.held(a)) <= 1]
    account = scene.dice.choice(tuple(free) or scene.accounts)
    yield from _several(scene, account)
    for collateral_id in tokens_of(scene, account):
        rank = scene.among(0, 0, 1, 2)
        yield scene.house(scene.admin, "setSeizureRank", collateral_id, rank)
    yield from fresh_for(scene, account)
    yield scene.house(account, "setSeizureOrder", account, order_of(scene))
    yield from owe(scene, account)
    credit = scene.ledger.credit_parameters
    yield scene.house(scene.admin, "setCreditParameters", replace(credit, debt_limit=0).fields())
    yield from fresh_for(scene, account)
    yield from fund_buyer(scene, keeper)
    yield from fresh_for(scene, keeper)
    yield scene.house(account, "setSeizureOrder", account, order_of(scene))
    if scene.one_in(2):
        yield from _ruin(scene, account)
    for collateral_id in tokens_of(scene, account):
        yield from fresh_token(scene, collateral_id)
    for _ in range(2):
        yield from _sales(scene, account, keeper)
    yield scene.house(scene.admin, "setCreditParameters", credit.fields())
    yield from unrank(scene)


def beside_dead(scene: Scene) -> Iterator[Call]:
    """A debtor without positions holds a little of a token whose feed dies, and others for sale."""
    keeper, dead = actor(scene.among(*KEEPERS)), scene.token_named(TAXED)
    free = [a for a in scene.accounts if a != keeper and not scene.account(a).markets]
    if not free:
        return
    account = scene.dice.choice(tuple(free))
    yield from fresh_token(scene, dead)
    amount = units_worth(scene, dead, scene.among(1, 5, 200))
    yield from endow(scene, account, dead, amount)
    yield scene.house(account, "depositCollateral", dead, amount)
    yield from owe(scene, account)
    yield from close_all(scene, account)
    credit = scene.ledger.credit_parameters
    yield scene.house(scene.admin, "setCreditParameters", replace(credit, debt_limit=0).fields())
    scene.wait(DEATH)
    for each in scene.tokens:
        if each != dead:
            yield from fresh_token(scene, each)
    yield scene.house(scene.outsider, "settle", account)
    yield from fresh_for(scene, keeper)
    yield from fund_buyer(scene, keeper)
    for collateral_id in tokens_of(scene, account):
        yield scene.house(keeper, "buyCollateral", account, collateral_id, 1)
    yield scene.house(scene.admin, "setCreditParameters", credit.fields())


def order_of(scene: Scene) -> tuple[int, ...]:
    """Some tokens, each once, in any order."""
    drawn = (scene.dice.choice(scene.tokens) for _ in range(scene.dice.between(0, 5)))
    return tuple(dict.fromkeys(drawn))


def unrank(scene: Scene) -> Iterator[Call]:
    """No token goes before another any more by its rank."""
    for collateral_id in scene.tokens:
        if scene.ledger.collaterals.read(collateral_id).seizure_rank:
            yield scene.house(scene.admin, "setSeizureRank", collateral_id, 0)


def _ruin(scene: Scene, account: str) -> Iterator[Call]:
    """The account's tokens fall until they are worth half of what it owes."""
    held, owed = tokens_of(scene, account), -scene.account(account).cash
    worth = sum(
        scene.ledger.holdings.read(account, each).amount
        * scene.ledger.collaterals.read(each).unit
        * (scene.token_price(each) or 0)
        for each in held
    )
    if not 0 < owed * WAD < 2 * worth:
        return
    if scene.one_in(2):
        yield from unrank(scene)
    for name in dict.fromkeys(map(scene.token_price_name, held)):
        if name in scene.targets:
            scene.targets[name] = max(scene.targets[name] * owed * WAD // (2 * worth), 1)
            yield from publish(scene, name)


def _several(scene: Scene, account: str) -> Iterator[Call]:
    """The account holds two tokens or three, worth more than dust."""
    dollars = scene.among(5_000, 30_000)
    for _ in range(3):
        collateral_id = scene.dice.choice(scene.tokens)
        yield from fresh_token(scene, collateral_id)
        amount = units_worth(scene, collateral_id, scene.dice.between(150, dollars))
        yield from endow(scene, account, collateral_id, amount)
        yield scene.house(account, "depositCollateral", collateral_id, amount)


def _sales(scene: Scene, account: str, keeper: str) -> Iterator[Call]:
    """Every token is tried, then the first is bought until it is worth dust by a unit."""
    purchase = partial(scene.house, keeper, "buyCollateral", account)
    yield scene.house(scene.outsider, "seizureFirst", account)
    for collateral_id in tokens_of(scene, account):
        yield purchase(collateral_id, 1)
    answer = scene.ask("house", "seizureFirst", account)
    if answer is None or not answer[0]:
        return
    first = int(str(answer[1]))
    held = scene.ledger.holdings.read(account, first).amount
    edge = most(scene, held, partial(purchase, first))
    spare = max(held - _dust_units(scene, first), 0)
    yield purchase(first, min(spare, edge))
    for collateral_id in tokens_of(scene, account):
        yield purchase(collateral_id, 1)  # the first of them falls to dust by this
    yield purchase(first, scene.among(max(edge - spare, 0), edge))


def _dust_units(scene: Scene, collateral_id: int) -> int:
    """The fewest units of a token that go before others."""
    price = scene.token_price(collateral_id) or WAD
    unit = scene.ledger.collaterals.read(collateral_id).unit
    return div_up(SEIZURE_DUST * WAD, price * unit)
