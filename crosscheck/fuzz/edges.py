"""Short sequences to edges that weights alone would hardly meet: each in turn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.crosscheck.spec import price_id
from weiproof.engine.fixed_point import WAD

from . import bounds, fees
from .admin import change_hands
from .exact import FINEST, exact_equity, overflowing_ratio
from .money import faucet
from .prices import fresh_for, publish
from .scene import NO_LIMIT, on_grid, tokens_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene


def next_edge(scene: Scene) -> Iterator[Call]:
    """The next sequence of the list; after the last one comes the first."""
    sequence = EDGES[scene.edges % len(EDGES)]
    scene.edges += 1
    yield from sequence(scene)


def between_ages(scene: Scene) -> Iterator[Call]:
    """A price too old for trades and young enough for liquidations is used for everything."""
    market_id = scene.dice.choice(tuple(m for m in scene.markets if _has_two_limits(scene, m)))
    price = scene.prices[scene.price_name(market_id)]
    yield from publish(scene, price.name)
    later = max(source.max_age for source in price.sources) + 1
    word = price_id(price.name)
    if (
        scene.ask_later(later, "hub", "price", word, 0) is not None
        or scene.ask_later(later, "hub", "price", word, 1) is None
    ):
        return
    holders = tuple(holder for holder, _ in scene.holders(market_id)) or scene.accounts
    account = scene.dice.choice(holders)
    other = scene.other(account)
    yield scene.house(scene.outsider, "markPrice", market_id)
    scene.wait(later)
    for held in scene.held(account):
        if scene.price_name(held) != price.name:
            yield from publish(scene, scene.price_name(held))
    yield scene.house(scene.outsider, "markPrice", market_id)
    for figure in (
        "equity",
        "initialMargin",
        "maintenanceMargin",
        "healthFactor",
        "freeCollateral",
        "withdrawable",
        "isLiquidatable",
    ):
        yield scene.house(scene.outsider, figure, account)
    yield scene.house(scene.outsider, "liquidationPrice", account, market_id)
    yield scene.house(scene.outsider, "liquidationSize", account, market_id)
    yield scene.house(scene.outsider, "accrueFunding", market_id)
    yield scene.house(account, "withdraw", 1)
    yield scene.house(scene.outsider, "settle", account)
    yield scene.house(other, "liquidate", account, market_id, NO_LIMIT)
    yield scene.house(other, "forceClose", account, market_id, other)
    yield from publish(scene, price.name)


def _has_two_limits(scene: Scene, market_id: int) -> bool:
    sources = scene.prices[scene.price_name(market_id)].sources
    return any(source.max_age < source.liquidation_max_age for source in sources)


def smallest_trades(scene: Scene) -> Iterator[Call]:
    """Accounts below initial margin trade one wei of size: to reduce, which is allowed, or not."""
    old = scene.parameters(FINEST)
    now = replace(
        old, trade_fee_rate=WAD // 2000, liquidation_fee_rate=WAD // 200, minimum_notional=0
    )
    rows = ((0, WAD // 10, WAD // 20),)
    yield scene.house(scene.admin, "setMarketParameters", FINEST, now.fields(), rows)
    name = scene.price_name(FINEST)
    start = scene.targets[name]
    weak, other = actor(f"exact-{scene.dice.below(64)}"), scene.dice.choice(scene.accounts)
    yield from fresh_for(scene, other)
    for long in (False, True):
        yield from publish(scene, name, start)
        price = on_grid(scene.index(FINEST) or start, now.price_tick)
        cash = start * 12 // 100 + scene.ledger.parameters.liquidation_reserve
        for account, amount in ((weak, tokens_for(cash)), (other, tokens_for(start))):
            yield faucet(scene, account, amount)
            yield scene.house(account, "deposit", amount)
        yield _between(scene, weak, other, WAD, price, buys=long)
        yield from publish(scene, name, start * (96 if long else 104) // 100)
        price = on_grid(scene.index(FINEST) or start, now.price_tick)
        for buys in (long, not long):
            yield _between(scene, weak, other, 1, price, buys=buys)
        yield from publish(scene, name, start)
        price = on_grid(scene.index(FINEST) or start, now.price_tick)
        held = scene.size(weak, FINEST)
        if held:
            yield _between(scene, weak, other, abs(held), price, buys=held < 0)
        yield scene.house(weak, "withdraw", scene.figure("withdrawable", weak) or 1)


def _between(scene: Scene, one: str, other: str, size: int, price: int, *, buys: bool) -> Call:
    buyer, seller = (one, other) if buys else (other, one)
    return scene.trade(buyer, seller, FINEST, size, price)


EDGES = (
    bounds.parameter_bounds,
    between_ages,
    exact_equity,
    bounds.fee_bound,
    smallest_trades,
    bounds.answer_bounds,
    bounds.system_bounds,
    bounds.uneven_lists,
    exact_equity,
    bounds.tier_bounds,
    change_hands,
    between_ages,
    bounds.many_sources,
    fees.fee_bounds,
    fees.window_edge,
    fees.fullest_day,
    overflowing_ratio,
)
"""Each in turn."""
