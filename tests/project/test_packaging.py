"""The package lists in pyproject.toml say what the tree holds, and the pins say what it needs."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.project.tracked import tracked_files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS_WITHOUT_PYTHON = {"contracts/artifacts", "contracts/src"}
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.+?))?(?: \\)?$", re.MULTILINE)


@pytest.fixture(scope="module")
def pyproject(root: Path) -> dict[str, Any]:
    """The project file as a dictionary."""
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))


def _rooms(pyproject: dict[str, Any]) -> dict[str, str]:
    rooms: dict[str, str] = pyproject["tool"]["setuptools"]["package-dir"]
    return rooms


def test_every_folder_with_python_is_listed(root: Path, pyproject: dict[str, Any]) -> None:
    """The list of packages is the list of folders that hold Python, no more and no less."""
    found = set()
    for package, folder in _rooms(pyproject).items():
        for file in (root / folder).rglob("*.py"):
            inner = file.parent.relative_to(root / folder).parts
            found.add(".".join([package, *inner]))
    assert sorted(pyproject["tool"]["setuptools"]["packages"]) == sorted(found)


def test_every_package_has_an_init_file(root: Path, pyproject: dict[str, Any]) -> None:
    """Each listed package is a regular one: an editable install needs the file to find it."""
    folders = _rooms(pyproject)
    for package in pyproject["tool"]["setuptools"]["packages"]:
        room = ".".join(package.split(".")[:2])
        inner = package.split(".")[2:]
        assert root.joinpath(folders[room], *inner, "__init__.py").is_file(), package


def test_every_room_is_typed_and_linked(root: Path, pyproject: dict[str, Any]) -> None:
    """Each room carries py.typed, and typings/ shows it to the type checkers."""
    for package, folder in _rooms(pyproject).items():
        assert (root / folder / "py.typed").is_file(), folder
        link = root / "typings" / "weiproof" / package.partition(".")[2]
        assert link.resolve() == root / folder, link


def test_weiproof_itself_holds_no_file(root: Path) -> None:
    """The name above the rooms is a namespace, so no code can hide in it."""
    assert [p.name for p in sorted((root / "typings" / "weiproof").iterdir()) if p.is_file()] == []


def test_every_data_file_of_a_room_is_shipped(root: Path, pyproject: dict[str, Any]) -> None:
    """Each tracked file of a room that is no Python matches a pattern of the package data."""
    data = pyproject["tool"]["setuptools"]["package-data"]
    shipped: set[Path] = set()
    for package, patterns in data.items():
        for pattern in patterns:
            shipped.update((root / _rooms(pyproject)[package]).glob(pattern))
    rooms = {root / folder for folder in _rooms(pyproject).values()}
    left_out = [
        str(file.relative_to(root))
        for file in tracked_files(root)
        if root / file.relative_to(root).parts[0] in rooms
        and file.suffix not in {".py", ".mjs"}
        and file not in shipped
    ]
    assert left_out == []


def test_the_import_linter_knows_every_room(pyproject: dict[str, Any]) -> None:
    """No room escapes the layering."""
    assert pyproject["tool"]["importlinter"]["root_packages"] == sorted(_rooms(pyproject))


def _pins(root: Path, name: str) -> set[tuple[str, str, str]]:
    return {
        (package, version, marker)
        for package, version, marker in PIN.findall((root / name).read_text("utf-8"))
    }


def test_both_pin_files_say_the_same(root: Path) -> None:
    """The hashed pins are the plain pins with hashes."""
    assert _pins(root, "requirements.lock") == _pins(root, "requirements.hashes")
    assert len(_pins(root, "requirements.lock")) > len("more than a handful")


def test_every_dependency_is_pinned(root: Path, pyproject: dict[str, Any]) -> None:
    """Whatever the project file asks for, for itself or an extra, has an exact version."""
    project = pyproject["project"]
    asked = [*project["dependencies"], *pyproject["build-system"]["requires"]]
    for extra in project["optional-dependencies"].values():
        asked += extra
    names = {re.split(r"[\[<>=; ]", text)[0] for text in asked} - {"weiproof"}
    assert names - {package for package, _, _ in _pins(root, "requirements.lock")} == set()


def test_foundry_compiles_with_the_settings_of_the_artifacts(root: Path) -> None:
    """`forge build` and the committed bytecode use the same compiler and settings."""
    path = root / "contracts" / "artifacts" / "manifest.json"
    if not path.is_file():
        pytest.fail("the contracts are not built: run `make contracts`")
    manifest = json.loads(path.read_text("utf-8"))
    foundry = tomllib.loads((root / "foundry.toml").read_text("utf-8"))["profile"]["default"]
    settings = manifest["settings"]
    assert manifest["solc"].partition("+")[0] == foundry["solc"]
    assert settings["evmVersion"] == foundry["evm_version"]
    assert settings["optimizer"] == {
        "enabled": foundry["optimizer"],
        "runs": foundry["optimizer_runs"],
    }
    assert settings["viaIR"] == foundry["via_ir"]
    assert settings["metadata"] == {
        "appendCBOR": foundry["cbor_metadata"],
        "bytecodeHash": foundry["bytecode_hash"],
    }
