"""EVM back ends behind one interface; the heavy libraries load when a chain is opened."""

from __future__ import annotations

from .actors import actor, actor_key, is_actor, label_of
from .base import (
    CHAIN_ID,
    MAX_CODE_BYTES,
    MAX_FUNDS,
    MAX_INIT_CODE_BYTES,
    TRANSACTION_GAS,
    ZERO_ADDRESS,
    Chain,
    ChainError,
    ChainUnavailable,
    ClockError,
    DeployReceipt,
    InsufficientFunds,
    Log,
    Receipt,
    UnknownSender,
    Unminable,
)
from .names import CHAIN_FORMS, CHAIN_NAMES, endpoint_of, fork_of, shown_name, unknown
from .recursion import same_recursion_limit

__all__ = [
    "CHAIN_FORMS",
    "CHAIN_ID",
    "CHAIN_NAMES",
    "MAX_CODE_BYTES",
    "MAX_FUNDS",
    "MAX_INIT_CODE_BYTES",
    "TRANSACTION_GAS",
    "ZERO_ADDRESS",
    "Chain",
    "ChainError",
    "ChainUnavailable",
    "ClockError",
    "DeployReceipt",
    "InsufficientFunds",
    "Log",
    "Receipt",
    "UnknownSender",
    "Unminable",
    "actor",
    "actor_key",
    "is_actor",
    "label_of",
    "open_chain",
    "quickest",
    "shown_name",
]


def open_chain(name: str, *, genesis_time: int, transaction_gas: int = TRANSACTION_GAS) -> Chain:
    """Open a fresh, empty chain.

    :param name: one of :data:`CHAIN_NAMES`, ``rpc:`` with the URL or IPC path of a dev node, or
        ``anvil:fork=URL@BLOCK``. What a node keeps is described in ``docs/chains.md``.
    :param genesis_time: unix seconds; no block may be earlier.
    :param transaction_gas: gas limit of every transaction and call. What runs out of it has failed,
        without revert data.
    :raises ChainUnavailable: where the back end cannot run here, with the reason.
    :raises RpcError: where a node cannot be reached or does not answer as a node does.
    :raises ValueError: for any other name.
    """
    if name == "pyevm":
        with same_recursion_limit():
            from .pyevm import PyEvmChain

            return PyEvmChain(genesis_time=genesis_time, transaction_gas=transaction_gas)
    if name == "eth-tester":
        with same_recursion_limit():
            from .tester import EthTesterChain

            return EthTesterChain(genesis_time=genesis_time, transaction_gas=transaction_gas)
    if name == "revm":
        from .revm import RevmChain

        return RevmChain(genesis_time=genesis_time, transaction_gas=transaction_gas)
    endpoint = endpoint_of(name)
    if endpoint is not None:
        from .rpc_opening import open_node

        return open_node(endpoint, genesis_time=genesis_time, transaction_gas=transaction_gas)
    fork = fork_of(name)
    if name == "anvil" or fork is not None:
        from .anvil import open_anvil

        return open_anvil(genesis_time=genesis_time, transaction_gas=transaction_gas, fork=fork)
    raise ValueError(unknown(name))


def quickest() -> str:
    """Name of the quickest back end in process that is installed: revm, else pyevm."""
    try:
        open_chain("revm", genesis_time=1)
    except ChainUnavailable:
        return "pyevm"
    return "revm"
