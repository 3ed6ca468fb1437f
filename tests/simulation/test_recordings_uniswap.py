"""States of a Uniswap v3 pool from files, and the exact prices they stand for."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.simulation.recordings.table import ImportProblem, read_bytes
from weiproof.simulation.recordings.uniswap import (
    MAX_SQRT_PRICE,
    MIN_SQRT_PRICE,
    POOL_COLUMNS,
    pool_points,
    pool_price,
    pool_price_wad,
    pool_states,
)

FILE = "usde_usdt_uniswapv3_blocks_2025-10-10_11.csv"
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / FILE
needs_data = pytest.mark.skipif(not DATA.is_file(), reason=f"no market data at {DATA}")

Q96 = 2**96
# Square roots of 4, 9 and 2.25: the prices are exact decimals.
RAW = (
    ",".join(POOL_COLUMNS).encode()
    + f"""
1760112011,2025-10-10T16:00:11Z,100,{2 * Q96},13863,7,0.25,4
1760112023,2025-10-10T16:00:23Z,101,{3 * Q96},21973,7,0.1111,9.0
1760112023,2025-10-10T16:00:23Z,102,{3 * Q96 // 2},8109,0,0.4444444,2.25
""".encode()
)


def test_a_price_is_the_square_in_whole_tokens() -> None:
    """The exact ratio carries the decimals of both tokens."""
    assert pool_price(2 * Q96, 0, 0) == 4
    assert pool_price(Q96 + 1, 18, 6) == Fraction((Q96 + 1) ** 2 * 10**12, 2**192)
    assert pool_price(Q96, 6, 18) == Fraction(1, 10**12)


@given(
    sqrt=st.integers(MIN_SQRT_PRICE, MAX_SQRT_PRICE),
    decimals0=st.integers(0, 18),
    decimals1=st.integers(0, 18),
)
def test_the_wad_price_is_the_exact_one_rounded_down(
    sqrt: int, decimals0: int, decimals1: int
) -> None:
    """It is at most the exact price, by less than one unit."""
    exact = pool_price(sqrt, decimals0, decimals1) * 10**18
    assert 0 <= exact - pool_price_wad(sqrt, decimals0, decimals1) < 1


def test_states_are_read_and_the_decimals_found() -> None:
    """The power of ten between square and shown price is the difference of the decimals."""
    dump = pool_states(RAW, "f")
    assert dump.decimals_difference == 0
    assert [(u.line, u.at, u.answer) for u in dump.updates] == [
        (2, 1_760_112_011, 4 * 10**18),
        (3, 1_760_112_023, 9 * 10**18),
        (4, 1_760_112_023, 225 * 10**16),
    ]
    assert pool_points(RAW, "f") == ((1_760_112_011, 4 * 10**18), (1_760_112_023, 225 * 10**16))


@pytest.mark.parametrize(("shown0", "shown1", "shift"), [("25", "0.04", -2), ("0.0025", "4e2", 2)])
def test_tokens_of_different_decimals_are_known_by_their_price(
    shown0: str, shown1: str, shift: int
) -> None:
    """Token0 may have more decimals or fewer."""
    raw = b"\n".join(RAW.splitlines()[:2]).replace(b"0.25,4", f"{shown0},{shown1}".encode())
    assert pool_states(raw, "f").decimals_difference == shift


@pytest.mark.parametrize(
    ("old", "new", "line", "column"),
    [
        (b"tick", b"tock", 1, ""),
        (b"1760112011", b"1760112012", 2, "time_utc"),
        (b"0.25,4\n", b"0.25,5\n", 2, "token1_price"),
        (b"0.25,4\n", b"0.25,four\n", 2, "token1_price"),
        (b"0.1111,", b"0.1113,", 3, "token0_price"),
        (b"0.1111,", b"0.1111,9,", 3, ""),
        (b",9.0", b",8.9", 3, "token1_price"),
        (b"13863", b"887273", 2, "tick"),
        (str(3 * Q96).encode(), b"4295128738", 3, "sqrt_price_x96"),
        (b",0,0.4444444", b",-1,0.4444444", 4, "liquidity"),
        (b",102,", b",x,", 4, "block_number"),
    ],
)
def test_damaged_states_name_line_and_column(
    old: bytes, new: bytes, line: int, column: str
) -> None:
    """Each damage is reported at its place."""
    with pytest.raises(ImportProblem) as caught:
        pool_states(RAW.replace(old, new, 1), "pool.csv")
    assert (caught.value.line, caught.value.column) == (line, column)


def test_no_state_is_no_pool() -> None:
    """A header alone is refused."""
    with pytest.raises(ImportProblem, match="at least one row"):
        pool_states(RAW.splitlines()[0], "f")


@needs_data
def test_the_real_pool_never_left_its_peg() -> None:
    """All 2,980 blocks agree with the prices shown; USDe stayed above 0.994 USDT."""
    dump = pool_states(read_bytes(DATA, FILE), FILE)
    assert (len(dump.states), dump.decimals_difference) == (2980, 12)
    lowest = min(pool_price(one.sqrt_price_x96, 18, 6) for one in dump.states)
    assert Fraction(994, 1000) < lowest < 1
    assert min(u.answer for u in dump.updates) == lowest.numerator * 10**18 // lowest.denominator
