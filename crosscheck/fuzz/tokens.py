"""Tokens as collateral: moved in and out at their edges, swapped, owed against, bought."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_SIZE

from .money import faucet as settlement_faucet
from .playground import KEEPERS, STAKED, TAXED
from .prices import fresh_for, move, publish
from .scene import NO_LIMIT
from .trades import price_near, size_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weiproof.engine.call import Call

    from .scene import Scene

HOUR = 3_600
USUAL_SPEND = 20_000
"""Dollars of a token that a deposit usually brings, at most."""


def deposit_token(scene: Scene) -> Iterator[Call]:
    """A token comes in: an ordinary amount, or one at the edge of holding or cap."""
    account = scene.dice.choice(scene.accounts)
    collateral_id = scene.dice.choice((*scene.tokens, scene.ledger.collateral_count))
    if collateral_id not in scene.tokens:
        yield scene.house(account, "depositCollateral", collateral_id, 1)
        return
    yield from fresh_token(scene, collateral_id)
    amount = units_worth(scene, collateral_id, scene.dice.between(1, USUAL_SPEND))
    yield from endow(scene, account, collateral_id, amount)
    parameters = scene.ledger.collateral_parameters.read(collateral_id)
    room = max(parameters.cap - scene.ledger.collaterals.read(collateral_id).total, 0)
    if scene.one_in(4):
        amount = scene.among(0, 1, scene.token_units(account, collateral_id) + 1, NO_LIMIT)
    elif scene.one_in(8):
        yield from endow(scene, account, collateral_id, room + 1)
        yield scene.house(account, "depositCollateral", collateral_id, room + 1)
        amount = room
    yield scene.house(account, "depositCollateral", collateral_id, amount)


def withdraw_token(scene: Scene) -> Iterator[Call]:
    """A token goes out: part of it, all, or the most that margin allows and one unit more."""
    account, collateral_id = holder(scene)
    yield from fresh_for(scene, account)
    held = scene.ledger.holdings.read(account, collateral_id).amount
    withdrawal = partial(scene.house, account, "withdrawCollateral", collateral_id)
    edge = most(scene, held, withdrawal)
    kind = scene.dice.below(5)
    if kind == 0:
        amount = scene.among(0, 1, held + 1, NO_LIMIT)
    elif kind == 1:
        amount = edge + scene.among(0, 1, 1)
    else:
        amount = scene.share(edge, 100, 1000)
    yield withdrawal(amount)


def swap_tokens(scene: Scene) -> Iterator[Call]:
    """A token for another, at the edge where health would fall."""
    account, id_out = holder(scene)
    id_in = scene.dice.choice((*scene.tokens, scene.ledger.collateral_count))
    if id_in not in scene.tokens:
        yield scene.house(account, "swapCollateral", id_in, 1, id_out, 1)
        yield scene.house(account, "swapCollateral", id_out, 1, id_in, 1)
        return
    for collateral_id in (id_in, id_out):
        yield from fresh_token(scene, collateral_id)
    dollars = scene.dice.between(1, scene.among(100, USUAL_SPEND))
    amount_in = units_worth(scene, id_in, dollars)
    if scene.one_in(8):
        amount_in = scene.among(0, NO_LIMIT)
    else:
        yield from endow(scene, account, id_in, amount_in)
    held = scene.ledger.holdings.read(account, id_out).amount
    swap = partial(scene.house, account, "swapCollateral", id_in, amount_in, id_out)
    edge = most(scene, held, swap)
    if 0 < edge < held:
        yield swap(edge + 1)
    if edge:
        yield swap(scene.share(edge, 100, 500) or 1)
    yield swap(scene.among(edge + 1, edge, edge, scene.share(edge, 500, 1000), held + 1, 0))


def borrow(scene: Scene) -> Iterator[Call]:
    """An account with tokens alone trades, so that fees and losses make its cash negative."""
    yield from owe(scene, scene.dice.choice(scene.accounts))


def owe(scene: Scene, account: str) -> Iterator[Call]:
    """The account trades on its tokens, withdraws its cash and loses, so that it owes."""
    yield from fresh_for(scene, account)
    market_id = scene.dice.choice(scene.markets)
    yield from publish(scene, scene.price_name(market_id))
    if not scene.account(account).collaterals:
        collateral_id = scene.dice.choice(scene.tokens)
        yield from fresh_token(scene, collateral_id)
        amount = units_worth(scene, collateral_id, scene.dice.between(2_000, 60_000))
        yield from endow(scene, account, collateral_id, amount)
        yield scene.house(account, "depositCollateral", collateral_id, amount)
    yield scene.house(account, "withdraw", max(scene.figure("withdrawable", account) or 1, 1))
    other = scene.other(account)
    size = size_for(scene, market_id, account, other)
    price = price_near(scene, market_id)
    long = scene.one_in(2)
    yield scene.trade(*((account, other) if long else (other, account)), market_id, size, price)
    name = scene.price_name(market_id)
    move(scene, name, *((930, 995) if long else (1005, 1070)))
    yield from publish(scene, name)
    yield scene.house(scene.outsider, "settle", account)
    scene.wait(scene.among(0, 1, HOUR, 86_400))
    yield from fresh_for(scene, account)
    yield scene.house(scene.outsider, "settle", account)


def buy_tokens(scene: Scene) -> Iterator[Call]:
    """A keeper buys a debtor's tokens: as much as it owes, one unit more, or all."""
    debtors = [a for a in scene.accounts if scene.account(a).cash < 0 and tokens_of(scene, a)]
    account = scene.dice.choice(tuple(debtors) or scene.accounts)
    tokens = tokens_of(scene, account) or scene.tokens
    collateral_id = scene.dice.choice((*tokens, *tokens, scene.ledger.collateral_count))
    keeper = actor(scene.among(*KEEPERS))
    if debtors and not scene.one_in(3):
        yield from _devalue(scene, collateral_id)
    yield from fresh_for(scene, account)
    yield from fresh_for(scene, keeper)
    yield from fund_buyer(scene, keeper)
    held = scene.ledger.holdings.read(account, collateral_id).amount
    purchase = partial(scene.house, keeper, "buyCollateral", account, collateral_id)
    edge = most(scene, held, purchase)
    if scene.one_in(5):
        yield scene.among(
            purchase(0),
            purchase(NO_LIMIT),
            scene.house(account, "buyCollateral", account, collateral_id, 1),
        )
    yield purchase(edge + 1)
    yield purchase(scene.among(edge, edge, edge, scene.share(edge, 100, 900)))
    yield scene.house(scene.outsider, "coverDebt", account)


