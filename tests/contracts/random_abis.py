"""Random ABIs, values and damage, for the tests of what must survive any of them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weiproof.engine.draws import Stream

JUNK: tuple[Any, ...] = (
    None, True, -1, 2**300, 0.5, "", "x", "tuple", "tuple[", "()", "(uint8", "uint8)", "uint",
    "uint7", "uint008", "uint256[0]", "uint256[99999999]", "uint8[4294967296]", "string[65537]",
    "uint8" + "[]" * 500, "(" * 500 + ")" * 500, "[" * 1000, "uint8" + "[2]" * 40, "fixed128x18",
    "mapping(a=>b)", "uint٨", "bytes33", "\ud800", "\x00", "a" * 200_000, [], {}, [[]],
    {"type": "uint256"}, {"type": "tuple", "components": [{"type": "tuple", "components": []}]},
    {"type": "tuple"},
)  # fmt: skip
"""What stands where something else should."""


def nested_tuple(levels: int) -> dict[str, Any]:
    """A parameter of tuples in tuples."""
    parameter: dict[str, Any] = {"type": "uint256"}
    for _ in range(levels):
        parameter = {"type": "tuple", "components": [parameter]}
    return parameter


def random_abi(dice: Stream) -> list[Any]:
    """A few entries that a compiler might write."""
    return [_entry(dice, number) for number in range(dice.between(1, 4))]


def _entry(dice: Stream, number: int) -> dict[str, Any]:
    kind = dice.choice(("function", "function", "event", "error", "constructor"))
    entry: dict[str, Any] = {"type": kind, "name": f"{kind[0]}{dice.below(3)}{number}"}
    inputs = entry["inputs"] = [_parameter(dice, 0) for _ in range(dice.below(4))]
    if kind == "function":
        entry["outputs"] = [_parameter(dice, 0) for _ in range(dice.below(3))]
        entry["stateMutability"] = dice.choice(("view", "payable", "nonpayable"))
    if kind == "event":
        for position, item in enumerate(inputs):
            item["indexed"] = position < 3 and dice.chance(1, 2)
    return entry


def _parameter(dice: Stream, level: int) -> dict[str, Any]:
    suffix = "".join(
        dice.choice(("[]", f"[{dice.between(1, 3)}]")) for _ in range(dice.choice((0, 0, 0, 1, 2)))
    )
    name = dice.choice(("", "a", "value"))
    if level < 3 and dice.chance(1, 4):
        parts = [_parameter(dice, level + 1) for _ in range(dice.between(1, 3))]
        return {"name": name, "type": f"tuple{suffix}", "components": parts}
    size = dice.between(1, 32)
    base = dice.choice(
        (f"uint{8 * size}", f"int{8 * size}", f"bytes{size}", "bool", "address", "bytes", "string",
         "function")
    )  # fmt: skip
    return {"name": name, "type": base + suffix}


def random_value(dice: Stream, kind: str) -> Any:  # noqa: ANN401 (any ABI value)
    """A value of a canonical type."""
    if kind.endswith("]"):
        element, _, count = kind[:-1].rpartition("[")
        return tuple(random_value(dice, element) for _ in range(int(count or dice.below(4))))
    if kind.startswith("("):
        return tuple(random_value(dice, part) for part in _parts(kind[1:-1]))
    if kind.startswith(("uint", "int")):
        bits = int(kind.lstrip("uint"))
        value = dice.choice((0, 1, dice.bits(bits), 2**bits - 1))
        return value - 2 ** (bits - 1) if kind.startswith("int") else value
    simple = {
        "bool": dice.chance(1, 2),
        "address": f"0x{dice.bits(160):040x}",
        "string": "é" * dice.below(40),
        "bytes": bytes(dice.below(70)),
        "function": dice.bits(192).to_bytes(24, "big"),
    }
    return simple[kind] if kind in simple else bytes(int(kind.removeprefix("bytes")))


def _parts(inner: str) -> list[str]:
    parts, depth = [""], 0
    for character in inner:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts if inner else []


def damaged(dice: Stream, document: Any) -> Any:  # noqa: ANN401 (any JSON)
    """A copy in which something, anywhere, is missing or something else."""
    document = [copy.deepcopy(document)]
    inner: Any = document
    while True:
        keys = tuple(inner) if isinstance(inner, dict) else tuple(range(len(inner)))
        key = dice.choice(keys)
        if isinstance(inner[key], (dict, list)) and inner[key] and dice.chance(4, 5):
            inner = inner[key]
            continue
        if dice.chance(1, 5) and inner is not document:
            del inner[key]
        else:
            inner[key] = nested_tuple(100) if dice.chance(1, 30) else dice.choice(JUNK)
        return document[0]


def damaged_bytes(dice: Stream, data: bytes) -> bytes:
    """Bytes with words replaced by offsets, counts and noise, or cut off."""
    words = bytearray(data)
    for _ in range(dice.between(1, 3)):
        if len(words) >= 32:
            at = 32 * dice.below(len(words) // 32)
            word = dice.choice((0, 32, 64, len(data), 2**255, 2**256 - 1, dice.bits(256)))
            words[at : at + 32] = word.to_bytes(32, "big")
    return bytes(words[: dice.below(len(words) + 1)] if dice.chance(1, 4) else words)
