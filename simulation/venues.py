"""What the venues show: the paths of a scenario, moved by forced trades where a venue has depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_PRICE

from . import depth
from .paths import price_at

if TYPE_CHECKING:
    from .depth import Depth
    from .scenario import PricePath, Scenario


@dataclass(slots=True)
class Flow:
    """Forced trades at a venue that others have not absorbed."""

    amount: int = 0
    """Notional bought less sold, WAD, as it was at `since`."""
    since: int = 0
    """Unix seconds."""
    traded: int = 0
    """Notional of all forced trades, WAD."""
    lowest: int = 0
    highest: int = 0
    """Furthest impact on either side, WAD share."""


class Venues:
    """Prices of a scenario's paths as they are traded at and observed."""

    def __init__(self, scenario: Scenario) -> None:
        """Nothing has been traded yet."""
        self._scenario = scenario
        self._flows = {path.name: Flow() for path in scenario.paths if path.depth is not None}

    @property
    def have_depth(self) -> bool:
        """Whether forced trades move any price."""
        return bool(self._flows)

    def price(self, path: PricePath, at: int) -> int:
        """The price at which the venue stands, WAD, rounded down, at least 1."""
        if path.depth is None:
            return price_at(path, at)
        return _moved(path, at, depth.impact(path.depth, self._left(path, path.depth, at)))

    def takes(self, path: PricePath, size: int, at: int) -> int:
        """How much of a size (WAD, negative sells) the book takes, of the same sign."""
        if path.depth is None:
            return size
        flow = self._left(path, path.depth, at)
        most = depth.room(path.depth, flow, buys=size > 0) * WAD // price_at(path, at)
        return max(min(size, most), -most)

    def average_price(self, path: PricePath, size: int, at: int) -> int:
        """Average price of trading a size (not 0), WAD, rounded down, at least 1."""
        if path.depth is None or (notional := _notional(path, size, at)) == 0:
            return self.price(path, at)
        flow = self._left(path, path.depth, at)
        return _moved(path, at, depth.average_impact(path.depth, flow, notional))

    def trade(self, path: PricePath, size: int, at: int) -> None:
        """Notes that a size (WAD, negative sold) was traded by force."""
        if path.depth is None:
            return
        flow, notional = self._flows[path.name], _notional(path, size, at)
        flow.amount = self._left(path, path.depth, at) + notional
        flow.since = at
        flow.traded += abs(notional)
        moved = depth.impact(path.depth, flow.amount)
        flow.lowest, flow.highest = min(flow.lowest, moved), max(flow.highest, moved)

    def told(self) -> dict[str, dict[str, Any]]:
        """For the summary: of each venue with depth what was traded by force and how it moved."""
        return {
            name: {
                "forced_notional": str(flow.traded),
                "lowest_impact": str(flow.lowest),
                "highest_impact": str(flow.highest),
            }
            for name, flow in sorted(self._flows.items())
        }

    def _left(self, path: PricePath, book: Depth, at: int) -> int:
        flow = self._flows[path.name]
        return depth.decayed(book, flow.amount, at - flow.since)


def _moved(path: PricePath, at: int, share: int) -> int:
    return min(max(price_at(path, at) * (WAD + share) // WAD, 1), MAX_PRICE)


def _notional(path: PricePath, size: int, at: int) -> int:
    """Notional of a size at the path's price, WAD, signed, truncated toward zero."""
    notional = abs(size) * price_at(path, at) // WAD
    return notional if size > 0 else -notional
