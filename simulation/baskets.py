"""Baskets: many markets of one kind, each with a price, feeds and a path of its own, drawn by seed.

They are written out as the tables that they stand for before a file is validated as a whole, so
that everything else knows markets only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weiproof.engine.draws import Draws
from weiproof.engine.parameters import MAX_MARKETS
from weiproof.oracles.price_policy import WAD_DECIMALS

from .fields import plain
from .population import draw
from .scenario import Distribution, member_names
from .toml_exact import Exact

if TYPE_CHECKING:
    from . import basket_tables, distribution_tables, schema
    from .validation import Problems


@dataclass(frozen=True, slots=True)
class _Model:
    """The tables after which a basket's are made."""

    market: dict[str, Any]
    price: dict[str, Any]
    feeds: list[dict[str, Any]]
    venue: dict[str, Any]
    leader: dict[str, Any]


def expanded(
    tables: dict[str, Any], document: schema.ScenarioFile, problems: Problems
) -> dict[str, Any]:
    """The tables of a file with those that its baskets stand for; `document` is the file."""
    _check(document, problems)
    if problems.found:
        return tables
    made = {kind: list(tables[kind]) for kind in ("price", "feed", "market", "path")}
    members: dict[str, list[str]] = {}
    for place, basket in enumerate(document.basket):
        members[basket.name] = list(member_names(basket.name, basket.count))
        model = _model(tables, basket)
        if model is None:
            continue
        if "follows" in model.leader:
            hint = "Name the path that it follows itself."
            problems.add(f"basket[{place}].follows", "a [[path]] that follows no other", hint)
        _write_out(made, model, document.scenario.seed, basket)
    groups = [_with_members(group, members) for group in tables.get("group", [])]
    return {**tables, **made, **({"group": groups} if groups else {})}


def _check(document: schema.ScenarioFile, problems: Problems) -> None:
    count = len(document.market) + sum(basket.count for basket in document.basket)
    if count > MAX_MARKETS:
        expected = f"at most {MAX_MARKETS} markets in all, not {count}"
        problems.add("basket", expected, "Lower the counts.")
    markets = {market.name for market in document.market}
    paths = {path.name for path in document.path}
    taken = set(markets)
    for i, basket in enumerate(document.basket):
        problems.refer(f"basket[{i}].like", basket.like, markets, "[[market]]")
        if basket.follows is not None:
            problems.refer(f"basket[{i}].follows", basket.follows, paths, "[[path]]")
        if basket.name in taken:
            expected = f"a name other than {basket.name}, it is taken"
            problems.add(f"basket[{i}].name", expected, "Rename it.")
        taken.add(basket.name)


def _model(tables: dict[str, Any], basket: basket_tables.BasketTable) -> _Model | None:
    """What a basket is made after; None where the market is broken, which is told of the market."""
    market = _named(tables["market"], basket.like)
    feeds = [table for table in tables["feed"] if table["price"] == market["price"]]
    prices = [table for table in tables["price"] if table["name"] == market["price"]]
    if not feeds or not prices:
        return None
    paths = {table["name"]: table for table in tables["path"]}
    venue = market.get("path", feeds[0]["source"])
    leader = basket.follows or venue
    if venue not in paths or leader not in paths:
        return None
    return _Model(market, prices[0], feeds, paths[venue], paths[leader])


def _named(tables: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(table for table in tables if table["name"] == name)


def _write_out(
    made: dict[str, list[dict[str, Any]]],
    model: _Model,
    seed: int,
    basket: basket_tables.BasketTable,
) -> None:
    """Adds the tables of a basket's markets."""
    path = {"depth": model.venue["depth"]} if "depth" in model.venue else {}
    path |= {key: model.leader[key] for key in ("interpolation",) if key in model.leader}
    draws = Draws(seed)
    for name in member_names(basket.name, basket.count):
        stream = draws.stream(f"basket/{name}")
        start, beta = (
            Exact(plain(draw(stream, _distribution(table)), WAD_DECIMALS))
            for table in (basket.start_price, basket.beta)
        )
        follows = {"path": model.leader["name"], "start_price": start, "beta": beta}
        made["price"].append({**model.price, "name": name})
        made["market"].append({**model.market, "name": name, "price": name, "path": name})
        made["feed"] += [{**feed, "price": name, "source": name} for feed in model.feeds]
        made["path"].append({**path, "name": name, "follows": follows})


def _distribution(
    table: distribution_tables.PriceDistribution | distribution_tables.LeverageDistribution,
) -> Distribution:
    return Distribution(table.kind, table.low or 0, table.high or 0, tuple(table.values))


def _with_members(group: dict[str, Any], members: dict[str, list[str]]) -> dict[str, Any]:
    """A group's table with the markets of baskets in place of their names."""
    markets = [each for name in group["markets"] for each in members.get(name, [name])]
    return {**group, "markets": markets}
