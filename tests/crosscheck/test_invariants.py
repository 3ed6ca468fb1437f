"""The invariants hold in play, and each is broken by the record that it guards."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from weiproof.crosscheck.fuzz import campaign as fuzz
from weiproof.crosscheck.fuzz.playground import SPEC
from weiproof.crosscheck.fuzz.scene import Scene
from weiproof.crosscheck.invariants import Bystanders, InvariantBroken, Invariants
from weiproof.crosscheck.protocol import deploy_model
from weiproof.engine import views
from weiproof.engine.call import Call
from weiproof.engine.draws import Draws

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.records import Ledger

CALL = Call(1, "0x00", "house", "settle", ("0x00",))


@pytest.fixture
def scene() -> Scene:
    """A scene with positions, funding and some cash everywhere."""
    played = Scene(SPEC, deploy_model(SPEC), Draws(3))
    for call in islice(fuzz.sequence(played, lambda _: iter(())), 600):
        played.model.apply(call)
    return played


def checker(scene: Scene) -> Invariants:
    """The invariants of a scene."""
    return Invariants(scene.model, scene.ledger)


def holder(scene: Scene) -> tuple[str, int]:
    """An account and a market in which it has a position."""
    return next((a, scene.held(a)[0]) for a in scene.accounts if scene.held(a))


def test_invariants_hold_in_play(scene: Scene) -> None:
    """After a few hundred calls everything is in balance."""
    checker(scene).check(1, CALL)


def more_cash(scene: Scene) -> None:
    """An account gets a wei from nowhere."""
    scene.ledger.accounts.edit(scene.accounts[0]).cash += 1


def less_than_nothing(scene: Scene) -> None:
    """An account's reserve is negative."""
    scene.ledger.accounts.edit(scene.accounts[0]).reserve = -1


def more_debt(scene: Scene) -> None:
    """The system counts a wei of debt that nobody owes."""
    scene.ledger.edit_record().total_debt += 1


def more_credit(scene: Scene) -> None:
    """The system counts a wei of credit that nobody has."""
    scene.ledger.edit_record().total_credit += 1


def more_tokens(scene: Scene) -> None:
    """The total of a token counts a unit that nobody holds."""
    scene.ledger.collaterals.edit(0).total += 1


def more_size(scene: Scene) -> None:
    """A position grows without an opposite."""
    account, market_id = holder(scene)
    scene.ledger.positions.edit(account, market_id).size += 1


def more_quote(scene: Scene) -> None:
    """A position is worth a fraction of a wei more."""
    account, market_id = holder(scene)
    scene.ledger.positions.edit(account, market_id).quote += 1


def more_interest(scene: Scene) -> None:
    """A market counts a position that is not there."""
    scene.ledger.markets.edit(holder(scene)[1]).open_interest += 1


def more_dust(scene: Scene) -> None:
    """A market has dust that no rounding left."""
    scene.ledger.markets.edit(holder(scene)[1]).dust += 1


def more_fund(scene: Scene) -> None:
    """The fund has a wei that nobody paid."""
    scene.ledger.edit_record().insurance_fund += 1


def more_vault(scene: Scene) -> None:
    """Vault and cash count a token that did not come in, as if a deposit had not been paid."""
    scene.ledger.edit_record().vault += 10**24
    scene.ledger.accounts.edit(scene.accounts[0]).cash += 10**36


def unmarked_orders(scene: Scene) -> None:
    """An account has a bid in a market and is not marked as resting there."""
    scene.ledger.orders.edit(scene.outsider, 0).bid_size += 1


def marked_without_orders(scene: Scene) -> None:
    """An account stays marked as resting in a market after its orders went."""
    scene.ledger.orders.delete(scene.outsider, 0)
    scene.ledger.accounts.edit(scene.outsider).ordered_markets |= 1


def notional_without_size(scene: Scene) -> None:
    """A side keeps a wei of notional without a size."""
    orders = scene.ledger.orders.edit(scene.outsider, 0)
    orders.bid_size, orders.ask_notional = 1, 1
    scene.ledger.accounts.edit(scene.outsider).ordered_markets |= 1


