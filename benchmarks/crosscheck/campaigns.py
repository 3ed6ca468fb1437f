"""The margin campaign, and its transactions and reads without model and comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from weiproof.contracts.chains import ChainUnavailable, open_chain
from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.fuzz.campaign import open_margin
from weiproof.crosscheck.fuzz.playground import SPEC

from .rows import Absent, cpu_seconds

if TYPE_CHECKING:
    from typing import TypeAlias

    from weiproof.contracts.chains import Chain

    Operation: TypeAlias = tuple[str, tuple[Any, ...], dict[str, Any]]
    """Method of a chain, with its arguments."""

SEED = 7
_OPERATIONS = frozenset({"deploy", "send", "call", "fund", "snapshot", "revert"})


def opened(chain: str) -> Chain:
    """A fresh chain; raises Absent with the reason where there is none."""
    try:
        return open_chain(chain, genesis_time=SPEC.genesis_time)
    except ChainUnavailable as unavailable:
        raise Absent(unavailable.reason) from unavailable


class CampaignRow:
    """`weiproof fuzz` on one back end: the same seed each round."""

    checks = "outcome, events, touched state, figures, invariants"

    def __init__(self, chain: str, steps: int) -> None:
        opened(chain)
        self.name = f"weiproof, {chain}"
        self._chain = chain
        self._steps = steps

    def measure(self) -> tuple[int, float]:
        """Plays the campaign on contracts that are deployed before."""
        bench = open_margin(opened(self._chain))
        started = cpu_seconds()
        campaign = driver.run(bench, SEED, Limits(self._steps))
        spent = cpu_seconds() - started
        if not campaign.passed:
            raise RuntimeError(f"the campaign of seed {SEED} found something")
        return campaign.tally.calls, spent


class BareRow:
    """What the same campaign asks of the back end, and nothing else."""

    checks = "nothing"

    def __init__(self, chain: str, steps: int) -> None:
        recorder = Recorder(opened(chain))
        bench = open_margin(cast("Chain", recorder))
        self._deployment = list(recorder.operations)
        recorder.operations.clear()
        self._calls = driver.run(bench, SEED, Limits(steps)).tally.calls
        self._operations = recorder.operations
        self.name = f"bare {chain}: same calls and reads"
        self._chain = chain

    def measure(self) -> tuple[int, float]:
        """Plays the recorded operations."""
        chain = opened(self._chain)
        _play(chain, self._deployment)
        started = cpu_seconds()
        _play(chain, self._operations)
        return self._calls, cpu_seconds() - started


class Recorder:
    """A chain that remembers what was asked of it."""

    def __init__(self, chain: Chain) -> None:
        self.operations: list[Operation] = []
        self.answers: list[Any] = []
        self._chain = chain

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the chain has
        attribute = getattr(self._chain, name)
        if name not in _OPERATIONS:
            return attribute

        def asked(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the chain takes them
            self.operations.append((name, args, kwargs))
            answer = attribute(*args, **kwargs)
            self.answers.append(answer)
            return answer

        return asked


def _play(chain: Chain, operations: list[Operation]) -> None:
    for name, args, kwargs in operations:
        getattr(chain, name)(*args, **kwargs)
