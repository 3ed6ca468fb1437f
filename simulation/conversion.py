"""From validated tables to a :class:`Scenario` in plain integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.oracles.feed import MAX_ANSWER
from weiproof.oracles.price_policy import WAD_DECIMALS

from .blockspace import NO_BIDS, Bids, Blockspace, Demand
from .collateral import SECONDS_PER_YEAR, Collateral, Credit, Token, TokenTrade
from .depth import Depth
from .dynamics import Change
from .fields import REDUCERS
from .market import SECONDS_PER_DAY, FeeTier, Market, Regime, Tier, Volatility
from .market_life import MarketEvent, MarketLife, Settler
from .scenario import (
    Account,
    Behaviour,
    Checks,
    Distribution,
    Expected,
    Feed,
    Group,
    Keeper,
    MarketMaker,
    Outage,
    Position,
    Price,
    Scenario,
    System,
    Variant,
)
from .waterfall import Provider, Waterfall
from .waterfall_tables import limits_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from . import (
        blockspace_tables,
        distribution_tables,
        margin_tables,
        price_tables,
        schema,
        token_tables,
    )


def convert(document: schema.ScenarioFile, digest: str) -> Scenario:
    """Return the scenario without its price paths; `digest` is the hash of the file's text."""
    head = document.scenario
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
        accounts=tuple(_account(account, document) for account in document.account),
        groups=tuple(_group(group, document) for group in document.group),
        keepers=tuple(_keeper(keeper) for keeper in document.keeper),
        market_maker=_market_maker(document),
        checks=Checks(document.checks.full_state_every, document.checks.views_every),
        text_sha256=digest,
        inputs=(),
        variants=tuple(_variant(variant) for variant in document.variant),
        fee_tiers=tuple(FeeTier(t.above, t.maker, t.taker) for t in document.fees.tiers),
        changes=tuple(
            _change(change, _ids(document.market))
            for change in sorted(document.change, key=lambda c: c.at)
        ),
        collateral=_collateral(document),
        blockspace=_blockspace(document.blockspace),
        market_life=_market_life(document),
        limits=limits_of(document.liquidation),
        waterfall=_waterfall(document),
    )


def _price(table: price_tables.PriceTable) -> Price:
    reducer = None if table.reducer is None else REDUCERS.index(table.reducer)
    anchor = table.anchor or ""
    return Price(table.name, table.quorum, table.policy, reducer, anchor, table.max_deviation)


def _variant(table: schema.VariantTable) -> Variant:
    return Variant(table.name, table.description, _expected(table.expect))


def _expected(table: schema.ExpectTable | None) -> Expected | None:
    if table is None:
        return None
    figures = table.model_dump()
    if table.routes is not None:
        figures["routes"] = tuple(table.routes.model_dump().values())
    return Expected(**figures)


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
        tiers=_tiers(table.tiers),
        mark_band=table.mark_band,
        basis_period=table.basis_period,
        impact_max_age=table.impact_max_age,
        settlement_fee=table.settlement_fee,
        ramp_duration=table.ramp_duration,
        volatility=_volatility(table.volatility),
    )


def _tiers(tables: list[margin_tables.TierTable]) -> tuple[Tier, ...]:
    return tuple(Tier(tier.above, tier.initial, tier.maintenance) for tier in tables)


def _volatility(table: margin_tables.VolatilityTable | None) -> Volatility | None:
    if table is None:
        return None
    regimes = tuple(Regime(each.enter, each.leave, each.scale) for each in table.regimes)
    return Volatility(
        table.observation_period, table.maximum_gap, table.decay, table.regime_ramp, regimes
    )


def _change(table: margin_tables.ChangeTable, ids: dict[str, int]) -> Change:
    tiers = None if table.tiers is None else _tiers(table.tiers)
    return Change(table.at, ids[table.market], tiers, table.liquidation_fee)


def _market_life(document: schema.ScenarioFile) -> MarketLife:
    ids = _ids(document.market)
    events = sorted(document.market_event, key=lambda event: event.at)
    return MarketLife(
        tuple(MarketEvent(event.at, ids[event.market], event.becomes) for event in events),
        tuple(Settler(s.name, s.latency, s.capacity, s.order) for s in document.settler),
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
        token=table.token or "",
        bids=_bids(table),
    )


def _keeper(table: schema.KeeperTable) -> Keeper:
    bids = _bids(table)
    return Keeper(table.name, table.capital, table.latency, table.capacity, bids, table.cost)


def _bids(table: schema.KeeperTable | price_tables.FeedTable) -> Bids:
    if table.bid is None:
        return NO_BIDS
    return Bids(table.bid, table.bid if table.max_bid is None else table.max_bid)


def _blockspace(table: blockspace_tables.BlockspaceTable | None) -> Blockspace | None:
    if table is None:
        return None
    demand = tuple(Demand(d.start, d.end, d.calls, d.gas) for d in table.demand)
    return Blockspace(table.calls, table.bid_step, demand)


def depth_of(table: price_tables.DepthTable | None) -> Depth | None:
    """The depth of a path, if it has any."""
    if table is None:
        return None
    is_root = table.impact == "square-root"
    return Depth(table.notional, table.move, is_root, table.half_life, table.largest_move)


