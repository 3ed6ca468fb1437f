"""When a network of nodes publishes, what, and what it refuses: paths with known answers."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine.draws import Draws
from weiproof.oracles.network.log import Cause, Log, Reason
from weiproof.oracles.network.nodes import Fixed, LastAnswer, Multiple, Node
from weiproof.oracles.network.parameters import Network
from weiproof.oracles.network.paths import StepPath, seconds_path
from weiproof.oracles.network.publishing import publish, upper_median
from weiproof.oracles.network.quality import quality_of
from weiproof.oracles.reporting import ReportingPolicy, publications
from weiproof.oracles.round import Round

if TYPE_CHECKING:
    from collections.abc import Sequence

DRAWS = Draws(7)
NAMES = ("ada", "bob", "cyd", "dan")
HONEST = tuple(Node(name) for name in NAMES)
NETWORK = Network(HONEST, faulty=1, heartbeat=60, deviation_numerator=1, deviation_denominator=200)
CONSTANT = seconds_path(((0, 100_000),))
PHASE = 1 << 64


def path(*points: tuple[int, int]) -> StepPath:
    """A path of (second, value)."""
    return seconds_path(points)


def run(prices: StepPath, end: int, gas: StepPath | None = None, **changes: Any) -> Log:  # noqa: ANN401 - fields of different types
    """What the network publishes from 0 on."""
    return publish(replace(NETWORK, **changes), prices, 0, end, DRAWS, gas)


def nodes(**changes: Sequence[object]) -> tuple[Node, ...]:
    """The four nodes with a value each of some fields."""
    given_ = [
        dict(zip(changes, values, strict=True)) for values in zip(*changes.values(), strict=True)
    ]
    return tuple(replace(node, **own) for node, own in zip(HONEST, given_, strict=True))


def told(log: Log) -> list[tuple[int, int, str]]:
    """Time, answer and cause of each publication."""
    return [(one.published_at, one.answer, one.cause.value) for one in log.publications]


def refused(log: Log) -> list[tuple[Reason, int, int, int]]:
    """Reason, first and last second and count of each refusal."""
    return [(r.reason, r.first_at_ms // 1000, r.last_at_ms // 1000, r.rounds) for r in log.refusals]


# WHEN A REPORT IS DUE


def test_a_constant_price_is_published_first_and_at_each_heartbeat() -> None:
    """The heartbeat counts from the last publication and is reached in its second."""
    log = run(CONSTANT, 185)
    assert told(log) == [
        (0, 100_000, "first"),
        (60, 100_000, "heartbeat"),
        (120, 100_000, "heartbeat"),
        (180, 100_000, "heartbeat"),
    ]
    assert log.refusals == ()


@pytest.mark.parametrize(
    ("price", "published"),
    [
        (100_500, [(0, 100_000, "first"), (30, 100_500, "deviation")]),
        (100_499, [(0, 100_000, "first")]),
        (99_500, [(0, 100_000, "first"), (30, 99_500, "deviation")]),
        (99_501, [(0, 100_000, "first")]),
    ],
)
def test_a_step_is_published_from_the_threshold_on(
    price: int, published: list[tuple[int, int, str]]
) -> None:
    """At 0.5 % a report is due at once, one unit below it waits for the heartbeat."""
    assert told(run(path((0, 100_000), (30, price)), 59)) == published


def test_a_ramp_is_published_whenever_it_has_moved_by_the_threshold() -> None:
    """100 units a second from 100,000: 500 need five seconds, 502.5 six, 505.5 six."""
    ramp = path(*((at, 100_000 + 100 * at) for at in range(30)))
    log = run(ramp, 29)
    assert [one.published_at for one in log.publications] == [0, 5, 11, 17, 23, 29]
    assert [one.answer for one in log.publications][1:3] == [100_500, 101_100]


def test_a_slow_drift_is_measured_against_the_stored_answer() -> None:
    """Many small steps add up: the old answer is the published one, not the one seen before."""
    drift = path((0, 1000), (10, 1002), (20, 1004), (30, 1005))
    assert told(run(drift, 40)) == [(0, 1000, "first"), (30, 1005, "deviation")]


def test_any_change_from_zero_deviates() -> None:
    """An answer of 0 is left at once, and kept while the price is 0."""
    log = run(path((0, 0), (10, 1), (11, 0)), 20)
    assert told(log) == [(0, 0, "first"), (10, 1, "deviation"), (11, 0, "deviation")]


def test_jitter_makes_heartbeats_late_within_its_bounds() -> None:
    """Each heartbeat has a lateness of its own; without bounds apart it is constant."""
    late = run(CONSTANT, 100_000, heartbeat_jitter=(-5, 9))
    times = [one.published_at for one in late.publications]
    gaps = {after - before for before, after in pairwise(times)}
    assert gaps == set(range(55, 70))
    constant = run(CONSTANT, 300, heartbeat_jitter=(7, 7))
    assert [one.published_at for one in constant.publications] == [0, 67, 134, 201, 268]


def test_a_requested_round_is_made_once() -> None:
    """A request is served by the next round of observations, unless a later one was stored."""
    log = run(CONSTANT, 59, requests=(20, 20, 45))
    assert [(t, c) for t, _, c in told(log)] == [(0, "first"), (20, "requested"), (45, "requested")]


# WHAT IS REPORTED


def test_the_median_is_the_upper_of_two() -> None:
    """Of an even count the upper middle one counts, never an average."""
    assert upper_median((2000, 1900, 1960, 1950)) == 1960
    assert upper_median((3, 1, 2)) == 2


@pytest.mark.parametrize(
    ("lie", "answer"),
    [(Multiple(1000), 1000), (Multiple(1, 3), 1000), (Fixed(-5), 1000), (LastAnswer(), 1000)],
)
def test_one_liar_of_four_does_not_move_the_answer(lie: object, answer: int) -> None:
    """Up to f lies stay away from the middle."""
    log = run(path((0, 1000)), 0, nodes=nodes(lie=(lie, None, None, None)))
    assert told(log) == [(0, answer, "first")]


def test_more_than_f_liars_do() -> None:
    """Two of four that tell ten times the price are the upper middle."""
    liars = nodes(lie=(Multiple(10), Multiple(10), None, None))
    assert told(run(path((0, 1000)), 0, nodes=liars)) == [(0, 10_000, "first")]


def test_repeating_the_last_answer_hides_a_step() -> None:
    """Where most nodes repeat what is stored, a step is never published by deviation."""
    liars = nodes(lie=(LastAnswer(), LastAnswer(), LastAnswer(), None))
    log = run(path((0, 1000), (10, 2000)), 100, nodes=liars)
    assert told(log) == [(0, 1000, "first"), (60, 1000, "heartbeat")]


def test_a_lie_truncates_toward_zero() -> None:
    """A multiple of a negative price is rounded as a contract does."""
    assert Multiple(1, 2).told(-3, None) == -1
    assert Fixed(4).told(9, 8) == 4
    assert [LastAnswer().told(9, 8), LastAnswer().told(9, None)] == [8, 9]


def test_each_node_sees_the_price_with_its_own_delay() -> None:
    """A step is published when the upper middle of four has seen it."""
    delayed = nodes(delay_ms=(0, 1000, 2500, 3000))
    prices = path((-5, 1000), (10, 2000))
    # Upwards the upper middle moves with the second node, downwards with the third.
    assert told(run(prices, 20, nodes=delayed))[1] == (11, 2000, "deviation")
    assert told(run(path((-5, 2000), (10, 1000)), 20, nodes=delayed))[1][:2] == (13, 1000)


def test_noise_stays_within_its_bound_and_is_the_same_again() -> None:
    """Errors are at most 2,000 ppm, differ from round to round, and follow from the seed."""
    changes: dict[str, Any] = {"nodes": nodes(noise_ppm=(2000,) * 4), "heartbeat": 1}
    log = run(path((0, 10**9)), 300, **changes)
    answers = [one.answer for one in log.publications]
    assert len(answers) == 301
    assert all(998_000_000 <= answer <= 1_002_000_000 for answer in answers)
    assert len(set(answers)) > 250
    assert run(path((0, 10**9)), 300, **changes) == log


def test_an_outage_shifts_no_later_noise() -> None:
    """What a node draws does not depend on whether it was up before."""
    noisy = nodes(noise_ppm=(2000,) * 4)
    shut = nodes(noise_ppm=(2000,) * 4, outages=(((5, 50),), (), (), ()))
    logs = [run(path((0, 10**9)), 99, nodes=each, heartbeat=1) for each in (noisy, shut)]
    first, second = ([one.answer for one in log.publications] for log in logs)
    assert first != second
    assert first[50:] == second[50:]


def test_several_rounds_of_observations_go_into_a_second() -> None:
    """At 250 ms a spike of a quarter of a second is seen, at 1000 ms it is not.

    It is taken back once it is stored: what is compared is the stored answer.
    """
    spike = StepPath((0, 10_250, 10_500), (1000, 2000, 1000))
    quick = run(spike, 20, interval_ms=250)
    assert [(one.observed_at_ms, one.published_at, one.answer) for one in quick.publications] == [
        (0, 0, 1000),
        (10_250, 11, 2000),
        (11_000, 11, 1000),
    ]
    assert len(run(spike, 20).publications) == 1


# THREE CLOCKS


def test_observation_clock_and_block_stay_apart() -> None:
    """The nodes' clocks give startedAt by their median, the block gives updatedAt."""
    skewed = nodes(skew_ms=(-9000, 2000, 5000, 60_000))
    log = run(CONSTANT, 30, nodes=skewed, delay_ms=4500, block_time=12)
    (one,) = log.publications
    assert (one.observed_at_ms, one.started_at, one.published_at) == (0, 5, 12)
    assert one.lag_ms == 12_000
    assert one.as_round() == Round(PHASE + 1, 100_000, 5, 12, PHASE + 1)


