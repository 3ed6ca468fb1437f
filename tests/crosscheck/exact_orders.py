"""The initial margin of resting orders a third time: in fractions, from the text of the rules."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.crosscheck.exact_margin import Part
    from weiproof.engine.records import RestingOrders

ONE = 10**18
"""One, in WAD."""


def reserved(
    resting: dict[int, tuple[RestingOrders, int]],
    parts: list[Part],
    margin_at: Callable[[int, int, int], Fraction],
    together: Callable[[list[Part], list[Fraction]], Fraction],
) -> Fraction:
    """Initial margin of positions and orders, wei.

    `resting` has each market's orders and its mark, `margin_at` the margin of a size at a mark in a
    market, `together` what parts come to after offsets.
    """
    held = {part.market_id: part for part in parts}
    added = Fraction(0)
    for market_id, (orders, mark) in resting.items():
        size = held[market_id].size if market_id in held else 0
        own = margin_at(market_id, size, mark)
        worst = own
        fills = ((orders.bid_size, orders.bid_notional), (-orders.ask_size, -orders.ask_notional))
        for change, paid in fills:
            lost = max(paid - Fraction(change * mark, ONE), Fraction(0))
            worst = max(worst, margin_at(market_id, size + change, mark) + lost)
            if size * (size + change) < 0:
                held[market_id] = replace(held[market_id], size=0)
        added += worst - own
    return together(list(held.values()), [part.initial for part in parts]) + added
