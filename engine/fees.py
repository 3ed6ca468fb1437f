"""Fees of a trade: the twin of ``Fees.sol``.

Maker and taker pay shares of a market's fee rate by the account's volume of thirty days, and a fee
on what a trade closes. Volume counts by calendar days (UTC): the present one and the 29 before it,
each in whole token units, so that a trade writes one bucket. Tiers by the volume of thirty days are
what dYdX and the large exchanges charge by; the fee on what is closed is our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import markets
from .errors import InvalidParameter
from .fixed_point import WAD, WEI, mul_div_up
from .parameters import MAX_FEE_TIERS, MAX_NOTIONAL, VOLUME_DAYS, FeeSchedule, FeeTier
from .records import TOKEN_UNIT

if TYPE_CHECKING:
    from .parameters import MarketParameters
    from .records import Ledger, VolumeRecord

DAY = 86_400
"""Seconds of a day."""

MAX_DAY_VOLUME = 2**80 - 1
"""Most that one day counts, token units: what its bucket holds, 1.2e18 dollars."""


def set_fee_tiers(ledger: Ledger, tiers: tuple[FeeTier, ...]) -> None:
    """Replaces the fee schedule; none is one tier of whole shares.

    Reverts with ``InvalidParameter`` where :func:`validate_fee_tiers` does.
    """
    # CHECKS
    validate_fee_tiers(tiers)
    # EFFECTS
    ledger.fee_schedules.put(FeeSchedule(tiers))
    # EVENTS
    ledger.emit("FeeTiersChanged")


def volume_of(ledger: Ledger, account: str) -> int:
    """What the account traded in its thirty days, wei; each trade rounded down to token units."""
    return rolling_volume(ledger, account) * TOKEN_UNIT


def fee_rates(ledger: Ledger, account: str, market_id: int) -> tuple[int, int]:
    """Maker and taker rate of the account's next trade in a market, WAD, rounded up.

    The fee itself is computed from the unrounded rate. Reverts with ``UnknownMarket``.
    """
    # CHECKS
    rate = markets.existing(ledger, market_id).trade_fee_rate
    maker = mul_div_up(rate, share_of(ledger, account, is_maker=True), WAD)
    taker = mul_div_up(rate, share_of(ledger, account, is_maker=False), WAD)
    return maker, taker


def validate_fee_tiers(tiers: tuple[FeeTier, ...]) -> None:
    """Reverts with the name of the first bound that the schedule breaks.

    Volumes rise from 0, shares are at most one and do not rise.
    """
    # CHECKS
    if len(tiers) > MAX_FEE_TIERS:
        raise InvalidParameter.named("feeTiers")
    lower = FeeTier(0, WAD, WAD)
    for i, tier in enumerate(tiers):
        rising = tier.lower_volume == 0 if i == 0 else tier.lower_volume > lower.lower_volume
        if not rising or tier.lower_volume > MAX_NOTIONAL:
            raise InvalidParameter.named("lowerVolume")
        if tier.maker_rate > lower.maker_rate:
            raise InvalidParameter.named("makerRate")
        if tier.taker_rate > lower.taker_rate:
            raise InvalidParameter.named("takerRate")
        lower = tier


def share_of(ledger: Ledger, account: str, *, is_maker: bool) -> int:
    """The share (WAD) of a market's fee rate that the account pays.

    That of the highest tier whose lower volume its volume has reached.
    """
    tiers = ledger.fee_tiers
    if not tiers:
        return WAD
    volume = rolling_volume(ledger, account) * TOKEN_UNIT
    tier = next(tier for tier in reversed(tiers) if volume >= tier.lower_volume)
    return tier.maker_rate if is_maker else tier.taker_rate


def trade_fee(
    parameters: MarketParameters, notional: int, closed: int, price: int, share: int
) -> int:
    """The fee of one side of a trade, wei.

    Trading fee on the `notional` (wei) and settlement fee on the part of it that closes a position
    (`closed` at `price`, both WAD), each rounded up once. `share` is that of the market's fee rate,
    WAD.
    """
    fee = fee_on(notional, parameters.trade_fee_rate, share)
    return fee + mul_div_up(closed * price, parameters.settlement_fee_rate, WEI)


def fee_on(notional: int, rate: int, share: int) -> int:
    """The trading fee on a notional, wei, rounded up once.

    `notional` in wei, `rate` of what is traded and the account's `share` of it WAD.
    """
    return mul_div_up(notional, rate * share, WEI)


def add_volume(ledger: Ledger, account: str, notional: int) -> None:
    """Adds a settled trade (wei) to the account's volume, rounded down to the token unit.

    Days that left the window are forgotten. A day counts no more than :data:`MAX_DAY_VOLUME`; what
    is beyond does not count, which is against the account.
    """
    volume = ledger.volumes.edit(account)
    today = ledger.now // DAY
    total, buckets = volume.total, list(volume.buckets)
    # EFFECTS
    for i in range(days_passed(ledger, volume)):
        total -= buckets[(today - i) % VOLUME_DAYS]
        buckets[(today - i) % VOLUME_DAYS] = 0
    before = buckets[today % VOLUME_DAYS]
    added = min(notional // TOKEN_UNIT, MAX_DAY_VOLUME - before)
    buckets[today % VOLUME_DAYS] = before + added
    volume.total = total + added
    volume.day = today
    volume.buckets = tuple(buckets)


def rolling_volume(ledger: Ledger, account: str) -> int:
    """The sum of the buckets that are inside the window now, token units."""
    volume = ledger.volumes.read(account)
    today = ledger.now // DAY
    passed = days_passed(ledger, volume)
    return volume.total - sum(volume.buckets[(today - i) % VOLUME_DAYS] for i in range(passed))


def days_passed(ledger: Ledger, volume: VolumeRecord) -> int:
    """How many buckets have left the window since the account's latest trade.

    One a day, all after thirty; none where all are empty.
    """
    if volume.total == 0:
        return 0
    return min(ledger.now // DAY - volume.day, VOLUME_DAYS)
