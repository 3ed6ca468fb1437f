"""Liquidation: takeover of a position at the mark, by a keeper or as a forced close.

The twin of ``Liquidation.sol``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import (
    auctions,
    cash,
    deficits,
    insurance,
    liquidation_limits,
    margin,
    markets,
    offsets,
    orders,
    perpetuals,
    plans,
    positions,
    pricing,
    ramp,
    routes,
)
from .backstop_records import BACKSTOP, Route
from .errors import InvalidSize, NoPosition, NotLiquidatable, Revert, SameAccount
from .fixed_point import (
    WAD,
    WEI,
    absolute,
    div_up,
    mul_div_down,
    product_at_least,
)
from .plan_errors import TopUpFirst
from .records import LIQUIDATION, TRADE

if TYPE_CHECKING:
    from .instruments import Standing
    from .offsets import Leg
    from .parameters import MarketParameters
    from .perpetuals import Beside
    from .pricing import Marks
    from .records import Ledger


@dataclass(slots=True)
class Takeover:
    """What is taken over, from whom, by whom, for whose reward."""

    account: str
    taker: str
    caller: str
    market_id: int
    max_size: int
    route: Route
    below: int = WAD
    """Ratio of equity to maintenance margin and fee below which the account must be, WAD."""
    share: int = 0
    """The caller's share of the fee, WAD."""


@dataclass(slots=True)
class Terms:
    """What a takeover came to: size and mark WAD, fee, reward and deficit wei."""

    held: int = 0
    size: int = 0
    mark: int = 0
    fee: int = 0
    reward: int = 0
    deficit: int = 0


@dataclass(slots=True)
class Goal:
    """What a liquidation or a reduction leads to; WAD."""

    fee_rate: int
    """Rate of its fee."""
    ratio: int
    """Of equity to maintenance margin and liquidation fee, at least."""


def liquidate(ledger: Ledger, keeper: str, account: str, market_id: int, max_size: int) -> None:
    """The keeper takes over as much of the position as is needed, at most `max_size`, at the mark.

    It earns a share of the fee, which an auction decides on where there is one, and must have
    initial margin afterwards.
    """
    # CHECKS
    if keeper == account:
        raise SameAccount(account)
    markets.active(ledger, market_id)
    # PRICES
    marks = pricing.new_marks(ledger, LIQUIDATION)
    # MARGIN
    share = ledger.parameters.liquidator_share
    if auctions.is_on(ledger):
        share = auctions.share_of(ledger, account)
    # EFFECTS
    takeover = Takeover(account, keeper, keeper, market_id, max_size, Route.KEEPER, WAD, share)
    take_over(ledger, takeover, marks)
    if auctions.is_on(ledger):
        auctions.end_safe(ledger, account)
    # MARGIN
    margin.require_initial(ledger, keeper, marks)


def take_over_fresh(ledger: Ledger, takeover: Takeover) -> None:
    """A takeover that the taker did not agree to.

    Its market's prices must be fresh enough for trading.
    """
    # CHECKS
    markets.active(ledger, takeover.market_id)
    # EFFECTS
    take_over(ledger, takeover, pricing.distress_marks(ledger, TRADE))


