"""What accounts must hold: growth of requirements, offsets, warnings, volatility, and ramps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.engine.fixed_point import WAD, WEI, div_up
from weiproof.engine.parameters import (
    MAX_NOTIONAL,
    MAX_OFFSET_RATE,
    MAX_OFFSETS,
    MAX_RAMP,
    MAX_REGIME_SCALE,
    MAX_REGIMES,
    MAX_SCALE,
    MAX_SIZE,
    MarketRisk,
    Regime,
    SystemRisk,
    VolatilityParameters,
)
from weiproof.engine.volatility import variance_after

from .admin import settings
from .prices import fresh, move, publish
from .scene import NO_LIMIT, on_grid
from .trades import open_trade, price_near, size_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

    from .scene import Scene

HOUR, DAY = 3_600, 86_400
PERIOD = 60
"""Seconds between the observations of most markets that are observed."""


def market_risk(scene: Scene) -> Iterator[Call]:
    """A market's requirements grow, or its caps bind, or the change is refused."""
    held = tuple(m for m in scene.markets if scene.holders(m))
    market_id = scene.dice.choice(held if held and not scene.one_in(4) else scene.markets)
    good = _risk(scene, market_id)
    chosen = _wrong_risk(scene, good) if scene.one_in(3) else good
    sender = scene.outsider if scene.one_in(8) else scene.admin
    if scene.one_in(8):
        market_id = scene.market_count
    yield scene.house(sender, "setMarketRisk", market_id, chosen.fields())
    if market_id in scene.markets:
        yield from _crowd(scene, market_id)


