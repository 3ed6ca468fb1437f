"""The commands on a target of the user's own, from nothing to a test."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from weiproof.scripts import errors
from weiproof.scripts.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example, which is the current folder."""
    folder = tmp_path / "vault"
    shutil.copytree(ROOT / "examples" / "targets" / "vault", folder)
    monkeypatch.chdir(folder)
    return folder


def found_case(folder: Path) -> Path:
    """The shrunk case."""
    (case,) = [path for path in (folder / "cases").iterdir() if "raw" not in path.name]
    return case


def test_an_example_keeps_the_name_that_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command to run it again holds no path of the machine."""
    monkeypatch.chdir(tmp_path)
    assert main(["fuzz", "--target", "vault", "--steps", "1", "--seed", "1"]) == errors.PASS
    assert "again: weiproof fuzz --target vault --steps 1 --seed 1" in capsys.readouterr().out


def test_from_a_finding_to_a_test(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Fuzz finds and saves, replay shows it, shrink keeps it, export writes both tests once."""
    assert main(["fuzz", "--target", "target.py", "--steps", "500"]) == errors.DIVERGENCE
    told = capsys.readouterr().out
    assert "2 calls after 0 of the fixture, a local minimum" in told
    assert "rule      vault/target.py" in told
    assert "src/Vault.sol:" in told
    assert len(list((vault / "cases").iterdir())) == 2
    case = found_case(vault)
    assert main(["replay", str(case)]) == errors.DIVERGENCE
    assert "vault.sharesFor" in capsys.readouterr().out
    assert main(["shrink", str(case)]) == errors.PASS
    assert found_case(vault) == case
    for kind, name in (("foundry", "*.t.sol"), ("pytest", "test_*.py")):
        assert main(["export", str(case), "--format", kind]) == errors.PASS
        assert len(list(vault.glob(name))) == 1
        assert main(["export", str(case), "--format", kind]) == errors.BAD_USAGE
    assert "nothing is overwritten" in capsys.readouterr().err


