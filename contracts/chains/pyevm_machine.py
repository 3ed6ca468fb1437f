"""py-evm's Cancun machine on the dictionary ledger, with shared code analysis and an opcode count.

Only classes that py-evm means to be replaced are replaced (state, account database, computation and
code stream); nothing global in py-evm is changed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

from eth.exceptions import Halt, OutOfGas
from eth.vm.code_stream import CodeStream
from eth.vm.forks.cancun.computation import CancunComputation
from eth.vm.forks.cancun.state import CancunState
from eth.vm.logic.invalid import InvalidOpcode

from .cancun import OPCODES, block_hash
from .pyevm_ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from eth.abc import ComputationAPI, MessageAPI, StateAPI, TransactionContextAPI
    from eth_typing import Address

    Operation: TypeAlias = tuple[int, Callable[[ComputationAPI], Any]]
    """Constant gas cost, and what to do once it is paid."""

_JUMPDEST = 0x5B
_PUSH1 = 0x60
_PUSH32 = 0x7F
_STOPS = bytes(33)
"""Code ends as if with STOP, also where the last PUSH reaches beyond it."""


def _operation(opcode: int) -> Operation:
    """Split py-evm's opcode into its constant cost and its logic, where it has that form."""
    known = OPCODES.get(opcode)
    if known is None:
        return 0, InvalidOpcode(opcode)
    if hasattr(known, "logic_fn"):
        return known.gas_cost, known.logic_fn
    return 0, known


_OPERATIONS: list[Operation] = [_operation(opcode) for opcode in range(256)]


@lru_cache(maxsize=512)
def _analyse(code: bytes) -> tuple[list[Operation], frozenset[int]]:
    """Return the operation at each position, and the valid jump destinations, of ``code``."""
    destinations = set()
    position = 0
    while position < len(code):
        opcode = code[position]
        if opcode == _JUMPDEST:
            destinations.add(position)
        position += opcode - _PUSH1 + 2 if _PUSH1 <= opcode <= _PUSH32 else 1
    return [_OPERATIONS[opcode] for opcode in code + _STOPS], frozenset(destinations)


class AnalysedCode(CodeStream):
    """Code whose jump destinations are found once for all the calls that run it."""

    __slots__ = ["destinations", "program"]

    def __init__(self, code_bytes: bytes) -> None:
        """Look the analysis up."""
        super().__init__(code_bytes)
        self.program, self.destinations = _analyse(code_bytes)

    def is_valid_opcode(self, position: int) -> bool:
        """Tell whether a JUMPDEST at ``position`` is one, and not data of a PUSH."""
        return position in self.destinations


class Machine(CancunComputation):
    """A Cancun computation that counts its opcodes in :attr:`opcodes_run`."""

    opcodes_run: ClassVar[list[int]] = [0]
    """The count, in a list that a subclass replaces: one for each chain."""

    analysed: AnalysedCode
    """The code, once more under its narrower type."""
    contracts_created: list[Address]

    def __init__(
        self, state: StateAPI, message: MessageAPI, transaction_context: TransactionContextAPI
    ) -> None:
        """Set up as py-evm does, with shared code analysis."""
        super().__init__(state, message, transaction_context)
        self.code = self.analysed = AnalysedCode(message.code)

    @classmethod
    def apply_computation(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        """Execute a message; errors of the EVM end up in the returned computation."""
        with cls(state, message, transaction_context) as computation:
            machine = cast("Machine", computation)
            machine.begin(cast("Machine | None", parent_computation))
            precompile = machine.precompiles.get(message.code_address)
            if precompile is None:
                machine.execute()
            else:
                precompile(machine)
        return machine

    def begin(self, parent: Machine | None) -> None:
        """Note which contracts this transaction has created (EIP-6780) and charge init code."""
        if parent is None:
            self.contracts_created = []
            if self.msg.is_create:
                self.consume_initcode_gas_cost(self)
        else:
            self.contracts_created = parent.contracts_created
        if self.msg.is_create:
            self.contracts_created.append(self.msg.storage_address)

    def execute(self) -> None:
        """Run the code until it halts."""
        code = self.analysed
        program = code.program
        meter = self._gas_meter
        count = 0
        try:
            while True:
                position = code.program_counter
                cost, logic = program[position]
                count += 1
                code.program_counter = position + 1
                if cost:
                    left = meter.gas_remaining - cost
                    if left < 0:
                        raise OutOfGas
                    meter.gas_remaining = left
                logic(self)
        except Halt:
            pass
        finally:
            self.opcodes_run[0] += count


class MachineState(CancunState):
    """Cancun's state rules on a :class:`Ledger`, whose marks serve as snapshots."""

    account_db_class = Ledger
    _account_db: Ledger

    @property
    def ledger(self) -> Ledger:
        """The accounts."""
        return self._account_db

    def get_ancestor_hash(self, block_number: int) -> Any:  # noqa: ANN401 (a NewType of bytes)
        """Answer BLOCKHASH."""
        return block_hash(self.block_number, block_number)

    def set_system_contracts(self) -> None:
        """Deploy none: contracts here do not read beacon roots."""

    def snapshot(self) -> Any:  # noqa: ANN401 (py-evm declares its own pair)
        """Mark the present state."""
        return self._account_db.mark()

    def revert(self, snapshot: Any) -> None:  # noqa: ANN401
        """Undo everything since ``snapshot``."""
        self._account_db.rollback(snapshot)

    def commit(self, snapshot: Any) -> None:  # noqa: ANN401
        """Keep everything; the log must stay for enclosing snapshots."""

    def get_transient_storage(self, address: Address, slot: int) -> bytes:
        """Read a word of transient storage."""
        return self._account_db.get_transient(address, slot)

    def set_transient_storage(self, address: Address, slot: int, value: bytes) -> None:
        """Write a word of transient storage."""
        self._account_db.set_transient(address, slot, value)

    def clear_transient_storage(self) -> None:
        """Do nothing: :meth:`lock_changes` starts each transaction with none."""


def counted_machine(count: list[int]) -> tuple[type[Machine], type[MachineState]]:
    """Make the classes of one chain, whose executed opcodes are added to ``count[0]``."""

    class CountedMachine(Machine):
        """The machine that counts there."""

        opcodes_run = count

    class CountedState(MachineState):
        """The state that runs it."""

        computation_class = CountedMachine

    return CountedMachine, CountedState
