"""Tracked text names no machine and no index, and imports no room by its bare folder name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.project.tracked import tracked_files

ROOMS = {
    "contracts",
    "crosscheck",
    "engine",
    "oracles",
    "reports",
    "scenarios",
    "scripts",
    "simulation",
}

# Written in pieces, so that this file does not find itself.
INDEX_HOSTS = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "yarn" + "pkg.com",
    "crates" + ".io",
    "index" + "-url",
    '"resolved"' + ":",
]
PLACES = [
    r"(?<![\w.])/" + r"(?:root|work)/",
    r"(?<![\w.])/" + r"home/\w+",
    r"/" + r"Users/\w+",
    re.escape(str(Path.home())) + "/",
]


def _lines_with(root: Path, pattern: str) -> list[str]:
    found = []
    for file in tracked_files(root):
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{file.relative_to(root)}:{number}: {line.strip()[:120]}"
            for number, line in enumerate(text.splitlines(), 1)
            if re.search(pattern, line)
        ]
    return found


@pytest.mark.parametrize("host", INDEX_HOSTS)
def test_no_file_names_a_package_index(root: Path, host: str) -> None:
    """Packages come from whatever index the user has set: no file records one."""
    assert _lines_with(root, re.escape(host)) == []


@pytest.mark.parametrize("place", PLACES)
def test_no_file_names_a_place_on_a_machine(root: Path, place: str) -> None:
    """No file holds an absolute path of the machine it was written on."""
    assert _lines_with(root, place) == []


def bare_imports(source: str) -> list[int]:
    """Lines that import a room by its folder name instead of `weiproof.<room>`."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        else:
            continue
        lines += [node.lineno for name in names if name.partition(".")[0] in ROOMS]
    return lines


@pytest.mark.parametrize(
    "source",
    ["import engine", "import engine.margin as m", "from contracts.abi import Interface"],
)
def test_a_bare_import_is_caught(source: str) -> None:
    """The lint finds each form of a bare import."""
    assert bare_imports(source) == [1]


@pytest.mark.parametrize(
    "source", ["from weiproof.engine import margin", "from . import engine", "import engineering"]
)
def test_an_import_by_its_full_name_is_allowed(source: str) -> None:
    """The lint is silent about full and relative names."""
    assert bare_imports(source) == []


def test_no_file_imports_a_room_by_its_bare_name(root: Path) -> None:
    """The folders are importable from the root by accident: nobody relies on it."""
    assert [
        f"{file.relative_to(root)}:{line}"
        for file in tracked_files(root)
        if file.suffix == ".py"
        for line in bare_imports(file.read_text("utf-8"))
    ] == []
