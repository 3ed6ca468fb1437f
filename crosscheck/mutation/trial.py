"""One mutant's trial: the campaigns are run on it in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

START_SECONDS = 20
"""Processor time that a campaign may use beside its steps."""

STEP_MILLISECONDS = 10
"""And for each step: several times what one takes on revm."""

SLOW_MILLISECONDS = 150
"""The same on the other back ends."""

WALL_FACTOR = 20
"""A process is ended after so many times its processor time: the machine may be shared."""

KILLED, SURVIVED, EQUIVALENT, INVALID = "killed", "survived", "equivalent", "invalid"
"""What becomes of a mutant: equivalent is one that compiles to the same code."""


class TrialFailed(Exception):
    """A trial came to no verdict: something is missing here."""


class FailsUnmutated(TrialFailed):
    """The campaigns do not pass without a mutation, so that they can judge none."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The campaigns that every mutant goes through."""

    seeds: tuple[int, ...]
    steps: int
    chain: str
    folder: str = ""
    """Artifacts that are used where a mutant has none of its own; empty for the shipped ones."""

    @property
    def cpu_seconds(self) -> int:
        """Processor time that one campaign may use."""
        each = STEP_MILLISECONDS if self.chain == "revm" else SLOW_MILLISECONDS
        return START_SECONDS + self.steps * each // 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a trial came to."""

    status: str
    by: str = ""
    """What a mutant was killed by: divergence, invariant, crash, timeout, deployment, state hash.

    Why it is invalid, where it is."""
    seed: int = 0
    calls: int = 0
    """Calls until the difference; 0 where it was none."""
    detail: str = ""


def baseline(bench: Bench) -> tuple[str, ...]:
    """The state hashes that the campaigns end with when nothing is mutated.

    Raises FailsUnmutated where a campaign does not pass.
    """
    answer = _ask(_request(bench))
    if isinstance(answer, Verdict) or answer["killed"]:
        detail = answer.detail if isinstance(answer, Verdict) else answer["detail"]
        raise FailsUnmutated(f"the campaign does not pass without a mutation:\n{detail}")
    return tuple(answer["hashes"])


def try_contracts(bench: Bench, artifacts: Path) -> Verdict:
    """The campaigns with other contracts, found in a folder."""
    return _verdict(_ask(_request(bench, artifacts=str(artifacts))))


def try_module(bench: Bench, name: str, path: str, source: str, hashes: tuple[str, ...]) -> Verdict:
    """The campaigns with another source of one module.

    :param hashes: what :func:`baseline` answers; another state hash at the end kills too.
    """
    module = {"name": name, "path": path, "source": source}
    return _verdict(_ask(_request(bench, module=module, hashes=list(hashes))))


def _request(bench: Bench, **others: object) -> dict[str, Any]:
    plain = {
        "module": None,
        "artifacts": bench.folder or None,
        "hashes": None,
        "seeds": list(bench.seeds),
        "steps": bench.steps,
        "chain": bench.chain,
        "cpu_seconds": bench.cpu_seconds,
    }
    return plain | others


def _ask(request: Mapping[str, Any]) -> dict[str, Any] | Verdict:
    """The worker's answer, or a verdict where the process gave none."""
    wall = WALL_FACTOR * request["cpu_seconds"] * len(request["seeds"])
    try:
        ended = subprocess.run(  # noqa: S603 - this interpreter and our own module
            [sys.executable, "-m", f"{__package__}.worker"],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=wall,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Verdict(KILLED, "timeout", request["seeds"][0], detail=f"more than {wall} s")
    last = ended.stderr.strip().splitlines()[-1:] or ["no message"]
    if ended.returncode == 0:
        answer: dict[str, Any] = json.loads(ended.stdout)
        return answer
    if "ChainUnavailable" in last[0] or "KeyboardInterrupt" in last[0]:
        raise TrialFailed(last[0])
    return Verdict(KILLED, "crash", request["seeds"][0], detail=last[0])


def _verdict(answer: dict[str, Any] | Verdict) -> Verdict:
    if isinstance(answer, Verdict):
        return answer
    if not answer["killed"]:
        return Verdict(SURVIVED)
    return Verdict(KILLED, answer["by"], answer["seed"], answer.get("calls", 0), answer["detail"])
