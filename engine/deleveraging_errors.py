"""Reverts of deleveraging, beside those of ``errors.py``."""

from __future__ import annotations

from .errors import ClearingHouseError


class FlagStands(ClearingHouseError):
    """The account is flagged already, or still bankrupt."""

    parameters = ("account",)
    selector = bytes.fromhex("9adf7cd6")


class NotFlagged(ClearingHouseError):
    """The account is not flagged."""

    parameters = ("account",)
    selector = bytes.fromhex("71f55348")


class NotBankrupt(ClearingHouseError):
    """The account has no open position, or equity that is not negative."""

    parameters = ("account",)
    selector = bytes.fromhex("77aff7b5")


class DeleveragingTooEarly(ClearingHouseError):
    """Deleveraging may begin at that time."""

    parameters = ("account", "from")
    selector = bytes.fromhex("1b8758f6")


class AlreadyNominated(ClearingHouseError):
    """The account is a candidate already."""

    parameters = ("account", "marketId")
    selector = bytes.fromhex("95f99227")


class NotCandidate(ClearingHouseError):
    """The account has no position with a profit there, or comes after all of a full list."""

    parameters = ("account", "marketId")
    selector = bytes.fromhex("39381a06")


class NoCandidate(ClearingHouseError):
    """No candidate can take anything of the account's position."""

    parameters = ("account", "marketId")
    selector = bytes.fromhex("0b7227e2")
