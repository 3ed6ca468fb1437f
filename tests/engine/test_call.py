"""Calls: short texts as bytes32 words."""

from __future__ import annotations

import pytest

from weiproof.engine.call import bytes32


def test_a_text_of_32_bytes_fits() -> None:
    """A shorter text is filled up with zeros, one of 32 bytes is itself."""
    assert bytes32("ETH") == b"ETH" + bytes(29)
    assert bytes32("x" * 32) == b"x" * 32


@pytest.mark.parametrize("text", ["x" * 33, "é" * 17])
def test_a_longer_text_is_refused(text: str) -> None:
    """Bytes count, not characters; the message names the text."""
    with pytest.raises(ValueError, match=f"at most 32 bytes fit: '{text}'"):
        bytes32(text)
