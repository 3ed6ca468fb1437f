"""The hash equals that of the library that the chains use."""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine.keccak import keccak256


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """Of no block, of one, and of several."""
    assert keccak256(data) == keccak(data)


@pytest.mark.parametrize("length", [0, 134, 135, 136, 137, 271, 272, 273])
def test_lengths_around_a_block(length: int) -> None:
    """Where one or both ends of the padding fall into the last byte."""
    assert keccak256(b"x" * length) == keccak(b"x" * length)
