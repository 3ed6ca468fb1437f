"""What a chain is called: ``pyevm``, ``anvil``, ``rpc:http://127.0.0.1:8545``, and so on."""

from __future__ import annotations

import re
from dataclasses import dataclass

CHAIN_NAMES = ("pyevm", "eth-tester", "revm", "anvil")
"""Chains that need no address; the first is the default of the commands."""
CHAIN_FORMS = ", ".join((*CHAIN_NAMES, "anvil:fork=URL@BLOCK", "rpc:URL", "rpc:PATH"))
"""Everything that :func:`~weiproof.contracts.chains.open_chain` takes."""

_NODE = "rpc:"
_FORK = "anvil:fork="


@dataclass(frozen=True, slots=True)
class Fork:
    """A block of another chain."""

    url: str
    block: int


def endpoint_of(name: str) -> str | None:
    """Return the endpoint of ``rpc:ENDPOINT``; None for any other name."""
    return name[len(_NODE) :] if name.startswith(_NODE) else None


def fork_of(name: str) -> Fork | None:
    """Return the block that ``anvil:fork=URL@BLOCK`` forks; None for any other name.

    :raises ValueError: where the URL or the block's number is missing or malformed.
    """
    if not name.startswith(_FORK):
        return None
    url, _, block = name[len(_FORK) :].rpartition("@")
    if not re.fullmatch(r"[0-9]{1,18}", block) or not re.match(r"https?://", url):
        raise ValueError(
            "a fork is anvil:fork=URL@BLOCK, an http URL and a block number,"
            " so that every run begins with the same state"
        )
    shown_endpoint(url)
    return Fork(url, int(block))


def shown_endpoint(endpoint: str) -> str:
    """Return an endpoint as it may be shown: without credentials, path or query of a URL.

    :raises ValueError: where it is none.
    """
    from .rpc_wire import wire_to

    return wire_to(endpoint).shown


def shown_name(name: str) -> str:
    """Return a chain's name as it may be shown or written to a file: without secrets.

    :raises ValueError: where it names no chain, with the names that there are.
    """
    if name in CHAIN_NAMES:
        return name
    endpoint = endpoint_of(name)
    if endpoint is not None:
        return _NODE + shown_endpoint(endpoint)
    fork = fork_of(name)
    if fork is not None:
        return f"{_FORK}{shown_endpoint(fork.url)}@{fork.block}"
    raise ValueError(unknown(name))


def unknown(name: str) -> str:
    """Say that ``name`` is no chain; a URL is not repeated."""
    known = f"expected one of {CHAIN_FORMS}"
    if "://" in name:
        return f"a node's URL is given as rpc:URL or in anvil:fork=URL@BLOCK: {known}"
    return f"unknown chain {name!r}: {known}"