def test_a_transmission_lands_in_a_block_of_its_time() -> None:
    """A delay that ends with a block is in it, a millisecond more is in the next one."""
    for delay, block in ((11_999, 12), (12_000, 12), (12_001, 24)):
        assert told(run(CONSTANT, 24, delay_ms=delay, block_time=12))[0][0] == block


def test_a_drawn_delay_stays_within_its_bounds() -> None:
    """Each report has its own delay, from the least to the most."""
    log = run(CONSTANT, 5000, heartbeat=1, delay_ms=2000, delay_jitter_ms=3000, interval_ms=1000)
    lags = {one.lag_ms for one in log.publications}
    assert lags == {2000, 3000, 4000, 5000}


def test_nothing_new_is_sent_while_the_same_is_under_way() -> None:
    """A report under way covers the rounds that agree with it; one that deviates is sent too."""
    prices = path((0, 1000), (2, 1004), (4, 1010))
    log = run(prices, 30, delay_ms=10_000)
    assert told(log) == [(10, 1000, "first"), (14, 1010, "first")]


# OUTAGES, QUORUM, SIGNATURES


def test_an_outage_of_too_many_nodes_swallows_a_heartbeat() -> None:
    """With two of four down there is no quorum of three; the heartbeat comes when one is back."""
    shut = nodes(outages=(((50, 75),), ((50, 90),), (), ()))
    log = run(CONSTANT, 140, nodes=shut)
    assert told(log) == [
        (0, 100_000, "first"),
        (75, 100_000, "heartbeat"),
        (135, 100_000, "heartbeat"),
    ]
    assert refused(log) == [(Reason.NO_QUORUM, 50, 74, 25)]


