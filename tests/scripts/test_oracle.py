"""`weiproof oracle`: what it says of recordings, what it simulates, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weiproof.scripts import errors
from weiproof.scripts.cli import main
from weiproof.simulation.recordings.chainlink import ROUND_COLUMNS, chainlink_rounds

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no market data at {DATA}")

MIDNIGHT = 1_722_816_000
GAS = "period_start_utc,tx_count,avg_wei,p30_wei,p60_wei,p90_wei,p100_wei"


def bars(*closes: object) -> str:
    """Bars of a minute from midnight on."""
    rows = [f"2024-08-05T00:{at:02}:00Z,1,1,1,{close},1" for at, close in enumerate(closes)]
    return "\n".join(["open_time_utc,open,high,low,close,volume", *rows]) + "\n"


def rounds(*made: tuple[int, int]) -> str:
    """A dump of rounds (time, answer) with two decimals."""
    rows = [
        f"{number},0,{number},{answer},{answer // 100}.{answer % 100:02},{at},{at},x,{number}"
        for number, (at, answer) in enumerate(made, start=1)
    ]
    return "\n".join([",".join(ROUND_COLUMNS), *rows]) + "\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a file of each kind."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bars.csv").write_text(bars(100, 100, 101, 101, 40, 101))
    (tmp_path / "rounds.csv").write_text(
        rounds((0, 1000), (70, 1006), (190, 1006), (315, 1006), (315, 1009), (440, 1009))
    )
    (tmp_path / "gas.csv").write_text(
        f"{GAS}\n2024-08-05T00:00:00Z,1,90000000000,1,1,1,1\n"
        "2024-08-05T00:04:00Z,1,20000000000,1,1,1,1\n"
    )
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What a command prints, spaces folded; it passes and says nothing on standard error."""
    assert main(["oracle", *map(str, arguments)]) == errors.PASS
    out, err = capsys.readouterr()
    assert err == ""
    return " ".join(out.split())


