"""What a broadcast is going to send: each transaction, its place and where it leads.

Everything but gas and fees is fixed before the first transaction leaves, so that an interrupted
broadcast can be compared with what is to be sent now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weiproof.contracts.abi import Interface
from weiproof.contracts.deployment import At, predict_addresses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weiproof.contracts.deployment import AnyStep, Plan

CREATE, CALL = "CREATE", "CALL"
"""Kinds of transactions, as Foundry names them."""


@dataclass(frozen=True, slots=True)
class Intended:
    """One transaction that is to be sent."""

    label: str
    """The contract's name in the address book."""
    kind: str
    """:data:`CREATE` or :data:`CALL`."""
    contract: str
    """The contract's name in Solidity."""
    address: str
    """Where the contract is, or will be."""
    data: bytes
    nonce: int
    value: int = 0
    """Wei."""
    function: str | None = None
    """Signature of the called function."""
    arguments: tuple[str, ...] = ()
    """Arguments as Foundry writes them."""
    subject: str = ""
    """What a call is about, for people."""
    abi: tuple[Mapping[str, Any], ...] = ()
    """To name the errors it may revert with."""

    @property
    def shown(self) -> str:
        """The transaction in a few words."""
        if self.kind == CREATE:
            return f"creating {self.label}"
        name = (self.function or "").partition("(")[0]
        return f"calling {self.label}.{name}" + (f" for {self.subject}" if self.subject else "")


@dataclass(frozen=True, slots=True)
class Setup:
    """A call that is made after all creations."""

    target: str
    function: str
    args: tuple[Any, ...]
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Intention:
    """All transactions of a deployment, in their order."""

    deployer: str
    transactions: tuple[Intended, ...]
    libraries: tuple[str, ...]
    """``path/File.sol:Name:address`` of each library that is linked."""


def intend(plan: Plan, deployer: str, first_nonce: int, setup: Iterable[Setup] = ()) -> Intention:
    """Work out every transaction of a plan and of the calls after it.

    :raises DeploymentError: where the plan's arguments do not fit.
    """
    book = predict_addresses(deployer, plan, first_nonce=first_nonce)
    steps = {step.label: step for step in plan.steps}
    creations = list(_creations(plan, book, first_nonce))
    nonce = first_nonce + len(creations)
    calls = [
        _call(call, steps[call.target], book[call.target], nonce + number)
        for number, call in enumerate(setup)
    ]
    return Intention(deployer, (*creations, *calls), _libraries(plan, book))


def _creations(plan: Plan, book: Mapping[str, str], nonce: int) -> Iterator[Intended]:
    for step in plan.steps:
        if isinstance(step, At):
            continue
        yield Intended(
            label=step.label,
            kind=CREATE,
            contract=step.artifact.name,
            address=book[step.label],
            data=plan.init_code(step, book),
            nonce=nonce,
            value=step.value,
            arguments=tuple(map(shown, plan.arguments(step, book))),
            abi=step.abi,
        )
        nonce += 1


def _call(call: Setup, step: AnyStep, address: str, nonce: int) -> Intended:
    interface = Interface.of(step.abi)
    return Intended(
        label=call.target,
        kind=CALL,
        contract=step.artifact.name,
        address=address,
        data=interface.encode_call(call.function, call.args),
        nonce=nonce,
        function=interface.function(call.function).signature,
        arguments=tuple(map(shown, call.args)),
        subject=call.subject,
        abi=step.abi,
    )


def _libraries(plan: Plan, book: Mapping[str, str]) -> tuple[str, ...]:
    named = {
        f"{step.artifact.link_sources.get(library, '')}:{library.rpartition(':')[2]}:{address}"
        for step in plan.steps
        if not isinstance(step, At)
        for library, address in plan.libraries(step, book).items()
    }
    return tuple(sorted(named))


def shown(value: object) -> str:
    """Write an ABI value as Foundry does: tuples in parentheses, bytes as hex text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(shown, value))})"
    return str(value)
