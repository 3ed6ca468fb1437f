"""A dev node as a chain: taken over, given back, and never believed when it contradicts itself."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts.chains import (
    CHAIN_NAMES,
    ChainError,
    ChainUnavailable,
    ClockError,
    UnknownSender,
    actor,
    open_chain,
    shown_name,
)
from weiproof.contracts.chains.anvil import VARIABLE, find_anvil
from weiproof.contracts.chains.rpc_errors import BadAnswer, Inconsistent, Unreachable

from .nodes import ToyNode, answer, http, http_server
from .test_chains import TIME, creating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weiproof.contracts.chains import Chain

GENESIS = 1_722_816_000
ALICE, BOB = actor("alice"), actor("bob")


@contextmanager
def opened(node: ToyNode) -> Iterator[Chain]:
    """A chain on a toy node."""
    with http_server(node.serve) as url:
        yield open_chain(f"rpc:{url}", genesis_time=GENESIS)


def test_each_transaction_is_asked_for_once_and_alone() -> None:
    """Send, mine, look at the block, fetch one receipt and one trace; the node is given back."""
    node = ToyNode(GENESIS)
    with opened(node) as chain:
        chain.send(BOB, b"", sender=ALICE, at=GENESIS)
        node.asked.clear()
        receipt = chain.send(BOB, b"", sender=ALICE, at=GENESIS)
        assert (receipt.ok, receipt.output, receipt.gas) == (True, b"", 21_000)
        assert node.asked == [
            "eth_sendTransaction", "evm_mine", "eth_getBlockByNumber",
            "eth_getTransactionReceipt", "debug_traceTransaction",
        ]  # fmt: skip
        node.asked.clear()
        del chain
        assert node.asked == ["evm_revert", "evm_setAutomine"]


def test_what_the_books_refuse_reaches_no_node() -> None:
    """A wrong sender or time is refused as on every chain, and the chain goes on."""
    node = ToyNode(GENESIS)
    with opened(node) as chain:
        node.asked.clear()
        with pytest.raises(UnknownSender):
            chain.send(BOB, b"", sender="alice", at=GENESIS)
        with pytest.raises(ClockError):
            chain.send(BOB, b"", sender=ALICE, at=GENESIS - 1)
        assert node.asked == []
        assert chain.send(BOB, b"", sender=ALICE, at=GENESIS).ok


def changed(key: str, value: object) -> Callable[[Any], Any]:
    """Change one field of an answer."""
    return lambda answered: {**answered, key: value}


OTHER = "0x" + "ab" * 32
LOG = {"address": BOB, "topics": [], "data": "0x", "transactionHash": "", "blockHash": ""}
BLOCK, RECEIPT, TRACE = (
    "eth_getBlockByNumber",
    "eth_getTransactionReceipt",
    "debug_traceTransaction",
)
LIES: list[tuple[str, Callable[[Any], Any], type[ChainError], str]] = [
    (BLOCK, lambda _: None, Inconsistent, "does not know the block"),
    (BLOCK, changed("parentHash", OTHER), Inconsistent, "does not follow our last one"),
    (BLOCK, changed("number", "0x0"), Inconsistent, "does not follow our last one"),
    (BLOCK, changed("timestamp", hex(GENESIS + 6)), Inconsistent, "time is"),
    (BLOCK, changed("transactions", []), Inconsistent, "our transaction alone"),
    (BLOCK, changed("transactions", [OTHER, OTHER]), Inconsistent, "our transaction alone"),
    (BLOCK, changed("hash", "0x12"), BadAnswer, "a hash of 32 bytes"),
    (BLOCK, lambda _: {}, BadAnswer, "missing 'number'"),
    (RECEIPT, lambda _: None, Inconsistent, "has no receipt"),
    (RECEIPT, changed("blockHash", OTHER), Inconsistent, "no longer canonical"),
    (RECEIPT, changed("transactionHash", OTHER), BadAnswer, "another transaction"),
    (RECEIPT, changed("status", "0x2"), BadAnswer, "status is 0 or 1"),
    (RECEIPT, changed("status", "0x0"), Inconsistent, "trace and receipt disagree"),
    (RECEIPT, changed("status", True), BadAnswer, "expected a 0x quantity"),
    (RECEIPT, changed("logs", {}), BadAnswer, "expected an array"),
    (
        RECEIPT,
        changed("logs", [{**LOG, "transactionHash": OTHER, "blockHash": OTHER}]),
        BadAnswer,
        "a log of another transaction",
    ),
    (TRACE, changed("type", "CREATE"), BadAnswer, "a trace of something else"),
    (TRACE, changed("from", BOB), BadAnswer, "a trace of something else"),
    (TRACE, changed("error", "execution reverted"), Inconsistent, "trace and receipt disagree"),
    (TRACE, changed("error", {"a": 1}), BadAnswer, "expected a text"),
    (TRACE, changed("output", "0x123"), BadAnswer, "expected 0x data"),
    (TRACE, lambda _: [], BadAnswer, "expected an object"),
    ("eth_sendTransaction", lambda _: "0x12", BadAnswer, "a hash of 32 bytes"),
    ("eth_getTransactionCount", lambda _: "0x3", Inconsistent, "restart it"),
]


@pytest.mark.parametrize(("method", "lie", "kind", "said"), LIES)
def test_a_lie_is_never_a_result(
    method: str, lie: Callable[[Any], Any], kind: type[ChainError], said: str
) -> None:
    """Stale heads, reorganised blocks and wrong receipts end the chain, with method and node."""
    node = ToyNode(GENESIS)
    with opened(node) as chain:
        honest = node.methods[method]
        node.methods[method] = lambda *params: lie(honest(*params))
        with pytest.raises(kind, match=said) as caught:
            chain.send(BOB, b"", sender=ALICE, at=GENESIS + 5)
        assert " at http://127.0.0.1:" in str(caught.value)
        node.methods[method] = honest
        for further in (
            lambda: chain.send(BOB, b"", sender=ALICE, at=GENESIS + 5),
            lambda: chain.call(BOB, b"", at=GENESIS),
            lambda: chain.storage(BOB, 0),
            chain.snapshot,
        ):
            with pytest.raises(Inconsistent, match="cannot be used any more"):
                further()


def test_a_reorganisation_between_calls_is_found() -> None:
    """A last block that another replaced is found by the next transaction."""
    node = ToyNode(GENESIS)
    with opened(node) as chain:
        chain.send(BOB, b"", sender=ALICE, at=GENESIS)
        node.blocks[-1]["hash"] = OTHER
        with pytest.raises(Inconsistent, match="does not follow our last one"):
            chain.send(BOB, b"", sender=ALICE, at=GENESIS)


def test_somebody_elses_block_is_found() -> None:
    """A node that mines by itself, or for somebody else, cannot be used."""
    node = ToyNode(GENESIS)
    with opened(node) as chain:
        node.mine(GENESIS)
        with pytest.raises(Inconsistent, match="our transaction alone"):
            chain.send(BOB, b"", sender=ALICE, at=GENESIS)


@pytest.mark.parametrize(
    ("method", "result", "said"),
    [
        ("evm_revert", False, "has forgotten a snapshot"),
        ("evm_revert", None, "expected true or false"),
        ("evm_snapshot", {}, "expected a 0x quantity"),
        (BLOCK, None, "does not know the block"),
    ],
)
def test_a_revert_that_did_not_happen_is_found(method: str, result: object, said: str) -> None:
    """The last block must be the snapshot's again."""
    node = ToyNode(GENESIS)
    with opened(node) as chain:
        mark = chain.snapshot()
        honest = node.methods[method]
        node.methods[method] = lambda *_: result
        with pytest.raises(ChainError, match=said):
            chain.revert(mark)
        node.methods[method] = honest
        with pytest.raises(Inconsistent, match="cannot be used any more"):
            chain.balance(ALICE)


