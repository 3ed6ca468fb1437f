"""What is mutated: the contracts' sources, and the models' modules.

Each subject knows its mutants and how one of them is tried. Nothing is written into the sources'
own folders: contracts go to a temporary folder, a module's source to the process that runs it.
"""

from __future__ import annotations

import ast
import json
import tempfile
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from . import python_models, solidity, trial
from .compiler import DoesNotCompile, is_oversize
from .python_types import declared_kinds
from .trial import EQUIVALENT, INVALID, Bench, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .compiler import Compiler
    from .mutant import Mutant

ROOMS = ("engine", "oracles")
"""The rooms of the models."""

OTHERS = "no part of the margin protocol: campaigns of its own check it"

NOT_MODELS = {
    "engine/draws.py": "draws random numbers; no rule of the protocol",
    "oracles/breakers.py": OTHERS,
    "oracles/checked.py": OTHERS,
    "oracles/data_streams.py": OTHERS,
    "oracles/edges.py": OTHERS,
    "engine/keccak.py": OTHERS,
    "oracles/medians.py": OTHERS,
    "oracles/mock_pyth_price.py": OTHERS,
    "oracles/pyth_feed.py": OTHERS,
    "oracles/reducers.py": OTHERS,
    "oracles/timed_price.py": OTHERS,
    "oracles/twap.py": OTHERS,
    "oracles/words.py": OTHERS,
    "oracles/reporting.py": "says when feeds report in a simulation; has no contract",
    "oracles/statistics.py": "figures about rounds; has no contract",
}
"""Modules that lockstep cannot judge, and why."""

SOURCES = Path(str(resources.files("weiproof.contracts"))).joinpath("src")
"""The Solidity sources that come with the package."""

NOT_MUTATED = ("interfaces", "adapters", "MockPythPrice.sol")
"""Sources without code, and those that the campaign does not deploy."""

DEPLOYED = (
    "SettlementToken",
    "Feed",
    "MockFeed",
    "OracleHub",
    "ClearingHouse",
    "Lens",
    "ParameterTimelock",
)
"""Contracts that the campaign deploys, beside the libraries that they link."""


class Subject(Protocol):
    """Something that has mutants."""

    def mutants(self) -> tuple[Mutant, ...]:
        """All of them, in order of file and place."""
        ...

    def source(self, file: str) -> bytes:
        """The unchanged text of a file."""
        ...

    def prepare(self, bench: Bench) -> None:
        """Runs the campaigns unmutated. Raises FailsUnmutated where one does not pass."""
        ...

    def judge(self, mutant: Mutant, bench: Bench) -> Verdict:
        """Tries a mutant."""
        ...


class Models:
    """The Python models."""

    def __init__(self) -> None:
        """Reads the modules of the installed rooms."""
        self._paths = {
            f"{room}/{file.name}": file
            for room in ROOMS
            for file in sorted(_folder(f"weiproof.{room}").glob("*.py"))
            if f"{room}/{file.name}" not in NOT_MODELS
        }
        self._sources = {name: path.read_bytes() for name, path in self._paths.items()}
        self._hashes: dict[Bench, tuple[str, ...]] = {}

    def mutants(self) -> tuple[Mutant, ...]:
        """All of them."""
        kinds = declared_kinds(ast.parse(text) for text in self._sources.values())
        return tuple(
            mutant
            for file, text in sorted(self._sources.items())
            for mutant in python_models.mutants_of(file, text, kinds)
        )

    def source(self, file: str) -> bytes:
        """The unchanged text of a module."""
        return self._sources[file]

    def prepare(self, bench: Bench) -> None:
        """Runs the campaigns unmutated. Raises FailsUnmutated where one does not pass."""
        if bench not in self._hashes:
            self._hashes[bench] = trial.baseline(bench)

    def judge(self, mutant: Mutant, bench: Bench) -> Verdict:
        """Runs the campaigns with the module replaced."""
        source = self._sources[mutant.file]
        changed = mutant.applied(source)
        try:
            if python_models.compiled_alike(source, changed):
                return Verdict(EQUIVALENT, "compiles to the same code")
        except SyntaxError as error:
            return Verdict(INVALID, "does not compile", detail=str(error))
        name = "weiproof." + mutant.file.removesuffix(".py").replace("/", ".")
        path = str(self._paths[mutant.file])
        return trial.try_module(bench, name, path, changed.decode(), self._hashes[bench])


