"""Fees of a trade: maker and taker by thirty days' volume, and the fee on what is closed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.desk import (
    GENESIS,
    PARAMETERS,
    SYSTEM,
    TIERS,
    Desk,
    Setup,
    assert_conserved,
    open_desk,
    setup,
    wad,
    who,
)
from weiproof.engine.fees import DAY, MAX_DAY_VOLUME
from weiproof.engine.fixed_point import MAX_UINT256, WAD
from weiproof.engine.parameters import MAX_NOTIONAL, MAX_SETTLEMENT_FEE_RATE, VOLUME_DAYS
from weiproof.engine.records import TOKEN_UNIT

MIDNIGHT = GENESIS // DAY * DAY
FREE = setup(trade_fee_rate=0, maximum_funding_rate=0)
Row = tuple[int, int, int]


def desk_with(*tiers: Row, market: Setup | None = None) -> Desk:
    """A market at 2,000, two rich accounts, and a fee schedule."""
    desk = open_desk(market or setup(maximum_funding_rate=0))
    for label in ("a", "b"):
        desk.deposit(label, 10**6)
    desk.price(wad("2000"))
    if tiers:
        desk.do("admin", "setFeeTiers", tiers)
    return desk


def traded(desk: Desk, size: str, buyer: str = "a", seller: str = "b", *, maker: bool) -> Row:
    """A trade at 2,000: notional in dollars, and the fees of buyer and seller."""
    desk.price(wad("2000"))
    args = (who(buyer), who(seller), 0, wad(size), wad("2000"), maker)
    desk.do("matcher", "settleTrade", *args)
    event = next(event for event in desk.events if event.name == "TradeSettled")
    buyer_fee, seller_fee = event.args[5:]
    assert isinstance(buyer_fee, int)
    assert isinstance(seller_fee, int)
    return wad(size) * 2_000 // WAD, buyer_fee, seller_fee


def refused(desk: Desk, *tiers: Row) -> str:
    """The parameter that a schedule is refused by."""
    error, (name,) = desk.refused("admin", "setFeeTiers", tiers)
    assert error == "InvalidParameter"
    assert isinstance(name, bytes)
    return name.rstrip(b"\0").decode()


def test_without_tiers_both_sides_pay_the_whole_rate() -> None:
    """0.05 % of 2,000 dollars each, whoever is the maker."""
    desk = desk_with()
    for maker in (True, False):
        assert traded(desk, "1", maker=maker)[1:] == (WAD, WAD)
    assert desk.view("feeTiers") == ((),)
    assert desk.view("feeRates", who("a"), 0) == (wad("0.0005"), wad("0.0005"))


def test_maker_and_taker_pay_their_shares() -> None:
    """A fifth and four fifths of a dollar, by who was there first."""
    desk = desk_with((0, wad("0.2"), wad("0.8")))
    assert traded(desk, "1", maker=True)[1:] == (wad("0.2"), wad("0.8"))
    assert traded(desk, "1", maker=False)[1:] == (wad("0.8"), wad("0.2"))
    assert desk.view("feeRates", who("a"), 0) == (wad("0.0001"), wad("0.0004"))


def test_a_tier_starts_at_its_volume_and_not_with_the_trade_that_reaches_it() -> None:
    """The trade to exactly 2,000 dollars pays the old share, the next one the new."""
    low, high = (0, WAD, WAD), (2_000 * WAD, WAD // 2, WAD // 4)
    desk = desk_with(low, high)
    assert traded(desk, "1", maker=True)[1:] == (WAD, WAD)
    assert desk.number("volumeOf", who("a")) == desk.number("volumeOf", who("b")) == 2_000 * WAD
    assert traded(desk, "1", maker=True)[1:] == (WAD // 2, WAD // 4)
    desk = desk_with(low, (2_000 * WAD + 1, 0, 0))
    traded(desk, "1", maker=True)
    assert traded(desk, "1", maker=True)[1:] == (WAD, WAD)
    assert traded(desk, "1", maker=True)[1:] == (0, 0)


def test_each_side_has_its_own_tier() -> None:
    """Who never traded pays the first tier's share beside one of the highest."""
    desk = desk_with((0, WAD, WAD), (1, 0, 0))
    desk.deposit("c", 10**6)
    traded(desk, "1", maker=True)
    assert traded(desk, "1", "a", "c", maker=True)[1:] == (0, WAD)


