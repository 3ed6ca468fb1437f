"""The protocol that a scenario deploys, and its file in a run's folder."""

from __future__ import annotations

import json
from dataclasses import asdict, astuple, replace
from typing import TYPE_CHECKING, Any

from weiproof.crosscheck.spec import (
    CollateralSpec,
    CreditSpec,
    FeedSpec,
    FeeTierSpec,
    MarketSpec,
    PriceSpec,
    ProtocolSpec,
    RatedFeedSpec,
    SourceSpec,
    TierSpec,
    TokenSpec,
)
from weiproof.engine.records import TOKEN_UNIT
from weiproof.oracles.presets import PRESETS

from .waterfall import Waterfall

if TYPE_CHECKING:
    from weiproof.oracles.presets import Preset

    from .collateral import Token
    from .market import Market
    from .scenario import Feed, Price, Scenario


def protocol_of(scenario: Scenario) -> ProtocolSpec:
    """Feeds, prices, markets and parameters of a scenario; amounts in wei."""
    system, waterfall = scenario.system, scenario.waterfall or Waterfall()
    capacities = waterfall.capacities or (0,) * len(scenario.markets)
    return ProtocolSpec(
        feeds=tuple(
            FeedSpec(
                name=_feed_name(feed),
                decimals=feed.decimals,
                description=feed.label,
                min_answer=feed.min_answer,
                max_answer=feed.max_answer,
            )
            for feed in scenario.feeds
        ),
        prices=tuple(_price(price, scenario.feeds_of(price.name)) for price in scenario.prices),
        markets=tuple(map(_market, scenario.markets, capacities)),
        liquidation_reserve=system.liquidation_reserve * TOKEN_UNIT,
        minimum_keeper_reward=system.minimum_keeper_reward * TOKEN_UNIT,
        liquidator_share=system.liquidator_share,
        insurance_share=system.insurance_share,
        target_ratio=system.target_ratio,
        genesis_time=scenario.start,
        fee_tiers=tuple(FeeTierSpec(t.above, t.maker, t.taker) for t in scenario.fee_tiers),
        tokens=tuple(
            TokenSpec(token.name, token.decimals, token.exchange_rate)
            for token in scenario.collateral.tokens
        ),
        rated_feeds=tuple(
            RatedFeedSpec(_source_name(feed), _feed_name(feed), feed.token, feed.label)
            for feed in scenario.feeds
            if feed.token
        ),
        collaterals=tuple(map(_collateral, scenario.collateral.tokens)),
        credit=CreditSpec(*astuple(scenario.collateral.credit)),
        liquidation=() if scenario.limits is None else scenario.limits.spec(),
        backstop=() if scenario.waterfall is None else waterfall.spec(),
        deleverage_delay=waterfall.deleverage_delay,
    )


def encode_protocol(spec: ProtocolSpec, actors: tuple[str, ...]) -> bytes:
    """JSON text of a protocol and of the labels of its actors, integers as decimal strings."""
    document = {"protocol": _plain(asdict(spec)), "actors": list(actors)}
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def decode_protocol(text: bytes) -> tuple[ProtocolSpec, tuple[str, ...]]:
    """Protocol and actors of a JSON text; ValueError where it is none."""
    from pydantic import TypeAdapter

    document = TypeAdapter(dict[str, Any]).validate_json(text)
    spec = TypeAdapter(ProtocolSpec).validate_python(document.get("protocol"))
    actors = TypeAdapter(tuple[str, ...]).validate_python(document.get("actors"))
    return spec, actors


def _feed_name(feed: Feed) -> str:
    return f"{feed.price}/{feed.name}"


def _source_name(feed: Feed) -> str:
    """The feed that the hub asks: the one that multiplies by a token's rate, where there is one."""
    return f"{_feed_name(feed)}/rated" if feed.token else _feed_name(feed)


def _collateral(token: Token) -> CollateralSpec:
    return CollateralSpec(
        token=token.name,
        price=token.price,
        initial_weight=token.initial_weight,
        maintenance_weight=token.maintenance_weight,
        seizure_discount=token.seizure_discount,
        cap=token.cap,
        ramp_duration=token.ramp_duration,
        band_rate=token.price_band,
        trade_fee_rate=token.trading_fee,
    )


def _price(price: Price, feeds: tuple[Feed, ...]) -> PriceSpec:
    preset = PRESETS[price.policy]
    deviation = preset.max_deviation if price.max_deviation is None else price.max_deviation
    return PriceSpec(
        name=price.name,
        sources=tuple(_source(feed, preset) for feed in feeds),
        quorum=price.quorum,
        reducer=int(preset.reducer if price.reducer is None else price.reducer),
        lenient=preset.lenient,
        max_deviation=deviation if price.anchor else 0,
        anchor=price.anchor,
    )


def _source(feed: Feed, preset: Preset) -> SourceSpec:
    return SourceSpec(
        feed=_source_name(feed),
        max_age=preset.limit(feed.max_age),
        liquidation_max_age=preset.limit(feed.liquidation_max_age),
        rules=replace(preset.rules, min_answer=feed.lowest, max_answer=feed.highest),
    )


def _market(market: Market, capacity: int) -> MarketSpec:
    return MarketSpec(
        name=market.name,
        price=market.price,
        size_step=market.size_step,
        price_tick=market.price_tick,
        tiers=tuple(TierSpec(t.above, t.initial, t.maintenance) for t in market.tiers),
        band_rate=market.price_band,
        trade_fee_rate=market.trading_fee,
        liquidation_fee_rate=market.liquidation_fee,
        minimum_notional=market.minimum_notional,
        premium_depth=market.premium_depth,
        funding_period=market.funding_period,
        maximum_funding_rate=market.max_funding_rate,
        socialisation_cap_rate=market.socialisation_cap,
        mark_band_rate=market.mark_band,
        basis_period=market.basis_period,
        impact_max_age=market.impact_max_age,
        settlement_fee_rate=market.settlement_fee,
        ramp_duration=market.ramp_duration,
        volatility=None if market.volatility is None else market.volatility.spec(),
        backstop_capacity=capacity,
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value
