"""Tokens as collateral: opening, moving in and out, swapping, and buying them from debtors.

The twin of ``Collaterals.sol``.
"""

# Modules import each other: rules call each other, as their twins do.
# pyright: reportImportCycles=false

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from . import (
    cash,
    holdings,
    insurance,
    liquidation,
    margin,
    markets,
    pricing,
    seizure_order,
    settlement,
)
from .errors import (
    AmountOutOfBounds,
    CollateralCapExceeded,
    HealthLowered,
    InvalidParameter,
    NoDeficit,
    NotConvertible,
    SameAccount,
    TotalCapExceeded,
    TransferFeeRefused,
)
from .fixed_point import WAD, WEI, absolute, div_up, mul_div_up
from .parameters import MAX_COLLATERALS, MAX_INTEREST_RATE, MAX_NOTIONAL, MAX_RAMP, MAX_SIZE
from .records import DEPOSIT, LIQUIDATION, SETTLE, WITHDRAW

if TYPE_CHECKING:
    from .instruments import Standing
    from .parameters import CollateralParameters, CreditParameters
    from .pricing import Marks
    from .records import Ledger

MOST_DECIMALS = 18
SHORTEST_RAMP = 3_600


@dataclass(slots=True)
class Purchase:
    """A purchase of a debtor's tokens; amount in token units."""

    account: str
    buyer: str
    collateral_id: int
    amount: int


def add_collateral(ledger: Ledger, parameters: CollateralParameters) -> int:
    """Admits a token; answers with its id."""
    # CHECKS
    collateral_id = ledger.collateral_count
    if collateral_id >= MAX_COLLATERALS:
        raise InvalidParameter.named("collateralCount")
    known = (ledger.collateral_parameters.read(i).token for i in range(collateral_id))
    if parameters.token in (ledger.token.address, *known):
        raise InvalidParameter.named("token")
    decimals = cast("int", ledger.house.call(parameters.token, "decimals")[0])
    if decimals > MOST_DECIMALS:
        raise InvalidParameter.named("decimals")
    unit = 10 ** (MOST_DECIMALS - decimals)
    validate_collateral(ledger, parameters, unit)
    # EFFECTS
    ledger.collateral_counts.edit().value = collateral_id + 1
    ledger.collateral_parameters.put(parameters, collateral_id)
    ledger.collaterals.edit(collateral_id).unit = unit
    # EVENTS
    ledger.emit("CollateralAdded", collateral_id, parameters.token)
    return collateral_id


def set_collateral_parameters(
    ledger: Ledger, collateral_id: int, parameters: CollateralParameters
) -> None:
    """Changes a token's parameters.

    A lower maintenance weight comes into effect by a ramp that starts at the present one;
    everything else at once.
    """
    # CHECKS
    unit = holdings.existing(ledger, collateral_id).unit
    before = ledger.collateral_parameters.read(collateral_id)
    if parameters.token != before.token:
        raise InvalidParameter.named("token")
    if parameters.price_id != before.price_id:
        raise InvalidParameter.named("priceId")
    validate_collateral(ledger, parameters, unit)
    # EFFECTS
    weight = holdings.maintenance_weight(ledger, collateral_id)
    record = ledger.collaterals.edit(collateral_id)
    record.weight_from = weight
    record.ramp_start = ledger.now
    record.ramp_end = ledger.now + parameters.ramp_duration
    ledger.collateral_parameters.put(parameters, collateral_id)
    # EVENTS
    ledger.emit("CollateralParametersChanged", collateral_id)


