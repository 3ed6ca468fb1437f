"""Who bears a deficit does not depend on pieces, order or route."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.engine.desk import (
    DOLLAR,
    SYSTEM,
    Desk,
    add_token,
    assert_conserved,
    deposit_token,
    open_desk,
    setup,
    wad,
    who,
)
from weiproof.engine.fixed_point import WAD

UNLIMITED = 10**27
NO_RESERVE = replace(SYSTEM, insurance_share=0, liquidation_reserve=0, minimum_keeper_reward=0)
PLAIN = setup(socialisation_cap_rate=wad("0.05"), trade_fee_rate=0, minimum_notional=0)


def deposit(desk: Desk, **dollars: int) -> None:
    """Deposits dollars for each label."""
    for label, amount in dollars.items():
        desk.deposit(label, amount)


@pytest.mark.parametrize("pieces", [("1",), ("0.99", "1"), ("0.3", "0.3", "1")])
def test_the_reserve_goes_before_others_money(pieces: tuple[str, ...]) -> None:
    """A bankrupt account's reserve, less the keeper's reward, bears its deficit, however split."""
    system = replace(SYSTEM, liquidation_reserve=100 * WAD, minimum_keeper_reward=WAD)
    desk = open_desk(setup(socialisation_cap_rate=WAD, minimum_notional=0), system=system)
    desk.price(2_000 * WAD)
    deposit(desk, c=400, a=100_000, k=100_000)
    desk.trade("c", "a", 0, "1", "2000")
    desk.price(1_500 * WAD)
    for piece in pieces:
        desk.do("k", "liquidate", who("c"), 0, wad(piece))
    assert 0 <= desk.number("equity", who("c")) < 3
    assert abs(desk.number("equity", who("a")) - 100_298 * WAD) < 3
    assert_conserved(desk)


@pytest.mark.parametrize("pieces", [("10",), ("0.9", "10")])
def test_tiers_do_not_make_the_cap_bind(pieces: tuple[str, ...]) -> None:
    """The cap scales as the deficit does: by the maintenance margin that is relieved."""
    tiers = ((0, wad("0.1"), wad("0.05")), (10_000 * WAD, wad("0.6"), wad("0.5")))
    market = setup(tiers, socialisation_cap_rate=wad("0.2"), minimum_notional=0)
    desk = open_desk(market, system=replace(SYSTEM, insurance_share=0))
    desk.price(2_000 * WAD)
    deposit(desk, c=7_500, a=1_000_000, k=1_000_000)
    desk.trade("c", "a", 0, "10", "2000")
    desk.price(1_100 * WAD)
    for piece in pieces:
        desk.do("k", "liquidate", who("c"), 0, wad(piece))
    assert desk.ledger.record.unresolved_bad_debt == 0
    assert_conserved(desk)


def two_bankrupt_sides() -> Desk:
    """C is bankrupt in markets 0 and 1; a, opposite to it in 0, is liquidatable because of 2."""
    desk = open_desk(PLAIN, PLAIN, PLAIN, system=NO_RESERVE)
    desk.price(2_000 * WAD, 2_000 * WAD, 2_000 * WAD)
    deposit(desk, c=2_100, a=4_000, e=100_000, k=1_000_000, z=100_000)
    desk.trade("c", "a", 0, "10", "2000")
    desk.trade("c", "e", 1, "0.5", "2000")
    desk.trade("a", "z", 2, "8", "2000")
    desk.price(1_770 * WAD, 2_000 * WAD, 1_290 * WAD)
    assert desk.number("equity", who("c")) == -200 * WAD
    return desk


def test_a_forced_close_does_not_move_a_deficit_elsewhere() -> None:
    """Closed against a liquidatable holder, c's deficit is borne as if keepers had taken it."""
    plain, forced = two_bankrupt_sides(), two_bankrupt_sides()
    plain.do("k", "liquidate", who("c"), 0, UNLIMITED)
    forced.do("k", "forceClose", who("a"), 0, who("c"))
    for desk in (plain, forced):
        desk.do("k", "liquidate", who("c"), 1, UNLIMITED)
        assert desk.ledger.record.unresolved_bad_debt == 0
        assert_conserved(desk)
    for label in ("a", "c", "e", "z"):
        found = [desk.number("equity", who(label)) for desk in (plain, forced)]
        assert abs(found[0] - found[1]) <= 3


def test_who_is_closed_last_bears_its_part_first() -> None:
    """A forced close that takes c's last position charges the holder that it closes, too."""
    desk = open_desk(PLAIN, PLAIN, system=NO_RESERVE)
    desk.price(2_000 * WAD, 2_000 * WAD)
    deposit(desk, c=2_000, a=4_000, e=100_000, k=1_000_000, z=100_000)
    desk.trade("c", "a", 0, "10", "2000")
    desk.trade("k", "e", 0, "1", "2000")
    desk.trade("a", "z", 1, "8", "2000")
    desk.price(1_760 * WAD, 1_290 * WAD)
    before = desk.number("equity", who("a"))
    desk.do("k", "forceClose", who("a"), 0, who("c"))
    assert before - desk.number("equity", who("a")) > 360 * WAD
    assert desk.number("equity", who("c")) == 0
    assert desk.ledger.record.unresolved_bad_debt == 0
    assert_conserved(desk)


@pytest.mark.parametrize(("price", "covered"), [(1_600, 0), (1_450, 650)])
def test_tokens_bear_a_deficit_at_what_they_bring(price: int, covered: int) -> None:
    """3,000 dollars of tokens count 1,500 as margin, and 2,850 before others pay anything."""
    desk = open_desk(setup(trade_fee_rate=0, socialisation_cap_rate=WAD))
    desk.price(2_000 * WAD)
    add_token(desk, "T", 6, WAD, initial_weight=wad("0.5"), maintenance_weight=wad("0.5"))
    desk.deposit("a", 2_010)
    deposit_token(desk, "a", 0, 3_000 * DOLLAR)
    for label in "bk":
        desk.deposit(label, 100_000)
    desk.trade("a", "b", 0, "10", "2000")
    desk.price(price * WAD)
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    deficits = [event.args[2:] for event in desk.events if event.name == "DeficitCovered"]
    paid = [part for parts in deficits for part in parts if isinstance(part, int)]
    assert sum(paid) == covered * WAD
    assert desk.ledger.holdings.read(who("a"), 0).amount == 3_000 * DOLLAR
    assert_conserved(desk)
