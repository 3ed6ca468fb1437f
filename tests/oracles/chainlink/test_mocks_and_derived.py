"""Feeds that are set by hand, and prices derived from two of them."""

from __future__ import annotations

import pytest

from tests.engine.desk import who
from tests.oracles.feed_stage import ADMIN, FeedStage
from weiproof.engine.errors import RevertReason
from weiproof.oracles.chainlink.derived_price_feed import DerivedPriceFeed
from weiproof.oracles.chainlink.mock_v3_aggregator import MockV3Aggregator
from weiproof.oracles.round import Round

GUEST = who("guest")
OVERFLOW, DIVISION_BY_ZERO = ("Panic", 0x11), ("Panic", 0x12)
LEAST_INT = -(2**255)


def over(base: int, quote: int, decimals: int) -> FeedStage:
    """A derived feed over two mocks of some decimals."""
    made = FeedStage("base", "quote", "derived")
    MockV3Aggregator(made.world, "base", base, 1)
    MockV3Aggregator(made.world, "quote", quote, 1)
    feeds = (made.address("base"), made.address("quote"))
    DerivedPriceFeed(made.world, "derived", *feeds, decimals)
    return made


def answers(stage: FeedStage, base: int, quote: int) -> None:
    """Sets both."""
    stage.values(GUEST, "base", "updateAnswer", base)
    stage.values(GUEST, "quote", "updateAnswer", quote)


def price(stage: FeedStage) -> object:
    """The derived price."""
    return stage.values(GUEST, "derived", "latestRoundData")[1]


def test_a_price_over_another() -> None:
    """15 dollars over 0.40 dollars are 37.5, whatever the decimals."""
    for base, quote, decimals in ((8, 8, 18), (18, 8, 8), (8, 18, 2), (0, 1, 18)):
        stage = over(base, quote, decimals)
        answers(stage, 15 * 10**base, 4 * 10**quote // 10)
        assert price(stage) == 375 * 10**decimals // 10


def test_quotients_truncate_toward_zero() -> None:
    """-1 over 3 with one decimal is -0.3."""
    stage = over(0, 0, 1)
    answers(stage, -1, 3)
    assert price(stage) == -3


def test_a_divisor_that_truncates_to_zero() -> None:
    """A price below the feed's last decimal panics as a division by zero, as 0 does."""
    stage = over(8, 18, 8)
    answers(stage, 10**8, 10**10 - 1)
    assert stage.refused(GUEST, "derived", "latestRoundData") == DIVISION_BY_ZERO
    answers(stage, 10**8, 0)
    assert stage.refused(GUEST, "derived", "latestRoundData") == DIVISION_BY_ZERO


def test_what_leaves_256_bits() -> None:
    """The largest base that can be scaled is priced, the next one panics."""
    stage = over(18, 18, 18)
    most = (2**255 - 1) // 10**18
    answers(stage, most, 1)
    assert price(stage) == most * 10**18
    answers(stage, most + 1, 1)
    assert stage.refused(GUEST, "derived", "latestRoundData") == OVERFLOW


def test_powers_of_ten_that_do_not_fit() -> None:
    """10**77 turns negative as it is cast, and divides so; 10**78 panics."""
    stage = over(94, 17, 17)
    answers(stage, LEAST_INT, 1)
    assert LEAST_INT // (10**77 - 2**256) == 3
    assert price(stage) == 3 * 10**17
    stage = over(95, 17, 17)
    assert stage.refused(GUEST, "derived", "latestRoundData") == OVERFLOW


def test_it_is_never_stale() -> None:
    """Both times are the reader's, a year after the rounds; ids are 0 and rounds there are none."""
    stage = over(8, 8, 8)
    stage.now += 365 * 86_400
    assert stage.values(GUEST, "derived", "latestRoundData") == (0, 10**8, stage.now, stage.now, 0)
    reason = ("Error", "not implemented - use latestRoundData()")
    assert stage.refused(GUEST, "derived", "getRoundData", 0) == reason
    derived = stage.world.contracts["derived"]
    assert isinstance(derived, DerivedPriceFeed)
    assert Round(*derived.latestRoundData()) == Round(0, 10**8, stage.now, stage.now, 0)


def test_what_the_derived_feed_tells_of_itself() -> None:
    """Both feeds, decimals, version."""
    stage = over(8, 18, 6)
    assert stage.values(GUEST, "derived", "BASE") == (stage.address("base"),)
    assert stage.values(GUEST, "derived", "QUOTE") == (stage.address("quote"),)
    assert stage.values(GUEST, "derived", "DECIMALS") == (6,)
    assert stage.values(GUEST, "derived", "decimals") == (6,)
    assert stage.values(GUEST, "derived", "version") == (0,)
    assert stage.values(GUEST, "derived", "description") == ("DerivedPriceFeed.sol",)


@pytest.mark.parametrize("decimals", [0, 19])
def test_decimals_it_cannot_have(decimals: int) -> None:
    """None, and more than 18, are refused at construction."""
    with pytest.raises(RevertReason, match="Invalid _decimals"):
        over(8, 8, decimals)


def test_any_round_becomes_the_latest() -> None:
    """A round that was set is the latest with its own times, also where its id is lower."""
    stage = FeedStage("mock")
    mock = MockV3Aggregator(stage.world, "mock", 8, 1900)
    stage.values(ADMIN, "mock", "updateRoundData", 9, 2000, 20, 10)
    assert Round(*mock.latestRoundData()) == Round(9, 2000, 10, 20, 9)
    stage.values(ADMIN, "mock", "updateRoundData", 4, -1, 2, 1)
    assert stage.values(GUEST, "mock", "latestRoundData") == (4, -1, 1, 2, 4)
    assert stage.values(GUEST, "mock", "getRoundData", 9) == (9, 2000, 10, 20, 9)
    assert stage.values(GUEST, "mock", "getRoundData", 10) == (10, 0, 0, 0, 10)


def test_an_id_beyond_80_bits() -> None:
    """Round data shows its low bits, the round's number all of them."""
    stage = FeedStage("mock")
    MockV3Aggregator(stage.world, "mock", 8, 1900)
    stage.values(ADMIN, "mock", "updateRoundData", 2**80 - 1, 1, 1, 1)
    stage.values(ADMIN, "mock", "updateAnswer", 7)
    assert stage.values(GUEST, "mock", "latestRound") == (2**80,)
    assert stage.values(GUEST, "mock", "latestRoundData") == (0, 7, stage.now, stage.now, 0)
    assert stage.values(GUEST, "mock", "getAnswer", 0) == (0,)
