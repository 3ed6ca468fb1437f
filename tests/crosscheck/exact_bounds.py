"""Bounds of what is published of an exact figure: values rounded down, requirements up."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

from tests.crosscheck.exact_requirements import ONE
from weiproof.engine.records import TOKEN_UNIT

if TYPE_CHECKING:
    from fractions import Fraction

    from tests.crosscheck.exact_margin import Account

LARGEST, LARGEST_SIGNED = 2**256 - 1, 2**255 - 1


def value(amount: Fraction, slack: int = 0) -> tuple[int, int]:
    """Bounds of a value in wei: rounded down."""
    return floor(amount - slack), floor(amount + slack)


def rest(account: Account) -> tuple[int, int]:
    """Bounds of what initial margin leaves, wei: rounded down, after it was rounded up."""
    return value(account.free, account.slack)


def demand(amount: Fraction) -> tuple[int, int]:
    """Bounds of a requirement in wei: rounded up."""
    return ceil(amount), ceil(amount)


def liquidatable(account: Account) -> tuple[int, int]:
    """Bounds of whether the account is below maintenance: one only where it is too close to say."""
    if not account.required:
        return 0, 0
    low = account.equity + account.slack < account.required
    return int(low), int(account.equity - account.slack < account.required)


def units(account: Account) -> tuple[int, int]:
    """Bounds of what can be withdrawn, token units: rounded down."""
    most = (account.outgoing + account.slack) / TOKEN_UNIT
    least = (account.outgoing - account.slack) / TOKEN_UNIT
    return max(floor(least), 0), floor(most) if account.outgoing or account.slack else 0


def health(account: Account) -> tuple[int, int]:
    """Bounds of the health factor, WAD: rounded down; the largest where nothing is required."""
    if not account.required:
        return LARGEST_SIGNED, LARGEST_SIGNED
    return quotients(account, account.required)


def ratio(account: Account) -> tuple[int, int]:
    """Bounds of equity / notional, WAD: rounded down."""
    if not account.notional:
        return LARGEST_SIGNED, LARGEST_SIGNED
    return quotients(account, account.notional)


def quotients(account: Account, divisor: Fraction) -> tuple[int, int]:
    """Lowest and highest of equity / divisor, WAD, rounded down."""
    low, high = account.equity - account.slack, account.equity + account.slack
    return (
        min(floor(low * ONE / divisor), LARGEST_SIGNED),
        min(floor(high * ONE / divisor), LARGEST_SIGNED),
    )


def leverage(account: Account) -> tuple[int, int]:
    """Bounds of notional / equity, WAD: rounded up; the largest where less than a wei is left."""
    if not account.notional:
        return 0, 0
    equities = account.equity + account.slack, account.equity - account.slack
    low, high = (LARGEST if e < 1 else ceil(account.notional * ONE / e) for e in equities)
    return low, high
