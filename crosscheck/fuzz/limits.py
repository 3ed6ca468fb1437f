"""The order of liquidations and the limits of large accounts: set, met, and waited for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_COOL_DOWN, MAX_NOTIONAL, LiquidationParameters

from .liquidations import fund_keeper, liquidatable
from .prices import fresh_for, sink, to_edge
from .scene import NO_LIMIT, on_grid
from .trades import price_near, some_position

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene

OFF = LiquidationParameters()
WAIT = 30


def liquidation_parameters(scene: Scene) -> Iterator[Call]:
    """Order and limits change, or are refused; mostly they are off again after a while."""
    good = LiquidationParameters(
        ordered=scene.one_in(2),
        largest_share=scene.among(1, WAD // 5, WAD // 2, WAD),
        urgent_health=scene.among(0, WAD // 2, WAD * 9 // 10, WAD),
        cool_down=scene.among(0, 1, WAIT, MAX_COOL_DOWN),
        maximum_keeper_reward=scene.among(0, 1, WAD, 50 * WAD),
        large_notional=scene.among(0, 1, 1_000 * WAD, 100_000 * WAD, MAX_NOTIONAL),
    )
    wrong = (
        replace(good, largest_share=WAD + 1),
        replace(good, largest_share=0, large_notional=1),
        replace(good, urgent_health=WAD + 1),
        replace(good, cool_down=MAX_COOL_DOWN + 1),
        replace(good, large_notional=MAX_NOTIONAL + 1),
    )
    sender = scene.outsider if scene.one_in(8) else scene.admin
    chosen = scene.dice.choice(wrong) if scene.one_in(2) else good
    yield scene.house(sender, "setLiquidationParameters", chosen.fields())
    yield from at_limits(scene)
    if not scene.one_in(3):
        yield scene.house(scene.admin, "setLiquidationParameters", OFF.fields())


def at_limits(scene: Scene) -> Iterator[Call]:
    """Whoever is liquidatable is taken over, in every market, until it cools down, and after."""
    if not liquidatable(scene):
        yield from to_edge(scene)
    for account in liquidatable(scene)[:2]:
        for market_id in scene.held(account):
            yield from _pieces(scene, account, market_id)


def in_pieces(scene: Scene) -> Iterator[Call]:
    """A large account is taken over a share at a time, with a wait between two."""
    share = scene.among(WAD // 10, WAD // 5, WAD // 3)
    limits = LiquidationParameters(
        ordered=not scene.one_in(4),
        largest_share=share,
        cool_down=WAIT,
        maximum_keeper_reward=scene.among(0, 1, WAD),
        large_notional=1,
    )
    holders = sorted(scene.accounts, key=lambda each: -len(scene.held(each)))[:2]
    account = scene.dice.choice(tuple(holders))
    if not scene.held(account):
        return
    yield from fresh_for(scene, account)
    yield from sink(scene, account, scene.dice.choice(scene.held(account)))
    yield scene.house(scene.admin, "setLiquidationParameters", limits.fields())
    for _ in range(2):
        for market_id in scene.held(account):
            yield from _pieces(scene, account, market_id)
        scene.wait(scene.among(WAIT - 1, WAIT))
    yield scene.house(scene.admin, "setLiquidationParameters", OFF.fields())


def grown(scene: Scene) -> Iterator[Call]:
    """A window begins with a step of a position, which is then traded larger and sunk again."""
    account, market_id, held = some_position(scene)
    if not account:
        return
    yield from fresh_for(scene, account)
    yield from sink(scene, account, market_id)
    limits = LiquidationParameters(
        largest_share=WAD // 10, cool_down=MAX_COOL_DOWN, large_notional=1
    )
    yield scene.house(scene.admin, "setLiquidationParameters", limits.fields())
    keeper = scene.other(account)
    yield from fund_keeper(scene, keeper, market_id, 4 * abs(held))
    step = scene.parameters(market_id).size_step
    yield scene.house(keeper, "liquidate", account, market_id, step)
    yield from fund_keeper(scene, account, market_id, 4 * abs(held))
    buyer, seller = (account, keeper) if held > 0 else (keeper, account)
    size = on_grid(3 * abs(held), step)
    yield scene.trade(buyer, seller, market_id, size, price_near(scene, market_id))
    yield from sink(scene, account, market_id)
    for function in ("liquidationSize", "liquidationWindow"):
        yield scene.house(scene.outsider, function, account, market_id)
    yield scene.house(keeper, "liquidate", account, market_id, NO_LIMIT)
    yield scene.house(scene.admin, "setLiquidationParameters", OFF.fields())


def _pieces(scene: Scene, account: str, market_id: int) -> Iterator[Call]:
    keeper = scene.other(account)
    wanted = scene.figure("liquidationSize", account, market_id) or 0
    yield scene.house(scene.outsider, "liquidationMarket", account)
    yield from fund_keeper(scene, keeper, market_id, wanted)
    step = scene.parameters(market_id).size_step
    first = scene.among(NO_LIMIT, wanted // 2, wanted - step)
    for limit in (max(first, 0), NO_LIMIT, NO_LIMIT):
        yield scene.house(keeper, "liquidate", account, market_id, limit)
    yield scene.house(scene.outsider, "liquidationSize", account, market_id)
