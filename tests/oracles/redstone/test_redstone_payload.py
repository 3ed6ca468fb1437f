"""A payload is read from the end of the call data, and what is broken is told apart."""

from __future__ import annotations

import pytest

from weiproof.engine.call import bytes32
from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.errors import Panic, Revert
from weiproof.engine.keccak import keccak256
from weiproof.oracles.redstone import errors
from weiproof.oracles.redstone.payload import (
    MARKER,
    common_timestamp,
    message,
    package_at,
    packages_of,
    payload,
    signed,
)
from weiproof.oracles.redstone.signatures import (
    CURVE_ORDER,
    HALF_CURVE_ORDER,
    address_of,
    is_canonical,
    recovered,
)

KEY = keccak256(b"a test key that protects nothing")
ETH, BTC = bytes32("ETH"), bytes32("BTC")
NOW = 1_700_000_000_000


def package(milliseconds: int = NOW) -> bytes:
    """A signed package of two values."""
    return signed(message(((ETH, 2000), (BTC, 60_000)), milliseconds, 8), KEY)


@pytest.mark.parametrize(
    ("error", "signature"),
    [
        (errors.CalldataMustHaveValidPayload, "CalldataMustHaveValidPayload()"),
        (errors.TooLargeValueByteSize, "TooLargeValueByteSize(uint256)"),
        (errors.InvalidSignature, "InvalidSignature(bytes32)"),
        (errors.SignerNotAuthorised, "SignerNotAuthorised(address)"),
        (
            errors.InsufficientNumberOfUniqueSigners,
            "InsufficientNumberOfUniqueSigners(uint256,uint256)",
        ),
        (errors.TimestampIsTooOld, "TimestampIsTooOld(uint256,uint256)"),
        (
            errors.InvalidLastUpdateDetails,
            "InvalidLastUpdateDetails(bytes32,uint256,uint256,uint256)",
        ),
        (
            errors.GetRoundDataCanBeOnlyCalledWithLatestRound,
            "GetRoundDataCanBeOnlyCalledWithLatestRound(uint80)",
        ),
    ],
)
def test_selectors_are_hashes_of_signatures(error: type[Revert], signature: str) -> None:
    """Four bytes of Keccak-256, and as many parameters as types."""
    assert error.selector == keccak256(signature.encode())[:4]
    assert len(error.parameters) == len(
        [each for each in signature[:-1].split("(")[1].split(",") if each]
    )


def test_a_package_is_read_as_it_was_written() -> None:
    """Points come from the last to the first; size, time, digest and signer are those written."""
    data = b"\1\2\3\4" + payload([package()], b"unsigned")
    count, end = packages_of(data)
    found = package_at(data, end)
    assert count == 1
    assert list(found.values()) == [(BTC, 60_000), (ETH, 2000)]
    assert found.milliseconds() == NOW
    assert found.size == len(package())
    assert recovered(found.digest(), *found.signature()) == address_of(KEY)


def test_the_marker_is_a_mask() -> None:
    """Bits beside those of the marker may be set; each of its own must be."""
    made = payload([package()])
    wanted = int.from_bytes(MARKER, "big")
    for bit in range(72):
        tail = (wanted ^ 1 << bit).to_bytes(9, "big")
        broken = b"\0" * 4 + made[:-9] + tail
        if wanted >> bit & 1:
            with pytest.raises(errors.CalldataMustHaveValidPayload):
                packages_of(broken)
        else:
            assert packages_of(broken) == packages_of(b"\0" * 4 + made)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", errors.CalldataMustHaveValidPayload),
        (bytes(31 - 9) + MARKER, errors.CalldataMustHaveValidPayload),
        (bytes(32 - 9) + MARKER, errors.CalldataOverOrUnderFlow),
        (bytes(40 - 9) + MARKER, errors.CalldataOverOrUnderFlow),
        (bytes(41 - 9) + MARKER, errors.CalldataOverOrUnderFlow),
        (bytes(41 - 12) + (28).to_bytes(3, "big") + MARKER, errors.IncorrectUnsignedMetadataSize),
        (bytes(44 - 9) + MARKER, errors.RedstonePayloadMustHaveAtLeastOneDataPackage),
        (payload([package(0)]), errors.DataPackageTimestampMustNotBeZero),
        (payload([package(), package(NOW + 1)]), errors.DataPackageTimestampsMustBeEqual),
        (payload([package(), b""]), Panic),
    ],
)
def test_what_is_broken_is_told_apart(data: bytes, error: type[Revert]) -> None:
    """By length, size, count and time; a package in front of the call data panics."""
    with pytest.raises(error):
        common_timestamp(data)


def test_values_may_be_32_bytes_wide_and_not_33() -> None:
    """Only a value that is read matters: without points any size will do."""
    wide = signed(message(((ETH, 1),), NOW, 33), KEY)
    data = bytes(64) + payload([wide])
    with pytest.raises(errors.TooLargeValueByteSize):
        list(package_at(data, packages_of(data)[1]).values())
    empty = bytes(64) + payload([signed(message((), NOW, 33), KEY)])
    assert list(package_at(empty, packages_of(empty)[1]).values()) == []


def test_nobody_signs_with_numbers_off_the_curve() -> None:
    """Zero, the order, an x without a point, another v, and the key at infinity recover nobody."""
    digest = keccak256(b"digest")
    s = 5
    x = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798
    for v, r, given in ((27, 0, s), (27, x, 0), (28, CURVE_ORDER, s), (27, 5, s), (29, x, s)):
        assert recovered(digest, v, r, given) == ZERO_ADDRESS
    at_infinity = int.from_bytes(digest, "big") % CURVE_ORDER
    found = [recovered(digest, v, x, at_infinity) for v in (27, 28)]
    assert found.count(ZERO_ADDRESS) == 1


def test_one_form_of_a_signature_is_canonical() -> None:
    """Half of the order is the highest s, 27 and 28 are the only v."""
    assert is_canonical(27, HALF_CURVE_ORDER)
    assert is_canonical(28, 1)
    assert not is_canonical(27, HALF_CURVE_ORDER + 1)
    assert not is_canonical(0, 1)
