"""Price files in named formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from weiproof.simulation import importers
from weiproof.simulation.importers import ImportProblem, chainlink_rounds, klines, round_points

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
BARS = b"""open_time_utc,open,high,low,close,volume
2024-08-05T01:09:00Z,10,14,9,12.5,1
2024-08-05T01:10:00Z,12.5,13,8,9,1
2024-08-05T01:12:00Z,9,11,9,10,1
"""
ROUNDS = (
    ",".join(importers.ROUND_COLUMNS).encode()
    + b"""
18446744073709551616,1,0,0,0.00,0,0,,18446744073709551616
18446744073709551617,1,1,150,1.50,100,100,x,18446744073709551617
18446744073709551618,1,2,160,1.60,200,200,x,18446744073709551618
18446744073709551619,1,3,170,1.70,200,200,x,18446744073709551619
"""
)
START = 1722820140  # 2024-08-05T01:09:00Z
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no market data at {DATA}")


def test_a_close_counts_from_the_end_of_its_bar() -> None:
    """Closes stand one bar length after the opening time, missing bars leave a gap."""
    expected = ((START + 60, 125 * 10**17), (START + 120, 9 * 10**18), (START + 240, 10**19))
    assert klines(BARS, "f") == expected


def test_an_open_counts_from_the_beginning_of_its_bar() -> None:
    """Opens stand at the opening time."""
    assert klines(BARS, "f", "open")[0] == (START, 10**19)


def test_rounds_are_read_raw() -> None:
    """The unwritten round is left out, the raw integers stay."""
    dump = chainlink_rounds(ROUNDS, "f")
    assert (dump.decimals, dump.zero_rounds) == (2, 1)
    assert [r.answer for r in dump.rounds] == [150, 160, 170]
    assert dump.rounds[0].round_id == (1 << 64) + 1


def test_of_rounds_at_one_time_the_last_counts() -> None:
    """A path has one price a second."""
    assert round_points(ROUNDS, "f") == ((100, 15 * 10**17), (200, 17 * 10**17))


@pytest.mark.parametrize(
    ("old", "new", "line", "column"),
    [
        (b"open_time_utc", b"time", 1, ""),
        (b"12.5,1\n", b"12.5\n", 2, ""),
        (b",8,9,", b",8,nan,", 3, "close"),
        (b",8,9,", b",8,-9,", 3, "close"),
        (b",8,9,", b",8,0,", 3, "close"),
        (b",8,9,", b",8,1e99,", 3, "close"),
        (b"01:10:00Z", b"01:09:00Z", 3, "open_time_utc"),
        (b"01:10:00Z", b"01:61:00Z", 3, "open_time_utc"),
        (b"01:10:00Z", b"01:10:00", 3, "open_time_utc"),
        (b"12.5", b"\xff", 0, ""),
    ],
)
def test_damaged_klines_name_line_and_column(
    old: bytes, new: bytes, line: int, column: str
) -> None:
    """Each damage is reported at its place."""
    with pytest.raises(ImportProblem) as caught:
        klines(BARS.replace(old, new, 1), "bars.csv")
    assert (caught.value.file, caught.value.line, caught.value.column) == ("bars.csv", line, column)


@pytest.mark.parametrize(
    ("old", "new", "line", "column"),
    [
        (b"150,1.50", b"150,1.51", 3, "answer_decimal"),
        (b"160,1.60", b"-160,-1.60", 4, "answer"),
        (b"160,1.60", b"1.6,1.60", 4, "answer"),
        (b"200,200", b"200,99", 4, "updated_at"),
        (b"19,1,3", b"19,1,4", 5, "round_id"),
    ],
)
def test_damaged_rounds_name_line_and_column(
    old: bytes, new: bytes, line: int, column: str
) -> None:
    """Each damage is reported at its place."""
    with pytest.raises(ImportProblem) as caught:
        chainlink_rounds(ROUNDS.replace(old, new, 1), "rounds.csv")
    assert (caught.value.line, caught.value.column) == (line, column)


def test_an_empty_file_is_refused() -> None:
    """A file without a header, or without rows, is no price file."""
    with pytest.raises(ImportProblem, match="header"):
        klines(b"", "f")
    with pytest.raises(ImportProblem, match="one row"):
        klines(BARS.splitlines()[0], "f")


@needs_data
def test_real_klines_have_the_known_lows() -> None:
    """The lows of the two venues are those that are known of 5 August 2024."""
    lows = {}
    for venue in ("binance", "kucoin"):
        name = f"eth_usdt_{venue}_1min_2024-08-05.csv"
        points = klines(importers.read_bytes(DATA / name, name), name, "low")
        assert len(points) == 1440
        lows[venue] = min(price for _, price in points)
    assert lows == {"binance": 2111 * 10**18, "kucoin": 206274 * 10**16}


@needs_data
def test_real_rounds_are_read_whole() -> None:
    """The ETH/USD dump has 11,106 written rounds and one unwritten."""
    name = "chainlink_eth_usd_mainnet_rounds.csv"
    dump = chainlink_rounds(importers.read_bytes(DATA / name, name), name)
    assert (len(dump.rounds), dump.zero_rounds, dump.decimals) == (11_106, 1, 8)
