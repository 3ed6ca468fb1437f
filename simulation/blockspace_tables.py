"""The table of a scenario file about room in blocks.

Pydantic models like those of :mod:`weiproof.simulation.schema`, which holds the other tables.
"""

from __future__ import annotations

from itertools import pairwise

from pydantic import Field, model_validator

from weiproof.engine.fixed_point import WAD

from .fields import Count, Name, Share, Time, refuse
from .price_tables import Table


class DemandTable(Table):
    """A time in which others fill blocks: `from` included, `to` not."""

    start: Time = Field(alias="from")
    end: Time = Field(alias="to")
    calls: Count = Field(description="places that they fill in each block")
    gas: Name = Field(description="name of the path of what they bid")

    @model_validator(mode="after")
    def _order(self) -> DemandTable:
        if self.end <= self.start:
            refuse("a `to` after the `from`", "Check both times.")
        return self


class BlockspaceTable(Table):
    """`[blockspace]`: room in blocks for the calls of oracles and keepers."""

    calls: Count = Field(description="places in a block")
    bid_step: Share = Field(
        default=WAD // 8, description="by how much a bid is raised for each block of waiting"
    )
    demand: list[DemandTable] = Field(default=[], max_length=100)

    @model_validator(mode="after")
    def _apart(self) -> BlockspaceTable:
        for before, after in pairwise(self.demand):
            if after.start < before.end:
                refuse("times of demand in order, without overlap", "Sort or merge them.")
        return self
