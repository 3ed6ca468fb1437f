"""Requirements a third time: sums of money as fractions in wei, rounded where the rules say."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.crosscheck.exact_margin import Part
    from weiproof.engine.parameters import MarketRisk, OffsetPair

ONE = 10**18
"""One, in WAD."""

FINE = 10**36
"""Numerators per wei."""


def up(amount: Fraction) -> Fraction:
    """A requirement, rounded up to the numerator; wei."""
    return Fraction(ceil(amount * FINE), FINE)


def down(amount: Fraction) -> Fraction:
    """What is forgiven, rounded down to the numerator; wei."""
    return Fraction(floor(amount * FINE), FINE)


def line(source: Fraction | int, to: Fraction | int, begin: int, end: int, at: int) -> Fraction:
    """Where a line from `source` at `begin` to `to` at `end`, and from there on, is; unrounded."""
    if at >= end:
        return Fraction(to)
    return source + Fraction(to - source) * (at - begin) / (end - begin)


def cost_of_selling(risk: MarketRisk, notional: Fraction) -> Fraction:
    """The liquidity add-on: the marginal rate rises with the notional up to its cap.

    The knee is a notional of whole 1e-18 wei, as notionals are: a step beside it costs more, never
    less.
    """
    spread = Fraction(risk.half_spread_rate, ONE)
    if not risk.impact_rate:
        return notional * spread
    steepness = Fraction(risk.impact_rate, ONE) / risk.depth
    most = Fraction(risk.add_on_cap_rate, ONE) - spread
    knee = min(notional, Fraction(floor(most / (2 * steepness) * ONE), ONE))
    return notional * spread + up(steepness * knee**2) + (notional - knee) * most


def netted(
    pairs: tuple[OffsetPair, ...], least: int, parts: list[Part], amounts: list[Fraction]
) -> Fraction:
    """The sum of the amounts, less what opposite parts forgive each other; at least the floor."""
    total = sum(amounts, Fraction(0))
    left = {part.market_id: amount for part, amount in zip(parts, amounts, strict=True)}
    sizes = {part.market_id: part.size for part in parts}
    forgiven = Fraction(0)
    for pair in pairs:
        first, second = pair.first, pair.second
        if first in left and second in left and sizes[first] * sizes[second] < 0:
            smaller = min(left[first], left[second])
            left[first] -= smaller
            left[second] -= smaller
            forgiven += down(smaller * pair.rate / ONE)
    return max(total - forgiven, up(total * least / ONE)) if pairs else total
