"""Synthetix's reducers and breakers: equal to the models, and small faults in these are found.

Skipped where the packages are not installed: ``python examples/targets/install.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.opening import Opening
from weiproof.engine.fixed_point import div_truncate
from weiproof.oracles import breakers, reducers, twap
from weiproof.oracles.reducers import REDUCERS, Operation
from weiproof.oracles.timed_price import TimedPrice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent.parent
NODES = Opening(ROOT / "examples" / "targets" / "oracles" / "synthetix_reducers.py")
BUILD = ROOT / "node_modules" / ".targets" / "oracles" / "synthetix_reducers"

pytestmark = pytest.mark.skipif(
    not BUILD.is_dir(), reason="the build is missing: python examples/targets/install.py"
)

ERRORS = {
    "(no data)",
    "DeviationToleranceExceeded",
    "InvalidInputPrice",
    "InvalidPrice",
    "OverflowUint256ToInt256",
    "Panic(0x11)",
    "Panic(0x12)",
    "Panic(0x32)",
    "StalenessToleranceExceeded",
}


def test_a_campaign_finds_no_difference(revm: str) -> None:
    """All nine operations and both breakers agree, through every error and every branch."""
    campaign = driver.run(NODES.open(revm), 4, Limits(2_500))
    assert campaign.passed, campaign.finding
    for operation in Operation:
        for count in ("even", "odd"):
            assert campaign.states[f"{operation.name}: {count}"] > 0
    for branch in ("checkDeviation: 0", "checkDeviation: 2", "checkStaleness: 1"):
        assert campaign.states[branch] > 0
    assert set(campaign.tally.errors) == ERRORS


def test_another_back_end_agrees() -> None:
    """A sample on py-evm."""
    campaign = driver.run(NODES.open("pyevm"), 5, Limits(150))
    assert campaign.passed, campaign.finding


def _stable(points: list[TimedPrice], left: int, right: int) -> None:  # noqa: ARG001 - as it is
    points.sort(key=lambda point: point.price)


def _last_of_equals(points: Sequence[TimedPrice]) -> TimedPrice:
    return max(reversed(points), key=lambda point: point.timestamp, default=TimedPrice(0, 0))


def _floored(x: int, y: int) -> int:
    return x // y


@pytest.mark.parametrize(
    ("place", "name", "fault"),
    [
        (reducers, "_quicksort", _stable),
        (reducers, "div_truncate", _floored),
        (breakers, "div_truncate", lambda x, y: -(-x // y)),
        (twap, "div_truncate", lambda x, y: div_truncate(x, y) + (x % y != 0)),
        (twap, "takewhile", lambda keep, points: [point for point in points if keep(point)]),
        (REDUCERS, Operation.RECENT, _last_of_equals),
        (REDUCERS, Operation.MEDIAN, lambda points: sorted(points, key=str)[len(points) // 2]),
    ],
    ids=(
        "stable sort",
        "reducers floor",
        "deviation rounded up",
        "mean of rounds rounded up",
        "walk goes on behind an old round",
        "last of equal times",
        "upper median",
    ),
)
def test_faults_are_found(
    revm: str,
    monkeypatch: pytest.MonkeyPatch,
    place: object,
    name: str | Operation,
    fault: Callable[..., object],
) -> None:
    """A model that rounds, sorts or stops otherwise differs from the contracts."""
    if isinstance(place, dict):
        monkeypatch.setitem(place, name, fault)
    else:
        monkeypatch.setattr(place, str(name), fault)
    campaign = driver.run(NODES.open(revm), 4, Limits(2_500))
    assert not campaign.passed
