"""What build tools write, read as :class:`~weiproof.contracts.artifact.Artifact`.

Known are artifacts of Foundry, Hardhat 2 and 3 and Truffle, the compiler's own JSON output
(standard and combined), the build info that wraps it, and a bare ABI beside a file of hex code.
Which one a document is follows from its keys; an error names file and key and says what was
expected.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

from .abi import checked_abi
from .artifact import PLACEHOLDER, Artifact, ArtifactError
from .codec import CodecError
from .storage_layout import Layout, LayoutError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEX = re.compile(r"[0-9a-fA-F]*")
_LEGEND = re.compile(r"// (\S+) -> (.+)")
_ADDRESS_BYTES = 20


def artifacts_of(
    document: Any,  # noqa: ANN401 (whatever JSON holds)
    file: str,
    *,
    name: str,
    source: str,
) -> tuple[Artifact, ...]:
    """All contracts of one JSON document.

    :param file: what errors call the document.
    :param name: the contract, and ``source`` the source file, where the document does not say.
    :raises ArtifactError: where it is nothing that a known tool writes.
    """
    if not isinstance(document, dict):
        _refuse(file, "the document", "an artifact, which is an object", document)
    if isinstance(document.get("output"), dict):
        document = document["output"]
    if "contracts" in document:
        return tuple(_compiled(_object(document, "contracts", file), file))
    return (_single(document, file, name, source),)


def is_artifact(document: object) -> bool:
    """Whether :func:`artifacts_of` has something to say about a document."""
    if not isinstance(document, dict):
        return False
    if isinstance(document.get("abi"), list):
        return isinstance(document.get("bytecode"), (str, dict))
    contracts = document.get("contracts")
    return isinstance(contracts, dict) and any(
        isinstance(value, dict)
        and ("abi" in value or any(isinstance(v, dict) and "abi" in v for v in value.values()))
        for value in contracts.values()
    )


def bare(
    abi: object, code: str, file: str, *, name: str, source: str, runtime: str = ""
) -> Artifact:
    """Join a bare ABI and the text of a ``.bin`` file, as the compiler writes both."""
    if isinstance(abi, dict):
        abi = abi.get("abi")
    text, *legend = code.strip().splitlines() or [""]
    known = {}
    for line in legend:
        entry = _LEGEND.fullmatch(line.strip())
        if entry:
            known[f"__{entry[1].strip('_')[:36]}".ljust(PLACEHOLDER, "_")] = entry[2].strip()
    code = _code(text.strip(), file, "the code")
    deployed = _code(runtime.strip(), file, "the runtime code")
    return _artifact(file, name, source, abi, code, {}, deployed=deployed, legend=known)


def _single(document: Mapping[str, Any], file: str, name: str, source: str) -> Artifact:
    """One artifact of Foundry (code in objects) or of Hardhat or Truffle (code as text)."""
    code = document.get("bytecode")
    if isinstance(code, dict):
        deployed = _object(document, "deployedBytecode", file)
        return _from_objects(document, code, deployed, file, name, source)
    if not isinstance(code, str):
        expected = "hex text (Hardhat) or an object with the key `object` (Foundry)"
        _refuse(file, "bytecode", expected, code, missing="bytecode" not in document)
    path = document.get("sourceName") or _target(document, file)
    return _artifact(
        file,
        document.get("contractName") or name,
        source,
        document.get("abi"),
        _code(code, file, "bytecode"),
        _object(document, "linkReferences", file, optional=True),
        deployed=_code(document.get("deployedBytecode", ""), file, "deployedBytecode"),
        path=path,
        input_source=document.get("inputSourceName", ""),
        immutables=_object(document, "immutableReferences", file, optional=True),
        layout=document.get("storageLayout"),
    )


def _from_objects(
    document: Mapping[str, Any],
    code: Mapping[str, Any],
    deployed: Mapping[str, Any],
    file: str,
    name: str,
    source: str,
    *,
    path: str = "",
) -> Artifact:
    """Read code kept as the compiler's own objects."""
    return _artifact(
        file,
        name,
        source,
        document.get("abi"),
        _code(code.get("object", ""), file, "bytecode.object"),
        _object(code, "linkReferences", file, optional=True),
        deployed=_code(deployed.get("object", ""), file, "deployedBytecode.object"),
        path=path or _target(document, file),
        immutables=_object(deployed, "immutableReferences", file, optional=True),
        layout=document.get("storageLayout"),
    )


