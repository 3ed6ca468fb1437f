"""What every back end promises, and what each does in its own way."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from weiproof.contracts.chains import (
    Chain,
    ChainError,
    ChainUnavailable,
    ClockError,
    UnknownSender,
    actor,
    actor_key,
    open_chain,
)
from weiproof.contracts.deployment import create_address

if TYPE_CHECKING:
    from weiproof.contracts.artifact_store import ArtifactStore

GENESIS = 1_722_816_000
ALICE = actor("alice")
# PUSH1 5, JUMPDEST, PUSH1 1, SWAP1, SUB, DUP1, PUSH1 2, JUMPI, STOP: 1 + 5 * 7 + 1 opcodes
LOOP = bytes.fromhex("60055b600190038060025700")
TIME = bytes.fromhex("425f5260205ff3")


def creating(code: bytes) -> bytes:
    """Creation code that returns ``code``: copy what follows the first ten bytes."""
    size = bytes([len(code)])
    return b"\x60" + size + b"\x60\x0a\x5f\x39\x60" + size + b"\x5f\xf3" + code


@pytest.mark.parametrize("sender", ["alice", "house", "0x" + "12" * 20, ALICE.upper()])
def test_only_actors_send(chain: Chain, sender: str) -> None:
    """A label, a contract's name or any other address is refused with an explanation."""
    with pytest.raises(UnknownSender, match=r"cannot send transactions.*actor\(label\)"):
        chain.send(ALICE, b"", sender=sender, at=GENESIS)
    with pytest.raises(UnknownSender):
        chain.deploy(b"", sender=sender, at=GENESIS)


def test_contract_cannot_send(chain: Chain) -> None:
    """The address of a deployed contract is no sender either."""
    contract = chain.deploy(creating(TIME), sender=ALICE, at=GENESIS).address
    with pytest.raises(UnknownSender):
        chain.send(contract, b"", sender=contract, at=GENESIS)


def test_time_never_runs_backwards(chain: Chain) -> None:
    """A block before genesis or before the last block is refused and changes nothing."""
    with pytest.raises(ClockError, match="before the last block's time"):
        chain.send(ALICE, b"", sender=ALICE, at=GENESIS - 1)
    chain.send(ALICE, b"", sender=ALICE, at=GENESIS + 7)
    with pytest.raises(ClockError):
        chain.send(ALICE, b"", sender=ALICE, at=GENESIS + 6)
    assert chain.nonce(ALICE) == 1


def test_calls_see_the_given_time(chain: Chain) -> None:
    """Transactions and static calls run at exactly the time asked for."""
    contract = chain.deploy(creating(TIME), sender=ALICE, at=GENESIS).address
    assert chain.code(contract) == TIME
    for at in (GENESIS, GENESIS, GENESIS + 1, GENESIS + 10**9):
        receipt = chain.send(contract, b"", sender=ALICE, at=at)
        assert int.from_bytes(receipt.output, "big") == at
        ok, output = chain.call(contract, b"", at=at + 99)
        assert (ok, int.from_bytes(output, "big")) == (True, at + 99)


def test_failed_transactions_use_a_nonce(chain: Chain) -> None:
    """Refused calls and creations are mined, so later addresses follow from the count."""
    broken = chain.deploy(b"\xfe", sender=ALICE, at=GENESIS)
    assert (broken.ok, broken.output) == (False, b"")
    assert broken.address == create_address(ALICE, 0)
    contract = chain.deploy(creating(b"\xfe"), sender=ALICE, at=GENESIS)
    assert contract.address == create_address(ALICE, 1)
    assert not chain.send(contract.address, b"", sender=ALICE, at=GENESIS).ok
    after = chain.deploy(creating(TIME), sender=ALICE, at=GENESIS)
    assert after.address == create_address(ALICE, 3)
    assert chain.nonce(ALICE) == 4


def test_calls_change_nothing(chain: Chain, store: ArtifactStore) -> None:
    """A call that writes shows its result and leaves storage and nonces as they were."""
    write = bytes.fromhex("5f54600101805f555f5260205ff3")  # storage[0] += 1, and return it
    contract = chain.deploy(creating(write), sender=ALICE, at=GENESIS).address
    for _ in range(2):
        assert chain.call(contract, b"", at=GENESIS, sender=ALICE) == (True, bytes(31) + b"\x01")
    assert chain.storage(contract, 0) == 0
    assert chain.nonce(ALICE) == 1
    assert store.names()


