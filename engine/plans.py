"""What owners decide in advance of a liquidation: the twin of ``Plans.sol``.

Which market goes first, a ratio at which others may reduce for a smaller fee, and an account that
tops up. All of it is off until it is set. Nothing of the fund, of the liquidation reserve or of
anyone but the owner and the taker moves by a plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import accounts, cash, liquidation_limits, margin, offsets, pricing, routes
from .errors import InvalidParameter, NotAuthorised, NotFirstMarket
from .fixed_point import WAD, WEI, div_up, mul_div_up
from .parameters import MAX_STOP_RATIO
from .plan_errors import NoTopUp, PlanStands
from .records import LIQUIDATION, TOKEN_UNIT, WITHDRAW

if TYPE_CHECKING:
    from .instruments import Standing
    from .plan_records import Plan
    from .records import Ledger


def set_plan(ledger: Ledger, sender: str, account: str, plan: Plan) -> None:
    """Replaces the plan of an account of the sender.

    Below maintenance it stands, so that no liquidation is refused by a change just before it.
    """
    # CHECKS
    if not accounts.is_owner(sender, account):
        raise NotAuthorised(account, sender)
    validate_plan(ledger, account, plan)
    # MARGIN
    standing = margin.standing_of(ledger, account, pricing.new_marks(ledger, LIQUIDATION))
    if margin.is_below_maintenance(standing):
        raise PlanStands(account)
    # EFFECTS
    ledger.plans.put(plan, account)
    # EVENTS
    ledger.emit("PlanChanged", account)


def top_up(ledger: Ledger, account: str) -> None:
    """Moves as much cash from the plan's source as brings the account to the goal.

    From below its stop ratio, or below maintenance where it has none; no more than the limit and
    than the source could transfer. Anyone may.
    """
    # MARGIN
    standing = margin.standing_of(ledger, account, pricing.new_marks(ledger, LIQUIDATION))
    amount = top_up_of(ledger, account, standing)
    # CHECKS
    if amount == 0:
        raise NoTopUp(account)
    # EFFECTS
    plan = ledger.plans.edit(account)
    plan.top_up_limit -= amount
    cash.add(ledger, plan.top_up_source, -amount * TOKEN_UNIT)
    cash.add(ledger, account, amount * TOKEN_UNIT)
    # EVENTS
    ledger.emit("ToppedUp", account, plan.top_up_source, amount)


def is_top_up_due(ledger: Ledger, account: str) -> bool:
    """Whether there is a top-up to make now."""
    # MARGIN
    standing = margin.standing_of(ledger, account, pricing.new_marks(ledger, LIQUIDATION))
    return top_up_of(ledger, account, standing) > 0


def require_order(ledger: Ledger, account: str, market_id: int) -> None:
    """Reverts where a keeper has to take over in another market first, by the owner's order."""
    # MARGIN
    standing = margin.standing_of(ledger, account, pricing.new_marks(ledger, LIQUIDATION))
    require_planned(ledger, account, market_id, standing)


def validate_plan(ledger: Ledger, account: str, plan: Plan) -> None:
    """Reverts with the name of the first part of a plan that is out of bounds."""
    # CHECKS
    rest = plan.market_order
    while rest != 0:
        entry = rest & 0xFF
        if entry == 0 or entry > ledger.market_count:
            raise InvalidParameter.named("marketOrder")
        rest >>= 8
    if 0 < plan.stop_ratio < WAD or plan.stop_ratio > MAX_STOP_RATIO:
        raise InvalidParameter.named("stopRatio")
    if plan.reduce_fee_share >= WAD:
        raise InvalidParameter.named("reduceFeeShare")
    if plan.top_up_limit == 0:
        return
    if plan.top_up_source == account or not accounts.is_owner(account, plan.top_up_source):
        raise InvalidParameter.named("topUpSource")


def require_planned(ledger: Ledger, account: str, market_id: int, standing: Standing) -> None:
    """Reverts where another market is the first of the owner's order.

    The house's own order goes before it.
    """
    # CHECKS
    if ledger.liquidation.ordered:
        return
    exists, first = planned_of(ledger, account, standing)
    if exists and first != market_id:
        raise NotFirstMarket(account, first)


def planned_of(ledger: Ledger, account: str, standing: Standing) -> tuple[bool, int]:
    """The first market of the owner's order that can be taken over and helps.

    The account has a position there, and requires less without it. None binds where the account is
    bankrupt: what is left to lose is not the owner's.
    """
    # MARGIN
    if margin.seized_equity(ledger, account, standing) < 0:
        return False, 0
    rest = ledger.plans.read(account).market_order
    while rest != 0:
        first = (rest & 0xFF) - 1
        rest >>= 8
        if ledger.positions.read(account, first).size == 0 or ledger.markets.read(first).paused:
            continue
        index = offsets.index_of(standing.legs, first)
        if liquidation_limits.relief_by(ledger, standing, index) > 0:
            return True, first
    return False, 0


def goal_of(ledger: Ledger, ratio: int) -> int:
    """The ratio to which a plan brings the account, WAD, rounded up.

    The target of liquidations times its own.
    """
    # MARGIN
    return mul_div_up(ratio, ledger.parameters.target_ratio, WAD)


def top_up_of(ledger: Ledger, account: str, standing: Standing) -> int:
    """What a top-up moves now, token units, rounded up; 0 where there is none to make.

    An account that is bankrupt with its tokens at what a seizure brings gets none, because the
    owner would pay what others cover, and one below maintenance none that leaves it there.
    """
    # MARGIN
    plan = ledger.plans.read(account)
    required = standing.maintenance + standing.fee
    ratio = plan.stop_ratio or WAD
    if plan.top_up_limit == 0 or margin.seized_equity(ledger, account, standing) < 0:
        return 0
    if not routes.is_below_ratio(standing.equity, required, ratio):
        return 0
    wanted = mul_div_up(required, goal_of(ledger, ratio), WAD)
    amount = div_up(wanted - standing.equity, WEI * TOKEN_UNIT)
    amount = min(amount, plan.top_up_limit, available_of(ledger, plan.top_up_source))
    if standing.equity + amount * TOKEN_UNIT * WEI < required:
        return 0
    return amount


def available_of(ledger: Ledger, source: str) -> int:
    """What a source could transfer now, token units, rounded down.

    And without falling below the stop ratio of its own plan: two accounts that top each other up
    would else pass the same cash on and back until both limits are spent.
    """
    # MARGIN
    marks = pricing.new_marks(ledger, WITHDRAW)
    standing = margin.standing_with_orders(ledger, source, marks)
    required = standing.maintenance + standing.fee
    kept = mul_div_up(required, ledger.plans.read(source).stop_ratio, WAD)
    spare = standing.equity - kept
    if spare <= 0:
        return 0
    return min(margin.withdrawable(ledger, source, standing), spare) // (WEI * TOKEN_UNIT)