def test_an_outage_of_f_nodes_is_borne() -> None:
    """Three of four are a quorum."""
    shut = nodes(outages=(((10, 500),), (), (), ()))
    assert told(run(CONSTANT, 70, nodes=shut)) == told(run(CONSTANT, 70))


@pytest.mark.parametrize(("quorum", "published"), [(None, 0), (3, 0), (2, 1)])
def test_the_quorum_is_two_f_and_one_unless_told(quorum: int | None, published: int) -> None:
    """With two nodes up a quorum of two is met, the default of three is not."""
    shut = nodes(outages=(((0, 99),), ((0, 99),), (), ()))
    assert len(run(CONSTANT, 10, nodes=shut, quorum=quorum).publications) == published


def test_a_report_needs_f_and_one_signatures() -> None:
    """One of four signs: too few; with two the report goes out."""
    few = run(CONSTANT, 5, nodes=nodes(signs=(True, False, False, False)))
    assert refused(few) == [(Reason.NO_SIGNATURES, 0, 5, 6)]
    assert few.publications == ()
    assert len(run(CONSTANT, 5, nodes=nodes(signs=(True, True, False, False))).publications) == 1


def test_nodes_without_a_price_do_not_observe() -> None:
    """Before the path begins there is no quorum."""
    log = run(path((10, 1000)), 12)
    assert told(log) == [(10, 1000, "first")]
    assert refused(log) == [(Reason.NO_QUORUM, 0, 9, 10)]


