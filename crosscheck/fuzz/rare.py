"""Short directed sequences into states that random calls hardly reach."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_ACCOUNT_MARKETS, MAX_SIZE
from weiproof.engine.records import TOKEN_UNIT

from .admin import settings
from .deleveraging import full_list
from .exact import exact_equity
from .liquidations import clear_out, force_close, fund_keeper
from .money import faucet
from .playground import ANCHORS, RICH, SPONSOR
from .prices import fresh_all, publish
from .risk import full_offsets
from .scene import NO_LIMIT, on_grid, tokens_for
from .token_admin import full_tokens
from .trades import close_between

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene


def enrich(scene: Scene, account: str, dollars: int) -> Iterator[Call]:
    """An account gets tokens and deposits them; dollars in WAD."""
    amount = tokens_for(max(dollars, WAD))
    yield faucet(scene, account, amount)
    yield scene.house(account, "deposit", amount)


def open_interest_of(scene: Scene, market_id: int) -> int:
    """Open interest of a market, WAD."""
    return scene.ledger.markets.read(market_id).open_interest


def market_of(scene: Scene, name: str) -> int:
    """The first market on a price."""
    return next(m for m in scene.markets if scene.price_name(m) == name)


def too_many_markets(scene: Scene) -> Iterator[Call]:
    """An account opens the smallest position in every market, until it may hold no more."""
    yield from fresh_all(scene)
    collector, other = (actor(label) for label in RICH[:2])
    for account in (collector, other):
        if (scene.figure("freeCollateral", account) or 0) < 10**6 * WAD:
            yield from enrich(scene, account, 2 * 10**6 * WAD)
    for market_id in scene.markets:
        parameters = scene.parameters(market_id)
        index = scene.index(market_id) or WAD
        step = parameters.size_step
        size = on_grid(max(step, parameters.minimum_notional * WAD // index + step), step)
        price = on_grid(index, parameters.price_tick)
        yield scene.trade(collector, other, market_id, size, price)
    if len(scene.held(collector)) >= MAX_ACCOUNT_MARKETS:
        for market_id in scene.held(collector)[: scene.dice.between(2, MAX_ACCOUNT_MARKETS)]:
            amount = scene.size(collector, market_id)
            seller, buyer = (collector, other) if amount > 0 else (other, collector)
            price = on_grid(scene.index(market_id) or WAD, scene.parameters(market_id).price_tick)
            yield scene.trade(buyer, seller, market_id, abs(amount), price)


def position_too_large(scene: Scene) -> Iterator[Call]:
    """An account fills the largest position there may be, and tries one step more."""
    scene.targets["MEME-USD"] = ANCHORS["MEME-USD"]
    yield from publish(scene, "MEME-USD")
    market_id = market_of(scene, "MEME-USD")
    buyer, seller = scene.dice.choice(scene.accounts), actor(RICH[0])
    if buyer == seller:
        seller = actor(RICH[1])
    notional = MAX_SIZE * ANCHORS["MEME-USD"] // WAD
    for account in (buyer, seller):
        yield from enrich(scene, account, notional)
        for held in scene.held(account):
            yield from publish(scene, scene.price_name(held))
    size = on_grid(MAX_SIZE - scene.size(buyer, market_id), scene.parameters(market_id).size_step)
    price = on_grid(scene.index(market_id) or WAD, scene.parameters(market_id).price_tick)
    step = scene.parameters(market_id).size_step
    yield scene.trade(buyer, seller, market_id, min(size, MAX_SIZE), price)
    yield scene.trade(buyer, seller, market_id, step, price)
    yield scene.trade(seller, buyer, market_id, min(size, MAX_SIZE), price)


def lent_out(scene: Scene) -> Iterator[Call]:
    """Tokens are missing for a while: what one market is charged pays the winner of another.

    A bankrupt account's deficit is charged in the calm market; with that cash its loss in the other
    is paid, whose winner asks for more than the vault holds before the charged side has settled.
    """
    yield from pay_debt(scene)
    calm, rare = market_of(scene, "CALM-USD"), market_of(scene, "RARE-USD")
    for market_id in (calm, rare):
        yield from reset_market(scene, market_id)
    loser, charged, winner, keeper = (actor(label) for label in RICH)
    start = ANCHORS["RARE-USD"]
    notional = max(6 * scene.ledger.record.vault * TOKEN_UNIT, 10_000 * WAD)
    size = min(on_grid(notional * WAD // start, scene.parameters(rare).size_step), MAX_SIZE)
    for account, share in ((loser, 3), (charged, 2), (winner, 2)):
        yield from enrich(scene, account, notional * share // 10)
    yield scene.trade(loser, charged, calm, size, start)
    yield scene.trade(winner, loser, rare, size, start)
    yield from publish(scene, "RARE-USD", 10 * start)
    yield from enrich(scene, keeper, notional * 2 // 10)
    yield scene.house(keeper, "liquidate", loser, calm, NO_LIMIT)
    yield scene.house(keeper, "forceClose", loser, rare, winner)
    yield scene.house(keeper, "settle", winner)
    yield from withdraw_all(scene, winner)
    yield from empty_vault(scene, winner)
    yield from publish(scene, "RARE-USD", start)
    if not scene.one_in(3):
        yield from enrich(scene, charged, notional)
        yield scene.trade(charged, keeper, calm, size, start)
    yield from clear_out(scene)
    yield from pay_debt(scene)
    for account in (charged, keeper, winner, loser):
        yield from withdraw_all(scene, account)


def empty_vault(scene: Scene, winner: str) -> Iterator[Call]:
    """Who may take more than there is takes all of it, and brings it back."""
    vault = scene.ledger.record.vault
    if 0 < vault < (scene.figure("withdrawable", winner) or 0):
        for amount in (vault + 1, vault, 1):
            yield scene.house(winner, "withdraw", amount)
        yield scene.house(winner, "deposit", vault)


def both_bankrupt(scene: Scene) -> Iterator[Call]:
    """Both sides of a market's only trade go bankrupt.

    The second one's deficit is charged to the first, which is closed by then: nobody is left who
    could be charged. With the fund empty, a deficit of a wei is charged elsewhere.
    """
    yield from pay_debt(scene)
    calm, rare = market_of(scene, "CALM-USD"), market_of(scene, "RARE-USD")
    for market_id in (calm, rare):
        yield from reset_market(scene, market_id)
    first, second, other = (actor(label) for label in ("ruined-0", "ruined-1", RICH[0]))
    start = ANCHORS["RARE-USD"]
    notional = max(6 * scene.ledger.record.insurance_fund, 10_000 * WAD)
    size = min(on_grid(notional * WAD // start, scene.parameters(rare).size_step), MAX_SIZE)
    for account, percent in ((first, 12), (second, 40), (other, 60)):
        yield from enrich(scene, account, notional * percent // 100 + 100 * WAD)
    yield scene.trade(first, second, rare, size, start)
    yield scene.trade(second, other, calm, 2 * size, start)
    for name in ("RARE-USD", "CALM-USD"):
        yield from publish(scene, name, start // 2)
    yield scene.house(other, "forceClose", first, rare, second)
    if scene.ledger.record.insurance_fund == 0:
        yield from exact_equity(scene, -1)
    yield scene.house(scene.outsider, "forceClose", second, calm, other)
    yield from pay_debt(scene)
    for name in ("RARE-USD", "CALM-USD"):
        yield from publish(scene, name, start)
    yield from withdraw_all(scene, other)


def closed_with_debt(scene: Scene) -> Iterator[Call]:
    """A market ends whose holders were charged more than they have; others were paid with it."""
    yield from pay_debt(scene)
    rare, ending = market_of(scene, "RARE-USD"), scene.market_count
    yield from reset_market(scene, rare)
    yield from publish(scene, "CALM-USD", ANCHORS["CALM-USD"])
    parameters = replace(
        scene.parameters(market_of(scene, "CALM-USD")),
        liquidation_fee_rate=10**15,
        socialisation_cap_rate=WAD,
    )
    tiers = ((0, WAD // 10, WAD // 20),)
    yield scene.house(scene.admin, "addMarket", parameters.fields(), tiers)
    if scene.market_count == ending:
        return
    loser, charged, winner, keeper = (actor(label) for label in ("ruined-2", "ruined-3", *RICH[:2]))
    start = ANCHORS["RARE-USD"]
    notional = max(6 * scene.ledger.record.insurance_fund, 10_000 * WAD)
    size = min(on_grid(notional * WAD // start, scene.parameters(rare).size_step), MAX_SIZE)
    for account, share in ((loser, 3), (charged, 2), (winner, 2), (keeper, 2)):
        yield from enrich(scene, account, notional * share // 10 + 100 * WAD)
    yield scene.trade(loser, charged, ending, size, start)
    yield scene.trade(winner, loser, rare, size, start)
    yield from publish(scene, "RARE-USD", 10 * start)
    yield scene.house(keeper, "liquidate", loser, ending, NO_LIMIT)
    yield scene.house(scene.outsider, "settleBatch", (loser, winner))
    yield from end_with(scene, ending, charged, keeper)
    yield scene.house(keeper, "forceClose", loser, rare, winner)
    if scene.one_in(2):
        yield from enrich(scene, charged, notional)
    for function, args in (("settleFinal", (charged, ending)), ("coverDebt", (charged,))):
        yield scene.house(scene.outsider, function, *args)
    yield from publish(scene, "RARE-USD", start)
    yield from pay_debt(scene)
    for account in (charged, winner, keeper):
        yield from withdraw_all(scene, account)


def end_with(scene: Scene, market_id: int, charged: str, keeper: str) -> Iterator[Call]:
    """A market with two holders ends."""
    yield scene.house(scene.admin, "setReduceOnly", market_id, True)
    yield scene.house(scene.admin, "delist", market_id)
    for account in scene.among((charged, keeper), (keeper, charged)):
        yield scene.house(scene.outsider, "settleFinal", account, market_id)
    yield scene.house(scene.outsider, "coverDebt", charged)
    yield scene.house(scene.outsider, "closeMarket", market_id)
    yield scene.house(scene.outsider, "claimFinal", keeper, market_id)


def reset_market(scene: Scene, market_id: int) -> Iterator[Call]:
    """A market is emptied, at its first price, and may charge its holders without a cap."""
    name = scene.price_name(market_id)
    scene.targets[name] = ANCHORS[name]
    yield from publish(scene, name)
    yield from force_out(scene, market_id)
    parameters = replace(
        scene.parameters(market_id), liquidation_fee_rate=10**15, socialisation_cap_rate=WAD
    )
    tiers = ((0, WAD // 10, WAD // 20),)
    args = (market_id, parameters.fields(), tiers)
    yield scene.house(scene.admin, "setMarketParameters", *args)


def withdraw_all(scene: Scene, account: str) -> Iterator[Call]:
    """An account takes out all that it may."""
    yield scene.house(account, "withdraw", scene.figure("withdrawable", account) or 1)


def pay_debt(scene: Scene) -> Iterator[Call]:
    """Unresolved bad debt is repaid: all but a unit, the rest; what is over goes to the fund."""
    debt = -(-scene.ledger.record.unresolved_bad_debt // TOKEN_UNIT)
    sponsor = actor(SPONSOR)
    if debt == 0:
        return
    yield scene.house(scene.dice.choice(scene.accounts), "withdraw", 1)
    if scene.units(sponsor) < debt + 1:
        yield faucet(scene, sponsor, debt + 1)
    if debt > 1:
        yield scene.house(sponsor, "depositInsurance", debt - 1)
    yield scene.house(scene.dice.choice(scene.accounts), "withdraw", 1)
    yield scene.house(sponsor, "depositInsurance", scene.among(1, 2))


def bad_debt(scene: Scene) -> Iterator[Call]:
    """A position far larger than the fund goes bankrupt at once; the other side pays, or nobody."""
    market_id = scene.dice.choice(scene.markets)
    yield from fresh_all(scene)
    if scene.index(market_id) is None:
        return
    name = scene.price_name(market_id)
    doomed = scene.dice.choice(scene.accounts[: -len(RICH)])
    other = scene.other(doomed)
    fund = scene.ledger.record.insurance_fund
    notional = min(max(6 * fund, 10_000 * WAD), 10**9 * WAD)
    for account, dollars in ((doomed, notional * 6 // 10), (other, notional)):
        yield from enrich(scene, account, dollars)
    parameters = scene.parameters(market_id)
    index = scene.index(market_id) or WAD
    price = on_grid(index, parameters.price_tick)
    size = on_grid(notional * WAD // index, parameters.size_step)
    long = scene.one_in(2)
    buyer, seller = (doomed, other) if long else (other, doomed)
    yield scene.trade(buyer, seller, market_id, min(size, MAX_SIZE), price)
    edge = scene.figure("withdrawable", doomed) or 0
    yield scene.house(doomed, "withdraw", edge)
    scene.targets[name] = scene.share(scene.targets[name], *((250, 600) if long else (1500, 3000)))
    scene.wait(scene.among(0, 1, 10))
    yield from publish(scene, name)
    keeper = scene.other(doomed, other)
    if scene.one_in(2):
        yield from fund_keeper(scene, keeper, market_id, size)
        yield scene.house(keeper, "liquidate", doomed, market_id, scene.among(NO_LIMIT, size // 2))
    yield scene.house(keeper, "forceClose", doomed, market_id, other)
    yield from force_close(scene)
    for account in (other, doomed, keeper):
        yield scene.house(scene.outsider, "settle", account)
        yield scene.house(account, "withdraw", 1)
    if not scene.one_in(3):
        yield from clear_out(scene)
        yield from pay_debt(scene)
    scene.targets[name] = ANCHORS[name]
    yield from publish(scene, name)


def wind_down(scene: Scene) -> Iterator[Call]:
    """Every position of a market is closed, so that its dust is swept; then it begins anew."""
    busy = [m for m in scene.markets if open_interest_of(scene, m) > 0]
    if not busy:
        return
    market_id = scene.dice.choice(tuple(busy))
    yield from force_out(scene, market_id)


def force_out(scene: Scene, market_id: int) -> Iterator[Call]:
    """Closes all positions of a market; whoever is short of margin gets money first."""
    yield from fresh_all(scene)
    for account, _ in scene.holders(market_id):
        missing = -(scene.figure("freeCollateral", account) or 0)
        if missing > 0:
            yield from enrich(scene, account, missing + WAD)
    yield from close_between(scene, market_id)
    for account in scene.accounts:
        if scene.account(account).markets >> market_id & 1:
            yield scene.house(scene.outsider, "settle", account)


def full_house(scene: Scene) -> Iterator[Call]:
    """Markets are opened until there may be no more, and one more is refused."""
    parameters, tiers = settings(scene, 0)
    rows = tuple(tier.fields() for tier in tiers)
    call = scene.house(scene.admin, "addMarket", parameters.fields(), rows)
    while scene.would_pass(call):
        yield call
    yield call


_OFTEN = (
    too_many_markets,
    position_too_large,
    lent_out,
    both_bankrupt,
    closed_with_debt,
    bad_debt,
    wind_down,
    bad_debt,
    wind_down,
)

RARE = (
    *_OFTEN,
    full_house,
    full_tokens,
    full_offsets,
    full_list,
    *_OFTEN,
    full_list,
    *_OFTEN,
    full_tokens,
    full_list,
    *_OFTEN,
)
"""Each in turn, now and then; once no market can be opened any more, much cannot be tried."""
