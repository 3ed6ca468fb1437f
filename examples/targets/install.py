"""Fetches the packages whose contracts the example targets check, by npm, and unpacks them.

``python examples/targets/install.py [NAME ...]`` puts each package of ``packages.json``, or those
named, into ``node_modules/.targets``, compiles the harness around Synthetix's libraries (``npm ci
--ignore-scripts`` brings the compiler), and each of ``builds`` whose packages are there. Of the
packages nothing but the compilers is run, and none is part of this project: each keeps its own
licence.
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
LIBRARIES = tuple(
    f"{SYNTHETIX}{name}" for name in ("perps-market", "core-contracts", "core-modules")
)
"""What the harness around Synthetix's perps is compiled with."""
BUILDS = HERE / "builds"
"""What is compiled of packages that bring sources only."""
HARNESS = INSTALLED / "synthetix_perps"
"""Where the compiled harness lies."""


def main(names: list[str]) -> int:
    """Installs the packages named, or all; the exit code."""
    packages = json.loads((HERE / "packages.json").read_text(encoding="utf-8"))["packages"]
    known = {package.get("folder", package["name"]): package for package in packages}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no such package: {', '.join(unknown)}; expected one of {', '.join(known)}")  # noqa: T201
        return 2
    wanted = names or list(known)
    try:
        for name in wanted:
            print(f"{name}: {install(name, known[name])}")  # noqa: T201
        name = HARNESS.name
        if any(each in wanted for each in LIBRARIES):
            print(f"{name}: {compile_harness(LIBRARIES)}")  # noqa: T201
        for build in sorted(BUILDS.glob("*.json")):
            name = build.stem
            print(f"{name}: {compile_build(build, known)}")  # noqa: T201
    except (OSError, ValueError, tarfile.TarError, subprocess.SubprocessError) as error:
        print(f"{name}: {error}")  # noqa: T201
        return 3
    return 0


def install(place: str, package: dict[str, str]) -> str:
    """Fetches, checks and unpacks one package into a folder; says what was done.

    Raises ValueError where what npm fetched is not what ``packages.json`` says.
    """
    name, version, integrity = package["name"], package["version"], package["integrity"]
    folder, stamp = INSTALLED / place, INSTALLED / place / ".integrity"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == integrity:
        return f"{version} is there"
    npm = shutil.which("npm")
    if npm is None:
        raise ValueError("npm is missing; it comes with Node.js")
    with tempfile.TemporaryDirectory() as fetched:
        command = [npm, "pack", f"{name}@{version}", "--ignore-scripts", "--silent"]
        subprocess.run(command, cwd=fetched, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        (tarball,) = Path(fetched).glob("*.tgz")
        found = sha512(tarball)
        if found != integrity:
            raise ValueError(f"npm fetched something else: {found}, expected {integrity}")
        with tarfile.open(tarball) as archive:
            archive.extractall(fetched, filter="data")
        if folder.exists():
            shutil.rmtree(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(str(Path(fetched, "package")), str(folder))
    stamp.write_text(integrity, encoding="utf-8")
    return f"{version} installed"


def compile_harness(libraries: tuple[str, ...]) -> str:
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


def compile_build(build: Path, known: dict[str, dict[str, str]]) -> str:
    """Compiles one of ``builds`` into ``node_modules/.targets/oracles``; says what was done.

    Raises ValueError where Node.js or the compiler's wrapper is missing.
    """
    said = json.loads(build.read_text(encoding="utf-8"))
    folders = [said["solc"], *(place.rstrip("/") for place in said["remappings"].values())]
    packages = [folder for folder in folders if not folder.startswith("own/")]
    missing = [each for each in packages if not (INSTALLED / each).is_dir()]
    if missing:
        return f"not compiled: {', '.join(missing)} must be installed, too"
    node = shutil.which("node")
    if node is None or not (INSTALLED.parent / "solc").is_dir():
        raise ValueError("not compiled: Node.js and solc are needed (npm ci --ignore-scripts)")
    script, out = HERE / "compile.mjs", INSTALLED / "oracles" / build.stem
    own = sorted(HERE.joinpath(said["own"]).glob("*.sol")) if "own" in said else []
    made_of = b"".join(file.read_bytes() for file in (script, build, *own))
    made_of += "".join(known[each]["integrity"] for each in packages if each in known).encode()
    stamp, state = out / ".made-of", hashlib.sha256(made_of).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == state:
        return "compiled already"
    command = [node, str(script), str(build), "--packages", str(INSTALLED), "--out", str(out)]
    subprocess.run(command, check=True)  # noqa: S603
    stamp.write_text(state, encoding="utf-8")
    return "compiled"


def sha512(file: Path) -> str:
    """A file's integrity, as npm writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
