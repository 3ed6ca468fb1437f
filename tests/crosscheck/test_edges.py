"""The fuzz's edges: each sequence meets what it is there for, and leaves the rules as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.crosscheck.test_generators import errors_of, play, played, solvent
from weiproof.crosscheck.fuzz import admin, bounds, edges, exact, rare
from weiproof.engine.access_control import DEFAULT_ADMIN_ROLE
from weiproof.engine.fixed_point import MAX_INT256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weiproof.crosscheck.fuzz.scene import Scene
    from weiproof.engine.call import Call


def test_each_edge_has_its_turn() -> None:
    """The sequences come one after the other, and the first again after the last."""
    scene = solvent()
    scene.edges = len(edges.EDGES) - 1
    assert edges.EDGES[-1] is exact.overflowing_ratio
    assert edges.EDGES[0] is bounds.parameter_bounds
    last: set[str] = set()
    for seed in range(6):
        scene = played(seed)
        scene.edges = len(edges.EDGES) - 1
        last |= {call.function for call, _ in play(scene, edges.next_edge)}
        first = {call.function for call, _ in play(scene, edges.next_edge)}
        assert "marketParameters" in first
    assert "healthFactor" in last


@pytest.mark.parametrize(
    ("generator", "error"),
    [
        (bounds.answer_bounds, "AnswerOutOfBounds"),
        (bounds.answer_bounds, "PriceTooLarge"),
        (bounds.fee_bound, "InvalidParameter"),
        (bounds.many_sources, "InvalidConfiguration"),
        (bounds.uneven_lists, "Panic"),
        (edges.between_ages, "StalePrice"),
        (edges.smallest_trades, "InsufficientMargin"),
        (admin.change_hands, "AccessControlUnauthorizedAccount"),
    ],
)
def test_edges_are_met_from_both_sides(
    generator: Callable[[Scene], Iterator[Call]], error: str
) -> None:
    """What lies beyond the edge is refused, what lies at it passes."""
    assert {"", error} <= errors_of(generator, range(6))


@pytest.mark.parametrize(
    "generator",
    [bounds.parameter_bounds, bounds.tier_bounds, bounds.fee_bound, bounds.system_bounds],
)
def test_bounds_leave_the_rules_as_they_were(
    generator: Callable[[Scene], Iterator[Call]],
) -> None:
    """Every name that has a bound is refused beyond it; afterwards all parameters are restored."""
    scene = played(2)
    before = [scene.ledger.settings.read(m).fields() for m in scene.markets]
    system = scene.ledger.parameters.fields()
    outcomes = play(scene, generator)
    assert outcomes[-1][1].ok
    assert [scene.ledger.settings.read(m).fields() for m in scene.markets] == before
    assert scene.ledger.parameters.fields() == system
    assert {"", "InvalidParameter"} == {outcome.error for _, outcome in outcomes}


def test_a_health_factor_that_does_not_fit_is_the_largest() -> None:
    """Beyond what a signed integer holds the figure stands at its bound; below it is exact."""
    found = set()
    for seed in range(3):
        for call, outcome in play(played(seed), exact.overflowing_ratio):
            if call.function == "healthFactor" and outcome.ok:
                found.add(outcome.values[0] == MAX_INT256)
    assert found == {True, False}


def test_the_target_ratio_stands_at_the_edge() -> None:
    """The highest target ratio that the liquidation fees allow is accepted, one more is not."""
    scene = played(3)
    target = bounds.highest_target(scene)
    ratios = {
        call.args[0][4]: outcome.ok
        for call, outcome in play(scene, bounds.system_bounds)
        if isinstance(call.args[0], tuple)
    }
    assert ratios[target]
    assert not ratios[target + 1]


@pytest.mark.parametrize("equity", [-1, 0, 1])
def test_equity_is_nothing_or_a_wei(equity: int) -> None:
    """An account's equity comes out to the wei before it is liquidated."""
    found = 0
    for seed in range(3):
        scene = played(seed)
        outcomes = play(scene, lambda each: exact.exact_equity(each, equity))
        found += [o.values for c, o in outcomes if c.function == "equity"] == [(equity,)]
    assert found >= 2


def test_a_role_comes_back() -> None:
    """Whoever gave the administration away has it again, and the other one has it no more."""
    for seed in range(3):
        scene = played(seed)
        (first, _), *_ = play(scene, admin.change_hands)
        for account, has in ((scene.admin, True), (scene.outsider, False)):
            answer = scene.ask(first.target, "hasRole", DEFAULT_ADMIN_ROLE, account)
            assert answer == (has,)


def test_nobody_is_left_to_charge() -> None:
    """A deficit is left over in a market whose last two holders were both bankrupt."""
    found = 0
    for seed in range(4):
        events = [
            event
            for call, outcome in play(played(seed), rare.both_bankrupt)
            if call.function == "forceClose"
            for event in outcome.events
            if event.name == "DeficitCovered"
        ]
        found += any(event.args[3] == 0 and event.args[4] != 0 for event in events)
    assert found >= 2


def test_the_vault_is_emptied_to_the_last_unit() -> None:
    """A winner takes out all that is there, no unit more, and brings it back."""
    emptied = 0
    for seed in range(6):
        scene = played(seed)
        for call in rare.lent_out(scene):
            scene.model.apply(call)
            emptied += call.function == "withdraw" and scene.ledger.record.vault == 0
    assert emptied > 0