def set_credit_parameters(ledger: Ledger, parameters: CreditParameters) -> None:
    """Changes what negative cash costs and how far it may go."""
    # CHECKS
    if parameters.base_rate > parameters.kink_rate:
        raise InvalidParameter.named("baseRate")
    if parameters.kink_rate > parameters.maximum_rate:
        raise InvalidParameter.named("kinkRate")
    if parameters.maximum_rate > MAX_INTEREST_RATE:
        raise InvalidParameter.named("maximumRate")
    if not 0 < parameters.kink < WAD:
        raise InvalidParameter.named("kink")
    if parameters.fund_share > WAD:
        raise InvalidParameter.named("fundShare")
    if parameters.debt_limit > MAX_NOTIONAL:
        raise InvalidParameter.named("debtLimit")
    if parameters.collateral_cap > MAX_NOTIONAL:
        raise InvalidParameter.named("collateralCap")
    # EFFECTS
    cash.accrue(ledger)
    ledger.credit.put(parameters)
    # EVENTS
    ledger.emit("CreditParametersChanged")


def deposit_collateral(ledger: Ledger, account: str, collateral_id: int, amount: int) -> None:
    """Takes `amount` units of a token from the account.

    Refused where the token keeps a part, or where the token's cap or the cap on all tokens would be
    exceeded.
    """
    # CHECKS
    holdings.existing(ledger, collateral_id)
    require_room(ledger, collateral_id, amount)
    # EFFECTS
    receive_collateral(ledger, account, collateral_id, amount)
    # PRICES
    holdings.read_price(ledger, collateral_id, DEPOSIT)
    require_total_room(ledger)
    # EVENTS
    ledger.emit("CollateralDeposited", account, collateral_id, amount)


def withdraw_collateral(ledger: Ledger, account: str, collateral_id: int, amount: int) -> None:
    """Pays `amount` units of a token out of what the account holds.

    Equity without profits must cover initial margin afterwards.
    """
    # CHECKS
    holdings.existing(ledger, collateral_id)
    # EFFECTS
    send_collateral(ledger, account, collateral_id, amount)
    # MARGIN
    require_excess(ledger, account)
    # EVENTS
    ledger.emit("CollateralWithdrawn", account, collateral_id, amount)


def swap_collateral(
    ledger: Ledger, account: str, id_in: int, amount_in: int, id_out: int, amount_out: int
) -> None:
    """Takes `amount_in` units of one token from the account and pays out `amount_out` of another.

    Neither of the account's equities may fall, nor what a seizure would bring, so that it is open
    below initial margin too. What is worth more than what goes out needs room as a deposit does.
    """
    # CHECKS
    holdings.existing(ledger, id_in)
    holdings.existing(ledger, id_out)
    if id_in == id_out:
        raise AmountOutOfBounds(amount_in)
    require_room(ledger, id_in, amount_in)
    holdings.require_held(ledger, account, id_out, amount_out)
    # PRICES
    value_in = amount_in * holdings.read_price(ledger, id_in, WITHDRAW)
    value_out = amount_out * holdings.read_price(ledger, id_out, WITHDRAW)
    # MARGIN
    if is_worth_less(ledger, id_in, value_in, id_out, value_out):
        raise HealthLowered(account)
    # EFFECTS
    receive_collateral(ledger, account, id_in, amount_in)
    send_collateral(ledger, account, id_out, amount_out)
    # CHECKS
    unit_in, unit_out = (ledger.collaterals.read(each).unit for each in (id_in, id_out))
    if value_in * unit_in > value_out * unit_out:
        require_total_room(ledger)
    # EVENTS
    ledger.emit("CollateralSwapped", account, id_in, amount_in, id_out, amount_out)


