"""In which order a debtor's tokens are sold: ranks, owners' orders, and what holds up nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from weiproof.engine.accounts import sub_account
from weiproof.engine.call import bytes32
from weiproof.engine.errors import RevertReason
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import SEIZURE_DUST

from .desk import (
    CREDIT,
    MAX_AGE,
    NODE,
    add_token,
    assert_conserved,
    deposit_token,
    open_desk,
    who,
)

if TYPE_CHECKING:
    from .desk import Desk

UNITS = (10**8, WAD, 10**6)
"""One of each token."""
NAMES = ("T8", "T18", "T6")


def debtor_desk(*held: int) -> Desk:
    """An account with so many of three tokens of 100 dollars that owes 3,020 dollars.

    It holds ten ETH that fell from 2,000 to 1,700 dollars. Its debt is 2,020 above the limit, and
    it is above maintenance: 5,000 x 0.9 - 3,020 against 850 + 85 where it holds fifty tokens.
    """
    desk = open_desk()
    desk.price(2_000 * WAD)
    for name, decimals in zip(NAMES, (8, 18, 6), strict=True):
        add_token(desk, name, decimals, 100 * WAD)
    desk.deposit("maker", 10**6)
    desk.deposit("keeper", 10**5)
    for token, amount in enumerate(held):
        if amount:
            deposit_token(desk, "debtor", token, amount * UNITS[token])
    desk.trade("debtor", "maker", 0, "10", "2000")
    desk.price(1_700 * WAD)
    desk.do("k", "settle", who("debtor"))
    assert desk.ledger.accounts.read(who("debtor")).cash == -3_020 * WAD
    return desk


def rank(desk: Desk, **ranks: int) -> None:
    """The administrator ranks tokens by name."""
    for name, each in ranks.items():
        desk.do("admin", "setSeizureRank", NAMES.index(name), each)


def buy(desk: Desk, token: int, amount: int) -> None:
    """A keeper buys so much (token units) of the debtor's, which must be possible."""
    desk.do("keeper", "buyCollateral", who("debtor"), token, amount)


def refused(desk: Desk, token: int, amount: int = 1) -> tuple[object, ...]:
    """Why a keeper cannot buy so much (token units) of the debtor's."""
    return desk.refused("keeper", "buyCollateral", who("debtor"), token, amount)


def first(desk: Desk) -> tuple[object, ...]:
    """With which of the debtor's tokens a seizure begins."""
    return desk.view("seizureFirst", who("debtor"))


def not_first(token: int) -> tuple[object, ...]:
    """The refusal that names the token that is sold first."""
    return "NotFirstToken", (who("debtor"), token)


def test_without_ranks_and_orders_tokens_are_sold_as_buyers_like() -> None:
    """The lowest id is named as the first, and binds nobody."""
    desk = debtor_desk(40, 5, 5)
    assert first(desk) == (True, 0)
    for token in (2, 0, 1):
        buy(desk, token, UNITS[token])
    assert_conserved(desk)


def test_tokens_of_a_lower_rank_are_sold_first_and_those_of_one_rank_as_buyers_like() -> None:
    """Token 0 of rank 1 waits for tokens 1 and 2, which go in any order."""
    desk = debtor_desk(40, 5, 5)
    rank(desk, T8=1)
    assert desk.events[-1].args == (0, 1)
    assert first(desk) == (True, 1)
    assert refused(desk, 0) == not_first(1)
    buy(desk, 2, 5 * UNITS[2])
    assert refused(desk, 0) == not_first(1)
    buy(desk, 1, 5 * UNITS[1])
    assert first(desk) == (True, 0)
    buy(desk, 0, UNITS[0])
    # 3,020 of debt less 11 tokens at 95
    assert desk.ledger.accounts.read(who("debtor")).cash == -(3_020 - 11 * 95) * WAD
    assert_conserved(desk)


