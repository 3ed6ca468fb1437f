"""Tellor's playground takes any report and strikes what is disputed."""

from __future__ import annotations

import pytest

from tests.engine.desk import who
from tests.oracles.feed_stage import FeedStage
from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.keccak import keccak256
from weiproof.oracles.tellor.playground import TellorPlayground
from weiproof.oracles.tellor.playground_token import FAUCET, WITHDRAWAL_DELAY

ALICE, BOB = who("alice"), who("bob")
DATA = b"spot price of ether"
QUERY = keccak256(DATA)


@pytest.fixture
def stage() -> FeedStage:
    """The playground."""
    stage = FeedStage("tellor")
    TellorPlayground(stage.world, "tellor")
    return stage


def report(
    stage: FeedStage, value: bytes, nonce: int = 0, query: bytes = QUERY
) -> tuple[object, ...]:
    """Reports a value; the error, or nothing."""
    outcome = stage.call(ALICE, "tellor", "submitValue", query, value, nonce, DATA)
    return () if outcome.ok else (outcome.error, *outcome.error_args)


def index_before(stage: FeedStage, at: int) -> tuple[object, ...]:
    """Which report is read before a time."""
    return stage.values(BOB, "tellor", "getIndexForDataBefore", QUERY, at)


def test_a_report_is_checked_in_order(stage: FeedStage) -> None:
    """First that there is a value, then its nonce, then that the id is the hash of the data."""
    assert report(stage, b"", 9, bytes(32)) == ("Error", "value must be submitted")
    assert report(stage, b"1", 9, b"\xff" * 32) == ("Error", "nonce must match timestamp index")
    assert report(stage, b"1", 0, b"\xff" * 32) == ("Error", "id must be hash of bytes data")
    assert report(stage, b"1", 0, (101).to_bytes(32, "big"))[0] == "Error"
    assert report(stage, b"1", 0, (100).to_bytes(32, "big")) == ()


def test_a_nonce_is_the_count_or_zero(stage: FeedStage) -> None:
    """Zero is always right."""
    assert [report(stage, b"1", nonce) for nonce in (0, 1, 0)] == [(), (), ()]
    assert report(stage, b"1", 2) == ("Error", "nonce must match timestamp index")
    assert report(stage, b"1", 3) == ()


def test_a_second_report_in_a_block_replaces_the_first(stage: FeedStage) -> None:
    """Both are counted, at the same time, and its value is read for both."""
    report(stage, b"1")
    report(stage, b"2")
    assert stage.values(BOB, "tellor", "getNewValueCountbyQueryId", QUERY) == (2,)
    assert stage.values(BOB, "tellor", "retrieveData", QUERY, stage.now) == (b"2",)
    assert index_before(stage, stage.now + 1) == (True, 1)


def test_what_is_read_before_a_time_is_strictly_before_it(stage: FeedStage) -> None:
    """At its own time a report is not there yet."""
    first = stage.now
    report(stage, b"1")
    stage.now += 10
    report(stage, b"2")
    assert index_before(stage, first) == (False, 0)
    assert index_before(stage, first + 1) == (True, 0)
    assert index_before(stage, stage.now) == (True, 0)
    assert index_before(stage, stage.now + 1) == (True, 1)


def test_disputed_reports_are_skipped(stage: FeedStage) -> None:
    """Back to the last one that is not; where all are, there is none."""
    times = []
    for value in (b"1", b"2", b"3"):
        report(stage, value)
        times.append(stage.now)
        stage.now += 10
    for at in times[1:]:
        stage.values(BOB, "tellor", "beginDispute", QUERY, at)
    found = stage.values(BOB, "tellor", "getDataBefore", QUERY, stage.now)
    assert found == (True, b"1", times[0])
    stage.values(BOB, "tellor", "beginDispute", QUERY, times[0])
    assert stage.values(BOB, "tellor", "getDataBefore", QUERY, stage.now) == (False, b"", 0)