# BOUNDS


def test_an_answer_below_the_floor_is_rejected_and_not_clamped() -> None:
    """The last answer in range stays with its old time, until the price is back."""
    crash = path((0, 300), (10, 107), (20, 50), (150, 120))
    log = run(crash, 160, min_answer=100)
    assert told(log) == [(0, 300, "first"), (10, 107, "deviation"), (150, 120, "deviation")]
    assert refused(log) == [(Reason.OUT_OF_RANGE, 20, 149, 130)]
    assert log.refusals[0].answer == 50
    assert log.latest_round(149) == Round(PHASE + 2, 107, 10, 10, PHASE + 2)


@pytest.mark.parametrize(("price", "count"), [(99, 0), (100, 1), (200, 1), (201, 0)])
def test_both_bounds_are_inclusive(price: int, count: int) -> None:
    """The floor and the ceiling themselves are published."""
    log = run(path((0, price)), 5, min_answer=100, max_answer=200)
    assert len(log.publications) == count


# CONGESTION


def test_dear_gas_makes_a_transmission_wait() -> None:
    """Above its bid of 50 the transmission waits, at 50 it lands."""
    gas = path((0, 10), (5, 80), (47, 50), (60, 90))
    bidding = nodes(max_gas_price=(50,) * 4)
    log = run(path((0, 1000), (10, 2000)), 100, gas, nodes=bidding, heartbeat=1000)
    assert told(log) == [(0, 1000, "first"), (47, 2000, "deviation")]
    assert log.publications[1].lag_ms == 37_000


def test_gas_counts_at_the_block() -> None:
    """Cheap gas between two blocks is of no use."""
    gas = path((0, 80), (13, 10), (23, 80), (35, 10))
    bidding = nodes(max_gas_price=(50,) * 4)
    log = run(CONSTANT, 50, gas, nodes=bidding, block_time=12)
    assert told(log) == [(36, 100_000, "first")]


def test_what_waits_to_the_end_is_under_way() -> None:
    """Where gas never falls nothing is published, and the report is told."""
    bidding = nodes(max_gas_price=(50,) * 4)
    log = run(CONSTANT, 100, path((0, 51)), nodes=bidding)
    assert log.publications == ()
    assert refused(log) == [(Reason.UNDER_WAY, 0, 0, 1)]


def test_reports_that_waited_land_together_in_order() -> None:
    """Two rounds share the time of a block, as real ones do."""
    gas = path((0, 80), (40, 10))
    bidding = nodes(max_gas_price=(50,) * 4)
    log = run(path((0, 1000), (10, 2000)), 50, gas, nodes=bidding)
    assert told(log) == [(40, 1000, "first"), (40, 2000, "first")]
    assert [one.round_id - PHASE for one in log.publications] == [1, 2]


