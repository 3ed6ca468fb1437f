"""Run folders for the tests of reports, made once in a process."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from weiproof.simulation.loading import load_scenario
from weiproof.simulation.run import Check, Run

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "tests" / "simulation" / "small.toml"
SHIPPED = {
    file.stem: file
    for file in sorted((ROOT / "scenarios").rglob("*.toml"))
    # one needs price files that are not shipped, the others are no scenarios of a run
    if file.stem not in {"august_2024_minutes", "deploy", "template"}
}
"""Scenarios that run as they are, by name."""


@cache
def run_of(scenario: Path) -> Path:
    """Folder of a run of a scenario without the contracts; not to be changed."""
    folder = Path(tempfile.mkdtemp(prefix="weiproof-report-"))
    loaded = load_scenario(scenario)
    Run(loaded, check=Check("off"), chain="pyevm", folder=folder).run()
    shutil.copy(scenario, folder / "scenario.toml")
    return folder


@cache
def page_of(scenario: Path) -> bytes:
    """The report of that run."""
    from weiproof.reports.gathering import gather
    from weiproof.reports.run_report import run_report

    return run_report(gather(run_of(scenario)))
