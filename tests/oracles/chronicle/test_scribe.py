"""Scribe stores what exactly a bar of feeds signed, with the block's time as its age."""

from __future__ import annotations

import pytest

from tests.oracles.feed_stage import ADMIN, FeedStage
from weiproof.contracts.chains import actor
from weiproof.engine.call import bytes32
from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.errors import EmptyRevert
from weiproof.oracles.chronicle.scribe import CURVE_ORDER, Scribe
from weiproof.oracles.round import Round

READER, STRANGER = actor("reader"), actor("stranger")
WAT = bytes32("ETH/USD")
FEEDS = tuple(f"0x{i:02x}" + "33" * 19 for i in (0, 9, 255))
BOTH = b"\x00\x09"
"""Ids of the first two feeds."""


def signed(
    ids: bytes = BOTH, signature: int = 1, commitment: str = STRANGER
) -> tuple[bytes, str, bytes]:
    """What feeds signed."""
    return signature.to_bytes(32, "big"), commitment, ids


@pytest.fixture
def stage() -> FeedStage:
    """An oracle with three feeds, of which two must sign, and one reader."""
    stage = FeedStage("scribe")
    Scribe(stage.world, "scribe", ADMIN, WAT)
    stage.values(ADMIN, "scribe", "lift", FEEDS)
    stage.values(ADMIN, "scribe", "kiss", READER)
    return stage


def poke(stage: FeedStage, value: int, age: int) -> tuple[object, ...]:
    """Pokes a value of some age; the error, or nothing."""
    outcome = stage.call(STRANGER, "scribe", "poke", (value, age), signed())
    return () if outcome.ok else (outcome.error, *outcome.error_args)


def test_a_value_takes_the_time_of_the_block(stage: FeedStage) -> None:
    """The event has the time that was signed; reads have the block's."""
    outcome = stage.call(STRANGER, "scribe", "poke", (7, stage.now - 30), signed())
    assert [(event.name, event.args) for event in outcome.events] == [
        ("Poked", (STRANGER, 7, stage.now - 30))
    ]
    assert stage.values(READER, "scribe", "readWithAge") == (7, stage.now)


@pytest.mark.parametrize(
    ("beside", "error"), [(0, "StaleMessage"), (1, ""), (60, ""), (61, "FutureMessage")]
)
def test_an_age_lies_after_the_poke_before_and_not_after_the_block(
    stage: FeedStage, beside: int, error: str
) -> None:
    """That poke's own second is stale, the block's own second is fine."""
    assert poke(stage, 1, stage.now) == ()
    before = stage.now
    stage.now += 60
    age = before + beside
    limit = before if error == "StaleMessage" else stage.now
    assert poke(stage, 2, age) == ((error, age, limit) if error else ())


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (signed(b""), ("BarNotReached", 0, 2)),
        (signed(b"\x00"), ("BarNotReached", 1, 2)),
        (signed(b"\x00\x09\xff"), ("BarNotReached", 3, 2)),
        (signed(bytes(258)), ("BarNotReached", 2, 2)),
        (signed(b"\x01\x01"), ("InvalidFeedId", 1)),
        (signed(b"\x00\x0a"), ("InvalidFeedId", 10)),
        (signed(b"\x09\x09"), ("DoubleSigningAttempted", 9)),
        (signed(signature=0), ("SchnorrSignatureInvalid",)),
        (signed(signature=CURVE_ORDER), ("SchnorrSignatureInvalid",)),
        (signed(commitment=ZERO_ADDRESS), ("SchnorrSignatureInvalid",)),
    ],
)
def test_as_many_feeds_as_the_bar_sign(
    stage: FeedStage, data: tuple[bytes, str, bytes], error: tuple[object, ...]
) -> None:
    """Neither fewer nor more, each a feed and none twice; counts are cut to a byte."""
    assert stage.refused(STRANGER, "scribe", "poke", (1, stage.now), data) == error


def test_the_largest_signature_below_the_order_is_one(stage: FeedStage) -> None:
    """And order of the feeds does not matter."""
    data = signed(b"\xff\x00", CURVE_ORDER - 1)
    assert stage.call(STRANGER, "scribe", "poke", (1, stage.now), data).ok


def test_every_reader_has_its_own_way_to_say_nothing(stage: FeedStage) -> None:
    """Zero reverts without data, is said to be none, or is read as a price."""
    assert poke(stage, 0, stage.now) == ()
    assert stage.refused(READER, "scribe", "read") == ("",)
    assert stage.refused(READER, "scribe", "readWithAge") == ("",)
    assert stage.values(READER, "scribe", "tryRead") == (False, 0)
    assert stage.values(READER, "scribe", "tryReadWithAge") == (False, 0, 0)
    assert stage.values(READER, "scribe", "peek") == (0, False)
    assert stage.values(READER, "scribe", "latestRoundData") == (1, 0, 0, stage.now, 1)
    assert stage.values(READER, "scribe", "latestAnswer") == (0,)


