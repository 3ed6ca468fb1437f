"""A target's file to start from, written from an ABI."""

from __future__ import annotations

import json
import keyword
from typing import TYPE_CHECKING, Any

from weiproof.crosscheck.cases import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weiproof.contracts.artifact import Artifact

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

from weiproof.crosscheck.targets import Deploy, Mapping, Target, Twin


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
    """
    twin = _identifier(artifact.name)
    entries = [entry for entry in artifact.abi if entry["type"] == "function"]
    getters, functions = _getters(entries), _functions(entries)
    constructor: Sequence[Mapping[str, Any]] = next(
        (entry["inputs"] for entry in artifact.abi if entry["type"] == "constructor"), ()
    )
    body = [*_constructor(constructor, getters), *(_method(entry) for entry in functions)]
    head = _HEAD.format(contract=_text(artifact.name), twin=twin, file=_text(file))
    arguments = ", ".join(_default(each) for each in constructor)
    comma = "," if len(constructor) == 1 else ""
    args = f", args=({arguments}{comma})" if constructor else ""
    tail = _TAIL.format(
        twin=twin,
        contract=json.dumps(artifact.name),
        name=_text(artifact.name),
        label=json.dumps(twin.lower()),
        artifacts=json.dumps(artifacts),
        sources=json.dumps(sources),
        args=args,
    )
    return head + "\n".join(body).rstrip() + "\n" + tail


def _getters(entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Views that look like getters of a state variable, with the attribute's first value.

    No arguments, or keys only: addresses, or arguments without a name.
    """
    found: dict[str, str] = {}
    for entry in entries:
        outputs = [str(each["type"]) for each in entry["outputs"]]
        keys = [
            each["type"] == "address" or (not each.get("name") and _zero(str(each["type"])))
            for each in entry["inputs"]
        ]
        if entry.get("stateMutability") != "view" or len(outputs) != 1 or not all(keys):
            continue
        value = _zero(outputs[0])
        if value is None:
            continue
        for _ in keys:
            inner = f"lambda: {value}" if value.startswith("Mapping") else value
            value = f"Mapping({inner})"
        found[str(entry["name"])] = value
    return found


def _functions(entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    getters = _getters(entries)
    return [entry for entry in entries if entry["name"] not in getters]


def _constructor(inputs: Sequence[Mapping[str, Any]], getters: Mapping[str, str]) -> list[str]:
    lines = [f"    def __init__(self{_parameters(inputs)}) -> None:"]
    usable = {name: value for name, value in getters.items() if _is_usable(name)}
    lines += [f"        self.{name} = {value}" for name, value in usable.items()]
    if not usable:
        lines.append('        """Starts empty."""')
    return [*lines, ""]


def _method(entry: Mapping[str, Any]) -> str:
    name = str(entry["name"])
    returns = ", ".join(str(each["type"]) for each in entry["outputs"]) or "nothing"
    if not _is_usable(name):
        return f"    # {_text(name)} cannot be a method's name; it is not compared\n"
    return (
        f"    def {name}(self{_parameters(entry['inputs'])}):\n"
        f'        """Returns {_text(returns)}."""\n'
        "        self.revert()\n"
    )


def _parameters(inputs: Sequence[Mapping[str, Any]]) -> str:
    taken: list[str] = []
    for index, each in enumerate(inputs):
        name = _identifier(str(each.get("name", "")).strip("_")) if each.get("name") else ""
        if not name or name in taken or name == "self":
            name = f"arg{index}"
        taken.append(name)
    return "".join(f", {name}" for name in taken)


def _default(parameter: Mapping[str, Any]) -> str:
    """A first constructor argument, to be replaced."""
    kind = str(parameter["type"])
    if kind.endswith("]") or kind == "tuple":
        return "()"
    if kind == "address":
        return json.dumps("0x" + "00" * 19 + "01")
    return _zero(kind) or "0"


def _zero(kind: str) -> str | None:
    if kind.startswith(("uint", "int")) and "[" not in kind:
        return "0"
    if kind == "bool":
        return "False"
    if kind == "address":
        return json.dumps("0x" + "00" * 20)
    if kind == "string":
        return '""'
    if kind.startswith("bytes") and "[" not in kind:
        size = kind.removeprefix("bytes")
        return f"bytes({size})" if size else 'b""'
    return None


def _is_usable(name: str) -> bool:
    from .twin import Twin

    return name.isidentifier() and not keyword.iskeyword(name) and not hasattr(Twin, name)


def _identifier(text: str) -> str:
    name = safe_name(text)
    name = name if name[:1].isalpha() else f"C{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def _text(text: str) -> str:
    """Text that can stand in a docstring."""
    kept = "".join(c if c.isprintable() else "?" for c in text)
    return kept.replace("\\", "/").replace('"', "'")[:200]
