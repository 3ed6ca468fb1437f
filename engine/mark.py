"""The mark: the median of the index, the index with the basis of trades, and the impact price.

Inside a band around the index. Trades alone, or impact prices alone, do not move it; both together
move it to the edge of the band at most. A sample or a report is in effect from the next timestamp
on, so that nobody trades on a mark that the same block made. The twin of ``Mark.sol``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import markets, ramp
from .errors import InvalidPrice
from .fixed_point import WAD, clamp, div_truncate, mul_div_down
from .parameters import MAX_PRICE

if TYPE_CHECKING:
    from .records import Ledger


def mark_at(ledger: Ledger, market_id: int, index: int) -> int:
    """The mark of a market whose index is `index`; WAD."""
    # PRICES
    premium = div_truncate(index * current_basis(ledger, market_id), WAD)
    median = median_of(index, index + premium, impact_or(ledger, market_id, index))
    band = mul_div_down(index, ramp.mark_band_rate(ledger, market_id), WAD)
    if median < index - band:
        return index - band
    return min(median, index + band, MAX_PRICE)


def current_basis(ledger: Ledger, market_id: int) -> int:
    """The basis in effect now: of samples of earlier timestamps; WAD of the index.

    The sample's average and its step are rounded toward zero.
    """
    record = ledger.markets.read(market_id)
    premium_depth, basis_period, _ = ramp.mark_terms(ledger, market_id)
    if record.sampled_at == ledger.now or record.sample_notional < premium_depth:
        return record.basis
    average = div_truncate(record.sample_sum, record.sample_notional)
    weight = min(record.sampled_at - record.basis_at, basis_period)
    return record.basis + div_truncate((average - record.basis) * weight, basis_period)


def impact_or(ledger: Ledger, market_id: int, index: int) -> int:
    """The impact price in effect, the last one reported before this timestamp; WAD.

    Or `index` where that is too old or there is none.
    """
    record = ledger.markets.read(market_id)
    is_in_effect = record.next_impact_at < ledger.now
    price = record.next_impact_price if is_in_effect else record.impact_price
    reported_at = record.next_impact_at if is_in_effect else record.impact_at
    if price == 0:
        return index
    _, _, impact_max_age = ramp.mark_terms(ledger, market_id)
    too_old = ledger.now - reported_at > impact_max_age
    return index if too_old else price


def sample(ledger: Ledger, market_id: int, price: int, index: int, notional: int) -> None:
    """Takes a trade into this timestamp's sample.

    Its premium over the index, limited to the mark's band, by its notional (wei). The sample of an
    earlier timestamp is folded into the basis first.
    """
    record = ledger.markets.edit(market_id)
    premium_depth, _, _ = ramp.mark_terms(ledger, market_id)
    # EFFECTS
    if record.sampled_at != ledger.now:
        basis = current_basis(ledger, market_id)
        if record.sample_notional >= premium_depth:
            record.basis = basis
            record.basis_at = record.sampled_at
            # EVENTS
            ledger.emit("BasisChanged", market_id, basis)
        # EFFECTS
        record.sampled_at = ledger.now
        record.sample_sum = 0
        record.sample_notional = 0
    premium = div_truncate((price - index) * WAD, index)
    record.sample_sum += clamp(premium, ramp.mark_band_rate(ledger, market_id)) * notional
    record.sample_notional += notional


def report_impact(ledger: Ledger, market_id: int, impact_bid: int, impact_ask: int) -> None:
    """Takes what the order book's depth would pay and ask for an impact order.

    Their middle, rounded down, counts from the next timestamp on. A second report in one timestamp
    replaces the first.
    """
    # CHECKS
    markets.active(ledger, market_id)
    if impact_bid == 0 or impact_bid > MAX_PRICE:
        raise InvalidPrice(impact_bid)
    if impact_ask < impact_bid or impact_ask > MAX_PRICE:
        raise InvalidPrice(impact_ask)
    # EFFECTS
    record = ledger.markets.edit(market_id)
    impact = (impact_bid + impact_ask) // 2
    if record.next_impact_at != ledger.now:
        record.impact_price = record.next_impact_price
        record.impact_at = record.next_impact_at
        record.next_impact_at = ledger.now
    record.next_impact_price = impact
    # EVENTS
    ledger.emit("ImpactReported", market_id, impact)


def median_of(a: int, b: int, c: int) -> int:
    """The middle one of three."""
    low, high = (a, b) if a < b else (b, a)
    if c <= low:
        return low
    return min(c, high)
