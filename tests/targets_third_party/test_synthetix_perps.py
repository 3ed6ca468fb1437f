"""Synthetix's perps libraries: equal to the model, also at the edges of window and margin.

Skipped where the packages are not installed: ``python examples/targets/install.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from weiproof.contracts.chains import actor
from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.opening import Opening
from weiproof.crosscheck.targets.bench import TwinBench
from weiproof.engine.call import Call, Value

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent.parent
PERPS = Opening(ROOT / "examples" / "targets" / "synthetix_perps" / "target.py")
HARNESS = ROOT / "node_modules" / ".targets" / "synthetix_perps"

pytestmark = pytest.mark.skipif(
    not HARNESS.is_dir(),
    reason="the compiled harness is missing: python examples/targets/install.py",
)

START = 1_700_000_000
WAD = 10**18
WINDOW = 36_000 * WAD
"""What the fixture's markets let go: 0.12% of a scale of a million, for each of 30 seconds."""


class Perps:
    """The markets of the fixture, and what both sides answer to a call."""

    def __init__(self, chain: str) -> None:
        bench = PERPS.open(chain)
        assert isinstance(bench, TwinBench)
        self.bench = bench
        for call in bench.fixture(0):
            assert bench.apply(call).ok

    def made(self, after: int, function: str, *args: Value) -> tuple[Value, ...]:
        """Values of a call some seconds after the start; DivergenceFound is raised otherwise."""
        outcome = self.bench.apply(Call(START + after, actor("bob"), "perps", function, args))
        assert outcome.ok
        return outcome.values


def test_a_campaign_finds_no_difference(revm: str) -> None:
    """Random and directed calls agree, and reach used windows, and margins at the edge."""
    campaign = driver.run(PERPS.open(revm), 0, Limits(400))
    assert campaign.passed, campaign.finding
    for state in ("all", "a part", "nothing"):
        assert campaign.states[f"liquidate: {state}"] > 0
    assert campaign.states["account at the edge"] > 0
    assert {"OverflowInt256ToUint256", "Panic(0x11)"} <= set(campaign.tally.errors)


def test_a_window_ends_to_the_second(revm: str) -> None:
    """What is used up comes back thirty seconds later, and not after twenty-nine."""
    perps = Perps(revm)
    perps.made(0, "setSkew", 1, 10**6 * WAD)  # far above what allows one more window
    assert perps.made(0, "liquidate", 1, WINDOW - 1) == (WINDOW - 1,)
    assert perps.made(1, "liquidate", 1, 5) == (1,)
    assert perps.made(29, "liquidate", 1, 5) == (0,)
    assert perps.made(30, "capacity", 1) == (WINDOW - 1, WINDOW, START + 1)
    assert perps.made(31, "liquidate", 1, WINDOW + 1) == (WINDOW,)


def test_a_small_skew_allows_one_more_window_a_block(revm: str) -> None:
    """Below one per cent of the scale a used window is followed by another, once a block."""
    perps = Perps(revm)
    perps.made(0, "setSkew", 1, 10**4 * WAD - 1)
    assert perps.made(0, "liquidate", 1, WINDOW) == (WINDOW,)
    assert perps.made(0, "liquidate", 1, WINDOW) == (0,)
    assert perps.made(1, "liquidate", 1, WINDOW + 1) == (WINDOW,)
    perps.made(1, "setSkew", 1, 10**4 * WAD)
    assert perps.made(2, "liquidate", 1, WINDOW) == (0,)


def test_exactly_the_requirement_is_enough(revm: str) -> None:
    """Maintenance margin and reward to the wei are safe, a wei less is not."""
    perps = Perps(revm)
    perps.made(0, "setPosition", 2, 1, 10 * WAD, 100 * WAD, 0)
    perps.made(0, "deposit", 2, 100 * WAD)
    _, available, _, maintenance, reward = perps.made(0, "isLiquidatable", 2)
    assert isinstance(maintenance, int)
    assert isinstance(reward, int)
    assert (maintenance, available) == (60_005 * WAD // 1000, 100 * WAD)
    perps.made(0, "deposit", 2, maintenance + reward - 100 * WAD)
    assert perps.made(0, "isLiquidatable", 2)[0] is False
    perps.made(0, "deposit", 2, -1)
    assert perps.made(0, "isLiquidatable", 2)[0] is True


@pytest.mark.parametrize(
    ("module", "name", "changed"),
    [
        ("perps_market", "ceil_div", lambda a, b: a // b if b else 0),
        ("perps_market", "signed_mul", lambda a, b: a * b // WAD),
        ("perps_model", "mul", lambda a, b: -(-a * b // WAD)),
    ],
    ids=("windows rounded down", "losses rounded down", "rewards rounded up"),
)
def test_a_rounding_that_is_changed_in_the_model_is_found(
    revm: str,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    name: str,
    changed: Callable[[int, int], int],
) -> None:
    """A model that rounds otherwise is told apart from the libraries."""
    bench = PERPS.open(revm)
    monkeypatch.setattr(sys.modules[module], name, changed)
    assert driver.run(bench, 1, Limits(400)).finding is not None
