"""Auctions of large accounts: what keepers get of the fee rises until one takes over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.engine.desk import (
    DOLLAR,
    LIQUIDATION_MAX_AGE,
    UNLIMITED,
    Desk,
    assert_conserved,
    open_desk,
    setup,
    wad,
    who,
)
from weiproof.engine.fixed_point import WAD
from weiproof.engine.parameters import AuctionParameters, BackstopParameters

PLAIN: tuple[tuple[int, int, int], ...] = ((0, wad("0.1"), wad("0.05")),)
RISING = AuctionParameters(
    auction_notional=10_000 * WAD,
    duration=100,
    validity=50,
    start_share=wad("0.2"),
    urgent_health=wad("0.5"),
)
WHOLE = setup(PLAIN, minimum_notional=10**6 * WAD)
"""A market in which every liquidation takes the whole position."""


def weak(*, auctions: AuctionParameters = RISING, price: int = 1_850, whole: bool = True) -> Desk:
    """Account a is long ten at 2,000 with 2,490 dollars and the reserve; the price has fallen.

    At 1,850 it has 980 and needs 925 and a fee of 92.5: a health of 96 %; at 1,800 of 48 %.
    """
    desk = open_desk(WHOLE if whole else setup(PLAIN))
    desk.price(2_000 * WAD)
    desk.deposit("a", 2_500)
    for label in "bk":
        desk.deposit(label, 500_000)
    desk.trade("a", "b", 0, "10", "2000")
    desk.do("admin", "setAuctionParameters", auctions.fields())
    desk.price(price * WAD)
    return desk


def taken(desk: Desk) -> tuple[int, int]:
    """Fee and reward of a keeper's takeover, wei."""
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    (event,) = (event for event in desk.events if event.name == "Liquidated")
    fee, reward = event.args[5:7]
    assert isinstance(fee, int)
    assert isinstance(reward, int)
    return fee, reward


def begin(desk: Desk) -> None:
    """The auction begins."""
    desk.do("anyone", "beginAuction", who("a"))


