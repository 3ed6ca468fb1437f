"""A run: a scenario through model and contracts in lockstep, written to a journal and a summary."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weiproof.contracts import artifact_store
from weiproof.contracts.chains import actor, open_chain
from weiproof.crosscheck.effects import Effects
from weiproof.crosscheck.invariants import Invariants
from weiproof.crosscheck.lockstep import Lockstep
from weiproof.crosscheck.protocol import deploy_chain, deploy_model, house_of
from weiproof.crosscheck.stopwatch import Stopwatch
from weiproof.engine.call import Call
from weiproof.engine.contract import ZERO_ADDRESS

from .driver import Block, Driver
from .forms import Header, Record
from .journal import JournalWriter
from .metrics import Metrics, encode_summary, summary_of
from .protocol_of import encode_protocol, protocol_of
from .states import Sampler, namer, times_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.call import Outcome
    from weiproof.engine.model import Model

    from .scenario import Scenario

JOURNAL, SUMMARY, PROTOCOL, SCENARIO, TIMING, STATES, DIVERGENCE = (
    "journal.jsonl",
    "summary.json",
    "protocol.json",
    "scenario.toml",
    "timing.json",
    "states.jsonl",
    "divergence.json",
)
"""Files of a run's folder; the last one is there instead of a summary."""

END_OF_BLOCK = "(end of block)"
"""Stands for a function where something is looked at after no single call."""

FIGURES_AT_ONCE, FIGURES_AT_END = 1, 40
"""Accounts whose derived figures are compared each time, and at the end.

They take turns; the figures of one account cost about 60,000 opcodes.
"""


@dataclass(frozen=True, slots=True)
class Check:
    """How much of a run is compared with the contracts."""

    mode: str
    """``full``: state after every call; ``sample``: after every `every`-th.

    ``off``: no contracts.
    """
    every: int = 1

    @property
    def enabled(self) -> bool:
        """Whether the contracts run at all."""
        return self.mode != "off"

    def __str__(self) -> str:
        """As it stands on the command line."""
        return f"sample:{self.every}" if self.mode == "sample" else self.mode


@dataclass(slots=True)
class Progress:
    """Where a run stands, for whoever watches."""

    block: Block
    metrics: Metrics
    compared: int


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to."""

    summary: dict[str, Any]
    opcodes: int | None
    """As :attr:`Run.opcodes`."""


def artifacts_hash() -> bytes:
    """SHA-256 of the shipped artifacts' manifest."""
    manifest = json.dumps(artifact_store.manifest(), sort_keys=True)
    return hashlib.sha256(manifest.encode()).digest()


