"""Rounds of single submissions: when they begin, end, time out and are paid for."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import who
from tests.oracles.feed_stage import ADMIN, FeedStage
from weiproof.engine.call import Event
from weiproof.engine.contract import ZERO_ADDRESS, Contract, World
from weiproof.engine.errors import RevertReason
from weiproof.engine.state import Record, Table
from weiproof.oracles.chainlink.flux_aggregator import FluxAggregator
from weiproof.oracles.chainlink.flux_state import FluxSettings
from weiproof.oracles.chainlink.safe_math import add, median, sub
from weiproof.oracles.round import Round

ANN, BOB, CID = ORACLES = tuple(map(who, ("ann", "bob", "cid")))
PURSE, GUEST = who("purse"), who("guest")
TIMEOUT, PAYMENT, FUNDS = 600, 10**18, 10**24
LOW, HIGH = -5, 10**6
MOST_INT, LEAST_INT = 2**255 - 1, -(2**255)
UINT32, UINT128 = 2**32, 2**128


@dataclass(slots=True)
class Purse(Record):
    """What the aggregator has, and what it paid."""

    balance: int = 0
    paid: tuple[tuple[str, int], ...] = ()


class Payer(Contract):
    """The least that a token has for the aggregator."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self._purses = Table(world.store, "purse", Purse)

    def fill(self, balance: int) -> None:
        """Sets the aggregator's balance."""
        self._purses.edit(self.name).balance = balance

    def balanceOf(self, account: str) -> tuple[int]:  # noqa: ARG002, N802 - ABI
        """What the aggregator has."""
        return (self._purses.read(self.name).balance,)

    def transfer(self, to: str, value: int) -> tuple[bool]:
        """Pays."""
        purse = self._purses.edit(self.name)
        purse.balance -= value
        purse.paid = (*purse.paid, (to, value))
        return (True,)


@dataclass(slots=True)
class Told(Record):
    """How many answers were told of."""

    times: int = 0


