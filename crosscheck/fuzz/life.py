"""The end of markets: reduce-only times, in which orders are cancelled and positions reduced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.records import REDUCE_ONLY

from .orders import NOTHING, of, report
from .prices import fresh
from .scene import NO_LIMIT
from .trades import close_between, price_near, some_position

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene


def reduce_only(scene: Scene) -> Iterator[Call]:
    """A market is reduce-only for a while: positions grow, turn and shrink, orders come and go."""
    account, market_id, size = some_position(scene)
    if not account:
        account, market_id = scene.dice.choice(scene.accounts), scene.dice.choice(scene.markets)
    yield from fresh(scene, market_id)
    step, price = scene.parameters(market_id).size_step, price_near(scene, market_id)
    least = of(step, price)
    yield report(scene, account, market_id, of(2 * step, price), NOTHING)
    setting = scene.house(scene.admin, "setReduceOnly", market_id, True)
    yield setting
    if scene.one_in(3):
        yield setting
        yield scene.house(scene.outsider, "setReduceOnly", market_id, False)
        unknown = scene.among(scene.market_count, NO_LIMIT)
        yield scene.house(scene.admin, "setReduceOnly", unknown, True)
    yield report(scene, account, market_id, least, least)
    yield report(scene, account, market_id, least, NOTHING)
    yield from reducing(scene, account, market_id)
    if scene.one_in(2):
        yield from close_between(scene, market_id)
    if scene.ledger.markets.read(market_id).phase == REDUCE_ONLY and not scene.one_in(6):
        yield scene.house(scene.admin, "setReduceOnly", market_id, False)
    if size:
        yield report(scene, account, market_id, NOTHING, NOTHING)


def reducing(scene: Scene, account: str, market_id: int) -> Iterator[Call]:
    """A position grows by a step, turns by a step, and shrinks against another."""
    size, step = scene.size(account, market_id), scene.parameters(market_id).size_step
    opposite = [a for a, s in scene.holders(market_id) if s * size < 0]
    other = scene.dice.choice(tuple(opposite)) if opposite else scene.other(account)
    both = (account, other) if size < 0 else (other, account)
    price = price_near(scene, market_id)
    most = min(abs(size), abs(scene.size(other, market_id)))
    yield scene.trade(*both[::-1], market_id, step, price)
    for amount in (most + step, step, most - step):
        if amount > 0:
            yield scene.trade(*both, market_id, amount, price)