def _answer(price: int | None, decimals: int, otherwise: int) -> int:
    """A price in a feed's decimals, exactly: what it has more was refused before."""
    return otherwise if price is None else price // 10 ** (WAD_DECIMALS - decimals)


def _account(table: schema.AccountTable, document: schema.ScenarioFile) -> Account:
    ids = _ids(document.market)
    positions = tuple(
        Position(ids[p.market], p.size if p.side == "long" else -p.size) for p in table.positions
    )
    at = document.scenario.start if table.at is None else table.at
    trades = []
    for trade in table.token_trades:
        (brought,) = _brought({trade.token: trade.amount}, document)
        amount = brought[1] if trade.side == "buy" else -brought[1]
        trades.append(TokenTrade(brought[0], amount, at if trade.at is None else trade.at))
    return Account(
        table.name,
        table.deposit,
        at,
        positions,
        _behaviour(table.behaviour),
        _brought(table.tokens, document),
        tuple(trades),
    )


def _market_maker(document: schema.ScenarioFile) -> MarketMaker:
    table = document.market_maker
    brought = _brought(table.tokens, document)
    return MarketMaker(
        table.name,
        table.capital,
        table.spread,
        table.impact_every or 0,
        table.resting or 0,
        brought,
    )


def _brought(
    amounts: Mapping[str, int], document: schema.ScenarioFile
) -> tuple[tuple[int, int], ...]:
    """Ids of tokens and token units, of names and amounts in WAD."""
    ids = _ids(document.token)
    return tuple(
        (ids[name], amount // _unit(document.token[ids[name]])) for name, amount in amounts.items()
    )


def _group(table: schema.GroupTable, document: schema.ScenarioFile) -> Group:
    ids, tokens = _ids(document.market), _ids(document.token)
    enter_from, enter_to = window(table, document.scenario.start)
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
        isolated=table.isolated,
        watched=table.watched,
        token_shares=tuple((tokens[name], share) for name, share in table.token_shares.items()),
    )


def _collateral(document: schema.ScenarioFile) -> Collateral:
    tokens, table = tuple(map(_token, document.token)), document.credit
    if table is None:
        return Collateral(tokens, Credit())
    return Collateral(
        tokens,
        Credit(
            base_rate=table.base_rate // SECONDS_PER_YEAR,
            kink_rate=table.kink_rate // SECONDS_PER_YEAR,
            maximum_rate=table.maximum_rate // SECONDS_PER_YEAR,
            kink=table.kink,
            fund_share=table.fund_share,
            debt_limit=table.debt_limit,
            collateral_cap=table.collateral_cap,
        ),
    )


def _token(table: token_tables.TokenTable) -> Token:
    return Token(
        name=table.name,
        price=table.price,
        path=table.path or "",
        decimals=table.decimals,
        initial_weight=table.initial_weight,
        maintenance_weight=table.maintenance_weight,
        seizure_discount=table.seizure_discount,
        cap=table.cap // _unit(table),
        ramp_duration=table.ramp_duration,
        price_band=table.price_band,
        trading_fee=table.trading_fee,
        exchange_rate=table.exchange_rate or 0,
        rates=tuple(table.rates),
    )


def _unit(table: token_tables.TokenTable) -> int:
    """What one token unit is in WAD; amounts with more decimals were refused before."""
    return int(10 ** (WAD_DECIMALS - table.decimals))


def _ids(tables: Sequence[schema.MarketTable | token_tables.TokenTable]) -> dict[str, int]:
    return {table.name: i for i, table in enumerate(tables)}


def _distribution(
    table: distribution_tables.AmountDistribution | distribution_tables.LeverageDistribution,
) -> Distribution:
    return Distribution(table.kind, table.low or 0, table.high or 0, tuple(table.values))


def _behaviour(table: schema.BehaviourTable | None) -> Behaviour | None:
    if table is None:
        return None
    return Behaviour(**(table.model_dump() | {"leave_within": table.leave_within or 0}))


def window(group: schema.GroupTable, start: int) -> tuple[int, int]:
    """First and last time at which accounts of a group enter, unix seconds."""
    enter_from = start if group.enter_from is None else group.enter_from
    return enter_from, enter_from if group.enter_to is None else group.enter_to


def _waterfall(document: schema.ScenarioFile) -> Waterfall | None:
    """The routes, where the file has them."""
    table = document.waterfall
    if table is None:
        return None
    return Waterfall(
        withdrawal_delay=table.withdrawal_delay,
        fee_share=table.fee_share,
        takeover_ratio=table.takeover_ratio,
        fund_ratio=table.fund_ratio,
        fund_share=table.fund_share,
        deleverage_delay=table.deleverage_delay,
        nominators=tuple(table.nominators),
        unload_every=table.unload_every,
        unload_share=table.unload_share,
        capacities=tuple(market.backstop_capacity for market in document.market),
        providers=tuple(
            Provider(
                name,
                each.deposit,
                document.scenario.start if each.at is None else each.at,
                each.leave_at,
            )
            for each in document.provider
            for name in each.names
        ),
    )
