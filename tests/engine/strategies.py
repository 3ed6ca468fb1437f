"""Markets and positions for property tests, and requirements by an independent formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from weiproof.engine.fixed_point import WAD

from .desk import Rates, Setup, setup, wad

if TYPE_CHECKING:
    from collections.abc import Sequence

FEE_RATES = (0, wad("0.001"), wad("0.005"))
"""Three and a half times the largest is below the lowest maintenance rate drawn here."""


@st.composite
def tier_rows(draw: st.DrawFn, fee_rate: int, *, most: int = 4) -> tuple[Rates, ...]:
    """Valid tiers: rising bounds and rates, initial margin above maintenance and fee."""
    count = draw(st.integers(1, most))
    bounds = sorted(draw(st.sets(st.integers(1, 10**6), min_size=count - 1, max_size=count - 1)))
    rates = st.integers(wad("0.02"), wad("0.4"))
    maintenance = sorted(draw(st.lists(rates, min_size=count, max_size=count)))
    extra = sorted(draw(st.lists(st.integers(0, wad("0.4")), min_size=count, max_size=count)))
    return tuple(
        (bound * WAD, held + fee_rate + more, held)
        for bound, held, more in zip([0, *bounds], maintenance, extra, strict=True)
    )


@st.composite
def market_setups(draw: st.DrawFn, *, most: int = 4, size_step: int = WAD // 1_000) -> Setup:
    """A valid market."""
    fee_rate = draw(st.sampled_from(FEE_RATES))
    tiers = draw(tier_rows(fee_rate, most=most))
    return setup(tiers, liquidation_fee_rate=fee_rate, size_step=size_step)


def requirement_by_slices(tiers: Sequence[Rates], notional: int, column: int) -> int:
    """A requirement as the sum over tiers of rate x the notional in the tier; numerator.

    `notional` is |size| x mark; column 1 is initial margin, 2 maintenance.
    """
    total = 0
    for i, tier in enumerate(tiers):
        top = tiers[i + 1][0] * WAD if i + 1 < len(tiers) else notional
        total += tier[column] * max(min(notional, top) - tier[0] * WAD, 0)
    return total
