"""Who signed a package: ECDSA over secp256k1 as the EVM's precompile recovers it."""

from __future__ import annotations

from functools import lru_cache

from weiproof.engine.contract import ZERO_ADDRESS

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
HALF_CURVE_ORDER = CURVE_ORDER >> 1
RECOVERY_IDS = (27, 28)


@lru_cache(maxsize=4096)
def recovered(digest: bytes, v: int, r: int, s: int) -> str:
    """Address of whoever signed a digest; the zero address where nobody can have, as Solidity's.

    Nobody can where v is neither 27 nor 28, where r or s is outside of 1 to the curve's order less
    1, where r is no point's coordinate, and where the key would be the point at infinity.
    """
    from eth_keys.datatypes import Signature
    from eth_keys.exceptions import BadSignature

    if v not in RECOVERY_IDS or not (0 < r < CURVE_ORDER and 0 < s < CURVE_ORDER):
        return ZERO_ADDRESS
    try:
        key = Signature(vrs=(v - 27, r, s)).recover_public_key_from_msg_hash(digest)
    except BadSignature:
        return ZERO_ADDRESS
    return str(key.to_address())


def is_canonical(v: int, s: int) -> bool:
    """Whether a signature has the one form that is valid: v is 27 or 28, s in the lower half."""
    return v in RECOVERY_IDS and s <= HALF_CURVE_ORDER


@lru_cache(maxsize=4096)
def signature(digest: bytes, key: bytes) -> bytes:
    """A key's canonical signature of a digest: r and s in 32 bytes each, v in one."""
    from eth_keys.datatypes import PrivateKey

    v, r, s = PrivateKey(key).sign_msg_hash(digest).vrs
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((27 + v,))


def address_of(key: bytes) -> str:
    """Address of a private key."""
    from eth_keys.datatypes import PrivateKey

    return str(PrivateKey(key).public_key.to_address())