def buy_collateral(ledger: Ledger, purchase: Purchase) -> None:
    """Buys tokens of an account that is below maintenance or owes more than the limit.

    At a discount on the price, no more than it owes, and in the order of
    :mod:`~.seizure_order`. The buyer pays with cash and must have initial margin afterwards.
    Tokens change hands inside the house, so that one whose transfers are stuck stops no sale. It
    waits for a top-up that would end the account's distress.
    """
    # CHECKS
    collateral_id = purchase.collateral_id
    unit = holdings.existing(ledger, collateral_id).unit
    if purchase.buyer == purchase.account:
        raise SameAccount(purchase.account)
    # PRICES
    marks = pricing.new_marks(ledger, LIQUIDATION)
    price = holdings.read_price(ledger, collateral_id, LIQUIDATION)
    # MARGIN
    reduced = unit * price * (WAD - holdings.seizure_discount(ledger, collateral_id))
    standing = limit_purchase(ledger, purchase, marks, reduced)
    liquidation.await_top_up(ledger, purchase.account)
    seizure_order.require_first(ledger, purchase.account, collateral_id, standing)
    paid = mul_div_up(purchase.amount, reduced, WEI)
    # EFFECTS
    holdings.take(ledger, purchase.account, collateral_id, purchase.amount)
    holdings.add(ledger, purchase.buyer, collateral_id, purchase.amount)
    cash.add(ledger, purchase.buyer, -paid)
    cash.add(ledger, purchase.account, paid)
    # MARGIN
    margin.require_initial(ledger, purchase.buyer, marks)
    # EVENTS
    ledger.emit(
        "CollateralBought", purchase.account, purchase.buyer, collateral_id, purchase.amount, paid
    )


def cover_debt(ledger: Ledger, account: str) -> None:
    """Covers what an account owes that has neither open positions nor tokens; anyone may.

    What it still owes for closed positions included: from the insurance fund, the rest becomes
    unresolved bad debt.
    """
    # CHECKS
    record = ledger.accounts.read(account)
    if record.open_positions != 0 or record.collaterals != 0:
        raise NoDeficit(account)
    markets.require_none_ending(ledger, record.markets)
    # MARGIN
    equity = margin.standing_of(ledger, account, pricing.new_marks(ledger, SETTLE)).equity
    if equity >= 0:
        raise NoDeficit(account)
    # EFFECTS
    insurance.cover_debt(ledger, account, div_up(absolute(equity), WEI))
    settlement.settle_losses(ledger, account)


