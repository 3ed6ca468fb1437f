"""Records of ramps: what changed terms and offsets are on their way from.

With ``records.py`` the twin of ``Records.sol``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .parameters import MarketRisk, OffsetPair, Tier
from .state import Record

if TYPE_CHECKING:
    from .call import Value


@dataclass(slots=True)
class PreviousTerms(Record):
    """A market's terms from which the last change of them ramps."""

    ramp_start: int = 0
    liquidation_fee_rate: int = 0
    mark_band_rate: int = 0
    basis_period: int = 0
    premium_depth: int = 0
    impact_max_age: int = 0
    tiers: tuple[Tier, ...] = ()
    risk: MarketRisk = field(default_factory=MarketRisk)

    def fields(self) -> tuple[Value, ...]:
        """The values, tiers and risk as nested tuples."""
        return (
            self.ramp_start,
            self.liquidation_fee_rate,
            self.mark_band_rate,
            self.basis_period,
            self.premium_depth,
            self.impact_max_age,
            tuple(tier.fields() for tier in self.tiers),
            self.risk.fields(),
        )


@dataclass(slots=True)
class OffsetRamp(Record):
    """The offsets and their floor from which the last change of them ramps."""

    floor: int = 0
    ramp_start: int = 0
    ramp_end: int = 0
    pairs: tuple[OffsetPair, ...] = ()

    def fields(self) -> tuple[Value, ...]:
        """The values, pairs as nested tuples."""
        pairs = tuple(pair.fields() for pair in self.pairs)
        return (self.floor, self.ramp_start, self.ramp_end, pairs)
