"""From validated tables to a :class:`Scenario` in plain integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.oracles.feed import MAX_ANSWER
from weiproof.oracles.price_policy import WAD_DECIMALS

from .fields import REDUCERS
from .scenario import (
    SECONDS_PER_DAY,
    Account,
    Behaviour,
    Checks,
    Distribution,
    Expected,
    Feed,
    Group,
    Keeper,
    Market,
    MarketMaker,
    Outage,
    Position,
    Price,
    Scenario,
    System,
    Tier,
    Variant,
)

if TYPE_CHECKING:
    from . import price_tables, schema


def convert(document: schema.ScenarioFile, digest: str) -> Scenario:
    """Return the scenario without its price paths; `digest` is the hash of the file's text."""
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
        prices=tuple(_price(price) for price in document.price),
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
        variants=tuple(_variant(variant) for variant in document.variant),
    )


def _price(table: price_tables.PriceTable) -> Price:
    reducer = None if table.reducer is None else REDUCERS.index(table.reducer)
    anchor = table.anchor or ""
    return Price(table.name, table.quorum, table.policy, reducer, anchor, table.max_deviation)


def _variant(table: schema.VariantTable) -> Variant:
    expected = None if table.expect is None else Expected(**table.expect.model_dump())
    return Variant(table.name, table.description, expected)


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


def _feed(table: price_tables.FeedTable) -> Feed:
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
        min_answer=_answer(table.min_answer, table.decimals, 1),
        max_answer=_answer(table.max_answer, table.decimals, MAX_ANSWER),
        lowest=_answer(table.lowest, table.decimals, 0),
        highest=_answer(table.highest, table.decimals, 0),
        average=table.average or 0,
        hop=table.hop or 0,
        gas=table.gas or "",
        gas_limit=table.gas_limit or 0,
    )


def _answer(price: int | None, decimals: int, otherwise: int) -> int:
    """A price in a feed's decimals, exactly: what it has more was refused before."""
    return otherwise if price is None else price // 10 ** (WAD_DECIMALS - decimals)


def _account(table: schema.AccountTable, ids: dict[str, int], start: int) -> Account:
    positions = tuple(
        Position(ids[p.market], p.size if p.side == "long" else -p.size) for p in table.positions
    )
    at = start if table.at is None else table.at
    return Account(table.name, table.deposit, at, positions, _behaviour(table.behaviour))


def _group(table: schema.GroupTable, ids: dict[str, int], start: int) -> Group:
    enter_from, enter_to = window(table, start)
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


def window(group: schema.GroupTable, start: int) -> tuple[int, int]:
    """First and last time at which accounts of a group enter, unix seconds."""
    enter_from = start if group.enter_from is None else group.enter_from
    return enter_from, enter_from if group.enter_to is None else group.enter_to
