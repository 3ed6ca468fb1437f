"""Reverts of auctions and of the market route; see :mod:`.errors`."""

from __future__ import annotations

from .errors import ClearingHouseError


class NoAuction(ClearingHouseError):
    """Keepers take the large account over only within an auction; or there is none to end."""

    parameters = ("account",)
    selector = bytes.fromhex("9fc844f4")


class AuctionStands(ClearingHouseError):
    """The account's auction stands."""

    parameters = ("account",)
    selector = bytes.fromhex("b419899d")


class AuctionNotNeeded(ClearingHouseError):
    """Keepers need no auction: the account is not large, or too deep below its requirement."""

    parameters = ("account",)
    selector = bytes.fromhex("6011f9d7")


class PriceBeyondLimit(ClearingHouseError):
    """The price is worse than the mark by more than the limit, or than the equity covers."""

    parameters = ("price", "mark")
    selector = bytes.fromhex("768c0d28")
