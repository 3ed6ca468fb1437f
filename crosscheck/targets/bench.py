"""A user's target, opened: contracts deployed, twins made, operations and views found."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from weiproof.contracts.artifact_store import ArtifactStore
from weiproof.contracts.chains import actor
from weiproof.contracts.deployment import Ref
from weiproof.crosscheck.divergence import Divergence, DivergenceFound
from weiproof.crosscheck.invariants import InvariantBroken
from weiproof.crosscheck.lockstep import Lockstep
from weiproof.crosscheck.places import python_place, solidity_place
from weiproof.crosscheck.stopwatch import Stopwatch
from weiproof.crosscheck.systems import ChainSystem
from weiproof.engine.call import Call
from weiproof.engine.contract import Contract, World
from weiproof.engine.draws import Draws

from .checking import TargetError, blaming, check_call, check_sender
from .contract_model import ContractModel
from .corpus import Corpus, features_of, varied
from .model import ModelFault, TwinModel
from .observation import TwinObservation, accounts_of
from .operations import VIEW_WEIGHT, Crossing, operations_of, uncompared_of
from .placing import place
from .scene import Scene
from .twin import TwinWorld, binding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from weiproof.contracts.chains import Chain
    from weiproof.contracts.deployment import AddressBook
    from weiproof.engine.call import Outcome

    from .model import TargetModel
    from .placing import Placed
    from .target import Deploy, Target

MOST_IDLE = 10_000
"""So many operations in a row may find nothing to do."""

WHOLE_EVERY = 50
"""Everything ever read is compared again every so many calls, and at the end of a sequence."""

CROSSING_ONE_IN = 8
"""One in so many draws is a pair of calls at an edge between them."""

REPLAY_ONE_IN = 2
"""One in so many sequences starts from a kept one."""


class TwinBench:
    """Twins and contracts of a :class:`Target`."""

    def __init__(
        self,
        target: Target,
        chain: Chain,
        second: Chain | None = None,
        store: ArtifactStore | None = None,
    ) -> None:
        """Deploys the target.

        Raises ArtifactError or DeploymentError where the contracts cannot be deployed, ModelFault
        where a twin cannot be made.
        """
        self._target = target
        self.target = target.name
        self.genesis_time = target.genesis_time
        self.deployer = actor(target.deployer)
        self.store = store or _store(target)
        placed, system = self._deploy(chain)
        other = None if second is None else self._deploy(second)[1]
        book = placed.book
        self.plan = placed.plan
        self.sent = placed.sent
        self.abis: Mapping[str, Sequence[Mapping[str, Any]]] = system.abis
        self.model: TargetModel = _model(target, book)
        layouts = {
            each.label: layout
            for each in target.contracts
            for name in (each.contract, each.interface or each.contract)
            if (layout := self.store.load(name).storage_layout)
        }
        observation = TwinObservation(target, self.model, self.abis, layouts)
        self.lockstep = Lockstep(self.model, system, observation=observation, second=other)
        self.operations = operations_of(target, self.model, self.abis)
        self.uncompared = uncompared_of(self.model, self.abis)
        """Functions that no twin answers."""
        self.actors = tuple(map(actor, target.actors))
        """Addresses of those who call."""
        self.names = {address: label for label, address in book.items()}
        self.names |= {actor(label): label for label in (*target.actors, target.deployer)}
        self.states: Counter[str] = Counter()
        self.corpus = Corpus()
        self._scene: Scene | None = None
        self._begun = target.genesis_time
        self._book = book
        self._calls = 0
        self.invariants_checked = 0
        self._stopwatch = Stopwatch()
        self._last: tuple[Call, Outcome] | None = None

    # CALLS

    def fixture(self, seed: int) -> Iterator[Call]:
        """The target's own first calls."""
        target = self._target
        self._scene = scene = self._begin(target.genesis_time, Draws(seed))
        with blaming(target, "fixture"):
            for call in self._given(target.fixture(scene), "fixture"):
                yield self._sendable(call, "fixture")
        self._begun = scene.now

    def play(self, seed: int) -> Iterator[Call | None]:
        """Sequences without end: from the ABI, from the target's own operations, from the corpus.

        :meth:`fixture` of the same seed comes first.
        """
        scene, begun = self._scene, self._begun
        if scene is None:
            raise RuntimeError(f"the fixture of seed {seed} comes first")
        choices = self._choices()
        while True:
            scene.now = begun
            with blaming(self._target, "drawing a call"):
                yield from self._sequence(scene, begun, choices)
            yield None

    def moves(self, draws: Draws) -> Sequence[Callable[[], Iterator[Call]]]:
        """The target's own operations and those from the ABI, after some time or none."""
        self._scene = scene = self._begin(self._begun, draws)

        def move(make: Callable[[Scene], Iterable[Call]]) -> Iterator[Call]:
            scene.pass_time()
            with blaming(self._target, "drawing a call"):
                for call in make(scene):
                    yield self._sendable(call, "operations")
                    self._heard(scene, call)

        return [partial(move, make) for weight, _, make in self._choices() if weight]

    def _begin(self, now: int, draws: Draws) -> Scene:
        return Scene(self.model, self._book, self._target.actors, now, draws)

    def _choices(self) -> list[tuple[int, str, Any]]:
        """Weight, label and generator of everything that may be drawn."""
        with blaming(self._target, "operations", always=True):
            own: list[tuple[int, str, Any]] = [
                (int(weight), getattr(make, "__name__", "operation"), make)
                for weight, make in self._target.operations()
            ]
        own += [(each.weight, each.label, each.calls) for each in self.operations]
        changing = tuple(each for each in self.operations if each.weight > VIEW_WEIGHT)
        if any(each.integers for each in changing):
            share = sum(weight for weight, _, _ in own) // CROSSING_ONE_IN
            own.append((max(share, 1), "crossing", Crossing(changing)))
        if not any(weight for weight, _, _ in own):
            raise TargetError(
                f"{self.target}: nothing can be called: no twin has a method for a function of its"
                " contract that is not skipped and has a weight"
            )
        return own

    def _sequence(
        self, scene: Scene, begun: int, choices: list[tuple[int, str, Any]]
    ) -> Iterator[Call]:
        scene.use_dice("")
        made: list[Call] = []
        before, length = "", scene.dice.between(3, self._target.episode)
        for call in self._plays(scene, begun, choices):
            yield self._sendable(call, "operations")
            made.append(call)
            outcome, states = self._heard(scene, call)
            before, features = features_of(call, outcome, states, before)
            self.corpus.note(features, made)
            if len(made) >= length:
                return

    def _heard(self, scene: Scene, call: Call) -> tuple[Outcome, tuple[str, ...]]:
        """What became of a call that was made, and the rare states it passed through."""
        if self._last is None or self._last[0] is not call:
            raise RuntimeError("each call is applied before the next is drawn")
        outcome = self._last[1]
        scene.note(call, outcome)
        with blaming(self._target, "states", always=True):
            states = tuple(self._target.states(call, outcome))
        self.states.update(states)
        scene.now = max(scene.now, call.at)
        return outcome, states

    def _plays(
        self, scene: Scene, begun: int, choices: list[tuple[int, str, Any]]
    ) -> Iterator[Call]:
        if len(self.corpus) and scene.one_in(REPLAY_ONE_IN):
            scene.use_dice("corpus")
            yield from varied(scene, self.corpus.choose(scene.dice), begun, self.operations)
        total = sum(weight for weight, _, _ in choices)
        idle = 0
        while idle < MOST_IDLE:
            scene.use_dice("")
            scene.pass_time()
            label, make = _pick(choices, scene.dice.below(total))
            scene.use_dice(label)
            idle += 1
            for call in make(scene):
                idle = 0
                yield call
        raise TargetError(f"{self.target}: operations: {MOST_IDLE:,} in a row made no call")

    def _given(self, calls: Iterable[Call], what: str) -> Iterator[Call]:
        """Calls that the target made up, each checked."""
        with blaming(self._target, what, always=True):
            each = iter(calls)
        for call in each:
            yield check_call(self._target, self.model, call, what)

    def _sendable(self, call: Call, what: str) -> Call:
        """A call that is going to be made."""
        return check_sender(self._target, check_call(self._target, self.model, call, what), what)

    # CHECKS

    @property
    def checking_ns(self) -> int:
        """Time that invariants and effects took, nanoseconds."""
        return self._stopwatch.nanoseconds

    def apply(self, call: Call) -> Outcome:
        """Applies a call; compares outcome, touched state, now and then everything; invariants."""
        step = self.lockstep.tally.calls + 1
        try:
            outcome = self.lockstep.apply(call)
            self._last = (call, outcome)
            self.lockstep.compare_views(call, self._observed(call))
        except ModelFault as fault:
            raise DivergenceFound(
                Divergence(
                    step, call, "fault", call.function, call.sender, fault.kind, str(fault), "-"
                )
            ) from fault
        with self._stopwatch, blaming(self._target, "invariants", always=True):
            equations = [(*each,) for each in self._target.invariants(self.model.twins)]
        for name, left, right in equations:
            if left != right:
                raise InvariantBroken(name, step, call, left, right)
            self.invariants_checked += 1
        self._calls += 1
        if self._calls % WHOLE_EVERY == 0:
            self.lockstep.compare_all(call)
        return outcome

    def _observed(self, call: Call) -> tuple[Call, ...]:
        """The views that the target reads after a call, at its time; in a replay just as well."""
        scene = self._scene or self._begin(call.at, Draws(0))
        drawing_at, scene.now = scene.now, call.at
        with blaming(self._target, "observe"):
            views = tuple(self._given(self._target.observe(scene, call), "observe"))
        scene.now = drawing_at
        return views

    def settle(self) -> None:
        """Starts counting anew."""
        self._calls = 0

    def finish(self) -> None:
        """Compares everything that was ever read, and the views of every actor."""
        if self._last is not None:
            call = self._last[0]
            self.lockstep.compare_all(call)
            self.lockstep.compare_figures(call, self.actors)

    def intermediates(self, call: Call) -> Iterator[Call]:
        """Views of everybody whom the call concerns, at its time."""
        yield from self.lockstep.observation.touched((), call, None)
        yield from self.lockstep.observation.figures(accounts_of(call, None, ()), call)

    def places(self, call: Call) -> tuple[str, str]:
        """The twin's method, and the function in the target's sources."""
        target = self._target
        each = next(each for each in target.contracts if each.label == call.target)
        folder = target.root.joinpath(target.sources) if target.sources else None
        solidity = solidity_place(folder, self._interface(each), call.function)
        return python_place(self.model.method(call.target, call.function)), solidity

    # DEPLOYMENT

    def _deploy(self, chain: Chain) -> tuple[Placed, ChainSystem]:
        target = self._target
        for label in (*target.actors, target.deployer):
            chain.fund(actor(label), target.balance)
        placed = place(target, chain, self.store)
        called = [each for each in target.contracts if each.model is not None]
        abis = {each.label: self._interface(each).abi for each in called}
        also = [step.artifact.abi for step in placed.plan.steps]
        return placed, ChainSystem(chain, placed.book, abis, also=also)

    def _interface(self, each: Deploy) -> Any:  # noqa: ANN401 (an artifact)
        return self.store.load(each.interface or each.contract)


