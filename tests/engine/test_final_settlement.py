"""Delisting: one final price, losses paid, profits claimed, and one ratio for all of them."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.desk import (
    DOLLAR,
    SYSTEM,
    UNLIMITED,
    Desk,
    add_token,
    assert_conserved,
    deposit_token,
    open_desk,
    setup,
    wad,
    who,
)
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.life_records import CLOSED, FinalRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weiproof.engine.call import Value

DAY = 86_400


def traded(markets: int = 1, *, means: int = 1_000) -> Desk:
    """Markets at 2,000, in the first of which l bought two from w; s has means, too."""
    desk = open_desk(*[setup(trade_fee_rate=0, socialisation_cap_rate=WAD)] * markets)
    desk.price(*[2_000 * WAD] * markets)
    for label, dollars in (("l", means), ("w", 10_000), ("s", 10_000)):
        desk.deposit(label, dollars)
    desk.trade("l", "w", 0, "2", "2000")
    return desk


def delist(desk: Desk, *prices: int, market_id: int = 0) -> None:
    """The market is reduced only, and delisted at the first of these prices (dollars)."""
    desk.price(*[price * WAD for price in prices])
    desk.do("admin", "setReduceOnly", market_id, True)
    desk.do("admin", "delist", market_id)


def settle_final(desk: Desk, *labels: str, market_id: int = 0) -> None:
    """Positions are closed at the final price, in this order."""
    for label in labels:
        desk.do("anyone", "settleFinal", who(label), market_id)
        assert_conserved(desk)


def close(desk: Desk, market_id: int = 0) -> FinalRecord:
    """The market is closed; answers with how it ends."""
    desk.do("anyone", "closeMarket", market_id)
    assert_conserved(desk)
    return desk.ledger.finals.read(market_id)


def claim(desk: Desk, *labels: str, market_id: int = 0) -> None:
    """Claims are paid, in this order."""
    for label in labels:
        desk.do("anyone", "claimFinal", who(label), market_id)
        assert_conserved(desk)


def cash(desk: Desk, label: str) -> int:
    """An account's cash, wei."""
    return desk.ledger.accounts.read(who(label)).cash


def test_the_final_price_is_the_mark_and_no_oracle_is_asked_again() -> None:
    """It stays where the index moves, and where no price can be read any more."""
    desk = traded()
    delist(desk, 1_900)
    assert desk.names() == ["FundingAccrued", "MarketDelisted"] or desk.names() == [
        "MarketDelisted"
    ]
    desk.price(2_500 * WAD)
    assert desk.number("markPrice", 0) == 1_900 * WAD
    desk.now += 30 * DAY
    assert desk.number("markPrice", 0) == 1_900 * WAD
    assert desk.number("equity", who("l")) == 790 * WAD
    settle_final(desk, "l", "w")


def test_only_a_market_that_is_reduce_only_or_paused_is_delisted() -> None:
    """An open one is not, nor one without a price, nor twice, nor by anybody."""
    desk = traded()
    assert desk.refused("admin", "delist", 0) == ("MarketIsOpen", (0,))
    assert desk.refused("admin", "delist", 1) == ("UnknownMarket", (1,))
    desk.do("admin", "setMarketPaused", 0, True)
    assert desk.refused("l", "delist", 0)[0] == "AccessControlUnauthorizedAccount"
    desk.now += DAY
    assert desk.refused("admin", "delist", 0)[0] == "StalePrice"
    desk.price(2_000 * WAD)
    desk.do("admin", "delist", 0)
    assert not desk.ledger.markets.read(0).paused
    assert desk.refused("admin", "delist", 0) == ("MarketIsDelisted", (0,))


@pytest.mark.parametrize(
    ("label", "function", "args"),
    [
        ("matcher", "settleTrade", (who("w"), who("l"), 0, WAD, 2_000 * WAD, False)),
        ("matcher", "setOrders", (who("s"), 0, WAD, 2_000 * WAD, 0, 0)),
        ("matcher", "reportImpact", (0, WAD, WAD)),
        ("s", "liquidate", (who("l"), 0, UNLIMITED)),
        ("s", "forceClose", (who("l"), 0, who("w"))),
        ("s", "accrueFunding", (0,)),
        ("admin", "setMarketPaused", (0, True)),
        ("admin", "setReduceOnly", (0, False)),
    ],
)
def test_a_delisted_market_only_ends(label: str, function: str, args: tuple[Value, ...]) -> None:
    """No trade, order, report, liquidation, funding or pause, before it is closed and after."""
    desk = traded()
    delist(desk, 1_600)
    assert desk.refused(label, function, *args) == ("MarketIsDelisted", (0,))
    settle_final(desk, "l", "w")
    close(desk)
    assert desk.refused(label, function, *args) == ("MarketIsDelisted", (0,))


