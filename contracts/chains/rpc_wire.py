"""Bytes to a node and back, over HTTP or a Unix socket, within a total time and a size.

Nothing here is sent twice: whether a request whose answer got lost was carried out is for the
caller to find out.
"""

from __future__ import annotations

import base64
import http.client
import io
import re
import select
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HTTP_OK = 200
_CHUNK = 1 << 18


class EndpointError(ValueError):
    """The text names no node that can be spoken to."""


class Oversize(Exception):
    """The answer exceeds the size limit."""


class NoAnswer(Exception):
    """Something came, but no answer."""


class Wire(Protocol):
    """One connection to a node, opened when it is first needed."""

    shown: str
    """The node as it may be shown to anybody: without credentials, path or query."""

    def exchange(self, body: bytes, *, until: float, limit: int) -> bytes:
        """Send a request and return the answer's bytes.

        :param until: ``time.monotonic()`` at which the whole answer must be there.
        :param limit: most bytes of it.
        :raises OSError: without a connection; TimeoutError after the deadline.
        :raises Oversize: beyond the limit.
        :raises NoAnswer: where what came is no answer.
        """
        ...

    def close(self) -> None:
        """Close the connection; the next exchange opens another."""
        ...


def wire_to(endpoint: str) -> Wire:
    """Return the wire for ``http://…``, ``https://…`` or the path of a Unix socket.

    :raises EndpointError: for anything else; the message repeats no secret.
    """
    scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*)://", endpoint)
    if scheme is None:
        return SocketWire(endpoint)
    if scheme[1].lower() not in {"http", "https"}:
        raise EndpointError(
            f"a node is reached by http, https or the path of its IPC socket, not by {scheme[1]}"
        )
    return HttpWire(endpoint)


class _Timed(io.RawIOBase):
    """What a socket receives, until a moment that all reads together must keep."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._connection = connection
        self._until = until

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Receive some bytes."""
        _wait_until(self._connection, self._until)
        return self._connection.recv_into(buffer)


def _wait_until(connection: socket.socket, until: float) -> None:
    """Let the next operation take what is left of the time."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(left)


class _TimedSocket:
    """As much of a socket as http.client uses, with one deadline for all of a response."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self.connection = connection
        self.until = until

    def sendall(self, data: bytes) -> None:
        """Send everything in time."""
        _wait_until(self.connection, self.until)
        self.connection.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Open what is received for reading."""
        return io.BufferedReader(_Timed(self.connection, self.until))

    def close(self) -> None:
        """Leave it open: http.client calls this before it has read the answer."""


class HttpWire:
    """A node behind an HTTP address; redirects are refused, the connection is kept open."""

    def __init__(self, url: str) -> None:
        """Take the address apart.

        :raises EndpointError: where it is none.
        """
        if not url.isascii() or not url.isprintable() or " " in url:
            raise EndpointError("a node's URL has printable ASCII characters only")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise EndpointError("the node's URL is malformed: check host and port") from None
        if not parts.hostname or parts.fragment:
            raise EndpointError("a node's URL has a host and no fragment")
        self._tls = parts.scheme.lower() == "https"
        self._host, self._port = parts.hostname, port
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        hidden = "/..." if self._target != "/" else ""
        self.shown = f"{parts.scheme}://{host}{f':{port}' if port else ''}{hidden}"
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        self._open: http.client.HTTPConnection | None = None
        self._timed: _TimedSocket | None = None

    def exchange(self, body: bytes, *, until: float, limit: int) -> bytes:
        """Post a request; see :class:`Wire`."""
        try:
            connection = self._connection(until)
            connection.request("POST", self._target, body, self._headers)
            response = connection.getresponse()
            answer = self._answer(response, limit)
            if response.will_close:
                self.close()
        except http.client.RemoteDisconnected as error:
            self.close()
            raise ConnectionResetError("it closed the connection without an answer") from error
        except http.client.HTTPException as error:
            self.close()
            raise NoAnswer(f"broken HTTP ({type(error).__name__})") from error
        except BaseException:
            self.close()
            raise
        return answer

    def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            if self._timed is not None:
                self._timed.connection.close()
            self._open.close()
            self._open = self._timed = None

    def _answer(self, response: http.client.HTTPResponse, limit: int) -> bytes:
        if response.status != HTTP_OK:
            moved = " (a redirect, which is not followed)" if response.getheader("Location") else ""
            raise NoAnswer(f"HTTP status {response.status}{moved}")
        if response.length is not None and response.length > limit:
            raise Oversize
        content = response.read(limit + 1)
        if len(content) > limit:
            raise Oversize
        if response.length:
            raise NoAnswer(f"the answer is cut short, {response.length} bytes are missing")
        response.read()  # the end of a chunked answer, so that the connection can be used again
        return content

    def _connection(self, until: float) -> http.client.HTTPConnection:
        """Return the open connection, or a new one where there is none or the node closed it."""
        if self._open is not None and self._timed is not None:
            if not _readable(self._timed.connection):
                self._timed.until = until
                return self._open
            self.close()
        left = max(until - time.monotonic(), 0.001)
        if self._tls:
            context = ssl.create_default_context()
            self._open = http.client.HTTPSConnection(
                self._host, self._port, timeout=left, context=context
            )
        else:
            self._open = http.client.HTTPConnection(self._host, self._port, timeout=left)
        self._open.connect()
        fresh: Any = self._open
        fresh.sock = self._timed = _TimedSocket(fresh.sock, until)
        return self._open


class SocketWire:
    """A node behind a Unix socket, which separates answers by line ends."""

    def __init__(self, path: str) -> None:
        """Use the socket at ``path``.

        :raises EndpointError: where there are no Unix sockets, or the path is empty.
        """
        if not hasattr(socket, "AF_UNIX"):
            raise EndpointError("there are no Unix sockets on this system: name an http URL")
        if not path:
            raise EndpointError("a node is named by an http URL or the path of its IPC socket")
        self.shown = path
        self._open: socket.socket | None = None

    def exchange(self, body: bytes, *, until: float, limit: int) -> bytes:
        """Write a request; see :class:`Wire`."""
        try:
            connection = self._connection(until)
            _wait_until(connection, until)
            connection.sendall(body + b"\n")
            return self._line(connection, until, limit)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None

    @staticmethod
    def _line(connection: socket.socket, until: float, limit: int) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while not chunks or b"\n" not in chunks[-1]:
            _wait_until(connection, until)
            chunk = connection.recv(_CHUNK)
            if not chunk:
                if not chunks:
                    raise ConnectionResetError("it closed the connection without an answer")
                raise NoAnswer("the answer is cut short")
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise Oversize
        line, _, more = b"".join(chunks).partition(b"\n")
        if more.strip():
            raise NoAnswer("more than one answer came")
        return line

    def _connection(self, until: float) -> socket.socket:
        """Return the open connection, or a new one where there is none or the node closed it."""
        if self._open is not None and _readable(self._open):
            self.close()
        if self._open is None:
            self._open = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            _wait_until(self._open, until)
            self._open.connect(self.shown)
        return self._open


def _readable(connection: socket.socket) -> bool:
    """Tell whether something unasked-for has come: the end of the connection, or worse."""
    return bool(select.select([connection], [], [], 0)[0])
