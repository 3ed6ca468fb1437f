"""What is drawn where the ABI is not enough, and sequences around the liquidation window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perps_decimals import WAD
from perps_state import ACCOUNTS, MARKETS, NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.crosscheck.targets import Call, Scene

WILD_ONE_IN = 60
"""One in so many values is of any size, up to where the arithmetic overflows."""


def _wild(scene: Scene, bits: int, usual: int) -> int:
    """The usual value, or now and then one of any size."""
    return scene.dice.bits(scene.dice.between(1, bits)) if scene.one_in(WILD_ONE_IN) else usual


def market(scene: Scene) -> int:
    """A market; rarely none."""
    return 3 if scene.one_in(WILD_ONE_IN) else scene.dice.choice(MARKETS)


def account(scene: Scene) -> int:
    """An account; rarely none."""
    return 0 if scene.one_in(WILD_ONE_IN) else scene.dice.choice(ACCOUNTS)


def ratio(scene: Scene) -> int:
    """From a hundredth of a per cent to a few hundred."""
    part = scene.dice.between(1, 999) * 10 ** scene.dice.between(13, 16)
    return _wild(scene, 200, scene.among(0, WAD, part, part))


def amount(scene: Scene) -> int:
    """Of something, up to ten million, with and without odd wei."""
    round_one = scene.dice.between(1, 999) * 10 ** scene.dice.between(14, 22)
    return _wild(scene, 127, round_one + scene.among(0, 0, scene.dice.below(10**9)))


def signed(scene: Scene) -> int:
    """The same, either way, or nothing."""
    size = amount(scene)
    return scene.among(size, -size, size, -size, 0)


def price(scene: Scene) -> int:
    """From a cent to some hundred thousand dollars."""
    return scene.dice.between(1, 9999) * 10 ** scene.dice.between(16, 20)


def oracle_price(scene: Scene) -> int:
    """The same; rarely negative."""
    return -1 if scene.one_in(WILD_ONE_IN) else price(scene)


def fee(scene: Scene) -> int:
    """Up to a per cent."""
    return _wild(scene, 128, scene.dice.between(0, 100) * 10**14)


def span(scene: Scene) -> int:
    """Seconds of a window; rarely more than there have been."""
    return 2**32 - 1 if scene.one_in(WILD_ONE_IN) else scene.among(0, 1, 30, 600)


def costs(scene: Scene) -> tuple[int, ...]:
    """Up to ten dollars each."""
    return tuple(scene.dice.between(0, 1000) * 10**16 for _ in range(4))


def endorsed(scene: Scene) -> str:
    """Mostly nobody."""
    return scene.actors[0] if scene.one_in(4) else NOBODY


def rush(scene: Scene) -> Iterator[Call]:
    """Liquidations that use up a window, up to its end, a second before or after."""
    where = scene.dice.choice(MARKETS)
    data = scene.model.world.twins["perps"].markets[where]
    for _ in range(scene.dice.between(2, 6)):
        left, most, _ = scene.ask("perps", "capacity", where) or (0, 0, 0)
        exact = scene.among(left, left + 1, max(left - 1, 0), left // 2, most, amount(scene))
        who = scene.dice.choice(scene.actors)
        yield scene.call(who, "perps", "liquidate", where, min(exact, 2**128 - 1))
        if data.span < 10**6:
            scene.wait(scene.among(0, 0, 1, data.span, data.span + 1, max(data.span - 1, 0)))


def cover(scene: Scene) -> Iterator[Call]:
    """Collateral that comes to the requirement exactly, or a wei beside it."""
    who = scene.dice.choice(ACCOUNTS)
    answer = scene.ask("perps", "isLiquidatable", who)
    if answer is None:
        return
    _, available, initial, maintenance, reward = answer
    edge = scene.among(maintenance, initial) + reward - available + scene.among(0, 1, -1)
    if abs(edge) < 2**127:
        yield scene.call("alice", "perps", "deposit", who, edge)
        for function in ("isLiquidatable", "withdrawableMargin", "isMarginLiquidatable"):
            yield scene.call("bob", "perps", function, who)


def first(scene: Scene) -> Iterator[Call]:
    """Two markets as they might be configured, and prices."""

    def made(function: str, *args: int | str | tuple[int, ...]) -> Call:
        return scene.call("alice", "perps", function, *args)

    for where in MARKETS:
        yield made("setFees", where, 2 * 10**14, 10**15)
        yield made("setWindow", where, WAD, 30, WAD // 100, NOBODY)
        yield made("setScale", where, 10**6 * WAD, 9 * WAD)
        yield made("setMargins", where, WAD, WAD // 50, WAD // 2, 50 * WAD)
        yield made("setRatios", where, 10**14, WAD // 2)
        yield made("setPrice", where, 10 ** (where + 1) * WAD)
    yield made("setKeeper", WAD, 500 * WAD, 3 * 10**17, WAD, 10**15)
    yield made("setCosts", (WAD, 2 * WAD, 3 * WAD, WAD // 2))


RATIOS = ("multiplier", "maxPd", "velocity", "initial", "least", "maintenance", "flag", "locked")

ARGUMENTS = dict.fromkeys(RATIOS, ratio) | {
    "market": market,
    "account": account,
    "profit": ratio,
    "scaling": ratio,
    "collateral": lambda scene: min(ratio(scene), 2**128 - 1),
    "rate": lambda scene: min(ratio(scene), 2**128 - 1),
    "most": amount,
    "constant_": amount,
    "skewScale": lambda scene: scene.among(0, amount(scene), amount(scene), amount(scene)),
    "maker": fee,
    "taker": fee,
    "span": span,
    "endorsed": endorsed,
    "costs": costs,
    "skew": signed,
    "amount": amount,
    "perps.deposit.amount": signed,
    "debt": lambda scene: scene.among(0, 0, amount(scene)),
    "perps.setPrice.price": oracle_price,
    "price": price,
    "size": amount,
    "perps.setPosition.size": signed,
    "perps.requiredMargins.size": signed,
    "fundingThen": signed,
    "notional": amount,
    "rewards": amount,
    "cost": amount,
    "available": lambda scene: scene.among(0, amount(scene)),
}
"""By the name of a parameter."""
