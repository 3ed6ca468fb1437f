"""`weiproof doctor`: what works on this machine, and what does not."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import re
import sys
from dataclasses import asdict, dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import click

from . import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    if sys.version_info >= (3, 11):
        from importlib.resources.abc import Traversable
    else:
        from importlib.abc import Traversable

OLDEST = (3, 10)
NEWEST = (3, 13)
MAX_CODE_BYTES = 24_576
NEEDED_CHAINS = ("pyevm", "eth-tester")
OPTIONAL_CHAINS = ("revm", "anvil")
TABLES = ("pyarrow", "polars")
"""Packages of the extra `tables`."""
COMPARISONS: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": lambda have, want: have >= want,
    "<": lambda have, want: have < want,
}
MARKS = {
    (True, True): ("ok", "green"),
    (True, False): ("ok", "green"),
    (False, True): ("missing", "red"),
    (False, False): ("absent", "yellow"),
}
"""(ok, needed) to the word and the style it is printed in."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    ok: bool
    needed: bool
    """Whether Weiproof cannot do its main job without it."""
    detail: str
    """What was found; where it is not ok, what to do."""


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(as_json: bool) -> int:
    """Say what works on this machine, and what does not.

    Ends with exit code 3 where something needed is missing.
    """
    checks = list(all_checks())
    failed = [check for check in checks if check.needed and not check.ok]
    if as_json:
        click.echo(json.dumps({"ok": not failed, "checks": [asdict(c) for c in checks]}, indent=2))
    else:
        _print_table(checks)
    return errors.BAD_ENVIRONMENT if failed else errors.PASS


def all_checks() -> Iterator[Check]:
    """Everything that is looked at, in order of how much depends on it."""
    yield check_python()
    yield from check_packages()
    yield check_artifacts(resources.files("weiproof.contracts"))
    for name in (*NEEDED_CHAINS, *OPTIONAL_CHAINS):
        yield check_chain(name, needed=name in NEEDED_CHAINS)
    yield check_tables()


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> Check:
    """The interpreter is one that Weiproof is tested on."""
    supported = OLDEST <= version <= NEWEST
    found = f"{platform.python_implementation()} {platform.python_version()}"
    advice = "" if supported else "; use CPython 3.10 to 3.13"
    return Check("python", supported, needed=True, detail=found + advice)


def check_packages() -> Iterator[Check]:
    """Each runtime dependency is installed, in a version that the package metadata allows."""
    for requirement in importlib.metadata.requires("weiproof") or []:
        text, _, marker = requirement.partition(";")
        if "extra" in marker or ("python_version" in marker and sys.version_info >= (3, 11)):
            continue
        yield check_package(text.strip())


def check_package(requirement: str) -> Check:
    """One requirement such as `click<9,>=8.1` is met.

    Knows `==`, `>=` and `<`, which is all that our own metadata uses; a pre-release counts as its
    release for the latter two.
    """
    name, limits = re.fullmatch(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?(.*)", requirement).groups()  # type: ignore[union-attr]
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Check(name, ok=False, needed=True, detail=f"not installed; needed: {requirement}")
    unmet = [limit for limit in limits.split(",") if limit and not _meets(version, limit)]
    detail = f"{version}, but {requirement} is needed" if unmet else version
    return Check(name, not unmet, needed=True, detail=detail)


def _meets(version: str, limit: str) -> bool:
    operator, wanted = re.fullmatch(r"\s*(==|>=|<)\s*(\S+)\s*", limit).groups()  # type: ignore[union-attr]
    if operator == "==":
        return version == wanted
    return COMPARISONS[operator](_release(version), _release(wanted))


def _release(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in re.match(r"[0-9.]*[0-9]", version)[0].split(".")]  # type: ignore[index]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def check_artifacts(room: Traversable) -> Check:
    """The compiled contracts are those of the manifest, and were made from the sources beside them.

    :param room: the folder that holds `artifacts/` and `src/`.
    """
    try:
        manifest = json.loads(_below(room, "artifacts/manifest.json").read_text("utf-8"))
        problems = [*_wrong_artifacts(room, manifest), *_changed_sources(room, manifest)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        problems = [f"cannot be read ({type(error).__name__}: {error})"]
        manifest = {}
    if problems:
        more = [f"and {len(problems) - 1} more"] if len(problems) > 1 else []
        detail = "; ".join([problems[0], *more, "install again, or `make contracts` in a checkout"])
        return Check("artifacts", ok=False, needed=True, detail=detail)
    detail = f"{len(manifest['contracts'])} contracts, solc {manifest['solc'].partition('+')[0]}"
    return Check("artifacts", ok=True, needed=True, detail=detail)


def _wrong_artifacts(room: Traversable, manifest: dict[str, Any]) -> Iterator[str]:
    for name, entry in manifest["contracts"].items():
        path = _below(room, f"artifacts/{entry['path']}")
        if not path.is_file():
            yield f"{name} is missing"
            continue
        code = json.loads(path.read_text("utf-8"))["bytecode"]["object"]
        if hashlib.sha256(code.encode()).hexdigest() != entry["bytecode_sha256"]:
            yield f"{name} differs from the manifest"
        if entry["deployed_size"] > MAX_CODE_BYTES:
            yield f"{name} is too large to deploy ({entry['deployed_size']} bytes)"


def _changed_sources(room: Traversable, manifest: dict[str, Any]) -> Iterator[str]:
    for unit, digest in manifest["sources"].items():
        path = _below(room, unit.partition("/")[2])
        if not path.is_file():
            yield f"{unit} is missing"
        elif hashlib.sha256(_unix_text(path)).hexdigest() != digest:
            yield f"{unit} changed after the contracts were compiled"


def _below(room: Traversable, path: str) -> Traversable:
    for part in path.split("/"):
        room = room.joinpath(part)
    return room


def _unix_text(path: Traversable) -> bytes:
    """The bytes that were hashed at build time, whatever a checkout did to the line ends."""
    return path.read_bytes().replace(b"\r\n", b"\n")


def check_chain(name: str, *, needed: bool) -> Check:
    """A back end opens, or says why it does not."""
    try:
        from weiproof.contracts.chains import ChainUnavailable, open_chain
    except ImportError as error:
        return Check(
            f"chain {name}", ok=False, needed=needed, detail=f"cannot be imported: {error}"
        )
    try:
        open_chain(name, genesis_time=1_700_000_000)
    except (ChainUnavailable, ImportError) as error:
        return Check(f"chain {name}", ok=False, needed=needed, detail=str(error))
    return Check(f"chain {name}", ok=True, needed=needed, detail="opens")


def check_tables() -> Check:
    """What `export` to Parquet and `load` need is installed."""
    from weiproof.simulation.tables.arrow import TablesUnavailable, require

    try:
        for package in TABLES:
            require(package)
    except TablesUnavailable as error:
        return Check("tables", ok=False, needed=False, detail=str(error))
    versions = (f"{package} {importlib.metadata.version(package)}" for package in TABLES)
    return Check("tables", ok=True, needed=False, detail=", ".join(versions))


def _print_table(checks: list[Check]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for title in ("", "what", "found"):
        table.add_column(title, overflow="fold")
    for check in checks:
        word, style = MARKS[check.ok, check.needed]
        table.add_row(Text(word, style), Text(check.name), Text(check.detail))
    Console().print(table)