def test_a_revert_to_another_block_is_found() -> None:
    """This toy never goes back, and says that it did."""
    with opened(ToyNode(GENESIS)) as chain:
        mark = chain.snapshot()
        chain.send(BOB, b"", sender=ALICE, at=GENESIS)
        with pytest.raises(Inconsistent, match="not the snapshot's"):
            chain.revert(mark)


def test_a_failed_reading_does_no_harm() -> None:
    """Nothing was under way: the next question may be answered better."""
    node = ToyNode(GENESIS)
    with opened(node) as chain:
        node.methods["eth_getStorageAt"] = lambda *_: "0x0"
        with pytest.raises(BadAnswer, match="expected 0x data"):
            chain.storage(BOB, 0)
        node.methods["eth_getStorageAt"] = lambda *_: "0x" + "00" * 31 + "07"
        assert chain.storage(BOB, 0) == 7


def test_a_node_that_ignores_a_calls_time_is_refused() -> None:
    """A node without block overrides would answer at its own time: it cannot be used."""
    node = ToyNode(GENESIS)
    node.methods["debug_traceCall"] = lambda *_: {
        "type": "CREATE",
        "from": "0x" + "00" * 20,
        "output": "0x" + "00" * 64,
    }
    with pytest.raises(ChainUnavailable, match="at a given time"), opened(node):
        pass


