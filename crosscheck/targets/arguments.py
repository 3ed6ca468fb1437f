"""Argument values by ABI type, for whatever no strategy was given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weiproof.contracts.chains import ZERO_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weiproof.engine.call import Value

    from .scene import Scene

MOST_ITEMS = 4
"""Longest dynamic array, and longest bytes in words, that is drawn."""

MOST_FIXED = 64
"""Longest fixed array that is drawn."""

_ARRAY = re.compile(r"(.*)\[(\d*)\]")
_TEXTS = ("", "a", "weiproof", "\u00e9", "x" * 33)


def draw(scene: Scene, parameter: Mapping[str, Any]) -> Value:
    """A value for one ABI parameter.

    Raises TypeError for a type that no value is known for.
    """
    kind = str(parameter["type"])
    array = array_of(kind)
    if array is not None:
        inner = {**parameter, "type": array[0]}
        count = scene.dice.between(0, MOST_ITEMS) if array[1] is None else array[1]
        return tuple(draw(scene, inner) for _ in range(count))
    if kind == "tuple":
        return tuple(draw(scene, each) for each in parameter["components"])
    return _elementary(scene, kind)


def array_of(kind: str) -> tuple[str, int | None] | None:
    """Element type and length of an array type, None for any length; None for other types.

    Raises TypeError for an array that is too long to be drawn.
    """
    array = _ARRAY.fullmatch(kind)
    if array is None:
        return None
    length = int(array[2]) if array[2] else None
    if length is not None and length > MOST_FIXED:
        raise TypeError(f"an array of {length} is more than is drawn: give a strategy for it")
    return array[1], length


def _elementary(scene: Scene, kind: str) -> Value:
    if kind == "address":
        contracts = tuple(scene.addresses.values())
        return scene.among(*scene.actors, *scene.actors, *contracts, ZERO_ADDRESS)
    if kind == "bool":
        return scene.one_in(2)
    if kind == "string":
        return scene.among(*_TEXTS)
    if kind == "bytes":
        return scene.dice.bits(256).to_bytes(32, "big")[: scene.dice.between(0, 32)]
    if kind.startswith("bytes"):
        size = int(kind.removeprefix("bytes"))
        return scene.among(bytes(size), scene.dice.bits(8 * size).to_bytes(size, "big"))
    if kind.startswith(("int", "uint")):
        return integer(scene, *bounds(kind))
    raise TypeError(f"no values are known for the ABI type {kind}: give a strategy for it")


def bounds(kind: str) -> tuple[int, int]:
    """Smallest and largest value of an integer type."""
    bits = int(kind.removeprefix("u").removeprefix("int"))
    return (0, (1 << bits) - 1) if kind[0] == "u" else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def integer(scene: Scene, low: int, high: int) -> int:
    """An integer within bounds: at an edge of them, small, round, of any size, or met before."""
    way = scene.dice.below(100)
    if way < _EDGE:
        value = scene.among(low, high, 0, 1, 2, high - 1)
    elif way < _SEEN and scene.seen:
        return near(scene, scene.dice.choice(tuple(scene.seen)), low, high)
    elif way < _ROUND:
        value = scene.dice.between(1, 9999) * 10 ** scene.dice.below(28)
    elif way < _SMALL:
        value = scene.dice.below(300)
    else:
        value = scene.dice.bits(scene.dice.between(1, max(high.bit_length(), 1)))
    return _within(-value if low < 0 and scene.one_in(2) else value, low, high)


_EDGE, _SEEN, _ROUND, _SMALL = 10, 40, 65, 80
"""Of a hundred draws: below the first an edge, then one met before, a round one, a small one."""


def near(scene: Scene, value: int, low: int, high: int) -> int:
    """A value itself, or one beside it, its half, double, opposite, or a share of it."""
    part = value * scene.dice.between(1, 99) // 100
    near_by = scene.among(value, value, value + 1, value - 1, value // 2, value * 2, -value, part)
    return _within(near_by, low, high)


def _within(value: int, low: int, high: int) -> int:
    return min(max(value, low), high)
