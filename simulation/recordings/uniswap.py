"""States of a Uniswap v3 pool, block by block, and the exact price that each of them stands for.

``sqrtPriceX96`` is the square root of token1 per token0, both in smallest units, times 2**96. So
the price of one whole token0 in whole token1 is sqrt**2 * 10**decimals0 / (2**192 * 10**decimals1),
a rational number; nothing is rounded before the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from weiproof.engine.fixed_point import WAD
from weiproof.simulation.toml_exact import split_decimal

from .table import ImportProblem, Row, Update, rows, wad_points

POOL_COLUMNS = (
    "timestamp",
    "time_utc",
    "block_number",
    "sqrt_price_x96",
    "tick",
    "liquidity",
    "token0_price",
    "token1_price",
)
"""Header of a file of pool states. `token1_price` is token1 per token0, in whole tokens, and
`token0_price` its inverse; both are checked against `sqrt_price_x96`."""

MIN_SQRT_PRICE, MAX_SQRT_PRICE = 4_295_128_739, 1461446703485210103287273052203988822378723970342
"""Bounds of ``sqrtPriceX96`` in the pools' TickMath."""
SLACK = Fraction(1, 10**30)
MAX_TICK = 887_272
MAX_SHIFT = 36
"""Largest difference between two tokens' decimals that is looked for."""


@dataclass(frozen=True, slots=True)
class PoolState:
    """A pool at the end of a block."""

    line: int
    at: int
    block_number: int
    sqrt_price_x96: int
    tick: int
    liquidity: int


@dataclass(frozen=True, slots=True)
class PoolDump:
    """All states of a file."""

    decimals_difference: int
    """Decimals of token0 less those of token1, as the shown prices have it."""
    states: tuple[PoolState, ...]

    @property
    def updates(self) -> tuple[Update, ...]:
        """Time and price of token0 in token1 of each state; WAD, rounded down."""
        shift = self.decimals_difference
        return tuple(
            Update(
                one.line, one.at, pool_price_wad(one.sqrt_price_x96, max(shift, 0), max(-shift, 0))
            )
            for one in self.states
        )


def pool_price(sqrt_price_x96: int, decimals0: int, decimals1: int) -> Fraction:
    """Return the exact price of one whole token0 in whole token1."""
    return Fraction(sqrt_price_x96**2 * 10**decimals0, 2**192 * 10**decimals1)


def pool_price_wad(sqrt_price_x96: int, decimals0: int, decimals1: int) -> int:
    """Return the price of one whole token0 in whole token1, WAD, rounded down."""
    price = pool_price(sqrt_price_x96, decimals0, decimals1)
    return price.numerator * WAD // price.denominator


def pool_states(raw: bytes, name: str) -> PoolDump:
    """Return the states of a file, in its order.

    The difference of the tokens' decimals is the one power of ten with which the first row's
    `token1_price` agrees; the prices shown in every row must agree with it.
    """
    found: list[PoolState] = []
    shift: int | None = None
    for row in rows(raw, name, POOL_COLUMNS):
        state = _state(row)
        if shift is None:
            shift = _shift(row, state.sqrt_price_x96)
        price = pool_price(state.sqrt_price_x96, max(shift, 0), max(-shift, 0))
        for column, exact in (
            ("token1_price", price),
            ("token0_price", Fraction(price.denominator, price.numerator)),
        ):
            if not _shows(row, column, exact):
                row.refuse(column, "the price that sqrt_price_x96 stands for")
        found.append(state)
    if shift is None:
        raise ImportProblem(name, 2, "", "at least one row")
    return PoolDump(shift, tuple(found))


def pool_points(raw: bytes, name: str) -> tuple[tuple[int, int], ...]:
    """Return the points (unix seconds, WAD rounded down) of a pool; times must not fall."""
    return wad_points(pool_states(raw, name).updates, name, ("timestamp", "sqrt_price_x96"), 18)


def _state(row: Row) -> PoolState:
    at = row.seconds("timestamp")
    if row.time("time_utc") != at:
        row.refuse("time_utc", f"the UTC time of timestamp {at}")
    return PoolState(
        row.line,
        at,
        row.integer("block_number", 0, 2**64 - 1),
        row.integer("sqrt_price_x96", MIN_SQRT_PRICE, MAX_SQRT_PRICE),
        row.integer("tick", -MAX_TICK, MAX_TICK),
        row.integer("liquidity", 0, 2**128 - 1),
    )


def _shift(row: Row, sqrt_price_x96: int) -> int:
    # From 0 outwards: a price that is shown as 0 agrees with many.
    for shift in sorted(range(-MAX_SHIFT, MAX_SHIFT + 1), key=abs):
        price = pool_price(sqrt_price_x96, max(shift, 0), max(-shift, 0))
        if _shows(row, "token1_price", price):
            return shift
    return row.refuse("token1_price", "sqrt_price_x96**2 / 2**192 times a power of ten")


def _shows(row: Row, column: str, exact: Fraction) -> bool:
    """Whether a decimal shows an exact number: less than one of its last digit away.

    Or a part in 10**30: sources compute these columns with 34 digits, and round more than once.
    """
    try:
        sign, digits, power = split_decimal(row.cells[column])
    except ValueError as error:
        raise ImportProblem(row.file, row.line, column, str(error)) from None
    unit = Fraction(10) ** power
    return abs(sign * int(digits) * unit - exact) < max(unit, exact * SLACK)
