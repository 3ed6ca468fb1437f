"""What is drawn where the ABI is not enough: markets, traders, prices, sizes, and what is left."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING

from perp_math import LEAST_INT, MOST_INT, WAD
from perp_token import TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.crosscheck.targets import Call, Scene

INTERVALS = (0, 15, 900, 1800, 60)
"""Seconds over which a contract may ask for an average."""
TRADERS = ("alice", "bob")


def token(scene: Scene) -> str:
    """A market."""
    return scene.addresses[scene.dice.choice(TOKENS)]


def trader(scene: Scene) -> str:
    """Somebody with positions."""
    return scene.actor(scene.dice.choice(TRADERS))


def interval(scene: Scene) -> int:
    """Seconds that are asked for."""
    return scene.dice.choice(INTERVALS)


def price(scene: Scene) -> int:
    """A price with eight decimals, from a hundredth to some hundred thousand."""
    return scene.dice.between(1, 9999) * 10 ** scene.dice.between(4, 9)


def root_of(eight: int) -> int:
    """Square root of a price with eight decimals, 96 binary places."""
    return isqrt((eight << 192) // 10**8)


def root(scene: Scene) -> int:
    """Square root of a price."""
    return root_of(price(scene))


def size(scene: Scene) -> int:
    """A signed size or notional: from little to large, or dust."""
    amount = scene.dice.between(1, 9999) * 10 ** scene.dice.between(8, 22)
    return scene.among(amount, -amount, scene.dice.between(-12, 12))


def amount(scene: Scene) -> int:
    """What orders hold or owe."""
    return abs(size(scene))


def millionths(scene: Scene) -> int:
    """An account's worth, in millionths of its requirement: at the edges, between, or beyond."""
    return scene.among(1_000_000, 500_000, scene.dice.between(500_000, 1_000_000), 0, -300_000)


def more(scene: Scene) -> int:
    """Wei beside that."""
    return scene.among(0, 0, 1, -1)


def worth(scene: Scene) -> int:
    """An account's worth where it has nothing to do with its requirement."""
    return scene.among(LEAST_INT, MOST_INT, 0, 1, -1, size(scene))


def trade(scene: Scene) -> Iterator[Call]:
    """The clearing house enters a trader into a market, and gives a position there."""
    who, where = trader(scene), token(scene)
    yield scene.call("house", "balance", "registerBaseToken", who, where)
    yield scene.call("house", "balance", "modifyTakerBalance", who, where, size(scene), size(scene))


def liquidate(scene: Scene) -> Iterator[Call]:
    """Asks how much of each of somebody's positions may go."""
    who, balance = trader(scene), scene.addresses["balance"]
    value = millionths(scene), more(scene)
    for where in scene.ask("balance", "getBaseTokens", who) or ():
        yield scene.call("bob", "venue", "liquidatable", balance, who, where, *value)


def move(scene: Scene) -> Iterator[Call]:
    """A market's price moves, over all intervals."""
    eight = price(scene)
    yield scene.call("owner", "venue", "setPrices", token(scene), root_of(eight), eight, INTERVALS)


def first(scene: Scene) -> Iterator[Call]:
    """Initialises everything; prices of 2000, 40000 and 20 USD."""
    places = scene.addresses
    yield scene.call("owner", "config", "initialize")
    yield scene.call("owner", "balance", "initialize", places["config"], places["venue"])
    yield scene.call("owner", "balance", "setClearingHouse", scene.actor("house"))
    yield scene.call("owner", "balance", "setVault", places["venue"])
    for label, dollars in zip(TOKENS, (2000, 40_000, 20), strict=True):
        name = label.upper()
        yield scene.call("owner", label, "initialize", name, f"v{name}", places["venue"])
        eight = dollars * 10**8
        yield scene.call(
            "owner", "venue", "setPrices", places[label], root_of(eight), eight, INTERVALS
        )


ARGUMENTS = {
    "trader": trader,
    "token": token,
    "baseToken": token,
    "interval": interval,
    "intervals": lambda _: INTERVALS,
    "root": root,
    "index": price,
    "base": size,
    "quote": size,
    "takerBase": size,
    "takerQuote": size,
    "amount": size,
    "realizedPnl": size,
    "makerFee": size,
    "inPool": amount,
    "debt": amount,
    "fee": amount,
    "orders": lambda scene: scene.dice.between(0, 2),
    "accountValue": worth,
    "millionths": millionths,
    "more": more,
    "closedPrice": lambda scene: scene.dice.between(0, 9999) * WAD,
    "premiumIntervalArg": interval,
    "twapIntervalArg": interval,
    "balances": lambda scene: scene.addresses["balance"],
    "maxMarketsPerAccountArg": lambda scene: scene.among(1, 2, 255),
}
"""By the name of a parameter."""
