"""Any artifact, from `init --target` to a few compared calls: a verdict or a message, and soon."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from tests.crosscheck.random_targets import random_build
from weiproof.contracts.chains import quickest
from weiproof.crosscheck.targets.loading import load_target
from weiproof.engine.draws import Draws
from weiproof.scripts import errors
from weiproof.scripts.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CASES = 10_000 if os.environ.get("WEIPROOF_THOROUGH") else 60
SECONDS = 10
"""CPU time that a case may take; most take a hundredth of it."""

TOLD = (errors.BAD_USAGE, errors.BAD_ENVIRONMENT)
VERDICTS = (errors.PASS, errors.DIVERGENCE)


def outcome(folder: Path, name: str, build: object, chain: str) -> tuple[str, int]:
    """How far an artifact gets, and the exit code there."""
    (folder / "out").mkdir(parents=True)
    (folder / "out" / "Vault.json").write_text(json.dumps(build))
    code = main(["init", str(folder), "--target", name])
    if code != errors.PASS:
        return "init", code
    target = folder / "target.py"
    options = ["--chain", chain, "--steps", "6", "--trials", "10", "--json"]
    code = main(["fuzz", "--target", str(target), "--cases", str(folder / "cases"), *options])
    loaded = load_target(target)
    del sys.modules[type(loaded).__module__]
    return "fuzz", code


def test_any_artifact_is_checked_or_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Odd names, giant and deep types, gaps and damage: no traceback, no runaway, often a verdict.

    What is written always loads, whether or not it can be deployed.
    """
    draws, chain, seen = Draws(20_240_805), quickest(), Counter[tuple[str, int]]()
    for number in range(CASES):
        name, build = random_build(draws.stream(f"target {number}"))
        begun = time.process_time()
        stage, code = outcome(tmp_path / str(number), name, build, chain)
        spent = time.process_time() - begun
        told = capsys.readouterr()
        assert code in (TOLD if stage == "init" else (*VERDICTS, *TOLD)), (number, told.err)
        assert bool(told.err) == (code in TOLD), (number, told.err)
        assert spent < SECONDS, number
        seen[stage, code] += 1
        shutil.rmtree(tmp_path / str(number))
    print(seen)  # noqa: T201 (shown with -s, and on failure)
    assert all(seen["fuzz", code] > CASES // 20 for code in VERDICTS)
