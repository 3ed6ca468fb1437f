"""Trades of tokens in play: generators meet their edges, and checks find a model that is wrong."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.crosscheck.test_generators import errors_of, play, played
from weiproof.crosscheck.effects import Effects
from weiproof.crosscheck.fuzz import spot as sales
from weiproof.crosscheck.fuzz.tokens import holder
from weiproof.crosscheck.invariants import InvariantBroken
from weiproof.crosscheck.token_trades import FUNCTION
from weiproof.engine import cash, holdings, spot

if TYPE_CHECKING:
    from weiproof.crosscheck.fuzz.scene import Scene
    from weiproof.engine.call import Call
    from weiproof.engine.records import Ledger
    from weiproof.engine.spot import SpotTerms, SpotTrade


@pytest.fixture
def traded() -> tuple[Scene, Call]:
    """A scene, and a trade of tokens that passes there."""
    for seed in range(20):
        scene = played(seed)
        call = next(
            (c for c, o in play(scene, sales.trade_token) if c.function == FUNCTION and o.ok), None
        )
        if call is not None:
            again = replace(call, args=(*call.args[:3], 1, *call.args[4:]))
            if scene.would_pass(again):
                return scene, again
    pytest.fail("no trade of tokens passes")


def checked(scene: Scene, call: Call) -> None:
    """Makes a call that is looked at from both sides."""
    effects = Effects(scene.model, scene.ledger)
    effects.before(call)
    outcome = scene.model.apply(call)
    assert outcome.ok, outcome.error
    effects.check(7, call, outcome)


def test_a_trade_as_it_should_be_passes(traded: tuple[Scene, Call]) -> None:
    """Nothing is found in the engine's own."""
    checked(*traded)


def test_a_wei_for_the_seller_is_found(
    traded: tuple[Scene, Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A seller who receives more than the buyer pays costs somebody else, and is found."""
    plain = spot.exchange

    def generous(ledger: Ledger, trade: SpotTrade, terms: SpotTerms) -> None:
        plain(ledger, trade, terms)
        cash.add(ledger, trade.seller, 1)

    monkeypatch.setattr(spot, "exchange", generous)
    with pytest.raises(InvariantBroken, match="costs fees and dust"):
        checked(*traded)


def test_a_unit_too_many_is_found(
    traded: tuple[Scene, Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A buyer who gets a unit that nobody gives is found."""
    plain = spot.exchange

    def generous(ledger: Ledger, trade: SpotTrade, terms: SpotTerms) -> None:
        plain(ledger, trade, terms)
        holdings.add(ledger, trade.buyer, trade.collateral_id, 1)

    monkeypatch.setattr(spot, "exchange", generous)
    with pytest.raises(InvariantBroken, match="moves none in or out"):
        checked(*traded)


def test_a_discount_is_found(traded: tuple[Scene, Call], monkeypatch: pytest.MonkeyPatch) -> None:
    """A buyer who pays a wei less than is said is found."""
    plain = spot.exchange

    def generous(ledger: Ledger, trade: SpotTrade, terms: SpotTerms) -> None:
        plain(ledger, trade, terms)
        cash.add(ledger, trade.buyer, 1)
        cash.add(ledger, trade.seller, -1)

    monkeypatch.setattr(spot, "exchange", generous)
    with pytest.raises(InvariantBroken, match="less what it pays"):
        checked(*traded)


def test_a_purchase_without_margin_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the test of margin an account without money buys, and that is found."""
    monkeypatch.setattr(spot, "verify_party", lambda *_, **__: None)
    for seed in range(20):
        scene = played(seed)
        seller, token = holder(scene)
        held = scene.ledger.holdings.read(seller, token).amount
        price = scene.token_price(token)
        if not held or price is None:
            continue
        call = sales.sale(scene, scene.outsider, seller, token, held, price)
        if scene.would_pass(call):
            with pytest.raises(InvariantBroken, match="have initial margin after"):
                checked(scene, call)
            return
    pytest.fail("nobody sells")


def test_the_band_is_met_on_both_sides_of_its_edge() -> None:
    """A wei beyond is refused, the edge is not."""
    assert {"", "PriceOutsideBand"} <= errors_of(sales.band_edge, range(6))


def test_the_most_that_margin_carries_is_found() -> None:
    """The amount passes, a unit more is refused for cash or margin."""
    errors = errors_of(sales.margin_edge, range(12))
    assert {"", "InsufficientMargin", "InsufficientCash"} <= errors


def test_accounts_below_initial_margin_sell() -> None:
    """Such a sale passes at the lowest price that keeps the ratio, and not a wei below it."""
    edges = 0
    for seed in range(12):
        scene = played(seed)
        outcomes = play(scene, sales.sell_in_need)
        sold = [(c, o) for c, o in outcomes if c.function == FUNCTION]
        for (lower, refused), (price, passed) in pairwise(sold):
            is_refused = refused.error in {"InsufficientMargin", "InsufficientCash"}
            if lower.args[:4] == price.args[:4] and is_refused and passed.ok:
                assert int(str(price.args[4])) - int(str(lower.args[4])) == 1
                edges += 1
    assert edges > 0


def test_odd_amounts_leave_dust() -> None:
    """Trades are met in which a fraction of a wei is rounded, and such in which none is."""
    found = set()
    for seed in range(4):
        scene = played(seed)
        for _ in range(10):
            for _, outcome in play(scene, sales.trade_token):
                for event in outcome.events:
                    if event.name == "SpotTradeSettled":
                        found.add(event.args[5] == event.args[6])
    assert found == {True, False}


def test_wrong_trades_meet_every_error() -> None:
    """Whatever the checks say of a trade is said over a few draws."""
    seen: set[str] = set()
    for seed in range(6):
        scene = played(seed)
        for _ in range(25):
            seen |= {o.error for c, o in play(scene, sales.wrong_trade) if c.function == FUNCTION}
    assert {
        "AccessControlUnauthorizedAccount",
        "InsufficientCash",
        "InsufficientCollateral",
        "InvalidPrice",
        "PriceOutsideBand",
        "SameAccount",
        "TooManyCollaterals",
        "UnknownCollateral",
    } <= seen
