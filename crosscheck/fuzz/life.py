"""The end of markets: reduce-only times, delisting, final settlement, claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.fixed_point import WAD
from weiproof.engine.life_records import DELISTED, OPEN, REDUCE_ONLY
from weiproof.engine.parameters import MAX_MARKETS

from .money import faucet
from .orders import NOTHING, of, report
from .playground import RICH
from .prices import fresh, fresh_for, publish
from .scene import NO_LIMIT, on_grid, tokens_for
from .tokens import endow, fresh_token, units_worth
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
    if scene.one_in(2):
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
    buyer, seller = (account, other) if size < 0 else (other, account)
    price = price_near(scene, market_id)
    most = min(abs(size), abs(scene.size(other, market_id)))
    yield scene.trade(seller, buyer, market_id, step, price)
    for amount in (most + step, step, most - step):
        if amount > 0:
            yield scene.trade(buyer, seller, market_id, amount, price)


def end_market(scene: Scene) -> Iterator[Call]:
    """A market that was played on ends, with all that is open in it; seldom, as it is gone then."""
    busy = tuple(m for m in scene.markets if scene.holders(m) and phase_of(scene, m) < DELISTED)
    if not busy or not scene.one_in(3):
        yield from ending(scene)
        return
    market_id = scene.dice.choice(busy)
    yield from delist(scene, market_id)
    yield from ending(scene)


def end_new_market(scene: Scene) -> Iterator[Call]:
    """A market is opened, traded in, and ends: with winners, and losers that pay or cannot."""
    if scene.market_count >= MAX_MARKETS:
        yield from ending(scene)
        return
    market_id = scene.market_count
    like = scene.dice.choice(scene.markets[:12])
    rows = tuple(tier.fields() for tier in scene.ledger.tiers(like))
    yield scene.house(scene.admin, "addMarket", scene.parameters(like).fields(), rows)
    if scene.market_count == market_id:
        return
    name = scene.price_name(market_id)
    yield from publish(scene, name)
    yield from trade_in(scene, market_id)
    scene.targets[name] = scene.share(scene.targets[name], *scene.among((500, 999), (1001, 2000)))
    yield from publish(scene, name)
    if scene.one_in(2):
        yield from close_between(scene, market_id)
        yield from trade_in(scene, market_id)
    yield from delist(scene, market_id)
    yield from wind_up(scene, market_id)
    scene.targets[name] = scene.share(scene.targets[name], 900, 1100)


def trade_in(scene: Scene, market_id: int) -> Iterator[Call]:
    """Some accounts trade in a market, one with tokens alone; then they take out what they may."""
    yield from fresh(scene, market_id)
    index = scene.index(market_id)
    if index is None:
        return
    parameters = scene.parameters(market_id)
    price = on_grid(index, parameters.price_tick)
    accounts = [scene.dice.choice(scene.accounts) for _ in range(3)] + [actor(RICH[0])]
    for account in accounts:
        dollars = scene.dice.between(1, 30) * 1000
        yield from fresh_for(scene, account)
        if scene.one_in(3):
            token = scene.dice.choice(scene.tokens)
            yield from fresh_token(scene, token)
            amount = units_worth(scene, token, dollars)
            yield from endow(scene, account, token, amount)
            yield scene.house(account, "depositCollateral", token, amount)
        else:
            yield faucet(scene, account, tokens_for(dollars * WAD))
            yield scene.house(account, "deposit", tokens_for(dollars * WAD))
        other = scene.other(account)
        size = on_grid(dollars * 2 * WAD * WAD // index, parameters.size_step)
        both = scene.among((account, other), (other, account))
        yield scene.trade(*both, market_id, size, price)
        if scene.one_in(2):
            yield scene.house(account, "withdraw", scene.figure("withdrawable", account) or 1)


def delist(scene: Scene, market_id: int) -> Iterator[Call]:
    """A market is delisted, after attempts that come too soon or from the wrong one."""
    call = scene.house(scene.admin, "delist", market_id)
    if scene.one_in(2):
        unknown = scene.among(scene.market_count, NO_LIMIT)
        yield scene.house(scene.admin, "delist", unknown)
        yield call
        yield scene.house(scene.outsider, "closeMarket", market_id)
        yield scene.house(scene.outsider, "settleFinal", scene.accounts[0], market_id)
    how = scene.among("setReduceOnly", "setMarketPaused")
    yield scene.house(scene.admin, how, market_id, True)
    if scene.one_in(4):
        yield scene.house(scene.outsider, "delist", market_id)
    yield from fresh(scene, market_id)
    yield call
    if phase_of(scene, market_id) != DELISTED:
        yield scene.house(scene.admin, how, market_id, False)


def ending(scene: Scene) -> Iterator[Call]:
    """One of the markets that end goes on ending; where there is none, wrong calls are made."""
    delisted = [m for m in range(scene.market_count) if phase_of(scene, m) >= DELISTED]
    if not delisted:
        yield from too_soon(scene, scene.dice.choice(scene.markets))
        return
    market_id = scene.dice.choice(tuple(delisted))
    if scene.one_in(3):
        yield from after_the_end(scene, market_id)
    yield from wind_up(scene, market_id)


def too_soon(scene: Scene, market_id: int) -> Iterator[Call]:
    """What only a market that ends has is asked of one that does not, or that is none."""
    account = scene.dice.choice(scene.accounts)
    chosen = scene.among(market_id, scene.market_count, NO_LIMIT)
    yield scene.house(scene.outsider, "settleFinal", account, chosen)
    yield scene.house(scene.outsider, "closeMarket", chosen)
    yield scene.house(scene.outsider, "claimFinal", account, chosen)
    record = scene.ledger.markets.read(market_id)
    if record.phase == OPEN and not record.paused:
        yield scene.house(scene.admin, "delist", market_id)


def wind_up(scene: Scene, market_id: int) -> Iterator[Call]:
    """Everybody's position is closed at the final price, in any order; then claims are paid."""
    parties = shuffled(scene, (*scene.parties, *scene.accounts[:1]))
    closes = scene.house(scene.outsider, "closeMarket", market_id)
    for account in parties:
        if scene.one_in(12):
            yield closes
            yield scene.house(scene.outsider, "claimFinal", account, market_id)
        if not held_in(scene, account, market_id) and not scene.one_in(8):
            continue
        if scene.one_in(3):
            yield from fresh_for(scene, account)
        yield scene.house(scene.outsider, "settleFinal", account, market_id)
        if scene.one_in(6):
            yield scene.house(scene.outsider, "settle", account)
            yield scene.house(scene.outsider, "coverDebt", account)
            yield scene.house(account, "withdraw", scene.figure("withdrawable", account) or 1)
    yield closes
    for account in shuffled(scene, scene.parties):
        if held_in(scene, account, market_id) or scene.one_in(12):
            yield scene.house(scene.outsider, "claimFinal", account, market_id)
    for account in scene.parties:
        if held_in(scene, account, market_id):
            yield from late(scene, account, market_id)


