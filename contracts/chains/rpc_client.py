"""Questions to a node and answers that are what was asked for, or an error: never anything else."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any, TypeVar

from .rpc_errors import BadAnswer, DeadlinePassed, Refused, TooLarge, Unreachable, clean
from .rpc_wire import NoAnswer, Oversize, wire_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEADLINE = 60.0
"""Seconds for a request and its whole answer."""
MAX_ANSWER = 32 << 20
"""Bytes of an answer."""

_T = TypeVar("_T")
_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_MAX_DIGITS = 80
_MAX_CODE = 2**63


# READERS: each takes what JSON made of a value, and raises ValueError where it is not that kind


def quantity(value: object) -> int:
    """Read an unsigned number, ``0x`` and hex digits."""
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        return int(value, 16)
    raise ValueError(f"expected a 0x quantity, found {clean(repr(value), 80)}")


def data(value: object) -> bytes:
    """Read bytes, ``0x`` and pairs of hex digits."""
    if isinstance(value, str) and _DATA.fullmatch(value):
        return bytes.fromhex(value[2:])
    raise ValueError(f"expected 0x data, found {clean(repr(value), 80)}")


def _sized(value: object, size: int, kind: str) -> str:
    content = data(value)
    if len(content) != size:
        raise ValueError(f"expected {kind} of {size} bytes, found {len(content)}")
    return "0x" + content.hex()


def word(value: object) -> str:
    """Read a hash: 32 bytes, lower-case."""
    return _sized(value, 32, "a hash")


def address(value: object) -> str:
    """Read an address: 20 bytes, lower-case."""
    return _sized(value, 20, "an address")


def table(value: object) -> Mapping[str, Any]:
    """Read an object."""
    if isinstance(value, dict):
        return value
    raise ValueError(f"expected an object, found {clean(repr(value), 80)}")


def rows(value: object) -> list[Any]:
    """Read an array."""
    if isinstance(value, list):
        return value
    raise ValueError(f"expected an array, found {clean(repr(value), 80)}")


def text(value: object) -> str:
    """Read a text."""
    if isinstance(value, str):
        return value
    raise ValueError(f"expected a text, found {clean(repr(value), 80)}")


def truth(value: object) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError(f"expected true or false, found {clean(repr(value), 80)}")


def maybe(read: Callable[[Any], _T]) -> Callable[[Any], _T | None]:
    """Read null too."""
    return lambda value: None if value is None else read(value)


def anything(value: object) -> object:
    """Take whatever came, for answers that say nothing."""
    return value


class RpcClient:
    """One node; one question at a time, never a batch."""

    def __init__(
        self, endpoint: str, *, deadline: float = DEADLINE, limit: int = MAX_ANSWER
    ) -> None:
        """Speak to ``http://…``, ``https://…`` or the path of an IPC socket.

        :param deadline: seconds for a request and its whole answer.
        :param limit: most bytes of an answer.
        :raises EndpointError: where the endpoint is none of these.
        """
        self._wire = wire_to(endpoint)
        self._deadline = deadline
        self._limit = limit
        self._last_id = 0

    @property
    def node(self) -> str:
        """The node as it may be shown."""
        return self._wire.shown

    def ask(self, method: str, params: tuple[Any, ...], read: Callable[[Any], _T]) -> _T:
        """Ask, and return the result as ``read`` understands it.

        :raises RpcError: one of the tree in :mod:`.rpc_errors`.
        """
        result = self._result(method, self._exchange(method, params))
        try:
            return read(result)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            what = f"missing {error}" if isinstance(error, KeyError) else clean(error)
            raise BadAnswer(self.node, method, what) from error

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    def _exchange(self, method: str, params: tuple[Any, ...]) -> bytes:
        self._last_id += 1
        question = {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params}
        body = json.dumps(question, separators=(",", ":")).encode()
        until = time.monotonic() + self._deadline
        try:
            return self._wire.exchange(body, until=until, limit=self._limit)
        except TimeoutError:
            what = f"no complete answer within {self._deadline:g} seconds"
            raise DeadlinePassed(self.node, method, what) from None
        except Oversize:
            what = f"the answer has more than {self._limit} bytes"
            raise TooLarge(self.node, method, what) from None
        except NoAnswer as error:
            raise BadAnswer(self.node, method, clean(error)) from error
        except OSError as error:
            raise Unreachable(self.node, method, clean(error.strerror or error)) from error

    def _result(self, method: str, answer: bytes) -> object:
        """Check the envelope and return what is in it."""
        try:
            envelope = table(_parse(answer))
        except (ValueError, RecursionError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else clean(error)
            raise BadAnswer(self.node, method, f"no JSON-RPC answer: {reason}") from None
        if envelope.get("jsonrpc") != "2.0":
            raise BadAnswer(self.node, method, "an answer that is not of JSON-RPC 2.0")
        found = envelope.get("id")
        if type(found) is not int or found != self._last_id:
            # a null id is how a node refuses a question that it could not read
            raise BadAnswer(self.node, method, "an answer to another question (wrong id)")
        if ("result" in envelope) == ("error" in envelope):
            raise BadAnswer(self.node, method, "expected either a result or an error")
        if "error" in envelope:
            raise self._refusal(method, envelope["error"])
        return envelope["result"]

    def _refusal(self, method: str, error: object) -> BadAnswer | Refused:
        if not isinstance(error, dict):
            return BadAnswer(self.node, method, "an error that is no object")
        code, reason = error.get("code"), error.get("message")
        if type(code) is not int or abs(code) > _MAX_CODE or not isinstance(reason, str):
            return BadAnswer(self.node, method, "an error without a code and a message")
        return Refused(self.node, method, code, reason, error.get("data"))


def _parse(answer: bytes) -> object:
    """Parse strict JSON: UTF-8, no NaN, no number that no node would send, no key twice."""
    return json.loads(
        answer.decode("utf-8"),
        parse_constant=_no_number,
        parse_int=_integer,
        parse_float=_decimal,
        object_pairs_hook=_object,
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse two values under one key: which of them counts is anybody's guess."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in an object")
    return found


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is no JSON number")


def _integer(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} digits")
    return int(text)


def _decimal(text: str) -> str:
    """Keep the text: no answer that is read here has a fraction."""
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} characters")
    return text
