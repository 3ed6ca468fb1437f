"""Adapters keep what relayers push, and feeds stamp it with the time of the block."""

from __future__ import annotations

import pytest

from tests.engine.desk import who
from tests.oracles.feed_stage import FeedStage
from weiproof.engine.call import bytes32
from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.keccak import keccak256
from weiproof.oracles.redstone.adapter import (
    PriceFeedsAdapterWithoutRounds,
    PriceFeedsAdapterWithRounds,
    Settings,
)
from weiproof.oracles.redstone.multi_feed import MAX_STALENESS, MultiFeedAdapterWithoutRounds
from weiproof.oracles.redstone.payload import message, payload, signed
from weiproof.oracles.redstone.price_feed import (
    MergedPriceFeedAdapterWithoutRounds,
    MergedPriceFeedAdapterWithRounds,
    PriceFeedWithoutRounds,
    PriceFeedWithoutRoundsForMultiFeedAdapter,
    PriceFeedWithRounds,
)
from weiproof.oracles.redstone.signatures import address_of
from weiproof.oracles.round import Round

KEYS = tuple(keccak256(f"test signer {i}".encode()) for i in range(2))
ETH, BTC = bytes32("ETH"), bytes32("BTC")
SETTINGS = Settings(tuple(map(address_of, KEYS)), 1, (ETH, BTC))
RELAYER = who("relayer")


@pytest.fixture
def stage() -> FeedStage:
    """An adapter of each kind, and a feed in front of each."""
    stage = FeedStage(
        "rounds", "latest", "multi", "merged", "single", "ofRounds", "ofLatest", "ofMulti"
    )
    world = stage.world
    PriceFeedsAdapterWithRounds(world, "rounds", SETTINGS)
    PriceFeedsAdapterWithoutRounds(world, "latest", SETTINGS)
    MultiFeedAdapterWithoutRounds(world, "multi", SETTINGS)
    MergedPriceFeedAdapterWithRounds(world, "merged", SETTINGS._replace(feed_ids=(ETH,)))
    MergedPriceFeedAdapterWithoutRounds(world, "single", SETTINGS._replace(feed_ids=(ETH,)))
    PriceFeedWithRounds(world, "ofRounds", stage.address("rounds"), ETH)
    PriceFeedWithoutRounds(world, "ofLatest", stage.address("latest"), BTC)
    PriceFeedWithoutRoundsForMultiFeedAdapter(world, "ofMulti", stage.address("multi"), ETH)
    return stage


def pushed(at: int, eth: int, btc: int = 60_000) -> bytes:
    """A payload of both signers."""
    text = message(((ETH, eth), (BTC, btc)), at)
    return payload(signed(text, key) for key in KEYS)


def push(
    stage: FeedStage, target: str, eth: int, behind: int = 0, btc: int = 60_000
) -> tuple[object, ...]:
    """Pushes values that are some seconds old; the error, or the events."""
    at = (stage.now - behind) * 1000 + 500
    made = pushed(at, eth, btc)
    if target == "multi":
        outcome = stage.call(RELAYER, target, "updateDataFeedsValuesPartial", (ETH, BTC), made)
    else:
        outcome = stage.call(RELAYER, target, "updateDataFeedsValues", at, made)
    if not outcome.ok:
        return (outcome.error, *outcome.error_args)
    return tuple((event.name, event.args) for event in outcome.events)


def read(
    stage: FeedStage, feed: str, function: str = "latestRoundData", *args: int
) -> tuple[object, ...]:
    """What a feed answers."""
    return stage.values(RELAYER, feed, function, *args)


def test_both_times_of_the_latest_round_are_the_blocks(stage: FeedStage) -> None:
    """Data that are three minutes old look new."""
    assert push(stage, "rounds", 2000, behind=180) == ()
    assert push(stage, "latest", 2000, behind=180) == ()
    assert read(stage, "ofRounds") == (1, 2000, stage.now, stage.now, 1)
    assert read(stage, "ofLatest") == (1, 60_000, stage.now, stage.now, 1)


def test_a_round_that_is_read_by_its_id_starts_at_the_time_of_its_data(stage: FeedStage) -> None:
    """In whole seconds; another round than those written is not found."""
    push(stage, "rounds", 2000, behind=100)
    stage.now += 3
    push(stage, "rounds", 2001)
    assert read(stage, "ofRounds") == (2, 2001, stage.now, stage.now, 2)
    past = stage.now - 3
    assert read(stage, "ofRounds", "getRoundData", 1) == (1, 2000, past - 100, past, 1)
    assert stage.refused(RELAYER, "ofRounds", "getRoundData", 0) == ("RoundNotFound", 0)
    assert stage.refused(RELAYER, "ofRounds", "getRoundData", 3) == ("RoundNotFound", 3)


def test_without_rounds_there_is_round_1_only(stage: FeedStage) -> None:
    """It is the latest; asked for any other the feed reverts."""
    push(stage, "latest", 2000)
    stage.now += 3
    push(stage, "latest", 2001, btc=7)
    assert read(stage, "ofLatest", "getRoundData", 1) == (1, 7, stage.now, stage.now, 1)
    refused = stage.refused(RELAYER, "ofLatest", "getRoundData", 2)
    assert refused == ("GetRoundDataCanBeOnlyCalledWithLatestRound", 2)


def test_three_seconds_pass_between_updates(stage: FeedStage) -> None:
    """Two are too few; a refused update leaves nothing behind."""
    push(stage, "rounds", 2000, behind=10)
    last = stage.now
    stage.now += 2
    early = ("MinIntervalBetweenUpdatesHasNotPassedYet", stage.now, last, 3)
    assert push(stage, "rounds", 2001) == early
    stage.now += 1
    assert push(stage, "rounds", 2001) == ()
    assert read(stage, "ofRounds")[0] == 2