def late(scene: Scene, account: str, market_id: int) -> Iterator[Call]:
    """Who still owes gets money, or is covered, and what is left is asked for again."""
    if scene.one_in(2) and account in scene.accounts:
        amount = tokens_for(scene.dice.between(1, 30_000) * WAD)
        yield faucet(scene, account, amount)
        yield scene.house(account, "deposit", amount)
    how = scene.among("settle", "coverDebt", "settleFinal")
    args = (account, market_id) if how == "settleFinal" else (account,)
    yield scene.house(scene.outsider, how, *args)
    yield scene.house(scene.outsider, "settleFinal", account, market_id)


def after_the_end(scene: Scene, market_id: int) -> Iterator[Call]:
    """What no delisted market does any more."""
    account = scene.dice.choice(scene.accounts)
    step = scene.parameters(market_id).size_step
    order = of(step, on_grid(WAD, scene.parameters(market_id).price_tick))
    yield scene.among(
        scene.trade(account, scene.other(account), market_id, step, WAD),
        report(scene, account, market_id, order, NOTHING),
        scene.house(scene.outsider, "accrueFunding", market_id),
        scene.house(scene.matcher, "reportImpact", market_id, 1, 1),
        scene.house(scene.other(account), "liquidate", account, market_id, NO_LIMIT),
        scene.house(scene.admin, "setReduceOnly", market_id, False),
        scene.house(scene.admin, "setMarketPaused", market_id, True),
        scene.house(scene.admin, "delist", market_id),
    )
    yield scene.house(scene.outsider, "markPrice", market_id)
    yield scene.house(scene.outsider, "accountFigures", account)
    yield scene.house(scene.outsider, "finalRecord", market_id)


def held_in(scene: Scene, account: str, market_id: int) -> bool:
    """Whether an account has a position or a quote in a market."""
    return scene.account(account).markets >> market_id & 1 == 1


def phase_of(scene: Scene, market_id: int) -> int:
    """What a market's life has come to."""
    return scene.ledger.markets.read(market_id).phase


def shuffled(scene: Scene, accounts: tuple[str, ...]) -> tuple[str, ...]:
    """The accounts in any order."""
    left, order = list(accounts), []
    while left:
        order.append(left.pop(scene.dice.below(len(left))))
    return tuple(order)
