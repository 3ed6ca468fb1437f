"""A broadcast to a real node, killed everywhere, and resumed without sending anything twice."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts.broadcast import record as records
from weiproof.contracts.broadcast.errors import (
    BroadcastError,
    CodeDiffers,
    NonceTaken,
    RecordDamaged,
    RecordForeign,
    TransactionReverted,
    Unconfirmed,
    Unsendable,
)
from weiproof.contracts.broadcast.intention import Setup, intend
from weiproof.contracts.broadcast.keys import Signer
from weiproof.contracts.broadcast.node import GWEI, Node
from weiproof.contracts.broadcast.sending import Broadcast, send_all, start_nonce
from weiproof.contracts.broadcast.verification import verify_codes
from weiproof.contracts.chains import actor, open_chain
from weiproof.contracts.chains.rpc_client import RpcClient
from weiproof.contracts.chains.rpc_errors import RpcError
from weiproof.contracts.deployment import deploy, predict_addresses

from .automining import LOCAL, Killed, MortalNode, ask, automining, sent_by
from .test_deployment import plan_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weiproof.contracts.artifact_store import ArtifactStore
    from weiproof.contracts.broadcast.intention import Intention

SETUP = (Setup("vault", "add(uint256)", (5,)), Setup("vault", "scale", (3,), "three"))
COUNT = 5
"""Transactions of a whole broadcast: library, two contracts, two calls."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A node for all tests of this module; each uses an account of its own."""
    with automining() as found:
        yield found


@dataclass
class Deployer:
    """Somebody who deploys and can be killed, with the record on the disk."""

    endpoint: str
    signer: Signer
    store: ArtifactStore
    path: Path
    first_nonce: int = 0
    nodes: list[Node] = field(default_factory=list)

    def intention(self, setup: tuple[Setup, ...] = SETUP) -> Intention:
        """Library, vault, caller and two calls."""
        return intend(plan_of(self.store), self.signer.address, self.first_nonce, setup)

    def go(self, node: Node | None = None, **options: Any) -> records.Record:  # noqa: ANN401
        """Begin, or go on with the record that is there."""
        intention = options.pop("intention", None) or self.intention()
        node = node or self.node()
        if self.path.exists():
            record = records.read(self.path)
            records.check_same(record, intention, node.chain_id())
        else:
            record = records.new_record(intention, node.chain_id(), 1_722_816_000_000, None)
        settings: dict[str, Any] = {"patience": 5, **options}
        broadcast = Broadcast(node, self.signer, intention, record, self.path, **settings)
        send_all(broadcast, lambda *_: None)
        return record

    def node(self) -> Node:
        """A connection of its own."""
        self.nodes.append(Node(RpcClient(self.endpoint)))
        return self.nodes[-1]

    def mortal(self, moment: str = "never", number: int = 0) -> MortalNode:
        """A connection at which the deployer is killed."""
        node = MortalNode(RpcClient(self.endpoint), moment, number)
        self.nodes.append(node)
        return node

    def close(self) -> None:
        """Close all connections."""
        for node in self.nodes:
            node.close()


@pytest.fixture
def deployer(
    endpoint: str, store: ArtifactStore, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Deployer]:
    """A fresh account with Ether."""
    from eth_hash.auto import keccak

    signer = Signer.of(keccak(request.node.nodeid.encode()))
    ask(endpoint, "anvil_setBalance", signer.address, hex(10**20))
    path = records.record_path(tmp_path, "deploy.toml", LOCAL)
    with contextlib.closing(Deployer(endpoint, signer, store, path)) as made:
        yield made


def check_complete(deployer: Deployer) -> None:
    """Everything was mined exactly once, under the hashes that the record has."""
    record = records.read(deployer.path)
    assert record.finished
    assert sent_by(deployer.endpoint, deployer.signer.address) == COUNT
    for number, entry in enumerate(record.entries):
        assert entry.hash is not None
        mined = ask(deployer.endpoint, "eth_getTransactionByHash", entry.hash)
        assert (mined["from"], int(mined["nonce"], 16)) == (deployer.signer.address, number)


