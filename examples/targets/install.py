"""Fetches the packages whose contracts the example targets check, by npm, and unpacks them.

``python examples/targets/install.py [NAME ...]`` puts each package of ``packages.json``, or those
named, into ``node_modules/.targets/NAME``, and compiles the harness around Synthetix's libraries
(``npm ci --ignore-scripts`` brings the compiler). Nothing of a package is run, and none is part of
this project: each keeps its own licence.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSTALLED = HERE.parent.parent / "node_modules" / ".targets"
"""Where packages are unpacked: one folder each, by name."""

PERPS = HERE / "synthetix_perps"
SYNTHETIX = "@synthetixio/"
HARNESS = INSTALLED / "synthetix_perps"
"""Where the compiled harness lies."""


def main(names: list[str]) -> int:
    """Installs the packages named, or all; the exit code."""
    packages = json.loads((HERE / "packages.json").read_text(encoding="utf-8"))["packages"]
    known = {package["name"]: package for package in packages}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no such package: {', '.join(unknown)}; expected one of {', '.join(known)}")  # noqa: T201
        return 2
    wanted = names or list(known)
    try:
        for name in wanted:
            say = install(name, known[name]["version"], known[name]["integrity"])
            print(f"{name}: {say}")  # noqa: T201
        name = HARNESS.name
        libraries = [each for each in known if each.startswith(SYNTHETIX)]
        if any(each in wanted for each in libraries):
            print(f"{name}: {compile_harness(libraries)}")  # noqa: T201
    except (OSError, ValueError, tarfile.TarError, subprocess.SubprocessError) as error:
        print(f"{name}: {error}")  # noqa: T201
        return 3
    return 0


def install(name: str, version: str, integrity: str) -> str:
    """Fetches, checks and unpacks one package; says what was done.

    Raises ValueError where what npm fetched is not what ``packages.json`` says.
    """
    folder, stamp = INSTALLED / name, INSTALLED / name / ".integrity"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == integrity:
        return f"{version} is there"
    npm = shutil.which("npm")
    if npm is None:
        raise ValueError("npm is missing; it comes with Node.js")
    with tempfile.TemporaryDirectory() as place:
        command = [npm, "pack", f"{name}@{version}", "--ignore-scripts", "--silent"]
        subprocess.run(command, cwd=place, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        (tarball,) = Path(place).glob("*.tgz")
        found = sha512(tarball)
        if found != integrity:
            raise ValueError(f"npm fetched something else: {found}, expected {integrity}")
        with tarfile.open(tarball) as archive:
            archive.extractall(place, filter="data")
        if folder.exists():
            shutil.rmtree(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(str(Path(place, "package")), str(folder))
    stamp.write_text(integrity, encoding="utf-8")
    return f"{version} installed"


def compile_harness(libraries: list[str]) -> str:
    """Compiles the harness with the libraries that are installed; says what was done.

    Raises ValueError where one of them, Node.js or the compiler is missing.
    """
    missing = [name for name in libraries if not (INSTALLED / name).is_dir()]
    if missing:
        raise ValueError(f"not compiled: {', '.join(missing)} must be installed, too")
    node = shutil.which("node")
    if node is None or not (INSTALLED.parent / "solc").is_dir():
        raise ValueError("not compiled: Node.js and solc are needed (npm ci --ignore-scripts)")
    build = HERE.parent.parent / "contracts" / "build.mjs"
    places = ["--src", str(PERPS / "src"), "--out", str(HARNESS)]
    for folder in (PERPS / "stubs", INSTALLED / SYNTHETIX):
        places += ["--import", f"{SYNTHETIX}={folder}/"]
    subprocess.run([node, str(build), *places], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return "compiled"


def sha512(file: Path) -> str:
    """A file's integrity, as npm writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