def _compiled(contracts: Mapping[str, Any], file: str) -> Iterator[Artifact]:
    """The contracts of the compiler's output: by source and name, or by ``source:name``."""
    for key in sorted(contracts):
        path, _, name = key.rpartition(":")
        value = _object(contracts, key, file)
        if path and ("abi" in value or "bin" in value):
            yield _combined(value, f"{file}: {key}", path, name)
            continue
        for inner in sorted(value):
            compiled = _object(value, inner, file)
            evm = _object(compiled, "evm", f"{file}: {key}:{inner}", optional=True)
            code = _object(evm, "bytecode", file, optional=True)
            deployed = _object(evm, "deployedBytecode", file, optional=True)
            where = f"{file}: {key}:{inner}"
            yield _from_objects(compiled, code, deployed, where, inner, "", path=key)


def _combined(value: Mapping[str, Any], where: str, path: str, name: str) -> Artifact:
    abi, layout = value.get("abi"), value.get("storage-layout")
    return _artifact(
        where,
        name,
        "",
        _parsed(abi, where, "abi") if isinstance(abi, str) else abi,
        _code(value.get("bin", ""), where, "bin"),
        {},
        deployed=_code(value.get("bin-runtime", ""), where, "bin-runtime"),
        path=path,
        layout=_parsed(layout, where, "storage-layout") if isinstance(layout, str) else layout,
    )


def _artifact(  # noqa: PLR0913 (the parts of an artifact)
    file: str,
    name: object,
    source: str,
    abi: object,
    code: str,
    links: Mapping[str, Any],
    *,
    deployed: str,
    path: object = "",
    input_source: object = "",
    immutables: Mapping[str, Any] | None = None,
    layout: object = None,
    legend: Mapping[str, str] | None = None,
) -> Artifact:
    """Check the parts and put them together."""
    if not isinstance(abi, list):
        _refuse(file, "abi", "a list of objects", abi)
    try:
        entries = checked_abi(abi)
    except CodecError as error:
        raise ArtifactError(f"{file} is not an artifact: {error}") from error
    path = _text(path, file, "the source's path")
    references, sources = _link_references(links, code, file)
    for placeholder, offsets in _placeholders(code, references, file).items():
        library = (legend or {}).get(placeholder, placeholder)
        references[library] = offsets
    return Artifact(
        name=_text(name, file, "contractName"),
        source=path.rpartition("/")[2] or source,
        abi=entries,
        bytecode=code,
        deployed_bytecode=deployed,
        link_references=references,
        source_path=path,
        input_source=_text(input_source, file, "inputSourceName"),
        link_sources=sources,
        immutable_references={
            key: tuple(_places(places, file, "immutableReferences"))
            for key, places in sorted((immutables or {}).items())
        },
        storage_layout=_layout(layout, file),
    )


def _layout(layout: object, file: str) -> Layout | None:
    if layout is None:
        return None
    try:
        return Layout.of(layout)
    except LayoutError as error:
        raise ArtifactError(f"{file} is not an artifact: storageLayout: {error}") from error


def _link_references(
    links: Mapping[str, Any], code: str, file: str
) -> tuple[dict[str, tuple[int, ...]], dict[str, str]]:
    """Offsets and sources of the libraries, each called by its bare name where that is unique."""
    listed = [(source, _object(links, source, file)) for source in sorted(links)]
    times = Counter(name for _, libraries in listed for name in libraries)
    references, sources = {}, {}
    for source, libraries in listed:
        for name, given in sorted(libraries.items()):
            library = name if times[name] == 1 else f"{source}:{name}"
            places = list(_places(given, file, f"linkReferences of {name}"))
            for start, length in places:
                if length != _ADDRESS_BYTES or 2 * start + PLACEHOLDER > len(code):
                    key = f"linkReferences of {name}"
                    _refuse(file, key, "20 bytes inside of the code", [start, length])
            references[library] = tuple(start for start, _ in places)
            sources[library] = source
    return references, sources


