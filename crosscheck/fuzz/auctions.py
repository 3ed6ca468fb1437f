"""Auctions of large accounts: begun, risen, taken, ended; void ones, and parameters at bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_AUCTION_TIME, MAX_NOTIONAL, AuctionParameters

from .backstop import sink, target
from .liquidations import fund_keeper, liquidatable
from .prices import fresh_for, publish
from .scene import LONGEST_TIME, NO_LIMIT, WIDEST_RATE, on_grid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene

OFF = AuctionParameters()
RISE = 60


def auction_parameters(scene: Scene) -> Iterator[Call]:
    """Auctions get other parameters, or the change is refused; afterwards they are mostly off."""
    good = AuctionParameters(
        auction_notional=scene.among(1, 1_000 * WAD, 100_000 * WAD, MAX_NOTIONAL),
        duration=scene.among(1, RISE, MAX_AUCTION_TIME),
        validity=scene.among(0, 1, RISE, MAX_AUCTION_TIME),
        start_share=scene.among(0, 1, WAD // 3, WAD),
        urgent_health=scene.among(0, WAD // 2, WAD),
    )
    wrong = (
        replace(good, auction_notional=MAX_NOTIONAL + 1),
        replace(good, duration=scene.among(0, MAX_AUCTION_TIME + 1, LONGEST_TIME)),
        replace(good, validity=scene.among(MAX_AUCTION_TIME + 1, LONGEST_TIME)),
        replace(good, start_share=scene.among(WAD + 1, WIDEST_RATE)),
        replace(good, urgent_health=scene.among(WAD + 1, WIDEST_RATE)),
    )
    sender = scene.outsider if scene.one_in(8) else scene.admin
    chosen = scene.dice.choice(wrong) if scene.one_in(2) else good
    yield scene.house(sender, "setAuctionParameters", chosen.fields())
    if not scene.one_in(3):
        yield scene.house(scene.admin, "setAuctionParameters", OFF.fields())


def by_auction(scene: Scene) -> Iterator[Call]:
    """A large account is taken over in an auction, at some moment of it, at once or in pieces."""
    account, market_id = target(scene)
    if not account:
        return
    yield from begin(scene, account, market_id)
    scene.wait(scene.among(0, 1, RISE // 2, RISE - 1, RISE, 2 * RISE, 2 * RISE + 1))
    yield from fresh_for(scene, account)
    size = scene.figure("liquidationSize", account, market_id) or 0
    keeper = scene.other(account)
    yield from fund_keeper(scene, keeper, market_id, size)
    part = on_grid(size // 2, scene.parameters(market_id).size_step)
    for limit in (scene.among(part, NO_LIMIT), NO_LIMIT):
        yield scene.house(keeper, "liquidate", account, market_id, limit)
    yield from end(scene, account)


def void(scene: Scene) -> Iterator[Call]:
    """An auction outlives the danger, its time or its parameters; then it is of no use."""
    account, market_id = target(scene)
    if not account:
        return
    yield from begin(scene, account, market_id)
    kind = scene.dice.below(3)
    if kind == 0:
        name = scene.price_name(market_id)
        exists, price = scene.ask("house", "liquidationPrice", account, market_id) or (False, 0)
        if exists and isinstance(price, int):
            long = scene.size(account, market_id) > 0
            scene.targets[name] = price * (102 if long else 98) // 100
            yield from publish(scene, name)
    elif kind == 1:
        scene.wait(2 * RISE + scene.among(0, 1, 2))
    else:
        yield _set(scene, start_share=scene.among(0, WAD // 2))
    yield from fresh_for(scene, account)
    keeper = scene.other(account)
    yield from fund_keeper(scene, keeper, market_id, abs(scene.size(account, market_id)))
    yield scene.house(scene.outsider, "endAuction", account)
    yield scene.house(keeper, "liquidate", account, market_id, NO_LIMIT)
    yield scene.house(scene.outsider, "beginAuction", account)
    yield from end(scene, account)


def begin(scene: Scene, account: str, market_id: int) -> Iterator[Call]:
    """Auctions are on, the account is sunk, and its auction begins after keepers tried without."""
    yield from sink(scene, account, market_id)
    urgent = scene.among(0, 0, 0, 0, WAD // 2, WAD)
    notional = scene.among(1, 1, 1, 10**9 * WAD)
    yield _set(scene, urgent_health=urgent, auction_notional=notional)
    yield from fresh_for(scene, account)
    if scene.one_in(2):
        yield scene.house(scene.other(account), "liquidate", account, market_id, NO_LIMIT)
    if scene.one_in(3):
        yield scene.house(scene.outsider, "endAuction", account)
    yield scene.house(scene.outsider, "beginAuction", account)
    if scene.one_in(3):
        yield scene.house(scene.outsider, scene.among("beginAuction", "endAuction"), account)


def end(scene: Scene, account: str) -> Iterator[Call]:
    """Whoever has an auction loses it where that may be, and auctions are off again, mostly."""
    yield scene.house(scene.outsider, "endAuction", account)
    for other in liquidatable(scene)[:1]:
        yield scene.house(scene.outsider, "beginAuction", other)
    if not scene.one_in(4):
        yield scene.house(scene.admin, "setAuctionParameters", OFF.fields())


def _set(scene: Scene, **changes: int) -> Call:
    """Auctions of a minute, with these fields changed; valid for another minute."""
    share = scene.among(0, WAD // 10, WAD // 3, WAD * 9 // 10)
    usual = AuctionParameters(1, RISE, RISE, share)
    return scene.house(scene.admin, "setAuctionParameters", replace(usual, **changes).fields())
