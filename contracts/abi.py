"""Calls, results, errors and events of contracts, by their ABI.

Values are Python's own: integers, booleans, ``bytes``, lower-case ``0x`` addresses, and tuples for
structs and arrays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .codec import WORD, Codec, CodecError, canonical_type, codec, shown, tuple_codec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeAlias

    Abi: TypeAlias = Sequence[Mapping[str, Any]]

SELECTOR = 4
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_BUILT_IN_ERRORS: tuple[Mapping[str, Any], ...] = (
    {"type": "error", "name": "Error", "inputs": [{"name": "reason", "type": "string"}]},
    {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
)


@dataclass(frozen=True, slots=True)
class Arguments:
    """An ordered list of named ABI parameters."""

    names: tuple[str, ...]
    codecs: tuple[Codec, ...]
    whole: Codec

    @classmethod
    def of(cls, parameters: Sequence[Mapping[str, Any]]) -> Arguments:
        """Read the parameters as they stand in a JSON ABI."""
        codecs = tuple(codec(canonical_type(parameter)) for parameter in parameters)
        names = tuple(str(parameter.get("name", "")) for parameter in parameters)
        return cls(names, codecs, tuple_codec(codecs))

    def encode(self, owner: str, values: Sequence[Any]) -> bytes:
        """Encode; a :class:`CodecError` names ``owner`` and the argument that does not fit."""
        if len(values) != len(self.codecs):
            raise CodecError(f"{owner} takes {len(self.codecs)} arguments, not {len(values)}")
        try:
            return self.whole.encode(values)
        except CodecError:
            self._blame(owner, values)
            raise

    def _blame(self, owner: str, values: Sequence[Any]) -> None:
        """Raise the error of the first value that does not fit its argument."""
        for index, (part, name, value) in enumerate(
            zip(self.codecs, self.names, values, strict=True)
        ):
            try:
                part.encode(value)
            except CodecError as error:  # noqa: PERF203 (one of them fails)
                label = f"argument {index} ({part.type} {name})".replace(" )", ")")
                raise CodecError(f"{owner}: {label}: {error}") from error


@dataclass(frozen=True, slots=True)
class Function:
    """One external function."""

    name: str
    signature: str
    """Name and types, such as ``transfer(address,uint256)``."""
    selector: bytes
    inputs: Arguments
    outputs: Arguments
    mutability: str
    """``pure``, ``view``, ``nonpayable`` or ``payable``."""


@dataclass(frozen=True, slots=True)
class Error:
    """One custom error."""

    name: str
    signature: str
    selector: bytes
    inputs: Arguments


@dataclass(frozen=True, slots=True)
class EventType:
    """One event."""

    name: str
    signature: str
    topic: bytes
    inputs: Arguments
    indexed: tuple[bool, ...]
    plain: Codec
    """The arguments that are not indexed, as the log's data holds them."""


