"""Deleveraging: bankrupt accounts flagged, holders nominated, positions closed against them.

With flags that are void, candidates that tie, lists that are full, and every refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.accounts import sub_account
from weiproof.engine.bits import each_bit
from weiproof.engine.deleveraging_records import MAX_CANDIDATES
from weiproof.engine.fixed_point import WAD

from .money import faucet
from .playground import RICH
from .prices import fresh, fresh_for, publish
from .scene import NO_LIMIT, on_grid, tokens_for
from .trades import some_position

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weiproof.engine.call import Call

    from .scene import Scene

NEARBY = 3
"""A price that makes somebody bankrupt is at most so many times away from the last one."""


def deleverage(scene: Scene) -> Iterator[Call]:
    """A bankrupt account is flagged, those on the other sides are nominated, it is closed."""
    if scene.one_in(2) or not bankrupt(scene):
        yield from ruin(scene)
    weak = bankrupt(scene)
    if not weak:
        return
    account = scene.dice.choice(weak)
    if scene.ledger.flags.read(account).flagged_at == 0:
        yield scene.house(scene.outsider, "flag", account)
    yield scene.house(scene.outsider, scene.among("flag", "unflag"), account)
    for market_id in scene.held(account):
        yield from nominated(scene, market_id, opposite(scene, account, market_id))
    yield from come_due(scene, account)
    empty = [m for m in scene.markets if m not in scene.held(account)]
    if empty and scene.one_in(3):
        yield scene.house(scene.outsider, "autoDeleverage", account, empty[0], 1)
    for market_id in scene.held(account):
        yield from closed(scene, account, market_id)
    yield scene.house(scene.outsider, "unflag", account)


def nominate_holders(scene: Scene) -> Iterator[Call]:
    """Some holders of a market are nominated, with a profit or without; one that is, again."""
    market_id = scene.dice.choice(scene.markets)
    yield from fresh(scene, market_id)
    holders = tuple(account for account, _ in scene.holders(market_id))
    for account in holders[:4]:
        yield from fresh_for(scene, account)
        yield scene.house(scene.outsider, "nominate", market_id, account)
    sides = [scene.ledger.candidates.read(market_id, side).accounts for side in (True, False)]
    for account in (*sides[0], *sides[1], *holders)[:1]:
        yield scene.house(scene.outsider, "nominate", market_id, account)


def void_flag(scene: Scene) -> Iterator[Call]:
    """A flagged account has equity again: the flag comes off, by anybody; the next one is new."""
    weak = bankrupt(scene)
    if not weak:
        yield from ruin(scene)
        weak = bankrupt(scene)
    if not weak:
        return
    account = scene.dice.choice(weak)
    owner = scene.call(account, "house", "flag", account).sender
    for _ in range(2):
        yield scene.house(scene.outsider, "flag", account)
    yield scene.house(owner, "unflag", account)
    missing = tokens_for(-(scene.figure("equity", account) or 0)) + scene.among(0, 1, 10**6)
    yield faucet(scene, owner, missing)
    yield scene.house(owner, "deposit", missing)
    if owner != account:
        yield scene.house(owner, "transfer", owner, account, missing)
    for function in scene.among(("flag", "unflag"), ("unflag", "flag"), ("unflag",)):
        yield scene.house(owner, function, account)
    for market_id in scene.held(account)[:1]:
        yield scene.house(owner, "autoDeleverage", account, market_id, NO_LIMIT)


def wrong_deleveraging(scene: Scene) -> Iterator[Call]:
    """What must be refused: healthy accounts, no flag, no position, no market, nobody nominated."""
    account, market_id, _ = some_position(scene)
    account = account or scene.dice.choice(scene.accounts)
    flagged = [a for a in scene.parties if scene.ledger.flags.read(a).flagged_at]
    if flagged and scene.one_in(2):
        account = scene.dice.choice(tuple(flagged))
    empty = [m for m in scene.markets if m not in scene.held(account)] or [0]
    unknown = scene.among(scene.market_count, NO_LIMIT)
    yield from fresh_for(scene, account)
    yield scene.among(
        scene.house(scene.outsider, "flag", account),
        scene.house(scene.outsider, "flag", scene.outsider),
        scene.house(scene.outsider, "unflag", account),
        scene.house(scene.outsider, "nominate", unknown, account),
        scene.house(scene.outsider, "nominate", empty[0], account),
        scene.house(account, "autoDeleverage", account, market_id, NO_LIMIT),
        scene.house(account, "autoDeleverage", account, empty[0], 1),
        scene.house(account, "autoDeleverage", account, unknown, 1),
        scene.house(account, "autoDeleverage", account, market_id, 0),
    )


def tied_candidates(scene: Scene) -> Iterator[Call]:
    """Two or three holders with the same profit and the same leverage: the lower address goes."""
    yield from crowd(scene, scene.among(2, 3), alike=True)


def full_list(scene: Scene) -> Iterator[Call]:
    """More holders than a list takes: the least are replaced, or not entered."""
    yield from crowd(scene, MAX_CANDIDATES + 2, alike=scene.one_in(4))


def crowd(scene: Scene, count: int, *, alike: bool) -> Iterator[Call]:
    """One sub-account sells to many, goes bankrupt, and is closed against them.

    What is left is closed by force, so that nobody stays behind whom other generators do not know.
    """
    owner, market_id = actor(scene.dice.choice(RICH)), scene.dice.choice(scene.markets)
    yield from fresh_for(scene, owner)
    yield from fresh(scene, market_id)
    name, index = scene.price_name(market_id), scene.index(market_id)
    if index is None:
        return
    parameters, first = scene.parameters(market_id), scene.dice.between(2, 200)
    size = on_grid(scene.dice.between(100, 2_000) * WAD * WAD // index, parameters.size_step)
    price = on_grid(index, parameters.price_tick)
    dollars = size * price // WAD + 100 * WAD
    loser, *winners = (sub_account(owner, first + i) for i in range(count + 1))
    yield from endow(scene, owner, loser, count * dollars)
    for winner in winners:
        share = 1_200 if alike else scene.dice.between(1_100, 2_000)
        yield from endow(scene, owner, winner, dollars * share // 1_000)
    for winner in winners:
        yield scene.trade(winner, loser, market_id, size, price, maker=True)
    before = scene.targets[name]
    scene.targets[name] = scene.share(before, 2_100, 2_900) + (0 if alike else scene.dice.below(99))
    yield from publish(scene, name)
    yield scene.house(scene.outsider, "flag", loser)
    yield from nominated(scene, market_id, winners)
    yield from come_due(scene, loser)
    yield from closed(scene, loser, market_id)
    yield from nominated(scene, market_id, [w for w in winners if scene.size(w, market_id)])
    yield from closed(scene, loser, market_id)
    for winner in winners:
        if scene.size(winner, market_id) and scene.size(loser, market_id):
            yield scene.house(owner, "forceClose", loser, market_id, winner)
    scene.targets[name] = before
    yield from publish(scene, name)


def endow(scene: Scene, owner: str, account: str, dollars: int) -> Iterator[Call]:
    """A sub-account gets dollars (WAD) from its owner, who gets them first."""
    amount = tokens_for(dollars)
    yield faucet(scene, owner, amount)
    yield scene.house(owner, "deposit", amount)
    yield scene.house(owner, "transfer", owner, account, amount)


def ruin(scene: Scene) -> Iterator[Call]:
    """A price goes beyond the one at which a holder has no equity left, just or by far."""
    holders = tuple(account for account in scene.parties if scene.held(account))
    if not holders:
        return
    account = scene.dice.choice(holders)
    yield from fresh_for(scene, account)
    market_id = scene.dice.choice(scene.held(account))
    found = scene.ask("house", "bankruptcyPrice", account, market_id)
    if found is None or not found[0] or not isinstance(found[1], int):
        return
    beyond = found[1] // scene.among(100_000, 1_000, 100, 10) + 1
    price = found[1] - beyond if scene.size(account, market_id) > 0 else found[1] + beyond
    name = scene.price_name(market_id)
    if scene.targets[name] // NEARBY < price < scene.targets[name] * NEARBY:
        scene.targets[name] = price
        yield from publish(scene, name)


def nominated(scene: Scene, market_id: int, accounts: Sequence[str]) -> Iterator[Call]:
    """Accounts are nominated, most of them."""
    for account in accounts:
        for held in each_bit(scene.account(account).markets):
            yield from fresh(scene, held)
        if not scene.one_in(12):
            yield scene.house(scene.outsider, "nominate", market_id, account)


def come_due(scene: Scene, account: str) -> Iterator[Call]:
    """Time passes until the flagged account may be deleveraged, tried a second too early."""
    held = scene.held(account)
    due = scene.ledger.flags.read(account).flagged_at + scene.ledger.parameters.deleverage_delay
    if held and scene.now < due and scene.one_in(2):
        scene.wait(due - scene.now - 1)
        yield scene.house(scene.outsider, "autoDeleverage", account, held[0], 1)
    scene.wait(max(due - scene.now, 0))
    yield from fresh_for(scene, account)


def closed(scene: Scene, account: str, market_id: int) -> Iterator[Call]:
    """A position is closed against its candidates, some at a time or all."""
    limit = scene.among(NO_LIMIT, NO_LIMIT, 1, 2, 32)
    for _ in range(3):
        if not scene.size(account, market_id):
            return
        caller = scene.among(scene.outsider, scene.other(account), account)
        if caller not in scene.accounts:
            caller = scene.outsider
        yield scene.house(caller, "autoDeleverage", account, market_id, limit)


def bankrupt(scene: Scene) -> tuple[str, ...]:
    """Accounts with positions and negative equity at present prices."""
    holders = (account for account in scene.parties if scene.held(account))
    return tuple(a for a in holders if (scene.figure("equity", a) or 0) < 0)


def opposite(scene: Scene, account: str, market_id: int) -> tuple[str, ...]:
    """Holders on the other side of an account's position."""
    size = scene.size(account, market_id)
    return tuple(other for other, held in scene.holders(market_id) if held * size < 0)
