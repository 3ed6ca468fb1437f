"""What a trade of tokens may do to its two sides: checked around every one, exactly.

Tokens stay in the house. What either side wins the other loses, but for fees and dust; the buyer
gains what the tokens count and loses what it pays. Afterwards each side has initial margin, or it
sold without lowering its equity, and so its margin ratio, and without leaving others more to cover.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine import holdings, margin
from weiproof.engine.fixed_point import WEI
from weiproof.engine.records import TRADE

from . import readable
from .invariants import InvariantBroken

if TYPE_CHECKING:
    from weiproof.engine.call import Call, Outcome
    from weiproof.engine.instruments import Standing
    from weiproof.engine.records import Ledger

FUNCTION = "settleSpotTrade"


class TokenTrades:
    """Looks at both sides before a trade of tokens (:meth:`before`) and after it."""

    def __init__(self, ledger: Ledger) -> None:
        """Keeps the ledger; the model's clock must stand at the call's time in both methods."""
        self.ledger = ledger
        self._dust = 0
        self._held = 0, 0
        self._standings: tuple[Standing | None, ...] = ()
        self._seized = 0

    def before(self, call: Call) -> None:
        """Takes note of what both sides have."""
        self._dust, self._held = self.ledger.record.dust, self._held_now(call)
        self._standings = self._standings_now(call)
        self._seized = self._seized_now(call, self._standings[1])

    def check(self, step: int, call: Call, outcome: Outcome) -> None:
        """Checks a settled trade. Raises :class:`~.invariants.InvariantBroken`."""
        for left, right in zip(self._held_now(call), self._held, strict=True):
            _equal("a trade of tokens moves none in or out", step, call, left, right)
        paid, _, buyer_fee, seller_fee = (int(str(arg)) for arg in outcome.events[-1].args[5:])
        (buyer, seller), (was_buyer, was_seller) = self._standings_now(call), self._standings
        if buyer is None or seller is None or was_buyer is None or was_seller is None:
            return
        left = buyer.equity - was_buyer.equity
        right = self._counted(call) - (paid + buyer_fee) * WEI
        _equal("a buyer gains what tokens count, less what it pays", step, call, left, right)
        left += seller.equity - was_seller.equity
        right = -(buyer_fee + seller_fee + self.ledger.record.dust - self._dust) * WEI
        _equal("a trade of tokens costs fees and dust", step, call, left, right)
        is_covered = self._seized_now(call, seller) >= min(self._seized, 0)
        is_kept = seller.equity >= was_seller.equity and is_covered
        for standing, kept in ((buyer, False), (seller, is_kept)):
            if not (kept or margin.is_above_initial(standing)):
                name = "both sides have initial margin after a trade of tokens"
                equity = margin.initial_equity(standing)
                raise InvariantBroken(name, step, call, equity, standing.initial)

    def _standings_now(self, call: Call) -> tuple[Standing | None, ...]:
        return tuple(readable.standing(self.ledger, str(each), TRADE) for each in call.args[:2])

    def _seized_now(self, call: Call, seller: Standing | None) -> int:
        """The seller's equity with tokens at what a seizure would bring; a numerator."""
        if seller is None:
            return 0
        return margin.seized_equity(self.ledger, str(call.args[1]), seller)

    def _held_now(self, call: Call) -> tuple[int, int]:
        """What both sides, and all accounts, hold of the token; token units."""
        token, read = int(str(call.args[2])), self.ledger.holdings.read
        held = sum(read(str(account), token).amount for account in call.args[:2])
        return held, self.ledger.collaterals.read(token).total

    def _counted(self, call: Call) -> int:
        """What the traded amount counts in maintenance margin, at the price that was read."""
        token, amount = int(str(call.args[2])), int(str(call.args[3]))
        record = self.ledger.collaterals.read(token)
        weight = holdings.maintenance_weight(self.ledger, token)
        return amount * record.unit * record.last_price * weight


def _equal(name: str, step: int, call: Call, left: int, right: int) -> None:
    if left != right:
        raise InvariantBroken(name, step, call, left, right)
