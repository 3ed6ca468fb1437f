"""The SDK's library PythUtils, as it was published and called as a contract, and its twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.crosscheck.targets import Deploy, Target
from weiproof.oracles.pyth.utils import LEAST_EXPO, MOST_SCALE, PythUtils

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weiproof.crosscheck.targets import Scene
    from weiproof.engine.call import Call, Outcome

MOST_INT32 = 2**31 - 1


def price(scene: Scene) -> int:
    """Any int64: mostly at a bound, at a power of ten, or of any size."""
    size = scene.dice.bits(scene.dice.between(1, 63))
    power = 10 ** scene.dice.below(19) + scene.among(-1, 0, 1)
    value = scene.among(0, 1, 2**63 - 1, 2**62, power, size, size, size)
    return scene.among(-1, -value, -(2**63)) if scene.one_in(12) else value


def expo(scene: Scene) -> int:
    """Usually near zero; at the bounds of what is taken, and of the type."""
    edges = (LEAST_EXPO - 1, LEAST_EXPO, LEAST_EXPO + 1, MOST_INT32, -MOST_INT32 - 1)
    usual = scene.dice.between(-80, 80)
    return scene.among(*edges, MOST_INT32 - 200) if scene.one_in(8) else usual


def decimals(scene: Scene) -> int:
    """Any eight bits, mostly few."""
    return scene.among(0, 6, 8, 18, 36, 255, scene.dice.below(80), scene.dice.below(256))


def convert_edge(scene: Scene) -> Iterator[Call]:
    """A scale just within and just beyond what is taken, and around one."""
    target = scene.dice.below(256)
    scale = scene.among(-MOST_SCALE, 0, MOST_SCALE)
    for beside in (-1, 0, 1):
        args = (price(scene), scale - target + beside, target)
        yield scene.call(scene.sender, "utils", "convertToUint", *args)


def cross_edge(scene: Scene) -> Iterator[Call]:
    """A scale of a cross rate just within and just beyond what is taken, and around one."""
    expo2, target = scene.dice.between(-100, 100), scene.dice.between(-100, 100)
    scale = scene.among(-MOST_SCALE, 0, MOST_SCALE)
    for beside in (-1, 0, 1):
        args = (price(scene), scale + expo2 + target + beside, price(scene), expo2, target)
        yield scene.call(scene.sender, "utils", "deriveCrossRate", *args)


def sums(scene: Scene) -> Iterator[Call]:
    """Exponents whose sum or difference ends just within and just beyond the type."""
    over, beside = scene.dice.between(1, 255), scene.among(0, 1)
    expos = scene.among(
        (0, MOST_INT32 - over + beside, over),
        (MOST_INT32 - over + beside, -over, 0),
        (MOST_INT32, over, scene.dice.between(0, 255)),
    )
    args = (abs(price(scene)) % 2**63, expos[0], abs(price(scene)) % 2**63, *expos[1:])
    yield scene.call(scene.sender, "utils", "deriveCrossRate", *args)
    args = (abs(price(scene)) % 2**63, MOST_INT32 - over + beside, over)
    yield scene.call(scene.sender, "utils", "convertToUint", *args)


class PythUtilsTarget(Target):
    """The library alone."""

    name = "pyth-utils"
    artifacts = "../../../node_modules/.targets/oracles/pyth"
    contracts = (Deploy("utils", "PythUtils", model=PythUtils),)
    actors = ("alice",)
    weights = {"utils.convertToUint": 10, "utils.deriveCrossRate": 10}  # noqa: RUF012 - as all targets have it
    arguments = {  # noqa: RUF012 - as all targets have it
        "price": price,
        "price1": price,
        "price2": price,
        "expo": expo,
        "expo1": expo,
        "expo2": expo,
        "targetExponent": expo,
        "targetDecimals": decimals,
    }

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Scales at their bounds, and sums of exponents at those of their type."""
        return ((15, convert_edge), (15, cross_edge), (5, sums))

    def states(self, call: Call, outcome: Outcome) -> Iterable[str]:
        """What a function came to: its error, or whether anything was left of the price."""
        ended = outcome.error or ("something" if outcome.values[0] else "nothing")
        code = f"({outcome.error_args[0]})" if outcome.error == "Panic" else ""
        yield f"{call.function}: {ended}{code}"
