"""A rehearsal of a deployment: create, configure, read back, and compare with the model.

Everything happens on a local chain, with the transactions that a node would get.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.contracts.chains import MAX_CODE_BYTES, actor
from weiproof.contracts.deployment import AddressBook, deploy_steps

from .lockstep import Lockstep
from .protocol import DEPLOYER, PUBLIC, deploy_model, deployment_plan, setup_steps
from .systems import ChainSystem

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.contracts.chains import Chain, DeployReceipt, Receipt
    from weiproof.contracts.deployment import Plan, Step
    from weiproof.engine.call import Call

    from .spec import ProtocolSpec


class RehearsalError(Exception):
    """A configuration that the contracts refuse, or a contract that is not what was compiled."""


@dataclass(frozen=True, slots=True)
class Created:
    """One contract that was created."""

    label: str
    contract: str
    """Name in Solidity."""
    address: str
    gas: int
    code: bytes
    """Deployed code, as the chain has it."""

    @property
    def size(self) -> int:
        """Bytes of the deployed code."""
        return len(self.code)


@dataclass(frozen=True, slots=True)
class Configured:
    """One configuring call that was accepted."""

    target: str
    function: str
    subject: str
    """The price or market that it configures."""
    gas: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a deployment came to."""

    chain: str
    deployer: str
    """Address of the creator; all addresses follow from it and its nonce."""
    created: tuple[Created, ...]
    configured: tuple[Configured, ...]
    calls_compared: int
    views_compared: int

    @property
    def creation_gas(self) -> int:
        """Gas of all creations."""
        return sum(step.gas for step in self.created)

    @property
    def configuration_gas(self) -> int:
        """Gas of all configuring calls."""
        return sum(call.gas for call in self.configured)


def rehearse(
    spec: ProtocolSpec, chain: Chain, watch: Callable[[str], None] | None = None
) -> Rehearsal:
    """Deploys and configures `spec` on a fresh chain.

    After each configuring call the state it touched is read back and compared with the model, and
    the whole state at the end. `watch` is told each step before it is taken.

    Raises DeploymentError, RehearsalError, or DivergenceFound where a contract answers otherwise
    than the model.
    """
    say = watch or _silent
    metered = _Metered(chain)
    plan = deployment_plan(spec)
    created = []
    for step, receipt in deploy_steps(metered, plan, actor(DEPLOYER), at=spec.genesis_time):
        say(f"created {step.label}")
        created.append(_created(step, receipt, chain))
    lockstep = Lockstep(deploy_model(spec), _system(metered, plan, created))
    configured = []
    for subject, call in setup_steps(spec):
        say(f"calling {call.target}.{call.function} for {subject}")
        configured.append(_configure(lockstep, metered, call, subject))
        lockstep.compare_all(call)
    tally = lockstep.tally
    return Rehearsal(
        chain=chain.name,
        deployer=actor(DEPLOYER),
        created=tuple(created),
        configured=tuple(configured),
        calls_compared=tally.calls,
        views_compared=tally.views,
    )


def _silent(_: str) -> None:
    pass


def _created(step: Step, receipt: DeployReceipt, chain: Chain) -> Created:
    code = chain.code(receipt.address)
    size = len(code)
    expected = step.artifact.deployed_size
    if size != expected or size > MAX_CODE_BYTES:
        message = f"{step.label} has {size} bytes of code, compiled were {expected}"
        raise RehearsalError(message)
    return Created(step.label, step.artifact.name, receipt.address, receipt.gas, code)


def _system(chain: Chain, plan: Plan, created: list[Created]) -> ChainSystem:
    book = AddressBook({step.label: step.address for step in created})
    called = (step for step in plan.steps if step.label in PUBLIC or "/" in step.label)
    return ChainSystem(chain, book, {step.label: step.abi for step in called})


def _configure(lockstep: Lockstep, chain: _Metered, call: Call, subject: str) -> Configured:
    outcome = lockstep.apply(call)
    if not outcome.ok:
        reason = ", ".join(map(_shown, outcome.error_args))
        message = f"{call.target}.{call.function} for {subject} is refused: {outcome.error}"
        raise RehearsalError(f"{message}({reason})")
    return Configured(call.target, call.function, subject, chain.gas)


def _shown(value: object) -> str:
    """A revert's argument: names travel as bytes32."""
    return (
        value.rstrip(b"\0").decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    )


class _Metered:
    """A chain that remembers the gas of its last transaction."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.name = chain.name
        self.gas = 0
        self.deploy = chain.deploy
        self.call = chain.call
        self.fund = chain.fund
        self.balance = chain.balance
        self.snapshot = chain.snapshot
        self.revert = chain.revert
        self.nonce = chain.nonce
        self.code = chain.code
        self.storage = chain.storage

    @property
    def opcodes(self) -> int | None:
        """As the chain counts them."""
        return self._chain.opcodes

    def send(self, to: str, data: bytes, *, sender: str, at: int, value: int = 0) -> Receipt:
        """Mines a transaction and notes its gas."""
        receipt = self._chain.send(to, data, sender=sender, at=at, value=value)
        self.gas = receipt.gas
        return receipt
