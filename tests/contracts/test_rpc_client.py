"""A question to a node that misbehaves: the right error, in time, and never a result."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts.chains import ChainError
from weiproof.contracts.chains.rpc_client import RpcClient, data, quantity
from weiproof.contracts.chains.rpc_errors import (
    BadAnswer,
    DeadlinePassed,
    Refused,
    RpcError,
    TooLarge,
    Unreachable,
)
from weiproof.contracts.chains.rpc_wire import EndpointError

from .nodes import answer, http, http_server, ipc_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .nodes import Behaviour

METHOD = "eth_blockNumber"
needs_unix = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")


def ask(endpoint: str, deadline: float = 5.0) -> int:
    """One question, with a limit of 10,000 bytes for the answer."""
    client = RpcClient(endpoint, deadline=deadline, limit=10_000)
    try:
        return client.ask(METHOD, (), quantity)
    finally:
        client.close()


def raised(endpoint: str, deadline: float = 5.0) -> RpcError:
    """The error that a question leads to; it names method and node."""
    with pytest.raises(RpcError) as caught:
        ask(endpoint, deadline)
    assert isinstance(caught.value, ChainError)
    assert str(caught.value).startswith(f"{METHOD} at {endpoint}: ")
    return caught.value


def body(make: Callable[[dict[str, Any]], bytes]) -> Behaviour:
    """Answer whole, with what ``make`` makes of the question."""
    return lambda connection, question: connection.sendall(http(make(question)))


def test_an_honest_answer_is_read() -> None:
    """The connection is used again, and a node that closed it is asked over another."""
    seen: list[int] = []

    def behave(connection: socket.socket, question: dict[str, Any]) -> None:
        seen.append(question["id"])
        connection.sendall(http(answer(question)))
        if question["id"] == 2:
            connection.shutdown(socket.SHUT_RDWR)

    with http_server(behave) as url:
        client = RpcClient(url)
        assert client.ask(METHOD, (), quantity) == 1
        assert client.ask(METHOD, (), quantity) == 1
        time.sleep(0.05)
        assert client.ask(METHOD, (), quantity) == 1
        client.close()
    assert seen == [1, 2, 3]


BODIES: dict[str, tuple[Callable[[dict[str, Any]], bytes], str]] = {
    "wrong id": (lambda q: answer({"id": q["id"] + 1}), "wrong id"),
    "id as text": (lambda q: answer({"id": str(q["id"])}), "wrong id"),
    "id true": (lambda _: answer({"id": True}), "wrong id"),
    "no id": (lambda _: b'{"jsonrpc":"2.0","result":"0x1"}', "wrong id"),
    "other version": (lambda q: b'{"id":%d,"result":"0x1"}' % q["id"], "JSON-RPC 2.0"),
    "malformed": (lambda q: answer(q)[:-1], "no JSON-RPC answer"),
    "empty": (lambda _: b"", "no JSON-RPC answer"),
    "no UTF-8": (lambda _: b'"\xff"', "no JSON-RPC answer"),
    "an array": (lambda q: b"[" + answer(q) + b"]", "expected an object"),
    "a number": (lambda _: b"7", "expected an object"),
    "deep": (lambda _: b"[" * 4_000 + b"]" * 4_000, "no JSON-RPC answer"),
    "NaN": (lambda q: answer(q, result=float("nan")), "no JSON number"),
    "a giant number": (lambda q: answer(q, result=10**4_000), "digits"),
    "a result twice": (
        lambda q: b'{"jsonrpc":"2.0","id":%d,"result":"0x1","result":"0x2"}' % q["id"],
        "twice",
    ),
    "an id twice": (
        lambda q: b'{"id":9,"jsonrpc":"2.0","id":%d,"result":"0x1"}' % q["id"],
        "twice",
    ),
    "a key twice inside": (
        lambda q: b'{"jsonrpc":"2.0","id":%d,"result":{"a":1,"a":2}}' % q["id"],
        "twice",
    ),
    "a negative number": (lambda q: answer(q, result="-0x1"), "expected a 0x quantity"),
    "no hex digits": (lambda q: answer(q, result="0xzz"), "expected a 0x quantity"),
    "other digits": (lambda q: answer(q, result="0x\u0661"), "expected a 0x quantity"),
    "both": (lambda q: answer(q, result="0x1", error={}), "either a result or an error"),
    "neither": (lambda q: answer(q, other=1), "either a result or an error"),
    "an error of text": (lambda q: answer(q, error="no"), "no object"),
    "an error without code": (lambda q: answer(q, error={"message": "no"}), "without a code"),
    "null": (lambda q: answer(q, result=None), "expected a 0x quantity"),
    "a JSON number": (lambda q: answer(q, result=1), "expected a 0x quantity"),
    "too many digits": (lambda q: answer(q, result="0x" + "1" * 65), "expected a 0x quantity"),
    "hex and more": (lambda q: answer(q, result="0x1\n"), "expected a 0x quantity"),
}


@pytest.mark.parametrize("name", BODIES)
def test_what_is_no_answer_is_refused(name: str) -> None:
    """Wrong ids, broken or nested JSON, wrong envelopes and wrong types are bad answers."""
    make, said = BODIES[name]
    with http_server(body(make)) as url:
        error = raised(url)
    assert type(error) is BadAnswer
    assert said in error.what


@pytest.mark.parametrize("depth", [900, 100_000, 1_000_000])
def test_deep_nesting_is_survived(depth: int) -> None:
    """However deep an answer is nested, it is a bad answer and the process goes on."""
    deep = b'{"jsonrpc":"2.0","id":1,"result":' + b"[" * depth + b"]" * depth + b"}"
    with http_server(body(lambda _: deep)) as url:
        client = RpcClient(url)
        with pytest.raises(BadAnswer, match=r"expected a 0x quantity|nested too deeply"):
            client.ask(METHOD, (), quantity)
        client.close()


def test_a_nodes_refusal_keeps_code_and_data() -> None:
    """An error object is a refusal; its words cannot steer the terminal and are cut."""
    hostile = "\x1b[2J\x1b]0;gone\x07 sure\u202e\nsecond line " + "x" * 5_000
    error = {"code": -32_000, "message": hostile, "data": "0x1234"}
    with http_server(body(lambda q: answer(q, error=error))) as url:
        refused = raised(url)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.data) == (-32_000, "0x1234")
    assert str(refused).isprintable()
    assert len(str(refused)) < 500


def moving(status: str, target: str) -> Behaviour:
    """Send whoever asks to ``target``."""
    response = http(b"", status=status, more=f"Location: {target}/\r\n")
    return lambda connection, _: connection.sendall(response)


def test_redirects_are_not_followed() -> None:
    """A node that sends us elsewhere is refused, wherever that is."""
    asked: list[str] = []

    def elsewhere(connection: socket.socket, question: dict[str, Any]) -> None:
        asked.append(question["method"])
        connection.sendall(http(answer(question)))

    with http_server(elsewhere) as target:
        for status in ("301 Moved", "302 Found", "307 Temporary", "308 Permanent"):
            with http_server(moving(status, target)) as url:
                error = raised(url)
            assert type(error) is BadAnswer
            assert "redirect, which is not followed" in error.what
    assert asked == []


@pytest.mark.parametrize("status", ["500 Oops", "401 Unauthorized", "204 Nothing", "101 Switch"])
def test_other_status_codes_are_no_answers(status: str) -> None:
    """An answer counts with HTTP status 200 only."""
    with http_server(
        lambda connection, question: connection.sendall(http(answer(question), status=status))
    ) as url:
        assert status[:3] in raised(url).what


def test_a_giant_answer_is_not_read() -> None:
    """Beyond the limit reading stops, whether the size is announced, hidden or endless."""

    def endless(connection: socket.socket, _: dict[str, Any]) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"1000\r\n" + b" " * 0x1000 + b"\r\n")

    def unannounced(connection: socket.socket, _: dict[str, Any]) -> None:
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + b" " * 20_000)

    def announced(connection: socket.socket, _: dict[str, Any]) -> None:
        connection.sendall(http(b"{", length=10**12))

    for behave in (endless, unannounced, announced):
        with http_server(behave) as url:
            assert isinstance(raised(url), TooLarge)


def drip(start: bytes, each: bytes) -> Behaviour:
    """Write something every few milliseconds, for ever."""

    def behave(connection: socket.socket, _: dict[str, Any]) -> None:
        connection.sendall(start)
        while True:
            time.sleep(0.02)
            connection.sendall(each)

    return behave


@pytest.mark.parametrize(
    "behave",
    [
        drip(http(b"", length=9_000), b" "),
        drip(b"HTTP/1.1 200 OK\r\n", b"X"),
        drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        lambda *_: time.sleep(2),
    ],
    ids=["body", "header", "interim", "chunks", "silence"],
)
def test_a_slow_answer_meets_the_deadline(behave: Behaviour) -> None:
    """The deadline is for all of an answer, however it is dripped."""
    started = time.monotonic()
    with http_server(behave) as url:
        assert isinstance(raised(url, 0.3), DeadlinePassed)
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (http(b'{"jsonrpc"', length=500), BadAnswer),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{", BadAnswer),
        (b"HTTP/1.1 200 OK\r\nContent-Le", BadAnswer),
        (b"\x00\x01\x02", BadAnswer),
        (b"", Unreachable),
    ],
)
def test_a_body_cut_short_is_no_answer(sent: bytes, kind: type[RpcError]) -> None:
    """A connection that ends too early has not answered."""

    def behave(connection: socket.socket, _: dict[str, Any]) -> None:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_RDWR)

    with http_server(behave) as url:
        assert type(raised(url)) is kind


def test_nobody_listens(tmp_path: Path) -> None:
    """Refused connections and missing sockets are unreachable nodes."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    assert isinstance(raised(url), Unreachable)
    if hasattr(socket, "AF_UNIX"):
        assert isinstance(raised(str(tmp_path / "none.ipc")), Unreachable)