def test_the_next_transmitter_bids_more() -> None:
    """After a stage of 20 s the second node sends, and its bid is high enough."""
    gas = path((0, 80), (500, 10))
    bidding = nodes(max_gas_price=(50, 90, 50, 50))
    log = run(CONSTANT, 100, gas, nodes=bidding, stage_ms=20_000, heartbeat=1000)
    assert told(log) == [(20, 100_000, "first")]


def test_a_report_that_was_overtaken_is_stale() -> None:
    """The older one waits for cheap gas, the newer one is sent by a node that bids more."""
    gas = path((0, 80), (40, 10))
    bidding = nodes(max_gas_price=(50, 90, 50, 50))
    # Node 0 is the first transmitter at 0, node 1 at 1; a stage is longer than the wait.
    prices = path((0, 1000), (1, 2000))
    log = run(prices, 100, gas, nodes=bidding, stage_ms=10**6, heartbeat=1000)
    assert told(log) == [(1, 2000, "first")]
    assert refused(log) == [(Reason.STALE_REPORT, 0, 0, 1)]


def test_without_a_transmitter_a_report_is_lost() -> None:
    """All nodes observe, and are down when they should send."""
    shut = nodes(outages=(((5, 20),),) * 4)
    log = run(CONSTANT, 25, nodes=shut, delay_ms=5000)
    assert refused(log) == [
        (Reason.NO_TRANSMITTER, 0, 0, 1),
        *[(Reason.NO_TRANSMITTER, at, at, 1) for at in range(1, 5)],
        (Reason.NO_QUORUM, 5, 19, 15),
    ]
    assert told(log) == [(25, 100_000, "first")]


# ROUNDS AND PHASES


def test_a_new_phase_begins_empty_and_loses_what_is_under_way() -> None:
    """Round ids jump, the first round of a phase is due at once, unwritten rounds are zeros."""
    prices = path((0, 1000), (38, 2000))
    log = run(prices, 60, delay_ms=5000, phase=6, phase_starts=(40,))
    assert [(one.round_id, one.published_at, one.cause) for one in log.publications] == [
        ((6 << 64) + 1, 5, Cause.FIRST),
        ((7 << 64) + 1, 45, Cause.FIRST),
    ]
    assert refused(log) == [(Reason.OLD_PHASE, 38, 38, 1)]
    assert log.latest_round(0) == Round(6 << 64, 0, 0, 0, 6 << 64)
    assert log.latest_round(39) == Round((6 << 64) + 1, 1000, 0, 5, (6 << 64) + 1)
    assert log.latest_round(44) == Round(7 << 64, 0, 0, 0, 7 << 64)
    assert log.latest_round(45).answer == 2000
    assert log.round_data((6 << 64) + 1) == log.latest_round(39)
    for unwritten in (6 << 64, (6 << 64) + 2, 99, 9 << 64):
        assert log.round_data(unwritten) == Round(unwritten, 0, 0, 0, unwritten)


def test_epoch_and_round_rise_strictly() -> None:
    """The pair counts the rounds of observations and rises from report to report."""
    ramp = path(*((at, 1000 * 2**at) for at in range(6)))
    log = run(ramp, 5, rounds_per_epoch=2)
    pairs = [(one.epoch, one.epoch_round) for one in log.publications]
    assert pairs == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2)]


@given(
    steps=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 2000)), max_size=20),
    heartbeat=st.integers(1, 90),
)
def test_perfect_nodes_publish_what_the_simple_rule_says(
    steps: list[tuple[int, int]], heartbeat: int
) -> None:
    """Without delay, noise and loss a network is the reporting rule on what everybody sees."""
    at, points = 0, [(0, 1000)]
    for gap, price in steps:
        at += gap
        points.append((at, price))
    prices = path(*points)
    policy = ReportingPolicy(heartbeat, 1, 200, 0)
    seen = [(second, prices.at(second * 1000) or 0) for second in range(at + 100)]
    expected = [(r.published_at, r.answer) for r in publications(policy, seen)]
    log = run(prices, at + 99, heartbeat=heartbeat)
    assert [(one.published_at, one.answer) for one in log.publications] == expected


