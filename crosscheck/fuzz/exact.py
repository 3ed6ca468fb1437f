"""Directed sequences to where a comparison meets equality, to the last digit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.records import TOKEN_UNIT

from .liquidations import fund_keeper, liquidatable
from .money import faucet
from .prices import fresh_for, publish
from .scene import NO_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene

MARKET = 5
"""Prices in whole dollars, no funding: every figure of a round position is round."""

FINEST = 1
"""A trade may be of one wei, for less than a cent."""

INITIAL, MAINTENANCE, FEE = WAD // 10, WAD // 20, WAD // 200
TRADE_FEE = WAD // 1000


def exact_margin(scene: Scene) -> Iterator[Call]:
    """An account that has initial margin to the wei, and later maintenance margin to the wei.

    A token unit less and the trade is refused; a dollar worse and the account is liquidatable.
    """
    now = replace(
        scene.parameters(MARKET),
        trade_fee_rate=TRADE_FEE,
        liquidation_fee_rate=FEE,
        maximum_funding_rate=0,
    )
    args = (MARKET, now.fields(), ((0, INITIAL, MAINTENANCE),))
    yield scene.house(scene.admin, "setMarketParameters", *args)
    yield from _whole_shares(scene)
    newcomer, size = actor(f"exact-{scene.dice.below(64)}"), scene.dice.between(1, 50)
    other, keeper = scene.dice.choice(scene.accounts), scene.dice.choice(scene.accounts)
    long, start = scene.one_in(2), scene.dice.between(30, 50)
    scene.targets["GAS-USD"] = start * WAD
    yield from publish(scene, "GAS-USD")
    cost = size * start * TRADE_FEE + _reserve(scene, newcomer)
    wanted = (size * start * INITIAL + cost - scene.account(newcomer).cash) // TOKEN_UNIT
    yield faucet(scene, newcomer, 10**12)
    yield from _capable(scene, other, 10 * size * start * WAD)
    yield from _deposit(scene, newcomer, wanted - 1)
    trade = _trade(scene, newcomer, other, size, start, long=long)
    yield trade
    yield from _deposit(scene, newcomer, 1)
    yield trade
    yield from _to_maintenance(scene, newcomer, keeper, start)


def _to_maintenance(scene: Scene, newcomer: str, keeper: str, start: int) -> Iterator[Call]:
    """The price falls or rises to where equity is what maintenance and fee ask, to the wei."""
    size = scene.size(newcomer, MARKET) // WAD
    if size == 0:
        return
    away = scene.dice.between(2, 9)
    price = start - away if size > 0 else start + away
    required = abs(size) * price * (MAINTENANCE + FEE)
    equity = scene.account(newcomer).cash + size * (price - start) * WAD
    yield from _deposit(scene, newcomer, (required - equity) // TOKEN_UNIT)
    for step in (0, -1 if size > 0 else 1):
        yield from publish(scene, "GAS-USD", (price + step) * WAD)
        yield scene.house(newcomer, "isLiquidatable", newcomer)
        yield scene.house(newcomer, "healthFactor", newcomer)
        yield scene.house(newcomer, "liquidationPrice", newcomer, MARKET)
        yield from fund_keeper(scene, keeper, MARKET, abs(size) * WAD)
        yield scene.house(keeper, "liquidate", newcomer, MARKET, NO_LIMIT)
    held = scene.size(newcomer, MARKET)
    if held:
        last = (scene.index(MARKET) or WAD) // WAD
        yield _trade(scene, keeper, newcomer, abs(held) // WAD, last, long=held > 0)
    yield scene.house(newcomer, "withdraw", scene.figure("withdrawable", newcomer) or 1)


def exact_by_withdrawal(scene: Scene) -> Iterator[Call]:
    """A plain account trades and withdraws what leaves it at maintenance to the wei, later.

    Then the price moves a few dollars against it, to the edge.
    """
    plain = tuple(a for a in scene.accounts if scene.account(a).open_positions == 0)
    if len(plain) < 2:  # noqa: PLR2004 (two sides of a trade)
        return
    trader, other = plain[scene.dice.below(len(plain) - 1)], plain[-1]
    parameters = scene.parameters(MARKET)
    yield from publish(scene, "GAS-USD")
    start = (scene.index(MARKET) or 0) // WAD
    maintenance = scene.ledger.tiers(MARKET)[0].maintenance_rate + parameters.liquidation_fee_rate
    cash = scene.account(trader).cash
    size = scene.dice.between(1, max(cash // max(start, 1) // WAD, 1))
    long, away = scene.one_in(2), scene.dice.between(1, max(start // 16, 1))
    price = start - away if long else start + away
    if price <= 0:
        return
    yield _trade(scene, trader, other, size, start, long=long)
    needed = size * away * WAD + size * price * maintenance
    yield scene.house(
        trader, "withdraw", max((scene.account(trader).cash - needed), 0) // TOKEN_UNIT
    )
    yield from publish(scene, "GAS-USD", price * WAD)
    yield scene.house(trader, "isLiquidatable", trader)
    yield scene.house(other, "liquidate", trader, MARKET, NO_LIMIT)


def exact_equity(scene: Scene, equity: int | None = None) -> Iterator[Call]:
    """An account whose equity is exactly nothing, or a wei more or less; then it is liquidated.

    The trading fee is set so that the last digits of its cash come out right.
    """
    wanted = scene.among(0, 0, 1, -1) if equity is None else equity
    newcomer = actor(f"exact-{scene.dice.below(64)}")
    other = scene.dice.choice(scene.accounts)
    keeper = max(scene.accounts, key=lambda each: scene.figure("freeCollateral", each) or 0)
    if scene.account(newcomer).markets:
        return
    old = scene.ledger.parameters
    none = replace(old, liquidation_reserve=0, minimum_keeper_reward=0)
    yield scene.house(scene.admin, "setSystemParameters", none.fields())
    # Prime to ten, so that a fee rate can be found for any last digits.
    size, start = (10 * scene.dice.between(*r) + scene.among(1, 3, 7, 9) for r in ((1, 4), (3, 4)))
    long, away = scene.one_in(2), scene.dice.between(start // 10 + 1, start // 3)
    cash = scene.account(newcomer).cash
    rate = TRADE_FEE + (cash - wanted) * pow(size * start, -1, TOKEN_UNIT) % TOKEN_UNIT
    yield _plain_rules(scene, rate)
    yield from _whole_shares(scene)
    for account in (other, keeper):
        yield from fresh_for(scene, account)
    scene.targets["GAS-USD"] = start * WAD
    yield from publish(scene, "GAS-USD")
    missing = size * away * WAD + wanted + size * start * rate - cash
    if missing > 0:
        yield faucet(scene, newcomer, missing // TOKEN_UNIT)
        yield from _deposit(scene, newcomer, missing // TOKEN_UNIT)
    yield from _capable(scene, other, 10 * size * start * WAD)
    yield _trade(scene, newcomer, other, size, start, long=long)
    yield _plain_rules(scene, 0)
    price = start - away if long else start + away
    yield from publish(scene, "GAS-USD", price * WAD)
    for figure in ("equity", "healthFactor", "withdrawable", "isLiquidatable"):
        yield scene.house(newcomer, figure, newcomer)
    yield _trade(scene, newcomer, other, 1, price, long=not long)
    # Settled, no more cash is left than equity; else the loss stays in the position.
    if scene.one_in(2):
        yield scene.house(other, "settle", newcomer)
    if keeper == other or scene.one_in(3):
        yield scene.house(keeper, "forceClose", newcomer, MARKET, other)
    else:
        yield from fund_keeper(scene, keeper, MARKET, size * WAD)
        yield scene.house(keeper, "liquidate", newcomer, MARKET, NO_LIMIT)
    yield scene.house(scene.admin, "setSystemParameters", old.fields())


def _plain_rules(scene: Scene, trade_fee: int) -> Call:
    """The market gets round rates, no funding, and this trading fee rate."""
    now = replace(
        scene.parameters(MARKET),
        trade_fee_rate=trade_fee,
        liquidation_fee_rate=FEE,
        maximum_funding_rate=0,
        socialisation_cap_rate=WAD,
        settlement_fee_rate=0,
    )
    args = (MARKET, now.fields(), ((0, INITIAL, MAINTENANCE),))
    return scene.house(scene.admin, "setMarketParameters", *args)


def _whole_shares(scene: Scene) -> Iterator[Call]:
    """Everybody pays a market's whole trading fee."""
    if scene.ledger.fee_tiers:
        yield scene.house(scene.admin, "setFeeTiers", ())


