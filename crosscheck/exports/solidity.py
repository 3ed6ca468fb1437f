"""Solidity text: names, literals and calls that mean what was recorded, whatever it was."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weiproof.contracts.abi import Interface
    from weiproof.engine.call import Call

_INTEGER = re.compile(r"u?int\d+")
_BYTES = re.compile(r"bytes\d*")


def constant_names(labels: Mapping[str, str]) -> dict[str, str]:
    """Address to the name of a constant, upper-case and unique; `labels` by address."""
    names: dict[str, str] = {}
    for address, label in labels.items():
        kept = "".join(c if c.isascii() and c.isalnum() else "_" for c in label).upper()
        name = kept if kept[:1].isalpha() else f"A_{kept}"
        while name in names.values():
            name += "_"
        names[address] = name[:60]
    return names


def address_literal(address: str) -> str:
    """An address as Solidity takes it: with its checksum."""
    from eth_utils.address import to_checksum_address

    return to_checksum_address(address)


def comment(text: str) -> str:
    """Text that cannot leave its line comment."""
    return "".join(c if c.isprintable() and c.isascii() else "?" for c in text)[:300]


def string_literal(text: str) -> str:
    """Text of a message, in plain characters."""
    return '"' + comment(text).replace("\\", "/").replace('"', "'") + '"'


def calldata(interface: Interface, call: Call, names: Mapping[str, str]) -> str:
    """An expression for a call's data: readable where its types are elementary, else hex."""
    function = interface.function(call.function)
    types = [part.type for part in function.inputs.codecs]
    literals = [_literal(kind, arg, names) for kind, arg in zip(types, call.args, strict=True)]
    if any(literal is None for literal in literals):
        return f'hex"{interface.encode_call(call.function, call.args).hex()}"'
    if not literals:
        return f'abi.encodeWithSignature("{function.signature}")'
    return f'abi.encodeWithSignature("{function.signature}", {", ".join(map(str, literals))})'


def _literal(kind: str, value: Any, names: Mapping[str, str]) -> str | None:  # noqa: ANN401
    """A typed literal; None for types that have none."""
    if _INTEGER.fullmatch(kind):
        # The smallest integer has no literal of its own.
        return f"{kind}({value})" if value != -(1 << 255) else "type(int256).min"
    if kind == "bool":
        return "true" if value else "false"
    if kind == "address":
        return names.get(value) or address_literal(value)
    if kind == "string":
        return f'string(hex"{value.encode().hex()}")'
    if _BYTES.fullmatch(kind):
        return f'{kind}(hex"{value.hex()}")'
    return None
