"""Forced close of a liquidatable position against a holder of the opposite side: the last route.

The twin of ``ForcedClose.sol``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import deficits, liquidation
from .backstop_records import Route
from .errors import NotOpposite, SameAccount
from .fixed_point import absolute
from .liquidation import Takeover

if TYPE_CHECKING:
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
    size = ledger.positions.read(account, market_id).size
    opposite = ledger.positions.read(counterparty, market_id).size
    if (size > 0 and opposite >= 0) or (size < 0 and opposite <= 0):
        raise NotOpposite(counterparty, market_id)
    # EFFECTS
    most = absolute(opposite)
    takeover = Takeover(account, counterparty, caller, market_id, most, Route.FORCED_CLOSE)
    liquidation.take_over_fresh(ledger, takeover)
    deficits.cover_closed(ledger, account, market_id, size)
    deficits.cover_closed(ledger, counterparty, market_id, opposite)
