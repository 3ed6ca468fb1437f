"""A target's file to start from, written from an ABI."""

from __future__ import annotations

import json
import keyword
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from weiproof.contracts.abi import Interface, signature_of
from weiproof.contracts.chains import ZERO_ADDRESS
from weiproof.crosscheck.cases import safe_name

from .arguments import array_of, bytes_in
from .twin import Twin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weiproof.contracts.artifact import Artifact

_IMPORTED = ("Deploy", "Mapping", "Target", "Twin", "overload")
_TAKEN = {*_IMPORTED, "bytes", "self"}
"""Names that the written file needs itself."""

_HEAD = '''\
"""The model of {contract}, and how it is checked.

Fill in the methods: each stands for the function of its name, takes the ABI's arguments, and
returns what that returns. self.sender, self.now and self.value are msg.sender, block.timestamp and
msg.value; self.emit("Event", ...) emits, self.revert("Error", ...) and self.require(condition,
"Error", ...) revert. Attributes answer the getters of the same names: self.total = 0 answers
total(), self.balances = Mapping(0) answers balances(key).

    weiproof fuzz --target {file}
"""

from __future__ import annotations

from weiproof.crosscheck.targets import {imports}


class {twin}(Twin):
    """What {contract} should do."""

'''

_TAIL = '''

class {twin}Target(Target):
    """One {name}, four callers; see Target for what else can be said."""

    artifacts = {artifacts}
    sources = {sources}
    contracts = (Deploy({label}, {contract}{args}, model={twin}),)
'''


def scaffold(artifact: Artifact, *, file: str, artifacts: str, sources: str) -> str:
    """Text of a target's file for one contract; it runs as it is, and diverges at once.

    `artifacts` and `sources` are folders as seen from the file.

    Raises CodecError for an ABI with a type that is not supported.
    """
    Interface.of(artifact.abi)
    twin = _identifier(artifact.name)
    getters, methods = _members(artifact.abi)
    constructors = [entry["inputs"] for entry in artifact.abi if entry["type"] == "constructor"]
    constructor = constructors[-1] if constructors else ()
    body = "\n".join([*_constructor(constructor, getters), *methods]).rstrip()
    used = [name for name in _IMPORTED if name != "overload" or "    @overload(" in body]
    head = _HEAD.format(
        contract=_text(artifact.name), twin=twin, file=_text(file), imports=", ".join(used)
    )
    arguments = ", ".join(_literal(each) for each in constructor)
    comma = "," if len(constructor) == 1 else ""
    tail = _TAIL.format(
        twin=twin,
        contract=_quoted(artifact.name),
        name=_text(artifact.name),
        label=_quoted(twin.lower()),
        artifacts=_quoted(artifacts),
        sources=_quoted(sources),
        args=f", args=({arguments}{comma})" if constructor else "",
    )
    return f"{head}{body}\n{tail}"


def _members(abi: Iterable[Mapping[str, Any]]) -> tuple[dict[str, str], list[str]]:
    """Getters with their first value, and the methods for all other functions.

    A function whose name is overloaded, or cannot be that of a method, is marked with its signature
    and has a method of a name that nothing else has.
    """
    entries = {signature_of(entry): entry for entry in abi if entry["type"] == "function"}
    times = Counter(str(entry["name"]) for entry in entries.values())
    plain = {name for name, count in times.items() if count == 1 and _is_usable(name)}
    getters: dict[str, str] = {}
    methods: list[str] = []
    taken = set(plain)
    for entry in entries.values():
        name = str(entry["name"])
        value = _getter(entry) if name in plain else None
        if value is not None:
            getters[name] = value
        elif name in plain:
            methods.append(_method(name, entry, marked=False))
        else:
            free = _free(name, taken)
            taken.add(free)
            methods.append(_method(free, entry, marked=True))
    return getters, methods


