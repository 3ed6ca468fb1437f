"""Planted faults: `NAME.patch` says what goes wrong and changes one line of a contract.

`artifacts/NAME` is what it compiles to, `cases/NAME.json` the shrunk counterexample, with the seed
that found it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.crosscheck import cases, driver
from weiproof.crosscheck.divergence import Divergence

if TYPE_CHECKING:
    from pathlib import Path

    from weiproof.crosscheck.bench import Bench


class Planted:
    """The faults of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = sorted(path.stem for path in folder.glob("*.patch"))

    def artifacts(self, name: str) -> Path:
        """The folder of what a fault compiles to."""
        return self.folder / "artifacts" / name

    def case(self, name: str) -> cases.Case:
        """The counterexample of a fault."""
        return cases.load(self.folder / "cases" / f"{name}.json")

    def check_complete(self, at_least: int) -> None:
        """Each fault has its diff, its artifacts and its case, and there are no others."""
        artifacts = {path.name for path in (self.folder / "artifacts").iterdir()}
        assert set(self.names) == artifacts
        assert artifacts == {path.stem for path in (self.folder / "cases").iterdir()}
        assert len(self.names) >= at_least

    def check_diff(self, name: str) -> None:
        """A sentence, then one line for another, in the file that the fault is named after."""
        lines = (self.folder / f"{name}.patch").read_text("utf-8").splitlines()
        assert lines[0].endswith(".")
        removed = [line for line in lines if line.startswith("-") and not line.startswith("---")]
        added = [line for line in lines if line.startswith("+") and not line.startswith("+++")]
        assert len(removed) == len(added) == 1
        (target,) = [line for line in lines if line.startswith("+++ ")]
        contract = target.rpartition("/")[2].removesuffix(".sol")
        assert name.replace("_", "").startswith(contract.lower())

    def check_case(self, name: str, faulty: Bench, right: Bench, at_most: int) -> Divergence:
        """A few calls show the finding; on the right contracts the same calls show none."""
        case = self.case(name)
        fixture, calls = case.sequences(faulty)
        assert len(calls) <= at_most
        found = driver.replay(faulty, [*fixture, *calls], whole=True)
        assert isinstance(found, Divergence)
        assert found.identity == case.identity
        assert found.step == len(fixture) + len(calls)
        assert found.model != found.chain
        assert driver.replay(right, [*fixture, *calls], whole=True) is None
        return found
