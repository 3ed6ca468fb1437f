"""A target: whose contracts are checked, against which twins, and how they are called.

One Python file is enough::

    class Checked(Target):
        artifacts = "out"
        contracts = (
            Deploy("token", "Token", model=Token),
            Deploy("vault", "Vault", args=(Ref("token"), 30), model=Vault),
        )

Everything else has a default: operations and arguments come from the ABI, all views that a twin
answers are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from weiproof.contracts.deployment import Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from weiproof.engine.call import Call, Outcome, Value
    from weiproof.engine.contract import Contract

    from .scene import Scene
    from .twin import Twin

    Strategy: TypeAlias = Callable[[Scene], Value]


@dataclass(frozen=True)
class Send:
    """A call of the deployment, such as one that grants a role: made, but not compared."""

    contract: str
    """Label of the contract that is called."""
    function: str
    """ABI name, or the full signature where the name is overloaded."""
    args: tuple[Any, ...] = ()
    """Its arguments; ``Ref("label")`` stands for a contract's address."""
    sender: str = ""
    """Label of the caller; the deployer by default."""


@dataclass(frozen=True)
class Deploy:
    """One contract of a target."""

    label: str
    """Its name in calls and reports."""
    contract: str
    """Name of the artifact, ``Vault`` or ``Vault.sol:Vault``."""
    args: tuple[Any, ...] = ()
    """Constructor arguments; ``Ref("label")`` stands for another contract's address."""
    model: Callable[..., Twin] | type[Contract] | None = None
    """Class of the twin; without one the contract is deployed and not called.

    Or a contract of the engine, such as the feeds of ``weiproof.oracles``, which is then made with
    its world and its label first; all of a target's models must be of one kind.
    """
    interface: str | None = None
    """For a proxy: the artifact whose ABI it is called by."""
    model_args: tuple[Any, ...] | None = None
    """What the twin is made with, where that is not the constructor's arguments."""
    value: int = 0
    """Ether for a payable constructor, wei."""
    then: tuple[Send, ...] = ()
    """Calls that are made after its creation and before the next one."""
    made_by: tuple[str, int] | None = None
    """For a contract that another one creates in a call before: that one's label, and its nonce.

    A contract's first creation has nonce 1, its second 2.
    """


class Target:
    """What to check. Subclass it; attributes and methods all have defaults."""

    name: ClassVar[str] = ""
    """Name in reports; by default the file's."""
    artifacts: ClassVar[str | Sequence[str]] = "out"
    """Folder or file of compiled contracts, from where the target's file lies; or several."""
    sources: ClassVar[str] = ""
    """Folder of the Solidity sources; reports and exports then name the place of a rule."""
    contracts: ClassVar[Sequence[Deploy]] = ()
    """In order of deployment; libraries are deployed by themselves."""
    actors: ClassVar[Sequence[str]] = ("alice", "bob", "carol", "dave")
    """Labels of those who call."""
    deployer: ClassVar[str] = "deployer"
    genesis_time: ClassVar[int] = 1_700_000_000
    """First block time, unix seconds."""
    balance: ClassVar[int] = 10**24
    """Ether of each actor at the start, wei."""
    gas: ClassVar[int] = 30_000_000
    """Gas limit of each transaction: what ends a loop that has no end of its own."""
    episode: ClassVar[int] = 120
    """Most calls of a sequence before everything starts over from the fixture."""
    weights: ClassVar[Mapping[str, int]] = {}
    """How often a function is called, ``"vault.deposit"`` to weight; 10 where nothing is said."""
    senders: ClassVar[Mapping[str, Sequence[str]]] = {}
    """Labels of those who mostly call a function."""
    arguments: ClassVar[Mapping[str, Strategy]] = {}
    """Values for ``"vault.deposit.amount"`` or ``"amount"``, by functions of the scene."""
    values: ClassVar[Mapping[str, Strategy]] = {}
    """Ether that is sent along, by function."""
    skip: ClassVar[Sequence[str]] = ()
    """Functions that are not called, and views that are not compared."""

    root: Path
    """Folder of the target's file; set when it is loaded."""

    def fixture(self, scene: Scene) -> Iterator[Call]:  # noqa: ARG002 (for subclasses)
        """Calls that come first in every sequence: funding, configuration."""
        yield from ()

    def operations(self) -> Iterable[tuple[int, Callable[[Scene], Iterator[Call]]]]:
        """Weighted sequences of calls beside those that are drawn from the ABI."""
        return ()

    def observe(self, scene: Scene, call: Call) -> Iterable[Call]:  # noqa: ARG002
        """More views to compare after a call."""
        return ()

    def invariants(self, model: Mapping[str, Any]) -> Iterable[tuple[str, int, int]]:  # noqa: ARG002
        """Equations that hold in every state: a name and two numbers that must be equal.

        `model` is the twins by label.
        """
        return ()

    def states(self, call: Call, outcome: Outcome) -> Iterable[str]:  # noqa: ARG002
        """Names of rare states that a call passed through; rare ones are sought."""
        return ()


__all__ = ["Deploy", "Ref", "Send", "Target"]
