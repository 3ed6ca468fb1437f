"""Ether, and the gas limit, on every back end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weiproof.contracts.chains import (
    MAX_FUNDS,
    MAX_INIT_CODE_BYTES,
    TRANSACTION_GAS,
    InsufficientFunds,
    Unminable,
    actor,
    open_chain,
)

from .test_chains import GENESIS, creating

if TYPE_CHECKING:
    from weiproof.contracts.chains import Chain

ALICE, BOB = actor("alice"), actor("bob")
NOBODY = "0x" + "5a" * 20
# returns CALLVALUE, SELFBALANCE and BALANCE(CALLER)
PURSE = bytes.fromhex("345f52476020523331604052" + "60605ff3")
REFUSE = bytes.fromhex("5f5ffd")
FOREVER = bytes.fromhex("5b5f56")


def words(output: bytes) -> tuple[int, ...]:
    """The words of return data."""
    return tuple(int.from_bytes(output[at : at + 32], "big") for at in range(0, len(output), 32))


def test_ether_moves_as_value(chain: Chain) -> None:
    """Contract and sender see what was sent, in transactions, calls and creations."""
    chain.fund(ALICE, 1000)
    purse = chain.deploy(creating(PURSE), sender=ALICE, at=GENESIS, value=7).address
    assert (chain.balance(ALICE), chain.balance(purse)) == (993, 7)
    sent = chain.send(purse, b"", sender=ALICE, at=GENESIS, value=20)
    assert words(sent.output) == (20, 27, 973)
    for _ in range(2):
        ok, output = chain.call(purse, b"", at=GENESIS, sender=ALICE, value=973)
        assert (ok, words(output)) == (True, (973, 1000, 0))
    chain.send(NOBODY, b"", sender=ALICE, at=GENESIS, value=973)
    assert [chain.balance(who) for who in (ALICE, purse, NOBODY)] == [0, 27, 973]


def test_failures_keep_the_ether(chain: Chain) -> None:
    """A refused call, an exceptional halt and a failed creation leave the value with the sender."""
    chain.fund(ALICE, 50)
    refuse = chain.deploy(creating(REFUSE), sender=ALICE, at=GENESIS).address
    halt = chain.deploy(creating(b"\xfe"), sender=ALICE, at=GENESIS).address
    for target in (refuse, halt):
        assert not chain.send(target, b"", sender=ALICE, at=GENESIS, value=50).ok
        assert not chain.call(target, b"", at=GENESIS, sender=ALICE, value=50)[0]
    broken = chain.deploy(REFUSE, sender=ALICE, at=GENESIS, value=50)
    assert not broken.ok
    assert (chain.balance(ALICE), chain.balance(broken.address)) == (50, 0)


def test_too_little_ether_is_no_transaction(chain: Chain) -> None:
    """Sending more than there is raises, in a call too, and uses neither nonce nor time."""
    chain.fund(ALICE, 5)
    with pytest.raises(InsufficientFunds, match="has 5 wei and cannot send 6") as caught:
        chain.send(BOB, b"", sender=ALICE, at=GENESIS + 9, value=6)
    assert (caught.value.sender, caught.value.value, caught.value.balance) == (ALICE, 6, 5)
    with pytest.raises(InsufficientFunds):
        chain.deploy(b"", sender=BOB, at=GENESIS + 9, value=1)
    with pytest.raises(InsufficientFunds):
        chain.call(BOB, b"", at=GENESIS, sender=NOBODY, value=2**256)
    with pytest.raises(ValueError, match="0 wei or more"):
        chain.send(BOB, b"", sender=ALICE, at=GENESIS, value=-1)
    assert chain.send(BOB, b"", sender=ALICE, at=GENESIS, value=5).ok
    assert (chain.nonce(ALICE), chain.nonce(BOB)) == (1, 0)


def test_funds_come_without_running_code(chain: Chain) -> None:
    """Anybody is given Ether, on top of what is there, a contract that refuses it too."""
    refuse = chain.deploy(creating(REFUSE), sender=ALICE, at=GENESIS).address
    for address in (refuse, NOBODY, "0x" + "00" * 19 + "04"):
        chain.fund(address, 3)
        chain.fund(address, MAX_FUNDS)
        chain.fund(address, 0)
        assert chain.balance(address) == 3 + MAX_FUNDS
    assert chain.code(refuse) == REFUSE
    assert chain.nonce(ALICE) == 1
    for wei in (-1, MAX_FUNDS + 1):
        with pytest.raises(ValueError, match="at once"):
            chain.fund(NOBODY, wei)


def test_a_gift_takes_a_block(chain: Chain) -> None:
    """The next block's number counts it, alike on every back end."""
    number = chain.deploy(creating(bytes.fromhex("435f5260205ff3")), sender=ALICE, at=GENESIS)
    first = chain.send(number.address, b"", sender=ALICE, at=GENESIS)
    chain.fund(BOB, 1)
    second = chain.send(number.address, b"", sender=ALICE, at=GENESIS)
    assert (words(first.output), words(second.output)) == ((2,), (4,))


