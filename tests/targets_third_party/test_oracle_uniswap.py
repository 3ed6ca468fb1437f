"""Uniswap's tick libraries: equal to the model, and small faults in it are found.

Skipped where the packages are not installed: ``python examples/targets/install.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from weiproof.contracts.chains import actor
from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.opening import Opening
from weiproof.engine.call import Call
from weiproof.oracles import twap

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent.parent
TICKS = Opening(ROOT / "examples" / "targets" / "oracles" / "uniswap_twap.py")
BUILD = ROOT / "node_modules" / ".targets" / "oracles" / "uniswap_twap"

pytestmark = pytest.mark.skipif(
    not BUILD.is_dir(), reason="the build is missing: python examples/targets/install.py"
)

BRANCHES = (
    "meanTick: down, exact",
    "meanTick: down, rounded",
    "meanTick: up, exact",
    "meanTick: up, rounded",
    "meanTick: Error('BP',)",
    "quoteAtTick: small root, token0",
    "quoteAtTick: small root, token1",
    "quoteAtTick: large root, token0",
    "quoteAtTick: large root, token1",
    "quoteAtTick: Error('T',)",
    "sqrtRatioAtTick: Error('T',)",
    "tickAtSqrtRatio: Error('R',)",
    "mulDiv: no data",
)


def test_a_campaign_finds_no_difference(revm: str) -> None:
    """Ticks, roots, quotes and products agree in every branch."""
    campaign = driver.run(TICKS.open(revm), 4, Limits(1_500))
    assert campaign.passed, campaign.finding
    for branch in BRANCHES:
        assert campaign.states[branch] > 0, branch


def test_another_back_end_agrees() -> None:
    """A sample on py-evm."""
    campaign = driver.run(TICKS.open("pyevm"), 5, Limits(150))
    assert campaign.passed, campaign.finding


def _factors(rounding: int) -> list[int]:
    """The factors with the last place off by one."""
    return [factor + rounding for factor in twap._TICK_FACTORS]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("div_truncate", lambda x, y: x // y),
        ("wrapped_int", lambda x, bits: x),  # noqa: ARG005 - as it is
        ("_TICK_FACTORS", _factors(-1)),
        ("mul_div", lambda a, b, denominator: a * b // denominator if denominator else 0),
        ("MAX_SQRT_RATIO", twap.MAX_SQRT_RATIO + 1),
        ("_Q192", 2**192 - 1),
    ],
    ids=(
        "rounded down twice",
        "no wrapping",
        "factors rounded down",
        "quotients of any size",
        "highest root allowed",
        "one is a bit less",
    ),
)
def test_faults_are_found(
    revm: str,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    fault: int | list[int] | Callable[..., int],
) -> None:
    """A model with other bounds, widths or roundings differs from the libraries."""
    monkeypatch.setattr(twap, name, fault)
    campaign = driver.run(TICKS.open(revm), 4, Limits(1_500))
    assert not campaign.passed


def test_every_factor_is_compared(revm: str) -> None:
    """Each bit of a tick alone and all of them up to it, either way, give the library's roots."""
    bench = TICKS.open(revm)
    for bit in range(twap.MAX_TICK.bit_length()):
        for size in (1 << bit, min((2 << bit) - 1, twap.MAX_TICK)):
            for tick in (size, -size):
                asked = Call(1_700_000_000, actor("alice"), "desk", "sqrtRatioAtTick", (tick,))
                assert bench.apply(asked).ok  # DivergenceFound where they differ
