"""Externally owned accounts with known keys: ``actor("alice")`` is the same address everywhere.

The keys are derived from public labels: they are worthless as secrets and for local chains only.
"""

from __future__ import annotations

from functools import cache

_KEYS: dict[str, bytes] = {}
_LABELS: dict[str, str] = {}


@cache
def actor_key(label: str) -> bytes:
    """Private key of an actor: ``keccak256("weiproof actor " + label)``."""
    from eth_hash.auto import keccak

    return keccak(b"weiproof actor " + label.encode())


@cache
def actor(label: str) -> str:
    """Address of an actor, lower-case; from then on it may send transactions on every chain."""
    from eth_keys import keys  # type: ignore[attr-defined]  # a re-export without __all__

    key = actor_key(label)
    address = "0x" + keys.PrivateKey(key).public_key.to_canonical_address().hex()
    _KEYS[address] = key
    _LABELS[address] = label
    return address


def is_actor(address: str) -> bool:
    """Tell whether ``address`` was returned by :func:`actor` in this process."""
    return address in _KEYS


def label_of(address: str) -> str | None:
    """Label of an address returned by :func:`actor` in this process; None for any other."""
    return _LABELS.get(address)


def key_of(address: str) -> bytes:
    """Private key of an address returned by :func:`actor`; ``KeyError`` for any other."""
    return _KEYS[address]
