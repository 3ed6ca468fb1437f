"""Sub-accounts, isolated margin, traders who act for others, and settling many accounts at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from weiproof.engine.accounts import sub_account
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_BATCH

from .prices import fresh, fresh_for
from .scene import NO_LIMIT, tokens_for
from .tokens import most
from .trades import price_near, size_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene


def transfer(scene: Scene) -> Iterator[Call]:
    """Cash moves between an owner's accounts, at the edge of what may leave, or is refused."""
    owner = scene.dice.choice((*scene.accounts[:3], *scene.accounts))
    sender = owner
    source, to = owner, sub_account(owner, scene.among(1, 1, 1, 2, 255))
    if scene.one_in(3):
        source, to = to, source
    yield from fresh_for(scene, source)
    edge = scene.figure("withdrawable", source) or 0
    usual = min(tokens_for(scene.dice.between(10, 5000) * WAD), edge)
    amount = scene.among(usual, usual, edge, edge + 1, scene.among(0, NO_LIMIT))
    yield scene.house(sender, "transfer", source, to, amount)
    if scene.one_in(4):
        other = scene.other(source, to)
        yield scene.among(
            scene.house(sender, "transfer", source, source, 1),
            scene.house(sender, "transfer", source, other, 1),
            scene.house(sender, "transfer", other, source, 1),
            scene.house(scene.outsider, "transfer", source, to, 1),
        )


def transfer_token(scene: Scene) -> Iterator[Call]:
    """Tokens move between an owner's accounts."""
    holders = [a for a in scene.accounts if scene.account(a).collaterals]
    source = scene.dice.choice(tuple(holders) or scene.accounts)
    to = sub_account(source, 1)
    yield from fresh_for(scene, source)
    for collateral_id in (*scene.tokens, scene.ledger.collateral_count):
        held = scene.ledger.holdings.read(source, collateral_id).amount
        if not held and not scene.one_in(9):
            continue
        move = partial(scene.house, source, "transferCollateral", source, to, collateral_id)
        edge = most(scene, held, move)
        yield move(scene.among(edge + 1, held + 1, 0))
        yield move(scene.among(scene.share(edge, 1, 999), edge))
        if scene.one_in(3):
            yield scene.house(
                scene.other(source), "transferCollateral", source, to, collateral_id, 1
            )


def isolate(scene: Scene) -> Iterator[Call]:
    """A sub-account is tied to a market, trades there and not elsewhere, and is freed when flat."""
    owner = scene.dice.choice(scene.accounts[:3])
    account = scene.among(sub_account(owner, 1), sub_account(owner, 1), owner)
    market_id, other_market = scene.dice.choice(scene.markets), scene.dice.choice(scene.markets)
    sender = scene.among(owner, owner, scene.other(owner))
    if scene.one_in(6):
        market_id = scene.among(scene.market_count, NO_LIMIT)
    yield scene.house(sender, "setIsolated", account, market_id, True)
    for each in (market_id, other_market):
        if each in scene.markets:
            yield from _trade(scene, account, each)
    yield scene.house(owner, "setIsolated", account, other_market, False)


def act_for_another(scene: Scene) -> Iterator[Call]:
    """A trader is let in, ties the account to a market or frees it, touches no money, is out."""
    owner, market_id = scene.dice.choice(scene.accounts), scene.dice.choice(scene.markets)
    trader, account = scene.other(owner), sub_account(owner, 2)
    yield scene.house(trader, "setTrader", account, trader, True)
    yield scene.house(trader, "setIsolated", account, market_id, True)
    yield scene.house(owner, "setTrader", account, trader, True)
    yield scene.house(scene.outsider, "isTrader", account, trader)
    yield scene.house(trader, "setIsolated", account, market_id, True)
    yield scene.house(trader, "setIsolated", account, market_id, False)
    yield scene.house(trader, "transfer", account, owner, 1)
    yield scene.house(owner, "setTrader", account, trader, False)
    yield scene.house(trader, "setIsolated", account, market_id, True)


def settle_batch(scene: Scene) -> Iterator[Call]:
    """Many accounts are settled at once, twice in a second; none, or one too many."""
    count = scene.among(0, 2, 3, len(scene.parties))
    accounts = tuple(scene.dice.choice(scene.parties) for _ in range(count))
    for account in accounts[:3]:
        yield from fresh_for(scene, account)
    for _ in range(2):
        yield scene.house(scene.outsider, "settleBatch", accounts)
    if scene.one_in(2):
        many = (scene.outsider,) * (MAX_BATCH + scene.among(0, 1, 1, 1, 1))
        yield scene.house(scene.outsider, "settleBatch", many)


def _trade(scene: Scene, account: str, market_id: int) -> Iterator[Call]:
    yield from fresh(scene, market_id)
    other = scene.other(account)
    size = size_for(scene, market_id, account, other)
    sides = scene.among((account, other), (other, account))
    yield scene.trade(*sides, market_id, size, price_near(scene, market_id))
