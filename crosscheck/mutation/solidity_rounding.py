"""The other rounding direction of a call, found by the called function's name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeAlias

    Node: TypeAlias = Mapping[str, Any]

TURNED = (
    ("Up", "Down"),
    ("Down", "Up"),
    ("Ceil", "Floor"),
    ("Floor", "Ceil"),
    ("ceil", "floor"),
    ("floor", "ceil"),
)
"""Parts of names that say a direction, and the opposite."""

QUOTIENT = 2
"""A quotient has two operands, a product over a denominator three."""


def directions_of(
    call: Node, name: str, text: Callable[[Node], bytes], known: Mapping[int, Node]
) -> Iterator[tuple[bytes, bool]]:
    """What is put in place of a rounding call: a name, or (True) a whole expression.

    The function of the opposite name where its library has one, else the quotient as Solidity
    rounds it, else the result moved by one unit in the other direction.
    """
    # A name is read in words: `Up` in `mulDivUp`, not in `Update`.
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    for word, opposite in TURNED:
        if word not in words:
            continue
        other = name.replace(word, opposite)
        arguments = call["arguments"]
        if other in _beside(call, known):
            yield other.encode(), False
        elif len(arguments) == QUOTIENT and ("div" in words or "Div" in words):
            above, below = (text(argument) for argument in arguments)
            signed = _type(call).startswith("int") and _type(arguments[1]).startswith("uint")
            divisor = b"int256(%s)" if signed else b"(%s)"
            yield b"((%s) / %s)" % (above, divisor % below), True
        else:
            step = b"-" if word in ("Up", "Ceil", "ceil") else b"+"
            yield b"(%s %s 1)" % (text(call), step), True
        return


def _beside(call: Node, known: Mapping[int, Node]) -> frozenset[str]:
    """Names of the functions that stand in one contract with the called one."""
    called = known.get(call["expression"].get("referencedDeclaration", -1))
    home = known.get(called["scope"]) if called else None
    if home is None or "nodes" not in home:
        return frozenset()
    return frozenset(node["name"] for node in home["nodes"] if node.get("name"))


def _type(node: Node) -> str:
    return str((node.get("typeDescriptions") or {}).get("typeString") or "")
