"""Updates of several messages: their bytes, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine.errors import Panic, Revert
from weiproof.oracles.pyth.accumulator import (
    PriceUpdate,
    TwapUpdate,
    count_messages,
    decode_points,
    decode_prices,
    encode_update,
)
from weiproof.oracles.pyth.errors import InvalidTwapUpdateData, InvalidUpdateData


def signed(bits: int) -> st.SearchStrategy[int]:
    """Any signed integer of so many bits."""
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def unsigned(bits: int) -> st.SearchStrategy[int]:
    """Any unsigned integer of so many bits."""
    return st.integers(0, 2**bits - 1)


IDS = st.binary(min_size=32, max_size=32)
WORD = unsigned(64)
PRICES = st.builds(PriceUpdate, IDS, signed(64), WORD, signed(32), WORD, WORD, signed(64), WORD)
POINTS = st.builds(TwapUpdate, IDS, signed(128), unsigned(128), WORD, WORD, WORD, WORD, signed(32))
UPDATE = encode_update(7, [PriceUpdate(bytes(32), 1, 2, 3, 4, 5, 6, 7)])
HEAD, VAA = 8, 10
"""Where the length of what is signed stands, and what is signed."""
PAYLOAD = VAA + 6 + 51


@given(WORD, st.lists(PRICES, max_size=5))
def test_prices_come_back(slot: int, messages: list[PriceUpdate]) -> None:
    """Any prices of any width, and their slot."""
    update = encode_update(slot, messages)
    assert count_messages(update) == len(messages)
    assert decode_prices(update) == (slot, tuple(messages))


@given(st.lists(POINTS, max_size=5))
def test_points_come_back(messages: list[TwapUpdate]) -> None:
    """Any sums of any width."""
    update = encode_update(1, messages)
    assert count_messages(update) == len(messages)
    assert decode_points(update) == tuple(messages)


def test_the_bytes_are_those_of_the_protocol() -> None:
    """Magics, version, type, slot and number of messages stand where the contract reads them."""
    assert UPDATE[:8] == b"PNAU\x01\x00\x00\x00"
    assert int.from_bytes(UPDATE[HEAD:VAA], "big") == 6 + 51 + 37
    assert UPDATE[PAYLOAD : PAYLOAD + 13] == b"AUWV\x00" + (7).to_bytes(8, "big")
    assert UPDATE[PAYLOAD + 37 : PAYLOAD + 41] == b"\x01\x00\x55\x00"
    assert len(UPDATE) == PAYLOAD + 37 + 1 + 2 + 85 + 1


@pytest.mark.parametrize(
    ("at", "byte", "error"),
    [
        (0, b"Q", InvalidUpdateData),
        (4, b"\x02", InvalidUpdateData),
        (5, b"\xff", None),
        (7, b"\x01", Panic),
        (PAYLOAD, b"B", InvalidUpdateData),
        (PAYLOAD + 4, b"\x01", Panic),
        (PAYLOAD + 40, b"\x01", InvalidUpdateData),
        (PAYLOAD + 40, b"\x02", Panic),
    ],
    ids=(
        "magic", "major version", "minor version", "type", "root's magic", "root's type",
        "message of sums", "type of message",
    ),
)  # fmt: skip
def test_a_changed_byte_is_refused(at: int, byte: bytes, error: type[Revert] | None) -> None:
    """With the contract's own error; later minor versions are welcome."""
    changed = UPDATE[:at] + byte + UPDATE[at + 1 :]
    if error is None:
        assert decode_prices(changed) == decode_prices(UPDATE)
        return
    with pytest.raises(error) as caught:
        decode_prices(changed)
    assert caught.value.args == ((0x21,) if error is Panic else ())


def test_headers_signatures_and_proofs_are_skipped() -> None:
    """Whatever their number."""
    signatures = bytes(66 * 13)
    message = UPDATE[PAYLOAD + 38 : -1]
    update = b"".join(
        (
            UPDATE[:6], b"\x03abc\x00",
            (6 + len(signatures) + 51 + 37).to_bytes(2, "big"),
            bytes(5), b"\x0d", signatures, bytes(51), UPDATE[PAYLOAD : PAYLOAD + 37],
            b"\x01", message, b"\x02", bytes(40),
        )
    )  # fmt: skip
    assert decode_prices(update) == decode_prices(UPDATE)
    assert count_messages(update) == 1


@pytest.mark.parametrize("length", range(len(UPDATE)))
def test_an_update_that_is_cut_short_is_refused(length: int) -> None:
    """At any byte."""
    with pytest.raises(InvalidUpdateData):
        decode_prices(UPDATE[:length])


def test_an_update_that_goes_on_is_refused() -> None:
    """Of prices and of sums, each in its own words; the fee's view does not mind."""
    points = encode_update(1, [TwapUpdate(bytes(32), 1, 2, 3, 4, 5, 6, 7)])
    with pytest.raises(InvalidUpdateData):
        decode_prices(UPDATE + b"\0")
    with pytest.raises(InvalidTwapUpdateData):
        decode_points(points + b"\0")
    assert count_messages(UPDATE + b"\0") == 1
