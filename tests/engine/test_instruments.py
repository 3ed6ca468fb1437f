"""A third kind of instrument: margin rules obey it, though they know nothing of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.engine.desk import (
    DOLLAR,
    MAX_AGE,
    UNLIMITED,
    Desk,
    add_token,
    deposit_token,
    open_desk,
    wad,
    who,
)
from weiproof.engine import holdings, instruments, perpetuals
from weiproof.engine.fixed_point import WAD, WEI

if TYPE_CHECKING:
    from weiproof.engine.instruments import Standing
    from weiproof.engine.records import Ledger


@dataclass
class Notes:
    """Notes that accounts hold or have written; worth and requirements in dollars."""

    held: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Worth, initial and maintenance margin by account."""

    def contribute(self, ledger: Ledger, account: str, standing: Standing) -> None:  # noqa: ARG002 - as every instrument
        """Adds what an account's notes are worth and require."""
        worth, initial, maintenance = self.held.get(account, (0, 0, 0))
        standing.equity += worth * WAD * WEI
        standing.losses += min(worth, 0) * WAD * WEI
        standing.initial += initial * WAD * WEI
        standing.maintenance += maintenance * WAD * WEI
        standing.gross += maintenance * WAD * WEI

    def give(self, label: str, worth: int, initial: int, maintenance: int) -> None:
        """An account holds notes of this worth, with these requirements."""
        self.held[who(label)] = worth, initial, maintenance


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    """Notes, admitted beside perpetuals and tokens."""
    admitted = Notes()
    monkeypatch.setattr(instruments, "INSTRUMENTS", (perpetuals, admitted, holdings))
    return admitted


@pytest.fixture
def desk() -> Desk:
    """A market at 2,000 (10 % and 5 %, fee 0.5 %); a is long 10 with 3,000 dollars deposited."""
    made = open_desk()
    made.price(2_000 * WAD)
    made.deposit("a", 3_000)
    for label in ("b", "k"):
        made.deposit(label, 100_000)
    made.trade("a", "b", 0, "10", "2000")
    return made


def test_an_instrument_moves_every_figure(notes: Notes, desk: Desk) -> None:
    """Worth moves equity, requirements move both margins, and what is left moves with them."""
    views = ("equity", "initialMargin", "freeCollateral", "withdrawable")
    before = [desk.number(view, who("a")) for view in views]
    maintenance, fee = desk.view("maintenanceMargin", who("a"))
    notes.give("a", -100, 300, 200)
    after = [desk.number(view, who("a")) for view in views]
    moved = [b - a for a, b in zip(before, after, strict=True)]
    assert moved == [-100 * WAD, 300 * WAD, -400 * WAD, -400 * DOLLAR]
    assert isinstance(maintenance, int)
    assert desk.view("maintenanceMargin", who("a")) == (maintenance + 200 * WAD, fee)
    required = (1_000 + 200 + 100) * WAD
    equity = desk.number("equity", who("a"))
    assert desk.number("healthFactor", who("a")) == equity * WAD // required


def test_accounts_without_the_instrument_are_as_they_were(notes: Notes, desk: Desk) -> None:
    """What one account holds moves no other's figures."""
    before = desk.view("accountFigures", who("b"))
    notes.give("a", -100, 300, 200)
    assert desk.view("accountFigures", who("b")) == before


def test_a_trade_needs_margin_for_the_instrument(notes: Notes, desk: Desk) -> None:
    """Of 2,979 dollars 2,100 carry eleven, so 879 may be asked for notes, and 880 may not."""
    order = desk.trade_args("a", "b", 0, "1", "2000")
    equity = desk.number("equity", who("a")) // WAD - 1
    notes.give("a", 0, equity - 2_200 + 1, 0)
    error, args = desk.refused("matcher", "settleTrade", *order)
    assert (error, args[0]) == ("InsufficientMargin", who("a"))
    notes.give("a", 0, equity - 2_200, 0)
    desk.do("matcher", "settleTrade", *order)


def test_a_worthy_instrument_carries_a_trade(notes: Notes, desk: Desk) -> None:
    """What is refused for want of equity passes with notes worth it."""
    order = desk.trade_args("a", "b", 0, "10", "2000")
    assert desk.refused("matcher", "settleTrade", *order)[0] == "InsufficientMargin"
    notes.give("a", 2_000, 0, 0)
    desk.do("matcher", "settleTrade", *order)


def test_withdrawals_leave_margin_for_the_instrument(notes: Notes, desk: Desk) -> None:
    """A requirement of 500 keeps 500 more, to the token unit."""
    free = desk.number("withdrawable", who("a"))
    notes.give("a", 0, 500, 0)
    most = free - 500 * DOLLAR
    assert desk.refused("a", "withdraw", most + 1)[0] == "ExceedsWithdrawable"
    desk.do("a", "withdraw", most)


