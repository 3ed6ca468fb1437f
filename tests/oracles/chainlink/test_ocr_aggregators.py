"""Reports on chain: which answer is stored, what refuses one, and what both generations show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.desk import who
from tests.oracles.feed_stage import ADMIN, FeedStage
from weiproof.engine.call import Event
from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.oracles.chainlink.aggregator_proxy import EACAggregatorProxy
from weiproof.oracles.chainlink.ocr2_aggregator import OCR2Aggregator
from weiproof.oracles.chainlink.offchain_aggregator import OffchainAggregator

if TYPE_CHECKING:
    from weiproof.engine.call import Outcome

SIGNERS = tuple(who(f"signer {i}") for i in range(4))
NODES = tuple(who(f"node {i}") for i in range(4))
LOW, HIGH = 10_000_000, 10**12
"""Bounds with 8 decimals; the low one is 0.10, as LUNA's was."""
PRICES = (1900 * 10**8, 1950 * 10**8, 1960 * 10**8, 2000 * 10**8)
UINT32 = 2**32


@pytest.fixture
def stage() -> FeedStage:
    """One aggregator of each generation with four oracles, of which one may be faulty; a proxy."""
    made = FeedStage("ocr1", "ocr2", "proxy")
    OffchainAggregator(made.world, "ocr1", LOW, HIGH, 8, "ETH / USD")
    OCR2Aggregator(made.world, "ocr2", LOW, HIGH, 8, "ETH / USD")
    EACAggregatorProxy(made.world, "proxy", made.address("ocr2"), ZERO_ADDRESS)
    for target in ("ocr1", "ocr2"):
        made.values(ADMIN, target, "setConfig", SIGNERS, NODES, 1)
    return made


def first(
    stage: FeedStage,
    report: int,
    observations: tuple[int, ...] = PRICES,
    observers: tuple[int, ...] | None = None,
    signers: tuple[str, ...] = SIGNERS[:2],
    node: str = NODES[0],
) -> Outcome:
    """Transmits a report to the first generation."""
    seen = tuple(range(len(observations))) if observers is None else observers
    return stage.call(node, "ocr1", "transmit", report, observations, seen, signers)


def second(
    stage: FeedStage,
    report: int,
    observations: tuple[int, ...] = PRICES,
    observed_at: int = 0,
    signers: tuple[str, ...] = SIGNERS[:2],
    node: str = NODES[0],
) -> Outcome:
    """Transmits a report to the second generation."""
    return stage.call(node, "ocr2", "transmit", report, observed_at, observations, signers)


def why(outcome: Outcome) -> object:
    """The text with which a call reverted."""
    assert not outcome.ok
    return outcome.error_args[0] if outcome.error_args else outcome.error


def test_the_upper_one_in_the_middle(stage: FeedStage) -> None:
    """Of 1900, 1950, 1960 and 2000 the answer is 1960 on both, and no average."""
    assert first(stage, 1).ok
    assert second(stage, 1).ok
    for target in ("ocr1", "ocr2"):
        assert stage.values(ADMIN, target, "latestAnswer") == (1960 * 10**8,)


def test_whether_order_is_checked(stage: FeedStage) -> None:
    """2003, 2000, 2001 store 2000 on the second generation and are refused by the first."""
    unsorted = tuple(price * 10**8 for price in (2003, 2000, 2001))
    assert why(first(stage, 1, unsorted)) == "observations not sorted"
    assert second(stage, 1, unsorted).ok
    assert stage.values(ADMIN, "ocr2", "latestAnswer") == (2000 * 10**8,)


def test_equal_observations_are_in_order(stage: FeedStage) -> None:
    """Order is not strict."""
    assert first(stage, 1, (LOW, LOW, LOW)).ok


def test_the_floor_refuses_instead_of_clamping(stage: FeedStage) -> None:
    """Below 0.10 the report reverts on both: 0.107 and its old time stay, the feed goes stale."""
    cents = (10_700_000,) * 3
    assert first(stage, 1, cents).ok
    assert second(stage, 1, cents).ok
    before = stage.now
    stage.now += 6 * 3_600
    for report in (2, 3):
        below = (1_000_000, LOW - 1, LOW)
        assert why(first(stage, report, below)) == "median is out of min-max range"
        assert why(second(stage, report, below)) == "median is out of min-max range"
    for target in ("ocr1", "ocr2"):
        round_id, answer, _, updated_at, _ = stage.values(ADMIN, target, "latestRoundData")
        assert (round_id, answer, updated_at) == (1, 10_700_000, before)
    assert first(stage, 2, (LOW,) * 3).ok
    assert second(stage, 2, (HIGH,) * 3).ok


