"""Money in and out: deposits, withdrawals at their edge, the fund, the fees, settlement.

The token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import ZERO_ADDRESS, actor
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_VAULT
from weiproof.engine.records import TOKEN_UNIT

from .playground import FAUCET_UNITS, SPONSOR, TREASURY
from .prices import fresh
from .scene import NO_LIMIT, tokens_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene

POOR = 1000 * WAD
"""Free collateral below which an account is topped up, wei."""


def top_up(scene: Scene) -> Iterator[Call]:
    """An account without collateral gets some, from the faucet where it has no tokens."""
    poor = [a for a in scene.accounts if (scene.figure("freeCollateral", a) or 0) < POOR]
    if not poor:
        return
    account = scene.dice.choice(tuple(poor))
    missing = tokens_for(max(-(scene.figure("freeCollateral", account) or 0), 0))
    if missing > FAUCET_UNITS:
        # One that is hopelessly under water is left to the liquidators, most of the time.
        if not scene.one_in(10):
            return
        yield faucet(scene, account, missing * 2)
    amount = missing + tokens_for(scene.dice.between(1000, 60_000) * WAD)
    if scene.units(account) < amount:
        yield faucet(scene, account, amount + FAUCET_UNITS)
    yield scene.house(account, "deposit", amount)


def faucet(scene: Scene, account: str, amount: int) -> Call:
    """Tokens for an account, which the clearing house may move."""
    house = scene.address("house")
    return scene.call(scene.outsider, "token", "faucet", (account,), (amount,), house)


def deposit(scene: Scene) -> Iterator[Call]:
    """A deposit: ordinary, or at the edge of what the sender or the vault can hold."""
    account = scene.dice.choice(scene.accounts)
    held, space = scene.units(account), MAX_VAULT - scene.ledger.record.vault
    edges = (0, 1, held + 1, space, space + 1, NO_LIMIT)
    usual = min(tokens_for(scene.dice.between(1, 5000) * WAD), max(held, 1))
    yield scene.house(account, "deposit", scene.dice.choice(edges) if scene.one_in(3) else usual)


def full_vault(scene: Scene) -> Iterator[Call]:
    """Someone fills the vault to its bound, one unit more is refused, and it is emptied again."""
    if scene.ledger.record.unresolved_bad_debt > 0:
        return
    sponsor, space = actor(SPONSOR), MAX_VAULT - scene.ledger.record.vault
    yield faucet(scene, sponsor, space + 1)
    yield scene.house(sponsor, "deposit", space)
    yield scene.house(sponsor, "deposit", 1)
    yield scene.house(scene.dice.choice(scene.accounts), "depositInsurance", 1)
    yield scene.house(sponsor, "withdraw", space)


def withdraw(scene: Scene) -> Iterator[Call]:
    """A withdrawal at the edge of what is withdrawable."""
    account = scene.dice.choice(scene.accounts)
    for market_id in scene.held(account):
        yield from fresh(scene, market_id)
    edge = scene.figure("withdrawable", account) or 0
    kind = scene.dice.below(6)
    if kind == 0:
        amount = scene.among(0, 1, NO_LIMIT)
    elif kind <= 2:  # noqa: PLR2004
        amount = max(edge + scene.among(-1, 0, 1), 0)
    else:
        amount = scene.share(edge, 10, 600)
    yield scene.house(scene.outsider, "withdrawable", account)
    yield scene.house(account, "withdraw", amount)


def insurance(scene: Scene) -> Iterator[Call]:
    """Someone gives to the fund, sometimes just what bad debt is unresolved."""
    sponsor = actor(SPONSOR)
    debt = -(-scene.ledger.record.unresolved_bad_debt // TOKEN_UNIT)
    if debt and scene.one_in(2):
        amount = max(debt + scene.among(-1, 0, 1), 1)
        if debt > 1 and scene.one_in(3):
            amount = scene.share(debt, 100, 900)
        if scene.units(sponsor) < amount:
            yield faucet(scene, sponsor, amount)
        yield scene.house(sponsor, "depositInsurance", amount)
        return
    amount = scene.among(0, 1, tokens_for(scene.dice.between(1, 3000) * WAD), NO_LIMIT)
    yield scene.house(sponsor, "depositInsurance", amount)


def fees(scene: Scene) -> Iterator[Call]:
    """The treasurer takes fees, up to all and one unit more; others try."""
    collected = scene.ledger.record.fees // TOKEN_UNIT
    sender = scene.outsider if scene.one_in(5) else scene.admin
    amount = scene.among(0, 1, collected // 2, collected, collected + 1)
    to = scene.among(actor(TREASURY), actor(TREASURY), ZERO_ADDRESS, scene.address("token"))
    yield scene.house(sender, "withdrawFees", to, amount)
    if scene.one_in(2):
        beyond = scene.ledger.record.fees // TOKEN_UNIT + 1
        yield scene.house(scene.admin, "withdrawFees", actor(TREASURY), beyond)


def settle(scene: Scene) -> Iterator[Call]:
    """Anyone settles accounts, losers first or not."""
    for account in (scene.dice.choice(scene.accounts), scene.dice.choice(scene.accounts)):
        for market_id in scene.held(account):
            yield from fresh(scene, market_id)
        yield scene.house(scene.outsider, "settle", account)


def accrue(scene: Scene) -> Iterator[Call]:
    """Funding of a market is brought up to now, sometimes without a price, twice in one second."""
    market_id = scene.dice.choice((*scene.markets, scene.market_count, NO_LIMIT))
    for _ in range(scene.among(1, 1, 2)):
        yield scene.house(scene.outsider, "accrueFunding", market_id)


def token(scene: Scene) -> Iterator[Call]:
    """The token by itself: transfers, allowances, the faucet, with and against its rules."""
    holder, other = scene.dice.choice(scene.accounts), scene.dice.choice(scene.accounts)
    held, house = scene.units(holder), scene.address("house")
    amount = scene.among(0, 1, held // 1000, held + 1, NO_LIMIT)
    to = scene.among(other, other, ZERO_ADDRESS, house)
    yield scene.among(
        scene.call(holder, "token", "transfer", to, amount),
        scene.call(other, "token", "transferFrom", holder, to, amount),
        scene.call(holder, "token", "approve", scene.among(other, ZERO_ADDRESS), amount),
        scene.call(other, "token", "faucet", (holder, other), (1,), house),
        scene.call(other, "token", "faucet", (holder, holder), (1, 2, 3), house),
        scene.call(other, "token", "faucet", (holder,), (NO_LIMIT,), house),
    )
    yield scene.among(
        scene.call(other, "token", "transferFrom", ZERO_ADDRESS, to, 0),
        scene.call(other, "token", "transferFrom", ZERO_ADDRESS, other, 0),
        scene.call(other, "token", "transferFrom", ZERO_ADDRESS, to, 1),
        scene.call(holder, "token", "transfer", ZERO_ADDRESS, scene.among(0, 1)),
        scene.call(holder, "token", "approve", ZERO_ADDRESS, amount),
        scene.call(other, "token", "faucet", (ZERO_ADDRESS,), (1,), house),
        scene.call(other, "token", "faucet", (holder,), (1,), ZERO_ADDRESS),
        scene.call(other, "token", "faucet", (holder,), (NO_LIMIT,), house),
    )


def allowance(scene: Scene) -> Iterator[Call]:
    """A deposit beyond the allowance, at it, and with it used up; then it is unlimited again."""
    account, house = scene.dice.choice(scene.accounts), scene.address("house")
    allowed = scene.dice.between(1, 10**9)
    yield scene.call(account, "token", "approve", house, allowed)
    yield scene.call(scene.outsider, "token", "allowance", account, house)
    yield scene.house(account, "deposit", allowed + 1)
    yield scene.house(account, scene.among("deposit", "depositInsurance"), allowed)
    yield scene.house(account, "deposit", 1)
    yield scene.call(account, "token", "approve", house, NO_LIMIT)
