"""Case files: a counterexample as JSON, to be replayed, shrunk, exported and kept.

A case holds everything that is needed but the contracts and the model: every call with its
calldata, senders by label, times, the seed, the hashes of what was deployed, and what was found.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from weiproof.contracts.chains import actor, label_of
from weiproof.crosscheck.new_files import write_new
from weiproof.engine.call import Call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .bench import Bench, Finding

VERSION = 1
"""Version of the format; a reader refuses any other."""

MOST_BYTES = 64 * 1024 * 1024
"""Largest case file that is read."""

RAW = "-raw"
"""Ending of the name of a case as it was found; without it, it is shrunk."""

_KEYS = {
    "artifacts": dict,
    "calls": list,
    "chain": str,
    "finding": dict,
    "fixture": list,
    "genesis_time": str,
    "identity": list,
    "seed": str,
    "senders": dict,
    "target": str,
    "target_file": str,
}


class CaseError(Exception):
    """A case file that cannot be used: names the file and the key, and what was expected."""


@dataclass(frozen=True, slots=True)
class Case:
    """One saved counterexample."""

    target: str
    """Name of the target."""
    target_file: str
    """Where its Python file was, seen from the case's folder; empty for the margin protocol."""
    seed: int
    chain: str
    genesis_time: int
    fixture: tuple[Mapping[str, Any], ...]
    calls: tuple[Mapping[str, Any], ...]
    senders: Mapping[str, str]
    """Label to address."""
    artifacts: Mapping[str, str]
    """Label of each deployed contract to the SHA-256 of its artifact."""
    identity: tuple[str, ...]
    finding: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name of its file, without the ending: target and a hash of finding and calls."""
        data = [call["data"] for call in (*self.fixture, *self.calls)]
        text = json.dumps([self.target, list(self.identity), data])
        return f"{safe_name(self.target)}-{sha256(text.encode()).hexdigest()[:12]}"

    def document(self) -> dict[str, Any]:
        """The case as JSON."""
        return {
            "weiproof_case": VERSION,
            "artifacts": dict(self.artifacts),
            "calls": list(self.calls),
            "chain": self.chain,
            "finding": dict(self.finding),
            "fixture": list(self.fixture),
            "genesis_time": str(self.genesis_time),
            "identity": list(self.identity),
            "seed": str(self.seed),
            "senders": dict(self.senders),
            "target": self.target,
            "target_file": self.target_file,
        }

    def sequences(self, bench: Bench) -> tuple[list[Call], list[Call]]:
        """Fixture and calls, decoded by the interfaces of a bench.

        Raises CaseError where the bench has no such contract or function, senders do not match, or
        time runs backwards.
        """
        for label, address in self.senders.items():
            if actor(label) != address:
                raise CaseError(f"senders: {label} is {actor(label)}, the case says {address}")
        fixture = [_call(bench, item, f"fixture[{i}]") for i, item in enumerate(self.fixture)]
        calls = [_call(bench, item, f"calls[{i}]") for i, item in enumerate(self.calls)]
        before = bench.genesis_time
        for number, call in enumerate((*fixture, *calls)):
            where = _place(number, len(fixture))
            if call.sender not in self.senders.values():
                raise CaseError(f"{where}.sender: {call.sender[:50]!r} is not among senders")
            if call.at < before:
                raise CaseError(f"{where}.at: {call.at} is before {before}: time runs backwards")
            before = call.at
        return fixture, calls


def case_of(
    bench: Bench,
    fixture: Sequence[Call],
    calls: Sequence[Call],
    finding: Finding,
    *,
    seed: int,
    target_file: str,
) -> Case:
    """A case of what was found on a bench."""
    people = sorted({call.sender for call in (*fixture, *calls)})
    labels = {label: address for address in people if (label := label_of(address)) is not None}
    return Case(
        bench.target,
        target_file,
        seed,
        bench.lockstep.chain.chain.name,
        bench.genesis_time,
        tuple(_form(bench, call) for call in fixture),
        tuple(_form(bench, call) for call in calls),
        labels,
        {step.label: step.artifact.sha256 for step in bench.plan.steps},
        finding.identity,
        finding.as_json(bench.names),
    )


def save(case: Case, folder: Path, ending: str = "") -> Path:
    """Writes a case into a folder and returns its path; nothing is ever overwritten.

    The same case is found there already where it was saved before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(case.document(), indent=1, sort_keys=True) + "\n"
    for number in range(1, 10_000):
        more = "" if number == 1 else f"-{number}"
        path = folder.joinpath(f"{case.name}{ending}{more}.json")
        try:
            write_new(path, text)
        except FileExistsError:
            if path.read_text(encoding="utf-8") == text:
                return path
        else:
            return path
    raise CaseError(f"{folder}: there are too many cases named {case.name}")