@pytest.mark.parametrize(
    ("days", "left"), [(0, 2_000), (1, 2_000), (29, 2_000), (30, 0), (31, 0), (60, 0), (400, 0)]
)
def test_a_day_counts_for_thirty(days: int, left: int) -> None:
    """A trade in the last second of a day counts until the end of the 29th day after it."""
    desk = desk_with(market=FREE)
    desk.now = MIDNIGHT + DAY - 1
    traded(desk, "1", maker=True)
    desk.now = MIDNIGHT + days * DAY + (DAY - 1 if days == 0 else 0)
    assert desk.number("volumeOf", who("a")) == left * WAD
    desk.now = MIDNIGHT + days * DAY + DAY - 1
    assert desk.number("volumeOf", who("a")) == left * WAD
    traded(desk, "0.5", maker=True)
    assert desk.number("volumeOf", who("a")) == (left + 1_000) * WAD


def test_a_bucket_is_used_again() -> None:
    """The day thirty days later stands where the old one stood, alone."""
    desk = desk_with(market=FREE)
    desk.now = MIDNIGHT + DAY
    first = desk.now // DAY
    traded(desk, "1", maker=True)
    desk.now += 10 * DAY
    traded(desk, "2", maker=True)
    desk.now += 20 * DAY
    traded(desk, "3", maker=True)
    volume = desk.ledger.volumes.read(who("a"))
    assert desk.view("volumeRecord", who("a")) == (volume.fields(),)
    assert (volume.total, volume.day) == (10_000 * 10**6, first + 30)
    expected = [0] * VOLUME_DAYS
    expected[first % VOLUME_DAYS] = 6_000 * 10**6
    expected[(first + 10) % VOLUME_DAYS] = 4_000 * 10**6
    assert volume.buckets == tuple(expected)


