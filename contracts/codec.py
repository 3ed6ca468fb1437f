"""ABI types as pairs of plain functions: value to bytes, bytes to value.

Addresses are lower-case ``0x`` text, fixed and dynamic bytes are ``bytes``, arrays and structs are
tuples. Encoding refuses what the type cannot hold; decoding is strict: dirty padding, lengths and
offsets beyond the data are errors. The tests compare every form with the ``eth_abi`` package, which
takes ten times longer.

Neither a type nor data can be made to take much time or memory: types are bounded in nesting and
size, data in how often its parts may be read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .codec_sequences import (
    MAX_WORDS,
    OVERLAP,
    bytes_codec,
    dynamic_array,
    fixed_array,
    string_codec,
    tuple_codec,
)
from .codec_words import (
    WORD,
    Codec,
    CodecError,
    address_codec,
    bool_codec,
    fixed_bytes_codec,
    function_codec,
    int_codec,
    shown,
    uint_codec,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "MAX_NESTING",
    "MAX_TYPE_CHARS",
    "MAX_WORDS",
    "OVERLAP",
    "WORD",
    "Codec",
    "CodecError",
    "canonical_type",
    "codec",
    "shown",
    "tuple_codec",
]

MAX_NESTING = 32
"""Levels of structs and arrays in a type."""
MAX_TYPE_CHARS = 100_000
"""Longest text of a type."""
_ARRAY = re.compile(r"(.*)\[([1-9][0-9]{0,9})?\]")
_SIZED = re.compile(r"(uint|int|bytes)([1-9][0-9]{0,2})")


def canonical_type(parameter: Mapping[str, Any], level: int = 0) -> str:
    """Type text of an ABI parameter, with the components of structs spelled out.

    :raises CodecError: where the parameter has no type or no components, or too many levels.
    """
    text = parameter.get("type")
    if not isinstance(text, str):
        raise CodecError(f"a parameter's type should be text, not {shown(text)}")
    if not text.startswith("tuple"):
        return text
    components = parameter.get("components")
    if not isinstance(components, (list, tuple)) or level >= MAX_NESTING:
        found = "more" if level >= MAX_NESTING else shown(components)
        raise CodecError(f"a tuple has components, {MAX_NESTING} levels at most, not {found}")
    inner = ",".join([_component(component, level + 1) for component in components])
    return f"({inner}){text.removeprefix('tuple')}"


def _component(component: object, level: int) -> str:
    if not isinstance(component, Mapping):
        raise CodecError(f"a component should be an object, not {shown(component)}")
    return canonical_type(component, level)


def codec(type_text: str) -> Codec:
    """Return the codec of a canonical ABI type.

    :raises CodecError: for a type that does not exist, is not supported (fixed point), or is larger
        than any contract's.
    """
    if len(type_text) > MAX_TYPE_CHARS:
        raise CodecError(f"an ABI type has at most {MAX_TYPE_CHARS} characters: {shown(type_text)}")
    return _codec(type_text, 0)


@lru_cache(maxsize=8192)
def _codec(type_text: str, level: int) -> Codec:
    """The codec of a type that stands inside of so many others."""
    if level > MAX_NESTING:
        raise CodecError(f"an ABI type has at most {MAX_NESTING} levels of structs and arrays")
    array = _ARRAY.fullmatch(type_text)
    if array:
        element = _codec(array[1], level + 1)
        return fixed_array(element, int(array[2])) if array[2] else dynamic_array(element)
    if type_text.startswith("(") and type_text.endswith(")"):
        parts = _split(type_text[1:-1])
        return tuple_codec(tuple(_codec(part, level + 1) for part in parts))
    if type_text in _ELEMENTARY:
        return _ELEMENTARY[type_text]()
    sized = _SIZED.fullmatch(type_text)
    if sized is None:
        raise CodecError(f"unsupported ABI type {shown(type_text)}")
    return _SIZES[sized[1]](int(sized[2]))


def _split(inner: str) -> list[str]:
    """Split at the commas that are not inside parentheses."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(inner):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append(inner[start:index])
            start = index + 1
    return [*parts, inner[start:]] if inner else []


_ELEMENTARY: dict[str, Callable[[], Codec]] = {
    "bool": bool_codec,
    "address": address_codec,
    "bytes": bytes_codec,
    "string": string_codec,
    "function": function_codec,
}
_SIZES: dict[str, Callable[[int], Codec]] = {
    "uint": uint_codec,
    "int": int_codec,
    "bytes": fixed_bytes_codec,
}