def take_over(ledger: Ledger, takeover: Takeover, marks: Marks) -> None:
    """Moves the position from account to taker at the mark.

    All its resting orders are released, so that none competes with the liquidation; then fee and
    reward, deficit, the transfer.
    """
    # CHECKS
    terms = Terms()
    positions.book_all(ledger, takeover.account)
    terms.held = ledger.positions.read(takeover.account, takeover.market_id).size
    if terms.held == 0:
        raise NoPosition(takeover.account, takeover.market_id)
    # MARGIN
    standing = margin.standing_of(ledger, takeover.account, marks)
    if not margin.is_below_maintenance(standing):
        raise NotLiquidatable(takeover.account)
    required = standing.maintenance + standing.fee
    routes.require_below(takeover.account, standing.equity, required, takeover.below)
    await_top_up(ledger, takeover.account)
    planned = ledger.plans.read(takeover.account).market_order != 0
    if takeover.route == Route.KEEPER and planned:
        plans.require_order(ledger, takeover.account, takeover.market_id)
    terms.mark = pricing.mark_of(ledger, marks, takeover.market_id)
    terms.size = liquidation_size(ledger, takeover.market_id, standing)
    if takeover.route != Route.FORCED_CLOSE and liquidation_limits.is_on(ledger):
        account, market_id = takeover.account, takeover.market_id
        terms.size = liquidation_limits.restrict(
            ledger, account, market_id, terms.size, takeover.max_size
        )
    limit_size(ledger.market_parameters(takeover.market_id), takeover, terms)
    # EFFECTS
    orders.release_all(ledger, takeover.account)
    terms.fee = charge_fee(ledger, takeover, standing, terms)
    terms.reward = pay_reward(ledger, takeover, terms)
    purpose = marks.purpose
    terms.deficit = deficits.cover_deficit(
        ledger, takeover.account, takeover.market_id, terms.size, purpose
    )
    positions.book_all(ledger, takeover.taker)
    if takeover.route == Route.FORCED_CLOSE:
        deficits.cover_deficit(ledger, takeover.taker, takeover.market_id, terms.size, purpose)
        positions.book_all(ledger, takeover.account)
    transfer_position(ledger, takeover, terms)
    # EVENTS
    ledger.emit(
        "Liquidated",
        takeover.account,
        takeover.market_id,
        takeover.taker,
        terms.size,
        terms.mark,
        terms.fee,
        terms.reward,
        terms.deficit,
        int(takeover.route),
    )


def await_top_up(ledger: Ledger, account: str) -> None:
    """Reverts where there is a top-up to make by the owner's plan: anyone may bring it first.

    A source whose prices cannot be trusted holds up no liquidation.
    """
    # CHECKS
    if ledger.plans.read(account).top_up_limit == 0:
        return
    try:
        is_due = plans.is_top_up_due(ledger, account)
    except Revert:
        return
    if is_due:
        raise TopUpFirst(account)


def transfer_position(ledger: Ledger, takeover: Takeover, terms: Terms) -> None:
    """Moves the position at the mark; both sides use one exact notional."""
    # EFFECTS
    moved = terms.size if terms.held > 0 else -terms.size
    positions.change(ledger, takeover.account, takeover.market_id, -moved, terms.mark)
    positions.change(ledger, takeover.taker, takeover.market_id, moved, terms.mark)


def liquidation_size(ledger: Ledger, market_id: int, standing: Standing) -> int:
    """How much of a position a liquidation takes, WAD.

    What leads to the target ratio for the market's fee.
    """
    # MARGIN
    goal = Goal(standing.marks.terms(market_id).fee_rate, ledger.parameters.target_ratio)
    return size_for(ledger, market_id, standing, goal)


def size_for(ledger: Ledger, market_id: int, standing: Standing, goal: Goal) -> int:
    """The smallest size that leads to a goal, WAD.

    The smallest multiple of the step after which equity, less the fee, reaches the goal's ratio x
    (maintenance margin + liquidation fee) of what remains; the whole position where no partial size
    does, or where dust would remain. The fee counts exactly here; it is rounded up when it is
    charged. Equity less fee less target requirement rises with the size closed, so bisection over
    the multiples with the exact test finds the smallest.
    """
    # MARGIN
    parameters = ledger.market_parameters(market_id)
    leg = standing.legs[offsets.index_of(standing.legs, market_id)]
    beside = perpetuals.beside_of(ledger, standing, market_id)
    held = absolute(leg.size)
    step = parameters.size_step
    low, high = 0, held // step
    while low + 1 < high:
        middle = (low + high) // 2
        if reaches_goal(ledger, standing, beside, leg, middle * step, goal):
            high = middle
        else:
            low = middle
    size = high * step
    if (held - size) * leg.mark < parameters.minimum_notional * WAD:
        return held
    return size


def reaches_goal(
    ledger: Ledger, standing: Standing, beside: Beside, leg: Leg, size: int, goal: Goal
) -> bool:
    """Whether closing `size` of a leg leaves equity at or above the goal."""
    # MARGIN
    rest = leg.size - size if leg.size > 0 else leg.size + size
    required = perpetuals.required_with(ledger, standing.marks, beside, rest, leg.mark)
    equity = standing.equity - size * leg.mark * goal.fee_rate
    return product_at_least(equity, WAD, required, goal.ratio)