@dataclass(slots=True)
class Interface:
    """The functions, errors and events of one or more ABIs.

    The same entry may occur in more than one ABI.
    """

    functions: dict[str, Function] = field(default_factory=dict)
    """By signature, and by bare name where that is unambiguous."""
    errors: dict[bytes, Error] = field(default_factory=dict)
    """By selector; ``Error(string)`` and ``Panic(uint256)`` are always among them."""
    events: dict[tuple[bytes, int], EventType] = field(default_factory=dict)
    """By first topic and number of topics."""
    constructor: Arguments = field(default_factory=lambda: Arguments.of(()))
    _overloaded: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, *abis: Abi, also: Iterable[Abi] = ()) -> Interface:
        """Build from JSON ABIs.

        :param also: ABIs of which only errors and events are taken, such as those of linked
            libraries and of callees.
        :raises CodecError: naming the entry that is none, or has a type that is not supported.
        """
        interface = cls()
        for abi in (_BUILT_IN_ERRORS, *also):
            for entry in checked_abi(abi):
                interface._add(entry, calls=False)
        for abi in abis:
            for entry in checked_abi(abi):
                interface._add(entry)
        return interface

    def encode_call(self, function: str, args: Sequence[Any] = ()) -> bytes:
        """Encode selector and arguments.

        :param function: the bare name, or the full signature where the name is overloaded.
        :raises CodecError: naming function and argument, where a value does not fit its type.
        :raises KeyError: where there is no such function, or the bare name is ambiguous.
        """
        found = self.function(function)
        return found.selector + found.inputs.encode(found.signature, args)

    def decode_call(self, data: bytes) -> tuple[str, tuple[Any, ...]] | None:
        """Return signature and arguments of call data, or ``None`` for an unknown selector."""
        for function in self.functions.values():
            if function.selector == data[:SELECTOR]:
                return function.signature, function.inputs.whole.decode(data[SELECTOR:], 0)
        return None

    def encode_result(self, function: str, values: Sequence[Any]) -> bytes:
        """Encode what a function returns."""
        found = self.function(function)
        return found.outputs.encode(f"result of {found.signature}", values)

    def decode_result(self, function: str, data: bytes) -> tuple[Any, ...]:
        """Decode what a function returned.

        :raises CodecError: (a ``ValueError``) where the data is no encoding of its results.
        """
        result: tuple[Any, ...] = self.function(function).outputs.whole.decode(data, 0)
        return result

    def encode_constructor(self, args: Sequence[Any] = ()) -> bytes:
        """Encode the constructor's arguments, to be appended to the creation code."""
        return self.constructor.encode("constructor", args)

    def decode_error(self, data: bytes) -> tuple[str, tuple[Any, ...]]:
        """Name the error in revert data, with its arguments.

        Custom errors by name; ``Panic`` with its code; ``Error`` with its text; ``""`` for empty
        data; anything else as ``"0x…"`` (the first four bytes) with the bytes that follow.
        """
        if not data:
            return "", ()
        known = self.errors.get(data[:SELECTOR])
        if known is not None:
            try:
                return known.name, known.inputs.whole.decode(data[SELECTOR:], 0)
            except CodecError:
                pass
        return "0x" + data[:SELECTOR].hex(), (data[SELECTOR:],)

    def encode_error(self, name: str, args: Sequence[Any] = ()) -> bytes:
        """Revert data of an error, given by name or signature; ``KeyError`` where unknown."""
        for error in self.errors.values():
            if name in (error.name, error.signature):
                return error.selector + error.inputs.encode(error.signature, args)
        raise KeyError(f"there is no error {name}")

    def decode_event(
        self, topics: Sequence[bytes], data: bytes
    ) -> tuple[str, tuple[Any, ...]] | None:
        """Return name and arguments (in ABI order) of a log entry, or ``None`` if it is unknown.

        Of an indexed argument of dynamic type the log only has the hash: 32 bytes. What is no
        encoding of the event's arguments is unknown too.
        """
        known = self.events.get((topics[0], len(topics))) if topics else None
        if known is None:
            return None
        try:
            hashed, plain = iter(topics[1:]), iter(known.plain.decode(data, 0))
            values = [
                _from_topic(part, next(hashed)) if indexed else next(plain)
                for part, indexed in zip(known.inputs.codecs, known.indexed, strict=True)
            ]
        except CodecError:
            return None
        return known.name, tuple(values)

    def function(self, name: str) -> Function:
        """Look a function up by bare name or signature.

        :raises KeyError: where there is none, or the bare name is ambiguous.
        """
        try:
            return self.functions[name]
        except KeyError:
            pass
        if name in self._overloaded:
            choices = ", ".join(sorted(self._overloaded[name]))
            raise KeyError(f"{name} is overloaded; give one of: {choices}")
        raise KeyError(f"there is no function {name}")

    def _add(self, entry: Mapping[str, Any], *, calls: bool = True) -> None:
        try:
            if calls:
                self._add_call(entry)
            self._add_outcome(entry)
        except CodecError as error:
            raise CodecError(f"{entry['type']} {entry.get('name', '')}: {error}") from error

    def _add_call(self, entry: Mapping[str, Any]) -> None:
        if entry["type"] == "constructor":
            self.constructor = Arguments.of(entry["inputs"])
        elif entry["type"] == "function":
            self._add_function(entry)

    def _add_outcome(self, entry: Mapping[str, Any]) -> None:
        kind = entry["type"]
        if kind == "error":
            inputs = Arguments.of(entry["inputs"])
            error = Error(*_head(entry, SELECTOR), inputs)
            self.errors[error.selector] = error
        elif kind == "event" and not entry.get("anonymous"):
            event = _event(entry)
            self.events[event.topic, 1 + sum(event.indexed)] = event

    def _add_function(self, entry: Mapping[str, Any]) -> None:
        inputs, outputs = Arguments.of(entry["inputs"]), Arguments.of(entry["outputs"])
        mutability = entry.get("stateMutability", "nonpayable")
        function = Function(*_head(entry, SELECTOR), inputs, outputs, mutability)
        signatures = self._overloaded.setdefault(function.name, [])
        if function.signature in signatures:
            return
        signatures.append(function.signature)
        self.functions[function.signature] = function
        if len(signatures) == 1:
            self.functions[function.name] = function
        else:
            self.functions.pop(function.name, None)


