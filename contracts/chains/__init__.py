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
from .recursion import same_recursion_limit

__all__ = [
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
]

CHAIN_NAMES = ("pyevm", "eth-tester", "revm")
"""Names that :func:`open_chain` knows; the first is the default of the commands."""


def open_chain(name: str, *, genesis_time: int, transaction_gas: int = TRANSACTION_GAS) -> Chain:
    """Open a fresh, empty chain.

    :param name: one of :data:`CHAIN_NAMES`.
    :param genesis_time: unix seconds; no block may be earlier.
    :param transaction_gas: gas limit of every transaction and call. What runs out of it has failed,
        without revert data.
    :raises ChainUnavailable: where the back end cannot run here, with the reason.
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
    raise ValueError(f"unknown chain {name!r}: expected one of {', '.join(CHAIN_NAMES)}")
