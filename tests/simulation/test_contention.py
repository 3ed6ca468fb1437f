"""Who gets a place in a block: bids, latency, others' demand, and what waiting comes to."""

from __future__ import annotations

import pytest

from weiproof.engine.fixed_point import WAD
from weiproof.simulation.blockspace import Bids, Blockspace, Demand
from weiproof.simulation.contention import OpenSpace, Request, ScarceSpace, Waiting, median
from weiproof.simulation.scenario import PricePath

GAS = PricePath("gas", (0, 100, 200), (30 * WAD, 60 * WAD, 30 * WAD), linear=False)


class Block:
    """A space, and who was served or not."""

    def __init__(self, calls: int, filled: int = 0) -> None:
        """Others fill `filled` places from 100 to 200."""
        demand = (Demand(100, 200, filled, "gas"),) if filled else ()
        self.space = ScarceSpace(Blockspace(calls, WAD // 2, demand), {"gas": GAS}.__getitem__)
        self.served: list[str] = []
        self.missed: list[str] = []

    def offer(self, sender: str, bid: int, most: int = 0, latency: int = 0, at: int = 0) -> None:
        """Somebody wants a place."""
        bids = Bids(bid * WAD, max(bid, most) * WAD)
        note = (lambda _: self.served.append(sender), lambda _: self.missed.append(sender))
        self.space.offer(Request(sender, bids, *note, latency), at)

    def serve(self, at: int) -> tuple[list[str], list[str]]:
        """Who was served, and who was not."""
        self.served, self.missed = [], []
        self.space.serve(at)
        return self.served, self.missed


def test_higher_bids_come_first_then_shorter_latency_then_order() -> None:
    """Four requests for three places."""
    block = Block(3)
    block.offer("slow", 20, latency=5)
    block.offer("quick", 20, latency=1)
    block.offer("first of equals", 20, latency=5)
    block.offer("dear", 30, latency=9)
    assert block.serve(0) == (["dear", "quick", "slow"], ["first of equals"])


@pytest.mark.parametrize(("bid", "at", "fits"), [(59, 100, 0), (60, 100, 2), (59, 200, 2)])
def test_others_keep_places_from_lower_bids(bid: int, at: int, fits: int) -> None:
    """A full block is open to who bids as much as others, and to all once they are gone."""
    block = Block(2, filled=2)
    for name in "ab":
        block.offer(name, bid)
    assert len(block.serve(at)[0]) == fits
    assert block.space.full_blocks == (0 if fits else 1)


def test_others_may_leave_places() -> None:
    """One of two is left for low bids; a high bid does not care."""
    block = Block(2, filled=1)
    for name, bid in (("low", 1), ("lower", 0), ("high", 60)):
        block.offer(name, bid)
    served, missed = block.serve(150)
    assert served == ["high"]
    assert missed == ["low", "lower"]
    block.offer("lower", 0)
    assert block.serve(160) == (["lower"], [])


def test_phases_of_one_block_share_its_places() -> None:
    """What oracles took is gone when keepers are served; the next block is empty again."""
    block = Block(1)
    block.offer("oracle", 1)
    assert block.serve(0)[0] == ["oracle"]
    block.offer("keeper", 50)
    assert block.serve(0)[1] == ["keeper"]
    block.offer("keeper", 50)
    assert block.serve(1)[0] == ["keeper"]
    assert block.space.missed == {"keeper": 1}


def test_who_waits_bids_more_and_who_is_served_less() -> None:
    """By a half each time, 20, 30, 45, at most 61; then down again, not below the first bid."""
    block, bids = Block(2, filled=2), []
    for at in range(100, 190, 10):
        block.offer("keeper", 20, most=61)
        block.serve(at)
        bids.append(block.space._bids["keeper"] // WAD)
    # 61 is enough, 61 / 1.5 is not
    assert bids == [30, 45, 61, 40, 61, 40, 61, 40, 61]
    for at in range(200, 240, 10):
        block.offer("keeper", 20, most=61)
        block.serve(at)
    assert block.space._bids["keeper"] == 20 * WAD


def test_in_open_space_everybody_is_served_at_once() -> None:
    """Without waiting for the end of the phase."""
    served: list[int] = []
    OpenSpace().offer(Request("a", Bids(), served.append, served.append), 7)
    assert served == [7]


@pytest.mark.parametrize(
    ("values", "middle"), [((), 0), ((3,), 3), ((9, 1, 4), 4), ((1, 2), 1), ((4, 1, 2, 9), 3)]
)
def test_the_median(values: tuple[int, ...], middle: int) -> None:
    """The middle one, or the floored average of two."""
    assert median(values) == middle


def test_latency_counts_from_the_first_block_to_each_liquidation() -> None:
    """An account that recovers starts anew, and who is left is counted."""
    waiting = Waiting()
    waiting.watch(("a", "b"), 10)
    waiting.watch(("a",), 20)
    waiting.watch(("a", "b"), 30)
    waiting.liquidated("keeper", "a", 30)
    waiting.liquidated("keeper", "a", 30)
    waiting.watch(("b",), 40)
    waiting.came_late("other")
    told = waiting.told(Block(1).space, ("keeper", "other"), 0)
    assert told["keeper_latency"] == {"median": 20, "worst": 20, "left": 1}
    assert waiting.told_of_keepers() == {"latencies": {"20": 1}, "left": 1}
    assert told["keepers"]["keeper"] == {"liquidations": 2, "too_late": 0, "missed": 0}
    assert told["keepers"]["other"]["too_late"] == 1
