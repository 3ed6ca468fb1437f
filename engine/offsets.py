"""Offsets between positively correlated markets: what opposite positions forgive each other.

The twin of ``Offsets.sol``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import ramp
from .fixed_point import WAD, mul_div_down, mul_div_up

if TYPE_CHECKING:
    from .parameters import OffsetPair
    from .records import Ledger


@dataclass(slots=True)
class Leg:
    """One market's part of an account's requirements: size and mark WAD, the others numerators."""

    market_id: int
    size: int = 0
    mark: int = 0
    initial: int = 0
    maintenance: int = 0
    fee: int = 0


def initial_of(ledger: Ledger, legs: list[Leg]) -> int:
    """Initial margin of all legs after offsets; a numerator."""
    # MARGIN
    return ramped_of(ledger, legs, [leg.initial for leg in legs])


def maintenance_of(ledger: Ledger, legs: list[Leg]) -> int:
    """Maintenance margin of all legs after offsets; a numerator."""
    # MARGIN
    return ramped_of(ledger, legs, [leg.maintenance for leg in legs])


def ramped_of(ledger: Ledger, legs: list[Leg], amounts: list[int]) -> int:
    """The sum of the legs' amounts after offsets.

    While these ramp, on its way from what the previous ones leave to what the present ones do.
    """
    # MARGIN
    begun, floor = ledger.offset_ramp, ledger.system_risk.offset_floor
    if ledger.now >= begun.ramp_end:
        return net_of(ledger.offsets, floor, legs, amounts)
    copies = list(amounts)
    net = net_of(ledger.offsets, floor, legs, amounts)
    before = net_of(begun.pairs, begun.floor, legs, copies)
    return ramp.between(ledger, before, net, begun.ramp_start, begun.ramp_end)


def net_of(pairs: tuple[OffsetPair, ...], floor: int, legs: list[Leg], amounts: list[int]) -> int:
    """The sum of the legs' amounts less the credits of opposite pairs.

    At least the floor's share of the sum, which is rounded up (SPAN's inter-commodity credit). Each
    pair forgives its rate x the smaller of what is left of both amounts, rounded down, and uses
    that up. Pairs come by falling rate: so a requirement never falls when a leg grows.
    """
    # MARGIN
    net = sum(amounts)
    if not pairs:
        return net
    least = mul_div_up(net, floor, WAD)
    for pair in pairs:
        net -= credit_of(pair, legs, amounts)
    return max(net, least)


def credit_of(pair: OffsetPair, legs: list[Leg], amounts: list[int]) -> int:
    """What a pair forgives, and uses up of both legs' amounts; 0 unless the legs are opposite."""
    # MARGIN
    first = index_of(legs, pair.first)
    second = index_of(legs, pair.second)
    if first == len(legs) or second == len(legs):
        return 0
    if (legs[first].size > 0) == (legs[second].size > 0):
        return 0
    smaller = min(amounts[first], amounts[second])
    amounts[first] -= smaller
    amounts[second] -= smaller
    return mul_div_down(smaller, pair.rate, WAD)


def index_of(legs: list[Leg], market_id: int) -> int:
    """Where a market's open position is among the legs; their number where there is none."""
    index = 0
    while index < len(legs) and (legs[index].market_id != market_id or legs[index].size == 0):
        index += 1
    return index
