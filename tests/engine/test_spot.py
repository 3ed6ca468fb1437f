"""Trades of tokens between accounts: what is paid, received and charged, and who may trade."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiproof.engine.fixed_point import MAX_UINT256, WAD
from weiproof.engine.parameters import MAX_PRICE
from weiproof.engine.records import TOKEN_UNIT

from .desk import (
    MAX_AGE,
    NODE,
    add_token,
    assert_conserved,
    deposit_token,
    open_desk,
    wad,
    who,
)

if TYPE_CHECKING:
    from weiproof.engine.call import Value

    from .desk import Desk

UNIT = 10**8
"""One of a token with eight decimals."""

FREE = {"trade_fee_rate": 0}
WIDE = {**FREE, "band_rate": wad("0.2")}


def spot_desk(decimals: int = 8, price: int = 100 * WAD, **changes: int) -> Desk:
    """A market at 2,000, a token at a price, a rich buyer and a seller of a thousand tokens."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    add_token(desk, "T", decimals, price, **changes)
    desk.deposit("buyer", 10**6)
    deposit_token(desk, "seller", 0, 1_000 * 10**decimals)
    return desk


def order(
    amount: int, price: int, *, buyer: str = "buyer", seller: str = "seller", maker: bool = False
) -> tuple[str, str, int, int, int, bool]:
    """The arguments of ``settleSpotTrade``."""
    return who(buyer), who(seller), 0, amount, price, maker


def traded(desk: Desk, *args: Value) -> tuple[int, int, int, int]:
    """Settles a trade; what was paid, received and charged."""
    desk.do("matcher", "settleSpotTrade", *args)
    event = desk.events[-1]
    assert event.name == "SpotTradeSettled"
    paid, received, buyer_fee, seller_fee = event.args[5:]
    return int(str(paid)), int(str(received)), int(str(buyer_fee)), int(str(seller_fee))


def cash(desk: Desk, label: str) -> int:
    """An account's cash, wei."""
    return desk.ledger.accounts.read(who(label)).cash


def publish(desk: Desk, price: int) -> None:
    """The token's feed reports a price (WAD)."""
    assert desk.call(NODE, "feed/T", "transmit", price, desk.now).ok


@pytest.mark.parametrize("decimals", [0, 6, 8, 18])
def test_tokens_and_cash_change_hands(decimals: int) -> None:
    """Three tokens at 101 dollars are 303 dollars, and 0.05 % of it from either side."""
    desk = spot_desk(decimals)
    total = desk.ledger.collaterals.read(0).total
    amount, fee = 3 * 10**decimals, 303 * WAD // 2_000
    assert traded(desk, *order(amount, 101 * WAD)) == (303 * WAD, 303 * WAD, fee, fee)
    assert cash(desk, "buyer") == (10**6 - 303) * WAD - fee
    assert cash(desk, "seller") == 303 * WAD - fee
    assert desk.number("holding", who("buyer"), 0) == amount
    assert desk.number("holding", who("seller"), 0) == 997 * 10**decimals
    assert desk.ledger.collaterals.read(0).total == total
    assert desk.ledger.record.dust == 0
    assert desk.ledger.record.fees == desk.ledger.record.insurance_fund == fee
    assert desk.names()[-1] == "SpotTradeSettled"
    assert_conserved(desk)