def test_what_the_instrument_gained_is_not_withdrawn(notes: Notes, desk: Desk) -> None:
    """Worth that is no loss adds equity, and nothing to what may leave."""
    free = desk.number("withdrawable", who("a"))
    notes.give("a", 10_000, 0, 0)
    assert desk.number("withdrawable", who("a")) == free


def test_the_instrument_makes_an_account_liquidatable(notes: Notes, desk: Desk) -> None:
    """Healthy without it, an account is taken over where notes require what it has not."""
    refused = desk.refused("k", "liquidate", who("a"), 0, UNLIMITED)
    assert refused == ("NotLiquidatable", (who("a"),))
    equity = desk.number("equity", who("a")) // WAD
    notes.give("a", 0, 0, equity - 1_100)
    assert desk.view("isLiquidatable", who("a")) == (False,)
    notes.give("a", 0, 0, equity - 1_100 + 1)
    assert desk.view("isLiquidatable", who("a")) == (True,)
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    assert desk.names()[-1] == "Liquidated"


def test_a_keeper_needs_margin_for_its_own_instrument(notes: Notes, desk: Desk) -> None:
    """Who takes over must carry its notes beside what it took."""
    notes.give("a", -1_000, 0, 1_000)
    notes.give("k", 0, 100_000, 0)
    error, args = desk.refused("k", "liquidate", who("a"), 0, UNLIMITED)
    assert (error, args[0]) == ("InsufficientMargin", who("k"))


def test_the_liquidation_price_counts_the_instrument(notes: Notes, desk: Desk) -> None:
    """A loss of 500 on notes moves a long position's edge up by about 50 a unit, exactly there."""
    (_, plain) = desk.view("liquidationPrice", who("a"), 0)
    notes.give("a", -500, 0, 0)
    (exists, price) = desk.view("liquidationPrice", who("a"), 0)
    assert exists is True
    assert isinstance(price, int)
    assert isinstance(plain, int)
    assert 50 * WAD < price - plain < 60 * WAD
    assert desk.view("isLiquidatableAt", who("a"), 0, price) == (True,)
    assert desk.view("isLiquidatableAt", who("a"), 0, price + 1) == (False,)


def test_little_worth_is_little_beside_what_the_instrument_requires(
    notes: Notes, desk: Desk
) -> None:
    """A dead token of 90 dollars stops a liquidation, unless 9,000 more are required by notes."""
    add_token(desk, "T", 8, 100 * WAD)
    deposit_token(desk, "a", 0, 10**8)
    desk.now += 2 * MAX_AGE + 1
    desk.price(1_700 * WAD)
    assert desk.refused("k", "liquidate", who("a"), 0, UNLIMITED)[0] == "StalePrice"
    notes.give("a", 0, 0, 9_000)
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)


def test_token_withdrawals_leave_margin_for_the_instrument(notes: Notes, desk: Desk) -> None:
    """A token that only notes need may not leave, and may once they are gone."""
    add_token(desk, "T", 8, 100 * WAD)
    deposit_token(desk, "a", 0, 10**8)
    notes.give("a", 0, 1_050, 0)
    assert desk.refused("a", "withdrawCollateral", 0, 10**8)[0] == "InsufficientMargin"
    notes.give("a", 0, 0, 0)
    desk.do("a", "withdrawCollateral", 0, 10**8)


def test_without_the_instrument_nothing_is_different(desk: Desk) -> None:
    """Only perpetuals and tokens are admitted, tokens last."""
    assert (perpetuals, holdings) == instruments.INSTRUMENTS
    assert desk.number("initialMargin", who("a")) == 2_000 * WAD


def test_orders_do_not_hide_the_instruments_margin(notes: Notes, desk: Desk) -> None:
    """With an order resting, initial margin is at least what it is without one."""
    notes.give("a", 0, 900, 0)
    before = desk.number("initialMargin", who("a"))
    bid = wad("0.001"), 2 * WAD
    desk.do("matcher", "setOrders", who("a"), 0, *bid, 0, 0)
    assert desk.number("initialMargin", who("a")) >= before


def test_a_reduction_beside_the_instrument_keeps_the_ratio(notes: Notes, desk: Desk) -> None:
    """Below initial margin half the position is sold at the mark: the ratio rises."""
    notes.give("a", 0, 3_000, 1_500)
    desk.trade("b", "a", 0, "5", "2000")


def test_a_liquidation_takes_enough_for_the_instrument_too(notes: Notes, desk: Desk) -> None:
    """After a takeover without a limit the account is at its target, and not liquidatable."""
    notes.give("a", 0, 2_000, 2_000)
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    assert desk.number("healthFactor", who("a")) >= wad("1.25") - 1
