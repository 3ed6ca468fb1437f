"""Exchange bars, Chainlink rounds and gas prices from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from weiproof.oracles.round import Round
from weiproof.simulation.recordings.chainlink import (
    ROUND_COLUMNS,
    chainlink_rounds,
    dump_of,
    round_points,
)
from weiproof.simulation.recordings.gas import GAS_COLUMNS, gas_prices
from weiproof.simulation.recordings.klines import TRADE_BAR_COLUMNS, bars, klines
from weiproof.simulation.recordings.table import MAX_FILE_BYTES, ImportProblem, read_bytes

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
BARS = b"""open_time_utc,open,high,low,close,volume
2024-08-05T01:09:00Z,10,14,9,12.5,1
2024-08-05T01:10:00Z,12.5,13,8,9,1
2024-08-05T01:12:00Z,9,11,9,10,1
"""
ROUNDS = (
    ",".join(ROUND_COLUMNS).encode()
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


def test_bars_with_trades_are_bars() -> None:
    """A file that counts trades is read alike."""
    raw = (
        ",".join(TRADE_BAR_COLUMNS).encode()
        + b"""
2020-03-12T00:00:00Z,195.21,195.43,194.38,194.52,69.7,27
2020-03-12T00:10:00Z,193.56,194.24,193.56,193.93,127.2,10
"""
    )
    midnight = 1_583_971_200
    expected = ((midnight + 600, 19_452 * 10**16), (midnight + 1200, 19_393 * 10**16))
    assert klines(raw, "f") == expected
    with pytest.raises(ImportProblem, match="line 3, column period_start_utc"):
        klines(raw.replace(b"00:10:00Z", b"00:00:00Z"), "f")


def test_bars_are_read_in_any_order() -> None:
    """What only looks at a file gets every row, with its line and the time that it has."""
    found = bars(BARS.replace(b"01:12:00Z", b"01:08:00Z"), "f")
    assert [(bar.line, bar.at - START) for bar in found] == [(2, 60), (3, 120), (4, 0)]


def test_rounds_are_read_in_any_order_of_time() -> None:
    """Without an order of times falling ones and answers below 0 are kept; ids still rise."""
    odd = ROUNDS.replace(b"200,200", b"200,99", 1).replace(b"170,1.70", b"-170,-1.70")
    dump = chainlink_rounds(odd, "f", ordered=False)
    assert [(u.line, u.at, u.answer) for u in dump.updates] == [
        (3, 100, 150),
        (4, 99, 160),
        (5, 200, -170),
    ]
    with pytest.raises(ImportProblem, match="line 3, column round_id"):
        chainlink_rounds(
            ROUNDS.replace(b"616,1,0,0", b"617,1,1,0").replace(b"0.00,0,0", b"0.00,0,9"),
            "f",
            ordered=False,
        )


def test_missing_rounds_are_counted_within_a_phase() -> None:
    """Ids that are left out count, the jump to the next phase does not."""
    phase = 2 << 64
    more = f"{phase + 4},2,4,1,0.01,300,300,x,{phase + 4}\n{phase + 7},2,7,1,0.01,301,301,x,9\n"
    assert chainlink_rounds(ROUNDS, "f").missing == 0
    assert chainlink_rounds(ROUNDS + more.encode(), "f").missing == 2


def test_a_price_path_has_18_decimals_at_most() -> None:
    """More would be rounded."""
    raw = ROUNDS.replace(b".50", b".50" + b"0" * 17).replace(b"0.00,", b"0.00" + b"0" * 17 + b",")
    raw = raw.replace(b".60", b".60" + b"0" * 17).replace(b".70", b".70" + b"0" * 17)
    for answer in (b",150,", b",160,", b",170,"):
        raw = raw.replace(answer, answer[:-1] + b"0" * 17 + b",")
    assert chainlink_rounds(raw, "f").decimals == 19
    with pytest.raises(ImportProblem, match="at most 18 decimals"):
        round_points(raw, "f")


@pytest.mark.parametrize("decimals", [0, 2, 18])
def test_a_written_dump_reads_as_it_was(decimals: int) -> None:
    """Ids, phases, times and answers of any decimals come back, those below 0 as well."""
    made = [
        Round((6 << 64) + 1, 150, 90, 100, (6 << 64) + 1),
        Round((6 << 64) + 2, -7, 100, 112, (6 << 64) + 2),
        Round((7 << 64) + 1, 10**30, 2**32, 2**32, (7 << 64) + 1),
    ]
    dump = chainlink_rounds(dump_of(made, decimals).encode(), "f", ordered=False)
    assert (dump.decimals, dump.rounds) == (decimals, tuple(made))
    assert "1970-01-01T00:01:40Z" in dump_of(made, decimals)


GAS = (
    ",".join(GAS_COLUMNS).encode()
    + b"""
