"""What moves a mark: trades away from the index over several seconds, and reports of depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_PRICE

from .prices import fresh
from .scene import NO_LIMIT, on_grid
from .trades import size_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene


def report_impact(scene: Scene) -> Iterator[Call]:
    """The matcher reports its depth, twice in a second or not, or is refused."""
    market_id = scene.dice.choice((*scene.markets, scene.market_count))
    if market_id not in scene.markets:
        yield scene.house(scene.matcher, "reportImpact", market_id, 1, 1)
        return
    yield from fresh(scene, market_id)
    index = scene.index(market_id) or WAD
    for _ in range(scene.among(1, 1, 2)):
        bid = scene.share(index, 900, 1100) + scene.dice.below(2)
        ask = bid + scene.among(0, 1, index // 1000)
        yield _report(scene, market_id, min(bid, MAX_PRICE), min(ask, MAX_PRICE))
        scene.wait(scene.among(0, 1))
    if scene.one_in(4):
        wrong = ((0, 1), (2, 1), (index, NO_LIMIT), (MAX_PRICE + 1, MAX_PRICE + 1), (NO_LIMIT, 1))
        yield _report(scene, market_id, *scene.dice.choice(wrong))
    if scene.one_in(4):
        yield scene.house(scene.outsider, "reportImpact", market_id, index, index)
    yield scene.house(scene.outsider, "markPrice", market_id)


def impact_age(scene: Scene) -> Iterator[Call]:
    """A report is used in the last second in which it counts, and in the next."""
    market_id = scene.dice.choice(scene.markets)
    yield from fresh(scene, market_id)
    index = scene.index(market_id) or WAD
    yield from basis(scene, market_id, up=scene.one_in(2))
    yield _report(scene, market_id, index, index + index // 50)
    limit = scene.parameters(market_id).impact_max_age
    scene.wait(min(limit, 600) + scene.among(0, 0, 1))
    yield scene.house(scene.outsider, "markPrice", market_id)
    yield scene.house(scene.outsider, "accrueFunding", market_id)


def own_timestamp(scene: Scene) -> Iterator[Call]:
    """Depth was reported a second ago, and a trade away from the index is looked at in its own."""
    market_id = scene.dice.choice(scene.markets)
    yield from fresh(scene, market_id)
    index = scene.index(market_id) or WAD
    up = scene.one_in(2)
    impact = scene.share(index, *((1010, 1100) if up else (900, 990)))
    yield _report(scene, market_id, min(impact, MAX_PRICE), min(impact, MAX_PRICE))
    scene.wait(1)
    buyer = scene.dice.choice(scene.accounts)
    seller = scene.other(buyer)
    band = index * min(scene.parameters(market_id).band_rate, WAD // 12) // WAD
    price = on_grid(index + band // 2 if up else index - band // 2, _tick(scene, market_id))
    yield scene.trade(buyer, seller, market_id, size_for(scene, market_id, buyer, seller), price)
    yield scene.house(scene.outsider, "markPrice", market_id)
    yield scene.house(scene.outsider, "accrueFunding", market_id)


def _tick(scene: Scene, market_id: int) -> int:
    return scene.parameters(market_id).price_tick


def squeeze(scene: Scene) -> Iterator[Call]:
    """Trades and depth move one way together, and the mark with them, to its band at most."""
    market_id = scene.dice.choice(scene.markets)
    yield from fresh(scene, market_id)
    up = scene.one_in(2)
    yield from basis(scene, market_id, up=up)
    index = scene.index(market_id) or WAD
    impact = scene.share(index, *((1001, 1200) if up else (800, 999)))
    yield _report(scene, market_id, min(impact, MAX_PRICE), min(impact, MAX_PRICE))
    scene.wait(1)
    yield scene.house(scene.outsider, "accrueFunding", market_id)
    account = scene.dice.choice(tuple(a for a, _ in scene.holders(market_id)) or scene.accounts)
    yield scene.house(scene.outsider, "settle", account)
    yield scene.house(scene.other(account), "liquidate", account, market_id, NO_LIMIT)


def basis(scene: Scene, market_id: int, *, up: bool) -> Iterator[Call]:
    """Some trades on one side of the index, one or two in each second."""
    parameters = scene.parameters(market_id)
    for _ in range(scene.dice.between(2, 4)):
        buyer = scene.dice.choice(scene.accounts)
        seller = scene.other(buyer)
        index = scene.index(market_id) or WAD
        band = index * min(parameters.band_rate, WAD // 12) // WAD
        away = scene.dice.between(0, band)
        price = on_grid(index + away if up else index - away, parameters.price_tick)
        size = size_for(scene, market_id, buyer, seller)
        yield scene.trade(buyer, seller, market_id, size, price)
        scene.wait(scene.among(0, 1, 1, 60))


def _report(scene: Scene, market_id: int, bid: int, ask: int) -> Call:
    return scene.house(scene.matcher, "reportImpact", market_id, bid, ask)