def test_dust_holds_up_nothing() -> None:
    """What is left of token 1 goes first while it is worth 100 dollars, and not a unit less."""
    desk = debtor_desk(40, 5, 0)
    rank(desk, T8=1)
    buy(desk, 1, 4 * UNITS[1])
    assert SEIZURE_DUST == 100 * WAD
    assert refused(desk, 0) == not_first(1)
    buy(desk, 1, 1)
    assert first(desk) == (True, 0)
    buy(desk, 0, UNITS[0])
    buy(desk, 1, UNITS[1] - 1)  # and dust may be bought whenever it is wanted
    assert desk.number("holding", who("debtor"), 1) == 0


def test_dust_of_a_higher_rank_still_waits() -> None:
    """Too little to go before others is not enough to go before its turn either."""
    desk = debtor_desk(45, 1, 4)
    rank(desk, T18=2, T6=1)
    publish(desk, "T18", 99 * WAD)
    assert refused(desk, 1) == not_first(0)
    assert refused(desk, 2) == not_first(0)


def publish(desk: Desk, name: str, price: int) -> None:
    """A token's feed reports a price (WAD)."""
    assert desk.call(NODE, f"feed/{name}", "transmit", price, desk.now).ok


def test_a_token_without_a_price_holds_up_nothing() -> None:
    """Token 1, of no weight and the lowest rank, goes first; too old for a purchase it does not."""
    desk = debtor_desk(45, 0, 5)
    weightless = replace(
        desk.ledger.collateral_parameters.read(1), initial_weight=0, maintenance_weight=0
    )
    desk.do("admin", "setCollateralParameters", 1, weightless.fields())
    desk.now += weightless.ramp_duration
    for name in NAMES:
        publish(desk, name, 100 * WAD)
    desk.price(1_700 * WAD)
    deposit_token(desk, "debtor", 1, 50 * UNITS[1])
    rank(desk, T8=1, T6=1)
    assert first(desk) == (True, 1)
    assert refused(desk, 0) == not_first(1)
    desk.now += 2 * MAX_AGE + 1
    for name in ("T8", "T6"):
        publish(desk, name, 100 * WAD)
    desk.price(1_700 * WAD)
    assert first(desk) == (True, 0)
    buy(desk, 0, UNITS[0])
    assert refused(desk, 1)[0] == "StalePrice"


