"""What lies at the addresses in the end, against what the same creations led to elsewhere.

Code differs from place to place only in addresses: libraries that are linked, a library's own
address, immutables that hold another contract. So the code that a local chain has, with its
addresses replaced by the node's, is the code that the node must have, byte for byte.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .errors import CodeDiffers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .node import Node


def relocated(code: bytes, moves: Mapping[str, str]) -> bytes:
    """Replace addresses in a contract's code.

    :param moves: old address to new one, lower-case ``0x`` text.
    """
    by_bytes = {bytes.fromhex(old[2:]): bytes.fromhex(new[2:]) for old, new in moves.items()}
    if not by_bytes:
        return code
    pattern = re.compile(b"|".join(map(re.escape, by_bytes)), re.DOTALL)
    return pattern.sub(lambda match: by_bytes[match[0]], code)


def verify_codes(
    node: Node, codes: Mapping[str, bytes], here: Mapping[str, str], there: Mapping[str, str]
) -> dict[str, str]:
    """Compare the code at each address with the local one.

    :param codes: label to the code on the local chain.
    :param here: label to address on the local chain; ``there`` on the node.
    :return: label to keccak256 of the code, as ``0x`` text.
    :raises CodeDiffers: at the first difference.
    """
    from eth_hash.auto import keccak

    moves = {here[label]: there[label] for label in here}
    hashes = {}
    for label, code in codes.items():
        expected, found = relocated(code, moves), node.code(there[label])
        if found != expected:
            raise CodeDiffers(f"{label} at {there[label]}: {_difference(expected, found)}")
        hashes[label] = "0x" + keccak(found).hex()
    return hashes


def _difference(expected: bytes, found: bytes) -> str:
    if not found:
        return "there is no code"
    if len(found) != len(expected):
        return f"the code has {len(found)} bytes, due are {len(expected)}"
    place = next(
        i for i, (left, right) in enumerate(zip(expected, found, strict=True)) if left != right
    )
    return f"the code differs from byte {place} on"
