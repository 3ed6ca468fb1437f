"""Which of an account's positions is taken over first, and how much of a large account's at a time.

The twin of ``LiquidationLimits.sol``. Both are off until they are configured, and neither holds for
a forced close, which is always open. Hyperliquid takes a fifth of a large account, then waits for
half a minute.
"""

# Modules import each other: rules call each other, as their twins do.
# pyright: reportImportCycles=false

from __future__ import annotations

from typing import TYPE_CHECKING

from . import margin, markets, offsets, perpetuals, pricing
from .errors import CoolingDown, InvalidParameter, NotFirstMarket
from .fixed_point import WAD, absolute, mul_div_up, product_at_least
from .offsets import Leg
from .parameters import MAX_COOL_DOWN, MAX_NOTIONAL
from .records import LIQUIDATION, LiquidationWindow

if TYPE_CHECKING:
    from .instruments import Standing
    from .parameters import LiquidationParameters
    from .records import Ledger


def set_liquidation_parameters(ledger: Ledger, parameters: LiquidationParameters) -> None:
    """Replaces the order's switch and the limits."""
    # CHECKS
    validate_limits(parameters)
    # EFFECTS
    ledger.liquidation_parameters.put(parameters)
    # EVENTS
    ledger.emit("LiquidationParametersChanged")


def liquidation_market(ledger: Ledger, account: str) -> tuple[bool, int]:
    """The market in which a liquidatable account is taken over first.

    Answers whether the account is below maintenance with a position in a market neither paused nor
    delisted, and the market.
    """
    # MARGIN
    standing = margin.standing_of(ledger, account, pricing.new_marks(ledger, LIQUIDATION))
    if not margin.is_below_maintenance(standing):
        return False, 0
    return first_of(ledger, standing)


def restrict(ledger: Ledger, account: str, market_id: int, size: int, max_size: int) -> int:
    """What a takeover of a position may take of `size` now, WAD, in the order, within the limits.

    Counts it, as far as the keeper's `max_size` lets it be taken. Reverts where another market is
    first, or the account cools down.
    """
    # MARGIN
    standing = margin.standing_of(ledger, account, pricing.new_marks(ledger, LIQUIDATION))
    require_first(ledger, account, market_id, standing)
    most = limited(ledger, account, market_id, standing, size)
    # CHECKS
    if most == 0:
        started_at = ledger.windows.read(account, market_id).started_at
        raise CoolingDown(account, market_id, started_at + ledger.liquidation.cool_down)
    # EFFECTS
    wanted = max_size - max_size % ledger.market_parameters(market_id).size_step
    count_taken(ledger, account, market_id, standing, min(wanted, most))
    return most


def is_on(ledger: Ledger) -> bool:
    """Whether there is an order or a limit."""
    return ledger.liquidation.ordered or ledger.liquidation.large_notional > 0


def validate_limits(parameters: LiquidationParameters) -> None:
    """Reverts with the name of the first parameter that is out of bounds."""
    # CHECKS
    is_missing = parameters.large_notional > 0 and parameters.largest_share == 0
    if parameters.largest_share > WAD or is_missing:
        raise InvalidParameter.named("largestShare")
    if parameters.urgent_health > WAD:
        raise InvalidParameter.named("urgentHealth")
    if parameters.cool_down > MAX_COOL_DOWN:
        raise InvalidParameter.named("coolDown")
    if parameters.large_notional > MAX_NOTIONAL:
        raise InvalidParameter.named("largeNotional")


def require_first(ledger: Ledger, account: str, market_id: int, standing: Standing) -> None:
    """Reverts unless this market is the first, where the order is on."""
    # CHECKS
    if not ledger.liquidation.ordered:
        return
    _, first = first_of(ledger, standing)
    if first != market_id:
        raise NotFirstMarket(account, first)


def first_of(ledger: Ledger, standing: Standing) -> tuple[bool, int]:
    """The market whose position relieves most per notional, compared exactly.

    Of equal ones the lowest id. Paused and delisted markets are passed over.
    """
    # MARGIN
    exists, first, most, notional = False, 0, 0, 0
    for i, leg in enumerate(standing.legs):
        paused = ledger.markets.read(leg.market_id).paused
        if leg.size == 0 or paused or markets.is_delisted(ledger, leg.market_id):
            continue
        relief = relief_by(ledger, standing, i)
        own = absolute(leg.size) * leg.mark
        if exists and product_at_least(most, own, relief, notional):
            continue
        exists, first, most, notional = True, leg.market_id, relief, own
    return exists, first


def relief_by(ledger: Ledger, standing: Standing, index: int) -> int:
    """By how much maintenance margin and fee fall without a leg, a numerator.

    Negative where it hedges more than it requires.
    """
    # MARGIN
    legs = [Leg(0) if i == index else leg for i, leg in enumerate(standing.legs)]
    required = perpetuals.required_of(ledger, standing.legs)
    return required - perpetuals.required_of(ledger, legs)


def limited(ledger: Ledger, account: str, market_id: int, standing: Standing, size: int) -> int:
    """What a takeover may take of `size` (WAD) now.

    Of a large account's position no more than the share that its window leaves; all of `size` where
    dust would remain. 0 while the account cools down.
    """
    # MARGIN
    if not is_limited(ledger, standing):
        return size
    leg = standing.legs[offsets.index_of(standing.legs, market_id)]
    held = absolute(leg.size)
    parameters = ledger.market_parameters(market_id)
    step = parameters.size_step
    window = window_of(ledger, account, market_id, held)
    share = mul_div_up(window.base, ledger.liquidation.largest_share, WAD * step) * step
    most = max(share - window.taken, 0)
    if size <= most:
        return size
    dust = parameters.minimum_notional * WAD
    return size if most > 0 and (held - most) * leg.mark < dust else most


def is_limited(ledger: Ledger, standing: Standing) -> bool:
    """Whether the account is large, and not so deep that the limits no longer hold.

    Deep below its requirement, that is.
    """
    # MARGIN
    parameters = ledger.liquidation
    return margin.is_large(standing, parameters.large_notional, parameters.urgent_health)


def window_of(ledger: Ledger, account: str, market_id: int, held: int) -> LiquidationWindow:
    """The position's window: the present one, or one that begins now.

    With what is held (WAD) where that is more.
    """
    window = ledger.windows.read(account, market_id)
    # What was added since is at risk as the rest is, and no window of a small position protects it.
    base = max(window.base, held)
    if ledger.now < window.started_at + ledger.liquidation.cool_down:
        return LiquidationWindow(window.started_at, base, window.taken)
    return LiquidationWindow(ledger.now, held, 0)


def count_taken(
    ledger: Ledger, account: str, market_id: int, standing: Standing, size: int
) -> None:
    """Counts what was taken of a large account's position to its window."""
    if not is_limited(ledger, standing):
        return
    leg = standing.legs[offsets.index_of(standing.legs, market_id)]
    window = window_of(ledger, account, market_id, absolute(leg.size))
    # EFFECTS
    counted = LiquidationWindow(window.started_at, window.base, window.taken + size)
    ledger.windows.put(counted, account, market_id)