def checked_abi(abi: object) -> tuple[Mapping[str, Any], ...]:
    """The entries of a JSON ABI, each with a type, and the lists that the type has.

    :raises CodecError: naming the entry that is none, and what was expected there.
    """
    if not isinstance(abi, (list, tuple)):
        raise CodecError(f"an ABI should be a list of objects, not {shown(abi)}")
    return tuple(_checked_entry(entry, f"entry {index}") for index, entry in enumerate(abi))


_LISTS = {
    "function": ("inputs", "outputs"),
    "constructor": ("inputs",),
    "error": ("inputs",),
    "event": ("inputs",),
}
"""Kinds of entries, with what they list; old compilers leave out what is empty."""


def _checked_entry(entry: object, where: str) -> Mapping[str, Any]:
    if not isinstance(entry, dict):
        raise CodecError(f"the ABI's {where} should be an object, not {shown(entry)}")
    kind = entry.get("type", "function")
    if not isinstance(kind, str):
        raise CodecError(f"the type of the ABI's {where} should be text, not {shown(kind)}")
    if kind not in _LISTS:
        return entry if "type" in entry else {**entry, "type": kind}
    name = entry.get("name")
    if kind != "constructor" and not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise CodecError(f"the name of the ABI's {where} should be an identifier: {shown(entry)}")
    for key in _LISTS[kind]:
        listed = entry.get(key, [])
        if not isinstance(listed, (list, tuple)) or not all(_is_parameter(item) for item in listed):
            raise CodecError(f"the {key} of the ABI's {where} should be a list of parameters")
    lists = {key: entry.get(key, []) for key in _LISTS[kind]}
    return {**entry, **lists, "type": kind}


def _is_parameter(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("type"), str)


def _head(entry: Mapping[str, Any], size: int) -> tuple[str, str, bytes]:
    """Name, signature and the first bytes of its hash."""
    from eth_hash.auto import keccak

    signature = signature_of(entry)
    return str(entry["name"]), signature, keccak(signature.encode())[:size]


def signature_of(entry: Mapping[str, Any]) -> str:
    """Name and types of a function, error or event, such as ``transfer(address,uint256)``."""
    return f"{entry['name']}({','.join(canonical_type(item) for item in entry['inputs'])})"


def _event(entry: Mapping[str, Any]) -> EventType:
    inputs = Arguments.of(entry["inputs"])
    indexed = tuple(bool(item.get("indexed")) for item in entry["inputs"])
    plain = [part for part, flag in zip(inputs.codecs, indexed, strict=True) if not flag]
    return EventType(*_head(entry, WORD), inputs, indexed, tuple_codec(plain))


def _from_topic(part: Codec, topic: bytes) -> Any:  # noqa: ANN401 (any ABI value)
    """Value of an indexed argument, or its hash where it is no single word."""
    is_word = not part.dynamic and not part.type.endswith((")", "]"))
    return part.decode(topic, 0) if is_word else topic