def limit_size(parameters: MarketParameters, takeover: Takeover, terms: Terms) -> None:
    """Limits the size to `max_size`, rounded down to the step.

    A keeper may not leave dust behind.
    """
    # CHECKS
    if takeover.max_size >= terms.size:
        return
    terms.size = takeover.max_size - takeover.max_size % parameters.size_step
    left = (absolute(terms.held) - terms.size) * terms.mark
    is_dust = left < parameters.minimum_notional * WAD
    may_leave_dust = takeover.route == Route.FORCED_CLOSE
    if terms.size == 0 or (is_dust and not may_leave_dust):
        raise InvalidSize(takeover.max_size)


def fee_of(size: int, mark: int, fee_rate: int) -> int:
    """Liquidation fee on `size` at the mark, rounded up to the wei."""
    return div_up(size * mark * fee_rate, WEI)


def charge_fee(ledger: Ledger, takeover: Takeover, standing: Standing, terms: Terms) -> int:
    """Charges the fee."""
    # EFFECTS
    fee = fee_due(ledger, takeover.account, takeover.market_id, standing, terms)
    if fee > 0:
        cash.add(ledger, takeover.account, -fee)
    return fee


def fee_due(ledger: Ledger, account: str, market_id: int, standing: Standing, terms: Terms) -> int:
    """The fee on what is taken, as far as its part of the equity, cash and tokens reach; wei.

    The part is that of what is required: a piece leaves the rest no less safe.
    """
    # MARGIN
    if standing.equity <= 0:
        return 0
    required = standing.maintenance + standing.fee
    relieved = required - required_after(ledger, market_id, standing, terms)
    part = mul_div_down(standing.equity, relieved, required) // WEI
    fee_rate = ramp.liquidation_fee_rate(ledger, market_id)
    most = margin.payable_by(ledger, account, standing.worth)
    return min(fee_of(terms.size, terms.mark, fee_rate), part, most)


def required_after(ledger: Ledger, market_id: int, standing: Standing, terms: Terms) -> int:
    """Maintenance margin and fee of what a takeover leaves; a numerator."""
    # MARGIN
    beside = perpetuals.beside_of(ledger, standing, market_id)
    rest = terms.held - terms.size if terms.held > 0 else terms.held + terms.size
    return perpetuals.required_with(ledger, standing.marks, beside, rest, terms.mark)


def pay_reward(ledger: Ledger, takeover: Takeover, terms: Terms) -> int:
    """Shares the fee between keeper, backstop vault (for what it takes over) and fund.

    With the last position the reserve tops the reward up to the minimum, and the rest of it
    returns to the account.
    """
    record = ledger.accounts.edit(takeover.account)
    # EFFECTS
    reward = mul_div_down(terms.fee, takeover.share, WAD)
    maximum = ledger.liquidation.maximum_keeper_reward
    reward = min(reward, maximum) if maximum > 0 else reward
    rest = terms.fee - reward
    if takeover.route == Route.BACKSTOP:
        rest -= pay_backstop(ledger, terms.fee, rest)
    insurance.credit(ledger, rest)
    if terms.size == absolute(terms.held) and record.open_positions == 1:
        missing = max(ledger.parameters.minimum_keeper_reward - reward, 0)
        top_up = min(missing, record.reserve)
        cash.add(ledger, takeover.account, record.reserve - top_up)
        record.reserve = 0
        reward += top_up
        # EVENTS
        ledger.emit("ReserveChanged", takeover.account, 0)
    if reward > 0:
        cash.add(ledger, takeover.caller, reward)
    return reward


def pay_backstop(ledger: Ledger, fee: int, most: int) -> int:
    """Pays the backstop vault its share of the fee; answers with it, wei.

    Rounded down, at most what the keeper left.
    """
    # EFFECTS
    share = min(mul_div_down(fee, ledger.backstop_parameters.fee_share, WAD), most)
    if share == 0:
        return 0
    cash.add(ledger, BACKSTOP, share)
    # EVENTS
    ledger.emit("BackstopCredited", share)
    return share
