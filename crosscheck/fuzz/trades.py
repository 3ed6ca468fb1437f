"""Trades: openings, reductions, reversals, closings, at the edges of margin, band.

Grid and width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_SIZE

from .prices import fresh
from .scene import NO_LIMIT, on_grid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene

MAX_LEVERAGE = 40
"""Beyond what any market's margin allows."""


def open_trade(scene: Scene) -> Iterator[Call]:
    """Two accounts trade, mostly within what their collateral carries."""
    market_id = scene.dice.choice(scene.markets)
    yield from fresh(scene, market_id)
    buyer = scene.dice.choice(scene.parties)
    seller = scene.other(buyer)
    size = size_for(scene, market_id, buyer, seller)
    yield scene.trade(buyer, seller, market_id, size, price_near(scene, market_id))


def size_for(scene: Scene, market_id: int, *sides: str) -> int:
    """A size that the weaker side's free collateral carries at some leverage."""
    free = min(max(scene.figure("freeCollateral", side) or 0, 0) for side in sides)
    index = scene.index(market_id) or WAD
    leverage = scene.dice.between(1, MAX_LEVERAGE if scene.one_in(5) else 9)
    size = scene.share(free * leverage * WAD // index, 100, 1000)
    return min(on_grid(size, scene.parameters(market_id).size_step), MAX_SIZE)


def price_near(scene: Scene, market_id: int) -> int:
    """A trade price at or near the index, inside the band."""
    index = scene.index(market_id) or scene.targets[scene.price_name(market_id)]
    parameters = scene.parameters(market_id)
    band = index * min(parameters.band_rate, WAD // 50) // WAD
    price = index
    if band and not scene.one_in(3):
        price = scene.dice.between(index - band, index + band)
    return on_grid(price, parameters.price_tick)


def trade_back(scene: Scene) -> Iterator[Call]:
    """An account closes, reduces or turns a position.

    Against someone opposite where there is one.
    """
    account, market_id, size = some_position(scene)
    if not account:
        return
    yield from fresh(scene, market_id)
    opposite = [a for a, s in scene.holders(market_id) if (s > 0) != (size > 0)]
    if opposite and not scene.one_in(3):
        other = scene.dice.choice(tuple(opposite))
    else:
        other = scene.other(account)
    amount = abs(size)
    if opposite and scene.one_in(2):
        amount = min(amount, abs(scene.size(other, market_id)) or amount)
    if scene.one_in(2):
        amount = scene.among(scene.share(amount, 1, 999), amount * 2, amount)
    amount = on_grid(amount, scene.parameters(market_id).size_step)
    buyer, seller = (other, account) if size > 0 else (account, other)
    yield scene.trade(buyer, seller, market_id, amount, price_near(scene, market_id))


def margin_edge(scene: Scene) -> Iterator[Call]:
    """The largest trade that initial margin allows, and one step more."""
    market_id = scene.dice.choice(scene.markets)
    yield from fresh(scene, market_id)
    buyer = scene.dice.choice(scene.accounts)
    seller = scene.other(buyer)
    step = scene.parameters(market_id).size_step
    price, maker = price_near(scene, market_id), scene.one_in(2)

    def trade(steps: int) -> Call:
        return scene.trade(buyer, seller, market_id, steps * step, price, maker=maker)

    def passes(steps: int) -> bool:
        return scene.would_pass(trade(steps))

    if not passes(1):
        yield trade(1)
        return
    low, high = 1, MAX_SIZE // step
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if passes(middle) else (low, middle)
    yield trade(low + 1)
    yield trade(low)
    yield trade(1)


def band_edge(scene: Scene) -> Iterator[Call]:
    """A trade at the last tick inside the band, and one at the first outside."""
    market_id = scene.dice.choice(scene.markets)
    yield from fresh(scene, market_id)
    index = scene.index(market_id)
    if index is None:
        return
    buyer = scene.dice.choice(scene.accounts)
    seller = scene.other(buyer)
    parameters = scene.parameters(market_id)
    tick, size = parameters.price_tick, size_for(scene, market_id, buyer, seller)
    band = index * parameters.band_rate // WAD
    upper = (index + band) // tick * tick
    lower = -(-(index - band) // tick) * tick
    inside, outside = scene.among((upper, upper + tick), (lower, lower - tick))
    yield scene.trade(buyer, seller, market_id, size, max(outside, 0))
    yield scene.trade(buyer, seller, market_id, size, inside)


def wrong_trade(scene: Scene) -> Iterator[Call]:
    """A trade that must be refused for one of many reasons, or just not."""
    market_id = scene.dice.choice(scene.markets)
    yield from fresh(scene, market_id)
    buyer = scene.dice.choice(scene.accounts)
    seller = scene.other(buyer)
    parameters = scene.parameters(market_id)
    step, tick = parameters.size_step, parameters.price_tick
    size, price = on_grid(step * 3, step), price_near(scene, market_id)
    sizes = (0, step - 1, step + 1, MAX_SIZE, MAX_SIZE + step, 2**255, NO_LIMIT)
    prices = (0, tick - 1, price + 1, price * 2, on_grid(2**200, tick), NO_LIMIT)
    count = scene.market_count
    yield scene.among(
        scene.trade(buyer, buyer, market_id, size, price),
        scene.trade(buyer, seller, scene.among(count, count + 1, NO_LIMIT), size, price),
        scene.trade(buyer, seller, market_id, scene.dice.choice(sizes), price),
        scene.trade(buyer, seller, market_id, size, scene.dice.choice(prices)),
        scene.house(scene.admin, "settleTrade", buyer, seller, market_id, size, price, True),
        scene.trade(scene.outsider, seller, market_id, size, price),
        scene.trade(buyer, scene.address("house"), market_id, size, price),
    )


def some_position(scene: Scene) -> tuple[str, int, int]:
    """A holder, a market and the signed size of the position.

    An empty address where there is none.
    """
    holders = [account for account in scene.accounts if scene.held(account)]
    if not holders:
        return "", 0, 0
    account = scene.dice.choice(tuple(holders))
    market_id = scene.dice.choice(scene.held(account))
    return account, market_id, scene.size(account, market_id)


def close_between(scene: Scene, market_id: int) -> Iterator[Call]:
    """Longs and shorts of a market close against each other, as far as the rules let them."""
    yield from fresh(scene, market_id)
    price = scene.index(market_id)
    if price is None:
        return
    price = on_grid(price, scene.parameters(market_id).price_tick)
    for _ in range(2 * len(scene.accounts)):
        longs = [(a, s) for a, s in scene.holders(market_id) if s > 0]
        shorts = [(a, -s) for a, s in scene.holders(market_id) if s < 0]
        if not longs or not shorts:
            return
        (long, held), (short, owed) = scene.dice.choice(tuple(longs)), shorts[0]
        trade = scene.trade(short, long, market_id, min(held, owed), price)
        stuck = not scene.would_pass(trade)
        yield trade
        if stuck:
            return
