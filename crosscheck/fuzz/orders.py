"""Resting orders: placed, grown, repriced, cancelled, filled in part and beyond, and refused.

And accounts that are liquidated while orders rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.accounts import sub_account
from weiproof.engine.bits import each_bit
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_PRICE, MAX_SIZE

from .liquidations import take_over
from .prices import fresh, fresh_for, sink
from .risk import straddle
from .scene import NO_LIMIT, on_grid
from .trades import price_near, size_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene

Side = tuple[int, int]
"""Total size (WAD) and notional (wei) of one side."""

NOTHING: Side = (0, 0)


def rest(scene: Scene) -> Iterator[Call]:
    """An account places orders: bids, asks or both, anew or beside what it has resting."""
    account, market_id = scene.dice.choice(scene.parties), scene.dice.choice(scene.markets)
    yield from fresh_for(scene, account)
    yield from fresh(scene, market_id)
    bids, asks = sides(scene, account, market_id) if scene.one_in(2) else (NOTHING, NOTHING)
    kind = scene.among("bids", "asks", "both", "both")
    if kind != "asks":
        bids = joined(bids, order(scene, account, market_id))
    if kind != "bids":
        asks = joined(asks, order(scene, account, market_id))
    yield report(scene, account, market_id, bids, asks)


def change(scene: Scene) -> Iterator[Call]:
    """Orders are cancelled in part or whole, or get another price; the market may be paused."""
    account, market_id = some_orders(scene)
    if not account:
        yield from rest(scene)
        return
    if scene.one_in(8):
        yield scene.house(scene.admin, "setMarketPaused", market_id, True)
    bids, asks = sides(scene, account, market_id)
    how = scene.among(cancelled, cancelled, repriced)
    yield scene.among(
        report(scene, account, market_id, NOTHING, NOTHING),
        report(scene, account, market_id, bids, asks),
        report(scene, account, market_id, how(scene, market_id, bids), asks),
        report(scene, account, market_id, bids, how(scene, market_id, asks)),
    )
    if scene.ledger.markets.read(market_id).paused:
        yield scene.house(scene.admin, "setMarketPaused", market_id, False)


def fill(scene: Scene) -> Iterator[Call]:
    """A trade meets resting orders: a part of them, all, or more than there are."""
    account, market_id = some_orders(scene)
    if not account:
        yield from rest(scene)
        return
    yield from fresh_for(scene, account)
    bids, asks = sides(scene, account, market_id)
    buys = bids[0] > 0 and (asks[0] == 0 or scene.one_in(2))
    resting = bids[0] if buys else asks[0]
    step = scene.parameters(market_id).size_step
    part = on_grid(scene.share(resting, 1, 999), step)
    size = scene.among(part, part, resting, resting + step, resting * 2)
    other, price = scene.other(account), price_near(scene, market_id)
    buyer, seller = (account, other) if buys else (other, account)
    maker = buys if not scene.one_in(6) else not buys
    yield scene.trade(buyer, seller, market_id, size, price, maker=maker)


def order_edge(scene: Scene) -> Iterator[Call]:
    """The most that an account's margin lets rest on one side, and one step more."""
    account, market_id = scene.dice.choice(scene.parties), scene.dice.choice(scene.markets)
    yield from fresh_for(scene, account)
    yield from fresh(scene, market_id)
    step, price = scene.parameters(market_id).size_step, price_near(scene, market_id)
    buys = scene.one_in(2)

    def rests(steps: int) -> Call:
        added = of(steps * step, price)
        if buys:
            return report(scene, account, market_id, added, NOTHING)
        return report(scene, account, market_id, NOTHING, added)

    low, high = 0, MAX_SIZE // step
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if scene.would_pass(rests(middle)) else (low, middle)
    yield rests(high)
    if low:
        yield rests(low)
        yield from at_its_margin(scene, account, market_id, step, price)


def at_its_margin(
    scene: Scene, account: str, market_id: int, step: int, price: int
) -> Iterator[Call]:
    """An account that holds all it may gives orders worse prices, trades, withdraws, cancels."""
    yield report(scene, account, market_id, *worse(scene, account, market_id))
    other = scene.other(account)
    buyer, seller = scene.among((account, other), (other, account))
    free = scene.figure("withdrawable", account) or 0
    yield scene.among(
        scene.trade(buyer, seller, market_id, step, price),
        scene.house(account, "withdraw", max(free, 1)),
        scene.house(account, "withdraw", free + 1),
    )
    yield report(scene, account, market_id, NOTHING, NOTHING)


