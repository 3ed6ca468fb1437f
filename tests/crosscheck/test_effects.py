"""What one call may do: it holds in play, and each rule finds the model that breaks it."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from tests.engine.desk import open_desk, setup, who
from weiproof.contracts.chains import actor
from weiproof.crosscheck.effects import Effects
from weiproof.crosscheck.fuzz import campaign as fuzz
from weiproof.crosscheck.fuzz import rare
from weiproof.crosscheck.fuzz.playground import ANCHORS, SPEC
from weiproof.crosscheck.fuzz.scene import Scene
from weiproof.crosscheck.invariants import InvariantBroken
from weiproof.crosscheck.protocol import deploy_model
from weiproof.engine import (
    liquidation,
    margin,
    market_route,
    positions,
    pricing,
    ramp,
    settlement,
)
from weiproof.engine.call import Call
from weiproof.engine.draws import Draws
from weiproof.engine.fixed_point import MAX_UINT256, WAD, WEI
from weiproof.engine.parameters import MarketRisk
from weiproof.engine.records import TOKEN_UNIT, WITHDRAW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.engine.call import Outcome
    from weiproof.engine.instruments import Standing
    from weiproof.engine.records import Ledger


@pytest.fixture(scope="module")
def played() -> Scene:
    """A scene in play, all of it within the rules, in which somebody can withdraw."""
    for seed in range(5, 20):
        scene = Scene(SPEC, deploy_model(SPEC), Draws(seed))
        effects = Effects(scene.model, scene.ledger)
        for step, call in enumerate(islice(fuzz.sequence(scene, lambda _: iter(())), 600)):
            effects.before(call)
            effects.check(step, call, scene.model.apply(call))
        if any(scene.held(account) and _funded(scene, account) for account in scene.accounts):
            return scene
    pytest.fail("no seed leads to an account that can withdraw")


@pytest.fixture
def scene(played: Scene) -> Scene:
    """The same state in a model of its own, to be changed."""
    fresh = Scene(SPEC, deploy_model(SPEC), Draws(5))
    fresh.model.restore(played.model.snapshot())
    fresh.start_over(played.now)
    return fresh


def holder(scene: Scene) -> str:
    """An account with a position, whose markets all have a price."""
    return next(
        account
        for account in scene.accounts
        if scene.held(account) and scene.figure("equity", account) is not None
    )


def checked(scene: Scene, call: Call) -> Outcome:
    """The outcome of a call that is looked at from both sides."""
    effects = Effects(scene.model, scene.ledger)
    effects.before(call)
    outcome = scene.model.apply(call)
    effects.check(7, call, outcome)
    return outcome


def test_a_refused_call_that_leaves_something_is_found(scene: Scene) -> None:
    """Touched records after a revert are named."""
    call = scene.house(scene.accounts[0], "withdraw", MAX_UINT256)
    assert not checked(scene, call).ok
    outcome = scene.model.apply(call)
    scene.model.touched = (("account", scene.accounts[0]),)
    with pytest.raises(InvariantBroken, match="a refused call changes nothing"):
        Effects(scene.model, scene.ledger).check(7, call, outcome)


def test_a_touched_bystander_is_found(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deposit that gives somebody else a wei is found, whatever the sums say."""
    sender, other = scene.accounts[0], scene.accounts[1]
    call = scene.house(sender, "deposit", 1)
    assert checked(scene, call).ok
    plain = settlement.deposit

    def generous(ledger: Ledger, account: str, amount: int) -> None:
        plain(ledger, account, amount)
        ledger.accounts.edit(other).cash += 1

    monkeypatch.setattr(settlement, "deposit", generous)
    with pytest.raises(InvariantBroken, match="who is not party to it"):
        checked(scene, call)


