"""The seeded fuzz: calls drawn by weight, aimed at edges with the model's help, run in lockstep.

A seed fixes the whole sequence, on every back end: all draws come from one counter-based generator,
and whatever a generator asks, it asks the model.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from weiproof.contracts import artifact_store
from weiproof.contracts.artifact_store import ArtifactStore
from weiproof.contracts.chains import actor, open_chain
from weiproof.crosscheck.divergence import Divergence, DivergenceFound
from weiproof.crosscheck.invariants import Bystanders, InvariantBroken, Invariants
from weiproof.crosscheck.lockstep import Lockstep, Tally
from weiproof.crosscheck.observation import stored_views
from weiproof.crosscheck.protocol import deploy_chain, deploy_model, faucet_call, setup_calls
from weiproof.engine.fixed_point import WAD

from . import (
    admin,
    exact,
    liquidations,
    money,
    prices,
    probes,
    rare,
    trades,
)
from .playground import LABELS, SPEC, faucet_amounts
from .scene import Scene, tokens_for
from .states import STATES, states_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeAlias

    from weiproof.contracts.artifact_store import Artifact
    from weiproof.engine.call import Call

    Generator: TypeAlias = Callable[[Scene], Iterator[Call]]

WEIGHTED: tuple[tuple[int, Generator], ...] = (
    (16, trades.open_trade),
    (9, trades.trade_back),
    (2, trades.margin_edge),
    (2, trades.band_edge),
    (4, trades.wrong_trade),
    (8, prices.drift),
    (4, prices.jump),
    (3, prices.crash),
    (4, prices.recover),
    (4, prices.to_edge),
    (1, prices.age_edge),
    (2, prices.break_mock),
    (2, prices.break_feed),
    (8, money.top_up),
    (3, money.deposit),
    (4, money.withdraw),
    (2, money.insurance),
    (2, money.fees),
    (4, money.settle),
    (3, money.accrue),
    (2, money.token),
    (1, money.allowance),
    (1, money.full_vault),
    (9, liquidations.liquidate),
    (4, liquidations.at_edge),
    (5, liquidations.force_close),
    (3, liquidations.refused),
    (1, liquidations.clear_out),
    (1, exact.exact_margin),
    (2, exact.dust_edge),
    (1, admin.system_parameters),
    (4, admin.market_parameters),
    (1, admin.pause_market),
    (1, admin.pause_all),
    (1, admin.roles),
    (1, admin.configure),
)
"""Generators with their weights."""

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


class OverlaidStore(ArtifactStore):
    """Artifacts of a folder, and the shipped ones for whatever that folder lacks."""

    def names(self) -> tuple[str, ...]:
        """Names of all contracts, sorted."""
        return tuple(sorted({*super().names(), *artifact_store.shipped().names()}))

    def load(self, name: str) -> Artifact:
        """The folder's artifact where it has one, else the shipped one."""
        return super().load(name) if name in super().names() else artifact_store.load(name)


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a campaign came to."""

    seed: int
    steps: int
    tally: Tally
    state_hash: bytes
    """The model's running hash at the end."""
    states: Counter[str]
    """How often the states of :data:`~.states.STATES` were passed through."""
    divergence: Divergence | None = None
    broken: InvariantBroken | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    """Labels of addresses, for people."""

    @property
    def passed(self) -> bool:
        """Whether no difference and no broken invariant was found."""
        return self.divergence is None and self.broken is None


def run(
    seed: int,
    steps: int,
    chain: str,
    *,
    store: ArtifactStore | None = None,
    watch: Callable[[int], None] | None = None,
) -> Campaign:
    """Runs `steps` calls, set-up included, on model and chain.

    Raises ChainUnavailable where the back end cannot run here, ArtifactError or DeploymentError
    for artifacts that cannot be deployed.
    """
    opened = open_chain(chain, genesis_time=SPEC.genesis_time)
    model = deploy_model(SPEC)
    lockstep = Lockstep(model, deploy_chain(SPEC, opened, store))
    scene = Scene(SPEC, model, seed)
    checks = _Checks(lockstep, scene)
    divergence, broken = None, None
    try:
        for call in islice(sequence(scene, probes.Prober(scene, lockstep.chain.abis)), steps):
            checks.apply(call)
            if watch is not None:
                watch(lockstep.tally.calls)
        checks.finish()
    except DivergenceFound as found:
        divergence = found.divergence
    except InvariantBroken as found:
        broken = found
    names = {address: label for label, address in model.world.addresses.items()}
    names |= {actor(label): label for label in LABELS}
    tally, state_hash = lockstep.tally, model.state_hash
    return Campaign(seed, steps, tally, state_hash, checks.states, divergence, broken, names)


def sequence(scene: Scene, probe: Generator) -> Iterator[Call]:
    """The endless sequence of calls; each is made when the one before has been applied."""
    yield from beginning(scene)
    weighted = (*WEIGHTED, (PROBE_WEIGHT, probe))
    total = sum(weight for weight, _ in weighted)
    turns = 0
    while True:
        scene.use_dice("")
        pass_time(scene)
        if scene.one_in(RARE_EVERY):
            generator: Generator = rare.RARE[turns % len(rare.RARE)]
            turns += 1
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


class _Checks:
    """What is looked at around each call."""

    def __init__(self, lockstep: Lockstep, scene: Scene) -> None:
        self.lockstep = lockstep
        self.scene = scene
        self.invariants = Invariants(lockstep.model, scene.ledger)
        self.states: Counter[str] = Counter(dict.fromkeys(STATES, 0))
        self._last: Call | None = None

    def apply(self, call: Call) -> None:
        """Applies a call and checks what is due."""
        model, tally = self.lockstep.model, self.lockstep.tally
        step = tally.calls + 1
        bystanders = Bystanders(model) if step % BYSTANDERS_EVERY == 0 else None
        self.states.update(states_of(self.lockstep.apply(call)))
        self._last = call
        self.invariants.note(model.touched)
        self.invariants.check(step, call)
        if bystanders is not None:
            bystanders.check(step, call)
        if step % FIGURES_EVERY == 0:
            touched = [str(key[1]) for key in model.touched if key[0] == "account"]
            accounts = touched[:2] or [self._someone(step)]
            self.lockstep.compare_figures(call, accounts)
            for account in accounts:
                self.invariants.check_liquidation_prices(step, call, account)
        if step % WHOLE_EVERY == 0:
            self._compare_stored(call)

    def finish(self) -> None:
        """Compares everything, figures of all accounts included."""
        if self._last is not None:
            self.lockstep.compare_all(self._last)
            self.lockstep.compare_figures(self._last, self.scene.accounts)

    def _someone(self, step: int) -> str:
        accounts = self.scene.accounts
        return accounts[step // FIGURES_EVERY % len(accounts)]

    def _compare_stored(self, call: Call) -> None:
        """Everything but old rounds, which were compared when they were written."""
        keys = [key for key in self.lockstep.model.world.store.keys() if key[0] != "round"]  # noqa: SIM118
        self.lockstep.compare_views(call, stored_views(keys, call.at))
