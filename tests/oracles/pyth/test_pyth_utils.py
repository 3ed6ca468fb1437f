"""Prices as integers: against exact fractions, over all exponents and decimals."""

from __future__ import annotations

from fractions import Fraction

import pytest

from weiproof.engine.errors import Panic, Revert
from weiproof.oracles.pyth.errors import ExponentOverflow, InvalidInputExpo, NegativeInputPrice
from weiproof.oracles.pyth.utils import convert_to_uint, derive_cross_rate

MOST = 2**63 - 1
MOST_INT32 = 2**31 - 1
EXPOS = range(-300, 301)


def expected_uint(price: int, expo: int, decimals: int) -> int | str:
    """The truncated value, or why there is none."""
    if expo < -255:
        return "InvalidInputExpo"
    if not -58 <= expo + decimals <= 58:
        return "ExponentOverflow"
    return int(price * Fraction(10) ** (expo + decimals))


def found_uint(price: int, expo: int, decimals: int) -> int | str:
    """What the rule says."""
    try:
        return convert_to_uint(price, expo, decimals)
    except Revert as revert:
        return revert.name


@pytest.mark.parametrize("decimals", [0, 1, 6, 8, 18, 27, 36, 58, 77, 128, 200, 254, 255])
def test_a_price_is_truncated_at_every_exponent(decimals: int) -> None:
    """Exactly, for each exponent from -300 to 300 and the widest prices; otherwise it reverts."""
    for expo in EXPOS:
        for price in (0, 1, 9, 10**18, MOST):
            assert found_uint(price, expo, decimals) == expected_uint(price, expo, decimals)


def test_the_edges_of_exponent_and_decimals_are_where_they_are_said_to_be() -> None:
    """For all 601 exponents and 256 decimals: only the sum and the least exponent decide."""
    for expo in EXPOS:
        for decimals in range(256):
            refused = "InvalidInputExpo" if expo < -255 else "ExponentOverflow"
            fits = expo >= -255 and abs(expo + decimals) <= 58
            assert isinstance(found_uint(1, expo, decimals), int) if fits else (
                found_uint(1, expo, decimals) == refused
            )  # fmt: skip


def test_reverts_come_in_order() -> None:
    """Sign, least exponent, the type's width, scale."""
    with pytest.raises(NegativeInputPrice):
        convert_to_uint(-1, -256, 0)
    with pytest.raises(InvalidInputExpo):
        convert_to_uint(0, -256, 0)
    with pytest.raises(Panic, match="17"):
        convert_to_uint(0, MOST_INT32 - 17, 18)
    with pytest.raises(ExponentOverflow):
        convert_to_uint(0, MOST_INT32 - 18, 18)


@pytest.mark.parametrize("scale", range(-60, 61))
def test_a_cross_rate_is_truncated(scale: int) -> None:
    """Exactly, at every scale that is taken; beyond, it reverts."""
    for price1, price2 in ((1, 1), (7, 3), (MOST, 1), (1, MOST), (MOST, MOST), (0, 5)):
        if abs(scale) > 58:
            with pytest.raises(ExponentOverflow):
                derive_cross_rate(price1, scale - 3, price2, -5, 2)
            continue
        exact = Fraction(price1, price2) * Fraction(10) ** scale
        assert derive_cross_rate(price1, scale - 3, price2, -5, 2) == int(exact)


@pytest.mark.parametrize("expo1", [-1, 0, 1])
def test_a_price_of_zero_cannot_divide(expo1: int) -> None:
    """It panics at any scale."""
    with pytest.raises(Panic, match="18"):
        derive_cross_rate(5, expo1, 0, 0, 0)


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ((-1, -256, 1, 0, 0), NegativeInputPrice),
        ((1, 0, -1, 0, 0), NegativeInputPrice),
        ((1, -256, 1, 0, 0), InvalidInputExpo),
        ((1, 0, 1, -256, 0), InvalidInputExpo),
        ((1, 0, 1, 0, -256), InvalidInputExpo),
        ((1, 0, 1, MOST_INT32, 1), Panic),
        ((1, MOST_INT32, 1, -1, 0), Panic),
        ((1, MOST_INT32, 1, 0, 0), ExponentOverflow),
        ((1, 0, 0, 59, 0), ExponentOverflow),
    ],
)
def test_a_cross_rate_is_refused_in_order(args: tuple[int, ...], error: type[Revert]) -> None:
    """Signs, least exponents, the type's width, scale, and only then the divisor."""
    with pytest.raises(error):
        derive_cross_rate(*args)
