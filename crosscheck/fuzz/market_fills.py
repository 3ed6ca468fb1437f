"""Fills of liquidations by the market route: at every edge of price and size, and refused ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.backstop_records import BACKSTOP, FUND
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_MARKET_LIMIT_RATE, MAX_SIZE, LiquidationParameters

from .backstop import sink, target
from .limits import WAIT
from .liquidations import fund_keeper, liquidatable
from .prices import fresh_for
from .scene import NO_LIMIT, on_grid
from .trades import price_near, some_position

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from weiproof.engine.call import Call

    from .scene import Scene


def limit_rate(scene: Scene) -> Iterator[Call]:
    """Fills may be worse than the mark by another rate, or the change is refused."""
    rate = scene.among(0, WAD // 1000, WAD // 100, MAX_MARKET_LIMIT_RATE)
    wrong = scene.among(MAX_MARKET_LIMIT_RATE + 1, 2**64 + 1, NO_LIMIT)
    sender = scene.outsider if scene.one_in(6) else scene.admin
    yield scene.house(sender, "setMarketLimitRate", wrong if scene.one_in(3) else rate)


def fill(scene: Scene) -> Iterator[Call]:
    """A liquidatable account is filled, against the other side's holder or somebody with means."""
    account, market_id = yield from _weak(scene)
    if not account:
        return
    if scene.ledger.market_limit_rate == 0 and not scene.one_in(3):
        rate = scene.among(1, WAD // 1000, WAD // 100, MAX_MARKET_LIMIT_RATE)
        yield scene.house(scene.admin, "setMarketLimitRate", rate)
    size = scene.figure("liquidationSize", account, market_id) or 0
    other = yield from _counterparty(scene, account, market_id, size)
    step = scene.parameters(market_id).size_step
    if scene.one_in(3):
        size = scene.among(on_grid(size // 2, step), size - step, size + step, step, size - 1)
    price = _price(scene, account, market_id)
    closing = scene.one_in(4)
    if closing:
        yield scene.house(scene.admin, "setReduceOnly", market_id, True)
    yield _call(scene, account, market_id, max(size, 0), price, other)
    if closing:
        yield scene.house(scene.admin, "setReduceOnly", market_id, False)
    size = scene.figure("liquidationSize", account, market_id) or 0
    if size:
        yield _call(scene, account, market_id, size, _price(scene, account, market_id), other)


def limit_edge(scene: Scene) -> Iterator[Call]:
    """The first tick beyond the limit, and the last one within."""
    account, market_id = yield from _weak(scene)
    mark = scene.figure("markPrice", market_id) if account else None
    if mark is None:
        return
    rate = scene.among(1, WAD // 1000, WAD // 200, WAD // 50)
    yield scene.house(scene.admin, "setMarketLimitRate", rate)
    size = scene.figure("liquidationSize", account, market_id) or 0
    other = yield from _counterparty(scene, account, market_id, size)
    tick, most = scene.parameters(market_id).price_tick, mark * rate // WAD
    if scene.size(account, market_id) > 0:
        last = -(-(mark - most) // tick) * tick
        prices = (last - tick, last)
    else:
        last = (mark + most) // tick * tick
        prices = (last + tick, last)
    for price in prices:
        yield _call(scene, account, market_id, size, max(price, 0), other)


def turned(scene: Scene) -> Iterator[Call]:
    """Where trades may only reduce, a fill would turn its counterparty, or just closes it."""
    account, market_id = yield from _weak(scene)
    mark = scene.figure("markPrice", market_id) if account else None
    if mark is None:
        return
    parameters, held = scene.parameters(market_id), scene.size(account, market_id)
    size = scene.figure("liquidationSize", account, market_id) or 0
    small = parameters.minimum_notional * WAD // mark + 2 * parameters.size_step
    small = on_grid(small, parameters.size_step)
    other = scene.other(account)
    third = scene.other(account, other)
    if small >= size:
        return
    for each in (other, third):
        yield from fresh_for(scene, each)
        yield from fund_keeper(scene, each, market_id, size)
    own = scene.size(other, market_id)
    if own == 0 or (own > 0) == (held > 0):
        long, short = (third, other) if held > 0 else (other, third)
        amount = small + abs(own)
        yield scene.trade(long, short, market_id, amount, price_near(scene, market_id))
    tick = parameters.price_tick
    price = -(-mark // tick) * tick if held > 0 else on_grid(mark, tick)
    yield scene.house(scene.admin, "setReduceOnly", market_id, True)
    for part in (size, abs(scene.size(other, market_id))):
        yield _call(scene, account, market_id, part, price, other)
    yield scene.house(scene.admin, "setReduceOnly", market_id, False)


def in_order(scene: Scene) -> Iterator[Call]:
    """Order and shares of liquidations hold for fills, too, in every market of a large account."""
    holders = sorted(scene.parties, key=lambda each: -len(scene.held(each)))[:2]
    account = scene.dice.choice(tuple(holders))
    if not scene.held(account):
        return
    yield from fresh_for(scene, account)
    yield from sink(scene, account, scene.dice.choice(scene.held(account)))
    share = scene.among(WAD // 10, WAD // 3)
    limits = LiquidationParameters(True, share, 0, WAIT, 0, scene.among(0, 1, 1))
    yield scene.house(scene.admin, "setLiquidationParameters", limits.fields())
    for market_id in scene.held(account):
        size = scene.figure("liquidationSize", account, market_id) or 0
        other = yield from _counterparty(scene, account, market_id, size)
        step = scene.parameters(market_id).size_step
        for part in (scene.among(on_grid(size // 2, step), size + step), size, step):
            price = _price(scene, account, market_id)
            yield _call(scene, account, market_id, part, price, other)
    yield scene.house(scene.admin, "setLiquidationParameters", LiquidationParameters().fields())


def wrong_fill(scene: Scene) -> Iterator[Call]:
    """A fill that must be refused for one of many reasons."""
    account, market_id, _ = some_position(scene)
    weak = liquidatable(scene)
    if weak and scene.one_in(2):
        account = scene.dice.choice(tuple(weak))
        market_id = scene.dice.choice(scene.held(account))
    if not account:
        return
    yield from fresh_for(scene, account)
    parameters = scene.parameters(market_id)
    size, price = on_grid(1, parameters.size_step), price_near(scene, market_id)
    other = scene.other(account)
    empty = [m for m in scene.markets if m not in scene.held(account)] or [market_id]
    yield scene.among(
        _call(scene, account, market_id, size, price, account),
        _call(scene, account, scene.among(scene.market_count, NO_LIMIT), size, price, other),
        _call(scene, account, empty[0], size, price_near(scene, empty[0]), other),
        _call(scene, account, market_id, scene.among(0, size + 1, MAX_SIZE + 1), price, other),
        _call(scene, account, market_id, size, scene.among(0, price + 1, NO_LIMIT), other),
        _call(scene, account, market_id, size, price * 2, other),
        _call(scene, account, market_id, size, price, scene.among(BACKSTOP, FUND)),
        _call(scene, account, market_id, size, price, scene.outsider),
        scene.house(scene.admin, "liquidateToMarket", account, market_id, size, price, other),
    )


def _weak(scene: Scene) -> Generator[Call, None, tuple[str, int]]:
    """Answers with a liquidatable account and a market of its; sinks one where there is none."""
    if not liquidatable(scene) or scene.one_in(3):
        account, market_id = target(scene)
        if account:
            yield from sink(scene, account, market_id)
    weak = liquidatable(scene)
    if not weak:
        return "", 0
    account = scene.dice.choice(tuple(weak))
    yield from fresh_for(scene, account)
    return account, scene.dice.choice(scene.held(account))


def _counterparty(
    scene: Scene, account: str, market_id: int, size: int
) -> Generator[Call, None, str]:
    """Answers with somebody on the other side, or with means, or without."""
    held = scene.size(account, market_id)
    opposite = [a for a, s in scene.holders(market_id) if (s > 0) != (held > 0)]
    other = scene.dice.choice(tuple(opposite)) if opposite else scene.other(account)
    if scene.one_in(2):
        other = scene.other(account)
    if not scene.one_in(4):
        yield from fresh_for(scene, other)
        if other in scene.accounts:
            yield from fund_keeper(scene, other, market_id, size)
    return other


def _price(scene: Scene, account: str, market_id: int) -> int:
    """A price about the mark: at it, better, or worse by up to twice what the limit allows."""
    mark = scene.figure("markPrice", market_id) or scene.index(market_id) or WAD
    rate = scene.ledger.market_limit_rate
    part = scene.among(0, 0, 500, 900, 1000, 1000, 1500, -500, -2000)
    worse = mark * max(rate, WAD // 1000) // WAD * part // 1000
    tick = scene.parameters(market_id).price_tick
    if scene.size(account, market_id) > 0:
        return max(-(-(mark - worse) // tick) * tick, tick)
    return on_grid(mark + worse, tick)


def _call(
    scene: Scene, account: str, market_id: int, size: int, price: int, counterparty: str
) -> Call:
    args = account, market_id, size, min(price, NO_LIMIT), counterparty
    return scene.house(scene.matcher, "liquidateToMarket", *args)