class Contracts:
    """The Solidity sources."""

    def __init__(self, sources: Mapping[str, bytes], compiler: Compiler) -> None:
        """Takes the sources (unit name to text) and parses them; they are compiled when tried."""
        self._sources = dict(sources)
        self._compiler = compiler
        trees = compiler.trees(sources)
        self._trees = {unit: tree for unit, tree in trees.items() if unit in sources}
        self._known = solidity.declarations(trees)
        self._imports = {unit: _imports(tree) for unit, tree in self._trees.items()}

    def mutants(self) -> tuple[Mutant, ...]:
        """All of them."""
        return tuple(
            mutant
            for unit, text in sorted(self._sources.items())
            if not any(part in NOT_MUTATED for part in unit.split("/"))
            for mutant in solidity.mutants_of(unit, text, self._trees[unit], self._known)
        )

    def source(self, file: str) -> bytes:
        """The unchanged text of a source."""
        return self._sources[file]

    def prepare(self, bench: Bench) -> None:
        """Runs the campaigns unmutated. Raises FailsUnmutated where one does not pass."""
        with tempfile.TemporaryDirectory(prefix="weiproof-mutant-") as folder:
            _write(Path(folder), self._plain)
            trial.baseline(Bench(bench.seeds, bench.steps, bench.chain, folder))

    def judge(self, mutant: Mutant, bench: Bench) -> Verdict:
        """Compiles what the mutant can change, and runs the campaigns where it did."""
        changed = self._sources | {mutant.file: mutant.applied(self._sources[mutant.file])}
        wanted = {n: u for n, u in self._units.items() if mutant.file in self._reach(u)}
        try:
            built = self._compiler.contracts(changed, _by_unit(wanted))
        except DoesNotCompile as error:
            return Verdict(INVALID, "does not compile", detail=str(error)[:300])
        if any(is_oversize(artifact) for artifact in built.values()):
            return Verdict(INVALID, "too much code to be deployed")
        if all(artifact == self._plain[file] for file, artifact in built.items()):
            return Verdict(EQUIVALENT, "compiles to the same code")
        with tempfile.TemporaryDirectory(prefix="weiproof-mutant-") as folder:
            _write(Path(folder), self._plain | built)
            return trial.try_contracts(bench, Path(folder))

    @cached_property
    def _plain(self) -> dict[str, dict[str, Any]]:
        """The unchanged artifacts by file."""
        return self._compiler.contracts(self._sources, _by_unit(self._units))

    @cached_property
    def _units(self) -> dict[str, str]:
        """Unit of each contract that is deployed, linked libraries included."""
        units = {
            node["name"]: unit
            for unit, tree in self._trees.items()
            for node in tree["nodes"]
            if node["nodeType"] == "ContractDefinition"
        }
        wanted = [name for name in DEPLOYED if name in units]
        found: dict[str, str] = {}
        while wanted:
            new = {name: units[name] for name in wanted if name not in found}
            found |= new
            built = self._compiler.contracts(self._sources, _by_unit(new))
            wanted = [name for artifact in built.values() for name in _linked(artifact)]
            wanted = [name for name in wanted if name not in found]
        return found

    def _reach(self, unit: str) -> frozenset[str]:
        """The unit and everything that it imports, directly or not."""
        found, waiting = {unit}, [unit]
        while waiting:
            for other in self._imports.get(waiting.pop(), ()):
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return frozenset(found)


def _folder(package: str) -> Path:
    return Path(str(resources.files(package)))


def _imports(tree: Mapping[str, Any]) -> tuple[str, ...]:
    nodes = tree["nodes"]
    return tuple(node["absolutePath"] for node in nodes if node["nodeType"] == "ImportDirective")


def _linked(artifact: Mapping[str, Any]) -> Iterable[str]:
    for libraries in artifact["bytecode"]["linkReferences"].values():
        yield from libraries


def _by_unit(units: Mapping[str, str]) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = {}
    for name, unit in sorted(units.items()):
        wanted.setdefault(unit, []).append(name)
    return wanted


def _write(folder: Path, artifacts: Mapping[str, Mapping[str, Any]]) -> None:
    for file, artifact in artifacts.items():
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(artifact), encoding="utf-8")
