"""Where artifacts lie: the files that build tools write, found without reading them all.

Below a folder named like a source (``File.sol``) every ``Name.json`` is an artifact, and is read
when it is asked for. Any other JSON file is one if its content says so.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .artifact import Artifact, ArtifactError
from .artifact_formats import artifacts_of, bare, is_artifact

if TYPE_CHECKING:
    import sys
    from collections.abc import Callable, Iterator, Mapping

    if sys.version_info >= (3, 11):
        from importlib.resources.abc import Traversable
    else:
        from importlib.abc import Traversable

MAX_BYTES = 256 * 2**20
"""Largest file that is read."""
MAX_SNIFFED_BYTES = 32 * 2**20
"""Largest file that is read only to see whether it is an artifact."""
MAX_ENTRIES = 200_000
"""Files and folders after which a folder is no build tool's output."""
MAX_DEPTH = 32
"""Levels of folders that are looked through."""
_SOURCE = (".sol", ".vy", ".yul")
_SKIPPED = frozenset({"build-info", "node_modules"})
_FLAT = re.compile(r"(.+_sol)_([A-Za-z0-9$]+|[A-Za-z_$][\w$]*)", re.ASCII)
_BARE = (".abi.json", ".abi")


@dataclass(frozen=True, slots=True)
class Entry:
    """One contract in a folder of artifacts."""

    name: str
    variant: str
    """The name as the file has it: with version and profile where Foundry writes them."""
    source: str
    """What the file's place says of the source, such as ``dir/File.sol``."""
    file: str
    """Path of the file below the folder, slash-separated."""
    read: Callable[[], Artifact]
    """Reads it; ArtifactError where it is no artifact."""


def entries(root: Traversable) -> list[Entry]:
    """All contracts below a folder, or in a single file, in order of their paths.

    :raises ArtifactError: where there is neither, or the folder is too large to be the right one.
    """
    if root.is_file():
        return list(_in_file(root, Path(str(root)).parent))
    if not root.is_dir():
        raise ArtifactError(f"there is no folder of artifacts at {root}")
    budget = [MAX_ENTRIES]
    return list(_in_folder(root, (), budget))


def read_json(file: Traversable) -> Any:  # noqa: ANN401 (whatever the file holds)
    """Content of a JSON file; ArtifactError naming it where it cannot be read."""
    try:
        return json.loads(_read(file))
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"cannot read {file}: {error}") from error


def _read(file: Traversable) -> str:
    try:
        if _size(file) > MAX_BYTES:
            raise ArtifactError(f"cannot read {file}: it has more than {MAX_BYTES:,} bytes")
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ArtifactError(f"cannot read {file}: {error}") from error


def _size(file: Traversable) -> int:
    return file.stat().st_size if isinstance(file, Path) else 0


def _in_folder(folder: Traversable, parts: tuple[str, ...], budget: list[int]) -> Iterator[Entry]:
    """Entries of a folder and those below; ``budget`` is what may still be looked at."""
    try:
        children = {child.name: child for child in folder.iterdir()}
    except OSError as error:
        raise ArtifactError(f"cannot read {folder}: {error}") from error
    budget[0] -= len(children)
    if budget[0] < 0:
        raise ArtifactError(
            f"there are more than {MAX_ENTRIES:,} files around {folder}: give the folder that the"
            " build tool writes (Foundry's out, Hardhat's artifacts)"
        )
    for name in sorted(children):
        child = children[name]
        if child.is_file():
            yield from _of_file(name, children, parts)
        elif _is_searched(child) and len(parts) < MAX_DEPTH:
            yield from _in_folder(child, (*parts, name), budget)


def _is_searched(folder: Traversable) -> bool:
    linked = isinstance(folder, Path) and folder.is_symlink()
    hidden = folder.name.startswith(".") or folder.name in _SKIPPED
    return not linked and not hidden and folder.is_dir()


