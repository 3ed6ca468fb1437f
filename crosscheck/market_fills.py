"""What a fill by the market route may do to its two parties: checked around every one.

The account loses no more than the larger of the fee and what the price costs it, not more than it
has, and by the price no more than what is taken has of it; the counterparty gains no more than that
cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine import pricing, ramp
from weiproof.engine.errors import Revert
from weiproof.engine.fixed_point import WAD, WEI, div_up
from weiproof.engine.records import TRADE

from . import readable
from .invariants import InvariantBroken

if TYPE_CHECKING:
    from weiproof.engine.call import Call, Outcome
    from weiproof.engine.records import Ledger

FUNCTION = "liquidateToMarket"

_DUST = WEI
"""A closed position leaves less than a wei behind, which is nobody's; a numerator."""


class MarketFills:
    """Looks at the parties before a fill (:meth:`before`) and after it (:meth:`check`)."""

    def __init__(self, ledger: Ledger) -> None:
        """Keeps the ledger; the model's clock must stand at the call's time in both methods."""
        self.ledger = ledger
        self._account: int | None = None
        self._counterparty: int | None = None
        self._fee = self._cost = self._equity = self._required = 0

    def before(self, call: Call) -> None:
        """Takes note of what both have, and of what fee and price may take."""
        account, market_id, size, price, counterparty = call.args
        self._account = self._counterparty = None
        if not (isinstance(market_id, int) and isinstance(size, int) and isinstance(price, int)):
            return
        if market_id >= self.ledger.market_count:
            return
        try:
            mark = pricing.mark_of(self.ledger, pricing.new_marks(self.ledger, TRADE), market_id)
        except Revert:
            return
        self._account = self._wealth_of(str(account))
        reserve = self.ledger.accounts.read(str(account)).reserve * WEI
        self._equity = (self._account or 0) - reserve
        self._required = self._required_of(str(account))
        self._counterparty = self._wealth_of(str(counterparty))
        held = self.ledger.positions.read(str(account), market_id).size
        worse = mark - price if held > 0 else price - mark
        self._cost = max(worse, 0) * size * WAD
        rate = ramp.liquidation_fee_rate(self.ledger, market_id)
        self._fee = div_up(size * mark * rate, WEI) * WEI

    def check(self, step: int, call: Call, outcome: Outcome) -> None:
        """Checks a fill. Raises :class:`~.invariants.InvariantBroken`."""
        before, after = self._account, self._wealth_of(str(call.args[0]))
        if before is not None and after is not None:
            lost = before - after + _deficit(outcome) * WEI - _DUST
            most = max(self._fee, div_up(self._cost, WEI) * WEI)
            if lost >= most:
                name = "a filled account loses no more than the fee or what the price costs"
                raise InvariantBroken(name, step, call, lost, most)
            if lost >= max(self._equity, 0):
                name = "a filled account loses no more than its equity"
                raise InvariantBroken(name, step, call, lost, max(self._equity, 0))
            left, rest = self._equity - self._cost, self._required_of(str(call.args[0]))
            if self._cost and left * self._required < self._equity * rest:
                name = "the price of a fill leaves what remains no less safe"
                raise InvariantBroken(name, step, call, left * self._required, self._equity * rest)
        before, after = self._counterparty, self._wealth_of(str(call.args[4]))
        if before is not None and after is not None and after > before + self._cost:
            name = "the counterparty of a fill gains no more than what the price costs"
            raise InvariantBroken(name, step, call, after, before + self._cost)

    def _wealth_of(self, account: str) -> int | None:
        """Equity and reserve, a numerator, as an account in distress is judged."""
        standing = readable.standing_in_distress(self.ledger, account, TRADE)
        if standing is None:
            return None
        return standing.equity + self.ledger.accounts.read(account).reserve * WEI

    def _required_of(self, account: str) -> int:
        """Maintenance margin and fee, a numerator; nothing where prices are missing."""
        standing = readable.standing_in_distress(self.ledger, account, TRADE)
        return 0 if standing is None else standing.maintenance + standing.fee


def _deficit(outcome: Outcome) -> int:
    """What others covered of the account's deficit, wei."""
    found = (event.args[7] for event in outcome.events if event.name == "Liquidated")
    return sum(each for each in found if isinstance(each, int))