def test_a_dispute_lasts_and_is_numbered(stage: FeedStage) -> None:
    """A new report in the same block stays disputed; what never was reported can be."""
    report(stage, b"1")
    stage.values(BOB, "tellor", "beginDispute", QUERY, 7)
    stage.values(BOB, "tellor", "beginDispute", QUERY, stage.now)
    stage.values(BOB, "tellor", "beginDispute", QUERY, stage.now)
    report(stage, b"2")
    assert stage.values(BOB, "tellor", "isInDispute", QUERY, stage.now) == (True,)
    assert stage.values(BOB, "tellor", "retrieveData", QUERY, stage.now) == (b"2",)
    votes = keccak256(QUERY + stage.now.to_bytes(32, "big"))
    assert stage.values(BOB, "tellor", "getVoteRounds", votes) == ((2, 3),)
    assert stage.refused(BOB, "tellor", "voteRounds", votes, 2) == ("",)
    assert stage.refused(BOB, "tellor", "timestamps", QUERY, 2) == ("",)
    assert stage.values(BOB, "tellor", "getTimestampbyQueryIdandIndex", QUERY, 2) == (0,)


def test_a_stake_takes_seven_days_to_come_back(stage: FeedStage) -> None:
    """A second earlier it does not, and there must be something to come back."""
    stage.values(ALICE, "tellor", "faucet", ALICE)
    stage.values(ALICE, "tellor", "approve", stage.address("tellor"), FAUCET)
    stage.values(ALICE, "tellor", "depositStake", FAUCET)
    stage.values(ALICE, "tellor", "requestStakingWithdraw", 5)
    stage.now += WITHDRAWAL_DELAY - 1
    assert stage.refused(ALICE, "tellor", "withdrawStake") == ("Error", "7 days didn't pass")
    stage.now += 1
    assert stage.call(ALICE, "tellor", "withdrawStake").ok
    assert stage.values(ALICE, "tellor", "balanceOf", ALICE) == (5,)
    stage.now += WITHDRAWAL_DELAY
    text = "reporter not locked for withdrawal"
    assert stage.refused(ALICE, "tellor", "withdrawStake") == ("Error", text)


def test_what_was_asked_back_is_staked_first(stage: FeedStage) -> None:
    """The rest is taken of the caller's tokens, against an allowance that does not shrink."""
    tellor = stage.address("tellor")
    stage.values(ALICE, "tellor", "faucet", ALICE)
    stage.values(ALICE, "tellor", "approve", tellor, 100)
    stage.values(ALICE, "tellor", "depositStake", 100)
    stage.values(ALICE, "tellor", "requestStakingWithdraw", 60)
    stage.values(ALICE, "tellor", "depositStake", 160)
    assert stage.values(ALICE, "tellor", "allowance", ALICE, tellor) == (100,)
    assert stage.values(ALICE, "tellor", "allowance", ALICE, ALICE) == (0,)
    _, staked, locked, *_ = stage.values(ALICE, "tellor", "getStakerInfo", ALICE)
    assert (staked, locked) == (200, 0)
    assert stage.refused(ALICE, "tellor", "depositStake", 101) == ("Panic", 0x11)


def test_tokens_move_as_an_old_erc20_does(stage: FeedStage) -> None:
    """Texts for the zero address, panics for too little."""
    assert stage.refused(ALICE, "tellor", "transfer", BOB, 1) == ("Panic", 0x11)
    texts = {
        "faucet": (("mint to", ZERO_ADDRESS),),
        "approve": (("approve to", ZERO_ADDRESS, 1),),
        "transfer": (("transfer to", ZERO_ADDRESS, 0),),
        "transferFrom": (
            ("transfer from", ZERO_ADDRESS, BOB, 0),
            ("transfer to", BOB, ZERO_ADDRESS, 0),
        ),
    }
    for function, cases in texts.items():
        for text, *args in cases:
            refused = stage.refused(ALICE, "tellor", function, *args)
            assert refused == ("Error", f"ERC20: {text} the zero address")