@pytest.mark.parametrize(("less", "stops"), [(0, True), (1, False)])
def test_a_little_of_a_dead_token_stops_no_sale(less: int, *, stops: bool) -> None:
    """Without a position nothing is required, but 3,600 dollars are owed: 36 are a hundredth.

    Four tenths of a token come to that, at 90 of 100 dollars; a unit less counts as nothing.
    """
    desk = open_desk()
    desk.price(2_000 * WAD)
    for name, decimals in zip(NAMES, (8, 18, 6), strict=True):
        add_token(desk, name, decimals, 100 * WAD, trade_fee_rate=0)
    free = replace(CREDIT, base_rate=0, kink_rate=0, maximum_rate=0)
    desk.do("admin", "setCreditParameters", free.fields())
    for label in ("maker", "keeper"):
        desk.deposit(label, 10**5)
        deposit_token(desk, label, 0, 36 * UNITS[0])
    deposit_token(desk, "debtor", 0, 36 * UNITS[0])
    deposit_token(desk, "debtor", 1, UNITS[1] * 4 // 10 - less)
    trade = (who("debtor"), who("maker"), 0, 36 * UNITS[0], 100 * WAD, False)
    desk.do("matcher", "settleSpotTrade", *trade)
    assert desk.ledger.accounts.read(who("debtor")).cash == -3_600 * WAD
    desk.now += 2 * MAX_AGE + 1
    publish(desk, "T8", 50 * WAD)
    if stops:
        assert refused(desk, 0)[0] == "StalePrice"
    else:
        buy(desk, 0, UNITS[0])


def test_transfers_that_are_stuck_hold_up_nothing_and_the_order_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A token that nobody can move is sold all the same, inside the house, when its turn comes."""
    desk = debtor_desk(40, 5, 5)
    rank(desk, T8=1, T6=1)

    def stuck(*_: object) -> None:
        raise RevertReason("stuck")

    monkeypatch.setattr(desk.model.world.contracts["token/T18"], "move", stuck)
    assert desk.refused("debtor", "withdrawCollateral", 1, 10) == ("Error", ("stuck",))
    assert refused(desk, 0) == not_first(1)
    buy(desk, 1, 5 * UNITS[1])
    assert desk.number("holding", who("keeper"), 1) == 5 * UNITS[1]
    assert desk.refused("keeper", "withdrawCollateral", 1, 10) == ("Error", ("stuck",))
    buy(desk, 0, UNITS[0])
    buy(desk, 2, UNITS[2])
    assert desk.names() == ["CollateralBought"]


def order_desk(*order: int) -> Desk:
    """The debtor, who said in which order its tokens are to be sold while it was healthy."""
    desk = debtor_desk(40, 5, 5)
    desk.deposit("debtor", 2_500)  # so that it owes less than the limit
    desk.do("debtor", "setSeizureOrder", who("debtor"), order)
    desk.price(1_430 * WAD)  # below maintenance: 4,500 - 520 - 2,700 against 787
    desk.do("k", "settle", who("debtor"))
    assert desk.view("isLiquidatable", who("debtor")) == (False,)
    return desk


def test_an_owners_order_holds_among_tokens_of_one_rank() -> None:
    """Tokens 2 and 0 as the owner wishes, then 1, which it did not name."""
    desk = order_desk(2, 0)
    assert desk.view("seizureOrderOf", who("debtor")) == ((0x01_00_02,),)
    assert first(desk) == (True, 2)
    assert refused(desk, 0) == not_first(2)
    assert refused(desk, 1) == not_first(2)
    buy(desk, 2, 5 * UNITS[2])
    assert first(desk) == (True, 0)
    assert refused(desk, 1) == not_first(0)
    buy(desk, 0, UNITS[0])


@pytest.mark.parametrize(("price", "binds"), [(1_277, True), (1_276, False)])
def test_an_owners_order_does_not_bind_for_a_bankrupt(price: int, binds: bool) -> None:
    """Tokens bring 4,750 dollars, and as much is owed at 1,277: a dollar below others lose.

    What nobody wants of the owner's first holds up nothing then; the house's ranks still do.
    """
    desk = order_desk(2, 0)
    desk.price(price * WAD)
    if binds:
        assert refused(desk, 0) == not_first(2)
    else:
        buy(desk, 0, UNITS[0])
        buy(desk, 1, UNITS[1])
    rank(desk, T8=1)
    assert refused(desk, 0) == not_first(2)


def test_the_houses_rank_comes_before_an_owners_order() -> None:
    """The owner wants token 0 last; the house ranks it first, and the rest stays as wished."""
    desk = order_desk(2, 1, 0)
    rank(desk, T18=7, T6=7)
    assert first(desk) == (True, 0)
    assert refused(desk, 2) == not_first(0)
    rank(desk, T8=255)
    assert first(desk) == (True, 2)
    assert refused(desk, 1) == not_first(2)


def test_tokens_that_an_owner_names_and_does_not_hold_are_passed_over() -> None:
    """The order names token 1 first; sold to the last unit, it holds up nothing."""
    desk = order_desk(1, 2, 0)
    buy(desk, 1, 5 * UNITS[1])
    assert first(desk) == (True, 2)
    buy(desk, 2, UNITS[2])
    assert refused(desk, 0) == not_first(2)


def test_an_order_stands_while_tokens_are_for_sale() -> None:
    """An owner that owes above the limit cannot turn the order round before a purchase."""
    desk = debtor_desk(40, 5, 5)
    change = ("debtor", "setSeizureOrder", who("debtor"), (2, 1))
    assert desk.refused(*change) == ("TokensForSale", (who("debtor"),))
    desk.deposit("debtor", 2_019)
    assert desk.refused(*change) == ("TokensForSale", (who("debtor"),))
    desk.deposit("debtor", 1)
    desk.do(*change)
    assert desk.events[-1].args == (who("debtor"), 0x01_02_00)


def test_an_order_is_replaced_and_taken_back() -> None:
    """The last order counts; an empty one is none."""
    desk = order_desk(2, 0)
    desk.deposit("debtor", 10_000)
    desk.do("debtor", "setSeizureOrder", who("debtor"), (1,))
    assert first(desk) == (True, 1)
    desk.do("debtor", "setSeizureOrder", who("debtor"), ())
    assert desk.view("seizureOrderOf", who("debtor")) == ((0,),)
    assert first(desk) == (True, 0)


def test_orders_are_of_ones_own_accounts_alone() -> None:
    """An owner orders for its sub-accounts; nobody does for another, a trader neither."""
    desk = debtor_desk(45, 5, 0)
    second = sub_account(who("a"), 1)
    desk.do("a", "setSeizureOrder", second, (1, 0))
    assert desk.view("seizureOrderOf", second) == ((0x01_02,),)
    desk.do("a", "setTrader", second, who("b"), True)
    refusal = desk.refused("b", "setSeizureOrder", second, (0,))
    assert refusal == ("NotAuthorised", (second, who("b")))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ((0, 3), ("UnknownCollateral", (3,))),
        ((255,), ("UnknownCollateral", (255,))),
        ((1, 0, 1), ("InvalidParameter", (bytes32("order"),))),
    ],
)
def test_wrong_orders_are_refused(order: tuple[int, ...], expected: tuple[object, ...]) -> None:
    """A token that there is not, and one that is named twice."""
    desk = debtor_desk(45, 5, 0)
    assert desk.refused("a", "setSeizureOrder", who("a"), order) == expected


def test_ranks_are_the_administrators_and_outlast_other_parameters() -> None:
    """Only its role may rank, only what there is; a change of parameters leaves the rank."""
    desk = debtor_desk(45, 5, 0)
    assert desk.refused("k", "setSeizureRank", 0, 1)[0] == "AccessControlUnauthorizedAccount"
    assert desk.refused("admin", "setSeizureRank", 3, 1) == ("UnknownCollateral", (3,))
    rank(desk, T8=1)
    parameters = desk.ledger.collateral_parameters.read(0)
    desk.do("admin", "setCollateralParameters", 0, parameters.fields())
    assert desk.ledger.collaterals.read(0).seizure_rank == 1
    rank(desk, T8=0)
    assert refused(desk, 1, 10 * UNITS[1])[0] == "InsufficientCollateral"


def test_what_is_not_for_sale_is_refused_as_such_whatever_the_order() -> None:
    """Debt within the limit is told before the order, and too large an amount too."""
    desk = debtor_desk(40, 5, 5)
    rank(desk, T8=1)
    assert refused(desk, 0, 40 * UNITS[0]) == ("AmountOutOfBounds", (40 * UNITS[0],))
    desk.deposit("debtor", 2_500)
    assert refused(desk, 0) == ("NotConvertible", (who("debtor"),))


def test_an_account_without_tokens_has_no_first() -> None:
    """Nothing held, or nothing worth enough: there is none."""
    desk = debtor_desk(45, 5, 0)
    assert desk.view("seizureFirst", who("nobody")) == (False, 0)
    deposit_token(desk, "a", 1, UNITS[1] - 1)
    assert desk.view("seizureFirst", who("a")) == (False, 0)
    deposit_token(desk, "a", 1, 1)
    assert desk.view("seizureFirst", who("a")) == (True, 1)
