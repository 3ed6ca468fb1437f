"""The seeded fuzz: calls drawn by weight, aimed at edges with the model's help, run in lockstep.

A seed fixes the whole sequence, on every back end: all draws come from one counter-based generator,
and whatever a generator asks, it asks the model.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import cycle, islice
from typing import TYPE_CHECKING

from weiproof.contracts import artifact_store
from weiproof.contracts.artifact_store import ArtifactStore
from weiproof.contracts.chains import actor, open_chain
from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.effects import Effects
from weiproof.crosscheck.invariants import Bystanders, Invariants
from weiproof.crosscheck.lockstep import Lockstep
from weiproof.crosscheck.observation import intermediates, stored_views
from weiproof.crosscheck.places import shipped_places
from weiproof.crosscheck.protocol import (
    DEPLOYER,
    deploy_chain,
    deploy_model,
    deployment_plan,
    faucet_call,
    house_of,
    setup_calls,
)
from weiproof.crosscheck.stopwatch import Stopwatch
from weiproof.engine.backstop_records import BACKSTOP, FUND
from weiproof.engine.draws import Draws
from weiproof.engine.fixed_point import WAD

from . import edges, prices, probes, rare
from .playground import LABELS, SPEC, accounts, faucet_amounts, sub_accounts
from .scene import Scene, tokens_for
from .states import STATES, Around, states_of
from .weights import WEIGHTED, Generator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from weiproof.contracts.artifact_store import Artifact
    from weiproof.contracts.chains import Chain
    from weiproof.crosscheck.bench import Sent
    from weiproof.crosscheck.driver import Campaign
    from weiproof.engine.call import Call, Outcome

PROBE_WEIGHT = 8
"""Weight of the calls drawn from the ABI."""

RARE_EVERY = 45
"""One in so many draws is the next directed sequence."""

FIGURES_EVERY = 8
"""Derived figures of an account are compared every so many calls."""

WHOLE_EVERY = 1000
"""The whole stored state is compared every so many calls, and at the end."""

BYSTANDERS_EVERY = 100
"""Every so many calls, all records that a call did not touch are looked at."""

PAUSES = ((45, 0, 0), (16, 1, 1), (27, 2, 30), (11, 31, 300), (1, 301, 5000))
"""Weight and range of the seconds that pass before a draw."""

LONG_PAUSE = 2 * 86_400
"""Once in a while it is up to so many seconds."""


EPISODES = (*(60,) * 6, 640)
"""Lengths of sequences in turn: what is found early is short, what is rare needs long ones."""

ACCOUNTS = (*accounts(), *sub_accounts(), BACKSTOP, FUND)
"""Addresses of all accounts that can hold positions."""


class OverlaidStore(ArtifactStore):
    """Artifacts of a folder, and the shipped ones for whatever that folder lacks."""

    def names(self) -> tuple[str, ...]:
        """Names of all contracts, sorted."""
        return tuple(sorted({*super().names(), *artifact_store.shipped().names()}))

    def load(self, name: str) -> Artifact:
        """The folder's artifact where it has one, else the shipped one."""
        return super().load(name) if name in super().names() else artifact_store.load(name)

    def load_library(self, user: Artifact, library: str) -> Artifact:
        """The folder's library where it has one, else the shipped one."""
        own = library.rpartition(":")[2] in super().names()
        if own:
            return super().load_library(user, library)
        return artifact_store.shipped().load_library(user, library)


def open_margin(
    chain: Chain, second: Chain | None = None, *, store: ArtifactStore | None = None
) -> MarginBench:
    """Deploys the margin protocol on both sides, from the shipped artifacts or those of a store.

    Raises ArtifactError or DeploymentError for artifacts that cannot be deployed.
    """
    return MarginBench(chain, second, store)


