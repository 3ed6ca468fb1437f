"""Changes of a market's parameters during a scenario.

In plain integers, as in :mod:`weiproof.simulation.scenario`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weiproof.crosscheck.spec import TierSpec

if TYPE_CHECKING:
    from weiproof.crosscheck.spec import MarketSpec
    from weiproof.engine.call import Value

    from .market import Tier


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
