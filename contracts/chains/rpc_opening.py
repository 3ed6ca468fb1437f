"""Taking a dev node over, and giving it back as it was found."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from .base import BLOCK_GAS, TRANSACTION_GAS, ZERO_ADDRESS, ChainUnavailable
from .rpc import TRACER, RpcChain, block_id, block_overrides
from .rpc_answers import block, execution, snapshot_id
from .rpc_client import DEADLINE, MAX_ANSWER, RpcClient, anything, truth
from .rpc_errors import Refused, RpcError

if TYPE_CHECKING:
    from .rpc_answers import Head

_ADVICE = "start one with: anvil --hardfork cancun --block-base-fee-per-gas 0 --timestamp {time}"
_TIME_AND_NUMBER = "0x425f524360205260405ff3"
"""Creation code that returns TIMESTAMP and NUMBER."""


def open_node(
    endpoint: str,
    *,
    genesis_time: int,
    transaction_gas: int = TRANSACTION_GAS,
    deadline: float = DEADLINE,
    limit: int = MAX_ANSWER,
) -> RpcChain:
    """Take over the dev node at ``http://…``, ``https://…`` or the path of an IPC socket.

    Its present state stays underneath and is reverted to in the end; block numbers and chain id are
    the node's own. Nobody else may use it meanwhile.

    :param deadline: seconds for one question and its whole answer.
    :param limit: most bytes of an answer.
    :raises ChainUnavailable: where the node lacks what is needed, with the reason.
    :raises RpcError: where it cannot be reached or does not answer as a node does.
    :raises EndpointError: where ``endpoint`` names no node.
    """
    client = RpcClient(endpoint, deadline=deadline, limit=limit)
    node = Node(client)
    try:
        head = node.take_over(genesis_time, backwards=True)
        return RpcChain(
            "rpc",
            client,
            head,
            genesis_time=genesis_time,
            transaction_gas=transaction_gas,
            end=node.give_back,
        )
    except Refused as error:
        node.give_back()
        advice = _ADVICE.format(time=genesis_time)
        raise ChainUnavailable(f"{error}; a dev node such as anvil is needed; {advice}") from error
    except BaseException:
        node.give_back()
        raise


class Node:
    """A dev node and how it was found."""

    def __init__(self, client: RpcClient) -> None:
        """Touch nothing yet."""
        self._client = client
        self._automine: bool | None = None
        self._snapshot: str | None = None

    def take_over(self, genesis_time: int, *, backwards: bool) -> Head:
        """Prepare the node for blocks from ``genesis_time`` on, and return its last block.

        :param backwards: whether its clock may be set back to ``genesis_time``.
        """
        ask = self._client.ask
        head = self._latest()
        self._check_overrides(head, genesis_time)
        automine = ask("hardhat_getAutomine", (), truth)
        self._snapshot = ask("evm_snapshot", (), snapshot_id)
        self._automine = automine
        ask("evm_setAutomine", (False,), anything)
        if head.time > genesis_time:
            if not backwards:
                raise ChainUnavailable(
                    f"the chain's last block is at {head.time}, after the first block's time"
                    f" {genesis_time}: fork an earlier block, or begin later"
                )
            ask("evm_setTime", (genesis_time,), anything)
        if (head.base_fee, head.gas_limit) == (0, BLOCK_GAS) and head.time <= genesis_time:
            return head
        ask("evm_setBlockGasLimit", (hex(BLOCK_GAS),), anything)
        ask("hardhat_setNextBlockBaseFeePerGas", ("0x0",), anything)
        ask("evm_mine", (genesis_time,), anything)
        head = self._latest()
        if (head.time, head.base_fee, head.gas_limit) != (genesis_time, 0, BLOCK_GAS):
            raise ChainUnavailable(
                f"the node at {self._client.node} does not mine at the time {genesis_time} with"
                f" base fee 0 and gas limit {BLOCK_GAS}; {_ADVICE.format(time=genesis_time)}"
            )
        return head

    def give_back(self) -> None:
        """Undo everything, as far as the node still answers, and close the connection."""
        with contextlib.suppress(RpcError):
            if self._snapshot is not None:
                self._client.ask("evm_revert", (self._snapshot,), anything)
            if self._automine is not None:
                self._client.ask("evm_setAutomine", (self._automine,), anything)
        self._client.close()

    def _latest(self) -> Head:
        return self._client.ask("eth_getBlockByNumber", ("latest", False), block)

    def _check_overrides(self, head: Head, genesis_time: int) -> None:
        """Make sure that a call runs at the time it is given, where others ignore it silently."""
        transaction = {"from": ZERO_ADDRESS, "data": _TIME_AND_NUMBER, "gas": hex(1_000_000)}
        at, number = genesis_time + 12_345, head.number + 678
        options: dict[str, Any] = {**TRACER, "blockOverrides": block_overrides(number, at)}
        found = self._client.ask(
            "debug_traceCall",
            ({**transaction, "gasPrice": "0x0"}, block_id(head), options),
            execution("CREATE", ZERO_ADDRESS),
        )
        if found != (True, at.to_bytes(32, "big") + number.to_bytes(32, "big")):
            raise ChainUnavailable(
                f"the node at {self._client.node} does not run a call at a given time under Cancun"
                f" rules (debug_traceCall with blockOverrides); {_ADVICE.format(time=genesis_time)}"
            )