def test_funding_stops() -> None:
    """What ran until then is booked; nothing is added afterwards."""
    desk = traded()
    desk.do("matcher", "reportImpact", 0, 2_100 * WAD, 2_100 * WAD)
    desk.ledger.markets.edit(0).basis = wad("0.01")
    desk.model.world.store.commit()
    desk.now += 1
    desk.price(2_000 * WAD)
    desk.do("anyone", "accrueFunding", 0)
    desk.now += 60
    assert desk.ledger.markets.read(0).funding_rate > 0
    delist(desk, 2_000)
    index = desk.ledger.markets.read(0).funding_index
    assert index > 0
    desk.now += DAY
    settle_final(desk, "l", "w")
    assert desk.ledger.markets.read(0).funding_index == index


def test_a_delisted_position_requires_nothing_and_counts_in_full() -> None:
    """Margin is free at once; closing at the final price changes no equity."""
    desk = traded()
    delist(desk, 1_800)
    for label, equity in (("l", 590), ("w", 10_390)):
        assert desk.number("initialMargin", who(label)) == 0
        assert desk.view("maintenanceMargin", who(label)) == (0, 0)
        assert desk.number("equity", who(label)) == equity * WAD
    settle_final(desk, "w", "l")
    for label, equity in (("l", 600), ("w", 10_400)):
        assert desk.number("equity", who(label)) == equity * WAD


def test_a_profit_is_a_claim_until_the_market_is_closed() -> None:
    """It counts as margin, and can neither be settled nor withdrawn."""
    desk = traded()
    delist(desk, 1_800)
    settle_final(desk, "l", "w")
    assert desk.events[-1].args == (who("w"), 0, 400 * WEI * WAD)
    desk.do("anyone", "settleBatch", (who("l"), who("w")))
    assert (cash(desk, "l"), cash(desk, "w")) == (600 * WAD, 10_000 * WAD)
    assert desk.number("withdrawable", who("w")) == 10_000 * DOLLAR
    assert desk.number("freeCollateral", who("w")) == 10_400 * WAD
    assert desk.refused("w", "claimFinal", who("w"), 0) == ("MarketIsNotClosed", (0,))
    assert desk.refused("w", "setIsolated", who("w"), 0, True)[0] == "AccountNotEmpty"
    assert close(desk).ratio == WAD
    claim(desk, "w")
    assert desk.number("withdrawable", who("w")) == 10_400 * DOLLAR
    desk.do("w", "setIsolated", who("w"), 0, True)
    assert desk.refused("w", "claimFinal", who("w"), 0) == ("NoClaim", (who("w"), 0))


def test_a_market_is_closed_once_nobody_holds_a_position() -> None:
    """Neither a long nor a short position may be left, and nothing is closed twice."""
    for first, last in permutations("lw"):
        desk = traded()
        assert desk.refused("w", "closeMarket", 0) == ("MarketIsNotDelisted", (0,))
        assert desk.refused("w", "settleFinal", who("w"), 0) == ("MarketIsNotDelisted", (0,))
        delist(desk, 1_800)
        assert desk.refused("w", "settleFinal", who("s"), 0) == ("NoPosition", (who("s"), 0))
        assert desk.refused("w", "closeMarket", 0) == ("OpenInterestLeft", (0, 4 * WAD))
        settle_final(desk, first)
        assert desk.refused("w", "closeMarket", 0) == ("OpenInterestLeft", (0, 2 * WAD))
        settle_final(desk, last)
        close(desk)
        assert desk.refused("w", "closeMarket", 0) == ("MarketIsNotDelisted", (0,))


