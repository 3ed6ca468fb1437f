"""Runs the lockstep campaign on one mutant, in a process of its own.

Reads one JSON object from standard input and writes one to standard output:

* `module`: name, path and source of the Python module that is replaced, or null;
* `artifacts`: folder of contracts used instead of the shipped ones, or null;
* `seeds`, `steps`, `chain`: the campaigns; `cpu_seconds`: the limit of each;
* `hashes`: the state hashes that the campaigns end with when nothing is mutated, or null.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType, ModuleType

    from weiproof.crosscheck.driver import Campaign

MOST_TEXT = 600
"""Characters kept of a reason."""

MOST_MEMORY = 8 << 30
"""Bytes of address space: a mutant may build numbers without end."""


class OutOfTime(BaseException):
    """A campaign used up its processor time; no `except Exception` may hold it."""


class ReplacedModule(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module's source where it is told, not where the module lies."""

    def __init__(self, name: str, path: str, source: str) -> None:
        self.name = name
        self.path = path
        self.source = source

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the interface's
        target: ModuleType | None = None,  # noqa: ARG002 - likewise
    ) -> importlib.machinery.ModuleSpec | None:
        """The replaced module; None for every other."""
        if fullname != self.name:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=self.path)

    def exec_module(self, module: ModuleType) -> None:
        """Runs the given source as the module."""
        code = compile(self.source, self.path, "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 - a module's own source


def main() -> None:
    """Answers one request."""
    request = json.load(sys.stdin)
    _limit_memory()
    print(json.dumps(answer(request)))  # noqa: T201 - the answer


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """What the campaigns came to: `killed`, by what, or the state hashes that they ended with."""
    if request["module"] is not None:
        sys.meta_path.insert(0, ReplacedModule(**request["module"]))
    hashes = []
    for number, seed in enumerate(request["seeds"]):
        try:
            with _limited(request["cpu_seconds"]):
                campaign = _run(request, seed)
        except OutOfTime:
            return _killed(
                "timeout", seed, f"more than {request['cpu_seconds']} s of processor time"
            )
        except Exception as error:
            if _is_environment(error):
                raise
            kind = "deployment" if type(error).__name__ == "DeploymentError" else "crash"
            return _killed(kind, seed, f"{type(error).__name__}: {error}")
        found = _found(campaign)
        if found is not None:
            return _killed(found[0], seed, found[1]) | {"calls": campaign.tally.calls}
        hashes.append(campaign.state_hash.hex())
        if request["hashes"] is not None and hashes[-1] != request["hashes"][number]:
            return _killed("state hash", seed, f"{hashes[-1]}, not {request['hashes'][number]}")
    return {"killed": False, "hashes": hashes}


def _run(request: Mapping[str, Any], seed: int) -> Campaign:
    # Imported here: the model's modules must not be loaded before one of them is replaced.
    from weiproof.crosscheck.fuzz.campaign import OverlaidStore, run

    folder = request["artifacts"]
    store = None if folder is None else OverlaidStore(Path(folder))
    return run(seed, request["steps"], request["chain"], store=store)


def _found(campaign: Campaign) -> tuple[str, str] | None:
    finding = campaign.finding
    if finding is None:
        return None
    by = "invariant" if finding.kind == "invariant" else "divergence"
    return by, finding.describe(campaign.names)


def _limit_memory() -> None:
    """Lets a mutant run out of memory before the machine does, where the system can tell it."""
    try:
        import resource
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = MOST_MEMORY if most == resource.RLIM_INFINITY else min(MOST_MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, most))


def _killed(by: str, seed: int, detail: str) -> dict[str, Any]:
    return {"killed": True, "by": by, "seed": seed, "detail": detail[:MOST_TEXT]}


def _is_environment(error: Exception) -> bool:
    return type(error).__name__ == "ChainUnavailable"


@contextmanager
def _limited(seconds: int) -> Iterator[None]:
    """Raises OutOfTime after so much processor time, where the system can tell it."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGPROF, _ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _ring(_: int, __: FrameType | None) -> None:
    raise OutOfTime


if __name__ == "__main__":
    main()
