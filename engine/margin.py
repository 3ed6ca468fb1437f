"""Equity and requirements of an account, and the tests on them: the twin of ``Margin.sol``.

Everything is compared as exact numerators at one scale; only published figures are rounded, against
the account. The liquidation reserve is locked cash that counts once on either side of every test,
and is left out of both.
"""

# Modules import each other: rules call each other, as their twins do.
# pyright: reportImportCycles=false

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cash, holdings, instruments, orders, pricing
from .errors import ExceedsWithdrawable, InsufficientCash, InsufficientMargin
from .fixed_point import (
    MAX_INT256,
    WAD,
    WEI,
    absolute,
    div_truncate,
    div_up,
    floor_div,
    mul_div_floor,
    product_at_least,
)
from .instruments import Standing
from .records import TOKEN_UNIT, WITHDRAW

if TYPE_CHECKING:
    from .pricing import Marks
    from .records import Ledger


def standing_with_orders(ledger: Ledger, account: str, marks: Marks) -> Standing:
    """The account's standing at these marks with the initial margin of its resting orders.

    It needs the mark of each market with orders.
    """
    # MARGIN
    standing = standing_of(ledger, account, marks)
    standing.initial = orders.initial_of(ledger, account, marks, standing)
    return standing


def standing_of(ledger: Ledger, account: str, marks: Marks) -> Standing:
    """The account's standing at these marks by its positions alone."""
    # MARGIN
    amount = cash.current(ledger, account)
    standing = Standing(equity=amount * WEI, cash=amount, marks=marks)
    instruments.contribute(ledger, account, standing)
    return standing


def health_of(standing: Standing) -> int:
    """Health factor: equity / (maintenance margin + liquidation fee), WAD, rounded down.

    The largest integer where nothing is required or nothing larger fits.
    """
    # MARGIN
    required = standing.maintenance + standing.fee
    if required == 0 or div_truncate(standing.equity, required) >= MAX_INT256 // WAD:
        return MAX_INT256
    return mul_div_floor(standing.equity, WAD, required)


def is_below_maintenance(standing: Standing) -> bool:
    """Whether equity is below maintenance margin plus liquidation fee.

    Equal is safe, and so is an account without an open position, which may owe a fraction of a wei.
    """
    required = standing.maintenance + standing.fee
    return required > 0 and standing.equity < required


def notional_of(standing: Standing) -> int:
    """Notional of all positions, WAD x WAD."""
    # MARGIN
    return sum(absolute(leg.size) * leg.mark for leg in standing.legs)


def is_large(standing: Standing, large: int, urgent_health: int) -> bool:
    """Whether the account's notional is above `large` (WAD, 0 is off), and it is not urgent.

    Its equity is not below `urgent_health` (WAD) of what is required: whoever is deeper must not
    wait.
    """
    # MARGIN
    if large == 0 or notional_of(standing) <= large * WAD:
        return False
    required = standing.maintenance + standing.fee
    return product_at_least(standing.equity, WAD, required, urgent_health)


def is_above_initial(standing: Standing) -> bool:
    """Whether equity covers initial margin; equal is enough."""
    return initial_equity(standing) >= standing.initial


def initial_equity(standing: Standing) -> int:
    """Equity with tokens at their initial weight; a numerator."""
    return standing.equity - standing.worth + standing.initial_worth


def seized_equity(ledger: Ledger, account: str, standing: Standing) -> int:
    """Equity with tokens at what a seizure would bring; a numerator.

    What is below zero others must cover.
    """
    # MARGIN
    equity = standing.equity - standing.worth
    required = holdings.at_stake(standing.maintenance + standing.fee, equity)
    return equity + holdings.seizable_of(ledger, account, standing.marks, required)


def is_ratio_kept(before: Standing, after: Standing) -> bool:
    """Whether the margin ratio did not fall from `before` to `after`; exact."""
    return product_at_least(
        after.equity, before.maintenance + before.fee, before.equity, after.maintenance + after.fee
    )


def require_initial(ledger: Ledger, account: str, marks: Marks) -> None:
    """Reverts unless the account has initial margin at these marks, for its resting orders too."""
    # MARGIN
    standing = standing_with_orders(ledger, account, marks)
    require_cash(account, standing)
    if not is_above_initial(standing):
        revert_insufficient(account, standing)


def require_cash(account: str, standing: Standing) -> None:
    """Reverts where tokens do not cover negative cash.

    Fees and reserves are never paid out of unrealised profit.
    """
    # MARGIN
    if standing.cash * WEI + standing.initial_worth < 0:
        raise InsufficientCash(account, standing.cash)


def payable_by(ledger: Ledger, account: str, worth: int) -> int:
    """What an account can be charged: its cash and its tokens at their maintenance weight.

    Wei, rounded down. `worth` is what the tokens count, a numerator.
    """
    # MARGIN
    return max(cash.current(ledger, account) + worth // WEI, 0)


def revert_insufficient(account: str, standing: Standing) -> None:
    """Reverts with the account's published equity and initial margin."""
    raise InsufficientMargin(
        account, floor_div(initial_equity(standing), WEI), div_up(standing.initial, WEI)
    )


def withdrawable(ledger: Ledger, account: str, standing: Standing) -> int:
    """What may be withdrawn in cash.

    Cash less unrealised losses, and no more than what that and the tokens leave above initial
    margin, at least 0; a numerator.
    """
    # MARGIN
    balance = cash.current(ledger, account) * WEI + standing.losses
    return max(min(balance, excess(ledger, account, standing)), 0)


def require_withdrawable(ledger: Ledger, account: str, amount: int) -> Standing:
    """Reverts unless `amount` token units of cash can leave the account.

    As a withdrawal or a transfer.
    """
    # MARGIN
    standing = standing_with_orders(ledger, account, pricing.new_marks(ledger, WITHDRAW))
    available = withdrawable(ledger, account, standing) // (WEI * TOKEN_UNIT)
    if amount > available:
        raise ExceedsWithdrawable(account, amount, available)
    return standing


def excess(ledger: Ledger, account: str, standing: Standing) -> int:
    """Equity without unrealised profits, with tokens at their initial weight, less initial margin.

    A numerator.
    """
    # MARGIN
    balance = cash.current(ledger, account) * WEI + standing.losses
    return balance + standing.initial_worth - standing.initial
