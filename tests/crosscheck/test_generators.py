"""The fuzz's generators: they stand where the model says the edge is."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest

from weiproof.contracts.chains import actor
from weiproof.crosscheck.fuzz import (
    campaign,
    exact,
    fees,
    liquidations,
    money,
    prices,
    probes,
    rare,
    trades,
)
from weiproof.crosscheck.fuzz.playground import ANCHORS, SPEC
from weiproof.crosscheck.fuzz.scene import Scene, on_grid, tokens_for
from weiproof.crosscheck.protocol import deploy_model, deployment_plan
from weiproof.engine.draws import Draws
from weiproof.engine.fees import MAX_DAY_VOLUME, volume_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weiproof.engine.call import Call, Outcome

WARM_UP = 250


def played(seed: int) -> Scene:
    """A scene after some calls."""
    scene = Scene(SPEC, deploy_model(SPEC), Draws(seed))
    for call in islice(campaign.sequence(scene, lambda _: iter(())), WARM_UP):
        scene.model.apply(call)
    return scene


def solvent() -> Scene:
    """A scene after some calls that left no unresolved bad debt."""
    scenes = (played(seed) for seed in range(1, 20))
    return next(scene for scene in scenes if scene.ledger.record.unresolved_bad_debt == 0)


def play(scene: Scene, generator: Callable[[Scene], Iterator[Call]]) -> list[tuple[Call, Outcome]]:
    """What a generator's calls lead to."""
    return [(call, scene.model.apply(call)) for call in generator(scene)]


def errors_of(generator: Callable[[Scene], Iterator[Call]], seeds: range) -> set[str]:
    """Errors that a generator runs into over some seeds; empty for a call that passes."""
    return {outcome.error for seed in seeds for _, outcome in play(played(seed), generator)}


def test_margin_edge_is_one_step_wide() -> None:
    """The largest trade that passes is found: one step more is refused for margin or cash."""
    found = 0
    for seed in range(6):
        outcomes = play(played(seed), trades.margin_edge)
        outcomes = [each for each in outcomes if each[0].function == "settleTrade"]
        if len(outcomes) == 3 and outcomes[1][1].ok:
            (more, refused), (edge, passed), _ = outcomes
            assert refused.error in {"InsufficientMargin", "InsufficientCash", "PositionTooLarge"}
            assert passed.ok
            step = played(seed).parameters(int(str(edge.args[2]))).size_step
            assert int(str(more.args[3])) - int(str(edge.args[3])) == step
            found += 1
    assert found > 0


def test_band_edge_is_one_tick_wide() -> None:
    """The last tick inside the band is not refused for its price, the next one is."""
    errors = errors_of(trades.band_edge, range(6))
    assert "PriceOutsideBand" in errors
    assert errors != {"PriceOutsideBand"}


def test_withdrawals_stand_at_the_edge() -> None:
    """One unit more than is withdrawable is refused, the rest passes."""
    errors = errors_of(money.withdraw, range(30))
    assert {"", "ExceedsWithdrawable"} <= errors


def test_ages_stand_at_the_edge() -> None:
    """Prices are used at the last second at which they count, and one later."""
    errors = errors_of(prices.age_edge, range(12))
    assert {"", "StalePrice"} <= errors


def test_prices_go_to_where_accounts_become_liquidatable() -> None:
    """Just beside the liquidation price the answer changes."""
    answers: set[object] = set()
    for seed in range(12):
        for call, outcome in play(played(seed), prices.to_edge):
            if call.function == "isLiquidatableAt" and outcome.ok:
                answers.add(outcome.values[0])
    assert answers == {True, False}


def test_margins_are_met_to_the_wei() -> None:
    """A unit short of initial margin is refused; at a ratio of exactly one nobody liquidates."""
    ratios, errors = set(), set()
    for seed in range(6):
        for call, outcome in play(played(seed), exact.exact_margin):
            if call.function == "healthFactor":
                ratios.add(outcome.values)
            elif call.function in {"settleTrade", "liquidate"}:
                errors.add((call.function, outcome.error))
    assert (10**18,) in ratios
    assert {
        ("settleTrade", "InsufficientMargin"),
        ("settleTrade", ""),
        ("liquidate", "NotLiquidatable"),
        ("liquidate", ""),
    } <= errors


def test_dust_is_what_a_part_would_leave() -> None:
    """The smallest notional is set so that a partial liquidation just is, or is not, allowed."""
    sizes = [
        outcome.values
        for seed in range(30)
        for call, outcome in play(played(seed), exact.dust_edge)
        if call.function == "liquidationSize"
    ]
    assert sizes


