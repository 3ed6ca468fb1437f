"""Keepers: they watch accounts, take over what is liquidatable, and unload to the market maker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.call import Call
from weiproof.engine.parameters import MAX_SIZE

from .schedule import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.call import Outcome

    from .books import Books
    from .scenario import Keeper
    from .schedule import Schedule

RETRY_STALE = 60
"""Seconds after which a keeper whose call met a stale price tries again."""


class KeeperAgent:
    """One keeper: reacts `latency` seconds after an account became liquidatable.

    At most `capacity` a block.
    """

    def __init__(
        self,
        keeper: Keeper,
        books: Books,
        schedule: Schedule,
        submit: Callable[[Call], Outcome],
        unload: Callable[[str, int], None],
    ) -> None:
        """`submit` runs a call.

        `unload(keeper, at)` offers the keeper's positions to the market maker.
        """
        self.address = actor(keeper.name)
        self._keeper = keeper
        self._books = books
        self._schedule = schedule
        self._submit = submit
        self._unload = unload
        self._pending: dict[str, int] = {}
        self._used = (0, 0)

    def notice(self, account: str, at: int, counterparties: tuple[str, ...]) -> None:
        """An account is liquidatable as of this block."""
        if account == self.address or account in self._pending:
            return
        self._plan(account, at + self._keeper.latency, counterparties)

    def _plan(self, account: str, at: int, counterparties: tuple[str, ...]) -> None:
        self._pending[account] = at

        def attempt(now: int) -> None:
            del self._pending[account]
            self._attempt(account, now, counterparties)

        self._schedule.add(at, Phase.KEEPERS, attempt)

    def _attempt(self, account: str, at: int, counterparties: tuple[str, ...]) -> None:
        if not self._books.liquidatable((account,), at):
            return
        stale = self._books.is_stale(account, at)
        market = self._books.heaviest(account, at)
        if market is None:
            return
        if not self._has_capacity(at):
            self._plan(account, at + 1, counterparties)
            return
        outcome = self._submit(
            Call(at, self.address, "house", "liquidate", (account, market, MAX_SIZE))
        )
        if outcome.error == "InsufficientMargin":
            outcome = self._force_close(account, market, at, counterparties)
        if outcome.ok:
            self._schedule.add(at, Phase.TRADERS, lambda now: self._unload(self.address, now))
        self._plan(account, at + (RETRY_STALE if stale else 1), counterparties)

    def _force_close(
        self, account: str, market: int, at: int, counterparties: tuple[str, ...]
    ) -> Outcome:
        """The last route, where the keeper cannot carry the position itself."""
        counterparty = self._books.opposite_holder(account, market, counterparties)
        args = (account, market, counterparty or self.address)
        return self._submit(Call(at, self.address, "house", "forceClose", args))

    def _has_capacity(self, at: int) -> bool:
        block, used = self._used
        used = used + 1 if block == at else 1
        if used > self._keeper.capacity:
            return False
        self._used = (at, used)
        return True
