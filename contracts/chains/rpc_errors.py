"""What can go wrong between us and a node.

::

    ChainError
    └── RpcError            names the method and the node, whose secrets are left out
        ├── Unreachable     no connection, or it broke before the answer was complete
        ├── DeadlinePassed  the whole answer did not come in time, however it was dripped
        ├── BadAnswer       what came is not the JSON-RPC answer to the question
        │   └── TooLarge    more than the size limit; reading stopped there
        ├── Refused         the node answered with an error: its code, reason and data
        └── Inconsistent    two answers contradict each other: a stale head, a reorganised block

None of them is an outcome of a contract, and after none of them is a result used.
"""

from __future__ import annotations

from .base import ChainError

_MAX_SHOWN = 300
"""Characters of a node's own words that are repeated to the user."""


def clean(text: object, limit: int = _MAX_SHOWN) -> str:
    """Somebody else's words, fit for a terminal: one line, nothing that steers it, not long."""
    raw = str(text)
    shown = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in raw[:limit]
    )
    return f"{shown}..." if len(raw) > limit else shown


class RpcError(ChainError):
    """Root of what goes wrong with a node."""

    def __init__(self, node: str, method: str, what: str) -> None:
        """Keep the node (as it may be shown), the method asked for and what happened."""
        super().__init__(f"{method} at {node}: {what}")
        self.node = node
        self.method = method
        self.what = what


class Unreachable(RpcError):
    """No connection to the node, or it broke before the answer was complete."""


class DeadlinePassed(RpcError):
    """The whole answer did not come in time."""


class BadAnswer(RpcError):
    """What came is not the JSON-RPC answer to the question."""


class TooLarge(BadAnswer):
    """The answer exceeds the size limit."""


class Refused(RpcError):
    """The node answered with an error object."""

    def __init__(self, node: str, method: str, code: int, reason: str, data: object) -> None:
        """Keep the node's code, its reason made fit for a terminal, and its data as they came."""
        super().__init__(node, method, f"the node refuses: {clean(reason)} (code {code})")
        self.code = code
        self.reason = clean(reason)
        self.data = data


class Inconsistent(RpcError):
    """Two answers of the node contradict each other."""