def test_a_withdrawal_under_initial_margin_is_found(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where initial margin does not count, all cash can leave, and that is found."""
    account = next(a for a in scene.accounts if scene.held(a) and _funded(scene, a))
    cash = scene.ledger.accounts.read(account).cash // TOKEN_UNIT
    monkeypatch.setattr(margin, "withdrawable", lambda *_: cash * TOKEN_UNIT * WEI)
    call = scene.house(account, "withdraw", cash)
    with pytest.raises(InvariantBroken, match="has initial margin after what went out"):
        checked(scene, call)


def _funded(scene: Scene, account: str) -> bool:
    """Whether the account can withdraw, and cannot withdraw everything."""
    cash = scene.ledger.accounts.read(account).cash // TOKEN_UNIT
    if cash == 0 or not scene.model.view(scene.house(account, "withdraw", 1)).ok:
        return False
    scene.model.world.now = scene.now
    standing = margin.standing_of(scene.ledger, account, pricing.new_marks(scene.ledger, WITHDRAW))
    return standing.equity - cash * TOKEN_UNIT * WEI < standing.initial


def test_settling_that_changes_equity_is_found(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A settlement that gives a fraction of a wei on top, or changes a size, is found."""
    account = holder(scene)
    market_id = scene.held(account)[0]
    call = scene.house(scene.accounts[0], "settle", account)
    assert checked(scene, call).ok
    plain = positions.book_all

    def better(ledger: Ledger, account: str) -> None:
        plain(ledger, account)
        ledger.positions.edit(account, market_id).quote += 1

    monkeypatch.setattr(positions, "book_all", better)
    with pytest.raises(InvariantBroken, match="settling keeps equity"):
        checked(scene, replace(call))

    def larger(ledger: Ledger, account: str) -> None:
        plain(ledger, account)
        ledger.positions.edit(account, market_id).size += 1

    monkeypatch.setattr(positions, "book_all", larger)
    with pytest.raises(InvariantBroken, match="settling keeps equity"):
        checked(scene, replace(call))


def test_a_change_that_hurts_at_once_is_found(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without ramps, a higher maintenance rate makes healthy accounts liquidatable."""
    market_id = rare.market_of(scene, "RARE-USD")
    account = leveraged(scene, market_id)
    parameters = replace(scene.parameters(market_id), liquidation_fee_rate=0)
    rows = ((0, WAD * 98 // 100, WAD * 97 // 100),)
    call = scene.house(scene.admin, "setMarketParameters", market_id, parameters.fields(), rows)
    effects = Effects(scene.model, scene.ledger, (account,))
    effects.before(call)
    monkeypatch.setattr(ramp, "start", lambda *_: None)
    monkeypatch.setattr(ramp, "is_ramping", lambda *_: False)
    outcome = scene.model.apply(call)
    assert outcome.ok, outcome.error
    with pytest.raises(InvariantBroken, match=r"leaves .* healthy"):
        effects.check(7, call, outcome)


def leveraged(scene: Scene, market_id: int) -> str:
    """An account that is healthy, with a position of twice its equity; nothing else is there."""
    price = ANCHORS[scene.price_name(market_id)]
    first, second = actor("newcomer-0"), actor("newcomer-1")

    def calls() -> Iterator[Call]:
        yield from rare.reset_market(scene, market_id)
        yield scene.house(scene.admin, "setMarketRisk", market_id, MarketRisk().fields())
        for account in (first, second):
            yield from rare.enrich(scene, account, 10 * price)
        yield scene.trade(first, second, market_id, 20 * WAD, price)

    for call in calls():
        scene.model.apply(call)
    assert scene.ask("house", "isLiquidatable", first) == (False,)
    assert scene.held(first) == (market_id,)
    return first


WHOLE = setup(minimum_notional=10**6 * WAD)
"""A market in which every liquidation takes the whole position."""


def filled(
    monkeypatch: pytest.MonkeyPatch, price: int, *, part: int = 1, **broken: object
) -> Outcome:
    """A looked-at fill at a mark of 1,810, where the account has 10; some rules may be broken."""
    desk = open_desk(WHOLE if part == 1 else setup())
    desk.price(2_000 * WAD)
    for label, amount in (("a", 211), ("b", 100_000), ("c", 100_000)):
        desk.deposit(label, amount)
    desk.trade("a", "b", 0, "1", "2000")
    desk.do("admin", "setMarketLimitRate", WAD // 10)
    desk.price(1_810 * WAD)
    for name, rule in broken.items():
        monkeypatch.setattr(market_route, name, rule)
    args = who("a"), 0, WAD // part, price * WAD, who("c")
    call = Call(desk.now, who("matcher"), "house", "liquidateToMarket", args)
    effects = Effects(desk.model, desk.ledger)
    effects.before(call)
    outcome = desk.model.apply(call)
    effects.check(7, call, outcome)
    return outcome


@pytest.mark.parametrize("price", [1_800, 1_805, 1_810, 1_820])
def test_fills_within_the_rules_pass(monkeypatch: pytest.MonkeyPatch, price: int) -> None:
    """At the mark, better, and worse by all that the account has."""
    assert filled(monkeypatch, price).ok


def test_a_fill_that_takes_fee_and_cost_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the whole fee is charged beside the cost, the account loses more than either."""
    plain = market_route.charge_rest

    def whole(
        ledger: Ledger,
        fill: market_route.Fill,
        standing: Standing,
        terms: liquidation.Terms,
        _cost: int,
    ) -> int:
        return plain(ledger, fill, standing, terms, 0)

    with pytest.raises(InvariantBroken, match="loses no more than the fee or"):
        filled(monkeypatch, 1_805, charge_rest=whole)


def test_a_fill_that_costs_more_than_the_equity_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no limit holds, a price of 1,780 costs the account thrice what it has."""
    with pytest.raises(InvariantBroken, match="no more than its equity"):
        filled(monkeypatch, 1_780, require_limit=lambda *_: None)


def test_a_part_that_costs_all_of_the_equity_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the position may cost five dollars; seven leave less for the other half."""
    assert filled(monkeypatch, 1_800, part=2).ok
    with pytest.raises(InvariantBroken, match="what remains no less safe"):
        filled(monkeypatch, 1_796, part=2, require_limit=lambda *_: None)


def test_a_fill_that_enriches_the_counterparty_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it pays a dollar less than the account receives, it gains out of nothing."""
    plain = market_route.exchange

    def cheaper(ledger: Ledger, fill: market_route.Fill, terms: liquidation.Terms) -> int:
        return plain(ledger, replace(fill, price=fill.price - WAD), terms)

    with pytest.raises(InvariantBroken, match="the counterparty of a fill gains no more"):
        filled(monkeypatch, 1_805, exchange=cheaper)