@given(st.lists(st.tuples(st.integers(0, 40 * DAY), st.integers(1, 5_000)), max_size=25))
def test_the_volume_is_the_sum_of_the_days_in_the_window(trades: list[tuple[int, int]]) -> None:
    """However trades lie, volume is what a list of all trades says, before and after each."""
    desk = desk_with(market=FREE)
    seen: list[tuple[int, int]] = []
    for wait, steps in trades:
        desk.now += wait
        window = range(desk.now // DAY - VOLUME_DAYS + 1, desk.now // DAY + 1)
        expected = sum(notional for day, notional in seen if day in window)
        assert desk.number("volumeOf", who("a")) == expected
        desk.price(wad("2000"))
        sides = ("a", "b") if len(seen) % 2 else ("b", "a")
        size = steps * PARAMETERS.size_step
        desk.do("matcher", "settleTrade", *map(who, sides), 0, size, wad("2000"), True)
        seen.append((desk.now // DAY, size * 2_000))
        volume = desk.ledger.volumes.read(who("b"))
        assert volume.total == sum(volume.buckets)
    assert_conserved(desk)


def test_a_trade_counts_in_whole_token_units() -> None:
    """A notional of 1.9 units counts 1, one below a unit counts 0."""
    market = setup(size_step=1, price_tick=WAD, minimum_notional=0, trade_fee_rate=0)
    desk = open_desk(market)
    for label in ("a", "b"):
        desk.deposit(label, 1_000)
    desk.price(WAD)
    for size, units in ((19 * TOKEN_UNIT // 10, 1), (TOKEN_UNIT - 1, 1), (TOKEN_UNIT, 2)):
        desk.do("matcher", "settleTrade", who("a"), who("b"), 0, size, WAD, False)
        assert desk.number("volumeOf", who("a")) == units * TOKEN_UNIT


def test_a_day_counts_no_more_than_its_bucket_holds() -> None:
    """Beyond 2^80 - 1 token units nothing is added, and nothing wraps."""
    desk = desk_with(market=FREE)
    desk.ledger.volumes.edit(who("a")).total = MAX_DAY_VOLUME - 1
    today = desk.now // DAY
    buckets = [0] * VOLUME_DAYS
    buckets[today % VOLUME_DAYS] = MAX_DAY_VOLUME - 1
    desk.ledger.volumes.edit(who("a")).buckets = tuple(buckets)
    desk.ledger.volumes.edit(who("a")).day = today
    desk.model.world.store.commit()
    for _ in range(2):
        traded(desk, "1", maker=True)
        assert desk.number("volumeOf", who("a")) == MAX_DAY_VOLUME * TOKEN_UNIT


def test_liquidations_and_settling_are_no_volume() -> None:
    """Only trades that the matcher brought count, and only for their two sides."""
    desk = desk_with(market=FREE)
    desk.deposit("d", 300)
    traded(desk, "1", "d", "b", maker=True)
    before = [desk.view("volumeRecord", who(label)) for label in "dab"]
    desk.price(wad("1700"))
    desk.do("a", "liquidate", who("d"), 0, MAX_UINT256)
    desk.do("a", "settle", who("b"))
    assert [desk.view("volumeRecord", who(label)) for label in "dab"] == before
    assert desk.number("volumeOf", who("a")) == 0


@given(
    st.integers(1, 10**6),
    st.integers(0, WAD // 100),
    st.integers(0, WAD),
    st.integers(0, MAX_SETTLEMENT_FEE_RATE),
)
def test_each_fee_is_rounded_up_once(steps: int, rate: int, share: int, closing: int) -> None:
    """The trading fee is the ceiling of the exact product, the settlement fee another's."""
    market = setup(trade_fee_rate=rate, settlement_fee_rate=closing, size_step=1, price_tick=WAD)
    desk = desk_with((0, 0, share), market=market)
    args = (who("a"), who("b"), 0, steps, wad("2000"), False)
    notional = steps * 2_000
    exact = Fraction(notional * rate * share, WAD**2)
    desk.do("matcher", "settleTrade", *args)
    (event,) = [event for event in desk.events if event.name == "TradeSettled"]
    assert event.args[5:] == (-(-exact // 1), 0)
    desk.do("matcher", "settleTrade", who("b"), who("a"), 0, steps, wad("2000"), True)
    (event,) = [event for event in desk.events if event.name == "TradeSettled"]
    closed = -(-notional * closing // WAD)
    assert event.args[5:] == (closed, -(-exact // 1) + closed)
    assert_conserved(desk)


def test_the_settlement_fee_is_on_what_is_closed() -> None:
    """Opening pays none, closing on all, turning on the old size only."""
    market = setup(trade_fee_rate=0, settlement_fee_rate=wad("0.001"), maximum_funding_rate=0)
    desk = desk_with(market=market)
    assert traded(desk, "2", maker=True)[1:] == (0, 0)
    assert traded(desk, "1", maker=True)[1:] == (0, 0)
    assert traded(desk, "1", "b", "a", maker=True)[1:] == (2 * WAD, 2 * WAD)
    assert traded(desk, "5", "b", "a", maker=True)[1:] == (4 * WAD, 4 * WAD)
    desk.deposit("c", 10**6)
    assert traded(desk, "1", "a", "c", maker=True)[1:] == (2 * WAD, 0)
    assert desk.ledger.record.fees + desk.ledger.record.insurance_fund == 14 * WAD
    assert_conserved(desk)


def test_who_reduces_pays_no_more_than_there_is() -> None:
    """With a dollar of cash the fees of 2 + 2 dollars come to that dollar."""
    market = setup(trade_fee_rate=wad("0.001"), settlement_fee_rate=wad("0.001"))
    desk = desk_with(market=market)
    system = replace(SYSTEM, liquidation_reserve=0, minimum_keeper_reward=0)
    desk.do("admin", "setSystemParameters", system.fields())
    desk.place("a", WAD, {0: (WAD, 1_000 * WAD * WAD * WAD - 2_000 * WAD * WAD * WAD)})
    desk.place("b", 10**6 * WAD, {0: (-WAD, 1_000 * WAD * WAD * WAD)})
    assert traded(desk, "1", "b", "a", maker=True)[1:] == (4 * WAD, WAD)


def test_the_funds_share_of_both_fees_is_rounded_down_once() -> None:
    """Of 3 wei of fees on closing a third is 1 wei for the fund."""
    market = setup(
        trade_fee_rate=wad("0.001"),
        settlement_fee_rate=wad("0.0005"),
        size_step=1,
        price_tick=WAD,
        minimum_notional=0,
    )
    desk = open_desk(market, system=replace(SYSTEM, insurance_share=WAD // 3))
    for label in ("a", "b"):
        desk.deposit(label, 100)
    desk.price(WAD)
    desk.do("matcher", "settleTrade", who("a"), who("b"), 0, 2_000, WAD, True)
    record = replace(desk.ledger.record)
    desk.do("matcher", "settleTrade", who("b"), who("a"), 0, 2_000, WAD, True)
    after = desk.ledger.record
    assert after.insurance_fund - record.insurance_fund == 0
    assert after.fees - record.fees == 6
    assert_conserved(desk)


@pytest.mark.parametrize(
    ("tiers", "name"),
    [
        (tuple((i, WAD, WAD) for i in range(9)), "feeTiers"),
        (((1, WAD, WAD),), "lowerVolume"),
        (((0, WAD, WAD), (0, WAD, WAD)), "lowerVolume"),
        (((0, WAD, WAD), (5, WAD, WAD), (4, WAD, WAD)), "lowerVolume"),
        (((0, WAD, WAD), (MAX_NOTIONAL + 1, WAD, WAD)), "lowerVolume"),
        (((0, WAD + 1, WAD),), "makerRate"),
        (((0, WAD, WAD + 1),), "takerRate"),
        (((0, 5, 5), (1, 6, 5)), "makerRate"),
        (((0, 5, 5), (1, 5, 6)), "takerRate"),
    ],
)
def test_schedules_have_bounds(tiers: tuple[Row, ...], name: str) -> None:
    """Each bound has its name."""
    assert refused(desk_with(), *tiers) == name


@pytest.mark.parametrize(
    "tiers",
    [
        (),
        tuple((i, WAD, WAD) for i in range(8)),
        ((0, WAD, 0), (MAX_NOTIONAL, WAD, 0)),
        ((0, 5, 5), (1, 5, 5), (2, 0, 0)),
    ],
)
def test_schedules_at_their_bounds_are_taken(tiers: tuple[Row, ...]) -> None:
    """What is at every bound is stored as it is, and says so."""
    desk = desk_with((0, 1, 1))
    desk.do("admin", "setFeeTiers", tiers)
    assert desk.names() == ["FeeTiersChanged"]
    assert desk.view("feeTiers") == (tiers,)


def test_only_who_may_changes_the_schedule() -> None:
    """Others are refused by role."""
    error, _ = desk_with().refused("a", "setFeeTiers", ())
    assert error == "AccessControlUnauthorizedAccount"


@pytest.mark.parametrize(
    ("trade_fee", "settlement_fee", "allowed"),
    [
        (0, MAX_SETTLEMENT_FEE_RATE, True),
        (0, MAX_SETTLEMENT_FEE_RATE + 1, False),
        (wad("0.09"), MAX_SETTLEMENT_FEE_RATE, True),
        (wad("0.09") + 1, MAX_SETTLEMENT_FEE_RATE, False),
        (wad("0.1"), 0, True),
        (wad("0.1"), 1, False),
        (0, MAX_UINT256, False),
    ],
)
def test_both_fees_together_have_a_bound(
    trade_fee: int, settlement_fee: int, *, allowed: bool
) -> None:
    """Settlement 1 %, both 10 %; one unit beyond is refused by name."""
    desk = desk_with()
    now = replace(
        desk.ledger.market_parameters(0),
        trade_fee_rate=trade_fee,
        settlement_fee_rate=settlement_fee,
    )
    args = (0, now.fields(), TIERS)
    if allowed:
        desk.do("admin", "setMarketParameters", *args)
        return
    expected = ("InvalidParameter", (b"settlementFeeRate".ljust(32, b"\0"),))
    assert desk.refused("admin", "setMarketParameters", *args) == expected


def test_rates_are_published_rounded_up() -> None:
    """A third of 5 units of rate is 2; an unknown market has none."""
    desk = desk_with((0, WAD // 3, WAD // 3), market=setup(trade_fee_rate=5))
    assert desk.view("feeRates", who("a"), 0) == (2, 2)
    error, args = desk.refused("a", "feeRates", who("a"), 1)
    assert (error, args) == ("UnknownMarket", (1,))
