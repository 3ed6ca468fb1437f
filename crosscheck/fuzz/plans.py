"""What owners decide in advance: set, met at its edges, and refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.engine.accounts import sub_account
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_STOP_RATIO
from weiproof.engine.plan_records import Plan

from .liquidations import fund_keeper
from .prices import fresh_for, publish, sink
from .scene import NO_LIMIT, WIDEST_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weiproof.engine.call import Call

    from .scene import Scene

OFF = Plan()
TRIES = 6
"""How many accounts are looked at for one with equity, at most."""


def wrong_plan(scene: Scene) -> Iterator[Call]:
    """A plan is set by its owner, by others, and with each part at its bound or beyond."""
    account = scene.dice.choice(scene.parties)
    source = sub_account(account, scene.among(1, 3, 255))
    good = Plan(
        order_of([scene.dice.choice(scene.markets) for _ in range(scene.dice.below(9))]),
        scene.among(0, WAD, WAD * 6 // 5, MAX_STOP_RATIO),
        scene.among(0, 1, WAD // 5, WAD - 1),
        scene.among(0, 1, 10**9, WIDEST_RATE),
        source,
    )
    unknown = min(scene.market_count, 254)
    wrong = (
        replace(good, market_order=order_of([0, unknown])),
        replace(good, market_order=0x0100),
        replace(good, stop_ratio=scene.among(1, WAD - 1, MAX_STOP_RATIO + 1, WIDEST_RATE)),
        replace(good, reduce_fee_share=scene.among(WAD, WIDEST_RATE)),
        replace(good, top_up_limit=1, top_up_source=account),
        replace(good, top_up_limit=1, top_up_source=scene.other(account)),
    )
    chosen = scene.dice.choice(wrong) if scene.one_in(2) else good
    sender = scene.outsider if scene.one_in(6) else account
    yield scene.house(sender, "setPlan", account, chosen.fields())
    yield scene.house(scene.outsider, "plan", account)
    yield from reduction(scene, account, scene.dice.choice(scene.markets))
    yield scene.house(scene.outsider, "topUp", account)
    if not scene.one_in(4):
        yield scene.house(account, "setPlan", account, OFF.fields())


def reduce(scene: Scene) -> Iterator[Call]:
    """An account nears maintenance and is reduced below its stop ratio, or a wei above it.

    Or it falls below maintenance, where it must not be.
    """
    account, market_id = holder(scene)
    if not account:
        return
    yield from fresh_for(scene, account)
    if not scene.one_in(4):
        yield from near(scene, account, market_id)
    health = scene.figure("healthFactor", account) or 0
    edge = min(max(health + scene.among(0, 1), WAD), MAX_STOP_RATIO)
    stop = scene.among(MAX_STOP_RATIO, MAX_STOP_RATIO, WAD * 6 // 5, edge)
    order = order_of(list(reversed(scene.held(account)))) if scene.one_in(3) else 0
    share = scene.among(0, WAD // 5, WAD // 5, WAD - 1)
    plan = Plan(market_order=order, stop_ratio=stop, reduce_fee_share=share)
    yield scene.house(account, "setPlan", account, plan.fields())
    if scene.one_in(4):
        yield from sink(scene, account, market_id)
    limits = scene.ledger.liquidation
    if scene.one_in(3):
        ordered = replace(limits, ordered=True)
        yield scene.house(scene.admin, "setLiquidationParameters", ordered.fields())
    for _ in range(2):
        yield from reduction(scene, account, market_id)
    for each in scene.held(account)[:3]:
        yield from reduction(scene, account, each)
    if scene.ledger.liquidation != limits:
        yield scene.house(scene.admin, "setLiquidationParameters", limits.fields())
    if not scene.one_in(5):
        yield scene.house(account, "setPlan", account, OFF.fields())


def in_order(scene: Scene) -> Iterator[Call]:
    """An account in several markets is liquidated in its owner's order, and out of it.

    The first of them may be paused for a while.
    """
    holders = sorted(scene.parties, key=lambda each: -len(scene.held(each)))[:3]
    account = scene.dice.choice(tuple(holders))
    held = list(scene.held(account))
    if len(held) < 2:  # noqa: PLR2004 (an order takes two)
        return
    yield from fresh_for(scene, account)
    first = scene.dice.below(len(held))
    markets = [*held[first:], *held[:first]]
    if scene.one_in(3):
        markets.insert(0, scene.dice.choice(scene.markets))
    plan = Plan(market_order=order_of(markets))
    yield scene.house(account, "setPlan", account, plan.fields())
    for market_id in held:
        if scene.ask("house", "isLiquidatable", account) != (True,):
            yield from sink(scene, account, market_id)
    pauses = scene.one_in(2)
    if pauses:
        yield scene.house(scene.admin, "setMarketPaused", markets[0], True)
    for market_id in reversed(markets):
        yield from routes(scene, account, market_id)
    if pauses:
        yield scene.house(scene.admin, "setMarketPaused", markets[0], False)
    yield from routes(scene, account, markets[0])
    yield scene.house(account, "setPlan", account, OFF.fields())


def order_of(markets: Sequence[int]) -> int:
    """Markets as a plan packs them, at most eight."""
    return sum((market_id + 1) << (8 * place) for place, market_id in enumerate(markets[:8]))


def holder(scene: Scene) -> tuple[str, int]:
    """An account with an open position, and one of its markets; empty where there is none.

    Mostly one with equity, and in a market whose price can lead it to maintenance.
    """
    holders = tuple(each for each in scene.parties if scene.held(each))
    account, market_id = "", 0
    for _ in range(min(len(holders), TRIES)):
        account = scene.dice.choice(holders)
        market_id = scene.dice.choice(scene.held(account))
        found = scene.ask("house", "liquidationPrice", account, market_id)
        if found is not None and found[0] and (scene.figure("equity", account) or 0) > 0:
            break
    return account, market_id


def near(scene: Scene, account: str, market_id: int) -> Iterator[Call]:
    """A market's price goes some hundredths to the safe side of an account's liquidation price."""
    found = scene.ask("house", "liquidationPrice", account, market_id)
    if found is None or not found[0] or not isinstance(found[1], int):
        return
    name, size = scene.price_name(market_id), scene.size(account, market_id)
    apart = scene.share(found[1], 1, 40)
    price = found[1] + apart if size > 0 else found[1] - apart
    if scene.targets[name] // 3 < price < scene.targets[name] * 3:
        scene.targets[name] = price
        yield from publish(scene, name)


def reduction(scene: Scene, account: str, market_id: int) -> Iterator[Call]:
    """Somebody reduces a position, with every kind of limit; mostly somebody who can carry it."""
    size = scene.size(account, market_id)
    opposite = tuple(a for a, s in scene.holders(market_id) if (s > 0) != (size > 0))
    taker = scene.other(account)
    if opposite and scene.one_in(4):
        taker = scene.dice.choice(opposite)
    if scene.one_in(12):
        taker = scene.among(account, scene.outsider)
    step = scene.parameters(market_id).size_step
    edges = (0, step - 1, step, abs(size) // 3, max(abs(size) - step, 0), abs(size))
    limit = NO_LIMIT if scene.one_in(2) else scene.dice.choice(edges)
    if not scene.one_in(5):
        yield from fund_keeper(scene, taker, market_id, abs(size))
    call = scene.house(taker, "reduce", account, market_id, limit, 0)
    events = scene.model.view(call).events if scene.one_in(3) else ()
    if not events:
        yield call if not scene.one_in(8) else replace(call, args=(*call.args[:3], NO_LIMIT))
        return
    fee = int(str(events[-1].args[-1]))
    for least in (fee + 1, fee):
        yield replace(call, args=(*call.args[:3], least))


def routes(scene: Scene, account: str, market_id: int) -> Iterator[Call]:
    """A keeper, the system or the other side may take over; each waits for a top-up."""
    keeper, size = scene.other(account), scene.size(account, market_id)
    if scene.one_in(2):
        yield from fund_keeper(scene, keeper, market_id, abs(size))
        yield scene.house(keeper, "liquidate", account, market_id, NO_LIMIT)
    else:
        opposite = [a for a, s in scene.holders(market_id) if (s > 0) != (size > 0)] or [keeper]
        yield scene.among(
            scene.house(keeper, "liquidate", account, market_id, abs(size) // 3),
            scene.house(keeper, "forceClose", account, market_id, opposite[0]),
            scene.house(keeper, "liquidateToBackstop", account, market_id, NO_LIMIT),
            scene.house(keeper, "liquidateToFund", account, market_id, NO_LIMIT),
        )
