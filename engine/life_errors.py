"""Reverts at the end of a market's life."""

from __future__ import annotations

from .errors import ClearingHouseError


class MarketIsReduceOnly(ClearingHouseError):
    """In the market positions may only be reduced and orders only be cancelled."""

    parameters = ("marketId",)
    selector = bytes.fromhex("f5163cd7")


class ReduceOnlyUnchanged(ClearingHouseError):
    """Whether trades may only reduce already is as asked for."""

    parameters = ()
    selector = bytes.fromhex("03985fd7")
