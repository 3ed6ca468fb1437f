"""What a deleveraging may do to whom: checked around every one, exactly.

What the bankrupt account gains its candidates lose, but for dust; none of them is liquidatable
afterwards, and an account that was closed lacks less than a wei, but for what it lost in a delisted
market: that is its claims' to bear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine import deficits, margin
from weiproof.engine.fixed_point import WEI
from weiproof.engine.records import TRADE

from . import readable
from .invariants import InvariantBroken

if TYPE_CHECKING:
    from weiproof.engine.call import Call, Outcome
    from weiproof.engine.records import Ledger

FUNCTION = "autoDeleverage"


class Deleverages:
    """Looks at the parties before a deleveraging (:meth:`before`) and after it."""

    def __init__(self, ledger: Ledger) -> None:
        """Keeps the ledger; the model's clock must stand at the call's time in both methods."""
        self.ledger = ledger
        self._wealth: dict[str, int | None] = {}
        self._dust = 0

    def before(self, call: Call) -> None:
        """Takes note of what everybody has who may take part."""
        account, market_id = str(call.args[0]), int(str(call.args[1]))
        is_long = self.ledger.positions.read(account, market_id).size > 0
        listed = self.ledger.candidates.read(market_id, not is_long).accounts
        self._wealth = {each: self._wealth_of(each) for each in (account, call.sender, *listed)}
        self._dust = self._dust_now()

    def check(self, step: int, call: Call, outcome: Outcome) -> None:
        """Checks a deleveraging. Raises :class:`~.invariants.InvariantBroken`."""
        account = str(call.args[0])
        taking = parties(outcome)
        known = [self._wealth[each] for each in {account: 0, call.sender: 0, **taking}]
        after = [self._wealth_of(each) for each in {account: 0, call.sender: 0, **taking}]
        if None not in known and None not in after:
            left = sum(each or 0 for each in after) + self._dust_now()
            right = sum(each or 0 for each in known) + self._dust
            if left != right:
                name = "deleveraging moves equity, and loses none but dust"
                raise InvariantBroken(name, step, call, left, right)
        for each in taking:
            standing = readable.standing(self.ledger, each, TRADE)
            if standing is None or standing.equity < 0 or margin.is_below_maintenance(standing):
                name = f"{each} is not liquidatable after it was deleveraged"
                equity = 0 if standing is None else standing.equity
                required = 0 if standing is None else standing.maintenance + standing.fee
                raise InvariantBroken(name, step, call, equity, required)
        if self.ledger.accounts.read(account).open_positions == 0:
            standing = readable.standing_in_distress(self.ledger, account, TRADE)
            if standing is None:
                return
            lacking = deficits.shortfall_of(self.ledger, account, standing)
            if lacking >= WEI:
                name = "a deleveraged account without positions lacks less than a wei"
                raise InvariantBroken(name, step, call, lacking, WEI)

    def _wealth_of(self, account: str) -> int | None:
        standing = readable.standing(self.ledger, account, TRADE)
        if standing is None:
            return None
        return standing.equity + self.ledger.accounts.read(account).reserve * WEI

    def _dust_now(self) -> int:
        markets = range(self.ledger.market_count)
        dust = sum(self.ledger.markets.read(market_id).dust for market_id in markets)
        return dust + self.ledger.record.dust * WEI


def parties(outcome: Outcome) -> dict[str, None]:
    """Candidates that a deleveraging was made against."""
    return {str(e.args[2]): None for e in outcome.events if e.name == "Deleveraged"}
