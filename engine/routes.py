"""Which route a liquidation takes, by numbers alone, and which accounts are the system's.

The twin of ``Routes.sol``.
"""

from __future__ import annotations

from dataclasses import dataclass

from .backstop_errors import AboveTakeoverRatio, SystemAccount
from .backstop_records import BACKSTOP, FUND, Route
from .fixed_point import WAD, product_at_least


@dataclass(slots=True)
class Circumstances:
    """What decides on a liquidation's route.

    Equity, requirement and rooms are numerators, ratios WAD.
    """

    equity: int
    required: int
    """Maintenance margin and liquidation fee."""
    backstop_ratio: int
    backstop_room: int = -1
    """What the backstop vault's capacity and margin leave; below 0 they do not suffice."""
    fund_ratio: int = 0
    fund_room: int = -1
    """What the insurance fund may still give after the margin of the takeover."""
    candidates: int = 0
    """Holders of the opposite side that may be deleveraged."""


def route_of(state: Circumstances) -> Route:
    """The route that is next.

    Keepers down to the backstop's ratio; then the first that has room of backstop vault and, below
    its own ratio, insurance fund; a bankrupt account is deleveraged against the candidates; what is
    left is closed by force. A keeper, or whom the matcher finds, may come first on each of them.
    """
    # MARGIN
    if not is_below_ratio(state.equity, state.required, state.backstop_ratio):
        return Route.KEEPER
    if state.backstop_room >= 0:
        return Route.BACKSTOP
    if is_below_ratio(state.equity, state.required, state.fund_ratio) and state.fund_room >= 0:
        return Route.FUND
    if state.equity < 0 and state.candidates > 0:
        return Route.DELEVERAGE
    return Route.FORCED_CLOSE


def is_below_ratio(equity: int, required: int, ratio: int) -> bool:
    """Whether equity is below a ratio (WAD) of what is required; exact, equal is not below."""
    # MARGIN
    return not product_at_least(equity, WAD, required, ratio)


def require_below(account: str, equity: int, required: int, ratio: int) -> None:
    """Reverts unless an account's equity is below a ratio (WAD) of what is required; numerators."""
    # CHECKS
    if not is_below_ratio(equity, required, ratio):
        raise AboveTakeoverRatio(account)


def is_system(account: str) -> bool:
    """Whether an account is the backstop vault's or the insurance fund's."""
    return account in (BACKSTOP, FUND)


def require_ordinary(account: str) -> None:
    """Reverts where the account is the system's."""
    # CHECKS
    if is_system(account):
        raise SystemAccount(account)
