"""What a user installs: built through the sdist, as an index would serve it."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.project.tracked import tracked_files

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with an sdist of the tracked files and the wheel built from that sdist."""
    checkout = tmp_path_factory.mktemp("checkout")
    for file in tracked_files(root):
        target = checkout / file.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(checkout)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def _wheel_names(built: Path) -> list[str]:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        return wheel.namelist()


def test_the_wheel_installs_no_name_but_weiproof(built: Path) -> None:
    """No generic top-level name such as engine or contracts lands in anybody's environment."""
    tops = {name.partition("/")[0] for name in _wheel_names(built)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"weiproof"}


def test_the_wheel_runs_anywhere(built: Path) -> None:
    """The wheel is pure Python."""
    assert next(built.glob("*.whl")).name.endswith("-py3-none-any.whl")


def test_the_wheel_holds_every_tracked_file_of_the_rooms(root: Path, built: Path) -> None:
    """Python, artifacts, Solidity sources and scenarios are there; the build scripts are not."""
    rooms = {
        "contracts",
        "crosscheck",
        "engine",
        "oracles",
        "reports",
        "scenarios",
        "scripts",
        "simulation",
    }
    tracked = {file.relative_to(root).as_posix() for file in tracked_files(root)}
    expected = {
        f"weiproof/{name}"
        for name in tracked
        if name.partition("/")[0] in rooms
        and not re.fullmatch(r"(contracts|reports)/\w+\.mjs", name)
    }
    held = {name for name in _wheel_names(built) if name.startswith("weiproof/")}
    assert held == expected


def test_the_sdist_holds_the_licence(built: Path) -> None:
    """The source archive carries the licence it is given under."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        assert any(name.endswith("/LICENSE") for name in archive.getnames())
