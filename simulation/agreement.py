"""What the tables of a scenario must agree on: names, references, bounds, times."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_SETTLEMENT_FEE_RATE
from weiproof.oracles.oracle_hub import MAX_SOURCES
from weiproof.oracles.presets import PRESETS
from weiproof.oracles.price_policy import WAD_DECIMALS

from .cascade_agreement import check_cascades
from .conversion import window
from .market_life_agreement import check_market_life
from .paths import MAX_STEPS
from .scenario import member_names
from .token_agreement import check_tokens
from .waterfall_agreement import check_waterfall

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from . import margin_tables, schema
    from .validation import Problems

MAX_ACCOUNTS = 100_000
"""Most accounts of a scenario, groups included."""
MAX_PRICE_NAME = 32
"""Longest name of a price: the hub knows it as bytes32."""
_SYSTEM_NAMES = (
    *("token", "hub", "house", "lens"),
    *("admin", "deployer", "guardian", "matcher", "transmitter"),
)


def check_document(document: schema.ScenarioFile, problems: Problems) -> None:
    """Note everything in which the tables of a file do not agree."""
    _check_names(document, problems)
    _check_references(document, problems)
    _check_policies(document, problems)
    _check_bounds(document, problems)
    _check_fees(document, problems)
    for place, market in enumerate(document.market):
        _check_market(market, f"market[{place}]", document.system.target_ratio, problems)
        _check_regimes(market, f"market[{place}]", problems)
    _check_changes(document, problems)
    _check_accounts(document, problems)
    _check_times(document, problems)
    check_tokens(document, problems)
    check_cascades(document, problems)
    check_market_life(document, problems)
    check_waterfall(document, problems)


def _check_names(document: schema.ScenarioFile, problems: Problems) -> None:
    for place, price in enumerate(document.price):
        if len(price.name) > MAX_PRICE_NAME:
            expected = f"a name of at most {MAX_PRICE_NAME} characters"
            problems.add(f"price[{place}].name", expected, "The hub knows it as bytes32.")
    for kind in ("price", "market", "path", "variant", "token"):
        tables = getattr(document, kind)
        _unique([(f"{kind}[{i}].name", table.name) for i, table in enumerate(tables)], problems)
    feeds = [(f"feed[{i}].name", f"{f.price}/{f.name}") for i, f in enumerate(document.feed)]
    _unique(feeds, problems)
    actors = [("market_maker.name", document.market_maker.name)]
    actors += [(f"account[{i}].name", a.name) for i, a in enumerate(document.account)]
    actors += [(f"group[{i}].name", g.name) for i, g in enumerate(document.group)]
    actors += [(f"keeper[{i}].name", k.name) for i, k in enumerate(document.keeper)]
    actors += [(f"settler[{i}].name", s.name) for i, s in enumerate(document.settler)]
    actors += [(f"provider[{i}].name", p.name) for i, p in enumerate(document.provider)]
    _unique(actors, problems)
    members = _member_names(document)
    for key, name in actors:
        if name in _SYSTEM_NAMES or name in members:
            problems.add(key, f"a name other than {name}, it is taken", "Rename it.")


def _member_names(document: schema.ScenarioFile) -> set[str]:
    if sum(group.count for group in document.group) > MAX_ACCOUNTS:
        return set()
    groups = {name for g in document.group for name in member_names(g.name, g.count)}
    return groups | {name for p in document.provider if p.count > 1 for name in p.names}


def _unique(names: Iterable[tuple[str, str]], problems: Problems) -> None:
    seen: dict[str, str] = {}
    for key, name in names:
        if name in seen:
            problems.add(key, f"a name of its own, {name} is also {seen[name]}", "Rename one.")
        seen.setdefault(name, key)


def _check_references(document: schema.ScenarioFile, problems: Problems) -> None:
    prices = {price.name for price in document.price}
    path_names = {path.name for path in document.path}
    for i, feed in enumerate(document.feed):
        problems.refer(f"feed[{i}].price", feed.price, prices, "[[price]]")
        problems.refer(f"feed[{i}].source", feed.source, path_names, "[[path]]")
        if feed.gas is not None:
            problems.refer(f"feed[{i}].gas", feed.gas, path_names, "[[path]]")
    leaders = {path.name for path in document.path if path.follows is None}
    for i, path in enumerate(document.path):
        if path.follows is not None:
            kind = "[[path]] that follows no other"
            problems.refer(f"path[{i}].follows.path", path.follows.path, leaders, kind)
    for i, market in enumerate(document.market):
        problems.refer(f"market[{i}].price", market.price, prices, "[[price]]")
        if market.path is not None:
            problems.refer(f"market[{i}].path", market.path, path_names, "[[path]]")
    for i, price in enumerate(document.price):
        count = sum(feed.price == price.name for feed in document.feed)
        if not price.quorum <= count <= MAX_SOURCES:
            expected = f"{price.quorum} (the quorum) to {MAX_SOURCES} feeds of {price.name}"
            hint = "Add or take out a [[feed]], or change the quorum."
            problems.add(f"price[{i}].quorum", f"{expected}, found {count}", hint)


def _check_policies(document: schema.ScenarioFile, problems: Problems) -> None:
    prices = {price.name for price in document.price}
    for i, price in enumerate(document.price):
        if price.anchor == price.name:
            problems.add(f"price[{i}].anchor", "another price", "A price cannot hold itself.")
        elif price.anchor is not None:
            problems.refer(f"price[{i}].anchor", price.anchor, prices, "[[price]]")
            if price.max_deviation is None and not PRESETS[price.policy].max_deviation:
                expected = "a max_deviation beside anchor, the policy has none"
                problems.add(f"price[{i}].max_deviation", expected, "Add it.")
        elif price.max_deviation is not None:
            problems.add(f"price[{i}].anchor", "an anchor beside max_deviation", "Add it.")


def _check_bounds(document: schema.ScenarioFile, problems: Problems) -> None:
    for i, feed in enumerate(document.feed):
        for bound in ("min_answer", "max_answer", "lowest", "highest"):
            value = getattr(feed, bound)
            if value is not None and value % 10 ** (WAD_DECIMALS - feed.decimals):
                expected = f"at most the feed's {feed.decimals} decimals"
                problems.add(f"feed[{i}].{bound}", expected, "Leave out the others.")


def _check_fees(document: schema.ScenarioFile, problems: Problems) -> None:
    for i, market in enumerate(document.market):
        both = market.trading_fee + market.settlement_fee
        if market.settlement_fee > MAX_SETTLEMENT_FEE_RATE or both > WAD // 10:
            expected = "at most 0.01, and at most 0.1 together with trading_fee"
            problems.add(f"market[{i}].settlement_fee", expected, "Lower one of them.")
    tiers = document.fees.tiers
    if tiers and tiers[0].above != 0:
        hint = "The first tier is the one of those who trade little."
        problems.add("fees.tiers[0].above", "a first tier from a volume of 0 (above = 0)", hint)
    for i, (before, tier) in enumerate(pairwise(tiers), 1):
        if tier.above <= before.above:
            expected = "a volume above that of the tier before"
            problems.add(f"fees.tiers[{i}].above", expected, "Sort the tiers.")
        if tier.maker > before.maker or tier.taker > before.taker:
            expected = "shares not above those of the tier before"
            problems.add(f"fees.tiers[{i}]", expected, "Fees fall with the volume.")


def _check_market(
    market: schema.MarketTable, key: str, target_ratio: int, problems: Problems
) -> None:
    if market.size_step * market.price_tick % WAD:
        hint = "Then every notional is an exact integer. Choose powers of ten."
        problems.add(f"{key}.price_tick", "size_step * price_tick divisible by 10**-18", hint)
    _check_margin(market.tiers, market.liquidation_fee, key, target_ratio, problems)


def _check_margin(
    tiers: Sequence[margin_tables.TierTable],
    liquidation_fee: int,
    key: str,
    target_ratio: int,
    problems: Problems,
) -> None:
    _check_tiers(tiers, f"{key}.tiers", problems)
    highest = max(tier.initial for tier in tiers)
    lowest = min(tier.maintenance for tier in tiers)
    if highest + liquidation_fee >= WAD:
        expected = "the highest initial rate plus liquidation_fee below 1"
        problems.add(f"{key}.liquidation_fee", expected, "Lower one of them.")
    if liquidation_fee * (WAD + 2 * target_ratio) >= lowest * WAD:
        expected = "liquidation_fee * (1 + 2 * target_ratio) below the lowest maintenance rate"
        hint = "Lower the fee: a liquidation must leave the account healthier."
        problems.add(f"{key}.liquidation_fee", expected, hint)


def _check_tiers(tiers: Sequence[margin_tables.TierTable], key: str, problems: Problems) -> None:
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


def _check_regimes(market: schema.MarketTable, key: str, problems: Problems) -> None:
    regimes = [] if market.volatility is None else market.volatility.regimes
    key = f"{key}.volatility.regimes"
    for i, (calmer, regime) in enumerate(pairwise(regimes), 1):
        if regime.enter <= calmer.enter or regime.leave < calmer.leave:
            expected = "volatilities above those of the regime before"
            problems.add(f"{key}[{i}]", expected, "Sort the regimes.")
        if regime.scale < calmer.scale:
            expected = "a scale not below that of the regime before"
            problems.add(f"{key}[{i}].scale", expected, "Requirements rise with the volatility.")
    _check_scaled(market, key, problems)


def _check_scaled(market: schema.MarketTable, key: str, problems: Problems) -> None:
    regimes = [] if market.volatility is None else market.volatility.regimes
    scale = max((regime.scale for regime in regimes), default=WAD)
    scaled = -(-max(tier.initial for tier in market.tiers) * scale // WAD)
    if regimes and scaled + market.liquidation_fee >= WAD:
        expected = "the highest initial rate times the highest scale plus liquidation_fee below 1"
        problems.add(key, expected, "Lower one of them.")


def _check_changes(document: schema.ScenarioFile, problems: Problems) -> None:
    markets = {market.name: market for market in document.market}
    free: dict[str, int] = {}
    for i, change in sorted(enumerate(document.change), key=lambda pair: pair[1].at):
        key = f"change[{i}]"
        if not document.scenario.start <= change.at <= document.scenario.end:
            problems.add(f"{key}.at", "a time within the scenario", "Move it.")
        problems.refer(f"{key}.market", change.market, set(markets), "[[market]]")
        market = markets.get(change.market)
        if market is None:
            continue
        if change.at < free.get(market.name, 0):
            expected = f"a change once the one before is in force, after {market.ramp_duration} s"
            problems.add(f"{key}.at", expected, "Move it, or shorten the market's ramp_duration.")
        free[market.name] = change.at + market.ramp_duration
        tiers = market.tiers if change.tiers is None else change.tiers
        fee = market.liquidation_fee if change.liquidation_fee is None else change.liquidation_fee
        _check_margin(tiers, fee, key, document.system.target_ratio, problems)
        changed = market.model_copy(update={"tiers": tiers, "liquidation_fee": fee})
        _check_scaled(changed, f"{key}.tiers", problems)
        markets[market.name] = changed


def _check_accounts(document: schema.ScenarioFile, problems: Problems) -> None:
    markets = {market.name: market for market in document.market}
    for i, account in enumerate(document.account):
        for j, position in enumerate(account.positions):
            key = f"account[{i}].positions[{j}]"
            problems.refer(f"{key}.market", position.market, set(markets), "[[market]]")
            market = markets.get(position.market)
            if market is not None and position.size % market.size_step:
                problems.add(f"{key}.size", "a multiple of the market's size_step", "Round it.")
    for i, group in enumerate(document.group):
        for j, name in enumerate(group.markets):
            problems.refer(f"group[{i}].markets[{j}]", name, set(markets), "[[market]]")
        _unique([(f"group[{i}].markets[{j}]", m) for j, m in enumerate(group.markets)], problems)
        if group.markets_per_account > len(group.markets):
            expected = f"at most {len(group.markets)}, the number of its markets"
            problems.add(f"group[{i}].markets_per_account", expected, "Add markets or lower it.")
    total = len(document.account) + sum(group.count for group in document.group)
    if total > MAX_ACCOUNTS:
        expected = f"at most {MAX_ACCOUNTS} accounts in all, not {total}"
        problems.add("group", expected, "Lower the counts.")


def _check_times(document: schema.ScenarioFile, problems: Problems) -> None:
    start, end = document.scenario.start, document.scenario.end
    for i, account in enumerate(document.account):
        if account.at is not None and not start <= account.at <= end:
            problems.add(f"account[{i}].at", "a time within the scenario", "Move it.")
    for i, group in enumerate(document.group):
        enter_from, enter_to = window(group, start)
        if not start <= enter_from <= enter_to <= end:
            expected = "enter_from and enter_to in order and within the scenario"
            problems.add(f"group[{i}].enter_from", expected, "Move the window.")
    for i, path in enumerate(document.path):
        made = path.generator
        if made is not None and (end - start) // made.step > MAX_STEPS:
            expected = f"at most {MAX_STEPS} steps from start to end"
            problems.add(f"path[{i}].generator.step", expected, "Make the step longer.")