def data(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:  # noqa: ANN401 - JSON
    """What a command prints as JSON."""
    assert main(["oracle", *map(str, arguments), "--json"]) == errors.PASS
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


# INSPECT


@pytest.mark.usefixtures("folder")
def test_rounds_are_inspected_with_what_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    """Every figure of a small dump, with heartbeat and deviation as told."""
    options = ("--heartbeat", 120, "--deviation", "0.5%", "--false-alarms", 1)
    (found,) = data(capsys, "inspect", "rounds.csv", *options)["series"]
    assert found["heartbeat"] == {"seconds": 120, "given": True, "gaps_within_60_s_after": 3}
    assert found["deviation"] == {"ppm": 5000, "given": True}
    assert (found["updates"], found["duplicate_times"], found["out_of_order"]) == (6, 1, 0)
    assert found["gaps"]["seconds"]["largest"] == 125
    assert found["gaps"]["longest_from"] == 190
    assert found["explained"]["counts"] == {
        "deviation": 1,
        "heartbeat": 3,
        "both": 0,
        "neither": 1,
    }
    assert found["explained"]["shares_ppm"]["heartbeat"] == 600_000
    assert found["explained"]["heartbeat_lateness_seconds"]["median"] == 5
    assert found["explained"]["neither_step_ppm"]["largest"] == 3 * 10**6 // 1006
    assert found["age_limits"][:2] == [
        {"seconds": 120, "false_alarms": 2, "stale_seconds": 10},
        {"seconds": 180, "false_alarms": 0, "stale_seconds": 0},
    ]
    assert found["recommended"] == {
        "seconds": 125,
        "false_alarms": 0,
        "stale_seconds": 0,
        "allowed": 1,
    }


@pytest.mark.usefixtures("folder")
def test_what_is_not_given_is_inferred_and_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    """The text names the source of heartbeat and deviation, and the age limit."""
    out = shown(capsys, "inspect", "rounds.csv")
    assert "heartbeat 120 s, not given: inferred from the gaps, 3 of 5 within a minute" in out
    assert "deviation" in out
    assert "repeated times 1" in out
    assert "recommended age limit 125 s: 0 false alarms in 5 gaps" in out
    told = shown(capsys, "inspect", "rounds.csv", "--heartbeat", 120, "--deviation", "1/200")
    assert "inferred" not in told
    assert "neither 1 20.0000 %" in told


def test_faults_of_order_are_counted_not_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Falling times, answers below 0 and one update alone are shown."""
    (folder / "odd.csv").write_text(rounds((9, 5), (7, 5)).replace(",5,0.05,7", ",-5,-0.05,7"))
    out = shown(capsys, "inspect", "odd.csv")
    assert "out of order 1" in out
    assert "answers not above 0 1" in out
    assert "none given, none seen in the gaps" in out
    (folder / "one.csv").write_text(rounds((9, 5)))
    assert "no age limit: that takes two updates" in shown(capsys, "inspect", "one.csv")


def test_each_feed_of_a_file_of_pyth_updates_is_shown(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two price ids are two series."""
    ids = ["0x" + digit * 64 for digit in "ab"]
    text = "price_id,price,conf,expo,publish_time\n"
    text += "".join(f"{one},{at},1,-2,{at}\n" for at in (5, 6) for one in ids)
    (folder / "pyth.csv").write_text(text)
    found = data(capsys, "inspect", "pyth.csv")["series"]
    assert [(one["series"], one["updates"], one["decimals"]) for one in found] == [
        (ids[0], 2, 2),
        (ids[1], 2, 2),
    ]


@needs_data
@pytest.mark.parametrize(
    ("feed", "heartbeat", "least", "first", "second"),
    [
        ("eth_usd", 3600, 3720, 1328, 36),
        ("btc_usd", 3600, 3720, 1423, 48),
        ("steth_eth", 86_400, 86_608, 682, 46),
    ],
)
def test_real_feeds_get_an_age_limit(
    capsys: pytest.CaptureFixture[str],
    feed: str,
    heartbeat: int,
    least: int,
    first: int,
    second: int,
) -> None:
    """At the heartbeat the real feeds would be stale hundreds of times, the limit says none."""
    file = DATA / f"chainlink_{feed}_mainnet_rounds.csv"
    (found,) = data(capsys, "inspect", file)["series"]
    assert found["heartbeat"]["seconds"] == heartbeat
    assert found["deviation"] == {"ppm": 5000, "given": False}
    assert [row["false_alarms"] for row in found["age_limits"][:2]] == [first, second]
    assert (found["recommended"]["seconds"], found["recommended"]["false_alarms"]) == (least, 0)


# SIMULATE

FEED = ("--heartbeat", 120, "--deviation", "0.5%", "--interval", 1, "--block-time", 1)


@pytest.mark.usefixtures("folder")
def test_a_path_is_published(capsys: pytest.CaptureFixture[str]) -> None:
    """Causes, lag, error and staleness of a path of six minutes."""
    found = data(capsys, "simulate", "bars.csv", *FEED, "--delay", "2.5")
    assert found["by_cause"] == {"first": 1, "deviation": 2, "heartbeat": 0, "requested": 0}
    assert found["lag_ms"] == {"shortest": 3000, "median": 3000, "longest": 3000}
    assert (found["error"]["largest"], found["error"]["largest_ppm"]) == ("61/40", 1_525_000)
    assert found["error"]["largest_at_ms"] == (MIDNIGHT + 300) * 1000
    assert found["longest_staleness"] == {"seconds": 120, "from": MIDNIGHT + 63}
    assert found["seconds_without_answer"] == 3
    # Three seconds of 1 / 101, three of 61 / 40, and what is left until the end is exact; the last
    # report lands after it.
    total = 9_900 * 3 + 1_525_000 * 3
    assert found["error"]["mean_ppm"] == total // 297
    assert found["refused"] == {"under way at the end": 1}


@pytest.mark.usefixtures("folder")
def test_a_floor_rejects_and_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Below the floor nothing is published, and the text names reason, span and answer."""
    out = shown(capsys, "simulate", "bars.csv", *FEED, "--min-answer", "50")
    assert "refused or lost: 60 answer out of range" in out
    assert "40.00000000" in out
    assert "longest staleness 180 s" in out


@pytest.mark.usefixtures("folder")
def test_dear_gas_makes_reports_wait(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing lands until the gas is cheap again at four minutes past midnight."""
    found = data(
        capsys, "simulate", "bars.csv", *FEED, "--congestion", "gas.csv", "--max-gas", "30"
    )
    assert found["lag_ms"]["longest"] == 180_000
    assert found["seconds_without_answer"] == 180


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("lie", "liars", "largest"), [("x3", 1, 1_525_000), ("x3", 2, 6_575_000), ("7", 3, 930_693)]
)
def test_more_liars_than_are_borne_move_the_answer(
    capsys: pytest.CaptureFixture[str], lie: str, liars: int, largest: int
) -> None:
    """One of four changes nothing, two are the upper middle."""
    options = (*FEED, "--faulty", liars, "--lie", lie, "--delay", "1")
    found = data(capsys, "simulate", "bars.csv", *options)
    assert found["error"]["largest_ppm"] == largest


