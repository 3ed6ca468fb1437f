"""How far forced trades move a venue's price: the depth of its book, in plain integers.

The book is one function of the *flow*: notional that was bought (less: sold) beyond what others
have absorbed since. At a flow the price stands away from its path by its impact; a trade pays the
average impact from the flow before it to the flow after it, so that to split it changes nothing.
Units: notional, flow and shares are WAD.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

from weiproof.engine.fixed_point import div_truncate


@dataclass(frozen=True, slots=True)
class Depth:
    """A book's depth, the same on both sides."""

    notional: int
    """What moves the price by `move`, WAD."""
    move: int
    """WAD share of the path's price."""
    square_root: bool
    """Whether impact grows with the root of the flow (the book is thicker further out)."""
    half_life: int
    """Seconds in which others absorb half of the flow."""
    largest_move: int
    """Where the book ends, WAD share; nothing trades beyond it."""

    @property
    def capacity(self) -> int:
        """The flow at which the book ends, WAD, rounded down."""
        if self.square_root:
            return self.notional * self.largest_move**2 // self.move**2
        return self.notional * self.largest_move // self.move


def impact(depth: Depth, flow: int) -> int:
    """How far the price stands from its path at a flow, WAD share, rounded toward zero."""
    if depth.square_root:
        size = isqrt(depth.move**2 * abs(flow) // depth.notional)
    else:
        size = depth.move * abs(flow) // depth.notional
    return size if flow >= 0 else -size


def average_impact(depth: Depth, flow: int, traded: int) -> int:
    """Average impact that a trade of `traded` (not 0, negative sells) pays at a flow.

    WAD share, rounded down.
    """
    return (_area(depth, flow + traded) - _area(depth, flow)) // traded


def decayed(depth: Depth, flow: int, seconds: int) -> int:
    """What is left of a flow after some seconds, WAD, truncated toward zero.

    Halved each half-life, and in a line between two of them.
    """
    halvings, rest = divmod(seconds, depth.half_life)
    whole = 2 * depth.half_life
    return div_truncate(flow * (whole - rest), whole << min(halvings, flow.bit_length()))


def room(depth: Depth, flow: int, *, buys: bool) -> int:
    """What the book still takes on one side at a flow, WAD, at least 0."""
    return max(depth.capacity - (flow if buys else -flow), 0)


def _area(depth: Depth, flow: int) -> int:
    """The area under the impact from 0 to a flow, WAD share times WAD, rounded down.

    It is the same on both sides, since impact has the flow's sign.
    """
    size = abs(flow)
    if depth.square_root:
        # 2/3 of size * move * sqrt(size / notional)
        return isqrt(4 * depth.move**2 * size**3 // (9 * depth.notional))
    return depth.move * size**2 // (2 * depth.notional)
