"""What an owner's plan may do: checked around every reduction and top-up, exactly.

A reduction never lowers the account's margin ratio nor leaves it below maintenance, and takes
nothing of the insurance fund; all that moves goes from account to taker and is no more than the
fee. A top-up moves cash from source to account, makes neither richer together, keeps the source's
initial margin and leaves the account above maintenance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine import margin
from weiproof.engine.fixed_point import WEI
from weiproof.engine.records import LIQUIDATION, TRADE, WITHDRAW

from . import readable
from .invariants import InvariantBroken

if TYPE_CHECKING:
    from weiproof.engine.call import Call, Outcome
    from weiproof.engine.instruments import Standing
    from weiproof.engine.records import Ledger

REDUCE, TOP_UP = "reduce", "topUp"
FUNCTIONS = frozenset({REDUCE, TOP_UP})


class PlannedMoves:
    """Looks at the parties before a reduction or top-up (:meth:`before`) and after it."""

    def __init__(self, ledger: Ledger) -> None:
        """Keeps the ledger; the model's clock must stand at the call's time in both methods."""
        self.ledger = ledger
        self._standings: dict[str, Standing | None] = {}
        self._reserves: dict[str, int] = {}
        self._fund = 0
        self._dust = 0

    def before(self, call: Call) -> None:
        """Takes note of what the parties have."""
        account = str(call.args[0])
        other = call.sender
        if call.function == TOP_UP:
            other = self.ledger.plans.read(account).top_up_source
        self._standings = {each: self._standing(call, each) for each in (account, other)}
        self._reserves = {each: self._reserve(each) for each in (account, other)}
        self._fund = self.ledger.record.insurance_fund
        self._dust = self._dust_now()

    def check(self, step: int, call: Call, outcome: Outcome) -> None:
        """Checks a reduction or a top-up. Raises :class:`~.invariants.InvariantBroken`."""
        account, other = self._standings
        if self.ledger.record.insurance_fund < self._fund:
            now = self.ledger.record.insurance_fund
            raise InvariantBroken("a plan costs the fund nothing", step, call, now, self._fund)
        before = [self._standings[each] for each in (account, other)]
        after = [self._standing(call, each) for each in (account, other)]
        if before[0] is None or after[0] is None:
            return
        if margin.is_below_maintenance(after[0]):
            required = after[0].maintenance + after[0].fee
            name = f"{account} is not below maintenance after it"
            raise InvariantBroken(name, step, call, after[0].equity, required)
        if call.function == REDUCE:
            self._check_reduction(step, call, outcome, (before[0], after[0]))
        else:
            self._check_source(step, call, other)
        if before[1] is not None and after[1] is not None:
            moved = (before[0].equity + before[1].equity, after[0].equity + after[1].equity)
            self._check_sum(step, call, moved)

    def _check_reduction(
        self, step: int, call: Call, outcome: Outcome, standings: tuple[Standing, Standing]
    ) -> None:
        before, after = standings
        left = after.equity * (before.maintenance + before.fee)
        right = before.equity * (after.maintenance + after.fee)
        account = str(call.args[0])
        if left < right:
            name = f"a reduction never lowers the margin ratio of {account}"
            raise InvariantBroken(name, step, call, left, right)
        fee = next(int(str(e.args[-1])) for e in outcome.events if e.name == "Reduced")
        released = (self._reserves[account] - self._reserve(account)) * WEI
        lost = before.equity + released - after.equity
        if not fee * WEI <= lost < (fee + 1) * WEI:
            raise InvariantBroken("a reduction costs its fee, but for dust", step, call, lost, fee)

    def _check_source(self, step: int, call: Call, source: str) -> None:
        standing = readable.standing_with_orders(self.ledger, source, WITHDRAW)
        if standing is not None and not margin.is_above_initial(standing):
            name = f"{source} has initial margin after its top-up"
            equity = margin.initial_equity(standing)
            raise InvariantBroken(name, step, call, equity, standing.initial)

    def _check_sum(self, step: int, call: Call, equities: tuple[int, int]) -> None:
        reserves = [sum(self._reserves.values()), sum(map(self._reserve, self._reserves))]
        right = equities[0] + reserves[0] * WEI + self._dust
        left = equities[1] + reserves[1] * WEI + self._dust_now()
        if left != right:
            name = "a plan moves equity between its parties, and loses none but dust"
            raise InvariantBroken(name, step, call, left, right)

    def _standing(self, call: Call, account: str) -> Standing | None:
        purpose = TRADE if call.function == REDUCE else LIQUIDATION
        return readable.standing_in_distress(self.ledger, account, purpose)

    def _reserve(self, account: str) -> int:
        return self.ledger.accounts.read(account).reserve

    def _dust_now(self) -> int:
        markets = range(self.ledger.market_count)
        dust = sum(self.ledger.markets.read(market_id).dust for market_id in markets)
        return dust + self.ledger.record.dust * WEI


def parties(outcome: Outcome) -> dict[str, None]:
    """Accounts that a top-up was made from."""
    return {str(e.args[1]): None for e in outcome.events if e.name == "ToppedUp"}