@pytest.mark.usefixtures("folder")
def test_the_seed_fixes_what_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    """Noise, jitter, delays and skew are the same with one seed, and others with another."""
    options = ("--noise", 400, "--jitter", "-5:9", "--delay-jitter", "4", "--skew", "2")
    run = ("simulate", "bars.csv", *FEED, *options, "--seed")
    assert data(capsys, *run, 1) == data(capsys, *run, 1)
    assert data(capsys, *run, 1)["error"] != data(capsys, *run, 2)["error"]


def test_the_rounds_are_written_as_a_dump(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is written is read by `inspect`, and never overwritten."""
    out = folder / "out.csv"
    data(capsys, "simulate", "bars.csv", *FEED, "--delay", "2.5", "--out", out)
    found = chainlink_rounds(out.read_bytes(), "out.csv")
    start = MIDNIGHT + 60
    assert [(r.answer, r.started_at - start, r.updated_at - start) for r in found.rounds] == [
        (100 * 10**8, 0, 3),
        (101 * 10**8, 120, 123),
        (40 * 10**8, 240, 243),
    ]
    (again,) = data(capsys, "inspect", out)["series"]
    assert (again["updates"], again["decimals"]) == (3, 8)
    before = out.read_bytes()
    assert main(["oracle", "simulate", "bars.csv", *map(str, FEED), "--out", str(out)]) == 2
    assert out.read_bytes() == before
    assert "a new file" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_times_of_outages_are_unix_or_utc(capsys: pytest.CaptureFixture[str]) -> None:
    """Both say the same, and all nodes are down then."""
    utc = "2024-08-05T00:01:30Z/2024-08-05T00:01:40Z"
    unix = f"{MIDNIGHT + 90}/{MIDNIGHT + 100}"
    found = [data(capsys, "simulate", "bars.csv", *FEED, "--outage", each) for each in (utc, unix)]
    assert found[0] == found[1]
    assert found[0]["refused"] == {"no quorum": 10}


# WHAT IS REFUSED

PLAIN = ("--heartbeat", "120", "--deviation", "1%")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("inspect", "missing.csv"), "does not exist"),
        (("inspect", "."), "is a directory"),
        (("inspect", "gas.csv"), "the header of a known format"),
        (("inspect", "rounds.csv", "--format", "klines"), "line 1: expected the header open_time"),
        (("inspect", "rounds.csv", "--column", "low"), "--column is for bars"),
        (("inspect", "rounds.csv", "--heartbeat", "0"), "0 is not in the range"),
        (("inspect", "rounds.csv", "--deviation", "0"), "above 0 and at most 1"),
        (("inspect", "rounds.csv", "--deviation", "101%"), "above 0 and at most 1"),
        (("inspect", "rounds.csv", "--deviation", "1/0"), "no share"),
        (("inspect", "rounds.csv", "--deviation", "nan"), "no share"),
        (("simulate", "bars.csv"), "Missing option"),
        (("simulate", "bars.csv", *PLAIN, "--faulty", "5"), "more than --nodes 4"),
        (("simulate", "bars.csv", *PLAIN, "--jitter=-120:0"), "eats a heartbeat"),
        (("simulate", "bars.csv", *PLAIN, "--jitter", "5:4"), "from less to more"),
        (("simulate", "bars.csv", *PLAIN, "--jitter", "soon"), "neither seconds nor FROM:TO"),
        (("simulate", "bars.csv", *PLAIN, "--interval", "0"), "is not from 1 ms"),
        (("simulate", "bars.csv", *PLAIN, "--interval", "0.0001"), "at most 3 decimal places"),
        (("simulate", "bars.csv", *PLAIN, "--delay", "-1"), "is not from 0 ms"),
        (("simulate", "bars.csv", *PLAIN, "--lie", "much"), "a decimal number"),
        (("simulate", "bars.csv", *PLAIN, "--lie", "x1/0"), "are multiples"),
        (("simulate", "bars.csv", *PLAIN, "--min-answer", "1e99"), "--min-answer: expected"),
        (("simulate", "bars.csv", *PLAIN, "--max-answer=-1", "--min-answer=1"), "above the high"),
        (("simulate", "bars.csv", *PLAIN, "--max-gas", "1"), "go together"),
        (("simulate", "bars.csv", *PLAIN, "--congestion", "gas.csv"), "go together"),
        (
            ("simulate", "bars.csv", *PLAIN, "--congestion", "bars.csv", "--max-gas", "1"),
            "the header period_start_utc",
        ),
        (("simulate", "bars.csv", *PLAIN, "--outage", "5"), "is not FROM/TO"),
        (("simulate", "bars.csv", *PLAIN, "--outage", "5/5"), "ends before it begins"),
        (("simulate", "bars.csv", *PLAIN, "--out", "no/out.csv"), "a new file in a folder"),
        (("simulate", "rounds.csv", *PLAIN, "--decimals", "0", "--column", "low"), "for bars"),
    ],
)
def test_a_mistake_is_told_in_a_message(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    """Each ends with 2, says what is wrong, and writes nothing to standard output."""
    assert main(["oracle", *arguments]) == errors.BAD_USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert said in " ".join(err.split())
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"\x7fELF\x02\xff", "UTF-8 text"),
        (b"a,b\n1,2\n", "the header of a known format, not 'a,b'"),
        (bars("9" * 200).encode(), "line 2, column close: expected at most 80 digits"),
        (bars("0.000000001").encode(), "a price is 0 with 8 decimals"),
        (bars(1, 2, 3, 4).replace("03:00", "01:00").encode(), "line 5, column open_time_utc"),
    ],
)
def test_a_bad_file_is_told_in_a_message(
    folder: Path, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    """Empty, binary, foreign and damaged files name themselves."""
    (folder / "bad.csv").write_bytes(content)
    assert main(["oracle", "simulate", "bad.csv", *PLAIN]) == errors.BAD_USAGE
    err = " ".join(capsys.readouterr().err.split())
    assert said in err
    assert err.startswith("error: bad.csv")


def test_what_would_take_for_ever_does_not_begin(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Too many observations are refused with the way out."""
    (folder / "far.csv").write_text(rounds((1, 5), (10**9, 5)))
    assert main(["oracle", "simulate", "far.csv", *PLAIN]) == errors.BAD_USAGE
    assert "a longer --interval" in capsys.readouterr().err
