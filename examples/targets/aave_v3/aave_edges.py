"""Liquidations: prices at which a debtor's health is exactly what matters, and then the call."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import aave_words as words
from aave_market import ASSETS, Asset
from aave_play import YEAR, debt_of, deposit_of, owe, place_of, share_of
from aave_rays import MOST, percent_mul
from aave_words import field

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from weiproof.crosscheck.targets import Call, Scene

    Prices: TypeAlias = list[tuple[Asset, int]]
    """Assets with the prices that they get."""

MOST_PRICE = 10**16
"""Highest price that is looked at, 8 decimals."""

DEBTORS_TRIED, PRICES_TRIED = 3, 400
"""Debtors, and prices of a debt, that are tried until one fits."""


class Debtor(NamedTuple):
    """Somebody with a debt, and one of their deposits that may be taken for it."""

    user: str
    collateral: Asset
    debt: Asset
    is_only: bool
    """Whether there is no other debt and no other collateral."""


def liquidate(scene: Scene) -> Iterator[Call]:
    """A price moves until somebody's health is a given one; others pay the debt."""
    ratio = scene.dice.between(1, 100), 100
    health = scene.among((19, 20), (19, 20), (1, 1), ratio)
    debtor, prices = _priced(scene, health, scene.among(0, 0, 0, 1, -1))
    if debtor is None:
        yield from owe(scene)
        return
    yield from _priced_calls(scene, prices)
    yield _liquidation(scene, debtor)
    if scene.one_in(2):
        scene.wait(scene.among(0, 1, scene.dice.below(86_400)))
        yield _liquidation(scene, debtor)


def ruin(scene: Scene) -> Iterator[Call]:
    """Loans grow, a price moves far, and everything of somebody's is liquidated, mostly."""
    for _ in range(scene.dice.between(1, 3)):
        yield from owe(scene)
    scene.wait(scene.among(0, scene.dice.below(YEAR)))
    debtor, prices = _priced(scene, (scene.dice.between(10, 94), 100), 0)
    if debtor is None:
        return
    yield from _priced_calls(scene, prices)
    user, keeper = debtor.user, scene.dice.choice(scene.actors)
    places = place_of(scene, debtor.collateral), place_of(scene, debtor.debt)
    for _ in range(scene.dice.between(1, 3)):
        flag = scene.one_in(2)
        yield scene.call(keeper, "pool", "liquidationCall", *places, user, MOST, flag)


def _priced_calls(scene: Scene, prices: Prices) -> Iterator[Call]:
    for asset, price in prices:
        yield scene.call("admin", "prices", "setAssetPrice", place_of(scene, asset), price)


def _priced(scene: Scene, health: tuple[int, int], beside: int) -> tuple[Debtor | None, Prices]:
    """A debtor, and prices at which their health is a given one; None where there is nobody."""
    debtors = _debtors(scene)
    for _ in range(DEBTORS_TRIED if debtors else 0):
        debtor = scene.dice.choice(debtors)
        if debtor.is_only and scene.one_in(2):
            prices = _exact(scene, debtor, health, beside)
        else:
            prices = _near(scene, debtor, health)
        if prices:
            return debtor, prices
    return None, []


def _liquidation(scene: Scene, debtor: Debtor) -> Call:
    owed = debt_of(scene, debtor.debt, debtor.user)
    cover = scene.among(MOST, MOST, owed // 2, share_of(scene, owed), scene.dice.below(5))
    collateral, debt = debtor.collateral, debtor.debt
    if scene.one_in(12):
        collateral = scene.among(*ASSETS)
    if scene.one_in(12):
        debt = scene.among(*ASSETS)
    places = place_of(scene, collateral), place_of(scene, debt)
    keeper, flag = scene.dice.choice(scene.actors), scene.one_in(2)
    return scene.call(keeper, "pool", "liquidationCall", *places, debtor.user, cover, flag)


def _debtors(scene: Scene) -> tuple[Debtor, ...]:
    """Everybody who owes one asset and has another, or now and then the same, as collateral."""
    found = []
    for user in scene.actors:
        data = scene.ask("pool", "getUserConfiguration", user)[0]
        used = [each for i, each in enumerate(ASSETS) if data >> (2 * i + 1) & 1]
        owed = [each for i, each in enumerate(ASSETS) if data >> 2 * i & 1]
        is_only = len(used) == len(owed) == 1
        found += [
            Debtor(user, collateral, debt, is_only)
            for collateral in used
            for debt in owed
            if collateral != debt or scene.one_in(4)
        ]
    return tuple(found)


def _near(scene: Scene, debtor: Debtor, health: tuple[int, int]) -> Prices:
    """A price of the collateral, or of the debt, at the edge of a given health.

    Nothing where no price of it leads there, such as for the many other deposits that there are.
    """
    asset = scene.among(debtor.collateral, debtor.debt)
    rises = asset == debtor.collateral
    wanted = 10**18 * health[0] // health[1]
    below, above = 0, MOST_PRICE
    while above - below > 1:
        price = (above + below) // 2
        if (_health(scene, debtor.user, asset, price) <= wanted) == rises:
            below = price
        else:
            above = price
    if not 1 < below < MOST_PRICE - 1:
        return []
    return [(asset, scene.among(below, below, above, below - 1, above + 1))]


def _health(scene: Scene, user: str, asset: Asset, price: int) -> int:
    """Somebody's health factor with an asset at a price; the largest where there is none."""
    snapshot = scene.model.snapshot()
    place = place_of(scene, asset)
    scene.model.apply(scene.call("admin", "prices", "setAssetPrice", place, price))
    account = scene.ask("pool", "getUserAccountData", user)
    scene.model.restore(snapshot)
    return int(account[5]) if account else MOST


def _exact(scene: Scene, debtor: Debtor, health: tuple[int, int], beside: int) -> Prices:
    """Prices of both at which the health is a ratio to the last digit, or one unit beside it."""
    collateral, debt = debtor.collateral, debtor.debt
    if collateral == debt:
        return _near(scene, debtor, health)
    held = deposit_of(scene, collateral, debtor.user)
    owed = debt_of(scene, debt, debtor.user)
    (word,) = scene.ask("pool", "getConfiguration", place_of(scene, collateral))
    threshold = field(word, words.THRESHOLD)
    unit, debt_unit = 10**collateral.decimals, 10**debt.decimals
    start = scene.ask("prices", "getAssetPrice", place_of(scene, debt)) or debt.price
    for price in range(start, start + PRICES_TRIED if held and threshold else start):
        worth = owed * price // debt_unit
        if worth * health[0] % health[1] or not worth:
            continue
        adjusted = worth * health[0] // health[1] + beside
        value = adjusted * 10_000 // threshold
        for near in (value, value + 1, value - 1):
            found = -(-near * unit // held)
            if found * held // unit == near and percent_mul(max(near, 0), threshold) == adjusted:
                return [(debt, price), (collateral, found)]
    return _near(scene, debtor, health)
