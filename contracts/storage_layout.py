"""Where a contract's state variables stand in its storage, by the compiler's ``storageLayout``.

The document is the compiler's: ``storage`` lists the variables, ``types`` says how each type is
laid out. A variable is followed through mappings, arrays and structs to one value, which is read
from at most a few words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from .codec import WORD, CodecError, codec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_BYTES = 2**20
"""Longest ``bytes`` or ``string`` that is read."""
LENGTH = "length"
"""The key that asks a dynamic array for its number of elements."""
_SLOTS = 2**256
_KINDS = {"mapping": "mapping", "dynamic_array": "array", "bytes": "bytes"}
_WORDLIKE = re.compile(r"(u?int|bytes)\d+|bool|address")
_COUNTED = re.compile(r".*\[(\d+)\]", re.DOTALL)
_LONG, _SHORT_BITS = 1, 0xFF


class LayoutError(ValueError):
    """A document that is no storage layout, or keys that lead to no single value."""


class Raw(bytes):
    """Value of a type that the layout does not explain, as it stands in storage.

    Such is a user-defined value type: it may be a number, an address or bytes.
    """

    __slots__ = ()

    def like(self, other: object) -> int | str | bytes:
        """Return the value as the kind of value that ``other`` is."""
        if isinstance(other, int):
            return int.from_bytes(self, "big", signed=other < 0)
        return f"0x{self.hex()}" if isinstance(other, str) else bytes(self)


Value: TypeAlias = "int | str | bytes | Raw"
"""Integers, booleans, lower-case ``0x`` addresses, text and bytes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: from a byte of a word on, counted from the right."""

    slot: int
    offset: int
    type: str
    """The compiler's name of its type, such as ``t_uint256``."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one type is laid out."""

    form: str
    """``value``, ``mapping``, ``array`` (dynamic), ``list`` (of fixed size), ``struct`` or
    ``bytes``."""
    label: str
    """The type as the source has it, such as ``mapping(address => uint256)``."""
    size: int
    """Bytes that it takes where it stands."""
    key: str = ""
    """Type of a mapping's keys."""
    content: str = ""
    """Type of a mapping's values, or of an array's elements."""
    count: int = 0
    """Elements of an array of fixed size."""
    fields: Mapping[str, Place] | None = None
    """A struct's, relative to where it stands."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A contract's state variables."""

    variables: Mapping[str, Place]
    """Those whose name only one variable has: private ones of base contracts may share theirs."""
    kinds: Mapping[str, Kind]

    @classmethod
    def of(cls, document: object) -> Layout:
        """Read what the compiler gives as ``storageLayout``.

        :raises LayoutError: naming the key that is not as it should be.
        """
        storage, types = _key(document, "storage", list), _key(document, "types", dict, or_none={})
        kinds = {name: _kind(name, value) for name, value in types.items()}
        places = list(_places(storage, "storage"))
        times = Counter(name for name, _ in places)
        variables = {name: place for name, place in places if times[name] == 1}
        for place in [*variables.values(), *_inner(kinds)]:
            if place.type not in kinds:
                raise LayoutError(f"types has no {place.type!r}, which is referred to")
        return cls(variables, kinds)

    def __contains__(self, name: object) -> bool:
        """Whether there is a state variable of that name, and only one."""
        return name in self.variables

    def __len__(self) -> int:
        """Count the variables."""
        return len(self.variables)

    def read(self, read_word: Callable[[int], int], variable: str, *keys: object) -> Value:
        """Read one value.

        :param read_word: returns the word in a storage slot.
        :param keys: what leads from the variable to the value: the key of a mapping (integer,
            address, bytes, boolean or text), the index of an array or :data:`LENGTH`, the name of a
            struct's field. An index may lie beyond a dynamic array's end.
        :raises LayoutError: where there is no such variable, key or field, or no single value.
        """
        place = self.place(variable, *keys)
        kind = self.kinds[place.type]
        if kind.form == "bytes":
            content = _long_or_short(read_word, place.slot)
            return _text(content) if kind.label == "string" else content
        word = read_word(place.slot)
        if kind.form == "array":
            return word
        return _value(kind, word >> 8 * place.offset & (1 << 8 * kind.size) - 1)

    def place(self, variable: str, *keys: object) -> Place:
        """Find the value that :meth:`read` reads; errors likewise."""
        if variable not in self.variables:
            raise LayoutError(f"there is no state variable {variable}, or more than one")
        place, path = self.variables[variable], variable
        for position, key in enumerate(keys):
            path = f"{path}[{key!r}]"
            kind = self.kinds[place.type]
            if kind.form == "array" and key == LENGTH and position == len(keys) - 1:
                return place
            place = self._step(place, kind, key, path)
        if self.kinds[place.type].form not in ("value", "bytes"):
            label = self.kinds[place.type].label
            raise LayoutError(
                f"{path} is a {label}, which is no single value: more keys are needed"
            )
        return place

    def _step(self, place: Place, kind: Kind, key: object, path: str) -> Place:
        """Go from a mapping, array or struct to what is under a key."""
        if kind.form == "mapping":
            hashed = _hash(self._hashed_key(kind.key, key, path) + place.slot.to_bytes(32, "big"))
            return Place(hashed, 0, kind.content)
        if kind.form in ("array", "list"):
            if type(key) is not int or key < 0 or (kind.form == "list" and key >= kind.count):
                raise LayoutError(f"{path}: a {kind.label} has no such element")
            start = place.slot if kind.form == "list" else _hash(place.slot.to_bytes(32, "big"))
            return self._element(kind.content, start, key)
        if kind.fields is not None and isinstance(key, str) and key in kind.fields:
            field = kind.fields[key]
            return Place((place.slot + field.slot) % _SLOTS, field.offset, field.type)
        raise LayoutError(f"{path}: a {kind.label} has no such part")

    def _element(self, content: str, start: int, index: int) -> Place:
        """Elements share a word where more than one fits in."""
        size = self.kinds[content].size
        if size <= WORD:
            words, nth = divmod(index, WORD // size)
            return Place((start + words) % _SLOTS, nth * size, content)
        return Place((start + index * -(-size // WORD)) % _SLOTS, 0, content)

    def _hashed_key(self, name: str, key: object, path: str) -> bytes:
        """The key as it is hashed: a padded word, or bytes and text as they are."""
        kind = self.kinds[name]
        try:
            if kind.form == "bytes":
                return _unpadded(kind.label, key)
            return codec(_abi_type(kind, key)).encode(key)
        except CodecError as error:
            raise LayoutError(f"{path}: {error}") from error


def _unpadded(label: str, key: object) -> bytes:
    """Bytes of a ``bytes`` or ``string`` key."""
    if label == "string" and isinstance(key, str):
        return key.encode("utf-8", "surrogatepass")
    if label == "bytes" and isinstance(key, bytes):
        return key
    raise CodecError(f"{key!r} is not a {label}")


def _abi_type(kind: Kind, key: object) -> str:
    """ABI type of a mapping's key; of user-defined types, which the layout hides, by the key."""
    if _WORDLIKE.fullmatch(kind.label):
        return kind.label
    if kind.label.startswith(("contract ", "address ")):
        return "address"
    if kind.label.startswith("enum "):
        return f"uint{8 * kind.size}"
    if isinstance(key, bool):
        return "bool"
    if isinstance(key, int):
        return f"{'int' if key < 0 else 'uint'}{8 * kind.size}"
    return "address" if isinstance(key, str) else f"bytes{kind.size}"


def _value(kind: Kind, number: int) -> Value:
    """The value of a word's part."""
    label, raw = kind.label, number.to_bytes(kind.size, "big")
    if label == "bool":
        return number != 0
    if label.startswith("enum ") or (label.startswith("uint") and _WORDLIKE.fullmatch(label)):
        return number
    if label.startswith("int") and _WORDLIKE.fullmatch(label):
        return int.from_bytes(raw, "big", signed=True)
    if label == "address" or label.startswith(("contract ", "address ")):
        return f"0x{raw.hex()}"
    return raw if _WORDLIKE.fullmatch(label) else Raw(raw)


def _long_or_short(read_word: Callable[[int], int], slot: int) -> bytes:
    """Bytes or text: up to 31 bytes beside their length, more of them in words of their own."""
    word = read_word(slot)
    if not word & _LONG:
        return word.to_bytes(WORD, "big")[: min((word & _SHORT_BITS) // 2, WORD - 1)]
    length = word // 2
    if length > MAX_BYTES:
        raise LayoutError(f"the {length} bytes in slot {slot} are more than {MAX_BYTES}")
    start = _hash(slot.to_bytes(WORD, "big"))
    words = (read_word((start + index) % _SLOTS) for index in range(-(-length // WORD)))
    return b"".join(each.to_bytes(WORD, "big") for each in words)[:length]


def _text(content: bytes) -> str:
    """Text; what is not UTF-8 stands as an escape."""
    return content.decode("utf-8", "backslashreplace")


def _hash(data: bytes) -> int:
    from eth_hash.auto import keccak

    return int.from_bytes(keccak(data), "big")


# READING THE DOCUMENT


def _kind(name: str, value: object) -> Kind:
    """One of the document's types."""
    where = f"types[{name!r}]"
    if not isinstance(value, Mapping):
        _refuse(where, "an object", value)
    encoding, label = _key(value, "encoding", str, where), _key(value, "label", str, where)
    size = _number(value, "numberOfBytes", where)
    if not size:
        _refuse(f"{where}.numberOfBytes", "1 or more", size)
    if encoding == "inplace":
        return _in_place(value, label, size, where)
    if encoding not in _KINDS:
        _refuse(f"{where}.encoding", "inplace, mapping, dynamic_array or bytes", encoding)
    key = _key(value, "key", str, where) if encoding == "mapping" else ""
    inner = {"mapping": "value", "dynamic_array": "base"}.get(encoding)
    content = _key(value, inner, str, where) if inner else ""
    return Kind(_KINDS[encoding], label, size, key=key, content=content)


def _in_place(value: Mapping[str, Any], label: str, size: int, where: str) -> Kind:
    """A struct, an array of fixed size or a single value."""
    if "members" in value:
        members = _key(value, "members", list, where)
        return Kind("struct", label, size, fields=dict(_places(members, f"{where}.members")))
    if "base" in value:
        counted = _COUNTED.fullmatch(label)
        if counted is None:
            _refuse(f"{where}.label", "that of an array of fixed size", label)
        base = _key(value, "base", str, where)
        return Kind("list", label, size, content=base, count=int(counted[1]))
    if size > WORD:
        _refuse(f"{where}.numberOfBytes", f"at most {WORD}", size)
    return Kind("value", label, size)


def _inner(kinds: Mapping[str, Kind]) -> Iterator[Place]:
    """Everything that types refer to."""
    for kind in kinds.values():
        yield from (kind.fields or {}).values()
        yield from (Place(0, 0, name) for name in (kind.key, kind.content) if name)


def _places(listed: list[Any], where: str) -> Iterator[tuple[str, Place]]:
    """Variables of a contract, or members of a struct, by name."""
    for index, entry in enumerate(listed):
        here = f"{where}[{index}]"
        slot, offset = _number(entry, "slot", here), _number(entry, "offset", here)
        if slot >= _SLOTS or offset >= WORD:
            _refuse(here, "a place in storage", f"slot {slot}, offset {offset}")
        yield _key(entry, "label", str, here), Place(slot, offset, _key(entry, "type", str, here))


def _number(document: object, key: str, where: str) -> int:
    """A number, which the compiler writes as such or as decimal text."""
    value = _key(document, key, (int, str), where)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,78}", value):
        return int(value)
    if type(value) is not int or value < 0:
        _refuse(f"{where}.{key}", "a number", value)
    return value


def _key(
    document: object,
    key: str,
    kind: type | tuple[type, ...],
    where: str = "",
    *,
    or_none: object = None,
) -> Any:  # noqa: ANN401 (whatever JSON holds)
    """What is under a key, of the kind that it should be."""
    value = document.get(key) if isinstance(document, Mapping) else None
    if value is None and or_none is not None:
        return or_none
    if not isinstance(value, kind):
        names: dict[object, str] = {list: "a list", dict: "an object", str: "text"}
        _refuse(f"{where}.{key}" if where else key, names.get(kind, "a number"), value)
    return value


def _refuse(key: str, expected: str, found: object) -> NoReturn:
    shown = repr(found) if not isinstance(found, (dict, list)) else type(found).__name__
    raise LayoutError(f"{key} should be {expected}, not {shown[:60]}")
