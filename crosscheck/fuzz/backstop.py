"""The backstop vault and the insurance fund's takeovers: shares, capacities, ratios at their edge.

And the ways out: trades that reduce, keepers, the release of the fund's account.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.backstop_records import BACKSTOP, FUND
from weiproof.engine.fixed_point import WAD, div_up
from weiproof.engine.parameters import MAX_NOTIONAL, MAX_RAMP, MAX_SIZE, BackstopParameters
from weiproof.engine.records import TOKEN_UNIT

from .liquidations import fund_keeper
from .money import faucet
from .playground import ANCHORS, RICH, SPONSOR
from .prices import fresh, fresh_for, publish
from .rare import enrich, market_of, pay_debt, reset_market
from .scene import LONGEST_TIME, NO_LIMIT, WIDEST_RATE, on_grid, tokens_for
from .trades import price_near

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene

SPREAD = 30
"""Prices that accounts are sunk to stay within their anchor divided and multiplied by this."""


def parameters(scene: Scene) -> Iterator[Call]:
    """The system's takeovers get other parameters, or the change is refused."""
    good = good_parameters(scene)
    wrong = scene.among(
        replace(good, withdrawal_delay=MAX_RAMP + 1),
        replace(good, withdrawal_delay=LONGEST_TIME),
        replace(good, fee_share=WAD + 1),
        replace(good, takeover_ratio=WAD + 1),
        replace(good, fund_ratio=good.takeover_ratio + 1),
        replace(good, fund_share=scene.among(WAD + 1, WIDEST_RATE)),
    )
    sender = scene.outsider if scene.one_in(6) else scene.admin
    chosen = wrong if scene.one_in(2) else good
    yield scene.house(sender, "setBackstopParameters", chosen.fields())
    market_id = scene.among(scene.dice.choice(scene.markets), scene.market_count, NO_LIMIT)
    capacity = scene.among(0, 10**6 * WAD, MAX_NOTIONAL, MAX_NOTIONAL + 1, NO_LIMIT)
    yield scene.house(sender, "setBackstopCapacity", market_id, capacity)


