"""All of an account's figures in one call, at the marks that trades go by.

The twin of ``Figures.sol``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import cash, margin, perpetuals, pricing
from .bits import each_bit
from .fixed_point import (
    MAX_INT256,
    MAX_UINT256,
    WAD,
    WEI,
    absolute,
    div_up,
    floor_div,
    mul_div_up,
)
from .records import TOKEN_UNIT, TRADE
from .state import Record

if TYPE_CHECKING:
    from .instruments import Standing
    from .pricing import Marks
    from .records import Ledger


@dataclass(slots=True)
class AccountFigures(Record):
    """An account's figures at one set of marks.

    Wei but for `withdrawable` (token units) and the ratios (WAD).
    """

    equity: int = 0
    """Cash, profit and loss, funding, and tokens at their maintenance weight; rounded down."""
    cash: int = 0
    """With interest up to this block; rounded down."""
    unrealised_profit: int = 0
    """Size x mark and what was paid, funding and losses up to the last booking; rounded down."""
    funding: int = 0
    """Funding and socialised losses since then, received less owed; rounded down."""
    initial_margin: int = 0
    """Rounded up."""
    maintenance_margin: int = 0
    """Rounded up."""
    liquidation_fee: int = 0
    """On the whole notional; rounded up."""
    margin_used: int = 0
    """Initial margin and the liquidation reserve; rounded up."""
    available_margin: int = 0
    """What initial margin leaves of equity with tokens at their initial weight, at least 0.

    Rounded down.
    """
    withdrawable: int = 0
    """In cash; rounded down."""
    leverage: int = 0
    """Notional / equity, rounded up; the largest integer where equity is less than a wei."""
    margin_ratio: int = 0
    """Equity / notional, rounded down; the largest integer without a position.

    Perp's margin ratio.
    """
    health_factor: int = 0
    """Equity / (maintenance margin + liquidation fee), rounded down.

    The largest integer where nothing is required or nothing larger fits (Aave's health factor).
    """


@dataclass(slots=True)
class Exposure:
    """Sums over an account's positions; numerators, the notional WAD x WAD."""

    profit: int = 0
    funding: int = 0
    notional: int = 0


def account_figures(ledger: Ledger, account: str) -> AccountFigures:
    """An account's figures now."""
    # MARGIN
    marks = pricing.new_marks(ledger, TRADE)
    standing = margin.standing_with_orders(ledger, account, marks)
    exposure = exposure_of(ledger, account, marks)
    initial = div_up(standing.initial, WEI)
    free = margin.initial_equity(standing) - standing.initial
    return AccountFigures(
        equity=floor_div(standing.equity, WEI),
        cash=cash.current(ledger, account),
        unrealised_profit=floor_div(exposure.profit, WEI),
        funding=floor_div(exposure.funding, WEI),
        initial_margin=initial,
        maintenance_margin=div_up(standing.maintenance, WEI),
        liquidation_fee=div_up(standing.fee, WEI),
        margin_used=initial + ledger.accounts.read(account).reserve,
        available_margin=max(free, 0) // WEI,
        withdrawable=margin.withdrawable(ledger, account, standing) // (WEI * TOKEN_UNIT),
        leverage=leverage_of(standing, exposure),
        margin_ratio=margin_ratio_of(standing, exposure),
        health_factor=margin.health_of(standing),
    )


def exposure_of(ledger: Ledger, account: str, marks: Marks) -> Exposure:
    """What the account's positions come to."""
    # MARGIN
    exposure = Exposure()
    for market_id in each_bit(ledger.accounts.read(account).markets):
        position = ledger.positions.read(account, market_id)
        size, quote = position.size, position.quote
        mark = pricing.mark_of(ledger, marks, market_id) if size != 0 else 0
        booked = perpetuals.booked_quote(ledger, account, market_id, marks)
        # A closed position has nothing pending; of a claim on a closed market, what is paid counts.
        if size == 0:
            quote = booked
        exposure.profit += quote + size * mark * WAD
        exposure.funding += booked - quote
        exposure.notional += absolute(size) * mark
    return exposure


def leverage_of(standing: Standing, exposure: Exposure) -> int:
    """Notional / equity, WAD, rounded up."""
    if exposure.notional == 0:
        return 0
    if standing.equity < WEI:
        return MAX_UINT256
    return mul_div_up(exposure.notional, WEI, standing.equity)


def margin_ratio_of(standing: Standing, exposure: Exposure) -> int:
    """Equity / notional, WAD, rounded down."""
    if exposure.notional == 0:
        return MAX_INT256
    return floor_div(standing.equity, exposure.notional)
