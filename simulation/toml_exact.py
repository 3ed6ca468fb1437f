"""TOML read with exact decimals, and the one error a scenario file can give.

A decimal is kept as its text (:class:`Exact`) and scaled by digit strings and integers; no binary
or decimal floating point takes part. What is hostile or out of bounds (huge numbers, nan, deep
nesting, binary files) is refused at once.
"""

from __future__ import annotations

import difflib
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_FILE_BYTES = 4 * 1024 * 1024
"""Largest scenario file, in bytes."""
MAX_DIGITS = 80
"""Most digits a number may have, leading zeros included."""
MAX_EXPONENT = 80
"""Largest power of ten, either way, in a decimal."""

_INTEGER_LIMIT = 10**MAX_DIGITS
_DECIMAL = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?", re.ASCII)
# Far above any number that is accepted, so that text in comments is not taken for a number.
_LONG_NUMBER = re.compile(r"[0-9][0-9_]{999}", re.ASCII)
_KEY = re.compile(r"([A-Za-z0-9_.-]+)[ \t]*=", re.ASCII)
_HEADER = re.compile(r"^\[{1,2}([A-Za-z0-9_.-]+)\]{1,2}", re.ASCII | re.MULTILINE)
_QUOTED_DIGITS = 24
_MAX_DEPTH = 16
_MAX_KEY_DOTS = 64
_ROW_DECIMAL = re.compile(r"[0-9]\.[0-9_eE+-]+(?=[\],}\s])", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a scenario."""

    key: str
    """Where: the dotted key, list places counted from 0; empty for the file as a whole."""
    expected: str
    """What was expected, and what was found."""
    hint: str = ""
    """How to mend it."""

    def __str__(self) -> str:
        """Give the problem as one line without the file."""
        place = f"{self.key}: " if self.key else ""
        return f"{place}{self.expected}. {self.hint}".strip()


class ScenarioError(Exception):
    """A scenario that cannot be used: names file and key, what was expected and how to mend it."""

    def __init__(
        self,
        file: str,
        key: str,
        expected: str,
        hint: str = "",
        problems: tuple[Problem, ...] = (),
    ) -> None:
        """Carry the main problem, and all `problems` (the main one first) where there are more."""
        self.file = file
        self.key = key
        self.expected = expected
        self.hint = hint
        self.problems = problems or (Problem(key, expected, hint),)
        super().__init__(file, key, expected, hint)

    @classmethod
    def of(cls, file: str, problems: tuple[Problem, ...]) -> ScenarioError:
        """Make the error of a list of problems; the first is the main one."""
        first = problems[0]
        return cls(file, first.key, first.expected, first.hint, problems)

    def __str__(self) -> str:
        """Give the main problem in one line, and the others below it."""
        others = [f"  also {problem}" for problem in self.problems[1:]]
        return "\n".join([f"{self.file}: {self.problems[0]}", *others])


@dataclass(frozen=True)
class Exact:
    """A decimal as written in the file, underscores taken out."""

    text: str

    def __str__(self) -> str:
        """Give the text, shortened where it is too long for a message."""
        return shorten(self.text)


def shorten(text: str) -> str:
    """Return `text` for a message: long ones by their beginning and their length."""
    if len(text) <= MAX_DIGITS:
        return text
    return f"{text[:_QUOTED_DIGITS]}... ({len(text)} characters)"


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """The hint for a name that is none of those known: the nearest, or what else to do."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}?" if near else otherwise


def parse_float(text: str) -> Exact:
    """Keep the text of a TOML float; it is judged later, where its key is known."""
    return Exact(text.replace("_", ""))


def split_decimal(text: str) -> tuple[int, str, int]:
    """Split a decimal into (sign, digits, power of ten): value = sign x digits x 10**power.

    Refuses with `ValueError`, saying why, everything that is not a plain finite decimal of at most
    80 digits with an exponent within 80 either way.
    """
    if text.lstrip("+-") in {"inf", "nan"}:
        message = f"a finite number, not {text}"
        raise ValueError(message)
    if len(text) > MAX_DIGITS + 8:
        message = f"at most {MAX_DIGITS} digits, not {shorten(text)}"
        raise ValueError(message)
    match = _DECIMAL.fullmatch(text)
    if match is None:
        message = f"a decimal number, not {shorten(text)!r}"
        raise ValueError(message)
    sign, whole, fraction, exponent = match.group(1), match.group(2), match.group(3) or "", 0
    if match.group(4):
        exponent = int(match.group(4))
    if len(whole) + len(fraction) > MAX_DIGITS:
        message = f"at most {MAX_DIGITS} digits, not {len(whole) + len(fraction)}"
        raise ValueError(message)
    if not -MAX_EXPONENT <= exponent <= MAX_EXPONENT:
        message = f"an exponent within {MAX_EXPONENT} either way, not {exponent}"
        raise ValueError(message)
    return -1 if sign == "-" else 1, whole + fraction, exponent - len(fraction)


def scale(text: str, decimals: int) -> int:
    """Return the decimal `text` times 10**decimals as an exact integer.

    Raises `ValueError` where a digit other than 0 would be lost, and for all that
    :func:`split_decimal` refuses.
    """
    sign, digits, power = split_decimal(text)
    power += decimals
    if power >= 0:
        return sign * int(digits + "0" * power)
    kept, lost = digits[:power], digits[power:]
    if lost.strip("0"):
        message = f"at most {decimals} decimal places, not {text}"
        raise ValueError(message)
    return sign * int(kept or "0")


def read_text(path: Path, name: str) -> str:
    """Return the text of a scenario file of at most 4 MiB; `name` stands for it in errors."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(
            name, "", f"expected a readable file: {reason}", "Check the path of the scenario."
        ) from None
    if len(raw) > MAX_FILE_BYTES:
        hint = "Put long price paths into a CSV file."
        raise ScenarioError(name, "", f"expected at most {MAX_FILE_BYTES} bytes", hint)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        expected = f"expected UTF-8 text, byte {error.start} is not"
        raise ScenarioError(name, "", expected, "Is this a TOML file? Save it as UTF-8.") from None


def parse(text: str, name: str) -> dict[str, Any]:
    """Parse TOML text into tables; decimals become :class:`Exact`. Raises `ScenarioError`."""
    if not text.strip():
        hint = "Start from a shipped scenario."
        raise ScenarioError(name, "", "expected a scenario, the file is empty", hint)
    _refuse_long_numbers(text, name)
    _refuse_long_keys(text, name)
    try:
        tables = tomllib.loads(text, parse_float=parse_float)
    except RecursionError:
        hint = "A scenario needs four levels at most."
        raise ScenarioError(name, "", "expected less deeply nested values", hint) from None
    except ValueError as error:
        hint = "Mend the TOML syntax there."
        raise ScenarioError(name, "", f"expected TOML: {shorten(str(error))}", hint) from None
    _refuse_bad_numbers(tables, name)
    return tables


def _refuse_long_numbers(text: str, name: str) -> None:
    match = _LONG_NUMBER.search(text)
    if match is None:
        return
    line_start = text.rfind("\n", 0, match.start()) + 1
    line = text.count("\n", 0, match.start()) + 1
    keys = _KEY.findall(text[line_start : match.start()][-1000:])
    headers = _HEADER.findall(text, 0, line_start)
    key = ".".join([*headers[-1:], *keys[-1:]]) or f"line {line}"
    expected = f"expected at most {MAX_DIGITS} digits in a number (line {line})"
    raise ScenarioError(name, key, expected, "Write a shorter number.")


def _refuse_long_keys(text: str, name: str) -> None:
    # The TOML reader needs time and memory that grow with the square of a dotted key's length.
    for number, line in enumerate(text.split("\n"), start=1):
        dots = line.count(".")
        if dots > _MAX_KEY_DOTS and _ROW_DECIMAL.sub("", line).count(".") > _MAX_KEY_DOTS:
            hint = "Break the line, or shorten the key."
            raise ScenarioError(name, f"line {number}", "expected keys of few parts", hint)


def _refuse_bad_numbers(tables: dict[str, Any], name: str) -> None:
    problems: list[Problem] = []
    # A list of pending values, not recursion: the nesting depth is the file's choice.
    pending: list[tuple[int, str, object]] = [(0, "", tables)]
    while pending:
        depth, key, value = pending.pop()
        if depth > _MAX_DEPTH:
            hint = "A scenario needs four levels at most."
            raise ScenarioError(name, shorten(key), "expected less deeply nested values", hint)
        if isinstance(value, dict):
            inner = [(depth + 1, f"{key}.{k}" if key else k, value[k]) for k in value]
            pending += reversed(inner)
        elif isinstance(value, list):
            pending += reversed([(depth + 1, f"{key}[{i}]", v) for i, v in enumerate(value)])
        else:
            reason = _number_problem(value)
            if reason:
                problems.append(Problem(shorten(key), f"expected {reason}", "Write it exactly."))
    if problems:
        raise ScenarioError.of(name, tuple(problems))


def _number_problem(value: object) -> str:
    if isinstance(value, Exact):
        try:
            split_decimal(value.text)
        except ValueError as error:
            return str(error)
    elif isinstance(value, int) and not -_INTEGER_LIMIT < value < _INTEGER_LIMIT:
        return f"at most {MAX_DIGITS} digits in a number"
    return ""
