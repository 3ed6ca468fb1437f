"""What each route of liquidations came to, counted from calls and outcomes; money in wei."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weiproof.engine.backstop_records import Route
from weiproof.engine.fixed_point import WAD

if TYPE_CHECKING:
    from weiproof.engine.call import Call, Outcome

ROUTE_OF = {
    "liquidate": Route.KEEPER,
    "liquidateToBackstop": Route.BACKSTOP,
    "liquidateToFund": Route.FUND,
    "autoDeleverage": Route.DELEVERAGE,
    "forceClose": Route.FORCED_CLOSE,
}
"""The route that a function of the clearing house is."""


@dataclass(slots=True)
class RouteTally:
    """One route."""

    count: int = 0
    """Calls that took a position."""
    notional: int = 0
    """At the mark; what a deleveraging closes has no mark in its outcome."""
    fees: int = 0
    rewards: int = 0
    from_fund: int = 0
    """Deficits that the insurance fund covered, and below what others did."""
    socialised: int = 0
    unresolved: int = 0

    def told(self) -> dict[str, Any]:
        """For the summary."""
        return {
            "count": self.count,
            "notional": str(self.notional),
            "fees": str(self.fees),
            "rewards": str(self.rewards),
            "deficits": {
                "insurance_fund": str(self.from_fund),
                "socialised": str(self.socialised),
                "unresolved": str(self.unresolved),
            },
        }


@dataclass(slots=True)
class RouteMetrics:
    """All routes, and what vault, fund and withdrawals had of them."""

    routes: dict[Route, RouteTally] = field(
        default_factory=lambda: {route: RouteTally() for route in Route}
    )
    flagged: int = 0
    nominated: int = 0
    candidates: int = 0
    """Closings against candidates of deleveraging."""
    vault_fees: int = 0
    """Liquidation fees that went to the vault."""
    endowed: int = 0
    """What the fund gave as margin of what it took over."""
    released: int = 0
    """What came back of its account."""
    gate_closings: int = 0
    """How often unresolved bad debt closed withdrawals."""
    gate_seconds: int = 0
    """For how long it did."""
    _closed_at: int | None = None

    def add(self, call: Call, outcome: Outcome, unresolved: int) -> None:
        """Counts one call; `unresolved` is the bad debt after it."""
        route = ROUTE_OF.get(call.function)
        if outcome.ok and call.target == "house" and route is not None:
            self.routes[route].count += 1
        for event in outcome.events:
            args: tuple[Any, ...] = event.args
            if event.name == "AccountFlagged":
                self.flagged += 1
            elif event.name == "Nominated":
                self.nominated += 1
            elif event.name == "Deleveraged":
                self.candidates += 1
            elif event.name == "BackstopCredited":
                self.vault_fees += args[0]
            elif event.name == "FundEndowed":
                self.endowed += args[0]
            elif event.name == "FundReleased":
                self.released += args[0]
            elif route is not None:
                self._count(self.routes[route], event.name, args)
        self._watch_gate(call.at, unresolved)

    @staticmethod
    def _count(tally: RouteTally, name: str, args: tuple[Any, ...]) -> None:
        if name == "Liquidated":
            tally.notional += args[3] * args[4] // WAD
            tally.fees += args[5]
            tally.rewards += args[6]
        elif name == "DeficitCovered":
            tally.from_fund += args[2]
            tally.socialised += args[3]
            tally.unresolved += args[4]

    def _watch_gate(self, at: int, unresolved: int) -> None:
        if unresolved > 0 and self._closed_at is None:
            self._closed_at = at
            self.gate_closings += 1
        elif unresolved == 0:
            self.finish(at)

    def finish(self, at: int) -> None:
        """Withdrawals are open again, or nothing happens any more."""
        if self._closed_at is not None:
            self.gate_seconds += at - self._closed_at
            self._closed_at = None

    def told(self) -> dict[str, Any]:
        """For the summary."""
        return {
            "routes": {route.name.lower(): tally.told() for route, tally in self.routes.items()},
            "flagged": self.flagged,
            "nominated": self.nominated,
            "candidates": self.candidates,
            "vault_fees": str(self.vault_fees),
            "fund_endowed": str(self.endowed),
            "fund_released": str(self.released),
            "gate_closings": self.gate_closings,
            "gate_seconds": self.gate_seconds,
        }