def validate_collateral(ledger: Ledger, parameters: CollateralParameters, unit: int) -> None:
    """Reverts with the name of the first parameter that is out of bounds."""
    # CHECKS
    if ledger.hub.source_count(parameters.price_id) == 0:
        raise InvalidParameter.named("priceId")
    if parameters.initial_weight > parameters.maintenance_weight:
        raise InvalidParameter.named("initialWeight")
    if parameters.maintenance_weight > WAD:
        raise InvalidParameter.named("maintenanceWeight")
    most = min(WAD - parameters.maintenance_weight, WAD // 2)
    if parameters.seizure_discount > most:
        raise InvalidParameter.named("seizureDiscount")
    if parameters.cap > MAX_SIZE // unit:
        raise InvalidParameter.named("cap")
    if not SHORTEST_RAMP <= parameters.ramp_duration <= MAX_RAMP:
        raise InvalidParameter.named("rampDuration")
    if parameters.band_rate > WAD:
        raise InvalidParameter.named("bandRate")
    if parameters.trade_fee_rate > WAD // 10:
        raise InvalidParameter.named("tradeFeeRate")


def require_excess(ledger: Ledger, account: str) -> None:
    """Reverts unless equity without unrealised profits covers initial margin."""
    # MARGIN
    marks = pricing.new_marks(ledger, WITHDRAW)
    standing = margin.standing_with_orders(ledger, account, marks)
    if margin.excess(ledger, account, standing) < 0:
        margin.revert_insufficient(account, standing)


def require_room(ledger: Ledger, collateral_id: int, amount: int) -> None:
    """Reverts unless the amount is positive and the token's cap has room for it."""
    # CHECKS
    cap = ledger.collateral_parameters.read(collateral_id).cap
    total = ledger.collaterals.read(collateral_id).total
    if amount == 0:
        raise AmountOutOfBounds(amount)
    if amount > cap - total or total >= cap:
        raise CollateralCapExceeded(amount, total, cap)


def require_total_room(ledger: Ledger) -> None:
    """Reverts where all accounts' tokens are worth more than the cap on all tokens."""
    # CHECKS
    worth = total_worth(ledger)
    if worth > ledger.credit_parameters.collateral_cap:
        raise TotalCapExceeded(worth)


def limit_purchase(ledger: Ledger, purchase: Purchase, marks: Marks, reduced: int) -> Standing:
    """Reverts where the account's tokens are not for sale, or it owes less than the amount brings.

    `reduced` is what one unit brings, a numerator. Answers with the account's standing.
    """
    # MARGIN
    standing = margin.standing_of(ledger, purchase.account, marks)
    owed = owed_by(ledger, purchase.account, standing)
    if owed <= 0:
        raise NotConvertible(purchase.account)
    if purchase.amount > div_up(owed, reduced):
        raise AmountOutOfBounds(purchase.amount)
    return standing


def owed_by(ledger: Ledger, account: str, standing: Standing) -> int:
    """What buyers of an account's tokens may bring; a numerator.

    Its negative cash beyond the limit, or, where it is below maintenance, all of it and its losses.
    Its tokens are for sale where that is positive.
    """
    # MARGIN
    balance = cash.current(ledger, account) * WEI
    if standing.equity < standing.maintenance + standing.fee:
        return -balance - standing.losses
    return -balance - ledger.credit_parameters.debt_limit * WEI


def is_worth_less(ledger: Ledger, id_in: int, value_in: int, id_out: int, value_out: int) -> bool:
    """Whether what comes in counts less than what goes out, in initial or maintenance margin.

    Or would bring a seizure less. Values are token units x price.
    """
    # MARGIN
    taken = ledger.collateral_parameters.read(id_in)
    given = ledger.collateral_parameters.read(id_out)
    value_in *= ledger.collaterals.read(id_in).unit
    value_out *= ledger.collaterals.read(id_out).unit
    if value_in * taken.initial_weight < value_out * given.initial_weight:
        return True
    weight_in = holdings.maintenance_weight(ledger, id_in)
    if value_in * weight_in < value_out * holdings.maintenance_weight(ledger, id_out):
        return True
    brings_in = value_in * (WAD - holdings.seizure_discount(ledger, id_in))
    return brings_in < value_out * (WAD - holdings.seizure_discount(ledger, id_out))


def total_worth(ledger: Ledger) -> int:
    """What all accounts' tokens are worth, undiscounted, at the prices that were last read.

    Wei, rounded up.
    """
    # MARGIN
    worth = 0
    for collateral_id in range(ledger.collateral_count):
        record = ledger.collaterals.read(collateral_id)
        worth += mul_div_up(record.total * record.unit, record.last_price, WAD)
    return worth


def receive_collateral(ledger: Ledger, account: str, collateral_id: int, amount: int) -> None:
    """Pulls tokens in and adds them to what the account holds; one that keeps a part is refused."""
    house, token = ledger.house, ledger.collateral_parameters.read(collateral_id).token
    # EFFECTS
    holdings.add(ledger, account, collateral_id, amount)
    ledger.collaterals.edit(collateral_id).total += amount
    before = cast("int", house.call(token, "balanceOf", house.address)[0])
    house.call(token, "transferFrom", account, house.address, amount)
    # CHECKS
    received = cast("int", house.call(token, "balanceOf", house.address)[0]) - before
    if received != amount:
        raise TransferFeeRefused(collateral_id, amount, received)


def send_collateral(ledger: Ledger, account: str, collateral_id: int, amount: int) -> None:
    """Takes tokens from what the account holds and sends them out."""
    token = ledger.collateral_parameters.read(collateral_id).token
    # EFFECTS
    holdings.take(ledger, account, collateral_id, amount)
    ledger.collaterals.edit(collateral_id).total -= amount
    ledger.house.call(token, "transfer", account, amount)