def _of_file(
    name: str, children: Mapping[str, Traversable], parts: tuple[str, ...]
) -> Iterator[Entry]:
    """Entries of one file among its neighbours."""
    bare_stem = next((name.removesuffix(end) for end in _BARE if name.endswith(end)), None)
    if bare_stem is not None:
        twice = name.endswith(".abi") and f"{bare_stem}.abi.json" in children
        if not twice and f"{bare_stem}.json" not in children:
            yield _bare_entry(bare_stem, name, children, parts)
    elif name.endswith(".json") and not name.endswith(".dbg.json"):
        variant = name.removesuffix(".json")
        in_source = bool(parts) and parts[-1].endswith(_SOURCE)
        if in_source and "." not in variant:
            yield _json_entry(variant, children[name], parts)
        elif _size(children[name]) <= MAX_SNIFFED_BYTES:
            yield from _sniffed(variant, children[name], parts)


def _json_entry(variant: str, file: Traversable, parts: tuple[str, ...]) -> Entry:
    """An artifact that holds one contract."""
    name, source = variant.partition(".")[0], _source(parts)
    path = "/".join((*parts, file.name))

    def read() -> Artifact:
        document = read_json(file)
        found = artifacts_of(document, path, name=name, source=source.rpartition("/")[2])
        if len(found) != 1:
            raise ArtifactError(f"{path} holds {len(found)} contracts; expected was one")
        return found[0]

    return Entry(name, variant, source, path, read)


def _sniffed(variant: str, file: Traversable, parts: tuple[str, ...]) -> Iterator[Entry]:
    """Entries of a file whose place says nothing; none where its content is something else."""
    try:
        document = read_json(file)
    except ArtifactError:
        return
    if is_artifact(document):
        yield from _of_document(document, variant, "/".join((*parts, file.name)), _source(parts))


def _of_document(document: object, variant: str, file: str, source: str) -> Iterator[Entry]:
    name = variant.partition(".")[0]
    found = artifacts_of(document, file, name=name, source=source.rpartition("/")[2])
    for artifact in found:
        single = len(found) == 1 and artifact.name == name
        shown = variant if single else artifact.name
        place = artifact.source_path or source
        yield Entry(artifact.name, shown, place, file, partial(_self, artifact))


def _self(artifact: Artifact) -> Artifact:
    return artifact


def _in_file(file: Traversable, folder: Path) -> Iterator[Entry]:
    """Entries of a file that was given by itself."""
    name = file.name
    parts = (folder.name,) if folder.name.endswith(_SOURCE) else ()
    for end in (*_BARE, ".bin"):
        if name.endswith(end):
            stem = name.removesuffix(end)
            beside = {child.name: child for child in folder.iterdir()}
            abi = next((stem + kind for kind in _BARE if stem + kind in beside), None)
            if abi is None:
                raise ArtifactError(f"{name} has no ABI beside it: {stem}.abi or {stem}.abi.json")
            yield _bare_entry(stem, abi, beside, parts)
            return
    variant = name.removesuffix(".json")
    yield from _of_document(read_json(file), variant, name, _source(parts))


def _bare_entry(
    stem: str, name: str, children: Mapping[str, Traversable], parts: tuple[str, ...]
) -> Entry:
    """A bare ABI with the code beside it, or without: an interface."""
    flat = _FLAT.fullmatch(stem)
    contract = flat[2] if flat else stem
    source = flat[1].removesuffix("_sol") + ".sol" if flat else _source(parts)
    path = "/".join((*parts, name))

    def read() -> Artifact:
        code, runtime = (
            _read(children[f"{stem}{end}"]) if f"{stem}{end}" in children else ""
            for end in (".bin", ".bin-runtime")
        )
        abi = read_json(children[name])
        return bare(abi, code, path, name=contract, source=source, runtime=runtime)

    return Entry(contract, stem, source, path, read)


def _source(parts: tuple[str, ...]) -> str:
    """Path of the source, where the innermost folder is named like one."""
    return "/".join(parts) if parts and parts[-1].endswith(_SOURCE) else ""
