"""Money in and out, and profit and loss into cash."""

from __future__ import annotations

import pytest

from tests.engine.desk import (
    ADMIN,
    DOLLAR,
    UNLIMITED,
    Desk,
    Setup,
    assert_conserved,
    open_desk,
    setup,
    wad,
    who,
)
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.parameters import MAX_VAULT
from weiproof.engine.records import TOKEN_UNIT

FREE = setup(trade_fee_rate=0)


def cash(desk: Desk, label: str) -> int:
    """An account's cash, wei."""
    return desk.ledger.accounts.read(who(label)).cash


def traded(*deposits: tuple[str, int], market: Setup = FREE) -> Desk:
    """Two markets at 2,000 and 50,000 without trading fees, and these deposits in dollars."""
    desk = open_desk(market, market)
    desk.price(2_000 * WAD, 50_000 * WAD)
    for label, dollars in deposits:
        desk.deposit(label, dollars)
    return desk


def test_a_deposit_is_exact() -> None:
    """A unit of the token is 1e12 wei of cash; both records and the token move by it."""
    desk = open_desk()
    desk.fund("a", 5)
    desk.do("a", "deposit", 3)
    assert (cash(desk, "a"), desk.ledger.record.vault) == (3 * TOKEN_UNIT, 3)
    assert desk.names() == ["Deposited", "Transfer"]
    assert desk.ledger.token.balanceOf(who("a")) == (2,)
    assert_conserved(desk)


def test_amounts_have_bounds() -> None:
    """Zero, and what takes the vault beyond its bound, are refused; the bound itself is not."""
    desk = open_desk()
    desk.fund("a", MAX_VAULT + 1)
    for amount in (0, MAX_VAULT + 1):
        assert desk.refused("a", "deposit", amount) == ("AmountOutOfBounds", (amount,))
    desk.do("a", "deposit", MAX_VAULT)
    assert desk.refused("a", "depositInsurance", 1) == ("AmountOutOfBounds", (1,))
    assert desk.refused("a", "withdraw", 0) == ("AmountOutOfBounds", (0,))
    assert desk.refused("admin", "withdrawFees", who("a"), 0) == ("AmountOutOfBounds", (0,))


def test_the_token_refuses_for_itself() -> None:
    """Without balance or allowance the token's own error comes through, and nothing is recorded."""
    desk = open_desk()
    house = desk.model.world.addresses["house"]
    desk.fund("a", 1)
    assert desk.refused("a", "deposit", 2) == ("ERC20InsufficientBalance", (who("a"), 1, 2))
    assert desk.call(who("a"), "token", "approve", house, 0).ok
    assert desk.refused("a", "deposit", 1) == ("ERC20InsufficientAllowance", (house, 0, 1))


def test_tokens_sent_without_a_call_are_ignored() -> None:
    """They belong to nobody: no record changes."""
    desk = open_desk()
    desk.fund("a", 7)
    assert desk.call(who("a"), "token", "transfer", desk.model.world.addresses["house"], 7).ok
    assert desk.ledger.record.vault == 0
    assert_conserved(desk)


def test_a_withdrawal_takes_what_is_free_and_not_a_unit_more() -> None:
    """Cash less initial margin can go; one unit beyond is refused and names the limit."""
    desk = traded(("a", 1_000), ("b", 5_000))
    desk.trade("a", "b", 0, "1", "2000")
    available = (1_000 - 10 - 200) * DOLLAR
    assert desk.number("withdrawable", who("a")) == available
    found = desk.refused("a", "withdraw", available + 1)
    assert found == ("ExceedsWithdrawable", (who("a"), available + 1, available))
    desk.do("a", "withdraw", available)
    assert desk.number("withdrawable", who("a")) == 0
    assert_conserved(desk)