def run(
    seed: int,
    steps: int,
    chain: str,
    *,
    store: ArtifactStore | None = None,
    watch: Callable[[int], None] | None = None,
) -> Campaign:
    """Plays `steps` calls, set-up included, on the model and a fresh chain of that name.

    Raises ChainUnavailable where the back end cannot run here, and what :func:`open_margin` does.
    """
    bench = open_margin(open_chain(chain, genesis_time=SPEC.genesis_time), store=store)
    return driver.run(bench, seed, Limits(steps), watch)


class MarginBench:
    """The margin protocol of the playground, with what is looked at around each call."""

    target = "margin"
    genesis_time = SPEC.genesis_time
    deployer = actor(DEPLOYER)

    def __init__(
        self, chain: Chain, second: Chain | None = None, store: ArtifactStore | None = None
    ) -> None:
        self.model = deploy_model(SPEC)
        self.plan = deployment_plan(SPEC, store)
        self.sent: Mapping[str, Sequence[Sent]] = {}
        other = None if second is None else deploy_chain(SPEC, second, store)
        self.lockstep = Lockstep(self.model, deploy_chain(SPEC, chain, store), second=other)
        self.names = {address: label for label, address in self.model.world.addresses.items()}
        self.names |= {actor(label): label for label in LABELS}
        self.states: Counter[str] = Counter(dict.fromkeys(STATES, 0))
        self._ledger = house_of(self.model).ledger
        self._scene: Scene | None = None
        self._begun = SPEC.genesis_time
        self._last: Call | None = None
        self._calls = 0
        self.episodes: tuple[int, ...] = EPISODES
        self.invariants_checked = 0
        self._stopwatch = Stopwatch()
        self._effects = Effects(self.model, self._ledger, ACCOUNTS)
        self.settle()

    def fixture(self, seed: int) -> Iterator[Call]:
        """Prices and markets are set up, prices published, accounts funded."""
        self._scene = scene = Scene(SPEC, self.model, Draws(seed))
        yield from beginning(scene)
        self._begun = scene.now

    def play(self, seed: int) -> Iterator[Call | None]:
        """Calls by weight and directed sequences; over and over after so many calls."""
        if self._scene is None:
            raise RuntimeError(f"the fixture of seed {seed} comes first")
        prober = probes.Prober(self._scene, self.lockstep.chain.abis)
        return episodes(self._scene, prober, self.episodes)

    def moves(self, draws: Draws) -> Sequence[Callable[[], Iterator[Call]]]:
        """Every generator and every directed sequence, after some time or none."""
        scene = Scene(SPEC, self.model, draws)
        scene.start_over(self._begun)
        probe: Generator = probes.Prober(scene, self.lockstep.chain.abis)
        usual = (make for _, make in WEIGHTED if make is not edges.next_edge)
        every = dict.fromkeys((*usual, *rare.RARE, *edges.EDGES, probe))

        def move(make: Generator) -> Iterator[Call]:
            pass_time(scene)
            yield from make(scene)

        return [partial(move, make) for make in every]

    @property
    def checking_ns(self) -> int:
        """Time that invariants and effects took, nanoseconds."""
        return self._stopwatch.nanoseconds

    def apply(self, call: Call) -> Outcome:
        """Applies a call and checks what is due."""
        lockstep, model = self.lockstep, self.model
        step = lockstep.tally.calls + 1
        self._calls += 1
        bystanders = Bystanders(model) if self._calls % BYSTANDERS_EVERY == 0 else None
        with self._stopwatch:
            self._effects.before(call)
        around = Around(self._ledger, call)
        outcome = lockstep.apply(call)
        self.states.update((*states_of(outcome), *around.states(outcome)))
        self._last = call
        with self._stopwatch:
            self._invariants.note(model.touched)
            self._invariants.check(step, call)
            self._effects.check(step, call, outcome)
            self.invariants_checked += 1
            if bystanders is not None:
                bystanders.check(step, call)
        if self._calls % FIGURES_EVERY == 0:
            touched = [str(key[1]) for key in model.touched if key[0] == "account"]
            self._check_figures(step, call, touched[:2] or [self._someone()])
        if self._calls % WHOLE_EVERY == 0:
            self._compare_stored(call)
        return outcome

    def settle(self) -> None:
        """Starts counting anew, on the accounts that have records now."""
        self._calls = 0
        self._last = None
        self._invariants = Invariants(self.model, self._ledger)

    def finish(self) -> None:
        """Compares everything, figures of all accounts included."""
        call = self._last
        if call is not None:
            self.lockstep.compare_all(call)
            self._check_figures(self.lockstep.tally.calls, call, ACCOUNTS)

    def intermediates(self, call: Call) -> Iterator[Call]:
        """Prices and figures of the accounts that a call names, in the order of the rules."""
        return intermediates(self.lockstep.observation, self._ledger, ACCOUNTS, call)

    def places(self, call: Call) -> tuple[str, str]:
        """The twin's method, and the function in the shipped sources."""
        return shipped_places(self.plan, self.model, call)

    def _check_figures(self, step: int, call: Call, accounts: Iterable[str]) -> None:
        for account in accounts:
            self.lockstep.compare_figures(call, [account])
            self._invariants.check_liquidation_prices(step, call, account)

    def _someone(self) -> str:
        return ACCOUNTS[self._calls // FIGURES_EVERY % len(ACCOUNTS)]

    def _compare_stored(self, call: Call) -> None:
        """Everything but old rounds, which were compared when they were written."""
        keys = [key for key in self.model.world.store.keys() if key[0] != "round"]  # noqa: SIM118
        self.lockstep.compare_views(call, stored_views(keys, call.at))


def episodes(scene: Scene, probe: Generator, lengths: tuple[int, ...]) -> Iterator[Call | None]:
    """Calls without end, begun anew from the fixture after each of the lengths in turn."""
    begun = scene.now
    for length in cycle(lengths):
        yield from islice(calls_of(scene, probe), length)
        yield None
        scene.start_over(begun)


def sequence(scene: Scene, probe: Generator) -> Iterator[Call]:
    """The fixture and the endless calls after it."""
    yield from beginning(scene)
    yield from calls_of(scene, probe)


def calls_of(scene: Scene, probe: Generator) -> Iterator[Call]:
    """Calls after the fixture; each is made when the one before has been applied."""
    weighted = (*WEIGHTED, (PROBE_WEIGHT, probe))
    total = sum(weight for weight, _ in weighted)
    while True:
        scene.use_dice("")
        pass_time(scene)
        if scene.one_in(RARE_EVERY):
            generator: Generator = rare.RARE[scene.turns % len(rare.RARE)]
            scene.turns += 1
        else:
            generator = _pick(weighted, scene.dice.below(total))
        scene.use_dice(getattr(generator, "__name__", "probe"))
        yield from generator(scene)


def beginning(scene: Scene) -> Iterator[Call]:
    """Prices and markets are set up, prices published, accounts funded."""
    scene.use_dice("beginning")
    yield from setup_calls(scene.spec)
    yield faucet_call(scene.spec, faucet_amounts())
    yield from prices.fresh_all(scene)
    for account in scene.accounts:
        amount = tokens_for(scene.dice.between(2000, 60_000) * WAD)
        yield scene.house(account, "deposit", amount)


def pass_time(scene: Scene) -> None:
    """Lets no time pass, or a second, or more."""
    drawn = scene.dice.below(sum(weight for weight, _, _ in PAUSES))
    for weight, low, high in PAUSES:
        if drawn < weight:
            scene.wait(scene.dice.between(low, high))
            break
        drawn -= weight
    if scene.one_in(500):
        scene.wait(scene.dice.below(LONG_PAUSE))


def _pick(weighted: tuple[tuple[int, Generator], ...], drawn: int) -> Generator:
    for weight, generator in weighted:
        if drawn < weight:
            return generator
        drawn -= weight
    raise ValueError("the draw lies beyond the weights")
