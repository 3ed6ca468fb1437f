"""Reverts of the backstop vault and of the system's own takeovers; see :mod:`.errors`."""

from __future__ import annotations

from .errors import ClearingHouseError


class SystemAccount(ClearingHouseError):
    """The account is the system's: it reduces its positions and does nothing else."""

    parameters = ("account",)
    selector = bytes.fromhex("bf0b7fd6")


class AboveTakeoverRatio(ClearingHouseError):
    """Equity is not below the ratio at which the system takes over."""

    parameters = ("account",)
    selector = bytes.fromhex("01816d37")


class BackstopCapacity(ClearingHouseError):
    """The backstop vault would hold more of the market than it may."""

    parameters = ("marketId",)
    selector = bytes.fromhex("10d70c6e")


class FundCapacity(ClearingHouseError):
    """The insurance fund may not give the margin for what it would take over."""

    parameters = ("marketId",)
    selector = bytes.fromhex("72f62d52")


class BackstopInsolvent(ClearingHouseError):
    """The backstop vault has shares and nothing that they are worth; wei, rounded down."""

    parameters = ("equity",)
    selector = bytes.fromhex("ca9fd8eb")


class InsufficientShares(ClearingHouseError):
    """More shares than the account holds."""

    parameters = ("account", "shares", "held")
    selector = bytes.fromhex("68b65f11")


class NoWithdrawalRequest(ClearingHouseError):
    """The account has not asked to withdraw."""

    parameters = ("account",)
    selector = bytes.fromhex("01e5879e")


class WithdrawalPending(ClearingHouseError):
    """What was asked for may be withdrawn later."""

    parameters = ("account", "availableAt")
    selector = bytes.fromhex("31b5a21e")
