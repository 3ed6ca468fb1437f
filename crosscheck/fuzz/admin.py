"""Administration: parameters within and without bounds, pauses, roles, the feeds of a price."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.crosscheck.spec import price_id
from weiproof.engine.access_control import DEFAULT_ADMIN_ROLE
from weiproof.engine.administration import (
    MATCHER_ROLE,
    PARAMETER_ROLE,
    PAUSER_ROLE,
    TREASURER_ROLE,
)
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
from weiproof.oracles.feed import TRANSMITTER_ROLE

from .prices import publish
from .scene import LONGEST_TIME, MOST_MARKETS, NO_LIMIT, WIDEST_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call, Value

    from .scene import Scene

YEAR = 365 * 86_400
LONGEST_DELAY = 3 * 86_400
"""Longest that a sequence waits for a change of the administrator, seconds."""

ROLES = (MATCHER_ROLE, PARAMETER_ROLE, PAUSER_ROLE, TREASURER_ROLE)

System = tuple[int, int, int, int, int, int]


def system_parameters(scene: Scene) -> Iterator[Call]:
    """The system's parameters change, or are refused."""
    sender = scene.outsider if scene.one_in(6) else scene.admin
    reserve = scene.among(0, 1, 5, 20) * WAD
    good: System = (
        reserve,
        scene.share(reserve, 0, 1000),
        scene.among(0, WAD // 2, WAD, WAD // 3),
        scene.among(0, WAD // 2, WAD),
        scene.among(WAD, WAD + 1, WAD * 5 // 4, WAD * 3 // 2),
        scene.among(0, 1, 60, 3_600),
    )
    wrong: tuple[System, ...] = (
        (reserve, reserve + 1, *good[2:]),
        (MAX_SIZE, *good[1:]) if scene.one_in(9) else (MAX_SIZE + 1, *good[1:]),
        (*good[:2], WAD + 1, *good[3:]),
        (*good[:3], WAD + 1, *good[4:]),
        (*good[:4], scene.among(WAD - 1, 10 * WAD + 1, 0, WIDEST_RATE), good[5]),
        (*good[:4], 10 * WAD, good[5]),
        (*good[:5], scene.among(YEAR + 1, LONGEST_TIME)),
    )
    first = scene.dice.choice(wrong) if scene.one_in(2) else good
    yield scene.house(sender, "setSystemParameters", first)
    yield scene.house(scene.outsider, "systemParameters")
    if first[0] >= MAX_SIZE:
        yield scene.house(scene.admin, "setSystemParameters", good)


def market_parameters(scene: Scene) -> Iterator[Call]:
    """A market's parameters change, or are refused; sometimes a market is opened."""
    market_id = scene.dice.choice(scene.markets)
    sender = scene.outsider if scene.one_in(8) else scene.admin
    parameters, tiers = settings(scene, market_id)
    if scene.one_in(2):
        parameters, tiers = wrong_settings(scene, parameters, tiers)
    rows = tuple(tier.fields() for tier in tiers)
    if scene.one_in(3):
        yield from open_market(scene, sender, parameters, rows)
        return
    if scene.one_in(10):
        market_id = scene.among(scene.market_count, NO_LIMIT)
    yield scene.house(sender, "setMarketParameters", market_id, parameters.fields(), rows)
    yield scene.house(scene.outsider, "marketParameters", market_id)


def open_market(
    scene: Scene, sender: str, parameters: MarketParameters, rows: tuple[tuple[Value, ...], ...]
) -> Iterator[Call]:
    """A market is opened, with step and tick at their bounds; or refused, once there are enough."""
    step, tick = scene.among(
        (parameters.size_step, parameters.price_tick),
        (MAX_SIZE, scene.among(1, MAX_SIZE, MAX_SIZE + 1)),
        (scene.among(1, MAX_SIZE + 1), MAX_SIZE),
        (1, WAD // 10),
    )
    parameters = replace(parameters, size_step=step, price_tick=tick)
    call = scene.house(sender, "addMarket", parameters.fields(), rows)
    if scene.market_count < 2 * MOST_MARKETS or not scene.would_pass(call):
        yield call


def settings(scene: Scene, market_id: int) -> tuple[MarketParameters, tuple[Tier, ...]]:
    """New parameters of a market, within their bounds."""
    old = scene.parameters(market_id)
    parameters = replace(
        old,
        trade_fee_rate=scene.among(old.trade_fee_rate, 0, 5 * 10**14, 10**15 + 1),
        liquidation_fee_rate=scene.among(old.liquidation_fee_rate, 2 * 10**15, 0, 10**15 + 1),
        minimum_notional=scene.among(0, 10 * WAD, 100 * WAD),
        premium_depth=scene.among(1, 10_000 * WAD, 1_000_003 * WAD, MAX_PREMIUM_DEPTH),
        funding_period=scene.among(1, 60, 28_800, YEAR),
        maximum_funding_rate=scene.among(0, 10**9, 10**11, MAX_FUNDING_RATE),
        socialisation_cap_rate=scene.among(0, 1, 10**14, 10**16, WAD),
        mark_band_rate=scene.among(0, 10**16, 5 * 10**16, 10**17),
        basis_period=scene.among(1, 60, 3_600),
        impact_max_age=scene.among(0, 1, 60, 600),
        settlement_fee_rate=scene.among(0, 0, 1, 10**14, 10**15 + 1),
    )
    tiers = tuple(
        Tier(tier.lower_bound, tier.initial_rate, tier.maintenance_rate)
        for tier in scene.ledger.tiers(market_id)
    )
    if scene.one_in(3):
        start = scene.among(1, 1000 * WAD, 25_000 * WAD + 1)
        first = Tier(0, WAD // scene.among(10, 15, 20), WAD // 40)
        tiers = (first, Tier(start, WAD // 5, WAD // scene.among(10, 40)))
    return parameters, tiers


def wrong_settings(
    scene: Scene, parameters: MarketParameters, tiers: tuple[Tier, ...]
) -> tuple[MarketParameters, tuple[Tier, ...]]:
    """The same with one thing out of bounds, or at its bound."""
    if scene.one_in(2):
        return parameters, wrong_tiers(scene, tiers)
    changes: tuple[dict[str, Value], ...] = (
        {"price_id": price_id("nothing")},
        {"price_id": price_id("BTC-USD")},
        {"size_step": scene.among(0, MAX_SIZE + 1, parameters.size_step * 10, 1)},
        {"price_tick": scene.among(0, MAX_SIZE + 1, parameters.price_tick * 10, 1)},
        {"band_rate": scene.among(WAD, WAD + 1)},
        {"trade_fee_rate": WAD // 10 + scene.among(0, 1)},
        {"liquidation_fee_rate": scene.among(WAD, WAD + 1, WAD // 50, WIDEST_RATE)},
        {"minimum_notional": MAX_NOTIONAL + scene.among(0, 1)},
        {"premium_depth": scene.among(0, MAX_PREMIUM_DEPTH + 1)},
        {"funding_period": scene.among(0, YEAR + 1)},
        {"maximum_funding_rate": MAX_FUNDING_RATE + 1},
        {"socialisation_cap_rate": WAD + 1},
        {"mark_band_rate": WAD // 2 + scene.among(0, 1)},
        {"basis_period": scene.among(0, YEAR + 1)},
        {"impact_max_age": YEAR + 1},
        {"ramp_duration": scene.among(3_599, YEAR + 1)},
        {"settlement_fee_rate": MAX_SETTLEMENT_FEE_RATE + scene.among(0, 1)},
    )
    return replace(parameters, **scene.dice.choice(changes)), tiers  # type: ignore[arg-type]


def wrong_tiers(scene: Scene, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
    """A tier table with one thing out of bounds, or at its bound."""
    first, rate = tiers[0], tiers[-1].initial_rate
    above = tiers[-1].lower_bound + 1
    return scene.among(
        (),
        tuple(replace(first, lower_bound=i) for i in range(MAX_TIERS + 1)),
        (replace(first, lower_bound=1), *tiers[1:]),
        (replace(first, initial_rate=scene.among(WAD, WAD + 1, WIDEST_RATE)),),
        (replace(first, maintenance_rate=scene.among(0, WAD + 1, first.initial_rate)),),
        (*tiers[:6], Tier(0, rate, tiers[-1].maintenance_rate)),
        (*tiers[:6], Tier(tiers[-1].lower_bound, rate, tiers[-1].maintenance_rate)),
        (*tiers[:6], Tier(MAX_NOTIONAL + scene.among(0, 1), rate, tiers[-1].maintenance_rate)),
        (*tiers[:6], Tier(above, first.initial_rate - 1, first.maintenance_rate)),
        (*tiers[:6], Tier(above, rate, first.maintenance_rate - 1)),
    )


def pause_market(scene: Scene) -> Iterator[Call]:
    """A market is paused, used in vain, and resumed later."""
    market_id = scene.dice.choice((*scene.markets, scene.market_count))
    funded = [m for m in scene.markets if scene.ledger.markets.read(m).funding_rate]
    if funded and scene.one_in(2):
        market_id = scene.dice.choice(tuple(funded))
    yield scene.house(scene.outsider, "setMarketPaused", market_id, True)
    yield scene.house(scene.admin, "setMarketPaused", market_id, scene.among(True, True, False))
    yield scene.house(scene.admin, "setMarketPaused", market_id, True)
    scene.wait(scene.among(0, 1, 600))
    account = scene.dice.choice(scene.accounts)
    other = scene.other(account)
    yield scene.trade(account, other, market_id, 10**18, 10**18)
    yield scene.house(scene.outsider, "accrueFunding", market_id)
    holders = [holder for holder, _ in scene.holders(market_id)]
    yield scene.house(scene.outsider, "settle", holders[0] if holders else account)
    yield scene.house(other, "liquidate", account, market_id, NO_LIMIT)
    yield scene.house(other, "forceClose", account, market_id, scene.other(account))
    yield scene.house(scene.outsider, "equity", account)
    yield scene.house(account, "withdraw", scene.figure("withdrawable", account) or 1)
    yield scene.house(scene.admin, "setMarketPaused", market_id, False)
    for holder in holders[:1]:
        yield scene.house(scene.outsider, "settle", holder)


def pause_all(scene: Scene) -> Iterator[Call]:
    """Everything is paused, used in vain, and resumed later."""
    yield scene.house(scene.outsider, "setPaused", True)
    yield scene.house(scene.admin, "setPaused", True)
    yield scene.house(scene.admin, "setPaused", True)
    scene.wait(scene.among(0, 1, 600))
    account = scene.dice.choice(scene.accounts)
    other, market_id = scene.other(account), scene.dice.choice(scene.markets)
    for function, args in (
        ("deposit", (1,)),
        ("withdraw", (1,)),
        ("depositInsurance", (1,)),
        ("settle", (account,)),
        ("accrueFunding", (market_id,)),
        ("liquidate", (other, market_id, 1)),
        ("forceClose", (other, market_id, account)),
        ("equity", (other,)),
    ):
        if scene.one_in(2):
            yield scene.house(account, function, *args)
    for sender in (scene.matcher, scene.outsider):
        yield scene.house(sender, "settleTrade", account, other, market_id, 10**18, 10**18, True)
    yield scene.house(scene.admin, "withdrawFees", account, 1)
    yield scene.house(scene.admin, "setMarketPaused", market_id, True)
    yield scene.house(scene.admin, "setMarketPaused", market_id, False)
    yield scene.house(scene.admin, "setPaused", False)
    yield scene.house(scene.admin, "setPaused", False)


def roles(scene: Scene) -> Iterator[Call]:
    """Someone gets a role, uses it, gives it up, gets it again, and loses it."""
    target = scene.among("house", "house", "hub", scene.dice.choice(_feeds(scene)))
    choices = ROLES if target == "house" else (DEFAULT_ADMIN_ROLE, TRANSMITTER_ROLE)
    role, newcomer = scene.dice.choice(choices), scene.outsider
    yield scene.call(newcomer, target, "grantRole", role, newcomer)
    yield scene.call(scene.admin, target, "grantRole", role, newcomer)
    if scene.one_in(2):
        yield scene.call(scene.admin, target, "grantRole", role, newcomer)
        yield scene.call(newcomer, target, "hasRole", role, newcomer)
    if target == "house":
        yield scene.house(newcomer, "withdrawFees", actor("treasury"), 1)
        yield scene.house(newcomer, "setPaused", False)
    elif target != "hub":
        yield scene.call(newcomer, target, "startPhase")
    yield scene.call(newcomer, target, "renounceRole", role, scene.admin)
    yield scene.call(newcomer, target, "renounceRole", role, newcomer)
    if scene.one_in(2):
        yield scene.call(newcomer, target, "renounceRole", role, newcomer)
    yield scene.call(scene.admin, target, "grantRole", role, newcomer)
    yield scene.call(scene.admin, target, "revokeRole", role, newcomer)
    yield scene.call(newcomer, target, "revokeRole", role, scene.admin)


def hand_over(scene: Scene) -> Iterator[Call]:
    """Another administrator of the house is named, accepts when it is due, and hands it back."""
    newcomer, other = scene.outsider, scene.accounts[0]
    yield scene.house(newcomer, "beginDefaultAdminTransfer", newcomer)
    yield scene.house(newcomer, "acceptDefaultAdminTransfer")
    yield scene.house(scene.admin, "beginDefaultAdminTransfer", newcomer)
    yield scene.house(newcomer, "acceptDefaultAdminTransfer")
    change = scene.among("grantRole", "revokeRole")
    yield scene.house(scene.admin, change, DEFAULT_ADMIN_ROLE, newcomer)
    yield scene.house(scene.admin, "renounceRole", DEFAULT_ADMIN_ROLE, scene.admin)
    if scene.one_in(2):
        yield scene.house(scene.admin, "cancelDefaultAdminTransfer")
        return
    yield from delays(scene)
    yield scene.house(scene.admin, "beginDefaultAdminTransfer", newcomer)
    if due_in(scene) > LONGEST_DELAY:
        return
    scene.wait(due_in(scene))
    yield scene.house(newcomer, "acceptDefaultAdminTransfer")
    scene.wait(1)
    yield scene.house(other, "acceptDefaultAdminTransfer")
    yield scene.house(newcomer, "acceptDefaultAdminTransfer")
    yield scene.house(newcomer, "beginDefaultAdminTransfer", scene.admin)
    scene.wait(due_in(scene) + 1)
    yield scene.house(scene.admin, "acceptDefaultAdminTransfer")


def due_in(scene: Scene) -> int:
    """Seconds until the named administrator of the house may accept, less one."""
    _, schedule = scene.ask("house", "pendingDefaultAdmin") or (0, 0)
    return max(schedule - scene.now, 0) if isinstance(schedule, int) else 0


def delays(scene: Scene) -> Iterator[Call]:
    """The delay is to be longer, or shorter, or not; sometimes longer than time is."""
    (delay,) = scene.ask("house", "defaultAdminDelay") or (0,)
    present = delay if isinstance(delay, int) else 0
    sender = scene.outsider if scene.one_in(6) else scene.admin
    most = 2**48 - 1
    change = scene.among(present + 1, max(present - 1, 0), 0, 86_400, most)
    yield scene.house(sender, "changeDefaultAdminDelay", min(change, most))
    if change == most or scene.one_in(2):
        yield scene.house(scene.admin, "rollbackDefaultAdminDelay")
        return
    if scene.one_in(3):
        yield scene.house(scene.admin, "changeDefaultAdminDelay", 86_400)
    _, schedule = scene.ask("house", "pendingDefaultAdminDelay") or (0, 0)
    if isinstance(schedule, int) and scene.now < schedule < scene.now + LONGEST_DELAY:
        scene.wait(schedule - scene.now + scene.among(0, 1))
    yield scene.house(scene.outsider, "defaultAdminDelay")
    yield scene.house(scene.outsider, "owner")


def change_hands(scene: Scene) -> Iterator[Call]:
    """The administrator gives the role away, takes it from itself, and gets it back.

    Of the house it does not: there the role has rules of its own.
    """
    target = scene.among("house", "hub", scene.dice.choice(_feeds(scene)))
    role, newcomer = DEFAULT_ADMIN_ROLE, scene.outsider
    yield scene.call(scene.admin, target, "grantRole", role, newcomer)
    yield scene.call(scene.admin, target, "revokeRole", role, scene.admin)
    yield scene.call(scene.admin, target, "grantRole", role, scene.admin)
    yield scene.call(newcomer, target, "grantRole", role, scene.admin)
    yield scene.call(scene.admin, target, "revokeRole", role, newcomer)


def configure(scene: Scene) -> Iterator[Call]:
    """A price gets its feeds again, with another quorum, or is refused; an unknown one is read."""
    price = scene.prices[scene.dice.choice(tuple(scene.prices))]
    feeds = tuple(scene.address(f"feed/{source.feed}") for source in price.sources)
    ages = tuple(source.max_age for source in price.sources)
    longer = tuple(source.liquidation_max_age for source in price.sources)
    word, count = price_id(price.name), len(feeds)
    wide, nobody = scene.address("feed/WIDE/m"), scene.outsider
    wrong: tuple[tuple[Value, ...], ...] = (
        (word, (), (), (), 0),
        (word, feeds * 6, ages * 6, longer * 6, 1),
        (word, feeds, ages[1:], longer, 1),
        (word, feeds, ages, (*longer, 1), 1),
        (word, feeds, ages, longer, scene.among(0, count + 1, NO_LIMIT)),
        (word, feeds, longer, tuple(age - 1 for age in longer), 1),
        (word, (wide, *feeds[1:]), ages, longer, 1),
        (word, (scene.among(nobody, scene.address("house")), *feeds[1:]), ages, longer, 1),
        (word, (*feeds, feeds[0]), (*ages, 1), (*longer, 1), 1),
        (price_id("tokens"), (scene.address("token"),), (1,), (1,), 1),
    )
    unknown = price_id(scene.among("nothing", "tokens", "a name of no price, in 32 bytes."))
    yield scene.call(scene.outsider, "hub", "price", unknown, scene.among(0, 1))
    yield scene.call(scene.admin, "hub", "configure", *scene.dice.choice(wrong))
    quorum = scene.among(price.quorum, price.quorum, 1, count)
    sender = scene.outsider if scene.one_in(4) else scene.admin
    yield scene.call(sender, "hub", "configure", word, feeds, ages, longer, quorum)
    yield scene.call(scene.outsider, "hub", "sourceOf", word, scene.among(0, count - 1, count))
    yield from publish(scene, price.name)


def _feeds(scene: Scene) -> tuple[str, ...]:
    return tuple(feed.label for feed in scene.feeds.values() if not feed.mock)
