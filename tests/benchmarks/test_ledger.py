"""The long run of the ledger says where every wei is."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_is_unaccounted_and_dust_is_within_the_roundings(root: Path, quickest: str) -> None:
    """After 600 calls both sides are equal, and dust is at most a wei a rounding."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.crosscheck.ledger",
            "--calls",
            "600",
            "--chain",
            quickest,
        ],
        cwd=root,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    rows = [line.rsplit(maxsplit=1) for line in done.stdout.splitlines()[2:]]
    values = {name: int(value.replace(",", "")) for name, value in rows}
    assert values["unaccounted"] == 0
    assert 0 < values["dust of all kinds"] <= values["roundings"]
    assert values["vault"] > 0
