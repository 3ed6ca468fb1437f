"""From a scenario file to a :class:`Scenario`: read, validate, convert, read price files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from weiproof.engine.draws import Draws
from weiproof.engine.parameters import MAX_PRICE

from . import paths
from .agreement import check_document
from .baskets import expanded
from .conversion import convert, depth_of
from .recordings.formats import points_of
from .recordings.table import ImportProblem, digest, read_bytes
from .scenario import InputFile, PricePath, Scenario
from .toml_exact import parse, read_text, shorten
from .validation import Problems, validate
from .variants import varied

if TYPE_CHECKING:
    from . import price_tables


def load_scenario(
    file: str | Path,
    *,
    data: str | Path | None = None,
    seed: int | None = None,
    variant: str = "",
) -> Scenario:
    """Read a scenario file.

    `data` is the folder for price files that do not lie beside the scenario; `seed` overrides the
    seed of the file; `variant` is the name of one of its variants, empty for the file as it is.
    Raises `ScenarioError` for everything that is wrong with the scenario.
    """
    path = Path(file)
    text = read_text(path, str(path))
    folders = _Folders(path.parent, None if data is None else Path(data))
    return scenario_of(text, str(path), folders=folders, seed=seed, variant=variant)


def scenario_of(
    text: str,
    name: str,
    *,
    folders: _Folders | None = None,
    seed: int | None = None,
    variant: str = "",
) -> Scenario:
    """Make a scenario of TOML text; `name` stands for the file in errors."""
    tables = parse(text, name)
    if seed is not None and isinstance(tables.get("scenario"), dict):
        tables["scenario"]["seed"] = seed
    document = validate(tables, name)
    problems = Problems()
    if variant:
        tables = varied(tables, document, variant, problems)
        problems.stop(name)
        name = f"{name}, variant {variant}"
        document = validate(tables, name)
    if document.basket:
        tables = expanded(tables, document, problems)
        problems.stop(name)
        document = validate(tables, name)
    check_document(document, problems)
    problems.stop(name)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    scenario, source = (
        convert(document, digest),
        _Source(folders, problems, {table.name: table for table in document.path}),
    )
    made = tuple(
        _path(table, f"path[{place}]", scenario, source)
        for place, table in enumerate(document.path)
    )
    problems.stop(name)
    return replace(scenario, paths=made, inputs=tuple(source.inputs), variant=variant)


@dataclass(frozen=True)
class _Folders:
    beside: Path
    data: Path | None


@dataclass
class _Source:
    folders: _Folders | None
    problems: Problems
    tables: dict[str, price_tables.PathTable]
    inputs: list[InputFile] = field(default_factory=list)
    points: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    """Of paths that were read, before their offset."""


def _path(
    table: price_tables.PathTable, key: str, scenario: Scenario, source: _Source
) -> PricePath:
    points = _points_once(table, key, scenario, source)
    start, problems = scenario.start, source.problems
    if points and points[0][0] > start:
        expected = f"a first price at or before the start ({start}), not at {points[0][0]}"
        problems.add(key, expected, "Add an earlier price, or start later.")
    if points and points[-1][0] < start and table.csv is not None:
        expected = f"prices up to the start ({start}), the last is at {points[-1][0]}"
        problems.add(f"{key}.csv", expected, "Is this the file of another day?")
    averaged = (feed.average for feed in scenario.feeds if feed.source == table.name)
    kept = paths.clip(points, start - max(averaged, default=0), scenario.end)
    prices = tuple(price + table.offset for _, price in kept)
    if any(not 0 < price <= MAX_PRICE for price in prices):
        expected = "an offset that keeps every price above 0 and at most 10**9"
        problems.add(f"{key}.offset", expected, "Make it smaller.")
    times = tuple(at for at, _ in kept)
    linear = table.interpolation == "linear"
    return PricePath(table.name, times, prices, linear, depth_of(table.depth))


def _points_once(
    table: price_tables.PathTable, key: str, scenario: Scenario, source: _Source
) -> tuple[tuple[int, int], ...]:
    if table.name not in source.points:
        source.points[table.name] = _points(table, key, scenario, source)
    return source.points[table.name]


def _points(
    table: price_tables.PathTable, key: str, scenario: Scenario, source: _Source
) -> tuple[tuple[int, int], ...]:
    if table.generator is not None:
        stream = Draws(scenario.seed).stream(f"path/{table.name}")
        walk = paths.Walk(**table.generator.model_dump())
        return walk.points(stream, scenario.start, scenario.end)
    if table.follows is not None:
        return _followed(table.follows, scenario, source)
    if table.csv is None:
        return tuple(table.rows or ())
    file = _find(table.csv, f"{key}.csv", source)
    if file is None:
        return ()
    try:
        raw = read_bytes(file, table.csv)
        source.inputs.append(InputFile(table.csv, digest(raw)))
        return points_of(raw, table.csv, str(table.format), column=table.column or "close")
    except ImportProblem as error:
        source.problems.add(f"{key}.csv", f"a {table.format} file: {error}", "Mend the file.")
        return ()


def _followed(
    table: price_tables.FollowsTable, scenario: Scenario, source: _Source
) -> tuple[tuple[int, int], ...]:
    """Points of a path after those of another; none where those are none."""
    leader = source.tables[table.path]
    place = f"path[{list(source.tables).index(table.path)}]"
    points = _points_once(leader, place, scenario, source)
    if not points or points[0][0] > scenario.start:
        return ()  # told of the path itself
    times, prices = zip(*points, strict=True)
    path = PricePath(leader.name, times, prices, linear=leader.interpolation == "linear")
    return paths.following(path, scenario.start, table.start_price, table.beta)


def _find(csv: str, key: str, source: _Source) -> Path | None:
    wanted, folders, problems = PurePosixPath(csv), source.folders, source.problems
    if wanted.is_absolute() or ".." in wanted.parts or "\\" in csv or "\0" in csv:
        hint = "Give the file's name, and its folder with --data DIR."
        problems.add(key, "a path below the scenario's folder or --data DIR", hint)
        return None
    beside = Path() if folders is None else folders.beside
    data = None if folders is None else folders.data
    for folder in (beside, data):
        if folder is not None and folder.joinpath(wanted).is_file():
            return folder.joinpath(wanted)
    if data is None:
        hint = "Say where it lies with --data DIR."
        problems.add(key, f"the file {shorten(csv)} beside the scenario", hint)
    else:
        hint = "Check the name and the folder given with --data."
        problems.add(key, f"the file {shorten(csv)} beside the scenario or in {data}", hint)
    return None
