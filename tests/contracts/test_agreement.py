# ruff: noqa: ANN401 (arguments and values are any that an ABI has)
"""One call sequence, every back end, the same outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts.abi import Interface
from weiproof.contracts.chains import CHAIN_NAMES, ChainUnavailable, actor, open_chain
from weiproof.contracts.deployment import Plan, Ref, Step, deploy

if TYPE_CHECKING:
    from weiproof.contracts.artifact_store import ArtifactStore
    from weiproof.contracts.chains import Chain
    from weiproof.contracts.deployment import AddressBook

GENESIS = 1_722_816_000
ALICE, BOB, DEPLOYER = actor("alice"), actor("bob"), actor("deployer")
POSITION = (-(2**127), ALICE, b"tag!")


def plan_of(store: ArtifactStore) -> Plan:
    """Vault (with its library) and Caller, each knowing the other's address in advance."""
    steps = [
        Step("vault", store.load("Vault"), (ALICE,)),
        Step("caller", store.load("Caller"), (Ref("vault"),)),
        Step("other", store.load("Vault"), (Ref("caller"),)),
    ]
    return Plan.with_libraries(steps, store)


@dataclass
class Transcript:
    """Runs calls on one chain and writes down every outcome."""

    chain: Chain
    store: ArtifactStore
    at: int
    lines: list[Any] = field(default_factory=list)
    gas: list[int] = field(default_factory=list)
    book: AddressBook = field(init=False)

    def __post_init__(self) -> None:
        """Deploy the contracts."""
        names = ("Vault", "Caller", "Scale")
        self.interfaces = {
            "vault": self._interface("Vault", names),
            "other": self._interface("Vault", names),
            "caller": self._interface("Caller", names),
        }
        self.book = deploy(self.chain, plan_of(self.store), DEPLOYER, at=self.at)
        self.lines.append(dict(self.book))

    def _interface(self, name: str, others: tuple[str, ...]) -> Interface:
        return Interface.of(
            self.store.load(name).abi, also=[self.store.load(other).abi for other in others]
        )

    def data(self, target: str, function: str, *args: Any) -> bytes:
        """Encode a call."""
        return self.interfaces[target].encode_call(function, args)

    def send(self, target: str, function: str, *args: Any, sender: str = ALICE) -> Any:
        """Send, note the outcome in full, and return the values or the error."""
        interface = self.interfaces[target]
        receipt = self.chain.send(
            self.book[target], self.data(target, function, *args), sender=sender, at=self.at
        )
        outcome = self._decode(interface, function, receipt.ok, receipt.output)
        events = [
            (self.book.label_of(log.address), interface.decode_event(log.topics, log.data))
            for log in receipt.logs
        ]
        self.lines.append((self.at, function, receipt.ok, outcome, events, receipt.output))
        self.gas.append(receipt.gas)
        return outcome

    def call(self, target: str, function: str, *args: Any) -> Any:
        """Call, note the outcome, and return the values or the error."""
        ok, output = self.chain.call(
            self.book[target], self.data(target, function, *args), at=self.at, sender=BOB
        )
        outcome = self._decode(self.interfaces[target], function, ok, output)
        self.lines.append(("call", self.at, function, ok, outcome, output))
        return outcome

    def note_state(self) -> None:
        """Note nonces, storage and code."""
        self.lines.append(
            [self.chain.nonce(who) for who in (ALICE, BOB, DEPLOYER)]
            + [self.chain.storage(self.book["vault"], slot) for slot in range(3)]
            + [self.chain.code(self.book[label]) for label in self.book]
        )

    @staticmethod
    def _decode(interface: Interface, function: str, ok: bool, output: bytes) -> Any:
        if ok:
            return interface.decode_result(function, output)
        return interface.decode_error(output)


def play(chain: Chain, store: ArtifactStore, at: int) -> Transcript:
    """Play the whole script."""
    script = Transcript(chain, store, at)
    _events_and_errors(script)
    _time(script)
    _contract_to_contract(script)
    _snapshots(script)
    _creations(script)
    script.note_state()
    return script


def _events_and_errors(script: Transcript) -> None:
    script.send("vault", "record", POSITION, "first")
    script.send("vault", "record", (0, BOB, bytes(4)), "refused", sender=BOB)
    script.send("vault", "record", (2**127 - 1, BOB, bytes(4)), "")
    script.call("vault", "stored", 0)
    script.send("vault", "name", "indexed text", bytes(range(70)))
    script.send("vault", "clear", sender=BOB)
    script.send("vault", "divide", 0)
    script.send("vault", "check", False)
    script.send("vault", "nothing", False)
    script.send("vault", "halt")
    script.send("vault", "add(uint256)", 5)
    script.send("vault", "add(uint256)", 2**256 - 1)
    script.send("vault", "add(uint256,uint256)", 7, 3)
    script.send("vault", "scale", 1000)
    script.send("vault", "scale", 1001)
    script.call("vault", "half")
    script.note_state()