@pytest.mark.parametrize(
    ("passed", "share"),
    [(0, "0.2"), (1, "0.208"), (50, "0.6"), (99, "0.992"), (100, "1"), (150, "1")],
)
def test_the_share_rises_and_the_fee_stays(passed: int, share: str) -> None:
    """From a fifth to all of 92.5 in a hundred seconds; the rest is the fund's, at every moment."""
    desk = weak()
    begin(desk)
    assert desk.names() == ["AuctionBegun"]
    desk.now += passed
    fund = desk.ledger.record.insurance_fund
    fee, reward = taken(desk)
    assert fee == wad("92.5")
    assert reward == max(fee * wad(share) // WAD, 10 * WAD)
    assert desk.ledger.record.insurance_fund == fund + fee - fee * wad(share) // WAD
    assert_conserved(desk)


def test_the_share_is_rounded_down() -> None:
    """A third of the time from nothing on: what the fund loses of the fee is never more."""
    desk = weak(auctions=replace(RISING, duration=3, start_share=0))
    begin(desk)
    desk.now += 1
    fee, reward = taken(desk)
    assert reward == fee * (WAD // 3) // WAD


def test_keepers_need_an_auction_of_a_large_account() -> None:
    """Before it has begun and after it is void they are refused."""
    desk = weak()
    assert desk.refused("k", "liquidate", who("a"), 0, UNLIMITED) == ("NoAuction", (who("a"),))
    begin(desk)
    assert desk.refused("k", "beginAuction", who("a")) == ("AuctionStands", (who("a"),))
    assert desk.refused("k", "endAuction", who("a")) == ("AuctionStands", (who("a"),))
    desk.now += 151
    assert desk.refused("k", "liquidate", who("a"), 0, UNLIMITED) == ("NoAuction", (who("a"),))
    begin(desk)
    assert desk.view("auctionOf", who("a")) == ((desk.now, 1),)
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)


def test_a_void_auction_may_be_ended() -> None:
    """At its last second it stands, one later anyone clears it; there is nothing to end twice."""
    desk = weak()
    begin(desk)
    desk.now += 150
    assert desk.refused("k", "endAuction", who("a")) == ("AuctionStands", (who("a"),))
    desk.now += 1
    desk.do("k", "endAuction", who("a"))
    assert desk.names() == ["AuctionEnded"]
    assert desk.view("auctionOf", who("a")) == ((0, 0),)
    assert desk.refused("k", "endAuction", who("a")) == ("NoAuction", (who("a"),))


def test_an_auction_ends_with_the_danger() -> None:
    """A takeover that is enough ends it, one that is not leaves its clock running."""
    desk = weak(whole=False)
    begin(desk)
    begun = desk.now
    desk.now += 10
    desk.do("k", "liquidate", who("a"), 0, wad("0.01"))
    assert "AuctionEnded" not in desk.names()
    assert desk.view("auctionOf", who("a")) == ((begun, 1),)
    desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    assert desk.names()[-1] == "AuctionEnded"
    assert desk.view("auctionOf", who("a")) == ((0, 0),)
    desk.price(1_800 * WAD)
    desk.do("admin", "setAuctionParameters", replace(RISING, urgent_health=0).fields())
    assert desk.refused("k", "liquidate", who("a"), 0, UNLIMITED) == ("NoAuction", (who("a"),))


def test_whoever_heals_gets_rid_of_it() -> None:
    """A deposit heals a, anyone ends the auction, and the next distress needs another."""
    desk = weak()
    begin(desk)
    desk.deposit("a", 1_000)
    desk.do("a", "endAuction", who("a"))
    assert desk.refused("k", "beginAuction", who("a")) == ("NotLiquidatable", (who("a"),))
    desk.price(1_740 * WAD)
    assert desk.refused("k", "liquidate", who("a"), 0, UNLIMITED) == ("NoAuction", (who("a"),))


def test_new_parameters_revive_no_auction() -> None:
    """Not the same ones either, nor with more time."""
    desk = weak()
    begin(desk)
    desk.do("admin", "setAuctionParameters", replace(RISING, validity=3_600).fields())
    assert desk.view("auctionParameters")[1] == 2
    assert desk.refused("k", "liquidate", who("a"), 0, UNLIMITED) == ("NoAuction", (who("a"),))
    desk.do("k", "endAuction", who("a"))
    begin(desk)
    assert desk.view("auctionOf", who("a")) == ((desk.now, 2),)


def test_small_accounts_need_none() -> None:
    """A notional equal to the bound is not large: the usual half, and no auction to begin."""
    desk = weak(auctions=replace(RISING, auction_notional=18_500 * WAD))
    found = desk.refused("k", "beginAuction", who("a"))
    assert found == ("AuctionNotNeeded", (who("a"),))
    fee, reward = taken(desk)
    assert reward == fee // 2


@pytest.mark.parametrize(("more", "ok"), [(0, False), (1, True)])
def test_urgent_accounts_need_none(more: int, ok: bool) -> None:
    """At the urgent health an auction is needed, a unit below it is not."""
    desk = weak()
    health = desk.number("healthFactor", who("a"))
    urgent = replace(RISING, urgent_health=health + more)
    desk.do("admin", "setAuctionParameters", urgent.fields())
    if ok:
        found = desk.refused("k", "beginAuction", who("a"))
        assert found == ("AuctionNotNeeded", (who("a"),))
        desk.do("k", "liquidate", who("a"), 0, UNLIMITED)
    else:
        found = desk.refused("k", "liquidate", who("a"), 0, UNLIMITED)
        assert found == ("NoAuction", (who("a"),))


@pytest.mark.parametrize(("passed", "share"), [(10, "0.5"), (50, "0.6")])
def test_an_urgent_account_pays_the_larger_share(passed: int, share: str) -> None:
    """Once it sinks below the urgent health, half of the fee or more where the auction is there."""
    desk = weak()
    begin(desk)
    desk.price(1_800 * WAD)
    desk.now += passed
    fee, reward = taken(desk)
    assert reward == fee * wad(share) // WAD


@pytest.mark.parametrize("route", ["forceClose", "liquidateToMarket", "liquidateToBackstop"])
def test_other_routes_need_no_auction(route: str) -> None:
    """A forced close, a fill and the vault are open before it has begun."""
    desk = weak()
    desk.do("admin", "setBackstopParameters", BackstopParameters(0, 0, WAD, 0, 0).fields())
    desk.do("admin", "setBackstopCapacity", 0, 100_000 * WAD)
    desk.do("k", "depositBackstop", 10_000 * DOLLAR)
    if route == "forceClose":
        desk.do("k", route, who("a"), 0, who("b"))
    elif route == "liquidateToMarket":
        desk.do("matcher", route, who("a"), 0, 10 * WAD, 1_850 * WAD, who("b"))
    else:
        desk.do("k", route, who("a"), 0, UNLIMITED)
    assert desk.ledger.positions.read(who("a"), 0).size == 0
    assert_conserved(desk)


def test_auctions_are_off_at_first() -> None:
    """Keepers take over for half of the fee; nobody can begin one."""
    desk = weak(auctions=AuctionParameters())
    found = desk.refused("k", "beginAuction", who("a"))
    assert found == ("AuctionNotNeeded", (who("a"),))
    fee, reward = taken(desk)
    assert reward == fee // 2


def test_an_auction_is_judged_at_prices_for_liquidations() -> None:
    """It begins at prices too old for trades, and not at such as keepers are refused at."""
    desk = weak()
    desk.now += LIQUIDATION_MAX_AGE
    begin(desk)
    desk.now += 1
    assert desk.refused("k", "endAuction", who("a"))[0] == "StalePrice"


def test_a_healthy_account_has_no_auction() -> None:
    """Nor one without a position."""
    desk = weak(price=2_000)
    for label in ("a", "nobody"):
        found = desk.refused("k", "beginAuction", who(label))
        assert found == ("NotLiquidatable", (who(label),))
    found = desk.refused("k", "liquidate", who("a"), 0, UNLIMITED)
    assert found == ("NotLiquidatable", (who("a"),))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"auction_notional": 10**36 + 1}, "auctionNotional"),
        ({"duration": 0}, "duration"),
        ({"duration": 3_601}, "duration"),
        ({"validity": 3_601}, "validity"),
        ({"start_share": WAD + 1}, "startShare"),
        ({"urgent_health": WAD + 1}, "urgentHealth"),
    ],
)
def test_parameters_have_bounds(changes: dict[str, int], name: str) -> None:
    """One beyond each is refused by name, and nobody but the administrator sets them."""
    desk = open_desk()
    wrong = replace(RISING, **changes)
    error = desk.refused("admin", "setAuctionParameters", wrong.fields())
    assert error == ("InvalidParameter", (name.encode().ljust(32, b"\0"),))
    assert desk.refused("k", "setAuctionParameters", RISING.fields())[0].startswith("AccessControl")
    most = AuctionParameters(10**36, 3_600, 3_600, WAD, WAD)
    desk.do("admin", "setAuctionParameters", most.fields())
    assert desk.view("auctionParameters") == (most.fields(), 1)
