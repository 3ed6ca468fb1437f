"""What the README shows of a run is what that run shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.scripts.display import human
from weiproof.simulation.loading import load_scenario
from weiproof.simulation.run import Check, Run

if TYPE_CHECKING:
    from pathlib import Path


def test_the_picture_is_of_the_shipped_scenario(root: Path, tmp_path: Path) -> None:
    """State hash, liquidations, bad debt and refused calls in the README are those of the run."""
    scenario = load_scenario(root / "scenarios" / "august_2024.toml")
    summary = Run(scenario, check=Check("off"), chain="pyevm", folder=tmp_path).run().summary
    readme = (root / "README.md").read_text("utf-8")
    liquidations = summary["liquidations"]
    for shown in (
        f"state hash {summary['state_hash']}",
        f"{liquidations['partial']} partial, {liquidations['full']} full",
        f"{human(int(summary['bad_debt']))} USD",
        f"StalePrice {summary['reverts']['StalePrice']}",
        f"{summary['calls'] - 1} calls compared, 0 divergences",
    ):
        assert shown in readme
