"""Contracts that use Tellor read around disputes, and a careful one waits before it reads."""

from __future__ import annotations

import pytest

from tests.engine.desk import who
from tests.oracles.feed_stage import FeedStage
from weiproof.engine.keccak import keccak256
from weiproof.oracles.round import Round
from weiproof.oracles.tellor.delayed_reader import DelayedReader
from weiproof.oracles.tellor.errors import NoValue, TooOld, ValueTooLarge
from weiproof.oracles.tellor.playground import TellorPlayground
from weiproof.oracles.tellor.using_tellor import UsingTellor

ALICE = who("alice")
DATA = b"spot price of ether"
QUERY = keccak256(DATA)
DELAY, MAX_AGE = 900, 3600


@pytest.fixture
def stage() -> FeedStage:
    """The playground, a reader of anything, and a reader that waits."""
    stage = FeedStage("tellor", "user", "reader", "lost")
    TellorPlayground(stage.world, "tellor")
    UsingTellor(stage.world, "user", stage.address("tellor"))
    DelayedReader(stage.world, "reader", stage.address("tellor"), QUERY, DELAY, MAX_AGE)
    UsingTellor(stage.world, "lost", ALICE)
    return stage


def report(stage: FeedStage, value: bytes) -> int:
    """Reports a value; the time."""
    stage.values(ALICE, "tellor", "submitValue", QUERY, value, 0, DATA)
    return stage.now


def dispute(stage: FeedStage, at: int) -> None:
    """Strikes a report."""
    stage.values(ALICE, "tellor", "beginDispute", QUERY, at)


def reports(stage: FeedStage, count: int) -> list[int]:
    """Times of some reports, ten seconds apart, of the values 1, 2 and so on."""
    times = []
    for number in range(count):
        times.append(report(stage, bytes((number + 1,))))
        stage.now += 10
    return times


def test_a_value_is_read_once_it_is_older_than_the_delay(stage: FeedStage) -> None:
    """Strictly: at exactly the delay it is not, and after the age limit no longer."""
    at = report(stage, (2000).to_bytes(32, "big"))
    stage.now = at + DELAY
    assert stage.refused(ALICE, "reader", "latestRoundData") == ("NoValue", at)
    stage.now = at + DELAY + 1
    assert stage.values(ALICE, "reader", "latestRoundData") == (at, 2000, at, at, at)
    stage.now = at + MAX_AGE
    assert stage.values(ALICE, "reader", "latestRoundData")[1] == 2000
    stage.now = at + MAX_AGE + 1
    assert stage.refused(ALICE, "reader", "latestRoundData") == ("TooOld", at)


def test_a_dispute_within_the_delay_keeps_a_value_from_ever_being_read(stage: FeedStage) -> None:
    """The one before it is read instead."""
    first = report(stage, (2000).to_bytes(32, "big"))
    stage.now += 10
    wrong = report(stage, (9999).to_bytes(32, "big"))
    dispute(stage, wrong)
    stage.now = wrong + DELAY + 1
    assert stage.values(ALICE, "reader", "latestRoundData")[:2] == (first, 2000)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (bytes(31), ("",)),
        (b"\xff" * 32, ("ValueTooLarge", 2**256 - 1)),
        (b"\x7f" + b"\xff" * 31, (2**255 - 1,)),
        ((7).to_bytes(32, "big") + b"more", (7,)),
    ],
)
def test_a_value_is_32_bytes_that_fit_an_answer(
    stage: FeedStage, value: bytes, expected: tuple[object, ...]
) -> None:
    """Fewer revert without data, what follows does not matter."""
    report(stage, value)
    stage.now += DELAY + 1
    outcome = stage.call(ALICE, "reader", "latestRoundData")
    found = outcome.values[1:2] if outcome.ok else (outcome.error, *outcome.error_args)
    assert found == expected


def test_data_after_a_time_are_strictly_after_it(stage: FeedStage) -> None:
    """Forward past disputed ones; after the last there are none."""
    first, second, third = reports(stage, 3)
    assert stage.values(ALICE, "user", "getDataAfter", QUERY, first - 1) == (b"\1", first)
    assert stage.values(ALICE, "user", "getDataAfter", QUERY, first) == (b"\2", second)
    dispute(stage, second)
    assert stage.values(ALICE, "user", "getDataAfter", QUERY, first) == (b"\3", third)
    assert stage.values(ALICE, "user", "getDataAfter", QUERY, third) == (b"", 0)
    dispute(stage, third)
    assert stage.values(ALICE, "user", "getIndexForDataAfter", QUERY, first) == (False, 0)


def test_many_values_are_the_latest_ones_oldest_first(stage: FeedStage) -> None:
    """Later than the time less the age, before the time, without disputed ones."""
    times = reports(stage, 5)
    dispute(stage, times[3])
    before = times[4] + 1

    def asked(age: int, most: int) -> tuple[object, ...]:
        return stage.values(ALICE, "user", "getMultipleValuesBefore", QUERY, before, age, most)

    assert asked(1000, 2) == ((b"\3", b"\5"), (times[2], times[4]))
    assert asked(before - times[1], 9) == ((b"\3", b"\5"), (times[2], times[4]))
    assert asked(1000, 0) == ((), ())
    assert asked(0, 9) == ((), ())


def test_counts_and_ages_that_cannot_be(stage: FeedStage) -> None:
    """An age above the time panics, so does an array of more than 64 bits, if it is made."""
    read = ("user", "getMultipleValuesBefore", QUERY)
    assert stage.refused(ALICE, *read, 5, 6, 1) == ("Panic", 0x11)
    assert stage.values(ALICE, *read, stage.now, 1, 2**64) == ((), ())
    report(stage, b"1")
    assert stage.refused(ALICE, *read, stage.now + 1, 9, 2**64) == ("Panic", 0x41)


def test_a_reader_of_nothing_reverts_without_data(stage: FeedStage) -> None:
    """Where its oracle has no code."""
    assert stage.refused(ALICE, "lost", "getDataBefore", QUERY, 1) == ("",)


def test_a_consumer_reads_a_round(stage: FeedStage) -> None:
    """The twin answers the hub with the same numbers."""
    at = report(stage, (2000).to_bytes(32, "big"))
    stage.now += DELAY + 1
    stage.values(ALICE, "reader", "latestRoundData")
    reader = stage.world.contracts["reader"]
    assert isinstance(reader, DelayedReader)
    found = Round(*reader.latestRoundData())
    assert (found.answer, found.updated_at) == (2000, at)


@pytest.mark.parametrize("error", [NoValue, TooOld, ValueTooLarge])
def test_selectors_are_hashes_of_signatures(error: type[NoValue | TooOld | ValueTooLarge]) -> None:
    """Four bytes of Keccak-256."""
    assert error.selector == keccak256(f"{error.__name__}(uint256)".encode())[:4]
