"""Random bytecodes: every back end survives them, soon, and says the same."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from tests.contracts.random_codes import deploying, random_code
from weiproof.contracts.chains import (
    Chain,
    ChainError,
    ChainUnavailable,
    actor,
    open_chain,
)
from weiproof.engine.draws import Draws, Stream

CASES = 2_000 if os.environ.get("WEIPROOF_THOROUGH") else 200
GAS = 200_000
GENESIS = 1_722_816_000
SENDER = actor("sender")
SECONDS = 5
"""CPU time that a case may take on all chains; most take a hundredth of it."""


def opened() -> list[Chain]:
    """The quick back ends that are here, each with some Ether."""
    chains = []
    for name in ("pyevm", "revm"):
        try:
            chains.append(open_chain(name, genesis_time=GENESIS, transaction_gas=GAS))
        except ChainUnavailable as error:
            print(f"without {name}: {error.reason}")  # noqa: T201 (shown with -s, and on failure)
            continue
        chains[-1].fund(SENDER, 10**18)
    return chains


def outcome(chain: Chain, dice: Stream, at: int) -> Any:  # noqa: ANN401 (whatever there is to compare)
    """Everything that a random program's creation, transaction and call lead to."""
    code = random_code(dice)
    init_code = code if dice.chance(1, 4) else deploying(code)
    data, value = bytes(dice.below(70)), dice.choice((0, 0, 1, 10**6))
    try:
        made = chain.deploy(init_code, sender=SENDER, at=at, value=dice.choice((0, 0, 5)))
        sent = chain.send(made.address, data, sender=SENDER, at=at, value=value)
        called = chain.call(made.address, data, sender=SENDER, at=at)
    except ChainError as error:
        return type(error), str(error)
    state = [chain.storage(made.address, slot) for slot in range(3)]
    state += [chain.balance(SENDER), chain.balance(made.address), chain.nonce(SENDER)]
    return made.address, made.ok, made.output, sent.ok, sent.output, sent.logs, called, state


def test_random_codes_end_alike_everywhere() -> None:
    """No program raises anything but a ChainError, takes long, or ends otherwise elsewhere."""
    draws = Draws(20_240_805)
    chains, succeeded = opened(), 0
    for number in range(CASES):
        if number % 100 == 99:
            chains = opened()
        begun = time.process_time()
        first, *others = [
            outcome(chain, draws.stream(f"code {number}"), GENESIS + number) for chain in chains
        ]
        assert all(other == first for other in others), number
        assert time.process_time() - begun < SECONDS, number
        succeeded += first[3] is True
    assert succeeded > CASES // 5


LOOP = bytes.fromhex("5b600056")
GROW = bytes.fromhex("5b5a6020900352600056")
CALLS_ITSELF = bytes.fromhex("5b5f5f5f5f5f305af1600056")
CREATES_ITSELF = bytes.fromhex("5b3860006000393860006000f0600056")
MODEXP = bytes.fromhex("61ffff60005261ffff60205261ffff6040525f5f6201000060005f60055af1")


@pytest.mark.parametrize(
    "code",
    [LOOP, GROW, CALLS_ITSELF, CREATES_ITSELF, MODEXP],
    ids=["loop", "memory", "calls", "creations", "modexp"],
)
def test_gas_ends_everything(chain_name: str, code: bytes) -> None:
    """Endless loops, growth, recursion and dear precompiles end with the gas, and soon."""
    begun = time.process_time()
    chain = open_chain(chain_name, genesis_time=GENESIS, transaction_gas=GAS)
    made = chain.deploy(deploying(code), sender=SENDER, at=GENESIS)
    assert made.ok
    receipt = chain.send(made.address, b"", sender=SENDER, at=GENESIS)
    assert receipt.output == b""
    assert chain.call(made.address, b"", at=GENESIS) == (receipt.ok, b"")
    assert time.process_time() - begun < 4 * SECONDS


def test_too_much_creation_code_halts_before_the_ether_is_looked_at(chain: Chain) -> None:
    """CREATE and CREATE2 of more than 49,152 bytes stop the caller, rich or poor."""
    for opcode in ("f0", "f5"):
        for value in ("00", "09"):
            for size, ok in (("c000", True), ("c001", False)):
                code = bytes.fromhex(f"5f61{size}5f60{value}{opcode}60015500")
                made = chain.deploy(deploying(code), sender=SENDER, at=GENESIS)
                assert chain.send(made.address, b"", sender=SENDER, at=GENESIS).ok == ok


@pytest.mark.parametrize("name", ["pyevm", "eth-tester", "revm"])
def test_block_hashes_are_alike(name: str) -> None:
    """BLOCKHASH answers for the last 256 blocks, the same on every chain in this process."""
    try:
        chain = open_chain(name, genesis_time=GENESIS)
    except ChainUnavailable as error:
        pytest.skip(error.reason)
    code = bytes.fromhex("5f35405f5260205ff3")
    made = chain.deploy(deploying(code), sender=SENDER, at=GENESIS)
    ok, known = chain.call(made.address, (1).to_bytes(32, "big"), at=GENESIS)
    assert ok
    assert known.hex().startswith("c89efdaa54c0f20c")
    assert chain.call(made.address, (9).to_bytes(32, "big"), at=GENESIS) == (True, bytes(32))
