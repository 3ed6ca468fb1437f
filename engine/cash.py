"""Cash of accounts: negative cash pays interest, positive cash receives it.

The twin of ``Cash.sol``. An index is what one wei of cash has paid or received since the start, as
a numerator. Debtors pay rounded up, holders receive rounded down; in between the interest pool
holds what was paid and not yet received.
"""

# Modules import each other: rules call each other, as their twins do.
# pyright: reportImportCycles=false

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import insurance
from .fixed_point import WAD, WEI, absolute, mul_div_down, mul_div_up

if TYPE_CHECKING:
    from .records import Ledger


@dataclass(slots=True)
class Interest:
    """What interest has come to by this block.

    The two indices, and what the insurance fund earned on the way.
    """

    debt_index: int
    credit_index: int
    fund_income: int = 0


def add(ledger: Ledger, account: str, amount: int) -> None:
    """Adds to an account's cash; interest is booked first. Wei."""
    # EFFECTS
    book(ledger, account)
    _set(ledger, account, ledger.accounts.read(account).cash + amount)


def book(ledger: Ledger, account: str) -> None:
    """Books the interest that the account's cash has paid or received up to this block."""
    # EFFECTS
    accrue(ledger)
    record = ledger.record
    interest = pending(ledger, account, Interest(record.debt_index, record.credit_index))
    if interest == 0:
        return
    ledger.edit_record().interest_pool -= interest
    _set(ledger, account, ledger.accounts.read(account).cash + interest)
    # EVENTS
    ledger.emit("InterestBooked", account, interest)


def pending(ledger: Ledger, account: str, interest: Interest) -> int:
    """Interest since the account's cash was last booked, wei.

    Received is positive, rounded down; owed is negative, rounded up.
    """
    record = ledger.accounts.read(account)
    index = interest.debt_index if record.cash < 0 else interest.credit_index
    if index == record.cash_index:
        return 0
    passed = index - record.cash_index
    if record.cash < 0:
        return -mul_div_up(absolute(record.cash), passed, WEI)
    return mul_div_down(record.cash, passed, WEI)


def current(ledger: Ledger, account: str) -> int:
    """The account's cash with interest up to this block, wei."""
    return ledger.accounts.read(account).cash + pending(ledger, account, current_interest(ledger))


def accrue(ledger: Ledger) -> None:
    """Brings both indices up to this block; the fund receives its share at once."""
    if ledger.record.interest_at == ledger.now:
        return
    # EFFECTS
    interest = current_interest(ledger)
    record = ledger.edit_record()
    record.interest_at = ledger.now
    if interest.debt_index == record.debt_index:
        return
    record.debt_index = interest.debt_index
    record.credit_index = interest.credit_index
    record.interest_pool -= interest.fund_income
    # EVENTS
    ledger.emit("InterestAccrued", interest.debt_index, interest.credit_index, interest.fund_income)
    insurance.credit(ledger, interest.fund_income)


def current_interest(ledger: Ledger) -> Interest:
    """Both indices as of this block; they stand still while the system is paused.

    What holders receive per wei never exceeds what debtors pay per wei, however little cash there
    is.
    """
    record = ledger.record
    interest = Interest(record.debt_index, record.credit_index)
    debt = record.total_debt
    if debt == 0 or record.paused or record.interest_at == ledger.now:
        return interest
    step = interest_rate(ledger) * (ledger.now - record.interest_at) * WAD
    earned = mul_div_down(debt, step, WEI)
    shared = earned - mul_div_down(earned, ledger.credit_parameters.fund_share, WAD)
    credit = record.total_credit
    credit_step = step
    if mul_div_up(credit, step, WEI) > shared:
        credit_step = mul_div_down(shared, WEI, credit)
    interest.debt_index += step
    interest.credit_index += credit_step
    interest.fund_income = earned - mul_div_up(credit, credit_step, WEI)
    return interest


def interest_rate(ledger: Ledger) -> int:
    """What negative cash costs now, WAD per second, rounded up.

    Two slopes over the utilisation, steeper beyond the kink (Aave's and Compound's curve).
    """
    parameters = ledger.credit_parameters
    used = utilisation(ledger)
    kink = parameters.kink
    if used <= kink:
        if used == 0:
            return parameters.base_rate
        slope = parameters.kink_rate - parameters.base_rate
        return parameters.base_rate + mul_div_up(slope, used, kink)
    rest = parameters.maximum_rate - parameters.kink_rate
    return parameters.kink_rate + mul_div_up(rest, used - kink, WAD - kink)


def utilisation(ledger: Ledger) -> int:
    """Negative cash as a share of positive cash, WAD, rounded up, at most one."""
    debt = ledger.record.total_debt
    credit = ledger.record.total_credit
    if debt == 0:
        return 0
    if debt >= credit:
        return WAD
    return mul_div_up(debt, WAD, credit)


def _set(ledger: Ledger, account: str, after: int) -> None:
    """Writes an account's cash, the totals, and the index that the new cash goes by from now."""
    record = ledger.accounts.edit(account)
    system = ledger.edit_record()
    cash = record.cash
    # EFFECTS
    record.cash = after
    record.cash_index = system.debt_index if after < 0 else system.credit_index
    system.total_debt += _negative(after) - _negative(cash)
    system.total_credit += _positive(after) - _positive(cash)


def _positive(cash: int) -> int:
    return max(cash, 0)


def _negative(cash: int) -> int:
    return max(-cash, 0)
