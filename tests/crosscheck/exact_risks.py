"""The campaign of the exact check: the fuzz's calls, with more of what figures depend on."""

from __future__ import annotations

from dataclasses import replace
from math import gcd
from typing import TYPE_CHECKING

from weiproof.crosscheck.fuzz import (
    campaign,
    fees,
    marks,
    orders,
    rare,
    risk,
    spot,
    token_admin,
    tokens,
)
from weiproof.crosscheck.fuzz.prices import fresh, fresh_for, publish
from weiproof.crosscheck.fuzz.scene import Scene, on_grid
from weiproof.crosscheck.fuzz.trades import price_near, size_for
from weiproof.engine.fixed_point import WAD as ONE
from weiproof.engine.parameters import FeeTier, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Call

LOOK_AT = "healthFactor"
"""A call after which its account is looked at, whatever it answered."""

RISK_EVERY = 3
"""A rule that is seldom used has its turn every so many calls."""

PAIRS = ((0, 1), (0, 3), (1, 3), (0, 7), (3, 7), (5, 9))
"""Markets with offsets from the start."""

VOLATILE = (0, 1, 3, 5, 7)
VOLATILITY = (
    (60, 86_400, ONE // 2, 7_200),
    ((10**30, 10**29, 3 * ONE // 2 + 1), (10**33, 10**32, 5 * ONE // 2 + 1)),
)
"""Markets with regimes of volatility from the start: a thousandth, and three hundredths."""

CALM, SOL, FINE_STEPS = 10, 7, 1
"""Markets: with a lasting price, with a basis that any trade moves, with sizes of any digits."""

ODD_TIER = Tier(0, ONE // 10 + 3, ONE // 20 + 1)
"""Rates that leave something to round wherever sizes have all digits."""

DEAR_TIER, DEAR_FEE = Tier(0, ONE * 2 // 5, ONE // 3 - 1), 2 * 10**15
"""From which requirements can fall far, and the fee, too."""


def calls_of(scene: Scene) -> Iterator[Call]:
    """The campaign's calls, with more of those that requirements depend on."""
    yield from campaign.beginning(scene)
    for first, second in PAIRS:
        rate = scene.dice.between(1, 200) * ONE // 1000
        yield scene.house(scene.admin, "setOffset", first, second, rate)
    for market_id, tier in ((FINE_STEPS, ODD_TIER), (CALM, DEAR_TIER)):
        parameters = replace(scene.parameters(market_id), liquidation_fee_rate=DEAR_FEE)
        rows = (tier.fields(),)
        yield scene.house(scene.admin, "setMarketParameters", market_id, parameters.fields(), rows)
    for market_id in VOLATILE:
        yield scene.house(scene.admin, "setVolatility", market_id, *VOLATILITY)
    for i, call in enumerate(campaign.calls_of(scene, lambda _: iter(()))):
        # What a generator made before another was let in between is not sent into the past.
        yield replace(call, at=max(call.at, scene.now))
        if i % RISK_EVERY == 0:
            yield from RISKS[i // RISK_EVERY % len(RISKS)](scene)


def straddle(scene: Scene) -> Iterator[Call]:
    """An account is long in one market of a pair, and short in the other."""
    first, second = scene.dice.choice(PAIRS)
    account = scene.dice.choice(scene.parties)
    other = scene.other(account)
    for buyer, seller, market_id in ((account, other, first), (other, account, second)):
        yield from fresh(scene, market_id)
        size = size_for(scene, market_id, buyer, seller)
        yield scene.trade(buyer, seller, market_id, size, price_near(scene, market_id))


def squeeze_twice(scene: Scene) -> Iterator[Call]:
    """A report above the index is in effect when two trades above it come, a block apart."""
    market_id = scene.dice.choice((7, 8))
    yield from fresh(scene, market_id)
    index = scene.index(market_id) or ONE
    bid = index + index // 200
    yield scene.house(scene.matcher, "reportImpact", market_id, bid, bid + 1)
    buyer, tick = scene.dice.choice(scene.parties), scene.parameters(market_id).price_tick
    for thousandths in (1003, 1004):
        scene.wait(1)
        seller = scene.other(buyer)
        size = size_for(scene, market_id, buyer, seller)
        price = on_grid(index * thousandths // 1000, tick)
        yield scene.trade(buyer, seller, market_id, size, price)


def straddle_with_orders(scene: Scene) -> Iterator[Call]:
    """Accounts that are long here and short there get orders that could turn one of both."""
    yield from straddle(scene)
    for account in scene.parties:
        for first, second in PAIRS:
            size = scene.size(account, first)
            if size * scene.size(account, second) < 0:
                twice = orders.of(2 * abs(size), price_near(scene, first))
                both = (orders.NOTHING, twice) if size > 0 else (twice, orders.NOTHING)
                yield orders.report(scene, account, first, *both)


def narrow_band(scene: Scene) -> Iterator[Call]:
    """Trades and depth bring a mark to the edge of its band, which then begins to narrow."""
    scene.arrive(SOL)
    scene.wait(scene.parameters(SOL).basis_period)
    scene.targets["SOL-USD"] += scene.dice.between(1, 10**6)  # leaves a band something to round
    yield from publish(scene, "SOL-USD")
    index, parameters = scene.index(SOL) or ONE, scene.parameters(SOL)
    yield scene.house(scene.matcher, "reportImpact", SOL, index * 6 // 5, index * 6 // 5)
    scene.wait(1)
    buyer = scene.dice.choice(scene.accounts)
    seller = scene.other(buyer)
    price = on_grid(index + index * min(parameters.band_rate, ONE // 12) // ONE, 10**14)
    yield scene.trade(buyer, seller, SOL, size_for(scene, SOL, buyer, seller), price)
    scene.wait(1)
    changed = replace(
        parameters, mark_band_rate=scene.dice.between(1, 2) * 10**16, ramp_duration=3_600
    )
    rows = tuple(tier.fields() for tier in scene.ledger.tiers(SOL))
    yield scene.house(scene.admin, "setMarketParameters", SOL, changed.fields(), rows)
    back = replace(changed, mark_band_rate=ONE // 20)
    scene.arrive(SOL)
    yield scene.house(scene.admin, "setMarketParameters", SOL, back.fields(), rows)


def hundredth(scene: Scene) -> Iterator[Call]:
    """An account has about a hundredth of its requirement in a token whose feed fails.

    A unit less than that, and then so much.
    """
    collateral_id, name = scene.token_named("USDX"), "USDX-USD"
    bare = [
        account
        for account in scene.accounts
        if scene.held(account) and not scene.account(account).collaterals
    ]
    if not bare:
        return
    account = scene.dice.choice(tuple(bare))
    for each in dict.fromkeys(map(scene.price_name, scene.held(account))):
        yield from publish(scene, each)
    yield from publish(scene, name)
    required = scene.ask("house", "maintenanceMargin", account)
    price = scene.token_price(collateral_id)
    if required is None or price is None:
        return
    weight = scene.ledger.collateral_parameters.read(collateral_id).maintenance_weight
    unit = scene.ledger.collaterals.read(collateral_id).unit
    hundredth_part = sum(map(int, required)) * ONE * ONE  # type: ignore[arg-type]
    amount = (hundredth_part - 1) // (100 * unit * price * max(weight, 1))
    feed = scene.feeds[scene.prices[name].sources[0].feed].label
    for more in (amount, 1):
        yield from publish(scene, name)
        yield from tokens.endow(scene, account, collateral_id, more)
        yield scene.house(account, "depositCollateral", collateral_id, more)
        yield scene.call(scene.outsider, feed, "setFailing", True)
        yield scene.house(scene.outsider, LOOK_AT, account)
    yield from publish(scene, name)


def change_terms(scene: Scene) -> Iterator[Call]:
    """Maintenance margin begins to rise to a multiple or to fall again, or the fee to fall.

    The last with the least initial margin that the new fee allows.
    """
    scene.arrive(CALM)
    yield from publish(scene, scene.price_name(CALM))
    buyer = scene.dice.choice(scene.parties)
    seller = scene.other(buyer)
    size = size_for(scene, CALM, buyer, seller)
    yield scene.trade(buyer, seller, CALM, size, price_near(scene, CALM))
    old, odd = scene.parameters(CALM), scene.dice.between(1, 10**9)
    held, fee_rate = scene.ledger.tiers(CALM)[0].maintenance_rate, DEAR_FEE
    if held < ONE // 10:
        tier = DEAR_TIER
    elif old.liquidation_fee_rate == fee_rate and scene.one_in(2):
        tier, fee_rate = Tier(0, held + 10**14, held), 10**14
    else:
        # In proportion more than the notional at first, and less after a quarter of the ramp.
        tier = Tier(0, ONE // 10 + odd, ONE // 33)
    parameters = replace(old, liquidation_fee_rate=fee_rate, ramp_duration=3_600)
    args = (CALM, parameters.fields(), (tier.fields(),))
    yield scene.house(scene.admin, "setMarketParameters", *args)
    yield scene.house(scene.outsider, LOOK_AT, buyer)
    yield scene.house(scene.outsider, LOOK_AT, seller)


def floor_of_offsets(scene: Scene) -> Iterator[Call]:
    """The floor of offsets begins to bind, for who is long here and short there."""
    scene.now = max(scene.now, scene.ledger.offset_ramp.ramp_end)
    yield from straddle(scene)
    floor = scene.dice.between(ONE * 97 // 100, ONE * 99 // 100)
    chosen = replace(scene.ledger.system_risk, offset_floor=floor, ramp_duration=3_600)
    yield scene.house(scene.admin, "setSystemRisk", chosen.fields())
    for account in scene.parties:
        if any(scene.size(account, a) * scene.size(account, b) < 0 for a, b in PAIRS):
            yield from fresh_for(scene, account)
            yield scene.house(scene.outsider, LOOK_AT, account)


def lower_weight(scene: Scene) -> Iterator[Call]:
    """A token that somebody has counts for more again, and begins to count for less."""
    account, collateral_id = tokens.holder(scene)
    yield from tokens.fresh_token(scene, collateral_id)
    old = scene.ledger.collateral_parameters.read(collateral_id)
    for weight in (ONE * 9 // 10, scene.dice.between(ONE // 2, ONE * 4 // 5)):
        changed = replace(
            old, initial_weight=ONE // 2, maintenance_weight=weight, ramp_duration=7_200
        )
        changed.seizure_discount = min(old.seizure_discount, ONE // 10)
        yield scene.house(scene.admin, "setCollateralParameters", collateral_id, changed.fields())
    yield scene.house(scene.outsider, LOOK_AT, account)


def sell_at_a_share(scene: Scene) -> Iterator[Call]:
    """A token is traded where whoever has traded at all pays a part of the fee."""
    tiers = (FeeTier(0, ONE, ONE), FeeTier(1, ONE // 3, ONE * 2 // 3))
    yield fees.set_tiers(scene, *tiers)
    yield from spot.trade_token(scene)


def sell_with_dust(scene: Scene) -> Iterator[Call]:
    """The buyer pays a wei more than the seller receives, and a fee on it that is a wei more."""
    collateral_id = scene.token_named("WETH")
    yield from publish(scene, "ETH-USD")
    price = scene.token_price(collateral_id)
    rate = scene.ledger.collateral_parameters.read(collateral_id).trade_fee_rate
    if price is None or not rate:
        return
    amount, seller = ONE // gcd(rate, ONE), scene.dice.choice(scene.accounts)
    buyer = scene.other(seller)
    yield from tokens.endow(scene, seller, collateral_id, amount)
    yield scene.house(seller, "depositCollateral", collateral_id, amount)
    yield from tokens.fund_buyer(scene, buyer)
    for each in (buyer, seller):
        yield from fresh_for(scene, each)
    yield fees.set_tiers(scene)
    yield spot.sale(scene, buyer, seller, collateral_id, amount, on_grid(price, ONE) + 1)


def shake(scene: Scene) -> Iterator[Call]:
    """The price of sizes with all digits jumps between two observations."""
    name = scene.price_name(FINE_STEPS)
    yield from publish(scene, name)
    buyer = scene.dice.choice(scene.parties)
    seller = scene.other(buyer)
    size = size_for(scene, FINE_STEPS, buyer, seller)
    yield scene.trade(buyer, seller, FINE_STEPS, size, price_near(scene, FINE_STEPS))
    for thousandths in (1000, scene.among(930, 1070)):
        scene.wait(VOLATILITY[0][0])
        scene.targets[name] = scene.share(scene.targets[name], thousandths, thousandths)
        yield from publish(scene, name)
        yield scene.house(scene.outsider, "accrueFunding", FINE_STEPS)
    for account in (buyer, seller):
        yield scene.house(scene.outsider, LOOK_AT, account)


def beyond_kink(scene: Scene) -> Iterator[Call]:
    """More is lent out than up to the kink, which lies between none and what is lent out."""
    yield from tokens.borrow(scene)
    debt, credit = scene.ledger.record.total_debt, scene.ledger.record.total_credit
    used = min(-(-debt * ONE // max(credit, 1)), ONE)
    debtors = [account for account in scene.accounts if scene.account(account).cash < 0]
    if used < 2 or not debtors:
        return
    kink = scene.dice.between(1, used - 1)
    terms = replace(
        scene.ledger.credit_parameters,
        kink=kink,
        kink_rate=5 * 10**9 + 1,
        base_rate=scene.dice.below(5 * 10**9),
        maximum_rate=10**11 + scene.dice.below(10**9),
    )
    yield scene.house(scene.admin, "setCreditParameters", terms.fields())
    yield scene.house(scene.outsider, LOOK_AT, scene.dice.choice(tuple(debtors)))


def crowded(scene: Scene) -> Iterator[Call]:
    """A market's open interest lies between the bounds of its scale, and selling costs."""
    free = [
        market_id
        for market_id in scene.markets
        if scene.ledger.markets.read(market_id).open_interest
        and scene.ledger.markets.read(market_id).ramp_end <= scene.now
    ]
    if not free:
        return
    market_id = scene.dice.choice(tuple(free))
    yield from fresh(scene, market_id)
    index = scene.index(market_id) or ONE
    notional = scene.ledger.markets.read(market_id).open_interest * index // ONE
    chosen = replace(
        scene.ledger.market_risk(market_id),
        open_interest_lower=notional // 3,
        open_interest_upper=notional * 3 + scene.dice.between(1, 10**9),
        open_interest_scale=scene.dice.between(ONE + 1, ONE * 5 // 4),
        half_spread_rate=10**14 + scene.dice.below(10**9),
        impact_rate=10**15,
        depth=scene.dice.between(1, 10**5) * ONE,
        add_on_cap_rate=10**16,
    )
    yield scene.house(scene.admin, "setMarketRisk", market_id, chosen.fields())
    holders = scene.holders(market_id)
    yield scene.house(scene.outsider, LOOK_AT, scene.dice.choice(holders)[0])


RISKS = (
    squeeze_twice,
    narrow_band,
    hundredth,
    change_terms,
    floor_of_offsets,
    lower_weight,
    beyond_kink,
    crowded,
    shake,
    sell_at_a_share,
    sell_with_dust,
    spot.trade_token,
    straddle_with_orders,
    risk.offset,
    straddle,
    risk.volatility,
    risk.market_risk,
    risk.ramp,
    risk.observe_any,
    tokens.borrow,
    rare.bad_debt,
    token_admin.collateral_parameters,
    marks.squeeze,
)
"""Rules that the campaign seldom comes to: one of them at a time."""
