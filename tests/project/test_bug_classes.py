"""The table of known bugs has each kind, and names faults that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
FAULT = re.compile(r"`([a-z_]+)`")
PAGE = (ROOT / "docs" / "bug_classes.md").read_text("utf-8")


def test_all_kinds_are_listed_once() -> None:
    """Eighty-two, numbered through."""
    assert [int(number) for number, _, _ in ROW.findall(PAGE)] == list(range(1, 83))


def test_each_has_a_fault_or_a_reason() -> None:
    """What has no planted fault says in a sentence why it cannot be."""
    for number, _, text in ROW.findall(PAGE):
        assert FAULT.search(text) or len(text) > 25, number


def test_each_named_fault_is_planted() -> None:
    """There is a diff of that name."""
    planted = {path.stem for path in (ROOT / "tests" / "faults").rglob("*.patch")}
    assert set(FAULT.findall(PAGE)) <= planted
