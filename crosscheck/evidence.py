"""Evidence: what a campaign compared, written so that anybody can check it later.

A folder with ``evidence.json`` (seed, versions, hashes of artifacts and sources, counts, the
bound), the cases that were found, and ``manifest.json`` with the SHA-256 of every file and one hash
over them all. Checking it needs nothing but the folder; running the campaign again gives the same
counts and the same state hash.
"""

from __future__ import annotations

import json
import platform
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weiproof.crosscheck.new_files import write_new

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weiproof.crosscheck.bench import Bench
    from weiproof.crosscheck.driver import Campaign

VERSION = 1
EVIDENCE, MANIFEST = "evidence.json", "manifest.json"

PACKAGES = ("weiproof", "py-evm", "eth-tester", "web3", "pyrevm", "hypothesis")
"""Packages whose versions matter."""

ASSUMPTIONS = (
    "If calls drawn as this campaign draws them diverged with a probability above the bound, so"
    " many without a divergence would have had a probability below 5 %. This takes calls for"
    " independent draws, which those of one sequence are not quite, and says nothing about calls"
    " that the campaign does not make, nor about what model and contracts have wrong alike."
)


_TOLD = {
    "target": str,
    "chain": str,
    "command": str,
    "state_hash": str,
    "calls_compared": int,
    "views_compared": int,
    "divergences": int,
}
"""What a reader of evidence is told, besides the bound."""


class EvidenceError(Exception):
    """A bundle that does not hold together; the message names the file."""


def evidence_of(
    campaign: Campaign,
    bench: Bench,
    *,
    command: str,
    target_file: Path | None,
    seconds: int,
    started_at: str,
) -> dict[str, Any]:
    """What is written of a campaign.

    `seconds` it took, `started_at` in ISO 8601; both are told, neither is checked.
    """
    tally = campaign.tally
    return {
        "weiproof_evidence": VERSION,
        "target": campaign.target,
        "seed": str(campaign.seed),
        "chain": bench.lockstep.chain.chain.name,
        "command": command,
        "versions": versions(),
        "artifacts": {step.label: step.artifact.sha256 for step in bench.plan.steps},
        "sources": dict(source_hashes(target_file)),
        "calls_compared": tally.calls,
        "views_compared": tally.views,
        "sequences": campaign.sequences,
        "functions": dict(tally.functions),
        "errors": dict(tally.errors),
        "events": dict(tally.events),
        "states": dict(campaign.states),
        "invariants_checked": campaign.invariants_checked,
        "divergences": 0 if campaign.passed else 1,
        "finding": None if campaign.finding is None else campaign.finding.as_json(bench.names),
        "state_hash": campaign.state_hash.hex(),
        "bound": bound_of(campaign),
        "seconds": seconds,
        "started_at": started_at,
    }


def bound_of(campaign: Campaign) -> dict[str, str] | None:
    """The rule of three: 3/n at 95 % confidence; None after a divergence."""
    calls = campaign.tally.calls
    if not campaign.passed or calls == 0:
        return None
    return {
        "divergences_per_call_below": f"3/{calls}",
        "confidence": "95 %",
        "assumptions": ASSUMPTIONS,
    }


def versions() -> dict[str, str]:
    """Versions of Python and of what executes the calls."""
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def source_hashes(target_file: Path | None) -> Iterator[tuple[str, str]]:
    """SHA-256 of the target's file and of the Solidity and Python files in its folder.

    Of the margin protocol: of the shipped contracts and of the rooms that model them.
    """
    if target_file is None:
        import weiproof.contracts
        import weiproof.engine
        import weiproof.oracles

        for module in (weiproof.contracts, weiproof.engine, weiproof.oracles):
            folder = Path(str(module.__file__)).parent
            yield from _hashes(folder, folder.name)
        return
    yield from _hashes(target_file.resolve().parent, "")


def write(folder: Path, document: dict[str, Any], cases: Sequence[Path] = ()) -> Path:
    """Writes a bundle into a folder. Raises FileExistsError where there is something in it."""
    folder.mkdir(parents=True, exist_ok=True)
    if sorted(folder.iterdir()):
        raise FileExistsError(17, "it holds something, and nothing is overwritten", str(folder))
    _dump(folder.joinpath(EVIDENCE), document)
    for case in cases:
        write_new(folder.joinpath(case.name), case.read_bytes())
    names = [path.name for path in sorted(folder.iterdir())]
    files = {name: sha256(folder.joinpath(name).read_bytes()).hexdigest() for name in names}
    path = folder.joinpath(MANIFEST)
    _dump(path, {"files": files, "signature": _signature(files)})
    return path


def verify(folder: Path) -> dict[str, Any]:
    """Checks every hash of a bundle and returns its evidence.

    Raises EvidenceError for a file that is missing, changed or one too many, or a manifest that
    does not hold; OSError as the file system gives it.
    """
    manifest = _read(folder.joinpath(MANIFEST))
    files = manifest.get("files")
    if not isinstance(files, dict) or not all(isinstance(each, str) for each in files.values()):
        raise EvidenceError(f"{folder.joinpath(MANIFEST)}: files: expected names and hashes")
    if manifest.get("signature") != _signature(files):
        raise EvidenceError(f"{folder.joinpath(MANIFEST)}: the signature does not match the files")
    present = [path.name for path in sorted(folder.iterdir()) if path.name != MANIFEST]
    for name in sorted({*present, *files}):
        path = folder.joinpath(name)
        if name not in files:
            raise EvidenceError(f"{path}: not in the manifest")
        if name not in present:
            raise EvidenceError(f"{path}: missing")
        if sha256(path.read_bytes()).hexdigest() != files[name]:
            raise EvidenceError(f"{path}: its content does not match the manifest")
    document = _read(folder.joinpath(EVIDENCE))
    if document.get("weiproof_evidence") != VERSION:
        raise EvidenceError(f"{folder.joinpath(EVIDENCE)}: not evidence of version {VERSION}")
    _check(folder.joinpath(EVIDENCE), document)
    return document


def _check(path: Path, document: dict[str, Any]) -> None:
    """Whether everything that is told of evidence is there."""
    for key, kind in _TOLD.items():
        if type(document.get(key)) is not kind:
            raise EvidenceError(f"{path}: {key}: expected {kind.__name__}, it is missing or not")
    bound = document.get("bound")
    keys = ("divergences_per_call_below", "confidence", "assumptions")
    if bound is not None and not (
        isinstance(bound, dict) and all(isinstance(bound.get(key), str) for key in keys)
    ):
        raise EvidenceError(f"{path}: bound: expected nothing or {', '.join(keys)}")


def _hashes(folder: Path, prefix: str) -> Iterator[tuple[str, str]]:
    skipped = {"node_modules", "out", "artifacts", "cache", "cases", "__pycache__"}
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if path.suffix in (".py", ".sol") and skipped.isdisjoint(inner.parts):
            name = "/".join((prefix, *inner.parts)) if prefix else inner.as_posix()
            yield name, sha256(path.read_bytes()).hexdigest()


def _signature(files: dict[str, str]) -> str:
    text = json.dumps(files, sort_keys=True, separators=(",", ":"))
    return sha256(b"weiproof evidence 1 " + text.encode()).hexdigest()


def _dump(path: Path, document: dict[str, Any]) -> None:
    write_new(path, json.dumps(document, indent=1, sort_keys=True) + "\n")


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"{path}: not JSON: {error}") from None
    if not isinstance(document, dict):
        raise EvidenceError(f"{path}: expected a JSON object")
    return document
