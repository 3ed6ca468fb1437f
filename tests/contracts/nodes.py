"""Local servers that misbehave as told, and a node of a few lines that a test can make lie."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Behaviour = Callable[[socket.socket, dict[str, Any]], None]


def answer(question: dict[str, Any], **fields: Any) -> bytes:  # noqa: ANN401 - any JSON
    """The JSON of an answer, by default an honest one with the result 0x1."""
    given = fields or {"result": "0x1"}
    return json.dumps({"jsonrpc": "2.0", "id": question["id"], **given}).encode()


def http(
    body: bytes, *, length: int | None = None, status: str = "200 OK", more: str = ""
) -> bytes:
    """An HTTP response; ``length`` is what it claims to be."""
    size = len(body) if length is None else length
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n{more}"
    )
    return head.encode() + b"\r\n" + body


@contextlib.contextmanager
def http_server(behave: Behaviour) -> Iterator[str]:
    """Serve at the yielded URL: what ``behave`` writes is what a client gets."""
    with socket.create_server(("127.0.0.1", 0)) as listener, _serving(listener, _posted, behave):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def ipc_server(path: Path, behave: Behaviour) -> Iterator[str]:
    """Serve at a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()
        with _serving(listener, _line, behave):
            yield str(path)


@contextlib.contextmanager
def _serving(
    listener: socket.socket, read: Callable[[Any], bytes | None], behave: Behaviour
) -> Iterator[None]:
    open_connections: list[socket.socket] = []

    def talk(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as incoming:
            while (body := read(incoming)) is not None:
                behave(connection, json.loads(body))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                open_connections.append(connection)
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        for connection in open_connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _line(incoming: Any) -> bytes | None:  # noqa: ANN401 - a buffered reader
    return incoming.readline() or None


def _posted(incoming: Any) -> bytes | None:  # noqa: ANN401 - a buffered reader
    length = 0
    while line := incoming.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return incoming.read(length) or None


class ToyNode:
    """A dev node that knows no EVM: every transaction succeeds and returns nothing.

    A test overrides entries of ``methods`` to make it lie.
    """

    def __init__(self, genesis_time: int) -> None:
        """Begin with one block."""
        self.blocks = [_block(0, "00" * 32, genesis_time, [])]
        self.pending: list[dict[str, Any]] = []
        self.mined: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.methods: dict[str, Callable[..., Any]] = {
            "debug_traceCall": self.trace_call,
            "debug_traceTransaction": self.trace,
            "eth_getBalance": lambda *_: "0x0",
            "eth_getBlockByNumber": self.block,
            "eth_getCode": lambda *_: "0x",
            "eth_getStorageAt": lambda *_: "0x" + "00" * 32,
            "eth_getTransactionCount": lambda *_: "0x0",
            "eth_getTransactionReceipt": self.receipt,
            "eth_sendTransaction": self.send,
            "evm_mine": self.mine,
            "evm_revert": lambda *_: True,
            "evm_snapshot": lambda: "0x1",
            "hardhat_getAutomine": lambda: True,
        }

    def serve(self, connection: socket.socket, question: dict[str, Any]) -> None:
        """Answer one question over HTTP."""
        method = question["method"]
        self.asked.append(method)
        known = self.methods.get(method)
        result = None if known is None else known(*question["params"])
        connection.sendall(http(answer(question, result=result)))

    def block(self, which: str, _full: bool = False) -> Any:  # noqa: ANN401 - JSON-RPC's
        """A block by number."""
        number = len(self.blocks) - 1 if which == "latest" else int(which, 16)
        return self.blocks[number] if number < len(self.blocks) else None

    def send(self, transaction: dict[str, Any]) -> str:
        """Take a transaction."""
        name = "0x" + f"{len(self.mined) + len(self.pending) + 1:064x}"
        self.pending.append({**transaction, "hash": name})
        return name

    def mine(self, at: int) -> str:
        """Mine what is pending."""
        number = len(self.blocks)
        names = [transaction["hash"] for transaction in self.pending]
        self.blocks.append(_block(number, self.blocks[-1]["hash"][2:], at, names))
        self.mined |= {entry["hash"]: {**entry, "in": number} for entry in self.pending}
        self.pending = []
        return "0x0"

    def receipt(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        """A mined transaction's receipt."""
        if name not in self.mined:
            return None
        return {
            "transactionHash": name,
            "blockHash": self.blocks[self.mined[name]["in"]]["hash"],
            "status": "0x1",
            "gasUsed": "0x5208",
            "contractAddress": None,
            "logs": [],
        }

    def trace(self, name: str, _options: object) -> dict[str, Any]:
        """The trace of a mined transaction."""
        return {"type": "CALL", "from": self.mined[name]["from"], "output": "0x"}

    @staticmethod
    def trace_call(transaction: dict[str, Any], _at: object, options: Any) -> dict[str, Any]:  # noqa: ANN401
        """A call, or the question whether block overrides are heeded."""
        if "to" in transaction:
            return {"type": "CALL", "from": transaction["from"]}
        block = options["blockOverrides"]
        output = f"0x{int(block['time'], 16):064x}{int(block['number'], 16):064x}"
        return {"type": "CREATE", "from": transaction["from"], "output": output}


def _block(number: int, parent: str, at: int, transactions: list[str]) -> dict[str, Any]:
    return {
        "number": hex(number),
        "hash": "0x" + f"{number + 0xB10C0:064x}",
        "parentHash": "0x" + parent,
        "timestamp": hex(at),
        "baseFeePerGas": "0x0",
        "gasLimit": hex(10**9),
        "transactions": transactions,
    }
