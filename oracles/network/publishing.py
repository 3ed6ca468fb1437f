"""From observations to rounds: aggregation, the reasons to report, transmission, and storing.

Everything is an integer and follows from the parameters, the path and the seed. What is drawn comes
from streams of their own (each node's noise, each report's delay, each heartbeat's jitter), so that
a change of one parameter does not shift the draws of another.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from weiproof.oracles.reporting import reaches

from .log import PHASE_BITS, Cause, Log, Publication, Reason, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weiproof.engine.draws import Draws

    from .parameters import Network
    from .paths import StepPath


@dataclass(frozen=True, slots=True)
class Observations:
    """One round of observations."""

    sequence: int
    """Number of the round, from 0."""
    at_ms: int
    said: tuple[int, ...]
    """What the nodes said, in their order."""
    clocks_ms: tuple[int, ...]
    """Their clocks."""
    signatures: int
    """How many of them sign."""

    @property
    def answer(self) -> int:
        """The answer of the round."""
        return upper_median(self.said)


@dataclass(frozen=True, slots=True)
class InFlight:
    """A report under way; what was observed, and the phase that it is meant for."""

    seen: Observations
    phase: int
    cause: Cause
    published_at: int | None
    """Time of the block that it lands in; None where it never does."""


def upper_median(values: Sequence[int]) -> int:
    """Return ``observations[n/2]``: the middle one, the upper of two; never an average."""
    return sorted(values)[len(values) // 2]


def publish(
    network: Network,
    prices: StepPath,
    start: int,
    end: int,
    draws: Draws,
    gas_prices: StepPath | None = None,
) -> Log:
    """Return what a network publishes of a price path from start to end, unix seconds, included.

    `gas_prices` is in wei: while it is above a node's bid, its transmission waits. The rounds of
    observations begin at the start. Raises `ValueError` where the end is before the start.
    """
    if end < start:
        message = f"the end is not before the start, got {start} and {end}"
        raise ValueError(message)
    run = _Run(network, prices, gas_prices, start, end, draws)
    for sequence, at_ms in enumerate(range(start * 1000, end * 1000 + 1, network.interval_ms)):
        run.step(sequence, at_ms)
    run.finish()
    return Log(network, start, end, tuple(run.publications), tuple(run.refusals))


@dataclass
class _Run:
    network: Network
    prices: StepPath
    gas_prices: StepPath | None
    start: int
    end: int
    draws: Draws
    publications: list[Publication] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    in_flight: list[InFlight] = field(default_factory=list)
    lateness: int = 0
    """Of the next heartbeat, drawn at each publication."""
    refused_at: int = -1
    """Number of the last round of observations that came to nothing."""

    def __post_init__(self) -> None:
        stream, nodes = self.draws.stream, self.network.nodes
        self._noise = tuple(stream(f"network/noise/{node.name}") for node in nodes)
        self._delays = stream("network/delay")
        self._jitter = stream("network/jitter")

    # A ROUND OF OBSERVATIONS

    def step(self, sequence: int, at_ms: int) -> None:
        """Runs one round of observations; before it, what has landed by then is stored."""
        self.land(at_ms // 1000)
        phase = self.network.phase_at(at_ms // 1000)
        last = self._stored(phase)
        seen = self._observe(sequence, at_ms, last)
        if len(seen.said) < self.network.observations_needed:
            self._refuse_round(Reason.NO_QUORUM, seen, None)
            return
        cause = self._cause(last, seen)
        if cause is None or self._is_covered(phase, seen.answer):
            return
        if seen.signatures < self.network.signatures_needed:
            self._refuse_round(Reason.NO_SIGNATURES, seen, seen.answer)
        elif not self.network.min_answer <= seen.answer <= self.network.max_answer:
            self._refuse_round(Reason.OUT_OF_RANGE, seen, seen.answer)
        else:
            self._transmit(seen, phase, cause)

    def _observe(self, sequence: int, at_ms: int, last: Publication | None) -> Observations:
        stored = None if last is None else last.answer
        said, clocks, signatures = [], [], 0
        for node, noise in zip(self.network.nodes, self._noise, strict=True):
            bound = node.noise_ppm
            # Drawn whether or not the node is up: an outage shifts no later error.
            error = noise.between(-bound, bound) if bound else 0
            answer = node.observe(self.prices, at_ms, stored, error)
            if answer is not None:
                said.append(answer)
                clocks.append(at_ms + node.skew_ms)
                signatures += node.signs
        return Observations(sequence, at_ms, tuple(said), tuple(clocks), signatures)

    def _stored(self, phase: int) -> Publication | None:
        """The latest publication of a phase."""
        last = self.publications[-1] if self.publications else None
        return last if last is not None and last.round_id >> PHASE_BITS == phase else None

    def _cause(self, last: Publication | None, seen: Observations) -> Cause | None:
        """Why a report is due; None where it is not."""
        network = self.network
        if last is None:
            return Cause.FIRST
        if self._deviates(last.answer, seen.answer):
            return Cause.DEVIATION
        if seen.at_ms >= (last.published_at + network.heartbeat + self.lateness) * 1000:
            return Cause.HEARTBEAT
        if any(last.observed_at_ms < at * 1000 <= seen.at_ms for at in network.requests):
            return Cause.REQUESTED
        return None

    def _is_covered(self, phase: int, answer: int) -> bool:
        """Whether a report under way says the same, up to the deviation."""
        under_way = [one for one in self.in_flight if one.phase == phase]
        return bool(under_way) and not self._deviates(under_way[-1].seen.answer, answer)

    def _deviates(self, old: int, new: int) -> bool:
        network = self.network
        return reaches(old, new, network.deviation_numerator, network.deviation_denominator)

    def _refuse_round(self, reason: Reason, seen: Observations, answer: int | None) -> None:
        """Takes note of a round that came to nothing, as one with those just before it."""
        follows = self.refused_at == seen.sequence - 1 and self.refusals
        self.refused_at = seen.sequence
        if follows and self.refusals[-1].reason is reason:
            before = self.refusals[-1]
            self.refusals[-1] = replace(
                before, last_at_ms=seen.at_ms, rounds=before.rounds + 1, answer=answer
            )
        else:
            self.refusals.append(Refusal(reason, seen.at_ms, seen.at_ms, 1, answer))

    # TRANSMISSION

    def _transmit(self, seen: Observations, phase: int, cause: Cause) -> None:
        """Sends a report: the transmitters try in turns, and the first block that takes it wins."""
        network, nodes = self.network, self.network.nodes
        jitter = network.delay_jitter_ms
        sent_at = seen.at_ms + network.delay_ms + (self._delays.below(jitter + 1) if jitter else 0)
        tried, best = False, None
        for stage in range(len(nodes)):
            node = nodes[(seen.sequence + stage) % len(nodes)]
            try_at = sent_at + stage * network.stage_ms
            if best is not None and try_at > best * 1000:
                break
            if node.is_up(try_at):
                tried = True
                block = self._block(try_at, node.max_gas_price)
                if block is not None and (best is None or block < best):
                    best = block
        report = InFlight(seen, phase, cause, best)
        if tried:
            self.in_flight.append(report)
        else:
            self._refuse_report(Reason.NO_TRANSMITTER, report)

    def _block(self, sent_at_ms: int, bid: int | None) -> int | None:
        """Time of the first block that takes a transmission; None where the gas stays too dear."""
        at_ms: int | None = sent_at_ms
        while at_ms is not None:
            block = self._next_block(at_ms)
            if bid is None or self.gas_prices is None:
                return block
            at_ms = self.gas_prices.first_at_most(bid, block * 1000)
            if at_ms == block * 1000:
                return block
        return None

    def _next_block(self, at_ms: int) -> int:
        """Time of the first block at or after a time."""
        every = self.network.block_time
        blocks = -(-(at_ms - self.start * 1000) // (every * 1000))
        return self.start + blocks * every

    # ON CHAIN

    def land(self, now: int) -> None:
        """Stores the reports that land up to a time, in the order of blocks, then of rounds."""
        landing = [one for one in self.in_flight if _lands_by(one, now)]
        if landing:
            self.in_flight = [one for one in self.in_flight if not _lands_by(one, now)]
            for report in sorted(landing, key=lambda one: (one.published_at, one.seen.sequence)):
                self._store(report, report.published_at or 0)

    def _store(self, report: InFlight, at: int) -> None:
        network, seen = self.network, report.seen
        phase = network.phase_at(at)
        if phase != report.phase:
            self._refuse_report(Reason.OLD_PHASE, report)
            return
        last = self._stored(phase)
        epoch, epoch_round = divmod(seen.sequence, network.rounds_per_epoch)
        position = (epoch + 1, epoch_round + 1)
        if last is not None and position <= (last.epoch, last.epoch_round):
            self._refuse_report(Reason.STALE_REPORT, report)
            return
        round_id = phase << PHASE_BITS | 1 if last is None else last.round_id + 1
        started_at = upper_median(seen.clocks_ms) // 1000
        answer, cause = seen.answer, report.cause
        self.publications.append(
            Publication(round_id, answer, seen.at_ms, started_at, at, cause, *position)
        )
        self.lateness = self._jitter.between(*network.heartbeat_jitter)

    def _refuse_report(self, reason: Reason, report: InFlight) -> None:
        seen = report.seen
        self.refusals.append(Refusal(reason, seen.at_ms, seen.at_ms, 1, seen.answer))
        self.refused_at = -1

    def finish(self) -> None:
        """Stores what lands up to the end; the rest is under way."""
        self.land(self.end)
        for report in self.in_flight:
            self._refuse_report(Reason.UNDER_WAY, report)


def _lands_by(report: InFlight, now: int) -> bool:
    return report.published_at is not None and report.published_at <= now
