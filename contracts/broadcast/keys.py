"""The deployer's key: where it may come from, and which keys are refused.

A key is read from the environment or an encrypted keystore and nowhere else. It is in no argument,
file, log or message, and child processes do not inherit it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weiproof.contracts.chains import CHAIN_ID, actor, is_actor
from weiproof.contracts.chains.recursion import same_recursion_limit

from .errors import KeyRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping
    from pathlib import Path

    from eth_account import Account

KEY_VARIABLE = "WEIPROOF_PRIVATE_KEY"
"""Environment variable that may hold the key, 64 hex digits."""
PASSWORD_VARIABLE = "WEIPROOF_KEYSTORE_PASSWORD"  # noqa: S105 (a name)
"""Environment variable that may hold the keystore's password."""
LOCAL_CHAINS = frozenset({1337, 31337, CHAIN_ID})
"""Chain ids on which keys that anybody knows may be used."""

DEVELOPMENT_ADDRESSES = frozenset(
    {
        "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
        "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
        "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc",
        "0x90f79bf6eb2c4f870365e785982e1f101e93b906",
        "0x15d34aaf54267db7d7c367839aaf71a00a2c6a65",
        "0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc",
        "0x976ea74026e726554db657fa54763abd0c3a0aa9",
        "0x14dc79964da2c08b23698b3d3cc7ca32193d9955",
        "0x23618e81e3f5cdf7f54c3d65f7fbc0abf5b21e8f",
        "0xa0ee7a142d267c1f36714e4a8f75612f20a79720",
        "0xbcd4042de499d14e55001ccbb24a551f3b954096",
        "0x71be63f3384f5fb98995898a86b02fb2426c5788",
        "0xfabb0ac9d68b0b445fb7357272ff202c5651694a",
        "0x1cbd3b2770909d4e10f157cabc84c7264073c9ec",
        "0xdf3e18d64bc6a983f673ab319ccae4f1a57c7097",
        "0xcd3b766ccdd6ae721141f452c550ca635964ce71",
        "0x2546bcd3c84621e976d8185a91a922ae77ecec30",
        "0xbda5747bfd65f08deb54cb465eb87d40e51b197e",
        "0xdd2fd4581271e230360230f9337d5c0430bf44c0",
        "0x8626f6940e2eb28930efb4cef49b2d1f2c9c1199",
    }
)
"""Accounts of the mnemonic that anvil and Hardhat start with; its words are public."""
_ACTORS = ("deployer", "admin", "matcher", "transmitter", "guardian", "alice", "bob", "maker")
_KEY = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
_KEYSTORE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Signer:
    """An account that signs; its key is shown nowhere."""

    address: str
    """Lower-case."""
    _key: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> Signer:
        """Make one of the 32 bytes of a key.

        :raises KeyRefused: where they are no key.
        """
        try:
            address = str(_accounts().from_key(key).address).lower()
        except Exception:  # noqa: BLE001 (whatever it says may repeat the key)
            raise KeyRefused("the key is not one: it is zero or too large") from None
        return cls(address, key)

    def sign(self, transaction: Mapping[str, Any]) -> tuple[str, bytes]:
        """Return hash and bytes of a signed transaction: always the same for the same fields."""
        signed = _accounts().sign_transaction(dict(transaction), self._key)
        return "0x" + bytes(signed.hash).hex(), bytes(signed.raw_transaction)


def load_signer(
    keystore: Path | None, environment: MutableMapping[str, str], ask: Callable[[], str]
) -> Signer:
    """Take the key from the keystore, or from :data:`KEY_VARIABLE` where none is given.

    Both variables are removed from ``environment``.

    :param ask: asks the user for the keystore's password.
    :raises KeyRefused: where there is no key, there are two, or it cannot be read.
    """
    text = environment.pop(KEY_VARIABLE, None)
    password = environment.pop(PASSWORD_VARIABLE, None)
    if keystore is not None:
        if text is not None:
            raise KeyRefused(f"two keys are given: --keystore and {KEY_VARIABLE}; keep one")
        return Signer.of(_decrypt(keystore, ask() if password is None else password))
    if text is None:
        raise KeyRefused(
            "sending needs a key: name an encrypted keystore with --keystore, or set"
            f" {KEY_VARIABLE}"
        )
    found = _KEY.fullmatch(text.strip())
    if found is None:
        raise KeyRefused(f"{KEY_VARIABLE} should hold 64 hex digits, with or without 0x")
    return Signer.of(bytes.fromhex(found[1]))


def refuse_known(address: str, what: str, chain_id: int) -> None:
    """Refuse an address whose key anybody knows, except on a local chain.

    :param what: whose address it is, as in "the key" or "roles.admin".
    :raises KeyRefused: saying which keys those are.
    """
    if chain_id in LOCAL_CHAINS:
        return
    if address in DEVELOPMENT_ADDRESSES:
        whose = "one of the development accounts of anvil and Hardhat"
    elif is_actor(address) or address in {actor(label) for label in _ACTORS}:
        whose = "one of Weiproof's own actors"
    else:
        return
    raise KeyRefused(
        f"{what} is {address}, {whose}: everybody has its key, and on the chain {chain_id}"
        " everybody could take what it controls; it may be used on a local chain only"
    )


def _accounts() -> Account:
    """What signs and decrypts; importing it must not lift the recursion limit."""
    with same_recursion_limit():
        from eth_account import Account
    return Account()


def _decrypt(keystore: Path, password: str) -> bytes:
    document = _keystore(keystore)
    if document is None:
        raise KeyRefused(
            f"{keystore} is no keystore: expected the JSON that geth, Foundry or clef write"
        )
    try:
        return bytes(_accounts().decrypt(document, password))
    except Exception:  # noqa: BLE001 (a damaged file fails in many ways)
        raise KeyRefused(
            f"{keystore} cannot be decrypted: the password is wrong, or the file is damaged"
        ) from None


def _keystore(file: Path) -> dict[str, Any] | None:
    """Read the JSON of a keystore; None where it is none."""
    with file.open("rb") as opened:
        raw = opened.read(_KEYSTORE_BYTES + 1)
    try:
        document = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    known = isinstance(document, dict) and not {"crypto", "Crypto"}.isdisjoint(document)
    return document if known else None
