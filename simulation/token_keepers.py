"""Keepers of tokens: they buy what debtors must sell, sell it at its venue, and cover old debts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.call import Call
from weiproof.engine.records import TOKEN_UNIT

from .contention import Request
from .schedule import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.call import Outcome

    from .contention import OpenSpace, ScarceSpace
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
        space: OpenSpace | ScarceSpace,
    ) -> None:
        """`submit` runs a call; `space` has places for what is done for one account at a time."""
        self.address = actor(keeper.name)
        self._keeper = keeper
        self._space = space
        self._debts = debts
        self._schedule = schedule
        self._submit = submit
        self._pending: set[str] = set()

    def notice(self, account: str, at: int) -> None:
        """The account's tokens are for sale, or it owes and has nothing left, as of this block."""
        if account != self.address and account not in self._pending:
            self._plan(account, at + self._keeper.latency)

    def _plan(self, account: str, at: int) -> None:
        self._pending.add(account)

        def attempt(now: int) -> None:
            self._pending.discard(account)
            if account in self._debts.debtors((account,), now):
                self._offer(account, now)

        self._schedule.add(at, Phase.KEEPERS, attempt)

    def _offer(self, account: str, at: int) -> None:
        def run(now: int) -> None:
            if self._attempt(account, now):
                self._plan(account, now + 1)

        def miss(now: int) -> None:
            self._plan(account, now + 1)

        keeper = self._keeper
        request = Request(keeper.name, keeper.bids, run, miss, keeper.latency)
        self._space.offer(request, at)

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
        if self._call(at, "withdrawCollateral", token, amount).ok:
            self._debts.sell(offer, at)
            if proceeds:
                self._call(at, "deposit", proceeds)
        return True

    def _call(self, at: int, function: str, *args: int | str) -> Outcome:
        return self._submit(Call(at, self.address, "house", function, args))
