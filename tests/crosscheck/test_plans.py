"""Owners' plans in play: generators meet every outcome, and checks find a model that is wrong."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.crosscheck.test_generators import play, played
from tests.engine.desk import DOLLAR, UNLIMITED, Desk, who
from tests.engine.planned import OWNER, SOURCE, STOP, TOP_UP, plan, planned
from weiproof.crosscheck.effects import Effects
from weiproof.crosscheck.fuzz import plans as drawn
from weiproof.crosscheck.fuzz import top_ups
from weiproof.crosscheck.invariants import InvariantBroken
from weiproof.engine import liquidation, plans
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import WAD

if TYPE_CHECKING:
    from weiproof.engine.call import Value
    from weiproof.engine.liquidation import Takeover, Terms
    from weiproof.engine.records import Ledger

STATES = 64
GENERATORS = (drawn.wrong_plan, drawn.reduce, top_ups.top_up, drawn.in_order)


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    """What plans lead to, from some states: function and error."""
    found: Counter[str] = Counter()
    for seed in range(STATES):
        for generator in GENERATORS:
            for call, outcome in play(played(seed), generator):
                found[f"{call.function} {outcome.error}".strip()] += 1
    return found


@pytest.mark.parametrize(
    "outcome",
    [
        "setPlan",
        "setPlan InvalidParameter",
        "setPlan NotAuthorised",
        "setPlan PlanStands",
        "reduce",
        "reduce NotReducible",
        "topUp",
        "topUp NoTopUp",
        "liquidate TopUpFirst",
        "liquidate NotFirstMarket",
    ],
)
def test_each_outcome_occurs(seen: Counter[str], outcome: str) -> None:
    """A few states are enough for it."""
    assert seen[outcome] > 0, sorted(seen)


def checked(desk: Desk, function: str, *args: Value) -> None:
    """Makes a call that is looked at from both sides, and must be accepted."""
    effects = Effects(desk.model, desk.ledger)
    call = Call(desk.now, who("k"), "house", function, args)
    effects.before(call)
    outcome = desk.model.apply(call)
    assert outcome.ok, outcome.error
    effects.check(7, call, outcome)


def reduced() -> None:
    """A reduction, from a state in which one is open."""
    checked(planned(STOP, 1_900), "reduce", OWNER, 0, UNLIMITED, 0)


def topped_up() -> None:
    """A top-up of an account below maintenance, from a source with a position."""
    desk = planned(plan(TOP_UP, top_up_limit=100 * DOLLAR), 1_890, 2_000)
    desk.do("matcher", "settleTrade", SOURCE, who("b"), 1, 24 * WAD, 2_000 * WAD, False)
    desk.price(1_785 * WAD)
    checked(desk, "topUp", OWNER)


def test_what_is_right_passes() -> None:
    """Nothing is found in the engine's own."""
    reduced()
    topped_up()


@pytest.mark.parametrize(
    ("lower", "finding"),
    [(1, "costs its fee"), (115 * WAD, "never lowers"), (200 * WAD, "not below maintenance")],
)
def test_a_worse_price_is_found(monkeypatch: pytest.MonkeyPatch, lower: int, finding: str) -> None:
    """A reduction below the mark costs more than its fee, up to health itself."""
    plain = liquidation.transfer_position

    def cheap(ledger: Ledger, takeover: Takeover, terms: Terms) -> None:
        terms.mark -= lower
        plain(ledger, takeover, terms)

    monkeypatch.setattr(liquidation, "transfer_position", cheap)
    monkeypatch.setattr("weiproof.engine.reductions.margin.is_ratio_kept", lambda *_: True)
    with pytest.raises(InvariantBroken, match=finding):
        reduced()


def test_a_source_without_margin_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """190 dollars are taken of a source that has 166 to spare beside its position."""
    monkeypatch.setattr(plans, "top_up_of", lambda *_: 190 * DOLLAR)
    desk = planned(plan(TOP_UP, stop_ratio=2 * WAD), 1_900, 2_000)
    desk.do("matcher", "settleTrade", SOURCE, who("b"), 1, 24 * WAD, 2_000 * WAD, False)
    with pytest.raises(InvariantBroken, match="has initial margin after its top-up"):
        checked(desk, "topUp", OWNER)


def test_cash_that_does_not_help_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit moves to an account that stays below maintenance."""
    monkeypatch.setattr(plans, "top_up_of", lambda *_: 1)
    with pytest.raises(InvariantBroken, match="is not below maintenance"):
        checked(planned(TOP_UP, 1_890), "topUp", OWNER)


def test_a_gift_of_the_fund_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fund pays a wei with a reduction."""
    plain = liquidation.transfer_position

    def generous(ledger: Ledger, takeover: Takeover, terms: Terms) -> None:
        ledger.edit_record().insurance_fund -= 1
        plain(ledger, takeover, terms)

    monkeypatch.setattr(liquidation, "transfer_position", generous)
    with pytest.raises(InvariantBroken, match="costs the fund nothing"):
        reduced()
