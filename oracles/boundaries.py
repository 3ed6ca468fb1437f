"""States of a feed and of a sequencer at the edges of a policy, by name.

For tables of what a policy does at each: rounds of every age and kind, and uptimes around the end
of the grace period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.parameters import MAX_PRICE

from .edges import LATEST, PHASE
from .price_policy import WAD_DECIMALS
from .round import Round

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .presets import Preset

DECIMALS = 8
"""Of the feed's answers."""
ANSWER = 2_000 * 10**DECIMALS
LIMIT, LONGER = 3_600, 7_200
"""Age limits that are given, seconds: the first for all purposes that have no longer one."""
MINUTE, DAY = 60, 86_400

NEW, ORDINARY = "new", "ordinary"
"""The age and the kind of a round with which nothing is wrong."""

AGES = {
    NEW: 0,
    **{f"{limit + step:,} s old": limit + step for limit in (LIMIT, LONGER) for step in (-1, 0, 1)},
    "a year old": 365 * DAY,
    "1 s ahead": -1,
    "59 s ahead": -MINUTE + 1,
    "60 s ahead": -MINUTE,
    "61 s ahead": -MINUTE - 1,
    "a day ahead": -DAY,
}
"""Ages of a round by name, seconds."""


def rounds(now: int) -> Mapping[tuple[str, str], Round | None]:
    """Every round by its age and its kind; what has no time has no age. None cannot be read."""
    highest = MAX_PRICE // 10 ** (WAD_DECIMALS - DECIMALS)
    next_phase = 8 * PHASE
    found: dict[tuple[str, str], Round | None] = {}
    for age, seconds in AGES.items():
        at = now - seconds
        found |= {
            (age, ORDINARY): Round(LATEST, ANSWER, at, at, LATEST),
            (age, "first of a phase"): Round(next_phase + 1, ANSWER, at, at, next_phase + 1),
            (age, "observed earlier"): Round(LATEST, ANSWER, at - MINUTE, at, LATEST),
            (age, "without a start"): Round(LATEST, ANSWER, 0, at, LATEST),
            (age, "carried over"): Round(LATEST, ANSWER, at, at, LATEST - 1),
            (age, "of another phase"): Round(next_phase + 1, ANSWER, at, at, LATEST),
            (age, "zero"): Round(LATEST, 0, at, at, LATEST),
            (age, "negative"): Round(LATEST, -1, at, at, LATEST),
            (age, "highest"): Round(LATEST, highest, at, at, LATEST),
            (age, "too high"): Round(LATEST, highest + 1, at, at, LATEST),
        }
    return found | {
        ("", "without a time"): Round(LATEST, ANSWER, 0, 0, LATEST),
        ("", "never written"): Round(0, 0, 0, 0, 0),
        ("", "phase without rounds"): Round(next_phase, 0, 0, 0, next_phase),
        ("", "unreadable"): None,
    }


def uptimes(preset: Preset, now: int) -> Mapping[str, Round | None]:
    """Every state of a sequencer's feed by name; None cannot be read."""
    grace = preset.grace
    since = {
        "up for a day": DAY,
        "up since the grace and 1 s": grace + 1,
        "up since the grace": grace,
        "up since 1 s less": grace - 1,
        "up since now": 0,
        "up 1 s ahead": -1,
    }
    found: dict[str, Round | None] = {
        name: Round(LATEST, 0, now - ago, now - ago, LATEST) for name, ago in since.items()
    }
    return found | {
        "up for a day, refreshed now": Round(LATEST, 0, now - DAY, now, LATEST),
        "down": Round(LATEST, 1, now - DAY, now - DAY, LATEST),
        "down, refreshed now": Round(LATEST, 1, now - DAY, now, LATEST),
        "never written": Round(0, 0, 0, 0, 0),
        "unreadable": None,
    }
