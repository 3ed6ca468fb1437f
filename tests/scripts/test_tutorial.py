"""The tutorial of `docs/targets.md`, step by step, on a vault that forge builds."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.forge import run_forge
from weiproof.scripts import errors
from weiproof.scripts.cli import main

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = ROOT / "examples" / "targets" / "vault"

pytestmark = pytest.mark.slow


def test_from_a_vault_to_a_mended_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Build, start a model, say what should happen, fuzz, export; forge fails, then passes."""
    vault = tmp_path / "vault"
    vault.mkdir()
    shutil.copytree(EXAMPLE / "src", vault / "src")
    shutil.copy(EXAMPLE / "foundry.toml", vault)
    built = run_forge(vault, "build")
    assert built.returncode == 0, built.stdout + built.stderr
    monkeypatch.chdir(vault)

    assert main(["init", ".", "--target", "Vault"]) == errors.PASS
    assert main(["fuzz", "--target", "target.py"]) == errors.DIVERGENCE
    shutil.rmtree(vault / "cases")
    shutil.copy(EXAMPLE / "target.py", vault)
    capsys.readouterr()

    assert main(["fuzz", "--target", "target.py"]) == errors.DIVERGENCE
    assert "where     vault.sharesFor(1)" in capsys.readouterr().out
    (case,) = [path for path in (vault / "cases").iterdir() if "raw" not in path.name]
    (vault / "test").mkdir()
    assert main(["export", str(case), "--format", "foundry", "--out", "test"]) == errors.PASS
    faulty = run_forge(vault, "test")
    assert faulty.returncode == 1
    assert "[FAIL: vault.sharesFor value: the model says 1, the contract said 0]" in faulty.stdout

    source = vault / "src" / "Vault.sol"
    text = source.read_text()
    wrong = "return (assets * totalShares) / totalAssets;"
    assert text.count(wrong) == 1
    up = "(mulmod(assets, totalShares, totalAssets) > 0 ? 1 : 0)"
    right = f"return (assets * totalShares) / totalAssets + {up};"
    source.write_text(text.replace(wrong, right))
    mended = run_forge(vault, "test")
    assert mended.returncode == 0, mended.stdout
    capsys.readouterr()
    assert main(["fuzz", "--target", "target.py", "--steps", "300"]) == errors.PASS
    assert "passes now" in capsys.readouterr().out