def test_data_must_be_newer_than_before(stage: FeedStage) -> None:
    """The same milliseconds are not, one more is."""
    at = stage.now * 1000
    assert stage.call(RELAYER, "rounds", "updateDataFeedsValues", at, pushed(at, 1)).ok
    stage.now += 3
    again = stage.refused(RELAYER, "rounds", "updateDataFeedsValues", at, pushed(at, 1))
    assert again == ("DataTimestampShouldBeNewerThanBefore", at, at)
    assert stage.call(RELAYER, "rounds", "updateDataFeedsValues", at + 1, pushed(at + 1, 1)).ok


def test_packages_must_be_of_the_proposed_time(stage: FeedStage) -> None:
    """Except in a simulated call from the zero address."""
    at = stage.now * 1000
    refused = stage.refused(RELAYER, "rounds", "updateDataFeedsValues", at + 1, pushed(at, 1))
    assert refused == ("DataPackageTimestampMismatch", at + 1, at)
    assert stage.call(ZERO_ADDRESS, "rounds", "updateDataFeedsValues", at + 1, pushed(at, 1)).ok


@pytest.mark.parametrize("target", ["rounds", "latest"])
def test_a_zero_refuses_the_whole_update(stage: FeedStage, target: str) -> None:
    """Also of the feed that is good."""
    assert push(stage, target, 2000, btc=0) == ("DataFeedValueCannotBeZero", BTC)
    refused = stage.refused(RELAYER, target, "getValueForDataFeed", ETH)
    assert refused == ("DataFeedValueCannotBeZero", ETH)


def test_an_answer_has_255_bits(stage: FeedStage) -> None:
    """A larger value is stored and cannot be read; merged feeds refuse to store it."""
    push(stage, "rounds", 2**255)
    refused = stage.refused(RELAYER, "ofRounds", "latestRoundData")
    assert refused == ("UnsafeUintToIntConversion", 2**255)
    text = "SafeCast: value doesn't fit in an int256"
    assert push(stage, "merged", 2**255) == ("Error", text)
    push(stage, "multi", 2**255)
    assert stage.refused(RELAYER, "ofMulti", "latestRoundData") == ("Error", text)
    refused = stage.refused(RELAYER, "ofMulti", "latestAnswer")
    assert refused == ("UnsafeUintToIntConversion", 2**255)


def test_merged_feeds_are_their_own_adapters(stage: FeedStage) -> None:
    """Each update is told by an event, with the round where there are rounds."""
    push(stage, "merged", 1999)
    push(stage, "single", 1999)
    stage.now += 3
    merged, single = push(stage, "merged", 2000), push(stage, "single", 2000)
    assert merged == (("AnswerUpdated", (2000, 2, stage.now)),)
    assert single == (("AnswerUpdated", (2000, 1, stage.now)),)
    assert read(stage, "merged") == (2, 2000, stage.now, stage.now, 2)
    assert read(stage, "single") == (1, 2000, stage.now, stage.now, 1)


def test_a_multi_feed_adapter_skips_what_it_cannot_take(stage: FeedStage) -> None:
    """Feed by feed: in the same block, with data that are not newer, and zero."""
    skipped = "UpdateSkipDueTo"
    assert push(stage, "multi", 2000, btc=0) == (
        ("ValueUpdate", (2000, ETH, stage.now)),
        (f"{skipped}InvalidValue", (BTC,)),
    )
    assert push(stage, "multi", 2001) == (
        (f"{skipped}BlockTimestamp", (ETH,)),
        ("ValueUpdate", (60_000, BTC, stage.now)),
    )
    stage.now += 1
    assert push(stage, "multi", 2001, behind=1) == (
        (f"{skipped}DataTimestamp", (ETH,)),
        (f"{skipped}DataTimestamp", (BTC,)),
    )


def test_a_multi_feed_value_is_unreadable_at_30_hours(stage: FeedStage) -> None:
    """A second earlier it is not."""
    push(stage, "multi", 2000)
    at = stage.now
    stage.now = at + MAX_STALENESS - 1
    assert read(stage, "ofMulti") == (1, 2000, at, at, 1)
    stage.now += 1
    refused = stage.refused(RELAYER, "ofMulti", "latestRoundData")
    assert refused == ("InvalidLastUpdateDetails", ETH, at * 1000 + 500, at, 2000)


def test_a_feed_without_its_adapter_reverts_without_data(stage: FeedStage) -> None:
    """As it does on an adapter that has no rounds."""
    stage.world.addresses["lost"] = who("contract lost")
    PriceFeedWithRounds(stage.world, "lost", stage.address("latest"), ETH)
    assert stage.refused(RELAYER, "lost", "latestRoundData") == ("",)


def test_a_feed_is_initialized_once(stage: FeedStage) -> None:
    """By anybody."""
    assert stage.call(RELAYER, "ofRounds", "initialize").events[0].args == (1,)
    text = "Initializable: contract is already initialized"
    assert stage.refused(who("other"), "ofRounds", "initialize") == ("Error", text)


def test_a_consumer_reads_a_round(stage: FeedStage) -> None:
    """The twin answers the hub with the same numbers."""
    push(stage, "rounds", 2000)
    feed = stage.world.contracts["ofRounds"]
    assert isinstance(feed, PriceFeedWithRounds)
    found = Round(*feed.latestRoundData())
    assert (found.round_id, found.answer, found.updated_at) == (1, 2000, stage.now)
