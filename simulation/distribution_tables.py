"""Distributions of a scenario file: what accounts and markets are drawn from.

Pydantic models like those of :mod:`weiproof.simulation.schema`, which holds the other tables.
"""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from .fields import Leverage, PositiveAmount, PriceNumber, refuse
from .price_tables import Table


class _Distribution(Table):
    kind: Literal["uniform", "loguniform", "choice"]
    low: int | None
    high: int | None
    values: list[int]

    @model_validator(mode="after")
    def _complete(self) -> _Distribution:
        if self.kind == "choice":
            if not self.values or self.low is not None or self.high is not None:
                refuse("values, without low and high, for a choice", "Give values = [...].")
            return self
        if self.values or self.low is None or self.high is None:
            refuse(f"low and high, without values, for {self.kind}", "Give low and high.")
        if self.low > self.high:
            refuse("a low of at most high", "Swap them.")
        return self


class AmountDistribution(_Distribution):
    """Amounts of tokens to draw from."""

    low: PositiveAmount | None = None
    high: PositiveAmount | None = None
    values: list[PositiveAmount] = []


class LeverageDistribution(_Distribution):
    """Leverages to draw from."""

    low: Leverage | None = None
    high: Leverage | None = None
    values: list[Leverage] = []


class PriceDistribution(_Distribution):
    """Prices to draw from."""

    low: PriceNumber | None = None
    high: PriceNumber | None = None
    values: list[PriceNumber] = []
