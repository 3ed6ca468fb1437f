"""Compiled contracts by name: the shipped ones, and those of anybody's build.

A store is a folder that Foundry (``out``), Hardhat (``artifacts``), Truffle or the compiler wrote,
or one of their files. The shipped one is in Foundry's layout,
``artifacts/<File>.sol/<Contract>.json``, with a ``manifest.json`` that says which
compiler, settings and sources made it.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from .artifact import Artifact, ArtifactError
from .artifact_files import Entry, entries, read_json

if TYPE_CHECKING:
    import sys
    from collections.abc import Mapping, Sequence

    if sys.version_info >= (3, 11):
        from importlib.resources.abc import Traversable
    else:
        from importlib.abc import Traversable

__all__ = ["Artifact", "ArtifactError", "ArtifactStore", "load", "manifest", "shipped"]

_SHOWN = 12
"""Choices that an error lists."""


class ArtifactStore:
    """The artifacts under one folder, or in one file; each is read when it is first asked for."""

    def __init__(self, root: Traversable, *more: Traversable) -> None:
        """Use the folder or file ``root`` (a :class:`pathlib.Path` will do), and ``more`` of them.

        A name that several have is ambiguous, unless its source is given and tells them apart.
        """
        self._root = root
        self._roots = (root, *more)
        self._entries: dict[str, list[Entry]] | None = None
        self._read: dict[Entry, Artifact] = {}
        self._loaded: dict[str, Artifact] = {}

    def names(self) -> tuple[str, ...]:
        """Names of all contracts, sorted."""
        return tuple(sorted(self._index()))

    def qualified_names(self) -> tuple[str, ...]:
        """All contracts as ``path/File.sol:Name``, sorted; reads every artifact."""
        found = (self._artifact(entry).qualified_name for entry in self._all())
        return tuple(sorted(found))

    def load(self, name: str) -> Artifact:
        """Return the artifact of a contract.

        :param name: ``Margin``; to be exact ``Margin.sol:Margin`` or ``path/Margin.sol:Margin``,
            with the version (``Margin.sol:Margin.0.8.17``) where it was compiled by several; or the
            path of the artifact's file in the folder.
        :raises ArtifactError: where there is none, or more than one of that name.
        """
        if name not in self._loaded:
            self._loaded[name] = self._find(name)
        return self._loaded[name]

    def load_library(self, user: Artifact, library: str) -> Artifact:
        """Return what ``user`` calls ``library`` in its link references.

        :raises ArtifactError: where there is none, or more than one.
        """
        named = self._index().get(library.rpartition(":")[2], [])
        candidates = self._all() if library.startswith("__") else named
        found = [entry for entry in candidates if user.links(library, self._artifact(entry))]
        return self._only(found, library, f"the library {library} of {user.name}")

    def manifest(self) -> Mapping[str, Any]:
        """Return the content of ``manifest.json``.

        :raises ArtifactError: where it is missing or not a JSON object.
        """
        document = read_json(self._root / "manifest.json")
        if not isinstance(document, dict):
            raise ArtifactError("manifest.json is not a JSON object")
        return document

    def _find(self, name: str) -> Artifact:
        source, _, contract = name.rpartition(":")
        candidates = self._index().get(contract.partition(".")[0], [])
        found = [entry for entry in candidates if contract in (entry.name, entry.variant)]
        if source:
            found = self._from_source(found, source)
        elif not found:
            found = [entry for entry in self._all() if entry.file == name]
        return self._only(found, name, f"the contract {name}")

    def _from_source(self, found: Sequence[Entry], source: str) -> list[Entry]:
        """Those of a source: the one of exactly that path, or all whose path ends like it."""
        paths = {id(entry): self._paths(entry) for entry in found}
        exact = [entry for entry in found if source in paths[id(entry)]]
        ending = f"/{source}"
        return exact or [
            entry for entry in found if any(p.endswith(ending) for p in paths[id(entry)])
        ]

    def _paths(self, entry: Entry) -> tuple[str, ...]:
        artifact = self._artifact(entry)
        if artifact.source_path:
            return artifact.source_path, artifact.input_source
        return entry.source, artifact.source

    def _only(self, found: Sequence[Entry], name: str, what: str) -> Artifact:
        """The one that was found, or an error that lists the choices."""
        if len(found) == 1:
            return self._artifact(found[0])
        if not found:
            raise ArtifactError(f"{what} is not among {self._places()}{self._hint(name)}")
        choices = [self._choice(entry) for entry in found]
        if len(set(choices)) < len(choices):
            choices = [entry.file for entry in found]
        more = f" and {len(choices) - _SHOWN} more" if len(choices) > _SHOWN else ""
        raise ArtifactError(f"{what} is ambiguous ({', '.join(sorted(choices)[:_SHOWN])}{more})")

    def _places(self) -> str:
        return " and ".join(map(str, self._roots))

    def _choice(self, entry: Entry) -> str:
        """How to ask for an entry, as exactly as its artifact allows."""
        try:
            source = self._artifact(entry).source_path or entry.source
        except ArtifactError:
            source = entry.source
        return f"{source}:{entry.variant}" if source else entry.file

    def _hint(self, name: str) -> str:
        """Names that are nearly the one asked for, or what a store should hold."""
        from difflib import get_close_matches

        names = self.names()
        if not names:
            return ", which holds no artifact of Foundry, Hardhat, Truffle or solc"
        near = get_close_matches(name.rpartition(":")[2][:100], names, n=3)
        return f"; did you mean {' or '.join(near)}?" if near else ""

    def _artifact(self, entry: Entry) -> Artifact:
        if entry not in self._read:
            self._read[entry] = entry.read()
        return self._read[entry]

    def _all(self) -> list[Entry]:
        return [entry for name in self.names() for entry in self._index().get(name, ())]

    def _index(self) -> dict[str, list[Entry]]:
        """Contract name to its entries; found once."""
        if self._entries is None:
            self._entries = {}
            for root in self._roots:
                for entry in entries(root):
                    self._entries.setdefault(entry.name, []).append(entry)
        return self._entries


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
