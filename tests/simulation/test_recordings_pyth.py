"""Pyth updates from files."""

from __future__ import annotations

import pytest

from weiproof.simulation.recordings.pyth import (
    PYTH_UNIQUE_COLUMNS,
    PythUpdate,
    common_decimals,
    pyth_points,
    pyth_updates,
    scaled,
    skipped,
)
from weiproof.simulation.recordings.table import ImportProblem

ETH, BTC = "0x" + "e7" * 32, "0x" + "b7" * 32
RAW = f"""price_id,price,conf,expo,publish_time
{ETH},250012345678,120000000,-8,1000
{ETH},25002,5,-1,1001
{BTC},-3,18446744073709551615,2,999
{ETH},250030000000,1,-8,1001
""".encode()
UNIQUE = f"""{",".join(PYTH_UNIQUE_COLUMNS)}
{ETH},100,1,-2,1000,999
{ETH},101,1,-2,1001,1000
{ETH},102,1,-2,1005,1004
{ETH},103,1,-2,1005,1005
""".encode()


def test_updates_are_read_raw_by_price_id() -> None:
    """Raw integers, negative prices and large exponents included, with the line they stand in."""
    found = pyth_updates(RAW, "f")
    assert list(found) == [ETH, BTC]
    assert found[ETH][0] == PythUpdate(2, ETH, 250_012_345_678, 120_000_000, -8, 1000, None)
    assert found[BTC] == (PythUpdate(4, BTC, -3, 2**64 - 1, 2, 999, None),)


def test_prices_are_scaled_exactly_to_common_decimals() -> None:
    """The finest exponent counts; a positive one makes whole numbers."""
    found = pyth_updates(RAW, "f")
    assert common_decimals(found[ETH]) == 8
    assert [u.answer for u in scaled(found[ETH])] == [
        250_012_345_678,
        250_020_000_000,
        25003 * 10**7,
    ]
    assert (common_decimals(found[BTC]), scaled(found[BTC])[0].answer) == (0, -300)


def test_points_are_those_of_one_feed() -> None:
    """Named where there are several; the last update of a second counts."""
    assert pyth_points(RAW, "f", ETH) == (
        (1000, 2_500_123_456_780_000_000_000),
        (1001, 2_500_300_000_000_000_000_000),
    )
    assert pyth_points(UNIQUE, "f") == ((1000, 10**18), (1001, 101 * 10**16), (1005, 103 * 10**16))
    for wanted in ("", "0x12"):
        with pytest.raises(ImportProblem, match=f"to be named: {ETH}, {BTC}"):
            pyth_points(RAW, "f", wanted)


def test_points_are_prices_above_zero_in_order() -> None:
    """A consumer may meet others, a price path may not hold them."""
    with pytest.raises(ImportProblem, match="line 4, column price: expected a price above 0"):
        pyth_points(RAW, "f", BTC)
    fallen = RAW.replace(b",1001\n", b",999\n", 1)
    with pytest.raises(ImportProblem, match="line 3, column publish_time"):
        pyth_points(fallen, "f", ETH)


def test_updates_that_the_file_leaves_out_are_known_where_it_names_the_one_before() -> None:
    """One update follows a time that no row has; without the column nobody can tell."""
    assert skipped(pyth_updates(UNIQUE, "f")[ETH]) == 1
    assert skipped(pyth_updates(RAW, "f")[ETH]) is None


@pytest.mark.parametrize(
    ("old", "new", "line", "column"),
    [
        (b"conf", b"confidence", 1, ""),
        (b"0xe7", b"e7", 2, "price_id"),
        (b"0xe7", b"0xE7", 2, "price_id"),
        (b"250012345678", b"9223372036854775808", 2, "price"),
        (b"250012345678", b"2500.1", 2, "price"),
        (b"120000000", b"-1", 2, "conf"),
        (b"18446744073709551615", b"18446744073709551616", 4, "conf"),
        (b"-8,1000", b"-39,1000", 2, "expo"),
        (b"-8,1000", b"-8,253402300800", 2, "publish_time"),
        (b"-8,1000", b"-8,", 2, "publish_time"),
        (b",1000\n", b",1000,\n", 2, ""),
    ],
)
def test_damaged_updates_name_line_and_column(
    old: bytes, new: bytes, line: int, column: str
) -> None:
    """Each damage is reported at its place."""
    with pytest.raises(ImportProblem) as caught:
        pyth_updates(RAW.replace(old, new, 1), "updates.csv")
    assert (caught.value.line, caught.value.column) == (line, column)


def test_an_update_does_not_follow_itself() -> None:
    """The time of the update before is not after its own."""
    with pytest.raises(ImportProblem, match="line 2, column prev_publish_time"):
        pyth_updates(UNIQUE.replace(b"1000,999", b"1000,1001"), "f")
    with pytest.raises(ImportProblem, match="at least one row"):
        pyth_updates(UNIQUE.splitlines()[0], "f")