def test_everything_is_created_and_called(deployer: Deployer) -> None:
    """Without interruption all is mined where it was predicted, with the code of a local run."""
    deployer.go()
    check_complete(deployer)
    plan = plan_of(deployer.store)
    chain = open_chain("pyevm", genesis_time=0)
    here = deploy(chain, plan, actor("deployer"), at=0)
    codes = {label: chain.code(address) for label, address in here.items()}
    there = predict_addresses(deployer.signer.address, plan)
    hashes = verify_codes(deployer.node(), codes, here, there)
    assert list(hashes) == ["Scale", "vault", "caller"]
    assert (
        int(ask(deployer.endpoint, "eth_getStorageAt", there["vault"], "0x1", "latest"), 16) == 15
    )


@pytest.mark.parametrize("number", range(1, COUNT + 1))
@pytest.mark.parametrize("moment", ["before", "after", "seen"])
def test_a_kill_anywhere_is_survived(deployer: Deployer, moment: str, number: int) -> None:
    """Killed before or after any transaction, or at its receipt: resuming sends the rest once."""
    with pytest.raises(Killed):
        deployer.go(deployer.mortal(moment, number))
    written = records.read(deployer.path).entries[number - 1].hash
    second = deployer.mortal()
    deployer.go(second)
    check_complete(deployer)
    assert records.read(deployer.path).entries[number - 1].hash == written
    again = COUNT - number + (moment == "before")
    assert len(second.sent) == again


@pytest.mark.parametrize("number", range(1, 2 * COUNT + 1))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_around_any_writing_is_survived(
    deployer: Deployer, monkeypatch: pytest.MonkeyPatch, moment: str, number: int
) -> None:
    """Killed before or after any of the record's versions is on the disk: nothing is sent twice."""
    write, left = records.write, [number]

    def dying(record: records.Record, path: Path) -> None:
        left[0] -= 1
        if left[0] == 0 and moment == "before":
            raise Killed
        write(record, path)
        if left[0] == 0:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(records, "write", dying)
        with pytest.raises(Killed):
            deployer.go()
    deployer.go()
    check_complete(deployer)


def test_a_kill_while_resuming_is_survived(deployer: Deployer) -> None:
    """Killed again and again, each time after one more transaction, it still ends complete."""
    for _ in range(COUNT):
        with contextlib.suppress(Killed):
            deployer.go(deployer.mortal("after", 1))
    deployer.go()
    check_complete(deployer)


def test_resuming_what_is_complete_sends_nothing(deployer: Deployer) -> None:
    """The node is asked for receipts, and the record stays the same."""
    deployer.go()
    before = deployer.path.read_bytes()
    node = deployer.mortal()
    deployer.go(node)
    assert (node.sent, deployer.path.read_bytes()) == ([], before)


def other_transaction(deployer: Deployer) -> None:
    """The account sends something else with its next nonce."""
    ask(deployer.endpoint, "anvil_impersonateAccount", deployer.signer.address)
    to = "0x" + "11" * 20
    ask(deployer.endpoint, "eth_sendTransaction", {"from": deployer.signer.address, "to": to})


@pytest.mark.parametrize("moment", ["before", "seen"])
def test_a_nonce_used_by_something_else_is_told(deployer: Deployer, moment: str) -> None:
    """Where another transaction took a place, signed already or not, nothing more is sent."""
    with pytest.raises(Killed):
        deployer.go(deployer.mortal(moment, 2))
    other_transaction(deployer)
    with pytest.raises(NonceTaken, match="already used it for another transaction"):
        deployer.go()
    assert sent_by(deployer.endpoint, deployer.signer.address) == (2 if moment == "before" else 3)


def test_a_chain_that_was_set_back_is_told(deployer: Deployer) -> None:
    """A node that lost our first transactions is no place to go on, but to begin again."""
    snapshot = ask(deployer.endpoint, "evm_snapshot")
    with pytest.raises(Killed):
        deployer.go(deployer.mortal("seen", 3))
    ask(deployer.endpoint, "evm_revert", snapshot)
    deployer.go()
    check_complete(deployer)