@given(st.integers(1, 10**19), st.integers(WAD * 99, WAD * 101), st.integers(0, WAD // 10))
def test_each_side_is_rounded_against_it(amount: int, price: int, rate: int) -> None:
    """Paid is the ceiling, received the floor, the wei between them dust, fees are ceilings."""
    desk = spot_desk(18, trade_fee_rate=rate)
    exact = Fraction(amount * price, WAD)
    paid, received, *fees = traded(desk, *order(amount, price))
    assert (paid, received) == (ceil(exact), floor(exact))
    assert fees == [ceil(Fraction(paid * rate, WAD))] * 2
    assert desk.ledger.record.dust == paid - received
    assert cash(desk, "buyer") + cash(desk, "seller") == 10**6 * WAD - paid + received - sum(fees)
    assert_conserved(desk)


def test_a_unit_below_a_wei_costs_a_wei_and_brings_nothing() -> None:
    """One unit of 18 decimals at half a dollar: the buyer pays 1 wei, which is dust."""
    desk = spot_desk(18, WAD // 2, **FREE)
    assert traded(desk, *order(1, WAD // 2)) == (1, 0, 0, 0)
    assert desk.ledger.record.dust == 1
    assert desk.number("volumeOf", who("buyer")) == 0
    assert_conserved(desk)


def test_coarse_tokens_leave_no_dust_at_whole_prices() -> None:
    """A unit of six decimals at a price of whole 1e-6 dollars is whole wei."""
    desk = spot_desk(6)
    paid, received, *_ = traded(desk, *order(1_234_567, wad("100.123456")))
    assert paid == received == 1_234_567 * 100_123_456 * 10**6
    assert desk.ledger.record.dust == 0


def test_the_band_includes_its_edges() -> None:
    """10 % off the price in either direction passes, a wei further is refused."""
    desk = spot_desk()
    for edge, beyond in ((110 * WAD, 1), (90 * WAD, -1)):
        refusal = desk.refused("matcher", "settleSpotTrade", *order(UNIT, edge + beyond))
        assert refusal == ("PriceOutsideBand", (edge + beyond, 100 * WAD))
        traded(desk, *order(UNIT, edge))


def test_a_band_of_nothing_is_the_price_itself() -> None:
    """With a band of 0 the token's own price is the only one."""
    desk = spot_desk(band_rate=0)
    traded(desk, *order(UNIT, 100 * WAD))
    error, _ = desk.refused("matcher", "settleSpotTrade", *order(UNIT, 100 * WAD + 1))
    assert error == "PriceOutsideBand"


def test_fees_go_by_side_and_volume() -> None:
    """The maker pays its share, the taker its; who has reached a tier pays that tier's."""
    desk = spot_desk(trade_fee_rate=wad("0.001"))
    tiers = ((0, WAD // 2, WAD), (1_000 * WAD, WAD // 10, WAD // 4))
    desk.do("admin", "setFeeTiers", tiers)
    dollar = WAD
    whole = 10 * UNIT, 100 * WAD
    assert traded(desk, *order(*whole, maker=True))[2:] == (dollar // 2, dollar)
    assert traded(desk, *order(*whole, maker=True))[2:] == (dollar // 10, dollar // 4)
    assert traded(desk, *order(*whole, maker=False))[2:] == (dollar // 4, dollar // 10)
    for label in ("buyer", "seller"):
        assert desk.number("volumeOf", who(label)) == 3_000 * WAD


def test_volume_counts_what_is_received() -> None:
    """A notional a fraction of a wei below a token unit is none, although a whole one is paid."""
    desk = spot_desk(18, WAD, **FREE)
    paid, received, *_ = traded(desk, *order(TOKEN_UNIT - 1, WAD + 10**6))
    assert (paid, received) == (TOKEN_UNIT, TOKEN_UNIT - 1)
    assert desk.number("volumeOf", who("buyer")) == 0
    traded(desk, *order(TOKEN_UNIT, WAD))
    assert desk.number("volumeOf", who("buyer")) == TOKEN_UNIT


def test_a_token_is_bought_on_margin_as_far_as_its_weight_reaches() -> None:
    """With 20 dollars and a weight of 80 % one token of 100 dollars, and not a wei more."""
    desk = spot_desk(18, **FREE)
    desk.deposit("poor", 20)
    error, args = desk.refused(
        "matcher", "settleSpotTrade", *order(WAD + 1, 100 * WAD, buyer="poor")
    )
    assert (error, args) == ("InsufficientCash", (who("poor"), -80 * WAD - 100))
    traded(desk, *order(WAD, 100 * WAD, buyer="poor"))
    assert cash(desk, "poor") == -80 * WAD
    assert desk.ledger.record.total_debt == 80 * WAD
    assert_conserved(desk)


def test_a_buyer_keeps_initial_margin() -> None:
    """Cash that carries a position is not spent: a token takes a fifth of its price from it."""
    desk = spot_desk(18, **FREE)
    desk.deposit("trader", 400)
    desk.trade("trader", "buyer", 0, "1", "2000")
    free = desk.number("freeCollateral", who("trader"))
    amount = free * 5 // 100
    args = order(amount + 1, 100 * WAD, buyer="trader")
    assert desk.refused("matcher", "settleSpotTrade", *args)[0] == "InsufficientMargin"
    traded(desk, *order(amount, 100 * WAD, buyer="trader"))
    assert desk.number("freeCollateral", who("trader")) == 0


def test_unrealised_profit_buys_no_tokens() -> None:
    """Equity from a profit is enough for margin, and still cash must be covered."""
    desk = spot_desk(**FREE)
    desk.deposit("trader", 300)
    desk.trade("trader", "buyer", 0, "1", "2000")
    desk.price(2_500 * WAD)
    args = order(20 * UNIT, 100 * WAD, buyer="trader")
    assert desk.refused("matcher", "settleSpotTrade", *args)[0] == "InsufficientCash"


def weak_desk(**changes: int) -> Desk:
    """The seller holds 30 ETH and 1,000 tokens of 7 dollars: above maintenance, below initial."""
    desk = spot_desk(**{**WIDE, **changes})
    desk.deposit("seller", 100)
    desk.trade("seller", "buyer", 0, "30", "2000")
    publish(desk, 7 * WAD)
    assert desk.number("freeCollateral", who("seller")) < 0
    return desk


def test_below_initial_margin_a_sale_that_keeps_the_ratio_passes() -> None:
    """At 90 % of the price equity stands to the wei, and passes; a wei less is refused."""
    desk = weak_desk()
    before = desk.standing("seller")
    args = order(UNIT, wad("6.3") - 1)
    assert desk.refused("matcher", "settleSpotTrade", *args)[0] == "InsufficientMargin"
    traded(desk, *order(UNIT, wad("6.3")))
    after = desk.standing("seller")
    assert after.equity == before.equity
    assert after.initial_worth < before.initial_worth
    traded(desk, *order(UNIT, wad("7")))
    assert desk.standing("seller").equity > before.equity
    assert_conserved(desk)


def test_the_fee_counts_against_a_sale_below_initial_margin() -> None:
    """With a fee of 1 % the price that keeps the ratio is 90 % and that fee above it."""
    desk = weak_desk(trade_fee_rate=wad("0.01"))
    args = order(UNIT, wad("6.3"))
    assert desk.refused("matcher", "settleSpotTrade", *args)[0] == "InsufficientMargin"
    traded(desk, *order(UNIT, wad("6.37")))


def test_below_initial_margin_nothing_is_bought() -> None:
    """A purchase is no way out, even one below what the token counts."""
    desk = weak_desk()
    deposit_token(desk, "other", 0, UNIT)
    args = order(UNIT, wad("6.3"), buyer="seller", seller="other")
    assert desk.refused("matcher", "settleSpotTrade", *args)[0] == "InsufficientMargin"


def test_a_debtor_without_positions_sells_without_loss_only() -> None:
    """Where tokens do not cover what is owed a sale may not lower equity, and then passes."""
    desk = spot_desk(18, **WIDE)
    deposit_token(desk, "debtor", 0, 10 * WAD)
    desk.deposit("debtor", 200)
    traded(desk, *order(10 * WAD, 100 * WAD, buyer="debtor"))
    publish(desk, 44 * WAD)
    assert desk.number("freeCollateral", who("debtor")) < 0
    args = order(WAD, wad("39.6") - 1, seller="debtor")
    assert desk.refused("matcher", "settleSpotTrade", *args)[0] == "InsufficientCash"
    traded(desk, *order(WAD, wad("39.6"), seller="debtor"))
    assert cash(desk, "debtor") == -800 * WAD + wad("39.6")
    assert desk.number("freeCollateral", who("debtor")) < 0


def test_a_bankrupt_owner_sells_at_no_less_than_a_seizure_brings() -> None:
    """Equity is kept at 36 dollars of 40; a seizure brings 38, and for a wei less it is refused."""
    desk = spot_desk(18, **WIDE)
    deposit_token(desk, "debtor", 0, 10 * WAD)
    desk.deposit("debtor", 200)
    traded(desk, *order(10 * WAD, 100 * WAD, buyer="debtor"))
    publish(desk, 40 * WAD)
    # 20 tokens bring 760 of the 800 that are owed
    for price in (wad("36"), wad("38") - 1):
        args = order(WAD, price, seller="debtor")
        assert desk.refused("matcher", "settleSpotTrade", *args)[0] == "InsufficientCash"
    traded(desk, *order(WAD, wad("38"), seller="debtor"))


def test_a_sale_may_not_leave_others_something_to_cover() -> None:
    """At 44 dollars tokens bring 836 of 800: 16 go at 39.6, for 35.2 less, and 17 do not."""
    desk = spot_desk(18, **WIDE)
    deposit_token(desk, "debtor", 0, 10 * WAD)
    desk.deposit("debtor", 200)
    traded(desk, *order(10 * WAD, 100 * WAD, buyer="debtor"))
    publish(desk, 44 * WAD)
    args = order(17 * WAD, wad("39.6"), seller="debtor")
    assert desk.refused("matcher", "settleSpotTrade", *args)[0] == "InsufficientCash"
    traded(desk, *order(16 * WAD, wad("39.6"), seller="debtor"))


def test_interest_is_booked_first() -> None:
    """What a debtor owes by the second is booked before its price is added."""
    desk = spot_desk(18, **FREE)
    desk.deposit("poor", 20)
    traded(desk, *order(WAD, 100 * WAD, buyer="poor"))
    desk.now += 1_000
    desk.price(2_000 * WAD)
    publish(desk, 100 * WAD)
    traded(desk, *order(WAD // 2, 100 * WAD, seller="poor"))
    (booked,) = [e for e in desk.events if e.name == "InterestBooked" and e.args[0] == who("poor")]
    interest = int(str(booked.args[1]))
    assert interest < 0
    assert cash(desk, "poor") == -30 * WAD + interest
    assert_conserved(desk)


def test_warnings_follow() -> None:
    """A sale that lifts a weak account's ratio ends its warning."""
    desk = weak_desk()
    health = desk.number("healthFactor", who("seller"))
    desk.do("admin", "setSystemRisk", (0, health + 1, 0, 0, 86_400))
    desk.do("seller", "checkMargin", who("seller"))
    assert desk.ledger.accounts.read(who("seller")).warning == 1
    traded(desk, *order(100 * UNIT, wad("7")))
    assert "MarginWarning" in desk.names()
    assert desk.ledger.accounts.read(who("seller")).warning == 0


def test_an_account_holds_no_more_tokens_than_it_may() -> None:
    """Who holds four tokens buys no fifth."""
    desk = spot_desk()
    for i in range(4):
        deposit_token(desk, "buyer", add_token(desk, f"X{i}", 8, WAD), UNIT)
    refusal = desk.refused("matcher", "settleSpotTrade", *order(UNIT, 100 * WAD))
    assert refusal == ("TooManyCollaterals", (who("buyer"),))


def test_the_last_of_a_token_leaves_the_bitmap() -> None:
    """Who has sold all holds none, and the price that was read is remembered."""
    desk = spot_desk()
    publish(desk, 99 * WAD)
    traded(desk, *order(1_000 * UNIT, 99 * WAD))
    assert desk.ledger.accounts.read(who("seller")).collaterals == 0
    assert desk.ledger.accounts.read(who("buyer")).collaterals == 1
    assert desk.ledger.collaterals.read(0).last_price == 99 * WAD


@pytest.mark.parametrize(
    ("changes", "error", "args"),
    [
        ({1: who("buyer")}, "SameAccount", (who("buyer"),)),
        ({1: who("buyer"), 2: 9}, "SameAccount", (who("buyer"),)),
        ({2: 1, 3: 0}, "UnknownCollateral", (1,)),
        ({3: 0, 4: 0}, "InsufficientCollateral", (who("seller"), 0, 1_000 * UNIT)),
        (
            {3: 1_000 * UNIT + 1, 4: 0},
            "InsufficientCollateral",
            (who("seller"), 1_000 * UNIT + 1, 1_000 * UNIT),
        ),
        (
            {3: MAX_UINT256},
            "InsufficientCollateral",
            (who("seller"), MAX_UINT256, 1_000 * UNIT),
        ),
        ({4: 0}, "InvalidPrice", (0,)),
        ({4: MAX_PRICE + 1}, "InvalidPrice", (MAX_PRICE + 1,)),
        ({4: MAX_PRICE}, "PriceOutsideBand", (MAX_PRICE, 100 * WAD)),
    ],
)
def test_what_is_wrong_first_is_said(
    changes: dict[int, Value], error: str, args: tuple[object, ...]
) -> None:
    """Accounts, token, amount, price and band are asked in this order."""
    values: list[Value] = list(order(UNIT, 100 * WAD))
    for place, value in changes.items():
        values[place] = value
    assert spot_desk().refused("matcher", "settleSpotTrade", *values) == (error, args)


def test_a_price_is_needed() -> None:
    """Without a fresh price of the token nothing is traded, and the hub says why."""
    desk = spot_desk()
    desk.now += MAX_AGE + 1
    desk.price(2_000 * WAD)
    assert desk.refused("matcher", "settleSpotTrade", *order(UNIT, 100 * WAD))[0] == "StalePrice"


def test_only_the_matcher_and_only_where_nothing_is_paused() -> None:
    """Others are refused by role, everybody while the system is paused."""
    desk = spot_desk()
    args = order(UNIT, 100 * WAD)
    assert desk.refused("buyer", "settleSpotTrade", *args)[0] == "AccessControlUnauthorizedAccount"
    desk.do("admin", "setPaused", True)
    assert desk.refused("matcher", "settleSpotTrade", *args) == ("SystemIsPaused", ())


def test_parameters_at_their_bounds_are_taken() -> None:
    """A band of everything and a fee of a tenth are allowed."""
    desk = spot_desk()
    old = desk.ledger.collateral_parameters.read(0)
    widest = replace(old, band_rate=WAD, trade_fee_rate=WAD // 10)
    desk.do("admin", "setCollateralParameters", 0, widest.fields())
    assert traded(desk, *order(UNIT, 200 * WAD)) == (200 * WAD, 200 * WAD, 20 * WAD, 20 * WAD)
    traded(desk, *order(UNIT, 1))
