"""What a market's requirements grow by, and its caps: the twin of ``Requirement.sol``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fixed_point import WAD, absolute, mul_div_up

if TYPE_CHECKING:
    from .parameters import MarketRisk
    from .records import MarketRecord


def scale_of(risk: MarketRisk, open_interest: int, mark: int) -> int:
    """By how much open interest scales initial margin, WAD, rounded up.

    1 up to the lower bound, the market's scale from the upper one on, linear between (dYdX v4).
    Maintenance margin is not scaled.
    """
    # MARGIN
    scale = risk.open_interest_scale
    if scale == 0:
        return WAD
    notional = open_interest * mark
    lower = risk.open_interest_lower * WAD
    upper = risk.open_interest_upper * WAD
    if notional <= lower:
        return WAD
    if notional >= upper:
        return scale
    return WAD + mul_div_up(scale - WAD, notional - lower, upper - lower)


def add_on_of(risk: MarketRisk, notional: int) -> int:
    """Liquidity add-on of a position, a numerator, rounded up.

    Half the spread and the impact of selling it (exogenous and endogenous cost of L-VaR). The
    marginal rate, half spread + 2 x impact x notional / depth, rises to the market's cap and stays
    there, so the add-on is convex and has no jump. `notional` is |size| x mark, not divided by WAD.
    """
    # MARGIN
    impact = risk.impact_rate
    spread = risk.half_spread_rate
    add_on = notional * spread
    if impact == 0:
        return add_on
    depth = risk.depth * WAD
    cap = risk.add_on_cap_rate - spread
    curved = min(cap * depth // (2 * impact), notional)
    return add_on + mul_div_up(curved * impact, curved, depth) + (notional - curved) * cap


def is_beyond_cap(risk: MarketRisk, size: int, after: int) -> bool:
    """Whether a position's new size is beyond the market's cap and the change does not reduce."""
    cap = risk.maximum_position
    if cap == 0 or absolute(after) <= cap:
        return False
    return (size > 0) != (after > 0) or absolute(after) > absolute(size)


def is_crowded(risk: MarketRisk, market: MarketRecord, before: int) -> bool:
    """Whether open interest rose from `before` beyond the market's cap."""
    cap = risk.maximum_open_interest
    return 0 < cap < market.open_interest and market.open_interest > before
