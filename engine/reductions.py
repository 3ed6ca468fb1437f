"""Reductions of accounts between maintenance and the stop ratio of their owner's plan.

The twin of ``Reductions.sol``. Nothing of the fund or of the liquidation reserve moves, and the
account is never left with a lower ratio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    cash,
    liquidation,
    liquidation_limits,
    margin,
    markets,
    plans,
    positions,
    pricing,
    ramp,
    routes,
)
from .backstop_records import Route
from .errors import NoPosition, SameAccount
from .fixed_point import WAD, absolute, mul_div_up
from .liquidation import Goal, Takeover, Terms
from .plan_errors import NotReducible
from .records import TRADE

if TYPE_CHECKING:
    from .instruments import Standing
    from .records import Ledger


def reduce(
    ledger: Ledger, taker: str, account: str, market_id: int, max_size: int, min_fee: int
) -> None:
    """The taker takes over, at the mark, what brings the account from below its stop ratio.

    To the goal, at most `max_size`, for the plan's share of the liquidation fee, at least `min_fee`
    (wei). The taker must have initial margin afterwards. A top-up goes first.
    """
    # CHECKS
    if taker == account:
        raise SameAccount(account)
    markets.active(ledger, market_id)
    if ledger.plans.read(account).stop_ratio == 0:
        raise NotReducible(account)
    # EFFECTS
    positions.book_all(ledger, account)
    positions.book_all(ledger, taker)
    # PRICES
    marks = pricing.distress_marks(ledger, TRADE)
    # MARGIN
    before = margin.standing_of(ledger, account, marks)
    takeover = Takeover(account, taker, taker, market_id, max_size, Route.KEEPER)
    terms = terms_of(ledger, takeover, before)
    # CHECKS
    if terms.fee < min_fee:
        raise NotReducible(account)
    # EFFECTS
    cash.add(ledger, account, -terms.fee)
    cash.add(ledger, taker, terms.fee)
    liquidation.transfer_position(ledger, takeover, terms)
    # MARGIN
    after = margin.standing_of(ledger, account, marks)
    if not margin.is_ratio_kept(before, after):
        raise NotReducible(account)
    margin.require_initial(ledger, taker, pricing.trade_marks(ledger, marks))
    # EVENTS
    ledger.emit("Reduced", account, market_id, taker, terms.size, terms.mark, terms.fee)


def terms_of(ledger: Ledger, takeover: Takeover, standing: Standing) -> Terms:
    """What a reduction comes to: the position, its size, the mark and the fee.

    Reverts where the account is not between its stop ratio and maintenance, or where the taker may
    not take that.
    """
    # CHECKS
    account, market_id = takeover.account, takeover.market_id
    terms = Terms(held=ledger.positions.read(account, market_id).size)
    if terms.held == 0:
        raise NoPosition(account, market_id)
    ratio = ledger.plans.read(account).stop_ratio
    is_below = routes.is_below_ratio(standing.equity, standing.maintenance + standing.fee, ratio)
    if not is_below or margin.is_below_maintenance(standing):
        raise NotReducible(account)
    liquidation.await_top_up(ledger, account)
    liquidation_limits.require_first(ledger, account, market_id, standing)
    plans.require_planned(ledger, account, market_id, standing)
    # MARGIN
    terms.mark = pricing.mark_of(ledger, standing.marks, market_id)
    goal = Goal(fee_rate_of(ledger, account, market_id), plans.goal_of(ledger, ratio))
    terms.size = liquidation.size_for(ledger, market_id, standing, goal)
    liquidation.limit_size(ledger.market_parameters(market_id), takeover, terms)
    most = margin.payable_by(ledger, account, standing.worth)
    terms.fee = min(liquidation.fee_of(terms.size, terms.mark, goal.fee_rate), most)
    # CHECKS
    own = ledger.positions.read(takeover.taker, market_id).size
    closes = (own > 0) != (terms.held > 0) and absolute(own) >= terms.size
    if not closes:
        markets.require_open(ledger, market_id)
    return terms


def fee_rate_of(ledger: Ledger, account: str, market_id: int) -> int:
    """Rate of a reduction's fee, WAD, rounded up.

    The plan's share of the market's liquidation fee rate.
    """
    # MARGIN
    fee_rate = ramp.liquidation_fee_rate(ledger, market_id)
    return mul_div_up(fee_rate, ledger.plans.read(account).reduce_fee_share, WAD)