@pytest.mark.parametrize(
    ("tamper", "name"),
    [
        (unmarked_orders, "is marked as resting in market 0 where it has orders"),
        (marked_without_orders, "is marked as resting in market 0 where it has orders"),
        (notional_without_size, "rests with no notional without a size in market 0"),
        (more_cash, "cash, clearing, fund, fees, dust and interest are vault and unresolved"),
        (less_than_nothing, "is not negative"),
        (more_debt, "total debt is the sum of negative cash"),
        (more_credit, "total credit is the sum of positive cash"),
        (more_tokens, "the total of collateral 0 is the sum of what accounts hold"),
        (more_size, "sizes of a market sum to zero"),
        (more_quote, "claims on a market and its dust are its clearing balance"),
        (more_interest, "open interest is the sum of long sizes"),
        (more_dust, "claims on a market and its dust are its clearing balance"),
        (more_fund, "cash, clearing, fund, fees, dust and interest are vault and unresolved"),
        (more_vault, "the clearing house holds the tokens of its vault"),
    ],
)
def test_a_broken_invariant_is_named(
    scene: Scene, tamper: Callable[[Scene], None], name: str
) -> None:
    """A record that is off by one breaks the invariant that it belongs to."""
    tamper(scene)
    scene.model.world.store.commit()
    with pytest.raises(InvariantBroken, match=name) as caught:
        checker(scene).check(5, CALL)
    broken = caught.value
    assert broken.step == 5
    assert broken.gap != 0
    assert broken.as_json()["gap"] == str(broken.gap)
    assert "house.settle" in str(broken)


def test_tokens_that_left_are_missed(scene: Scene) -> None:
    """Where the house no longer holds what accounts do, a call that moves tokens shows it."""
    account = scene.accounts[0]
    scene.ledger.accounts.edit(account).collaterals |= 1
    scene.ledger.holdings.edit(account, 0).amount += 10**20
    scene.ledger.collaterals.edit(0).total += 10**20
    call = Call(1, "0x00", "house", "swapCollateral", (0, 1, 1, 1))
    with pytest.raises(InvariantBroken, match="holds all tokens of collateral 0"):
        checker(scene).check(5, call)


def test_new_accounts_are_noted(scene: Scene) -> None:
    """An account that appears among touched keys is counted from then on."""
    invariants = checker(scene)
    scene.ledger.accounts.edit("0xnew").cash += 1
    invariants.check(1, CALL)
    invariants.note([("account", "0xnew"), ("balance", "0xnew")])
    with pytest.raises(InvariantBroken):
        invariants.check(1, CALL)


def test_bystanders_are_left_alone(scene: Scene) -> None:
    """A call that touches what it says passes; a record changed behind its back is named."""
    bystanders = Bystanders(scene.model)
    call = scene.house(scene.accounts[0], "deposit", 1)
    scene.model.apply(call)
    bystanders.check(1, call)
    key = ("account", scene.accounts[3])
    record = scene.ledger.accounts.read(scene.accounts[3])
    scene.model.world.store.put(key, replace(record, cash=record.cash + 1))
    scene.model.world.store.commit()
    with pytest.raises(InvariantBroken, match="leaves"):
        bystanders.check(1, call)


def test_liquidation_prices_are_exact(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its liquidation price, not a unit better, an account is liquidatable; else it is named."""
    invariants = checker(scene)
    for account in scene.accounts:
        invariants.check_liquidation_prices(1, CALL, account)
    exact = views.liquidation_price

    def too_far(ledger: Ledger, account: str, market_id: int) -> tuple[bool, int]:
        exists, price = exact(ledger, account, market_id)
        away = 1 if ledger.positions.read(account, market_id).size < 0 else -1
        return exists, price + away if exists else price

    account = next(
        a
        for a in scene.accounts
        for market_id in scene.held(a)
        if (scene.ask("house", "liquidationPrice", a, market_id) or (False,))[0]
    )
    monkeypatch.setattr(views, "liquidation_price", too_far)
    with pytest.raises(InvariantBroken, match="becomes liquidatable at its price"):
        invariants.check_liquidation_prices(1, CALL, account)