def test_what_losses_do_not_bring_is_taken_from_all_claims_alike() -> None:
    """1,400 is owed to two winners and 1,000 there: each gets the same share, rounded down."""
    desk = traded(means=1_000)
    desk.do("matcher", "settleTrade", *desk.trade_args("w", "s", 0, "0.5", "2000"))
    desk.do("anyone", "depositInsurance", *_funded(desk, "anyone", 50))
    delist(desk, 1_300)
    settle_final(desk, "s", "l", "w")
    final = close(desk)
    assert final.claims == 1_400 * WAD * WEI
    assert final.ratio == 1_050 * WAD // 1_400
    assert desk.events[-1].args == (0, final.ratio, final.claims, 50 * WAD, 0)
    assert desk.number("equity", who("w")) == 10_000 * WAD + 1_050 * WAD * final.ratio // WAD
    claim(desk, "w", "s")
    assert cash(desk, "w") == 10_000 * WAD + 1_050 * WAD * final.ratio // WAD
    assert cash(desk, "s") == 10_000 * WAD + 350 * WAD * final.ratio // WAD
    assert desk.ledger.markets.read(0).clearing == 0
    assert 0 <= desk.ledger.record.insurance_fund < 2_000


def _funded(desk: Desk, label: str, dollars: int) -> tuple[int]:
    desk.fund(label, dollars * DOLLAR)
    return (dollars * DOLLAR,)


def test_what_comes_in_late_goes_to_the_fund() -> None:
    """Who still owed has means again, after the claims were cut."""
    desk = traded(means=1_000)
    delist(desk, 1_300)
    settle_final(desk, "l", "w")
    close(desk)
    claim(desk, "w")
    before = desk.ledger.record.insurance_fund
    desk.deposit("l", 300)
    settle_final(desk, "l")
    assert desk.ledger.record.insurance_fund == before + 300 * WAD
    desk.deposit("l", 300)
    desk.do("anyone", "settle", who("l"))
    assert_conserved(desk)
    assert desk.ledger.record.insurance_fund == before + 400 * WAD
    assert cash(desk, "l") == 200 * WAD
    assert desk.ledger.accounts.read(who("l")).markets == 0


def test_what_comes_in_before_closing_is_for_the_claims() -> None:
    """Settling again takes what the loser has got meanwhile."""
    desk = traded(means=1_000)
    delist(desk, 1_300)
    settle_final(desk, "w", "l")
    desk.deposit("l", 1_000)
    settle_final(desk, "l")
    assert close(desk).ratio == WAD
    assert cash(desk, "l") == 600 * WAD


def test_nothing_is_covered_before_a_market_is_closed() -> None:
    """Otherwise fund and depositors would pay what its claims have to bear."""
    desk = traded(means=1_000)
    delist(desk, 1_300)
    settle_final(desk, "l", "w")
    assert desk.refused("anyone", "coverDebt", who("l")) == ("MarketIsDelisted", (0,))
    close(desk)
    claim(desk, "w")
    desk.do("anyone", "coverDebt", who("l"))
    assert_conserved(desk)
    assert desk.ledger.record.unresolved_bad_debt == 0
    assert desk.ledger.accounts.read(who("l")).markets == 0
    assert desk.ledger.finals.read(0).unpaid == 0


def test_closed_positions_from_before_take_part() -> None:
    """Who closed earlier and has not been paid yet claims with the others."""
    desk = traded(means=1_000)
    desk.price(1_700 * WAD)
    desk.trade("w", "s", 0, "2", "1700")
    assert desk.ledger.positions.read(who("w"), 0).quote == 600 * WAD * WEI
    delist(desk, 1_400)
    settle_final(desk, "s", "l")
    final = close(desk)
    assert final.claims == 1_200 * WAD * WEI
    assert final.ratio == 1_000 * WAD // 1_200
    claim(desk, "w", "s")
    assert cash(desk, "w") == cash(desk, "s") == 10_000 * WAD + 600 * WAD * final.ratio // WAD


@pytest.mark.parametrize("first", ["liquidate", "settleFinal"])
def test_other_markets_do_not_pay_for_a_delisted_one(first: str) -> None:
    """A bankrupt account is taken over before or after its final settlement: it comes to the same.

    It owes 1,200 in the delisted market and 400 in the other, and has 990 and its reserve: the
    other market's holder bears 400, or what the reserve leaves of it, the claims the rest.
    """
    desk = open_desk(*[setup(trade_fee_rate=0, socialisation_cap_rate=WAD)] * 2)
    desk.price(2_000 * WAD, 2_000 * WAD)
    for label, dollars in (("l", 1_000), ("w", 10_000), ("s", 10_000), ("k", 10_000)):
        desk.deposit(label, dollars)
    desk.trade("l", "w", 0, "2", "2000")
    desk.trade("l", "s", 1, "1", "2000")
    delist(desk, 1_400, 1_600)
    if first == "settleFinal":
        settle_final(desk, "l")
    desk.do("k", "liquidate", who("l"), 1, UNLIMITED)
    settle_final(desk, "l", "w")
    desk.do("anyone", "settleBatch", tuple(map(who, "lsk")))
    settle_final(desk, "l")
    final = close(desk)
    claim(desk, "w")
    charged = 10_390 * WAD - desk.standing("s").equity // WEI
    assert 390 * WAD <= charged <= 400 * WAD
    assert final.ratio == 990 * WAD // 1_200
    assert desk.ledger.record.unresolved_bad_debt == 0


