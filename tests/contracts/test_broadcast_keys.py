"""Where a key may come from, which keys are refused, and that none is ever shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from weiproof.contracts.broadcast.errors import KeyRefused
from weiproof.contracts.broadcast.keys import (
    DEVELOPMENT_ADDRESSES,
    KEY_VARIABLE,
    LOCAL_CHAINS,
    PASSWORD_VARIABLE,
    Signer,
    load_signer,
    refuse_known,
)
from weiproof.contracts.chains import CHAIN_ID, actor, actor_key
from weiproof.contracts.chains.recursion import same_recursion_limit

with same_recursion_limit():
    from eth_account import Account

if TYPE_CHECKING:
    from pathlib import Path

KEY = bytes(range(1, 33))
ADDRESS = str(Account.from_key(KEY).address).lower()
MNEMONIC = "test test test test test test test test test test test junk"


def never() -> str:
    """No password is asked for here."""
    pytest.fail("a password was asked for")


@pytest.fixture
def keystore(tmp_path: Path) -> Path:
    """An encrypted keystore with few rounds."""
    file = tmp_path / "key.json"
    encrypted = Account.encrypt(KEY, "open sesame", kdf="pbkdf2", iterations=2)
    file.write_text(json.dumps(encrypted))
    return file


@pytest.mark.parametrize("text", [KEY.hex(), "0x" + KEY.hex().upper(), f" {KEY.hex()}\n"])
def test_the_environment_gives_a_key(text: str) -> None:
    """With or without 0x; afterwards no child process can inherit it."""
    environment = {KEY_VARIABLE: text, PASSWORD_VARIABLE: "secret", "HOME": "/"}
    assert load_signer(None, environment, never).address == ADDRESS
    assert environment == {"HOME": "/"}


def test_a_keystore_gives_a_key(keystore: Path) -> None:
    """With the password from the environment, or from the user."""
    environment = {PASSWORD_VARIABLE: "open sesame"}
    assert load_signer(keystore, environment, never).address == ADDRESS
    assert load_signer(keystore, {}, lambda: "open sesame").address == ADDRESS


@pytest.mark.parametrize(
    "text", ["", "12", "0x" + "g" * 64, "00" * 32, "ff" * 32, KEY.hex() + "00"]
)
def test_what_is_no_key_is_refused_unrepeated(text: str) -> None:
    """Too short, too long, zero, beyond the curve: told, without the text."""
    with pytest.raises(KeyRefused) as caught:
        load_signer(None, {KEY_VARIABLE: text}, never)
    assert not text or text not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_no_key_and_two_keys_are_refused(keystore: Path) -> None:
    """The message names both ways to give one."""
    with pytest.raises(KeyRefused, match=f"--keystore, or set {KEY_VARIABLE}"):
        load_signer(None, {}, never)
    with pytest.raises(KeyRefused, match="two keys"):
        load_signer(keystore, {KEY_VARIABLE: KEY.hex()}, never)


def test_a_wrong_password_is_told(keystore: Path) -> None:
    """The password is not repeated."""
    with pytest.raises(KeyRefused, match="the password is wrong") as caught:
        load_signer(keystore, {}, lambda: "hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[1]",
        b"\xff",
        b"[" * 60_000,
        b'{"crypto": 3}',
        b'{"crypto": {}}',
        b" " * 70_000,
    ],
)
def test_what_is_no_keystore_is_told(tmp_path: Path, content: bytes) -> None:
    """Anything but a keystore ends in one message that names the file."""
    file = tmp_path / "key.json"
    file.write_bytes(content)
    with pytest.raises(KeyRefused, match=r"key\.json (is no keystore|cannot be decrypted)"):
        load_signer(file, {}, lambda: "")


def test_a_signer_shows_no_key() -> None:
    """Neither its text nor its error messages hold the key."""
    signer = Signer.of(KEY)
    assert KEY.hex() not in repr(signer)
    assert repr(KEY) not in repr(signer)
    assert ADDRESS in repr(signer)


def test_a_signature_is_always_the_same() -> None:
    """The same fields lead to the same bytes, which is why resuming sends nothing new."""
    fields = {
        "type": 2, "chainId": 5, "nonce": 1, "gas": 21_000, "maxFeePerGas": 3,
        "maxPriorityFeePerGas": 2, "value": 1, "data": "0x", "accessList": [],
    }  # fmt: skip
    assert Signer.of(KEY).sign(fields) == Signer.of(KEY).sign(fields)
    assert Signer.of(KEY).sign(fields) != Signer.of(KEY).sign({**fields, "nonce": 2})


def test_the_development_accounts_are_those_of_the_mnemonic() -> None:
    """All twenty, the ten of anvil among them."""
    Account.enable_unaudited_hdwallet_features()
    derived = {
        str(Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{n}").address).lower()
        for n in range(20)
    }
    assert derived == DEVELOPMENT_ADDRESSES


@pytest.mark.parametrize("chain_id", [1, 10, 11_155_111, 0, 31_338])
def test_known_keys_are_refused_where_others_can_see(chain_id: int) -> None:
    """Development accounts and our actors, even those that nobody asked for yet."""
    ours = Signer.of(actor_key("matcher")).address
    for address in (*sorted(DEVELOPMENT_ADDRESSES), ours, actor("anybody")):
        with pytest.raises(KeyRefused, match="everybody has its key"):
            refuse_known(address, "the key's address", chain_id)
    refuse_known(ADDRESS, "the key's address", chain_id)


@pytest.mark.parametrize("chain_id", [31_337, 1_337, CHAIN_ID])
def test_known_keys_may_be_used_locally(chain_id: int) -> None:
    """On a local chain they are what one wants."""
    assert chain_id in LOCAL_CHAINS
    refuse_known(min(DEVELOPMENT_ADDRESSES), "the key's address", chain_id)
    refuse_known(actor("deployer"), "the key's address", chain_id)
