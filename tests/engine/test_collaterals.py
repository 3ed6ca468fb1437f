"""Tokens as collateral: what they count, how they move, how they are sold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine.call import bytes32
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import MAX_COLLATERALS

from .desk import (
    ADMIN,
    COLLATERAL,
    CREDIT,
    GENESIS,
    MAX_AGE,
    NODE,
    add_token,
    assert_conserved,
    deposit_token,
    give_token,
    open_desk,
    wad,
    who,
)

if TYPE_CHECKING:
    from .desk import Desk

UNIT = 10**8
"""One of a token with eight decimals."""


def token_desk(*decimals: int) -> Desk:
    """One market at 2,000 and tokens at 100 dollars."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    for each in decimals:
        add_token(desk, f"T{each}", each, 100 * WAD)
    return desk


def debtor_desk() -> Desk:
    """An account with 100 tokens of 100 dollars that owes 2,010 dollars and holds one ETH."""
    desk = token_desk(8)
    desk.deposit("maker", 10**6)
    deposit_token(desk, "debtor", 0, 100 * UNIT)
    desk.trade("debtor", "maker", 0, "20", "2000")
    desk.price(1_900 * WAD)
    desk.do("k", "settle", who("debtor"))
    return desk


def publish(desk: Desk, name: str, price: int) -> None:
    """A token's feed reports a price (WAD)."""
    assert desk.call(NODE, f"feed/{name}", "transmit", price, desk.now).ok


@pytest.mark.parametrize("decimals", [0, 6, 8, 18])
def test_a_token_counts_by_its_decimals_price_and_weights(decimals: int) -> None:
    """Ten tokens of 100 dollars count 900 in maintenance and 800 in initial margin."""
    desk = token_desk(decimals)
    deposit_token(desk, "a", 0, 10 * 10**decimals)
    assert desk.number("equity", who("a")) == 900 * WAD
    assert desk.number("freeCollateral", who("a")) == 800 * WAD
    assert desk.number("withdrawable", who("a")) == 0
    assert desk.number("holding", who("a"), 0) == 10 * 10**decimals


