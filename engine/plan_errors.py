"""Reverts of owners' plans, beside those of ``errors.py``."""

from __future__ import annotations

from .errors import ClearingHouseError


class NotReducible(ClearingHouseError):
    """The account is not between its stop ratio and maintenance, or it would not help.

    Or the fee would be less than was asked for.
    """

    parameters = ("account",)
    selector = bytes.fromhex("ddb42e8c")


class NoTopUp(ClearingHouseError):
    """The account has no top-up, or needs none, or none that could be made would suffice."""

    parameters = ("account",)
    selector = bytes.fromhex("40effbf9")


class TopUpFirst(ClearingHouseError):
    """There is a top-up to make by the owner's plan; anyone may bring it."""

    parameters = ("account",)
    selector = bytes.fromhex("9da5e52c")


class PlanStands(ClearingHouseError):
    """Below maintenance the account's plan stands."""

    parameters = ("account",)
    selector = bytes.fromhex("bbd8e28d")
