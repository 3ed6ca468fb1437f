"""Compiled contracts as committed: Foundry's ``out/`` layout plus a manifest.

``artifacts/<File>.sol/<Contract>.json`` holds ABI and bytecode; ``manifest.json`` says which
compiler, settings and sources made them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sys
    from collections.abc import Mapping

    if sys.version_info >= (3, 11):
        from importlib.resources.abc import Traversable
    else:
        from importlib.abc import Traversable


class ArtifactError(Exception):
    """An artifact is missing, ambiguous or malformed, or cannot be linked."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract, interface or library."""

    name: str
    source: str
    """File name of the Solidity source, such as ``Margin.sol``."""
    abi: tuple[Mapping[str, Any], ...]
    bytecode: str
    """Creation code as hex text without ``0x``, with placeholders for libraries."""
    deployed_bytecode: str
    """Runtime code, written likewise."""
    link_references: Mapping[str, tuple[int, ...]]
    """Library name to the byte offsets of its address in the creation code."""

    @property
    def libraries(self) -> tuple[str, ...]:
        """Names of the libraries that must be linked, sorted."""
        return tuple(sorted(self.link_references))

    @property
    def deployed_size(self) -> int:
        """Size of the runtime code in bytes."""
        return len(self.deployed_bytecode) // 2

    def init_code(self, libraries: Mapping[str, str] | None = None) -> bytes:
        """Return the creation code with the given library addresses filled in.

        :param libraries: contract name to address; those in :attr:`libraries` are needed.
        :raises ArtifactError: where a library is missing, or there is no code (interfaces).
        """
        if not self.bytecode:
            raise ArtifactError(f"{self.name} has no code: it is an interface or abstract")
        text = self.bytecode
        for library, offsets in self.link_references.items():
            if libraries is None or library not in libraries:
                raise ArtifactError(f"{self.name} needs the address of the library {library}")
            address = libraries[library].removeprefix("0x").lower()
            for offset in offsets:
                text = text[: 2 * offset] + address + text[2 * offset + 40 :]
        return bytes.fromhex(text)


def parse(name: str, source: str, document: Mapping[str, Any]) -> Artifact:
    """Read one artifact document.

    :raises ArtifactError: where it is not in the layout that Foundry writes.
    """
    try:
        code, deployed = document["bytecode"], document["deployedBytecode"]
        references: dict[str, tuple[int, ...]] = {}
        for by_library in code.get("linkReferences", {}).values():
            for library, places in by_library.items():
                references[library] = tuple(int(place["start"]) for place in places)
        return Artifact(
            name=name,
            source=source,
            abi=tuple(document["abi"]),
            bytecode=code["object"].removeprefix("0x"),
            deployed_bytecode=deployed["object"].removeprefix("0x"),
            link_references=references,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ArtifactError(f"{source}/{name}.json is not a Foundry artifact: {error!r}") from error


class ArtifactStore:
    """The artifacts under one folder; each is read when it is first asked for."""

    def __init__(self, root: Traversable) -> None:
        """Use the folder ``root`` (a :class:`pathlib.Path` will do)."""
        self._root = root
        self._files: dict[str, list[tuple[str, Traversable]]] | None = None
        self._loaded: dict[str, Artifact] = {}

    def names(self) -> tuple[str, ...]:
        """Names of all contracts, sorted."""
        return tuple(sorted(self._index()))

    def load(self, name: str) -> Artifact:
        """Return the artifact of a contract: ``Margin``, or ``Margin.sol:Margin`` to be exact.

        :raises ArtifactError: where there is none, or more than one of that name.
        """
        if name not in self._loaded:
            self._loaded[name] = self._read(name)
        return self._loaded[name]

    def manifest(self) -> Mapping[str, Any]:
        """Return the content of ``manifest.json``.

        :raises ArtifactError: where it is missing or not a JSON object.
        """
        document = _read_json(self._root / "manifest.json")
        if not isinstance(document, dict):
            raise ArtifactError("manifest.json is not a JSON object")
        return document

    def _read(self, name: str) -> Artifact:
        source, _, contract = name.rpartition(":")
        found = [
            (folder, file)
            for folder, file in self._index().get(contract, ())
            if source in ("", folder)
        ]
        if len(found) != 1:
            known = ", ".join(f"{folder}:{contract}" for folder, _ in found)
            reason = f"is ambiguous ({known})" if found else f"is not among {self._root}"
            raise ArtifactError(f"the contract {name} {reason}")
        folder, file = found[0]
        document = _read_json(file)
        return parse(contract, folder, document)

    def _index(self) -> dict[str, list[tuple[str, Traversable]]]:
        """Contract name to its files; found once."""
        if self._files is None:
            self._files = {}
            for folder, file in _artifact_files(self._root):
                self._files.setdefault(file.name.removesuffix(".json"), []).append((folder, file))
        return self._files


def _artifact_files(root: Traversable) -> list[tuple[str, Traversable]]:
    """All ``<File>.sol/<Contract>.json`` under a folder, in order of name."""
    if not root.is_dir():
        raise ArtifactError(f"there is no folder of artifacts at {root}")
    return [
        (folder.name, file)
        for folder in sorted(root.iterdir(), key=lambda entry: entry.name)
        if folder.name.endswith(".sol")
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if file.name.endswith(".json")
    ]


def _read_json(file: Traversable) -> Any:  # noqa: ANN401 (whatever the file holds)
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"cannot read {file}: {error}") from error


@lru_cache(maxsize=1)
def shipped() -> ArtifactStore:
    """Return the artifacts that come with the package."""
    return ArtifactStore(resources.files("weiproof.contracts") / "artifacts")


def load(name: str) -> Artifact:
    """Return a shipped artifact by contract name; see :meth:`ArtifactStore.load`."""
    return shipped().load(name)


def manifest() -> Mapping[str, Any]:
    """Return the manifest of the shipped artifacts."""
    return shipped().manifest()
