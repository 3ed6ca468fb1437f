"""A price and when it was had: what reducers, breakers and averages over time work on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimedPrice:
    """One price; its decimals are the source's, the time is unix seconds of the source's clock."""

    price: int
    timestamp: int
