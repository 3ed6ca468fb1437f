"""The fixtures as each build tool would have written them, for the tests of the loaders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

FIXTURES = Path(__file__).parent / "fixtures" / "out" / "Fixtures.sol"
UNIT = "src/Fixtures.sol"
"""What the compiler calls the source."""
NAMES = ("Caller", "IVault", "Scale", "Vault")


def compiled(name: str) -> dict[str, Any]:
    """Return a fixture as the compiler gives it, its libraries declared in :data:`UNIT`."""
    document: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    for part in ("bytecode", "deployedBytecode"):
        code = document[part]
        text = code["object"].removeprefix("0x")
        (links,) = code["linkReferences"].values() or ({},)
        for library, places in links.items():
            for place in places:
                at = 2 * place["start"]
                text = text[:at] + placeholder(library) + text[at + 40 :]
        code["object"] = text
        code["linkReferences"] = {UNIT: links} if links else {}
    return document


def placeholder(library: str) -> str:
    """What the compiler writes in place of a library's address."""
    from eth_hash.auto import keccak

    return f"__${keccak(f'{UNIT}:{library}'.encode()).hex()[:34]}$__"


def write(file: Path, content: object) -> None:
    """Write JSON, or text as it is, with the folders above it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def prefixed(code: str) -> str:
    """Code as most tools write it."""
    return f"0x{code}"


def foundry(root: Path) -> None:
    """Foundry's ``out``: objects with code, the source in the metadata, a build info beside."""
    for name in NAMES:
        document = compiled(name)
        for part in ("bytecode", "deployedBytecode"):
            document[part]["object"] = prefixed(document[part]["object"])
        document["metadata"] = {"settings": {"compilationTarget": {UNIT: name}}}
        write(root / "Fixtures.sol" / f"{name}.json", document)
    write(root / "build-info" / "0af3.json", {"id": "0af3", "source_id_to_path": {"0": UNIT}})


def hardhat2(root: Path) -> None:
    """Hardhat 2's ``artifacts``: code as text, the source by name, a debug file beside each."""
    for name in NAMES:
        document = _hardhat(name, "hh-sol-artifact-1")
        document["deployedLinkReferences"] = compiled(name)["deployedBytecode"]["linkReferences"]
        write(root / UNIT / f"{name}.json", document)
        write(root / UNIT / f"{name}.dbg.json", {"buildInfo": "../../build-info/0af3.json"})
    write(root / "build-info" / "0af3.json", {"output": standard_output()})


def hardhat3(root: Path) -> None:
    """Hardhat 3's ``artifacts``: the compiler calls the source otherwise than the project does."""
    for name in NAMES:
        document = _hardhat(name, "hh3-artifact-1")
        document |= {
            "immutableReferences": {"7": [{"length": 32, "start": 1}]},
            "inputSourceName": f"project/{UNIT}",
            "buildInfoId": "solc-0_8_37-0af3",
        }
        document["linkReferences"] = {
            f"project/{unit}": links for unit, links in document["linkReferences"].items()
        }
        write(root / UNIT / f"{name}.json", document)
    write(root / UNIT / "artifacts.d.ts", "export {};\n")
    write(root / "build-info" / "solc-0_8_37-0af3.output.json", {"output": standard_output()})


def truffle(root: Path) -> None:
    """Truffle's ``build/contracts``: placeholders of the old kind and no link references."""
    for name in NAMES:
        document = compiled(name)
        old, new = "__Scale".ljust(40, "_"), placeholder("Scale")
        code, deployed = (
            prefixed(document[part]["object"].replace(new, old))
            for part in ("bytecode", "deployedBytecode")
        )
        content = {
            "contractName": name,
            "abi": document["abi"],
            "metadata": json.dumps({"settings": {"compilationTarget": {UNIT: name}}}),
            "bytecode": code,
            "deployedBytecode": deployed,
            "networks": {},
        }
        write(root / f"{name}.json", content)


def standard_json(root: Path) -> None:
    """The compiler's own output, one file for everything."""
    write(root / "solc-output.json", standard_output())


def combined_json(root: Path) -> None:
    """The compiler's ``--combined-json``: code without references, keys ``source:name``."""
    contracts = {
        f"{UNIT}:{name}": {
            "abi": compiled(name)["abi"],
            "bin": compiled(name)["bytecode"]["object"],
            "bin-runtime": compiled(name)["deployedBytecode"]["object"],
        }
        for name in NAMES
    }
    write(root / "combined.json", {"contracts": contracts, "version": "0.8.37"})


def bare_files(root: Path) -> None:
    """The compiler's ``--abi --bin``: one file each, a legend of placeholders below the code."""
    for name in NAMES:
        document = compiled(name)
        write(root / f"{name}.abi", document["abi"])
        code = document["bytecode"]["object"]
        legend = f"\n\n// {placeholder('Scale')[2:-2]} -> {UNIT}:Scale\n" if "_" in code else ""
        write(root / f"{name}.bin", code + legend)
        write(root / f"{name}.bin-runtime", document["deployedBytecode"]["object"])


def standard_output() -> dict[str, Any]:
    """Return the compiler's standard JSON output."""
    contracts = {}
    for name in NAMES:
        document = compiled(name)
        contracts[name] = {
            "abi": document["abi"],
            "evm": {
                "bytecode": document["bytecode"],
                "deployedBytecode": document["deployedBytecode"],
            },
        }
    return {"contracts": {UNIT: contracts}, "sources": {UNIT: {"id": 0}}}


def _hardhat(name: str, kind: str) -> dict[str, Any]:
    document = compiled(name)
    return {
        "_format": kind,
        "contractName": name,
        "sourceName": UNIT,
        "abi": document["abi"],
        "bytecode": prefixed(document["bytecode"]["object"]),
        "deployedBytecode": prefixed(document["deployedBytecode"]["object"]),
        "linkReferences": document["bytecode"]["linkReferences"],
    }


WRITERS: tuple[Callable[[Path], None], ...] = (
    foundry, hardhat2, hardhat3, truffle, standard_json, combined_json, bare_files,
)  # fmt: skip
