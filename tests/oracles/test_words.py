"""Words of the ABI: the same as eth_abi's, and refused as Solidity refuses them."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine.errors import EmptyRevert
from weiproof.oracles.words import bounds, decode_words, encode_words

KINDS = ("int64", "uint64", "int32", "uint256", "int192", "uint32", "uint192")


@given(st.data())
def test_encoding_is_the_abis(data: st.DataObject) -> None:
    """Any values are encoded as eth_abi does it, and come back."""
    values = [data.draw(st.integers(*bounds(kind))) for kind in KINDS]
    word = data.draw(st.binary(min_size=32, max_size=32))
    encoded = encode_words(("bytes32", *KINDS), (word, *values))
    assert encoded == encode(["bytes32", *KINDS], [word, *values])
    assert decode_words(("bytes32", *KINDS), encoded) == (word, *values)


@pytest.mark.parametrize("kind", KINDS)
def test_a_word_beyond_its_type_reverts_without_data(kind: str) -> None:
    """The largest and the smallest value decode; one more and one less revert."""
    low, high = bounds(kind)
    for value in (low, high):
        assert decode_words((kind,), encode_words((kind,), (value,))) == (value,)
    signed = kind[0] == "i"
    for value in (low - 1, high + 1):
        with pytest.raises(ValueError, match="not a"):
            encode_words((kind,), (value,))
        if kind != "uint256" and (signed or value > 0):
            with pytest.raises(EmptyRevert):
                decode_words((kind,), value.to_bytes(32, "big", signed=signed))


def test_missing_bytes_revert_and_more_do_not_matter() -> None:
    """A byte too few reverts without data; bytes after the last word are not looked at."""
    data = encode_words(("uint64", "bytes32"), (5, b"\xff" * 32))
    with pytest.raises(EmptyRevert):
        decode_words(("uint64", "bytes32"), data[:-1])
    assert decode_words(("uint64", "bytes32"), data + b"\xff") == (5, b"\xff" * 32)


def test_bytes_and_integers_are_told_apart() -> None:
    """A type of bytes takes 32 of them and no integer; an integer's takes no bytes."""
    for kind, value in (("bytes32", 5), ("bytes32", bytes(31)), ("uint64", bytes(32))):
        with pytest.raises(ValueError, match="not a"):
            encode_words((kind,), (value,))
