"""Units of the integers on a page, and how an integer is told in its unit without loss."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

WAD_DIGITS = 18
NUMERATOR_DIGITS = 54
"""Decimals of a numerator: 1e-36 wei."""

LAST_TIME = 253_402_300_799
"""The last second of the year 9999, after which a time is told as its number."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What an integer counts: so many of it are one."""

    digits: int
    """An integer of this unit divided by ten to this power is what people read."""
    places: int
    """Decimals that a cell shows; further ones that are not zero show as an ellipsis."""
    name: str = ""
    """What stands behind the number, such as USD."""
    raw: str = ""
    """What the integer itself counts, such as wei."""
    significant: int = 1
    """Digits that are shown at least of a number below one, from its first that is not zero."""


USD = Unit(WAD_DIGITS, 2, "USD", "wei")
PRICE = Unit(WAD_DIGITS, 2, "USD", "WAD", significant=4)
SIZE = Unit(WAD_DIGITS, 4, "", "WAD")
RATIO = Unit(WAD_DIGITS, 4, "", "WAD")
PERCENT = Unit(WAD_DIGITS - 2, 2, "%", "WAD")
COUNT = Unit(0, 0)
SECONDS = Unit(0, 0, "s", "s")
UNITS = {
    "usd": USD,
    "price": PRICE,
    "size": SIZE,
    "ratio": RATIO,
    "percent": PERCENT,
    "count": COUNT,
    "seconds": SECONDS,
}
"""By the name under which a page knows them."""


def shown(value: int, unit: Unit) -> tuple[str, bool]:
    """A number for people, and whether decimals were left out that are not zero.

    Thousands are separated, decimals cut toward zero, never rounded. Of a number below one as many
    decimals are shown as its first digits need.
    """
    whole, fraction = divmod(abs(value), 10**unit.digits)
    decimals = str(fraction).rjust(unit.digits, "0") if unit.digits else ""
    places = unit.places
    if whole == 0 and fraction:
        zeros = unit.digits - len(decimals.lstrip("0"))
        places = max(places, zeros + unit.significant)
    kept, cut = decimals[:places], decimals[places:]
    text = f"{whole:,}.{kept}" if kept else f"{whole:,}"
    return ("\N{MINUS SIGN}" if value < 0 else "") + text, bool(cut.strip("0"))


def exact(value: int, unit: Unit) -> str:
    """The whole number with all its decimals, as a title says it beside the integer."""
    whole, fraction = divmod(abs(value), 10**unit.digits)
    decimals = str(fraction).rjust(unit.digits, "0").rstrip("0") if unit.digits else ""
    return (
        ("\N{MINUS SIGN}" if value < 0 else "")
        + f"{whole:,}"
        + (f".{decimals}" if decimals else "")
    )


def title(value: int, unit: Unit) -> str:
    """What a cell says when it is pointed at: the exact number, and the integer itself."""
    if unit.digits == 0:
        return f"{value}"
    named = f" {unit.name}" if unit.name else ""
    return f"{exact(value, unit)}{named} = {value} {unit.raw}".rstrip()


def utc(at: int) -> str:
    """A time, UTC, to the second."""
    if not 0 <= at <= LAST_TIME:
        return str(at)
    return datetime.fromtimestamp(at, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
