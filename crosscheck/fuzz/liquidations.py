"""Liquidations and forced closes: of whoever is below maintenance, and of everyone who is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.fixed_point import WAD

from .money import faucet
from .prices import fresh, to_edge
from .scene import NO_LIMIT, tokens_for
from .trades import some_position

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene


def liquidatable(scene: Scene) -> list[str]:
    """Accounts below maintenance at present prices."""
    holders = (account for account in scene.accounts if scene.held(account))
    return [a for a in holders if scene.ask("house", "isLiquidatable", a) == (True,)]


def liquidate(scene: Scene) -> Iterator[Call]:
    """A keeper takes over what can be taken over, with every kind of limit."""
    weak = liquidatable(scene)
    if not weak:
        yield from refused(scene)
        return
    yield from take_over(scene, scene.dice.choice(tuple(weak)))


def at_edge(scene: Scene) -> Iterator[Call]:
    """An account at the edge of liquidation, where a part of its position is enough."""
    yield from to_edge(scene)
    for account in liquidatable(scene)[:2]:
        yield from take_over(scene, account)


def take_over(scene: Scene, account: str) -> Iterator[Call]:
    """A keeper takes over one of an account's positions."""
    market_id = scene.dice.choice(scene.held(account))
    keeper = scene.other(account)
    wanted = scene.figure("liquidationSize", account, market_id) or 0
    step = scene.parameters(market_id).size_step
    edges = (
        0,
        step - 1,
        step,
        step + 1,
        wanted - step,
        wanted - 1,
        wanted,
        wanted + 1,
        wanted // 2,
    )
    limit = NO_LIMIT if scene.one_in(2) else max(scene.dice.choice(edges), 0)
    if not scene.one_in(4):
        yield from fund_keeper(scene, keeper, market_id, wanted)
    yield scene.house(scene.outsider, "liquidationSize", account, market_id)
    yield scene.house(keeper, "liquidate", account, market_id, limit)


def fund_keeper(scene: Scene, keeper: str, market_id: int, size: int) -> Iterator[Call]:
    """A keeper that could not carry the position deposits what it needs."""
    notional = size * (scene.mark(market_id) or 0) // WAD
    needed = tokens_for(notional)
    free = scene.figure("freeCollateral", keeper) or 0
    if free * 2 < notional:
        if scene.units(keeper) < needed:
            yield faucet(scene, keeper, needed)
        yield scene.house(keeper, "deposit", needed)


def force_close(scene: Scene) -> Iterator[Call]:
    """A liquidatable position is closed against a holder of the other side."""
    weak = liquidatable(scene)
    account = scene.dice.choice(tuple(weak)) if weak else some_position(scene)[0]
    if not account:
        return
    market_id = scene.dice.choice(scene.held(account))
    size = scene.size(account, market_id)
    opposite = [a for a, s in scene.holders(market_id) if (s > 0) != (size > 0)]
    other = scene.dice.choice(tuple(opposite)) if opposite else scene.outsider
    if scene.one_in(6):
        other = scene.among(account, scene.outsider, scene.other(account))
    caller = scene.among(scene.outsider, scene.other(account), other, account)
    yield scene.house(caller, "forceClose", account, market_id, other)


def clear_out(scene: Scene) -> Iterator[Call]:
    """Keepers and forced closes work until nobody is below maintenance, or they get stuck."""
    for market_id in scene.markets:
        yield from fresh(scene, market_id)
    for _ in range(3 * len(scene.accounts)):
        weak = liquidatable(scene)
        if not weak:
            return
        account = weak[0]
        for market_id in scene.held(account):
            size = scene.size(account, market_id)
            opposite = [a for a, s in scene.holders(market_id) if (s > 0) != (size > 0)]
            if scene.one_in(2):
                keeper = scene.other(account)
                yield from fund_keeper(scene, keeper, market_id, abs(size))
                yield scene.house(keeper, "liquidate", account, market_id, NO_LIMIT)
            elif opposite:
                other = scene.dice.choice(tuple(opposite))
                yield scene.house(scene.outsider, "forceClose", account, market_id, other)


def refused(scene: Scene) -> Iterator[Call]:
    """Liquidations that must be refused: healthy, without a position, one's own, unknown market."""
    account, market_id, size = some_position(scene)
    if not account:
        account = scene.dice.choice(scene.accounts)
    keeper = scene.other(account)
    empty = [m for m in scene.markets if m not in scene.held(account)] or [0]
    opposite = [a for a, s in scene.holders(market_id) if (s > 0) != (size > 0)] or [keeper]
    unknown = scene.among(scene.market_count, NO_LIMIT)
    yield scene.among(
        scene.house(keeper, "liquidate", account, market_id, NO_LIMIT),
        scene.house(keeper, "liquidate", account, empty[0], NO_LIMIT),
        scene.house(account, "liquidate", account, market_id, NO_LIMIT),
        scene.house(keeper, "liquidate", account, unknown, 1),
        scene.house(keeper, "liquidate", scene.outsider, market_id, 0),
        scene.house(keeper, "forceClose", account, market_id, opposite[0]),
        scene.house(keeper, "forceClose", account, market_id, account),
        scene.house(keeper, "forceClose", account, empty[0], keeper),
        scene.house(keeper, "forceClose", account, unknown, keeper),
        scene.house(account, "forceClose", account, market_id, scene.outsider),
    )
