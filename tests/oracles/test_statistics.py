"""Statistics of rounds."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from weiproof.oracles.statistics import RoundStatistics, median, round_statistics

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


def real_rounds(feed: str) -> list[tuple[int, int]]:
    """Return the written rounds of a dump: (update time, answer)."""
    with (DATA / f"chainlink_{feed}_mainnet_rounds.csv").open(encoding="utf-8") as file:
        rows = [(int(row["updated_at"]), int(row["answer"])) for row in csv.DictReader(file)]
    return [row for row in rows if row[0]]
