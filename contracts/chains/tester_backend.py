"""eth-tester's py-evm backend, made deterministic and open about what was executed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eth.vm.forks.cancun import CancunVM
from eth.vm.forks.cancun.computation import CancunComputation
from eth.vm.forks.cancun.state import CancunState
from eth_tester import PyEVMBackend  # type: ignore[import-untyped]  # it has no types

from .cancun import OPCODES, block_hash

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eth.abc import BlockHeaderAPI, ComputationAPI, SignedTransactionAPI

ZERO_HASH = bytes(32)
_ZERO_COINBASE = bytes(20)


class Execution:
    """What the most recent top-level execution led to."""

    def __init__(self) -> None:
        """Start with nothing executed."""
        self.computation: ComputationAPI | None = None

    def clear(self) -> None:
        """Forget the last one, so that it is not taken for one that never ran."""
        self.computation = None

    @property
    def ran(self) -> bool:
        """Tell whether anything was executed since :meth:`clear`."""
        return self.computation is not None

    @property
    def ok(self) -> bool:
        """Tell whether it succeeded."""
        return self.computation is not None and self.computation.is_success

    @property
    def output(self) -> bytes:
        """Return data or revert data; empty after an exceptional halt."""
        return b"" if self.computation is None else bytes(self.computation.output)


class MendedComputation(CancunComputation):
    """Cancun's computation with the mended opcodes."""

    opcodes = OPCODES


class SameTimeVM(CancunVM):
    """Cancun, but a block may have its parent's timestamp."""

    @classmethod
    def validate_header(cls, header: BlockHeaderAPI, parent_header: BlockHeaderAPI) -> None:
        """Check a header as Cancun does, except that equal times pass."""
        if header.timestamp == parent_header.timestamp:
            parent_header = parent_header.copy(timestamp=header.timestamp - 1)
        super().validate_header(header, parent_header)


def _recording_vm(execution: Execution) -> type[SameTimeVM]:
    """Make a VM class that writes what it executes into ``execution``."""

    class RecordingState(CancunState):
        """Cancun's state, noting each top-level computation."""

        computation_class = MendedComputation

        def get_ancestor_hash(self, block_number: int) -> Any:  # noqa: ANN401 (a NewType of bytes)
            """Answer BLOCKHASH."""
            return block_hash(self.block_number, block_number)

        def apply_transaction(self, transaction: SignedTransactionAPI) -> ComputationAPI:
            """Execute and note."""
            execution.computation = super().apply_transaction(transaction)
            return execution.computation

    class RecordingVM(SameTimeVM):
        """The VM with that state."""

        _state_class = RecordingState

    return RecordingVM


class DeterministicBackend(PyEVMBackend):  # type: ignore[misc]  # eth-tester has no types
    """A backend whose blocks depend on nothing but what is sent to it."""

    execution: Execution
    chain: Any  # a MiningChain, which eth-tester declares as None

    def mine_blocks(
        self, num_blocks: int = 1, coinbase: bytes = _ZERO_COINBASE
    ) -> tuple[bytes, ...]:
        """Mine with ``prevrandao`` zero, where eth-tester draws it at random."""
        return tuple(
            self.chain.mine_block(coinbase=coinbase, mix_hash=ZERO_HASH).hash
            for _ in range(num_blocks)
        )

    def set_pending_time(self, at: int) -> None:
        """Set the time of the block to be mined next, unix seconds."""
        self.chain.set_header_timestamp(at)

    def revert_to_snapshot(self, snapshot: object) -> None:
        """Make the block of that hash the last one; eth-tester would execute it once more."""
        header = self.chain.get_block_by_hash(snapshot).header
        if header.block_number == 0:
            super().revert_to_snapshot(snapshot)
            return
        chaindb = self.chain.chaindb
        chaindb._set_as_canonical_chain_head(chaindb.db, header, ZERO_HASH)  # noqa: SLF001
        self.chain.header = self.chain.ensure_header()


def open_backend(
    *, genesis_time: int, gas_limit: int, balances: Mapping[str, int]
) -> DeterministicBackend:
    """Open a chain of these balances alone (address to wei), with a base fee of zero."""
    execution = Execution()
    parameters: Any = DeterministicBackend.generate_genesis_params(
        {"timestamp": genesis_time, "gas_limit": gas_limit}
    )
    backend = DeterministicBackend(
        genesis_parameters={**parameters, "base_fee_per_gas": 0},
        genesis_state={
            bytes.fromhex(address[2:]): {"balance": wei, "nonce": 0, "code": b"", "storage": {}}
            for address, wei in balances.items()
        },
        vm_configuration=((0, _recording_vm(execution)),),
    )
    backend.execution = execution
    return backend
