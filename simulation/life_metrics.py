"""What delisted markets came to, counted from calls and outcomes alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weiproof.engine.fixed_point import WEI, div_up

if TYPE_CHECKING:
    from weiproof.crosscheck.spec import ProtocolSpec
    from weiproof.engine.call import Event


@dataclass(slots=True)
class Delisting:
    """One market's end; money in wei."""

    price: int
    """Its final price, WAD."""
    owed: dict[str, int] = field(default_factory=dict)
    """By account that was settled: what it still owes; a numerator."""
    closed: bool = False
    ratio: int = 0
    """WAD."""
    claims: int = 0
    """A numerator."""
    from_fund: int = 0
    unresolved: int = 0
    paid: int = 0
    claimants: int = 0
    """Accounts whose claims were paid."""

    def told(self) -> dict[str, Any]:
        """For the summary."""
        return {
            "price": str(self.price),
            "settled": len(self.owed),
            "insolvent": sum(owed > 0 for owed in self.owed.values()),
            "owed": str(div_up(sum(self.owed.values()), WEI)),
            "closed": self.closed,
            "ratio": str(self.ratio),
            "claims": str(self.claims // WEI),
            "insurance_fund": str(self.from_fund),
            "unresolved": str(self.unresolved),
            "claims_paid": self.claimants,
            "paid": str(self.paid),
        }


@dataclass(slots=True)
class LifeMetrics:
    """Running figures of delisted markets."""

    spec: ProtocolSpec
    delistings: dict[int, Delisting] = field(default_factory=dict)
    """By market id, in the order of delisting."""

    def add(self, event: Event) -> None:
        """Counts an event of the clearing house."""
        args: tuple[Any, ...] = event.args
        if event.name == "MarketDelisted":
            self.delistings[args[0]] = Delisting(args[1])
        elif event.name == "FinalSettled":
            account, market, quote = args
            self.delistings[market].owed[account] = max(-quote, 0)
        elif event.name == "MarketClosed":
            ended = self.delistings[args[0]]
            ended.closed = True
            ended.ratio, ended.claims, ended.from_fund, ended.unresolved = args[1:]
        elif event.name == "ClaimPaid":
            ended = self.delistings[args[1]]
            ended.claimants += 1
            ended.paid += args[3]

    def told(self) -> dict[str, Any]:
        """For the summary, by the market's name; nothing where no market was delisted."""
        if not self.delistings:
            return {}
        names = [market.name for market in self.spec.markets]
        return {"delistings": {names[each]: end.told() for each, end in self.delistings.items()}}
