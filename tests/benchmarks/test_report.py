"""The benchmark of reading a run makes one and reads it; how fast that is is nobody's test."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_each_way_reads_the_whole_run(root: Path, tmp_path: Path) -> None:
    """Every way sees all calls of the run that was made, and tells its seconds and memory."""
    folder = tmp_path / "run"
    command = [sys.executable, str(root / "benchmarks" / "report.py"), "--calls", "2000", "--json"]
    done = subprocess.run(
        [*command, "--folder", str(folder)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    calls = json.loads((folder / "summary.json").read_bytes())["calls"]
    assert calls > 2000
    assert {"read", "report", "export parquet", "export csv", "load"} <= told["ways"].keys()
    for way in told["ways"].values():
        assert way["count"] == calls
        assert way["megabytes"] > 1
