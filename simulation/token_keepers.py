"""Keepers of tokens: they buy what debtors must sell, sell it at its venue, and cover old debts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.call import Call
from weiproof.engine.records import TOKEN_UNIT

from .schedule import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.call import Outcome

    from .debts import Debts, Offer
    from .scenario import Keeper
    from .schedule import Schedule


class TokenKeeper:
    """A keeper's other trade: reacts `latency` seconds after tokens are for sale, if it pays.

    What it bought it takes out, sells at the venue, and deposits the proceeds.
    """

    def __init__(
        self,
        keeper: Keeper,
        debts: Debts,
        schedule: Schedule,
        submit: Callable[[Call], Outcome],
    ) -> None:
        """`submit` runs a call."""
        self.address = actor(keeper.name)
        self._latency = keeper.latency
        self._debts = debts
        self._schedule = schedule
        self._submit = submit
        self._pending: set[str] = set()

    def notice(self, account: str, at: int) -> None:
        """The account's tokens are for sale, or it owes and has nothing left, as of this block."""
        if account != self.address and account not in self._pending:
            self._plan(account, at + self._latency)

    def _plan(self, account: str, at: int) -> None:
        self._pending.add(account)

        def attempt(now: int) -> None:
            self._pending.discard(account)
            if account in self._debts.debtors((account,), now) and self._attempt(account, now):
                self._plan(account, now + 1)

        self._schedule.add(at, Phase.KEEPERS, attempt)

    def _attempt(self, account: str, at: int) -> bool:
        """Whether something was done."""
        if self._debts.has_nothing_left(account):
            return self._call(at, "coverDebt", account).ok
        offers = self._debts.offers(account, self.address, at)
        if not offers:
            return False
        return self._buy(account, offers[0], at)

    def _buy(self, account: str, offer: Offer, at: int) -> bool:
        token, amount = offer.token, offer.amount
        if not self._call(at, "buyCollateral", account, token, amount).ok:
            return False
        proceeds = offer.proceeds // TOKEN_UNIT
        if self._call(at, "withdrawCollateral", token, amount).ok and proceeds:
            self._call(at, "deposit", proceeds)
        return True

    def _call(self, at: int, function: str, *args: int | str) -> Outcome:
        return self._submit(Call(at, self.address, "house", function, args))