def test_a_node_that_is_no_dev_node_is_refused() -> None:
    """The reason names the method that is missing and how to start a node that has it."""

    def behave(connection: Any, question: dict[str, Any]) -> None:  # noqa: ANN401 - a socket
        error = {"code": -32_601, "message": "the method does not exist"}
        connection.sendall(http(answer(question, error=error)))

    with http_server(behave) as url, pytest.raises(ChainUnavailable, match="anvil --hardfork"):
        open_chain(f"rpc:{url}", genesis_time=GENESIS)
    with pytest.raises(Unreachable):
        open_chain(f"rpc:{url}", genesis_time=GENESIS)


# NAMES


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        *((name, name) for name in CHAIN_NAMES),
        ("rpc:http://user:pw@host:85/key?k=1", "rpc:http://host:85/..."),
        ("rpc:/tmp/node.ipc", "rpc:/tmp/node.ipc"),
        ("anvil:fork=https://user:pw@host/v3/key@17", "anvil:fork=https://host/...@17"),
    ],
)
def test_names_are_shown_without_secrets(name: str, shown: str) -> None:
    """What is printed or written holds no credentials."""
    assert shown_name(name) == shown


@pytest.mark.parametrize(
    "name",
    ["", "geth", "rpc:", "rpc:ws://host", "anvil:", "anvil:fork=", "anvil:fork=http://host",
     "anvil:fork=http://user:pw@host", "anvil:fork=/node.ipc@5", "anvil:fork=http://@5"],
)  # fmt: skip
def test_other_names_are_refused(name: str) -> None:
    """A fork needs its block, a node its URL or path."""
    with pytest.raises(ValueError, match=r"expected|is anvil:fork=URL@BLOCK|node"):
        shown_name(name)
    with pytest.raises(ValueError, match=r"expected|is anvil:fork=URL@BLOCK|node"):
        open_chain(name, genesis_time=GENESIS)


# ANVIL


@pytest.fixture
def anvil() -> str:
    """The program; skips where there is none."""
    try:
        return str(find_anvil())
    except ChainUnavailable as error:
        pytest.skip(error.reason)


def test_a_missing_anvil_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The reason says where it is looked for."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ChainUnavailable, match=VARIABLE):
        open_chain("anvil", genesis_time=GENESIS)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(ChainUnavailable, match="which is no program"):
        open_chain("anvil", genesis_time=GENESIS)


