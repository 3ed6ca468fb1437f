"""The example notebook runs, and shows what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weiproof.simulation.journal import read_journal

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "examples" / "notebooks" / "run.ipynb"


def test_it_is_kept_without_outputs() -> None:
    """No output, no count of executions and no trace of a machine is committed."""
    document = json.loads(NOTEBOOK.read_text("utf-8"))
    cells = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    assert document["metadata"].keys() == {"kernelspec", "language_info"}
    assert len({cell["id"] for cell in document["cells"]}) == len(document["cells"])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell runs; the run is shown with its verdict, and the picture has its dots."""
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient, of the extra dev")
    pytest.importorskip("ipykernel", reason="needs ipykernel, of the extra dev")
    nbformat: Any = pytest.importorskip("nbformat")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=120, resources=resources).execute()
    shown = [
        output["data"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    ]
    assert len(shown) == 5
    verdict, largest, _, quantiles, picture = shown
    assert "<td>august-2024</td>" in verdict["text/html"]
    assert "shape: (8, 7)" in largest["text/plain"]
    assert "median" in quantiles["text/plain"]
    assert picture["image/svg+xml"].count("<circle") == _liquidations(tmp_path)


def _liquidations(folder: Path) -> int:
    """How many liquidations in the first market the journal of the notebook's run has."""
    (journal,) = folder.glob("*/august/journal.jsonl")
    return sum(
        event.name == "Liquidated" and event.args[1] == 0
        for record in read_journal(journal).records
        for event in record.outcome.events
    )