def test_a_call_that_would_fail_is_not_sent(deployer: Deployer) -> None:
    """The revert is named before anything leaves, and the nonce is not used."""
    intention = deployer.intention((Setup("vault", "scale", (2_000,), "much"),))
    with pytest.raises(Unsendable, match=r"calling vault\.scale for much would fail"):
        deployer.go(intention=intention)
    assert sent_by(deployer.endpoint, deployer.signer.address) == 3
    assert records.read(deployer.path).entries[3].hash is None


def test_a_transaction_that_fails_in_the_end_is_told(
    deployer: Deployer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mined and reverted: told at once and whenever it is resumed, and nothing follows."""
    intention = deployer.intention((Setup("vault", "scale", (2_000,)), *SETUP))
    with monkeypatch.context() as patched:
        patched.setattr(Node, "estimate", lambda *_: 3_000_000)
        for _ in range(2):
            with pytest.raises(TransactionReverted, match=r"vault\.scale was mined and failed"):
                deployer.go(intention=intention)
    assert sent_by(deployer.endpoint, deployer.signer.address) == 4
    assert not records.read(deployer.path).finished


def test_an_account_without_ether_is_told(deployer: Deployer) -> None:
    """The node's refusal is told; with Ether the same record is resumed."""
    ask(deployer.endpoint, "anvil_setBalance", deployer.signer.address, hex(10**6))
    with pytest.raises((BroadcastError, RpcError), match=r"(?i)insufficient funds"):
        deployer.go()
    ask(deployer.endpoint, "anvil_setBalance", deployer.signer.address, hex(10**20))
    deployer.go()
    check_complete(deployer)


def test_the_fee_is_capped(deployer: Deployer) -> None:
    """No transaction offers more than the cap; below the present fee nothing is signed."""
    ask(deployer.endpoint, "anvil_setNextBlockBaseFeePerGas", hex(8 * GWEI))
    ask(deployer.endpoint, "anvil_mine", "0x1")
    with pytest.raises(Unsendable, match="8 gwei now, more than --max-fee allows"):
        deployer.go(max_fee=7 * GWEI)
    assert not deployer.path.exists()
    deployer.go(max_fee=9 * GWEI)
    offered = {entry.most for entry in records.read(deployer.path).entries}
    assert max(fee for fee in offered if fee is not None) <= 9 * GWEI


@contextlib.contextmanager
def not_mining(store: ArtifactStore, folder: Path) -> Iterator[Deployer]:
    """Somebody who deploys at a node that mines when it is told to."""
    signer = Signer.of(b"\x07" * 32)
    with automining("--no-mining") as endpoint:
        ask(endpoint, "anvil_setBalance", signer.address, hex(10**20))
        made = Deployer(endpoint, signer, store, folder / "run-latest.json")
        with contextlib.closing(made) as deployer:
            yield deployer


def test_waiting_transactions_forbid_to_begin(store: ArtifactStore, tmp_path: Path) -> None:
    """An account whose transactions wait could get between ours; and waiting has an end."""
    with not_mining(store, tmp_path) as deployer:
        endpoint, signer = deployer.endpoint, deployer.signer
        assert start_nonce(deployer.node(), signer.address) == 0
        with pytest.raises(Unconfirmed, match="go on with --resume"):
            deployer.go(patience=0.2)
        with pytest.raises(Unsendable, match="1 transactions that are not mined yet"):
            start_nonce(deployer.node(), signer.address)
        ask(endpoint, "evm_setAutomine", True)
        ask(endpoint, "anvil_mine", "0x1")
        deployer.go()
        check_complete(deployer)


def test_what_offers_too_little_is_replaced(store: ArtifactStore, tmp_path: Path) -> None:
    """After the fees rose, resuming offers more in the same place; one of the two is mined."""
    with not_mining(store, tmp_path) as deployer:
        endpoint = deployer.endpoint
        with pytest.raises(Unconfirmed):
            deployer.go(patience=0.2)
        cheap = records.read(deployer.path).entries[0]
        ask(endpoint, "anvil_setNextBlockBaseFeePerGas", hex(50 * GWEI))
        ask(endpoint, "anvil_mine", "0x1")
        with pytest.raises(Unsendable, match="--max-fee"):
            deployer.go(max_fee=GWEI)
        ask(endpoint, "evm_setAutomine", True)
        deployer.go()
        check_complete(deployer)
        dear = records.read(deployer.path).entries[0]
        assert (dear.replaced, dear.nonce) == ([cheap.hash], cheap.nonce)
        assert cheap.most is not None
        assert dear.most is not None
        assert dear.most > cheap.most


def killed_midway(deployer: Deployer) -> dict[str, Any]:
    """The record of a broadcast that was killed after its second transaction was sent."""
    with pytest.raises(Killed):
        deployer.go(deployer.mortal("after", 2))
    document: dict[str, Any] = json.loads(deployer.path.read_text())
    return document


@pytest.mark.parametrize("key", ["gas", "maxFeePerGas", "maxPriorityFeePerGas"])
def test_a_record_changed_by_hand_is_not_signed(deployer: Deployer, key: str) -> None:
    """What makes another hash than the recorded one is damage; nothing is sent."""
    with pytest.raises(Killed):
        deployer.go(deployer.mortal("before", 2))
    document = json.loads(deployer.path.read_text())
    transaction = document["transactions"][1]["transaction"]
    transaction[key] = hex(int(transaction[key], 16) + 10**10)
    deployer.path.write_text(json.dumps(document))
    with pytest.raises(RecordDamaged, match="changed by hand"):
        deployer.go()
    assert sent_by(deployer.endpoint, deployer.signer.address) == 1


def test_other_parameters_keys_and_chains_are_refused(deployer: Deployer) -> None:
    """Resuming with anything else than what was begun is refused, saying what differs."""
    killed_midway(deployer)
    record, path = records.read(deployer.path), deployer.path

    def refused(words: str, intention: Intention, chain_id: int = LOCAL) -> None:
        with pytest.raises(RecordForeign, match=words):
            records.check_same(record, intention, chain_id)

    same = deployer.intention()
    records.check_same(record, same, LOCAL)
    refused("serves chain 1", same, 1)
    refused("other arguments", deployer.intention((Setup("vault", "add(uint256)", (6,)), SETUP[1])))
    refused("has 5 transactions, the deployment has 4", deployer.intention(SETUP[:1]))
    other = replace(same.transactions[1], data=same.transactions[1].data + b"\0")
    changed = (same.transactions[0], other, *same.transactions[2:])
    refused(r"transaction 2 \(creating vault\) .* other code", replace(same, transactions=changed))
    refused("another sender", intend(plan_of(deployer.store), actor("bob"), 0, SETUP))
    deployer.first_nonce = 1
    refused("nonce, value or address", deployer.intention())
    assert path.exists()


def test_other_code_at_an_address_is_told(deployer: Deployer) -> None:
    """Code that is missing, longer or different is a difference, with its place."""
    deployer.go()
    address = deployer.intention().transactions[0].address
    code = deployer.node().code(address)
    for found, words in (
        (code[:-1], f"has {len(code)} bytes, due are {len(code) - 1}"),
        (code[:7] + bytes([code[7] ^ 1]) + code[8:], "from byte 7 on"),
    ):
        with pytest.raises(CodeDiffers, match=words):
            verify_codes(deployer.node(), {"it": found}, {}, {"it": address})
    with pytest.raises(CodeDiffers, match="there is no code"):
        verify_codes(deployer.node(), {"it": code}, {}, {"it": "0x" + "22" * 20})


def test_every_error_is_a_broadcast_error() -> None:
    """One root for all that stops a broadcast."""
    kinds = (CodeDiffers, NonceTaken, RecordDamaged, RecordForeign, Unconfirmed, Unsendable)
    assert all(issubclass(kind, BroadcastError) for kind in kinds)
