"""Targets: anybody's contracts, with a model of theirs to check them against.

Everything that a target's file needs is here.
"""

from __future__ import annotations

from weiproof.contracts.deployment import Encoded, Ref
from weiproof.engine.call import Call

from .scene import Scene
from .state import Array, Mapping, Struct
from .target import Deploy, Send, Target
from .twin import (
    Twin,
    int24,
    int64,
    int128,
    int256,
    overload,
    uint8,
    uint16,
    uint24,
    uint32,
    uint64,
    uint96,
    uint112,
    uint128,
    uint160,
    uint256,
)

__all__ = [
    "Array",
    "Call",
    "Deploy",
    "Encoded",
    "Mapping",
    "Ref",
    "Scene",
    "Send",
    "Struct",
    "Target",
    "Twin",
    "int24",
    "int64",
    "int128",
    "int256",
    "overload",
    "uint8",
    "uint16",
    "uint24",
    "uint32",
    "uint64",
    "uint96",
    "uint112",
    "uint128",
    "uint160",
    "uint256",
]