def test_a_balance_below_zero_becomes_bad_debt() -> None:
    """Charged holders who cannot pay leave a hole, which closes withdrawals until it is filled."""
    desk = open_desk(*[setup(trade_fee_rate=0, socialisation_cap_rate=WAD)] * 2)
    desk.price(2_000 * WAD, 2_000 * WAD)
    for label, dollars in (("l", 1_000), ("c", 300), ("w", 2_000), ("k", 10_000)):
        desk.deposit(label, dollars)
    desk.trade("l", "c", 0, "1", "2000")
    desk.trade("w", "l", 1, "1", "2000")
    desk.price(2_000 * WAD, 12_000 * WAD)
    desk.do("k", "liquidate", who("l"), 0, UNLIMITED)
    desk.do("anyone", "settleBatch", (who("l"), who("w")))
    assert desk.ledger.markets.read(0).clearing < 0
    delist(desk, 2_000, 12_000)
    settle_final(desk, "c", "k")
    hole = -desk.ledger.markets.read(0).clearing
    assert hole > 0
    final = close(desk)
    assert (final.claims, desk.ledger.record.unresolved_bad_debt) == (0, hole)
    assert desk.refused("k", "withdraw", 1)[0] == "WithdrawalsGated"
    desk.deposit("c", 10_000)
    settle_final(desk, "c")
    assert desk.ledger.record.unresolved_bad_debt == 0


def test_tokens_pay_a_loss_and_must_have_a_price() -> None:
    """A loss beyond cash is owed against tokens; without their price nothing is settled."""
    desk = traded(means=1_000)
    token = add_token(desk, "T", 18, 10 * WAD)
    deposit_token(desk, "l", token, 50 * WAD)
    delist(desk, 1_300)
    desk.now += 2 * DAY
    assert desk.refused("anyone", "settleFinal", who("l"), 0)[0] == "StalePrice"
    assert desk.call(who("node"), "feed/T", "transmit", 10 * WAD, desk.now).ok
    settle_final(desk, "w", "l")
    assert cash(desk, "l") == -400 * WAD
    assert close(desk).ratio == WAD


def test_a_paid_loss_needs_no_price_of_tokens() -> None:
    """Where cash is enough, nothing else is asked."""
    desk = traded(means=1_000)
    token = add_token(desk, "T", 18, 10 * WAD)
    deposit_token(desk, "l", token, 50 * WAD)
    delist(desk, 1_800)
    desk.now += 2 * DAY
    settle_final(desk, "w", "l")
    assert close(desk).ratio == WAD


def test_orders_in_a_delisted_market_reserve_nothing() -> None:
    """They cannot be filled; they may be cancelled."""
    desk = traded()
    desk.do("matcher", "setOrders", who("s"), 0, WAD, 2_100 * WAD, 0, 0)
    assert desk.number("initialMargin", who("s")) == 300 * WAD
    delist(desk, 2_000)
    assert desk.number("initialMargin", who("s")) == 0
    assert desk.number("withdrawable", who("s")) == 10_000 * DOLLAR
    desk.do("matcher", "setOrders", who("s"), 0, 0, 0, 0, 0)


def test_nothing_moves_while_the_system_is_paused() -> None:
    """Final settlement, closing and claims wait."""
    desk = traded()
    delist(desk, 1_800)
    desk.do("admin", "setPaused", True)
    for function, args in (
        ("settleFinal", (who("l"), 0)),
        ("closeMarket", (0,)),
        ("claimFinal", (who("w"), 0)),
    ):
        assert desk.refused("anyone", function, *args) == ("SystemIsPaused", ())


Amounts = list[tuple[int, int, int]]

trades = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 900)), min_size=1, max_size=8
)


