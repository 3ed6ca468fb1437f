"""The build script: reproducible, strict about warnings and sizes, and able to plant faults."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\n"
VAULT = (
    HEAD
    + """import {Rate} from "./lib/Rate.sol";
contract Vault {
    uint256 public immutable CAP;
    constructor(uint256 cap) { CAP = cap; }
    function due(uint256 x) external view returns (uint256) {
        if (x < CAP) return x;
        return Rate.twice(x);
    }
}
"""
)
RATE = (
    HEAD
    + """library Rate {
    function twice(uint256 x) external pure returns (uint256) { return x * 2; }
}
"""
)
STRICTER = """--- a/contracts/src/Vault.sol
+++ b/contracts/src/Vault.sol
@@ -7,3 +7,3 @@
     function due(uint256 x) external view returns (uint256) {
-        if (x < CAP) return x;
+        if (x <= CAP) return x;
         return Rate.twice(x);
"""
SPELLING = """--- a/contracts/src/Vault.sol
+++ b/contracts/src/Vault.sol
@@ -1,2 +1,3 @@
 // SPDX-License-Identifier: MIT
+// a comment changes no bytecode
 pragma solidity 0.8.37;
"""


class Builder:
    """A small tree of sources and the script that builds it."""

    def __init__(self, root: Path, folder: Path) -> None:
        """Write the sources under `folder`."""
        self.root = root
        self.src = folder / "src"
        self.out = folder / "out"
        (self.src / "lib").mkdir(parents=True)
        (self.src / "Vault.sol").write_text(VAULT)
        (self.src / "lib" / "Rate.sol").write_text(RATE)

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the build script on the tree."""
        command = ["node", "contracts/build.mjs", "--src", str(self.src), *options]
        return subprocess.run(command, cwd=self.root, check=False, capture_output=True, text=True)

    def build(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run it with the tree's own out folder."""
        return self.run("--out", str(self.out), *options)


@pytest.fixture
def builder(root: Path, tmp_path: Path) -> Builder:
    """A tree ready to build; skips where there is no node or no compiler."""
    if shutil.which("node") is None or not (root / "node_modules" / "solc").is_dir():
        pytest.skip("no node or no solc: only people who change contracts need them")
    return Builder(root, tmp_path)


@pytest.mark.slow
def test_what_was_built_checks_as_equal(builder: Builder) -> None:
    """A second compilation gives the same bytes, and its manifest names the sources."""
    assert builder.build().returncode == 0
    assert builder.build("--check").returncode == 0
    manifest = json.loads((builder.out / "manifest.json").read_text())
    assert sorted(manifest["sources"]) == ["contracts/src/Vault.sol", "contracts/src/lib/Rate.sol"]
    assert manifest["contracts"]["Vault"]["path"] == "Vault.sol/Vault.json"


@pytest.mark.slow
def test_a_changed_and_a_stale_artifact_are_found(builder: Builder) -> None:
    """The check names what differs and what has no source any more, and writes nothing."""
    builder.build()
    (builder.out / "Old.json").write_text("{}")
    artifact = builder.out / "Rate.sol" / "Rate.json"
    artifact.write_text(artifact.read_text().replace("twice", "thrice"))
    done = builder.build("--check")
    assert done.returncode == 1
    assert "different Rate.sol/Rate.json" in done.stderr
    assert "stale     Old.json" in done.stderr
    assert (builder.out / "Old.json").is_file()


@pytest.mark.slow
def test_imports_are_found_where_the_options_say(builder: Builder, tmp_path: Path) -> None:
    """The first folder that has the file counts, and its contracts are no artifacts."""
    vault = builder.src / "Vault.sol"
    vault.write_text(vault.read_text().replace("./lib/Rate.sol", "elsewhere/Rate.sol"))
    lacking, having = tmp_path / "lacking", tmp_path / "having"
    lacking.mkdir()
    shutil.move(builder.src / "lib", having)
    done = builder.build("--import", f"elsewhere/={lacking}", "--import", f"elsewhere/={having}")
    assert done.returncode == 0, done.stderr
    assert list(json.loads((builder.out / "manifest.json").read_text())["contracts"]) == ["Vault"]
    assert builder.build("--import", f"elsewhere/={lacking}").returncode == 1
    assert builder.build("--import", "elsewhere").returncode == 2


@pytest.mark.slow
def test_a_fault_builds_only_what_it_changes(builder: Builder, tmp_path: Path) -> None:
    """A planted fault writes the contract whose bytecode differs, and no other."""
    faults = tmp_path / "faults"
    faults.mkdir()
    (faults / "stricter.diff").write_text(STRICTER)
    done = builder.run("--faults", str(faults))
    assert done.returncode == 0, done.stderr
    artifacts = faults / "artifacts"
    files = [p.relative_to(artifacts).as_posix() for p in sorted(artifacts.rglob("*.json"))]
    assert files == ["stricter/Vault.sol/Vault.json"]
    assert builder.run("--faults", str(faults), "--check").returncode == 0


@pytest.mark.slow
def test_a_fault_without_effect_is_refused(builder: Builder, tmp_path: Path) -> None:
    """A diff that changes no bytecode plants nothing, and is named."""
    faults = tmp_path / "faults"
    faults.mkdir()
    (faults / "spelling.diff").write_text(SPELLING)
    done = builder.run("--faults", str(faults))
    assert done.returncode == 1
    assert "spelling.diff: changes no bytecode" in done.stderr


@pytest.mark.slow
def test_every_refused_fault_is_named(builder: Builder, tmp_path: Path) -> None:
    """Those refused are named in their order, whichever ends first, and nothing is written."""
    faults = tmp_path / "faults"
    faults.mkdir()
    (faults / "stricter.diff").write_text(STRICTER)
    (faults / "spelling.diff").write_text(SPELLING)
    (faults / "absent.patch").write_text(STRICTER.replace("if (x < CAP)", "if (x > CAP)"))
    done = builder.run("--faults", str(faults))
    assert done.returncode == 1
    named = [done.stderr.index(f"{name}: ") for name in ("absent.patch", "spelling.diff")]
    assert named == sorted(named)
    assert "stricter: Vault.sol/Vault.json" in done.stdout
    assert not (faults / "artifacts").exists()


@pytest.mark.slow
def test_a_warning_refuses_the_build(builder: Builder) -> None:
    """The compiler's warnings are errors, and nothing is written."""
    (builder.src / "Vault.sol").write_text(VAULT.replace("uint256 cap)", "uint256 cap, uint256 z)"))
    done = builder.build()
    assert done.returncode == 1
    assert "Unused function parameter" in done.stderr
    assert not builder.out.exists()


@pytest.mark.slow
def test_a_contract_too_large_to_deploy_is_refused(builder: Builder) -> None:
    """More than 24,576 bytes of code cannot be deployed anywhere, so it is not built."""
    large = HEAD + f'contract Large {{ string public constant S = "{"x" * 25_000}"; }}\n'
    (builder.src / "Large.sol").write_text(large)
    done = builder.build()
    assert done.returncode == 1
    assert "Large has" in done.stderr
    assert "more than 24576" in done.stderr


def test_an_unknown_option_is_bad_usage(builder: Builder) -> None:
    """A misspelt option ends with 2, before anything is compiled."""
    assert builder.run("--chekc").returncode == 2