def test_reads_agree_on_a_value(stage: FeedStage) -> None:
    """The round is for ever the first, and never started."""
    assert poke(stage, 2**128 - 1, stage.now) == ()
    value, age = 2**128 - 1, stage.now
    stage.now += 10 * 365 * 86_400
    assert stage.values(READER, "scribe", "read") == (value,)
    assert stage.values(READER, "scribe", "tryRead") == (True, value)
    assert stage.values(READER, "scribe", "tryReadWithAge") == (True, value, age)
    assert stage.values(READER, "scribe", "peek") == (value, True)
    assert stage.values(READER, "scribe", "peep") == (value, True)
    assert stage.values(READER, "scribe", "latestRoundData") == (1, value, 0, age, 1)
    assert stage.values(STRANGER, "scribe", "decimals") == (18,)
    assert stage.values(STRANGER, "scribe", "wat") == (WAT,)


def test_it_serves_as_a_feed(stage: FeedStage) -> None:
    """A consumer that is on the list gets a round."""
    assert poke(stage, 5, stage.now) == ()
    scribe = stage.world.contracts["scribe"]
    assert isinstance(scribe, Scribe)
    stage.world.sender = READER
    assert Round(*scribe.latestRoundData()) == Round(1, 5, 0, stage.now, 1)


@pytest.mark.parametrize(
    "function",
    [
        "read",
        "tryRead",
        "readWithAge",
        "tryReadWithAge",
        "peek",
        "peep",
        "latestRoundData",
        "latestAnswer",
    ],
)
def test_all_reads_are_for_listed_readers(stage: FeedStage, function: str) -> None:
    """Others are named in the refusal."""
    assert stage.refused(STRANGER, "scribe", function) == ("NotTolled", STRANGER)


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        ("rely", STRANGER),
        ("deny", ADMIN),
        ("kiss", STRANGER),
        ("diss", READER),
        ("lift", FEEDS[0]),
        ("drop", 0),
        ("setBar", 1),
    ],
)
def test_strangers_configure_nothing(stage: FeedStage, function: str, argument: str | int) -> None:
    """They are named in the refusal."""
    assert stage.refused(STRANGER, "scribe", function, argument) == ("NotAuthorized", STRANGER)


def test_whoever_comes_back_to_a_list_is_on_it_twice(stage: FeedStage) -> None:
    """The list of all shows it; events come with changes alone."""
    for function in ("kiss", "diss", "kiss", "kiss"):
        stage.values(ADMIN, "scribe", function, STRANGER)
    assert stage.values(ADMIN, "scribe", "tolled") == ((READER, STRANGER, STRANGER),)
    assert stage.values(ADMIN, "scribe", "tolled", STRANGER) == (True,)
    assert stage.values(ADMIN, "scribe", "bud", STRANGER) == (1,)
    assert stage.call(ADMIN, "scribe", "kiss", STRANGER).events == ()
    assert [e.name for e in stage.call(ADMIN, "scribe", "diss", READER).events] == ["TollRenounced"]
    assert stage.call(ADMIN, "scribe", "diss", READER).events == ()
    stage.values(ADMIN, "scribe", "rely", STRANGER)
    stage.values(STRANGER, "scribe", "deny", ADMIN)
    assert stage.values(ADMIN, "scribe", "authed") == ((STRANGER,),)
    assert stage.values(ADMIN, "scribe", "authed", ADMIN) == (False,)
    assert stage.values(ADMIN, "scribe", "wards", ADMIN) == (0,)


def test_feeds_are_known_by_the_first_byte_of_their_address(stage: FeedStage) -> None:
    """A second one of that byte is refused, the same one again is not, and drops free it."""
    rival = FEEDS[1][:4] + "44" * 19
    assert stage.values(ADMIN, "scribe", "feeds") == (FEEDS,)
    assert stage.values(ADMIN, "scribe", "feeds", 9) == (True, FEEDS[1])
    assert stage.values(ADMIN, "scribe", "feeds", 10) == (False, ZERO_ADDRESS)
    assert stage.values(ADMIN, "scribe", "feeds", rival) == (False,)
    assert stage.refused(ADMIN, "scribe", "lift", rival) == ("",)
    again = stage.call(ADMIN, "scribe", "lift", FEEDS[1])
    assert (again.values, again.events) == ((9,), ())
    dropped = stage.call(ADMIN, "scribe", "drop", (9, 10))
    assert [event.args for event in dropped.events] == [(ADMIN, FEEDS[1])]
    assert stage.values(ADMIN, "scribe", "lift", (rival, FEEDS[0])) == ((9, 0),)
    assert stage.values(ADMIN, "scribe", "feeds", rival) == (True,)


def test_the_bar_is_above_zero(stage: FeedStage) -> None:
    """Zero reverts without data; the bar it has already is no event."""
    assert stage.refused(ADMIN, "scribe", "setBar", 0) == ("",)
    assert stage.call(ADMIN, "scribe", "setBar", 2).events == ()
    assert stage.call(ADMIN, "scribe", "setBar", 3).events[0].args == (ADMIN, 2, 3)
    assert stage.values(ADMIN, "scribe", "bar") == (3,)
    assert poke(stage, 1, stage.now) == ("BarNotReached", 2, 3)


def test_a_scribe_prices_something() -> None:
    """Without a name of what it prices it cannot be made."""
    stage = FeedStage("scribe")
    with pytest.raises(EmptyRevert):
        Scribe(stage.world, "scribe", ADMIN, bytes(32))
