"""Forced close of a liquidatable position against a holder of the opposite side: the last route.

The twin of ``ForcedClose.sol``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import insurance, liquidation, margin, markets, positions, pricing
from .errors import NotOpposite, SameAccount
from .fixed_point import WEI, absolute, div_up
from .records import TRADE

if TYPE_CHECKING:
    from .pricing import Marks
    from .records import Ledger


def force_close(
    ledger: Ledger, caller: str, account: str, market_id: int, counterparty: str
) -> None:
    """Closes a liquidatable position at the mark against any holder of the opposite side.

    Always open where prices are fresh enough for trading; the whole fee goes to the insurance fund.
    A bankrupt counterparty's deficit is covered with what it closes, as the account's is.
    """
    # CHECKS
    if counterparty == account:
        raise SameAccount(account)
    markets.active(ledger, market_id)
    size = ledger.positions.read(account, market_id).size
    opposite = ledger.positions.read(counterparty, market_id).size
    if (size > 0 and opposite >= 0) or (size < 0 and opposite <= 0):
        raise NotOpposite(counterparty, market_id)
    # PRICES
    marks = pricing.new_marks(ledger, TRADE)
    # EFFECTS
    max_size = absolute(opposite)
    liquidation.take_over(
        ledger,
        liquidation.Takeover(account, counterparty, caller, market_id, max_size, forced=True),
        marks,
    )
    cover_closed(ledger, account, market_id, size, marks)
    cover_closed(ledger, counterparty, market_id, opposite, marks)


def cover_closed(ledger: Ledger, account: str, market_id: int, size: int, marks: Marks) -> None:
    """Covers the deficit of an account that a forced close left without a position by its charge.

    `size` is what the account held before, WAD.
    """
    # MARGIN
    if ledger.accounts.read(account).open_positions > 0:
        return
    standing = margin.standing_of(ledger, account, marks)
    deficit = div_up(liquidation.shortfall_of(ledger, account, standing), WEI)
    if deficit == 0:
        return
    mark = pricing.mark_of(ledger, marks, market_id)
    cap = ledger.market_parameters(market_id).socialisation_cap_rate * mark
    # EFFECTS
    insurance.cover_deficit(ledger, account, market_id, size, deficit, cap)
    positions.settle(ledger, account, market_id, mark, 0)
