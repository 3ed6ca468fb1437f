"""What of a market's margin moves during a scenario: volatility regimes and changed parameters.

In plain integers, as in :mod:`weiproof.simulation.scenario`.
"""

# Modules import each other: for the type checker alone.
# pyright: reportImportCycles=false

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weiproof.crosscheck.spec import TierSpec, VolatilitySpec

if TYPE_CHECKING:
    from weiproof.crosscheck.spec import MarketSpec
    from weiproof.engine.call import Value

    from .scenario import Tier


@dataclass(frozen=True, slots=True)
class Regime:
    """A volatility regime; volatilities are those of one observation period, WAD."""

    enter: int
    """Volatility from which it is entered."""
    leave: int
    """Volatility below which it is left."""
    scale: int
    """By what margin requirements are multiplied, WAD."""


@dataclass(frozen=True, slots=True)
class Volatility:
    """How a market's volatility is measured and what it leads to."""

    observation_period: int
    """Least seconds between two observations."""
    maximum_gap: int
    """Most seconds over which a return counts."""
    decay: int
    """Weight of the past variance at an observation, WAD."""
    regime_ramp: int
    """Seconds that maintenance margin takes to a new regime's scale."""
    regimes: tuple[Regime, ...]

    def spec(self) -> VolatilitySpec:
        """As it is deployed: regimes by variances, the exact squares of volatilities."""
        return VolatilitySpec(
            self.observation_period,
            self.maximum_gap,
            self.decay,
            self.regime_ramp,
            tuple((r.enter**2, r.leave**2, r.scale) for r in self.regimes),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """The administrator changes a market's margin; None leaves a thing as it is."""

    at: int
    """Unix seconds."""
    market: int
    """Market id."""
    tiers: tuple[Tier, ...] | None
    liquidation_fee: int | None
    """WAD."""


def changes_of(
    changes: tuple[Change, ...], markets: tuple[MarketSpec, ...]
) -> tuple[tuple[int, tuple[Value, ...]], ...]:
    """Time and arguments of ``setMarketParameters`` of each change, each made on the one before."""
    present = list(markets)
    calls = []
    for change in changes:
        spec = present[change.market]
        if change.tiers is not None:
            rows = (TierSpec(t.above, t.initial, t.maintenance) for t in change.tiers)
            spec = replace(spec, tiers=tuple(rows))
        if change.liquidation_fee is not None:
            spec = replace(spec, liquidation_fee_rate=change.liquidation_fee)
        present[change.market] = spec
        args: tuple[Value, ...] = (change.market, spec.parameters(), spec.tier_rows())
        calls.append((change.at, args))
    return tuple(calls)
