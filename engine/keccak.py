"""Keccak-256, the hash of the chain: for the rules whose outcome shows one."""

from __future__ import annotations


def keccak256(data: bytes) -> bytes:
    """The hash of some bytes."""
    from eth_hash.auto import keccak

    return bytes(keccak(data))
