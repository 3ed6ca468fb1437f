"""The doctor finds what is missing, says what to do, and ends with 3 where it matters."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from typing import TYPE_CHECKING

import pytest

from weiproof.scripts import cli, doctor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A small contracts room: one source, one artifact, one manifest."""
    source = tmp_path / "src" / "Vault.sol"
    artifact = tmp_path / "artifacts" / "Vault.sol" / "Vault.json"
    for file in (source, artifact):
        file.parent.mkdir(parents=True)
    source.write_text("contract Vault {}\n")
    artifact.write_text(json.dumps({"bytecode": {"object": "0x60"}}))
    entry = {
        "path": "Vault.sol/Vault.json",
        "bytecode_sha256": _digest("0x60"),
        "deployed_size": 1,
    }
    manifest = {
        "solc": "0.8.37+commit.1",
        "sources": {"contracts/src/Vault.sol": _digest("contract Vault {}\n")},
        "contracts": {"Vault": entry},
    }
    (tmp_path / "artifacts" / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_whole_artifacts_pass(room: Path) -> None:
    """Artifacts that agree with manifest and sources are counted."""
    check = doctor.check_artifacts(room)
    assert (check.ok, check.detail) == (True, "1 contracts, solc 0.8.37")


def test_a_source_checked_out_with_other_line_ends_is_the_same(room: Path) -> None:
    """Line ends are the checkout's business."""
    (room / "src" / "Vault.sol").write_bytes(b"contract Vault {}\r\n")
    assert doctor.check_artifacts(room).ok


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("artifacts/manifest.json", "{", "cannot be read"),
        ("artifacts/manifest.json", "[]", "cannot be read"),
        ("artifacts/Vault.sol/Vault.json", '{"bytecode": {"object": "0x61"}}', "differs"),
        ("artifacts/Vault.sol/Vault.json", None, "Vault is missing"),
        ("src/Vault.sol", "contract Vault { }\n", "changed after"),
        ("src/Vault.sol", None, "contracts/src/Vault.sol is missing"),
    ],
)
def test_damaged_artifacts_are_named(room: Path, file: str, text: str | None, said: str) -> None:
    """Whatever is wrong with the artifacts is said, with what to do about it."""
    if text is None:
        (room / file).unlink()
    else:
        (room / file).write_text(text)
    check = doctor.check_artifacts(room)
    assert not check.ok
    assert said in check.detail
    assert "make contracts" in check.detail


@pytest.mark.parametrize(
    ("installed", "requirement", "ok"),
    [
        ("8.5.1", "click<9,>=8.1", True),
        ("8.1", "click<9,>=8.1", True),
        ("8.1.0", "click>=8.1", True),
        ("8.0.9", "click<9,>=8.1", False),
        ("9.0", "click<9,>=8.1", False),
        ("0.14.0b1", "eth-tester==0.14.0b1", True),
        ("0.14.0b2", "eth-tester==0.14.0b1", False),
        ("0.8.0", "eth-hash[pycryptodome]<1,>=0.8", True),
    ],
)
def test_versions_are_held_against_their_limits(
    monkeypatch: pytest.MonkeyPatch, installed: str, requirement: str, ok: bool
) -> None:
    """Each limit of a requirement is checked, and the found version is shown."""
    monkeypatch.setattr(importlib.metadata, "version", lambda _: installed)
    check = doctor.check_package(requirement)
    assert check.ok is ok
    assert installed in check.detail


def test_a_missing_package_is_needed() -> None:
    """A dependency that is not installed is named with its limits."""
    check = doctor.check_package("no-such-package>=1")
    assert (check.ok, check.needed) == (False, True)
    assert "no-such-package>=1" in check.detail


@pytest.mark.parametrize(("version", "ok"), [((3, 9), False), ((3, 10), True), ((3, 14), False)])
def test_the_supported_pythons_are_known(version: tuple[int, int], ok: bool) -> None:
    """CPython 3.10 to 3.13 pass; others are told what to use."""
    assert doctor.check_python(version).ok is ok


def test_a_back_end_that_cannot_run_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason of the back end itself is shown."""
    from weiproof.contracts import chains

    def refuse(name: str, *, genesis_time: int) -> None:
        raise chains.ChainUnavailable(f"{name} needs something at {genesis_time}")

    monkeypatch.setattr(chains, "open_chain", refuse)
    check = doctor.check_chain("revm", needed=False)
    assert (check.ok, check.needed) == (False, False)
    assert check.detail.startswith("revm needs something")


@pytest.mark.parametrize(
    ("ok", "needed", "code"),
    [(True, True, 0), (False, False, 0), (False, True, 3)],
)
def test_json_holds_the_verdict_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ok: bool,
    needed: bool,
    code: int,
) -> None:
    """Only a missing thing that is needed ends with 3; stdout is one JSON document."""

    def checks() -> Iterator[doctor.Check]:
        yield doctor.Check("thing", ok=ok, needed=needed, detail="found")

    monkeypatch.setattr(doctor, "all_checks", checks)
    assert cli.main(["doctor", "--json"]) == code
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is (code == 0)
    assert document["checks"][0]["detail"] == "found"


def test_the_doctor_finds_this_installation_healthy(capsys: pytest.CaptureFixture[str]) -> None:
    """On a machine that runs the tests everything needed is there."""
    assert cli.main(["doctor"]) == 0, capsys.readouterr().out
    assert "chain pyevm" in capsys.readouterr().out


def test_the_extra_for_tables_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its versions are told; without one of its packages nothing fails, and the command is told."""
    from weiproof.simulation.tables import arrow

    found = doctor.check_tables()
    assert (found.ok, found.needed) == (True, False)
    assert all(package in found.detail for package in ("pyarrow", "polars"))

    def find(package: str) -> None:
        assert package == "pyarrow"

    monkeypatch.setattr(arrow, "find_spec", find)
    missing = doctor.check_tables()
    assert (missing.ok, missing.needed) == (False, False)
    assert "pip install 'weiproof[tables]'" in missing.detail