def _placeholders(
    code: str, references: Mapping[str, tuple[int, ...]], file: str
) -> dict[str, tuple[int, ...]]:
    """Placeholder to offsets, of those that no link reference speaks of; the rest must be hex."""
    known = {2 * offset for offsets in references.values() for offset in offsets}
    found: dict[str, tuple[int, ...]] = {}
    position = 0
    for place in sorted({*known, *_underlined(code)}):
        if place < position or _HEX.fullmatch(code, position, place) is None:
            _refuse(file, "bytecode", f"hex text around digit {position}", code[position:place])
        text = code[place : place + PLACEHOLDER]
        if place not in known:
            if len(text) < PLACEHOLDER or not text.startswith("__") or place % 2:
                _refuse(file, "bytecode", "hex text with whole placeholders of libraries", text)
            found[text] = (*found.get(text, ()), place // 2)
        position = place + PLACEHOLDER
    if _HEX.fullmatch(code, position) is None:
        _refuse(file, "bytecode", "hex text", code[position:])
    return found


def _underlined(code: str) -> Iterator[int]:
    """Where placeholders begin: no hex digit is an underscore."""
    place = code.find("_")
    while place >= 0:
        yield place
        place = code.find("_", place + PLACEHOLDER)


def _places(places: object, file: str, key: str) -> Iterator[tuple[int, int]]:
    if not isinstance(places, list):
        _refuse(file, key, "a list of places", places)
    for place in places:
        start = place.get("start") if isinstance(place, dict) else None
        length = place.get("length") if isinstance(place, dict) else None
        if type(start) is not int or type(length) is not int or start < 0:
            _refuse(file, key, "objects with the numbers `start` and `length`", place)
        yield start, length


def _code(value: object, file: str, key: str) -> str:
    """Hex text without 0x; an interface has none."""
    if not isinstance(value, str):
        _refuse(file, key, "hex text", value)
    text = value.removeprefix("0x")
    if len(text) % 2:
        _refuse(file, key, "an even number of hex digits", f"{len(text)} of them")
    return text


def _target(document: Mapping[str, Any], file: str) -> str:
    """Path of the source, from the metadata or the syntax tree that lie in an artifact."""
    for key in ("metadata", "rawMetadata"):
        metadata = document.get(key)
        if isinstance(metadata, str) and metadata.startswith("{"):
            metadata = _parsed(metadata, file, key)
        settings = metadata.get("settings") if isinstance(metadata, dict) else None
        target = settings.get("compilationTarget") if isinstance(settings, dict) else None
        if isinstance(target, dict) and target:
            return str(next(iter(target)))
    tree = document.get("ast")
    path = tree.get("absolutePath") if isinstance(tree, dict) else None
    return path if isinstance(path, str) else ""


def _object(
    document: Mapping[str, Any], key: str, file: str, *, optional: bool = False
) -> dict[str, Any]:
    value = document.get(key)
    if value is None and optional:
        return {}
    if not isinstance(value, dict):
        _refuse(file, key, "an object", value, missing=key not in document)
    return value


def _text(value: object, file: str, key: str) -> str:
    if not isinstance(value, str):
        _refuse(file, key, "text", value)
    return value


def _parsed(text: str, file: str, key: str) -> Any:  # noqa: ANN401 (whatever the text holds)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{file}: {key} is no JSON: {error}") from error


def _refuse(
    file: str, key: str, expected: str, found: object, *, missing: bool = False
) -> NoReturn:
    shown = "it is missing" if missing else f"found {_shown(found)}"
    raise ArtifactError(f"{file} is not an artifact: {key} should be {expected}; {shown}")


def _shown(value: object) -> str:
    if isinstance(value, (str, int, float, bool)) or value is None:
        return repr(value) if not isinstance(value, str) else repr(value[:60])
    kind = type(value).__name__
    return {"dict": "an object", "list": "a list"}.get(kind, kind)
