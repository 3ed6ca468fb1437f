"""What the `oracle` commands have in common: their files, and options of exact numbers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = ("klines", "chainlink-rounds", "pyth-updates", "uniswap-v3")
FIGURES = ("open", "high", "low", "close")


class ShareType(click.ParamType[Fraction]):
    """A part of one: ``0.5%``, ``0.005`` or ``1/200``."""

    name = "SHARE"

    def convert(self, value: Any, param: Any, ctx: Any) -> Fraction:  # noqa: ANN401 - click's signature
        """Reads the option, exactly."""
        text = str(value)
        try:
            share = exact(text[:-1]) / 100 if text.endswith("%") else exact(text)
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value!r} is no share such as 0.5%, 0.005 or 1/200", param, ctx)
        if not 0 < share <= 1:
            self.fail(f"{value!r} is not above 0 and at most 1 (100%)", param, ctx)
        return share


class SecondsType(click.ParamType[int]):
    """Seconds with up to three decimals; the value is in milliseconds."""

    name = "SECONDS"

    def __init__(self, least: int = 0) -> None:
        """`least` is in milliseconds."""
        self._least = least

    def convert(self, value: Any, param: Any, ctx: Any) -> int:  # noqa: ANN401 - click's signature
        """Reads the option, exactly."""
        from weiproof.simulation.toml_exact import scale

        try:
            found = scale(str(value), 3)
        except ValueError as error:
            self.fail(f"expected {error}", param, ctx)
        if not self._least <= found <= 10**12:
            self.fail(f"{value!r} is not from {self._least} ms to 10**9 seconds", param, ctx)
        return found


class SpanType(click.ParamType[tuple[int, int]]):
    """Whole seconds ``LATE`` or ``EARLIEST:LATEST``; negative is early."""

    name = "SECONDS|FROM:TO"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:  # noqa: ANN401 - click's signature
        """Reads the option."""
        low, colon, high = str(value).rpartition(":")
        try:
            found = (int(low) if colon else 0, int(high))
        except ValueError:
            self.fail(f"{value!r} is neither seconds nor FROM:TO, such as -24:60", param, ctx)
        if not -(10**9) <= found[0] <= found[1] <= 10**9:
            self.fail(f"{value!r} does not go from less to more", param, ctx)
        return found


class OutageType(click.ParamType[tuple[int, int]]):
    """``FROM/TO``, each in unix seconds or UTC."""

    name = "FROM/TO"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:  # noqa: ANN401 - click's signature
        """Reads the option."""
        start, _, end = str(value).partition("/")
        try:
            found = (_time(start), _time(end))
        except ValueError:
            shape = "FROM/TO, such as 2024-08-05T01:10:00Z/2024-08-05T01:20:00Z"
            self.fail(f"{value!r} is not {shape}", param, ctx)
        if found[0] >= found[1]:
            self.fail(f"{value!r} ends before it begins", param, ctx)
        return found


def exact(text: str) -> Fraction:
    """A decimal, or a fraction of two. Raises ValueError or ZeroDivisionError."""
    top, slash, bottom = text.partition("/")
    return _decimal(top) / _decimal(bottom) if slash else _decimal(top)


def _decimal(text: str) -> Fraction:
    from weiproof.simulation.toml_exact import split_decimal

    sign, digits, power = split_decimal(text.strip())
    return sign * int(digits) * Fraction(10) ** power


def _time(text: str) -> int:
    from datetime import datetime, timezone

    if text.isascii() and text.isdigit() and len(text) <= 12:  # noqa: PLR2004 - the year 9999
        return int(text)
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    return int(moment.timestamp())


def file_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds FILE and how it is read."""
    for decorate in (
        click.option("--column", type=click.Choice(FIGURES), help="Figure of bars [close]."),
        click.option(
            "--format",
            "kind",
            type=click.Choice(FORMATS),
            help="Format of the file; else its header tells.",
        ),
        click.argument(
            "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE"
        ),
    ):
        function = decorate(function)
    return function


def read_file(file: Path, kind: str | None, column: str | None) -> tuple[bytes, str]:
    """The bytes of a file, and its format.

    Raises ImportProblem where the file is none of the known ones, BadUsage on a useless column.
    """
    from weiproof.simulation.recordings.formats import KLINES, detect
    from weiproof.simulation.recordings.table import read_bytes

    from . import errors

    raw = read_bytes(file, str(file))
    found = kind or detect(raw, str(file))
    if column is not None and found != KLINES:
        raise errors.BadUsage(f"--column is for bars, and {file} holds {found}")
    return raw, found


def moment(at: int) -> str:
    """A time as people read it, UTC."""
    from datetime import datetime, timezone

    return datetime.fromtimestamp(at, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")


def percent(ppm: int | None) -> str:
    """Millionths as a percentage with four decimals."""
    if ppm is None:
        return "-"
    return f"{ppm // 10_000:,}.{ppm % 10_000:04} %"