def test_unknown_snapshot_is_refused(chain: Chain) -> None:
    """A snapshot that was never taken, or is gone after an older revert, is refused."""
    older = chain.snapshot()
    newer = chain.snapshot()
    chain.revert(older)
    chain.revert(older)
    with pytest.raises(ChainError, match="no snapshot"):
        chain.revert(newer)


def test_revert_restores_time_and_nonce(chain: Chain) -> None:
    """After a revert, times up to the snapshot's are allowed again and addresses repeat."""
    mark = chain.snapshot()
    first = chain.deploy(creating(TIME), sender=ALICE, at=GENESIS + 50)
    chain.revert(mark)
    assert chain.code(first.address) == b""
    again = chain.deploy(creating(TIME), sender=ALICE, at=GENESIS)
    assert again.address == first.address


def test_pyevm_counts_opcodes() -> None:
    """A hand-counted loop adds its opcodes exactly, in transactions and in calls."""
    chain = open_chain("pyevm", genesis_time=GENESIS)
    contract = chain.deploy(creating(LOOP), sender=ALICE, at=GENESIS).address
    before = chain.opcodes
    assert before is not None
    chain.send(contract, b"", sender=ALICE, at=GENESIS)
    assert chain.opcodes == before + 37
    chain.call(contract, b"", at=GENESIS)
    assert chain.opcodes == before + 74


def test_two_chains_do_not_share_anything() -> None:
    """State and opcode count belong to one chain."""
    first = open_chain("pyevm", genesis_time=GENESIS)
    second = open_chain("pyevm", genesis_time=GENESIS)
    contract = first.deploy(creating(TIME), sender=ALICE, at=GENESIS).address
    assert second.code(contract) == b""
    assert second.opcodes == 0


def test_jump_into_push_data_is_refused() -> None:
    """0x5b inside the data of a PUSH is no jump destination."""
    chain = open_chain("pyevm", genesis_time=GENESIS)
    code = bytes.fromhex("600456605b00")
    contract = chain.deploy(creating(code), sender=ALICE, at=GENESIS).address
    assert not chain.send(contract, b"", sender=ALICE, at=GENESIS).ok


def test_library_classes_are_not_patched() -> None:
    """Opening a chain leaves py-evm's own classes as they are."""
    from eth.vm import computation
    from eth.vm.code_stream import CodeStream

    open_chain("pyevm", genesis_time=GENESIS)
    assert vars(computation)["CodeStream"] is CodeStream
    assert CodeStream.__init__.__module__ == "eth.vm.code_stream"


def test_missing_pyrevm_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pyrevm the reason names the extra and the Python versions."""
    monkeypatch.setitem(sys.modules, "pyrevm", None)
    with pytest.raises(ChainUnavailable, match="`fast`") as caught:
        open_chain("revm", genesis_time=GENESIS)
    assert "3.13" in caught.value.reason


def test_unknown_chain_is_refused() -> None:
    """The message lists the names that exist."""
    with pytest.raises(ValueError, match="pyevm, eth-tester, revm"):
        open_chain("geth", genesis_time=GENESIS)


def test_actors_are_deterministic() -> None:
    """Key and address follow from the label alone."""
    assert actor_key("alice").hex() == (
        "b4e1c7b12d71fe46b0f72f25f0cd9111bdb93d2ef740b27533752b2fcd13a499"
    )
    assert ALICE == "0x7a16ab05ab4d9bc1fc51edb56f66cae13949d023"


def test_import_is_light() -> None:
    """Importing the chains loads neither web3 nor py-evm nor pyrevm."""
    probe = (
        "import sys, weiproof.contracts.chains, weiproof.contracts.abi,"
        " weiproof.contracts.deployment;"
        "print({'eth', 'web3', 'eth_tester', 'pyrevm', 'eth_keys'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("name", ["pyevm", "eth-tester"])
def test_the_recursion_limit_stays(name: str) -> None:
    """Opening and using a chain leaves Python's recursion limit as it was."""
    limit = sys.getrecursionlimit()
    chain = open_chain(name, genesis_time=1)
    chain.deploy(b"\x00", sender=actor("limit"), at=1)
    chain.call(actor("limit"), b"", at=1)
    assert sys.getrecursionlimit() == limit