def overflowing_ratio(scene: Scene) -> Iterator[Call]:
    """A health factor that fits no signed integer: much cash, a position worth next to nothing."""
    account, other = actor("exact-rich"), scene.dice.choice(scene.accounts)
    if scene.ledger.record.unresolved_bad_debt > 0 or scene.account(account).markets:
        return
    old = scene.parameters(FINEST)
    rows = tuple(
        (tier.lower_bound, tier.initial_rate, tier.maintenance_rate)
        for tier in scene.ledger.tiers(FINEST)
    )
    name, cheap = scene.price_name(FINEST), 10**10
    scene.arrive(FINEST)
    yield from fresh_for(scene, other)
    yield from publish(scene, name)
    price = (scene.index(FINEST) or WAD) // WAD * WAD
    now = replace(old, liquidation_fee_rate=0, minimum_notional=0)
    args = (FINEST, now.fields(), ((0, INITIAL, 1),))
    yield scene.house(scene.admin, "setMarketParameters", *args)
    scene.arrive(FINEST)
    yield from fresh_for(scene, other)
    yield from publish(scene, name)
    # Between 2**255 and 2**256 where the position's margin at the low price is one wei times it.
    amount = 3 * 2**254 * cheap // (WAD * WEI * TOKEN_UNIT)
    yield faucet(scene, account, amount)
    yield scene.house(account, "deposit", amount)
    yield from _capable(scene, other, 1000 * WAD)
    yield scene.trade(account, other, FINEST, 1, price)
    yield from publish(scene, name, cheap)
    yield scene.house(account, "healthFactor", account)
    yield scene.house(account, "withdraw", amount // 2)
    yield scene.house(account, "healthFactor", account)
    yield from publish(scene, name)
    yield scene.trade(other, account, FINEST, 1, price)
    yield scene.house(account, "withdraw", scene.figure("withdrawable", account) or 1)
    scene.arrive(FINEST)
    yield scene.house(scene.admin, "setMarketParameters", FINEST, old.fields(), rows)


def dust_edge(scene: Scene) -> Iterator[Call]:
    """What a partial liquidation leaves is the smallest notional allowed, or a unit off it."""
    for account in liquidatable(scene):
        for market_id in scene.held(account):
            size, held = _partial(scene, account, market_id), scene.size(account, market_id)
            mark = scene.mark(market_id)
            if not 0 < size < abs(held) or mark is None:
                continue
            left, rest = divmod((abs(held) - size) * mark, WAD)
            minimum = left + scene.among(0, 0, 1) + (rest > 0)
            tiers = tuple(
                (tier.lower_bound, tier.initial_rate, tier.maintenance_rate)
                for tier in scene.ledger.tiers(market_id)
            )
            now = replace(scene.parameters(market_id), minimum_notional=minimum)
            args = (market_id, now.fields(), tiers)
            yield scene.house(scene.admin, "setMarketParameters", *args)
            yield scene.house(account, "liquidationSize", account, market_id)
            keeper = scene.other(account)
            yield from fund_keeper(scene, keeper, market_id, abs(held))
            for limit in (size, NO_LIMIT):
                yield scene.house(keeper, "liquidate", account, market_id, limit)
            return


def _partial(scene: Scene, account: str, market_id: int) -> int:
    return scene.figure("liquidationSize", account, market_id) or 0


def _reserve(scene: Scene, account: str) -> int:
    """What the first position locks, wei."""
    opened = scene.account(account).open_positions > 0
    return 0 if opened else scene.ledger.parameters.liquidation_reserve


def _capable(scene: Scene, account: str, dollars: int) -> Iterator[Call]:
    """An account gets so much that it can take the other side."""
    yield faucet(scene, account, dollars // TOKEN_UNIT)
    yield scene.house(account, "deposit", dollars // TOKEN_UNIT)


def _deposit(scene: Scene, account: str, amount: int) -> Iterator[Call]:
    if amount > 0:
        yield scene.house(account, "deposit", amount)


def _trade(scene: Scene, one: str, other: str, size: int, price: int, *, long: bool) -> Call:
    buyer, seller = (one, other) if long else (other, one)
    return scene.trade(buyer, seller, MARKET, size * WAD, price * WAD)