class Run:
    """One run of a scenario into a folder."""

    def __init__(self, scenario: Scenario, *, check: Check, chain: str, folder: Path) -> None:
        """Deploys both sides. Raises ChainUnavailable where the chain cannot run here."""
        self._scenario = scenario
        self.spec: ProtocolSpec = protocol_of(scenario)
        self.model: Model = deploy_model(self.spec)
        self.metrics = Metrics(self.spec)
        self._check = check
        self.folder = folder
        self.lockstep: Lockstep | None = None
        if check.enabled:
            system = deploy_chain(self.spec, open_chain(chain, genesis_time=scenario.start))
            self.lockstep = Lockstep(self.model, system, read_every=check.every)
        self._driver = Driver(scenario, self.spec, self.model, self._submit)
        self._protocol = encode_protocol(self.spec, self._driver.actors)
        ledger = house_of(self.model).ledger
        self._invariants, self._effects = (
            Invariants(self.model, ledger),
            Effects(self.model, ledger, self._driver.accounts),
        )
        self._stopwatch, self._sampling = Stopwatch(), Stopwatch()
        self._journal: JournalWriter | None = None
        self._sampler: Sampler | None = None
        self._turn = 0

    @property
    def checking_ns(self) -> int:
        """Time that invariants and effects took, nanoseconds."""
        return self._stopwatch.nanoseconds

    @property
    def sampling_ns(self) -> int:
        """Time that samples of accounts took, nanoseconds."""
        return self._sampling.nanoseconds

    def run(self, watch: Callable[[Progress], None] | None = None) -> Result:
        """Runs to the end and writes journal, samples of accounts, and summary.

        Raises DivergenceFound at the first difference; journal and samples end before the call.
        Raises InvariantBroken where a call does what it may not, or a block leaves the model in a
        state that may not be; the journal ends with that call.
        """
        (self.folder / PROTOCOL).write_bytes(self._protocol)
        with (
            JournalWriter.create(self.folder / JOURNAL, self._header()) as journal,
            (self.folder / STATES).open("xb") as states,
        ):
            self._journal = journal
            self._sampler = self._sampler_into(states.write)
            self._sampler.begin()
            for faucet in self._driver.faucets():
                self._prepare(faucet)
            self._driver.open()
            for block in self._driver.blocks():
                with self._stopwatch:
                    self._invariants.check(self.metrics.calls, _end(block.at))
                if watch is not None:
                    watch(Progress(block, self.metrics, self.compared))
            self._compare_all()
            with self._sampling:
                self._sampler.finish()
            journal.finish()
        self.metrics.finish()
        summary = self._summary()
        (self.folder / SUMMARY).write_bytes(encode_summary(summary))
        return Result(summary, self.opcodes)

    def shortfall(self) -> int:
        """What accounts owe at the end at the prices that first feeds observe, wei."""
        return self._driver.shortfall()

    @property
    def seed(self) -> int:
        """The seed that was used."""
        return self._scenario.seed

    @property
    def names(self) -> dict[str, str]:
        """Label of every known address, for people."""
        labels = {actor(label): label for label in self._driver.actors}
        return labels | {address: name for name, address in self.model.world.addresses.items()}

    @property
    def compared(self) -> int:
        """How many calls were compared."""
        return self.lockstep.tally.calls if self.lockstep else 0

    @property
    def opcodes(self) -> int | None:
        """Opcodes that the chain executed for the compared calls, where it counts them."""
        return self.lockstep.chain.chain.opcodes if self.lockstep else None

    def _header(self) -> Header:
        return Header(
            scenario_hash=self._scenario.fingerprint,
            seed=self._scenario.seed,
            artifacts_hash=artifacts_hash(),
            protocol_hash=hashlib.sha256(self._protocol).digest(),
        )

    def _sampler_into(self, write: Callable[[bytes], object]) -> Sampler:
        times = times_of(self._scenario, len(self._driver.accounts))
        return Sampler(self.model, self.spec, namer(self._driver.actors), times, write)

    def _sample(self, call: Call) -> None:
        """Takes the samples of accounts that are due before a call."""
        if self._sampler is not None and self._sampler.is_due(call.at):
            with self._sampling:
                self._sampler.before(call.at)

    def _prepare(self, call: Call) -> None:
        """Runs a call outside the comparison: handing out tokens."""
        self._sample(call)
        outcome = self.lockstep.prepare(call) if self.lockstep else self.model.apply(call)
        self._record(call, outcome)

    def _submit(self, call: Call) -> Outcome:
        self._sample(call)
        with self._stopwatch:
            self._effects.before(call)
        outcome = self.lockstep.apply(call) if self.lockstep else self.model.apply(call)
        self._record(call, outcome)
        with self._stopwatch:
            self._effects.check(self.metrics.calls, call, outcome)
        self._compare_now_and_then(call)
        return outcome

    def _record(self, call: Call, outcome: Outcome) -> None:
        self.metrics.add(call, outcome)
        self._invariants.note(self.model.touched)
        every = self._scenario.checks.full_state_every
        digest = self.model.digest() if self.metrics.calls % every == 0 else b""
        if self._journal is not None:
            self._journal.append(Record(call, outcome, self.model.state_hash, digest))

    def _compare_now_and_then(self, call: Call) -> None:
        if self.lockstep is None:
            return
        checks = self._scenario.checks
        if self.metrics.calls % checks.full_state_every == 0:
            self.lockstep.compare_all(call)
        if self.metrics.calls % checks.views_every == 0:
            self.lockstep.compare_figures(call, self._next_accounts(FIGURES_AT_ONCE))

    def _next_accounts(self, count: int) -> tuple[str, ...]:
        """The accounts whose turn it is to have their derived figures compared."""
        accounts = self._driver.accounts
        chosen = [accounts[(self._turn + i) % len(accounts)] for i in range(count)]
        self._turn += count
        return tuple(chosen)

    def _compare_all(self) -> None:
        if self.lockstep is not None:
            last = _end(self.metrics.last_at)
            self.lockstep.compare_all(last)
            count = min(FIGURES_AT_END, len(self._driver.accounts))
            self.lockstep.compare_figures(last, self._next_accounts(count))

    def _summary(self) -> dict[str, Any]:
        return summary_of(
            self.metrics,
            **self._driver.told(),
            **({"variant": self._scenario.variant} if self._scenario.variant else {}),
            scenario=self._scenario.name,
            scenario_hash=self._scenario.fingerprint.hex(),
            seed=self._scenario.seed,
            calls_compared=self.compared,
            divergences=0,
            state_hash=self.model.state_hash.hex(),
            state_digest=self.model.digest().hex(),
        )


def _end(at: int) -> Call:
    """Stands for the end of a block or of the run."""
    return Call(at, ZERO_ADDRESS, "house", END_OF_BLOCK)