def test_the_remainder_below_a_unit_stays_credited() -> None:
    """Cash of 1.5 units pays one; the half stays the account's."""
    desk = open_desk()
    desk.deposit("b", 1)
    desk.place("a", 3 * TOKEN_UNIT // 2, {})
    assert desk.number("withdrawable", who("a")) == 1
    desk.do("a", "withdraw", 1)
    assert cash(desk, "a") == TOKEN_UNIT // 2


def test_unrealised_profit_cannot_be_withdrawn_and_losses_count() -> None:
    """A profit adds nothing to what can go, a loss takes away."""
    desk = traded(("a", 1_000), ("b", 5_000))
    desk.trade("a", "b", 0, "1", "2000")
    desk.price(2_500 * WAD)
    assert desk.number("withdrawable", who("a")) == (1_000 - 10 - 250) * DOLLAR
    assert desk.number("withdrawable", who("b")) == (5_000 - 10 - 500 - 250) * DOLLAR


def test_withdrawing_needs_a_fresh_price_only_with_an_open_position() -> None:
    """Beyond the age limit a holder is refused by the oracle, others are paid."""
    desk = traded(("a", 1_000), ("b", 5_000), ("c", 10))
    desk.trade("a", "b", 0, "1", "2000")
    desk.now += 3_601
    assert desk.refused("a", "withdraw", 1)[0] == "StalePrice"
    desk.do("c", "withdraw", 10 * DOLLAR)


def test_settling_moves_losses_first_and_then_profit_from_the_pool() -> None:
    """The winner gets nothing before the loser is settled, and all of it afterwards."""
    desk = traded(("a", 1_000), ("b", 1_000))
    desk.trade("a", "b", 0, "1", "2000")
    desk.price(2_100 * WAD)
    desk.do("k", "settle", who("a"))
    assert desk.events == () or "ProfitSettled" not in desk.names()
    desk.do("k", "settle", who("b"))
    assert desk.ledger.markets.read(0).clearing == 100 * WAD
    desk.do("k", "settle", who("a"))
    assert (cash(desk, "a"), cash(desk, "b")) == (1_090 * WAD, 890 * WAD)
    assert desk.ledger.markets.read(0).clearing == 0
    assert_conserved(desk)


@pytest.mark.parametrize("order", ["ab", "ba", "aab", "bba"])
def test_settling_does_not_change_health(order: str) -> None:
    """Whoever is settled, in whatever order: equity and requirement stay, to the last numerator."""
    desk = traded(("a", 1_000), ("b", 1_000))
    desk.trade("a", "b", 0, "1", "2000")
    desk.trade("b", "a", 1, "0.02", "50000")
    desk.now += 100
    desk.price(wad("2100.000000000000000001"), wad("50500.3"))
    before = desk.standing("a"), desk.standing("b")
    for label in order:
        desk.do("k", "settle", who(label))
        after = desk.standing("a"), desk.standing("b")
        for then, now in zip(before, after, strict=True):
            assert (now.equity, now.initial, now.maintenance, now.fee) == (
                then.equity,
                then.initial,
                then.maintenance,
                then.fee,
            )
    assert_conserved(desk)


def test_settling_twice_in_a_block_is_settling_once() -> None:
    """The second call in a block changes nothing and says nothing."""
    desk = traded(("a", 1_000), ("b", 1_000))
    desk.trade("a", "b", 0, "1", "2000")
    desk.price(wad("2100.1"))
    for label in ("b", "a"):
        desk.do("k", "settle", who(label))
        before = desk.model.digest()
        desk.do("k", "settle", who(label))
        assert (desk.model.digest(), desk.events) == (before, ())


def test_a_loss_goes_as_far_as_the_cash_reaches() -> None:
    """Of a loss of 500 only the 290 of cash are settled, and the winner is paid those."""
    desk = traded(("a", 1_000), ("b", 300), ("c", 10_000))
    desk.trade("a", "b", 0, "1", "2000")
    desk.price(2_500 * WAD)
    for label in ("b", "a", "c"):
        desk.do("k", "settle", who(label))
    assert cash(desk, "b") == 0
    assert cash(desk, "a") == (990 + 290) * WAD
    assert desk.ledger.markets.read(0).clearing == 0
    assert_conserved(desk)


def test_the_counterparty_of_an_insolvent_account_leaves_other_deposits_alone() -> None:
    """Winner and loser together never withdraw more than they brought."""
    desk = traded(("a", 1_000), ("b", 300), ("c", 10_000))
    desk.trade("a", "b", 0, "1", "2000")
    desk.price(4_000 * WAD)
    taken = 0
    for step in ("settle b", "settle a", "close", "settle b", "settle a", "close"):
        if step == "close":
            taken += withdraw_all(desk, "a") + withdraw_all(desk, "b")
        else:
            desk.do("k", "settle", who(step[-1]))
    assert 0 < taken <= 1_300 * DOLLAR
    desk.do("k", "forceClose", who("b"), 0, who("a"))
    desk.fund("d", 10**15)
    debt = desk.ledger.record.unresolved_bad_debt
    assert debt > 0
    assert withdraw_all(desk, "a") == 0
    desk.do("k", "settle", who("a"))
    assert desk.refused("a", "withdraw", 1)[0] == "WithdrawalsGated"
    units = -(-debt // TOKEN_UNIT)
    desk.do("d", "depositInsurance", units)
    for label in ("b", "a"):
        desk.do("k", "settle", who(label))
        taken += withdraw_all(desk, label)
    assert taken <= 1_300 * DOLLAR + units
    assert withdraw_all(desk, "c") == 10_000 * DOLLAR
    assert_conserved(desk)


def withdraw_all(desk: Desk, label: str) -> int:
    """Withdraws what the house lets go; answers with token units."""
    amount = desk.number("withdrawable", who(label))
    if amount == 0 or not desk.call(who(label), "house", "withdraw", amount).ok:
        return 0
    return amount


def test_a_fraction_of_a_wei_stays_in_the_quote_and_becomes_dust() -> None:
    """A loss is rounded up, a profit down; when all is closed whole wei of dust are swept."""
    desk = traded(("a", 1_000), ("b", 1_000), market=setup(trade_fee_rate=0, premium_depth=1))
    desk.trade("a", "b", 0, "1", "2001")
    desk.now += 1
    desk.price(wad("2000.000000000000000001"))
    desk.trade("b", "a", 0, "1", "2000")
    record = desk.ledger.markets.read(0)
    for label in ("a", "b"):
        desk.do("k", "settle", who(label))
    record = desk.ledger.markets.read(0)
    assert record.open_interest == 0
    assert desk.ledger.positions.read(who("a"), 0).fields() == (0, 0, 0, 0)
    assert desk.ledger.positions.read(who("b"), 0).fields() == (0, 0, 0, 0)
    assert record.dust < WEI
    assert (record.clearing, desk.ledger.record.dust in (0, 1)) == (0, True)
    assert_conserved(desk)


def test_a_closed_position_keeps_its_quote_until_it_is_paid() -> None:
    """A profit without a pool stays, counts as equity, and is paid when the pool fills."""
    desk = traded(("a", 1_000), ("b", 300), ("c", 10_000))
    desk.trade("a", "b", 0, "1", "2000")
    desk.price(2_150 * WAD)
    desk.trade("c", "a", 0, "1", "2150")
    assert desk.ledger.positions.read(who("a"), 0).size == 0
    assert desk.ledger.positions.read(who("a"), 0).quote == 150 * WAD * WEI
    assert desk.number("equity", who("a")) == 1_150 * WAD
    assert desk.number("withdrawable", who("a")) == 1_000 * DOLLAR
    desk.do("k", "settle", who("b"))
    desk.do("k", "settle", who("a"))
    assert desk.number("withdrawable", who("a")) == 1_150 * DOLLAR
    assert desk.ledger.accounts.read(who("a")).markets == 0
    assert_conserved(desk)


def test_paused_markets_are_left_out_of_settling() -> None:
    """The other market is settled, the paused one waits."""
    desk = traded(("a", 2_000), ("b", 2_000))
    desk.trade("a", "b", 0, "1", "2000")
    desk.trade("a", "b", 1, "0.1", "50000")
    desk.price(1_900 * WAD, 49_000 * WAD)
    desk.do("admin", "setMarketPaused", 0, True)
    desk.do("k", "settle", who("a"))
    assert cash(desk, "a") == (2_000 - 10 - 100) * WAD
    assert desk.ledger.positions.read(who("a"), 0).quote == -2_000 * WAD * WEI
    assert_conserved(desk)


def test_fees_are_the_treasurers() -> None:
    """Whole units of collected fees go to whom the treasurer names, and not one more."""
    desk = traded(("a", 1_000), ("b", 1_000), market=Setup())
    desk.trade("a", "b", 0, "1", "2000")
    fees = desk.ledger.record.fees // TOKEN_UNIT
    assert fees == DOLLAR
    found = desk.refused("admin", "withdrawFees", who("t"), fees + 1)
    assert found == ("ExceedsFees", (fees + 1, fees))
    assert desk.refused("a", "withdrawFees", who("t"), 1)[0] == "AccessControlUnauthorizedAccount"
    desk.do("admin", "withdrawFees", who("t"), fees)
    assert desk.ledger.token.balanceOf(who("t")) == (fees,)
    assert_conserved(desk)


def test_nothing_moves_while_the_system_is_paused() -> None:
    """Money, trades, settling and accrual are refused by name; fees may be withdrawn."""
    desk = traded(("a", 1_000), ("b", 1_000), market=Setup())
    desk.trade("a", "b", 0, "1", "2000")
    desk.do("admin", "setPaused", True)
    for label, function, args in (
        ("a", "deposit", (1,)),
        ("a", "withdraw", (1,)),
        ("a", "depositInsurance", (1,)),
        ("k", "settle", (who("a"),)),
        ("k", "accrueFunding", (0,)),
        ("k", "liquidate", (who("a"), 0, UNLIMITED)),
        ("k", "forceClose", (who("a"), 0, who("b"))),
        ("matcher", "settleTrade", desk.trade_args("a", "b", 0, "1", "2000")),
    ):
        assert desk.refused(label, function, *args) == ("SystemIsPaused", ())
    desk.do("admin", "withdrawFees", ADMIN, 1)


def test_profits_are_settled_before_losses() -> None:
    """A loss in the first market is paid from a profit in the second, in one call and for good."""
    desk = traded(("a", 1_000), ("b", 5_000), ("c", 5_000))
    desk.trade("a", "b", 0, "2", "2000")
    desk.trade("a", "c", 1, "0.05", "50000")
    desk.price(1_450 * WAD, 80_000 * WAD)
    desk.do("k", "settle", who("c"))
    desk.do("k", "settle", who("a"))
    assert cash(desk, "a") == (1_000 - 10 + 1_500 - 1_100) * WAD
    assert desk.ledger.markets.read(0).clearing == 1_100 * WAD
    before = desk.model.digest()
    desk.do("k", "settle", who("a"))
    assert (desk.model.digest(), desk.events) == (before, ())
    assert_conserved(desk)


def test_a_market_without_a_price_does_not_stop_the_others() -> None:
    """The stale one waits; the loss in the fresh one is settled."""
    desk = traded(("a", 2_000), ("b", 2_000))
    desk.trade("a", "b", 0, "1", "2000")
    desk.trade("a", "b", 1, "0.01", "50000")
    desk.now += 7_201
    desk.price(1_900 * WAD)
    desk.do("k", "settle", who("a"))
    assert desk.ledger.markets.read(0).clearing == 100 * WAD
    assert desk.ledger.markets.read(1).clearing == 0
    assert_conserved(desk)