def load(path: Path) -> Case:
    """Reads a case file. Raises CaseError for damage, OSError as the file system gives it."""
    raw = path.read_bytes()
    if len(raw) > MOST_BYTES:
        raise CaseError(f"{path}: larger than {MOST_BYTES} bytes")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise CaseError(f"{path}: not JSON: {error}") from None
    if not isinstance(document, dict) or "weiproof_case" not in document:
        raise CaseError(f"{path}: not a case file: the key weiproof_case is missing")
    if document["weiproof_case"] != VERSION:
        version = document["weiproof_case"]
        raise CaseError(f"{path}: weiproof_case is {version!r}; this version reads {VERSION}")
    for key, kind in _KEYS.items():
        if not isinstance(document.get(key), kind):
            raise CaseError(f"{path}: {key}: expected a JSON {kind.__name__}, it is missing or not")
    return Case(
        document["target"],
        document["target_file"],
        _number(path, "seed", document["seed"]),
        document["chain"],
        _number(path, "genesis_time", document["genesis_time"]),
        _forms(path, "fixture", document["fixture"]),
        _forms(path, "calls", document["calls"]),
        _texts(path, "senders", document["senders"]),
        _texts(path, "artifacts", document["artifacts"]),
        tuple(map(str, document["identity"])),
        document["finding"],
    )


def saved(folder: Path, target: str) -> list[Path]:
    """Shrunk cases of a target in a folder, sorted by name."""
    if not folder.is_dir():
        return []
    found = sorted(folder.glob(f"{safe_name(target)}-*.json"))
    return [path for path in found if not path.stem.partition(RAW)[1]]


def safe_name(text: str) -> str:
    """A name for files and identifiers: letters, digits and underscores."""
    kept = "".join(c if c.isascii() and c.isalnum() else "_" for c in text)
    return kept[:40] or "target"


def _form(bench: Bench, call: Call) -> dict[str, Any]:
    interface = bench.lockstep.chain.interfaces[call.target]
    data = interface.encode_call(call.function, call.args)
    return {
        "at": str(call.at),
        "sender": call.sender,
        "target": call.target,
        "function": interface.function(call.function).signature,
        "args": [_plain(arg) for arg in call.args],
        "data": "0x" + data.hex(),
        "value": str(call.value),
    }


def _call(bench: Bench, form: Mapping[str, Any], where: str) -> Call:
    interface = bench.lockstep.chain.interfaces.get(form["target"])
    if interface is None:
        raise CaseError(f"{where}: the target has no contract {form['target']!r}")
    try:
        function = interface.function(form["function"])
        args = function.inputs.whole.decode(bytes.fromhex(form["data"][2:])[4:], 0)
    except (KeyError, ValueError) as error:
        raise CaseError(f"{where}: {form['function']}: {error}") from None
    alone = interface.functions.get(function.name) is function
    name = function.name if alone else function.signature
    if not bench.lockstep.model.answers(form["target"], name):
        raise CaseError(f"{where}: the model of {form['target']} has no function {name}")
    return Call(int(form["at"]), form["sender"], form["target"], name, args, int(form["value"]))


def _place(number: int, fixture: int) -> str:
    """Key of a call, counted through fixture and calls."""
    return f"fixture[{number}]" if number < fixture else f"calls[{number - fixture}]"


def _forms(path: Path, key: str, items: list[Any]) -> tuple[Mapping[str, Any], ...]:
    texts = ("at", "sender", "target", "function", "data", "value")
    for i, item in enumerate(items):
        if not isinstance(item, dict) or not all(isinstance(item.get(k), str) for k in texts):
            raise CaseError(f"{path}: {key}[{i}]: expected a call with {', '.join(texts)}")
        for number in ("at", "value"):
            _number(path, f"{key}[{i}].{number}", item[number])
        if not item["data"].startswith("0x"):
            raise CaseError(f"{path}: {key}[{i}].data: expected hex text that begins with 0x")
    return tuple(items)


def _texts(path: Path, key: str, items: dict[str, Any]) -> dict[str, str]:
    for name, value in items.items():
        if not isinstance(value, str):
            raise CaseError(f"{path}: {key}.{name}: expected text")
    return items


def _number(path: Path, key: str, text: object) -> int:
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 80:  # noqa: PLR2004
        return int(text)
    raise CaseError(f"{path}: {key}: expected a whole number as text, found {text!r}")


def _plain(value: Any) -> Any:  # noqa: ANN401 (any ABI value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return value if isinstance(value, (bool, str)) else str(value)
