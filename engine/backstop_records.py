"""Records and accounts of the system's own takeovers: with the others, the twin of ``Records.sol``.

Shares as they are counted, capital and capacity in wei, times unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from .state import Record

BACKSTOP = f"0x{1:040x}"
"""Account of the backstop vault: nobody has its key, nor that of an address of the same owner."""

FUND = f"0x{2:040x}"
"""Account of what the insurance fund took over; as above."""


class Route(IntEnum):
    """Ways in which a liquidatable account's position goes.

    To a keeper, to whom the matcher finds, the backstop vault, the insurance fund, ranked holders
    of the opposite side, any holder of the opposite side.
    """

    KEEPER = 0
    MARKET = 1
    BACKSTOP = 2
    FUND = 3
    DELEVERAGE = 4
    FORCED_CLOSE = 5


@dataclass(slots=True)
class BackstopRecord(Record):
    """All shares of the backstop vault, and what the fund gave its account as margin, wei.

    And how often the vault began anew.
    """

    shares: int = 0
    fund_capital: int = 0
    epoch: int = 0


@dataclass(slots=True)
class BackstopShares(Record):
    """An account's shares of the backstop vault, and those that it asked to withdraw.

    Those of an earlier epoch are worth nothing.
    """

    held: int = 0
    requested: int = 0
    available_at: int = 0
    epoch: int = 0


@dataclass(slots=True)
class Capacity(Record):
    """The largest notional that the backstop vault may hold in a market, wei."""

    notional: int = 0
