"""One compiled contract: its ABI, its code, and the libraries that have to be linked into it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .storage_layout import Layout

PLACEHOLDER = 40
"""Hex digits of an address, and characters of the placeholder that stands for one."""
_HASHED = 34
_NAMED = 36
_ADDRESS = re.compile(r"(?:0x)?([0-9a-fA-F]{40})")
_COSMETIC = frozenset({"internalType", "constant", "payable", "signature", "gas"})
"""Keys of an ABI entry that say nothing that the others do not."""


class ArtifactError(Exception):
    """An artifact is missing, ambiguous or malformed, or cannot be linked."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract, interface or library."""

    name: str
    source: str
    """File name of the Solidity source, such as ``Margin.sol``; empty where nothing says it."""
    abi: tuple[Mapping[str, Any], ...]
    bytecode: str
    """Creation code as hex text without ``0x``, with placeholders for libraries."""
    deployed_bytecode: str
    """Runtime code, written likewise."""
    link_references: Mapping[str, tuple[int, ...]]
    """Library to the byte offsets of its address in the creation code.

    A library is called by its name; where two of one name are linked, by ``path/File.sol:Name``;
    where only a placeholder (``__$…$__``) is known, by that.
    """
    source_path: str = ""
    """Path of the source as the build tool gives it, such as ``contracts/src/Margin.sol``."""
    input_source: str = ""
    """What the compiler called the source, where that is another name (Hardhat 3)."""
    link_sources: Mapping[str, str] = field(default_factory=dict)
    """Library, as in ``link_references``, to the source that declares it, where that is known."""
    immutable_references: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    """Immutable to the (start, length) in bytes of its places in the runtime code."""
    storage_layout: Layout | None = None
    """Where the state variables stand, where the artifact says it."""

    @property
    def libraries(self) -> tuple[str, ...]:
        """The libraries that must be linked, sorted, as :attr:`link_references` calls them."""
        return tuple(sorted(self.link_references))

    @property
    def deployed_size(self) -> int:
        """Size of the runtime code in bytes."""
        return len(self.deployed_bytecode) // 2

    @property
    def qualified_name(self) -> str:
        """``path/File.sol:Name``, or the bare name where no source is known."""
        source = self.source_path or self.source
        return f"{source}:{self.name}" if source else self.name

    @property
    def sha256(self) -> str:
        """Fingerprint of creation code and ABI, hex: the same for the same compiled contract.

        Neither the order of the ABI's entries nor what is only cosmetic in them counts.
        """
        import hashlib
        import json

        def text(value: object) -> str:
            return json.dumps(_without_cosmetics(value), sort_keys=True, separators=(",", ":"))

        abi = ",".join(sorted(text(entry) for entry in self.abi))
        return hashlib.sha256(f"{self.bytecode}\n[{abi}]".encode()).hexdigest()

    def links(self, library: str, candidate: Artifact) -> bool:
        """Whether ``candidate`` is the one that :attr:`link_references` calls ``library``."""
        if library.startswith("__"):
            return any(library in placeholders(name) for name in _full_names(candidate))
        if candidate.name != library.rpartition(":")[2]:
            return False
        source = self.link_sources.get(library, library.rpartition(":")[0])
        paths = [path for path in (candidate.source_path, candidate.input_source) if path]
        if source and paths:
            return source in paths
        return not source or candidate.source in ("", source.rpartition("/")[2])

    def calls(self, library: str, given: str) -> bool:
        """Whether ``given`` (``Name`` or ``path/File.sol:Name``) is a name of a library of this."""
        if library.startswith("__"):
            return given == library or library in placeholders(given)
        source, name = self.link_sources.get(library, ""), library.rpartition(":")[2]
        return given in (library, f"{source}:{name}", f"{self._shown(source)}:{name}")

    def _shown(self, source: str) -> str:
        """A source as the project calls it, where the compiler puts something before its path."""
        before = self.input_source.removesuffix(self.source_path)
        return source.removeprefix(before) if before != self.input_source else source

    def init_code(self, libraries: Mapping[str, str] | None = None) -> bytes:
        """Return the creation code with the given library addresses filled in.

        :param libraries: library to address; those in :attr:`libraries` are needed, and may also
            be called ``path/File.sol:Name``.
        :raises ArtifactError: where a library is missing, or there is no code (interfaces).
        """
        if not self.bytecode:
            raise ArtifactError(f"{self.name} has no code: it is an interface or abstract")
        text = self.bytecode
        for library, offsets in self.link_references.items():
            address = self._address(library, libraries or {})
            for offset in offsets:
                text = text[: 2 * offset] + address + text[2 * offset + PLACEHOLDER :]
        return bytes.fromhex(text)

    def _address(self, library: str, libraries: Mapping[str, str]) -> str:
        """Hex digits of a library's address."""
        for given, address in libraries.items():
            if self.calls(library, given):
                digits = _ADDRESS.fullmatch(str(address))
                if digits is None:
                    raise ArtifactError(
                        f"{self.name}: the address of the library {library} should be 0x and 40"
                        f" hex digits, not {str(address)[:60]!r}"
                    )
                return digits[1].lower()
        raise ArtifactError(f"{self.name} needs the address of the library {library}")


def placeholders(qualified_name: str) -> frozenset[str]:
    """What compilers write where the address of the library ``path/File.sol:Name`` is to stand.

    Since Solidity 0.5 a hash of it between ``__$`` and ``$__``; before, the text itself, or only
    the name, cut off or filled up with underscores.
    """
    from eth_hash.auto import keccak

    hashed = keccak(qualified_name.encode("utf-8", "replace")).hex()[:_HASHED]
    named = (qualified_name, qualified_name.rpartition(":")[2])
    return frozenset(
        {f"__${hashed}$__", *(f"__{name[:_NAMED]}".ljust(PLACEHOLDER, "_") for name in named)}
    )


def _full_names(artifact: Artifact) -> list[str]:
    sources = (artifact.source_path, artifact.input_source, artifact.source)
    return [f"{source}:{artifact.name}" for source in sources if source] or [artifact.name]


def _without_cosmetics(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(value, dict):
        return {key: _without_cosmetics(value[key]) for key in value if key not in _COSMETIC}
    if isinstance(value, (list, tuple)):
        return [_without_cosmetics(item) for item in value]
    return value
