"""Who gets a place in a block, who waits for the next one, and what waiting came to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .paths import price_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .blockspace import Bids, Blockspace
    from .scenario import PricePath


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants a place in the present block."""

    sender: str
    """Name of a keeper or label of a feed."""
    bids: Bids
    run: Callable[[int], None]
    """Makes the call; gets the block's time."""
    miss: Callable[[int], None]
    """There was no place; gets the block's time."""
    latency: int = 0
    """Decides between equal bids, seconds."""


class OpenSpace:
    """Blocks with room for everybody: whoever comes is served at once."""

    is_scarce = False

    def offer(self, request: Request, at: int) -> None:
        """Makes the call."""
        request.run(at)

    def serve(self, at: int) -> None:
        """Nobody waits."""


@dataclass
class ScarceSpace:
    """Blocks with limited room; requests of one phase are served together.

    A sender bids a step more after each block in which one of its requests found no place, and a
    step less after each in which all did.
    """

    terms: Blockspace
    path: Callable[[str], PricePath]
    missed: dict[str, int] = field(default_factory=dict)
    """By sender: how often it found no place."""
    full_blocks: int = 0
    """Blocks in which somebody found no place."""
    is_scarce: bool = True
    _offered: list[Request] = field(default_factory=list)
    _bids: dict[str, int] = field(default_factory=dict)
    """By sender: its present bid."""
    _last_full: int = -1
    _block: tuple[int, int] = (-1, 0)
    """Time of the present block, and how many of its places are taken by us."""

    def offer(self, request: Request, at: int) -> None:  # noqa: ARG002 - as of the open space
        """Queues a request until the phase is served."""
        self._offered.append(request)

    def serve(self, at: int) -> None:
        """Serves what was offered: by bid, then latency, then order of offers."""
        offered, self._offered = self._offered, []
        offered.sort(key=lambda request: (-self._bid(request), request.latency))
        served: dict[str, tuple[Request, bool]] = {}
        for request in offered:
            found = self._takes(self._bid(request), at)
            _, all_found = served.get(request.sender, (request, True))
            served[request.sender] = (request, all_found and found)
            if found:
                request.run(at)
            else:
                self._note_miss(request.sender, at)
                request.miss(at)
        for request, found in served.values():
            self._learn(request, found=found)

    def _bid(self, request: Request) -> int:
        return self._bids.get(request.sender, request.bids.first)

    def _learn(self, request: Request, *, found: bool) -> None:
        bids, bid, step = request.bids, self._bid(request), self.terms.bid_step
        self._bids[request.sender] = bids.lowered(bid, step) if found else bids.raised(bid, step)

    def _takes(self, bid: int, at: int) -> bool:
        block, used = self._block
        used = used if block == at else 0
        if used >= self.terms.calls - self._filled(bid, at):
            return False
        self._block = (at, used + 1)
        return True

    def _filled(self, bid: int, at: int) -> int:
        """Places that others keep from who bids so much."""
        for demand in self.terms.demand:
            if demand.start <= at < demand.end and bid < price_at(self.path(demand.gas), at):
                return demand.calls
        return 0

    def _note_miss(self, sender: str, at: int) -> None:
        self.missed[sender] = self.missed.get(sender, 0) + 1
        if self._last_full != at:
            self._last_full = at
            self.full_blocks += 1


def median(values: Iterable[int]) -> int:
    """The middle value, of an even count the floored average of both; 0 of none."""
    ordered = sorted(values)
    if not ordered:
        return 0
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) // 2


@dataclass
class Waiting:
    """How long liquidations and rounds had to wait, seconds."""

    keeper_latencies: list[int] = field(default_factory=list)
    """From the block in which an account could be liquidated to its liquidation."""
    round_delays: list[int] = field(default_factory=list)
    """Of rounds that came later than they, or one that they stand in for, were due."""
    replaced_rounds: int = 0
    """Rounds that were overtaken by the next one of their feed while they waited."""
    won: dict[str, int] = field(default_factory=dict)
    """Liquidations by keeper."""
    too_late: dict[str, int] = field(default_factory=dict)
    """Calls by keeper that were refused because another had been there before."""
    _since: dict[str, int] = field(default_factory=dict)

    def watch(self, liquidatable: Iterable[str], at: int) -> None:
        """Notes who can be liquidated as of this block."""
        self._since = {account: self._since.get(account, at) for account in liquidatable}

    def liquidated(self, keeper: str, account: str, at: int) -> None:
        """A keeper was served."""
        self.won[keeper] = self.won.get(keeper, 0) + 1
        # a second market of the same account in the same block does not count again
        if account in self._since:
            self.keeper_latencies.append(at - self._since.pop(account))

    def came_late(self, keeper: str) -> None:
        """A keeper found nothing to liquidate any more."""
        self.too_late[keeper] = self.too_late.get(keeper, 0) + 1

    def told_of_keepers(self) -> dict[str, Any]:
        """For the summary of any run with keepers: how many liquidations waited how long."""
        times = Counter(self.keeper_latencies)
        return {
            "latencies": {str(seconds): times[seconds] for seconds in sorted(times)},
            "left": len(self._since),
        }

    def told(self, space: ScarceSpace, keepers: Iterable[str], left: int) -> dict[str, Any]:
        """For the summary; `left` rounds still wait."""
        names = tuple(keepers)
        missed = space.missed
        return {
            "missed_blocks": space.full_blocks,
            "keeper_latency": {
                "median": median(self.keeper_latencies),
                "worst": max(self.keeper_latencies, default=0),
                "left": len(self._since),
            },
            "keepers": {
                name: {
                    "liquidations": self.won.get(name, 0),
                    "too_late": self.too_late.get(name, 0),
                    "missed": missed.get(name, 0),
                }
                for name in names
            },
            "rounds": {
                "delayed": len(self.round_delays),
                "worst_delay": max(self.round_delays, default=0),
                "left": left,
                "replaced": self.replaced_rounds,
                "missed": sum(count for name, count in missed.items() if name not in names),
            },
        }
