"""The tables of a scenario file for many markets of one kind.

Pydantic models like those of :mod:`weiproof.simulation.schema`, which holds the other tables.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PlainValidator

from weiproof.engine.parameters import MAX_MARKETS

from .distribution_tables import LeverageDistribution, PriceDistribution  # noqa: TC001 - fields' types
from .fields import Name, integer, json_integer
from .price_tables import Table

Members = Annotated[int, PlainValidator(integer(1, MAX_MARKETS)), json_integer(1, MAX_MARKETS)]


class BasketTable(Table):
    """`[[basket]]`: markets of one kind, named after it, whose prices follow a path."""

    name: Name
    count: Members
    like: Name = Field(description="the market whose terms, feeds and depth they have")
    follows: Name | None = Field(
        default=None, description="the path that they follow; default: where `like` is traded"
    )
    start_price: PriceDistribution
    beta: LeverageDistribution = Field(
        description="how far a price moves where the path moves by one, as shares of both at the"
        " start"
    )
