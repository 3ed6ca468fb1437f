"""The bench of a run: its protocol deployed anew, to play its journal again and to shrink it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor, open_chain
from weiproof.crosscheck.effects import Effects
from weiproof.crosscheck.invariants import Invariants
from weiproof.crosscheck.lockstep import Lockstep
from weiproof.crosscheck.observation import intermediates
from weiproof.crosscheck.places import shipped_places
from weiproof.crosscheck.protocol import (
    DEPLOYER,
    deploy_chain,
    deploy_model,
    deployment_plan,
    house_of,
)
from weiproof.crosscheck.stopwatch import Stopwatch
from weiproof.engine.call import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from weiproof.crosscheck.bench import Sent
    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.call import Outcome
    from weiproof.engine.draws import Draws


class RunBench:
    """Model and contracts of a run's protocol; it plays what is given, and draws nothing."""

    target = "run"

    def __init__(
        self, spec: ProtocolSpec, actors: Sequence[str], chain: str, view: Call | None = None
    ) -> None:
        """Deploys on a fresh chain of that name; `view` is compared after each call, too.

        Raises ChainUnavailable.
        """
        self.genesis_time = spec.genesis_time
        self.deployer = actor(DEPLOYER)
        self.model = deploy_model(spec)
        self.plan = deployment_plan(spec)
        self.sent: Mapping[str, Sequence[Sent]] = {}
        opened = open_chain(chain, genesis_time=spec.genesis_time)
        self.lockstep = Lockstep(self.model, deploy_chain(spec, opened))
        self.names = {address: label for label, address in self.model.world.addresses.items()}
        self.names |= {actor(label): label for label in actors}
        self.states: Counter[str] = Counter()
        self.invariants_checked = 0
        self._actors = tuple(actor(label) for label in actors)
        self._ledger = house_of(self.model).ledger
        self._view = view
        self._last: Call | None = None
        self._stopwatch = Stopwatch()
        self.settle()

    @property
    def checking_ns(self) -> int:
        """Time that invariants took, nanoseconds."""
        return self._stopwatch.nanoseconds

    def fixture(self, seed: int) -> Iterator[Call]:  # noqa: ARG002 - as of every bench
        """None: a journal begins with it."""
        return iter(())

    def play(self, seed: int) -> Iterator[Call | None]:  # noqa: ARG002
        """None: a journal says what is called."""
        return iter(())

    def moves(self, draws: Draws) -> Sequence[Callable[[], Iterator[Call]]]:  # noqa: ARG002
        """None."""
        return ()

    def apply(self, call: Call) -> Outcome:
        """Applies a call, checks what it did, and compares the view that is watched.

        Raises DivergenceFound or InvariantBroken.
        """
        with self._stopwatch:
            self._effects.before(call)
        outcome = self.lockstep.apply(call)
        self._last = call
        with self._stopwatch:
            self._effects.check(self.lockstep.tally.calls, call, outcome)
            self._invariants.note(self.model.touched)
            self._invariants.check(self.lockstep.tally.calls, call)
            self.invariants_checked += 1
        if self._view is not None:
            view = self._view
            again = Call(call.at, view.sender, view.target, view.function, view.args)
            self.lockstep.compare_views(call, (again,))
        return outcome

    def settle(self) -> None:
        """Starts counting anew, on the accounts that have records now."""
        self._last = None
        self._invariants = Invariants(self.model, self._ledger)
        self._effects = Effects(self.model, self._ledger, self._actors)

    def finish(self) -> None:
        """Compares the whole state."""
        if self._last is not None:
            self.lockstep.compare_all(self._last)

    def intermediates(self, call: Call) -> Iterator[Call]:
        """Prices and figures of the accounts that a call names, in the order of the rules."""
        return intermediates(self.lockstep.observation, self._ledger, self._actors, call)

    def places(self, call: Call) -> tuple[str, str]:
        """The twin's method, and the function in the shipped sources."""
        return shipped_places(self.plan, self.model, call)
