"""The ABI coder against the ``eth_abi`` package, and its refusals."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from eth_abi.abi import encode as reference_encode
from hypothesis import given
from hypothesis import strategies as st

from weiproof.contracts.codec import CodecError, codec


def words() -> st.SearchStrategy[tuple[str, Any]]:
    """A type of one word with a value."""
    bits = st.integers(1, 32).map(lambda size: 8 * size)
    unsigned = bits.flatmap(lambda n: st.tuples(st.just(f"uint{n}"), st.integers(0, 2**n - 1)))
    signed = bits.flatmap(
        lambda n: st.tuples(st.just(f"int{n}"), st.integers(-(2 ** (n - 1)), 2 ** (n - 1) - 1))
    )
    fixed = st.integers(1, 32).flatmap(
        lambda n: st.tuples(st.just(f"bytes{n}"), st.binary(min_size=n, max_size=n))
    )
    address = st.binary(min_size=20, max_size=20).map(lambda raw: ("address", "0x" + raw.hex()))
    flag = st.tuples(st.just("bool"), st.booleans())
    return st.one_of(unsigned, signed, fixed, address, flag)


def typed() -> st.SearchStrategy[tuple[str, Any]]:
    """Any type with a value of it, nested a few levels deep."""
    text = st.tuples(st.just("string"), st.text(max_size=40))
    raw = st.tuples(st.just("bytes"), st.binary(max_size=70))
    return st.recursive(st.one_of(words(), text, raw), _nested, max_leaves=8)


def _nested(inner: st.SearchStrategy[tuple[str, Any]]) -> st.SearchStrategy[tuple[str, Any]]:
    structs = st.lists(inner, min_size=1, max_size=4).map(
        lambda items: (f"({','.join(t for t, _ in items)})", tuple(v for _, v in items))
    )
    fixed = st.tuples(inner, st.integers(1, 3)).map(
        lambda pair: (f"{pair[0][0]}[{pair[1]}]", (pair[0][1],) * pair[1])
    )
    arrays = st.tuples(inner, st.integers(0, 3)).map(
        lambda pair: (f"{pair[0][0]}[]", (pair[0][1],) * pair[1])
    )
    return st.one_of(structs, fixed, arrays)


@given(typed())
def test_encodes_as_eth_abi_does(case: tuple[str, Any]) -> None:
    """The same bytes for any type and value, and the value back from them."""
    type_text, value = case
    whole = codec(f"({type_text})")
    data = whole.encode((value,))
    assert data == reference_encode([type_text], [value])
    assert whole.decode(data, 0) == (value,)


@given(typed(), st.data())
def test_damaged_data_never_escapes(case: tuple[str, Any], data: st.DataObject) -> None:
    """Cut or altered bytes decode to some value or raise CodecError, nothing else."""
    whole = codec(f"({case[0]})")
    encoded = bytearray(whole.encode((case[1],)))
    if encoded:
        position = data.draw(st.integers(0, len(encoded) - 1))
        encoded[position] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(encoded)))
    with suppress(CodecError):
        whole.decode(bytes(encoded[:cut]), 0)


@pytest.mark.parametrize(
    ("type_text", "value"),
    [
        ("uint8", 256), ("uint8", -1), ("uint8", True), ("uint8", "1"), ("uint8", 1.0),
        ("int8", 128), ("int8", -129), ("int8", False), ("bool", 1), ("bool", None),
        ("address", "0x12"), ("address", b"\x00" * 20), ("address", "ab" * 21), ("address", None),
        ("address", "0x" + "zz" * 20), ("bytes4", b"abc"), ("bytes4", "abcd"), ("bytes", "x"),
        ("string", b"x"), ("uint8[2]", (1,)), ("uint8[]", 5), ("(uint8,bool)", (1,)),
    ],
)  # fmt: skip
def test_values_that_do_not_fit_are_refused(type_text: str, value: Any) -> None:  # noqa: ANN401
    """Out of range, of another kind, or of another length: CodecError, a ValueError."""
    with pytest.raises(CodecError):
        codec(type_text).encode(value)


@pytest.mark.parametrize(
    ("type_text", "word"),
    [
        ("uint8", "01" + "00" * 31), ("int8", "00" * 31 + "80"), ("bool", "00" * 31 + "02"),
        ("address", "01" + "00" * 31), ("bytes4", "00" * 31 + "01"), ("uint256", "00" * 31),
        ("bytes", "00" * 31 + "21"), ("string", "00" * 31 + "01" + "ff" + "00" * 31),
        ("uint256[]", "ff" * 32),
    ],
)  # fmt: skip
def test_dirty_or_short_data_is_refused(type_text: str, word: str) -> None:
    """Padding that is not clean, data that ends early and impossible counts are errors."""
    with pytest.raises(CodecError):
        codec(type_text).decode(bytes.fromhex(word), 0)


@pytest.mark.parametrize(
    "type_text", ["uint7", "uint264", "int0", "bytes33", "fixed128x18", "uint", ""]
)
def test_unknown_types_are_refused(type_text: str) -> None:
    """Types that do not exist, or are not supported, are named in the error."""
    with pytest.raises(CodecError):
        codec(type_text)
