"""Wake on an anvil: the campaign's calls and reads, sent from a Python that has eth-wake."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from weiproof.contracts.chains import ChainUnavailable
from weiproof.contracts.chains.anvil import find_anvil
from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.fuzz.campaign import open_margin

from .campaigns import SEED, Recorder, opened
from .rows import Absent

if TYPE_CHECKING:
    from weiproof.contracts.chains import Chain

PLAYER = Path(__file__).with_name("wake_player.py")


class WakeRow:
    """Wake sends what the campaign sent; the answers are compared with recorded ones."""

    name = "Wake + anvil"
    checks = "success and answers, recorded before"

    def __init__(self, steps: int, python: str | None) -> None:
        if python is None:
            raise Absent("--wake PYTHON names a Python that has eth-wake")
        try:
            self._anvil = find_anvil().parent
        except ChainUnavailable as unavailable:
            raise Absent(unavailable.reason) from unavailable
        recorder = Recorder(opened("pyevm"))
        bench = open_margin(cast("Chain", recorder))
        deployed = len(recorder.operations)
        self._calls = driver.run(bench, SEED, Limits(steps)).tally.calls
        operations = list(zip(recorder.operations, recorder.answers, strict=True))
        self._plan = {
            "genesis": bench.genesis_time,
            "deployed": deployed,
            "operations": [_plain(*each) for each in operations],
        }
        self._python = python

    def measure(self) -> tuple[int, float]:
        """Lets Wake start an anvil, deploy and play."""
        with tempfile.TemporaryDirectory() as folder:
            plan = Path(folder, "plan.json")
            plan.write_text(json.dumps(self._plan))
            done = subprocess.run(  # noqa: S603 - the interpreter that was asked for
                [self._python, str(PLAYER), str(plan)],
                check=False,
                capture_output=True,
                text=True,
                cwd=folder,
                env={**os.environ, "PATH": f"{self._anvil}{os.pathsep}{os.environ['PATH']}"},
            )
        if done.returncode:
            raise Absent(f"Wake failed: {done.stderr.strip()[-400:]}")
        return self._calls, float(done.stdout.splitlines()[-1])


def _plain(
    operation: tuple[str, tuple[Any, ...], dict[str, Any]],
    answer: Any,  # noqa: ANN401 - of any operation
) -> list[Any]:
    """An operation with its answer, for JSON."""
    name, args, kwargs = operation
    texts = ["0x" + arg.hex() if isinstance(arg, bytes) else arg for arg in args]
    if name == "call":
        return [name, texts, kwargs, [answer[0], "0x" + answer[1].hex()]]
    return [name, texts, kwargs, [answer.ok, ""] if name in {"send", "deploy"} else [True, ""]]
