"""The tables of a scenario file that move a market's margin: volatility regimes and changes.

Pydantic models like those of :mod:`weiproof.simulation.schema`, which holds the other tables.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PlainValidator, model_validator

from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_RAMP, MAX_REGIME_SCALE, MAX_REGIMES, MAX_TIERS

from .fields import (
    Name,
    Notional,
    Share,
    SmallShare,
    Time,
    decimal,
    integer,
    json_integer,
    json_number,
    refuse,
)
from .price_tables import Table

HOUR, DAY = 3_600, 86_400

Ramp = Annotated[int, PlainValidator(integer(HOUR, MAX_RAMP)), json_integer(HOUR, MAX_RAMP)]


class TierTable(Table):
    """One margin tier: rates above a notional."""

    above: Notional
    initial: SmallShare
    maintenance: SmallShare


Tiers = Annotated[list[TierTable], Field(min_length=1, max_length=MAX_TIERS)]


class RegimeTable(Table):
    """A volatility regime; volatilities are those of one observation period."""

    enter: SmallShare = Field(description="volatility from which it is entered")
    leave: Share = Field(description="volatility below which it is left")
    scale: Annotated[
        int, PlainValidator(decimal(18, WAD, MAX_REGIME_SCALE)), json_number("1", "4")
    ] = Field(description="by which margin requirements are multiplied")

    @model_validator(mode="after")
    def _hysteresis(self) -> RegimeTable:
        if self.leave >= self.enter:
            refuse("a `leave` below `enter`", "So a regime does not come and go at once.")
        return self


class VolatilityTable(Table):
    """How a market's volatility is measured, and the regimes that it leads to."""

    observation_period: Annotated[int, PlainValidator(integer(1, DAY)), json_integer(1, DAY)] = (
        Field(default=HOUR, description="least seconds between two observations")
    )
    maximum_gap: Annotated[int, PlainValidator(integer(1, 30 * DAY)), json_integer(1, 30 * DAY)] = (
        Field(default=4 * HOUR, description="most seconds over which a return counts")
    )
    decay: Annotated[int, PlainValidator(decimal(18, 0, WAD - 1)), json_number("0", "below 1")] = (
        Field(default=WAD * 94 // 100, description="weight of the past variance")
    )
    regime_ramp: Ramp = Field(
        default=DAY, description="seconds that maintenance margin takes to a new scale"
    )
    regimes: Annotated[list[RegimeTable], Field(max_length=MAX_REGIMES)] = []

    @model_validator(mode="after")
    def _gap(self) -> VolatilityTable:
        if self.maximum_gap < self.observation_period:
            expected = "a maximum_gap of at least the observation_period"
            refuse(expected, "Otherwise no return would ever count.")
        return self


class ChangeTable(Table):
    """`[[change]]`: the administrator changes a market's margin, which ramps."""

    at: Time
    market: Name
    tiers: Tiers | None = Field(default=None, description="default: as they are")
    liquidation_fee: Share | None = Field(default=None, description="default: as it is")

    @model_validator(mode="after")
    def _something(self) -> ChangeTable:
        if self.tiers is None and self.liquidation_fee is None:
            refuse("tiers or liquidation_fee, or both", "Say what changes.")
        return self
