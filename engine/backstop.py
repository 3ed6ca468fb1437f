"""The backstop vault: liquidity providers hold shares of one account that takes over positions.

The twin of ``Backstop.sol``. A share is worth equity / (shares + virtual shares). Shares are minted
at that and burnt at that, each time rounded for those who stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cash, margin, margin_calls, markets, pricing
from .backstop_errors import (
    BackstopInsolvent,
    InsufficientShares,
    NoWithdrawalRequest,
    WithdrawalPending,
)
from .backstop_records import BACKSTOP
from .errors import AmountOutOfBounds, ExceedsWithdrawable, InvalidParameter
from .fixed_point import WAD, WEI, div_up, floor_div, mul_div_down
from .parameters import MAX_NOTIONAL, MAX_RAMP, MAX_SHARES, VIRTUAL_SHARES
from .records import TOKEN_UNIT, WITHDRAW

if TYPE_CHECKING:
    from .backstop_records import BackstopShares
    from .parameters import BackstopParameters
    from .records import Ledger


def set_backstop_parameters(ledger: Ledger, parameters: BackstopParameters) -> None:
    """Replaces when and for what the system itself takes positions over."""
    # CHECKS
    if parameters.withdrawal_delay > MAX_RAMP:
        raise InvalidParameter.named("withdrawalDelay")
    if parameters.fee_share > WAD:
        raise InvalidParameter.named("feeShare")
    if parameters.takeover_ratio > WAD:
        raise InvalidParameter.named("takeoverRatio")
    if parameters.fund_ratio > parameters.takeover_ratio:
        raise InvalidParameter.named("fundRatio")
    if parameters.fund_share > WAD:
        raise InvalidParameter.named("fundShare")
    # EFFECTS
    ledger.backstop_settings.put(parameters)
    # EVENTS
    ledger.emit("BackstopParametersChanged")


def set_backstop_capacity(ledger: Ledger, market_id: int, notional: int) -> None:
    """Replaces the largest notional that the vault may hold in a market, wei.

    What it holds stays.
    """
    # CHECKS
    markets.existing(ledger, market_id)
    if notional > MAX_NOTIONAL:
        raise InvalidParameter.named("backstopCapacity")
    # EFFECTS
    ledger.backstop_capacities.edit(market_id).notional = notional
    # EVENTS
    ledger.emit("BackstopCapacityChanged", market_id, notional)


def deposit_backstop(ledger: Ledger, account: str, amount: int) -> None:
    """Moves `amount` token units of cash, as far as they could be withdrawn, to the vault.

    Reverts with ``AmountOutOfBounds`` for nothing, and where it would mint no share or too many;
    with ``ExceedsWithdrawable``, ``BackstopInsolvent``, or the hub's reason where a position of the
    account or of the vault has no price.
    """
    # CHECKS
    if amount == 0:
        raise AmountOutOfBounds(amount)
    # MARGIN
    standing = margin.require_withdrawable(ledger, account, amount)
    equity = margin.standing_of(ledger, BACKSTOP, standing.marks).equity
    restart(ledger, equity)
    total = ledger.backstop.shares
    shares = shares_for(amount * TOKEN_UNIT, equity, total)
    # CHECKS
    if shares == 0 or shares > MAX_SHARES - total:
        raise AmountOutOfBounds(amount)
    # EFFECTS
    cash.add(ledger, account, -amount * TOKEN_UNIT)
    cash.add(ledger, BACKSTOP, amount * TOKEN_UNIT)
    ledger.backstops.edit().shares = total + shares
    shares_of(ledger, account).held += shares
    # EVENTS
    ledger.emit("BackstopDeposited", account, amount, shares)
    standing.equity -= amount * TOKEN_UNIT * WEI
    margin_calls.update(ledger, account, standing)


def request_backstop_withdrawal(ledger: Ledger, account: str, shares: int) -> None:
    """Asks to withdraw shares once the delay has passed.

    Replaces what the account asked for before.
    """
    # CHECKS
    own = shares_of(ledger, account)
    if shares > own.held:
        raise InsufficientShares(account, shares, own.held)
    # EFFECTS
    own.requested = shares
    own.available_at = ledger.now + ledger.backstop_parameters.withdrawal_delay
    # EVENTS
    ledger.emit("BackstopWithdrawalRequested", account, shares, own.available_at)


def withdraw_backstop(ledger: Ledger, account: str) -> None:
    """Burns what the account asked to withdraw for its part of the vault's equity.

    In token units, rounded down; all of it or nothing. It never takes unrealised profit, nor what
    the vault's positions need as initial margin.
    """
    # CHECKS
    own = shares_of(ledger, account)
    shares = own.requested
    if shares == 0:
        raise NoWithdrawalRequest(account)
    if ledger.now < own.available_at:
        raise WithdrawalPending(account, own.available_at)
    # PRICES
    marks = pricing.new_marks(ledger, WITHDRAW)
    # MARGIN
    standing = margin.standing_of(ledger, BACKSTOP, marks)
    amount = payout_of(shares, standing.equity, ledger.backstop.shares)
    if amount == 0:
        raise AmountOutOfBounds(amount)
    available = margin.withdrawable(ledger, BACKSTOP, standing) // (WEI * TOKEN_UNIT)
    if amount > available:
        raise ExceedsWithdrawable(BACKSTOP, amount, available)
    # EFFECTS
    own.held -= shares
    own.requested = 0
    ledger.backstops.edit().shares -= shares
    cash.add(ledger, BACKSTOP, -amount * TOKEN_UNIT)
    cash.add(ledger, account, amount * TOKEN_UNIT)
    # EVENTS
    ledger.emit("BackstopWithdrawn", account, shares, amount)


def restart(ledger: Ledger, equity: int) -> None:
    """Begins anew where the vault is in no market and all shares are not worth a token unit.

    Nobody could withdraw anything then, and nobody would buy a part of that. `equity` is a
    numerator.
    """
    # MARGIN
    total = ledger.backstop.shares
    if total == 0 or equity < 0 or ledger.accounts.read(BACKSTOP).markets != 0:
        return
    if payout_of(total, equity, total) > 0:
        return
    # EFFECTS
    record = ledger.backstops.edit()
    record.shares = 0
    record.epoch += 1
    # EVENTS
    ledger.emit("BackstopRestarted", record.epoch)


def shares_of(ledger: Ledger, account: str) -> BackstopShares:
    """An account's shares, to be changed; none where they are of an earlier epoch."""
    own = ledger.backstop_shares.edit(account)
    # EFFECTS
    epoch = ledger.backstop.epoch
    if own.epoch == epoch:
        return own
    own.held = own.requested = own.available_at = 0
    own.epoch = epoch
    return own


def shares_for(amount: int, equity: int, total: int) -> int:
    """Shares for `amount` (wei), rounded down: at the vault's equity, rounded up, and a wei more.

    `equity` is a numerator; it must be positive where there are shares.
    """
    # CHECKS
    if equity < 0 or (equity == 0 and total > 0):
        raise BackstopInsolvent(floor_div(equity, WEI))
    # MARGIN
    worth = div_up(equity, WEI) + 1
    return mul_div_down(amount, total + VIRTUAL_SHARES, worth)


def payout_of(shares: int, equity: int, total: int) -> int:
    """What shares are worth, token units, rounded down; `equity` is a numerator."""
    # MARGIN
    if equity <= 0:
        return 0
    worth = equity // WEI
    return mul_div_down(worth, shares, total + VIRTUAL_SHARES) // TOKEN_UNIT
