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

MOST_DRAWN = 256
"""Most values that are drawn for the items of one array, those of arrays in it included."""

FUNCTION_BYTES = 24
"""Address and selector, as the ABI type ``function`` has them."""

_ARRAY = re.compile(r"(.*)\[(\d*)\]")
_TEXTS = ("", "a", "weiproof", "\u00e9", "x" * 33)


def draw(scene: Scene, parameter: Mapping[str, Any], most: int = MOST_DRAWN) -> Value:
    """A value for one ABI parameter.

    Of an array that is longer or deeper than `most` values allow, the first items are drawn, and
    the others are zero.
    """
    array = array_of(str(parameter["type"]))
    if array is not None:
        return _items(scene, {**parameter, "type": array[0]}, array[1], most)
    if parameter["type"] == "tuple":
        return tuple(draw(scene, each, most) for each in parameter["components"])
    return _elementary(scene, str(parameter["type"]))


def _items(
    scene: Scene, inner: Mapping[str, Any], length: int | None, most: int
) -> tuple[Value, ...]:
    if length is None:
        length = scene.dice.between(0, MOST_ITEMS) if most else 0
    drawn = min(length, most)
    left = most // max(length, 1)
    values = tuple(draw(scene, inner, left) for _ in range(drawn))
    return values + (zero(inner),) * (length - drawn)


def zero(parameter: Mapping[str, Any]) -> Value:
    """The value that Solidity gives what was never written."""
    kind = str(parameter["type"])
    array = array_of(kind)
    if array is not None:
        return (zero({**parameter, "type": array[0]}),) * (array[1] or 0)
    if kind == "tuple":
        return tuple(map(zero, parameter["components"]))
    if kind.startswith(("int", "uint")):
        return 0
    plain: Mapping[str, Value] = {"address": ZERO_ADDRESS, "bool": False, "string": ""}
    return plain[kind] if kind in plain else bytes(bytes_in(kind) or 0)


def array_of(kind: str) -> tuple[str, int | None] | None:
    """Element type and length of an array type, None for any length; None for other types."""
    array = _ARRAY.fullmatch(kind)
    return None if array is None else (array[1], int(array[2]) if array[2] else None)


def bytes_in(kind: str) -> int | None:
    """Length of a type of bytes; None where it may have any."""
    if kind == "function":
        return FUNCTION_BYTES
    size = kind.removeprefix("bytes")
    return int(size) if size else None


def _elementary(scene: Scene, kind: str) -> Value:
    if kind == "address":
        contracts = tuple(scene.addresses.values())
        return scene.among(*scene.actors, *scene.actors, *contracts, ZERO_ADDRESS)
    if kind == "bool":
        return scene.one_in(2)
    if kind == "string":
        return scene.among(*_TEXTS)
    if kind.startswith(("int", "uint")):
        return integer(scene, *bounds(kind))
    size = bytes_in(kind)
    if size is None:
        return scene.dice.bits(256).to_bytes(32, "big")[: scene.dice.between(0, 32)]
    return scene.among(bytes(size), scene.dice.bits(8 * size).to_bytes(size, "big"))


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