def _risk(scene: Scene, market_id: int) -> MarketRisk:
    index = scene.index(market_id) or WAD
    notional = scene.ledger.markets.read(market_id).open_interest * index // WAD
    lower = scene.among(0, notional // 2, notional, 10_000 * WAD)
    spread = scene.among(0, 10**14, 10**15)
    held = max((abs(size) for _, size in scene.holders(market_id)), default=0)
    open_interest = scene.ledger.markets.read(market_id).open_interest
    return MarketRisk(
        lower,
        lower + scene.among(1, notional + 1, 100_000 * WAD),
        scene.among(0, 0, WAD, WAD * 5 // 4, WAD * 3 // 2),
        spread,
        scene.among(0, 10**15, 10**16),
        scene.among(1, 10_000 * WAD, 10**6 * WAD),
        spread + scene.among(0, 10**16, 3 * 10**16),
        scene.among(0, MAX_SIZE, max(held, 1), max(held // 2, 1), max(held // 3, 1)),
        scene.among(0, 0, max(open_interest, 1), max(open_interest // 2, 1)),
    )


def _wrong_risk(scene: Scene, good: MarketRisk) -> MarketRisk:
    return scene.among(
        replace(good, open_interest_upper=MAX_NOTIONAL + 1),
        replace(good, open_interest_lower=good.open_interest_upper + 1),
        replace(good, open_interest_lower=good.open_interest_upper, open_interest_scale=WAD),
        replace(good, open_interest_scale=scene.among(WAD - 1, MAX_SCALE + 1, MAX_SCALE)),
        replace(good, add_on_cap_rate=scene.among(WAD, WAD + 1)),
        replace(good, half_spread_rate=good.add_on_cap_rate + 1),
        replace(good, impact_rate=WAD + 1),
        replace(good, depth=0, impact_rate=1),
        replace(good, depth=MAX_NOTIONAL + 1),
        replace(good, maximum_position=MAX_SIZE + 1),
        replace(good, maximum_open_interest=MAX_NOTIONAL + 1),
    )


def _crowd(scene: Scene, market_id: int) -> Iterator[Call]:
    """The largest position shrinks a little, and others trade, as far as caps let them."""
    yield from fresh(scene, market_id)
    holders = scene.holders(market_id)
    if holders:
        account, held = max(holders, key=lambda holder: abs(holder[1]))
        other = scene.other(account)
        step = scene.parameters(market_id).size_step
        size = min(on_grid(abs(held) // 10, step), abs(held))
        buyer, seller = (other, account) if held > 0 else (account, other)
        yield scene.trade(buyer, seller, market_id, size, price_near(scene, market_id))
    for _ in range(2):
        buyer = scene.dice.choice(scene.parties)
        seller = scene.other(buyer)
        size = size_for(scene, market_id, buyer, seller)
        yield scene.trade(buyer, seller, market_id, size, price_near(scene, market_id))


def system_risk(scene: Scene) -> Iterator[Call]:
    """Offset floor and warnings change, or are refused; accounts are looked at."""
    first = scene.among(0, WAD * 3 // 2, _usual_health(scene), _usual_health(scene))
    good = SystemRisk(
        scene.among(0, WAD // 2, WAD * 9 // 10, WAD),
        first,
        scene.share(first, 0, 1000),
        scene.among(0, WAD // 10, WAD),
        scene.among(0, HOUR, DAY),
    )
    wrong = (
        replace(good, offset_floor=WAD + 1),
        replace(good, first_warning=MAX_SCALE + 1),
        replace(good, second_warning=good.first_warning + 1),
        replace(good, warning_hysteresis=MAX_SCALE + 1),
        replace(good, ramp_duration=MAX_RAMP + 1),
    )
    sender = scene.outsider if scene.one_in(8) else scene.admin
    chosen = scene.dice.choice(wrong) if scene.one_in(3) else good
    yield scene.house(sender, "setSystemRisk", chosen.fields())
    yield from check_margin(scene)
    if scene.ledger.offsets:
        pair = scene.dice.choice(scene.ledger.offsets)
        yield from straddle(scene, pair.first, pair.second)


def _usual_health(scene: Scene) -> int:
    """About the health factor of an account that holds something, WAD."""
    holders = [a for a in scene.parties if scene.held(a)]
    account = scene.dice.choice(tuple(holders) or scene.parties)
    health = scene.figure("healthFactor", account) or WAD
    return min(max(scene.share(health, 950, 1100), WAD), MAX_SCALE)


def check_margin(scene: Scene) -> Iterator[Call]:
    """Warnings of some accounts are brought up to date, a price between them."""
    holders = [a for a in scene.parties if scene.held(a)]
    for _ in range(3):
        account = scene.dice.choice(tuple(holders) or scene.parties)
        yield scene.house(scene.outsider, "checkMargin", account)
    if holders:
        account = scene.dice.choice(tuple(holders))
        name = scene.price_name(scene.dice.choice(scene.held(account)))
        move(scene, name, 930, 1070)
        yield from publish(scene, name)
        yield scene.house(scene.outsider, "checkMargin", account)


def warning_edge(scene: Scene) -> Iterator[Call]:
    """A warning begins a wei above an account's health, and ends by its hysteresis to the wei."""
    near = _warnable(scene)
    if not near:
        yield from open_trade(scene)
        near = _warnable(scene)
    if not near:
        return
    account, health = scene.dice.choice(near)
    low, is_second = scene.share(health, 900, 999), scene.one_in(3)
    gap = health - low
    for ratio, hysteresis in (
        (health, WAD // 10),
        (health + 1, 0),
        (health, scene.among(1, WAD // 10)),
        (low, gap + 1),
        (low, gap),
    ):
        present = replace(scene.ledger.system_risk, first_warning=ratio)
        second = ratio if is_second else 0
        chosen = replace(present, second_warning=second, warning_hysteresis=hysteresis)
        yield scene.house(scene.admin, "setSystemRisk", chosen.fields())
        yield scene.house(scene.outsider, "checkMargin", account)


def _warnable(scene: Scene) -> tuple[tuple[str, int], ...]:
    """Accounts that a warning can be set for, with their health factors, WAD."""
    known = ((a, scene.figure("healthFactor", a)) for a in scene.parties if scene.held(a))
    return tuple((a, h) for a, h in known if h is not None and WAD // 10 < h < MAX_SCALE)


def offset(scene: Scene) -> Iterator[Call]:
    """Two markets forgive opposite positions, more or less or no longer; or it is refused."""
    first, second = scene.dice.choice(scene.markets), scene.dice.choice(scene.markets)
    if scene.one_in(2):  # of one price
        same = [m for m in scene.markets if scene.price_name(m) == scene.price_name(first)]
        second = scene.dice.choice(tuple(same))
    rate = scene.among(0, WAD // 10, WAD // 4, WAD // 2, MAX_OFFSET_RATE)
    sender = scene.outsider if scene.one_in(8) else scene.admin
    if scene.one_in(6):
        rate = scene.among(MAX_OFFSET_RATE + 1, NO_LIMIT)
    if scene.one_in(10):
        second = scene.market_count
    yield scene.house(sender, "setOffset", first, second, rate)
    yield scene.house(scene.outsider, "offsets")
    if scene.now < scene.ledger.offset_ramp.ramp_end or scene.one_in(3):
        yield scene.house(scene.admin, "setOffset", first, second, WAD // 7)
    if second not in (scene.market_count, first) and rate:
        yield from straddle(scene, first, second)


def straddle(scene: Scene, first: int, second: int) -> Iterator[Call]:
    """An account is long in one market and short in the other."""
    account = scene.dice.choice(scene.parties)
    for market_id, long in ((first, True), (second, False)):
        yield from fresh(scene, market_id)
        other = scene.other(account)
        size = size_for(scene, market_id, account, other)
        sides = (account, other) if long else (other, account)
        yield scene.trade(*sides, market_id, size, price_near(scene, market_id))


def full_offsets(scene: Scene) -> Iterator[Call]:
    """Pairs get an offset until there are as many as there may be, and one more is refused."""
    pairs = [(a, b) for a in scene.markets for b in scene.markets if a < b]
    for first, second in pairs[: MAX_OFFSETS + 4]:
        yield scene.house(scene.admin, "setOffset", first, second, WAD // 100)
        if scene.ledger.now < scene.ledger.offset_ramp.ramp_end:
            scene.wait(scene.ledger.offset_ramp.ramp_end - scene.now + scene.among(0, 0, 1))
    for pair in scene.ledger.offsets:
        yield scene.house(scene.admin, "setOffset", pair.first, pair.second, 0)
        if scene.now < scene.ledger.offset_ramp.ramp_end:
            scene.wait(scene.ledger.offset_ramp.ramp_end - scene.now)


def volatility(scene: Scene) -> Iterator[Call]:
    """A market's variance is measured, with regimes or without; or it is refused."""
    market_id = scene.dice.choice(scene.markets)
    good = VolatilityParameters(
        scene.among(0, 1, PERIOD, PERIOD, HOUR),
        scene.among(HOUR, DAY),
        scene.among(0, WAD // 2, WAD * 94 // 100),
        scene.among(HOUR, DAY),
    )
    base = scene.among(10**30, 10**32, 10**33)
    regimes = tuple(
        Regime(base * 4**i, base * 4**i // 2, WAD + WAD * (i + 1) // scene.among(3, 10))
        for i in range(scene.dice.between(0, MAX_REGIMES))
    )
    regimes = tuple(sorted(regimes, key=lambda regime: regime.scale))
    regimes = tuple(
        replace(regime, enter_variance=base * 4**i, exit_variance=base * 4**i // 2)
        for i, regime in enumerate(regimes)
    )
    parameters = good
    if scene.one_in(3):
        parameters, regimes = _wrong_volatility(scene, good, base)
    sender = scene.outsider if scene.one_in(8) else scene.admin
    if scene.one_in(10):
        market_id = scene.market_count
    rows = tuple(regime.fields() for regime in regimes)
    yield scene.house(sender, "setVolatility", market_id, parameters.fields(), rows)
    if market_id in scene.markets:
        yield from observe(scene, market_id)


def _wrong_volatility(
    scene: Scene, good: VolatilityParameters, base: int
) -> tuple[VolatilityParameters, tuple[Regime, ...]]:
    calm = Regime(base, base - 1, WAD)
    return scene.among(
        (replace(good, observation_period=DAY + 1), ()),
        (replace(good, observation_period=HOUR, maximum_gap=HOUR - 1), ()),
        (replace(good, maximum_gap=30 * DAY + 1), ()),
        (replace(good, decay=WAD), ()),
        (replace(good, regime_ramp=scene.among(HOUR - 1, MAX_RAMP + 1)), ()),
        (good, (calm,) * (MAX_REGIMES + 1)),
        (good, (replace(calm, exit_variance=base),)),
        (good, (replace(calm, enter_variance=WEI + 1),)),
        (good, (replace(calm, scale=scene.among(WAD - 1, MAX_REGIME_SCALE + 1)),)),
        (good, (calm, calm)),
        (good, (replace(calm, scale=2 * WAD), Regime(base + 1, base - 1, WAD))),
        (good, (replace(calm, scale=MAX_REGIME_SCALE),)),
    )


def observe(scene: Scene, market_id: int) -> Iterator[Call]:
    """A market's price moves, or does not, and is observed, time after time."""
    name = scene.price_name(market_id)
    wild = scene.one_in(2)
    settings_ = scene.ledger.volatility_settings.read(market_id).parameters
    for _ in range(scene.dice.between(2, 6)):
        if wild:
            move(scene, name, 900, 1100)
        yield from publish(scene, name)
        yield scene.house(scene.outsider, "accrueFunding", market_id)
        period = settings_.observation_period
        scene.wait(scene.among(period, period, max(period - 1, 0), PERIOD))
    yield scene.house(scene.outsider, "volatility", market_id)


def observe_any(scene: Scene) -> Iterator[Call]:
    """One of the markets that are observed is observed on, sometimes after too long a gap."""
    observed = [
        m
        for m in scene.markets
        if scene.ledger.volatility_settings.read(m).parameters.observation_period
    ]
    if not observed:
        return
    market_id = scene.dice.choice(tuple(observed))
    gap = scene.ledger.volatility_settings.read(market_id).parameters.maximum_gap
    scene.wait(scene.among(0, 0, min(gap, 2 * HOUR)))
    yield from observe(scene, market_id)


def regime_edge(scene: Scene) -> Iterator[Call]:
    """A variance at which a regime is entered, or a wei less; then the price stands still.

    The regime's lower edge is where the calmer variance leaves it, just does not, or far below.
    """
    market_id = scene.dice.choice(scene.markets)
    name, period = scene.price_name(market_id), scene.among(1, PERIOD)
    decay = scene.among(0, WAD // 2, WAD * 94 // 100)
    parameters = VolatilityParameters(period, DAY, decay, HOUR)
    yield from publish(scene, name)
    yield scene.house(scene.admin, "setVolatility", market_id, parameters.fields(), ())
    scene.wait(period)
    yield from publish(scene, name)
    yield scene.house(scene.outsider, "accrueFunding", market_id)
    scene.wait(period)
    move(scene, name, 900, 1100)
    yield from publish(scene, name)
    record, index = scene.ledger.volatilities.read(market_id), scene.index(market_id)
    if record.last_price == 0 or index is None:
        return
    elapsed = scene.now - record.observed_at
    reached = variance_after(parameters, record, index, elapsed)
    calmer = div_up(decay * reached, WAD)
    enter = max(reached + scene.among(0, 0, 0, 1), 1)
    leave = min(scene.among(calmer, calmer + 1, calmer // 2, enter - 1), enter - 1)
    rows = (Regime(enter, leave, WAD * 11 // 10).fields(),)
    yield scene.house(scene.admin, "setVolatility", market_id, parameters.fields(), rows)
    for _ in range(3):
        yield scene.house(scene.outsider, "accrueFunding", market_id)
        scene.wait(period)
        yield from publish(scene, name)


def ramp(scene: Scene) -> Iterator[Call]:
    """A market's terms change while it is held, are changed again too soon, and arrive."""
    held = [m for m in scene.markets if scene.ledger.markets.read(m).open_interest]
    if not held:
        return
    market_id = scene.dice.choice(tuple(held))
    for _ in range(2):
        parameters, tiers = settings(scene, market_id)
        parameters = replace(parameters, ramp_duration=scene.among(HOUR, 2 * HOUR))
        rows = tuple(tier.fields() for tier in tiers)
        yield scene.house(scene.admin, "setMarketParameters", market_id, parameters.fields(), rows)
        yield from _look(scene, market_id)
        end = scene.ledger.markets.read(market_id).ramp_end
        left = max(end - scene.now, 0)
        scene.wait(scene.among(1, left // 2, left - 1 if left else 0, left))
        yield from publish(scene, scene.price_name(market_id))
        yield from _look(scene, market_id)
    account = scene.dice.choice(tuple(a for a, _ in scene.holders(market_id)) or scene.parties)
    yield scene.house(scene.other(account), "liquidate", account, market_id, NO_LIMIT)


def _look(scene: Scene, market_id: int) -> Iterator[Call]:
    for account, _ in scene.holders(market_id)[:2]:
        for figure in ("isLiquidatable", "accountFigures", "maintenanceMargin"):
            yield scene.house(scene.outsider, figure, account)
