"""forge, where it is installed, with the compiler from npm."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_WRAPPER = """\
#!/usr/bin/env node
const solc = require({module!r});
if (process.argv.includes("--version")) {{
  console.log("solc\\nVersion: " + solc.version().replace("Emscripten.clang", "Linux.g++"));
}} else {{
  const input = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const texts = {{}};
  for (const [name, source] of Object.entries(input.sources)) {{
    texts[name] = source.content;
    input.sources[name] = {{ urls: [name] }};
  }}
  const read = (name) => (name in texts ? {{ contents: texts[name] }} : {{ error: "not found" }});
  process.stdout.write(solc.compile(JSON.stringify(input), {{ import: read }}));
}}
"""
"""Hands each source over when it is asked for: the compiler's stack holds an input of a few MiB."""


def forge() -> str:
    """Path of forge: from npm in this checkout, or on the path. Skips, with the reason, without."""
    found = sorted(ROOT.glob("node_modules/@foundry-rs/forge-*/bin/forge"))
    path = str(found[0]) if found else shutil.which("forge")
    compiler = ROOT / "node_modules" / "solc"
    if path is None or not compiler.is_dir() or shutil.which("node") is None:
        pytest.skip("forge and solc are needed: npm ci --ignore-scripts")
    return path


def forge_test(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `forge test` in a project, offline."""
    return run_forge(project, "test", *arguments)


def run_forge(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs forge in a project, offline."""
    wrapper = project / "solc-from-npm"
    wrapper.write_text(_WRAPPER.format(module=str(ROOT / "node_modules" / "solc")))
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    environment = {**os.environ, "FOUNDRY_OFFLINE": "true", "FOUNDRY_SOLC": str(wrapper)}
    return subprocess.run(
        [forge(), *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
