"""Maker's median takes an odd number of signed prices in order and keeps the middle one."""

from __future__ import annotations

import pytest

from tests.oracles.feed_stage import ADMIN, FeedStage
from weiproof.contracts.chains import actor
from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.oracles.maker.median import Median

READER, STRANGER = actor("reader"), actor("stranger")
ORACLES = tuple(f"0x{i:02x}" + "11" * 19 for i in (0, 7, 254, 255))
"""Signers with different first bytes, the lowest and the highest among them."""


@pytest.fixture
def stage() -> FeedStage:
    """A median that three must sign, with four oracles and one reader."""
    stage = FeedStage("median")
    Median(stage.world, "median", ADMIN)
    stage.values(ADMIN, "median", "lift", ORACLES)
    stage.values(ADMIN, "median", "setBar", 3)
    stage.values(ADMIN, "median", "kiss", READER)
    return stage


def poke(stage: FeedStage, *values: int, ages: tuple[int, ...] = ()) -> tuple[object, ...]:
    """Pokes prices of the first oracles, stamped now; the error, or nothing."""
    stamps = ages or (stage.now,) * len(values)
    outcome = stage.call(STRANGER, "median", "poke", values, stamps, ORACLES[: len(values)])
    return () if outcome.ok else (outcome.error, *outcome.error_args)


def test_the_middle_price_is_kept_with_the_time_of_the_block(stage: FeedStage) -> None:
    """Not with the times that were signed; anybody may poke, and the event says both."""
    stamps = (stage.now - 9, stage.now + 10**9, stage.now - 9)
    outcome = stage.call(
        STRANGER, "median", "poke", (5, 6, 9), stamps, (ORACLES[2], ORACLES[0], ORACLES[3])
    )
    assert [(event.name, event.args) for event in outcome.events] == [
        ("LogMedianPrice", (6, stage.now))
    ]
    assert stage.values(READER, "median", "read") == (6,)
    assert stage.values(STRANGER, "median", "age") == (stage.now,)


def test_an_age_must_be_above_the_block_time_of_the_poke_before(stage: FeedStage) -> None:
    """That second itself is stale, the next one is not."""
    assert poke(stage, 1, 2, 3) == ()
    first = stage.now
    stage.now += 60
    stale = ("Error", "Median/stale-message")
    assert poke(stage, 1, 2, 3, ages=(first + 1, first, first + 1)) == stale
    assert poke(stage, 1, 2, 3, ages=(first + 1,) * 3) == ()


@pytest.mark.parametrize("values", [(), (1,), (1, 2), (1, 2, 3, 4)])
def test_exactly_as_many_as_the_bar_must_sign(stage: FeedStage, values: tuple[int, ...]) -> None:
    """Fewer and more get the same text."""
    assert poke(stage, *values) == ("Error", "Median/bar-too-low")


def test_prices_must_not_fall(stage: FeedStage) -> None:
    """Equal ones are in order."""
    assert poke(stage, 5, 5, 5) == ()
    stage.now += 1
    assert poke(stage, 5, 6, 5) == ("Error", "Median/messages-not-in-order")


def test_each_price_is_checked_in_turn(stage: FeedStage) -> None:
    """Signer, age, order, and whether it signed before: the first that fails names the reason."""

    def refused(*signers: str, ages: tuple[int, ...], values: tuple[int, ...]) -> object:
        return stage.refused(STRANGER, "median", "poke", values, ages, signers)[1]

    now = stage.now
    twice = ORACLES[0][:4] + "22" * 19  # another signer in the same slot cannot be lifted
    assert refused(twice, *ORACLES[1:3], ages=(0, 0, 0), values=(3, 2, 1)) == (
        "Median/invalid-oracle"
    )
    assert refused(ZERO_ADDRESS, *ORACLES[1:3], ages=(now,) * 3, values=(1, 2, 3)) == (
        "Median/invalid-oracle"
    )
    assert refused(*ORACLES[:3], ages=(now, 0, now), values=(3, 2, 1)) == "Median/stale-message"
    same = (ORACLES[0], ORACLES[0], ORACLES[1])
    assert refused(*same, ages=(now,) * 3, values=(3, 2, 4)) == "Median/messages-not-in-order"
    assert refused(*same, ages=(now,) * 3, values=(1, 2, 4)) == "Median/oracle-already-signed"


def test_an_array_that_ends_early_reverts_without_data(stage: FeedStage) -> None:
    """After the prices before its end have been checked."""
    now = stage.now
    assert stage.refused(STRANGER, "median", "poke", (1, 2, 3), (now, now), ORACLES[:3]) == ("",)
    short = ((1, 2, 3), (now, 0), ORACLES[:3])
    assert stage.refused(STRANGER, "median", "poke", *short)[1] == "Median/stale-message"
    longer = ((1, 2, 3), (now,) * 4, ORACLES)
    assert stage.call(STRANGER, "median", "poke", *longer).ok