2020-03-12T00:00:00Z,4141,9899718140,4526965738,6924610389,30000000000,300000000000
2020-03-12T00:10:00Z,4284,9965430125,2058914832,6000000000,30000000000,2427410646307
"""
)


def test_gas_prices_count_from_the_start_of_their_period() -> None:
    """Wei as they stand there, of the figure that is asked for."""
    midnight = 1_583_971_200
    assert gas_prices(GAS, "f") == ((midnight, 9_899_718_140), (midnight + 600, 9_965_430_125))
    assert gas_prices(GAS, "f", "p90_wei")[1] == (midnight + 600, 30_000_000_000)


@pytest.mark.parametrize(
    ("old", "new", "line", "column"),
    [
        (b"tx_count", b"count", 1, ""),
        (b"00:10:00Z", b"00:00:00Z", 3, "period_start_utc"),
        (b"9965430125", b"-1", 3, "avg_wei"),
        (b"9965430125", b"1.5", 3, "avg_wei"),
        (b"9965430125", b"9" * 79, 3, "avg_wei"),
        (b"9965430125", b"9" * 81, 3, "avg_wei"),
        (b"9965430125", b'"', 3, ""),
    ],
)
def test_damaged_gas_prices_name_line_and_column(
    old: bytes, new: bytes, line: int, column: str
) -> None:
    """Each damage is reported at its place."""
    with pytest.raises(ImportProblem) as caught:
        gas_prices(GAS.replace(old, new, 1), "gas.csv")
    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_file_that_is_no_file_is_told(tmp_path: Path) -> None:
    """Missing files, folders and files beyond the limit are refused by name."""
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(ImportProblem, match="f: expected a readable file"):
            read_bytes(path, "f")
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(ImportProblem, match="f: expected at most"):
        read_bytes(large, "f")


def test_an_empty_file_is_refused() -> None:
    """A file without a header, or without rows, is no price file."""
    with pytest.raises(ImportProblem, match="header"):
        klines(b"", "f")
    with pytest.raises(ImportProblem, match="one row"):
        klines(BARS.splitlines()[0], "f")
    with pytest.raises(ImportProblem, match="one written round"):
        chainlink_rounds(ROUNDS.splitlines()[0], "f")
    with pytest.raises(ImportProblem, match="one row"):
        gas_prices(GAS.splitlines()[0], "f")


@needs_data
def test_real_klines_have_the_known_lows() -> None:
    """The lows of the two venues are those that are known of 5 August 2024."""
    lows = {}
    for venue in ("binance", "kucoin"):
        name = f"eth_usdt_{venue}_1min_2024-08-05.csv"
        points = klines(read_bytes(DATA / name, name), name, "low")
        assert len(points) == 1440
        lows[venue] = min(price for _, price in points)
    assert lows == {"binance": 2111 * 10**18, "kucoin": 206274 * 10**16}


@needs_data
def test_real_rounds_are_read_whole() -> None:
    """The ETH/USD dump has 11,106 written rounds and one unwritten."""
    name = "chainlink_eth_usd_mainnet_rounds.csv"
    dump = chainlink_rounds(read_bytes(DATA / name, name), name)
    assert (len(dump.rounds), dump.zero_rounds, dump.decimals) == (11_106, 1, 8)