class Gatekeeper(Contract):
    """Counts what it is told, and then reverts for odd answers."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self._told = Table(world.store, "told", Told)

    def times(self) -> tuple[int]:
        """How many answers it was told of without reverting."""
        return (self._told.read(self.name).times,)

    def validate(self, *told: int) -> tuple[bool]:
        """Counts."""
        self._told.edit(self.name).times += 1
        self.emit("Told", *told)
        if told[-1] % 2:
            raise RevertReason("odd")
        return (True,)


@pytest.fixture
def stage() -> FeedStage:
    """Three oracles, of whom two make an answer; a requester; funds."""
    made = FeedStage("payer", "gate", "flux")
    Payer(made.world, "payer")
    Gatekeeper(made.world, "gate")
    link = made.address("payer")
    FluxAggregator(made.world, "flux", link, 0, TIMEOUT, ZERO_ADDRESS, LOW, HIGH, 8, "ETH / USD")
    made.values(GUEST, "payer", "fill", FUNDS)
    made.values(GUEST, "flux", "updateAvailableFunds")
    made.values(ADMIN, "flux", "changeOracles", (), ORACLES, (PURSE,) * 3, 2, 3, 0)
    made.values(ADMIN, "flux", "updateFutureRounds", PAYMENT, 2, 3, 0, TIMEOUT)
    made.values(ADMIN, "flux", "setRequesterPermissions", GUEST, True, 2)
    made.now += 1000
    return made


def report(stage: FeedStage, round_id: int, **answers: int) -> None:
    """Oracles submit, one after the other."""
    for label, answer in answers.items():
        stage.values(who(label), "flux", "submit", round_id, answer)


def round_of(stage: FeedStage, round_id: int) -> tuple[object, ...]:
    """Answer, startedAt, updatedAt and answeredInRound of a round."""
    return stage.values(GUEST, "flux", "getRoundData", round_id)[1:]


def test_an_answer_moves_until_the_round_ends(stage: FeedStage) -> None:
    """One submission is none; two are averaged; the third makes it the one in the middle."""
    report(stage, 1, ann=1900)
    assert stage.refused(GUEST, "flux", "latestRoundData") == ("Error", "No data present")
    began = stage.now
    stage.now += 10
    report(stage, 1, bob=2001)
    assert round_of(stage, 1) == (1950, began, stage.now, 1)
    stage.now += 10
    report(stage, 1, cid=1990)
    assert round_of(stage, 1) == (1990, began, stage.now, 1)
    late = ("Error", "cannot report on previous rounds")
    assert stage.refused(ANN, "flux", "submit", 1, 1900) == late
    assert stage.values(GUEST, "flux", "availableFunds") == (FUNDS - 3 * PAYMENT,)
    assert stage.values(GUEST, "flux", "allocatedFunds") == (3 * PAYMENT,)


def test_a_round_that_timed_out_carries_the_answer_before(stage: FeedStage) -> None:
    """Its update time is when the next round began; what is latest skips it."""
    report(stage, 1, ann=1900, bob=1900, cid=1900)
    first = round_of(stage, 1)
    report(stage, 2, ann=2000)
    began = stage.now
    stage.now += TIMEOUT
    refused = ("Error", "previous round not supersedable")
    assert stage.refused(BOB, "flux", "submit", 3, 2000) == refused
    stage.now += 1
    report(stage, 3, bob=2000)
    assert round_of(stage, 2) == (1900, began, stage.now, 1)
    assert stage.values(GUEST, "flux", "latestRoundData")[1:] == first
    closed = ("Error", "round not accepting submissions")
    assert stage.refused(CID, "flux", "submit", 2, 2000) == closed
    report(stage, 3, cid=2002)
    past = ("Error", "invalid round to report")
    assert stage.refused(ANN, "flux", "submit", 1, 2000) == (
        "Error",
        "cannot report on previous rounds",
    )
    stage.values(ADMIN, "flux", "changeOracles", (), (GUEST,), (PURSE,), 2, 3, 0)
    assert stage.refused(GUEST, "flux", "submit", 5, 2000) == past
    latest = (3, 2001, stage.now, stage.now, 3)
    assert stage.values(GUEST, "flux", "latestRoundData") == latest


def test_the_first_round_times_out_without_an_answer(stage: FeedStage) -> None:
    """It has an update time and no data."""
    report(stage, 1, ann=1900)
    stage.now += TIMEOUT + 1
    report(stage, 2, bob=1900)
    assert stage.values(GUEST, "flux", "getTimestamp", 1) == (stage.now,)
    assert stage.refused(GUEST, "flux", "getRoundData", 1) == ("Error", "No data present")


def test_before_any_round(stage: FeedStage) -> None:
    """The latest time is the one of deployment less the timeout, and so it is of round 0."""
    deployed = stage.world.now - TIMEOUT
    assert stage.values(GUEST, "flux", "latestTimestamp") == (deployed,)
    assert stage.values(GUEST, "flux", "getTimestamp", 0) == (deployed,)
    assert stage.values(GUEST, "flux", "getTimestamp", UINT32) == (0,)
    assert stage.values(GUEST, "flux", "latestAnswer") == (0,)
    assert stage.refused(GUEST, "flux", "getRoundData", 0) == ("Error", "No data present")


def test_an_aggregator_older_than_time(stage: FeedStage) -> None:
    """A timeout longer than the time since 1970 makes the constructor revert."""
    stage.world.addresses["young"] = who("young")
    stage.world.now, stage.world.sender = 100, ADMIN
    link = stage.address("payer")
    with pytest.raises(RevertReason, match="SafeMath: subtraction overflow"):
        FluxAggregator(stage.world, "young", link, 0, 101, ZERO_ADDRESS, LOW, HIGH, 8, "")


def test_values_outside_the_bounds_are_refused(stage: FeedStage) -> None:
    """Before anybody asks who submits them; at the bounds they are taken."""
    below = ("Error", "value below minSubmissionValue")
    assert stage.refused(GUEST, "flux", "submit", 1, LOW - 1) == below
    above = ("Error", "value above maxSubmissionValue")
    assert stage.refused(ANN, "flux", "submit", 1, HIGH + 1) == above
    assert stage.refused(GUEST, "flux", "submit", 1, LOW) == ("Error", "not enabled oracle")
    report(stage, 1, ann=LOW, bob=HIGH)


def test_of_a_round_id_32_bits_count(stage: FeedStage) -> None:
    """A submission for 2**32 + 1 is one for round 1; the largest id of 32 bits overflows."""
    stage.values(ANN, "flux", "submit", UINT32 + 1, 1900)
    overflow = ("Error", "SafeMath: addition overflow")
    assert stage.refused(BOB, "flux", "submit", UINT32 - 1, LOW - 1) == overflow


def test_an_oracle_waits_to_start_rounds(stage: FeedStage) -> None:
    """With a delay of two rounds whoever began one may not begin the next two."""
    stage.values(ADMIN, "flux", "updateFutureRounds", PAYMENT, 1, 1, 2, TIMEOUT)
    report(stage, 1, ann=1900)
    closed = ("Error", "round not accepting submissions")
    assert stage.refused(ANN, "flux", "submit", 2, 1900) == closed
    report(stage, 2, bob=1900)
    assert stage.refused(ANN, "flux", "submit", 3, 1900) == closed
    report(stage, 3, cid=1900)
    report(stage, 4, ann=1900)


def test_rounds_on_request(stage: FeedStage) -> None:
    """A requester begins a round when the one before has an answer, and waits two rounds."""
    assert stage.values(GUEST, "flux", "requestNewRound") == (1,)
    early = ("Error", "prev round must be supersedable")
    assert stage.refused(GUEST, "flux", "requestNewRound") == early
    report(stage, 1, ann=1900, bob=1900)
    delayed = ("Error", "must delay requests")
    assert stage.refused(GUEST, "flux", "requestNewRound") == delayed
    report(stage, 2, ann=1900, bob=1900)
    report(stage, 3, ann=1900, bob=1900)
    assert stage.values(GUEST, "flux", "requestNewRound") == (4,)
    nobody = ("Error", "not authorized requester")
    assert stage.refused(ANN, "flux", "requestNewRound") == nobody


def test_an_oracle_that_leaves_and_comes_back(stage: FeedStage) -> None:
    """Whoever is removed may finish the round; back at once, it goes on; the last one moves up."""
    report(stage, 1, ann=1900, bob=1900)
    report(stage, 2, ann=1900)
    stage.values(ADMIN, "flux", "changeOracles", (ANN,), (), (), 1, 2, 0)
    assert stage.values(GUEST, "flux", "getOracles") == ((CID, BOB),)
    assert stage.values(GUEST, "flux", "getAdmin", ANN) == (PURSE,)
    report(stage, 2, bob=1900)
    report(stage, 3, ann=1900)
    gone = ("Error", "no longer allowed oracle")
    assert stage.refused(ANN, "flux", "submit", 4, 1900) == gone
    other = ("Error", "owner cannot overwrite admin")
    change = ((), (ANN,), (GUEST,), 1, 2, 0)
    assert stage.refused(ADMIN, "flux", "changeOracles", *change) == other
    stage.values(ADMIN, "flux", "changeOracles", (), (ANN,), (PURSE,), 1, 2, 0)
    report(stage, 4, ann=1900)


def test_at_most_77_oracles(stage: FeedStage) -> None:
    """One more is refused."""
    others = tuple(who(f"oracle {i}") for i in range(75))
    admins = (PURSE,) * 75
    refused = ("Error", "max oracles allowed")
    change = ((), others, admins, 1, 1, 0)
    assert stage.refused(ADMIN, "flux", "changeOracles", *change) == refused
    stage.values(ADMIN, "flux", "changeOracles", (), others[1:], admins[1:], 1, 1, 0)
    assert stage.values(GUEST, "flux", "oracleCount") == (77,)


def test_earnings_are_withdrawn_by_the_admin(stage: FeedStage) -> None:
    """Of the amount 128 bits count."""
    report(stage, 1, ann=1900)
    nobody = ("Error", "only callable by admin")
    assert stage.refused(ANN, "flux", "withdrawPayment", ANN, ANN, 1) == nobody
    short = ("Error", "insufficient withdrawable funds")
    assert stage.refused(PURSE, "flux", "withdrawPayment", ANN, ANN, PAYMENT + 1) == short
    stage.values(PURSE, "flux", "withdrawPayment", ANN, GUEST, UINT128 + PAYMENT)
    assert stage.values(GUEST, "flux", "withdrawablePayment", ANN) == (0,)
    assert stage.values(GUEST, "payer", "balanceOf", ANN) == (FUNDS - PAYMENT,)


def test_funds_are_kept_in_128_bits(stage: FeedStage) -> None:
    """The event has what was counted; the aggregator keeps what is left of it."""
    stage.values(GUEST, "payer", "fill", UINT128 + 5)
    outcome = stage.call(GUEST, "flux", "updateAvailableFunds")
    assert outcome.events == (Event("flux", "AvailableFundsUpdated", (UINT128 + 5,)),)
    assert stage.values(GUEST, "flux", "availableFunds") == (5,)


def test_what_is_owed_overflows(stage: FeedStage) -> None:
    """A payment that takes it beyond 128 bits is refused, with the submission."""
    settings = Table(stage.world.store, "fluxSettings", FluxSettings)
    settings.edit("flux").allocated = UINT128 - PAYMENT
    overflow = ("Error", "SafeMath: addition overflow")
    stage.world.store.commit()
    assert stage.refused(ANN, "flux", "submit", 1, 1900) == overflow
    assert stage.values(GUEST, "flux", "oracleRoundState", ANN, 0)[:2] == (True, 1)


def test_the_reserve_stays(stage: FeedStage) -> None:
    """The owner takes what exceeds two rounds of all oracles."""
    most = FUNDS - 6 * PAYMENT
    refused = ("Error", "insufficient reserve funds")
    assert stage.refused(ADMIN, "flux", "withdrawFunds", GUEST, most + 1) == refused
    stage.values(ADMIN, "flux", "withdrawFunds", GUEST, most)
    assert stage.values(GUEST, "flux", "availableFunds") == (6 * PAYMENT,)
    too_dear = ("Error", "insufficient funds for payment")
    settings = (PAYMENT + 1, 2, 3, 0, TIMEOUT)
    assert stage.refused(ADMIN, "flux", "updateFutureRounds", *settings) == too_dear


def test_a_validator_that_reverts_changes_nothing(stage: FeedStage) -> None:
    """The submission counts, what the validator wrote and told does not."""
    stage.values(ADMIN, "flux", "setValidator", stage.address("gate"))
    report(stage, 1, ann=1901)
    outcome = stage.call(BOB, "flux", "submit", 1, 1901)
    assert outcome.ok
    assert "Told" not in {event.name for event in outcome.events}
    assert stage.values(GUEST, "gate", "times") == (0,)
    outcome = stage.call(CID, "flux", "submit", 1, 1901)
    report(stage, 2, ann=2000)
    outcome = stage.call(BOB, "flux", "submit", 2, 2000)
    assert outcome.events[-1] == Event("gate", "Told", (1, 1901, 2, 2000))
    assert stage.values(GUEST, "gate", "times") == (1,)
    assert stage.values(GUEST, "flux", "latestAnswer") == (2000,)


def test_a_validator_without_code_stops_answers(stage: FeedStage) -> None:
    """An account as validator reverts whatever would make an answer, without data."""
    stage.values(ADMIN, "flux", "setValidator", GUEST)
    report(stage, 1, ann=1900)
    assert stage.refused(BOB, "flux", "submit", 1, 1900) == ("",)


def test_what_an_oracle_is_told(stage: FeedStage) -> None:
    """The round to report on, whether it may, and what for; contracts are told nothing."""
    funds = (FUNDS, 3, PAYMENT)
    assert stage.values(GUEST, "flux", "oracleRoundState", ANN, 0) == (True, 1, 0, 0, 0, *funds)
    report(stage, 1, ann=1900)
    funds = (FUNDS - PAYMENT, 3, PAYMENT)
    told = (False, 1, 1900, stage.now, TIMEOUT, *funds)
    assert stage.values(GUEST, "flux", "oracleRoundState", ANN, 0) == told
    told = (True, 1, 0, stage.now, TIMEOUT, *funds)
    assert stage.values(GUEST, "flux", "oracleRoundState", BOB, 1) == told
    flux = stage.world.contracts["flux"]
    stage.world.sender, stage.world.origin = stage.address("gate"), GUEST
    assert isinstance(flux, FluxAggregator)
    with pytest.raises(RevertReason, match="off-chain reading only"):
        flux.oracleRoundState(ANN, 0)


def test_a_consumer_reads_the_latest_answer(stage: FeedStage) -> None:
    """What the hub reads is what the view answers."""
    report(stage, 1, ann=1900, bob=1902)
    flux = stage.world.contracts["flux"]
    assert isinstance(flux, FluxAggregator)
    assert Round(*flux.latestRoundData()) == Round(1, 1901, stage.now, stage.now, 1)


def test_medians_truncate_toward_zero() -> None:
    """-3 and -4 make -3, -3 and 4 make 0; the ends of a word do not overflow; none is refused."""
    assert median([-3, -4]) == -3
    assert median([4, -3]) == 0
    assert median([MOST_INT, LEAST_INT]) == 0
    assert median([MOST_INT, MOST_INT]) == MOST_INT
    assert median([9, 1, 5]) == 5
    with pytest.raises(RevertReason, match="list must not be empty"):
        median([])


@given(st.lists(st.integers(LEAST_INT, MOST_INT), min_size=1, max_size=9))
def test_medians_lie_among_the_values(values: list[int]) -> None:
    """As many values are not above as are not below, in whichever order they come."""
    middle = median(values)
    assert middle == median(values[::-1])
    assert 2 * sum(value <= middle for value in values) >= len(values)
    assert 2 * sum(value >= middle for value in values) >= len(values)


def test_arithmetic_keeps_its_width() -> None:
    """The largest value is kept, one more is refused; a difference is not negative."""
    assert add(UINT32 - 2, 1, 32) == UINT32 - 1
    assert sub(3, 3) == 0
    with pytest.raises(RevertReason, match="SafeMath: addition overflow"):
        add(UINT32 - 1, 1, 32)
    with pytest.raises(RevertReason, match="SafeMath: subtraction overflow"):
        sub(2, 3)
