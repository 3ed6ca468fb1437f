"""The hub's policies: reducers, rules of feeds, anchors, steps, leniency and the sequencer."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.engine.desk import ADMIN, who
from tests.oracles.hub_desk import LIQUIDATION, NOW, PRICE_ID, TRADE, HubDesk
from weiproof.engine.call import bytes32
from weiproof.engine.records import DEPOSIT, REDUCE, SETTLE, WITHDRAW
from weiproof.oracles.price_policy import NO_LIMIT, Reducer
from weiproof.oracles.price_records import LENIENT, PURPOSES

ALICE = who("alice")
ANCHOR = bytes32("anchor")
NONE = bytes(32)
UNIT = 10**10
"""WAD of one unit of an answer with eight decimals."""


def desk(*answers: int, quorum: int = 1) -> HubDesk:
    """One mock of eight decimals for each answer, each a second older than the one before."""
    made = HubDesk(*(8 for _ in answers))
    assert made.configure(*made.mocks, quorum=quorum).ok
    for age, (name, answer) in enumerate(zip(made.mocks, answers, strict=True)):
        made.answer(name, answer, age=age)
    return made


def policy(
    at: HubDesk,
    reducer: int = Reducer.MEDIAN,
    lenient: int = LENIENT,
    deviation: int = 0,
    step: int = 0,
    anchor: bytes = NONE,
) -> None:
    """Sets the policy of the price."""
    given = (int(reducer), lenient, deviation, step, anchor)
    outcome = at.call(ADMIN, "hub", "setPolicy", PRICE_ID, given)
    assert outcome.ok, (outcome.error, outcome.error_args)


def rules(at: HubDesk, **given: int) -> None:
    """Sets the rules of the first feed."""
    names = ("exclusive", "zero", "any_round", "future_panics", "ahead", "low", "high")
    fields = tuple(given.get(name, 0) for name in names)
    flags = tuple(map(bool, fields[:4]))
    assert at.call(ADMIN, "hub", "setRules", PRICE_ID, 0, (*flags, *fields[4:])).ok


def asked(at: HubDesk, purpose: int = TRADE) -> object:
    """The price in units of an answer, or the name of the error."""
    outcome = at.call(ALICE, "hub", "price", PRICE_ID, purpose)
    return Fraction(int(str(outcome.values[0])), UNIT) if outcome.ok else outcome.error


@pytest.mark.parametrize(
    ("reducer", "expected"),
    [
        (Reducer.MEDIAN, 302.5),
        (Reducer.UPPER_MEDIAN, 305),
        (Reducer.MEAN, 301.25),
        (Reducer.MIN, 200),
        (Reducer.MAX, 400),
        (Reducer.RECENT, 305),
        (Reducer.FIRST, 305),
    ],
)
def test_each_reducer_makes_its_price(reducer: Reducer, expected: float) -> None:
    """Of 305, 200, 400 and 300, the first of them the latest."""
    at = desk(305, 200, 400, 300)
    policy(at, reducer)
    assert asked(at) == expected


def test_the_first_feed_that_counts_is_a_chain_of_fallbacks() -> None:
    """The second takes over when the first is stale; the latest update is another thing."""
    at = desk(305, 200, 400)
    policy(at, Reducer.FIRST)
    at.answer("m0", 305, age=101)
    assert asked(at) == 200
    policy(at, Reducer.RECENT)
    at.answer("m2", 400, age=0)
    assert asked(at) == 400


@pytest.mark.parametrize(("exclusive", "at_limit"), [(0, 300.0), (1, "StalePrice")])
def test_an_age_limit_is_inclusive_or_exclusive(exclusive: int, at_limit: object) -> None:
    """One second to either side of the limit both rules agree."""
    at = desk(300)
    rules(at, exclusive=exclusive)
    for age, expected in ((99, 300.0), (100, at_limit), (101, "StalePrice")):
        at.answer("m0", 300, age=age)
        assert asked(at) == expected


def test_an_age_limit_of_all_ones_is_none() -> None:
    """A round of the first second counts, one without a time only where any round does."""
    at = desk(300)
    assert at.configure("m0", max_age=NO_LIMIT, liquidation_max_age=NO_LIMIT).ok
    at.answer("m0", 300, age=NOW - 1)
    assert asked(at) == 300
    at.answer("m0", 300, age=NOW)
    assert asked(at) == "IncompleteRound"
    rules(at, any_round=1)
    assert asked(at) == 300


@pytest.mark.parametrize(
    ("ahead", "at_60", "at_61"),
    [(0, "FutureRound", "FutureRound"), (60, 300.0, "FutureRound"), (NO_LIMIT, 300.0, 300.0)],
)
def test_a_round_may_be_so_far_in_the_future(ahead: int, at_60: object, at_61: object) -> None:
    """The limit is inclusive; a round of now always counts."""
    at = desk(300)
    rules(at, ahead=ahead)
    for age, expected in ((0, 300.0), (-60, at_60), (-61, at_61)):
        at.answer("m0", 300, age=age)
        assert asked(at) == expected


def test_the_age_of_a_round_of_the_future_may_underflow() -> None:
    """As it does for consumers that do not ask; not where no age is asked for either."""
    at = desk(300)
    rules(at, future_panics=1)
    assert asked(at) == 300
    at.answer("m0", 300, age=-1)
    assert asked(at) == "Panic"
    assert at.configure("m0", max_age=NO_LIMIT, liquidation_max_age=NO_LIMIT).ok
    rules(at, future_panics=1)
    assert asked(at) == 300


def test_zero_counts_only_where_it_is_allowed() -> None:
    """A negative answer never does."""
    at = desk(0)
    assert asked(at) == "NonPositiveAnswer"
    rules(at, zero=1)
    assert asked(at) == 0
    at.answer("m0", -1)
    assert asked(at) == "NonPositiveAnswer"


def test_bounds_refuse_and_do_not_clamp() -> None:
    """Both bounds are inclusive; beyond them the feed does not count."""
    at = desk(300)
    rules(at, low=299, high=301)
    for answer, expected in ((298, "AnswerOutsideBounds"), (299, 299.0), (301, 301.0)):
        at.answer("m0", answer)
        assert asked(at) == expected
    at.answer("m0", 302)
    assert at.call(ALICE, "hub", "price", PRICE_ID, TRADE).error_args == (
        PRICE_ID,
        at.address("m0"),
        302,
    )


def test_each_purpose_may_have_the_longer_limit() -> None:
    """By default liquidating and settling have it; after the policy withdrawing and reducing."""
    at = desk(300)
    at.answer("m0", 300, age=101)
    lenient = {purpose for purpose in range(6) if asked(at, purpose) == 300}
    assert lenient == {LIQUIDATION, SETTLE}
    policy(at, lenient=1 << WITHDRAW | 1 << REDUCE)
    assert {purpose for purpose in range(6) if asked(at, purpose) == 300} == {WITHDRAW, REDUCE}
    assert asked(at, DEPOSIT) == "StalePrice"


def anchored(millionths: int) -> HubDesk:
    """The price is the first mock's, its anchor the second's, which answers 1000."""
    at = HubDesk(8, 8)
    assert at.configure("m0").ok
    feed = (at.address("m1"),)
    assert at.call(ADMIN, "hub", "configure", ANCHOR, feed, (100,), (500,), 1).ok
    at.answer("m1", 1_000)
    policy(at, deviation=millionths, anchor=ANCHOR)
    return at


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(1_200, 1_200.0), (1_201, "DeviationTooLarge"), (800, 800.0), (799, "DeviationTooLarge")],
)
def test_an_anchor_holds_the_price_within_its_band(answer: int, expected: object) -> None:
    """A fifth to either side, inclusive, of the anchor and not of the price."""
    at = anchored(200_000)
    at.answer("m0", answer)
    assert asked(at) == expected


def test_a_stale_anchor_leaves_no_price() -> None:
    """The error names the anchor."""
    at = anchored(200_000)
    at.answer("m0", 1_000)
    at.answer("m1", 1_000, age=101)
    outcome = at.call(ALICE, "hub", "price", PRICE_ID, TRADE)
    assert (outcome.error, outcome.error_args[0]) == ("StalePrice", ANCHOR)


def test_a_step_is_held_against_the_price_recorded_last() -> None:
    """Anybody records; only what is within the step; until the administrator forgets."""
    at = desk(1_000)
    policy(at, step=100_000)
    assert at.call(ALICE, "hub", "record", PRICE_ID).values == (1_000 * UNIT,)
    at.answer("m0", 1_100)
    assert asked(at) == 1_100
    at.answer("m0", 1_101)
    outcome = at.call(ALICE, "hub", "record", PRICE_ID)
    assert outcome.error == "StepTooLarge"
    assert outcome.error_args == (PRICE_ID, 1_101 * UNIT, 1_000 * UNIT)
    assert at.call(ALICE, "hub", "forget", PRICE_ID).error == "AccessControlUnauthorizedAccount"
    assert at.call(ADMIN, "hub", "forget", PRICE_ID).ok
    assert at.call(ALICE, "hub", "record", PRICE_ID).values == (1_101 * UNIT,)


def sequencer(
    at: HubDesk, *, grace: int = 300, purposes: int = PURPOSES, by_update: bool = False
) -> None:
    """The second mock is the feed of the sequencer's uptime."""
    given = (at.address("m1"), grace, purposes, by_update)
    assert at.call(ADMIN, "hub", "setSequencer", given).ok


