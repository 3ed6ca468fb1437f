"""Which format a file has, and the series that are in it."""

from __future__ import annotations

import pytest

from weiproof.simulation.recordings.formats import HEADERS, detect, points_of, series_of
from weiproof.simulation.recordings.table import ImportProblem

BARS = b"""open_time_utc,open,high,low,close,volume
2024-08-05T00:00:00Z,10,14,9,12,1
2024-08-05T00:04:00Z,12,13,8,9,1
2024-08-05T00:05:00Z,9,11,9,10,1
2024-08-05T00:05:00Z,9,11,9,11,1
2024-08-05T00:02:00Z,9,11,9,10,1
"""
MIDNIGHT = 1_722_816_000
ROUNDS = b"""round_id,phase_id,aggregator_round_id,answer,answer_decimal,started_at,updated_at,\
updated_at_utc,answered_in_round
5,0,5,0,0.0,0,0,,5
6,0,6,10,1.0,3,3,x,6
8,0,8,-11,-1.1,2,2,x,8
"""
ETH, BTC = "0x" + "e7" * 32, "0x" + "b7" * 32
UPDATES = f"price_id,price,conf,expo,publish_time\n{ETH},5,0,-1,7\n{BTC},6,0,0,7\n".encode()


@pytest.mark.parametrize(
    ("kind", "columns"), [(kind, each) for kind, known in HEADERS.items() for each in known]
)
def test_a_header_tells_the_format(kind: str, columns: tuple[str, ...]) -> None:
    """Each known header belongs to one format."""
    assert detect(",".join(columns).encode(), "f") == kind


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "it is empty"),
        (b"\n1,2\n", "not ''"),
        (b"time,price\n1,2\n", "not 'time,price': klines (open_time_utc"),
        (b"\x01\x02\x00", "text, byte 2 is zero"),
        (b"\xff\xd8\xff", "UTF-8 text, byte 0 is not"),
        (b"a" * 200_000, "CSV: field larger"),
    ],
)
def test_an_unknown_file_is_told_what_is_known(raw: bytes, said: str) -> None:
    """The message shows what was found and the headers that are understood."""
    with pytest.raises(ImportProblem) as caught:
        detect(raw, "f")
    assert said in str(caught.value)


def test_bars_are_one_series_with_its_faults() -> None:
    """A repeated time, one that falls, and bars that are missing are counted; nothing is lost."""
    (series,) = series_of(BARS, "f", "klines", "open")
    assert (series.decimals, series.out_of_order, series.duplicates) == (18, 1, 1)
    assert (series.missing, series.not_positive, len(series.updates)) == (3, 0, 5)
    assert [at - MIDNIGHT for at, _ in series.rounds] == [0, 120, 240, 300, 300]
    assert [answer // 10**18 for _, answer in series.rounds] == [10, 9, 12, 9, 9]


def test_rounds_are_one_series_with_its_faults() -> None:
    """Unwritten rounds, ids left out, falling times and answers below 0 are counted."""
    (series,) = series_of(ROUNDS, "f", "chainlink-rounds")
    assert (series.decimals, series.unwritten, series.missing) == (1, 1, 1)
    assert (series.out_of_order, series.not_positive) == (1, 1)
    assert series.rounds == ((2, -11), (3, 10))


def test_updates_are_a_series_for_each_price_id() -> None:
    """In the order in which they first come."""
    found = series_of(UPDATES, "f", "pyth-updates")
    assert [(each.name, each.decimals, each.rounds) for each in found] == [
        (ETH, 1, ((7, 5),)),
        (BTC, 0, ((7, 6),)),
    ]


def test_every_format_gives_a_price_path() -> None:
    """Points are WAD; a path refuses what a series counts."""
    assert points_of(UPDATES, "f", "pyth-updates", price_id=ETH) == ((7, 5 * 10**17),)
    assert points_of(BARS[:141], "f", "klines", column="high")[0] == (MIDNIGHT + 60, 14 * 10**18)
    for raw, kind in ((BARS, "klines"), (ROUNDS, "chainlink-rounds")):
        with pytest.raises(ImportProblem, match="line"):
            points_of(raw, "f", kind)
