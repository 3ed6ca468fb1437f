"""The Solidity compiler, kept warm in one process, and the sources that it knows.

The settings are those of ``contracts/build.mjs``, so that what is not changed compiles to the
shipped bytecode.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib import resources
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

UNIT_PREFIX = "contracts/src/"

SETTINGS: dict[str, Any] = {
    "evmVersion": "cancun",
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
    "optimizer": {"enabled": True, "runs": 200},
    "viaIR": False,
}

OUTPUTS = [
    "abi",
    "evm.bytecode.object",
    "evm.bytecode.linkReferences",
    "evm.deployedBytecode.object",
    "evm.deployedBytecode.linkReferences",
]

RENEWED_EVERY = 250
"""After so many compilations the process is replaced: the compiler frees no memory."""

MAX_CODE_BYTES = 24_576


class CompilerMissing(Exception):
    """There is no node, or no Solidity compiler among its modules."""


class DoesNotCompile(Exception):
    """The compiler refuses the sources; carries its messages."""


def read_sources(folder: Path) -> dict[str, bytes]:
    """Unit name to text of all Solidity files under a folder.

    Raises FileNotFoundError where there is none.
    """
    files = sorted(folder.rglob("*.sol"))
    if not files:
        raise FileNotFoundError(2, "no Solidity file is under it", str(folder))
    return {
        UNIT_PREFIX + file.relative_to(folder).as_posix(): file.read_bytes().replace(b"\r\n", b"\n")
        for file in files
    }


def find_modules(*near: Path) -> Path:
    """The nearest folder, at or above those given, whose ``node_modules`` hold solc.

    Raises CompilerMissing where there is none.
    """
    for start in near:
        for folder in (start.resolve(), *start.resolve().parents):
            if (folder / "node_modules" / "solc").is_dir():
                return folder
    raise CompilerMissing(
        "no Solidity compiler: run `npm ci --ignore-scripts` in a checkout of Weiproof, and start"
        " from there or name it with --modules"
    )


class Compiler:
    """One node process; usable from several threads, one compilation at a time."""

    def __init__(self, modules: Path) -> None:
        """Uses the compiler and packages in ``node_modules`` of a folder."""
        node = shutil.which("node")
        if node is None:
            raise CompilerMissing("node is needed to compile mutants, and is not on the path")
        script = resources.files("weiproof.crosscheck.mutation") / "compiler.mjs"
        self._command = [node, str(script), str(modules)]
        self._process: subprocess.Popen[str] | None = None
        self._lock = Lock()
        self._served = 0

    def __enter__(self) -> Compiler:  # noqa: PYI034 (typing.Self is not in Python 3.10)
        """Return the compiler."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            process, self._process = self._process, None
            if process.stdin and process.stdout:
                process.stdin.close()
                process.stdout.close()
            process.terminate()
            process.wait()

    def trees(self, sources: Mapping[str, bytes]) -> dict[str, Any]:
        """Syntax tree of each source, and of what it imports, by unit name."""
        output = self._ask(sources, {"*": {"": ["ast"]}})
        return {unit: entry["ast"] for unit, entry in output["sources"].items()}

    def contracts(
        self, sources: Mapping[str, bytes], wanted: Mapping[str, Iterable[str]]
    ) -> dict[str, dict[str, Any]]:
        """Artifacts (Foundry's layout) of the wanted contracts, unit name to names, by their file.

        Raises DoesNotCompile.
        """
        selection = {unit: dict.fromkeys(names, OUTPUTS) for unit, names in sorted(wanted.items())}
        output = self._ask(sources, selection)
        return {
            artifact_file(unit, name): _artifact(output["contracts"][unit][name])
            for unit, names in selection.items()
            for name in names
        }

    def _ask(self, sources: Mapping[str, bytes], selection: Mapping[str, Any]) -> dict[str, Any]:
        request = {
            "language": "Solidity",
            "settings": {**SETTINGS, "outputSelection": selection},
            "sources": {unit: {"content": text.decode()} for unit, text in sources.items()},
        }
        with self._lock:
            output = self._exchange(json.dumps(request))
        errors = [m for m in output.get("errors", ()) if m["severity"] == "error"]
        if errors:
            raise DoesNotCompile("\n".join(m["formattedMessage"].strip() for m in errors))
        return output

    def _exchange(self, line: str) -> dict[str, Any]:
        if self._served % RENEWED_EVERY == 0:
            self.close()
        self._served += 1
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - node and our own script
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        assert self._process.stdout is not None  # noqa: S101 - likewise
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise CompilerMissing(f"the compiler ended with code {self._process.wait()}")
        output: dict[str, Any] = json.loads(answer)
        return output


def artifact_file(unit: str, name: str) -> str:
    """Where a contract's artifact lies in a folder of artifacts."""
    return f"{unit.rpartition('/')[2]}/{name}.json"


def _artifact(compiled: Mapping[str, Any]) -> dict[str, Any]:
    evm = compiled["evm"]
    code, deployed = evm["bytecode"], evm["deployedBytecode"]
    return {
        "abi": compiled["abi"],
        "bytecode": {
            "linkReferences": code["linkReferences"],
            "object": f"0x{code['object']}",
        },
        "deployedBytecode": {
            "linkReferences": deployed["linkReferences"],
            "object": f"0x{deployed['object']}",
        },
    }


def is_oversize(artifact: Mapping[str, Any]) -> bool:
    """Whether a contract has more code than may be deployed."""
    return len(artifact["deployedBytecode"]["object"]) > 2 + 2 * MAX_CODE_BYTES