def up_since(at: HubDesk, started: int, updated: int, answer: int = 0) -> None:
    """Lets the uptime feed answer."""
    assert at.call(ADMIN, "m1", "setRound", 1, answer, started, updated, 1).ok


@pytest.mark.parametrize(
    ("age", "expected"),
    [(299, "SequencerInGrace"), (300, "SequencerInGrace"), (301, 300.0), (-1, "SequencerInGrace")],
)
def test_the_grace_must_have_passed(age: int, expected: object) -> None:
    """Its last second is still within it."""
    at = HubDesk(8, 0)
    assert at.configure("m0").ok
    at.answer("m0", 300)
    sequencer(at)
    up_since(at, NOW - age, NOW - age)
    assert asked(at) == expected


def test_a_refreshed_update_starts_the_grace_again_where_it_counts() -> None:
    """Where the policy looks at ``startedAt``, it does not."""
    at = HubDesk(8, 0)
    assert at.configure("m0").ok
    at.answer("m0", 300)
    up_since(at, NOW - 9_000, NOW)
    sequencer(at)
    assert asked(at) == 300
    sequencer(at, by_update=True)
    assert asked(at) == "SequencerInGrace"


def test_only_the_purposes_that_wait_are_refused() -> None:
    """Down, never written, unreadable: each has its error; others are served meanwhile."""
    at = HubDesk(8, 0)
    assert at.configure("m0").ok
    at.answer("m0", 300)
    sequencer(at, purposes=1 << LIQUIDATION)
    up_since(at, NOW - 9_000, NOW - 9_000, answer=1)
    assert (asked(at, TRADE), asked(at, LIQUIDATION)) == (300, "SequencerDown")
    up_since(at, 0, 0)
    assert asked(at, LIQUIDATION) == "SequencerUnreadable"
    assert at.call(ADMIN, "m1", "setFailing", True).ok
    assert (asked(at, TRADE), asked(at, LIQUIDATION)) == (300, "SequencerUnreadable")


