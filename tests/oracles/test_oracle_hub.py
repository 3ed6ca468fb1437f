"""The oracle hub: which rounds count, and what comes of them."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import ADMIN, GENESIS, NODE, who
from tests.oracles.hub_desk import LIQUIDATION, NOW, PRICE_ID, TRADE, HubDesk
from weiproof.engine.parameters import MAX_PRICE
from weiproof.oracles.price_policy import Reason


def ready(*decimals: int, quorum: int = 1) -> HubDesk:
    """Mock feeds of these decimals, all of them sources."""
    desk = HubDesk(*decimals)
    assert desk.configure(*desk.mocks, quorum=quorum).ok
    return desk


@given(st.integers(0, 18), st.integers(1, 10**27))
def test_decimals_are_scaled_exactly(decimals: int, answer: int) -> None:
    """An answer of 0 to 18 decimals becomes a WAD without a rounding, or is too large."""
    desk = ready(decimals)
    desk.answer("m0", answer)
    scaled = answer * 10 ** (18 - decimals)
    if scaled <= MAX_PRICE:
        assert desk.price() == scaled
    else:
        expected = ("PriceTooLarge", (PRICE_ID, desk.address("m0"), answer))
        assert desk.refused() == expected


@pytest.mark.parametrize("decimals", [19, 255])
def test_more_than_18_decimals_are_refused(decimals: int) -> None:
    """They would have to be rounded: the feed cannot be configured."""
    outcome = HubDesk(decimals).configure("m0")
    assert outcome.error == "InvalidConfiguration"
    assert outcome.error_args == (PRICE_ID, b"decimals".ljust(32, b"\0"))


@pytest.mark.parametrize(("purpose", "limit"), [(TRADE, 100), (LIQUIDATION, 500)])
def test_age_equal_to_the_limit_passes(purpose: int, limit: int) -> None:
    """A second more is stale, and the error names time and limit; liquidations wait longer."""
    desk = ready(8)
    desk.answer("m0", 5, age=limit)
    assert desk.price(purpose) == 5 * 10**10
    desk.answer("m0", 5, age=limit + 1)
    expected = ("StalePrice", (PRICE_ID, desk.address("m0"), NOW - limit - 1, limit))
    assert desk.refused(purpose) == expected


def test_the_largest_price_passes() -> None:
    """1e27 WAD counts, one more does not; with fewer decimals the last that fits counts."""
    desk = ready(18, 8)
    desk.answer("m0", MAX_PRICE)
    assert desk.price() == MAX_PRICE
    desk.answer("m0", MAX_PRICE + 1)
    desk.answer("m1", MAX_PRICE // 10**10)
    assert desk.price() == MAX_PRICE
    desk.answer("m1", MAX_PRICE // 10**10 + 1)
    assert desk.refused()[0] == "PriceTooLarge"


@pytest.mark.parametrize("answer", [0, -1, -(2**255)])
def test_answers_must_be_positive(answer: int) -> None:
    """Zero and negative answers do not count."""
    desk = ready(8)
    desk.answer("m0", answer)
    assert desk.refused() == ("NonPositiveAnswer", (PRICE_ID, desk.address("m0"), answer))


def test_a_round_of_this_very_block_passes_and_of_the_next_second_not() -> None:
    """The future is refused before any age could be computed."""
    desk = ready(8)
    desk.answer("m0", 5, age=0)
    desk.price()
    desk.answer("m0", 5, age=-1)
    assert desk.refused() == ("FutureRound", (PRICE_ID, desk.address("m0"), NOW + 1))


@pytest.mark.parametrize(
    ("round_id", "updated_at", "answered_in"), [(7, 0, 7), (7, NOW, 6), (0, 0, 0)]
)
def test_incomplete_rounds_do_not_count(round_id: int, updated_at: int, answered_in: int) -> None:
    """Without an update time, or with the answer of an earlier round."""
    desk = ready(8)
    assert desk.call(ADMIN, "m0", "setRound", round_id, 5, NOW, updated_at, answered_in).ok
    assert desk.refused() == ("IncompleteRound", (PRICE_ID, desk.address("m0"), round_id))


def test_an_answer_of_a_later_round_counts() -> None:
    """Only an earlier round's answer is incomplete."""
    desk = ready(8)
    assert desk.call(ADMIN, "m0", "setRound", 7, 5, NOW, NOW, 8).ok
    assert desk.price() == 5 * 10**10


def test_a_failing_feed_is_unreadable_and_can_recover() -> None:
    """Its revert is contained."""
    desk = ready(8)
    desk.answer("m0", 5)
    assert desk.call(ADMIN, "m0", "setFailing", True).ok
    assert desk.refused() == ("FeedUnreadable", (PRICE_ID, desk.address("m0")))
    assert desk.call(ADMIN, "m0", "setFailing", False).ok
    assert desk.price() == 5 * 10**10


def test_reasons_are_told_per_feed() -> None:
    """Every feed's reason in order, 0 where it counts; liquidations may trust more."""
    desk = ready(8, 8, 8, 8, 8)
    desk.answer("m0", 5)
    desk.answer("m1", -5)
    desk.answer("m2", 5, age=101)
    desk.answer("m3", 10**25)
    assert desk.call(ADMIN, "m4", "setFailing", True).ok
    reasons = [
        Reason.NONE,
        Reason.NON_POSITIVE_ANSWER,
        Reason.STALE_PRICE,
        Reason.PRICE_TOO_LARGE,
        Reason.FEED_UNREADABLE,
    ]
    for purpose in (TRADE, LIQUIDATION):
        outcome = desk.call(ADMIN, "hub", "reasonsOf", PRICE_ID, purpose)
        assert outcome.values == (tuple(int(reason) for reason in reasons),)
        reasons[2] = Reason.NONE


