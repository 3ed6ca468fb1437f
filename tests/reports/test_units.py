"""Integers told in their units: cut, never rounded, and never without a sign of what was cut."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from weiproof.reports.units import (
    RATIO,
    SIZE,
    UNITS,
    USD,
    Unit,
    exact,
    shown,
    title,
    utc,
)

INTEGERS = st.integers(-(2**255), 2**255)
ODD = [Unit(digits, min(digits, 2)) for digits in (0, 1, 8, 36)]
ALL = st.sampled_from([*UNITS.values(), *ODD])


def value_of(text: str) -> Fraction:
    """The number that a text says."""
    return Fraction(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))


@given(INTEGERS, ALL)
def test_what_is_shown_is_the_number_cut_toward_zero(value: int, unit: Unit) -> None:
    """The text is the exact one or a beginning of it, and says whether it is all of it."""
    text, cut = shown(value, unit)
    whole = Fraction(value, 10**unit.digits)
    assert abs(value_of(text)) <= abs(whole)
    assert cut == (value_of(text) != whole)
    assert (value == 0) == (value_of(text) == 0)
    places = len(text.partition(".")[2])
    assert abs(whole - value_of(text)) < Fraction(1, 10**places)


@given(INTEGERS, ALL)
def test_the_exact_text_loses_nothing(value: int, unit: Unit) -> None:
    """It gives the integer back, and a title holds that, too."""
    assert value_of(exact(value, unit)) * 10**unit.digits == value
    assert str(value) in title(value, unit)


def test_numbers_for_people() -> None:
    """Thousands are separated; a number that would show as zero shows its first digit."""
    wei = 10**18
    assert shown(1_234_567 * wei, USD) == ("1,234,567.00", False)
    assert shown(-2_616_895 * wei // 1000, USD) == ("\N{MINUS SIGN}2,616.89", True)
    assert shown(3, SIZE) == ("0.000000000000000003", False)
    assert shown(120_000_000_000, RATIO) == ("0.0000001", True)
    assert shown(0, USD) == ("0.00", False)
    assert title(15 * wei // 10, USD) == "1.5 USD = 1500000000000000000 wei"


def test_times_are_in_utc() -> None:
    """To the second, whatever the machine's time zone."""
    assert utc(1_722_820_224) == "2024-08-05 01:10:24"
