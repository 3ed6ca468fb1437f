"""From a scenario file to a :class:`Scenario`: read, validate, resolve names, read price files."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from weiproof.engine.draws import Draws

from . import importers, paths
from .scenario import (
    MAX_FEEDS,
    MAX_PRICE,
    SECONDS_PER_DAY,
    WAD,
    Account,
    Behaviour,
    Checks,
    Distribution,
    Feed,
    Group,
    InputFile,
    Keeper,
    Market,
    MarketMaker,
    Outage,
    Position,
    Price,
    PricePath,
    Scenario,
    System,
    Tier,
)
from .toml_exact import Problem, ScenarioError, parse, read_text, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic_core import ErrorDetails

    from . import schema

MAX_ACCOUNTS = 100_000
"""Most accounts of a scenario, groups included."""
_SYSTEM_NAMES = (
    *("token", "hub", "house", "lens"),
    *("admin", "deployer", "guardian", "matcher", "transmitter"),
)
_MAX_PROBLEMS = 20


def load_scenario(
    file: str | Path, *, data: str | Path | None = None, seed: int | None = None
) -> Scenario:
    """Read a scenario file.

    `data` is the folder for price files that do not lie beside the scenario; `seed` overrides the
    seed of the file. Raises `ScenarioError` for everything that is wrong with the scenario.
    """
    path = Path(file)
    text = read_text(path, str(path))
    folders = _Folders(path.parent, None if data is None else Path(data))
    return scenario_of(text, str(path), folders=folders, seed=seed)


def scenario_of(
    text: str, name: str, *, folders: _Folders | None = None, seed: int | None = None
) -> Scenario:
    """Make a scenario of TOML text; `name` stands for the file in errors."""
    tables = parse(text, name)
    if seed is not None and isinstance(tables.get("scenario"), dict):
        tables["scenario"]["seed"] = seed
    document = _validate(tables, name)
    problems = _Problems()
    _check_document(document, problems)
    problems.stop(name)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    scenario, source = _convert(document, digest), _Source(folders, problems)
    made = tuple(
        _path(table, f"path[{place}]", scenario, source)
        for place, table in enumerate(document.path)
    )
    problems.stop(name)
    return replace(scenario, paths=made, inputs=tuple(source.inputs))


@dataclass(frozen=True)
class _Folders:
    beside: Path
    data: Path | None


@dataclass
class _Problems:
    found: list[Problem] = field(default_factory=list)

    def add(self, key: str, expected: str, hint: str) -> None:
        self.found.append(Problem(key, f"expected {expected}", hint))

    def stop(self, name: str) -> None:
        if self.found:
            raise ScenarioError.of(name, tuple(self.found[:_MAX_PROBLEMS]))


@dataclass
class _Source:
    folders: _Folders | None
    problems: _Problems
    inputs: list[InputFile] = field(default_factory=list)


# VALIDATION OF THE TABLES


def _validate(tables: dict[str, Any], name: str) -> schema.ScenarioFile:
    from pydantic import ValidationError

    from .schema import ScenarioFile

    try:
        return ScenarioFile.model_validate(tables)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=True)
        # A misspelt key is a missing one too: the misspelling comes first, it has the better hint.
        details.sort(key=lambda detail: detail["type"] == "missing")
        problems = tuple(_problem(detail, ScenarioFile) for detail in details[:_MAX_PROBLEMS])
        raise ScenarioError.of(name, problems) from None


def _key(place: Iterable[int | str]) -> str:
    key = ""
    for part in place:
        if isinstance(part, int):
            key += f"[{part}]"
        else:
            key += f".{shorten(part)}" if key else shorten(part)
    return key


_SHAPES = {
    "missing": ("a value, the key is missing", "Add it."),
    "string_type": ("a text in quotes", "Put it in quotes."),
    "list_type": ("an array", "Write [ ... ]; a table that repeats is written [[name]]."),
    "model_type": ("a table", "Write { ... } or a [name] section."),
    "model_attributes_type": ("a table", "Write { ... } or a [name] section."),
    "string_pattern_mismatch": (
        "a name of letters, digits, dot, dash and underscore, at most 64",
        "Choose another name.",
    ),
}


def _problem(detail: ErrorDetails, root: type) -> Problem:
    key, kind, context = _key(detail["loc"]), detail["type"], detail.get("ctx", {})
    if kind == "weiproof":
        return Problem(key, f"expected {context['expected']}", context["hint"])
    if kind == "extra_forbidden":
        near = _similar(detail["loc"], root)
        hint = f"Did you mean {near}?" if near else "Take it out, or check its name."
        return Problem(key, "expected no such key, it is unknown", hint)
    if kind == "literal_error":
        return Problem(key, f"expected {context['expected']}", "Choose one of these.")
    if kind in {"too_short", "too_long"}:
        bound = "at least" if kind == "too_short" else "at most"
        number = context.get("min_length", context.get("max_length"))
        return Problem(key, f"expected {bound} {number} entries", "Check the list.")
    expected, hint = _SHAPES.get(kind, (detail["msg"], "See the JSON Schema of scenarios."))
    return Problem(key, f"expected {expected}", hint)


def _similar(place: Sequence[int | str], root: type) -> str:
    from pydantic import BaseModel

    model: Any = root
    for part in place[:-1]:
        if isinstance(part, str):
            fields = {f.alias or n: f for n, f in model.model_fields.items()}
            model = _inner_model(fields[part].annotation, BaseModel)
            if model is None:
                return ""
    names = [f.alias or n for n, f in model.model_fields.items()]
    return "".join(difflib.get_close_matches(str(place[-1]), names, n=1))


def _inner_model(annotation: Any, base: type) -> Any:  # noqa: ANN401 - an annotation
    if isinstance(annotation, type) and issubclass(annotation, base):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _inner_model(inner, base)
        if found is not None:
            return found
    return None


# WHAT SEVERAL TABLES MUST AGREE ON


def _check_document(document: schema.ScenarioFile, problems: _Problems) -> None:
    _check_names(document, problems)
    _check_references(document, problems)
    for place, market in enumerate(document.market):
        _check_market(market, f"market[{place}]", document.system.target_ratio, problems)
    _check_accounts(document, problems)
    _check_times(document, problems)


def _check_names(document: schema.ScenarioFile, problems: _Problems) -> None:
    for kind in ("price", "market", "path"):
        tables = getattr(document, kind)
        _unique([(f"{kind}[{i}].name", table.name) for i, table in enumerate(tables)], problems)
    feeds = [(f"feed[{i}].name", f"{f.price}/{f.name}") for i, f in enumerate(document.feed)]
    _unique(feeds, problems)
    actors = [("market_maker.name", document.market_maker.name)]
    actors += [(f"account[{i}].name", a.name) for i, a in enumerate(document.account)]
    actors += [(f"group[{i}].name", g.name) for i, g in enumerate(document.group)]
    actors += [(f"keeper[{i}].name", k.name) for i, k in enumerate(document.keeper)]
    _unique(actors, problems)
    members = _member_names(document)
    for key, name in actors:
        if name in _SYSTEM_NAMES or name in members:
            problems.add(key, f"a name other than {name}, it is taken", "Rename it.")


def _member_names(document: schema.ScenarioFile) -> set[str]:
    if sum(group.count for group in document.group) > MAX_ACCOUNTS:
        return set()
    return {name for g in document.group for name in member_names(g.name, g.count)}


def member_names(group: str, count: int) -> tuple[str, ...]:
    """Return the account names of a group: `name-00` and so on, all of the same length."""
    width = len(str(count - 1))
    return tuple(f"{group}-{i:0{width}d}" for i in range(count))


def _unique(names: Iterable[tuple[str, str]], problems: _Problems) -> None:
    seen: dict[str, str] = {}
    for key, name in names:
        if name in seen:
            problems.add(key, f"a name of its own, {name} is also {seen[name]}", "Rename one.")
        seen.setdefault(name, key)


def _check_references(document: schema.ScenarioFile, problems: _Problems) -> None:
    prices = {price.name for price in document.price}
    path_names = {path.name for path in document.path}
    for i, feed in enumerate(document.feed):
        _refer(f"feed[{i}].price", feed.price, prices, "[[price]]", problems)
        _refer(f"feed[{i}].source", feed.source, path_names, "[[path]]", problems)
    for i, market in enumerate(document.market):
        _refer(f"market[{i}].price", market.price, prices, "[[price]]", problems)
        if market.path is not None:
            _refer(f"market[{i}].path", market.path, path_names, "[[path]]", problems)
    for i, price in enumerate(document.price):
        count = sum(feed.price == price.name for feed in document.feed)
        if not price.quorum <= count <= MAX_FEEDS:
            expected = f"{price.quorum} (the quorum) to {MAX_FEEDS} feeds of {price.name}"
            hint = "Add or take out a [[feed]], or change the quorum."
            problems.add(f"price[{i}].quorum", f"{expected}, found {count}", hint)


def _refer(key: str, name: str, known: set[str], kind: str, problems: _Problems) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, sorted(known), n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Add a {kind} of this name."
        problems.add(key, f"the name of a {kind}, there is no {name}", hint)


def _check_market(
    market: schema.MarketTable, key: str, target_ratio: int, problems: _Problems
) -> None:
    if market.size_step * market.price_tick % WAD:
        hint = "Then every notional is an exact integer. Choose powers of ten."
        problems.add(f"{key}.price_tick", "size_step * price_tick divisible by 10**-18", hint)
    _check_tiers(market.tiers, f"{key}.tiers", problems)
    highest = max(tier.initial for tier in market.tiers)
    lowest = min(tier.maintenance for tier in market.tiers)
    if highest + market.liquidation_fee >= WAD:
        expected = "the highest initial rate plus liquidation_fee below 1"
        problems.add(f"{key}.liquidation_fee", expected, "Lower one of them.")
    if market.liquidation_fee * (WAD + 2 * target_ratio) >= lowest * WAD:
        expected = "liquidation_fee * (1 + 2 * target_ratio) below the lowest maintenance rate"
        hint = "Lower the fee: a liquidation must leave the account healthier."
        problems.add(f"{key}.liquidation_fee", expected, hint)


def _check_tiers(tiers: Sequence[schema.TierTable], key: str, problems: _Problems) -> None:
    if tiers[0].above != 0:
        hint = "The first tier is the one of small positions."
        problems.add(f"{key}[0].above", "a first tier above 0 notional (above = 0)", hint)
    for i, tier in enumerate(tiers):
        if tier.initial <= tier.maintenance:
            expected = "an initial rate above the maintenance rate"
            problems.add(f"{key}[{i}].initial", expected, "Raise it.")
        if i == 0:
            continue
        before = tiers[i - 1]
        if tier.above <= before.above:
            problems.add(f"{key}[{i}].above", "a notional above the tier before", "Sort the tiers.")
        if tier.initial < before.initial or tier.maintenance < before.maintenance:
            expected = "rates not below those of the tier before"
            problems.add(f"{key}[{i}]", expected, "Rates rise with the notional.")


def _check_accounts(document: schema.ScenarioFile, problems: _Problems) -> None:
    markets = {market.name: market for market in document.market}
    for i, account in enumerate(document.account):
        for j, position in enumerate(account.positions):
            key = f"account[{i}].positions[{j}]"
            _refer(f"{key}.market", position.market, set(markets), "[[market]]", problems)
            market = markets.get(position.market)
            if market is not None and position.size % market.size_step:
                problems.add(f"{key}.size", "a multiple of the market's size_step", "Round it.")
    for i, group in enumerate(document.group):
        for j, name in enumerate(group.markets):
            _refer(f"group[{i}].markets[{j}]", name, set(markets), "[[market]]", problems)
        _unique([(f"group[{i}].markets[{j}]", m) for j, m in enumerate(group.markets)], problems)
        if group.markets_per_account > len(group.markets):
            expected = f"at most {len(group.markets)}, the number of its markets"
            problems.add(f"group[{i}].markets_per_account", expected, "Add markets or lower it.")
    total = len(document.account) + sum(group.count for group in document.group)
    if total > MAX_ACCOUNTS:
        expected = f"at most {MAX_ACCOUNTS} accounts in all, not {total}"
        problems.add("group", expected, "Lower the counts.")


def _check_times(document: schema.ScenarioFile, problems: _Problems) -> None:
    start, end = document.scenario.start, document.scenario.end
    for i, account in enumerate(document.account):
        if account.at is not None and not start <= account.at <= end:
            problems.add(f"account[{i}].at", "a time within the scenario", "Move it.")
    for i, group in enumerate(document.group):
        enter_from, enter_to = _window(group, start)
        if not start <= enter_from <= enter_to <= end:
            expected = "enter_from and enter_to in order and within the scenario"
            problems.add(f"group[{i}].enter_from", expected, "Move the window.")
    for i, path in enumerate(document.path):
        made = path.generator
        if made is not None and (end - start) // made.step > paths.MAX_STEPS:
            expected = f"at most {paths.MAX_STEPS} steps from start to end"
            problems.add(f"path[{i}].generator.step", expected, "Make the step longer.")


def _window(group: schema.GroupTable, start: int) -> tuple[int, int]:
    enter_from = start if group.enter_from is None else group.enter_from
    return enter_from, enter_from if group.enter_to is None else group.enter_to


# CONVERSION TO PLAIN DATA


def _convert(document: schema.ScenarioFile, digest: str) -> Scenario:
    head, ids = document.scenario, {m.name: i for i, m in enumerate(document.market)}
    maker = document.market_maker
    return Scenario(
        name=head.name,
        description=head.description,
        start=head.start,
        end=head.end,
        seed=head.seed,
        block_time=head.block_time,
        system=System(**document.system.model_dump()),
        insurance_fund=document.insurance_fund.amount,
        prices=tuple(Price(p.name, p.quorum) for p in document.price),
        markets=tuple(_market(market, document) for market in document.market),
        feeds=tuple(_feed(feed) for feed in document.feed),
        paths=(),
        accounts=tuple(_account(account, ids, head.start) for account in document.account),
        groups=tuple(_group(group, ids, head.start) for group in document.group),
        keepers=tuple(Keeper(k.name, k.capital, k.latency, k.capacity) for k in document.keeper),
        market_maker=MarketMaker(maker.name, maker.capital, maker.spread),
        checks=Checks(document.checks.full_state_every, document.checks.views_every),
        text_sha256=digest,
        inputs=(),
    )


def _market(table: schema.MarketTable, document: schema.ScenarioFile) -> Market:
    first_source = next(feed.source for feed in document.feed if feed.price == table.price)
    return Market(
        name=table.name,
        price=table.price,
        path=table.path or first_source,
        size_step=table.size_step,
        price_tick=table.price_tick,
        price_band=table.price_band,
        trading_fee=table.trading_fee,
        liquidation_fee=table.liquidation_fee,
        minimum_notional=table.minimum_notional,
        premium_depth=table.premium_depth,
        funding_period=table.funding_period,
        max_funding_rate=table.max_funding_rate // SECONDS_PER_DAY,
        max_funding_rate_per_day=table.max_funding_rate,
        socialisation_cap=table.socialisation_cap,
        tiers=tuple(Tier(tier.above, tier.initial, tier.maintenance) for tier in table.tiers),
    )


def _feed(table: schema.FeedTable) -> Feed:
    return Feed(
        name=table.name,
        price=table.price,
        source=table.source,
        decimals=table.decimals,
        heartbeat=table.heartbeat,
        deviation=table.deviation,
        delay=table.delay,
        max_age=table.max_age,
        liquidation_max_age=table.liquidation_max_age,
        outages=tuple(Outage(outage.start, outage.end) for outage in table.outages),
    )


def _account(table: schema.AccountTable, ids: dict[str, int], start: int) -> Account:
    positions = tuple(
        Position(ids[p.market], p.size if p.side == "long" else -p.size) for p in table.positions
    )
    at = start if table.at is None else table.at
    return Account(table.name, table.deposit, at, positions, _behaviour(table.behaviour))


def _group(table: schema.GroupTable, ids: dict[str, int], start: int) -> Group:
    enter_from, enter_to = _window(table, start)
    return Group(
        name=table.name,
        count=table.count,
        deposit=_distribution(table.deposit),
        leverage=_distribution(table.leverage),
        long_share=table.long_share,
        markets=tuple(ids[name] for name in table.markets),
        markets_per_account=table.markets_per_account,
        enter_from=enter_from,
        enter_to=enter_to,
        behaviour=_behaviour(table.behaviour),
    )


def _distribution(table: schema.AmountDistribution | schema.LeverageDistribution) -> Distribution:
    return Distribution(table.kind, table.low or 0, table.high or 0, tuple(table.values))


def _behaviour(table: schema.BehaviourTable | None) -> Behaviour | None:
    return None if table is None else Behaviour(**table.model_dump())


# PRICE PATHS


def _path(table: schema.PathTable, key: str, scenario: Scenario, source: _Source) -> PricePath:
    points = _points(table, key, scenario, source)
    start, problems = scenario.start, source.problems
    if points and points[0][0] > start:
        expected = f"a first price at or before the start ({start}), not at {points[0][0]}"
        problems.add(key, expected, "Add an earlier price, or start later.")
    if points and points[-1][0] < start and table.csv is not None:
        expected = f"prices up to the start ({start}), the last is at {points[-1][0]}"
        problems.add(f"{key}.csv", expected, "Is this the file of another day?")
    kept = paths.clip(points, start, scenario.end)
    prices = tuple(price + table.offset for _, price in kept)
    if any(not 0 < price <= MAX_PRICE for price in prices):
        expected = "an offset that keeps every price above 0 and at most 10**9"
        problems.add(f"{key}.offset", expected, "Make it smaller.")
    times = tuple(at for at, _ in kept)
    return PricePath(table.name, times, prices, table.interpolation == "linear")


def _points(
    table: schema.PathTable, key: str, scenario: Scenario, source: _Source
) -> tuple[tuple[int, int], ...]:
    if table.generator is not None:
        stream = Draws(scenario.seed).stream(f"path/{table.name}")
        walk = paths.Walk(**table.generator.model_dump())
        return walk.points(stream, scenario.start, scenario.end)
    if table.csv is None:
        return tuple(table.rows or ())
    file = _find(table.csv, f"{key}.csv", source)
    if file is None:
        return ()
    try:
        raw = importers.read_bytes(file, table.csv)
        source.inputs.append(InputFile(table.csv, importers.digest(raw)))
        if table.format == "klines":
            return importers.klines(raw, table.csv, table.column or "close")
        return importers.round_points(raw, table.csv)
    except importers.ImportProblem as error:
        source.problems.add(f"{key}.csv", f"a {table.format} file: {error}", "Mend the file.")
        return ()


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