@pytest.mark.parametrize(
    ("answers", "expected"),
    [((7,), 7), ((7, 10), 8), ((7, 10, 3), 7), ((1, 2, 4, 8), 3), ((1, 2, 4, 8, 16), 4)],
)
def test_the_median_in_any_order(answers: tuple[int, ...], expected: int) -> None:
    """The middle one, or the floored average of the middle two, wherever each stands."""
    for order in list(permutations(answers))[:24]:
        desk = ready(*[18] * len(order))
        for i, answer in enumerate(order):
            desk.answer(f"m{i}", answer)
        assert desk.price() == expected


def test_below_the_quorum_the_first_feeds_reason_is_told() -> None:
    """Two of three must be trusted; the first that is not names why."""
    desk = ready(18, 18, 18, quorum=2)
    desk.answer("m0", 10)
    desk.answer("m1", -1)
    desk.answer("m2", 30, age=200)
    expected = ("NonPositiveAnswer", (PRICE_ID, desk.address("m1"), -1))
    assert desk.refused(TRADE) == expected
    assert desk.price(LIQUIDATION) == 20
    desk.answer("m2", 30)
    assert desk.price(TRADE) == 20


def test_feeds_of_different_decimals_meet_in_the_median() -> None:
    """2 dollars in 6 decimals and 3 in 8 average to 2.5."""
    desk = ready(6, 8)
    desk.answer("m0", 2 * 10**6)
    desk.answer("m1", 3 * 10**8)
    assert desk.price() == 25 * 10**17


def test_an_unknown_price_has_no_sources() -> None:
    """It is refused by its id; its count is 0 and it has no reasons."""
    desk = HubDesk()
    assert desk.refused() == ("UnknownPrice", (PRICE_ID,))
    assert desk.call(ADMIN, "hub", "sourceCount", PRICE_ID).values == (0,)
    assert desk.call(ADMIN, "hub", "reasonsOf", PRICE_ID, TRADE).values == ((),)
    assert desk.call(ADMIN, "hub", "sourceOf", PRICE_ID, 0).error_args == (0x32,)


@pytest.mark.parametrize(
    ("feeds", "ages", "liquidation_ages", "quorum", "parameter"),
    [
        (0, 0, 0, 1, "feeds"),
        (6, 6, 6, 1, "feeds"),
        (2, 1, 2, 1, "maxAges"),
        (2, 2, 3, 1, "liquidationMaxAges"),
        (2, 2, 2, 0, "quorum"),
        (2, 2, 2, 3, "quorum"),
    ],
)
def test_a_configuration_has_bounds(
    feeds: int, ages: int, liquidation_ages: int, quorum: int, parameter: str
) -> None:
    """One to five feeds, as many limits of each kind, a quorum that can be reached."""
    desk = HubDesk(*[8] * 6)
    rows = tuple(desk.address(f"m{i}") for i in range(feeds))
    limits = (100,) * ages, (500,) * liquidation_ages
    outcome = desk.call(ADMIN, "hub", "configure", PRICE_ID, rows, *limits, quorum)
    assert outcome.error == "InvalidConfiguration"
    assert outcome.error_args == (PRICE_ID, parameter.encode().ljust(32, b"\0"))


def test_one_feed_counts_once() -> None:
    """The same feed twice would fake a quorum."""
    outcome = HubDesk(8, 8).configure("m0", "m1", "m0", quorum=2)
    assert outcome.error_args == (PRICE_ID, b"feeds".ljust(32, b"\0"))


def test_liquidations_never_have_the_shorter_limit() -> None:
    """The same limit is accepted, a second less is not."""
    desk = HubDesk(8)
    assert desk.configure("m0", max_age=100, liquidation_max_age=100).ok
    outcome = desk.configure("m0", max_age=100, liquidation_max_age=99)
    assert outcome.error_args == (PRICE_ID, b"liquidationMaxAges".ljust(32, b"\0"))


def test_only_the_administrator_configures() -> None:
    """A refused configuration leaves the old one."""
    desk = ready(8)
    feed = (desk.address("m0"),)
    outcome = desk.call(NODE, "hub", "configure", PRICE_ID, feed, (1,), (1,), 1)
    assert outcome.error == "AccessControlUnauthorizedAccount"
    assert desk.call(ADMIN, "hub", "sourceOf", PRICE_ID, 0).values == (
        (desk.address("m0"), 100, 500, 8, (False, False, False, False, 0, 0, 0)),
    )


def test_a_new_configuration_replaces_the_old_one() -> None:
    """Feeds, limits and quorum; the event tells them."""
    desk = ready(8, 8, 8)
    outcome = desk.configure("m2", quorum=1)
    assert outcome.events[0].args == (PRICE_ID, (desk.address("m2"),), 1)
    assert desk.call(ADMIN, "hub", "sourceCount", PRICE_ID).values == (1,)
    assert desk.call(ADMIN, "hub", "quorumOf", PRICE_ID).values == (1,)


def test_what_is_no_contract_is_no_feed() -> None:
    """An address without code reverts without data, as on the chain."""
    desk = HubDesk()
    outcome = desk.call(ADMIN, "hub", "configure", PRICE_ID, (who("nobody"),), (1,), (1,), 1)
    assert (outcome.ok, outcome.error) == (False, "")


def test_a_real_feed_before_its_first_round_is_incomplete() -> None:
    """Zeros are an unwritten round; after the first answer there is a price."""
    desk = HubDesk()
    assert desk.configure("feed").ok
    assert desk.refused() == ("IncompleteRound", (PRICE_ID, desk.address("feed"), 6 << 64))
    assert desk.call(NODE, "feed", "transmit", 5_000, GENESIS).ok
    assert desk.price() == 5_000 * 10**10
