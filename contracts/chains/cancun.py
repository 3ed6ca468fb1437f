"""Cancun's rules as py-evm has them, mended where they are not Cancun's, not quiet or not alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eth.exceptions import OutOfGas
from eth.vm.forks.cancun.computation import CancunComputation

from .base import MAX_INIT_CODE_BYTES

if TYPE_CHECKING:
    from eth.vm.logic.system import CreateOpcodeStackData

_CREATE, _CREATE2, _SELFDESTRUCT = 0xF0, 0xF5, 0xFF


def _bounded(create: Any) -> Any:  # noqa: ANN401 (py-evm makes a class for each opcode)
    """CREATE or CREATE2 that halts where there is too much creation code (EIP-3860).

    py-evm only looks at it once the Ether for the new contract is there, and then goes on.
    """
    kind: Any = type(create)

    class Bounded(kind):  # type: ignore[misc]
        """The opcode with its limit."""

        def get_gas_cost(self, data: CreateOpcodeStackData) -> int:
            """Refuse before anything is paid or looked at."""
            if data.memory_length > MAX_INIT_CODE_BYTES:
                raise OutOfGas
            cost: int = super().get_gas_cost(data)
            return cost

    return Bounded()


def _opcodes() -> dict[int, Any]:
    known: dict[int, Any] = dict(CancunComputation.opcodes)
    # it comes wrapped in a warning, which is shown whenever a contract destroys itself
    known[_SELFDESTRUCT] = getattr(known[_SELFDESTRUCT], "__wrapped__", known[_SELFDESTRUCT])
    return known | {opcode: _bounded(known[opcode]) for opcode in (_CREATE, _CREATE2)}


OPCODES = _opcodes()
"""By number."""

_ANCESTORS = 256


def block_hash(number: int, of: int) -> bytes:
    """What BLOCKHASH answers in block ``number`` about block ``of``.

    There are no real blocks on these chains, so it is the hash of the number as text, as revm has
    it; nothing for what is not among the last 256 blocks.
    """
    from eth_hash.auto import keccak

    return keccak(str(of).encode()) if 0 < number - of <= _ANCESTORS else b""
