"""The same contracts under `forge test`: an invariant test with a handler, in a project of its own.

What is deployed and the calls of the fixture are read from files, so that only the handler is
compiled. forge is charged for what one more call costs: a run of one call is taken off.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.contracts.deployment import Step
from weiproof.crosscheck.fuzz.campaign import open_margin
from weiproof.crosscheck.fuzz.playground import SPEC, TRADERS
from weiproof.crosscheck.protocol import DEPLOYER, MATCHER, TRANSMITTER

from .campaigns import SEED, opened
from .rows import Absent, cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.crosscheck.fuzz.campaign import MarginBench

ROOT = Path(__file__).parents[2]
_DEPTH = 100
_FEWEST = 4000  # calls: fewer are lost in the noise of forge's start
_CALLS = re.compile(r"calls: (\d+), reverts: (\d+)")
_SOLC = """\
#!/usr/bin/env node
const solc = require("{module}");
if (process.argv.includes("--version")) {{
  console.log("solc\\nVersion: " + solc.version().replace("Emscripten.clang", "Linux.g++"));
}} else {{
  process.stdout.write(solc.compile(require("fs").readFileSync(0, "utf8")));
}}
"""
_SETTINGS = """\
[profile.default]
src = "src"
test = "test"
libs = []
solc = "./solc"
offline = true
evm_version = "cancun"
gas_limit = "18446744073709551615"
fs_permissions = [{ access = "read", path = "./" }]

[profile.default.fuzz]
seed = "0x7"

[profile.default.invariant]
fail_on_revert = false
"""


class ForgeRow:
    """An invariant test of forge with one thread."""

    name = "forge invariant"
    checks = "one invariant; there is no model"

    def __init__(self, steps: int) -> None:
        self._forge = _forge()
        self._runs = max(steps, _FEWEST) // _DEPTH
        self._folder = tempfile.TemporaryDirectory(prefix="weiproof-forge-")
        _write_project(Path(self._folder.name))
        self._run(1, 1)  # compiles

    def measure(self) -> tuple[int, float]:
        """Runs the invariant test."""
        few, start = self._run(1, 1)
        calls, spent = self._run(self._runs, _DEPTH)
        if spent <= start:
            raise Absent(f"{calls} calls took no longer than forge's start")
        return calls - few, spent - start

    def _run(self, runs: int, depth: int) -> tuple[int, float]:
        """Calls made and CPU-seconds taken."""
        environment = {
            **os.environ,
            "FOUNDRY_INVARIANT_RUNS": str(runs),
            "FOUNDRY_INVARIANT_DEPTH": str(depth),
        }
        started = cpu_seconds()
        done = subprocess.run(  # noqa: S603 - the forge of this checkout
            [self._forge, "test", "--threads", "1"],
            cwd=self._folder.name,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        spent = cpu_seconds() - started
        found = _CALLS.search(done.stdout)
        if done.returncode != 0 or found is None:
            raise Absent(f"forge failed: {(done.stdout + done.stderr)[-600:]}")
        return int(found[1]), spent


def _forge() -> str:
    """Path of forge."""
    found = sorted(ROOT.glob("node_modules/@foundry-rs/forge-*/bin/forge"))
    path = str(found[0]) if found else shutil.which("forge")
    solc = ROOT / "node_modules" / "solc"
    if path is None or not solc.is_dir() or shutil.which("node") is None:
        raise Absent("forge, node and solc are needed: npm ci --ignore-scripts")
    return path


def _write_project(folder: Path) -> None:
    """Settings, handler, code and calls."""
    bench = open_margin(opened("pyevm"))
    for name in ("src", "test", "code"):
        folder.joinpath(name).mkdir()
    folder.joinpath("foundry.toml").write_text(_SETTINGS)
    solc = folder / "solc"
    solc.write_text(_SOLC.format(module=ROOT / "node_modules" / "solc"))
    solc.chmod(solc.stat().st_mode | stat.S_IXUSR)
    plan, book = bench.plan, bench.lockstep.chain.book
    steps = [step for step in plan.steps if isinstance(step, Step)]
    for nonce, step in enumerate(steps):
        folder.joinpath("code", str(nonce)).write_text("0x" + plan.init_code(step, book).hex())
    calls = list(_fixture(bench))
    folder.joinpath("calls").write_text("\n".join(calls))
    handler = Path(__file__).with_name("Handler.t.sol").read_text()
    for name, value in _values(bench, len(steps), len(calls) // 4).items():
        handler = handler.replace(f"${name}$", value)
    folder.joinpath("test", "Handler.t.sol").write_text(handler)


def _fixture(bench: MarginBench) -> Iterator[str]:
    """Time, sender, target and data of each call, a line each."""
    chain = bench.lockstep.chain
    for call in bench.fixture(SEED):
        bench.apply(call)
        data = chain.interfaces[call.target].encode_call(call.function, call.args)
        yield from (str(call.at), call.sender, chain.book[call.target], "0x" + data.hex())


def _values(bench: MarginBench, steps: int, calls: int) -> dict[str, str]:
    """What the handler is told."""
    book = bench.lockstep.chain.book
    from eth_utils.address import to_checksum_address

    def listed(name: str, values: list[str]) -> str:
        return "\n".join(f"        {name}.push({value});" for value in values)

    return {
        "DEPLOYER": to_checksum_address(actor(DEPLOYER)),
        "MATCHER": to_checksum_address(actor(MATCHER)),
        "TRANSMITTER": to_checksum_address(actor(TRANSMITTER)),
        "HOUSE": to_checksum_address(book["house"]),
        "TOKEN": to_checksum_address(book["token"]),
        "GENESIS": str(SPEC.genesis_time),
        "STEPS": str(steps),
        "CALLS": str(calls),
        "PEOPLE": listed("people", [to_checksum_address(actor(label)) for label in TRADERS]),
        "FEEDS": listed(
            "feeds",
            [
                f"Feed({to_checksum_address(book[f.label])}, {str(f.mock).lower()})"
                for f in SPEC.feeds
            ],
        ),
        "MARKETS": listed(
            "markets", [f"Market({m.size_step}, {m.price_tick})" for m in SPEC.markets]
        ),
    }
