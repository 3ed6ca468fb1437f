"""A bench: an opened target, on which a driver plays, replays and shrinks sequences of calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from weiproof.contracts.deployment import Plan
    from weiproof.engine.call import Call, Outcome
    from weiproof.engine.draws import Draws

    from .divergence import Divergence
    from .invariants import InvariantBroken
    from .lockstep import Lockstep

    Finding: TypeAlias = Divergence | InvariantBroken


@dataclass(frozen=True)
class Sent:
    """A call that was made between creations, and not compared."""

    sender: str
    to: str
    data: bytes


class Bench(Protocol):
    """Model and chain of one target, deployed, with whatever is checked around each call."""

    target: str
    """Name of the target, as a case file has it."""
    lockstep: Lockstep
    plan: Plan
    """What was deployed."""
    sent: Mapping[str, Sequence[Sent]]
    """Calls that came after the creation of a label, and before the next."""
    deployer: str
    """Address of the one who deployed it."""
    states: Counter[str]
    """How often each rare state was passed through."""
    genesis_time: int
    invariants_checked: int
    """How many times the invariants were checked."""

    @property
    def checking_ns(self) -> int:
        """Time that invariants and effects took, nanoseconds."""
        ...

    @property
    def names(self) -> Mapping[str, str]:
        """Labels of addresses, for people."""
        ...

    def fixture(self, seed: int) -> Iterator[Call]:
        """Calls that every sequence starts with; the next is made when the last was applied."""
        ...

    def play(self, seed: int) -> Iterator[Call | None]:
        """Calls without end, made one by one; None asks to start over after the fixture."""
        ...

    def moves(self, draws: Draws) -> Sequence[Callable[[], Iterator[Call]]]:
        """What may come next, begun anew after the fixture, with nothing but these draws.

        The next call of a move is made when the last was applied.
        """
        ...

    def apply(self, call: Call) -> Outcome:
        """Applies a call and checks what is due.

        Raises DivergenceFound or InvariantBroken.
        """
        ...

    def settle(self) -> None:
        """Forgets what was due from the calls before: the state was set back."""
        ...

    def finish(self) -> None:
        """Compares everything at the end of a sequence."""
        ...

    def intermediates(self, call: Call) -> Iterator[Call]:
        """Views that the outcome of a call follows from, in the order of the rule."""
        ...

    def places(self, call: Call) -> tuple[str, str]:
        """Where the called rule stands in Python and in Solidity, empty where not known."""
        ...