def ruin(scene: Scene) -> Iterator[Call]:
    """Tokens fall until a debtor owes more than they bring; the rest is covered."""
    keeper = actor(scene.among(*KEEPERS))
    free = [a for a in scene.accounts if a != keeper and not scene.account(a).markets]
    if not free:
        return
    debtor = scene.dice.choice(tuple(free))
    yield from owe(scene, debtor)
    yield from close_all(scene, debtor)
    yield scene.house(scene.outsider, "settle", debtor)
    for collateral_id in tokens_of(scene, debtor):
        held = scene.ledger.holdings.read(debtor, collateral_id).amount
        withdrawal = partial(scene.house, debtor, "withdrawCollateral", collateral_id)
        yield withdrawal(most(scene, held, withdrawal))
    yield from fund_buyer(scene, keeper)
    for collateral_id in tokens_of(scene, debtor):
        name = scene.token_price_name(collateral_id)
        if name in scene.targets:
            scene.targets[name] = max(scene.targets[name] // scene.dice.between(2, 25), 1)
            yield from publish(scene, name)
        held = scene.ledger.holdings.read(debtor, collateral_id).amount
        purchase = partial(scene.house, keeper, "buyCollateral", debtor, collateral_id)
        yield purchase(most(scene, held, purchase))
    yield scene.house(scene.outsider, "coverDebt", debtor)


def cover(scene: Scene) -> Iterator[Call]:
    """Somebody's debt is to be covered."""
    owing = [a for a in scene.accounts if scene.account(a).cash < 0]
    account = scene.dice.choice(tuple(owing) or scene.accounts)
    yield scene.house(scene.outsider, "coverDebt", account)


def many_tokens(scene: Scene) -> Iterator[Call]:
    """An account deposits one token after the other, until it may hold no more; then they leave."""
    account = scene.dice.choice(scene.accounts)
    for collateral_id in scene.tokens:
        yield from fresh_token(scene, collateral_id)
        amount = units_worth(scene, collateral_id, 100)
        yield from endow(scene, account, collateral_id, amount)
        yield scene.house(account, "depositCollateral", collateral_id, amount)
    for collateral_id in tokens_of(scene, account)[1:]:
        held = scene.ledger.holdings.read(account, collateral_id).amount
        yield scene.house(account, "withdrawCollateral", collateral_id, held)


def taxed_token(scene: Scene) -> Iterator[Call]:
    """A token begins to keep a part of what is moved, is refused, and stops."""
    label, collateral_id = f"token/{TAXED}", scene.token_named(TAXED)
    account = scene.dice.choice(scene.accounts)
    yield from fresh_token(scene, collateral_id)
    amount = units_worth(scene, collateral_id, scene.dice.between(10, 500))
    yield from endow(scene, account, collateral_id, amount)
    fee = scene.among(1, WAD // 1000, WAD, NO_LIMIT)
    yield scene.call(scene.outsider, label, "setTransferFee", fee)
    yield scene.house(account, "depositCollateral", collateral_id, amount)
    if fee == 1:  # burns nothing of small amounts
        yield scene.house(account, "depositCollateral", collateral_id, 1)
    held = scene.ledger.holdings.read(account, collateral_id).amount
    yield scene.house(account, "withdrawCollateral", collateral_id, max(held // 2, 1))
    yield scene.call(scene.outsider, label, "setTransferFee", 0)


def slash(scene: Scene) -> Iterator[Call]:
    """A staking token's rate grows, falls, or is beyond what its feed takes."""
    label, collateral_id = f"token/{STAKED}", scene.token_named(STAKED)
    rate = scene.ask(label, "exchangeRate")
    before = rate[0] if rate is not None and isinstance(rate[0], int) else WAD
    after = scene.share(before, 800, 1010) if WAD // 4 < before < 4 * WAD else WAD
    wrong = scene.among(0, 1_000 * WAD, 1_000 * WAD + 1, 1_000 * WAD + 1, NO_LIMIT)
    if not scene.one_in(3):
        yield scene.call(scene.outsider, label, "setExchangeRate", wrong)
        yield scene.call(scene.outsider, f"feed/{STAKED}/r", "latestRoundData")
        yield scene.house(scene.dice.choice(scene.accounts), "depositCollateral", collateral_id, 1)
    yield scene.call(scene.outsider, label, "setExchangeRate", after)
    yield scene.call(scene.outsider, f"feed/{STAKED}/r", scene.among("latestRoundData", "decimals"))


def token_by_itself(scene: Scene) -> Iterator[Call]:
    """A token moves between holders, with and without its fee."""
    label = scene.token_label(scene.dice.choice(scene.tokens))
    holder, other = scene.dice.choice(scene.accounts), scene.dice.choice(scene.accounts)
    house = scene.address("house")
    yield scene.call(other, label, "faucet", (holder,), (10**6,), house)
    yield scene.call(holder, label, "transfer", other, scene.among(0, 1, 10**6, NO_LIMIT))
    yield scene.among(
        scene.call(other, label, "transferFrom", holder, other, 1),
        scene.call(holder, label, "approve", house, NO_LIMIT),
    )
    yield scene.call(holder, label, "approve", other, 10)
    for amount in (10, 1):
        yield scene.call(other, label, "transferFrom", holder, other, amount)


def fund_buyer(scene: Scene, keeper: str) -> Iterator[Call]:
    """A keeper gets cash."""
    if (scene.figure("freeCollateral", keeper) or 0) < 10**5 * WAD:
        yield settlement_faucet(scene, keeper, 10**12)
        yield scene.house(keeper, "deposit", 10**12)


def fresh_token(scene: Scene, collateral_id: int) -> Iterator[Call]:
    """Makes sure that a token has a price, most of the time."""
    if scene.token_price(collateral_id) is None and not scene.one_in(8):
        name = scene.token_price_name(collateral_id)
        yield from publish(scene, name if name in scene.targets else "ETH-USD")


def endow(scene: Scene, account: str, collateral_id: int, amount: int) -> Iterator[Call]:
    """An account gets as much of a token as it needs."""
    if scene.token_units(account, collateral_id) < amount < MAX_SIZE:
        label, house = scene.token_label(collateral_id), scene.address("house")
        yield scene.call(scene.outsider, label, "faucet", (account,), (amount,), house)


def units_worth(scene: Scene, collateral_id: int, dollars: int) -> int:
    """How many units of a token come to so many dollars, at least one."""
    price = scene.token_price(collateral_id) or WAD
    unit = scene.ledger.collaterals.read(collateral_id).unit
    return max(dollars * WAD * WAD // (price * unit), 1)


def holder(scene: Scene) -> tuple[str, int]:
    """An account that holds a token, and the token; where there is none, any two."""
    holders = [a for a in scene.accounts if tokens_of(scene, a)]
    account = scene.dice.choice(tuple(holders) or scene.accounts)
    return account, scene.dice.choice(tokens_of(scene, account) or scene.tokens)


def tokens_of(scene: Scene, account: str) -> tuple[int, ...]:
    """Ids of the tokens that an account holds."""
    return tuple(i for i in scene.tokens if scene.ledger.holdings.read(account, i).amount)


def most(scene: Scene, held: int, make: Callable[[int], Call]) -> int:
    """The largest amount up to `held` for which the model would accept the call; 0 for none."""
    low, high = 0, held
    while low < high:
        middle = (low + high + 1) // 2
        if scene.would_pass(make(middle)):
            low = middle
        else:
            high = middle - 1
    return low


def _devalue(scene: Scene, collateral_id: int) -> Iterator[Call]:
    """A token falls."""
    if collateral_id in scene.tokens:
        name = scene.token_price_name(collateral_id)
        if name in scene.targets:
            move(scene, name, 500, 990)
            yield from publish(scene, name)


def close_all(scene: Scene, account: str) -> Iterator[Call]:
    """Every position of the account is traded away."""
    for market_id in scene.held(account):
        yield from publish(scene, scene.price_name(market_id))
        size = scene.size(account, market_id)
        other = scene.other(account)
        sides = (other, account) if size > 0 else (account, other)
        yield scene.trade(*sides, market_id, abs(size), price_near(scene, market_id))