def test_no_secret_is_shown() -> None:
    """User, password, path and query of a URL are in no message, not even in the repr."""

    def behave(connection: socket.socket, question: dict[str, Any]) -> None:
        connection.sendall(http(answer(question, result="no")))

    with http_server(behave) as url:
        secret = url.replace("//", "//user:hunter2@") + "/v3/hunter2?key=hunter2"
        with pytest.raises(BadAnswer) as caught:
            ask(secret)
    with pytest.raises(Unreachable) as gone:
        ask(secret)
    for error in (caught.value, gone.value):
        shown = f"{error} {error!r} {vars(error)}"
        assert "hunter2" not in shown
        assert "user" not in shown
        assert f"{url}/..." in str(error)


@pytest.mark.parametrize(
    "endpoint",
    ["", "ftp://hunter2@host", "ws://host", "http://", "http://h:hunter2", "http://h/ hunter2"],
)
def test_what_names_no_node_is_refused(endpoint: str) -> None:
    """Other schemes and malformed URLs are told without repeating them."""
    with pytest.raises(EndpointError) as caught:
        RpcClient(endpoint)
    assert "hunter2" not in str(caught.value)


@needs_unix
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda q: answer(q)[:-1], BadAnswer),
        (lambda q: answer(q) + b"\n" + answer(q) + b"\n", BadAnswer),
        (lambda q: answer({"id": q["id"] - 1}) + b"\n", BadAnswer),
        (lambda _: b" " * 20_000, TooLarge),
        (lambda _: b"", Unreachable),
    ],
    ids=["cut short", "two answers", "wrong id", "giant", "nothing"],
)
def test_sockets_are_no_more_trusted(
    tmp_path: Path, make: Callable[[dict[str, Any]], bytes], kind: type[RpcError]
) -> None:
    """Over IPC the same misbehaviour leads to the same errors."""

    def behave(connection: socket.socket, question: dict[str, Any]) -> None:
        connection.sendall(make(question))
        connection.shutdown(socket.SHUT_RDWR)

    with ipc_server(tmp_path / "node.ipc", behave) as path:
        assert type(raised(path)) is kind


