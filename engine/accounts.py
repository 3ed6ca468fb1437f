"""Sub-accounts, isolated margin, and who may act for an account: the twin of ``Accounts.sol``.

An owner has 256 accounts: its address with the last eight bits changed (Euler's EVC numbers them
so). Nothing moves between accounts but by a transfer of their owner, so isolated margin neither
leaks in nor out.
"""

# Modules import each other: rules call each other, as their twins do.
# pyright: reportImportCycles=false

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cash, collaterals, holdings, margin, markets
from .errors import (
    AccountNotEmpty,
    AmountOutOfBounds,
    NotAuthorised,
    SameAccount,
)
from .records import TOKEN_UNIT, WITHDRAW

if TYPE_CHECKING:
    from .records import Ledger

SUB_ACCOUNT_BITS = 8


def transfer(ledger: Ledger, sender: str, source: str, to: str, amount: int) -> None:
    """Moves `amount` token units of cash between two accounts of the sender.

    What is left must cover initial margin without unrealised profits, as for a withdrawal.
    """
    # CHECKS
    require_owners(sender, source, to)
    if amount == 0:
        raise AmountOutOfBounds(amount)
    # MARGIN
    margin.require_withdrawable(ledger, source, amount)
    # EFFECTS
    cash.add(ledger, source, -amount * TOKEN_UNIT)
    cash.add(ledger, to, amount * TOKEN_UNIT)
    # EVENTS
    ledger.emit("Transferred", source, to, amount)


def transfer_collateral(
    ledger: Ledger, sender: str, source: str, to: str, collateral_id: int, amount: int
) -> None:
    """Moves `amount` units of a token between two accounts of the sender.

    What is left must cover initial margin without unrealised profits, as for a withdrawal. The
    token must have a price: one without comes into no account, since it could stop that account's
    liquidation.
    """
    # CHECKS
    require_owners(sender, source, to)
    holdings.existing(ledger, collateral_id)
    # PRICES
    holdings.read_price(ledger, collateral_id, WITHDRAW)
    # EFFECTS
    holdings.take(ledger, source, collateral_id, amount)
    holdings.add(ledger, to, collateral_id, amount)
    # MARGIN
    collaterals.require_excess(ledger, source)
    # EVENTS
    ledger.emit("CollateralTransferred", source, to, collateral_id, amount)


def set_isolated(ledger: Ledger, sender: str, account: str, market_id: int, isolated: bool) -> None:
    """Ties a sub-account to one market, or frees it with `isolated` false.

    It must hold no position and have no order resting.
    """
    # CHECKS
    require_trader(ledger, sender, account)
    markets.existing(ledger, market_id)
    record = ledger.accounts.read(account)
    if record.markets != 0 or record.ordered_markets != 0:
        raise AccountNotEmpty(account)
    # EFFECTS
    ledger.accounts.edit(account).isolated_to = market_id + 1 if isolated else 0
    # EVENTS
    ledger.emit("IsolationChanged", account, market_id, isolated)


def set_trader(ledger: Ledger, sender: str, account: str, trader: str, allowed: bool) -> None:
    """Lets a trader act for an account of the sender, or no longer; never with its money."""
    # CHECKS
    if not is_owner(sender, account):
        raise NotAuthorised(account, sender)
    # EFFECTS
    ledger.traders.edit(account, trader).allowed = allowed
    # EVENTS
    ledger.emit("TraderChanged", account, trader, allowed)


def is_owner(owner: str, account: str) -> bool:
    """Whether an account is one of an owner's 256."""
    return (int(owner, 16) ^ int(account, 16)) >> SUB_ACCOUNT_BITS == 0


def sub_account(owner: str, index: int) -> str:
    """One of an owner's 256 accounts; the owner's own has the number 0."""
    return f"0x{int(owner, 16) ^ index:040x}"


def require_owners(sender: str, source: str, to: str) -> None:
    """Reverts unless the sender owns both accounts, which differ."""
    # CHECKS
    if source == to:
        raise SameAccount(source)
    if not is_owner(sender, source):
        raise NotAuthorised(source, sender)
    if not is_owner(sender, to):
        raise NotAuthorised(to, sender)


def require_trader(ledger: Ledger, sender: str, account: str) -> None:
    """Reverts unless the sender owns the account or may act for it."""
    # CHECKS
    if is_owner(sender, account) or ledger.traders.read(account, sender).allowed:
        return
    raise NotAuthorised(account, sender)