def test_balances_are_in_snapshots(chain: Chain) -> None:
    """Gifts and transfers are undone by a revert, any number of times."""
    chain.fund(ALICE, 10)
    mark = chain.snapshot()
    for _ in range(3):
        chain.fund(ALICE, 90)
        chain.fund(NOBODY, 1)
        chain.deploy(creating(PURSE), sender=ALICE, at=GENESIS, value=5)
        chain.send(BOB, b"", sender=ALICE, at=GENESIS, value=60)
        assert [chain.balance(who) for who in (ALICE, BOB, NOBODY)] == [35, 60, 1]
        chain.revert(mark)
        assert [chain.balance(who) for who in (ALICE, BOB, NOBODY)] == [10, 0, 0]


def test_running_out_of_gas_is_a_failure_without_data(chain_name: str) -> None:
    """An endless loop ends at the limit that the chain was opened with, everywhere alike."""
    chain = open_chain(chain_name, genesis_time=GENESIS, transaction_gas=100_000)
    chain.fund(ALICE, 1)
    loop = chain.deploy(creating(FOREVER), sender=ALICE, at=GENESIS).address
    receipt = chain.send(loop, b"", sender=ALICE, at=GENESIS, value=1)
    assert (receipt.ok, receipt.output, receipt.gas) == (False, b"", 100_000)
    assert chain.call(loop, b"", at=GENESIS) == (False, b"")
    broken = chain.deploy(FOREVER, sender=ALICE, at=GENESIS)
    assert (broken.ok, broken.output) == (False, b"")
    assert chain.balance(ALICE) == 1


def test_what_no_block_may_contain_is_refused(chain_name: str) -> None:
    """Data dearer than the gas limit, or too much creation code, is no transaction."""
    chain = open_chain(chain_name, genesis_time=GENESIS, transaction_gas=54_000)
    assert chain.send(BOB, bytes([1]) * 2062, sender=ALICE, at=GENESIS).ok
    for refused in (bytes([1]) * 2063, bytes(8251)):
        with pytest.raises(Unminable, match="its gas limit is 54000"):
            chain.send(BOB, refused, sender=ALICE, at=GENESIS)
        with pytest.raises(Unminable):
            chain.call(BOB, refused, at=GENESIS)
    assert chain.deploy(bytes(242), sender=ALICE, at=GENESIS).ok
    with pytest.raises(Unminable, match="cost 54004 gas"):
        chain.deploy(bytes(243) + b"\x01", sender=ALICE, at=GENESIS)
    with pytest.raises(Unminable, match="49153 bytes"):
        chain.deploy(bytes(MAX_INIT_CODE_BYTES + 1), sender=ALICE, at=GENESIS)
    assert chain.nonce(ALICE) == 2


@pytest.mark.parametrize("gas", [20_999, TRANSACTION_GAS + 1, 0, -1])
def test_impossible_gas_limits_are_refused(gas: int) -> None:
    """A limit that no transaction can have is a mistake of the caller's."""
    with pytest.raises(ValueError, match="gas limit is 21000 to"):
        open_chain("pyevm", genesis_time=GENESIS, transaction_gas=gas)
