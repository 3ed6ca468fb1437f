"""The benchmark of ways to test runs and reports; how fast it finds anything is nobody's test."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

WAYS = {
    "weiproof, revm",
    "bare revm",
    "weiproof, pyevm",
    "bare pyevm",
    "forge invariant",
    "Hypothesis + revm",
    "web3 + eth-tester",
    "Wake + anvil",
}


@pytest.mark.slow
def test_each_way_has_a_rate_or_a_reason(root: Path) -> None:
    """Every way to test is measured beside the others, or says why it is not."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.crosscheck", "--quick", "--json"],
        cwd=root,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    measured = {row["name"].partition(":")[0]: row for row in result["rows"]}
    assert {*measured, *result["absent"]} == WAYS
    assert all(row["calls"] > 0 and row["per_cpu_second"] > 0 for row in measured.values())
    assert all(result["absent"].values())
    assert {"weiproof, pyevm", "bare pyevm", "web3 + eth-tester"} <= {*measured}
    assert "eth-wake" in result["absent"]["Wake + anvil"]