def wrong_orders(scene: Scene) -> Iterator[Call]:
    """Totals that no book can hold, or not of this account, this market or this sender."""
    account, market_id = scene.dice.choice(scene.accounts), scene.dice.choice(scene.markets)
    yield from fresh(scene, market_id)
    parameters = scene.parameters(market_id)
    step, price = parameters.size_step, price_near(scene, market_id)
    good, grid = of(3 * step, price), step * parameters.price_tick // WAD
    wrong = (
        (step - 1 or MAX_SIZE + 1, good[1]),
        (MAX_SIZE - MAX_SIZE % step + step, good[1]),
        (NO_LIMIT, good[1]),
        (good[0], 0),
        (0, good[1]),
        (good[0], 3 * grid - 1),
        (good[0], good[0] * MAX_PRICE // WAD + grid),
        (good[0], good[1] + max(grid // 2, 1)),
        (good[0], NO_LIMIT),
    )
    bad = scene.dice.choice(wrong)
    unknown = scene.among(scene.market_count, NO_LIMIT)
    yield scene.among(
        report(scene, account, market_id, bad, NOTHING),
        report(scene, account, market_id, good, bad),
        report(scene, account, unknown, good, NOTHING),
        scene.house(account, "setOrders", account, market_id, *good, *NOTHING),
    )


def isolated_orders(scene: Scene) -> Iterator[Call]:
    """A sub-account with an order cannot be tied; a tied one rests in its own market alone."""
    owner = scene.dice.choice(scene.accounts[:3])
    account = sub_account(owner, scene.among(1, 2))
    yield from fresh_for(scene, owner)
    if part := (scene.figure("withdrawable", owner) or 0) // 4:
        yield scene.house(owner, "transfer", owner, account, part)
    own, elsewhere = scene.dice.choice(scene.markets), scene.dice.choice(scene.markets)
    for market_id in (own, elsewhere):
        yield from fresh(scene, market_id)
    least = {m: of(scene.parameters(m).size_step, price_near(scene, m)) for m in (own, elsewhere)}
    yield report(scene, account, own, least[own], NOTHING)
    yield scene.house(owner, "setIsolated", account, own, True)
    yield report(scene, account, own, NOTHING, NOTHING)
    yield scene.house(owner, "setIsolated", account, own, True)
    for market_id in (own, elsewhere):
        yield report(scene, account, market_id, NOTHING, least[market_id])
        yield report(scene, account, market_id, NOTHING, NOTHING)
    yield scene.house(owner, "setIsolated", account, own, False)


def many_orders(scene: Scene) -> Iterator[Call]:
    """The smallest order in market after market, until the account is in too many."""
    account = scene.dice.choice(scene.accounts)
    yield from fresh_for(scene, account)
    for market_id in scene.markets:
        yield from fresh(scene, market_id)
        least = of(scene.parameters(market_id).size_step, price_near(scene, market_id))
        added = report(scene, account, market_id, least, NOTHING)
        refused = not scene.would_pass(added)
        yield added
        if refused:
            break
    for market_id in ordered(scene, account):
        if not scene.one_in(6):
            yield report(scene, account, market_id, NOTHING, NOTHING)


def under_water(scene: Scene) -> Iterator[Call]:
    """An account with a position and orders falls below maintenance, and is taken over."""
    holders = tuple(a for a in scene.accounts if scene.held(a))
    if not holders:
        return
    account = scene.dice.choice(holders)
    yield from fresh_for(scene, account)
    market_id, other_market = (
        scene.dice.choice(scene.held(account)),
        scene.dice.choice(scene.markets),
    )
    for each in (market_id, other_market):
        yield from fresh(scene, each)
        least = of(scene.parameters(each).size_step, price_near(scene, each))
        yield report(scene, account, each, *scene.among((least, NOTHING), (least, least)))
    yield from sink(scene, account, market_id)
    if scene.ask("house", "isLiquidatable", account) == (True,):
        yield from take_over(scene, account)


def turned(scene: Scene) -> Iterator[Call]:
    """Positions that forgive each other, and orders that could just turn one of them, or not."""
    first, second = scene.dice.choice(scene.markets), scene.dice.choice(scene.markets)
    pairs = scene.ledger.offsets
    if pairs:
        pair = scene.dice.choice(pairs)
        first, second = scene.among((pair.first, pair.second), (pair.second, pair.first))
    elif first != second:
        yield scene.house(scene.admin, "setOffset", first, second, WAD // 4)
    opposite = [a for a in scene.parties if scene.size(a, first) * scene.size(a, second) < 0]
    if not opposite:
        yield from straddle(scene, first, second)
        opposite = [a for a in scene.parties if scene.size(a, first) * scene.size(a, second) < 0]
    for account in opposite[:1]:
        yield from fresh_for(scene, account)
        size, step = scene.size(account, first), scene.parameters(first).size_step
        price = price_near(scene, first)
        for added in (0, step):
            crossing = of(min(abs(size) + added, MAX_SIZE), price)
            both = (NOTHING, crossing) if size > 0 else (crossing, NOTHING)
            yield report(scene, account, first, *both)
            yield scene.house(scene.outsider, "initialMargin", account)
        yield report(scene, account, first, NOTHING, NOTHING)


def order(scene: Scene, account: str, market_id: int) -> Side:
    """An order that the account's free collateral carries at some leverage."""
    return of(size_for(scene, market_id, account), price_near(scene, market_id))


def of(size: int, price: int) -> Side:
    """One order; its notional is exact on step and tick."""
    return size, size * price // WAD


def joined(first: Side, second: Side) -> Side:
    """Two totals together."""
    return first[0] + second[0], first[1] + second[1]


def cancelled(scene: Scene, market_id: int, side: Side) -> Side:
    """A part of a side, at about its average price; nothing of nothing."""
    size, notional = side
    parameters = scene.parameters(market_id)
    if size <= parameters.size_step:
        return NOTHING
    left = on_grid(scene.share(size, 1, 999), parameters.size_step)
    return of(left, on_grid(notional * WAD // size, parameters.price_tick))


def repriced(scene: Scene, market_id: int, side: Side) -> Side:
    """A side at another price, in the same size or in less."""
    size, notional = side
    parameters = scene.parameters(market_id)
    if size == 0:
        return NOTHING
    price = on_grid(notional * WAD // size, parameters.price_tick)
    price += parameters.price_tick * scene.among(-1, 1, 1) * scene.among(1, 1000)
    kept = scene.among(size, on_grid(size // 2, parameters.size_step))
    return of(kept, max(price, parameters.price_tick))


def worse(scene: Scene, account: str, market_id: int) -> tuple[Side, Side]:
    """Bids of half the size for the same money, asks of the same size for half of it."""
    bids, asks = sides(scene, account, market_id)
    parameters = scene.parameters(market_id)
    step = parameters.size_step
    half = asks[1] // 2
    half -= half % (step * parameters.price_tick // WAD)
    least = asks[0] * parameters.price_tick // WAD
    return (bids[0] // 2 // step * step or bids[0], bids[1]), (asks[0], max(half, least))


def sides(scene: Scene, account: str, market_id: int) -> tuple[Side, Side]:
    """What an account has resting in a market: bids and asks."""
    orders = scene.ledger.orders.read(account, market_id)
    return (orders.bid_size, orders.bid_notional), (orders.ask_size, orders.ask_notional)


def ordered(scene: Scene, account: str) -> tuple[int, ...]:
    """Markets in which an account has orders resting."""
    return tuple(each_bit(scene.account(account).ordered_markets))


def some_orders(scene: Scene) -> tuple[str, int]:
    """An account and a market in which it has orders; an empty address where there is none."""
    found = [(each, market) for each in scene.parties for market in ordered(scene, each)]
    return scene.dice.choice(tuple(found)) if found else ("", 0)


def report(scene: Scene, account: str, market_id: int, bids: Side, asks: Side) -> Call:
    """The matcher says what an account has resting."""
    return scene.house(scene.matcher, "setOrders", account, market_id, *bids, *asks)
