"""Reverts at the end of a market's life."""

from __future__ import annotations

from .errors import ClearingHouseError


class MarketIsDelisted(ClearingHouseError):
    """The market's final price is fixed."""

    parameters = ("marketId",)
    selector = bytes.fromhex("b9366c91")


class MarketIsNotClosed(ClearingHouseError):
    """It is not decided yet what the market's claims are paid."""

    parameters = ("marketId",)
    selector = bytes.fromhex("d9371473")


class MarketIsNotDelisted(ClearingHouseError):
    """The market has no final price, or is closed already."""

    parameters = ("marketId",)
    selector = bytes.fromhex("b44d8698")


class MarketIsOpen(ClearingHouseError):
    """The market is neither paused nor reduce-only."""

    parameters = ("marketId",)
    selector = bytes.fromhex("b4628e46")


class MarketIsReduceOnly(ClearingHouseError):
    """In the market positions may only be reduced and orders only be cancelled."""

    parameters = ("marketId",)
    selector = bytes.fromhex("f5163cd7")


class NoClaim(ClearingHouseError):
    """The account has no claim on the market."""

    parameters = ("account", "marketId")
    selector = bytes.fromhex("a4480524")


class OpenInterestLeft(ClearingHouseError):
    """Positions in the market are still open: the sum of their sizes, WAD."""

    parameters = ("marketId", "openInterest")
    selector = bytes.fromhex("fcf3ab68")


class ReduceOnlyUnchanged(ClearingHouseError):
    """Whether trades may only reduce already is as asked for."""

    parameters = ()
    selector = bytes.fromhex("03985fd7")
