"""The insurance fund, and what happens when it does not suffice: the twin of ``Insurance.sol``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cash
from .fixed_point import WAD, WEI, mul_div_down, mul_div_up
from .parameters import MAX_LOSS_INDEX

if TYPE_CHECKING:
    from .records import Ledger


def charge_trade_fee(ledger: Ledger, account: str, fee: int) -> None:
    """Takes a trading fee from the account's cash; the fund's share is rounded down. Wei."""
    # EFFECTS
    share = mul_div_down(fee, ledger.parameters.insurance_share, WAD)
    cash.add(ledger, account, -fee)
    ledger.edit_record().fees += fee - share
    credit(ledger, share)


def credit(ledger: Ledger, amount: int) -> None:
    """Income of the fund, wei; unresolved bad debt is repaid first."""
    if amount == 0:
        return
    record = ledger.edit_record()
    # EFFECTS
    repaid = min(amount, record.unresolved_bad_debt)
    record.unresolved_bad_debt -= repaid
    record.insurance_fund += amount - repaid
    # EVENTS
    ledger.emit("InsuranceFundCredited", amount, repaid)


def cover_deficit(
    ledger: Ledger, account: str, market_id: int, size: int, deficit: int, cap: int
) -> None:
    """Covers `deficit` (wei) of a bankrupt account that held `size`.

    The fund pays first, then the opposite side through its loss index; the rest is left as
    unresolved bad debt. `cap` is the most that may be charged per unit of size, as a step of the
    loss index.
    """
    record = ledger.edit_record()
    # EFFECTS
    from_fund = min(deficit, record.insurance_fund)
    socialised = socialise(ledger, market_id, size, deficit - from_fund, cap)
    unresolved = deficit - from_fund - socialised
    record.insurance_fund -= from_fund
    record.unresolved_bad_debt += unresolved
    cash.add(ledger, account, deficit)
    # EVENTS
    ledger.emit("DeficitCovered", account, market_id, from_fund, socialised, unresolved)


def cover_debt(ledger: Ledger, account: str, debt: int) -> None:
    """Covers `debt` (wei) of an account that has nothing left.

    From the fund, the rest is unresolved bad debt.
    """
    record = ledger.edit_record()
    # EFFECTS
    from_fund = min(debt, record.insurance_fund)
    record.insurance_fund -= from_fund
    record.unresolved_bad_debt += debt - from_fund
    cash.add(ledger, account, debt)
    # EVENTS
    ledger.emit("DebtCovered", account, from_fund, debt - from_fund)


def give(ledger: Ledger, amount: int) -> int:
    """Pays up to `amount` (wei) out of the fund; answers with what it paid."""
    # EFFECTS
    paid = min(amount, ledger.record.insurance_fund)
    ledger.edit_record().insurance_fund -= paid
    return paid


def owe(ledger: Ledger, amount: int) -> None:
    """Adds to unresolved bad debt, wei."""
    # EFFECTS
    if amount == 0:
        return
    ledger.edit_record().unresolved_bad_debt += amount


def socialise(ledger: Ledger, market_id: int, size: int, amount: int, cap: int) -> int:
    """Charges up to `amount` (wei) per unit to the side opposite to `size`.

    Answers with what was charged.

    The charge per unit is rounded up, what that collects beyond the amount is the market's dust.
    Where the cap binds, or the index has no room, the charged amount is rounded down to the wei.
    """
    if amount == 0 or ledger.markets.read(market_id).open_interest == 0:
        return 0
    record = ledger.markets.edit(market_id)
    index = record.short_loss_index if size > 0 else record.long_loss_index
    most = min(cap, MAX_LOSS_INDEX - index)
    # EFFECTS
    step = mul_div_up(amount, WEI, record.open_interest)
    charged = amount
    if step > most:
        step = most
        charged = step * record.open_interest // WEI
    record.socialised = True
    if size > 0:
        record.short_loss_index += step
    else:
        record.long_loss_index += step
    record.clearing -= charged
    record.dust += step * record.open_interest - charged * WEI
    return charged
