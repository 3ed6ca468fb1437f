"""Every bound of a parameter, at it and one beyond; what was changed is restored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.crosscheck.spec import price_id
from weiproof.engine import ramp, risk
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import (
    MAX_FUNDING_RATE,
    MAX_NOTIONAL,
    MAX_PREMIUM_DEPTH,
    MAX_SETTLEMENT_FEE_RATE,
    MAX_SIZE,
    MAX_TIERS,
    MarketParameters,
    Tier,
)
from weiproof.engine.records import LAST_PURPOSE

from .prices import WIDEST, price_of_feed, publish
from .scene import NO_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weiproof.engine.call import Call
    from weiproof.engine.parameters import SystemParameters

    from .scene import Scene

YEAR = 365 * 86_400

MOST_TARGET = 10 * WAD
"""Highest target ratio, WAD."""

MOST_SOURCES = 5
"""Most feeds of a price."""

_BOUNDS = (
    ("band_rate", WAD),
    ("trade_fee_rate", WAD // 10),
    ("minimum_notional", MAX_NOTIONAL),
    ("premium_depth", MAX_PREMIUM_DEPTH),
    ("funding_period", YEAR),
    ("maximum_funding_rate", MAX_FUNDING_RATE),
    ("socialisation_cap_rate", WAD),
    ("liquidation_fee_rate", WAD),
    ("settlement_fee_rate", MAX_SETTLEMENT_FEE_RATE),
    ("mark_band_rate", WAD // 2),
    ("basis_period", YEAR),
    ("impact_max_age", YEAR),
    ("ramp_duration", YEAR),
)
"""Parameters of a market with their highest values."""


def parameter_bounds(scene: Scene) -> Iterator[Call]:
    """Each parameter of a market at its bounds and beyond, one at a time."""
    market_id = _quiet(scene)
    old, tiers = _settings(scene, market_id)
    changes = [(name, value) for name, most in _BOUNDS for value in (most, most + 1)]
    lows = ("premium_depth", "funding_period", "basis_period")
    changes += [(name, low) for name in lows for low in (0, 1)]
    changes += [("ramp_duration", 3_599), ("ramp_duration", 3_600)]
    for name, value in changes:
        yield _set_market(scene, market_id, _with(old, name, value), tiers)
    yield scene.house(scene.outsider, "marketParameters", market_id)
    yield _set_market(scene, market_id, old, tiers)


def tier_bounds(scene: Scene) -> Iterator[Call]:
    """Tiers at their bounds and beyond: rates, distances, their number, the liquidation fee."""
    market_id = _quiet(scene)
    old, tiers = _settings(scene, market_id)
    fee = old.liquidation_fee_rate
    rate = WAD // 10
    first = Tier(0, rate + fee, rate)
    tables: tuple[tuple[Tier, ...], ...] = (
        (first,),
        (replace(first, initial_rate=rate + fee - 1),),
        (replace(first, initial_rate=WAD - fee - 1),),
        (replace(first, initial_rate=WAD - fee),),
        (replace(first, initial_rate=WAD),),
        (replace(first, initial_rate=WAD + 1),),
        (replace(first, maintenance_rate=WAD),),
        (replace(first, maintenance_rate=WAD + 1),),
        (replace(first, lower_bound=1),),
        (first, replace(first, lower_bound=0)),
        (first, replace(first, lower_bound=1)),
        (first, replace(first, lower_bound=MAX_NOTIONAL)),
        (first, replace(first, lower_bound=MAX_NOTIONAL + 1)),
        (first, Tier(1, rate + fee - 1, rate - 1)),
        (replace(first, initial_rate=WAD // 2), Tier(1, WAD // 2 - 1, rate)),
        (replace(first, initial_rate=WAD // 2), Tier(1, WAD // 2, rate - 1)),
        tuple(replace(first, lower_bound=i) for i in range(MAX_TIERS)),
        tuple(replace(first, lower_bound=i) for i in range(MAX_TIERS + 1)),
        (),
    )
    for table in tables:
        yield _set_market(scene, market_id, old, table)
    yield _set_market(scene, market_id, old, tiers)


def fee_bound(scene: Scene) -> Iterator[Call]:
    """The highest liquidation fee that target ratio and maintenance allow, and one unit more."""
    market_id = _quiet(scene)
    old, tiers = _settings(scene, market_id)
    maintenance = WAD // scene.among(20, 40, 7)
    refused = -(-maintenance * WAD // (WAD + 2 * scene.ledger.parameters.target_ratio))
    first = Tier(0, WAD // 2, maintenance)
    for table in ((first,), (first, Tier(WAD, WAD // 2, WAD // 4))):
        for fee in (refused, refused - 1):
            yield _set_market(scene, market_id, replace(old, liquidation_fee_rate=fee), table)
    yield _set_market(scene, market_id, old, tiers)


def system_bounds(scene: Scene) -> Iterator[Call]:
    """Each parameter of the system at its bounds and beyond; the target ratio as fees allow it."""
    old = scene.ledger.parameters
    target = highest_target(scene)
    reserve = old.liquidation_reserve
    changed: Iterable[SystemParameters] = (
        replace(old, minimum_keeper_reward=reserve),
        replace(old, minimum_keeper_reward=reserve + 1),
        replace(old, liquidation_reserve=MAX_SIZE),
        replace(old, liquidation_reserve=MAX_SIZE + 1),
        replace(old, liquidator_share=WAD),
        replace(old, liquidator_share=WAD + 1),
        replace(old, insurance_share=WAD),
        replace(old, insurance_share=WAD + 1),
        replace(old, target_ratio=WAD),
        replace(old, target_ratio=WAD - 1),
        replace(old, target_ratio=target),
        replace(old, target_ratio=target + 1),
        replace(old, target_ratio=MOST_TARGET),
        replace(old, target_ratio=MOST_TARGET + 1),
        replace(old, target_ratio=MOST_TARGET + WAD),
        replace(old, deleverage_delay=YEAR),
        replace(old, deleverage_delay=YEAR + 1),
    )
    for parameters in changed:
        yield scene.house(scene.admin, "setSystemParameters", parameters.fields())
    yield scene.house(scene.admin, "setSystemParameters", old.fields())


def highest_target(scene: Scene) -> int:
    """The highest target ratio that all markets' liquidation fees and offsets allow, WAD."""
    limit = MOST_TARGET
    scene.model.world.now = scene.now
    for market_id in range(scene.market_count):
        left = WAD - risk.largest_offset(scene.ledger, market_id)
        terms = [(scene.parameters(market_id).liquidation_fee_rate, scene.ledger.tiers(market_id))]
        if ramp.is_ramping(scene.ledger, market_id):
            previous = scene.ledger.previous_terms.read(market_id)
            terms.append((previous.liquidation_fee_rate, previous.tiers))
        for fee, tiers in terms:
            if fee > 0:
                most = -(-tiers[0].maintenance_rate * left // fee) - 1
                limit = min(limit, (most - WAD) // 2)
    return limit


def answer_bounds(scene: Scene) -> Iterator[Call]:
    """A feed's lowest and highest answer, and one beyond each; then its price comes back."""
    feed = scene.dice.choice(tuple(f for f in scene.feeds.values() if not f.mock))
    low, high = feed.min_answer, feed.max_answer
    for answer in (low - 1, low, high, high + 1):
        yield scene.call(scene.transmitter, feed.label, "transmit", answer, scene.now)
        yield scene.call(scene.outsider, feed.label, "latestRoundData")
    name = price_of_feed(scene, feed)
    word, limit = price_id(name), 10**27 // 10 ** (WIDEST - feed.decimals)
    for answer in (1, limit, limit + 1):
        yield scene.call(scene.transmitter, feed.label, "transmit", answer, scene.now)
        for purpose in (0, LAST_PURPOSE, LAST_PURPOSE + 1):
            yield scene.call(scene.outsider, "hub", "price", word, purpose)
        yield scene.call(scene.outsider, "hub", "reasonsOf", word, 0)
    yield from publish(scene, name)


def many_sources(scene: Scene) -> Iterator[Call]:
    """A price gets as many feeds as it may have, and one too many; then its own again."""
    price = scene.prices[scene.dice.choice(tuple(scene.prices))]
    own = [source.feed for source in price.sources]
    others = [f.name for f in scene.feeds.values() if f.decimals <= WIDEST and f.name not in own]
    names = (*own, *others)
    word = price_id(price.name)
    for count in (MOST_SOURCES, MOST_SOURCES + 1):
        feeds = tuple(scene.address(scene.feeds[name].label) for name in names[:count])
        ages = (86_400,) * count
        for quorum in (count + 1, count):
            yield scene.call(scene.admin, "hub", "configure", word, feeds, ages, ages, quorum)
        yield scene.call(scene.outsider, "hub", "quorumOf", word)
        for index in (count - 1, count):
            yield scene.call(scene.outsider, "hub", "sourceOf", word, index)
        yield scene.call(scene.outsider, "hub", "price", word, 0)
        yield scene.call(scene.outsider, "hub", "reasonsOf", word, 1)
    feeds = tuple(scene.address(scene.feeds[name].label) for name in own)
    ages = tuple(source.max_age for source in price.sources)
    longer = tuple(source.liquidation_max_age for source in price.sources)
    yield scene.call(scene.admin, "hub", "configure", word, feeds, ages, longer, price.quorum)


def uneven_lists(scene: Scene) -> Iterator[Call]:
    """The lens is asked for positions with as many markets as holders, with more and with fewer."""
    holders = tuple(scene.dice.choice(scene.accounts) for _ in range(3))
    held = tuple(scene.dice.choice(scene.markets) for _ in range(3))
    for some, markets in ((holders, held), (holders[:2], held), (holders, held[:2])):
        yield scene.call(scene.outsider, "lens", "records", holders, held, some, markets)
    yield scene.call(scene.outsider, "lens", "records", (), (NO_LIMIT,), (), (NO_LIMIT,))


def _with(parameters: MarketParameters, name: str, value: int) -> MarketParameters:
    changed = replace(parameters)
    setattr(changed, name, value)
    return changed


def _settings(scene: Scene, market_id: int) -> tuple[MarketParameters, tuple[Tier, ...]]:
    """Parameters and tiers of a market as they are now."""
    tiers = tuple(
        Tier(tier.lower_bound, tier.initial_rate, tier.maintenance_rate)
        for tier in scene.ledger.tiers(market_id)
    )
    return replace(scene.parameters(market_id)), tiers


def _set_market(
    scene: Scene, market_id: int, parameters: MarketParameters, tiers: tuple[Tier, ...]
) -> Call:
    scene.arrive(market_id)
    rows = tuple(tier.fields() for tier in tiers)
    return scene.house(scene.admin, "setMarketParameters", market_id, parameters.fields(), rows)


def _quiet(scene: Scene) -> int:
    """A market without positions, where there is one: there changes are in force at once."""
    quiet = [m for m in scene.markets if scene.ledger.markets.read(m).open_interest == 0]
    return scene.dice.choice(tuple(quiet) or scene.markets)
