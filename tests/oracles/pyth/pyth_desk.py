"""One Pyth contract, of either kind, and feeds over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.call import Call
from weiproof.engine.contract import World
from weiproof.engine.model import Model
from weiproof.oracles.pyth.mock_pyth import MockPyth
from weiproof.oracles.pyth.pyth import Pyth
from weiproof.oracles.pyth.structs import Price, PriceFeed, encode_price_feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.call import Outcome, Value
    from weiproof.engine.contract import Contract

NOW = 1_700_000_000
PERIOD, FEE, CALL_FEE = 60, 3, 5
ETH, BTC = b"\x11" * 32, b"\x22" * 32
ENOUGH = 10**9


def who(label: str) -> str:
    """An address of that label."""
    return "0x" + label.encode().hex()[:40].rjust(40, "0")


class PythDesk:
    """A model with ``pyth`` in it; calls are made now, with Ether enough."""

    def __init__(self, make: Callable[[World], Contract], *others: str) -> None:
        self.world = World(now=NOW)
        names = ("pyth", *others)
        self.world.addresses.update({name: who("contract " + name) for name in names})
        make(self.world)
        self.model = Model(self.world)
        self.now = NOW

    def call(
        self, function: str, *args: Value, value: int = ENOUGH, target: str = "pyth"
    ) -> Outcome:
        """Makes a call from an account of anybody's."""
        return self.model.apply(Call(self.now, who("anybody"), target, function, args, value))

    def value(self, function: str, *args: Value, target: str = "pyth") -> Value:
        """The one value that a view answers with."""
        outcome = self.call(function, *args, target=target)
        assert outcome.ok, outcome.error
        return outcome.values[0]

    def error(self, function: str, *args: Value, value: int = ENOUGH) -> str:
        """Name of the revert; what has no data is ``""``, and a panic has its code."""
        outcome = self.call(function, *args, value=value)
        assert not outcome.ok
        return outcome.error + "".join(str(arg) for arg in outcome.error_args)


def mock() -> PythDesk:
    """With the SDK's mock."""
    return PythDesk(lambda world: MockPyth(world, "pyth", PERIOD, FEE))


def real() -> PythDesk:
    """With the contract in use."""
    return PythDesk(lambda world: Pyth(world, "pyth", PERIOD, FEE, CALL_FEE))


def mock_update(id_: bytes, published: int, previous: int = 0, price: int = 2_000) -> bytes:
    """An update for the mock."""
    average = Price(price + 1, 8, -8, published)
    return encode_price_feed(PriceFeed(id_, Price(price, 7, -8, published), average), previous)
