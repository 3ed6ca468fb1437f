"""Parallel campaigns: one seed a process, merged in the order of the seeds.

The result does not depend on which process ends first. What a process finds is played again here,
from its seed, so that nothing but numbers crosses the border.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from threading import Thread
from typing import TYPE_CHECKING

from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Campaign, Limits, Recording
from weiproof.crosscheck.lockstep import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.process import BaseProcess

    from weiproof.crosscheck.opening import Opening


@dataclass(frozen=True, slots=True)
class Job:
    """One seed's campaign."""

    opening: Opening
    chain: str
    against: str | None
    seed: int
    steps: int


@dataclass(frozen=True, slots=True)
class Result:
    """What one process came to."""

    tally: Tally
    states: Counter[str]
    state_hash: bytes
    passed: bool
    invariants_checked: int
    sequences: int
    checking_ns: int


def run(
    opening: Opening, chain: str, seed: int, steps: int, workers: int, against: str | None = None
) -> Campaign:
    """Runs `workers` campaigns of the seeds from `seed` on, which share the steps.

    There are no more of them than steps. Raises BrokenProcessPool where one is killed; where this
    process is interrupted or killed, they end with it.

    The finding is that of the lowest seed that has one. The state hash is one over all of them.
    """
    workers = min(workers, steps)
    share, more = divmod(steps, workers)
    jobs = [Job(opening, chain, against, seed + i, share + (i < more)) for i in range(workers)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_end_with_parent) as pool:
        try:
            results = list(pool.map(_work, jobs))
        except BaseException:
            for child in multiprocessing.active_children():
                child.terminate()
            raise
    failed = next((i for i, result in enumerate(results) if not result.passed), None)
    if failed is None:
        bench = opening.open(chain)
        return _merged(
            Campaign(bench.target, seed, Tally(), b"", Counter(), None, Recording(), bench.names),
            results,
        )
    job = jobs[failed]
    again = driver.run(opening.open(chain, against), job.seed, Limits(job.steps))
    return _merged(again, results)


def _end_with_parent() -> None:
    """Leaves nothing behind where the parent is killed, and takes no part in an interruption.

    Ctrl-C reaches every process of a terminal; only the parent's answer to it counts.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _work(job: Job) -> Result:
    campaign = driver.run(job.opening.open(job.chain, job.against), job.seed, Limits(job.steps))
    return Result(
        campaign.tally,
        campaign.states,
        campaign.state_hash,
        campaign.passed,
        campaign.invariants_checked,
        campaign.sequences,
        campaign.checking_ns,
    )


def _merged(campaign: Campaign, results: Sequence[Result]) -> Campaign:
    """The campaign with the numbers of all."""
    tally = Tally()
    states: Counter[str] = Counter()
    for result in results:
        tally.calls += result.tally.calls
        tally.views += result.tally.views
        tally.functions.update(result.tally.functions)
        tally.succeeded.update(result.tally.succeeded)
        tally.errors.update(result.tally.errors)
        tally.events.update(result.tally.events)
        for state, times in result.states.items():
            states[state] += times
    return replace(
        campaign,
        tally=tally,
        states=states,
        state_hash=sha256(b"".join(result.state_hash for result in results)).digest(),
        invariants_checked=sum(result.invariants_checked for result in results),
        sequences=sum(result.sequences for result in results),
        checking_ns=sum(result.checking_ns for result in results),
    )
