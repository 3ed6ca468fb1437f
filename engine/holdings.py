"""The tokens that accounts hold, and what they count as margin: the twin of ``Holdings.sol``.

amount x unit (WAD) x price (WAD) x weight (WAD) is an exact numerator: nothing is rounded here but
a weight on its way down.
"""

# Modules import each other: rules call each other, as their twins do.
# pyright: reportImportCycles=false

from __future__ import annotations

from typing import TYPE_CHECKING

from . import pricing
from .bits import each_bit, pop_count
from .errors import InsufficientCollateral, TooManyCollaterals, UnknownCollateral
from .fixed_point import WAD, mul_div_up
from .parameters import MAX_ACCOUNT_COLLATERALS
from .records import LIQUIDATION

if TYPE_CHECKING:
    from .instruments import Standing
    from .pricing import Marks
    from .records import CollateralRecord, Ledger


def contribute(ledger: Ledger, account: str, standing: Standing) -> None:
    """Adds the account's tokens to a standing that holds everything else, at their two weights.

    For a liquidation, tokens without a price count as nothing where they were worth less than a
    hundredth of what is at stake when they last moved, and stop the call otherwise; for everything
    else tokens without a price count as nothing.
    """
    # MARGIN
    required = at_stake(standing.maintenance + standing.fee, standing.equity)
    standing.initial_worth, standing.worth = worth_of(ledger, account, standing.marks, required)
    standing.equity += standing.worth


def at_stake(required: int, equity: int) -> int:
    """What is required and what the account is below zero without its tokens; a numerator.

    That is what those stand for. `equity` is without tokens; a numerator.
    """
    # MARGIN
    return required - min(equity, 0)


def worth_of(ledger: Ledger, account: str, marks: Marks, required: int) -> tuple[int, int]:
    """What the account's tokens count towards initial and maintenance margin; numerators.

    `required` is what is at stake, a numerator.
    """
    # MARGIN
    initial = maintenance = 0
    for collateral_id in each_bit(ledger.accounts.read(account).collaterals):
        parameters = ledger.collateral_parameters.read(collateral_id)
        value = value_of(ledger, account, collateral_id, marks, required)
        initial += value * parameters.initial_weight
        maintenance += value * maintenance_weight(ledger, collateral_id)
    return initial, maintenance


def seizable_of(ledger: Ledger, account: str, marks: Marks, required: int) -> int:
    """What the account's tokens would bring a seizure: their value less what buyers save.

    A numerator. `required` is what is at stake; a numerator.
    """
    # MARGIN
    seizable = 0
    for collateral_id in each_bit(ledger.accounts.read(account).collaterals):
        value = value_of(ledger, account, collateral_id, marks, required)
        seizable += value * (WAD - seizure_discount(ledger, collateral_id))
    return seizable


def value_of(ledger: Ledger, account: str, collateral_id: int, marks: Marks, required: int) -> int:
    """Amount x price of what the account holds of one token; WAD x WAD."""
    # PRICES
    record = ledger.collaterals.read(collateral_id)
    amount = ledger.holdings.read(account, collateral_id).amount * record.unit
    price = pricing.token_price_or_zero(ledger, marks, collateral_id)
    if price != 0 or marks.tokens != LIQUIDATION:
        return amount * price
    last = amount * record.last_price * maintenance_weight(ledger, collateral_id)
    if last < required // 100:
        return 0
    price_id = ledger.collateral_parameters.read(collateral_id).price_id
    return amount * ledger.hub.read_price(price_id, marks.tokens)


def maintenance_weight(ledger: Ledger, collateral_id: int) -> int:
    """The weight in maintenance margin now, WAD: on its way down it is rounded down."""
    record = ledger.collaterals.read(collateral_id)
    target = ledger.collateral_parameters.read(collateral_id).maintenance_weight
    if ledger.now >= record.ramp_end or target >= record.weight_from:
        return target
    elapsed = ledger.now - record.ramp_start
    fall = record.weight_from - target
    return record.weight_from - mul_div_up(fall, elapsed, record.ramp_end - record.ramp_start)


def seizure_discount(ledger: Ledger, collateral_id: int) -> int:
    """What a buyer of a debtor's tokens saves now, WAD.

    Never so much that selling lowers the debtor's equity.
    """
    most = WAD - maintenance_weight(ledger, collateral_id)
    return min(ledger.collateral_parameters.read(collateral_id).seizure_discount, most)


def add(ledger: Ledger, account: str, collateral_id: int, amount: int) -> None:
    """Adds token units to what an account holds."""
    record = ledger.accounts.edit(account)
    # EFFECTS
    ledger.holdings.edit(account, collateral_id).amount += amount
    record.collaterals |= 1 << collateral_id
    # CHECKS
    if pop_count(record.collaterals) > MAX_ACCOUNT_COLLATERALS:
        raise TooManyCollaterals(account)


def take(ledger: Ledger, account: str, collateral_id: int, amount: int) -> None:
    """Takes token units from what an account holds."""
    # CHECKS
    held = require_held(ledger, account, collateral_id, amount)
    # EFFECTS
    ledger.holdings.edit(account, collateral_id).amount = held - amount
    if amount == held:
        ledger.accounts.edit(account).collaterals &= ~(1 << collateral_id)


def require_held(ledger: Ledger, account: str, collateral_id: int, amount: int) -> int:
    """Reverts unless the amount is positive and the account holds it; token units."""
    # CHECKS
    held = ledger.holdings.read(account, collateral_id).amount
    if amount == 0 or amount > held:
        raise InsufficientCollateral(account, amount, held)
    return held


def existing(ledger: Ledger, collateral_id: int) -> CollateralRecord:
    """The token's record, or a revert where there is none."""
    # CHECKS
    if collateral_id >= ledger.collateral_count:
        raise UnknownCollateral(collateral_id)
    return ledger.collaterals.read(collateral_id)


def read_price(ledger: Ledger, collateral_id: int, purpose: int) -> int:
    """The token's price, remembered for times without one; WAD."""
    # PRICES
    parameters = ledger.collateral_parameters.read(collateral_id)
    price = ledger.hub.read_price(parameters.price_id, purpose)
    # EFFECTS
    ledger.collaterals.edit(collateral_id).last_price = price
    return price
