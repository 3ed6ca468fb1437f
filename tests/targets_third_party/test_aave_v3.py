"""The published Aave v3 pool and its model: equal, also at the edges, and told apart by a rounding.

Skipped where the package is not installed: ``python examples/targets/install.py @aave/core-v3``.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from weiproof.contracts.chains import actor
from weiproof.crosscheck import driver
from weiproof.crosscheck.divergence import DivergenceFound
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.opening import Opening
from weiproof.crosscheck.targets.bench import TwinBench
from weiproof.engine.call import Call, Outcome, Value

ROOT = Path(__file__).resolve().parent.parent.parent
AAVE = Opening(ROOT / "examples" / "targets" / "aave_v3" / "target.py")
PACKAGE = ROOT / "node_modules" / ".targets" / "@aave" / "core-v3"

pytestmark = pytest.mark.skipif(
    not PACKAGE.is_dir(),
    reason="@aave/core-v3 is missing: python examples/targets/install.py @aave/core-v3",
)

MOST = 2**256 - 1
START = 1_700_000_000


def opened(chain: str) -> TwinBench:
    """The market, deployed."""
    bench = AAVE.open(chain)
    assert isinstance(bench, TwinBench)
    return bench


class Market:
    """One ether of alice's secures 825 dollars of debt, and bob may liquidate."""

    def __init__(self, chain: str) -> None:
        self.bench = opened(chain)
        for call in self.bench.fixture(0):
            assert self.bench.apply(call).ok
        alice = actor("alice")
        self.made("alice", "pool", "supply", self.at("eth"), 10**18, alice, 0)
        self.made("alice", "pool", "borrow", self.at("usd"), 825 * 10**6, 2, 0, alice)

    def at(self, label: str) -> str:
        """Address of a contract."""
        return self.bench.lockstep.chain.book[label]

    def made(self, sender: str, target: str, function: str, *args: Value) -> Outcome:
        """What both sides answer to a call; DivergenceFound is raised where they differ."""
        return self.bench.apply(Call(START, actor(sender), target, function, args))

    def liquidated(self, price: int, *, receive: bool = False) -> Outcome:
        """Bob pays all that may be paid, with an ether at a price."""
        assert self.made("admin", "prices", "setAssetPrice", self.at("eth"), price).ok
        pair = self.at("eth"), self.at("usd")
        return self.made("bob", "pool", "liquidationCall", *pair, actor("alice"), MOST, receive)


def paid(outcome: Outcome) -> int:
    """How much debt a liquidation paid."""
    (event,) = (event for event in outcome.events if event.name == "LiquidationCall")
    amount = event.args[3]
    assert isinstance(amount, int)
    return amount


def test_a_campaign_finds_no_difference(quickest: str) -> None:
    """Random and directed calls agree, and reach deposits, loans, liquidations and interest."""
    bench = opened(quickest)
    campaign = driver.run(bench, 7, Limits(130))
    assert campaign.passed, campaign.finding
    states = Counter(campaign.states)
    for function in ("supply", "withdraw", "borrow", "repay", "liquidationCall", "mintToTreasury"):
        assert states[f"pool.{function} accepted"] > 0, function
    assert states["pool.borrow refused: 36"] > 0
    assert states["pool.liquidationCall refused: 45"] > 0
    assert "pool.flashLoanSimple(address,address,uint256,bytes,uint16)" in bench.uncompared


@pytest.mark.parametrize(
    ("price", "debt"),
    [(950 * 10**8, 825 * 10**6), (950 * 10**8 + 1, 4125 * 10**5)],
)
def test_the_close_factor_turns_at_a_health_of_0_95(quickest: str, price: int, debt: int) -> None:
    """At exactly 0.95 all of the debt may be paid, a hundred-millionth of a dollar above half."""
    outcome = Market(quickest).liquidated(price)
    assert outcome.ok
    assert paid(outcome) == debt


def test_a_health_of_exactly_1_is_safe(quickest: str) -> None:
    """At a thousand dollars alice is safe, a hundred-millionth below bob may liquidate."""
    market = Market(quickest)
    assert market.liquidated(1000 * 10**8).error_args == ("45",)
    assert market.liquidated(1000 * 10**8 - 1, receive=True).ok


def test_a_rounding_that_is_changed_in_the_model_is_found(
    quickest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that rounds products of rays down is told apart from the contract."""
    bench = opened(quickest)
    rays = sys.modules["aave_rays"]
    usual = rays._multiplied

    def rounded_down(a: int, b: int, unit: int) -> int:
        return a * b // unit if unit == 10**27 else int(usual(a, b, unit))

    monkeypatch.setattr(rays, "_multiplied", rounded_down)
    campaign = driver.run(bench, 1, Limits(400))
    assert campaign.finding is not None


def test_a_close_factor_that_is_changed_in_the_model_is_found(
    quickest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that halves at exactly 0.95 already differs from the contract there."""
    market = Market(quickest)
    monkeypatch.setattr(sys.modules["aave_liquidation"], "CLOSE_TO_SAFE", 95 * 10**16 - 1)
    with pytest.raises(DivergenceFound):
        market.liquidated(950 * 10**8)