def played(deals: Amounts, prices: Sequence[int], fund: int) -> Desk:
    """Five accounts of little means trade at these prices (cents), and the market is delisted."""
    desk = open_desk(setup(socialisation_cap_rate=WAD))
    desk.price(prices[0] * WAD // 100)
    for label in "abcde":
        desk.deposit(label, 400)
    if fund:
        desk.do("anyone", "depositInsurance", *_funded(desk, "anyone", fund))
    for i, (buyer, seller, size) in enumerate(deals):
        desk.now += 7
        price = prices[i % len(prices)] * WAD // 100
        desk.price(price)
        args = who("abcde"[buyer]), who("abcde"[seller]), 0, size * WAD // 1_000, price, False
        desk.call(who("matcher"), "house", "settleTrade", *args)
    desk.price(prices[-1] * WAD // 100)
    desk.do("admin", "setReduceOnly", 0, True)
    desk.do("admin", "delist", 0)
    return desk


def ended(desk: Desk, settling: Sequence[str], claiming: Sequence[str]) -> tuple[object, ...]:
    """Everything is settled, closed and claimed in these orders; what everybody ends with."""
    for label in settling:
        desk.call(who("anyone"), "house", "settleFinal", who(label), 0)
    assert_conserved(desk)
    final = close(desk)
    ratio, claims = final.ratio, final.claims
    for label in claiming:
        desk.call(who("anyone"), "house", "claimFinal", who(label), 0)
    assert_conserved(desk)
    assert desk.ledger.markets.read(0).phase == CLOSED
    assert desk.ledger.markets.read(0).clearing == 0
    record, final = desk.ledger.record, desk.ledger.finals.read(0)
    assert final.claims == 0
    totals = record.insurance_fund, record.unresolved_bad_debt, record.dust, record.fees
    return ratio, claims, final.unpaid, totals, [cash(desk, label) for label in "abcde"]


@settings(max_examples=60, deadline=None)
@given(
    deals=trades,
    prices=st.lists(st.integers(60_000, 300_000), min_size=2, max_size=6),
    fund=st.sampled_from((0, 1, 70, 5_000)),
    orders=st.lists(st.permutations("abcde"), min_size=3, max_size=3),
)
def test_the_order_of_callers_does_not_matter(
    deals: Amounts, prices: list[int], fund: int, orders: list[list[str]]
) -> None:
    """Whoever is settled or paid first: the ratio, all cash, the fund and all dust are the same."""
    desk = played(deals, prices, fund)
    begun = desk.model.snapshot()
    first = ended(desk, "abcde", "abcde")
    for settling, claiming in pairwise(orders):
        desk.model.restore(begun)
        assert ended(desk, settling, claiming) == first


@settings(max_examples=60, deadline=None)
@given(
    deals=trades,
    prices=st.lists(st.integers(60_000, 300_000), min_size=2, max_size=6),
    fund=st.sampled_from((0, 1, 70)),
)
def test_final_settlement_keeps_equity_and_claims_never_exceed_what_is_there(
    deals: Amounts, prices: list[int], fund: int
) -> None:
    """Closing at the final price moves no equity; what is paid is the ratio of what was claimed."""
    desk = played(deals, prices, fund)
    for label in "abcde":
        reserve = desk.ledger.accounts.read(who(label)).reserve * WEI
        before = desk.standing(label).equity + reserve
        desk.call(who("anyone"), "house", "settleFinal", who(label), 0)
        after = desk.standing(label).equity
        assert 0 <= before - after < WEI
    claimed = {label: max(desk.ledger.positions.read(who(label), 0).quote, 0) for label in "abcde"}
    final = close(desk)
    assert sum(claimed.values()) == final.claims
    ratio = final.ratio
    for label, claimed_by in claimed.items():
        before = cash(desk, label)
        desk.call(who("anyone"), "house", "claimFinal", who(label), 0)
        assert cash(desk, label) - before == claimed_by * ratio // (WAD * WEI)


def test_the_reserve_is_released_with_the_last_position() -> None:
    """It returns to cash when the position is closed, and pays the loss with it."""
    desk = traded()
    assert desk.ledger.accounts.read(who("l")).reserve == SYSTEM.liquidation_reserve
    delist(desk, 1_500)
    settle_final(desk, "l")
    record = desk.ledger.accounts.read(who("l"))
    assert (record.cash, record.reserve, record.open_positions) == (0, 0, 0)
