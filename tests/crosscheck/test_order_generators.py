"""The fuzz's generators of resting orders: they meet each way in which orders change or fail."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from weiproof.crosscheck.fuzz import campaign, orders
from weiproof.crosscheck.fuzz.playground import SPEC
from weiproof.crosscheck.fuzz.scene import Scene
from weiproof.crosscheck.protocol import deploy_model
from weiproof.engine.draws import Draws

CALLS = 8_000


@pytest.fixture(scope="module")
def seen() -> Counter[tuple[str, str]]:
    """How often each function of a campaign changed orders, or was refused and why."""
    counts: Counter[tuple[str, str]] = Counter()
    for seed in (1, 2, 3):
        scene = Scene(SPEC, deploy_model(SPEC), Draws(seed))
        for call in islice(campaign.sequence(scene, lambda _: iter(())), CALLS):
            outcome = scene.model.apply(call)
            changed = any(event.name == "OrdersChanged" for event in outcome.events)
            if changed or not outcome.ok:
                counts[call.function, outcome.error] += 1
    return counts


@pytest.mark.parametrize("function", ["setOrders", "settleTrade", "liquidate"])
def test_orders_change_in_each_way(seen: Counter[tuple[str, str]], function: str) -> None:
    """They are reported, filled, and released by liquidations, again and again."""
    assert seen[function, ""] > 3


@pytest.mark.parametrize(
    "error",
    [
        "InsufficientMargin",
        "InvalidNotional",
        "InvalidSize",
        "IsolatedAccount",
        "TooManyMarkets",
        "UnknownMarket",
    ],
)
def test_reports_are_refused_in_each_way(seen: Counter[tuple[str, str]], error: str) -> None:
    """Each error of a report occurs."""
    assert seen["setOrders", error] > 0


def test_an_account_with_orders_is_not_tied(seen: Counter[tuple[str, str]]) -> None:
    """Tying or freeing it is refused."""
    assert seen["setIsolated", "AccountNotEmpty"] > 0


def test_the_edge_is_one_step_wide() -> None:
    """What margin lets rest is found: it passes, and one step more does not."""
    found = 0
    for seed in range(4):
        scene = Scene(SPEC, deploy_model(SPEC), Draws(seed))
        for call in islice(campaign.sequence(scene, lambda _: iter(())), 200):
            scene.model.apply(call)
        calls = [call for call in orders.order_edge(scene) if call.function == "setOrders"]
        if len(calls) > 1:
            more, most = calls[:2]
            assert scene.model.view(more).error in {"InsufficientMargin", "InsufficientCash"}
            assert scene.would_pass(most)
            found += 1
    assert found > 0