def _store(target: Target) -> ArtifactStore:
    """The artifacts that a target names itself."""
    given = (target.artifacts,) if isinstance(target.artifacts, str) else target.artifacts
    first, *more = (target.root.joinpath(place) for place in given)
    return ArtifactStore(first, *more)


def _model(target: Target, book: AddressBook) -> TargetModel:
    """The twins, made in order of deployment as the deployer.

    Raises TargetError where some are twins and some are contracts of the engine.
    """
    made = [each for each in target.contracts if each.model is not None]
    contracts = [each for each in made if _is_contract(each.model)]
    if contracts and len(contracts) < len(made):
        raise TargetError(
            f"{target.name}: {contracts[0].label} is modelled by a contract of the engine; its"
            " world is not that of twins, so all of the target's models must be such contracts"
        )
    world: Any = World() if contracts else TwinWorld()
    world.now, world.sender = target.genesis_time, actor(target.deployer)
    world.addresses.update(book)
    for each in made:
        given = each.args if each.model_args is None else each.model_args
        args = tuple(book[arg.label] if isinstance(arg, Ref) else arg for arg in given)
        world.value = each.value
        with binding(world, each.label):
            try:
                _make(each, world, args)
            except Exception as error:
                call = Call(world.now, world.sender, each.label, "constructor", args)
                raise ModelFault(call, error) from error
    return ContractModel(world) if contracts else TwinModel(world)


def _make(each: Deploy, world: Any, args: tuple[Any, ...]) -> None:  # noqa: ANN401 (either world)
    model: Any = each.model
    if _is_contract(model):
        model(world, each.label, *args)
    else:
        model(*args)


def _is_contract(model: object) -> bool:
    return isinstance(model, type) and issubclass(model, Contract)


def _pick(choices: list[tuple[int, str, Any]], drawn: int) -> tuple[str, Any]:
    for weight, label, make in choices:
        if drawn < weight:
            return label, make
        drawn -= weight
    raise ValueError("the draw lies beyond the weights")
