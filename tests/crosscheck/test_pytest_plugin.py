"""The pytest plugin, as a project of a user's own would use it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TESTS = """
import pytest
from weiproof.crosscheck.divergence import DivergenceFound

def test_agree(lockstep, weiproof_call, model):
    assert lockstep.apply(weiproof_call("alice", "vault", "deposit", 5)).values == (5,)
    assert model["vault"].totalAssets == 5

def test_differ(lockstep, weiproof_call):
    lockstep.apply(weiproof_call("alice", "vault", "deposit", 1))
    with pytest.raises(DivergenceFound, match="sharesFor"):
        lockstep.apply(weiproof_call("alice", "vault", "donate", 1))

def test_each_has_its_own(lockstep, weiproof_call, chain):
    assert lockstep.apply(weiproof_call("bob", "vault", "totalAssets", at=7)).values == (0,)
    assert chain.nonce("0x" + "00" * 20) == 0

def test_campaign(weiproof_fuzz):
    weiproof_fuzz(steps=300)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The example with tests of its own."""
    folder = tmp_path / "vault"
    shutil.copytree(ROOT / "examples" / "targets" / "vault", folder)
    (folder / "pytest.ini").write_text("[pytest]\nweiproof_target = target.py\n")
    (folder / "test_vault.py").write_text(TESTS)
    return folder


def run(folder: Path, *arguments: str) -> str:
    """What pytest prints."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return ended.stdout + ended.stderr


def test_a_project_tests_its_contracts(project: Path) -> None:
    """Three tests pass; the campaign fails with the shrunk finding, and it is saved."""
    told = run(project)
    assert "1 failed, 3 passed" in told
    assert "2 calls after 0 of the fixture, a local minimum" in told
    assert "Traceback" not in told
    assert len(list((project / "cases").glob("target-*.json"))) == 2
    assert "still fails" in run(project, "-k", "campaign", "--weiproof-seed", "5")


def test_many_processes_may_run_it(project: Path) -> None:
    """Under xdist the outcome is the same."""
    assert "1 failed, 3 passed" in run(project, "-n", "2")