def test_a_report_must_be_newer(stage: FeedStage) -> None:
    """Epoch and round rise strictly; one that was refused for its answer does not count."""
    assert why(first(stage, 0)) == "stale report"
    assert first(stage, 1 << 8 | 3).ok
    assert second(stage, 1 << 8 | 3).ok
    for stale in (1 << 8 | 3, 1 << 8 | 2, 7):
        assert why(first(stage, stale)) == "stale report"
        assert why(second(stage, stale)) == "stale report"
    assert second(stage, 1 << 8 | 4).ok
    assert first(stage, 2 << 8).ok


def test_a_new_configuration_starts_epochs_anew(stage: FeedStage) -> None:
    """After it an epoch from before is good, and round ids go on."""
    for target, transmit in (("ocr1", first), ("ocr2", second)):
        assert transmit(stage, 900).ok
        stage.values(ADMIN, target, "setConfig", SIGNERS, NODES, 1)
        assert transmit(stage, 1).ok
        assert stage.values(ADMIN, target, "latestRound") == (2,)


def test_times_of_the_first_generation(stage: FeedStage) -> None:
    """Both are the block's."""
    stage.now += 5
    assert first(stage, 1).ok
    now = stage.now
    assert stage.values(ADMIN, "ocr1", "latestRoundData") == (1, 1960 * 10**8, now, now, 1)


def test_times_of_the_second_generation(stage: FeedStage) -> None:
    """The start is what the report says, even the end of time; the update is the block's."""
    outcome = second(stage, 1, observed_at=UINT32 - 1)
    now = stage.now
    assert outcome.events == (
        Event("ocr2", "NewRound", (1, ZERO_ADDRESS, UINT32 - 1)),
        Event("ocr2", "AnswerUpdated", (1960 * 10**8, 1, now)),
    )
    assert stage.values(ADMIN, "ocr2", "getRoundData", 1) == (1, 1960 * 10**8, UINT32 - 1, now, 1)
    assert stage.values(ADMIN, "ocr2", "latestTimestamp") == (now,)


def test_the_second_generation_keeps_32_bits_of_time(stage: FeedStage) -> None:
    """After 2106 the update time begins anew, in the event it does not."""
    stage.now = UINT32 + 7
    outcome = second(stage, 1)
    assert outcome.events[1].args == (1960 * 10**8, 1, UINT32 + 7)
    assert stage.values(ADMIN, "ocr2", "latestTimestamp") == (7,)


def test_rounds_that_were_never_reached(stage: FeedStage) -> None:
    """Zeros between the ids; beyond 32 bits the first reverts and the second has five zeros."""
    for target in ("ocr1", "ocr2"):
        last = UINT32 - 1
        assert stage.values(ADMIN, target, "getRoundData", last) == (last, 0, 0, 0, last)
        assert stage.values(ADMIN, target, "latestRoundData") == (0, 0, 0, 0, 0)
        assert stage.values(ADMIN, target, "getAnswer", UINT32 + 1) == (0,)
        assert stage.values(ADMIN, target, "getTimestamp", UINT32 + 1) == (0,)
    assert stage.refused(ADMIN, "ocr1", "getRoundData", UINT32) == ("Error", "No data present")
    assert stage.values(ADMIN, "ocr2", "getRoundData", UINT32) == (0, 0, 0, 0, 0)


def test_what_the_first_generation_refuses(stage: FeedStage) -> None:
    """Each reason, in the order in which they are looked at."""
    many, guest = tuple(range(32)), who("guest")
    three = PRICES[:3]
    assert why(first(stage, 1, signers=SIGNERS[:1])) == "not enough signatures"
    assert why(first(stage, 1, signers=SIGNERS[:1] * 32)) == "too many signatures"
    assert why(first(stage, 1, many)) == "num observations out of bounds"
    assert why(first(stage, 1, PRICES[:2])) == "too few values to trust median"
    assert why(first(stage, 1, three, (0, 1, 1))) == "observer index repeated"
    assert why(first(stage, 1, three, (0, 1, 31))) == ""
    assert why(first(stage, 1, node=guest)) == "unauthorized transmitter"
    assert why(first(stage, 1, node=SIGNERS[0])) == "unauthorized transmitter"
    by_guest = (SIGNERS[0], guest)
    assert why(first(stage, 1, signers=by_guest)) == "address not authorized to sign"
    assert why(first(stage, 1, signers=SIGNERS[:1] * 2)) == "non-unique signature"
    assert first(stage, 1, three, signers=SIGNERS).ok


def test_what_the_second_generation_refuses(stage: FeedStage) -> None:
    """Each reason, in the order in which they are looked at; two values do for one fault."""
    guest = who("guest")
    assert why(second(stage, 1, node=guest)) == "unauthorized transmitter"
    assert why(second(stage, 1, signers=SIGNERS[:1])) == "wrong number of signatures"
    assert why(second(stage, 1, signers=SIGNERS[:3])) == "wrong number of signatures"
    assert why(second(stage, 1, signers=(SIGNERS[0], guest))) == "signature error"
    assert why(second(stage, 1, signers=SIGNERS[:1] * 2)) == "duplicate signer"
    assert why(second(stage, 1, (LOW,) * 32)) == "num observations out of bounds"
    assert why(second(stage, 1, (LOW,))) == "too few values to trust median"
    assert second(stage, 1, (LOW, LOW + 1)).ok
    assert stage.values(ADMIN, "ocr2", "latestAnswer") == (LOW + 1,)