def test_tokens_and_cash_are_withdrawn_as_far_as_margin_allows() -> None:
    """Tokens leave as long as the rest covers initial margin, to the unit."""
    desk = token_desk(8)
    desk.deposit("b", 10_000)
    deposit_token(desk, "a", 0, 10 * UNIT)
    desk.trade("a", "b", 0, "1", "2000")
    # initial margin 200, cash -11 (fee 1, reserve 10): 211 / (100 x 0.8) tokens stay
    least = -(-211 * UNIT // 80)
    error, args = desk.refused("a", "withdrawCollateral", 0, 10 * UNIT - least + 1)
    assert error == "InsufficientMargin"
    assert args[0] == who("a")
    desk.do("a", "withdrawCollateral", 0, 10 * UNIT - least)
    assert desk.refused("a", "withdrawCollateral", 0, 0)[0] == "InsufficientCollateral"
    assert desk.refused("a", "withdrawCollateral", 0, least + 1)[0] == "InsufficientCollateral"


def test_profits_do_not_let_tokens_out() -> None:
    """Unrealised profit counts towards a trade, but not towards a withdrawal."""
    desk = token_desk(8)
    desk.deposit("b", 10_000)
    deposit_token(desk, "a", 0, 10 * UNIT)
    desk.trade("a", "b", 0, "1", "2000")
    desk.price(2_500 * WAD)
    assert desk.refused("a", "withdrawCollateral", 0, 10 * UNIT)[0] == "InsufficientMargin"


def test_caps_bind_to_the_unit() -> None:
    """A token's cap holds for all accounts together; one unit more is refused."""
    desk = open_desk()
    add_token(desk, "T", 8, 100 * WAD, cap=5 * UNIT)
    deposit_token(desk, "a", 0, 2 * UNIT)
    give_token(desk, "b", 0, 4 * UNIT)
    refused = desk.refused("b", "depositCollateral", 0, 3 * UNIT + 1)
    assert refused == ("CollateralCapExceeded", (3 * UNIT + 1, 2 * UNIT, 5 * UNIT))
    desk.do("b", "depositCollateral", 0, 3 * UNIT)
    assert desk.refused("b", "depositCollateral", 0, 1)[0] == "CollateralCapExceeded"
    assert desk.refused("b", "depositCollateral", 0, 0)[0] == "AmountOutOfBounds"


def test_the_total_cap_counts_all_tokens_at_their_last_prices() -> None:
    """Two tokens may together be worth the cap, rounded up, and not a wei more."""
    desk = open_desk()
    add_token(desk, "T", 8, 100 * WAD)
    add_token(desk, "U", 18, 100 * WAD)
    capped = replace(CREDIT, collateral_cap=300 * WAD)
    desk.do("admin", "setCreditParameters", capped.fields())
    deposit_token(desk, "a", 0, UNIT)
    give_token(desk, "a", 1, 3 * WAD)
    refused = desk.refused("a", "depositCollateral", 1, 2 * WAD + 1)
    assert refused == ("TotalCapExceeded", (300 * WAD + 100,))
    desk.do("a", "depositCollateral", 1, 2 * WAD)


def test_a_token_that_keeps_a_part_is_refused() -> None:
    """What arrives must be what was asked for; a fee that rounds to nothing passes."""
    desk = token_desk(8)
    give_token(desk, "a", 0, 10 * UNIT)
    assert desk.call(ADMIN, "token/T8", "setTransferFee", wad("0.01")).ok
    refused = desk.refused("a", "depositCollateral", 0, UNIT)
    assert refused == ("TransferFeeRefused", (0, UNIT, UNIT * 99 // 100))
    desk.do("a", "depositCollateral", 0, 99)
    desk.do("a", "withdrawCollateral", 0, 99)


def test_an_account_holds_four_tokens_at_most() -> None:
    """The fifth kind is refused; one that it holds already is not."""
    desk = token_desk(0, 6, 8, 12, 18)
    for collateral_id in range(4):
        deposit_token(desk, "a", collateral_id, 1)
    give_token(desk, "a", 4, 1)
    assert desk.refused("a", "depositCollateral", 4, 1) == ("TooManyCollaterals", (who("a"),))
    deposit_token(desk, "a", 3, 1)
    desk.do("a", "withdrawCollateral", 0, 1)
    desk.do("a", "depositCollateral", 4, 1)
    assert desk.ledger.accounts.read(who("a")).collaterals == 0b11110


def test_swaps_keep_both_equities() -> None:
    """What comes in must count as much as what goes out, in both weights, to the unit."""
    desk = token_desk(8)
    add_token(desk, "U", 18, 50 * WAD, initial_weight=wad("0.4"))
    deposit_token(desk, "a", 0, 10 * UNIT)
    give_token(desk, "a", 1, 100 * WAD)
    # one T counts 80 initially, one U 20: four U for each T
    refused = desk.refused("a", "swapCollateral", 1, 4 * WAD, 0, UNIT + 1)
    assert refused == ("HealthLowered", (who("a"),))
    desk.do("a", "swapCollateral", 1, 4 * WAD, 0, UNIT)
    assert desk.number("holding", who("a"), 1) == 4 * WAD
    assert desk.number("holding", who("a"), 0) == 9 * UNIT
    assert desk.refused("a", "swapCollateral", 1, 1, 1, 1)[0] == "AmountOutOfBounds"
    assert desk.refused("a", "swapCollateral", 2, 1, 1, 1) == ("UnknownCollateral", (2,))
    assert desk.refused("a", "swapCollateral", 1, 1, 0, 10 * UNIT)[0] == "InsufficientCollateral"


def test_a_swap_needs_room_under_the_cap_on_all_tokens() -> None:
    """100 dollars go out for as much where the cap is passed already, and not for a unit more."""
    desk = open_desk()
    for name in "AB":
        add_token(desk, name, 18, 100 * WAD)
    deposit_token(desk, "a", 0, 2 * WAD)
    give_token(desk, "a", 1, 2 * WAD)
    desk.do("admin", "setCreditParameters", replace(CREDIT, collateral_cap=150 * WAD).fields())
    refused = desk.refused("a", "swapCollateral", 1, WAD + 1, 0, WAD)
    assert refused == ("TotalCapExceeded", (200 * WAD + 100,))
    desk.do("a", "swapCollateral", 1, WAD, 0, WAD)


def test_swaps_keep_what_a_seizure_would_bring() -> None:
    """U counts as much as T and is sold at 90, T at 95: 95 / 90 of T's value of it must come in."""
    desk = token_desk(8)
    add_token(desk, "U", 18, 100 * WAD, seizure_discount=wad("0.1"))
    deposit_token(desk, "a", 0, 10 * UNIT)
    give_token(desk, "a", 1, 100 * WAD)
    least = -(-95 * WAD // 90)
    refused = desk.refused("a", "swapCollateral", 1, least - 1, 0, UNIT)
    assert refused == ("HealthLowered", (who("a"),))
    desk.do("a", "swapCollateral", 1, least, 0, UNIT)


def test_losses_and_fees_take_cash_below_zero_as_far_as_tokens_reach() -> None:
    """An account without cash trades and settles on its tokens, and not beyond them."""
    desk = debtor_desk()
    record = desk.ledger.accounts.read(who("debtor"))
    assert record.cash == -(20 + 10 + 2_000) * WAD
    assert desk.ledger.record.total_debt == 2_030 * WAD
    publish(desk, "T8", 10 * WAD)
    desk.price(1_800 * WAD)
    desk.do("k", "settle", who("debtor"))
    assert desk.ledger.accounts.read(who("debtor")).cash == -2_030 * WAD
    assert_conserved(desk)


def test_trades_need_initial_worth_for_negative_cash() -> None:
    """Unrealised profit does not pay for fee and reserve."""
    desk = token_desk(8)
    desk.deposit("b", 10_000)
    deposit_token(desk, "a", 0, 3 * UNIT)
    desk.trade("a", "b", 0, "1", "2000")
    desk.price(4_000 * WAD)
    publish(desk, "T8", WAD)
    args = desk.trade_args("a", "b", 0, "0.1", "4000")
    error, values = desk.refused("matcher", "settleTrade", *args)
    assert (error, values[0]) == ("InsufficientCash", who("a"))


def test_tokens_above_the_debt_limit_are_bought_at_the_discount() -> None:
    """A keeper buys what the debt exceeds the limit by, rounded up to the unit, and no more."""
    desk = debtor_desk()
    desk.deposit("keeper", 10_000)
    over = 1_030 * WAD
    most = -(-over // (95 * 10**10))
    refused = desk.refused("keeper", "buyCollateral", who("debtor"), 0, most + 1)
    assert refused == ("AmountOutOfBounds", (most + 1,))
    desk.do("keeper", "buyCollateral", who("debtor"), 0, most)
    paid = -(-most * 95 * WAD // UNIT)
    assert desk.ledger.accounts.read(who("keeper")).cash == 10_000 * WAD - paid
    assert desk.ledger.accounts.read(who("debtor")).cash == paid - 2_030 * WAD
    refused = desk.refused("keeper", "buyCollateral", who("debtor"), 0, 1)
    assert refused == ("NotConvertible", (who("debtor"),))
    assert_conserved(desk)


def test_below_maintenance_all_that_is_owed_is_for_sale() -> None:
    """Losses count as owed, and selling never lowers the debtor's equity."""
    desk = debtor_desk()
    desk.deposit("keeper", 10_000)
    desk.price(1_630 * WAD)
    assert desk.view("isLiquidatable", who("debtor")) == (True,)
    before = desk.standing("debtor").equity
    owed = 2_030 * WAD + 20 * 270 * WAD
    most = -(-owed // (95 * 10**10))
    assert desk.refused("keeper", "buyCollateral", who("debtor"), 0, most + 1)[0] == (
        "AmountOutOfBounds"
    )
    desk.do("keeper", "buyCollateral", who("debtor"), 0, most)
    assert desk.standing("debtor").equity >= before
    refused = desk.refused("debtor", "buyCollateral", who("debtor"), 0, 1)
    assert refused == ("SameAccount", (who("debtor"),))


def test_what_nothing_is_left_for_is_covered() -> None:
    """An account without positions and tokens that owes is covered; the rest is bad debt."""
    desk = debtor_desk()
    desk.deposit("keeper", 10_000)
    desk.fund("sponsor", 7 * 10**6)
    desk.do("sponsor", "depositInsurance", 7 * 10**6)
    assert desk.refused("k", "coverDebt", who("debtor")) == ("NoDeficit", (who("debtor"),))
    desk.trade("maker", "debtor", 0, "20", "1900")
    publish(desk, "T8", WAD)
    desk.do("keeper", "buyCollateral", who("debtor"), 0, 100 * UNIT)
    debt = -desk.ledger.accounts.read(who("debtor")).cash
    fund = desk.ledger.record.insurance_fund
    desk.do("k", "coverDebt", who("debtor"))
    assert desk.events[-1].args == (who("debtor"), fund, debt - fund)
    assert desk.ledger.accounts.read(who("debtor")).cash == 0
    assert desk.ledger.record.unresolved_bad_debt == debt - fund
    assert_conserved(desk)


def test_a_lower_weight_comes_by_a_ramp() -> None:
    """At once nothing changes; half way the weight is half way, rounded down; then it is there."""
    desk = token_desk(8)
    deposit_token(desk, "a", 0, UNIT)
    old = desk.ledger.collateral_parameters.read(0)
    lower = replace(old, initial_weight=0, maintenance_weight=wad("0.1") + 1)
    desk.do("admin", "setCollateralParameters", 0, lower.fields())
    assert desk.number("equity", who("a")) == 90 * WAD
    assert desk.number("freeCollateral", who("a")) == 0
    desk.now = GENESIS + 43_200
    publish(desk, "T8", 100 * WAD)
    assert desk.number("equity", who("a")) == 50 * WAD
    desk.now = GENESIS + 86_400
    publish(desk, "T8", 100 * WAD)
    assert desk.number("equity", who("a")) == 10 * WAD + 100


def test_a_ramp_starts_where_the_last_one_was_left() -> None:
    """A second change begins with the weight in effect, and a higher weight counts at once."""
    desk = token_desk(8)
    deposit_token(desk, "a", 0, UNIT)
    old = desk.ledger.collateral_parameters.read(0)
    lower = replace(old, initial_weight=0, maintenance_weight=0)
    desk.do("admin", "setCollateralParameters", 0, lower.fields())
    desk.now = GENESIS + 43_200
    publish(desk, "T8", 100 * WAD)
    desk.do("admin", "setCollateralParameters", 0, lower.fields())
    assert desk.number("equity", who("a")) == 45 * WAD
    higher = replace(lower, maintenance_weight=wad("0.6"))
    desk.do("admin", "setCollateralParameters", 0, higher.fields())
    assert desk.number("equity", who("a")) == 60 * WAD


def test_tokens_without_a_price_count_as_nothing_but_for_liquidations() -> None:
    """A stale token stops a liquidation, unless it was worth under 1 % of what is at stake.

    Of 55 dollars that are required, and 711 that equity is below 0 without it: 7.66.
    """
    desk = token_desk(8)
    desk.deposit("b", 10_000)
    desk.deposit("a", 300)
    deposit_token(desk, "a", 0, UNIT // 200)
    desk.trade("a", "b", 0, "1", "2000")
    desk.now += 2 * MAX_AGE + 1
    desk.price(1_000 * WAD)
    assert desk.view("isLiquidatable", who("a")) == (True,)
    assert desk.number("freeCollateral", who("a")) < 0
    publish(desk, "T8", 100 * WAD)
    deposit_token(desk, "a", 0, UNIT // 12)
    desk.now += 2 * MAX_AGE + 1
    desk.price(1_000 * WAD)
    assert desk.refused("k", "liquidate", who("a"), 0, WAD)[0] == "StalePrice"


def test_the_discount_is_never_deeper_than_the_weight_allows() -> None:
    """During a ramp buyers save no more than one less the weight in effect."""
    desk = debtor_desk()
    desk.deposit("keeper", 10_000)
    old = desk.ledger.collateral_parameters.read(0)
    lower = replace(
        old, initial_weight=0, maintenance_weight=wad("0.5"), seizure_discount=wad("0.5")
    )
    desk.do("admin", "setCollateralParameters", 0, lower.fields())
    desk.do("keeper", "buyCollateral", who("debtor"), 0, UNIT)
    assert desk.events[-1].args[-1] == 90 * WAD


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"price_id": bytes(32)}, "priceId"),
        ({"initial_weight": wad("0.9") + 1}, "initialWeight"),
        ({"maintenance_weight": WAD + 1}, "maintenanceWeight"),
        ({"seizure_discount": wad("0.1") + 1}, "seizureDiscount"),
        (
            {"seizure_discount": wad("0.5") + 1, "initial_weight": 0, "maintenance_weight": 0},
            "seizureDiscount",
        ),
        ({"cap": 10**17 + 1}, "cap"),
        ({"ramp_duration": 3_599}, "rampDuration"),
        ({"ramp_duration": 365 * 86_400 + 1}, "rampDuration"),
        ({"band_rate": WAD + 1}, "bandRate"),
        ({"trade_fee_rate": WAD // 10 + 1}, "tradeFeeRate"),
    ],
)
def test_parameters_have_bounds(changes: dict[str, int], name: str) -> None:
    """One beyond a bound is refused by name; at the bound it passes."""
    desk = token_desk(8)
    old = desk.ledger.collateral_parameters.read(0)
    wrong = replace(old, **changes)  # type: ignore[arg-type]
    other = replace(wrong, token=who("contract token/none"))
    if name == "priceId":
        desk.model.world.addresses["token/none"] = who("contract token/none")
        refused = desk.refused("admin", "setCollateralParameters", 0, wrong.fields())
    else:
        refused = desk.refused("admin", "setCollateralParameters", 0, wrong.fields())
    assert refused == ("InvalidParameter", (bytes32(name),))
    assert desk.refused("admin", "addCollateral", other.fields())[0] == ""


def test_tokens_are_admitted_once_and_up_to_a_number() -> None:
    """The settlement token, a token twice, too many decimals and a ninth token are refused."""
    desk = token_desk(8)
    old = desk.ledger.collateral_parameters.read(0)
    for token in (old.token, desk.model.world.addresses["token"]):
        refused = desk.refused("admin", "addCollateral", replace(old, token=token).fields())
        assert refused == ("InvalidParameter", (bytes32("token"),))
    for index in range(1, MAX_COLLATERALS):
        add_token(desk, f"N{index}", 18, WAD)
    with pytest.raises(AssertionError, match="collateralCount"):
        add_token(desk, "N9", 18, WAD)
    with pytest.raises(AssertionError, match="InvalidParameter"):
        add_token(token_desk(), "W", 19, WAD)


@given(st.integers(1, 10**12), st.integers(1, 10**26), st.integers(0, WAD), st.integers(0, WAD))
def test_worth_is_exact(amount: int, price: int, initial: int, maintenance: int) -> None:
    """Amount x unit x price x weight is the numerator, for any values."""
    low, high = sorted((initial, maintenance))
    desk = open_desk()
    add_token(desk, "T", 8, price, initial_weight=low, maintenance_weight=high, seizure_discount=0)
    deposit_token(desk, "a", 0, amount)
    standing = desk.standing("a")
    assert standing.worth == standing.equity == amount * 10**10 * price * high
    assert standing.initial_worth == amount * 10**10 * price * low


def test_the_defaults_of_the_desk_are_within_bounds() -> None:
    """The desk's own parameters are accepted as they are."""
    assert token_desk(8).ledger.collateral_parameters.read(0).initial_weight == (
        COLLATERAL.initial_weight
    )
