"""The benchmark of feed updates runs and reports; how fast they are is nobody's test."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def _run(root: Path, *arguments: str) -> str:
    script = root / "benchmarks" / "oracles" / "feed_updates.py"
    done = subprocess.run(
        [sys.executable, str(script), "--quick", *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_measures_every_way(root: Path) -> None:
    """Each way has a rate for a price of one feed and of three, and a requirement is judged."""
    result = json.loads(_run(root, "--json"))
    assert list(result["rates"]) == ["1", "3"]
    for rows in result["rates"].values():
        assert list(rows) == ["bare", "direct", "model", "pyevm"]
        assert all(row["per_cpu_minute"] > 0 for row in rows.values())
    assert set(map(type, result["requirements"].values())) == {bool}


def test_it_prints_rates_and_ratios(root: Path) -> None:
    """People get rates beside the bare loop, and whether the requirement is met."""
    out = _run(root)
    for words in ("ratio", "bare", "direct", "pyevm", "1,000,000 a CPU-minute, direct"):
        assert words in out