@pytest.mark.skipif(os.name == "nt", reason="needs a shell script")
def test_an_anvil_that_ends_at_once_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its last words are told, made fit for a terminal."""
    program = tmp_path / "anvil"
    program.write_text("#!/bin/sh\nprintf 'unknown \\033[31margument\\n' >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(program))
    with pytest.raises(ChainUnavailable, match="exit code 3: unknown \N{REPLACEMENT CHARACTER}"):
        open_chain("anvil", genesis_time=GENESIS)


@pytest.mark.usefixtures("anvil")
def test_a_child_ends_with_its_chain_and_with_python() -> None:
    """No process and no folder is left, whether the chain is forgotten or Python ends."""
    script = (
        "from weiproof.contracts.chains import open_chain\n"
        "import gc, os\n"
        "for _ in range(2):\n"
        "    chain = open_chain('anvil', genesis_time=1)\n"
        "    child = chain._end.peek()[1].__self__\n"
        "    print(child._process.pid, child._folder)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    children = [line.split() for line in done.stdout.splitlines()]
    assert len(children) == 2
    assert done.stderr == ""
    for pid, folder in children:
        assert not Path(folder).exists()
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


@contextmanager
def running(program: str, ipc: Path, port: int = 0) -> Iterator[None]:
    """An anvil with its own settings, as somebody starts it by hand."""
    process = subprocess.Popen(
        [program, "--port", str(port), "--host", "127.0.0.1", "--ipc", str(ipc), "--quiet"],
        stdin=subprocess.DEVNULL,
        cwd=ipc.parent,
    )
    try:
        while not listens(ipc):
            assert process.poll() is None
            time.sleep(0.01)
        yield
    finally:
        process.terminate()
        process.wait()


def listens(ipc: Path) -> bool:
    """Tell whether a connection to the socket succeeds."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(ipc)) == 0


@pytest.mark.parametrize("genesis_time", [GENESIS, 4_000_000_000], ids=["past", "future"])
def test_somebodys_anvil_is_taken_over_and_given_back(
    anvil: str, tmp_path: Path, genesis_time: int
) -> None:
    """With a head at the wall clock and a base fee, times are exact; again and again."""
    ipc = tmp_path / "node.ipc"
    with running(anvil, ipc):
        for _ in range(2):
            chain = open_chain(f"rpc:{ipc}", genesis_time=genesis_time)
            contract = chain.deploy(creating(TIME), sender=ALICE, at=genesis_time).address
            mark = chain.snapshot()
            for at in (genesis_time, genesis_time, genesis_time + 7):
                sent = chain.send(contract, b"", sender=ALICE, at=at)
                assert int.from_bytes(sent.output, "big") == at
            chain.revert(mark)
            assert chain.send(contract, b"", sender=ALICE, at=genesis_time).ok
            assert int.from_bytes(chain.call(contract, b"", at=5)[1], "big") == 5
            del chain


def test_a_fork_begins_with_the_others_state(anvil: str, tmp_path: Path) -> None:
    """Code of the forked block is there; times before it, and blocks not there, are refused."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    later = 4_000_000_000
    with running(anvil, tmp_path / "node.ipc", port):
        other = open_chain(f"rpc:{url}", genesis_time=later)
        contract = other.deploy(creating(TIME), sender=BOB, at=later).address
        fork = open_chain(f"anvil:fork={url}@2", genesis_time=later)
        assert fork.code(contract) == TIME
        sent = fork.send(contract, b"", sender=ALICE, at=later + 9)
        assert int.from_bytes(sent.output, "big") == later + 9
        with pytest.raises(ChainUnavailable, match="fork an earlier block, or begin later"):
            open_chain(f"anvil:fork={url}@2", genesis_time=GENESIS)
        with pytest.raises(ChainUnavailable, match=r"check that http://127\.0\.0\.1:\d+ has block"):
            open_chain(f"anvil:fork={url}@99", genesis_time=later)