def test_what_no_configuration_can_be(stage: FeedStage) -> None:
    """Faults are fewer than a third, oracles are at most 31 and each comes once."""
    twice, same = (SIGNERS[0], *SIGNERS[:3]), (NODES[0],) * 4
    crowd = tuple(who(f"one of many {i}") for i in range(32))
    for signers, nodes, f, reason_1, reason_2 in (
        (crowd, crowd, 1, "too many signers", "too many oracles"),
        (SIGNERS, NODES, 0, "threshold must be positive", "f must be positive"),
        (SIGNERS, NODES[1:], 1, "oracle addresses out of registration", "oracle length mismatch"),
        (SIGNERS, NODES, 2, "faulty-oracle threshold too high", "faulty-oracle f too high"),
        (twice, NODES, 1, "repeated signer address", "repeated signer address"),
        (SIGNERS, same, 1, "repeated transmitter address", "repeated transmitter address"),
    ):
        assert stage.refused(ADMIN, "ocr1", "setConfig", signers, nodes, f) == ("Error", reason_1)
        assert stage.refused(ADMIN, "ocr2", "setConfig", signers, nodes, f) == ("Error", reason_2)


def test_three_times_the_faults_are_counted_in_8_bits(stage: FeedStage) -> None:
    """From 86 faults on the second generation panics, where the first says that they are many."""
    assert stage.refused(ADMIN, "ocr2", "setConfig", SIGNERS, NODES, 86) == ("Panic", 0x11)
    too_high = ("Error", "faulty-oracle f too high")
    assert stage.refused(ADMIN, "ocr2", "setConfig", SIGNERS, NODES, 85) == too_high
    too_high = ("Error", "faulty-oracle threshold too high")
    assert stage.refused(ADMIN, "ocr1", "setConfig", SIGNERS, NODES, 86) == too_high


def test_signers_that_transmit(stage: FeedStage) -> None:
    """Nobody is both on the first generation; on the second anybody may be."""
    refused = ("Error", "repeated transmitter address")
    assert stage.refused(ADMIN, "ocr1", "setConfig", SIGNERS, SIGNERS, 1) == refused
    stage.values(ADMIN, "ocr2", "setConfig", SIGNERS, SIGNERS, 1)
    assert stage.values(ADMIN, "ocr2", "getTransmitters") == (SIGNERS,)
    assert stage.values(ADMIN, "ocr1", "transmitters") == (NODES,)


def test_only_the_owner_configures(stage: FeedStage) -> None:
    """The first generation looks at the configuration before it looks at who calls."""
    refused = ("Error", "Only callable by owner")
    for target in ("ocr1", "ocr2"):
        assert stage.refused(NODES[0], target, "setConfig", SIGNERS, NODES, 1) == refused
    assert stage.refused(NODES[0], "ocr2", "setConfig", SIGNERS, NODES, 2) == refused
    too_high = ("Error", "faulty-oracle threshold too high")
    assert stage.refused(NODES[0], "ocr1", "setConfig", SIGNERS, NODES, 2) == too_high


def test_behind_a_proxy(stage: FeedStage) -> None:
    """The proxy shows the aggregator's rounds below its phase."""
    assert second(stage, 1, observed_at=9).ok
    one = 1 << 64 | 1
    shown = (one, 1960 * 10**8, 9, stage.now, one)
    assert stage.values(ADMIN, "proxy", "latestRoundData") == shown
    assert stage.values(ADMIN, "proxy", "getRoundData", 1 << 64 | 2)[1] == 0
    assert stage.values(ADMIN, "proxy", "getRoundData", 1 << 64 | UINT32) == (
        1 << 64,
        0,
        0,
        0,
        1 << 64,
    )


def test_what_the_contracts_call_themselves(stage: FeedStage) -> None:
    """Names, versions, decimals and bounds."""
    for target, version, name in (
        ("ocr1", 4, "OffchainAggregator 4.0.0"),
        ("ocr2", 6, "OCR2Aggregator 1.0.0"),
    ):
        assert stage.values(ADMIN, target, "version") == (version,)
        assert stage.values(ADMIN, target, "typeAndVersion") == (name,)
        assert stage.values(ADMIN, target, "decimals") == (8,)
        assert stage.values(ADMIN, target, "description") == ("ETH / USD",)
        assert stage.values(ADMIN, target, "minAnswer") == (LOW,)
        assert stage.values(ADMIN, target, "maxAnswer") == (HIGH,)
