"""TOML with exact decimals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.simulation.toml_exact import (
    MAX_FILE_BYTES,
    Exact,
    Problem,
    ScenarioError,
    parse,
    read_text,
    scale,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "decimals", "expected"),
    [
        ("1", 18, 10**18),
        ("0.1", 18, 10**17),
        ("-0.5", 1, -5),
        ("1.50", 1, 15),
        ("1e3", 0, 1000),
        ("12e-1", 1, 12),
        ("0.000001", 6, 1),
        ("0e-80", 0, 0),
        ("-0.0", 18, 0),
        ("+2.5E0", 1, 25),
        ("1e80", 0, 10**80),
    ],
)
def test_scale_is_exact(text: str, decimals: int, expected: int) -> None:
    """A decimal is scaled to the integer that it is."""
    assert scale(text, decimals) == expected


@pytest.mark.parametrize(
    "text",
    [
        "0.01",
        "inf",
        "-nan",
        "1e81",
        "1e-81",
        "",
        ".5",
        "1.",
        "0x1",
        "1_0",
        " 1",
        "9" * 81,
        "\u0661",
    ],
)
def test_scale_refuses_what_is_not_exact(text: str) -> None:
    """Lost digits, infinities, huge numbers and other spellings are refused."""
    with pytest.raises(ValueError, match=r"at most|finite|exponent|decimal"):
        scale(text, 1)


@given(st.integers(-(10**40), 10**40), st.integers(0, 30))
def test_scale_reads_back_what_is_written(value: int, decimals: int) -> None:
    """An integer written as a decimal scales back to itself."""
    digits = str(abs(value)).rjust(decimals + 1, "0")
    cut = len(digits) - decimals
    text = ("-" if value < 0 else "") + digits[:cut] + ("." + digits[cut:] if decimals else "")
    assert scale(text, decimals) == value


def test_decimals_keep_their_text() -> None:
    """A float stays the text of the file, without underscores."""
    assert parse("a = 1_000.10\nb = 7", "f") == {"a": Exact("1000.10"), "b": 7}


def test_a_bad_number_is_named_by_its_key() -> None:
    """The key of an infinite number is found however deep it lies."""
    with pytest.raises(ScenarioError) as caught:
        parse("[[market]]\ntiers = [{ above = 0 }, { above = inf }]", "f.toml")
    assert (caught.value.file, caught.value.key) == ("f.toml", "market[0].tiers[1].above")


def test_the_error_lists_all_problems_main_one_first() -> None:
    """One line for the main problem, one for each other."""
    error = ScenarioError.of("f", (Problem("a", "expected x", "Do y."), Problem("b", "expected z")))
    assert str(error) == "f: a: expected x. Do y.\n  also b: expected z."


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    """A file over 4 MiB is refused, one of just 4 MiB is read."""
    path = tmp_path / "large.toml"
    path.write_bytes(b"#" * MAX_FILE_BYTES)
    assert len(read_text(path, "large")) == MAX_FILE_BYTES
    path.write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    with pytest.raises(ScenarioError, match="4194304 bytes"):
        read_text(path, "large")


@pytest.mark.parametrize(
    "text",
    [
        ".".join(["a"] * 100_000) + " = 1",
        "a = " + "[" * 300 + "]" * 300,
        "a = " + "[" * 100_000,
        "a = 1" + "0" * 1_000_000,
        "a = 0x" + "f" * 1_000_000,
        "a = 1e" + "9" * 900,
    ],
    ids=["dotted", "nested", "open", "digits", "hex", "exponent"],
)
def test_hostile_text_is_refused_at_once(text: str) -> None:
    """Text made to exhaust time or memory gives the ordinary error."""
    with pytest.raises(ScenarioError):
        parse(text, "f")
