"""Measures the situations, and puts the figures into tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .administration import ADMINISTRATION
from .backstop import SYSTEM
from .deleveraging import DELEVERAGING
from .life import LIFE
from .money import MONEY
from .plans import PLANS
from .rig import Rig
from .setting import SETTINGS, SIZES, Size
from .trading import TRADING
from .views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from .rig import Measure
    from .situation import Situation

SITUATIONS = (*TRADING, *SYSTEM, *DELEVERAGING, *PLANS, *MONEY, *LIFE, *ADMINISTRATION, *VIEWS)
"""The rows of the tables, in their order."""

FUNCTIONS = tuple(dict.fromkeys(situation.function for situation in SITUATIONS))


@dataclass(frozen=True, slots=True)
class Row:
    """A situation and what it cost in one setting at each size.

    Where what the parties hold is nothing to it, at the first size alone.
    """

    situation: Situation
    setting: str
    measures: dict[Size, Measure] = field(default_factory=dict)


def measure(
    chain: str,
    sizes: Iterable[Size] = SIZES,
    functions: Iterable[str] = FUNCTIONS,
    settings: Iterable[str] = tuple(SETTINGS),
) -> tuple[Row, ...]:
    """Measures the situations of these functions, on a fresh chain of that name for each setting.

    Raises ValueError for an unknown function or setting, ChainUnavailable, and SituationRefused
    where the contracts do not get there.
    """
    sizes, functions, settings = tuple(sizes), tuple(functions), tuple(settings)
    unknown = [name for name in functions if name not in FUNCTIONS]
    unknown += [name for name in settings if name not in SETTINGS]
    if unknown or not sizes:
        raise ValueError(f"cannot be measured: {unknown or 'no size'}")
    return tuple(row for name in settings for row in measure_on(Rig(chain, name), sizes, functions))


def measure_on(rig: Rig, sizes: Sequence[Size], functions: Collection[str]) -> tuple[Row, ...]:
    """Measures the situations of these functions on a rig with no more markets open than these.

    Raises SituationRefused where the contracts do not get there.
    """
    rows = tuple(
        Row(each, rig.setting)
        for each in SITUATIONS
        if each.function in functions and rig.setting in each.settings
    )
    for size in sorted(sizes):
        counting = [row for row in rows if size in sizes_of(row.situation, sizes)]
        with rig.holding(size):
            for leading in dict.fromkeys(row.situation.leading for row in counting):
                with rig.led(*leading):
                    for row in counting:
                        if row.situation.leading == leading:
                            row.measures[size] = row.situation.measured(rig)
    return rows


def sizes_of(situation: Situation, sizes: Sequence[Size]) -> tuple[Size, ...]:
    """Where the situation is measured: at the first size where the size is nothing to it."""
    if not situation.by_size:
        return tuple(sizes[:1])
    return tuple(size for size in sizes if size.tokens > 0 or not situation.needs_token)


def by_size(rows: Iterable[Row], setting: str, sizes: Sequence[Size]) -> Iterator[tuple[str, ...]]:
    """Head and lines of what depends on what the parties hold."""
    yield ("function", "situation", *(size.title for size in sizes))
    for row in rows:
        if row.setting == setting and row.situation.by_size and row.measures:
            shown = (row.measures.get(size) for size in sizes)
            figures = ("" if each is None else f"{each.gas:,}" for each in shown)
            yield row.situation.function, row.situation.name, *figures


def fixed(rows: Iterable[Row], settings: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Head and lines of what does not, with the intrinsic part; a column for each setting."""
    yield ("function", "situation", "intrinsic", *settings)
    lines: dict[Situation, dict[str, Measure]] = {}
    for row in rows:
        if not row.situation.by_size:
            (only,) = row.measures.values()
            lines.setdefault(row.situation, {})[row.setting] = only
    for situation, measures in lines.items():
        intrinsic = min(each.intrinsic for each in measures.values())
        shown = (measures.get(setting) for setting in settings)
        figures = ("" if each is None else f"{each.gas:,}" for each in shown)
        yield situation.function, situation.name, f"{intrinsic:,}", *figures


def as_json(rows: Iterable[Row]) -> list[dict[str, object]]:
    """The rows as data, gas by what the parties hold: ``4+3`` is four markets and three tokens."""
    return [
        {
            "function": row.situation.function,
            "situation": row.situation.name,
            "setting": row.setting,
            "by_size": row.situation.by_size,
            "gas": {str(size): each.gas for size, each in row.measures.items()},
            "intrinsic": {str(size): each.intrinsic for size, each in row.measures.items()},
        }
        for row in rows
    ]