def test_tokens_can_be_missing() -> None:
    """The directed sequence ends in a withdrawal that the vault cannot pay, from most states."""
    hits = sum(
        "InsufficientLiquidity" in errors_of(rare.lent_out, range(s, s + 1)) for s in range(6)
    )
    assert hits >= 3


@pytest.mark.parametrize(
    ("generator", "error"),
    [
        (rare.too_many_markets, "TooManyMarkets"),
        (rare.position_too_large, "PositionTooLarge"),
        (money.allowance, "ERC20InsufficientAllowance"),
        (money.full_vault, "AmountOutOfBounds"),
        (rare.bad_debt, "WithdrawalsGated"),
        (rare.full_house, "InvalidParameter"),
    ],
)
def test_directed_sequences_lead_there(
    generator: Callable[[Scene], Iterator[Call]], error: str
) -> None:
    """A directed sequence reaches its error from at least one of a few states."""
    assert error in errors_of(generator, range(5))


def test_clearing_out_leaves_nobody_below_maintenance() -> None:
    """Keepers and forced closes end with every account healthy or closed."""
    for seed in range(3):
        scene = played(seed)
        scene.targets["ETH-USD"] = ANCHORS["ETH-USD"] * 6 // 10
        play(scene, prices.fresh_all)
        play(scene, liquidations.clear_out)
        assert liquidations.liquidatable(scene) == []


def test_probes_know_every_type_of_the_abi() -> None:
    """A value is drawn for every argument of every function of the contracts, and fits its type."""
    scene = played(1)
    called = {"house", "hub", "token", "lens"}
    abis = {step.label: step.abi for step in deployment_plan(SPEC).steps if step.label in called}
    prober = probes.Prober(scene, abis)
    assert {target for every in prober.functions for target, _, _ in every} == set(abis)
    for _ in range(300):
        for call in prober(scene):
            scene.model.apply(call)


def test_a_type_without_values_is_named() -> None:
    """An ABI type that the probes know nothing of is refused by name."""
    with pytest.raises(TypeError, match="bytes17"):
        probes.plain(played(1), "bytes17", "x")


def test_grid_and_tokens_are_at_least_one() -> None:
    """Rounding down never makes a size or an amount zero."""
    assert on_grid(0, 5) == 5
    assert on_grid(14, 5) == 10
    assert tokens_for(1) == 1
    assert tokens_for(10**18) == 10**6


def test_somebody_else_is_somebody_else() -> None:
    """The other account is none of those that are excluded."""
    scene = played(2)
    for _ in range(50):
        assert scene.other(actor("trader-0")) != actor("trader-0")


def test_the_window_is_met_at_both_of_its_edges() -> None:
    """On the 30th day the volume still counts, on the 31st it is gone; both occur."""
    found: set[bool] = set()
    for seed in range(8):
        outcomes = play(played(seed), fees.window_edge)
        volumes = [o.values for call, o in outcomes if call.function == "volumeOf"]
        found.update(values != (0,) for values in volumes)
    assert found == {True, False}


def test_a_day_is_filled_to_its_most() -> None:
    """The bucket of a day ends at what it holds, and no trade is refused for it."""
    for scene in map(played, range(9)):
        outcomes = play(scene, fees.fullest_day)
        trades_made = [o.ok for call, o in outcomes if call.function == "settleTrade"]
        if any(trades_made):
            break
    scene = solvent()
    outcomes = play(scene, fees.fullest_day)
    trades_made = [o.ok for call, o in outcomes if call.function == "settleTrade"]
    assert trades_made == [True] * 4
    holders = [call.args[0] for call, _ in outcomes if call.function == "volumeRecord"]
    volumes = [scene.ledger.volumes.read(str(holder)) for holder in holders]
    assert [max(volume.buckets) for volume in volumes] == [MAX_DAY_VOLUME] * 2


def test_a_tier_is_met_exactly_and_missed_by_a_wei() -> None:
    """One trade pays the share of a tier just reached, another that of the one below it."""
    shares: set[int] = set()
    for seed in range(8):
        scene = played(seed)
        for call in fees.tier_edge(scene):
            if call.function == "settleTrade":
                tiers = scene.ledger.fee_tiers
                accounts = str(call.args[0]), str(call.args[1])
                volumes = [volume_of(scene.ledger, account) for account in accounts]
                shares.update(volume - tiers[1].lower_volume for volume in volumes)
            scene.model.apply(call)
    assert {0, -1} <= shares
