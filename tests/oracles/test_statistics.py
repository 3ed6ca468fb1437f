"""Statistics of rounds."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from weiproof.oracles.statistics import (
    Classification,
    RoundStatistics,
    classify,
    false_alarms,
    least_max_age,
    likely_deviation,
    likely_heartbeat,
    median,
    quantile,
    round_statistics,
)

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no market data at {DATA}")


def test_gaps_are_counted_strictly() -> None:
    """A gap of just the heartbeat is not over it, nor one of just the margin more."""
    times = [0, 100, 201, 361, 522, 522, 532]
    found = round_statistics([(at, 100 + i) for i, at in enumerate(times)], 100)
    assert found == RoundStatistics(
        count=7,
        gaps=6,
        over_heartbeat=3,
        over_heartbeat_and_margin=1,
        longest_gap=161,
        duplicate_timestamps=1,
        early_updates=2,
        median_early_step=(Fraction(1, 104) + Fraction(1, 105)) / 2,
    )


@pytest.mark.parametrize("rounds", [[], [(5, 1)]])
def test_few_rounds_have_no_gaps(rounds: list[tuple[int, int]]) -> None:
    """Without a pair of rounds everything is 0 and there is no median."""
    found = round_statistics(rounds, 60)
    assert (found.gaps, found.longest_gap, found.median_early_step) == (0, 0, None)


def test_falling_times_are_refused() -> None:
    """Rounds out of order are an error."""
    with pytest.raises(ValueError, match="must not fall"):
        round_statistics([(2, 1), (1, 1)], 60)


def test_the_median_is_exact() -> None:
    """The middle value, or the mean of the middle two."""
    values = [Fraction(1, 3), Fraction(1, 7), Fraction(1, 5)]
    assert median(values) == Fraction(1, 5)
    assert median(values[:2]) == Fraction(5, 21)


@needs_data
@pytest.mark.parametrize(
    ("feed", "heartbeat", "gaps", "over", "over_margin", "longest"),
    [
        ("eth_usd", 3600, 11_105, 1328, 36, 3720),
        ("btc_usd", 3600, 10_690, 1423, 48, 3720),
        ("steth_eth", 86_400, 744, 682, 46, 86_608),
    ],
)
def test_real_feeds_are_as_late_as_known(
    feed: str, heartbeat: int, gaps: int, over: int, over_margin: int, longest: int
) -> None:
    """The gaps of real feeds are those that their sources state."""
    found = round_statistics(real_rounds(feed), heartbeat)
    assert (found.gaps, found.over_heartbeat) == (gaps, over)
    assert (found.over_heartbeat_and_margin, found.longest_gap) == (over_margin, longest)


@needs_data
def test_real_early_steps_are_near_the_threshold() -> None:
    """The median early step of ETH/USD is 0.503 %, and some rounds share a time."""
    found = round_statistics(real_rounds("eth_usd"), 3600)
    assert found.duplicate_timestamps == 5
    assert found.median_early_step is not None
    per_million = found.median_early_step * 10**6
    assert 5025 <= per_million < 5035


def test_each_round_has_its_explanation() -> None:
    """Threshold and heartbeat are inclusive; a minute before the heartbeat is told apart."""
    rounds = [
        (0, 1000),
        (10, 1005),  # by deviation
        (110, 1005),  # by heartbeat, to the second
        (230, 1000),  # by heartbeat, 20 s late: 5 of 1005 is below 0.5 %
        (400, 1005),  # by both
        (440, 1006),  # by neither, 60 s early
        (479, 1008),  # by neither
    ]
    assert classify(rounds, 100, 1, 200) == Classification(
        pairs=6,
        by_deviation=1,
        by_heartbeat=2,
        by_both=1,
        by_neither=2,
        shortly_before=1,
        lateness=(0, 20),
        small_steps=(Fraction(1, 1005), Fraction(2, 1006)),
    )


def test_a_step_from_zero_is_a_deviation() -> None:
    """Any change from 0 counts, no change from 0 has no step."""
    found = classify([(0, 0), (1, 0), (2, 5)], 100, 1, 200)
    assert (found.by_deviation, found.by_neither, found.small_steps) == (1, 1, ())


def test_the_likely_heartbeat_is_the_minute_that_covers_most_time() -> None:
    """Many short gaps do not outweigh the long ones, and seconds late stay in the minute."""
    at, rounds = 0, [(0, 1)]
    for gap in [60] * 30 + [3612, 3600, 3659, 3700]:
        at += gap
        rounds.append((at, 1))
    assert likely_heartbeat(rounds) == 3600
    assert likely_heartbeat([(0, 1), (59, 1), (118, 1)]) is None


def test_the_likely_deviation_is_the_band_that_holds_most_steps() -> None:
    """Steps of heartbeats and below 0.05 % do not count."""
    rounds = [(0, 10_000), (1, 10_052), (2, 10_104), (3, 10_306), (4, 10_307), (200, 10_408)]
    assert likely_deviation(rounds, 100) == Fraction(1, 200)
    assert likely_deviation([(0, 10_000), (1, 10_004)], 100) is None


def test_an_age_limit_has_its_false_alarms() -> None:
    """Only an age above the limit is stale; the smallest limit allows no more than told."""
    gaps = [50, 10, 30, 40, 20]
    assert [false_alarms(gaps, limit) for limit in (9, 10, 30, 50)] == [5, 4, 2, 0]
    assert [least_max_age(gaps, allowed) for allowed in range(7)] == [50, 40, 30, 20, 10, 0, 0]
    for allowed in range(6):
        limit = least_max_age(gaps, allowed)
        assert false_alarms(gaps, limit) <= allowed < false_alarms(gaps, limit - 1) + (limit == 0)


def test_a_quantile_is_one_of_the_values() -> None:
    """Nearest rank: half of four is the second, a hundredth the first, all the last."""
    values = [1, 2, 3, 10]
    assert [quantile(values, n, 100) for n in (0, 1, 25, 26, 50, 51, 99, 100)] == [
        *(1, 1, 1, 2, 2, 3, 10, 10)
    ]
    with pytest.raises(ValueError, match="quantile"):
        quantile([], 1, 2)


@needs_data
@pytest.mark.parametrize(
    ("feed", "heartbeat", "counts", "shortly_before"),
    [
        ("eth_usd", 3600, (3351, 4182, 14, 3558), 581),
        ("btc_usd", 3600, (2904, 4359, 11, 3416), 643),
        ("steth_eth", 86_400, (18, 668, 16, 42), 35),
    ],
)
def test_real_rounds_are_explained_in_part_only(
    feed: str, heartbeat: int, counts: tuple[int, int, int, int], shortly_before: int
) -> None:
    """With a threshold of 0.5 %, a third of the USD feeds' rounds has neither reason."""
    found = classify(real_rounds(feed), heartbeat, 1, 200)
    assert (found.by_deviation, found.by_heartbeat, found.by_both, found.by_neither) == counts
    assert sum(counts) == found.pairs
    assert found.shortly_before == shortly_before


@needs_data
@pytest.mark.parametrize(
    ("feed", "heartbeat", "deviation"),
    [
        ("eth_usd", 3600, Fraction(1, 200)),
        ("btc_usd", 3600, Fraction(1, 200)),
        ("steth_eth", 86_400, Fraction(1, 200)),
    ],
)
def test_real_feeds_show_their_parameters(feed: str, heartbeat: int, deviation: Fraction) -> None:
    """Heartbeat and threshold that the rounds suggest are those that their operators state."""
    rounds = real_rounds(feed)
    assert likely_heartbeat(rounds) == heartbeat
    assert likely_deviation(rounds, heartbeat) == deviation


def real_rounds(feed: str) -> list[tuple[int, int]]:
    """Return the written rounds of a dump: (update time, answer)."""
    with (DATA / f"chainlink_{feed}_mainnet_rounds.csv").open(encoding="utf-8") as file:
        rows = [(int(row["updated_at"]), int(row["answer"])) for row in csv.DictReader(file)]
    return [row for row in rows if row[0]]
