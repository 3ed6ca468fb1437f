"""Money in and out, and profit and loss into cash: the twin of ``Settlement.sol``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    cash,
    funding,
    holdings,
    insurance,
    margin,
    margin_calls,
    mark,
    markets,
    positions,
    pricing,
    volatility,
)
from .bits import each_bit
from .errors import (
    AmountOutOfBounds,
    ExceedsFees,
    InsufficientLiquidity,
    Revert,
    TooManyAccounts,
    WithdrawalsGated,
)
from .fixed_point import WEI
from .parameters import MAX_BATCH, MAX_ROUNDS, MAX_VAULT
from .records import SETTLE, TOKEN_UNIT, TRADE

if TYPE_CHECKING:
    from .pricing import Marks
    from .records import Ledger


def deposit(ledger: Ledger, account: str, amount: int) -> None:
    """Takes `amount` token units from the account into its cash."""
    # CHECKS
    require_room(ledger, amount)
    # EFFECTS
    cash.add(ledger, account, amount * TOKEN_UNIT)
    # EVENTS
    ledger.emit("Deposited", account, amount)
    receive_tokens(ledger, account, amount)


def withdraw(ledger: Ledger, account: str, amount: int) -> None:
    """Pays `amount` token units out of the account's cash."""
    # CHECKS
    require_ungated(ledger, amount)
    # MARGIN
    standing = margin.require_withdrawable(ledger, account, amount)
    # EFFECTS
    cash.add(ledger, account, -amount * TOKEN_UNIT)
    # EVENTS
    ledger.emit("Withdrawn", account, amount)
    standing.equity -= amount * TOKEN_UNIT * WEI
    margin_calls.update(ledger, account, standing)
    send_tokens(ledger, account, amount)


def settle(ledger: Ledger, account: str) -> None:
    """Settles profit and loss of all the account's positions in markets that are not paused.

    Anyone may.
    """
    # PRICES
    positions.book_all(ledger, account)
    marks = pricing.new_marks(ledger, SETTLE)
    # EFFECTS
    settle_markets(ledger, account, marks, profits=True)
    settle_markets(ledger, account, marks, profits=False)


def settle_batch(ledger: Ledger, accounts: tuple[str, ...]) -> None:
    """Settles several accounts; anyone may.

    Profits and losses in turn until nothing moves any more, at most eight rounds, so that a second
    call in the same block changes nothing. One's settled loss is another's profit: a round may
    open the next. Chains longer than that wait.
    """
    # CHECKS
    if len(accounts) > MAX_BATCH:
        raise TooManyAccounts(len(accounts))
    # PRICES
    for account in accounts:
        positions.book_all(ledger, account)
    marks = pricing.new_marks(ledger, SETTLE)
    # EFFECTS
    for _ in range(MAX_ROUNDS):
        moved = settle_round(ledger, accounts, marks, profits=True)
        if not settle_round(ledger, accounts, marks, profits=False) and not moved:
            break


def settle_losses(ledger: Ledger, account: str) -> None:
    """Settles the losses of an account that has neither open positions nor tokens."""
    # EFFECTS
    settle_markets(ledger, account, pricing.new_marks(ledger, SETTLE), profits=False)


def settle_round(ledger: Ledger, accounts: tuple[str, ...], marks: Marks, *, profits: bool) -> bool:
    """Settles the profits, or the losses, of several accounts; returns whether any cash moved."""
    # EFFECTS
    moved = False
    for account in accounts:
        before = ledger.accounts.read(account).cash
        settle_markets(ledger, account, marks, profits=profits)
        moved = moved or ledger.accounts.read(account).cash != before
    return moved


def settle_markets(ledger: Ledger, account: str, marks: Marks, *, profits: bool) -> None:
    """Settles the account's profits, or its losses, market by market.

    A market that is paused or has no price that can be trusted waits.
    """
    # MARGIN
    credit = 0 if profits else holdings.worth_of(ledger, account, marks, 0)[1] // WEI
    # EFFECTS
    for market_id in each_bit(ledger.accounts.read(account).markets):
        if ledger.markets.read(market_id).paused:
            continue
        opened = ledger.positions.read(account, market_id).size != 0
        price = pricing.mark_or_zero(ledger, marks, market_id) if opened else 0
        if opened and price == 0:
            continue
        if positions.is_profit(ledger, account, market_id, price) != profits:
            continue
        positions.settle(ledger, account, market_id, price, credit)


def accrue_funding(ledger: Ledger, market_id: int) -> None:
    """Accrues a market's funding.

    From here on it runs on the present index price and mark, where there are any, and the price is
    observed for the market's variance.
    """
    # CHECKS
    parameters = markets.active(ledger, market_id)
    # EFFECTS
    funding.accrue(ledger, market_id)
    # PRICES
    try:
        index = ledger.hub.read_price(parameters.price_id, TRADE)
    except Revert:
        return
    volatility.observe(ledger, market_id, index)
    funding.set_rate(ledger, market_id, index, mark.mark_at(ledger, market_id, index))


def deposit_insurance(ledger: Ledger, sender: str, amount: int) -> None:
    """Takes `amount` token units from the sender into the insurance fund."""
    # CHECKS
    require_room(ledger, amount)
    # EFFECTS
    insurance.credit(ledger, amount * TOKEN_UNIT)
    receive_tokens(ledger, sender, amount)


def withdraw_fees(ledger: Ledger, to: str, amount: int) -> None:
    """Pays `amount` token units of collected trading fees to `to`."""
    # CHECKS
    require_ungated(ledger, amount)
    fees = ledger.record.fees // TOKEN_UNIT
    if amount > fees:
        raise ExceedsFees(amount, fees)
    # EFFECTS
    ledger.edit_record().fees -= amount * TOKEN_UNIT
    # EVENTS
    ledger.emit("FeesWithdrawn", to, amount)
    send_tokens(ledger, to, amount)


def require_room(ledger: Ledger, amount: int) -> None:
    """Reverts unless the amount is positive and the vault has room for it."""
    # CHECKS
    if amount == 0 or amount > MAX_VAULT - ledger.record.vault:
        raise AmountOutOfBounds(amount)


def receive_tokens(ledger: Ledger, source: str, amount: int) -> None:
    """Pulls tokens into the vault; what is sent without a call is not counted."""
    # EFFECTS
    ledger.edit_record().vault += amount
    ledger.token.transfer_from(ledger.house.address, source, ledger.house.address, amount)


def require_ungated(ledger: Ledger, amount: int) -> None:
    """Reverts unless the amount is positive and all bad debt is resolved."""
    # CHECKS
    if amount == 0:
        raise AmountOutOfBounds(amount)
    unresolved = ledger.record.unresolved_bad_debt
    if unresolved > 0:
        raise WithdrawalsGated(unresolved)


def send_tokens(ledger: Ledger, to: str, amount: int) -> None:
    """Sends tokens out of the vault."""
    # CHECKS
    vault = ledger.record.vault
    if amount > vault:
        raise InsufficientLiquidity(amount, vault)
    # EFFECTS
    ledger.edit_record().vault = vault - amount
    ledger.token.move(ledger.house.address, to, amount)