def good_parameters(scene: Scene) -> BackstopParameters:
    """Parameters that are accepted, at their bounds or not."""
    ratio = scene.among(0, WAD * 2 // 3, WAD, WAD)
    return BackstopParameters(
        scene.among(0, 1, 60, 3600, MAX_RAMP),
        scene.among(0, 1, WAD // 4, WAD // 3, WAD),
        ratio,
        scene.among(0, ratio // 3, ratio),
        scene.among(0, 1, WAD // 2, WAD),
    )


def change(scene: Scene, **fields: int) -> Call:
    """Some parameters become what they are given as."""
    chosen = replace(scene.ledger.backstop_parameters, **fields)
    return scene.house(scene.admin, "setBackstopParameters", chosen.fields())


def deposit(scene: Scene) -> Iterator[Call]:
    """An account buys shares: with a part of what it can withdraw, all of it, or a unit more."""
    account = scene.dice.choice(scene.accounts)
    yield from fresh_for(scene, account)
    yield from fresh_for(scene, BACKSTOP)
    edge = scene.figure("withdrawable", account) or 0
    amount = scene.among(scene.share(edge, 1, 500), scene.share(edge, 1, 500), edge, edge + 1, 1, 0)
    yield scene.house(account, "depositBackstop", amount)


def stock(scene: Scene, dollars: int) -> Iterator[Call]:
    """Somebody brings in dollars (WAD) and buys shares with them."""
    yield from fresh_for(scene, BACKSTOP)
    provider, amount = actor(RICH[-1]), tokens_for(dollars)
    yield from fresh_for(scene, provider)
    yield faucet(scene, provider, amount)
    yield scene.house(provider, "deposit", amount)
    yield scene.house(provider, "depositBackstop", amount)


def leave(scene: Scene) -> Iterator[Call]:
    """A holder asks for its shares, a part or more than them; the delay passes, or not quite."""
    every = ((a, scene.ledger.backstop_shares.read(a)) for a in scene.accounts)
    epoch = scene.ledger.backstop.epoch
    holders = tuple(a for a, own in every if own.held and (own.epoch == epoch or scene.one_in(4)))
    if not holders:
        yield from deposit(scene)
        return
    account = scene.dice.choice(holders)
    held = scene.ledger.backstop_shares.read(account).held
    if scene.ledger.backstop_parameters.withdrawal_delay > 3600:  # noqa: PLR2004
        yield change(scene, withdrawal_delay=scene.among(0, 60))
    part = scene.share(held, 1, 999)
    if scene.one_in(4):
        yield scene.house(account, "withdrawBackstop")
    shares = scene.among(part, part, held, held, held + 1, 1, 0)
    yield scene.house(account, "requestBackstopWithdrawal", shares)
    left = max(scene.ledger.backstop_shares.read(account).available_at - scene.now, 0)
    for wait in (max(left - 1, 0), min(left, 1)):
        scene.wait(wait)
        yield from fresh_for(scene, BACKSTOP)
        yield scene.house(scene.outsider, "withdrawable", BACKSTOP)
        yield scene.house(account, "withdrawBackstop")


def sink(scene: Scene, account: str, market_id: int) -> Iterator[Call]:
    """The price goes to where the account is liquidatable, far from or near to bankruptcy."""
    yield from fresh_for(scene, account)
    first = scene.ask("house", "liquidationPrice", account, market_id)
    last = scene.ask("house", "bankruptcyPrice", account, market_id)
    if not first or not last or not (first[0] and last[0]):
        return
    begin, end = int(str(first[1])), int(str(last[1]))
    name = scene.price_name(market_id)
    wanted = begin + (end - begin) * scene.among(300, 600, 700, 900, 1000, 1050) // 1000
    if not ANCHORS[name] // SPREAD < wanted < ANCHORS[name] * SPREAD:
        return
    scene.targets[name] = wanted
    yield from publish(scene, name)


def sunk(scene: Scene) -> Iterator[Call]:
    """Somebody's account is sunk, and what it holds and the system's accounts hold has prices."""
    account, market_id = target(scene)
    if account:
        yield from sink(scene, account, market_id)
        for each in (account, BACKSTOP, FUND):
            yield from fresh_for(scene, each)


def target(scene: Scene) -> tuple[str, int]:
    """The account nearest to liquidation or below, and its largest market; none is empty."""
    healths = [(scene.figure("healthFactor", a), a) for a in scene.parties if scene.held(a)]
    known = [(health, account) for health, account in healths if health is not None]
    if not known:
        return "", 0
    account = min(known)[1]
    worth = {
        market_id: abs(scene.size(account, market_id)) * (scene.mark(market_id) or 0)
        for market_id in scene.held(account)
    }
    return account, max(worth, key=lambda market_id: (worth[market_id], market_id))


def take_over(scene: Scene) -> Iterator[Call]:
    """The vault or the fund takes over, with every kind of limit, with means and without."""
    yield from sunk(scene)
    account, market_id = target(scene)
    if not account:
        return
    size = scene.figure("liquidationSize", account, market_id) or 0
    notional = size * (scene.mark(market_id) or 0) // WAD
    to_vault = scene.one_in(2)
    if not scene.one_in(5):
        yield from prepare(scene, market_id, notional, to_vault=to_vault)
    step = scene.parameters(market_id).size_step
    edges = (0, step - 1, step, size - step, size - 1, size, size + 1, size // 2)
    limit = max(scene.dice.choice(edges), 0) if scene.one_in(3) else NO_LIMIT
    caller = scene.among(scene.outsider, scene.dice.choice(scene.accounts), account)
    yield scene.house(scene.outsider, "liquidationRoute", account, market_id)
    function = "liquidateToBackstop" if to_vault else "liquidateToFund"
    yield scene.house(caller, function, account, market_id, limit)
    yield from trade_out(scene)


def prepare(scene: Scene, market_id: int, notional: int, *, to_vault: bool) -> Iterator[Call]:
    """Ratios are at their highest, and vault or fund have what a takeover needs; wei."""
    now = scene.ledger.backstop_parameters
    if min(now.takeover_ratio, now.fund_ratio, now.fund_share) < WAD:
        yield change(scene, takeover_ratio=WAD, fund_ratio=WAD, fund_share=WAD)
    if not to_vault:
        sponsor, amount = actor(SPONSOR), tokens_for(notional + 100 * WAD)
        if scene.ledger.record.insurance_fund < notional and not scene.one_in(3):
            yield faucet(scene, sponsor, amount)
            yield scene.house(sponsor, "depositInsurance", amount)
        return
    if scene.ledger.backstop_capacities.read(market_id).notional < 4 * notional:
        capacity = min(4 * notional, MAX_NOTIONAL)
        yield scene.house(scene.admin, "setBackstopCapacity", market_id, capacity)
    if (scene.figure("freeCollateral", BACKSTOP) or 0) < notional and not scene.one_in(3):
        yield from stock(scene, notional + 100 * WAD)


def ratio_edge(scene: Scene) -> Iterator[Call]:
    """The ratio is the account's own, which is too low, and a digit above it, which is not."""
    yield from sunk(scene)
    account, market_id = target(scene)
    health = scene.figure("healthFactor", account) if account else None
    if health is None or not 0 <= health < WAD:
        return
    size = scene.figure("liquidationSize", account, market_id) or 0
    to_vault = scene.one_in(2)
    notional = size * (scene.mark(market_id) or 0) // WAD
    yield from prepare(scene, market_id, notional, to_vault=to_vault)
    function = "liquidateToBackstop" if to_vault else "liquidateToFund"
    for ratio in (health, health + 1):
        fund_ratio = min(ratio, WAD) if not to_vault else 0
        yield change(scene, takeover_ratio=ratio if to_vault else WAD, fund_ratio=fund_ratio)
        yield scene.house(scene.outsider, "liquidationRoute", account, market_id)
        yield scene.house(scene.outsider, function, account, market_id, NO_LIMIT)


def capacity_edge(scene: Scene) -> Iterator[Call]:
    """The vault's capacity is a wei below what it would hold, and just that."""
    yield from sunk(scene)
    account, market_id = target(scene)
    size = scene.figure("liquidationSize", account, market_id) or 0 if account else 0
    mark = scene.figure("markPrice", market_id) or 0
    if size == 0 or mark == 0:
        return
    yield from prepare(scene, market_id, size * mark // WAD, to_vault=True)
    moved = size if scene.size(account, market_id) > 0 else -size
    edge = div_up(abs(scene.size(BACKSTOP, market_id) + moved) * mark, WAD)
    for capacity in (max(edge - 1, 0), min(edge, MAX_NOTIONAL)):
        yield scene.house(scene.admin, "setBackstopCapacity", market_id, capacity)
        yield scene.house(scene.outsider, "liquidationRoute", account, market_id)
        yield scene.house(scene.outsider, "liquidateToBackstop", account, market_id, NO_LIMIT)


def trade_out(scene: Scene) -> Iterator[Call]:
    """A system account reduces by trades, tries to turn, and the fund's account is released."""
    system = FUND if scene.held(FUND) and not scene.one_in(3) else BACKSTOP
    for market_id in scene.held(system):
        yield from fresh_for(scene, system)
        yield from fresh(scene, market_id)
        size, step = scene.size(system, market_id), scene.parameters(market_id).size_step
        other, price = actor(RICH[0]), price_near(scene, market_id)
        yield from fund_keeper(scene, other, market_id, abs(size))
        buyer, seller = (other, system) if size > 0 else (system, other)
        part = on_grid(scene.share(abs(size), 1, 999), step)
        for amount in (scene.among(part, abs(size) + step), abs(size)):
            yield scene.trade(buyer, seller, market_id, amount, price)
    if system == FUND or scene.one_in(4):
        yield from release(scene)


def release(scene: Scene) -> Iterator[Call]:
    """What is left of the fund's account goes back; what it owes is covered first."""
    if scene.one_in(4):
        yield scene.house(scene.outsider, "releaseFund")
    yield scene.house(scene.outsider, "settle", FUND)
    yield scene.house(scene.outsider, "releaseFund")
    if scene.account(FUND).cash < 0:
        yield scene.house(scene.outsider, "coverDebt", FUND)
        yield scene.house(scene.outsider, "releaseFund")


def insolvent(scene: Scene) -> Iterator[Call]:
    """The vault takes over as much as its margin carries, and loses more than it has.

    Nobody may buy or sell shares then; keepers take over what it holds, and its debt is covered.
    """
    yield from pay_debt(scene)
    name = "RARE-USD"
    market_id, start = market_of(scene, name), ANCHORS[name]
    yield from reset_market(scene, market_id)
    yield from burden(scene, market_id, start)
    yield from publish(scene, name, start // 3)
    buyer, keeper = actor(RICH[3]), actor(RICH[1])
    yield from fresh_for(scene, BACKSTOP)
    yield scene.house(buyer, "depositBackstop", 1)
    yield from leave(scene)
    yield from fund_keeper(scene, keeper, market_id, abs(scene.size(BACKSTOP, market_id)))
    if scene.held(BACKSTOP):
        yield scene.house(scene.outsider, "liquidationRoute", BACKSTOP, market_id)
    yield scene.house(keeper, "liquidate", BACKSTOP, market_id, NO_LIMIT)
    yield scene.house(scene.outsider, "settle", BACKSTOP)
    yield scene.house(scene.outsider, "coverDebt", BACKSTOP)
    yield scene.house(buyer, "depositBackstop", scene.among(1, 10**9))
    yield from publish(scene, name, start)


def burden(scene: Scene, market_id: int, start: int) -> Iterator[Call]:
    """An account is liquidated to the vault, with six times what the vault has."""
    if (scene.figure("freeCollateral", BACKSTOP) or 0) < 1000 * WAD:
        yield from stock(scene, 2000 * WAD)
    free = max(scene.figure("freeCollateral", BACKSTOP) or 0, 1000 * WAD)
    size = min(on_grid(6 * free * WAD // start, scene.parameters(market_id).size_step), MAX_SIZE)
    doomed, other = actor(RICH[2]), actor(RICH[3])
    for account, dollars in ((doomed, free), (other, 6 * free)):
        yield from fresh_for(scene, account)
        yield from enrich(scene, account, dollars + 100 * WAD)
    yield scene.trade(doomed, other, market_id, size, start)
    yield scene.house(doomed, "withdraw", scene.figure("withdrawable", doomed) or 1)
    yield change(scene, takeover_ratio=WAD)
    yield scene.house(scene.admin, "setBackstopCapacity", market_id, MAX_NOTIONAL)
    yield from publish(scene, scene.price_name(market_id), start * 915 // 1000)
    yield scene.house(scene.outsider, "liquidateToBackstop", doomed, market_id, NO_LIMIT)


def wrong(scene: Scene) -> Iterator[Call]:
    """What system accounts do not do, and what nobody may ask of them."""
    system = scene.among(BACKSTOP, FUND)
    account, market_id = scene.dice.choice(scene.accounts), scene.dice.choice(scene.markets)
    yield from fresh(scene, market_id)
    step, price = scene.parameters(market_id).size_step, price_near(scene, market_id)
    unknown = scene.among(scene.market_count, NO_LIMIT)
    function = scene.among("liquidateToBackstop", "liquidateToFund")
    held = scene.ledger.backstop_shares.read(account).held
    yield scene.among(
        scene.trade(system, account, market_id, 3 * step, price),
        scene.trade(account, system, market_id, 3 * step, price),
        scene.trade(BACKSTOP, FUND, market_id, step, price),
        scene.house(scene.matcher, "setOrders", system, market_id, 0, 0, 0, 0),
        scene.house(scene.matcher, "settleSpotTrade", system, account, 0, 1, WAD, True),
        scene.house(scene.matcher, "settleSpotTrade", account, system, 0, 1, WAD, True),
        scene.house(account, function, system, market_id, NO_LIMIT),
        scene.house(account, function, account, unknown, NO_LIMIT),
        scene.house(account, function, scene.outsider, market_id, NO_LIMIT),
        scene.house(account, "setTrader", system, account, True),
        scene.house(account, "transfer", system, account, TOKEN_UNIT),
        scene.house(account, "requestBackstopWithdrawal", scene.among(held + 1, NO_LIMIT)),
        scene.house(account, "withdrawBackstop"),
        scene.house(account, "liquidationRoute", account, scene.among(market_id, unknown)),
    )
