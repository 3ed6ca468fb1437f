"""Fees: schedules within and without bounds, tiers at their edge, the window of thirty days."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.fees import DAY, MAX_DAY_VOLUME
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import (
    MAX_FEE_TIERS,
    MAX_NOTIONAL,
    MAX_PRICE,
    MAX_SETTLEMENT_FEE_RATE,
    VOLUME_DAYS,
    FeeTier,
)
from weiproof.engine.records import TOKEN_UNIT

from .money import faucet
from .prices import fresh_for, publish
from .scene import NO_LIMIT, WIDEST_RATE, on_grid
from .trades import price_near

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene

_FIRST = FeeTier(0, WAD, WAD)

DEAR = "RARE-USD"
"""A price that can rise to the highest that there is."""


def schedule(scene: Scene) -> Iterator[Call]:
    """The fee schedule changes, or is refused; what an account would pay is read."""
    sender = scene.outsider if scene.one_in(6) else scene.admin
    tiers = wrong_schedule(scene) if scene.one_in(3) else good_schedule(scene)
    yield set_tiers(scene, *tiers, sender=sender)
    account = scene.dice.choice(scene.accounts)
    yield scene.house(scene.outsider, "feeTiers")
    yield scene.house(scene.outsider, "volumeOf", account)
    yield scene.house(scene.outsider, "volumeRecord", account)
    market_id = scene.among(*scene.markets, scene.market_count, NO_LIMIT)
    yield scene.house(scene.outsider, "feeRates", account, market_id)


def set_tiers(scene: Scene, *tiers: FeeTier, sender: str = "") -> Call:
    """A new schedule, by the administrator where nobody else is named."""
    rows = tuple(tier.fields() for tier in tiers)
    return scene.house(sender or scene.admin, "setFeeTiers", rows)


def good_schedule(scene: Scene) -> tuple[FeeTier, ...]:
    """A schedule within its bounds: none, one tier, or several that accounts are near to."""
    known = [volume for a in scene.accounts if (volume := scene.figure("volumeOf", a))]
    known += [1, 50_000 * WAD, MAX_NOTIONAL]
    several = tuple(
        FeeTier(volume, WAD * (8 - i) // 10, WAD * (18 - i) // 20)
        for i, volume in enumerate(sorted(dict.fromkeys(known))[: MAX_FEE_TIERS - 1])
    )
    return scene.among(
        (),
        (FeeTier(0, 0, WAD),),
        (_FIRST, FeeTier(1, WAD // 3, WAD * 2 // 3)),
        (FeeTier(0, WAD - 1, WAD), *several),
        (FeeTier(0, WAD - 1, WAD), *several),
    )


def wrong_schedule(scene: Scene) -> tuple[FeeTier, ...]:
    """A schedule with one thing out of its bounds, or at its bound."""
    count = MAX_FEE_TIERS + scene.among(0, 1)
    return scene.among(
        tuple(replace(_FIRST, lower_volume=i) for i in range(count)),
        (replace(_FIRST, lower_volume=1),),
        (_FIRST, _FIRST),
        (_FIRST, replace(_FIRST, lower_volume=MAX_NOTIONAL + scene.among(0, 1))),
        (replace(_FIRST, maker_rate=scene.among(WAD + 1, WIDEST_RATE)),),
        (replace(_FIRST, taker_rate=scene.among(WAD + 1, WIDEST_RATE)),),
        (FeeTier(0, 5, 5), FeeTier(1, 6, 5)),
        (FeeTier(0, 5, 5), FeeTier(1, 5, 6)),
    )


def tier_edge(scene: Scene) -> Iterator[Call]:
    """Trades at a tier that an account has just reached, and at one that is a wei beyond."""
    market_id = scene.dice.choice(scene.markets)
    account = scene.dice.choice(scene.accounts)
    other = scene.other(account)
    volume = scene.figure("volumeOf", account) or 0
    for lower in (max(volume, 1), volume + 1):
        low, high = FeeTier(0, WAD // 2, WAD), FeeTier(lower, WAD // 7, WAD // 3)
        yield set_tiers(scene, low, high)
        yield from one_trade(scene, market_id, account, other)
    yield scene.house(scene.outsider, "feeRates", account, market_id)
    if scene.one_in(2):
        yield set_tiers(scene)


def one_trade(scene: Scene, market_id: int, account: str, other: str) -> Iterator[Call]:
    """A small trade between two accounts, with prices that can be trusted."""
    yield from fresh_for(scene, account)
    yield from fresh_for(scene, other)
    if scene.index(market_id) is None:
        yield from publish(scene, scene.price_name(market_id))
    price = price_near(scene, market_id)
    step = scene.parameters(market_id).size_step
    size = on_grid(scene.dice.between(1, 400) * WAD * WAD // price, step)
    sides = scene.among((account, other), (other, account))
    yield scene.trade(*sides, market_id, size, price)


def window_edge(scene: Scene) -> Iterator[Call]:
    """Two accounts trade on days at and around the edge of the window, and after all of it."""
    account = scene.dice.choice(scene.accounts)
    other, market_id = scene.other(account), scene.dice.choice(scene.markets)
    yield from one_trade(scene, market_id, account, other)
    volume = scene.figure("volumeOf", account) or 1
    yield set_tiers(scene, _FIRST, FeeTier(volume, WAD // 9, WAD // 4))
    gap = scene.among(1, VOLUME_DAYS - 1, VOLUME_DAYS, VOLUME_DAYS + 1, 3 * VOLUME_DAYS)
    start = (scene.now // DAY + gap) * DAY
    for at in (start - 1, start, start + scene.among(1, 2, 7) * DAY):
        scene.wait(at - scene.now)
        for trader in (account, other):
            yield scene.house(scene.outsider, "volumeOf", trader)
        yield scene.house(scene.outsider, "feeRates", account, market_id)
        yield from one_trade(scene, market_id, account, other)
        yield scene.house(scene.outsider, "volumeRecord", account)
    yield set_tiers(scene)


def fee_bounds(scene: Scene) -> Iterator[Call]:
    """Both fees of a market at the highest that they may be together, and one unit beyond."""
    market_id = scene.dice.choice(scene.markets)
    old = replace(scene.parameters(market_id))
    rows = tier_rows(scene, market_id)
    fee = WAD // 10 - MAX_SETTLEMENT_FEE_RATE
    for trade_fee, settlement_fee in (
        (0, MAX_SETTLEMENT_FEE_RATE),
        (0, MAX_SETTLEMENT_FEE_RATE + 1),
        (fee, MAX_SETTLEMENT_FEE_RATE),
        (fee + 1, MAX_SETTLEMENT_FEE_RATE),
        (0, WIDEST_RATE),
    ):
        now = replace(old, trade_fee_rate=trade_fee, settlement_fee_rate=settlement_fee)
        yield scene.house(scene.admin, "setMarketParameters", market_id, now.fields(), rows)
    yield scene.house(scene.admin, "setMarketParameters", market_id, old.fields(), rows)


def fullest_day(scene: Scene) -> Iterator[Call]:
    """Two accounts trade more in one day than its bucket holds; what is beyond does not count."""
    rich = actor("fees-rich"), actor("fees-richer")
    market_id = next(m for m in scene.markets if scene.price_name(m) == DEAR)
    if scene.ledger.record.unresolved_bad_debt:
        return
    old, rows = replace(scene.parameters(market_id)), tier_rows(scene, market_id)
    free = replace(old, trade_fee_rate=0, settlement_fee_rate=0)
    args = (market_id, free.fields(), ((0, WAD // 20, WAD // 40),))
    yield scene.house(scene.admin, "setMarketParameters", *args)
    yield from publish(scene, DEAR, MAX_PRICE)
    notional = MAX_DAY_VOLUME * TOKEN_UNIT * 2 // 5
    for account in rich:
        yield faucet(scene, account, notional // TOKEN_UNIT)
        yield scene.house(account, "deposit", notional // TOKEN_UNIT)
    size = on_grid(notional * WAD // MAX_PRICE, old.size_step)
    first, second = rich
    for buyer, seller in ((first, second), (second, first)) * 2:
        yield scene.trade(buyer, seller, market_id, size, MAX_PRICE)
    for account in rich:
        yield scene.house(scene.outsider, "volumeRecord", account)
        yield scene.house(account, "withdraw", scene.figure("withdrawable", account) or 1)
    yield from publish(scene, DEAR)
    yield scene.house(scene.admin, "setMarketParameters", market_id, old.fields(), rows)


def tier_rows(scene: Scene, market_id: int) -> tuple[tuple[int, int, int], ...]:
    """A market's margin tiers as ``setMarketParameters`` takes them."""
    tiers = scene.ledger.tiers(market_id)
    return tuple((t.lower_bound, t.initial_rate, t.maintenance_rate) for t in tiers)
