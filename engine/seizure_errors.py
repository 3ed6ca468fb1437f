"""Reverts of the order in which a debtor's tokens are sold, beside those of ``errors.py``."""

from __future__ import annotations

from .errors import ClearingHouseError


class NotFirstToken(ClearingHouseError):
    """Another of the account's tokens is sold first."""

    parameters = ("account", "first")
    selector = bytes.fromhex("34fd447d")


class TokensForSale(ClearingHouseError):
    """The account's tokens are for sale, so that their order stands."""

    parameters = ("account",)
    selector = bytes.fromhex("0858f314")
