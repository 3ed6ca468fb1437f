"""A consumer takes the median of what enough different authorised signers say, near the block."""

from __future__ import annotations

import pytest

from tests.oracles.feed_stage import FeedStage
from weiproof.engine.call import bytes32
from weiproof.engine.errors import Panic
from weiproof.engine.keccak import keccak256
from weiproof.oracles.redstone.consumer import RedstoneConsumer, aggregated, check_timestamp
from weiproof.oracles.redstone.errors import (
    CanNotPickMedianOfEmptyArray,
    DataTimestampCannotBeZero,
    InsufficientNumberOfUniqueSigners,
    InvalidSignature,
    SignerNotAuthorised,
    TimestampFromTooLongFuture,
    TimestampIsTooOld,
    TimestampsMustBeEqual,
)
from weiproof.oracles.redstone.payload import message, payload, signed
from weiproof.oracles.redstone.signatures import CURVE_ORDER, address_of

KEYS = tuple(keccak256(f"test signer {i}".encode()) for i in range(5))
SIGNERS = tuple(map(address_of, KEYS[:4]))
ETH, BTC = bytes32("ETH"), bytes32("BTC")


class Old(RedstoneConsumer):
    """A consumer on connector 0.6.1."""

    refuses_malleable = False


def consumer(
    threshold: int = 3, kind: type[RedstoneConsumer] = RedstoneConsumer
) -> RedstoneConsumer:
    """One with four authorised signers."""
    stage = FeedStage("consumer")
    return kind(stage.world, "consumer", SIGNERS, threshold)


def said(consumer: RedstoneConsumer, *values: int, after: int = 0) -> list[bytes]:
    """Packages of the first signers, a value each of ETH, stamped seconds after the block."""
    at = (consumer.world.now + after) * 1000
    return [
        signed(message(((ETH, value),), at), key) for value, key in zip(values, KEYS, strict=False)
    ]


def price(consumer: RedstoneConsumer, packages: list[bytes], *ids: bytes) -> tuple[int, ...]:
    """What is read of them."""
    return consumer.oracle_values(ids or (ETH,), bytes(4) + payload(packages))


def test_an_even_median_is_floored() -> None:
    """Of four values the average of the middle two, rounded down; of three the middle one."""
    four, three = consumer(4), consumer(3)
    assert price(four, said(four, 9, 2, 5, 4)) == (4,)
    assert price(three, said(three, 9, 2, 5)) == (5,)


def test_a_sum_of_the_middle_two_must_fit() -> None:
    """It panics beyond 256 bits, although the average would fit; without values it reverts."""
    assert aggregated((2**256 - 2, 1)) == (2**256 - 1) // 2
    with pytest.raises(Panic):
        aggregated((2**256 - 1, 1))
    with pytest.raises(CanNotPickMedianOfEmptyArray):
        aggregated(())


def test_only_the_first_values_count() -> None:
    """From the end of the payload: the package of the fourth, third and second signer."""
    three = consumer(3)
    assert price(three, said(three, 10**9, 1, 2, 3)) == (2,)


def test_a_signer_counts_once() -> None:
    """Its second value is left out, and the count stays below the threshold."""
    three = consumer(3)
    first, second = said(three, 1, 2)
    with pytest.raises(InsufficientNumberOfUniqueSigners) as caught:
        price(three, [first, second, first])
    assert caught.value.args == (2, 3)


def test_a_stranger_spoils_the_payload() -> None:
    """Although enough others have signed."""
    three = consumer(3)
    packages = said(three, 1, 2, 3, 4, 5)
    with pytest.raises(SignerNotAuthorised) as caught:
        price(three, packages)
    assert caught.value.args == (address_of(KEYS[4]),)


def test_all_packages_are_of_one_time() -> None:
    """A millisecond is enough to differ, and zero is no time, even of one package."""
    two = consumer(2)
    (late,) = said(two, 1)
    early = signed(message(((ETH, 1),), two.world.now * 1000 - 1), KEYS[1])
    with pytest.raises(TimestampsMustBeEqual):
        price(two, [late, early])
    with pytest.raises(DataTimestampCannotBeZero):
        price(two, [late, signed(message(((ETH, 1),), 0), KEYS[1])])


@pytest.mark.parametrize(
    ("after", "error"),
    [(-181, TimestampIsTooOld), (-180, None), (60, None), (61, TimestampFromTooLongFuture)],
)
def test_three_minutes_back_and_one_ahead_pass(after: int, error: type[Exception] | None) -> None:
    """A second more does not."""
    one = consumer(1)
    packages = said(one, 7, after=after)
    if error is None:
        assert price(one, packages) == (7,)
    else:
        with pytest.raises(error):
            price(one, packages)


def test_milliseconds_are_floored_to_seconds() -> None:
    """So data may be 60.999 s ahead, and at 180.001 s they are too old."""
    check_timestamp(1_060_999, 1_000)
    with pytest.raises(TimestampFromTooLongFuture):
        check_timestamp(1_061_000, 1_000)
    check_timestamp(820_000, 1_000)
    with pytest.raises(TimestampIsTooOld):
        check_timestamp(819_999, 1_000)


def test_a_feed_that_is_asked_for_twice_needs_the_reader_for_duplicates() -> None:
    """The plain one counts no value for the second."""
    one = consumer(1)
    packages = said(one, 7)
    with pytest.raises(InsufficientNumberOfUniqueSigners):
        price(one, packages, ETH, ETH)
    data = bytes(4) + payload(packages)
    assert one.oracle_values_with_duplicates((ETH, ETH), data) == (7, 7)
    with pytest.raises(InsufficientNumberOfUniqueSigners):
        price(one, packages, BTC)


def test_a_mirrored_signature_counts_with_the_old_connector_only() -> None:
    """The same signer with the other s is taken by the old connector, refused by the new one."""
    old, new = consumer(1, Old), consumer(1)
    (package,) = said(old, 7)
    text, r, s, v = package[:-65], package[-65:-33], package[-33:-1], package[-1]
    other = (CURVE_ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    mirrored = text + r + other + bytes((55 - v,))
    assert price(old, [mirrored]) == (7,)
    with pytest.raises(InvalidSignature):
        price(new, [mirrored])
    nobody = text + bytes(32) + s + bytes((v,))
    with pytest.raises(SignerNotAuthorised):
        price(old, [nobody])
    with pytest.raises(InvalidSignature):
        price(new, [nobody])
