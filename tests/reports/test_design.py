"""Colours that can be read, and a script that is the one that its sources make."""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest

from weiproof.reports import happenings, liquidations, standings
from weiproof.reports.thinning import MOST_SPANS
from weiproof.scripts.report import TRIALS

ROOT = Path(__file__).resolve().parents[2]
STYLE = (ROOT / "reports" / "assets" / "report.css").read_text("utf-8")
TEXTS = ("ink", "soft", "link", "good", "bad", "warn")
DRAWN = ("c1", "c2", "c3", "c4", "c5", "c6")


def colours(text: str) -> dict[str, tuple[int, int, int]]:
    """The variables of a block that are colours."""
    found = {}
    for name, digits in re.findall(r"--([a-z0-9]+): #([0-9a-f]{3,6});", text):
        full = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
        found[name] = (int(full[:2], 16), int(full[2:4], 16), int(full[4:], 16))
    return found


def luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance, as WCAG 2 has it."""
    parts = [part / 255 for part in colour]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: tuple[int, int, int], second: tuple[int, int, int]) -> float:
    """The ratio of WCAG 2."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


LIGHT = colours(STYLE[: STYLE.index("@media")])
DARK = colours(STYLE[STYLE.index("(prefers-color-scheme: dark)") : STYLE.index("*,\n")])


@pytest.mark.parametrize(
    ("scheme", "name", "ground"), [*product(("light", "dark"), TEXTS + DRAWN, ("paper", "wash"))]
)
def test_every_colour_can_be_read(scheme: str, name: str, ground: str) -> None:
    """Text and lines have a contrast of at least 4.5 with what is behind them."""
    palette = {"light": LIGHT, "dark": DARK}[scheme]
    assert contrast(palette[name], palette[ground]) >= 4.5


def test_both_schemes_have_the_same_colours() -> None:
    """None is forgotten."""
    assert set(LIGHT) == set(DARK)


def test_the_script_is_what_its_sources_make() -> None:
    """The committed bundle rebuilds byte for byte, where there is node."""
    if shutil.which("node") is None or not (ROOT / "node_modules" / "esbuild").is_dir():
        pytest.skip("needs node and `npm ci --ignore-scripts`")
    command = ["node", "reports/build.mjs", "--check"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_bundle_names_the_licences_of_its_packages() -> None:
    """Name, version and terms stand in it: the terms ask for that."""
    script = (ROOT / "reports" / "assets" / "report.js").read_text("utf-8")
    head = script[: script.index("*/")]
    for name in ("@observablehq/plot", "d3-array", "d3-scale", "d3-shape", "isoformat"):
        assert re.search(rf"^{re.escape(name)} \d+\.\d+\.\d+: Copyright", head, re.MULTILINE), name
    assert "Permission to use, copy, modify, and/or distribute this software" in head
    assert "</script" not in script
    assert "<!--" not in script


def test_the_document_says_the_limits_that_hold() -> None:
    """What a page lists at most stands in the document as it is in the code."""
    text = " ".join((ROOT / "docs" / "reports.md").read_text("utf-8").split())
    for words in (
        f"{liquidations.MOST_ROWS:,} liquidations",
        f"{standings.MOST_ACCOUNTS:,} accounts",
        f"{happenings.EVENTS_OF_PAGE:,} events",
        f"at most {MOST_SPANS} equal spans",
        f"trials ({TRIALS}; 0 for none)",
    ):
        assert words in text, words
