"""Trades of tokens between accounts: usual ones, odd amounts, edges of band and margin, errors."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_PRICE

from .fees import good_schedule, set_tiers
from .playground import TAXED
from .prices import fresh_for, move, publish
from .scene import NO_LIMIT
from .tokens import borrow, endow, fresh_token, fund_buyer, holder, most, tokens_of, units_worth

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from weiproof.engine.call import Call

    from .scene import Scene


def trade_token(scene: Scene) -> Iterator[Call]:
    """A holder sells a part, all or a unit, at a price with odd last digits; fees may be new."""
    buyer, seller, collateral_id = yield from _sides(scene)
    if scene.one_in(5):
        yield set_tiers(scene, *good_schedule(scene))
    held = scene.ledger.holdings.read(seller, collateral_id).amount
    part = scene.share(held, 1, 300)
    amount = scene.among(part, part, part | 1, 1, held)
    yield sale(scene, buyer, seller, collateral_id, amount, price_near(scene, collateral_id))


def band_edge(scene: Scene) -> Iterator[Call]:
    """A trade a wei beyond the band is refused, and one at its edge is not for its price."""
    buyer, seller, collateral_id = yield from _sides(scene)
    price = scene.token_price(collateral_id)
    if price is None:
        return
    band = price * scene.ledger.collateral_parameters.read(collateral_id).band_rate // WAD
    inside, outside = scene.among(
        (min(price + band, MAX_PRICE), price + band + 1),
        (max(price - band, 1), max(price - band - 1, 0)),
    )
    held = scene.ledger.holdings.read(seller, collateral_id).amount
    amount = min(units_worth(scene, collateral_id, scene.dice.between(1, 500)), max(held, 1))
    for each in (outside, inside):
        yield sale(scene, buyer, seller, collateral_id, amount, each)


def margin_edge(scene: Scene) -> Iterator[Call]:
    """The most that a poor buyer's cash and margin carry, and one unit more."""
    _, seller, collateral_id = yield from _sides(scene)
    free = {a: scene.figure("freeCollateral", a) or 0 for a in scene.parties if a != seller}
    buyer = min(free, key=lambda account: (free[account] <= 0, free[account]))
    more = units_worth(scene, collateral_id, max(free[buyer], WAD) * 12 // WAD)
    yield from endow(scene, seller, collateral_id, more)
    yield scene.house(seller, "depositCollateral", collateral_id, more)
    held = scene.ledger.holdings.read(seller, collateral_id).amount
    price, maker = price_near(scene, collateral_id), scene.one_in(2)

    def trade(amount: int) -> Call:
        return sale(scene, buyer, seller, collateral_id, amount, price, maker=maker)

    edge = most(scene, held, trade)
    yield trade(edge + 1)
    yield trade(edge)


def sell_in_need(scene: Scene) -> Iterator[Call]:
    """An account below initial margin sells at the lowest price that keeps its ratio, and lower."""
    weak = _weak(scene)
    if not weak:
        yield from borrow(scene)
        account, collateral_id = holder(scene)
        name = scene.token_price_name(collateral_id)
        if name in scene.targets:
            move(scene, name, 500, 950)
            yield from publish(scene, name)
        weak = _weak(scene) or (account,)
    seller = scene.dice.choice(weak)
    buyer = scene.other(seller)
    yield from _ready(scene, buyer, seller)
    for collateral_id in tokens_of(scene, seller):
        yield from fresh_token(scene, collateral_id)
        index = scene.token_price(collateral_id)
        if index is None:
            continue
        held = scene.ledger.holdings.read(seller, collateral_id).amount
        amount = max(scene.share(held, 1, 1000), 1)
        make = partial(sale, scene, buyer, seller, collateral_id, amount, maker=True)
        edge = _lowest(scene, index, make)
        yield make(max(edge - 1, 0))
        yield make(edge)
        for other in scene.accounts:  # what it may sell it may not buy
            if other != seller and collateral_id in tokens_of(scene, other):
                yield sale(scene, seller, other, collateral_id, 1, index)
                break


def buy_on_margin(scene: Scene) -> Iterator[Call]:
    """A newcomer buys of a token on margin, the token falls, and what it owes is covered."""
    name, debtor = f"{TAXED}-USD", actor(f"spot-{scene.dice.below(64)}")
    collateral_id, seller = scene.token_named(TAXED), scene.dice.choice(scene.accounts)
    keeper = scene.other(seller)
    yield from publish(scene, name)
    for account in (seller, keeper):
        yield from fresh_for(scene, account)
    dollars = scene.dice.between(10, 500)
    amount = units_worth(scene, collateral_id, dollars)
    for account in (debtor, seller):
        yield from endow(scene, account, collateral_id, amount)
        yield scene.house(account, "depositCollateral", collateral_id, amount)
    price = scene.token_price(collateral_id) or WAD
    make = partial(sale, scene, debtor, seller, collateral_id)
    yield make(most(scene, amount, lambda part: make(part, price)), price)
    yield from fund_buyer(scene, keeper)
    yield from publish(scene, name, scene.share(price, 50, 600))
    held = scene.ledger.holdings.read(debtor, collateral_id).amount
    purchase = partial(scene.house, keeper, "buyCollateral", debtor, collateral_id)
    yield purchase(most(scene, held, purchase))
    yield scene.house(scene.outsider, "coverDebt", debtor)
    yield from publish(scene, name)


def sell_bankrupt(scene: Scene) -> Iterator[Call]:
    """A newcomer's token falls until it brings less than is owed; then it sells it, at the edge."""
    debtor, collateral_id = actor(f"spot-{scene.dice.below(64)}"), scene.token_named("WETH")
    name, seller = scene.token_price_name(collateral_id), scene.dice.choice(scene.accounts)
    buyer = scene.other(seller)
    yield from publish(scene, name)
    for account in (seller, buyer):
        yield from fresh_for(scene, account)
    amount = units_worth(scene, collateral_id, scene.dice.between(100, 2_000))
    for account, units in ((debtor, amount), (seller, 5 * amount)):
        yield from endow(scene, account, collateral_id, units)
        yield scene.house(account, "depositCollateral", collateral_id, units)
    price = scene.token_price(collateral_id) or WAD
    make = partial(sale, scene, debtor, seller, collateral_id)
    yield make(most(scene, 5 * amount, lambda part: make(part, price)), price)
    yield from fund_buyer(scene, buyer)
    yield from publish(scene, name, scene.share(price, 780, 850))
    index = scene.token_price(collateral_id)
    if index is not None:
        part = max(scene.share(amount, 100, 3000), 1)
        sell = partial(sale, scene, buyer, debtor, collateral_id, part, maker=True)
        edge = _lowest(scene, index, sell)
        yield sell(max(edge - 1, 0))
        yield sell(edge)
    held = scene.ledger.holdings.read(debtor, collateral_id).amount
    purchase = partial(scene.house, buyer, "buyCollateral", debtor, collateral_id)
    yield purchase(most(scene, held, purchase))
    yield scene.house(scene.outsider, "coverDebt", debtor)
    yield from publish(scene, name)


def wrong_trade(scene: Scene) -> Iterator[Call]:
    """A trade that must be refused for one of many reasons."""
    buyer, seller, collateral_id = yield from _sides(scene)
    held = scene.ledger.holdings.read(seller, collateral_id).amount
    price = price_near(scene, collateral_id)
    make, unknown = partial(sale, scene), scene.among(scene.ledger.collateral_count, NO_LIMIT)
    yield scene.among(
        make(seller, seller, collateral_id, 1, price),
        make(buyer, seller, unknown, 1, price),
        make(buyer, seller, collateral_id, scene.among(0, held + 1, NO_LIMIT), price),
        make(buyer, scene.outsider, collateral_id, 1, price),
        make(buyer, seller, collateral_id, 1, scene.among(3 * price, 1)),
        make(scene.outsider, seller, collateral_id, held, price),
        scene.house(seller, "settleSpotTrade", buyer, seller, collateral_id, 1, price, True),
    )
    if held:
        wrong = scene.among(0, 0, MAX_PRICE, MAX_PRICE, MAX_PRICE + 1, NO_LIMIT)
        yield make(buyer, seller, collateral_id, 1, wrong)
    for each in scene.tokens:
        if each not in tokens_of(scene, buyer) and scene.one_in(3):
            yield from fresh_token(scene, each)
            yield from endow(scene, seller, each, 2)
            yield scene.house(seller, "depositCollateral", each, 2)
            yield make(buyer, seller, each, 1, scene.token_price(each) or WAD)


def sale(
    scene: Scene,
    buyer: str,
    seller: str,
    collateral_id: int,
    amount: int,
    price: int,
    *,
    maker: bool | None = None,
) -> Call:
    """A trade of a token, brought by the matcher; the maker is drawn where none is said."""
    first = scene.one_in(2) if maker is None else maker
    args = (buyer, seller, collateral_id, amount, price, first)
    return scene.house(scene.matcher, "settleSpotTrade", *args)


def price_near(scene: Scene, collateral_id: int) -> int:
    """A price at or near a token's own, inside the band."""
    price = scene.token_price(collateral_id) or WAD
    rate = scene.ledger.collateral_parameters.read(collateral_id).band_rate
    band = price * min(rate, WAD // 50) // WAD
    if scene.one_in(4):
        return price
    return min(max(scene.dice.between(price - band, price + band), 1), MAX_PRICE)


def _sides(scene: Scene) -> Generator[Call, None, tuple[str, str, int]]:
    """A buyer, a seller and a token; mostly prices are fresh and the buyer has money."""
    seller, collateral_id = holder(scene)
    buyer = scene.other(seller)
    yield from fresh_token(scene, collateral_id)
    yield from _ready(scene, buyer, seller)
    return buyer, seller, collateral_id


def _ready(scene: Scene, buyer: str, seller: str) -> Iterator[Call]:
    for account in (buyer, seller):
        yield from fresh_for(scene, account)
    if not scene.one_in(3):
        yield from fund_buyer(scene, buyer)


def _lowest(scene: Scene, index: int, make: Callable[[int], Call]) -> int:
    """The lowest price up to the index for which the model would accept the call; it, for none."""
    return index - most(scene, index - 1, lambda below: make(index - below))


def _weak(scene: Scene) -> tuple[str, ...]:
    """Holders of tokens that are below initial margin."""
    return tuple(
        account
        for account in scene.accounts
        if tokens_of(scene, account) and (scene.figure("freeCollateral", account) or 0) < 0
    )
