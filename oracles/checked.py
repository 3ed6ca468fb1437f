"""Widths of signed and unsigned words: checked as Solidity 0.8 does, wrapped as it does before."""

from __future__ import annotations

from weiproof.engine.errors import Panic
from weiproof.engine.fixed_point import MAX_INT256, OVERFLOW


def int256(x: int) -> int:
    """X as the result of checked signed arithmetic; panics with 0x11 where it does not fit."""
    if not -MAX_INT256 - 1 <= x <= MAX_INT256:
        raise Panic(OVERFLOW)
    return x


def wrapped_int(x: int, bits: int) -> int:
    """X cut to its lowest bits and read as a two's complement number."""
    half = 1 << bits - 1
    return (x + half) % (1 << bits) - half