def test_configuring_again_sets_policy_and_rules_back() -> None:
    """What stays is the price recorded last."""
    at = desk(300)
    policy(at, Reducer.MAX, step=5)
    rules(at, zero=1)
    assert at.call(ALICE, "hub", "record", PRICE_ID).ok
    assert at.configure("m0").ok
    assert at.call(ALICE, "hub", "policyOf", PRICE_ID).values == ((0, LENIENT, 0, 0, NONE),)
    (source,) = at.call(ALICE, "hub", "sourceOf", PRICE_ID, 0).values
    assert source[4] == (False, False, False, False, 0, 0, 0)  # type: ignore[index]
    assert at.call(ALICE, "hub", "recordedOf", PRICE_ID).values == (300 * UNIT,)


@pytest.mark.parametrize(
    ("function", "given", "error", "named"),
    [
        ("setRules", (PRICE_ID, 1, (False,) * 4 + (0, 0, 0)), "InvalidConfiguration", "index"),
        ("setRules", (PRICE_ID, 0, (False,) * 4 + (0, -1, 0)), "InvalidConfiguration", "minAnswer"),
        ("setRules", (PRICE_ID, 0, (False,) * 4 + (0, 5, 4)), "InvalidConfiguration", "maxAnswer"),
        ("setPolicy", (PRICE_ID, (0, 64, 0, 0, NONE)), "InvalidConfiguration", "lenient"),
        ("setPolicy", (PRICE_ID, (0, 0, 1, 0, PRICE_ID)), "InvalidConfiguration", "anchor"),
        ("setPolicy", (PRICE_ID, (0, 0, 1, 0, ANCHOR)), "UnknownPrice", ""),
        ("setPolicy", (ANCHOR, (0, 0, 0, 0, NONE)), "UnknownPrice", ""),
        ("setPolicy", (PRICE_ID, (7, 0, 0, 0, NONE)), "", ""),
        ("setSequencer", ((ADMIN, 1, 64, False),), "InvalidConfiguration", "purposes"),
    ],
)
def test_what_is_out_of_bounds_is_refused_by_name(
    function: str, given: tuple[object, ...], error: str, named: str
) -> None:
    """The parameter is the error's; a number that is no choice reverts without data."""
    outcome = desk(300).call(ADMIN, "hub", function, *given)  # type: ignore[arg-type]
    assert (outcome.ok, outcome.error) == (False, error)
    if named:
        assert outcome.error_args[1] == bytes32(named)
