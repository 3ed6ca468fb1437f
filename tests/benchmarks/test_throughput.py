"""The benchmark runs and reports; how fast it finds anything is nobody's test."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

WORKLOADS = ("Feed.transmit", "settleTrade")


def _run(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(root / "benchmarks" / "throughput.py"), "--quick", *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_it_measures_every_back_end(root: Path) -> None:
    """Each back end that runs here has rates for both workloads, and shares that add up to one."""
    result = json.loads(_run(root, "--json"))
    assert {"eth-tester", "pyevm", "revm"} <= {*result["rates"], *result["absent"]}
    assert ("eth-tester, no coincurve" in result["rates"]) == result["coincurve"]
    for name, rows in result["rates"].items():
        for workload in WORKLOADS:
            assert rows[workload]["per_cpu_second"] > 0
            assert sum(result["shares"][name][workload].values()) == pytest.approx(1)


@pytest.mark.slow
def test_it_prints_ratios_and_shares(root: Path) -> None:
    """People get rates beside the baseline, shares, and whether the requirements are met."""
    out = _run(root)
    for words in ("ratio", "eth-tester", "pyevm", "execute", "Feed.transmit: pyevm at least 3"):
        assert words in out