def _time(script: Transcript) -> None:
    for step in (0, 0, 1, 3600, 0, 86_400 * 365):
        script.at += step
        script.send("vault", "tick", sender=BOB)
        script.call("vault", "environment")
        script.send("vault", "environment")


def _contract_to_contract(script: Transcript) -> None:
    record = script.data("vault", "record", POSITION, "by a contract")
    refused = script.data("vault", "clear")
    enter = script.data("vault", "enter", script.book["vault"], script.data("vault", "tick"))
    script.send("caller", "forward", POSITION, "forwarded")
    script.send("caller", "forward", (0, ALICE, b"none"), "bubbles up")
    script.send("caller", "attempt", record)
    script.send("caller", "attempt", refused)
    script.send("caller", "wrap", refused)
    script.send("caller", "wrap", enter)
    script.send("vault", "enter", script.book["vault"], record)
    script.send("vault", "enter", script.book["vault"], script.data("vault", "tick"))
    script.send("other", "enter", script.book["vault"], record)
    script.note_state()


def _snapshots(script: Transcript) -> None:
    outer = script.chain.snapshot()
    script.send("vault", "tick")
    inner = script.chain.snapshot()
    script.at += 10
    for _ in range(2):
        script.send("vault", "add(uint256)", 100)
        script.send("caller", "attempt", b"\x12\x34\x56\x78")
        script.note_state()
        script.chain.revert(inner)
        script.note_state()
    script.chain.revert(outer)
    script.note_state()
    script.send("vault", "tick")
    script.chain.revert(outer)
    script.at -= 10
    script.send("vault", "add(uint256)", 1)


def _creations(script: Transcript) -> None:
    script.send("caller", "create", ALICE)
    script.send("caller", "create", BOB)
    sized = script.store.load("Sized")
    constructor = Interface.of(sized.abi)
    for size in (24_576, 24_577, 1, 0):
        code = sized.init_code() + constructor.encode_constructor((size,))
        receipt = script.chain.deploy(code, sender=BOB, at=script.at)
        script.lines.append((size, receipt.address, receipt.ok, receipt.output))
    vault = script.store.load("Vault")
    libraries = {"Scale": script.book["Scale"]}
    zero = Interface.of(vault.abi).encode_constructor(("0x" + "00" * 20,))
    receipt = script.chain.deploy(vault.init_code(libraries) + zero, sender=BOB, at=script.at)
    script.lines.append((receipt.address, receipt.ok, receipt.output))


@pytest.fixture(scope="module")
def reference(store: ArtifactStore) -> Transcript:
    """The script as py-evm at message level answers it."""
    return play(open_chain("pyevm", genesis_time=GENESIS), store, GENESIS)


@pytest.mark.parametrize("name", CHAIN_NAMES[1:])
def test_all_chains_answer_alike(name: str, reference: Transcript, store: ArtifactStore) -> None:
    """Return data, revert data, typed errors, events, nonces, storage and code are all equal."""
    try:
        chain = open_chain(name, genesis_time=GENESIS)
    except ChainUnavailable as error:
        pytest.skip(error.reason)
    played = play(chain, store, GENESIS)
    own_randomness = name == "anvil"
    for line, expected in zip(played.lines, reference.lines, strict=True):
        if own_randomness and isinstance(line, tuple) and line[1] == "environment":
            assert without_randomness(line) == without_randomness(expected)
        else:
            assert line == expected


def without_randomness(line: Any) -> Any:
    """The outcome of `environment` without PREVRANDAO: no node lets it be chosen for a block."""
    at, function, ok, (numbers, addresses), events, output = line
    assert output[192:224] == numbers[-1].to_bytes(32, "big")
    return at, function, ok, numbers[:-1], addresses, events, output[:192], output[224:]


def test_gas_equals_the_full_transaction_path(reference: Transcript, store: ArtifactStore) -> None:
    """The message level charges what a real transaction costs, to the unit."""
    played = play(open_chain("eth-tester", genesis_time=GENESIS), store, GENESIS)
    assert played.gas == reference.gas


def test_gas_equals_a_nodes(reference: Transcript, store: ArtifactStore) -> None:
    """Another EVM charges the same, to the unit."""
    try:
        chain = open_chain("anvil", genesis_time=GENESIS)
    except ChainUnavailable as error:
        pytest.skip(error.reason)
    assert play(chain, store, GENESIS).gas == reference.gas


def test_script_reaches_what_it_is_for(reference: Transcript) -> None:
    """The script really contains each kind of outcome, so that agreement means something."""
    text = repr(reference.lines)
    for part in (
        "NotOwner", "Locked", "BadPosition", "ScaleTooLarge", "Wrapped", "Panic", "Error",
        "Recorded", "Stored", "Named", "Ticked", "Scaled", "Called",
    ):  # fmt: skip
        assert f"('{part}', (" in text
    assert "('', ())" in text
