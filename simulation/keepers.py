"""Keepers: they watch accounts, take over what is liquidatable, and unload to the market maker."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from weiproof.contracts.chains import actor
from weiproof.engine.call import Call
from weiproof.engine.parameters import MAX_SIZE
from weiproof.engine.records import TOKEN_UNIT

from .contention import Request
from .liquidator import Case, Step
from .schedule import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.engine.call import Outcome

    from .books import Books
    from .contention import OpenSpace, ScarceSpace, Waiting
    from .liquidator import Liquidator
    from .scenario import Keeper
    from .schedule import Schedule

RETRY_STALE = 60
"""Seconds after which a keeper that met a stale price, or a reward below its cost, tries again."""

TOO_LATE = frozenset(
    {
        *("NotLiquidatable", "NoPosition", "CoolingDown", "AboveTakeoverRatio"),
        *("BackstopCapacity", "FundCapacity", "FlagStands", "AlreadyNominated"),
        *("NotFlagged", "NotBankrupt", "NoCandidate"),
    }
)
"""Errors of a keeper's call before which another had been."""

WEIGHED = frozenset({"liquidate", "liquidateToBackstop", "liquidateToFund", "forceClose"})
"""Calls whose reward a keeper weighs against its cost; others it makes for what follows them."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where keepers get their places in blocks, and where it is noted how they fared."""

    space: OpenSpace | ScarceSpace
    waiting: Waiting
    liquidator: Liquidator | None = None
    """Who decides by the protocol's routes; None where keepers take over all that they can."""


@dataclass(slots=True)
class _Target:
    """What a keeper means to liquidate in this block, as it saw it before all keepers' calls."""

    account: str
    market: int
    counterparties: tuple[str, ...]
    stale: bool
    steps: tuple[Step, ...] = ()
    """By the protocol's routes; none where keepers do not go by them."""


class KeeperAgent:
    """One keeper: reacts `latency` seconds after an account became liquidatable.

    At most `capacity` a block. Where room is scarce it may be outrun: by the keepers of the same
    block that bid more.
    """

    def __init__(
        self,
        keeper: Keeper,
        books: Books,
        schedule: Schedule,
        submit: Callable[[Call], Outcome],
        unload: Callable[[str, int], None],
        places: Places,
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
        self._places = places
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
        market = self._books.first(account, at)
        if market is None:
            return
        if self._is_busy(at):
            self._plan(account, at + 1, counterparties)
            return
        has_room = self._makes_room(market, at)
        steps, waits = self._steps(account, market, at, counterparties)
        target = _Target(account, market, counterparties, stale, steps)
        if waits or (not steps and not has_room):
            self._plan(account, at + 1, counterparties)
            return
        if not self._pays(target, at):
            self._plan(account, at + RETRY_STALE, counterparties)
            return
        self._use(at)
        run, miss = partial(self._liquidate, target), partial(self._wait, target)
        keeper = self._keeper
        request = Request(keeper.name, keeper.bids, run, miss, keeper.latency)
        self._places.space.offer(request, at)

    def _pays(self, target: _Target, at: int) -> bool:
        """Whether the reward covers the keeper's cost: it asks what the call would come to."""
        cost = self._keeper.cost * TOKEN_UNIT
        steps = target.steps or (Step("liquidate", (target.account, target.market, MAX_SIZE)),)
        if cost == 0 or steps[0].function not in WEIGHED:
            return True
        if self._books.highest_reward(target.account, target.market, at) < cost:
            return False
        call = Call(at, self.address, "house", steps[0].function, steps[0].args)
        outcome = self._books.ask(call)
        rewards = (event.args[6] for event in outcome.events if event.name == "Liquidated")
        reward = sum(each for each in rewards if isinstance(each, int))
        return reward >= cost

    def _steps(
        self, account: str, market: int, at: int, counterparties: tuple[str, ...]
    ) -> tuple[tuple[Step, ...], bool]:
        """What is to be done by the protocol's routes, and whether to wait."""
        liquidator = self._places.liquidator
        if liquidator is None:
            return (), self._books.cools_down(account, market, at)
        case = Case(account, market, at, counterparties)
        steps = liquidator.steps(self._keeper, self.address, case)
        return steps, not steps

    def _wait(self, target: _Target, at: int) -> None:
        """There was no place for its call."""
        self._plan(target.account, at + 1, target.counterparties)

    def _liquidate(self, target: _Target, at: int) -> None:
        account, liquidator = target.account, self._places.liquidator
        if liquidator is None:
            outcome, liquidates = self._take_over(target, at), True
        else:
            outcome = liquidator.take(self.address, target.steps, at)
            liquidates = target.steps[-1].liquidates
        if outcome.ok and liquidates:
            self._places.waiting.liquidated(self._keeper.name, account, at)
            self._schedule.add(at, Phase.TRADERS, lambda now: self._unload(self.address, now))
        elif outcome.error in TOO_LATE:
            self._places.waiting.came_late(self._keeper.name)
        self._plan(account, at + (RETRY_STALE if target.stale else 1), target.counterparties)

    def _makes_room(self, market: int, at: int) -> bool:
        """Whether it may hold a position in one market more; what waits to be settled first goes.

        An account holds so many markets at most. What it took over in this block it sells at its
        end, and gains that wait for others' losses keep their places until then.
        """
        books, address = self._books, self.address
        if not books.has_room(address, market) and books.waits(address):
            self._submit(Call(at, address, "house", "settle", (address,)))
        return books.has_room(address, market)

    def _take_over(self, target: _Target, at: int) -> Outcome:
        """As much as is needed, whatever it costs to sell; by force what is beyond its margin."""
        account, market = target.account, target.market
        outcome = self._submit(
            Call(at, self.address, "house", "liquidate", (account, market, MAX_SIZE))
        )
        if outcome.error == "InsufficientMargin":
            return self._force_close(account, market, at, target.counterparties)
        return outcome

    def _force_close(
        self, account: str, market: int, at: int, counterparties: tuple[str, ...]
    ) -> Outcome:
        """The last route, where the keeper cannot carry the position itself."""
        counterparty = self._books.opposite_holder(account, market, counterparties)
        args = (account, market, counterparty or self.address)
        return self._submit(Call(at, self.address, "house", "forceClose", args))

    def _is_busy(self, at: int) -> bool:
        """Whether it has done in this block what it can."""
        block, used = self._used
        return block == at and used >= self._keeper.capacity

    def _use(self, at: int) -> None:
        block, used = self._used
        self._used = (at, used + 1 if block == at else 1)