# REFUSED PARAMETERS


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"faulty": 2}, "below a half"),
        ({"nodes": ()}, "below a half"),
        ({"nodes": (Node("a"), Node("a"), Node("b"))}, "its own name"),
        ({"quorum": 5}, "a quorum is 1 to 4"),
        ({"quorum": 0}, "a quorum is 1 to 4"),
        ({"heartbeat": 0}, "at least 1 s"),
        ({"deviation_numerator": 0}, "above 0"),
        ({"deviation_denominator": 0}, "denominator"),
        ({"interval_ms": 0}, "at least 1 ms"),
        ({"block_time": 0}, "at least 1 s"),
        ({"stage_ms": -1}, "delays"),
        ({"heartbeat_jitter": (3, 2)}, "jitter 3 to 2 falls"),
        ({"heartbeat_jitter": (-60, 2)}, "eats a heartbeat"),
        ({"min_answer": 2, "max_answer": 1}, "above the highest"),
        ({"rounds_per_epoch": 0}, "an epoch"),
        ({"phase": 2**16}, "16 bits"),
        ({"phase": 2**16 - 1, "phase_starts": (5,)}, "16 bits"),
        ({"phase_starts": (5, 5)}, "rise"),
        ({"requests": (5, 4)}, "in order"),
    ],
)
def test_what_is_no_network_is_refused(changes: dict[str, Any], said: str) -> None:
    """Each rule that a network must keep says so."""
    with pytest.raises(ValueError, match=said):
        replace(NETWORK, **changes)


def test_what_is_no_node_path_or_span_is_refused() -> None:
    """A node, a lie, a path and a span must make sense."""
    with pytest.raises(ValueError, match="not negative"):
        Node("a", delay_ms=-1)
    with pytest.raises(ValueError, match="ppm"):
        Node("a", noise_ppm=10**6)
    with pytest.raises(ValueError, match="above 0"):
        Multiple(1, 0)
    for times, values in (((), ()), ((1,), ()), ((2, 2), (1, 1)), ((2, 1), (1, 1))):
        with pytest.raises(ValueError, match="path"):
            StepPath(times, values)
    with pytest.raises(ValueError, match="before the start"):
        publish(NETWORK, CONSTANT, 5, 4, DRAWS)


# HOW GOOD IT WAS


def test_quality_is_measured_against_the_path() -> None:
    """Lag, error and staleness of a step that is seen at once and lands ten seconds later."""
    prices = path((0, 1000), (20, 1250))
    log = run(prices, 60, delay_ms=10_000, heartbeat=1000)
    found = quality_of(log, prices)
    assert told(log) == [(10, 1000, "first"), (30, 1250, "deviation")]
    assert found.by_cause[Cause.FIRST] == found.by_cause[Cause.DEVIATION] == 1
    assert found.lag_ms == (10_000, 10_000, 10_000)
    assert (found.max_error, found.max_error_at_ms) == (Fraction(250, 1250), 20_000)
    assert found.mean_error_ppm == 200_000 * 10 // 50
    assert (found.longest_staleness, found.longest_staleness_from) == (30, 30)
    assert found.seconds_without_answer == 10


def test_quality_counts_rejections_and_empty_phases() -> None:
    """A rejected answer lets the old one grow old; a phase without an answer has none."""
    prices = path((0, 300), (20, 50))
    log = run(prices, 100, min_answer=100, heartbeat=1000, phase_starts=(60,))
    found = quality_of(log, prices)
    assert found.refused[Reason.OUT_OF_RANGE] == 81
    assert (found.longest_staleness, found.seconds_without_answer) == (60, 40)
    assert (found.max_error, found.mean_error_ppm) == (Fraction(5), 5_000_000 * 40 // 60)


def test_quality_of_nothing_is_nothing() -> None:
    """Without a publication there are no figures."""
    prices = path((0, 5))
    found = quality_of(run(prices, 10, min_answer=6), prices)
    assert (found.lag_ms, found.max_error, found.mean_error_ppm) == (None, None, None)
    assert (found.longest_staleness, found.longest_staleness_from) == (0, None)
    assert found.seconds_without_answer == 10