def _getter(entry: Mapping[str, Any]) -> str | None:
    """First value of the attribute behind a view that looks like a state variable's getter.

    It has no arguments, or keys only: addresses, or arguments without a name.
    """
    keys = [
        each["type"] == "address" or (not each.get("name") and _zero(str(each["type"])))
        for each in entry["inputs"]
    ]
    outputs = [str(each["type"]) for each in entry["outputs"]]
    if entry.get("stateMutability") != "view" or len(outputs) != 1 or not all(keys):
        return None
    value = _zero(outputs[0])
    if value is not None and keys:
        value = f"Mapping({value})"
        for _ in keys[1:]:
            value = f"Mapping(lambda: {value})"
    return value


def _constructor(inputs: Sequence[Mapping[str, Any]], getters: Mapping[str, str]) -> list[str]:
    lines = [f"    def __init__(self{_parameters(inputs)}) -> None:"]
    lines += [f"        self.{name} = {value}" for name, value in getters.items()]
    if not getters:
        lines.append('        """Starts empty."""')
    return [*lines, ""]


def _method(name: str, entry: Mapping[str, Any], *, marked: bool) -> str:
    returns = ", ".join(str(each["type"]) for each in entry["outputs"]) or "nothing"
    mark = f"    @overload({_quoted(signature_of(entry))})\n" if marked else ""
    return (
        f"{mark}    def {name}(self{_parameters(entry['inputs'])}):\n"
        f'        """Returns {_text(returns)}."""\n'
        "        self.revert()\n"
    )


def _parameters(inputs: Sequence[Mapping[str, Any]]) -> str:
    names: list[str] = []
    for index, each in enumerate(inputs):
        given = str(each.get("name", "")).strip("_")
        has_letters = re.search("[A-Za-z]", given) is not None
        names.append(_unlike(names, _identifier(given) if has_letters else f"arg{index}"))
    return "".join(f", {name}" for name in names)


def _literal(parameter: Mapping[str, Any]) -> str:
    """A first constructor argument, to be replaced."""
    kind = str(parameter["type"])
    array = array_of(kind)
    if array is not None:
        inner = _literal({**parameter, "type": array[0]})
        return f"({inner},) * {array[1]}" if array[1] else "()"
    if kind == "tuple":
        parts = [_literal(each) for each in parameter["components"]]
        return f"({', '.join(parts)},)" if parts else "()"
    return '"0x' + "00" * 19 + '01"' if kind == "address" else _zero(kind) or "0"


def _zero(kind: str) -> str | None:
    """What Solidity gives a variable of an elementary type; None for the other types."""
    if array_of(kind) is not None or kind == "tuple":
        return None
    if kind.startswith(("uint", "int")):
        return "0"
    plain = {"bool": "False", "address": f'"{ZERO_ADDRESS}"', "string": '""', "bytes": 'b""'}
    return plain[kind] if kind in plain else f"bytes({bytes_in(kind)})"


def _is_usable(name: str) -> bool:
    """Whether a method or an attribute of a twin may have this name and answers to it."""
    plain = name.isidentifier() and not keyword.iskeyword(name)
    return plain and not name.startswith("_") and not hasattr(Twin, name)


def _free(name: str, taken: Iterable[str]) -> str:
    """A name for the method of a function whose own cannot be used."""
    stem = _identifier(name.strip("_$"))
    return _unlike(taken, stem if _is_usable(stem) else f"{stem}_")


def _unlike(taken: Iterable[str], stem: str) -> str:
    """The name, or with a number where it is taken."""
    number, found = 2, stem
    while found in taken:
        number, found = number + 1, f"{stem}_{number}"
    return found


def _identifier(text: str) -> str:
    name = safe_name(text)
    name = name if name[:1].isalpha() else f"C{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in _TAKEN else name


def _quoted(text: str) -> str:
    """Text as a Python literal."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return ascii(text)
    return json.dumps(text, ensure_ascii=False)


def _text(text: str) -> str:
    """Text that can stand in a docstring."""
    kept = "".join(c if c.isprintable() else "?" for c in text)
    return kept.replace("\\", "/").replace('"', "'")[:200]
