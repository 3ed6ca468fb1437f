"""Takeovers by the system itself: by the backstop vault and by the insurance fund.

The twin of ``Takeovers.sol``. Each has capital of its own. Trigger, size, fee and deficit are a
keeper's. Nobody agrees to them for the taker, so prices must be fresh enough for trading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cash, insurance, liquidation, margin, pricing, routes
from .backstop_errors import BackstopCapacity, FundCapacity
from .backstop_records import BACKSTOP, FUND, Route
from .errors import AccountNotEmpty, InsufficientCash
from .fixed_point import WAD, WEI, absolute, div_up, mul_div_down
from .liquidation import Takeover
from .records import TRADE

if TYPE_CHECKING:
    from .pricing import Marks
    from .records import Ledger


def liquidate_to_backstop(
    ledger: Ledger, caller: str, account: str, market_id: int, max_size: int
) -> None:
    """The vault takes over of an account whose equity is below its ratio of what is required.

    Within its capacity in the market; it must have initial margin afterwards. What makes its
    position smaller needs no capacity.
    """
    # CHECKS
    routes.require_ordinary(account)
    held = ledger.positions.read(BACKSTOP, market_id).size
    # EFFECTS
    below = ledger.backstop_parameters.takeover_ratio
    share = ledger.parameters.liquidator_share
    takeover = Takeover(
        account, BACKSTOP, caller, market_id, max_size, Route.BACKSTOP, below, share
    )
    liquidation.take_over_fresh(ledger, takeover)
    # PRICES
    marks = pricing.new_marks(ledger, TRADE)
    mark = pricing.mark_of(ledger, marks, market_id)
    # CHECKS
    after = ledger.positions.read(BACKSTOP, market_id).size
    if capacity_left(ledger, market_id, held, after, mark) < 0:
        raise BackstopCapacity(market_id)
    # MARGIN
    margin.require_initial(ledger, BACKSTOP, marks)


def liquidate_to_fund(
    ledger: Ledger, caller: str, account: str, market_id: int, max_size: int
) -> None:
    """The insurance fund takes over of an account whose equity is below the fund's ratio.

    It gives its account what initial margin then lacks.
    """
    # CHECKS
    routes.require_ordinary(account)
    # EFFECTS
    below = ledger.backstop_parameters.fund_ratio
    share = ledger.parameters.liquidator_share
    takeover = Takeover(account, FUND, caller, market_id, max_size, Route.FUND, below, share)
    liquidation.take_over_fresh(ledger, takeover)
    endow(ledger, market_id, pricing.new_marks(ledger, TRADE))


def release_fund(ledger: Ledger) -> None:
    """Gives the cash of the fund's account back to the fund.

    Where it holds neither position nor quote; what it owes must have been covered before.
    """
    # CHECKS
    if ledger.accounts.read(FUND).markets != 0:
        raise AccountNotEmpty(FUND)
    amount = cash.current(ledger, FUND)
    if amount < 0:
        raise InsufficientCash(FUND, amount)
    # EFFECTS
    ledger.backstops.edit().fund_capital = 0
    cash.add(ledger, FUND, -amount)
    # EVENTS
    ledger.emit("FundReleased", amount)
    insurance.credit(ledger, amount)


def capacity_left(ledger: Ledger, market_id: int, held: int, after: int, mark: int) -> int:
    """What the vault's position leaves of its capacity where it goes from `held` to `after`.

    No less than 0 where it becomes smaller. A numerator.
    """
    # MARGIN
    left = ledger.backstop_capacities.read(market_id).notional * WEI
    left -= absolute(after) * mark * WAD
    shrinks = (held > 0) == (after > 0) and absolute(after) < absolute(held)
    return 0 if shrinks and left < 0 else left


def endow(ledger: Ledger, market_id: int, marks: Marks) -> None:
    """Gives the fund's account what it lacks for initial margin, and for cash not below nothing.

    Rounded up to the wei.
    """
    # MARGIN
    standing = margin.standing_of(ledger, FUND, marks)
    owed = -cash.current(ledger, FUND) * WEI
    lacking = max(standing.initial - margin.initial_equity(standing), owed)
    if lacking <= 0:
        return
    amount = div_up(lacking, WEI)
    # CHECKS
    if amount > spare(ledger):
        raise FundCapacity(market_id)
    # EFFECTS
    capital = ledger.backstop.fund_capital + amount
    ledger.backstops.edit().fund_capital = capital
    ledger.edit_record().insurance_fund -= amount
    cash.add(ledger, FUND, amount)
    # EVENTS
    ledger.emit("FundEndowed", amount, capital)


def spare(ledger: Ledger) -> int:
    """What the insurance fund may still give, wei.

    Up to its share of what it has and gave, rounded down.
    """
    # MARGIN
    fund = ledger.record.insurance_fund
    given = ledger.backstop.fund_capital
    most = mul_div_down(fund + given, ledger.backstop_parameters.fund_share, WAD)
    return min(max(most - given, 0), fund)
