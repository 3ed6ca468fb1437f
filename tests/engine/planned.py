"""An account with a plan of its owner, near maintenance, for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.engine.desk import DOLLAR, Desk, open_desk, setup, wad, who
from weiproof.engine.accounts import sub_account
from weiproof.engine.fixed_point import WAD, WEI
from weiproof.engine.plan_records import Plan

if TYPE_CHECKING:
    from tests.engine.desk import Setup

FLAT = ((0, wad("0.1"), wad("0.05")),)
"""With the fee of 0.5 %, 5.5 % of the notional are required."""
MARKET: Setup = setup(FLAT)
OWNER = who("a")
SOURCE = sub_account(OWNER, 1)
EMPTY = Plan()
STOP = Plan(stop_ratio=wad("1.2"), reduce_fee_share=wad("0.2"))
TOP_UP = Plan(top_up_limit=1_000 * DOLLAR, top_up_source=SOURCE)


def plan(base: Plan = EMPTY, **changes: int | str) -> Plan:
    """A plan with some parts changed."""
    return replace(base, **changes)  # type: ignore[arg-type]  # as the fields are declared


def planned(chosen: Plan, *prices: int, spare: int = 5_000, market: Setup = MARKET) -> Desk:
    """Account a is long 10 at 2,000 in each market; then prices change, dollars.

    It deposited 2,120 for each market: with one, 2,100 are left beside the trade's fee and the
    reserve of 10 dollars each. The owner's source has `spare` dollars.
    """
    desk = open_desk(*[market] * len(prices))
    desk.price(*[2_000 * WAD] * len(prices))
    desk.deposit("a", 2_120 * len(prices) + spare)
    for label in "bk":
        desk.deposit(label, 500_000)
    desk.do("a", "transfer", OWNER, SOURCE, spare * DOLLAR)
    for market_id in range(len(prices)):
        desk.trade("a", "b", market_id, "10", "2000")
    desk.do("a", "setPlan", OWNER, chosen.fields())
    desk.price(*(price * WAD for price in prices))
    return desk


def bring_to(desk: Desk, thousandths: int) -> None:
    """Changes account a's cash so that its equity is that part of what it requires, to the wei."""
    standing = desk.standing("a")
    required = standing.maintenance + standing.fee
    desk.ledger.accounts.edit(OWNER).cash += (
        required * thousandths // 1_000 - standing.equity
    ) // WEI
    desk.model.world.store.commit()