def test_saved_cases_run_first(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The next campaign replays what was saved, and fails for it even where it finds nothing."""
    main(["fuzz", "--target", "target.py", "--steps", "500", "--trials", "200"])
    capsys.readouterr()
    code = main(["fuzz", "--target", "target.py", "--steps", "1", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert code == errors.DIVERGENCE
    assert report["divergences"] == 0
    assert [each["passes"] for each in report["saved_cases"]] == [False]
    assert report["uncompared"] == []
    assert found_case(vault).is_file()


def test_reports_in_files(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Markdown, JUnit and JSON tell the same finding."""
    options = ["--steps", "500", "--markdown", "found.md", "--junit", "found.xml", "--json"]
    assert main(["fuzz", "--target", "target.py", *options]) == errors.DIVERGENCE
    finding = json.loads(capsys.readouterr().out)["finding"]
    assert finding["minimal"]
    assert finding["gap"] == "-1"
    assert finding["diagnosis"]["contract_at"].startswith("src/Vault.sol:")
    assert "| gap | -1" in (vault / "found.md").read_text()
    assert 'failures="1"' in (vault / "found.xml").read_text()


def test_a_target_is_scaffolded(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The written file runs as it is, diverges at once, and is never overwritten."""
    (vault / "target.py").unlink()
    assert main(["init", ".", "--target", "Vault"]) == errors.PASS
    text = (vault / "target.py").read_text()
    assert "self.sharesOf = Mapping(0)" in text
    assert "def deposit(self, assets):" in text
    assert main(["init", ".", "--target", "Vault"]) == errors.BAD_USAGE
    capsys.readouterr()
    assert main(["fuzz", "--target", "target.py", "--steps", "20"]) == errors.DIVERGENCE
    assert "model     reverted: no data" in capsys.readouterr().out


EVERYTHING = "from weiproof.crosscheck.targets import *\n"
MODEL = "class M(Twin):\n    def __init__(self): self.x = {}\n"
DEPLOYED = "class T(Target):\n    contracts = (Deploy('a', 'Vault', model="

BAD_TARGETS = {
    "there is no such file": None,
    "SyntaxError": "1 +",
    "line 2: SystemExit: 0": "import sys\nsys.exit(0)",
    "line 1: ModuleNotFoundError": "import nothing_of_that_name",
    "expected one class that derives from": "x = 1",
    "contracts is empty": f"{EVERYTHING}class T(Target): pass",
    "no contract has a model": f"{EVERYTHING}{DEPLOYED}None),)",
    "use Mapping(0) instead": f"{EVERYTHING}{MODEL}{DEPLOYED}M),)",
    "names no contract": f"{EVERYTHING}{DEPLOYED}Twin),)\n    skip = ('b.c',)",
}
"""What is told to the text of a target's file."""


@pytest.mark.parametrize(("told", "text"), BAD_TARGETS.items())
def test_bad_targets_are_told(
    vault: Path, capsys: pytest.CaptureFixture[str], text: str | None, told: str
) -> None:
    """One message with file and place, exit code 2, no traceback."""
    (vault / "target.py").unlink()
    if text is not None:
        (vault / "target.py").write_text(text)
    assert main(["fuzz", "--target", "target.py", "--steps", "5"]) == errors.BAD_USAGE
    err = capsys.readouterr().err
    assert told in err
    assert "Traceback" not in err


WORKING = f"{EVERYTHING}class M(Twin):\n    def deposit(self, a): return a\n"

DECLARED = {
    "actors: expected a tuple of labels": "actors = 'alice'",
    "a comma where there is one": "contracts = Deploy('vault', 'Vault', model=M)",
    "model of Deploy('vault', ...): expected a": "contracts = (Deploy('vault', 'V', model=5),)",
    "labels used twice": "contracts = (Deploy('vault', 'Vault', model=M),) * 2",
    "genesis_time: expected unix seconds": "genesis_time = -5",
    "balance: expected wei": "balance = '1'",
    "gas: expected gas from 100,000": "gas = 1",
    "episode: expected a number of calls": "episode = 1",
    "weights: expected functions with numbers": "weights = {'vault.deposit': -1}",
    "skip: expected a tuple": "skip = 'vault.deposit'",
    "arguments: expected": "arguments = {'assets': 5}",
    "line 5: T(): ZeroDivisionError": "def __init__(self): 1 / 0",
    "t.py:5: fixture: ZeroDivisionError": "fixture = lambda self, s: 1 / 0",
    "fixture: TypeError: 'NoneType' object": "fixture = lambda self, s: None",
    "fixture: expected a Call, found 5": "fixture = lambda self, s: [5]",
    "vault.f: no twin has a method": "fixture = lambda self, s: [s.call('alice', 'vault', 'f')]",
    "before 1700000000": "fixture = lambda self, s: [Call(5, 'x', 'vault', 'deposit', (1,))]",
    "'x' cannot send": "fixture = lambda self, s: [Call(s.now, 'x', 'vault', 'deposit', (1,))]",
    "t.py:5: drawing a call: ZeroDivision": "arguments = {'assets': lambda s: 1 / 0}",
    "-1 wei cannot be sent": "values = {'vault.deposit': lambda s: -1}",
    "operations: ValueError": "operations = lambda self: [('x', lambda s: [])]",
    "in a row made no call": "skip = 'vault.deposit',; operations = lambda s: [(1, lambda s: ())]",
}
"""What is told to a wrong line of a target."""


@pytest.mark.parametrize(("told", "line"), DECLARED.items())
def test_mistakes_of_targets_are_told(
    vault: Path, capsys: pytest.CaptureFixture[str], line: str, told: str
) -> None:
    """The attribute or method is named, with what is expected or the line: exit code 2."""
    default = "    contracts = (Deploy('vault', 'Vault', model=M),)\n"
    text = f"{WORKING}class T(Target):\n    {line}\n{'' if 'contracts' in line else default}"
    (vault / "t.py").write_text(text)
    assert main(["fuzz", "--target", "t.py", "--steps", "30"]) == errors.BAD_USAGE
    assert told in capsys.readouterr().err


def test_missing_contracts_are_told(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No artifacts: exit code 3, and for the scaffold 2 with what to do."""
    shutil.rmtree(vault / "out")
    assert main(["fuzz", "--target", "target.py", "--steps", "5"]) == errors.BAD_ENVIRONMENT
    (vault / "target.py").unlink()
    assert main(["init", ".", "--target", "Vault"]) == errors.BAD_USAGE
    assert "--artifacts" in capsys.readouterr().err


def test_a_damaged_case_is_told(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 4, with the file."""
    path = vault / "case.json"
    path.write_text("{")
    for command in (["replay"], ["shrink"], ["export", "--format", "foundry"]):
        assert main([*command, str(path)]) == errors.DAMAGED_JOURNAL
        assert "case.json: not JSON" in capsys.readouterr().err