def test_a_price_is_cut_to_128_bits(stage: FeedStage) -> None:
    """The order is that of whole numbers, what is kept are their lowest bits."""
    assert poke(stage, 1, 2**128 + 7, 2**200) == ()
    assert stage.values(READER, "median", "peek") == (7, True)
    stage.now += 1
    assert poke(stage, 1, 2**128, 2**200) == ()
    assert stage.values(READER, "median", "peek") == (0, False)
    assert stage.refused(READER, "median", "read") == ("Error", "Median/invalid-price-feed")


def test_a_price_never_gets_too_old_to_read(stage: FeedStage) -> None:
    """Ten years later it is read as if it were new."""
    assert poke(stage, 1, 2, 3) == ()
    stage.now += 10 * 365 * 86_400
    assert stage.values(READER, "median", "read") == (2,)


def test_only_listed_readers_read(stage: FeedStage) -> None:
    """Others are told so, also when there is a price; whoever is let go is one of them."""
    assert poke(stage, 1, 2, 3) == ()
    refusal = ("Error", "Median/contract-not-whitelisted")
    assert stage.refused(STRANGER, "median", "read") == refusal
    assert stage.refused(STRANGER, "median", "peek") == refusal
    stage.values(ADMIN, "median", "kiss", (STRANGER, READER))
    assert stage.values(STRANGER, "median", "read") == (2,)
    stage.values(ADMIN, "median", "diss", (STRANGER,))
    stage.values(ADMIN, "median", "diss", READER)
    assert stage.refused(READER, "median", "read") == refusal
    assert stage.values(ADMIN, "median", "bud", READER) == (0,)


def test_the_bar_is_odd(stage: FeedStage) -> None:
    """Zero and even numbers are refused."""
    assert stage.refused(ADMIN, "median", "setBar", 0) == ("Error", "Median/quorum-is-zero")
    refusal = ("Error", "Median/quorum-not-odd-number")
    assert stage.refused(ADMIN, "median", "setBar", 2) == refusal
    stage.values(ADMIN, "median", "setBar", 5)
    assert stage.values(ADMIN, "median", "bar") == (5,)


def test_one_oracle_a_first_byte(stage: FeedStage) -> None:
    """A second one is refused; dropping it frees the slot of the first, who still may sign."""
    rival = ORACLES[1][:4] + "22" * 19
    taken = ("Error", "Median/signer-already-exists")
    assert stage.refused(ADMIN, "median", "lift", (rival,)) == taken
    stage.values(ADMIN, "median", "drop", (rival,))
    assert stage.values(ADMIN, "median", "slot", 7) == (ZERO_ADDRESS,)
    assert stage.values(ADMIN, "median", "orcl", ORACLES[1]) == (1,)
    stage.values(ADMIN, "median", "lift", (rival,))
    assert stage.values(ADMIN, "median", "slot", 7) == (rival,)
    assert stage.refused(ADMIN, "median", "lift", (ZERO_ADDRESS,)) == (
        "Error",
        "Median/no-oracle-0",
    )


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        ("rely", STRANGER),
        ("deny", ADMIN),
        ("kiss", READER),
        ("diss", READER),
        ("lift", ()),
        ("drop", ()),
        ("setBar", 1),
    ],
)
def test_strangers_configure_nothing(
    stage: FeedStage, function: str, argument: str | int | tuple[str, ...]
) -> None:
    """Each such function names the reason; a ward that was let go is a stranger."""
    refusal = ("Error", "Median/not-authorized")
    assert stage.refused(STRANGER, "median", function, argument) == refusal
    stage.values(ADMIN, "median", "rely", STRANGER)
    stage.values(STRANGER, "median", "deny", ADMIN)
    assert stage.refused(ADMIN, "median", function, argument) == refusal
    assert stage.values(ADMIN, "median", "wards", STRANGER) == (1,)


def test_the_zero_address_cannot_read(stage: FeedStage) -> None:
    """Alone and among others; the others are then not let in either."""
    refusal = ("Error", "Median/no-contract-0")
    assert stage.refused(ADMIN, "median", "kiss", ZERO_ADDRESS) == refusal
    assert stage.refused(ADMIN, "median", "kiss", (STRANGER, ZERO_ADDRESS)) == refusal
    assert stage.values(ADMIN, "median", "bud", STRANGER) == (0,)
    assert stage.values(ADMIN, "median", "wat") == (b"ethusd".ljust(32, b"\0"),)