@needs_unix
def test_sockets_meet_the_deadline(tmp_path: Path) -> None:
    """A dripped line ends at the deadline; the next question gets a connection of its own."""

    def behave(connection: socket.socket, question: dict[str, Any]) -> None:
        if question["id"] == 1:
            drip(b"{", b" ")(connection, question)
        connection.sendall(answer(question) + b"\n")

    with ipc_server(tmp_path / "node.ipc", behave) as path:
        client = RpcClient(path, deadline=0.3)
        with pytest.raises(DeadlinePassed):
            client.ask(METHOD, (), quantity)
        assert client.ask(METHOD, (), quantity) == 1
        client.close()


def test_questions_are_sent_once_and_alone() -> None:
    """An answer that got lost is not asked for again, and no question is in a batch."""
    seen: list[Any] = []

    def behave(connection: socket.socket, question: dict[str, Any]) -> None:
        seen.append(question)
        connection.shutdown(socket.SHUT_RDWR)

    with http_server(behave) as url:
        assert isinstance(raised(url), Unreachable)
    assert json.dumps(seen) == json.dumps(
        [{"jsonrpc": "2.0", "id": 1, "method": METHOD, "params": []}]
    )


@pytest.mark.parametrize("value", ["0x0", "0xff", "0x" + "f" * 64])
def test_readers_take_what_nodes_write(value: str) -> None:
    """Quantities have any number of digits up to 64."""
    assert quantity(value) == int(value, 16)


@pytest.mark.parametrize("value", ["", "0x1", "1234", "0xzz", 5, None, ["0x12"]])
def test_readers_refuse_the_rest(value: object) -> None:
    """Data come in pairs of hex digits."""
    with pytest.raises(ValueError, match="expected 0x data"):
        data(value)
